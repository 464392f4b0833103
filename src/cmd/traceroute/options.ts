/**
 * The options of traceroute 2.1.2: what may be said, what it means, and what is wrong with it.
 *
 * Follows traceroute.c: option_list, arg_list and the checks of main(). Refused: IPv6, source routes (-g), AS paths
 * (-A), the methods that are neither UDP nor ICMP (-T, -D, -P, -UL, -M) and options of methods (-O). Taken without
 * effect: -d, -e (nobody here sends ICMP extensions) and -l, which is IPv6's.
 */
import type { Ip } from '../../wire/ip.ts'
import { notSupported, type Process } from '../command.ts'
import { type Host, hostsNamed } from '../hosts.ts'
import { general } from '../ip/print.ts'
import { Exit, inetAton, strtod } from '../libc.ts'
import { type ClifOperand, type ClifOption, parseCommandLine, unsigned } from './clif.ts'
import { HELP } from './help.ts'

const VERSION = `Modern traceroute for Linux, version 2.1.2
Copyright (c) 2016  Dmitry Butskoy,   License: GPL v2 or any later
`
const HOPS_MAX = 255
const PROBES_MAX = 10
const PACKET_BYTES_MAX = 65_000
/** Of a packet without its IP header. */
const DEFAULT_BYTES = 40
const MILLISECONDS_FROM = 10

export interface Options {
  /** `default`: UDP to one port after the other; `udp`: to one port. */
  method: 'default' | 'udp' | 'icmp'
  firstHop: number
  maxHops: number
  /** How many probes are on their way at a time. */
  simultaneous: number
  perHop: number
  numeric: boolean
  dontFragment: boolean
  dontRoute: boolean
  discoversMtu: boolean
  showsBackward: boolean
  device: string | undefined
  /** First port or sequence; 0: the method's own. */
  port: number
  tos: number
  mark: number
  source: Ip
  sourcePort: number
  /** Seconds that a probe is waited for, and factors of the time that others took. */
  wait: number
  hereFactor: number
  nearFactor: number
  /** Seconds between two probes. */
  pause: number
  /** With the IP header; -1: the default. */
  packetBytes: number
  target: Ip
  targetName: string
}

/** Throws Exit, the words said, for everything that does not lead to a traceroute. */
export function parseOptions(process: Process, hosts: readonly Host[]): Options {
  const options: Options = {
    method: 'default',
    firstHop: 1,
    maxHops: 30,
    simultaneous: 16,
    perHop: 3,
    numeric: false,
    dontFragment: false,
    dontRoute: false,
    discoversMtu: false,
    showsBackward: false,
    device: undefined,
    port: 0,
    tos: 0,
    mark: 0,
    source: 0 as Ip,
    sourcePort: 0,
    wait: 5,
    hereFactor: 3,
    nearFactor: 10,
    pause: 0,
    packetBytes: -1,
    target: 0 as Ip,
    targetName: '',
  }
  if (process.argv.length <= 1) help(process)
  const operands: ClifOperand[] = []
  const complaint = parseCommandLine(process.argv, table(process, hosts, options), operands)
  if (complaint !== undefined) fail(process, complaint)
  takeOperands(process, hosts, options, operands)
  check(process, options)
  return options
}

export function fail(process: Process, words: string): never {
  process.stderr(`${words}\n`)
  throw new Exit(2)
}

function help(process: Process): never {
  process.stderr(HELP)
  throw new Exit(0)
}

function table(process: Process, hosts: readonly Host[], options: Options): ClifOption[] {
  const number =
    (set: (value: number) => void) =>
    (text: string): boolean => {
      const value = unsigned(text)
      if (value !== undefined) set(value)
      return value !== undefined
    }
  const flag = (set: () => void) => (): boolean => {
    set()
    return true
  }
  const refuse = (name: string) => (): never => {
    throw new Exit(notSupported(process, `traceroute ${name}`))
  }
  return [
    { short: '4', take: () => true },
    { short: '6', take: refuse('-6') },
    { short: 'd', long: 'debug', take: () => true },
    { short: 'F', long: 'dont-fragment', abbreviates: true, take: flag(() => (options.dontFragment = true)) },
    { short: 'f', long: 'first', argument: 'first_ttl', take: number(n => (options.firstHop = n)) },
    { short: 'g', long: 'gateway', argument: 'gate,...', take: refuse('-g') },
    { short: 'I', long: 'icmp', take: flag(() => (options.method = 'icmp')) },
    { short: 'T', long: 'tcp', take: refuse('-T') },
    {
      short: 'i',
      long: 'interface',
      argument: 'device',
      take: name => {
        options.device = name
        return true
      },
    },
    { short: 'm', long: 'max-hops', argument: 'max_ttl', take: number(n => (options.maxHops = n)) },
    { short: 'N', long: 'sim-queries', argument: 'squeries', take: number(n => (options.simultaneous = n)) },
    { short: 'n', take: flag(() => (options.numeric = true)) },
    { short: 'p', long: 'port', argument: 'port', take: port(n => (options.port = n)) },
    { short: 't', long: 'tos', argument: 'tos', take: number(n => (options.tos = n)) },
    { short: 'l', long: 'flowlabel', argument: 'flow_label', take: number(() => undefined) },
    { short: 'w', long: 'wait', argument: 'MAX,HERE,NEAR', take: text => waits(options, text) },
    { short: 'q', long: 'queries', argument: 'nqueries', take: number(n => (options.perHop = n)) },
    { short: 'r', take: flag(() => (options.dontRoute = true)) },
    {
      short: 's',
      long: 'source',
      argument: 'src_addr',
      take: text => {
        const source = resolve(process, hosts, text)
        if (source !== undefined) options.source = source
        return source !== undefined
      },
    },
    {
      short: 'z',
      long: 'sendwait',
      argument: 'sendwait',
      take: text => {
        const { value, rest, none } = strtod(text)
        options.pause = value
        return !none && rest === ''
      },
    },
    { short: 'e', long: 'extensions', abbreviates: true, take: () => true },
    { short: 'A', long: 'as-path-lookups', take: refuse('-A') },
    { short: 'M', long: 'module', argument: 'name', take: name => method(process, options, name) },
    { short: 'O', long: 'options', argument: 'OPTS,...', take: refuse('-O') },
    { long: 'sport', argument: 'num', take: port(n => (options.sourcePort = n)) },
    { long: 'fwmark', argument: 'num', take: number(n => (options.mark = n)) },
    { short: 'U', long: 'udp', take: flag(() => (options.method = 'udp')) },
    { long: 'UL', oneDash: true, take: refuse('-UL') },
    { short: 'D', long: 'dccp', take: refuse('-D') },
    { short: 'P', long: 'protocol', argument: 'prot', take: refuse('-P') },
    { long: 'mtu', take: flag(() => (options.discoversMtu = true)) },
    { long: 'back', take: flag(() => (options.showsBackward = true)) },
    {
      short: 'V',
      long: 'version',
      take: () => {
        process.stderr(VERSION)
        throw new Exit(0)
      },
    },
    { long: 'help', take: () => help(process) },
  ]
}

const METHODS = ['default', 'udp', 'icmp'] as const
const OTHER_METHODS = ['tcp', 'tcpconn', 'udplite', 'dccp', 'raw']

function method(process: Process, options: Options, name: string): boolean {
  const known = METHODS.find(each => each === name)
  if (known !== undefined) options.method = known
  else if (OTHER_METHODS.includes(name)) throw new Exit(notSupported(process, `traceroute -M ${name}`))
  else fail(process, `Unknown traceroute module ${name}`)
  return true
}

/** set_port: a number, whatever follows it. */
const port =
  (set: (value: number) => void) =>
  (text: string): boolean => {
    const digits = /^\s*[+-]?(?:0[xX][\da-fA-F]+|\d+)/.exec(text)?.[0]
    if (digits === undefined) return false
    set(unsigned(digits) ?? 0)
    return true
  }

/** set_wait_specs: MAX[,HERE[,NEAR]]; what is not named is not used. */
function waits(options: Options, text: string): boolean {
  const values: number[] = []
  for (let left = text; values.length < 3; ) {
    const { value, rest, none } = strtod(left)
    if (none) return false
    values.push(value)
    if (rest === '') {
      const [wait = 0, here = 0, near = 0] = values
      Object.assign(options, { wait, hereFactor: here, nearFactor: near })
      return true
    }
    left = rest.slice(1)
  }
  return false
}

/** getaddr */
function resolve(process: Process, hosts: readonly Host[], name: string): Ip | undefined {
  const address = inetAton(name) ?? hostsNamed(hosts, name)[0]?.address
  if (address !== undefined) return address
  if (name.includes(':')) throw new Exit(notSupported(process, `traceroute to ${name} (IPv6)`))
  process.stderr(`${name}: Name or service not known\n`)
  return undefined
}

function takeOperands(
  process: Process,
  hosts: readonly Host[],
  options: Options,
  [host, length, extra]: readonly ClifOperand[],
): void {
  if (host === undefined) return fail(process, 'Specify "host" missing argument.')
  if (extra !== undefined) fail(process, `Extra arg \`${extra.text}' (position 3, argc ${extra.index})`)
  const target = resolve(process, hosts, host.text)
  if (target === undefined) {
    return fail(process, `Cannot handle "host" cmdline arg \`${host.text}' on position 1 (argc ${host.index})`)
  }
  options.target = target
  options.targetName = host.text
  if (length === undefined) return
  const bytes = unsigned(length.text)
  if (bytes === undefined) {
    fail(process, `Cannot handle "packetlen" cmdline arg \`${length.text}' on position 2 (argc ${length.index})`)
  }
  options.packetBytes = bytes | 0
}

function check(process: Process, options: Options): void {
  const { firstHop, maxHops, perHop, wait, hereFactor, nearFactor, packetBytes, pause } = options
  if (firstHop === 0 || firstHop > maxHops) fail(process, 'first hop out of range')
  if (maxHops > HOPS_MAX) fail(process, `max hops cannot be more than ${HOPS_MAX}`)
  if (perHop === 0 || perHop > PROBES_MAX) fail(process, `no more than ${PROBES_MAX} probes per hop`)
  if (wait < 0 || hereFactor < 0 || nearFactor < 0) {
    const typed = [wait, hereFactor, nearFactor].map(general)
    fail(process, `bad wait specifications \`${typed.join(',')}' used`)
  }
  if (packetBytes > PACKET_BYTES_MAX) fail(process, `too big packetlen ${packetBytes} specified`)
  if (pause < 0) fail(process, `bad sendtime \`${general(pause)}' specified`)
  if (pause >= MILLISECONDS_FROM) options.pause /= 1000
  if (options.sourcePort !== 0) Object.assign(options, { simultaneous: 1, hereFactor: 0, nearFactor: 0 })
  if (options.discoversMtu) {
    options.dontFragment = true
    options.simultaneous = 1
    if (packetBytes < 0) options.packetBytes = PACKET_BYTES_MAX
  }
}

/** Octets behind an IP header and `headerBytes` of the method. */
export function payloadBytes(options: Options, headerBytes: number, ipHeaderBytes: number): number {
  if (options.packetBytes < 0) return DEFAULT_BYTES - headerBytes
  return Math.max(options.packetBytes - ipHeaderBytes - headerBytes, 0)
}
