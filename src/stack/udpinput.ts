/**
 * Datagrams that arrive: checked, and handed to the sockets that they are for.
 *
 * Follows Linux net/ipv4/udp.c (__udp4_lib_rcv, __udp4_lib_mcast_deliver). The socket itself is udp.ts.
 */
import type { PacketType } from '../core/device.ts'
import { Drop } from '../core/drop.ts'
import type { Frame } from '../core/frame.ts'
import * as icmp from '../wire/icmp.ts'
import * as ipv4 from '../wire/ipv4.ts'
import * as udp from '../wire/udp.ts'
import { Cast } from './dst.ts'
import * as icmpStack from './icmp.ts'
import type { InDevice } from './indevice.ts'
import type { Inet } from './inet.ts'
import type { Path } from './path.ts'
import type { Routes } from './route.ts'

/** __udp4_lib_rcv: to the socket that it is for, to every one if it is for a group, or back as port unreachable. */
export function receive(
  inet: Inet,
  routes: Routes,
  inDevice: InDevice,
  frame: Frame,
  at: number,
  path: Path,
  packetType: PacketType,
): void {
  const { env, snmp } = inet
  const { bytes } = frame
  const { device } = inDevice
  const start = at + ipv4.headerBytes(bytes, at)
  const length = at + ipv4.totalLength(bytes, at) - start
  const src = ipv4.src(bytes, at)
  const dst = ipv4.dst(bytes, at)
  const wrong = udp.check(bytes, start, length, src, dst)
  if (wrong !== udp.Check.Ok) {
    snmp.udpInErrors++
    if (wrong !== udp.Check.BadChecksum) return env.drop(device, Drop.PktTooSmall, frame)
    snmp.udpInCsumErrors++
    return env.drop(device, Drop.UdpCsum, frame)
  }
  const srcPort = udp.srcPort(bytes, start)
  const dstPort = udp.dstPort(bytes, start)
  // What a device of ours was asked for itself: for local traffic the one that has the address.
  const ifindex = path.route.isInput ? device.ifindex : path.route.iif || device.ifindex
  if ((path.route.cast & (Cast.Broadcast | Cast.Multicast)) !== 0) {
    const all = inet.udp.each(src, srcPort, dst, dstPort, ifindex)
    for (const socket of all) socket.deliver(frame, at, ifindex)
    if (all.length > 0) return
    snmp.udpIgnoredMulti++
    return env.drop(device, Drop.NoSocket, frame)
  }
  const socket = inet.udp.find(src, srcPort, dst, dstPort, ifindex)
  if (socket !== undefined) {
    if (env.tracing) env.note(device, frame, `for the socket on UDP port ${dstPort}`)
    return socket.deliver(frame, at, ifindex)
  }
  snmp.udpNoPorts++
  if (env.tracing) env.note(device, frame, `nobody listens on UDP port ${dstPort}`)
  const { Unreachable } = icmp.Type
  // What follows the datagram in its packet has been cut off (pskb_trim_rcsum).
  const total = start + udp.length(bytes, start) - at
  icmpStack.sendError(inet, routes, frame, at, path.route, packetType, Unreachable, icmp.Unreachable.Port, 0, total)
  env.drop(device, Drop.NoSocket, frame)
}
