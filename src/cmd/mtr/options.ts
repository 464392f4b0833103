/**
 * The options of mtr 0.95: what may be said, what it means, and what is wrong with it.
 *
 * Follows ui/mtr.c (parse_arg, parse_mtr_options, read_from_file) and ui/utils.c. Refused: TCP, SCTP, IPv6, autonomous
 * systems (-y, -z), random octets (-B 256), the screen, --split. Taken without effect: -e, for nobody here sends ICMP
 * extensions, and --displaymode, which is the screen's.
 */
import type { Wait, Wake } from '../../world/task.ts'
import { notSupported, type Process } from '../command.ts'
import { getoptLong, type LongOption } from '../getopt-long.ts'
import { Exit, error, strtod, strtoul } from '../libc.ts'
import { FIELDS } from './fields.ts'

const USAGE = `
Usage:
 mtr [options] hostname

 -F, --filename FILE        read hostname(s) from a file
 -4                         use IPv4 only
 -6                         use IPv6 only
 -u, --udp                  use UDP instead of ICMP echo
 -T, --tcp                  use TCP instead of ICMP echo
 -I, --interface NAME       use named network interface
 -a, --address ADDRESS      bind the outgoing socket to ADDRESS
 -f, --first-ttl NUMBER     set what TTL to start
 -m, --max-ttl NUMBER       maximum number of hops
 -U, --max-unknown NUMBER   maximum unknown host
 -P, --port PORT            target port number for TCP, SCTP, or UDP
 -L, --localport LOCALPORT  source port number for UDP
 -s, --psize PACKETSIZE     set the packet size used for probing
 -B, --bitpattern NUMBER    set bit pattern to use in payload
 -i, --interval SECONDS     ICMP echo request interval
 -G, --gracetime SECONDS    number of seconds to wait for responses
 -Q, --tos NUMBER           type of service field in IP header
 -e, --mpls                 display information from ICMP extensions
 -Z, --timeout SECONDS      seconds to keep probe sockets open
 -M, --mark MARK            mark each sent packet
 -r, --report               output using report mode
 -w, --report-wide          output wide report
 -c, --report-cycles COUNT  set the number of pings sent
 -j, --json                 output json
 -x, --xml                  output xml
 -C, --csv                  output comma separated values
 -l, --raw                  output raw format
 -p, --split                split output
 -t, --curses               use curses terminal interface
     --displaymode MODE     select initial display mode
 -n, --no-dns               do not resolve host names
 -b, --show-ips             show IP numbers and host names
 -o, --order FIELDS         select output fields
 -y, --ipinfo NUMBER        select IP information in output
 -z, --aslookup             display AS number
 -h, --help                 display this help and exit
 -v, --version              output version information and exit

See the 'man 8 mtr' for details.
`
const LONG: readonly LongOption[] = [
  { name: 'help', as: 'h' },
  { name: 'version', as: 'v' },
  { name: 'inet', as: '4' },
  { name: 'inet6', as: '6' },
  { name: 'filename', as: 'F', argument: 'required' },
  { name: 'report', as: 'r' },
  { name: 'report-wide', as: 'w' },
  { name: 'xml', as: 'x' },
  { name: 'curses', as: 't' },
  { name: 'raw', as: 'l' },
  { name: 'csv', as: 'C' },
  { name: 'json', as: 'j' },
  { name: 'displaymode', as: 'displaymode', argument: 'required' },
  { name: 'split', as: 'p' },
  { name: 'no-dns', as: 'n' },
  { name: 'show-ips', as: 'b' },
  { name: 'order', as: 'o', argument: 'required' },
  { name: 'ipinfo', as: 'y', argument: 'required' },
  { name: 'aslookup', as: 'z' },
  { name: 'interval', as: 'i', argument: 'required' },
  { name: 'report-cycles', as: 'c', argument: 'required' },
  { name: 'psize', as: 's', argument: 'required' },
  { name: 'bitpattern', as: 'B', argument: 'required' },
  { name: 'tos', as: 'Q', argument: 'required' },
  { name: 'mpls', as: 'e' },
  { name: 'interface', as: 'I', argument: 'required' },
  { name: 'address', as: 'a', argument: 'required' },
  { name: 'first-ttl', as: 'f', argument: 'required' },
  { name: 'max-ttl', as: 'm', argument: 'required' },
  { name: 'max-unknown', as: 'U', argument: 'required' },
  { name: 'udp', as: 'u' },
  { name: 'tcp', as: 'T' },
  { name: 'sctp', as: 'S' },
  { name: 'port', as: 'P', argument: 'required' },
  { name: 'localport', as: 'L', argument: 'required' },
  { name: 'timeout', as: 'Z', argument: 'required' },
  { name: 'gracetime', as: 'G', argument: 'required' },
  { name: 'mark', as: 'M', argument: 'required' },
]
const LETTERS = LONG.map(({ as, argument }) => (as.length > 1 ? '' : argument === undefined ? as : `${as}:`)).join('')

const FAILURE = 1
const INT_MAX = 2_147_483_647
const U32_MAX = 4_294_967_295
/** MaxHost */
const TTL_MAX = 255
const PORT_MIN = 1024
const PORT_MAX = 65_535
const FIELDS_MAX = 20
const DISPLAY_MODE_MAX = 2

export type Mode = 'report' | 'xml' | 'raw' | 'csv' | 'json' | 'split' | 'curses'
/** The option that is refused for each mode of people at a terminal. */
const INTERACTIVE: Partial<Record<Mode, string>> = { split: 'mtr --split', curses: 'mtr without --report' }

export interface Options {
  mode: Mode
  wide: boolean
  /** -c: rounds. */
  rounds: number
  /** -s: octets of a packet, its IP header included. */
  packetBytes: number
  interface: string | undefined
  address: string | undefined
  resolves: boolean
  showsAddresses: boolean
  /** Seconds for a round, and after the last one. */
  interval: number
  graceTime: number
  firstTtl: number
  maxTtl: number
  maxUnknown: number
  /** -o: letters of FIELDS. */
  fields: string
  /** -B: an octet. */
  pattern: number
  tos: number
  udp: boolean
  /** 0: mtr chooses. */
  port: number
  localPort: number
  /** Seconds for which a probe is remembered. */
  timeout: number
  mark: number
  names: string[]
}

export function* parseOptions(process: Process): Generator<Wait, Options, Wake> {
  const options: Options = {
    mode: 'curses',
    wide: false,
    rounds: 10,
    packetBytes: 64,
    interface: undefined,
    address: undefined,
    resolves: true,
    showsAddresses: false,
    interval: 1,
    graceTime: 5,
    firstTtl: 1,
    maxTtl: 30,
    maxUnknown: 12,
    fields: 'LS NABWV',
    pattern: 0,
    tos: 0,
    udp: false,
    port: 0,
    localPort: 0,
    timeout: 10,
    mark: 0,
    names: [],
  }
  const words = (process.env.get('MTR_OPTIONS') ?? '').split(/[ \t]+/).filter(word => word !== '')
  yield* take(process, options, ['mtr', ...words])
  options.names.push(...(yield* take(process, options, process.argv)))
  if (options.names.length === 0) options.names.push('localhost')
  const refused = INTERACTIVE[options.mode]
  if (refused !== undefined) throw new Exit(notSupported(process, refused))
  return options
}

/** parse_arg: answers the operands. */
function* take(process: Process, options: Options, argv: readonly string[]): Generator<Wait, readonly string[], Wake> {
  const { options: given, operands } = getoptLong(argv, LETTERS, LONG)
  for (const each of given) {
    if ('complaint' in each) {
      process.stderr(`${each.complaint}\n${USAGE}`)
      throw new Exit(FAILURE)
    }
    const { option, argument = '' } = each
    if (option === 'F') options.names.push(...(yield* namesIn(process, argument)))
    else takeOne(process, options, option, argument)
  }
  return operands
}

const MODES: Readonly<Record<string, Mode>> = {
  r: 'report',
  w: 'report',
  x: 'xml',
  l: 'raw',
  C: 'csv',
  j: 'json',
  p: 'split',
  t: 'curses',
}
const REFUSED: Readonly<Record<string, string>> = {
  '6': 'mtr -6',
  T: 'mtr --tcp',
  S: 'mtr --sctp',
  y: 'mtr --ipinfo',
  z: 'mtr --aslookup',
}

function takeOne(process: Process, options: Options, option: string, argument: string): void {
  const integer = (): number => unsigned(process, argument, INT_MAX)
  const clamped = (low: number, high: number): number => Math.max(Math.min(integer(), high), low)
  const refused = REFUSED[option]
  if (refused !== undefined) throw new Exit(notSupported(process, refused))
  options.mode = MODES[option] ?? options.mode
  switch (option) {
    case 'v':
      process.stdout('mtr 0.95\n')
      throw new Exit(0)
    case 'h':
      process.stdout(USAGE)
      throw new Exit(0)
    case 'w':
      options.wide = true
      break
    case 'displaymode':
      if (integer() > DISPLAY_MODE_MAX) {
        error(process, FAILURE, `value out of range (0 - ${DISPLAY_MODE_MAX}): ${argument}`)
      }
      break
    case 'c':
      options.rounds = integer()
      break
    case 's':
      options.packetBytes = integer()
      break
    case 'I':
      options.interface = argument
      break
    case 'a':
      options.address = argument
      break
    case 'n':
      options.resolves = false
      break
    case 'b':
      options.showsAddresses = true
      break
    case 'i':
      options.interval = seconds(process, argument)
      break
    case 'G':
      options.graceTime = seconds(process, argument)
      break
    case 'f':
      options.firstTtl = clamped(1, options.maxTtl)
      break
    case 'm':
      options.maxTtl = clamped(1, TTL_MAX)
      options.firstTtl = Math.min(options.firstTtl, options.maxTtl)
      break
    case 'U':
      options.maxUnknown = clamped(1, INT_MAX)
      break
    case 'o':
      options.fields = fields(process, argument)
      break
    case 'B':
      options.pattern = integer()
      if (options.pattern > 255) throw new Exit(notSupported(process, 'mtr --bitpattern RANDOM'))
      break
    case 'Q':
      options.tos = integer()
      if (options.tos > 255) options.tos = 0
      break
    case 'u':
      if (options.udp) error(process, FAILURE, '-u , -T and -S are mutually exclusive')
      options.udp = true
      break
    case 'P':
      options.port = port(process, argument, 1)
      break
    case 'L':
      options.localPort = port(process, argument, PORT_MIN)
      break
    case 'Z':
      options.timeout = integer()
      break
    case 'M':
      options.mark = unsigned(process, argument, U32_MAX)
      break
  }
}

/** strtonum_or_err */
function unsigned(process: Process, text: string, limit: number): number {
  const { value, rest, none, range } = strtoul(text)
  if (none || rest !== '' || range || value >= BigInt(limit)) {
    error(process, FAILURE, `invalid argument: '${text}'`, range ? 'ERANGE' : undefined)
  }
  return Number(value)
}

/** strtofloat_or_err; a float. */
function seconds(process: Process, text: string): number {
  const { value, rest, none, range } = strtod(text)
  if (none || rest !== '' || range) {
    error(process, FAILURE, `invalid argument: '${text}'`, range ? 'ERANGE' : undefined)
  }
  if (value <= 0) error(process, FAILURE, 'wait time must be positive')
  return Math.fround(value)
}

function port(process: Process, text: string, least: number): number {
  const value = unsigned(process, text, INT_MAX)
  if (value < least || value > PORT_MAX) error(process, FAILURE, `Illegal port number: ${value}`)
  return value
}

function fields(process: Process, text: string): string {
  if (text.length > FIELDS_MAX) error(process, FAILURE, `Too many fields: ${text}`)
  for (const letter of text) {
    if (letter !== '_' && FIELDS[letter] === undefined) {
      error(process, FAILURE, `Unknown field identifier: ${letter}`)
    }
  }
  return text
}

/** read_from_file */
function* namesIn(process: Process, path: string): Generator<Wait, string[], Wake> {
  let text = process.stdin
  if (path !== '-') {
    const wake = yield { for: 'file', path }
    if (wake.by === 'nofile') error(process, FAILURE, `open ${path}`, wake.failure.errno)
    text = wake.by === 'file' ? wake.text : ''
  }
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines.map(line => line.trim())
}
