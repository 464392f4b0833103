/**
 * What Linux multicasts over rtnetlink while a namespace changes, as those who change it tell it: RTM_NEWLINK,
 * RTM_DELADDR and so on. `ip monitor` prints them.
 *
 * Nobody listening costs nothing: `tell` is absent then, and `tell?.({ ... })` does not even make the notice.
 */
import type { Device, NetnsId } from '../core/device.ts'
import type { AddressInfo, FdbInfo, NeighbourInfo, NexthopObjectInfo, RouteInfo, RuleInfo } from './info.ts'

export type Notice =
  /** `bridge`: of the family AF_BRIDGE, about a port. A device that moves says where to, and its index there. */
  | {
      readonly about: 'link'
      readonly gone: boolean
      readonly device: Device
      readonly bridge?: boolean
      readonly event?: string
      readonly newNetnsId?: number
      readonly newNetns?: NetnsId
      readonly newIfindex?: number
    }
  | { readonly about: 'address'; readonly gone: boolean; readonly address: AddressInfo }
  | { readonly about: 'route'; readonly gone: boolean; readonly route: RouteInfo }
  | { readonly about: 'route6'; readonly gone: boolean; readonly route: Route6Info }
  | { readonly about: 'rule'; readonly gone: boolean; readonly rule: RuleInfo }
  | { readonly about: 'neighbour'; readonly gone: boolean; readonly neighbour: NeighbourInfo }
  | { readonly about: 'fdb'; readonly gone: boolean; readonly entry: FdbInfo }
  | { readonly about: 'nexthop'; readonly gone: boolean; readonly nexthop: NexthopObjectInfo }
  | { readonly about: 'netconf'; readonly gone: boolean; readonly netconf: NetconfInfo }
  | { readonly about: 'nsid'; readonly gone: boolean; readonly id: number; readonly peer: NetnsId }

export type Tell = (notice: Notice) => void

/** RTM_NEWNETCONF: values of net.ipv4.conf.DEV or net.ipv6.conf.DEV that are told when they change. */
export interface NetconfInfo {
  readonly family: 4 | 6
  /** An ifindex, or whom else the values are for. */
  readonly of: number | 'all' | 'default'
  readonly values: Readonly<Partial<Record<NetconfKey, number>>>
}

/** In the order in which they are printed. */
export type NetconfKey = 'forwarding' | 'rp_filter' | 'mc_forwarding' | 'proxy_neigh' | 'ignore_routes_with_linkdown'

/** A route of IPv6 that an interface gives itself; all but unicast are in the table local. */
export interface Route6Info {
  readonly type: 'unicast' | 'local' | 'multicast'
  /** Sixteen octets. */
  readonly dst: Uint8Array
  readonly prefixLength: number
  readonly ifindex: number
  readonly metric: number
}
