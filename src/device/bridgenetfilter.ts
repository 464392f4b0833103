/**
 * What br_netfilter does to every frame that a port hands to its bridge, even where no rule exists: IP packets are
 * looked at as if they were received, damaged ones end, and what lies behind the packet's own length is cut off.
 *
 * Follows Linux net/bridge/br_netfilter_hooks.c (br_nf_pre_routing, br_validate_ipv4) and br_netfilter_ipv6.c
 * (br_validate_ipv6). Left out: the hooks themselves; IPv6 jumbograms; and that a packet too long for the port where it
 * leaves is cut into fragments.
 */
import type { Device } from '../core/device.ts'
import { Drop } from '../core/drop.ts'
import { Frame } from '../core/frame.ts'
import { get16 } from '../wire/bytes.ts'
import { finish, sum } from '../wire/checksum.ts'
import { EtherType, HEADER_BYTES } from '../wire/ethernet.ts'
import type { Bridge } from './bridgestate.ts'
import type { Control } from './kind.ts'

const IPV4_HEADER_BYTES = 20
const IPV6_HEADER_BYTES = 40

/** The frame to go on with; undefined when it has ended here. */
export function preRouting(bridge: Bridge, dev: Device, frame: Frame, control: Control): Frame | undefined {
  const type = get16(frame.bytes, frame.at + 12)
  if (type === EtherType.Ipv4) {
    return bridge.callsIptables || bridge.nfCallIptables !== 0 ? ipv4(dev, frame, control) : frame
  }
  if (type !== EtherType.Ipv6) return frame
  return bridge.callsIp6tables || bridge.nfCallIp6tables !== 0 ? ipv6(dev, frame, control) : frame
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
