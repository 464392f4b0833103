/**
 * macvtap: a macvlan whose frames go to the program that has /dev/tapN open (N is its ifindex), and to its own stack
 * while nobody has.
 *
 * Follows Linux drivers/net/macvtap.c and drivers/net/tap.c: fromMacvlan is tap_handle_frame. Left out: offloads.
 */
import { type Device, type Out, PacketType, Xmit } from '../core/device.ts'
import { Drop } from '../core/drop.ts'
import type { Frame } from '../core/frame.ts'
import { flowOf } from './flows.ts'
import type { Kind } from './kind.ts'
import { macvlan } from './macvlan.ts'
import { type PacketQueue, resize } from './packetqueue.ts'

/** struct tap_dev */
export class Tap {
  readonly queues: PacketQueue[] = []
}

export const tapOf = (dev: Device): Tap => dev.port as Tap

export const macvtap: Kind = {
  ...macvlan,
  name: 'macvtap',
  defaults: { ...macvlan.defaults, namePattern: 'macvtap%d', txQueueLength: 500, qdisc: 'pfifo_fast' },

  created(dev, link, control, lower) {
    const created = macvlan.created(dev, link, control, lower)
    dev.port = new Tap()
    dev.rxHandler = fromMacvlan
    return created
  },

  removed(dev, control) {
    for (const queue of tapOf(dev).queues.splice(0)) queue.lost() // What waits can still be read.
    return macvlan.removed(dev, control)
  },

  /** Who sends gets the answer of the queue, if there is one. */
  outcome(dev, frame, out) {
    return dev.qdisc === 'noqueue' ? macvlan.outcome!(dev, frame, out) : Xmit.Success
  },

  /** tap_handle_frame does not ask where a packet comes from. */
  takesOwn: (dev, frame, out) => fromMacvlan(dev, frame, PacketType.Multicast, out) === undefined,

  txQueueLengthChanged(dev, length, control) {
    resize(dev, tapOf(dev).queues, length, control)
  },
}

function fromMacvlan(dev: Device, frame: Frame, _type: PacketType, out: Out): Frame | undefined {
  const { queues } = tapOf(dev)
  if (queues.length === 0) return frame
  const queue = queues[queues.length === 1 ? 0 : flowOf(dev, frame) % queues.length]!
  if (queue.ring.produce(frame)) queue.wake()
  else {
    dev.rxErrors++ // An error is a drop as well (macvlan_count_rx).
    dev.rxDropped++
    out.drop(dev, Drop.FullRing, frame)
  }
  return undefined
}
