/**
 * The way of a frame between a lower device and its macvlan children.
 *
 * Follows Linux drivers/net/macvlan.c: fromLower is macvlan_handle_frame, xmit is macvlan_queue_xmit, workOff is
 * macvlan_process_broadcast. A child never reaches the stack of its lower device nor the other way round: frames of a
 * child leave on the wire, and what the lower device sends itself passes no rx handler. Pieces of IPv4 packets with a
 * group MAC are put together before anybody hears them. Left out: offload to hardware.
 */
import { MacvlanFlag, MacvlanMode } from '../control/records.ts'
import { type Device, isUp, type Out, PacketType, Xmit } from '../core/device.ts'
import { Drop } from '../core/drop.ts'
import type { Frame } from '../core/frame.ts'
import * as ethernet from '../wire/ethernet.ts'
import * as ipv4 from '../wire/ipv4.ts'
import { BROADCAST, get, type Mac } from '../wire/mac.ts'
import type { Control } from './kind.ts'
import { type Child, childOf, FROM_BRIDGE, FROM_OUTSIDE, FROM_VEPA, hears, listens, type Port } from './macvlanport.ts'

/** ETH_P_PAUSE, which no child ever hears as a group frame. */
const PAUSE = 0x8808
/** is_skb_forwardable leaves room for one VLAN tag beyond the MTU. */
const VLAN_BYTES = 4
/** The only timer of a macvlan: the work queue of its port. */
const WORK = 0

/** rx handler of the lower device. */
export function fromLower(lower: Device, frame: Frame, type: PacketType, out: Control): Frame | undefined {
  const { bytes, at } = frame
  const isGroup = (bytes[at]! & 1) !== 0
  if (!isGroup || !isPiece(frame)) return pass(lower, frame, type, isGroup, out)
  const whole = out.defragment(lower, frame, type)
  return whole && pass(lower, whole, groupType(get(whole.bytes, whole.at)), true, out)
}

/** ip_check_defrag: a piece of an IPv4 packet, as far as it looks; not even the checksum of its header counts. */
function isPiece({ bytes, at, length }: Frame): boolean {
  const ip = at + ethernet.HEADER_BYTES
  const left = length - ethernet.HEADER_BYTES
  if (left < ipv4.HEADER_BYTES || ethernet.type(bytes, at) !== ethernet.EtherType.Ipv4) return false
  const header = ipv4.headerBytes(bytes, ip)
  const total = ipv4.totalLength(bytes, ip)
  const isSound = ipv4.version(bytes, ip) === 4 && header >= ipv4.HEADER_BYTES && total >= header && total <= left
  return isSound && ipv4.isFragment(bytes, ip)
}

function pass(lower: Device, frame: Frame, type: PacketType, isGroup: boolean, out: Out): Frame | undefined {
  const port = lower.port as Port
  const { bytes, at } = frame
  if (port.bySource.size > 0 && forwardSource(port, frame, type, out)) {
    out.drop(lower, Drop.NotSpecified, frame)
    return undefined
  }
  if (isGroup) return groupFromLower(port, frame, out)

  const child = port.passthru ? port.children[0] : port.byMac.get(get(bytes, at))
  if (child === undefined || child.mode === MacvlanMode.Source) return frame
  if (child.hashed === undefined) {
    if (out.tracing) out.note(lower, frame, `for ${child.dev.name}, which is down`)
    out.drop(lower, Drop.NotSpecified, frame)
    return undefined
  }
  if (out.tracing) out.note(lower, frame, `for ${child.dev.name}`)
  out.rx(child.dev, frame, PacketType.Host)
  return undefined
}

/** macvlan_forward_source: copies for those who listen to the sender. True: one of them keeps it to itself (nodst). */
function forwardSource(port: Port, frame: Frame, type: PacketType, out: Out): boolean {
  const { bytes, at } = frame
  const children = port.bySource.get(get(bytes, at + 6))
  if (children === undefined) return false
  const dst = get(bytes, at)
  let kept = false
  for (const child of children) {
    if (child.has(MacvlanFlag.NoDst)) kept = true
    if (child.hashed === undefined) continue
    if (out.tracing) out.note(port.lower, frame, `${child.dev.name} listens to the sender`)
    out.enqueue(child.dev, frame, dst === child.dev.mac ? PacketType.Host : type)
  }
  return kept
}

function groupFromLower(port: Port, frame: Frame, out: Out): Frame | undefined {
  const { lower } = port
  const { bytes, at } = frame
  const dst = get(bytes, at)
  const sender = port.byMac.get(get(bytes, at + 6))
  if (sender !== undefined && (sender.mode & FROM_VEPA) === 0) {
    if (out.tracing) out.note(lower, frame, `came back: only ${sender.dev.name}, its sender, may have it`)
    sender.dev.rxBytes -= frame.length // Linux counts such a frame with no length.
    out.enqueue(sender.dev, frame, groupType(dst))
    return undefined
  }
  if (waits(port, dst)) enqueue(port, { frame, sender }, out)
  else multicast(port, frame, sender, out)
  return frame
}

/** Is the group in bc_filter: does the frame go through the work queue? Otherwise its one listener has it at once. */
function waits(port: Port, dst: Mac): boolean {
  const { lower, cutoff } = port
  if (cutoff < 0) return false
  if (dst === BROADCAST || lower.promiscuity !== 0 || lower.allMulticast !== 0) return true
  let listeners = 0
  for (const child of port.hashed) if (listens(child, dst)) listeners++
  return listeners > cutoff
}

/** macvlan_broadcast_enqueue */
function enqueue(port: Port, waiting: { readonly frame: Frame; readonly sender: Child | undefined }, out: Out): void {
  if (port.queue.length >= port.queueLength) {
    port.lower.rxDropped++
    out.drop(port.lower, Drop.NotSpecified, waiting.frame)
    return
  }
  port.queue.push(waiting)
  if (port.server === undefined) schedule(port, out)
}

/** queue_work: at this instant, but after all that is happening in it. */
export function schedule(port: Port, out: Out): void {
  const [server] = port.children
  port.server = server
  if (server !== undefined) out.timer(out.now, server.dev, WORK, port)
}

export function workOff(port: Port, out: Out): void {
  port.server = undefined
  const work = port.queue
  port.queue = []
  for (const { frame, sender } of work) multicast(port, frame, sender, out)
}

/** macvlan_multicast_rx: a frame of a bridge child has been heard by the others on its way out. */
function multicast(port: Port, frame: Frame, sender: Child | undefined, out: Out): void {
  if (sender === undefined) broadcast(port, frame, undefined, FROM_OUTSIDE, out)
  else broadcast(port, frame, sender, sender.mode === MacvlanMode.Vepa ? FROM_VEPA : FROM_BRIDGE, out)
}

/** macvlan_broadcast: to the children in one of these modes that listen to the group, but not to its sender. */
function broadcast(port: Port, frame: Frame, sender: Child | undefined, modes: number, out: Out): void {
  const { bytes, at } = frame
  if (ethernet.type(bytes, at) === PAUSE) return
  const dst = get(bytes, at)
  for (const child of port.hashed) {
    if (child === sender || (child.mode & modes) === 0 || !hears(child, dst)) continue
    if (modes === MacvlanMode.Bridge) toListener(child.dev, frame, out)
    else {
      child.dev.multicast++
      out.enqueue(child.dev, frame, groupType(dst))
    }
  }
}

/** A group frame goes straight from one bridge child to another (__dev_forward_skb). */
function toListener(dev: Device, frame: Frame, out: Out): void {
  if (frame.length > dev.mtu + ethernet.HEADER_BYTES + VLAN_BYTES) {
    dev.rxErrors++
    dev.rxDropped += 2 // Linux counts it once as an error, which is a drop, and once as a drop.
    out.drop(dev, Drop.PktTooBig, frame)
    return
  }
  dev.multicast++
  dev.rxBytes += ethernet.HEADER_BYTES // The header is in the length here, and Linux adds it as if it were not.
  out.cross(dev, frame)
}

const groupType = (dst: Mac): PacketType => (dst === BROADCAST ? PacketType.Broadcast : PacketType.Multicast)

/** ndo_start_xmit of a child. */
export function xmit(dev: Device, frame: Frame, out: Out): void {
  const { port, mode } = childOf(dev)
  const { lower } = port
  if (outcome(dev, frame, out) === Xmit.Drop) dev.txDropped++
  else {
    dev.txPackets++
    dev.txBytes += frame.length
  }
  const sibling = siblingFor(dev, frame)
  if (sibling !== undefined) {
    if (out.tracing) out.note(dev, frame, `straight to ${sibling.dev.name}`)
    return toSibling(lower, frame, out)
  }
  const isGroup = (frame.bytes[frame.at]! & 1) !== 0
  if (isGroup && mode === MacvlanMode.Bridge) broadcast(port, frame, childOf(dev), MacvlanMode.Bridge, out)
  out.tx(lower, frame)
}

/** What the lower device answers, the child answers. */
export function outcome(dev: Device, frame: Frame, out: Out): Xmit {
  if (siblingFor(dev, frame) !== undefined) return Xmit.Success
  return out.outcome?.(childOf(dev).port.lower, frame) ?? Xmit.Success
}

/** Between children in bridge mode a frame needs no wire. */
function siblingFor(dev: Device, { bytes, at }: Frame): Child | undefined {
  const { port, mode } = childOf(dev)
  if (mode !== MacvlanMode.Bridge || (bytes[at]! & 1) !== 0) return undefined
  const to = port.byMac.get(get(bytes, at))
  return to?.mode === MacvlanMode.Bridge ? to : undefined
}

/** dev_forward_skb: it arrives at the lower device, so that captures there show it, and goes up again from there. */
function toSibling(lower: Device, frame: Frame, out: Out): void {
  const isTooLong = frame.length > lower.mtu + ethernet.HEADER_BYTES + VLAN_BYTES
  if (isTooLong || !isUp(lower)) {
    lower.rxDropped++
    out.drop(lower, isTooLong ? Drop.PktTooBig : Drop.DevReady, frame)
    return
  }
  const { backlog } = lower
  out.cross(lower, frame)
  if (lower.backlog === backlog) return
  // Whoever receives is counted, but not so the lower device here.
  lower.rxPackets--
  lower.rxBytes -= frame.length
}
