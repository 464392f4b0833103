/**
 * The command line of ping: iputils 20221126 ping/ping.c main(), its usage text and its errors.
 *
 * Left out, and refused where they are given: IPv6 (-6, -F, -N, an IPv6 source).
 */
import type { Ip } from '../../wire/ip.ts'
import * as ip from '../../wire/ip.ts'
import type { Process } from '../command.ts'
import { notSupported } from '../command.ts'
import { Exit, error, getopt, LONG_MAX, strtod, strtol, strtoul } from '../libc.ts'

export type PmtuDiscovery = 'do' | 'dont' | 'want'

/** Timestamp option types: linux/ip.h IPOPT_TS_*. */
export type TimestampType = 'tsonly' | 'tsandaddr' | 'tsprespec'

export interface Options {
  adaptive: boolean
  audible: boolean
  broadcast: boolean
  connect: boolean
  /** Packets to send, 0 for no end. */
  count: number
  /** Seconds until it ends come what may, 0 for never. */
  deadline: number
  device: string | undefined
  dontRoute: boolean
  flood: boolean
  /** The echo identifier, undefined to choose one. */
  ident: number | undefined
  /** Milliseconds between packets. */
  interval: number
  intervalGiven: boolean
  /** -U: time from program to program instead of from the kernel's stamp. */
  latency: boolean
  /** Milliseconds to wait for replies to the last packet while none has come. */
  linger: number
  mark: number | undefined
  multicastLoop: boolean
  numeric: boolean
  outstanding: boolean
  pattern: string | undefined
  pmtuDiscovery: PmtuDiscovery | undefined
  preload: number
  quiet: boolean
  recordRoute: boolean
  sendBuffer: number | undefined
  /** Data bytes behind the ICMP header. */
  size: number
  source: Ip | undefined
  strictSource: boolean
  timestamp: TimestampType | undefined
  timestamps: boolean
  tos: number
  ttl: number | undefined
  verbose: boolean
  /** -4 was given. */
  ipv4: boolean
  operands: readonly string[]
}

const LETTERS = 'h?4bRT:6F:N:aABc:CdDe:fi:I:l:Lm:M:nOp:qQ:rs:S:t:UvVw:W:'
const INT_MAX = 0x7fff_ffff
const MAX_DUP_CHK = 0x10000
const MAXWAIT_MS = 10_000

export const VERSION = `ping from iputils 20221126
libcap: yes, IDN: yes, NLS: no, error.h: yes, getrandom(): yes, __fpending(): yes
`

const USAGE = `
Usage
  ping [options] <destination>

Options:
  <destination>      dns name or ip address
  -a                 use audible ping
  -A                 use adaptive ping
  -B                 sticky source address
  -c <count>         stop after <count> replies
  -C                 call connect() syscall on socket creation
  -D                 print timestamps
  -d                 use SO_DEBUG socket option
  -e <identifier>    define identifier for ping session, default is random for
                     SOCK_RAW and kernel defined for SOCK_DGRAM
                     Imply using SOCK_RAW (for IPv4 only for identifier 0)
  -f                 flood ping
  -h                 print help and exit
  -I <interface>     either interface name or address
  -i <interval>      seconds between sending each packet
  -L                 suppress loopback of multicast packets
  -l <preload>       send <preload> number of packages while waiting replies
  -m <mark>          tag the packets going out
  -M <pmtud opt>     define mtu discovery, can be one of <do|dont|want>
  -n                 no dns name resolution
  -O                 report outstanding replies
  -p <pattern>       contents of padding byte
  -q                 quiet output
  -Q <tclass>        use quality of service <tclass> bits
  -s <size>          use <size> as number of data bytes to be sent
  -S <size>          use <size> as SO_SNDBUF socket option value
  -t <ttl>           define time to live
  -U                 print user-to-user latency
  -v                 verbose output
  -V                 print version and exit
  -w <deadline>      reply wait <deadline> in seconds
  -W <timeout>       time to wait for response

IPv4 options:
  -4                 use IPv4
  -b                 allow pinging broadcast
  -R                 record route
  -T <timestamp>     define timestamp, can be one of <tsonly|tsandaddr|tsprespec>

IPv6 options:
  -6                 use IPv6
  -F <flowlabel>     define flow label, default is random
  -N <nodeinfo opt>  use icmp6 node info query, try <help> as argument

For more details see ping(8).
`

/** usage(): the text, and the end with status 2. */
export function usage(process: Process): never {
  process.stderr(USAGE)
  throw new Exit(2)
}

/** Says that it is not done here and ends with status 2. */
export function refuse(process: Process, what: string): never {
  throw new Exit(notSupported(process, `ping: ${what}`))
}

/** Reads the command line; what Linux refuses ends with Linux's words and status. */
export function parseOptions(process: Process): Options {
  const operands: string[] = []
  const o: Options = {
    adaptive: false,
    audible: false,
    broadcast: false,
    connect: false,
    count: 0,
    deadline: 0,
    device: undefined,
    dontRoute: false,
    flood: false,
    ident: undefined,
    interval: 1000,
    intervalGiven: false,
    latency: false,
    linger: MAXWAIT_MS,
    mark: undefined,
    multicastLoop: true,
    numeric: false,
    outstanding: false,
    pattern: undefined,
    pmtuDiscovery: undefined,
    preload: 1,
    quiet: false,
    recordRoute: false,
    sendBuffer: undefined,
    size: 56,
    source: undefined,
    strictSource: false,
    timestamp: undefined,
    timestamps: false,
    tos: 0,
    ttl: undefined,
    verbose: false,
    ipv4: false,
    operands,
  }
  let ipv6: string | undefined = process.argv[0]!.endsWith('6') ? process.argv[0] : undefined
  for (const given of getopt(process.argv, LETTERS, operands)) {
    if ('words' in given) {
      process.stderr(`${given.words}\n`)
      usage(process)
    }
    const { option, argument } = given
    switch (option) {
      case '4':
        if (ipv6 !== undefined) error(process, 2, 'only one -4 or -6 option may be specified')
        o.ipv4 = true
        break
      case '6':
        if (o.ipv4) error(process, 2, 'only one -4 or -6 option may be specified')
        ipv6 = '-6'
        break
      case 'a':
        o.audible = true
        break
      case 'A':
        o.adaptive = true
        break
      case 'b':
        o.broadcast = true
        break
      case 'B':
        o.strictSource = true
        break
      case 'c':
        o.count = Number(integer(process, argument, 1n, LONG_MAX))
        break
      case 'C':
        o.connect = true
        break
      case 'd':
        break // SO_DEBUG changes nothing that could be seen.
      case 'D':
        o.timestamps = true
        break
      case 'e':
        o.ident = Number(unsigned(process, argument, 0xffffn))
        break
      case 'f':
        o.flood = true
        o.numeric = true
        break
      case 'i':
        o.interval = milliseconds(process, argument, 'bad timing interval')
        o.intervalGiven = true
        break
      case 'I':
        if (argument.includes(':')) refuse(process, 'an IPv6 source address')
        o.source = ip.parse(argument) ?? o.source
        if (ip.parse(argument) === undefined) o.device = argument
        else o.strictSource = true
        break
      case 'l':
        o.preload = Number(integer(process, argument, 1n, BigInt(MAX_DUP_CHK)))
        break
      case 'L':
        o.multicastLoop = false
        break
      case 'm':
        o.mark = Number(unsigned(process, argument, 0xffff_ffffn))
        break
      case 'M':
        if (argument !== 'do' && argument !== 'dont' && argument !== 'want') {
          error(process, 2, `invalid -M argument: ${argument}`)
        }
        o.pmtuDiscovery = argument
        break
      case 'n':
        o.numeric = true
        break
      case 'O':
        o.outstanding = true
        break
      case 'p':
        o.pattern = argument
        break
      case 'q':
        o.quiet = true
        break
      case 'Q':
        o.tos = tos(process, argument)
        break
      case 'r':
        o.dontRoute = true
        break
      case 'R':
        if (o.timestamp !== undefined) error(process, 2, 'only one of -T or -R may be used')
        o.recordRoute = true
        break
      case 's':
        o.size = Number(integer(process, argument, 0n, BigInt(INT_MAX)))
        break
      case 'S':
        o.sendBuffer = Number(integer(process, argument, 1n, BigInt(INT_MAX)))
        break
      case 't':
        o.ttl = Number(integer(process, argument, 0n, 255n))
        break
      case 'T':
        if (o.recordRoute) error(process, 2, 'only one of -T or -R may be used')
        if (argument !== 'tsonly' && argument !== 'tsandaddr' && argument !== 'tsprespec') {
          error(process, 2, `invalid timestamp type: ${argument}`)
        }
        o.timestamp = argument
        break
      case 'U':
        o.latency = true
        break
      case 'v':
        o.verbose = true
        break
      case 'V':
        process.stdout(VERSION)
        throw new Exit(0)
      case 'w':
        o.deadline = Number(integer(process, argument, 0n, BigInt(INT_MAX)))
        break
      case 'W':
        o.linger = milliseconds(process, argument, 'bad linger time', 0)
        break
      case 'F':
      case 'N':
        ipv6 = `-${option}`
        break
      default:
        usage(process) // -h
    }
  }
  if (operands.length === 0) error(process, 1, 'usage error', 'EDESTADDRREQ')
  if (ipv6 !== undefined) refuse(process, `${ipv6} (IPv6)`)
  return o
}

/** strtol_or_err(): bad text ends with status 1. */
function integer(process: Process, text: string, least: bigint, most: bigint): bigint {
  const { value, rest, none, range } = strtol(text)
  if (none || range || rest !== '') error(process, 1, `invalid argument: '${text}'`, range ? 'ERANGE' : undefined)
  if (value < least || value > most) outOfRange(process, text, least, most)
  return value
}

/** strtoul_or_err() from 0 on. */
function unsigned(process: Process, text: string, most: bigint): bigint {
  const { value, rest, none, range } = strtoul(text)
  if (none || range || rest !== '') error(process, 1, `invalid argument: '${text}'`, range ? 'ERANGE' : undefined)
  if (value > most) outOfRange(process, text, 0n, most)
  return value
}

function outOfRange(process: Process, text: string, least: bigint, most: bigint): never {
  error(process, 1, `invalid argument: '${text}': out of range: ${least} <= value <= ${most}`)
}

/** ping_strtod(): seconds to whole milliseconds; garbage behind the number is only complained of. */
function milliseconds(process: Process, text: string, words: string, least = -Infinity): number {
  // The C library looked for a locale before: hence this errno.
  if (text === '') error(process, 2, `${words}: ${text}`, 'ENOENT')
  const { value, rest, range } = strtod(text)
  if (range || rest !== '') {
    error(process, 0, `option argument contains garbage: ${rest}`)
    error(process, 0, 'this will become fatal error in the future')
  }
  if (!Number.isFinite(value)) error(process, 2, `${words}: ${text}`, 'ERANGE')
  if (value < least || value > INT_MAX / 1000) error(process, 2, `${words}: ${text}`)
  return Math.trunc(value * 1000)
}

/** parsetos(): decimal or 0x hexadecimal. */
function tos(process: Process, text: string): number {
  const hex = /^0x([\da-f]+)$/i.exec(text)
  const value = hex !== null ? Number.parseInt(hex[1]!, 16) : strtol(text)
  if (typeof value !== 'number' && value.rest !== '') error(process, 2, `bad TOS value: ${text}`)
  const bits = typeof value === 'number' ? value : Number(value.value)
  if (bits > 255) error(process, 2, `the decimal value of TOS bits must be in range 0-255: ${bits}`)
  return bits & 255
}
