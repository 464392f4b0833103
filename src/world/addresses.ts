/**
 * RTM_NEWADDR and RTM_DELADDR: the addresses of links come, change and go, and the stack's routes with them.
 *
 * Follows Linux net/ipv4/devinet.c: rtm_to_ifaddr, inet_rtm_newaddr, inet_rtm_deladdr, check_lifetime, and what
 * inetdev_event does to addresses when a link comes up, is renamed or becomes too small. IPv4 only.
 */
import { type AddressStep, deleteAddress, findSame, insertAddress, relabel } from '../control/addresses.ts'
import type { AddressInfo } from '../control/info.ts'
import { type AddressRecord, Ifaf } from '../control/records.ts'
import type { NewAddress, OldAddress } from '../control/request.ts'
import type { Device } from '../core/device.ts'
import { type Answer, DONE, fail } from '../core/errno.ts'
import { Stack } from '../stack/stack.ts'
import { NS_PER_S } from '../time/instant.ts'
import * as ip4 from '../wire/ip.ts'
import type { Callable, Engine } from './engine.ts'
import type { Netns } from './netns.ts'

/** ifa_ipv4_policy: IFNAMSIZ less the terminating zero. */
const LABEL_OCTETS_MAX = 15
const POLICY = fail('ERANGE', 'Attribute failed policy validation')
const isTooLong = (label: string | undefined): boolean =>
  label !== undefined && new TextEncoder().encode(label).length > LABEL_OCTETS_MAX

/** Flags that a request may set; the others follow from it. */
const SETTABLE = Ifaf.NoPrefixRoute | Ifaf.AutoJoin

/** RTM_NEWADDR on `dev`, that is in `netns`. */
export function newaddr(engine: Engine, netns: Netns, dev: Device, wanted: NewAddress): Answer {
  if (isTooLong(wanted.label)) return POLICY
  if (wanted.prefixLength > ip4.PREFIX_BITS) return fail('EINVAL', 'ipv4: Invalid prefix length')
  if (!netns.stack.hasInet(dev)) return fail('ENOBUFS')
  const { validLifetime = Number.POSITIVE_INFINITY, preferredLifetime = Number.POSITIVE_INFINITY } = wanted
  if (validLifetime === 0 || preferredLifetime > validLifetime) {
    return fail('EINVAL', 'ipv4: address lifetime invalid')
  }
  const address: AddressRecord = {
    ifindex: dev.ifindex,
    local: wanted.local,
    address: wanted.peer ?? wanted.local,
    prefixLength: wanted.prefixLength,
    broadcast: wanted.broadcast === 0 ? undefined : wanted.broadcast,
    label: wanted.label ?? dev.name,
    scope: wanted.scope ?? 0,
    flags: ((wanted.flags ?? 0) & SETTABLE) | lifetimeFlags(validLifetime, preferredLifetime),
    validLifetime,
    preferredLifetime,
    sinceNs: engine.now,
    metric: wanted.metric ?? 0,
    protocol: 0,
  }
  netns.sysctls.addressAdded(dev.name)
  const list = addressesOf(netns, dev)
  const same = findSame(list, address)
  if (same !== undefined) {
    if (wanted.exclusive !== false) return fail('EEXIST', 'ipv4: Address already assigned')
    changeAddress(netns, dev, list, same, address)
  } else {
    if (address.local === 0) return DONE
    if ((address.flags & Ifaf.AutoJoin) !== 0) {
      const joined = netns.stack.autojoin(dev, address.address)
      if (!joined.ok) return fail(joined.errno, 'ipv4: Multicast auto join failed')
    }
    const steps = insertAddress(list, address)
    if (!steps.ok) return steps
    for (const step of steps.value) follow(netns, dev, step)
  }
  watchLifetimes(engine, netns)
  return DONE
}

/** set_ifa_lifetime */
function lifetimeFlags(validLifetime: number, preferredLifetime: number): number {
  const permanent = validLifetime === Number.POSITIVE_INFINITY ? Ifaf.Permanent : 0
  return permanent | (preferredLifetime === 0 ? Ifaf.Deprecated : 0)
}

/** `ip addr change|replace` of an address that is there: its lifetimes, and its metric with the prefix's route. */
function changeAddress(
  netns: Netns,
  dev: Device,
  list: readonly AddressRecord[],
  old: AddressRecord,
  wanted: AddressRecord,
): void {
  const kept = old.flags & ~(Ifaf.Permanent | Ifaf.Deprecated)
  const changed: AddressRecord = {
    ...old,
    flags: kept | (wanted.flags & (Ifaf.Permanent | Ifaf.Deprecated)),
    validLifetime: wanted.validLifetime,
    preferredLifetime: wanted.preferredLifetime,
    sinceNs: wanted.sinceNs,
    metric: wanted.metric,
    protocol: wanted.protocol,
  }
  const replaced = list.map(each => (each === old ? changed : each))
  store(netns, dev, replaced)
  netns.stack.addressChanged(dev, old, changed, replaced)
  tell(netns, changed)
}

/** RTM_DELADDR on `dev`: the first address that fits what the request says. */
export function deladdr(netns: Netns, dev: Device, unwanted: OldAddress): Answer {
  if (isTooLong(unwanted.label)) return POLICY
  const list = addressesOf(netns, dev)
  const address = list.find(each => isMeant(each, unwanted))
  if (address === undefined) return fail('EADDRNOTAVAIL', 'ipv4: Address not found')
  if (ip4.isMulticast(address.address)) netns.stack.autoleave(dev, address.address)
  remove(netns, dev, address)
  return DONE
}

function isMeant(address: AddressRecord, unwanted: OldAddress): boolean {
  if (address.local !== unwanted.local) return false
  if (unwanted.label !== undefined && address.label !== unwanted.label) return false
  if (unwanted.prefixLength === undefined) return true
  const peer = unwanted.peer ?? unwanted.local
  return address.prefixLength === unwanted.prefixLength && ip4.contains(address.address, address.prefixLength, peer)
}

function remove(netns: Netns, dev: Device, address: AddressRecord): void {
  const promotes = netns.stack.promotesSecondaries(dev)
  for (const step of deleteAddress(addressesOf(netns, dev), address, promotes)) follow(netns, dev, step)
}

/** One step into the record, then into the stack. */
function follow(netns: Netns, dev: Device, step: AddressStep): void {
  switch (step.kind) {
    case 'added':
      store(netns, dev, step.list)
      tell(netns, step.address)
      return netns.stack.addressAdded(dev, step.address, step.list)
    case 'removed':
      store(netns, dev, step.list)
      tell(netns, step.address, true)
      return netns.stack.addressRemoved(dev, step.address, step.list)
    case 'suspended':
      return netns.stack.addressSuspended(dev, step.address, step.primary)
    case 'restored':
      return netns.stack.addressRestored(dev, step.address, step.list)
  }
}

/** rtmsg_ifa */
const tell = (netns: Netns, address: AddressRecord, gone = false): void =>
  netns.tell?.({ about: 'address', gone, address: { ...address, family: 4 } })

export const addressesOf = (netns: Netns, dev: Device): readonly AddressRecord[] =>
  netns.record.addresses.filter(each => each.ifindex === dev.ifindex)

function store(netns: Netns, dev: Device, list: readonly AddressRecord[]): void {
  const others = netns.record.addresses.filter(each => each.ifindex !== dev.ifindex)
  const place = others.findIndex(each => each.ifindex > dev.ifindex)
  const addresses = others.toSpliced(place < 0 ? others.length : place, 0, ...list)
  netns.change(draft => {
    draft.addresses = addresses
  })
}

// -- What links do to addresses -------------------------------------------------------------------

/** inetdev_event NETDEV_UP: lo without an address gets 127.0.0.1/8. Call it before Stack.deviceUp. */
export function linkUp(netns: Netns, dev: Device): void {
  if (dev.kind !== 'loopback' || !netns.stack.hasInet(dev) || addressesOf(netns, dev).length > 0) return
  const address = Stack.loopbackAddress(dev)
  netns.sysctls.addressAdded(dev.name)
  follow(netns, dev, { kind: 'added', address, list: [address] })
}

/** inetdev_changename: labels follow the link's name. Call it after the device has its new name. */
export function linkRenamed(netns: Netns, dev: Device): void {
  const list = addressesOf(netns, dev)
  if (list.length === 0) return
  const labelled = relabel(list, dev.name)
  store(netns, dev, labelled)
  netns.stack.addressesRelabelled(dev, labelled)
  for (const each of labelled) tell(netns, each)
}

/** NETDEV_CHANGEMTU below 68 bytes: IPv4 is gone from the link. Call it after Stack.mtuChanged. */
export function linkShrunk(netns: Netns, dev: Device): void {
  if (!netns.stack.hasInet(dev) && addressesOf(netns, dev).length > 0) store(netns, dev, [])
}

// -- Lifetimes ------------------------------------------------------------------------------------

/** The instant of the next change by itself: an address that is no longer preferred, or no longer valid. */
function nextChange(netns: Netns): number {
  let next = Number.POSITIVE_INFINITY
  for (const each of netns.record.addresses) {
    const isPreferred = (each.flags & Ifaf.Deprecated) === 0
    if (isPreferred) next = Math.min(next, each.sinceNs + each.preferredLifetime * NS_PER_S)
    next = Math.min(next, each.sinceNs + each.validLifetime * NS_PER_S)
  }
  return next
}

/** check_lifetime */
class Lifetimes implements Callable {
  readonly engine: Engine
  readonly netns: Netns

  constructor(engine: Engine, netns: Netns) {
    this.engine = engine
    this.netns = netns
  }

  call(): void {
    const { engine, netns } = this
    if (engine.netnses[netns.id] !== netns) return
    const now = engine.now
    for (const each of netns.record.addresses) {
      const dev = netns.devices.get(each.ifindex)
      if (dev === undefined) continue
      if (now >= each.sinceNs + each.validLifetime * NS_PER_S) {
        const there = addressesOf(netns, dev).find(other => other.local === each.local && findSame([other], each))
        if (there !== undefined) remove(netns, dev, there)
      } else if (now >= each.sinceNs + each.preferredLifetime * NS_PER_S && (each.flags & Ifaf.Deprecated) === 0) {
        const list = addressesOf(netns, dev)
        const deprecated = { ...each, flags: each.flags | Ifaf.Deprecated }
        store(
          netns,
          dev,
          list.map(other => (other === each ? deprecated : other)),
        )
        tell(netns, deprecated)
      }
    }
    watchLifetimes(engine, netns)
  }
}

function watchLifetimes(engine: Engine, netns: Netns): void {
  const next = nextChange(netns)
  if (Number.isFinite(next)) engine.callAt(Math.max(next, engine.now), new Lifetimes(engine, netns), 0)
}

// -- Dumps ----------------------------------------------------------------------------------------

/** RTM_GETADDR: IPv4 link by link, then IPv6. Lifetimes count from `sinceNs`. */
export const dumpAddresses = (netns: Netns): AddressInfo[] => [
  ...netns.record.addresses.map(each => ({ ...each, family: 4 as const })),
  ...netns.stack.addresses6(),
]
