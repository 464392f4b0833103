/**
 * date of GNU coreutils 9.1 in simulated time, in UTC: the world's epoch and what has passed since.
 *
 * Done: +FORMAT, -u, -R, -I, --rfc-3339, and `-d @SECONDS`. Other options, other dates and setting the clock are
 * refused.
 */
import { EPOCH_S } from '../world/clock.ts'
import { type Command, notSupported, type Process } from './command.ts'
import { getoptLong, type LongOption } from './getopt-long.ts'
import { type Moment, strftime } from './strftime.ts'

const NS_PER_SECOND = 1_000_000_000
const DEFAULT_FORMAT = '%a %b %e %H:%M:%S %Z %Y'
const EMAIL_FORMAT = '%a, %d %b %Y %H:%M:%S %z'

/** In the order in which date names them. */
const ISO_FORMATS = {
  hours: '%Y-%m-%dT%H%:z',
  minutes: '%Y-%m-%dT%H:%M%:z',
  date: '%Y-%m-%d',
  seconds: '%Y-%m-%dT%H:%M:%S%:z',
  ns: '%Y-%m-%dT%H:%M:%S,%N%:z',
}
const RFC_3339_FORMATS = { date: '%Y-%m-%d', seconds: '%Y-%m-%d %H:%M:%S%:z', ns: '%Y-%m-%d %H:%M:%S.%N%:z' }

const LETTERS = 'd:f:I::r:Rs:u'
const LONG: readonly LongOption[] = [
  { name: 'date', as: 'd', argument: 'required' },
  { name: 'debug', as: '--debug' },
  { name: 'file', as: 'f', argument: 'required' },
  { name: 'iso-8601', as: 'I', argument: 'optional' },
  { name: 'reference', as: 'r', argument: 'required' },
  { name: 'resolution', as: '--resolution' },
  { name: 'rfc-email', as: 'R' },
  { name: 'rfc-822', as: 'R' },
  { name: 'rfc-2822', as: 'R' },
  { name: 'rfc-3339', as: '--rfc-3339', argument: 'required' },
  { name: 'set', as: 's', argument: 'required' },
  { name: 'uct', as: 'u' },
  { name: 'utc', as: 'u' },
  { name: 'universal', as: 'u' },
  { name: 'help', as: '--help' },
  { name: 'version', as: '--version' },
]

// biome-ignore lint/correctness/useYield: it has nothing to wait for, as a command it is a generator all the same.
export const date: Command = function* (process) {
  const name = process.argv[0]!
  const { options, operands } = getoptLong(process.argv, LETTERS, LONG)
  const chosen: string[] = []
  let string: string | undefined

  for (const option of options) {
    if ('complaint' in option) return failed(process, option.complaint, true)
    const { option: letter, argument } = option
    if (letter === 'd') string = argument!
    else if (letter === 'R') chosen.push(EMAIL_FORMAT)
    else if (letter === 'I' || letter === '--rfc-3339') {
      const [formats, long] = letter === 'I' ? [ISO_FORMATS, '--iso-8601'] : [RFC_3339_FORMATS, '--rfc-3339']
      const format = byAbbreviation(formats, argument ?? 'date')
      if (format === undefined) return failed(process, badArgument(name, argument!, long, formats), true)
      chosen.push(format)
    } else if (letter !== 'u') {
      return notSupported(process, `date ${letter.startsWith('-') ? letter : `-${letter}`}`)
    }
    if (chosen.length > 1) return failed(process, `${name}: multiple output formats specified`, false)
  }

  const [format, extra] = operands
  if (extra !== undefined) return failed(process, `${name}: extra operand '${extra}'`, true)
  if (format !== undefined && !format.startsWith('+')) {
    if (string !== undefined) return failed(process, lackingPlus(name, format), true)
    if (!/^\d{8}(\d\d(\d\d)?)?(\.\d\d)?$/.test(format))
      return failed(process, `${name}: invalid date '${format}'`, false)
    return notSupported(process, 'date: setting the clock')
  }
  if (format !== undefined && chosen.length > 0) {
    return failed(process, `${name}: multiple output formats specified`, false)
  }
  if (string !== undefined && !string.trimStart().startsWith('@')) return notSupported(process, `date -d '${string}'`)
  const moment = string === undefined ? present(process) : parseSeconds(string)
  if (moment === undefined) return failed(process, `${name}: invalid date '${string}'`, false)
  process.stdout(`${strftime(format?.slice(1) ?? chosen[0] ?? DEFAULT_FORMAT, moment)}\n`)
  return 0
}

function failed(process: Process, complaint: string, withHint: boolean): 1 {
  const hint = withHint ? `Try '${process.argv[0]} --help' for more information.\n` : ''
  process.stderr(`${complaint}\n${hint}`)
  return 1
}

const lackingPlus = (name: string, operand: string): string => `${name}: the argument '${operand}' lacks a leading '+';
when using an option to specify date(s), any non-option
argument must be a format string beginning with '+'`

/** argmatch: a name, or the beginning of exactly one. */
function byAbbreviation(formats: Readonly<Record<string, string>>, word: string): string | undefined {
  const names = Object.keys(formats).filter(name => name.startsWith(word))
  return formats[word] ?? (names.length === 1 ? formats[names[0]!] : undefined)
}

function badArgument(name: string, word: string, option: string, formats: object): string {
  const valid = Object.keys(formats).map(each => `\n  - '${each}'`)
  return `${name}: invalid argument '${word}' for '${option}'\nValid arguments are:${valid.join('')}`
}

function present({ world }: Process): Moment {
  return { seconds: EPOCH_S + Math.floor(world.now / NS_PER_SECOND), ns: world.now % NS_PER_SECOND }
}

/** `@` and seconds since 1970, with digits behind a point or comma: rounded down, also before 1970. */
function parseSeconds(text: string): Moment | undefined {
  const [, sign, whole, fraction = ''] = /^\s*@\s*([+-]?)(\d+)(?:[.,](\d+))?\s*$/.exec(text) ?? []
  if (whole === undefined || !Number.isSafeInteger(Number(whole))) return undefined
  const ns = Number(fraction.slice(0, 9).padEnd(9, '0'))
  if (sign !== '-') return { seconds: Number(whole), ns }
  return ns === 0 ? { seconds: -Number(whole), ns: 0 } : { seconds: -Number(whole) - 1, ns: NS_PER_SECOND - ns }
}
