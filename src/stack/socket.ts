/**
 * Raw IPv4 sockets: what ping, traceroute and the like are made of.
 *
 * Follows Linux net/ipv4/raw.c (raw_sendmsg, raw_send_hdrinc, raw_v4_input, raw_rcv, raw_err, icmp_filter),
 * ip_append_data for the DF bit and the limits, and net/ipv4/ip_sockglue.c (ip_icmp_error, ip_local_error). Left out:
 * IP_OPTIONS, ancillary data, packet queues shared by several readers.
 */
import { RouteType } from '../control/request.ts'
import { Xmit } from '../core/device.ts'
import { type Answer, DONE, type Errno, type Failure, fail } from '../core/errno.ts'
import type { Frame } from '../core/frame.ts'
import type { Waitable } from '../core/waitable.ts'
import * as icmp from '../wire/icmp.ts'
import type { Ip } from '../wire/ip.ts'
import * as ip4 from '../wire/ip.ts'
import * as ipv4 from '../wire/ipv4.ts'
import { Cast, type Route } from './dst.ts'
import type { Inet, RawEndpoint } from './inet.ts'
import type { Sender } from './neighbour.ts'
import { allocatePacket, mayAppend, packetAt, sendLocal, sendMade } from './output.ts'
import type { Path } from './path.ts'
import { ON_LINK, type Routes } from './route.ts'
import { truesize, weightOf } from './truesize.ts'

/** IP_MTU_DISCOVER: when packets carry DF, and whether they may be cut up. */
export type MtuDiscovery = 'want' | 'do' | 'dont' | 'probe'

/** A packet that arrived, from its IP header on. */
export interface Received {
  readonly bytes: Uint8Array
  /** Where the IP header begins. */
  readonly at: number
  /** From there on, in octets. */
  readonly length: number
  /** When it arrived (SO_TIMESTAMP), in nanoseconds. */
  readonly instant: number
}

/** One entry of the error queue (IP_RECVERR): linux/errqueue.h sock_extended_err and the packet that it is about. */
export interface SocketError {
  readonly origin: 'icmp' | 'local'
  readonly failure: Failure
  /** Of the ICMP message; 0 for local errors. */
  readonly type: number
  readonly code: number
  /** The MTU that a packet was too big for. */
  readonly info: number
  /** Who sent the ICMP error; 0 for local ones. */
  readonly offender: Ip
  /** Where the packet was going, and to which UDP port (0 for raw sockets). */
  readonly destination: Ip
  readonly port: number
  /** What the error quotes behind the packet's IP header; nothing for local errors. */
  readonly header: Uint8Array
  /** TTL of the ICMP error's packet (IP_RECVTTL), and when it arrived (SO_TIMESTAMP); 0 and now for local errors. */
  readonly ttl: number
  readonly instant: number
}

/** An entry about an ICMP error whose packet begins at `at`; what a program may read begins at `headerAt`. */
export function icmpErrorEntry(
  frame: Frame,
  at: number,
  quotedAt: number,
  headerAt: number,
  what: Pick<SocketError, 'failure' | 'type' | 'code' | 'info' | 'port' | 'instant'>,
): SocketError {
  const { bytes } = frame
  return {
    ...what,
    origin: 'icmp',
    offender: ipv4.src(bytes, at),
    destination: ipv4.dst(bytes, quotedAt),
    header: bytes.slice(headerAt, at + ipv4.totalLength(bytes, at)),
    ttl: ipv4.ttl(bytes, at),
  }
}

/** ip_local_error: a packet to `destination` was longer than `mtu`. */
export function tooLong(destination: Ip, port: number, mtu: number, instant: number): SocketError {
  const nobody = { origin: 'local', type: 0, code: 0, offender: 0 as Ip, ttl: 0 } as const
  return { ...nobody, failure: fail('EMSGSIZE'), info: mtu, destination, port, header: new Uint8Array(0), instant }
}

/** icmp_err_convert: what an unreachable message means to a program, by code, and whether it is for good. */
const UNREACHABLE: readonly (readonly [Errno, boolean])[] = [
  ['ENETUNREACH', false],
  ['EHOSTUNREACH', false],
  ['ENOPROTOOPT', true],
  ['ECONNREFUSED', true],
  ['EMSGSIZE', false],
  ['EOPNOTSUPP', false],
  ['ENETUNREACH', true],
  ['EHOSTDOWN', true],
  ['ENONET', true],
  ['ENETUNREACH', true],
  ['EHOSTUNREACH', true],
  ['ENETUNREACH', false],
  ['EHOSTUNREACH', false],
  ['EHOSTUNREACH', true],
  ['EHOSTUNREACH', true],
  ['EHOSTUNREACH', true],
]

/** What an ICMP error says to a program, and whether a socket without IP_RECVERR hears of it; undefined: nothing. */
export function errorMeaning(
  type: number,
  code: number,
  discovery: MtuDiscovery,
): readonly [Errno, boolean] | undefined {
  switch (type) {
    case icmp.Type.Unreachable:
      if (code !== icmp.Unreachable.FragmentationNeeded) return UNREACHABLE[code]
      return ['EMSGSIZE', discovery !== 'dont']
    case icmp.Type.ParameterProblem:
      return ['EPROTO', true]
    case icmp.Type.TimeExceeded:
      return ['EHOSTUNREACH', false]
    default:
      return undefined
  }
}

/** net.core.rmem_default, rmem_max, SOCK_MIN_RCVBUF. */
const RECEIVE_BYTES = 212_992
const RECEIVE_BYTES_MAX = 4_194_304
const RECEIVE_BYTES_MIN = 2304
/** net.core.wmem_default, wmem_max, SOCK_MIN_SNDBUF. */
const SEND_BYTES = 212_992
const SEND_BYTES_MAX = 4_194_304
const SEND_BYTES_MIN = 4608

/** ip_route_connect: what the first answer has filled in is looked up once more. */
export function connectPath(routes: Routes, to: Ip, source: Ip, oif: number, tos: number, mark = 0): Path | undefined {
  const path = routes.output(to, source, oif, tos, mark)
  if (path === undefined || (to !== 0 && source !== 0)) return path
  return routes.output(path.destination, path.source, oif, tos, mark)
}

export class RawSocket implements RawEndpoint, Sender, Waitable {
  readonly protocol: number
  waiter: (() => void) | undefined = undefined
  confirms = false
  loopsMulticast = true
  probesPath = false
  heldBytes = 0

  readonly #inet: Inet
  readonly #routes: Routes
  #boundDevice = 0
  /** inet_saddr: in whose name packets are sent. */
  #source = 0 as Ip
  /** inet_rcv_saddr: only packets to this address are heard; 0: to any. */
  #boundTo = 0 as Ip
  #peer = 0 as Ip
  #tos = 0
  #mark = 0
  #ttl: number | undefined
  #multicastTtl = 1
  #mtuDiscovery: MtuDiscovery
  #mayBroadcast = false
  #onLinkOnly = false
  #queuesErrors = false
  /** A set bit keeps that ICMP type out. */
  #filter = 0
  #receiveBytesMax = RECEIVE_BYTES
  #sendBytesMax = SEND_BYTES
  #received: { readonly packet: Received; readonly weight: number }[] = []
  #receivedBytes = 0
  #errors: SocketError[] = []
  /** SO_ERROR: what the next call answers. */
  #pending: Failure | undefined
  #isOpen = true

  constructor(inet: Inet, routes: Routes, protocol: number) {
    this.#inet = inet
    this.#routes = routes
    this.protocol = protocol
    this.#mtuDiscovery = inet.conf.noPmtuDiscovery === 0 ? 'want' : 'dont'
    inet.raw = inet.raw.concat(this)
  }

  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#inet.raw = this.#inet.raw.filter(each => each !== this)
  }

  // -- Options ------------------------------------------------------------------------------------

  /** SO_BINDTODEVICE, by name; ENODEV. */
  bindToDevice(name: string): Answer {
    for (const device of this.#inet.env.devices()) {
      if (device.name !== name) continue
      this.#boundDevice = device.ifindex
      return DONE
    }
    return fail('ENODEV')
  }

  /** bind(2): EADDRNOTAVAIL unless the address is ours, a group or a broadcast. */
  bind(source: Ip): Answer {
    if (source === 0) return DONE
    const type = this.#inet.fib.addressType(source)
    const isGroup = type === RouteType.Multicast || type === RouteType.Broadcast
    if (type !== RouteType.Local && !isGroup && !this.#inet.conf.bindsAnywhere) return fail('EADDRNOTAVAIL')
    this.#boundTo = source
    this.#source = isGroup ? (0 as Ip) : source
    return DONE
  }

  /** connect(2): from now on only this sender is heard. */
  connect(to: Ip): Answer {
    const path = connectPath(this.#routes, to, this.#source, this.#boundDevice, this.#routeTos, this.#mark)
    if (path === undefined) return fail(this.#routes.error!)
    if ((path.route.cast & Cast.Broadcast) !== 0 && !this.#mayBroadcast) return fail('EACCES')
    if (this.#boundTo === 0) this.#boundTo = path.source
    if (this.#source === 0) this.#source = path.source
    this.#peer = path.destination
    return DONE
  }

  /** IP_TTL and IP_MULTICAST_TTL; EINVAL but from 1 to 255. */
  setTtl(ttl: number): Answer {
    if (ttl < 1 || ttl > 255) return fail('EINVAL')
    this.#ttl = ttl
    this.#multicastTtl = ttl
    return DONE
  }

  setTos(tos: number): void {
    this.#tos = tos & 0xff
  }

  /** SO_MARK: for rules that look at it. */
  setMark(mark: number): void {
    this.#mark = mark
  }

  setBroadcast(on: boolean): void {
    this.#mayBroadcast = on
  }

  /** SO_DONTROUTE: only to neighbours. */
  setDontRoute(on: boolean): void {
    this.#onLinkOnly = on
  }

  setMulticastLoop(on: boolean): void {
    this.loopsMulticast = on
  }

  setPmtuDiscovery(mode: MtuDiscovery): void {
    this.#mtuDiscovery = mode
    this.probesPath = mode === 'probe'
  }

  /** IP_RECVERR: errors are kept in a queue of their own. */
  setErrorQueue(on: boolean): void {
    this.#queuesErrors = on
    if (!on) this.#errors = []
  }

  /** SO_SNDBUF and SO_RCVBUF, in octets; the kernel doubles them. */
  setBuffers(send: number, receive: number): void {
    this.#sendBytesMax = Math.max(2 * Math.min(send, SEND_BYTES_MAX), SEND_BYTES_MIN)
    this.#receiveBytesMax = Math.max(2 * Math.min(receive, RECEIVE_BYTES_MAX), RECEIVE_BYTES_MIN)
  }

  /** ICMP_FILTER: only these types are received. */
  setFilter(types: readonly number[]): void {
    this.#filter = ~types.reduce((mask, type) => mask | (1 << type), 0)
  }

  get #routeTos(): number {
    return this.#onLinkOnly ? this.#tos | ON_LINK : this.#tos
  }

  // -- Sending ------------------------------------------------------------------------------------

  /**
   * sendto(2) of one message, whose checksum is the caller's. `confirms` is MSG_CONFIRM: the neighbour has shown that
   * it is there, as ping says after a reply.
   */
  send(message: Uint8Array, to: Ip, confirms = false): Answer {
    const inet = this.#inet
    const { length } = message
    if (length > ipv4.TOTAL_BYTES_MAX) return fail('EMSGSIZE')
    const path = this.#routes.output(to, this.#source, this.#boundDevice, this.#routeTos, this.#mark)
    if (path === undefined) return fail(this.#routes.error!)
    const { route } = path
    if ((route.cast & Cast.Broadcast) !== 0 && !this.#mayBroadcast) return fail('EACCES')
    const total = ipv4.HEADER_BYTES + length
    const isWhole = this.#mtuDiscovery === 'do' || this.#mtuDiscovery === 'probe'
    const mtu = this.probesPath ? route.device.mtu : route.mtu
    if (total > (isWhole ? mtu : ipv4.TOTAL_BYTES_MAX)) {
      if (this.#queuesErrors) this.#errors.push(tooLong(path.destination, 0, mtu, inet.env.now))
      return fail('EMSGSIZE')
    }
    if (!mayAppend(inet, this, this.#sendBytesMax, total, mtu)) return fail('ENOBUFS')
    const hasDf = isWhole || (this.#mtuDiscovery === 'want' && total <= mtu && !route.isMtuLocked)
    // Where a packet may never be cut up, its identification says nothing and is 0.
    const id = isWhole ? 0 : inet.identification(path.source, path.destination, this.protocol)
    const isMulticast = (route.cast & Cast.Multicast) !== 0
    const ttl = isMulticast ? this.#multicastTtl : (this.#ttl ?? route.info?.metrics.hoplimit ?? inet.defaultTtl)
    const frame = allocatePacket(route, total)
    const at = packetAt(route, frame)
    const { bytes } = frame
    bytes.set(message, at + ipv4.HEADER_BYTES)
    ipv4.put(bytes, at, this.#tos, total, id, hasDf ? ipv4.DF : 0, ttl, this.protocol, path.source, path.destination)
    if (this.protocol === ipv4.Protocol.Icmp) this.#count(message[0]!)
    if (inet.env.tracing) {
      const via = route.gateway === 0 ? 'directly' : `via ${ip4.format(route.gateway)}`
      inet.env.note(route.device, frame, `sent to ${ip4.format(path.destination)} ${via} through ${route.device.name}`)
    }
    this.confirms = confirms
    const isRefused = sendLocal(inet, path, frame, at, this) === Xmit.Drop
    return isRefused && this.#queuesErrors ? fail('ENOBUFS') : DONE
  }

  /**
   * sendto(2) with IP_HDRINCL: a packet with its IP header, of which length, checksum, and where they are 0
   * identification and source are filled in. EINVAL, EMSGSIZE: it is never cut up.
   */
  sendPacket(packet: Uint8Array, to: Ip): Answer {
    const inet = this.#inet
    const { length } = packet
    const path = this.#routes.output(to, this.#source, this.#boundDevice, this.#routeTos, this.#mark)
    if (path === undefined) return fail(this.#routes.error!)
    const { route } = path
    if ((route.cast & Cast.Broadcast) !== 0 && !this.#mayBroadcast) return fail('EACCES')
    if (length > route.device.mtu) {
      if (this.#queuesErrors) this.#errors.push(tooLong(path.destination, 0, route.device.mtu, inet.env.now))
      return fail('EMSGSIZE')
    }
    if (length < ipv4.HEADER_BYTES || length < ipv4.headerBytes(packet, 0)) return fail('EINVAL')
    const frame = allocatePacket(route, length)
    const at = packetAt(route, frame)
    const { bytes } = frame
    bytes.set(packet, at)
    const source = ipv4.src(bytes, at) || path.source
    const protocol = ipv4.protocol(bytes, at)
    const id = ipv4.id(bytes, at) || inet.identification(source, ipv4.dst(bytes, at), protocol)
    ipv4.complete(bytes, at, length, id, source)
    const header = ipv4.headerBytes(bytes, at)
    if (protocol === ipv4.Protocol.Icmp && length >= header + icmp.HEADER_BYTES) this.#count(bytes[at + header]!)
    if (inet.env.tracing) inet.env.note(route.device, frame, `sent to ${ip4.format(to)} through ${route.device.name}`)
    const isRefused = sendMade(inet, path, frame, at, this) === Xmit.Drop
    return isRefused && this.#queuesErrors ? fail('ENOBUFS') : DONE
  }

  #count(type: number): void {
    const { snmp } = this.#inet
    snmp.icmpOutMsgs++
    snmp.icmpOut[type] = (snmp.icmpOut[type] ?? 0) + 1
  }

  // -- Receiving ----------------------------------------------------------------------------------

  /** Is there something to receive, or an error? */
  get ready(): boolean {
    return this.#received.length > 0 || this.hasError
  }

  /** POLLERR */
  get hasError(): boolean {
    return this.#pending !== undefined || this.#errors.length > 0
  }

  /** raw_v4_input: is it for this socket? Taken in if there is room. */
  deliver(frame: Frame, at: number, route: Route): boolean {
    const { bytes } = frame
    if (this.#peer !== 0 && this.#peer !== ipv4.src(bytes, at)) return false
    if (this.#boundTo !== 0 && this.#boundTo !== ipv4.dst(bytes, at)) return false
    if (this.#boundDevice !== 0 && this.#boundDevice !== route.iif) return false
    if (this.protocol === ipv4.Protocol.Icmp) {
      const type = bytes[at + ipv4.headerBytes(bytes, at)]!
      if (type < 32 && ((this.#filter >>> type) & 1) !== 0) return true
    }
    if (this.#receivedBytes >= this.#receiveBytesMax) return true
    const length = ipv4.totalLength(bytes, at)
    const weight = weightOf(frame, at)
    this.#receivedBytes += weight
    this.#received.push({ packet: { bytes, at, length, instant: this.#inet.env.now }, weight })
    this.waiter?.()
    return true
  }

  /** recvmsg(2) without waiting: a pending error (once), the oldest packet, or undefined (EAGAIN). */
  receive(): Received | Failure | undefined {
    if (this.#pending !== undefined) return this.#takePending()
    const oldest = this.#received.shift()
    if (oldest === undefined) return undefined
    this.#receivedBytes -= oldest.weight
    return oldest.packet
  }

  /** recvmsg(2) with MSG_ERRQUEUE. */
  receiveError(): SocketError | undefined {
    const error = this.#errors.shift()
    const next = this.#errors[0]
    this.#pending = next?.origin === 'icmp' ? next.failure : undefined
    return error
  }

  #takePending(): Failure {
    const pending = this.#pending!
    this.#pending = undefined
    return pending
  }

  /** raw_err: an ICMP error about a packet of this protocol. */
  icmpError(
    frame: Frame,
    at: number,
    quotedAt: number,
    type: number,
    code: number,
    info: number,
    ifindex: number,
  ): boolean {
    const { bytes } = frame
    if (this.#boundDevice !== 0 && this.#boundDevice !== ifindex) return false
    const destination = ipv4.dst(bytes, quotedAt)
    if (ipv4.protocol(bytes, quotedAt) !== this.protocol) return false
    if (this.#peer !== 0 && this.#peer !== destination) return false
    if (this.#boundTo !== 0 && this.#boundTo !== ipv4.src(bytes, quotedAt)) return false
    this.#hearError(frame, at, quotedAt, type, code, info)
    return true
  }

  #hearError(frame: Frame, at: number, quotedAt: number, type: number, code: number, info: number): void {
    const { bytes } = frame
    // Whoever neither asked for errors nor is connected does not hear of them.
    if (!this.#queuesErrors && this.#peer === 0) return
    const meaning = errorMeaning(type, code, this.#mtuDiscovery)
    if (meaning === undefined) return
    const [errno, isFinal] = meaning
    const failure = fail(errno)
    if (this.#queuesErrors) {
      if (this.#receivedBytes + this.#errors.length * truesize(0) >= this.#receiveBytesMax) return
      const headerAt = quotedAt + ipv4.headerBytes(bytes, quotedAt)
      const instant = this.#inet.env.now
      this.#errors.push(icmpErrorEntry(frame, at, quotedAt, headerAt, { failure, type, code, info, port: 0, instant }))
    } else if (!isFinal) return
    this.#pending = failure
    this.waiter?.()
  }
}
