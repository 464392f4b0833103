/**
 * The language in which a world is changed: one plain-data request for each rtnetlink message (or sysctl write) that
 * Linux would get, so a session is a list of data. `World.apply` carries one out and answers as the kernel answers.
 *
 * Follows linux/rtnetlink.h, linux/if_link.h, linux/neighbour.h. A link is named by ifindex, or by name where a
 * person writes the request; an unknown one answers ENODEV.
 */
import type { NetnsId } from '../core/device.ts'
import type { Ip } from '../wire/ip.ts'
import type { Mac } from '../wire/mac.ts'
import type { BridgeOptions, BridgePortOptions, MacvlanOptions } from './records.ts'

export type LinkRef = number | string

/** IFLA_* attributes: those present are set, the others left alone. */
export interface LinkChanges {
  /** Whose options come with it (IFLA_INFO_KIND): a device of another kind refuses them. */
  readonly kind?: string
  readonly name?: string
  readonly mac?: Mac
  readonly broadcast?: Mac
  readonly mtu?: number
  readonly txQueueLength?: number
  readonly up?: boolean
  readonly arp?: boolean
  readonly multicast?: boolean
  readonly promisc?: boolean
  readonly allMulticast?: boolean
  readonly dynamic?: boolean
  /** Moves the link to this namespace. */
  readonly netns?: NetnsId
  /** Puts the link under this master; 0 takes it out. */
  readonly master?: LinkRef
  readonly group?: number
  readonly alias?: string
  readonly carrier?: boolean
  readonly bridge?: Partial<BridgeOptions>
  readonly macvlan?: Partial<MacvlanOptions> & { readonly sources?: MacvlanSources }
  readonly port?: Partial<BridgePortOptions>
  /** Forget what the bridge learned (`ip link set type bridge fdb_flush`, `type bridge_slave fdb_flush`). */
  readonly fdbFlush?: boolean
}

/** MACVLAN_MACADDR_*: whose frames a macvlan in source mode takes. `add` and `del` name one address. */
export interface MacvlanSources {
  readonly action: 'add' | 'del' | 'set' | 'flush'
  readonly macs: readonly Mac[]
}

export interface NewLink extends LinkChanges {
  readonly kind: string
  readonly ifindex?: number
  /** The lower device (IFLA_LINK). */
  readonly lower?: LinkRef
  /** veth: the other end. */
  readonly peer?: Omit<NewLink, 'kind' | 'peer'>
  /** TUN and TAP, which only /dev/net/tun makes: TunFlag bits. */
  readonly tunFlags?: number
}

export interface Tuntap {
  /** '' for the first free of `tun%d` or `tap%d`. */
  readonly name: string
  /** TunFlag bits. */
  readonly flags: number
  readonly persist: boolean
  readonly owner?: number
  readonly group?: number
}

/** linux/rtnetlink.h RTN_*. */
export const RouteType = {
  Unspec: 0,
  Unicast: 1,
  Local: 2,
  Broadcast: 3,
  Anycast: 4,
  Multicast: 5,
  Blackhole: 6,
  Unreachable: 7,
  Prohibit: 8,
  Throw: 9,
  Nat: 10,
  XResolve: 11,
} as const
export type RouteType = (typeof RouteType)[keyof typeof RouteType]

/** linux/rtnetlink.h RT_TABLE_*. */
export const Table = { Unspec: 0, Default: 253, Main: 254, Local: 255 } as const

/** linux/rtnetlink.h RTPROT_*. */
export const RouteProtocol = { Unspec: 0, Redirect: 1, Kernel: 2, Boot: 3, Static: 4 } as const

/** RTAX_* metrics of a route; absent ones are the device's. */
export interface RouteMetrics {
  readonly mtu?: number
  readonly advmss?: number
  readonly hoplimit?: number
  readonly window?: number
  readonly initcwnd?: number
}

export interface RouteSpec {
  readonly dst: Ip
  readonly prefixLength: number
  readonly type?: RouteType
  readonly table?: number
  /** Undefined: the request leaves it open, as `ip` does for `del`. */
  readonly scope?: number
  readonly protocol?: number
  readonly metric?: number
  readonly tos?: number
  readonly via?: Ip
  readonly link?: LinkRef
  readonly src?: Ip
  readonly onlink?: boolean
  readonly metrics?: RouteMetrics
  /** RTA_MULTIPATH: several ways; `via` and `link` then must not contradict them. */
  readonly nexthops?: readonly NexthopSpec[]
  /** RTA_NH_ID: the next hop object that says where to, instead. */
  readonly nhid?: number
}

/** A next hop object. */
export interface NexthopObjectSpec {
  /** The lowest that is free when absent or 0. */
  readonly id?: number
  readonly via?: Ip
  readonly ifindex?: number
  readonly onlink?: boolean
  readonly blackhole?: boolean
  readonly group?: readonly { readonly id: number; readonly weight: number }[]
  readonly protocol?: number
}

/** One of the ways of a route. */
export interface NexthopSpec {
  readonly via?: Ip
  readonly link?: LinkRef
  /** 1 to 256; 1 when absent. */
  readonly weight?: number
  readonly onlink?: boolean
}

/** linux/fib_rules.h FR_ACT_*; 4, 5 and those beyond Prohibit are types of routes that no lookup understands. */
export const RuleAction = {
  Unspec: 0,
  ToTable: 1,
  Goto: 2,
  Nop: 3,
  Blackhole: 6,
  Unreachable: 7,
  Prohibit: 8,
} as const

/** A policy rule, or which one is meant: what is absent matches anything. */
export interface RuleSpec {
  /** RuleAction.* */
  readonly action?: number
  /** FIB_RULE_INVERT: for the packets that do not match. */
  readonly not?: boolean
  readonly from?: RulePrefix
  readonly to?: RulePrefix
  readonly priority?: number
  readonly table?: number
  readonly tos?: number
  readonly mark?: number
  readonly markMask?: number
  /** Names of devices, which need not exist. */
  readonly iif?: string
  readonly oif?: string
  /** Of a goto: the priority of the rule to go on with. */
  readonly target?: number
  /** Routes to prefixes of this length or shorter do not count. */
  readonly suppressPrefixLength?: number
  /** Nor do routes by devices of this group. */
  readonly suppressGroup?: number
  readonly protocol?: number
}

export interface RulePrefix {
  readonly ip: Ip
  readonly length: number
}

/** linux/neighbour.h NUD_*. */
export const Nud = {
  None: 0,
  Incomplete: 0x01,
  Reachable: 0x02,
  Stale: 0x04,
  Delay: 0x08,
  Probe: 0x10,
  Failed: 0x20,
  NoArp: 0x40,
  Permanent: 0x80,
} as const

/**
 * `by` tells that an ioctl asks (ifconfig), which names the link itself: `ip` asks the kernel for the link first, and
 * then the state of the link is brought up to date.
 */
export type Request =
  | { readonly type: 'newnetns'; readonly name: string }
  | { readonly type: 'delnetns'; readonly name: string }
  /** RTM_NEWNSID: the number by which a namespace knows another one; the lowest that is free when absent. */
  | { readonly type: 'newnsid'; readonly netns: NetnsId; readonly peer: NetnsId; readonly nsid?: number }
  | { readonly type: 'newlink'; readonly netns: NetnsId; readonly link: NewLink }
  | {
      readonly type: 'setlink'
      readonly netns: NetnsId
      readonly link: LinkRef
      readonly changes: LinkChanges
      /** RTM_SETLINK of AF_BRIDGE, as `bridge link set` sends it: only port options. */
      readonly family?: 'bridge'
      readonly by?: 'ioctl'
    }
  /** What `ip tuntap add|del` does with /dev/net/tun: TUNSETIFF, the owners, and whether the link stays. */
  | { readonly type: 'tuntap'; readonly netns: NetnsId; readonly tuntap: Tuntap }
  | { readonly type: 'dellink'; readonly netns: NetnsId; readonly link: LinkRef }
  | {
      readonly type: 'newaddr'
      readonly netns: NetnsId
      readonly link: LinkRef
      readonly address: NewAddress
      readonly by?: 'ioctl'
    }
  | {
      readonly type: 'deladdr'
      readonly netns: NetnsId
      readonly link: LinkRef
      readonly address: OldAddress
      readonly by?: 'ioctl'
    }
  | { readonly type: 'newroute'; readonly netns: NetnsId; readonly route: RouteSpec; readonly mode: RouteMode }
  | { readonly type: 'delroute'; readonly netns: NetnsId; readonly route: RouteSpec }
  | {
      readonly type: 'newnexthop'
      readonly netns: NetnsId
      readonly nexthop: NexthopObjectSpec
      readonly replace: boolean
    }
  | { readonly type: 'delnexthop'; readonly netns: NetnsId; readonly id: number }
  | { readonly type: 'newrule'; readonly netns: NetnsId; readonly rule: RuleSpec }
  | { readonly type: 'delrule'; readonly netns: NetnsId; readonly rule: RuleSpec }
  | {
      readonly type: 'newneigh'
      readonly netns: NetnsId
      readonly neighbour: NeighbourSpec
      readonly mode: NeighbourMode
    }
  | { readonly type: 'delneigh'; readonly netns: NetnsId; readonly neighbour: NeighbourSpec }
  | { readonly type: 'newfdb'; readonly netns: NetnsId; readonly entry: FdbSpec; readonly mode: NeighbourMode }
  | { readonly type: 'delfdb'; readonly netns: NetnsId; readonly entry: FdbSpec }
  /** SIOCADDMULTI, SIOCDELMULTI: an address that the device listens to besides those that its protocols want. */
  | { readonly type: 'newmaddr'; readonly netns: NetnsId; readonly link: LinkRef; readonly mac: Mac }
  | { readonly type: 'delmaddr'; readonly netns: NetnsId; readonly link: LinkRef; readonly mac: Mac }
  | { readonly type: 'sysctl'; readonly netns: NetnsId; readonly path: string; readonly value: string }

/** The answer's value, by type of request. `newlink` answers the ifindex, `newnetns` the id. */
export interface Answers {
  newnetns: NetnsId
  newlink: number
  tuntap: string
}

export interface NewAddress {
  readonly local: Ip
  readonly prefixLength: number
  readonly peer?: Ip
  readonly broadcast?: Ip
  readonly label?: string
  readonly scope?: number
  readonly flags?: number
  readonly validLifetime?: number
  readonly preferredLifetime?: number
  readonly metric?: number
  /** NLM_F_EXCL without NLM_F_REPLACE; `ip addr change|replace` clears it. */
  readonly exclusive?: boolean
}

export interface OldAddress {
  readonly local: Ip
  readonly prefixLength?: number
  readonly peer?: Ip
  readonly label?: string
}

/** NLM_F_* of RTM_NEWROUTE as `ip route` sets them: add = create+excl, append = create+append, prepend = create ... */
export type RouteMode = 'add' | 'append' | 'prepend' | 'change' | 'replace' | 'test'

/** NLM_F_* of RTM_NEWNEIGH: add = create+excl, change = replace, replace = create+replace, append = create+append. */
export type NeighbourMode = 'add' | 'change' | 'replace' | 'append'

export interface NeighbourSpec {
  readonly link: LinkRef
  readonly dst: Ip
  readonly mac?: Mac
  /** Nud.*; PERMANENT when absent, as `ip neigh` sends. */
  readonly state?: number
  readonly proxy?: boolean
  readonly router?: boolean
  readonly externLearn?: boolean
  readonly protocol?: number
}

export interface FdbSpec {
  /** The port, or the bridge itself for `self` entries of the bridge. */
  readonly link: LinkRef
  readonly mac: Mac
  readonly vlan?: number
  /** NTF_SELF: the device's own table. */
  readonly self: boolean
  /** NTF_MASTER: the table of the bridge above. */
  readonly master: boolean
  /** NUD_PERMANENT `permanent|local`, NUD_NOARP `static`, NUD_REACHABLE `dynamic`. */
  readonly state: number
  readonly sticky?: boolean
  readonly externLearn?: boolean
  readonly use?: boolean
}
