/** Why a machine has no way to an address: links that are down, addresses and masks, rules, routes that refuse. */
import { RouteType } from '../control/request.ts'
import { isUp, type NetnsId } from '../core/device.ts'
import type { Ip } from '../wire/ip.ts'
import * as ip4 from '../wire/ip.ts'
import type { World } from '../world/world.ts'
import { at, type Cause, linkDown, netnsName, place, typed } from './cause.ts'
import { type Decision, decide, prefixText, type Question, routeText, ruleText } from './routing.ts'
import { allAddresses, type Owner, ownersOf, path } from './segment.ts'

const ownAddresses = (world: World, netns: NetnsId): Owner[] =>
  [...allAddresses(world)].filter(({ dev }) => dev.netns === netns)

const holds = ({ address }: Owner, ip: Ip): boolean => ip4.contains(address.address, address.prefixLength, ip)

/** A machine that forwards, beside one of ours, which knows a way to `dst`: what may be a gateway for `netns`. */
export function gatewayFor(world: World, netns: NetnsId, dst: Ip): Ip | undefined {
  const own = ownAddresses(world, netns)
  const found = [...allAddresses(world)].find(
    other =>
      other.dev.netns !== netns &&
      world.netns(other.dev.netns).stack.inet.forwarding &&
      leadsTo(world, other.dev.netns, dst, netns) &&
      own.some(each => holds(each, other.address.local) && path(each.dev, other.dev) !== undefined),
  )
  return found?.address.local
}

/** The first address of the network that an address is in. */
export const network = (ip: Ip, length: number): Ip => ((ip & ip4.mask(length)) >>> 0) as Ip

/** Do the routes from one machine on lead to `dst`, and not by way of `but`? */
function leadsTo(world: World, from: NetnsId, dst: Ip, but: NetnsId): boolean {
  const seen = new Set([but])
  for (let netns = from; !seen.has(netns); ) {
    seen.add(netns)
    if (ownersOf(world, dst).some(owner => owner.dev.netns === netns)) return true
    const { hop } = decide(world, netns, { dst })
    if (hop === undefined) return false
    const [next] = ownersOf(world, hop.address)
    if (next === undefined) return !hop.isGateway
    netns = next.dev.netns
  }
  return false
}

/** The network that an address is in, as its owner has it. */
function networkOf(world: World, ip: Ip): string {
  const [owner] = ownersOf(world, ip)
  if (owner === undefined) return ip4.format(ip)
  const { prefixLength } = owner.address
  return prefixText(network(ip, prefixLength), prefixLength)
}

/** Why a machine has no way to `dst`. */
export function noRoute(
  world: World,
  netns: NetnsId,
  question: Question,
  decision = decide(world, netns, question),
): Cause {
  const { dst } = question
  const name = netnsName(world, netns)
  const { rule, route } = decision
  if (route !== undefined) return badRoute(world, netns, dst, decision)
  if (rule !== undefined) {
    return {
      netns: name,
      fault: 'rule',
      setting: ruleText(rule),
      words: `In ${name} the policy rule "${ruleText(rule)}" forbids packets to ${ip4.format(dst)}.`,
      remedy: typed(world, netns, 'ip', `rule del priority ${rule.priority}`),
    }
  }
  const own = ownAddresses(world, netns)
  const down = own.find(each => holds(each, dst) && !isUp(each.dev))
  if (down !== undefined) {
    const cause = linkDown(world, down.dev)
    return {
      ...cause,
      words: `${cause.words} While it is down ${name} has no route to its network, ${networkOf(world, dst)}.`,
    }
  }
  if (own.length === 0) return noAddress(world, netns, dst)
  const masks = unequalMasks(world, netns, dst)
  if (masks !== undefined) return masks
  const via = gatewayFor(world, netns, dst)
  const isRouter = world.netns(netns).stack.inet.forwarding
  const to = isRouter ? networkOf(world, dst) : 'default'
  return {
    netns: name,
    fault: 'no-route',
    setting: `route to ${ip4.format(dst)}`,
    words:
      `${name} has no route to ${ip4.format(dst)}: none of its routes holds that address, and there is no ` +
      `default route.`,
    ...(via !== undefined && { remedy: typed(world, netns, 'ip', `route add ${to} via ${ip4.format(via)}`) }),
  }
}

function noAddress(world: World, netns: NetnsId, dst: Ip): Cause {
  const name = netnsName(world, netns)
  const dev = [...world.netns(netns).devices.values()].find(each => each.kind !== 'loopback')
  const [near] = ownersOf(world, dst).filter(owner => dev !== undefined && path(dev, owner.dev) !== undefined)
  const base = { netns: name, fault: 'no-address', setting: 'no address' }
  if (dev === undefined) return { ...base, words: `${name} has no link but lo.` }
  const wanted =
    near === undefined
      ? ''
      : ` A free address of ${networkOf(world, dst)}, the network of ${ip4.format(dst)}, is what it lacks.`
  const length = near?.address.prefixLength ?? 24
  return {
    ...base,
    device: dev.name,
    words: `${place(world, dev)} has no IPv4 address, so ${name} has no route to anybody.${wanted}`,
    remedy: typed(world, netns, 'ip', `address add ADDRESS/${length} dev ${dev.name}`),
  }
}

/** Two machines on one wire that do not agree how long the prefix of their network is. */
function unequalMasks(world: World, netns: NetnsId, dst: Ip): Cause | undefined {
  for (const own of ownAddresses(world, netns)) {
    for (const other of ownersOf(world, dst)) {
      const { local } = own.address
      if (!holds(other, local) || path(own.dev, other.dev) === undefined) continue
      return mask(world, own, other.address.prefixLength, `${ip4.format(dst)}, which is on the same wire, is not in it`)
    }
  }
  return undefined
}

/** An address whose prefix length is wrong, since others on that wire have `length`. */
export function mask(world: World, { dev, address }: Owner, length: number, why: string): Cause {
  const own = `${ip4.format(address.local)}/${address.prefixLength}`
  const right = `${ip4.format(address.local)}/${length}`
  const ip = (rest: string): string => typed(world, dev.netns, 'ip', `address ${rest} dev ${dev.name}`)
  const net = prefixText(network(address.address, address.prefixLength), address.prefixLength)
  return {
    ...at(world, dev),
    fault: 'wrong-mask',
    setting: own,
    words:
      `${place(world, dev)} has the address ${own}, so it takes ${net} for its network, and ${why}. Others ` +
      `there have a prefix of ${length} bits.`,
    // In this order: with its last address a link loses the routes by gateways, too.
    remedy: `${ip(`add ${right}`)} && ${ip(`del ${own}`)}`,
  }
}

/** A route that throws packets away. */
function badRoute(world: World, netns: NetnsId, dst: Ip, { route, rule }: Decision): Cause {
  const name = netnsName(world, netns)
  const text = routeText(world, netns, route!)
  const words: Readonly<Record<number, string>> = {
    [RouteType.Blackhole]: 'throws them away without a word',
    [RouteType.Unreachable]: 'refuses them as unreachable',
    [RouteType.Prohibit]: 'refuses them as prohibited',
    [RouteType.Throw]: 'ends the search in its table',
  }
  const isOwn = rule === undefined || [0, 0x7ffe, 0x7fff].includes(rule.priority)
  return {
    netns: name,
    fault: 'route-type',
    setting: text,
    words:
      `In ${name} packets to ${ip4.format(dst)} meet the route ` +
      `"${text}"${isOwn ? '' : ` (by the rule "${ruleText(rule)}")`}, which ${words[route!.type] ?? 'is no way on'}.`,
    remedy: typed(world, netns, 'ip', `route del ${text}`),
  }
}
