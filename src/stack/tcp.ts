/**
 * TCP where nobody listens: every sound segment for one of our addresses is refused.
 *
 * Follows Linux net/ipv4/tcp_ipv4.c: tcp_v4_rcv (`receive`) and tcp_v4_send_reset (`refuse`). Left out: connections,
 * and so every socket; the counters of TCP; signed segments (MD5, AO).
 */

import { RouteType } from '../control/request.ts'
import { PacketType } from '../core/device.ts'
import { Drop } from '../core/drop.ts'
import type { Frame } from '../core/frame.ts'
import * as ip4 from '../wire/ip.ts'
import * as ipv4 from '../wire/ipv4.ts'
import * as tcp from '../wire/tcp.ts'
import type { InDevice } from './indevice.ts'
import type { Inet } from './inet.ts'
import { allocatePacket, packetAt, sendLocal } from './output.ts'
import type { Path } from './path.ts'
import type { Routes } from './route.ts'

const ECN_MASK = 3

export function receive(
  inet: Inet,
  routes: Routes,
  inDevice: InDevice,
  frame: Frame,
  at: number,
  path: Path,
  type: PacketType,
): void {
  const { device } = inDevice
  const { env } = inet
  if (type !== PacketType.Host) return env.drop(device, Drop.NotSpecified, frame)
  const { bytes } = frame
  const start = at + ipv4.headerBytes(bytes, at)
  const length = at + ipv4.totalLength(bytes, at) - start
  switch (tcp.check(bytes, start, length, ipv4.src(bytes, at), ipv4.dst(bytes, at))) {
    case tcp.Check.HeaderTruncated:
      return env.drop(device, Drop.NotSpecified, frame)
    case tcp.Check.BadOffset:
      return env.drop(device, Drop.PktTooSmall, frame)
    case tcp.Check.BadChecksum:
      return env.drop(device, Drop.TcpCsum, frame)
    default:
      refuse(inet, routes, frame, at, start, length, path)
      env.drop(device, Drop.NoSocket, frame)
  }
}

/** tcp_v4_send_reset, ip_send_unicast_reply. */
function refuse(
  inet: Inet,
  routes: Routes,
  frame: Frame,
  at: number,
  start: number,
  length: number,
  asked: Path,
): void {
  const { bytes } = frame
  if ((tcp.flags(bytes, start) & tcp.Flag.Rst) !== 0 || asked.route.type !== RouteType.Local) return
  const src = ipv4.dst(bytes, at)
  const dst = ipv4.src(bytes, at)
  const tos = ipv4.tos(bytes, at) & ~ECN_MASK
  const path = routes.output(dst, src, 0, tos)
  if (path === undefined) return
  const total = ipv4.HEADER_BYTES + tcp.HEADER_BYTES
  const reset = allocatePacket(path.route, total)
  const to = packetAt(path.route, reset)
  tcp.putReset(reset.bytes, to + ipv4.HEADER_BYTES, bytes, start, length, src, dst)
  const ttl = path.route.info?.metrics.hoplimit ?? inet.defaultTtl
  ipv4.put(reset.bytes, to, tos, total, 0, ipv4.DF, ttl, ipv4.Protocol.Tcp, path.source, path.destination)
  if (inet.env.tracing) inet.env.note(path.route.device, reset, `refuses the segment of ${ip4.format(dst)}`)
  sendLocal(inet, path, reset, to, undefined)
}
