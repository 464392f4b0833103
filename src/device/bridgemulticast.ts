/**
 * What multicast snooping does while nobody is a querier: it reads every multicast packet of IPv4 and IPv6 and drops
 * the damaged ones; the sound ones are flooded, reports and leaves too. Broadcast and unicast are not looked at.
 *
 * Follows Linux net/bridge/br_multicast.c (br_multicast_rcv), net/ipv4/igmp.c (ip_mc_check_igmp) and
 * net/ipv6/mcast_snoop.c (ipv6_mc_check_ip6hdr). Left out: the multicast database, queriers (ten seconds after a query
 * Linux would forward to group members and routers only), the records inside IGMPv3 reports, MLD messages.
 */
import type { Frame } from '../core/frame.ts'
import { get16 } from '../wire/bytes.ts'
import * as checksum from '../wire/checksum.ts'
import * as ethernet from '../wire/ethernet.ts'
import * as ipv4 from '../wire/ipv4.ts'

const IGMP_BYTES_MIN = 8
const IPV6_HEADER_BYTES = 40

/** Would snooping drop this frame for a group? */
export function isDamagedMulticast(frame: Frame): boolean {
  const { bytes, at, length } = frame
  const type = ethernet.type(bytes, at)
  if (type === ethernet.EtherType.Ipv4) {
    return isDamagedIpv4(bytes, at + ethernet.HEADER_BYTES, length - ethernet.HEADER_BYTES)
  }
  if (type === ethernet.EtherType.Ipv6) {
    return isDamagedIpv6(bytes, at + ethernet.HEADER_BYTES, length - ethernet.HEADER_BYTES)
  }
  return false
}

function isDamagedIpv4(b: Uint8Array, at: number, length: number): boolean {
  if (ipv4.check(b, at, length) !== ipv4.Check.Ok) return true
  if (ipv4.protocol(b, at) !== ipv4.Protocol.Igmp) return false
  const message = at + ipv4.headerBytes(b, at)
  const end = at + ipv4.totalLength(b, at)
  return end - message < IGMP_BYTES_MIN || checksum.finish(checksum.sum(b, message, end)) !== 0
}

function isDamagedIpv6(b: Uint8Array, at: number, length: number): boolean {
  if (length < IPV6_HEADER_BYTES || b[at]! >>> 4 !== 6) return true
  return IPV6_HEADER_BYTES + get16(b, at + 4) > length
}
