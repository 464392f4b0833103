/**
 * Requests as messages of rtnetlink, as iproute2 builds them: linux/rtnetlink.h, if_link.h, if_addr.h, neighbour.h.
 *
 * A message has holes: offsets where the Linux side puts the ifindex of a link that it has looked up by name, or a
 * descriptor of a namespace. Little-endian machines only.
 */
import { endianness } from 'node:os'
import type { BridgeOptions, BridgePortOptions } from '../../src/control/records.ts'
import { Scope } from '../../src/control/records.ts'
import {
  type FdbSpec,
  type LinkChanges,
  type LinkRef,
  type NeighbourMode,
  type NeighbourSpec,
  type NewAddress,
  type NewLink,
  type NexthopSpec,
  Nud,
  type OldAddress,
  type Request,
  type RouteMetrics,
  type RouteMode,
  RouteProtocol,
  type RouteSpec,
  RouteType,
  type RuleSpec,
  Table,
} from '../../src/control/request.ts'
import { Iff } from '../../src/core/device.ts'
import type * as ip from '../../src/wire/ip.ts'
import * as mac48 from '../../src/wire/mac.ts'

/** What the Linux side is told. */
export interface Message {
  /** Hexadecimal digits. */
  readonly message: string
  readonly links: readonly (readonly [at: number, link: LinkRef])[]
  readonly spaces: readonly (readonly [at: number, netns: number])[]
}

const Type = {
  NewLink: 16,
  DelLink: 17,
  NewAddr: 20,
  DelAddr: 21,
  NewRoute: 24,
  DelRoute: 25,
  NewNeigh: 28,
  DelNeigh: 29,
  NewRule: 32,
  DelRule: 33,
  NewNsid: 88,
} as const
const Flag = { Request: 1, Ack: 4, Replace: 0x100, Excl: 0x200, Create: 0x400, Append: 0x800 } as const
const ROUTE_FLAGS: Readonly<Record<RouteMode, number>> = {
  add: Flag.Create | Flag.Excl,
  append: Flag.Create | Flag.Append,
  prepend: Flag.Create,
  change: Flag.Replace,
  replace: Flag.Create | Flag.Replace,
  test: Flag.Excl,
}
const NEIGHBOUR_FLAGS: Readonly<Record<NeighbourMode, number>> = {
  add: Flag.Create | Flag.Excl,
  change: Flag.Replace,
  replace: Flag.Create | Flag.Replace,
  append: Flag.Create | Flag.Append,
}
const INET = 2
const BRIDGE = 7
const NESTED = 0x8000

/** The messages for which there is a request of rtnetlink. */
export type Netlink = Exclude<
  Request,
  {
    readonly type: 'newnetns' | 'delnetns' | 'sysctl' | 'tuntap' | 'newmaddr' | 'delmaddr' | 'newnexthop' | 'delnexthop'
  }
>

export function encode(request: Netlink): Message {
  if (endianness() !== 'LE') throw new Error('netlink: a little-endian machine is needed')
  switch (request.type) {
    case 'newnsid':
      return start(Type.NewNsid, 0)
        .u32(0)
        .attribute(1, b => b.u32(request.nsid ?? -1))
        .attribute(3, b => b.space(request.peer))
        .end()
    case 'newlink':
      return newlink(request.link)
    case 'setlink':
      return request.family === 'bridge'
        ? setPort(request.link, request.changes)
        : setlink(request.link, request.changes)
    case 'dellink':
      return start(Type.DelLink, 0).ifinfo(request.link, {}).end()
    case 'newaddr':
      return newaddr(request.link, request.address)
    case 'deladdr':
      return deladdr(request.link, request.address)
    case 'newroute':
      return newroute(request.route, request.mode)
    case 'delroute':
      return delroute(request.route)
    case 'newrule':
      return rulemsg(start(Type.NewRule, Flag.Create | Flag.Excl), request.rule)
    case 'delrule':
      return rulemsg(start(Type.DelRule, 0), request.rule)
    case 'newneigh':
      return neighbour(Type.NewNeigh, NEIGHBOUR_FLAGS[request.mode], request.neighbour)
    case 'delneigh':
      return neighbour(Type.DelNeigh, 0, request.neighbour)
    case 'newfdb':
      return fdb(Type.NewNeigh, NEIGHBOUR_FLAGS[request.mode], request.entry)
    case 'delfdb':
      return fdb(Type.DelNeigh, 0, request.entry)
  }
}

class Builder {
  private readonly octets: number[] = []
  private readonly links: [number, LinkRef][] = []
  private readonly spaces: [number, number][] = []

  u8(...values: number[]): this {
    for (const value of values) this.octets.push(value & 0xff)
    return this
  }
  u16(value: number): this {
    return this.u8(value, value >>> 8)
  }
  u32(value: number): this {
    return this.u16(value).u16(value >>> 16)
  }
  /** The ifindex of a link. */
  link(ref: LinkRef): this {
    this.links.push([this.octets.length, ref])
    return this.u32(0)
  }
  /** A descriptor of a namespace. */
  space(netns: number): this {
    this.spaces.push([this.octets.length, netns])
    return this.u32(0)
  }
  attribute(type: number, payload: (b: this) => void): this {
    const at = this.octets.length
    this.u16(0).u16(type)
    payload(this)
    const length = this.octets.length - at
    this.octets[at] = length & 0xff
    this.octets[at + 1] = length >>> 8
    while (this.octets.length % 4 !== 0) this.u8(0)
    return this
  }
  /** An attribute when there is a value. */
  maybe<T>(type: number, value: T | undefined, payload: (b: this, value: T) => void): this {
    return value === undefined ? this : this.attribute(type, b => payload(b, value))
  }
  text(value: string): this {
    return this.u8(...new TextEncoder().encode(value), 0)
  }
  mac(value: mac48.Mac): this {
    const octets = new Uint8Array(mac48.BYTES)
    mac48.put(octets, 0, value)
    return this.u8(...octets)
  }
  /** struct rtnexthop */
  nexthop({ via, link, weight = 1, onlink = false }: NexthopSpec): this {
    const at = this.octets.length
    this.u16(0).u8(onlink ? RTNH_F_ONLINK : 0, weight - 1)
    if (link === undefined) this.u32(0)
    else this.link(link)
    this.maybe(Rta.Gateway, via, (b, gateway) => b.ip(gateway))
    this.octets[at] = this.octets.length - at
    return this
  }
  ip(value: ip.Ip): this {
    return this.u8(value >>> 24, value >>> 16, value >>> 8, value)
  }

  /** struct ifinfomsg */
  ifinfo(ref: LinkRef | undefined, changes: LinkChanges, ifindex = 0): this {
    let flags = 0
    let mask = 0
    for (const [bit, on] of flagsOf(changes)) {
      if (on === undefined) continue
      mask |= bit
      if (on) flags |= bit
    }
    this.u8(0, 0).u16(0)
    if (ref === undefined) this.u32(ifindex)
    else this.link(ref)
    return this.u32(flags).u32(mask)
  }

  linkAttributes(changes: LinkChanges & { readonly lower?: LinkRef }): this {
    return this.maybe(3, changes.name, (b, name) => b.text(name))
      .maybe(1, changes.mac, (b, mac) => b.mac(mac))
      .maybe(2, changes.broadcast, (b, mac) => b.mac(mac))
      .maybe(4, changes.mtu, (b, mtu) => b.u32(mtu))
      .maybe(5, changes.lower, (b, lower) => b.link(lower))
      .maybe(10, changes.master, (b, master) => (master === 0 ? b.u32(0) : b.link(master)))
      .maybe(13, changes.txQueueLength, (b, length) => b.u32(length))
      .maybe(27, changes.group, (b, group) => b.u32(group))
      .maybe(20, changes.alias, (b, alias) => b.u8(...new TextEncoder().encode(alias)))
      .maybe(33, changes.carrier, (b, carrier) => b.u8(carrier ? 1 : 0))
      .maybe(28, changes.netns, (b, netns) => b.space(netns))
  }

  end(): Message {
    return { message: Buffer.from(this.octets).toString('hex'), links: this.links, spaces: this.spaces }
  }
}

/** struct nlmsghdr; length and sequence number are written by who sends it. */
const start = (type: number, flags: number): Builder =>
  new Builder()
    .u32(0)
    .u16(type)
    .u16(Flag.Request | Flag.Ack | flags)
    .u32(0)
    .u32(0)

const flagsOf = (changes: LinkChanges): readonly (readonly [number, boolean | undefined])[] => [
  [Iff.Up, changes.up],
  [Iff.NoArp, changes.arp === undefined ? undefined : !changes.arp],
  [Iff.Multicast, changes.multicast],
  [Iff.Promisc, changes.promisc],
  [Iff.AllMulti, changes.allMulticast],
  [Iff.Dynamic, changes.dynamic],
]

// -- Links ----------------------------------------------------------------------------------------

/** IFLA_LINKINFO, IFLA_INFO_* */
const LINKINFO = 18
const Info = { Kind: 1, Data: 2, SlaveKind: 4, SlaveData: 5 } as const
const VETH_INFO_PEER = 1

function newlink(link: NewLink): Message {
  return start(Type.NewLink, Flag.Create | Flag.Excl)
    .ifinfo(undefined, link, link.ifindex)
    .linkAttributes(link)
    .attribute(LINKINFO, b => {
      b.attribute(Info.Kind, c => c.u8(...new TextEncoder().encode(link.kind)))
      const { peer } = link
      if (link.kind === 'veth' && peer !== undefined) {
        b.attribute(Info.Data, c =>
          c.attribute(VETH_INFO_PEER, d => d.ifinfo(undefined, peer, peer.ifindex).linkAttributes(peer)),
        )
      }
      if (link.bridge !== undefined) b.attribute(Info.Data, c => bridgeOptions(c, link.bridge!, false))
      if (link.macvlan !== undefined) b.attribute(Info.Data, c => macvlanOptions(c, link.macvlan!))
    })
    .end()
}

function setlink(ref: LinkRef, changes: LinkChanges): Message {
  const message = start(Type.NewLink, 0).ifinfo(ref, changes).linkAttributes(changes)
  if (changes.port !== undefined) {
    message.attribute(LINKINFO, b =>
      b
        .attribute(Info.SlaveKind, c => c.text('bridge'))
        .attribute(Info.SlaveData | NESTED, c => portOptions(c, changes.port!, changes.fdbFlush === true)),
    )
  } else if (changes.macvlan !== undefined) {
    message.attribute(LINKINFO, b =>
      b
        .attribute(Info.Kind, c => c.text(changes.kind ?? 'macvlan'))
        .attribute(Info.Data, c => macvlanOptions(c, changes.macvlan!)),
    )
  } else if (changes.bridge !== undefined || changes.fdbFlush === true) {
    message.attribute(LINKINFO, b =>
      b
        .attribute(Info.Kind, c => c.text('bridge'))
        .attribute(Info.Data, c => bridgeOptions(c, changes.bridge ?? {}, changes.fdbFlush === true)),
    )
  }
  return message.end()
}

const SETLINK = 19
const IFLA_PROTINFO = 12

function setPort(ref: LinkRef, changes: LinkChanges): Message {
  return start(SETLINK, 0)
    .u8(BRIDGE, 0)
    .u16(0)
    .link(ref)
    .u32(0)
    .u32(0)
    .attribute(IFLA_PROTINFO | NESTED, b => portOptions(b, changes.port ?? {}, changes.fdbFlush === true))
    .end()
}

/** IFLA_BR_*: number and width in octets. */
const BRIDGE_ATTRIBUTES: readonly (readonly [keyof BridgeOptions, number, 1 | 2 | 4 | 6])[] = [
  ['forwardDelay', 1, 4],
  ['helloTime', 2, 4],
  ['maxAge', 3, 4],
  ['ageingTime', 4, 4],
  ['stpState', 5, 4],
  ['priority', 6, 2],
  ['groupFwdMask', 9, 2],
  ['groupAddress', 20, 6],
  ['mcastSnooping', 23, 1],
  ['mcastQuerier', 25, 1],
  ['nfCallIptables', 36, 1],
  ['nfCallIp6tables', 37, 1],
  ['nfCallArptables', 38, 1],
]
const IFLA_BR_FDB_FLUSH = 21

function bridgeOptions(b: Builder, options: Partial<BridgeOptions>, flush: boolean): void {
  for (const [name, type, width] of BRIDGE_ATTRIBUTES) b.maybe(type, options[name], (c, v) => sized(c, v, width))
  if (flush) b.attribute(IFLA_BR_FDB_FLUSH, () => {})
}

/** IFLA_MACVLAN_*, and MACVLAN_MACADDR_* for what becomes of the sources. */
const Macvlan = {
  Mode: 1,
  Flags: 2,
  SourceAction: 3,
  Source: 4,
  Sources: 5,
  QueueLength: 7,
  Cutoff: 9,
} as const
const SOURCE_ACTIONS = { add: 0, del: 1, flush: 2, set: 3 } as const

function macvlanOptions(b: Builder, options: NonNullable<LinkChanges['macvlan']>): void {
  const { mode, flags, sources, broadcastQueueLength, broadcastCutoff } = options
  b.maybe(Macvlan.Mode, mode, (c, v) => c.u32(v))
    .maybe(Macvlan.Flags, flags, (c, v) => c.u16(v))
    .maybe(Macvlan.QueueLength, broadcastQueueLength, (c, v) => c.u32(v))
    .maybe(Macvlan.Cutoff, broadcastCutoff, (c, v) => c.u32(v))
  if (sources === undefined) return
  b.attribute(Macvlan.SourceAction, c => c.u32(SOURCE_ACTIONS[sources.action]))
  const each = (c: Builder): void => {
    for (const mac of sources.macs) c.attribute(Macvlan.Source, d => d.mac(mac))
  }
  if (sources.action === 'set') b.attribute(Macvlan.Sources, each)
  else each(b)
}

/** IFLA_BRPORT_* */
const PORT_ATTRIBUTES: readonly (readonly [keyof BridgePortOptions, number, 1 | 2 | 4])[] = [
  ['state', 1, 1],
  ['priority', 2, 2],
  ['cost', 3, 4],
  ['hairpin', 4, 1],
  ['guard', 5, 1],
  ['rootBlock', 6, 1],
  ['fastLeave', 7, 1],
  ['learning', 8, 1],
  ['flood', 9, 1],
  ['proxyArp', 10, 1],
  ['proxyArpWifi', 12, 1],
  ['mcastFlood', 27, 1],
  ['mcastToUnicast', 28, 1],
  ['bcastFlood', 30, 1],
  ['neighSuppress', 32, 1],
  ['isolated', 33, 1],
]
const IFLA_BRPORT_FLUSH = 24

function portOptions(b: Builder, options: Partial<BridgePortOptions>, flush: boolean): void {
  for (const [name, type, width] of PORT_ATTRIBUTES) b.maybe(type, options[name], (c, v) => sized(c, v, width))
  if (flush) b.attribute(IFLA_BRPORT_FLUSH, () => {})
}

function sized(b: Builder, value: number | boolean, width: 1 | 2 | 4 | 6): void {
  const number = Number(value)
  if (width === 1) b.u8(number)
  else if (width === 2) b.u16(number)
  else if (width === 4) b.u32(number)
  else b.mac(number as mac48.Mac)
}

// -- Addresses ------------------------------------------------------------------------------------

const Ifa = { Address: 1, Local: 2, Label: 3, Broadcast: 4, CacheInfo: 6, Flags: 8, Priority: 9 } as const
const FOR_EVER = 0xffff_ffff

function newaddr(ref: LinkRef, address: NewAddress): Message {
  const flags = address.exclusive === false ? Flag.Create | Flag.Replace : Flag.Create | Flag.Excl
  const { validLifetime, preferredLifetime } = address
  const b = start(Type.NewAddr, flags)
    .u8(INET, address.prefixLength, (address.flags ?? 0) & 0xff, address.scope ?? Scope.Universe)
    .link(ref)
    .attribute(Ifa.Local, c => c.ip(address.local))
    .attribute(Ifa.Address, c => c.ip(address.peer ?? address.local))
    .maybe(Ifa.Broadcast, address.broadcast, (c, broadcast) => c.ip(broadcast))
    .maybe(Ifa.Label, address.label, (c, label) => c.text(label))
    .maybe(Ifa.Flags, address.flags, (c, f) => c.u32(f))
    .maybe(Ifa.Priority, address.metric, (c, metric) => c.u32(metric))
  if (validLifetime !== undefined || preferredLifetime !== undefined) {
    b.attribute(Ifa.CacheInfo, c =>
      c
        .u32(preferredLifetime ?? FOR_EVER)
        .u32(validLifetime ?? FOR_EVER)
        .u32(0)
        .u32(0),
    )
  }
  return b.end()
}

function deladdr(ref: LinkRef, address: OldAddress): Message {
  const b = start(Type.DelAddr, 0)
    .u8(INET, address.prefixLength ?? 0, 0, Scope.Universe)
    .link(ref)
    .attribute(Ifa.Local, c => c.ip(address.local))
    .maybe(Ifa.Label, address.label, (c, label) => c.text(label))
  if (address.prefixLength !== undefined) b.attribute(Ifa.Address, c => c.ip(address.peer ?? address.local))
  return b.end()
}

// -- Routes ---------------------------------------------------------------------------------------

const Rta = { Dst: 1, Oif: 4, Gateway: 5, Priority: 6, PrefSrc: 7, Metrics: 8, Multipath: 9, Table: 15 } as const
const METRICS: readonly (readonly [keyof RouteMetrics, number])[] = [
  ['mtu', 2],
  ['window', 3],
  ['advmss', 8],
  ['hoplimit', 10],
  ['initcwnd', 11],
]
const RTNH_F_ONLINK = 4

function newroute(route: RouteSpec, mode: RouteMode): Message {
  const type = route.type ?? RouteType.Unicast
  return rtmsg(start(Type.NewRoute, ROUTE_FLAGS[mode]), route, {
    type,
    scope: route.scope ?? scopeOf(type, route.via !== undefined || route.nexthops !== undefined),
    protocol: route.protocol ?? RouteProtocol.Boot,
  })
}

const delroute = (route: RouteSpec): Message =>
  rtmsg(start(Type.DelRoute, 0), route, {
    type: route.type ?? RouteType.Unspec,
    scope: route.scope ?? Scope.Nowhere,
    protocol: route.protocol ?? RouteProtocol.Unspec,
  })

/** What iproute2 fills in when nobody says. */
function scopeOf(type: RouteType, viaGateway: boolean): number {
  if (type === RouteType.Local || type === RouteType.Nat) return Scope.Host
  if (type === RouteType.Broadcast || type === RouteType.Multicast || type === RouteType.Anycast) return Scope.Link
  return type === RouteType.Unicast && !viaGateway ? Scope.Link : Scope.Universe
}

function rtmsg(b: Builder, route: RouteSpec, filled: { type: number; scope: number; protocol: number }): Message {
  const table = route.table ?? Table.Main
  b.u8(INET, route.prefixLength, 0, route.tos ?? 0)
    .u8(table > 0xff ? 0 : table, filled.protocol, filled.scope, filled.type)
    .u32(route.onlink ? RTNH_F_ONLINK : 0)
  if (route.prefixLength > 0 || route.dst !== 0) b.attribute(Rta.Dst, c => c.ip(route.dst))
  b.maybe(Rta.Oif, route.link, (c, link) => c.link(link))
    .maybe(Rta.Gateway, route.via, (c, via) => c.ip(via))
    .maybe(Rta.Priority, route.metric, (c, metric) => c.u32(metric))
    .maybe(Rta.PrefSrc, route.src, (c, src) => c.ip(src))
    .maybe(Rta.Table, table > 0xff ? table : undefined, (c, t) => c.u32(t))
  const { nexthops } = route
  if (nexthops !== undefined) {
    b.attribute(Rta.Multipath, c => {
      for (const hop of nexthops) c.nexthop(hop)
    })
  }
  const metrics = METRICS.filter(([name]) => route.metrics?.[name] !== undefined)
  if (metrics.length > 0) {
    b.attribute(Rta.Metrics, c => {
      for (const [name, number] of metrics) c.attribute(number, d => d.u32(route.metrics![name]!))
    })
  }
  return b.end()
}

// -- Rules ----------------------------------------------------------------------------------------

/** FRA_* */
const Fra = {
  Dst: 1,
  Src: 2,
  Iif: 3,
  Goto: 4,
  Priority: 6,
  Mark: 10,
  SuppressGroup: 13,
  SuppressPrefixLength: 14,
  Table: 15,
  Mask: 16,
  Oif: 17,
  Protocol: 21,
} as const
const FIB_RULE_INVERT = 2

/** struct fib_rule_hdr and its attributes. */
function rulemsg(b: Builder, rule: RuleSpec): Message {
  const { from, to, tos = 0, table = 0, action = 0 } = rule
  return b
    .u8(INET, to?.length ?? 0, from?.length ?? 0, tos, table < 256 ? table : 0, 0, 0, action)
    .u32(rule.not === true ? FIB_RULE_INVERT : 0)
    .maybe(Fra.Src, from, (c, { ip }) => c.ip(ip))
    .maybe(Fra.Dst, to, (c, { ip }) => c.ip(ip))
    .maybe(Fra.Priority, rule.priority, (c, v) => c.u32(v))
    .maybe(Fra.Mark, rule.mark, (c, v) => c.u32(v))
    .maybe(Fra.Mask, rule.markMask, (c, v) => c.u32(v))
    .maybe(Fra.Protocol, rule.protocol, (c, v) => c.u8(v))
    .maybe(Fra.Table, table < 256 ? undefined : table, (c, v) => c.u32(v))
    .maybe(Fra.SuppressPrefixLength, rule.suppressPrefixLength, (c, v) => c.u32(v))
    .maybe(Fra.SuppressGroup, rule.suppressGroup, (c, v) => c.u32(v))
    .maybe(Fra.Iif, rule.iif, (c, v) => c.text(v))
    .maybe(Fra.Oif, rule.oif, (c, v) => c.text(v))
    .maybe(Fra.Goto, rule.target, (c, v) => c.u32(v))
    .end()
}

// -- Neighbours and forwarding databases ----------------------------------------------------------

const Nda = { Dst: 1, LlAddr: 2, Vlan: 5, Protocol: 12 } as const
const Ntf = { Use: 1, Self: 2, Master: 4, Proxy: 8, ExternLearn: 0x10, Sticky: 0x40, Router: 0x80 } as const

function neighbour(type: number, flags: number, spec: NeighbourSpec): Message {
  const ntf = (spec.proxy ? Ntf.Proxy : 0) | (spec.router ? Ntf.Router : 0) | (spec.externLearn ? Ntf.ExternLearn : 0)
  return start(type, flags)
    .u8(INET, 0, 0, 0)
    .link(spec.link)
    .u16(spec.state ?? Nud.Permanent)
    .u8(ntf, 0)
    .attribute(Nda.Dst, b => b.ip(spec.dst))
    .maybe(Nda.LlAddr, spec.mac, (b, mac) => b.mac(mac))
    .maybe(Nda.Protocol, spec.protocol, (b, protocol) => b.u8(protocol))
    .end()
}

function fdb(type: number, flags: number, spec: FdbSpec): Message {
  const ntf =
    (spec.self ? Ntf.Self : 0) |
    (spec.master ? Ntf.Master : 0) |
    (spec.sticky ? Ntf.Sticky : 0) |
    (spec.externLearn ? Ntf.ExternLearn : 0) |
    (spec.use ? Ntf.Use : 0)
  return start(type, flags)
    .u8(BRIDGE, 0, 0, 0)
    .link(spec.link)
    .u16(spec.state)
    .u8(ntf, 0)
    .attribute(Nda.LlAddr, b => b.mac(spec.mac))
    .maybe(Nda.Vlan, spec.vlan, (b, vlan) => b.u16(vlan))
    .end()
}
