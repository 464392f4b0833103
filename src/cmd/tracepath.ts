/**
 * tracepath of iputils 20221126 over IPv4: the path and its MTU, found with one UDP socket and its error queue.
 *
 * Follows tracepath.c: recverr, probe_ttl with its history of sent probes, print_host, main. Left out: IPv6.
 */
import { strerror } from '../core/errno.ts'
import type { SocketError } from '../stack/socket.ts'
import type { UdpSocket } from '../stack/udp.ts'
import { NS_PER_MS, NS_PER_S, NS_PER_US } from '../time/instant.ts'
import * as icmp from '../wire/icmp.ts'
import * as ip from '../wire/ip.ts'
import { EPOCH_S } from '../world/clock.ts'
import type { Program, Wait, Wake } from '../world/task.ts'
import { type Command, notSupported, type Process } from './command.ts'
import { type Host, hostsNamed, nameOf, parseHosts } from './hosts.ts'
import { Exit, error, getopt, inetAton, strtol } from './libc.ts'
import { signalStatus } from './signals.ts'

const USAGE = `
Usage
  tracepath [options] <destination>

Options:
  -4             use IPv4
  -6             use IPv6
  -b             print both name and ip
  -l <length>    use packet <length>
  -m <hops>      use maximum <hops>
  -n             no dns name resolution
  -p <port>      use destination <port>
  -V             print version and exit
  <destination>  dns name or ip address

For more details see tracepath(8).
`
const VERSION = `tracepath from iputils 20221126
libcap: yes, IDN: yes, NLS: no, error.h: yes, getrandom(): yes, __fpending(): yes
`
/** IP and UDP headers. */
const OVERHEAD_BYTES = 28
const MTU_BYTES = 65_535
const INT_MAX = 2_147_483_647
const HOPS_MAX = 255
const FIRST_PORT = 44_444
/** HIS_ARRAY_SIZE: ports used in turn. */
const PORTS = 64
const SENDS_MAX = 10
const PROBES_PER_HOP = 3
const HOST_COLUMNS = 52
/** struct probehdr: ttl(4) padding(4) seconds(8) nanoseconds(8), little-endian. */
const PROBE_BYTES = 24
const PROBE_SECONDS_AT = 8
const PROBE_NANOSECONDS_AT = 16

interface Options {
  hops: number
  /** 0: as long as it gets. */
  length: number
  /** 0: the usual one, or what stands behind a slash. */
  port: number
  numeric: boolean
  both: boolean
  operand: string
}

export const tracepath: Command = function* (process) {
  try {
    const options = parse(process)
    const wake = yield { for: 'file', path: '/etc/hosts' }
    const hosts = wake.by === 'file' ? parseHosts(wake.text) : []
    const tracer = new Tracepath(process, options, hosts)
    try {
      return yield* tracer.run()
    } finally {
      tracer.socket.close()
    }
  } catch (end) {
    if (end instanceof Exit) return end.status
    throw end
  }
}

function parse(process: Process): Options {
  const options: Options = { hops: 30, length: 0, port: 0, numeric: false, both: false, operand: '' }
  const usage = (): never => {
    process.stderr(USAGE)
    throw new Exit(255)
  }
  const operands: string[] = []
  let family = ''
  for (const got of getopt(process.argv, '46nbh?l:m:p:V', operands)) {
    if ('words' in got) {
      process.stderr(`${got.words}\n`)
      return usage()
    }
    const { option, argument } = got
    if (option === '4' || option === '6') {
      if (family !== '' && family !== option) error(process, 2, 'Only one -4 or -6 option may be specified')
      family = option
    } else if (option === 'n') options.numeric = true
    else if (option === 'b') options.both = true
    else if (option === 'l') options.length = integer(process, argument, INT_MAX)
    else if (option === 'm') options.hops = integer(process, argument, HOPS_MAX)
    else if (option === 'p') options.port = integer(process, argument, 0xffff)
    else if (option === 'V') {
      process.stdout(VERSION)
      throw new Exit(0)
    } else usage()
  }
  if (operands.length !== 1) usage()
  if (family === '6') throw new Exit(notSupported(process, 'tracepath -6'))
  options.operand = operands[0]!
  if (options.port === 0) {
    const [name, port] = options.operand.split(/\/(.*)/s)
    options.operand = name!
    options.port = port === undefined ? FIRST_PORT : integer(process, port, 0xffff)
  }
  return options
}

/** strtol_or_err, from 0 on. */
function integer(process: Process, text: string, max: number): number {
  const { value, rest, none } = strtol(text)
  if (none || rest !== '') error(process, 1, `invalid argument: '${text}'`)
  if (value < 0n || value > BigInt(max)) {
    error(process, 1, `invalid argument: '${text}': out of range: 0 <= value <= ${max}`)
  }
  return Number(value)
}

interface Sent {
  readonly hops: number
  readonly instant: number
}

class Tracepath {
  readonly socket: UdpSocket
  private readonly process: Process
  private readonly options: Options
  private readonly hosts: readonly Host[]
  /** By port, from the first one on: probes that nobody has answered. */
  private readonly history: (Sent | undefined)[] = []
  private turn = 0
  private mtu: number
  private ttl = 1
  private target = ip.ANY
  private hopsThere = -1
  private hopsBack = -1

  constructor(process: Process, options: Options, hosts: readonly Host[]) {
    this.process = process
    this.options = options
    this.hosts = hosts
    this.mtu = options.length === 0 ? MTU_BYTES : options.length
    this.socket = process.world.netns(process.netns).stack.udpSocket()
  }

  private get now(): number {
    return this.process.world.now
  }

  *run(): Program {
    const { options, process, socket } = this
    const { operand } = options
    const target = inetAton(operand) ?? hostsNamed(this.hosts, operand)[0]?.address
    if (target === undefined) {
      if (operand.includes(':')) return notSupported(process, `tracepath to ${operand} (IPv6)`)
      return error(process, 1, `${operand}: Name or service not known`)
    }
    this.target = target
    if (this.mtu <= OVERHEAD_BYTES) {
      error(process, 1, `pktlen must be within: ${OVERHEAD_BYTES} < value <= ${INT_MAX}`)
    }
    socket.setPmtuDiscovery('do')
    socket.setErrorQueue(true)
    if (!(yield* this.trace())) process.stdout(`     Too many hops: pmtu ${this.mtu}\n`)
    const there = this.hopsThere >= 0 ? `hops ${this.hopsThere} ` : ''
    const back = this.hopsBack >= 0 ? `back ${this.hopsBack} ` : ''
    process.stdout(`     Resume: pmtu ${this.mtu} ${there}${back}\n`)
    return 0
  }

  /** Hop by hop; answers whether it came to an end before the last one. */
  private *trace(): Generator<Wait, boolean, Wake> {
    const { options, process, socket } = this
    for (this.ttl = 1; this.ttl <= options.hops; this.ttl++) {
      socket.setTtl(this.ttl)
      let result = -1
      for (let i = 0; i < PROBES_PER_HOP; i++) {
        const { mtu } = this
        result = yield* this.probe()
        if (this.mtu !== mtu) {
          i = -1
          continue
        }
        if (result === 0) return true
        if (result > 0) break
      }
      if (result < 0) process.stdout(`${this.column}:  no reply\n`)
    }
    return false
  }

  private get column(): string {
    return String(this.ttl).padStart(2)
  }

  /** probe_ttl: 0 the end of the path, below 0 no answer, above 0 a hop. */
  private *probe(): Generator<Wait, number, Wake> {
    const { socket, process } = this
    for (let i = 0; ; i++) {
      if (i === SENDS_MAX) {
        this.turn = (this.turn + 1) % PORTS
        process.stdout(`${this.column}:  send failed\n`)
        return 0
      }
      const { now } = this
      this.history[this.turn] = { hops: this.ttl, instant: now }
      const port = (this.options.port + this.turn) & 0xffff
      if (socket.sendTo(this.message(now), this.target, port).ok) break
      const result = this.hearErrors()
      this.history[this.turn] = undefined
      if (result === 0) return 0
      if (result > 0) i = -1
    }
    this.turn = (this.turn + 1) % PORTS
    const wake = yield { for: 'socket', socket, at: this.now + NS_PER_S }
    if (wake.by === 'signal') throw new Exit(signalStatus(wake.signal))
    const got = socket.receive()
    if (got !== undefined && !('ok' in got) && got.payload.length > 0) {
      process.stdout(`${this.column}?: reply received 8)\n`)
      return 0
    }
    return this.hearErrors()
  }

  private message(now: number): Uint8Array {
    const message = new Uint8Array(Math.max(this.mtu - OVERHEAD_BYTES, PROBE_BYTES))
    const view = new DataView(message.buffer)
    view.setUint32(0, this.ttl, true)
    view.setUint32(PROBE_SECONDS_AT, EPOCH_S + Math.floor(now / NS_PER_S), true)
    view.setUint32(PROBE_NANOSECONDS_AT, now % NS_PER_S, true)
    return message.subarray(0, this.mtu - OVERHEAD_BYTES)
  }

  // -- The error queue ----------------------------------------------------------------------------

  /** recverr: reads all of it. 0: the end of the path; below 0: there was nothing. */
  private hearErrors(): number {
    let progress = -1
    for (;;) {
      const told = this.socket.receiveError()
      if (told === undefined) return progress
      progress = this.mtu
      if (!this.hear(told)) return 0
      if (told.failure.errno === 'EMSGSIZE') progress = this.mtu
    }
  }

  /** Prints one entry; answers whether the path goes on. */
  private hear(told: SocketError): boolean {
    const { process } = this
    let sent: Sent | undefined
    const slot = told.port - this.options.port
    if (slot >= 0 && slot < PORTS - 1) {
      sent = this.history[slot]
      this.history[slot] = undefined
    }
    let isBroken = false
    if (told.header.length >= PROBE_BYTES) {
      const quoted = quotedProbe(told.header)
      if (quoted === undefined) isBroken = true
      else sent = quoted
    }
    process.stdout(this.hop(told, sent))
    if (sent !== undefined) {
      const us = Math.floor((this.now - sent.instant) / NS_PER_US)
      const ms = Math.floor((us * NS_PER_US) / NS_PER_MS)
      process.stdout(`${String(ms).padStart(3)}.${String(us % 1000).padStart(3, '0')}ms `)
      if (isBroken) process.stdout('(This broken router returned corrupted payload) ')
    }
    return this.judge(told, sent)
  }

  private hop({ origin, offender }: SocketError, sent: Sent | undefined): string {
    if (origin === 'local') return `${this.column}?: ${'[LOCALHOST]'.padEnd(32)} `
    const { numeric, both } = this.options
    const number = ip.format(offender)
    const name = nameOf(this.hosts, offender) ?? number
    const [first, second] = numeric ? [number, name] : [name, number]
    const text = both ? `${first} (${second})` : first
    const column = sent === undefined ? `${this.column}?: ` : `${String(sent.hops).padStart(2)}:  `
    return `${column}${text}${' '.repeat(Math.max(HOST_COLUMNS - text.length, 1))}`
  }

  private judge({ failure, origin, type, code, info, ttl }: SocketError, sent: Sent | undefined): boolean {
    const { process } = this
    const back = (ttl <= 64 ? 65 : ttl <= 128 ? 129 : 256) - ttl
    switch (failure.errno) {
      case 'EMSGSIZE':
        process.stdout(`pmtu ${info}\n`)
        this.mtu = info
        return true
      case 'ECONNREFUSED':
        process.stdout('reached\n')
        this.hopsThere = sent?.hops ?? this.ttl
        this.hopsBack = back
        return false
      case 'EPROTO':
        process.stdout('!P\n')
        return false
      case 'EHOSTUNREACH':
        if (origin === 'icmp' && type === icmp.Type.TimeExceeded && code === 0) {
          const there = sent?.hops ?? this.ttl
          process.stdout(back === there ? '\n' : `asymm ${String(back).padStart(2)} \n`)
          return true
        }
        process.stdout('!H\n')
        return false
      case 'ENETUNREACH':
        process.stdout('!N\n')
        return false
      case 'EACCES':
        process.stdout('!A\n')
        return false
      default:
        process.stdout('\n')
        process.stderr(`tracepath: NET ERROR: ${strerror(failure.errno)}\n`)
        return false
    }
  }
}

/** What a router quotes of a probe; undefined when it is not what was sent. */
function quotedProbe(header: Uint8Array): Sent | undefined {
  const view = new DataView(header.buffer, header.byteOffset)
  const hops = view.getUint32(0, true)
  const seconds = view.getUint32(PROBE_SECONDS_AT, true)
  if (hops === 0 || seconds === 0) return undefined
  return { hops, instant: (seconds - EPOCH_S) * NS_PER_S + view.getUint32(PROBE_NANOSECONDS_AT, true) }
}
