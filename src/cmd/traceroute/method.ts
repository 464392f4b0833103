/**
 * How traceroute sends probes and hears of them: one UDP socket for each probe, or one raw socket for echo requests.
 *
 * Follows traceroute 2.1.2 mod-udp.c (udp_send_probe, udp_check_reply), mod-icmp.c (icmp_init, icmp_send_probe,
 * icmp_check_reply) and tune_socket, do_send and recv_reply of traceroute.c, up to where a reply is known to be ours.
 */
import { type Answer, type Errno, strerror } from '../../core/errno.ts'
import type { Waitable } from '../../core/waitable.ts'
import type { MtuDiscovery, RawSocket, SocketError } from '../../stack/socket.ts'
import type { UdpSocket } from '../../stack/udp.ts'
import * as icmp from '../../wire/icmp.ts'
import type { Ip } from '../../wire/ip.ts'
import * as ipv4 from '../../wire/ipv4.ts'
import * as udp from '../../wire/udp.ts'
import type { Process } from '../command.ts'
import { Exit } from '../libc.ts'
import { type Options, payloadBytes } from './options.ts'

const FIRST_PORT = 33_434
const UDP_PORT = 53

export interface Probe {
  /** Instant (ns) at which it was sent; undefined: not yet. */
  sentNs: number | undefined
  receivedNs: number | undefined
  /** Who answered; 0: nobody. */
  from: Ip
  /** TTL with which the answer came; 0: none. */
  ttl: number
  /** Answered, or given up. */
  done: boolean
  /** Nobody is behind whoever answered. */
  final: boolean
  /** What the line says of errors (`!H`). */
  words: string
  /** UDP: its socket while it is on its way. */
  socket: UdpSocket | undefined
  /** ICMP: its sequence number while it is on its way; 0: none. */
  sequence: number
}

export const newProbe = (): Probe => ({
  sentNs: undefined,
  receivedNs: undefined,
  from: 0 as Ip,
  ttl: 0,
  done: false,
  final: false,
  words: '',
  socket: undefined,
  sequence: 0,
})

/** What has come about a probe: an answer, or an entry of the error queue. */
export interface Reply {
  /** Undefined: a local error that belongs to no probe in particular. */
  readonly probe: Probe | undefined
  readonly from: Ip
  readonly ttl: number
  readonly instant: number
  readonly error: SocketError | undefined
}

export interface Method extends Waitable {
  /** Octets between IP header and payload that the packet length does not count as the method's data. */
  readonly headerBytes: number
  /** Octets of payload; --mtu makes them fewer. */
  bytes: number
  /** Before the first line is printed. */
  open(): void
  /** False: not now. */
  send(probe: Probe, ttl: number): boolean
  /** What there is to read now, at most one message of each socket. */
  receive(): Reply[]
  /** The probe is done with. */
  release(probe: Probe): void
  close(): void
}

export function methodOf(process: Process, options: Options, probes: readonly Probe[]): Method {
  return options.method === 'icmp' ? new IcmpMethod(process, options, probes) : new UdpMethod(process, options, probes)
}

/** error(): the words on a line of their own. */
export function die(process: Process, words: string, errno: Errno): never {
  process.stderr(`\n${words}: ${strerror(errno)}\n`)
  throw new Exit(1)
}

function demand(process: Process, words: string, answer: Answer): void {
  if (!answer.ok) die(process, words, answer.errno)
}

/** tune_socket */
function tune(process: Process, options: Options, socket: RawSocket | UdpSocket, bind: () => Answer): void {
  if (options.mark !== 0) socket.setMark(options.mark)
  if (options.device !== undefined) {
    demand(process, 'setsockopt SO_BINDTODEVICE', socket.bindToDevice(options.device))
  }
  demand(process, 'bind', bind())
  const discovery: MtuDiscovery = options.dontFragment ? 'probe' : 'dont'
  socket.setPmtuDiscovery(discovery)
  socket.setTos(options.tos)
  if (options.dontRoute) socket.setDontRoute(true)
}

/** do_send: of a message that is too long, or an error that waits already, the error queue will tell. */
function isSent(process: Process, answer: Answer<unknown>): boolean {
  if (answer.ok || answer.errno === 'EMSGSIZE' || answer.errno === 'EHOSTUNREACH') return true
  if (answer.errno === 'ENOBUFS' || answer.errno === 'EAGAIN') return false
  return die(process, 'send', answer.errno)
}

/** Octets that show whether they came back whole. */
function filled(bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, i) => 0x40 + (i & 0x3f))
}

/** dgram sockets might hear of things that are no errors. */
const isNoError = ({ origin, type }: SocketError): boolean =>
  origin === 'icmp' && (type === icmp.Type.SourceQuench || type === icmp.Type.Redirect)

const fromError = (probe: Probe | undefined, error: SocketError): Reply => ({
  probe,
  from: error.offender,
  ttl: error.ttl,
  instant: error.instant,
  error,
})

class UdpMethod implements Method {
  readonly headerBytes = udp.HEADER_BYTES
  bytes: number
  private readonly process: Process
  private readonly options: Options
  private readonly probes: readonly Probe[]
  private readonly data: Uint8Array
  private port: number

  constructor(process: Process, options: Options, probes: readonly Probe[]) {
    this.process = process
    this.options = options
    this.probes = probes
    this.bytes = payloadBytes(options, this.headerBytes, ipv4.HEADER_BYTES)
    this.data = filled(this.bytes)
    this.port = (options.port || (options.method === 'udp' ? UDP_PORT : FIRST_PORT)) & 0xffff
  }

  open(): void {}

  private *sockets(): Generator<UdpSocket> {
    for (const { socket } of this.probes) if (socket !== undefined) yield socket
  }

  get ready(): boolean {
    for (const socket of this.sockets()) if (socket.ready) return true
    return false
  }

  set waiter(wake: (() => void) | undefined) {
    for (const socket of this.sockets()) socket.waiter = wake
  }

  send(probe: Probe, ttl: number): boolean {
    const { process, options } = this
    const { world, netns } = process
    const socket = world.netns(netns).stack.udpSocket()
    tune(process, options, socket, () => socket.bind(options.source, options.sourcePort & 0xffff))
    socket.setTtl(ttl)
    demand(process, 'connect', socket.connect(options.target, this.port))
    socket.setErrorQueue(true)
    if (!isSent(process, socket.send(this.data.subarray(0, this.bytes)))) {
      socket.close()
      return false
    }
    probe.sentNs = world.now
    probe.socket = socket
    if (options.method === 'default') this.port = (this.port + 1) & 0xffff
    return true
  }

  receive(): Reply[] {
    const replies: Reply[] = []
    for (const probe of this.probes) {
      const { socket } = probe
      if (socket === undefined || !socket.ready) continue
      const error = socket.hasError ? socket.receiveError() : undefined
      if (error !== undefined) {
        if (!isNoError(error)) replies.push(fromError(probe, error))
        continue
      }
      const got = socket.receive()
      if (got === undefined || 'ok' in got) continue
      probe.final = true
      replies.push({ probe, from: got.from, ttl: got.ttl, instant: got.instant, error: undefined })
    }
    return replies
  }

  release(probe: Probe): void {
    probe.socket?.close()
    probe.socket = undefined
  }

  close(): void {
    for (const socket of this.sockets()) socket.close()
  }
}

class IcmpMethod implements Method {
  readonly headerBytes = 0
  bytes: number
  private readonly process: Process
  private readonly options: Options
  private readonly probes: readonly Probe[]
  private readonly socket: RawSocket
  private readonly message: Uint8Array
  private readonly ident: number
  private sequence: number

  constructor(process: Process, options: Options, probes: readonly Probe[]) {
    this.process = process
    this.options = options
    this.probes = probes
    this.bytes = Math.max(payloadBytes(options, this.headerBytes, ipv4.HEADER_BYTES), icmp.HEADER_BYTES)
    this.message = filled(this.bytes)
    this.ident = process.pid & 0xffff
    this.sequence = options.port === 0 ? 1 : options.port & 0xffff
    this.socket = process.world.netns(process.netns).stack.rawSocket(ipv4.Protocol.Icmp)
  }

  open(): void {
    const { process, options, socket } = this
    tune(process, options, socket, () => socket.bind(options.source))
    demand(process, 'connect', socket.connect(options.target))
    socket.setErrorQueue(true)
  }

  get ready(): boolean {
    return this.socket.ready
  }

  set waiter(wake: (() => void) | undefined) {
    this.socket.waiter = wake
  }

  send(probe: Probe, ttl: number): boolean {
    const { process, options, socket, sequence, bytes } = this
    const message = this.message.subarray(0, bytes)
    socket.setTtl(ttl)
    icmp.putEcho(message, 0, icmp.Type.EchoRequest, this.ident, sequence, bytes - icmp.HEADER_BYTES)
    if (!isSent(process, socket.send(message, options.target))) return false
    probe.sentNs = process.world.now
    probe.sequence = sequence
    this.sequence = (sequence + 1) & 0xffff
    return true
  }

  receive(): Reply[] {
    const { socket } = this
    const error = socket.hasError ? socket.receiveError() : undefined
    if (error !== undefined) {
      if (isNoError(error)) return []
      const probe = this.find(error.header, 0, error.header.length)
      return probe === undefined && error.origin === 'icmp' ? [] : [fromError(probe, error)]
    }
    const got = socket.receive()
    if (got === undefined || 'ok' in got) return []
    const { bytes, at, length, instant } = got
    const header = ipv4.headerBytes(bytes, at)
    const probe = this.find(bytes, at + header, length - header)
    if (probe === undefined || icmp.type(bytes, at + header) !== icmp.Type.EchoReply) return []
    probe.final = true
    return [{ probe, from: ipv4.src(bytes, at), ttl: ipv4.ttl(bytes, at), instant, error: undefined }]
  }

  /** icmp_check_reply: the probe that an echo request or reply of ours is about. */
  private find(bytes: Uint8Array, at: number, length: number): Probe | undefined {
    if (length < icmp.HEADER_BYTES || icmp.id(bytes, at) !== this.ident) return undefined
    const sequence = icmp.sequence(bytes, at)
    return sequence === 0 ? undefined : this.probes.find(probe => probe.sequence === sequence)
  }

  release(probe: Probe): void {
    probe.sequence = 0
  }

  close(): void {
    this.socket.close()
  }
}
