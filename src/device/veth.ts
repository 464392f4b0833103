/**
 * veth: two Ethernet devices joined by a wire; what goes into one comes out of the other.
 *
 * Follows Linux drivers/net/veth.c: xmit is veth_xmit with __dev_forward_skb, opened and stopped are veth_open and
 * veth_close. Left out: XDP, NAPI and GRO, several queues, peer-independent features.
 */
import { type Device, HardwareType, Iff, isUp, type Out, Xmit } from '../core/device.ts'
import { Drop } from '../core/drop.ts'
import { DONE, fail } from '../core/errno.ts'
import type { Frame } from '../core/frame.ts'
import * as ethernet from '../wire/ethernet.ts'
import { isValidEther } from '../wire/mac.ts'
import type { Control, Kind } from './kind.ts'

interface Veth {
  peer: Device | undefined
}

const MTU_MIN = 68
const MTU_MAX = 65535
/** is_skb_forwardable: room for one VLAN tag beyond the MTU. */
const VLAN_BYTES = 4

export const veth: Kind = {
  name: 'veth',
  defaults: {
    hardwareType: HardwareType.Ether,
    flags: Iff.Broadcast | Iff.Multicast,
    mtu: 1500,
    mtuMin: MTU_MIN,
    mtuMax: MTU_MAX,
    txQueueLength: 1000,
    qdisc: 'noqueue',
    namePattern: 'veth%d',
    liveAddressChange: true,
    randomMac: true,
  },

  validate(link) {
    if (link.mac !== undefined && !isValidEther(link.mac)) return fail('EADDRNOTAVAIL')
    if (link.mtu !== undefined && (link.mtu < MTU_MIN || link.mtu > MTU_MAX)) return fail('EINVAL')
    return DONE
  },

  created(dev, _link, control, peer) {
    dev.state = { peer } satisfies Veth
    if (peer !== undefined) {
      dev.iflink = peer.ifindex
      peer.iflink = dev.ifindex
      peer.state = { peer: dev } satisfies Veth
    }
    control.setCarrier(dev, false)
    return DONE
  },

  peerCreated(peer, control) {
    control.setCarrier(peer, false)
  },

  removed(dev) {
    const peer = peerOf(dev)
    dev.state = { peer: undefined } satisfies Veth
    if (peer === undefined) return []
    peer.state = { peer: undefined } satisfies Veth
    return [peer]
  },

  opened(dev, control) {
    const peer = peerOf(dev)
    if (peer === undefined) return fail('ENOTCONN')
    if (isUp(peer)) setCarriers(dev, peer, true, control)
    return DONE
  },

  stopped(dev, control) {
    const peer = peerOf(dev)
    control.setCarrier(dev, false)
    if (peer !== undefined) control.setCarrier(peer, false)
  },

  linkedTo: peerOf,

  indexChanged(dev) {
    const peer = peerOf(dev)
    if (peer !== undefined) peer.iflink = dev.ifindex
  },

  outcome(dev, frame) {
    const peer = peerOf(dev)
    return peer === undefined || refusal(peer, frame.length) !== undefined ? Xmit.Drop : Xmit.Success
  },

  xmit(dev: Device, frame: Frame, out: Out): void {
    const peer = (dev.state as Veth).peer
    if (peer === undefined) return lose(dev, Drop.DevReady, frame, out)
    // __dev_forward_skb refuses in the name of the receiver, and counts there too.
    const why = refusal(peer, frame.length)
    if (why !== undefined) {
      peer.rxDropped++
      return lose(dev, why, frame, out)
    }
    dev.txPackets++
    dev.txBytes += frame.length
    out.cross(peer, frame)
  },
}

/** is_skb_forwardable */
function refusal(peer: Device, length: number): Drop | undefined {
  if (!isUp(peer)) return Drop.DevReady
  return length > peer.mtu + ethernet.HEADER_BYTES + VLAN_BYTES ? Drop.PktTooBig : undefined
}

/** The other end; undefined once that is gone. */
export function peerOf(dev: Device): Device | undefined {
  return (dev.state as Veth | undefined)?.peer
}

function setCarriers(dev: Device, peer: Device, on: boolean, control: Control): void {
  control.setCarrier(dev, on)
  control.setCarrier(peer, on)
}

function lose(dev: Device, why: Drop, frame: Frame, out: Out): void {
  dev.txDropped++
  out.drop(dev, why, frame)
}
