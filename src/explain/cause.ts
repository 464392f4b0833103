/**
 * Causes: what is wrong, where, and the command that puts it right, in words for somebody who learns.
 *
 * Each is read from the world as it stands while the command that failed ends, beginning with the reason that a frame
 * was dropped for. Nothing is read from a script.
 */
import { RouteType } from '../control/request.ts'
import { type Device, Iff, isUp, type NetnsId } from '../core/device.ts'
import { Drop, dropName } from '../core/drop.ts'
import { bridgeOf, portOf } from '../device/bridgestate.ts'
import { peerOf } from '../device/veth.ts'
import * as eth from '../wire/ethernet.ts'
import type { Ip } from '../wire/ip.ts'
import * as ip4 from '../wire/ip.ts'
import * as ipv4 from '../wire/ipv4.ts'
import * as mac from '../wire/mac.ts'
import type { World } from '../world/world.ts'
import { ipHeader } from './departure.ts'
import type { Life, Moment } from './record.ts'
import type { Refusal } from './refusal.ts'
import { type Decision, decide, prefixText, type Question, routeText, ruleText } from './routing.ts'
import { allAddresses, type Owner, ownersOf, path } from './segment.ts'

export interface Cause {
  /** What kind of fault it is, for programs: `forwarding-off`, `no-route` ... */
  readonly fault: string
  readonly netns: string
  readonly device?: string
  /** The sysctl, route, address or state that made it so, as commands write it. */
  readonly setting?: string
  /** Whole sentences. */
  readonly words: string
  /** A command that puts it right; undefined where there is none that could be known. */
  readonly remedy?: string
}

export const netnsName = (world: World, id: NetnsId): string => world.engine.netnses[id]?.name ?? '(gone)'
export const place = (world: World, dev: Device): string => `${netnsName(world, dev.netns)}/${dev.name}`

/** `ip -n NETNS ...`, `bridge -n NETNS ...`; the initial namespace needs no name. */
export const typed = (world: World, netns: NetnsId, program: string, rest: string): string =>
  netns === 0 ? `${program} ${rest}` : `${program} -n ${netnsName(world, netns)} ${rest}`

export function setSysctl(world: World, netns: NetnsId, ...settings: string[]): string {
  const command = `sysctl -w ${settings.join(' ')}`
  return netns === 0 ? command : `ip netns exec ${netnsName(world, netns)} ${command}`
}

const at = (world: World, dev: Device): { netns: string; device: string } => ({
  netns: netnsName(world, dev.netns),
  device: dev.name,
})

// -- Links ----------------------------------------------------------------------------------------

export function linkDown(world: World, dev: Device): Cause {
  return {
    ...at(world, dev),
    fault: 'link-down',
    setting: 'state DOWN',
    words: `${place(world, dev)} is down: it was never set up, or was set down.`,
    remedy: typed(world, dev.netns, 'ip', `link set dev ${dev.name} up`),
  }
}

/** A device that is up, but there is nobody at the other end. */
export function noCarrier(world: World, dev: Device): Cause {
  const { lower } = dev
  if (lower !== undefined) return isUp(lower) ? noCarrier(world, lower) : linkDown(world, lower)
  const peer = dev.kind === 'veth' ? peerOf(dev) : undefined
  if (peer !== undefined && !isUp(peer)) {
    return {
      ...linkDown(world, peer),
      fault: 'no-carrier',
      words:
        `${place(world, dev)} is up but has no carrier (NO-CARRIER), for the other end of its cable, ` +
        `${place(world, peer)}, is down.`,
    }
  }
  const words =
    dev.kind === 'bridge'
      ? `The bridge ${place(world, dev)} has no carrier, for none of its ports forwards.`
      : `${place(world, dev)} has no carrier.`
  const port = dev.kind === 'bridge' ? bridgeOf(dev).ports.find(each => !isUp(each.dev)) : undefined
  return {
    ...at(world, dev),
    fault: 'no-carrier',
    setting: 'NO-CARRIER',
    words,
    ...(port !== undefined && { remedy: typed(world, port.dev.netns, 'ip', `link set dev ${port.dev.name} up`) }),
  }
}

// -- Bridges --------------------------------------------------------------------------------------

/** A port of a bridge that would not have a frame. */
export function refused(world: World, dev: Device, { why, what, known }: Refusal, life: Life): Cause {
  const words = `The bridge ${place(world, dev.master!)} did not send it out of its port ${dev.name}, for that ${what}.`
  const link = (rest: string): string => typed(world, dev.netns, 'bridge', `link set dev ${dev.name} ${rest}`)
  const base = { ...at(world, dev), words }
  switch (why) {
    case 'state':
      return portState(world, dev, what)
    case 'isolated':
      return { ...base, fault: 'port-isolated', setting: 'isolated on', remedy: link('isolated off') }
    case 'hairpin':
      return { ...base, fault: 'no-hairpin', setting: 'hairpin off', remedy: link('hairpin on') }
    case 'flood': {
      const flag = eth.isGroup(life.frame.bytes, life.frame.at) ? 'bcast_flood' : 'flood'
      return { ...base, fault: 'port-flood', setting: `${flag} off`, remedy: link(`${flag} on`) }
    }
    default:
      return misplaced(world, dev, known, life)
  }
}

/** The forwarding database has the destination on another port, `known`, than on the one that leads there. */
function misplaced(world: World, port: Device, known: Device | undefined, { frame }: Life): Cause {
  const bridge = port.master!
  const address = mac.format(mac.get(frame.bytes, frame.at))
  const dev = known ?? bridge
  return {
    ...at(world, dev),
    fault: 'wrong-fdb-entry',
    setting: `${address} dev ${dev.name}`,
    words:
      `The forwarding database of the bridge ${place(world, bridge)} has the MAC address ${address} on ${dev.name}, ` +
      `but it is behind the port ${port.name}.`,
    remedy: typed(world, dev.netns, 'bridge', `fdb del ${address} dev ${dev.name} master`),
  }
}

/** A port that does not forward. `what`: how it stood when a frame came. */
export function portState(world: World, dev: Device, what: string): Cause {
  if (!isUp(dev)) return { ...linkDown(world, dev), fault: 'port-down' }
  const port = portOf(dev)
  if (!dev.carrier) return { ...noCarrier(world, dev), fault: 'port-down' }
  const bridge = dev.master!
  if (!isUp(bridge)) return linkDown(world, bridge)
  const base = { ...at(world, dev), fault: 'port-state', setting: what.replace(/^is (\w+).*/, 'state $1') }
  const words = `Port ${dev.name} of the bridge ${place(world, bridge)} ${what}, so no frame passes it.`
  if (port?.bridge.stp === true) {
    const isWaiting = /listening|learning/.test(what)
    const seconds = (port.bridge.forwardDelay * 2) / 250
    const wait = ` A new port listens and learns for twice the forward delay, ${seconds} s, before it forwards.`
    return {
      ...base,
      words: isWaiting ? words + wait : words,
      remedy: isWaiting
        ? `sleep ${seconds}`
        : typed(world, dev.netns, 'ip', `link set dev ${bridge.name} type bridge stp_state 0`),
    }
  }
  return { ...base, words, remedy: typed(world, dev.netns, 'bridge', `link set dev ${dev.name} state 3`) }
}

// -- Routes ---------------------------------------------------------------------------------------

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

// -- Frames that were dropped ---------------------------------------------------------------------

/** The cause behind the drop of a frame; undefined where the reason alone says nothing (NEIGH_FAILED, OTHERHOST). */
export function dropped(world: World, life: Life, moment: Moment): Cause | undefined {
  const { dev, netns, why } = moment
  const name = netnsName(world, netns)
  const { frame } = life
  const start = ipHeader(dev, frame)
  const dst = start === undefined ? undefined : ipv4.dst(frame.bytes, start)
  const src = start === undefined ? undefined : ipv4.src(frame.bytes, start)
  const peer = dev.kind === 'veth' ? peerOf(dev) : undefined
  switch (why) {
    case Drop.DevReady:
      if (!isUp(dev)) return linkDown(world, dev)
      return peer !== undefined && !isUp(peer) ? linkDown(world, peer) : generic(world, moment)
    case Drop.QdiscDrop:
      return noCarrier(world, dev)
    case Drop.PktTooBig:
      return tooBig(world, life, moment)
    case Drop.BridgeIngressStpState:
      return portState(world, dev, moment.port ?? 'does not forward')
    case Drop.NoTxTarget:
    case Drop.BridgeNoEgressPort: {
      const came = life.moments.findLast(each => each.event === 'in' && each.dev.master === dev)
      const refusal = came?.refusals?.find(each => each.why !== 'fdb')
      if (came === undefined || refusal === undefined) return generic(world, moment)
      return refused(world, refusal.port, refusal, life)
    }
    case Drop.IpInAddrErrors:
      return dst === undefined || world.netns(netns).stack.inet.inDevice(dev)?.forwarding === true
        ? martian(world, moment, src)
        : forwardingOff(world, dev, dst)
    case Drop.IpInNoRoutes:
    case Drop.Blackhole:
      return dst === undefined ? undefined : noRoute(world, netns, { dst, src: src!, iif: dev.ifindex })
    case Drop.IpRpFilter:
      return reversePath(world, dev, src!, dst!)
    case Drop.NoSocket:
      return {
        netns: name,
        fault: 'no-socket',
        words: `It arrived in ${name}, where no program listens on that port.`,
      }
    case Drop.InvalidProto:
      return sysctlFault(
        world,
        netns,
        'icmp_echo_ignore_broadcasts',
        'net.ipv4.icmp_echo_ignore_broadcasts',
        1,
        0,
        `${name} does not answer pings to a broadcast address.`,
      )
    case Drop.HopLimit:
    case Drop.CpuBacklog:
      return {
        ...at(world, dev),
        fault: 'storm',
        setting: 'a loop of bridges',
        words:
          `Frames go round and round at ${place(world, dev)}: the bridges form a loop, and no spanning tree ` +
          `cuts it.`,
        ...(dev.master !== undefined && {
          remedy: typed(world, netns, 'ip', `link set dev ${dev.master.name} type bridge stp_state 1`),
        }),
      }
    case Drop.OtherHost:
    case Drop.NeighFailed:
    case Drop.NeighDead:
    case Drop.TtlExpired:
      return undefined
    default:
      return generic(world, moment)
  }
}

export function generic(world: World, { dev, why }: Moment): Cause {
  const reason = why === undefined ? 'nothing that is known' : dropName(why)
  return {
    ...at(world, dev),
    fault: reason,
    words: `${place(world, dev)} dropped it, with the reason that Linux calls ${reason}.`,
  }
}

export function sysctlFault(
  world: World,
  netns: NetnsId,
  fault: string,
  key: string,
  value: number,
  right: number,
  words: string,
  dev?: Device,
): Cause {
  return {
    netns: netnsName(world, netns),
    ...(dev !== undefined && { device: dev.name }),
    fault,
    setting: `${key} = ${value}`,
    words: `${words} There ${key} is ${value}.`,
    remedy: setSysctl(world, netns, `${key}=${right}`),
  }
}

function forwardingOff(world: World, dev: Device, dst: Ip): Cause {
  const { netns } = dev
  const isAll = world.netns(netns).stack.inet.forwarding
  const key = isAll ? `net.ipv4.conf.${dev.name}.forwarding` : 'net.ipv4.ip_forward'
  const words =
    `${netnsName(world, netns)} got the packet on ${dev.name}, but ${ip4.format(dst)} is not its own ` +
    `address and it does not forward packets of others.`
  return sysctlFault(world, netns, 'forwarding-off', key, 0, 1, words, dev)
}

function martian(world: World, moment: Moment, src: Ip | undefined): Cause {
  const { netns } = moment
  const [own] = src === undefined ? [] : ownersOf(world, src).filter(owner => owner.dev.netns === netns)
  if (own === undefined) return generic(world, moment)
  return duplicate(world, src!, own)
}

/** An address that two machines have; `one` of them is not where it should be, and `misled` has learned of it. */
export function duplicate(world: World, ip: Ip, one: Owner, misled?: Device): Cause {
  const { dev, address } = one
  const places = ownersOf(world, ip).map(owner => place(world, owner.dev))
  const forget =
    misled === undefined
      ? ''
      : ` && ${typed(world, misled.netns, 'ip', `neigh del ${ip4.format(ip)} dev ${misled.name}`)}`
  return {
    ...at(world, dev),
    fault: 'duplicate-address',
    setting: `${ip4.format(ip)}/${address.prefixLength}`,
    words:
      `Two machines have the address ${ip4.format(ip)}: ${places.join(' and ')}. Who wants to answer it ` +
      `finds now the one, now the other; here it was ${place(world, dev)}.`,
    remedy:
      typed(world, dev.netns, 'ip', `address del ${ip4.format(ip)}/${address.prefixLength} dev ${dev.name}`) + forget,
  }
}

function reversePath(world: World, dev: Device, src: Ip, dst: Ip): Cause {
  const { netns } = dev
  const name = netnsName(world, netns)
  const { sysctls } = world.netns(netns)
  const keys = ['all', dev.name].filter(each => sysctls.number(`net/ipv4/conf/${each}/rp_filter`) !== 0)
  const { route, hop } = decide(world, netns, { dst: src, src: dst })
  const out = hop === undefined ? undefined : world.netns(netns).devices.get(hop.ifindex)
  const back =
    route === undefined || out === undefined
      ? `${name} has no route to the sender, ${ip4.format(src)}`
      : `${name} itself would send to ${ip4.format(src)} by another device, ${out.name} (route ` +
        `"${routeText(world, netns, route)}")`
  const setting = keys.map(key => `net.ipv4.conf.${key}.rp_filter`)
  return {
    ...at(world, dev),
    fault: 'rp-filter',
    setting: setting.map(key => `${key} = 1`).join(', '),
    words:
      `${place(world, dev)} threw the packet away on arrival, by its reverse path filter ` +
      `(${setting.join(' and ')}): ${back}, so it takes the sender's address for forged.`,
    remedy: setSysctl(world, netns, ...setting.map(key => `${key}=0`)),
  }
}

function tooBig(world: World, life: Life, moment: Moment): Cause {
  const { dev, netns } = moment
  const { frame } = life
  const peer = dev.kind === 'veth' ? peerOf(dev) : undefined
  const start = ipHeader(dev, frame)
  const length = frame.length - eth.HEADER_BYTES
  const isStacks = life.moments.some(each => each.event === 'stack' && each.dev === dev)
  if (isStacks && start !== undefined) {
    const { hop } = decide(world, netns, {
      dst: ipv4.dst(frame.bytes, start),
      src: ipv4.src(frame.bytes, start),
      iif: dev.ifindex,
    })
    const out = hop === undefined ? undefined : world.netns(netns).devices.get(hop.ifindex)
    const words = `has ${ipv4.totalLength(frame.bytes, start)} octets and may not be cut up (DF), but the way on`
    return mtu(
      world,
      out ?? dev,
      `The packet ${words}, out of ${place(world, out ?? dev)}, takes no more than ${(out ?? dev).mtu}.`,
      length,
    )
  }
  const small = dev.master !== undefined && frame.length > dev.mtu + eth.HEADER_BYTES ? dev : (peer ?? dev)
  const what = small.master === undefined ? 'takes' : 'is a port of a bridge, which tells nobody, and takes'
  return mtu(
    world,
    small,
    `The frame carries ${length} octets, but ${place(world, small)} ${what} no more than ${small.mtu}.`,
    length,
  )
}

export function mtu(world: World, dev: Device, words: string, wanted: number): Cause {
  return {
    ...at(world, dev),
    fault: 'mtu',
    setting: `mtu ${dev.mtu}`,
    words,
    remedy: typed(world, dev.netns, 'ip', `link set dev ${dev.name} mtu ${Math.max(wanted, dev.mtu)}`),
  }
}

/** ARP was switched off at a device. */
export function arpOff(world: World, dev: Device): Cause {
  return {
    ...at(world, dev),
    fault: 'arp-off',
    setting: 'NOARP',
    words:
      `ARP is off at ${place(world, dev)} (the flag NOARP): it neither asks for the MAC addresses of others ` +
      `nor tells its own.`,
    remedy: typed(world, dev.netns, 'ip', `link set dev ${dev.name} arp on`),
  }
}

export const hasNoArp = (dev: Device): boolean => (dev.flags & Iff.NoArp) !== 0
