/**
 * The routes that follow from addresses: of the address itself, its network and its broadcast addresses.
 *
 * Follows Linux net/ipv4/fib_frontend.c: fib_add_ifaddr, fib_del_ifaddr, fib_magic, fib_disable_ip.
 */
import { type AddressRecord, Ifaf, Scope } from '../control/records.ts'
import { Nud, type RouteMetrics, RouteProtocol, RouteType, Table } from '../control/request.ts'
import { type Device, Iff, isUp } from '../core/device.ts'
import type { Ip } from '../wire/ip.ts'
import * as ip4 from '../wire/ip.ts'
import type { RouteConfig } from './fib.ts'
import type { InDevice } from './indevice.ts'
import type { Inet } from './inet.ts'
import { Update, VALID } from './neighbour.ts'

/** Shared by all routes that follow from addresses. */
const NO_METRICS: RouteMetrics = {}

const netmask = (address: AddressRecord): number => ip4.mask(address.prefixLength)
/** The network that the address (or its peer) is in. */
export const prefixOf = (address: AddressRecord): Ip => ((address.address & netmask(address)) >>> 0) as Ip
const lastOf = (address: AddressRecord): Ip => ip4.broadcast(address.address, address.prefixLength)
const isSecondary = (address: AddressRecord): boolean => (address.flags & Ifaf.Secondary) !== 0

/** Are both in the same network of the same size? */
export const isSameSubnet = (a: AddressRecord, b: AddressRecord): boolean =>
  a.prefixLength === b.prefixLength && prefixOf(a) === prefixOf(b)

/** inet_ifa_byprefix: the first address of that very network. */
const byPrefix = (inDevice: InDevice, address: AddressRecord): AddressRecord | undefined =>
  inDevice.addresses.find(each => isSameSubnet(each, address))

/** fib_magic: one route of protocol kernel, added or deleted. What is there already, or not there, is left so. */
function magic(
  inet: Inet,
  device: Device,
  adds: boolean,
  type: RouteType,
  dst: Ip,
  length: number,
  primary: AddressRecord,
  priority: number,
): void {
  const config: RouteConfig = {
    table: type === RouteType.Unicast ? Table.Main : Table.Local,
    dst,
    length,
    tos: 0,
    type,
    scope: type === RouteType.Local ? Scope.Host : Scope.Link,
    protocol: RouteProtocol.Kernel,
    priority,
    prefsrc: primary.local,
    ifindex: device.ifindex,
    gateway: 0 as Ip,
    onlink: false,
    metrics: NO_METRICS,
  }
  if (adds) inet.fib.insert(config, 'append')
  else inet.fib.delete(config)
}

const networkType = (device: Device): RouteType =>
  (device.flags & Iff.Loopback) !== 0 ? RouteType.Local : RouteType.Unicast

/** Does the address come with a network beside itself? */
const hasNetwork = (address: AddressRecord): boolean =>
  !ip4.isZeronet(prefixOf(address)) && (prefixOf(address) !== address.local || address.prefixLength < 32)

/** fib_add_ifaddr */
export function addRoutes(inet: Inet, inDevice: InDevice, address: AddressRecord): void {
  const { device } = inDevice
  const primary = isSecondary(address) ? byPrefix(inDevice, address) : address
  if (primary === undefined) return
  magic(inet, device, true, RouteType.Local, address.local, 32, primary, 0)
  if (!isUp(device)) return
  const { broadcast } = address
  if (broadcast !== undefined && broadcast !== 0 && broadcast !== ip4.LIMITED_BROADCAST) {
    magic(inet, device, true, RouteType.Broadcast, broadcast, 32, primary, 0)
    forgetNeighbour(inet, inDevice, broadcast)
  }
  if (!hasNetwork(address) || isSecondary(address)) return
  if ((address.flags & Ifaf.NoPrefixRoute) === 0) {
    const { metric, prefixLength } = address
    magic(inet, device, true, networkType(device), prefixOf(address), prefixLength, primary, metric)
  }
  if (address.prefixLength < 31) {
    magic(inet, device, true, RouteType.Broadcast, lastOf(address), 32, primary, 0)
    forgetNeighbour(inet, inDevice, lastOf(address))
  }
}

/** arp_invalidate: an address that turned out to be a broadcast is nobody's, unless somebody with a MAC has it. */
function forgetNeighbour(inet: Inet, inDevice: InDevice, ip: Ip): void {
  const neighbour = inDevice.neighbours.entries.get(ip)
  if (neighbour === undefined || (neighbour.state & VALID) !== 0) return
  if (neighbour.state !== 0) inet.neighbours.update(neighbour, undefined, Nud.Failed, Update.Override | Update.Admin)
  inet.neighbours.remove(neighbour)
}

/**
 * fib_del_ifaddr: the routes of an address, but for those that another address of the device still needs. `remaining`
 * are the device's addresses; it holds `address` itself when that one stays and only its primary goes. `iprim` is then
 * the primary that goes.
 */
export function removeRoutes(
  inet: Inet,
  inDevice: InDevice,
  address: AddressRecord,
  remaining: readonly AddressRecord[],
  iprim?: AddressRecord,
): void {
  const { device } = inDevice
  const last = lastOf(address)
  const network = prefixOf(address)
  let primary = address
  let isNetworkGone = false
  if (isSecondary(address)) {
    const found = byPrefix(inDevice, address)
    if (found === undefined || (iprim !== undefined && iprim !== found)) return
    primary = found
  } else if (hasNetwork(address)) {
    if ((address.flags & Ifaf.NoPrefixRoute) === 0) {
      magic(inet, device, false, networkType(device), network, address.prefixLength, primary, 0)
    }
    isNetworkGone = true
  }
  const kept = stillNeeded(inDevice, address, primary, remaining, iprim)
  const remove = (type: RouteType, dst: Ip): void => magic(inet, device, false, type, dst, 32, primary, 0)
  if (!kept.broadcast) remove(RouteType.Broadcast, address.broadcast ?? (0 as Ip))
  if (isNetworkGone && address.prefixLength < 31) {
    if (!kept.last) remove(RouteType.Broadcast, last)
    if (!kept.network) remove(RouteType.Broadcast, network)
  }
  if (kept.local) return
  remove(RouteType.Local, address.local)
  if (kept.isGone && inet.fib.addressType(address.local) !== RouteType.Local) {
    if (inet.fib.syncDownAddress(address.local)) inet.fib.flush()
  }
}

interface Needed {
  local: boolean
  broadcast: boolean
  last: boolean
  network: boolean
  /** The address itself is no longer there. */
  isGone: boolean
}

function stillNeeded(
  inDevice: InDevice,
  address: AddressRecord,
  primary: AddressRecord,
  remaining: readonly AddressRecord[],
  iprim: AddressRecord | undefined,
): Needed {
  const last = lastOf(address)
  const network = prefixOf(address)
  const needed: Needed = { local: false, broadcast: false, last: false, network: false, isGone: true }
  let hasSameSource = false
  let own: AddressRecord | undefined
  for (const each of remaining) {
    if (each === address) {
      needed.isGone = false
      continue
    }
    if (iprim !== undefined && isSameSubnet(each, iprim)) continue
    if (isSecondary(each)) {
      if (isSameSubnet(each, primary)) own = primary
      else {
        if (!hasSameSource) continue
        if (own === undefined || !isSameSubnet(each, own)) own = byPrefix(inDevice, each)
        if (own === undefined || own.local !== primary.local) continue
      }
    } else {
      if (primary.local !== each.local) continue
      own = each
      if (primary !== own) hasSameSource = true
    }
    const broadcast = each.broadcast ?? 0
    const asked = address.broadcast ?? 0
    if (address.local === each.local) needed.local = true
    if (asked === broadcast) needed.broadcast = true
    if (last === broadcast) needed.last = true
    if (network === broadcast) needed.network = true
    if (own !== each || each.prefixLength >= 31 || ip4.isZeronet(prefixOf(each))) continue
    const ends: readonly number[] = [lastOf(each), prefixOf(each)]
    if (ends.includes(asked)) needed.broadcast = true
    if (ends.includes(last)) needed.last = true
    if (ends.includes(network)) needed.network = true
  }
  return needed
}

/** fib_modify_prefix_metric: the prefix's route with another metric, first made, then the old one deleted. */
export function changeMetric(inet: Inet, inDevice: InDevice, old: AddressRecord, changed: AddressRecord): void {
  const { device } = inDevice
  const isPlain = !isSecondary(old) && (old.flags & Ifaf.NoPrefixRoute) === 0 && hasNetwork(old)
  if (!isUp(device) || !isPlain) return
  const network = prefixOf(old)
  magic(inet, device, true, networkType(device), network, old.prefixLength, changed, changed.metric)
  magic(inet, device, false, networkType(device), network, old.prefixLength, old, old.metric)
}

/** fib_disable_ip: the device is down, or with `force` has lost its last address or goes for good. */
export function disable(inet: Inet, inDevice: InDevice, force: boolean, isGone = false): void {
  if (inet.fib.syncDown(inDevice.device, true, force, isGone)) inet.fib.flush()
  else inet.generation++
  inet.neighbours.flush(inDevice.neighbours, false)
  inet.proxies.flush(inDevice.device)
}
