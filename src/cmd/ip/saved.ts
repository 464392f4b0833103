/**
 * `save`, `restore` and `showdump` of `ip route` and `ip address`: what the kernel tells in a dump is kept as it is,
 * and given back to it message by message.
 *
 * Follows iproute2 6.1 ip/iproute.c (iproute_restore, restore_handler: routes without a gateway come first) and
 * ip/ipaddress.c (ipaddr_restore). Left out: that a file of routes must be one that can be read again from its start.
 */
import type { AddressInfo, RouteInfo } from '../../control/info.ts'
import type { RouteSpec } from '../../control/request.ts'
import { type Answer, fail } from '../../core/errno.ts'
import { complain, type Ip, kernelWords, refuse } from './object.ts'
import { addressesIn, get32, Magic, octetsOf, routesIn, textOf, u32 } from './rtmessage.ts'

/** A netlink socket has the number of the process that opened it. */
const portOf = (ip: Ip): number => ip.process.pid

/** Writes the magic number and then what `messages` gives; answers whether standard output may have it. */
export function beginSave(ip: Ip, magic: number): boolean {
  if (ip.process.isTerminal) {
    complain(ip, 0, 'Not sending a binary stream to stdout\n')
    return false
  }
  ip.process.stdout(textOf(u32(magic)))
  return true
}

export function save<T>(ip: Ip, all: readonly T[], message: (each: T, port: number) => readonly number[]): 0 {
  for (const each of all) ip.process.stdout(textOf(message(each, portOf(ip))))
  return 0
}

/** The octets of standard input, if they begin with that number; else the exit status. */
function readSaved(ip: Ip, magic: number, status: number): readonly number[] | number {
  const octets = octetsOf(ip.process.stdin)
  const isWhole = octets.length >= 4
  const found = isWhole ? get32(octets, 0) : 0
  if (found === magic) return octets
  return complain(ip, status, `Magic mismatch (${isWhole ? 1 : 0} elems, ${found.toString(16)} magic)\n`)
}

/** What the kernel says to one message: that the thing is there already is said, and no failure. */
function isRefused(ip: Ip, answer: Answer<unknown>): boolean {
  if (answer.ok) return false
  complain(ip, 0, kernelWords(answer))
  return answer.errno !== 'EEXIST'
}

// -- Routes ----------------------------------------------------------------------------------------------------------

const ROUTE_STATUS = 1
const FAILED = 2
const DEAD_OR_LINKDOWN = 1 | 16
const ON_LINK = 4

export function showSavedRoutes(ip: Ip, print: (route: RouteInfo) => void): number {
  const octets = readSaved(ip, Magic.Route, ROUTE_STATUS)
  if (typeof octets === 'number') return octets
  for (const route of routesIn(octets)) print(route)
  return 0
}

export function restoreRoutes(ip: Ip): number {
  const octets = readSaved(ip, Magic.Route, ROUTE_STATUS)
  if (typeof octets === 'number') return octets
  const routes = routesIn(octets)
  for (let turn = 0; turn < TURNS; turn++) {
    for (const route of routes.filter(each => turnOf(each) === turn)) {
      if (isRefused(ip, restoreRoute(ip, route))) return FAILED
    }
  }
  return 0
}

/** Routes to addresses of the machine itself come before those to its networks, and those before all others. */
const TURNS = 3
function turnOf({ via, src, dst }: RouteInfo): number {
  if (via !== undefined) return 2
  return src === undefined || src === dst ? 0 : 1
}

function restoreRoute(ip: Ip, route: RouteInfo): Answer<unknown> {
  const { flags, ifindex, nexthops, prefixLength, ...rest } = route
  if ((flags & DEAD_OR_LINKDOWN) !== 0) {
    return fail('EINVAL', 'Invalid rtm_flags - can not contain DEAD or LINKDOWN')
  }
  const spec: RouteSpec = {
    ...rest,
    prefixLength,
    onlink: (flags & ON_LINK) !== 0,
    ...(ifindex !== 0 && { link: ifindex }),
    ...(nexthops !== undefined && {
      nexthops: nexthops.map(({ ifindex: link, via, weight, flags }) => ({
        link,
        weight,
        onlink: (flags & ON_LINK) !== 0,
        ...(via !== undefined && { via }),
      })),
    }),
  }
  // NLM_F_CREATE alone.
  return ip.world.apply({ type: 'newroute', netns: ip.netns, route: spec, mode: 'prepend' })
}

// -- Addresses -------------------------------------------------------------------------------------------------------

const ADDRESS_STATUS = 255

export function showSavedAddresses(ip: Ip, print: (address: AddressInfo) => void): number {
  const octets = readSaved(ip, Magic.Address, ADDRESS_STATUS)
  if (typeof octets === 'number') return octets
  for (const address of addressesIn(octets, ip.world.now)) {
    ip.print.text(`if${address.ifindex}:\n`)
    print(address)
  }
  return 0
}

export function restoreAddresses(ip: Ip): number {
  const octets = readSaved(ip, Magic.Address, ADDRESS_STATUS)
  if (typeof octets === 'number') return octets
  for (const address of addressesIn(octets, ip.world.now)) {
    const answer = restoreAddress(ip, address)
    if (answer === undefined) return refuse(ip, 'address of IPv6')
    if (isRefused(ip, answer)) return ADDRESS_STATUS
  }
  return 0
}

/** Undefined for an IPv6 address that the link has not by itself. */
function restoreAddress(ip: Ip, address: AddressInfo): Answer<unknown> | undefined {
  const { ifindex: link, prefixLength, scope, validLifetime, preferredLifetime } = address
  if (address.family === 6) {
    const isSame = (each: AddressInfo): boolean =>
      each.family === 6 && each.ifindex === link && each.bytes.join() === address.bytes.join()
    return ip.world.addresses(ip.netns).some(isSame) ? fail('EEXIST', 'ipv6: address already assigned') : undefined
  }
  const { local, broadcast, label, metric, flags, address: peer } = address
  return ip.world.apply({
    type: 'newaddr',
    netns: ip.netns,
    link,
    address: {
      local,
      prefixLength,
      peer,
      label,
      scope,
      metric,
      flags,
      validLifetime,
      preferredLifetime,
      ...(broadcast !== undefined && { broadcast }),
    },
  })
}
