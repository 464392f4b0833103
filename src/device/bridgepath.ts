/**
 * The way of a frame through a bridge: learn where it came from, look up where it goes, forward it, flood it or hand
 * it up.
 *
 * Follows Linux net/bridge/br_input.c (fromSlave is br_handle_frame and br_handle_frame_finish), br_forward.c and
 * br_dev_xmit of br_device.c. Multicast is flooded, as Linux does with snooping on while nobody is a querier. Left out:
 * VLANs, the multicast database, netfilter's hooks (but bridgenetfilter.ts), proxy ARP, locked ports, backup ports.
 *
 * This is the hot path: an address stays two integers, ports are a plain array, nothing is allocated unless traced.
 */
import { type Device, Iff, isUp, type Out, PacketType } from '../core/device.ts'
import { Drop } from '../core/drop.ts'
import type { Frame } from '../core/frame.ts'
import { isBpdu } from '../wire/bpdu.ts'
import { get16, get32 } from '../wire/bytes.ts'
import { HEADER_BYTES } from '../wire/ethernet.ts'
import { learn, mayLearn } from './bridgefdb.ts'
import { isDamagedMulticast } from './bridgemulticast.ts'
import { postRouting, preRouting } from './bridgenetfilter.ts'
import { type Bridge, type Port, PortFlag, PortState, TimerCode } from './bridgestate.ts'
import { FdbFlag, NO_PORT } from './fdb.ts'
import type { Control } from './kind.ts'

/** is_skb_forwardable leaves room for one VLAN tag beyond the MTU. */
const VLAN_BYTES = 4

// 01:80:c2:00:00:00 to :0f, which bridges keep to themselves (802.1D-2004 table 7-10).
const RESERVED_HIGH = 0x0180
const RESERVED_LOW = 0xc200_0000 | 0
const RESERVED_MASK = ~0xf
/** 01:80:c2:00:00:01, MAC control: pause frames. */
const MAC_CONTROL = 1

/** A frame for the bridge group on its way through LLC to the spanning tree. */
export class Bpdu {
  readonly port: Port
  readonly frame: Frame

  constructor(port: Port, frame: Frame) {
    this.port = port
    this.frame = frame
  }
}

/** rx handler of a port: takes every frame but those that are for the port's own stack. */
export function fromSlave(dev: Device, frame: Frame, type: PacketType, out: Control): Frame | undefined {
  const port = dev.port as Port
  const { bridge } = port
  const { bytes, at } = frame
  const srcHigh = get16(bytes, at + 6)
  const srcLow = get32(bytes, at + 8) | 0
  if ((srcHigh & 0x0100) !== 0 || (srcHigh | srcLow) === 0) {
    out.drop(dev, Drop.MacInvalidSource, frame)
    return undefined
  }
  const dstHigh = get16(bytes, at)
  const dstLow = get32(bytes, at + 2) | 0
  if (dstHigh === RESERVED_HIGH && (dstLow & RESERVED_MASK) === RESERVED_LOW) {
    const last = dstLow & 0xf
    const forwarded = (bridge.groupFwdMask & (1 << last)) !== 0 || (last === 0 && !bridge.stp)
    if (last === MAC_CONTROL) {
      out.drop(dev, Drop.MacIeeeMacControl, frame)
      return undefined
    }
    if (!forwarded) return keep(port, srcHigh, srcLow, frame, out)
  }
  if (port.state !== PortState.Forwarding && port.state !== PortState.Learning) {
    if (out.tracing) out.note(bridge.dev, frame, `port ${dev.name} is ${stateName(port)}`)
    out.drop(dev, Drop.BridgeIngressStpState, frame)
    return undefined
  }
  const seen = preRouting(bridge, dev, frame, out)
  if (seen !== undefined) finish(port, srcHigh, srcLow, dstHigh, dstLow, seen, type, out)
  return undefined
}

const stateName = (port: Port): string => ['disabled', 'listening', 'learning', 'forwarding', 'blocking'][port.state]!

/** A reserved address: the port's own stack gets the frame, BPDUs go to the spanning tree. */
function keep(port: Port, srcHigh: number, srcLow: number, frame: Frame, out: Out): Frame | undefined {
  if ((port.flags & PortFlag.Learning) !== 0 && mayLearn(port)) learn(port, srcHigh, srcLow, frame, out)
  if (!isBpdu(frame.bytes, frame.at, frame.length)) return frame
  if (out.tracing) out.note(port.bridge.dev, frame, `BPDU on port ${port.dev.name}`)
  out.timer(out.now, port.bridge.dev, TimerCode.Bpdu, new Bpdu(port, frame))
  return undefined
}

/** br_handle_frame_finish */
function finish(
  port: Port,
  srcHigh: number,
  srcLow: number,
  dstHigh: number,
  dstLow: number,
  frame: Frame,
  type: PacketType,
  out: Control,
): void {
  const { bridge } = port
  if ((port.flags & PortFlag.Learning) !== 0) learn(port, srcHigh, srcLow, frame, out)
  const group = (dstHigh & 0x0100) !== 0
  const broadcast = dstHigh === 0xffff && dstLow === -1
  if (group && !broadcast && !isSound(bridge, frame, out)) return
  if (port.state === PortState.Learning) {
    if (out.tracing) out.note(bridge.dev, frame, `port ${port.dev.name} is learning`)
    out.drop(port.dev, Drop.BridgeIngressStpState, frame)
    return
  }

  let up = (bridge.dev.flags & Iff.Promisc) !== 0 || bridge.dev.promiscuity > 0
  if (group) {
    if (!broadcast) bridge.dev.multicast++
    up = true
    flood(bridge, broadcast ? PortFlag.BcastFlood : PortFlag.McastFlood, port, up, frame, out)
  } else {
    const { fdb } = bridge
    const slot = fdb.find(dstHigh, dstLow)
    if (slot < 0) {
      flood(bridge, PortFlag.Flood, port, up, frame, out)
    } else if ((fdb.flags[slot]! & FdbFlag.Local) !== 0) {
      if (out.tracing) out.note(bridge.dev, frame, 'the destination is our own')
      up = true
    } else {
      fdb.used[slot] = out.now
      forward(bridge, fdb.port[slot]!, port, up, frame, out)
    }
  }
  if (up) passUp(bridge, frame, isOwnMac(bridge, dstHigh, dstLow) ? PacketType.Host : type, out)
}

/** br_pass_frame_up, which counts octets without the Ethernet header, where the world counts what arrives with it. */
function passUp(bridge: Bridge, frame: Frame, type: PacketType, out: Out): void {
  bridge.dev.rxBytes -= HEADER_BYTES
  out.rx(bridge.dev, frame, type)
}

/** br_multicast_rcv: with snooping on, a damaged multicast packet ends here. */
function isSound(bridge: Bridge, frame: Frame, out: Out): boolean {
  if (bridge.mcastSnooping === 0 || !isDamagedMulticast(frame)) return true
  if (out.tracing) out.note(bridge.dev, frame, 'multicast snooping: a damaged packet')
  out.drop(bridge.dev, Drop.NotSpecified, frame)
  return false
}

const isOwnMac = (bridge: Bridge, high: number, low: number): boolean =>
  bridge.mac === high * 0x1_0000_0000 + (low >>> 0)

/** br_dev_xmit: the machine itself sends through the bridge. */
export function xmit(dev: Device, frame: Frame, out: Control): void {
  const bridge = dev.state as Bridge
  dev.txPackets++
  dev.txBytes += frame.length
  const { bytes, at } = frame
  const high = get16(bytes, at)
  const low = get32(bytes, at + 2) | 0
  if ((high & 0x0100) !== 0) {
    const broadcast = high === 0xffff && low === -1
    if (broadcast) flood(bridge, PortFlag.BcastFlood, undefined, false, frame, out)
    else if (isSound(bridge, frame, out)) flood(bridge, PortFlag.McastFlood, undefined, false, frame, out)
    return
  }
  const slot = bridge.fdb.find(high, low)
  if (slot < 0) flood(bridge, PortFlag.Flood, undefined, false, frame, out)
  else forward(bridge, bridge.fdb.port[slot]!, undefined, false, frame, out)
}

/** br_forward: to the one port that the forwarding database names. `from` is undefined for the bridge's own frames. */
function forward(
  bridge: Bridge,
  number: number,
  from: Port | undefined,
  up: boolean,
  frame: Frame,
  out: Control,
): void {
  const to = number === NO_PORT ? undefined : bridge.byNumber[number]
  if (to !== undefined && shouldDeliver(to, from)) {
    if (out.tracing) out.note(bridge.dev, frame, `known on port ${to.dev.name}`)
    deliver(to, from, frame, out)
    return
  }
  if (out.tracing) out.note(bridge.dev, frame, `not forwarded: ${refusal(to, from)}`)
  if (!up) out.drop(bridge.dev, Drop.BridgeNoEgressPort, frame)
}

/** br_flood: to every port that takes frames of this kind (a PortFlag.*Flood). */
function flood(bridge: Bridge, kind: number, from: Port | undefined, up: boolean, frame: Frame, out: Control): void {
  if (out.tracing) out.note(bridge.dev, frame, kind === PortFlag.Flood ? 'unknown destination: flooded' : 'flooded')
  const { ports } = bridge
  // What the bridge itself sends to a group goes to all, whatever their flags.
  const required = from === undefined && kind !== PortFlag.Flood ? 0 : kind
  let delivered = false
  for (let i = 0; i < ports.length; i++) {
    const to = ports[i]!
    if ((to.flags & required) !== required || !shouldDeliver(to, from)) continue
    deliver(to, from, frame, out)
    delivered = true
  }
  if (!delivered && !up) out.drop(bridge.dev, Drop.NoTxTarget, frame)
}

/** should_deliver */
function shouldDeliver(to: Port, from: Port | undefined): boolean {
  if (to.state !== PortState.Forwarding) return false
  if (to === from && (to.flags & PortFlag.Hairpin) === 0) return false
  return from === undefined || (from.flags & to.flags & PortFlag.Isolated) === 0
}

function refusal(to: Port | undefined, from: Port | undefined): string {
  if (to === undefined) return 'the destination is our own'
  if (to.state !== PortState.Forwarding) return `port ${to.dev.name} is ${stateName(to)}`
  if (to === from) return `it came from port ${to.dev.name} (no hairpin)`
  return `ports ${from?.dev.name} and ${to.dev.name} are isolated`
}

/** __br_forward: what did not come from the bridge itself goes by br_netfilter first. */
function deliver(to: Port, from: Port | undefined, frame: Frame, control: Control): void {
  if (from === undefined || frame.length <= to.dev.mtu + HEADER_BYTES) return push(to, frame, control)
  for (const each of postRouting(to.bridge, to.dev, frame, control)) push(to, each, control)
}

/** br_dev_queue_push_xmit */
function push(to: Port, frame: Frame, out: Out): void {
  const { dev } = to
  if (!isUp(dev)) out.drop(dev, Drop.DevReady, frame)
  else if (frame.length > dev.mtu + HEADER_BYTES + VLAN_BYTES) out.drop(dev, Drop.PktTooBig, frame)
  else out.tx(dev, frame)
}
