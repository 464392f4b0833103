/** ICMPv6 messages that a host sends by itself, as frames. Linux ndisc_send_skb and mld_sendpack. */
import { type Device, HardwareType } from '../core/device.ts'
import { allocate, type Frame } from '../core/frame.ts'
import * as eth from '../wire/ethernet.ts'
import * as icmp6 from '../wire/icmp6.ts'
import * as ipv6 from '../wire/ipv6.ts'
import type { Mac } from '../wire/mac.ts'

export interface Packet6 {
  readonly src: Uint8Array
  readonly dst: Uint8Array
  readonly dstMac: Mac
  readonly hopLimit: number
  /** With a hop-by-hop header that makes routers look. */
  readonly routerAlert?: boolean
  /** Length of the ICMPv6 message. */
  readonly bytes: number
  /** Writes the message, but for its checksum. */
  put(b: Uint8Array, at: number): void
}

/** Octets in front of the IPv6 header: none on a TUN. */
export const linkHeaderBytes = (dev: Device): number => (dev.hardwareType === HardwareType.None ? 0 : eth.HEADER_BYTES)

export function frame6(dev: Device, packet: Packet6): Frame {
  const link = linkHeaderBytes(dev)
  const alert = packet.routerAlert === true ? ipv6.ROUTER_ALERT_BYTES : 0
  const frame = allocate(link + ipv6.HEADER_BYTES + alert + packet.bytes)
  const { bytes: b, at } = frame
  if (link > 0) eth.put(b, at, packet.dstMac, dev.mac, eth.EtherType.Ipv6)
  const ipAt = at + link
  const { HopByHop, Icmpv6 } = ipv6.NextHeader
  const first = alert > 0 ? HopByHop : Icmpv6
  ipv6.put(b, ipAt, alert + packet.bytes, first, packet.hopLimit, packet.src, packet.dst)
  if (alert > 0) ipv6.putRouterAlert(b, ipAt + ipv6.HEADER_BYTES, Icmpv6)
  const message = ipAt + ipv6.HEADER_BYTES + alert
  packet.put(b, message)
  icmp6.putChecksum(b, message, packet.bytes, ipAt)
  return frame
}
