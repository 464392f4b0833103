/**
 * What mtr says at its end: the report, XML, JSON and comma separated values.
 *
 * Follows mtr 0.95 ui/report.c: the lines of report_close, xml_close, csv_close and json_close (with the numbers of
 * jansson). Left out: autonomous systems and MPLS labels.
 */
import * as ip from '../../wire/ip.ts'
import { FIELDS, type Field } from './fields.ts'
import type { Hop } from './hop.ts'
import type { Options } from './options.ts'

export interface Report {
  readonly options: Options
  /** The name of this machine, and that of the other one as it was typed. */
  readonly from: string
  readonly to: string
  /** The seconds of the wall clock at the end. */
  readonly seconds: number
  /** With their numbers. */
  readonly hops: readonly (readonly [number, Hop])[]
  nameOf(address: ip.Ip): string | undefined
}

/** Columns of the host in a report that is not wide. */
const HOST_COLUMNS = 33

const fieldsOf = ({ options }: Report): Field[] => [...options.fields].flatMap(letter => FIELDS[letter] ?? [])

/** data_fields: the number as a report has it, with a blank in front. */
function text({ title, columns, digits, value }: Field, hop: Hop): string {
  if (title === ' ') return ' '
  const number = digits === undefined ? String(value(hop)) : (value(hop) / 1000).toFixed(digits)
  const percent = title === 'Loss%' ? '%' : ''
  return ` ${number.padStart(columns - 1 - percent.length)}${percent}`
}

/** snprint_addr */
function hostText({ options, nameOf }: Report, address: ip.Ip): string {
  if (address === 0) return '???'
  const number = ip.format(address)
  const name = options.resolves ? nameOf(address) : undefined
  if (name === undefined) return number
  return options.showsAddresses ? `${name} (${number})` : name
}

const others = (hop: Hop): ip.Ip[] => hop.addresses.filter(address => address !== hop.address)

/** report_close */
export function reportText(report: Report): string {
  const { options, hops, from } = report
  const fields = fieldsOf(report)
  const names = hops.map(([, hop]) => hostText(report, hop.address))
  const columns = options.wide ? Math.max(from.length, ...names.map(name => name.length)) : HOST_COLUMNS
  // Numbers are written over what is too long for its columns, the indentation included.
  const cut = (line: string): string => (options.wide ? line : line.slice(0, HOST_COLUMNS))
  const title = fields.map(field => field.title.padStart(field.columns)).join('')
  let all = `${cut(`HOST: ${from.padEnd(columns)}`)}${title}\n`
  for (const [i, [number, hop]] of hops.entries()) {
    const left = ` ${String(number).padStart(2)}.|-- ${names[i]!.padEnd(columns)}`
    all += `${cut(left)}${fields.map(field => text(field, hop)).join('')}\n`
    for (const other of others(hop)) all += `        ${hostText(report, other).padEnd(columns)}\n`
  }
  return all
}

/** xml_close */
export function xmlText(report: Report): string {
  const { options, hops, from, to } = report
  const attributes = [
    `SRC="${from}" DST="${to}" TOS="0x${options.tos.toString(16).toUpperCase()}"`,
    `PSIZE="${options.packetBytes}" BITPATTERN="${patternText(options)}" TESTS="${options.rounds}"`,
  ]
  let all = `<?xml version="1.0"?>\n<MTR ${attributes.join(' ')}>\n`
  for (const [number, hop] of hops) {
    all += `    <HUB COUNT="${number}" HOST="${hostText(report, hop.address)}">\n`
    for (const field of named(report)) {
      const title = field.title.replace('%', '')
      all += `        <${title}>${text(field, hop)}</${title}>\n`
    }
    all += '    </HUB>\n'
  }
  return `${all}</MTR>\n`
}

/** csv_close */
export function csvText(report: Report): string {
  const { options, hops, to, seconds } = report
  const fields = fieldsOf(report)
  let all = ''
  for (const [number, hop] of hops) {
    if (all === '') {
      all += `Mtr_Version,Start_Time,Status,Host,Hop,Ip,${fields.map(({ title }) => `${title},`).join('')}\n`
    }
    const values = fields.map(field => {
      const value = field.value(hop)
      return field.digits === undefined ? `,${value}` : `,${(value / 1000).toFixed(2)}`
    })
    for (const address of [hop.address, ...(options.wide ? others(hop) : [])]) {
      all += `MTR.0.95,${seconds},OK,${to},${number},${hostText(report, address)}${values.join('')}\n`
    }
  }
  return all
}

/** json_close */
export function jsonText(report: Report): string {
  const { options, hops, from, to } = report
  const quoted = (value: string): string => JSON.stringify(value)
  const member = (name: string, value: string): string => `${quoted(name)}: ${value}`
  const about = [
    member('src', quoted(from)),
    member('dst', quoted(to)),
    member('tos', String(options.tos)),
    member('tests', String(options.rounds)),
    member('psize', quoted(String(options.packetBytes))),
    member('bitpattern', quoted(patternText(options))),
  ]
  const hubs = hops.map(([number, hop]) => {
    const members = new Map([
      ['count', String(number)],
      ['host', quoted(hostText(report, hop.address))],
    ])
    for (const field of named(report)) {
      const value = field.value(hop)
      members.set(field.title, field.digits === undefined ? String(value) : real(value / 1000))
    }
    return block(
      [...members].map(([name, value]) => member(name, value)),
      3,
    )
  })
  const list = hubs.length === 0 ? '[]' : `[\n${hubs.map(hub => `${pad(3)}${hub}`).join(',\n')}\n${pad(2)}]`
  const inner = block([member('mtr', block(about, 2)), member('hubs', list)], 1)
  return `${block([member('report', inner)], 0)}\n`
}

const pad = (depth: number): string => '    '.repeat(depth)

const block = (members: readonly string[], depth: number): string =>
  `{\n${members.map(each => `${pad(depth + 1)}${each}`).join(',\n')}\n${pad(depth)}}`

/** jansson with five digits: %.5g, and a point where there is none. */
function real(value: number): string {
  const short = String(Number(value.toPrecision(5)))
  return /[.e]/.test(short) ? short : `${short}.0`
}

/** Fields that are more than a blank. */
const named = (report: Report): Field[] => fieldsOf(report).filter(({ title }) => title !== ' ')

const patternText = ({ pattern }: Options): string => `0x${pattern.toString(16).toUpperCase().padStart(2, '0')}`
