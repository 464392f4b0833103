/**
 * TUN and TAP: network devices whose other end is a program that has /dev/net/tun open. A TUN carries IP packets, a TAP
 * Ethernet frames; both are of the kind `tun`, and only the file makes them (world/tunfile.ts).
 *
 * Follows Linux drivers/net/tun.c: xmit is tun_net_xmit, created tun_net_initialize, removed tun_detach_all. Left out:
 * filters (TUNSETTXFILTER, BPF), NAPI, XDP, offloads.
 */
import type { TunInfo } from '../control/info.ts'
import { TunFlag } from '../control/records.ts'
import type { NewLink } from '../control/request.ts'
import { type Device, HardwareType, Iff, type Out, TSO_LEGACY_MAX_SIZE } from '../core/device.ts'
import { Drop } from '../core/drop.ts'
import { DONE, fail } from '../core/errno.ts'
import type { Frame } from '../core/frame.ts'
import { HEADER_BYTES } from '../wire/ethernet.ts'
import { Flows } from './flows.ts'
import type { Control, Kind } from './kind.ts'
import { discard, type PacketQueue, resize } from './packetqueue.ts'

/** MAX_TAP_QUEUES */
export const QUEUES_MAX = 256
const MTU_MIN = 68
const MTU_MAX = 65535

/** struct tun_struct */
export class Tun {
  /** TunFlag bits. */
  flags: number
  owner: number | undefined
  group: number | undefined
  /** By number; more than one only with IFF_MULTI_QUEUE. */
  readonly queues: PacketQueue[] = []
  /** Who wrote what, while there are several queues. */
  readonly flows = new Flows()

  constructor(flags: number) {
    this.flags = flags
  }

  has(flag: number): boolean {
    return (this.flags & flag) !== 0
  }
}

export const tunOf = (dev: Device): Tun => dev.state as Tun

const operations = {
  name: 'tun',

  validate: () => fail('EOPNOTSUPP', 'tun/tap creation via rtnetlink is not supported.'),

  created(dev: Device, link: NewLink) {
    dev.state = new Tun(link.tunFlags!)
    dev.tsoMaxSize = TSO_LEGACY_MAX_SIZE
    return DONE
  },

  removed(dev: Device, control: Control) {
    for (const queue of tunOf(dev).queues.splice(0)) {
      discard(dev, queue.ring.purge(), control)
      queue.lost()
    }
    return []
  },

  /** tun_net_change_carrier */
  changeCarrier(dev: Device, on: boolean, control: Control) {
    if (on && tunOf(dev).queues.length === 0) return fail('EPERM')
    control.setCarrier(dev, on)
    return DONE
  },

  txQueueLengthChanged(dev: Device, length: number, control: Control) {
    resize(dev, tunOf(dev).queues, length, control)
  },

  /** There is one queue for each file that there may be. */
  qdisc: (dev: Device) => (tunOf(dev).has(TunFlag.MultiQueue) ? 'mq' : 'pfifo_fast'),

  xmit,
} as const

function xmit(dev: Device, frame: Frame, out: Out): void {
  const { queues, flows } = tunOf(dev)
  const queue = queues.length > 1 ? queues[flows.choose(dev, frame, queues, out.now)] : queues[0]
  if (queue === undefined) return lose(dev, Drop.DevReady, frame, out)
  if (!queue.ring.produce(frame)) return lose(dev, Drop.FullRing, frame, out)
  queue.wake()
}

function lose(dev: Device, why: Drop, frame: Frame, out: Out): void {
  dev.txDropped++
  out.drop(dev, why, frame)
}

const common = { mtu: 1500, mtuMin: MTU_MIN, qdisc: 'pfifo_fast' } as const

export const tun: Kind = {
  ...operations,
  defaults: {
    ...common,
    hardwareType: HardwareType.None,
    flags: Iff.PointToPoint | Iff.NoArp | Iff.Multicast,
    mtuMax: MTU_MAX,
    txQueueLength: 500,
    namePattern: 'tun%d',
    liveAddressChange: false,
    randomMac: false,
  },
}

export const tap: Kind = {
  ...operations,
  defaults: {
    ...common,
    hardwareType: HardwareType.Ether,
    flags: Iff.Broadcast | Iff.Multicast,
    mtuMax: MTU_MAX - HEADER_BYTES,
    txQueueLength: 1000,
    namePattern: 'tap%d',
    liveAddressChange: true,
    randomMac: true,
  },
}

/** tun_fill_info and the files below /sys/class/net: tun_flags, owner, group. */
export function tunInfo(dev: Device): TunInfo {
  const { flags, owner, group, queues } = tunOf(dev)
  const readers = queues.flatMap(({ opener }) => (opener === undefined ? [] : [opener]))
  return { flags, owner, group, queues: queues.length, readers }
}
