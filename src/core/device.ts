/**
 * A network device as the data plane knows it: Linux struct net_device, with the few fields that every frame asks for.
 * What an administrator typed lives in the namespace's records (control/records.ts) and is copied in here by the world.
 */
import * as mac48 from '../wire/mac.ts'
import type { Drop } from './drop.ts'
import type { Frame } from './frame.ts'

/** Index into the world's table of devices; never reused. */
export type DevId = number & { readonly __brand: 'DevId' }

/** Index into the world's table of namespaces; never reused. 0 is the initial one, `host`. */
export type NetnsId = number & { readonly __brand: 'NetnsId' }

/** linux/if.h IFF_*. */
export const Iff = {
  Up: 0x1,
  Broadcast: 0x2,
  Loopback: 0x8,
  PointToPoint: 0x10,
  Running: 0x40,
  NoArp: 0x80,
  Promisc: 0x100,
  AllMulti: 0x200,
  Multicast: 0x1000,
  Dynamic: 0x8000,
  LowerUp: 0x10000,
} as const

/** linux/if.h IF_OPER_* (RFC 2863). */
export const OperState = {
  Unknown: 0,
  NotPresent: 1,
  Down: 2,
  LowerLayerDown: 3,
  Testing: 4,
  Dormant: 5,
  Up: 6,
} as const
export type OperState = (typeof OperState)[keyof typeof OperState]

/** linux/if_arp.h ARPHRD_*. */
export const HardwareType = { Ether: 1, Loopback: 772, None: 0xfffe } as const
export type HardwareType = (typeof HardwareType)[keyof typeof HardwareType]

const NONE: readonly Device[] = []

/** One group in a device's list: struct netdev_hw_addr. */
export interface GroupUse {
  /** refcount: one for each protocol that joined, each device above that handed it down, and for handing it down. */
  users: number
  /** synced: how many devices above handed it down. */
  fromAbove: number
  /** sync_cnt: the device below was asked to listen for it. */
  isHandedDown: boolean
  /** global_use: somebody asked for it by hand. */
  isStatic: boolean
}

/** linux/netdevice.h TSO_MAX_SIZE, TSO_LEGACY_MAX_SIZE. */
export const TSO_MAX_SIZE = 524280
export const TSO_LEGACY_MAX_SIZE = 65536

export class Device {
  readonly id: DevId
  /** Name of the link kind: `loopback`, `veth`, `bridge` ... The key of the kind table. */
  readonly kind: string
  readonly hardwareType: HardwareType
  netns: NetnsId
  ifindex: number
  name: string
  mac: mac48.Mac
  mtu: number
  /** Administrative flags, Iff.*, without Running and LowerUp, which follow from carrier and operState. */
  flags: number
  /** netif_carrier_ok: the lower layer is there. */
  carrier = true
  operState: OperState = OperState.Unknown
  /** False until dev_activate has given it a working queue: frames sent before are dropped (qdisc noop). */
  active = false
  /** tso_max_size: the longest segment that it takes, in octets. No frame here is cut by a device; `ip -d` shows it. */
  tsoMaxSize = TSO_MAX_SIZE
  /** Is somebody's lower device, or a bridge port: the ifindex of the device that `ip link` prints after the @. */
  iflink = 0
  /** What `ip link` prints after `qdisc`; dev_activate gives it one when it is first set up. */
  qdisc = 'noop'
  /** True from dellink on: events that still name the device are dropped. */
  dead = false
  /** Somebody captures or traces here, or a packet socket listens. */
  tapped = false
  /** Packet sockets of this device: ptype_all and its own ptypes. */
  taps: readonly Tap[] | undefined
  /** A packet socket takes everything here. Linux does not count as dropped what one has seen. */
  sniffed = false
  /** dev_set_promiscuity count: bridge ports have one, captures do not. */
  promiscuity = 0
  /** dev_set_allmulti count: bridge ports have one. */
  allMulticast = 0
  /** dev->uc: further MACs that it must let in (a macvlan's), each with the number of its users, oldest first. */
  unicast: Map<mac48.Mac, number> | undefined
  /** Because of them it is promiscuous, since it cannot filter (dev->uc_promisc). */
  unicastPromisc = false
  /** dev->mc: the Ethernet groups that it listens to, in the order of joining. Changed by groups.ts. */
  groups: Map<mac48.Mac, GroupUse> | undefined
  /** Groups that it had left when its list was last handed down: its filter lets them in until it is made anew. */
  lingering: readonly mac48.Mac[] | undefined
  /** The device that we are a port of: our bridge. */
  master: Device | undefined
  /** Takes our frames before the stack (netdev_rx_handler_register): a bridge for its ports, macvlan for its lower. */
  rxHandler: RxHandler | undefined
  /** The device that this one stands on, as a macvlan does. */
  lower: Device | undefined
  /** Devices that stand on this one, oldest first; a master is not among them. */
  uppers: readonly Device[] = NONE
  /** State of the link kind (bridge tables, the peer of a veth ...). Only its own kind looks inside. */
  state: unknown
  /** State of the rx handler (rx_handler_data): a port of a bridge or of macvlan. Only its own kind looks inside. */
  port: unknown
  /** What IPv4 and IPv6 of its namespace know of it (ip_ptr, ip6_ptr). Only the stack looks inside. */
  inet: unknown
  inet6: unknown
  /** Frames on their way to this device (bounded by netdev_max_backlog). */
  backlog = 0

  rxPackets = 0
  rxBytes = 0
  rxErrors = 0
  rxDropped = 0
  multicast = 0
  txPackets = 0
  txBytes = 0
  txErrors = 0
  txDropped = 0
  carrierUpCount = 0
  carrierDownCount = 0

  constructor(
    id: DevId,
    kind: string,
    hardwareType: HardwareType,
    netns: NetnsId,
    ifindex: number,
    name: string,
    mac: mac48.Mac,
  ) {
    this.id = id
    this.kind = kind
    this.hardwareType = hardwareType
    this.netns = netns
    this.ifindex = ifindex
    this.name = name
    this.mac = mac
    this.mtu = 1500
    this.flags = 0
  }
}

export const isUp = (dev: Device): boolean => (dev.flags & Iff.Up) !== 0

/** For whom a frame is, seen from the device it arrived at: linux/if_packet.h PACKET_*. */
export const PacketType = { Host: 0, Broadcast: 1, Multicast: 2, OtherHost: 3, Outgoing: 4 } as const
export type PacketType = (typeof PacketType)[keyof typeof PacketType]

/** For whom a frame is by its destination address. Linux eth_type_trans. */
export function packetType(dev: Device, frame: Frame): PacketType {
  const { bytes, at } = frame
  const dst = mac48.get(bytes, at)
  if (dst === dev.mac) return PacketType.Host
  if ((bytes[at]! & 1) === 0) return PacketType.OtherHost
  return dst === mac48.BROADCAST ? PacketType.Broadcast : PacketType.Multicast
}

/** A packet socket, as a device sees it. */
export interface Tap {
  /** ETH_P_ALL: hears every frame, both ways, before anybody else. */
  readonly seesAll: boolean
  /** Its EtherType is that of the frame, which has come as far as the stack. */
  wants(dev: Device, frame: Frame): boolean
  see(dev: Device, frame: Frame, type: PacketType): void
}

/** What a sender hears of a frame at once: linux/netdevice.h NET_XMIT_*. */
export const Xmit = { Success: 0, Drop: 1, Congested: 2 } as const
export type Xmit = (typeof Xmit)[keyof typeof Xmit]

/**
 * Sees a frame that has arrived at `dev` before the stack does. Answers the frame that is left to the device's own
 * stack (another one where it put pieces together), or undefined when it took it. Linux rx_handler_func_t. What it may
 * ask of the world is for kinds to say.
 */
export type RxHandler<World = never> = (dev: Device, frame: Frame, type: PacketType, world: World) => Frame | undefined

/** Is `dev` a master of `other`, or does it stand on it, over however many others (netdev_has_upper_dev)? */
export const isAbove = (dev: Device, other: Device): boolean =>
  other.master === dev ||
  (other.master !== undefined && isAbove(dev, other.master)) ||
  other.uppers.some(upper => upper === dev || isAbove(dev, upper))

/**
 * All that a device may do to the world while a frame is in its hands. What it asks for comes at once or right behind
 * it, in order and before anything else, as if it had called the next device itself, and no frame comes back to the
 * caller before it is done; only what crosses to another device waits behind all that is due before.
 */
export interface Out {
  /** The instant, in nanoseconds of simulated time. */
  readonly now: number
  /** The frame leaves through `dev` (dev_queue_xmit). */
  tx(dev: Device, frame: Frame): void
  /** dev_queue_xmit's answer for this frame, as the device stands now; Success where nothing answers. */
  outcome?(dev: Device, frame: Frame): Xmit
  /** The frame arrives at `dev` at this very instant and was judged before (netif_receive_skb of a bridge's own). */
  rx(dev: Device, frame: Frame, type: PacketType): void
  /** The same, but behind the frames of this instant that were queued before (netif_rx on one processor). */
  enqueue(dev: Device, frame: Frame, type: PacketType): void
  /** The frame arrives at `dev` after the latency of a wire and is judged there (netif_rx, eth_type_trans). */
  cross(dev: Device, frame: Frame): void
  /** The frame ends here. Counted on `dev` and in the world, by reason. */
  drop(dev: Device, why: Drop, frame: Frame): void
  /** Somebody reads the trace: only then call `note`, and only then build its text. */
  readonly tracing: boolean
  /** One decision in a frame's life, in the words of the one who took it (`learned 02:..:01 on port p1`). */
  note(dev: Device, frame: Frame, what: string): void
  /**
   * Calls the kind's `timer(dev, code, ref)` at the instant `at` (nanoseconds), unless the device is dead by then. With
   * a level it is a timer of the kernel's wheel, and has its place among those of the same tick.
   */
  timer(at: number, dev: Device, code: number, ref?: object, level?: number): void
}
