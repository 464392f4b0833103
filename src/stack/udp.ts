/**
 * UDP sockets over IPv4.
 *
 * Follows Linux net/ipv4/udp.c (udp_sendmsg, udp_recvmsg, __udp4_lib_err, __udp_enqueue_schedule_skb),
 * net/ipv4/datagram.c (__ip4_datagram_connect) and net/ipv4/af_inet.c (__inet_bind, inet_autobind). A wrong checksum is
 * found when a datagram arrives, not when it is read. Left out: SO_REUSEPORT, UDP-Lite, encapsulation, GSO and GRO,
 * corking, filters of group senders.
 */
import { RouteType } from '../control/request.ts'
import { Xmit } from '../core/device.ts'
import { Drop } from '../core/drop.ts'
import { type Answer, DONE, done, type Failure, fail } from '../core/errno.ts'
import type { Frame } from '../core/frame.ts'
import type { Waitable } from '../core/waitable.ts'
import type { Ip } from '../wire/ip.ts'
import * as ip4 from '../wire/ip.ts'
import * as ipv4 from '../wire/ipv4.ts'
import * as udp from '../wire/udp.ts'
import { Cast, type Route } from './dst.ts'
import type { Inet } from './inet.ts'
import { Memberships } from './memberships.ts'
import type { Sender } from './neighbour.ts'
import { allocatePacket, mayAppend, packetAt, sendLocal } from './output.ts'
import { type Path, pathAlong } from './path.ts'
import type { UdpEndpoint } from './ports.ts'
import { ON_LINK, type Routes } from './route.ts'
import { connectPath, errorMeaning, icmpErrorEntry, type MtuDiscovery, type SocketError, tooLong } from './socket.ts'
import { weightOf } from './truesize.ts'

/** What somebody sent. */
export interface Datagram {
  readonly payload: Uint8Array
  readonly from: Ip
  readonly fromPort: number
  /** The destination address of its packet (IP_PKTINFO), and the interface that it came in by. */
  readonly to: Ip
  readonly ifindex: number
  readonly ttl: number
  /** When it arrived (SO_TIMESTAMP), in nanoseconds. */
  readonly instant: number
}

/** net.core.rmem_default, rmem_max, SOCK_MIN_RCVBUF; the same for sending. */
const BUFFER_BYTES = 212_992
const BUFFER_BYTES_MAX = 4_194_304
const RECEIVE_BYTES_MIN = 2304
const SEND_BYTES_MIN = 4608
const PORT_MAX = 0xffff

/** What a refused connect(2) asked for, and the route to the peer once that was used again. */
interface Strayed {
  readonly to: Ip
  readonly port: number
  route: Route | undefined
}

export class UdpSocket implements UdpEndpoint, Sender, Waitable {
  localPort = 0
  boundTo = 0 as Ip
  peer = 0 as Ip
  peerPort = 0
  boundDevice = 0
  reusesAddress = false
  waiter: (() => void) | undefined = undefined
  readonly confirms = false
  loopsMulticast = true
  probesPath = false
  heldBytes = 0
  /** Ready while at most half of its send buffer is taken (sock_writeable): what a send that must wait waits for. */
  readonly room: Waitable

  readonly #inet: Inet
  readonly #routes: Routes
  /** inet_saddr: in whose name datagrams are sent. */
  #source = 0 as Ip
  #tos = 0
  #mark = 0
  #ttl: number | undefined
  #multicastTtl = 1
  #mtuDiscovery: MtuDiscovery
  #mayBroadcast = false
  #onLinkOnly = false
  #queuesErrors = false
  #receiveBytesMax = BUFFER_BYTES
  #sendBytesMax = BUFFER_BYTES
  #received: { readonly datagram: Datagram; readonly weight: number }[] = []
  #receivedBytes = 0
  #errors: SocketError[] = []
  /** Made when a group is joined. */
  #memberships: Memberships | undefined
  /** SO_ERROR: what the next call answers. */
  #pending: Failure | undefined
  /** inet_id: identifications of a connected socket count up from a random number. */
  #identification = 0
  /** After a connect(2) that was refused. */
  #strayed: Strayed | undefined
  /** SOCK_NOSPACE: it was full once, and from then on every failure counts as one for want of room. */
  #wasFull = false

  constructor(inet: Inet, routes: Routes) {
    this.#inet = inet
    this.#routes = routes
    this.#mtuDiscovery = inet.conf.noPmtuDiscovery === 0 ? 'want' : 'dont'
    const isReady = (): boolean => 2 * this.heldBytes <= this.#sendBytesMax
    this.room = {
      get ready() {
        return isReady()
      },
      waiter: undefined,
    }
  }

  close(): void {
    this.#memberships?.drop()
    if (this.localPort !== 0) this.#inet.udp.remove(this)
    this.localPort = 0
  }

  // -- Options ------------------------------------------------------------------------------------

  /** SO_BINDTODEVICE, by name, '' for none; ENODEV. */
  bindToDevice(name: string): Answer {
    if (name === '') {
      this.boundDevice = 0
      return DONE
    }
    for (const device of this.#inet.env.devices()) {
      if (device.name !== name) continue
      this.boundDevice = device.ifindex
      return DONE
    }
    return fail('ENODEV')
  }

  setReuseAddress(on: boolean): void {
    this.reusesAddress = on
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

  /** IP_TTL; EINVAL but from 1 to 255. */
  setTtl(ttl: number): Answer {
    if (ttl < 1 || ttl > 255) return fail('EINVAL')
    this.#ttl = ttl
    return DONE
  }

  /** IP_MULTICAST_TTL; EINVAL but from 0 to 255. */
  setMulticastTtl(ttl: number): Answer {
    if (ttl < 0 || ttl > 255) return fail('EINVAL')
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
    this.#sendBytesMax = Math.max(2 * Math.min(send, BUFFER_BYTES_MAX), SEND_BYTES_MIN)
    this.#receiveBytesMax = Math.max(2 * Math.min(receive, BUFFER_BYTES_MAX), RECEIVE_BYTES_MIN)
  }

  // -- Groups -------------------------------------------------------------------------------------

  /** IP_ADD_MEMBERSHIP, on the interface of that name, or of '' where a route to the group leads. */
  joinGroup(group: Ip, device: string): Answer {
    this.#memberships ??= new Memberships(this.#inet, this.#routes)
    return this.#memberships.join(group, device)
  }

  /** IP_DROP_MEMBERSHIP */
  leaveGroup(group: Ip, device: string): Answer {
    this.#memberships ??= new Memberships(this.#inet, this.#routes)
    return this.#memberships.leave(group, device)
  }

  // -- Names --------------------------------------------------------------------------------------

  /** getsockname(2): the address in whose name it speaks, 0 while that is open. */
  get localAddress(): Ip {
    return this.#source !== 0 ? this.#source : this.boundTo
  }

  /**
   * bind(2): port 0 asks for an ephemeral one. EADDRNOTAVAIL unless the address is 0, ours, a group or a broadcast;
   * EADDRINUSE; EINVAL for a socket that has a port already.
   */
  bind(address: Ip, port: number): Answer {
    if (address !== 0) {
      const type = this.#inet.fib.addressType(address)
      const isGroup = type === RouteType.Multicast || type === RouteType.Broadcast
      if (type !== RouteType.Local && !isGroup && !this.#inet.conf.bindsAnywhere) return fail('EADDRNOTAVAIL')
      if (this.localPort !== 0) return fail('EINVAL')
      this.boundTo = address
      this.#source = isGroup ? (0 as Ip) : address
    } else if (this.localPort !== 0) return fail('EINVAL')
    const got = this.#getPort(port)
    if (!got.ok) {
      this.boundTo = 0 as Ip
      this.#source = 0 as Ip
    }
    return got
  }

  /** udp_v4_get_port */
  #getPort(wanted: number): Answer {
    const { env, udp: ports } = this.#inet
    let port: number | undefined = wanted
    if (wanted === 0) {
      const { conf } = this.#inet
      const isReserved = (each: number): boolean => conf.isReservedPort(each)
      port = ports.ephemeral(env.stream('udp ports'), this, conf.portFirst, conf.portLast, isReserved)
    } else if (ports.isTaken(wanted, this)) port = undefined
    if (port === undefined) return fail('EADDRINUSE')
    this.localPort = port
    ports.add(this)
    return DONE
  }

  /** inet_autobind: EAGAIN when no port is left. */
  #autobind(): Answer {
    if (this.localPort !== 0) return DONE
    return this.#getPort(0).ok ? DONE : fail('EAGAIN')
  }

  /** connect(2): from now on only this peer is heard, and `send` goes to him. */
  connect(to: Ip, port: number): Answer {
    const bound = this.#autobind()
    if (!bound.ok) return bound
    this.#strayed = { to: to !== 0 ? to : this.#source !== 0 ? this.#source : ip4.LOOPBACK, port, route: undefined }
    const path = connectPath(this.#routes, to, this.#source, this.boundDevice, this.#routeTos, this.#mark)
    if (path === undefined) {
      if (this.#routes.error === 'ENETUNREACH') this.#inet.snmp.ipOutNoRoutes++
      return fail(this.#routes.error!)
    }
    if ((path.route.cast & Cast.Broadcast) !== 0 && !this.#mayBroadcast) return fail('EACCES')
    if (this.#source === 0) this.#source = path.source
    if (this.boundTo === 0) this.boundTo = path.source
    this.peer = path.destination
    this.peerPort = port
    this.#strayed = undefined
    this.#identification = this.#inet.env.stream('udp identification').below(0x1_0000)
    return DONE
  }

  get #routeTos(): number {
    return this.#onLinkOnly ? this.#tos | ON_LINK : this.#tos
  }

  // -- Sending ------------------------------------------------------------------------------------

  /** send(2) to the peer: EDESTADDRREQ when not connected. Answers the octets sent. */
  send(payload: Uint8Array): Answer<number> {
    const isConnected = this.peer !== 0 || this.peerPort !== 0
    if (!isConnected) this.#autobind()
    if (payload.length > PORT_MAX) return fail('EMSGSIZE')
    if (!isConnected) return fail('EDESTADDRREQ')
    if (this.#strayed !== undefined) return this.#sendStrayed(payload, this.#strayed)
    return this.sendTo(payload, this.peer, this.peerPort)
  }

  /**
   * After a connect(2) that was refused, as udp_sendmsg does it: the first datagram looks up the way to the peer; those
   * after it find that route cached, and with it the addresses of the flow that connect(2) was about.
   */
  #sendStrayed(payload: Uint8Array, strayed: Strayed): Answer<number> {
    const { route, to, port } = strayed
    if (route?.generation === this.#inet.generation) {
      return this.#sendAlong(pathAlong(route, this.#source, to), payload, port)
    }
    const path = this.#routes.output(this.peer, this.#source, this.boundDevice, this.#routeTos, this.#mark)
    const isCached = path !== undefined && (path.route.cast & Cast.Multicast) === 0 && !this.#onLinkOnly
    strayed.route = isCached ? path.route : undefined
    return this.sendTo(payload, this.peer, this.peerPort)
  }

  /** The send buffer is taken: sending would wait. */
  get isFull(): boolean {
    return this.heldBytes >= this.#sendBytesMax
  }

  /** sock_def_write_space */
  relieved(): void {
    if (this.room.ready) this.room.waiter?.()
  }

  /**
   * sendto(2) without waiting. Answers the octets sent, or: EINVAL port 0; ENETUNREACH and its like, no way there;
   * EACCES a broadcast without permission; EMSGSIZE; EAGAIN the send buffer is full; ENOBUFS; or an error that was
   * pending, which is then gone.
   */
  sendTo(payload: Uint8Array, to: Ip, port: number): Answer<number> {
    const inet = this.#inet
    const { length } = payload
    const bound = this.#autobind()
    if (!bound.ok) return bound
    if (length > PORT_MAX) return fail('EMSGSIZE')
    if (port === 0) return fail('EINVAL')
    const path = this.#routes.output(to, this.#source, this.boundDevice, this.#routeTos, this.#mark)
    if (path === undefined) {
      if (this.#routes.error === 'ENETUNREACH') inet.snmp.ipOutNoRoutes++
      return this.#failed(fail(this.#routes.error!))
    }
    if ((path.route.cast & Cast.Broadcast) !== 0 && !this.#mayBroadcast) return this.#failed(fail('EACCES'))
    return this.#sendAlong(path, payload, port)
  }

  #sendAlong(path: Path, payload: Uint8Array, port: number): Answer<number> {
    const inet = this.#inet
    const { length } = payload
    const total = ipv4.HEADER_BYTES + udp.HEADER_BYTES + length
    const isWhole = this.#mtuDiscovery === 'do' || this.#mtuDiscovery === 'probe'
    const mtu = this.probesPath ? path.route.device.mtu : path.route.mtu
    if (total > (isWhole ? mtu : ipv4.TOTAL_BYTES_MAX)) {
      if (this.#queuesErrors) this.#errors.push(tooLong(path.destination, this.peerPort, mtu, inet.env.now))
      return this.#failed(fail('EMSGSIZE'))
    }
    if (this.#pending !== undefined) {
      inet.snmp.ipOutDiscards++
      return this.#failed(this.#takePending())
    }
    if (this.isFull) {
      inet.snmp.ipOutDiscards++
      this.#wasFull = true
      return this.#failed(fail('EAGAIN'))
    }
    if (!mayAppend(inet, this, this.#sendBytesMax, total, mtu)) {
      inet.snmp.udpSndbufErrors++
      return fail('ENOBUFS')
    }
    const hasDf = isWhole || (this.#mtuDiscovery === 'want' && total <= mtu && !path.route.isMtuLocked)
    if (this.#transmit(path, payload, port, total, hasDf) !== Xmit.Drop) {
      inet.snmp.udpOutDatagrams++
      return done(length)
    }
    inet.snmp.udpSndbufErrors++
    return this.#queuesErrors ? fail('ENOBUFS') : done(length)
  }

  #failed(failure: Failure): Failure {
    if (this.#wasFull) this.#inet.snmp.udpSndbufErrors++
    return failure
  }

  /** udp_send_skb, once nothing can go wrong any more. */
  #transmit(path: Path, payload: Uint8Array, port: number, total: number, hasDf: boolean): Xmit {
    const inet = this.#inet
    const { route, source, destination } = path
    const isMulticast = (route.cast & Cast.Multicast) !== 0
    const ttl = isMulticast ? this.#multicastTtl : (this.#ttl ?? route.info?.metrics.hoplimit ?? inet.defaultTtl)
    const frame = allocatePacket(route, total)
    const at = packetAt(route, frame)
    const { bytes } = frame
    const header = at + ipv4.HEADER_BYTES
    bytes.set(payload, header + udp.HEADER_BYTES)
    udp.put(bytes, header, this.localPort, port, payload.length, source, destination)
    const id = this.#nextIdentification(source, destination)
    const { Udp } = ipv4.Protocol
    ipv4.put(bytes, at, this.#tos, total, id, hasDf ? ipv4.DF : 0, ttl, Udp, source, destination)
    if (inet.env.tracing) {
      const via = route.gateway === 0 ? 'directly' : `via ${ip4.format(route.gateway)}`
      const whither = `${ip4.format(destination)} port ${port}`
      inet.env.note(route.device, frame, `UDP sent to ${whither} ${via} through ${route.device.name}`)
    }
    return sendLocal(inet, path, frame, at, this)
  }

  /** ip_select_ident: of its own while connected; where a packet may never be cut up it says nothing and is 0. */
  #nextIdentification(source: Ip, destination: Ip): number {
    if (this.peer !== 0) {
      this.#identification = (this.#identification + 1) & 0xffff
      return this.#identification
    }
    const isWhole = this.#mtuDiscovery === 'do' || this.#mtuDiscovery === 'probe'
    return isWhole ? 0 : this.#inet.identification(source, destination, ipv4.Protocol.Udp)
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

  /** __udp_enqueue_schedule_skb: an empty queue takes anything, a full one nothing. */
  deliver(frame: Frame, at: number, ifindex: number): void {
    const { env, snmp } = this.#inet
    const { bytes } = frame
    const weight = weightOf(frame, at)
    if (this.#receivedBytes > 0 && this.#receivedBytes + weight > this.#receiveBytesMax) {
      snmp.udpRcvbufErrors++
      snmp.udpInErrors++
      const device = env.device(ifindex)
      if (device !== undefined) env.drop(device, Drop.SocketRcvbuff, frame)
      return
    }
    const start = at + ipv4.headerBytes(bytes, at)
    const datagram: Datagram = {
      payload: bytes.subarray(start + udp.HEADER_BYTES, start + udp.length(bytes, start)),
      from: ipv4.src(bytes, at),
      fromPort: udp.srcPort(bytes, start),
      to: ipv4.dst(bytes, at),
      ifindex,
      ttl: ipv4.ttl(bytes, at),
      instant: env.now,
    }
    this.#receivedBytes += weight
    this.#received.push({ datagram, weight })
    this.waiter?.()
  }

  /** recvfrom(2) without waiting: a pending error (once), the oldest datagram, or undefined (EAGAIN). */
  receive(): Datagram | Failure | undefined {
    if (this.#pending !== undefined) return this.#takePending()
    const oldest = this.#received.shift()
    if (oldest === undefined) return undefined
    this.#receivedBytes -= oldest.weight
    this.#inet.snmp.udpInDatagrams++
    return oldest.datagram
  }

  /** recvfrom(2) with MSG_PEEK: the oldest datagram stays. */
  peek(): Datagram | Failure | undefined {
    if (this.#pending !== undefined) return this.#takePending()
    return this.#received[0]?.datagram
  }

  /** Octets that wait to be read, as `ss` shows them: their weight in memory. */
  get receiveQueueBytes(): number {
    return this.#receivedBytes
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

  /** __udp4_lib_err */
  icmpError(frame: Frame, at: number, quotedAt: number, type: number, code: number, info: number): void {
    const meaning = errorMeaning(type, code, this.#mtuDiscovery)
    if (meaning === undefined) return
    const [errno, isFinal] = meaning
    const failure = fail(errno)
    if (this.#queuesErrors) {
      const { bytes } = frame
      const quoted = quotedAt + ipv4.headerBytes(bytes, quotedAt)
      const port = udp.dstPort(bytes, quoted)
      const payload = quoted + udp.HEADER_BYTES
      const instant = this.#inet.env.now
      this.#errors.push(icmpErrorEntry(frame, at, quotedAt, payload, { failure, type, code, info, port, instant }))
    } else if (!isFinal || this.peer === 0) return
    this.#pending = failure
    this.waiter?.()
  }
}
