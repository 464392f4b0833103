/**
 * UDP-Lite datagrams that arrive (RFC 3828). Nobody has a socket for them here.
 *
 * Follows Linux net/ipv4/udp.c (__udp4_lib_rcv with IPPROTO_UDPLITE) and include/net/udplite.h (udplite_checksum_init).
 * In place of its length a datagram says how much of it the checksum covers. Left out: sockets.
 */
import type { PacketType } from '../core/device.ts'
import { Drop } from '../core/drop.ts'
import type { Frame } from '../core/frame.ts'
import * as checksum from '../wire/checksum.ts'
import * as icmp from '../wire/icmp.ts'
import * as ipv4 from '../wire/ipv4.ts'
import * as udp from '../wire/udp.ts'
import { Cast } from './dst.ts'
import * as icmpStack from './icmp.ts'
import type { InDevice } from './indevice.ts'
import type { Inet } from './inet.ts'
import type { Path } from './path.ts'
import type { Routes } from './route.ts'

/** Counted, and answered with port unreachable unless it is for many. */
export function receive(
  inet: Inet,
  routes: Routes,
  { device }: InDevice,
  frame: Frame,
  at: number,
  path: Path,
  packetType: PacketType,
): void {
  const { env, snmp } = inet
  const { bytes } = frame
  const start = at + ipv4.headerBytes(bytes, at)
  const length = at + ipv4.totalLength(bytes, at) - start
  if (length < udp.HEADER_BYTES || udp.length(bytes, start) > length) {
    snmp.udpLiteInErrors++
    return env.drop(device, Drop.PktTooSmall, frame)
  }
  if (!isSound(bytes, at, start, length)) {
    snmp.udpLiteInErrors++
    snmp.udpLiteInCsumErrors++
    return env.drop(device, Drop.UdpCsum, frame)
  }
  if ((path.route.cast & (Cast.Broadcast | Cast.Multicast)) !== 0) {
    snmp.udpLiteIgnoredMulti++
    return env.drop(device, Drop.NoSocket, frame)
  }
  snmp.udpLiteNoPorts++
  const { Unreachable } = icmp.Type
  icmpStack.sendError(inet, routes, frame, at, path.route, packetType, Unreachable, icmp.Unreachable.Port, 0)
  env.drop(device, Drop.NoSocket, frame)
}

/** A coverage of 0 is the whole; a checksum there must be. */
function isSound(b: Uint8Array, at: number, start: number, length: number): boolean {
  const covered = udp.length(b, start) || length
  if (covered < udp.HEADER_BYTES || udp.datagramChecksum(b, start) === 0) return false
  const pseudo = checksum.pseudo(ipv4.src(b, at), ipv4.dst(b, at), ipv4.Protocol.UdpLite, length)
  return checksum.finish(checksum.sum(b, start, start + covered, pseudo)) === 0
}
