/**
 * What a routing decision leads to: FibInfo and Nexthop, as typed or derived from addresses, and Route, the resolved
 * form that packets use (Linux struct fib_info, fib_nh, rtable).
 *
 * A Route is made once per next hop and kind of traffic, shared by every packet that takes it, and no longer used when
 * the generation it was made in is over (rt_cache_flush). Left out: next hop objects, encapsulations.
 */
import type { RouteMetrics, RouteType } from '../control/request.ts'
import { type Device, HardwareType } from '../core/device.ts'
import type { Errno } from '../core/errno.ts'
import * as eth from '../wire/ethernet.ts'
import type { Ip } from '../wire/ip.ts'

/** IP_MAX_MTU: lo's own is one more. */
const IP_MTU_MAX = 65_535

/** linux/in_route.h RTCF_*: how the destination is meant. */
export const Cast = { Local: 1, Broadcast: 2, Multicast: 4, Redirect: 8, Redirected: 16 } as const

/** dst->input: what becomes of a packet that arrives along the route. */
export const Action = { Send: 0, Deliver: 1, Forward: 2, Fail: 3 } as const
export type Action = (typeof Action)[keyof typeof Action]

/** What was learned of one destination behind a next hop: struct fib_nh_exception. */
export interface HopException {
  /** The path MTU; 0: none learned. */
  readonly pmtu: number
  /** So small that nobody may rely on DF: packets are cut up instead. */
  readonly isLocked: boolean
  /** A better gateway, that a redirect told; 0: none. */
  readonly gateway: Ip
  /** Jiffy after which it is forgotten. */
  readonly expires: number
  /** A route was made with it since (rt_bind_exception): only then do dumps tell of it. */
  isBound: boolean
}

export class Route {
  readonly action: Action
  readonly type: RouteType
  /** Set of Cast.*. */
  readonly cast: number
  /** Where packets leave; for local destinations the loopback device. */
  readonly device: Device
  /** 0: the destination itself is the neighbour. */
  readonly gateway: Ip
  /** rt_iif: the interface that a socket bound to a device is compared with. */
  readonly iif: number
  /** From a lookup for a packet that arrived? */
  readonly isInput: boolean
  /** Of Action.Fail. */
  readonly error: Errno | undefined
  /** The table's entry; undefined for the limited broadcast and where there was none. */
  readonly info: FibInfo | undefined
  readonly exception: HopException | undefined
  readonly generation: number
  /** Octets in front of the IP header on the device: of an Ethernet header, or none on a TUN. */
  readonly headerBytes: number

  constructor(
    action: Action,
    type: RouteType,
    cast: number,
    device: Device,
    gateway: Ip,
    iif: number,
    isInput: boolean,
    error: Errno | undefined,
    info: FibInfo | undefined,
    exception: HopException | undefined,
    generation: number,
  ) {
    this.action = action
    this.type = type
    this.cast = cast
    this.device = device
    this.gateway = gateway
    this.iif = iif
    this.isInput = isInput
    this.error = error
    this.info = info
    this.exception = exception
    this.generation = generation
    this.headerBytes = device.hardwareType === HardwareType.None ? 0 : eth.HEADER_BYTES
  }

  /** dst_mtu: what was learned of the path, the route's own metric, or the device's MTU. */
  get mtu(): number {
    const { exception } = this
    return exception !== undefined && exception.pmtu !== 0 ? exception.pmtu : this.ownMtu
  }

  /** ip_dst_mtu_maybe_forward: routers do not believe what others said of the path, unless it is locked. */
  get forwardMtu(): number {
    return this.isMtuLocked ? this.mtu : this.ownMtu
  }

  get isMtuLocked(): boolean {
    return this.exception?.isLocked === true
  }

  private get ownMtu(): number {
    return Math.min(this.info?.metrics.mtu ?? this.device.mtu, IP_MTU_MAX)
  }
}

/** linux/rtnetlink.h RTNH_F_* of a next hop, and of a whole FibInfo (then Dead and LinkDown alone). */
export const HopFlag = { Dead: 1, OnLink: 4, LinkDown: 16 } as const

/** One way out: a gateway, a device, or both. Linux struct fib_nh. */
export class Nexthop {
  readonly info: FibInfo
  ifindex: number
  device: Device | undefined
  /** 0: none. */
  readonly gateway: Ip
  /** Its part of the flows beside those of others, and up to which hash they are (fib_nh_upper_bound). */
  readonly weight: number
  upperBound = -1
  /** Of the route to the gateway: link when it is a neighbour, host when it is ourselves, nowhere for local routes. */
  scope = 0
  flags: number
  /** The preferred source of packets, when the route names none, and the generation of addresses it was chosen in. */
  source = 0 as Ip
  sourceGeneration = -1
  /** The Route of packets sent from here, and of those forwarded. */
  output: Route | undefined
  input: Route | undefined
  /** By destination. */
  exceptions: Map<Ip, HopException> | undefined

  constructor(info: FibInfo, ifindex: number, gateway: Ip, flags: number, weight: number) {
    this.info = info
    this.ifindex = ifindex
    this.gateway = gateway
    this.flags = flags
    this.weight = weight
  }
}

/** All of a route but its destination, shared by the routes that are alike. Linux struct fib_info. */
export class FibInfo {
  readonly table: number
  readonly type: RouteType
  readonly scope: number
  readonly protocol: number
  readonly priority: number
  /** 0: none. */
  readonly prefsrc: Ip
  readonly metrics: RouteMetrics
  nexthops: readonly Nexthop[] = []
  /** The next hop object that they are from; 0: none. */
  nexthopId = 0
  /** HopFlag.Dead and HopFlag.LinkDown when every next hop is. */
  flags = 0
  /** Table entries that refer to it. */
  users = 0

  constructor(
    table: number,
    type: RouteType,
    scope: number,
    protocol: number,
    priority: number,
    prefsrc: Ip,
    metrics: RouteMetrics,
  ) {
    this.table = table
    this.type = type
    this.scope = scope
    this.protocol = protocol
    this.priority = priority
    this.prefsrc = prefsrc
    this.metrics = metrics
  }
}
