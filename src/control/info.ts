/**
 * What a dump answers: one plain record for each rtnetlink message that Linux would send to `ip` or `bridge`
 * (RTM_NEWLINK, RTM_NEWADDR, RTM_NEWROUTE, RTM_NEWRULE, RTM_NEWNEIGH). Commands print these and nothing else.
 */
import type { HardwareType, NetnsId, OperState } from '../core/device.ts'
import type { Ip } from '../wire/ip.ts'
import type { Mac } from '../wire/mac.ts'
import type { AddressRecord, BridgeOptions, BridgePortOptions, MacvlanOptions } from './records.ts'
import type { RouteMetrics, RouteType, RuleSpec } from './request.ts'

export interface LinkStats {
  readonly rxPackets: number
  readonly rxBytes: number
  readonly rxErrors: number
  readonly rxDropped: number
  readonly multicast: number
  readonly txPackets: number
  readonly txBytes: number
  readonly txErrors: number
  readonly txDropped: number
}

export interface LinkInfo {
  readonly ifindex: number
  readonly name: string
  readonly kind: string
  readonly hardwareType: HardwareType
  readonly mac: Mac
  readonly broadcast: Mac
  readonly mtu: number
  readonly mtuMin: number
  readonly mtuMax: number
  readonly txQueueLength: number
  /** Iff.* with Running and LowerUp as dev_get_flags adds them. */
  readonly flags: number
  readonly operState: OperState
  readonly carrier: boolean
  readonly carrierUpCount: number
  readonly carrierDownCount: number
  readonly qdisc: string
  readonly group: number
  readonly promiscuity: number
  /** IFLA_TSO_MAX_SIZE */
  readonly tsoMaxSize: number
  readonly allMultiCount: number
  /** ifindex of the master, 0 for none. */
  readonly master: number
  /** IFLA_LINK; equal to ifindex when there is none. */
  readonly iflink: number
  /** IFLA_LINK_NETNSID: where iflink is meant, when in another namespace. */
  readonly linkNetnsId?: number
  readonly linkNetns?: NetnsId
  readonly alias: string
  readonly altNames: readonly string[]
  readonly macOrigin: number
  readonly stats: LinkStats
  readonly bridge?: BridgeInfo
  readonly port?: BridgePortInfo
  readonly macvlan?: MacvlanInfo
  readonly tun?: TunInfo
  readonly ip6: { readonly addrGenMode: 'eui64' | 'none' | 'stable_secret' | 'random'; readonly enabled: boolean }
}

/** IFLA_INFO_DATA of a bridge. Timers are in USER_HZ (hundredths of a second), as the kernel sends them. */
export interface BridgeInfo extends BridgeOptions {
  readonly bridgeId: BridgeId
  readonly rootId: BridgeId
  readonly rootPort: number
  readonly rootPathCost: number
  readonly topologyChange: number
  readonly topologyChangeDetected: number
  readonly helloTimer: number
  readonly tcnTimer: number
  readonly topologyChangeTimer: number
  readonly gcTimer: number
  readonly rootMaxAge: number
  readonly rootHelloTime: number
  readonly rootForwardDelay: number
}

export interface BridgeId {
  readonly priority: number
  readonly mac: Mac
}

/** IFLA_INFO_DATA of a macvlan. */
export interface MacvlanInfo extends MacvlanOptions {
  readonly broadcastQueueLengthUsed: number
  /** In the order in which Linux lists them. */
  readonly sources: readonly Mac[]
}

/** IFLA_INFO_DATA of a TUN or TAP, and what sysfs says of it. */
export interface TunInfo {
  /** TunFlag bits. */
  readonly flags: number
  readonly owner: number | undefined
  readonly group: number | undefined
  /** Files attached to it, and the programs that opened them as far as they are known. */
  readonly queues: number
  readonly readers: readonly { readonly name: string; readonly pid: number }[]
}

/** IFLA_INFO_SLAVE_DATA of a bridge port. */
export interface BridgePortInfo extends BridgePortOptions {
  readonly master: number
  readonly portNumber: number
  readonly portId: number
  readonly designatedRoot: BridgeId
  readonly designatedBridge: BridgeId
  readonly designatedPort: number
  readonly designatedCost: number
  readonly topologyChangeAck: number
  readonly configPending: number
  readonly messageAgeTimer: number
  readonly forwardDelayTimer: number
  readonly holdTimer: number
}

export type AddressInfo =
  | (AddressRecord & { readonly family: 4 })
  | {
      readonly family: 6
      readonly ifindex: number
      /** 16 octets. */
      readonly bytes: Uint8Array
      readonly prefixLength: number
      readonly scope: number
      readonly flags: number
      readonly protocol: number
      readonly validLifetime: number
      readonly preferredLifetime: number
    }

export interface RouteInfo {
  readonly dst: Ip
  readonly prefixLength: number
  readonly type: RouteType
  readonly table: number
  readonly scope: number
  readonly protocol: number
  readonly metric: number
  readonly tos: number
  readonly via?: Ip
  /** 0: none (blackhole ...). */
  readonly ifindex: number
  readonly src?: Ip
  /** linux/rtnetlink.h RTNH_F_*: Dead 1, OnLink 4, LinkDown 16. */
  readonly flags: number
  readonly metrics: RouteMetrics
  /** The next hop object that it goes by. */
  readonly nhid?: number
  /** Where there are several; `via` and `ifindex` of the route then say nothing. */
  readonly nexthops?: readonly NexthopInfo[]
}

/** A next hop object (RTM_NEWNEXTHOP). */
export interface NexthopObjectInfo {
  readonly id: number
  readonly protocol: number
  readonly scope: number
  readonly blackhole: boolean
  /** RouteFlag.OnLink */
  readonly flags: number
  /** 0: none. */
  readonly ifindex: number
  readonly via?: Ip
  /** It stands for these. */
  readonly group?: readonly { readonly id: number; readonly weight: number }[]
}

export interface NexthopInfo {
  readonly via?: Ip
  readonly ifindex: number
  readonly weight: number
  readonly flags: number
}

export const RouteFlag = { Dead: 1, Pervasive: 2, OnLink: 4, Offload: 8, LinkDown: 16 } as const

/** A policy rule. Absent are '' for names and -1 for what suppresses. */
export interface RuleInfo extends Required<RuleSpec> {
  /** The device that it names does not exist. */
  readonly iifDetached: boolean
  readonly oifDetached: boolean
  /** No rule has the priority that a goto names. */
  readonly unresolved: boolean
}

/** The answer to `ip route get` (inet_rtm_getroute). */
export interface RouteAnswer {
  readonly dst: Ip
  readonly type: RouteType
  readonly table: number
  readonly via?: Ip
  readonly ifindex: number
  readonly prefsrc?: Ip
  /** DS field of the route that was found, when it has one. */
  readonly tos?: number
  /** The route that was found, for `ip route get fibmatch`. */
  readonly match?: RouteInfo
  /** As asked for. */
  readonly from?: Ip
  readonly iif?: number
  readonly mark?: number
  readonly uid?: number
  readonly metrics: RouteMetrics
  /** The MTU is so small that nobody may rely on DF. */
  readonly isMtuLocked?: boolean
  /** RTCF_*: local, broadcast, multicast ... printed as `cache <local,brd>`. */
  readonly cacheFlags: readonly string[]
  readonly expiresSeconds?: number
}

export interface NeighbourInfo {
  readonly ifindex: number
  readonly dst: Ip
  readonly mac?: Mac
  /** Nud.* */
  readonly state: number
  readonly proxy: boolean
  readonly router: boolean
  readonly externLearn: boolean
  readonly protocol: number
  /** Ages in nanoseconds: since confirmed, used, updated. */
  readonly confirmedNs: number
  readonly usedNs: number
  readonly updatedNs: number
  readonly probes: number
  /** Who holds it besides the table: its timer. */
  readonly refCount: number
}

/** The groups that a device and its protocols are in, in the order in which Linux lists them. */
export interface GroupsInfo {
  readonly ifindex: number
  readonly name: string
  readonly link: readonly { readonly mac: Mac; readonly users: number; readonly isStatic: boolean }[]
  readonly inet: readonly GroupInfo<Ip>[]
  /** Sixteen octets each. */
  readonly inet6: readonly GroupInfo<Uint8Array>[]
}

export interface GroupInfo<G> {
  readonly group: G
  readonly users: number
}

/** One line of `bridge fdb`. */
export interface FdbInfo {
  readonly ifindex: number
  readonly mac: Mac
  readonly vlan?: number
  /** ifindex of the bridge, for entries of its table. */
  readonly master?: number
  readonly self: boolean
  /** Nud.*: PERMANENT local, NOARP static, REACHABLE / STALE learned. */
  readonly state: number
  readonly isLocal: boolean
  readonly isStatic: boolean
  readonly sticky: boolean
  readonly externLearn: boolean
  readonly addedByUser: boolean
  readonly usedNs: number
  readonly updatedNs: number
  /** Port number, for brctl showmacs; 0 is the bridge itself. */
  readonly portNumber: number
}
