/**
 * nstat of iproute2 6.1: the counters of /proc/net/snmp and netstat, or how much they grew since it last ran.
 *
 * Follows iproute2 misc/nstat.c: the history is a file, /tmp/.nstat.u0. Left out: the counters of IPv6, which nobody
 * keeps here; the daemon (-d) is refused.
 */
import type { Program, Wait, Wake } from '../world/task.ts'
import { type Command, notSupported, type Process } from './command.ts'
import { getoptLong } from './getopt-long.ts'
import { glob } from './ip/glob.ts'
import { procNet } from './procnet.ts'

const USAGE = `Usage: nstat [OPTION] [ PATTERN [ PATTERN ] ]
   -h, --help          this message
   -a, --ignore        ignore history
   -d, --scan=SECS     sample every statistics every SECS
   -j, --json          format output in JSON
   -n, --nooutput      do history only
   -p, --pretty        pretty print
   -r, --reset         reset history
   -s, --noupdate      don't update history
   -t, --interval=SECS report average over the last SECS
   -V, --version       output version information
   -z, --zeros         show entries with zero activity
`
const LONG = [
  { name: 'help', as: 'h' },
  { name: 'ignore', as: 'a' },
  { name: 'scan', as: 'd', argument: 'required' },
  { name: 'nooutput', as: 'n' },
  { name: 'json', as: 'j' },
  { name: 'reset', as: 'r' },
  { name: 'noupdate', as: 's' },
  { name: 'pretty', as: 'p' },
  { name: 'interval', as: 't', argument: 'required' },
  { name: 'version', as: 'V' },
  { name: 'zeros', as: 'z' },
] as const
const FAILED = 255
const HISTORY = '/tmp/.nstat.u0'
/** What is no counter. */
const USELESS = [
  'IpForwarding',
  'IpDefaultTTL',
  'TcpRtoAlgorithm',
  'TcpRtoMin',
  'TcpRtoMax',
  'TcpMaxConn',
  'TcpCurrEstab',
]

type Counters = ReadonlyMap<string, number>

export const nstat: Command = function* (process): Program {
  const { options, operands: patterns } = getoptLong(process.argv, 'h?vVzrnasd:t:jp', LONG)
  const given = new Set<string>()
  for (const each of options) {
    const { option } = each
    if ('complaint' in each) process.stderr(`${each.complaint}\n`)
    if (option === '?' || option === 'h') {
      process.stderr(USAGE)
      return FAILED
    }
    if (option === 'V' || option === 'v') {
      process.stdout('nstat utility, iproute2-6.1.0\n')
      return 0
    }
    if (option === 't' && 'argument' in each && !(Number.parseInt(each.argument!, 10) > 0)) {
      process.stderr('nstat: invalid time constant divisor\n')
      return FAILED
    }
    if (option === 'd') return notSupported(process, 'nstat -d')
    given.add(option)
  }
  const path = process.env.get('NSTAT_HISTORY') ?? HISTORY
  const counters = read(process)
  const isReset = given.has('r') || (given.has('a') && given.has('s'))
  const text = isReset ? undefined : yield* fileText(path)
  const history = text === undefined ? new Map<string, number>() : parseHistory(text)
  const showsZeros = given.has('z')
  const isMatched = (name: string): boolean => patterns.length === 0 || patterns.some(each => glob(each, name))

  if (!given.has('n')) {
    const isWhole = given.has('a') || history.size === 0
    const shown: Line[] = []
    for (const [name, value] of counters) {
      const before = isWhole ? 0 : (history.get(name) ?? 0)
      const overflows = value < before
      const growth = overflows ? 0 : value - before
      if ((growth !== 0 || showsZeros) && isMatched(name)) shown.push({ name, value: growth, overflows })
    }
    process.stdout(given.has('j') ? jsonText(shown, given.has('p')) : plainText(shown))
  }
  if (!given.has('s')) {
    const kept: Line[] = []
    for (const [name, value] of counters) {
      if (value === 0 && !showsZeros) continue
      const remembered = isMatched(name) ? value : (history.get(name) ?? value)
      kept.push({ name, value: remembered, overflows: false })
    }
    yield { for: 'file', path, write: new TextEncoder().encode(plainText(kept)), append: false }
  }
  return 0
}

interface Line {
  readonly name: string
  readonly value: number
  /** It was more before. */
  readonly overflows: boolean
}

const plainText = (lines: readonly Line[]): string =>
  ['#kernel\n', ...lines.map(({ name, value, overflows }) => lineText(name, value, overflows))].join('')

const lineText = (name: string, value: number, overflows: boolean): string =>
  `${name.padEnd(32)}${String(value).padEnd(16)}   0.0${overflows ? ' (overflow)' : ''}\n`

function jsonText(lines: readonly Line[], isPretty: boolean): string {
  const members = lines.map(({ name, value }) => `"${name}":${isPretty ? ' ' : ''}${value}`)
  if (!isPretty) return `{"kernel":{${members.join(',')}}}\n`
  const body = members.map(member => `\n        ${member}`).join(',')
  return `{\n    "kernel": {${body}${members.length > 0 ? '\n    ' : ''}}\n}\n`
}

/** Lines in pairs: names, then values. */
function read({ world, netns }: Process): Counters {
  const counters = new Map<string, number>()
  const lines = (procNet(world, netns, 'snmp') + procNet(world, netns, 'netstat')).trimEnd().split('\n')
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const [head = '', ...names] = lines[i]!.split(' ')
    const values = lines[i + 1]!.split(' ').slice(1)
    for (const [j, name] of names.entries()) counters.set(head.slice(0, -1) + name, Number(values[j]))
  }
  for (const name of USELESS) counters.delete(name)
  return counters
}

function* fileText(path: string): Generator<Wait, string | undefined, Wake> {
  const wake = yield { for: 'file', path }
  return wake.by === 'file' ? wake.text : undefined
}

function parseHistory(text: string): Counters {
  const history = new Map<string, number>()
  for (const line of text.split('\n')) {
    const [name = '', value] = line.split(/\s+/)
    if (value !== undefined && !name.startsWith('#')) history.set(name, Number(value))
  }
  return history
}
