/**
 * What an administrator typed: small frozen records, one for each link and one for each network namespace, that applied
 * requests replace as a whole. A link's is not in its namespace's tree, for a bridge may have a thousand ports.
 * What the network learned (FDB, neighbours, counters, carrier) is not here but with the devices and stacks; routes are
 * not here either: a routing table has a million entries and a structure of its own (stack/fib.ts).
 */
import type { Ip } from '../wire/ip.ts'
import type { Mac } from '../wire/mac.ts'

/** linux/if_link.h IFLA_BR_*: what `ip link set type bridge` sets. Times are in USER_HZ, hundredths of a second. */
export interface BridgeOptions {
  readonly forwardDelay: number
  readonly helloTime: number
  readonly maxAge: number
  readonly ageingTime: number
  /** 0 off, 1 kernel STP. */
  readonly stpState: number
  readonly priority: number
  readonly groupFwdMask: number
  readonly groupAddress: Mac
  readonly mcastSnooping: number
  readonly mcastQuerier: number
  readonly nfCallIptables: number
  readonly nfCallIp6tables: number
  readonly nfCallArptables: number
}

/** linux/if_link.h MACVLAN_MODE_*. Bits, so that a set of modes is one number. */
export const MacvlanMode = { Private: 1, Vepa: 2, Bridge: 4, Passthru: 8, Source: 16 } as const
export type MacvlanMode = (typeof MacvlanMode)[keyof typeof MacvlanMode]

/** linux/if_link.h MACVLAN_FLAG_*: passthru leaves the lower device as it is; source keeps what it takes. */
export const MacvlanFlag = { NoPromisc: 1, NoDst: 2 } as const

/** linux/if_link.h IFLA_MACVLAN_*: what `ip link set type macvlan` sets. */
export interface MacvlanOptions {
  readonly mode: MacvlanMode
  /** MacvlanFlag bits. */
  readonly flags: number
  /** Group frames that may wait for the children; the largest request of all children counts. */
  readonly broadcastQueueLength: number
  /** A group that no more than so many children listen to does not wait; negative: none waits. */
  readonly broadcastCutoff: number
}

/** linux/if_tun.h IFF_*: what a program asks of /dev/net/tun (TUNSETIFF), and what becomes of it. */
export const TunFlag = {
  Tun: 0x0001,
  Tap: 0x0002,
  NoCarrier: 0x0040,
  MultiQueue: 0x0100,
  Persist: 0x0800,
  NoPi: 0x1000,
  OneQueue: 0x2000,
  VnetHdr: 0x4000,
  Exclusive: 0x8000,
} as const

/** linux/if_link.h IFLA_BRPORT_*: what `bridge link set` and `ip link set type bridge_slave` set. */
export interface BridgePortOptions {
  /** 0 disabled, 1 listening, 2 learning, 3 forwarding, 4 blocking; the current STP state. */
  readonly state: number
  readonly priority: number
  readonly cost: number
  readonly hairpin: boolean
  readonly guard: boolean
  readonly rootBlock: boolean
  readonly fastLeave: boolean
  readonly learning: boolean
  readonly flood: boolean
  readonly mcastFlood: boolean
  readonly bcastFlood: boolean
  readonly mcastToUnicast: boolean
  readonly neighSuppress: boolean
  readonly proxyArp: boolean
  readonly proxyArpWifi: boolean
  readonly isolated: boolean
  readonly locked: boolean
  readonly mab: boolean
}

export interface LinkRecord {
  readonly ifindex: number
  readonly name: string
  readonly kind: string
  readonly mac: Mac
  readonly broadcast: Mac
  readonly mtu: number
  readonly txQueueLength: number
  /** Iff.* as an administrator sets them. */
  readonly flags: number
  /** ifindex of the master in the same namespace, 0 for none. */
  readonly master: number
  readonly group: number
  readonly alias: string
  readonly altNames: readonly string[]
  /** NET_ADDR_PERM 0, NET_ADDR_RANDOM 1, NET_ADDR_STOLEN 2, NET_ADDR_SET 3: who chose the MAC. */
  readonly macOrigin: number
}

/** linux/rtnetlink.h RT_SCOPE_*. */
export const Scope = { Universe: 0, Site: 200, Link: 253, Host: 254, Nowhere: 255 } as const

/** One IPv4 address of a link: Linux struct in_ifaddr. */
export interface AddressRecord {
  readonly ifindex: number
  readonly local: Ip
  /** The peer on a point-to-point link; `local` itself otherwise. */
  readonly address: Ip
  readonly prefixLength: number
  readonly broadcast: Ip | undefined
  readonly label: string
  readonly scope: number
  /** linux/if_addr.h IFA_F_*: Secondary 1, Permanent 0x80, NoPrefixRoute 0x200 ... */
  readonly flags: number
  /** Seconds from `since`; Infinity for ever. */
  readonly validLifetime: number
  readonly preferredLifetime: number
  /** Instant (ns) at which the lifetimes were set. */
  readonly sinceNs: number
  readonly metric: number
  /** linux/if_addr.h IFAPROT_*: 0 unspecified, 1 kernel lo, 2 kernel ra, 3 kernel ll. */
  readonly protocol: number
}

export const Ifaf = {
  Secondary: 0x1,
  DadFailed: 0x8,
  Deprecated: 0x20,
  Tentative: 0x40,
  Permanent: 0x80,
  NoPrefixRoute: 0x200,
  AutoJoin: 0x400,
  StablePrivacy: 0x800,
} as const

export interface NetnsRecord {
  /** In the order in which `ip addr` shows them: per link primary before secondary, as inserted. */
  readonly addresses: readonly AddressRecord[]
}
