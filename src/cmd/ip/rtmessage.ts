/**
 * Messages of rtnetlink as octets, for `ip route save` and `ip address save`: RTM_NEWROUTE of IPv4 and RTM_NEWADDR, in
 * the byte order of x86 and with the attributes in the order of the kernel (fib_dump_info, inet_fill_ifaddr).
 *
 * A file of the sandbox holds text, so an octet is a character. Octets from 0x80 on are characters from U+0180 on,
 * which nothing on the way takes for anything else.
 */
import type { AddressInfo, RouteInfo } from '../../control/info.ts'
import type { RouteMetrics, RouteType } from '../../control/request.ts'
import type { Ip as Ip4 } from '../../wire/ip.ts'

const HEADER_BYTES = 16
const ROUTE_BYTES = 12
const ADDRESS_BYTES = 8
const NEW_ADDRESS = 20
const NEW_ROUTE = 24
const AF_INET = 2
const AF_INET6 = 10
/** NLM_F_MULTI, and for routes NLM_F_DUMP_FILTERED. */
const MULTI = 2
const FILTERED = 0x20
/** RT_TABLE_COMPAT: the number is in an attribute. */
const TABLE_COMPAT = 252
const TABLE_OCTET_MAX = 255
const FOREVER = 0xffff_ffff
const HIGH = 0x100

/** linux/rtnetlink.h RTA_*, linux/if_addr.h IFA_*. */
const Rta = {
  Dst: 1,
  Oif: 4,
  Gateway: 5,
  Priority: 6,
  PrefSrc: 7,
  Metrics: 8,
  Multipath: 9,
  Table: 15,
  NhId: 30,
} as const
const Ifa = { Address: 1, Local: 2, Label: 3, Broadcast: 4, CacheInfo: 6, Flags: 8, Priority: 9, Protocol: 11 } as const
/** RTAX_* */
const METRICS: readonly (readonly [keyof RouteMetrics, number])[] = [
  ['mtu', 2],
  ['window', 3],
  ['advmss', 8],
  ['hoplimit', 10],
  ['initcwnd', 11],
]

export const Magic = { Route: 0x4531_1224, Address: 0x4736_1222 } as const

// -- Octets and text -------------------------------------------------------------------------------------------------

export const textOf = (octets: readonly number[]): string =>
  octets.map(octet => String.fromCharCode(octet < 0x80 ? octet : octet + HIGH)).join('')

export const octetsOf = (text: string): readonly number[] => Array.from(text, char => char.charCodeAt(0) & 0xff)

export const u32 = (value: number): number[] => [value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24]
const u16 = (value: number): number[] => [value & 255, value >>> 8]
const big32 = (value: number): number[] => u32(value).reverse()
const padded = (octets: readonly number[]): number[] => [...octets, ...new Array(-octets.length & 3).fill(0)]
const attribute = (type: number, octets: readonly number[]): number[] =>
  padded([...u16(octets.length + 4), ...u16(type), ...octets])

/** A struct nlmsghdr and what follows it. `port` is who asked, as the kernel numbers a socket. */
function message(type: number, flags: number, port: number, body: readonly number[]): number[] {
  return padded([...u32(HEADER_BYTES + body.length), ...u16(type), ...u16(flags), ...u32(1), ...u32(port), ...body])
}

// -- Writing ---------------------------------------------------------------------------------------------------------

export function routeMessage(route: RouteInfo, port: number): number[] {
  const { table, metric, src, via, ifindex, nexthops } = route
  const metrics = METRICS.flatMap(([name, type]) =>
    route.metrics[name] === undefined ? [] : attribute(type, u32(route.metrics[name])),
  )
  const hops = (nexthops ?? []).flatMap(hop => {
    const gateway = hop.via === undefined ? [] : attribute(Rta.Gateway, big32(hop.via))
    return [...u16(8 + gateway.length), hop.flags & 255, hop.weight - 1, ...u32(hop.ifindex), ...gateway]
  })
  return message(NEW_ROUTE, MULTI | FILTERED, port, [
    ...[AF_INET, route.prefixLength, 0, route.tos],
    ...[table > TABLE_OCTET_MAX ? TABLE_COMPAT : table, route.protocol, route.scope, route.type],
    ...u32(route.flags),
    ...attribute(Rta.Table, u32(table)),
    ...(route.prefixLength === 0 ? [] : attribute(Rta.Dst, big32(route.dst))),
    ...(metric === 0 ? [] : attribute(Rta.Priority, u32(metric))),
    ...(metrics.length === 0 ? [] : attribute(Rta.Metrics, metrics)),
    ...(src === undefined ? [] : attribute(Rta.PrefSrc, big32(src))),
    ...(route.nhid === undefined ? [] : attribute(Rta.NhId, u32(route.nhid))),
    ...(via === undefined ? [] : attribute(Rta.Gateway, big32(via))),
    ...(ifindex === 0 ? [] : attribute(Rta.Oif, u32(ifindex))),
    ...(hops.length === 0 ? [] : attribute(Rta.Multipath, hops)),
  ])
}

/** Times are in hundredths of a second since the machine began; lifetimes in seconds from `now` (ns) on. */
export function addressMessage(address: AddressInfo, port: number, lifetimes: readonly [number, number], now: number) {
  const { ifindex, prefixLength, flags, scope } = address
  const stamp = Math.floor((address.family === 4 ? address.sinceNs : now) / 1e7)
  const [preferred, valid] = lifetimes
  const cacheInfo = attribute(Ifa.CacheInfo, [preferred, valid, stamp, stamp].flatMap(u32))
  const protocol = address.protocol === 0 ? [] : attribute(Ifa.Protocol, [address.protocol])
  const head = [address.family === 4 ? AF_INET : AF_INET6, prefixLength, flags & 255, scope, ...u32(ifindex)]
  if (address.family === 6) {
    const own = attribute(Ifa.Address, [...address.bytes])
    return message(NEW_ADDRESS, MULTI, port, [
      ...head,
      ...own,
      ...cacheInfo,
      ...attribute(Ifa.Flags, u32(flags)),
      ...protocol,
    ])
  }
  const label = [...new TextEncoder().encode(address.label), 0]
  return message(NEW_ADDRESS, MULTI, port, [
    ...head,
    ...attribute(Ifa.Address, big32(address.address)),
    ...attribute(Ifa.Local, big32(address.local)),
    ...(address.broadcast === undefined ? [] : attribute(Ifa.Broadcast, big32(address.broadcast))),
    ...attribute(Ifa.Label, label),
    ...protocol,
    ...attribute(Ifa.Flags, u32(flags)),
    ...(address.metric === 0 ? [] : attribute(Ifa.Priority, u32(address.metric))),
    ...cacheInfo,
  ])
}

// -- Reading ---------------------------------------------------------------------------------------------------------

type Attributes = ReadonlyMap<number, readonly number[]>

const get16 = (b: readonly number[], at: number): number => (b[at] ?? 0) | ((b[at + 1] ?? 0) << 8)
export const get32 = (b: readonly number[], at: number): number => (get16(b, at) | (get16(b, at + 2) << 16)) >>> 0
const getBig32 = (b: readonly number[], at = 0): number => get32([b[at + 3]!, b[at + 2]!, b[at + 1]!, b[at]!], 0)

/** The messages of a file, behind its magic number: their type and what follows the header. */
function* messages(octets: readonly number[]): Generator<readonly [type: number, body: readonly number[]]> {
  for (let at = 4; at + HEADER_BYTES <= octets.length; ) {
    const length = get32(octets, at)
    if (length < HEADER_BYTES) return
    yield [get16(octets, at + 4), octets.slice(at + HEADER_BYTES, at + length)]
    at += (length + 3) & ~3
  }
}

function attributes(octets: readonly number[], from: number): Attributes {
  const found = new Map<number, readonly number[]>()
  for (let at = from; at + 4 <= octets.length; ) {
    const length = get16(octets, at)
    if (length < 4) break
    found.set(get16(octets, at + 2), octets.slice(at + 4, at + length))
    at += (length + 3) & ~3
  }
  return found
}

const number = (all: Attributes, type: number): number => (all.has(type) ? get32(all.get(type)!, 0) : 0)
const address = (all: Attributes, type: number): Ip4 | undefined =>
  all.has(type) ? (getBig32(all.get(type)!) as Ip4) : undefined

export function routesIn(octets: readonly number[]): RouteInfo[] {
  return [...messages(octets)].filter(([type]) => type === NEW_ROUTE).map(([, body]) => routeIn(body))
}

function routeIn(body: readonly number[]): RouteInfo {
  const all = attributes(body, ROUTE_BYTES)
  const metrics = attributes(all.get(Rta.Metrics) ?? [], 0)
  const via = address(all, Rta.Gateway)
  const src = address(all, Rta.PrefSrc)
  const hops = all.get(Rta.Multipath)
  return {
    dst: address(all, Rta.Dst) ?? (0 as Ip4),
    prefixLength: body[1]!,
    tos: body[3]!,
    table: number(all, Rta.Table) || body[4]!,
    protocol: body[5]!,
    scope: body[6]!,
    type: body[7] as RouteType,
    flags: get32(body, 8),
    metric: number(all, Rta.Priority),
    ifindex: number(all, Rta.Oif),
    metrics: Object.fromEntries(
      METRICS.filter(([, type]) => metrics.has(type)).map(([key, type]) => [key, number(metrics, type)]),
    ),
    ...(via !== undefined && { via }),
    ...(src !== undefined && { src }),
    ...(all.has(Rta.NhId) && { nhid: number(all, Rta.NhId) }),
    ...(hops !== undefined && { nexthops: [...nexthopsIn(hops)] }),
  }
}

function* nexthopsIn(octets: readonly number[]): Generator<NonNullable<RouteInfo['nexthops']>[number]> {
  for (let at = 0; at + 8 <= octets.length; ) {
    const length = get16(octets, at)
    const via = address(attributes(octets.slice(at, at + length), 8), Rta.Gateway)
    const ifindex = get32(octets, at + 4)
    yield { ifindex, weight: octets[at + 3]! + 1, flags: octets[at + 2]!, ...(via !== undefined && { via }) }
    at += (length + 3) & ~3
  }
}

/** Lifetimes count from `now` (ns). */
export function addressesIn(octets: readonly number[], now: number): AddressInfo[] {
  return [...messages(octets)].filter(([type]) => type === NEW_ADDRESS).map(([, body]) => addressIn(body, now))
}

function addressIn(body: readonly number[], now: number): AddressInfo {
  const all = attributes(body, ADDRESS_BYTES)
  const cacheInfo = all.get(Ifa.CacheInfo) ?? []
  const seconds = (at: number): number => {
    const value = cacheInfo.length === 0 ? FOREVER : get32(cacheInfo, at)
    return value === FOREVER ? Number.POSITIVE_INFINITY : value
  }
  const common = {
    ifindex: get32(body, 4),
    prefixLength: body[1]!,
    scope: body[3]!,
    flags: all.has(Ifa.Flags) ? number(all, Ifa.Flags) : body[2]!,
    protocol: all.get(Ifa.Protocol)?.[0] ?? 0,
    preferredLifetime: seconds(0),
    validLifetime: seconds(4),
  }
  if (body[0] === AF_INET6) return { ...common, family: 6, bytes: Uint8Array.from(all.get(Ifa.Address) ?? []) }
  const local = address(all, Ifa.Local) ?? (0 as Ip4)
  return {
    ...common,
    family: 4,
    local,
    address: address(all, Ifa.Address) ?? local,
    broadcast: address(all, Ifa.Broadcast),
    label: new TextDecoder().decode(Uint8Array.from(all.get(Ifa.Label)?.slice(0, -1) ?? [])),
    metric: number(all, Ifa.Priority),
    sinceNs: now,
  }
}
