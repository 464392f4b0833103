/**
 * What there is to see in a namespace, as plain values that compare with toEqual and print as JSON: addresses and MACs
 * are text, states have the names that `ip` and `bridge` print.
 */
import { nameOf, PROTOCOLS, routeTypeName, SCOPES, TABLES } from '../cmd/ip/names.ts'
import type { AddressInfo, FdbInfo, LinkInfo, LinkStats, NeighbourInfo, RouteInfo } from '../control/info.ts'
import { RouteFlag } from '../control/info.ts'
import { Ifaf } from '../control/records.ts'
import { Nud } from '../control/request.ts'
import { Iff, OperState } from '../core/device.ts'
import { NS_PER_S } from '../time/instant.ts'
import * as ip from '../wire/ip.ts'
import * as mac from '../wire/mac.ts'

/** A link, as `ip -s link show` tells of it. */
export interface Link {
  readonly ifindex: number
  readonly name: string
  /** `loopback`, `veth`, `bridge` ... */
  readonly kind: string
  readonly mac: string
  readonly mtu: number
  /** Set up by the administrator. */
  readonly up: boolean
  /** There is somebody at the other end. */
  readonly carrier: boolean
  /** `UP`, `DOWN`, `LOWERLAYERDOWN`, `UNKNOWN` ... */
  readonly state: string
  /** Name of the bridge that it is a port of. */
  readonly master: string | undefined
  readonly alias: string
  readonly stats: LinkStats
}

export interface Address {
  readonly link: string
  readonly address: string
  readonly prefixLength: number
  /** The other end of a point-to-point link. */
  readonly peer: string | undefined
  readonly broadcast: string | undefined
  /** `global`, `link`, `host` ... */
  readonly scope: string
  readonly label: string
  readonly secondary: boolean
}

export interface Route {
  /** `default`, `10.0.0.0/24`, or one address without a length. */
  readonly to: string
  /** `unicast`, `local`, `broadcast`, `blackhole` ... */
  readonly type: string
  /** The next router. */
  readonly via: string | undefined
  readonly link: string | undefined
  /** The source that is preferred on this route. */
  readonly src: string | undefined
  readonly metric: number
  /** `main`, `local`, or a number. */
  readonly table: string
  /** `kernel`, `boot`, `static` ... */
  readonly protocol: string
  readonly scope: string
  /** The link has no carrier. */
  readonly linkDown: boolean
  readonly dead: boolean
}

export interface Neighbour {
  readonly address: string
  readonly link: string
  readonly mac: string | undefined
  /** `REACHABLE`, `STALE`, `DELAY`, `PROBE`, `FAILED`, `INCOMPLETE`, `PERMANENT`, `NOARP` or `NONE`. */
  readonly state: string
  readonly proxy: boolean
}

/** One entry of a bridge's forwarding database. */
export interface FdbEntry {
  readonly mac: string
  /** The port behind which the address is, or the bridge itself for its own. */
  readonly link: string
  readonly bridge: string
  /** The address of a port or the bridge itself: frames for it go up. */
  readonly local: boolean
  /** Never ages. */
  readonly static: boolean
  /** Seconds since a frame from this address came last. */
  readonly ageSeconds: number
  /** IEEE 802.1Q VLAN, where the bridge tells them apart. */
  readonly vlan: number | undefined
}

type NameOf = (ifindex: number) => string | undefined

const OPER_STATES = new Map(Object.entries(OperState).map(([name, state]) => [state as number, name.toUpperCase()]))
const NUD_NAMES = new Map(Object.entries(Nud).map(([name, state]) => [state as number, name.toUpperCase()]))

export const linkView = (link: LinkInfo, nameOfLink: NameOf): Link => ({
  ifindex: link.ifindex,
  name: link.name,
  kind: link.kind,
  mac: mac.format(link.mac),
  mtu: link.mtu,
  up: (link.flags & Iff.Up) !== 0,
  carrier: link.carrier,
  state: OPER_STATES.get(link.operState) ?? 'UNKNOWN',
  master: nameOfLink(link.master),
  alias: link.alias,
  stats: link.stats,
})

/** An IPv4 address; undefined for one of IPv6. */
export function addressView(info: AddressInfo, nameOfLink: NameOf): Address | undefined {
  if (info.family !== 4) return undefined
  return {
    link: nameOfLink(info.ifindex) ?? `if${info.ifindex}`,
    address: ip.format(info.local),
    prefixLength: info.prefixLength,
    peer: info.address === info.local ? undefined : ip.format(info.address),
    broadcast: info.broadcast === undefined ? undefined : ip.format(info.broadcast),
    scope: nameOf(SCOPES, info.scope, false),
    label: info.label,
    secondary: (info.flags & Ifaf.Secondary) !== 0,
  }
}

export const routeView = (info: RouteInfo, nameOfLink: NameOf): Route => ({
  to: destination(info),
  type: routeTypeName(info.type, false),
  via: info.via === undefined ? undefined : ip.format(info.via),
  link: nameOfLink(info.ifindex),
  src: info.src === undefined ? undefined : ip.format(info.src),
  metric: info.metric,
  table: nameOf(TABLES, info.table, false),
  protocol: nameOf(PROTOCOLS, info.protocol, false),
  scope: nameOf(SCOPES, info.scope, false),
  linkDown: (info.flags & RouteFlag.LinkDown) !== 0,
  dead: (info.flags & RouteFlag.Dead) !== 0,
})

function destination({ dst, prefixLength }: RouteInfo): string {
  if (prefixLength === 0 && dst === ip.ANY) return 'default'
  return prefixLength === ip.PREFIX_BITS ? ip.format(dst) : `${ip.format(dst)}/${prefixLength}`
}

export const neighbourView = (info: NeighbourInfo, nameOfLink: NameOf): Neighbour => ({
  address: ip.format(info.dst),
  link: nameOfLink(info.ifindex) ?? `if${info.ifindex}`,
  mac: info.mac === undefined ? undefined : mac.format(info.mac),
  state: NUD_NAMES.get(info.state) ?? String(info.state),
  proxy: info.proxy,
})

/** An entry of a bridge's table; undefined for one of a device's own list. */
export function fdbView(info: FdbInfo, nameOfLink: NameOf): FdbEntry | undefined {
  const bridge = info.master === undefined ? undefined : nameOfLink(info.master)
  if (bridge === undefined) return undefined
  return {
    mac: mac.format(info.mac),
    link: nameOfLink(info.ifindex) ?? bridge,
    bridge,
    local: info.isLocal,
    static: info.isStatic || info.isLocal,
    ageSeconds: info.updatedNs / NS_PER_S,
    vlan: info.vlan,
  }
}
