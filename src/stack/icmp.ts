/**
 * ICMP: echoes answered, errors sent and told to the sockets that they concern.
 *
 * Follows Linux net/ipv4/icmp.c: __icmp_send (`sendError`), icmp_rcv (`receive`), icmp_echo and icmp_reply (`reply`),
 * icmp_unreach. Left out: IP options in replies, PROBE (RFC 8335), router advertisements, what an error does to the
 * routes (redirects taken, path MTUs learned).
 */
import { RouteType } from '../control/request.ts'
import { PacketType } from '../core/device.ts'
import { Drop } from '../core/drop.ts'
import type { Frame } from '../core/frame.ts'
import * as checksum from '../wire/checksum.ts'
import * as icmp from '../wire/icmp.ts'
import type { Ip } from '../wire/ip.ts'
import * as ip4 from '../wire/ip.ts'
import * as ipv4 from '../wire/ipv4.ts'
import * as udp from '../wire/udp.ts'
import { Cast, type Route } from './dst.ts'
import type { InDevice } from './indevice.ts'
import { type Inet, routeErrorCode } from './inet.ts'
import { allocatePacket, packetAt, sendLocal } from './output.ts'
import type { Path } from './path.ts'
import type { UdpEndpoint } from './ports.ts'
import type { Routes } from './route.ts'

/** An error quotes as much as fits: a host must take in datagrams of this length. RFC 1812 4.3.2.3. */
const ERROR_BYTES_MAX = 576
const PRECEDENCE_INTERNETCONTROL = 0xc0
const TOS_MASK = 0x1e
/** RFC 7600's dummy address: who has no address at all speaks as 192.0.0.8. */
const DUMMY = 0xc000_0008 as Ip
const TYPE_MAX = 18
/** NR_ICMP_UNREACH */
const UNREACHABLE_CODE_MAX = 15
/** RFC 950: not answered, but no error to a group either. */
const ADDRESS_MASK_REQUEST = 17
const ADDRESS_MASK_REPLY = 18
const EXTENDED_ECHO_REQUEST = 42
const NS_PER_MS = 1_000_000
const MS_PER_DAY = 86_400_000
/** Of a timestamp request: the time at which it was sent. */
const ASKED_BYTES = 4
/** Behind the quoted IP header: as much as RFC 792 promises. */
const QUOTED_BYTES_MIN = 8

// -- Errors ---------------------------------------------------------------------------------------

/**
 * Tells the sender of a packet what went wrong. `at` is where the packet's IP header begins, `route` the one it had,
 * `packetType` for whom its frame was, `total` how much of it may be quoted. Silent where RFC 1122 3.2.2 says so, or
 * when there were too many.
 */
export function sendError(
  inet: Inet,
  routes: Routes,
  frame: Frame,
  at: number,
  route: Route,
  packetType: PacketType,
  type: number,
  code: number,
  info: number,
  total = ipv4.totalLength(frame.bytes, at),
): void {
  const { bytes } = frame
  if (packetType !== PacketType.Host || (route.cast & (Cast.Broadcast | Cast.Multicast)) !== 0) return
  if ((ipv4.fragmentWord(bytes, at) & ipv4.OFFSET_MASK) !== 0) return
  const header = ipv4.headerBytes(bytes, at)
  if (ipv4.protocol(bytes, at) === ipv4.Protocol.Icmp && icmp.isError(type)) {
    if (total <= header || icmp.isError(icmp.type(bytes, at + header))) return
  }
  const to = ipv4.src(bytes, at)
  // What came in by lo is told without limits.
  const isLimited = inet.isLimited(type, code) && ((route.cast & Cast.Local) === 0 || !inet.hasAddress(to))
  if (isLimited && !inet.allowErrorAtAll()) return
  const tos = icmp.isError(type) ? (ipv4.tos(bytes, at) & TOS_MASK) | PRECEDENCE_INTERNETCONTROL : ipv4.tos(bytes, at)
  const path = routes.output(to, errorSource(inet, route, bytes, at), 0, tos)
  if (path === undefined || (isLimited && !inet.allowError(to, path.route.device, type))) return
  const room = Math.min(path.route.mtu, ERROR_BYTES_MAX) - ipv4.HEADER_BYTES - icmp.HEADER_BYTES
  if (room <= ipv4.HEADER_BYTES) return
  const quoted = Math.min(total, room)
  const error = allocatePacket(path.route, ipv4.HEADER_BYTES + icmp.HEADER_BYTES + quoted)
  const start = packetAt(path.route, error)
  icmp.putError(error.bytes, start + ipv4.HEADER_BYTES, type, code, info, bytes, at, quoted)
  if (inet.env.tracing) {
    inet.env.note(path.route.device, error, `tells ${ip4.format(to)}: ${ERRORS[type] ?? `type ${type}`}, code ${code}`)
  }
  if (isLimited) inet.consumeError()
  count(inet, type)
  sendMessage(inet, path, error, start, tos, quoted)
}

const ERRORS: Record<number, string> = { 3: 'destination unreachable', 5: 'redirect', 11: 'time exceeded' }

/** In whose name an error speaks: the address that was meant if it is ours, otherwise that of the way back. */
function errorSource(inet: Inet, route: Route, bytes: Uint8Array, at: number): Ip {
  if ((route.cast & Cast.Local) !== 0) return ipv4.dst(bytes, at)
  if (!route.isInput || !inet.errorsUseInboundAddress) return 0 as Ip
  const inbound = inet.env.device(route.iif)
  return inbound === undefined ? (0 as Ip) : inet.selectAddress(inbound, ipv4.src(bytes, at), 253)
}

/** ip_error: there is no way on. */
export function sendRouteError(
  inet: Inet,
  routes: Routes,
  inDevice: InDevice,
  frame: Frame,
  at: number,
  route: Route,
  packetType: PacketType,
): void {
  const { env, snmp } = inet
  const { device } = inDevice
  if (!inDevice.conf.forwarding) {
    snmp.ipInAddrErrors++
    return env.drop(device, Drop.IpInAddrErrors, frame)
  }
  if (route.error === 'ENETUNREACH') snmp.ipInNoRoutes++
  const code = routeErrorCode(route.error)
  if (code >= 0 && inet.allowRouteError(ipv4.src(frame.bytes, at))) {
    sendError(inet, routes, frame, at, route, packetType, icmp.Type.Unreachable, code, 0)
  }
  const isTableError = route.error === 'EINVAL' || route.error === 'EACCES' || route.error === 'EHOSTUNREACH'
  env.drop(device, isTableError ? Drop.Blackhole : Drop.IpInNoRoutes, frame)
}

// -- Messages that arrive -------------------------------------------------------------------------

/** icmp_rcv: a message for us. Raw sockets have had their copy. */
export function receive(inet: Inet, routes: Routes, frame: Frame, at: number, path: Path, inDevice: InDevice): void {
  const { device } = inDevice
  const { env, snmp } = inet
  const { bytes } = frame
  const start = at + ipv4.headerBytes(bytes, at)
  const length = at + ipv4.totalLength(bytes, at) - start
  snmp.icmpInMsgs++
  if (!icmp.verify(bytes, start, length)) {
    snmp.icmpInCsumErrors++
    snmp.icmpInErrors++
    return env.drop(device, Drop.IcmpCsum, frame)
  }
  if (length < icmp.HEADER_BYTES) {
    snmp.icmpInErrors++
    return env.drop(device, Drop.PktTooSmall, frame)
  }
  const type = icmp.type(bytes, start)
  snmp.icmpIn[type] = (snmp.icmpIn[type] ?? 0) + 1
  // RFC 8335, which net.ipv4.icmp_echo_enable_probe keeps switched off: taken, and not answered.
  if (type === EXTENDED_ECHO_REQUEST) return
  if (type > TYPE_MAX) {
    snmp.icmpInErrors++
    return env.drop(device, Drop.UnhandledProto, frame)
  }
  if ((path.route.cast & (Cast.Broadcast | Cast.Multicast)) !== 0) {
    const isEcho = type === icmp.Type.EchoRequest || type === icmp.Type.TimestampRequest
    const isMask = type === ADDRESS_MASK_REQUEST || type === ADDRESS_MASK_REPLY
    if (!isMask && (!isEcho || inet.echoIgnoreBroadcasts)) {
      snmp.icmpInErrors++
      if (env.tracing)
        env.note(device, frame, 'an echo request to a group is not answered (icmp_echo_ignore_broadcasts)')
      return env.drop(device, Drop.InvalidProto, frame)
    }
  }
  switch (type) {
    case icmp.Type.EchoRequest:
      if (!inet.echoIgnoreAll) reply(inet, routes, frame, at, start, length, path)
      else if (env.tracing) env.note(device, frame, 'echo requests are not answered (icmp_echo_ignore_all)')
      break
    case icmp.Type.TimestampRequest:
      if (length - icmp.HEADER_BYTES >= ASKED_BYTES) return replyTime(inet, routes, frame, at, start, path)
      snmp.icmpInErrors++
      return env.drop(device, Drop.PktTooSmall, frame)
    case icmp.Type.Unreachable:
    case icmp.Type.TimeExceeded:
    case icmp.Type.ParameterProblem:
    case icmp.Type.SourceQuench:
    case icmp.Type.Redirect:
      tell(inet, routes, frame, at, start, length, inDevice)
      break
    default: // Replies are for raw sockets alone.
  }
}

/** icmp_echo and icmp_reply: the same bytes back, from the address that was asked. */
function reply(
  inet: Inet,
  routes: Routes,
  frame: Frame,
  at: number,
  start: number,
  length: number,
  request: Path,
): void {
  const { bytes } = frame
  const tos = ipv4.tos(bytes, at)
  const path = routes.output(ipv4.src(bytes, at), replySource(inet, routes, request), 0, tos)
  if (path === undefined) {
    const { env } = inet
    if (env.tracing) env.note(request.route.device, frame, `no way back to ${ip4.format(ipv4.src(bytes, at))}`)
    return
  }
  if (!inet.allowError(path.destination, path.route.device, icmp.Type.EchoReply)) return
  const answer = allocatePacket(path.route, ipv4.HEADER_BYTES + length)
  const to = packetAt(path.route, answer)
  const message = to + ipv4.HEADER_BYTES
  copy(answer.bytes, message, bytes, start, length)
  answer.bytes[message] = icmp.Type.EchoReply
  // Only the type has changed, from 8 to 0, so the checksum follows by RFC 1624.
  const code = icmp.code(bytes, start)
  checksumPut(answer.bytes, message, checksum.update16(icmp.messageChecksum(bytes, start), 0x0800 | code, code))
  if (inet.env.tracing)
    inet.env.note(path.route.device, answer, `answers the echo request of ${ip4.format(path.destination)}`)
  count(inet, icmp.Type.EchoReply)
  sendMessage(inet, path, answer, to, tos, length - icmp.HEADER_BYTES)
}

/** inet_current_timestamp: milliseconds since midnight. */
export const timeOfDay = (inet: Inet): number => Math.floor(inet.env.now / NS_PER_MS) % MS_PER_DAY

/** icmp_timestamp: the time of day. Instant 0 is a midnight. Linux counts and limits it as an echo reply. */
function replyTime(inet: Inet, routes: Routes, frame: Frame, at: number, start: number, request: Path): void {
  const { bytes } = frame
  const tos = ipv4.tos(bytes, at)
  const path = routes.output(ipv4.src(bytes, at), replySource(inet, routes, request), 0, tos)
  const type = icmp.Type.EchoReply
  if (path === undefined || !inet.allowError(path.destination, path.route.device, type)) return
  const answer = allocatePacket(path.route, ipv4.HEADER_BYTES + icmp.HEADER_BYTES + icmp.TIMESTAMP_BYTES)
  const to = packetAt(path.route, answer)
  const time = timeOfDay(inet)
  icmp.putTimestampReply(answer.bytes, to + ipv4.HEADER_BYTES, bytes, start, time)
  if (inet.env.tracing) inet.env.note(path.route.device, answer, `tells ${ip4.format(path.destination)} the time`)
  count(inet, type)
  sendMessage(inet, path, answer, to, tos, icmp.TIMESTAMP_BYTES)
}

function checksumPut(b: Uint8Array, at: number, value: number): void {
  b[at + 2] = value >>> 8
  b[at + 3] = value
}

/** fib_compute_spec_dst: our own address by which the sender should know us. */
function replySource(inet: Inet, routes: Routes, request: Path): Ip {
  const { route } = request
  if ((route.cast & (Cast.Broadcast | Cast.Multicast)) === 0) return request.destination
  const inbound = inet.env.device(route.iif) ?? route.device
  if (ip4.isZeronet(request.source)) return inet.selectAddress(inbound, request.source, 253)
  const back = routes.output(request.source, 0 as Ip, 0, 0)
  return back !== undefined && back.route.type !== RouteType.Local
    ? back.source
    : inet.selectAddress(inbound, request.source, 0)
}

function count(inet: Inet, type: number): void {
  const { snmp } = inet
  snmp.icmpOutMsgs++
  snmp.icmpOut[type] = (snmp.icmpOut[type] ?? 0) + 1
}

/** icmp_push_reply: the IP header in front of a finished message. */
function sendMessage(inet: Inet, path: Path, frame: Frame, at: number, tos: number, payloadBytes: number): void {
  const source = path.source === 0 ? DUMMY : path.source
  const id = inet.identification(source, path.destination, ipv4.Protocol.Icmp)
  const total = ipv4.HEADER_BYTES + icmp.HEADER_BYTES + payloadBytes
  const ttl = path.route.info?.metrics.hoplimit ?? inet.defaultTtl
  ipv4.put(frame.bytes, at, tos, total, id, 0, ttl, ipv4.Protocol.Icmp, source, path.destination)
  sendLocal(inet, path, frame, at, undefined)
}

/**
 * icmp_unreach, icmp_redirect and icmp_socket_deliver: an error about a packet of ours goes to the socket that sent it,
 * and what it says of the path is believed if there is such a socket, or if it was our own answer to an echo.
 */
function tell(
  inet: Inet,
  routes: Routes,
  frame: Frame,
  at: number,
  start: number,
  length: number,
  inDevice: InDevice,
): void {
  const { bytes } = frame
  const quoted = start + icmp.HEADER_BYTES
  const type = icmp.type(bytes, start)
  const code = icmp.code(bytes, start)
  const room = length - icmp.HEADER_BYTES
  const isMangled = room < ipv4.HEADER_BYTES || (type !== icmp.Type.Redirect && !holdsHeader(bytes, quoted))
  const isTooBig = type === icmp.Type.Unreachable && code === icmp.Unreachable.FragmentationNeeded
  const { noPmtuDiscovery } = inet.conf
  if (!isMangled) {
    // Protocols with sequence numbers could prove that they are meant (3): neither ICMP nor UDP can.
    if (isTooBig && (noPmtuDiscovery === 2 || (noPmtuDiscovery === 3 && !isTaggedStrictly(bytes, quoted)))) return
    if (type === icmp.Type.TimeExceeded && code === icmp.Exceeded.Reassembly) return
    if (type === icmp.Type.Unreachable && code > UNREACHABLE_CODE_MAX) return
  }
  if (isMangled || room < ipv4.headerBytes(bytes, quoted) + QUOTED_BYTES_MIN) {
    inet.snmp.icmpInErrors++
    return
  }
  const isBelieved = noPmtuDiscovery === 0 || noPmtuDiscovery === 3
  const info = isTooBig && isBelieved ? icmp.mtu(bytes, start) : 0
  const isEchoReply =
    ipv4.protocol(bytes, quoted) === ipv4.Protocol.Icmp &&
    icmp.type(bytes, quoted + ipv4.headerBytes(bytes, quoted)) === icmp.Type.EchoReply
  let isOurs = isEchoReply
  const { ifindex } = inDevice.device
  for (const socket of inet.raw) {
    if (socket.icmpError(frame, at, quoted, type, code, info, ifindex)) isOurs = true
  }
  const sender = udpSender(inet, bytes, quoted, ifindex)
  if (sender !== undefined) {
    sender.icmpError(frame, at, quoted, type, code, info)
    isOurs = true
  }
  // udp_err, tcp_v4_err and those like them: nobody sent that.
  const protocol = ipv4.protocol(bytes, quoted)
  if (sender === undefined && HAVE_SENDERS.has(protocol)) inet.snmp.icmpInErrors++
  if (!isOurs || (type !== icmp.Type.Redirect && !isTooBig)) return
  const path = routes.output(ipv4.dst(bytes, quoted), ipv4.src(bytes, quoted), 0, ipv4.tos(bytes, quoted))
  if (path === undefined) return
  if (isTooBig) routes.learnMtu(path, info)
  else routes.learnGateway(path, ipv4.src(bytes, at), icmp.rest(bytes, start) as Ip, inDevice)
}

/** Protocols that look for the socket behind an error. It is not known why 255 is one. */
const HAVE_SENDERS: ReadonlySet<number> = new Set([
  ipv4.Protocol.Tcp,
  ipv4.Protocol.Udp,
  ipv4.Protocol.UdpLite,
  ipv4.Protocol.Raw,
])

/** icmp_tag_validation */
const isTaggedStrictly = (b: Uint8Array, at: number): boolean => ipv4.protocol(b, at) === ipv4.Protocol.Tcp

/** Its length field can be true. */
const holdsHeader = (b: Uint8Array, at: number): boolean => ipv4.headerBytes(b, at) >= ipv4.HEADER_BYTES

/** __udp4_lib_err: the socket that sent the quoted datagram. */
function udpSender(inet: Inet, b: Uint8Array, quoted: number, ifindex: number): UdpEndpoint | undefined {
  if (ipv4.protocol(b, quoted) !== ipv4.Protocol.Udp) return undefined
  const datagram = quoted + ipv4.headerBytes(b, quoted)
  const [local, remote] = [ipv4.src(b, quoted), ipv4.dst(b, quoted)]
  return inet.udp.find(remote, udp.dstPort(b, datagram), local, udp.srcPort(b, datagram), ifindex)
}

/** Short runs are faster octet by octet than through a view. */
function copy(to: Uint8Array, at: number, from: Uint8Array, start: number, length: number): void {
  if (to === from) to.copyWithin(at, start, start + length)
  else to.set(from.subarray(start, start + length), at)
}
