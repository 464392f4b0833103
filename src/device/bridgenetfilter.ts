/**
 * What br_netfilter does to every frame that a port hands to its bridge, even where no rule exists: IP packets are
 * looked at as if they were received, damaged ones end, and what lies behind the packet's own length is cut off. What
 * is too long for the port where it leaves is cut into fragments, as by a router.
 *
 * Follows Linux net/bridge/br_netfilter_hooks.c (br_nf_pre_routing, br_validate_ipv4, br_nf_dev_queue_xmit) and
 * br_netfilter_ipv6.c (br_validate_ipv6). Left out: the hooks themselves; IPv6 jumbograms, and the error that tells of
 * an IPv6 packet that is too long.
 */
import type { Device } from '../core/device.ts'
import { Drop } from '../core/drop.ts'
import { Frame } from '../core/frame.ts'
import { pieces } from '../core/pieces.ts'
import { get16 } from '../wire/bytes.ts'
import { finish, sum } from '../wire/checksum.ts'
import { EtherType, HEADER_BYTES } from '../wire/ethernet.ts'
import { dontFragment } from '../wire/ipv4.ts'
import type { Bridge } from './bridgestate.ts'
import type { Control } from './kind.ts'

const IPV4_HEADER_BYTES = 20
const IPV6_HEADER_BYTES = 40

/** The frame to go on with; undefined when it has ended here. */
export function preRouting(bridge: Bridge, dev: Device, frame: Frame, control: Control): Frame | undefined {
  if (!isFiltered(bridge, frame)) return frame
  const isIpv4 = get16(frame.bytes, frame.at + 12) === EtherType.Ipv4
  return isIpv4 ? ipv4(dev, frame, control) : ipv6(dev, frame, control)
}

/** Does the bridge call iptables or ip6tables for this frame? */
function isFiltered(bridge: Bridge, frame: Frame): boolean {
  const type = get16(frame.bytes, frame.at + 12)
  if (type === EtherType.Ipv4) return bridge.callsIptables || bridge.nfCallIptables !== 0
  return type === EtherType.Ipv6 && (bridge.callsIp6tables || bridge.nfCallIp6tables !== 0)
}

/**
 * br_nf_dev_queue_xmit: what leaves by the port `to` in the place of a frame that is too long for it and came in by
 * another. Pieces are as long as the MTU of the bridge allows.
 */
export function postRouting(bridge: Bridge, to: Device, frame: Frame, control: Control): readonly Frame[] {
  if (!isFiltered(bridge, frame)) return [frame]
  const at = frame.at + HEADER_BYTES
  const isIpv4 = get16(frame.bytes, frame.at + 12) === EtherType.Ipv4
  const parts = isIpv4 && !dontFragment(frame.bytes, at) ? pieces(frame, at, bridge.dev.mtu) : []
  if (parts.length === 0) {
    if (isIpv4) control.countIp(bridge.dev, 'ipFragFails')
    control.drop(to, Drop.PktTooBig, frame)
  } else {
    if (control.tracing) control.note(bridge.dev, frame, `br_netfilter: too long for ${to.name}, cut into fragments`)
    control.countIp(bridge.dev, 'ipFragCreates', parts.length)
    control.countIp(bridge.dev, 'ipFragOks')
  }
  return parts
}

function ipv4(dev: Device, frame: Frame, control: Control): Frame | undefined {
  const { bytes } = frame
  const at = frame.at + HEADER_BYTES
  const left = frame.length - HEADER_BYTES
  const headerBytes = left < IPV4_HEADER_BYTES ? 0 : (bytes[at]! & 15) * 4
  const isHeader = headerBytes >= IPV4_HEADER_BYTES && headerBytes <= left && bytes[at]! >> 4 === 4
  if (!isHeader || finish(sum(bytes, at, at + headerBytes)) !== 0) return damaged(dev, frame, control)
  const length = get16(bytes, at + 2)
  if (length > left) {
    control.countIp(dev, 'ipInTruncated')
    control.drop(dev, Drop.NetfilterDrop, frame)
    return undefined
  }
  if (length < headerBytes) return damaged(dev, frame, control)
  return trimmed(frame, HEADER_BYTES + length)
}

function damaged(dev: Device, frame: Frame, control: Control): undefined {
  control.countIp(dev, 'ipInHdrErrors')
  control.drop(dev, Drop.NetfilterDrop, frame)
}

function ipv6(dev: Device, frame: Frame, control: Control): Frame | undefined {
  const at = frame.at + HEADER_BYTES
  const left = frame.length - HEADER_BYTES
  const isHeader = left >= IPV6_HEADER_BYTES && frame.bytes[at]! >> 4 === 6
  const length = isHeader ? IPV6_HEADER_BYTES + get16(frame.bytes, at + 4) : 0
  if (isHeader && length <= left) return trimmed(frame, HEADER_BYTES + length)
  control.drop(dev, Drop.NetfilterDrop, frame)
  return undefined
}

const trimmed = (frame: Frame, length: number): Frame =>
  length === frame.length ? frame : new Frame(frame.bytes, frame.at, length)
