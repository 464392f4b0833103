/**
 * Which way a packet goes, from here or through here.
 *
 * Follows Linux net/ipv4/route.c: ip_route_output_key_hash_rcu and __mkroute_output (`output`), ip_route_input_slow and
 * ip_mkroute_input (`input`), inet_rtm_getroute (`get`), and net/ipv4/fib_frontend.c fib_validate_source. Left out:
 * multicast routing, marks of packets that arrive.
 */
import type { RouteAnswer } from '../control/info.ts'
import { Scope } from '../control/records.ts'
import { RouteType, Table } from '../control/request.ts'
import { type Device, Iff, isUp } from '../core/device.ts'
import { type Answer, done, type Errno, fail } from '../core/errno.ts'
import { HZ, jiffyStart } from '../time/instant.ts'
import type { Ip } from '../wire/ip.ts'
import * as ip4 from '../wire/ip.ts'
import { Action, Cast, type FibInfo, type HopException, type Nexthop, Route } from './dst.ts'
import { addressOnLink, type InDevice } from './indevice.ts'
import { type Inet, Timer } from './inet.ts'
import { VALID } from './neighbour.ts'
import type { Path } from './path.ts'
import type { FibAlias } from './prefixes.ts'
import { Flow, LOOPBACK_IFINDEX } from './rules.ts'

/** fib_dscp_masked_match: the bits of the TOS octet that routes and rules look at. */
const TOS_MASK = 0x1c

/** Beside the TOS of a packet sent from here: no gateway (SO_DONTROUTE, RT_SCOPE_LINK). */
export const ON_LINK = 0x100

const NONE = 0 as Ip

export class Routes {
  /** Why the last `output` or `input` answered undefined. */
  error: Errno | undefined = undefined

  readonly #inet: Inet
  // What is being asked for: the key under which the answer is remembered.
  #dst = 0 as Ip
  #src = 0 as Ip
  #ifindex = 0
  #tos = 0
  #mark = 0
  /** Whose flow it is, where one of several next hops is to be chosen. */
  #flowSrc = 0 as Ip
  #flowDst = 0 as Ip
  /** The entry that the answer comes from, if a table was asked for it. */
  #entry: FibAlias | undefined
  readonly #flow = new Flow()

  constructor(inet: Inet) {
    this.#inet = inet
  }

  #refuse(error: Errno): undefined {
    this.error = error
    return undefined
  }

  /** What is asked for from now on. */
  #ask(dst: Ip, src: Ip, ifindex: number, tos: number, mark: number): void {
    this.#dst = dst
    this.#src = src
    this.#ifindex = ifindex
    this.#tos = tos
    this.#mark = mark
    this.#flowSrc = src
    this.#flowDst = dst
    this.#entry = undefined
  }

  // -- Packets sent from here ---------------------------------------------------------------------

  /**
   * The way to `dst`. `src` 0 leaves the source open, `oif` 0 the device; `mark` is for rules. Undefined: `error` says
   * why.
   */
  output(dst: Ip, src: Ip, oif: number, tos: number, mark = 0): Path | undefined {
    const inet = this.#inet
    const found = inet.outputs.find(dst, src, oif, tos, mark, inet.generation)
    if (found !== undefined) return found
    this.#ask(dst, src, oif, tos, mark)
    return this.#output()
  }

  #output(): Path | undefined {
    const inet = this.#inet
    const dst = this.#dst
    const oif = this.#ifindex
    const tos = this.#tos
    const isLimited = ip4.isLimitedBroadcast(dst)
    let source = this.#src
    let out: Device | undefined
    this.error = 'ENETUNREACH'
    if (source !== 0) {
      if (ip4.isMulticast(source) || ip4.isLimitedBroadcast(source) || ip4.isZeronet(source)) {
        return this.#refuse('EINVAL')
      }
      const owner = inet.ownerOf(source)
      if (owner === undefined) return undefined
      if (oif === 0 && (ip4.isMulticast(dst) || isLimited)) {
        return this.#sendPath(dst, source, RouteType.Unspec, owner, undefined, owner.ifindex)
      }
    }
    if (oif !== 0) {
      out = inet.env.device(oif)
      if (out === undefined) return this.#refuse('ENODEV')
      if (!isUp(out) || inet.inDevice(out) === undefined) return undefined
      if (ip4.isLocalMulticast(dst) || isLimited) {
        if (source === 0) source = inet.selectAddress(out, 0 as Ip, Scope.Link)
        return this.#sendPath(dst, source, RouteType.Unspec, out, undefined, oif)
      }
      if (source === 0 && ip4.isMulticast(dst)) source = inet.selectAddress(out, 0 as Ip, Scope.Universe)
      else if (source === 0 && dst === 0) source = inet.selectAddress(out, 0 as Ip, Scope.Host)
    }
    if (dst === 0) {
      const self = source === 0 ? ip4.LOOPBACK : source
      return this.#loopPath(self, self, oif, undefined)
    }
    const { fib } = inet
    const scope = (tos & ON_LINK) !== 0 ? Scope.Link : Scope.Universe
    const flow = this.#flow.set(dst, source, tos & TOS_MASK, LOOPBACK_IFINDEX, oif, this.#mark)
    if (!fib.lookup(flow, scope, false)) {
      if (out === undefined) return this.#refuse(fib.error!)
      // The tables are wrong, says Linux: the destination is on the link.
      if (source === 0) source = inet.selectAddress(out, 0 as Ip, Scope.Link)
      return this.#sendPath(dst, source, RouteType.Unicast, out, undefined, oif)
    }
    const { info, type, length } = fib.alias!
    this.#entry = fib.alias
    let hop = fib.nexthop!
    if (type === RouteType.Local) {
      if (source === 0) source = info.prefsrc !== 0 ? info.prefsrc : dst
      return this.#loopPath(dst, source, hop.ifindex, hop)
    }
    if (oif === 0 && info.nexthops.length > 1) hop = fib.select(info, source, dst, source) ?? hop
    if (source === 0) source = fib.source(hop)
    // A default route is none for groups: they are on the link.
    const isGroupByDefault = ip4.isMulticast(dst) && length < 4
    return this.#sendPath(dst, source, type, hop.device!, isGroupByDefault ? undefined : hop, oif)
  }

  /** To this machine itself: by way of lo, whichever device has the address. */
  #loopPath(destination: Ip, source: Ip, iif: number, hop: Nexthop | undefined): Path | undefined {
    const { loopback } = this.#inet
    if (loopback === undefined) return undefined
    return this.#sendPath(destination, source, RouteType.Local, loopback.device, hop, iif)
  }

  /** __mkroute_output */
  #sendPath(
    destination: Ip,
    source: Ip,
    found: RouteType,
    out: Device,
    hop: Nexthop | undefined,
    iif: number,
  ): Path | undefined {
    const inet = this.#inet
    const inDevice = inet.inDevice(out)
    if (inDevice === undefined) return this.#refuse('EINVAL')
    const { isLoopback } = inDevice
    if (ip4.isLoopback(source) && !isLoopback && !inDevice.conf.routeLocalnet) return this.#refuse('EINVAL')
    let type = found
    if (ip4.isLimitedBroadcast(destination)) type = RouteType.Broadcast
    else if (ip4.isMulticast(destination)) type = RouteType.Multicast
    else if (ip4.isZeronet(destination)) return this.#refuse('EINVAL')
    let cast: number = isLoopback ? Cast.Local : 0
    if (type === RouteType.Broadcast) cast = Cast.Broadcast | Cast.Local
    else if (type === RouteType.Multicast) {
      cast = inet.igmp.has(out, destination) ? Cast.Multicast | Cast.Local : Cast.Multicast
    }
    const path = inet.outputs.claim(this.#dst, this.#src, this.#ifindex, this.#tos, this.#mark, inet.generation)
    path.destination = destination
    path.source = source
    path.route = this.#sendRoute(destination, type === RouteType.Broadcast ? undefined : hop, type, cast, out, iif)
    return path
  }

  /** The Route of a next hop, made once for plain unicast. */
  #sendRoute(
    destination: Ip,
    hop: Nexthop | undefined,
    type: RouteType,
    cast: number,
    device: Device,
    iif: number,
  ): Route {
    const { generation } = this.#inet
    const learned = hop === undefined ? undefined : this.#exception(hop, destination)
    const isPlain = hop !== undefined && learned === undefined && type === RouteType.Unicast && cast === 0 && iif === 0
    if (isPlain && hop.output !== undefined && hop.output.generation === generation) return hop.output
    const action = (cast & Cast.Local) !== 0 ? Action.Deliver : Action.Send
    const gateway = hop === undefined ? NONE : gatewayOf(hop, learned)
    const route = new Route(action, type, cast, device, gateway, iif, false, undefined, hop?.info, learned, generation)
    if (isPlain) hop.output = route
    return route
  }

  // -- Packets that arrived -----------------------------------------------------------------------

  /** What becomes of a packet that arrived. Undefined: a martian, `error` is EINVAL or, by the reverse path, EXDEV. */
  input(dst: Ip, src: Ip, inDevice: InDevice, tos: number): Path | undefined {
    const inet = this.#inet
    const { ifindex } = inDevice.device
    const found = inet.inputs.find(dst, src, ifindex, tos, 0, inet.generation)
    if (found !== undefined) return found
    this.#ask(dst, src, ifindex, tos, 0)
    return this.#inputFresh(inDevice)
  }

  /** The same of an ICMP error, which goes the way of the flow that it is about. */
  inputError(dst: Ip, src: Ip, inDevice: InDevice, tos: number, quotedSrc: Ip, quotedDst: Ip): Path | undefined {
    this.#ask(dst, src, inDevice.device.ifindex, tos, 0)
    this.#flowSrc = quotedSrc
    this.#flowDst = quotedDst
    const path = this.#inputFresh(inDevice)
    // Not to be remembered for other packets.
    if (path !== undefined) path.generation = -1
    return path
  }

  /** As a packet from outside. */
  #inputFresh(inDevice: InDevice): Path | undefined {
    return ip4.isMulticast(this.#dst) ? this.#inputMulticast(inDevice) : this.#input(inDevice)
  }

  #input(inDevice: InDevice): Path | undefined {
    const { fib } = this.#inet
    const dst = this.#dst
    const src = this.#src
    const tos = this.#tos
    if (ip4.isMulticast(src) || ip4.isLimitedBroadcast(src)) return this.#refuse('EINVAL')
    if (ip4.isLimitedBroadcast(dst) || (src === 0 && dst === 0)) return this.#inputBroadcast(inDevice, undefined)
    if (ip4.isZeronet(src) || ip4.isZeronet(dst)) return this.#refuse('EINVAL')
    if ((ip4.isLoopback(dst) || ip4.isLoopback(src)) && !inDevice.conf.routeLocalnet) return this.#refuse('EINVAL')
    if (!fib.lookup(this.#flow.set(dst, src, tos & TOS_MASK, this.#ifindex, 0, this.#mark), Scope.Universe, false)) {
      return this.#failPath(inDevice.conf.forwarding ? fib.error! : 'EHOSTUNREACH')
    }
    const { type, info } = fib.alias!
    this.#entry = fib.alias
    let hop = fib.nexthop!
    if (type === RouteType.Broadcast && !inDevice.conf.broadcastForwarding) return this.#inputBroadcast(inDevice, info)
    if (type === RouteType.Local) {
      if (this.#validateSource(src, tos, 0, inDevice) < 0) return undefined
      return this.#deliverPath(type, Cast.Local, this.#ifindex, info)
    }
    if (!inDevice.conf.forwarding) return this.#failPath('EHOSTUNREACH')
    if (type !== RouteType.Unicast && type !== RouteType.Broadcast) return this.#refuse('EINVAL')
    if (info.nexthops.length > 1) hop = fib.select(info, this.#flowSrc, this.#flowDst, NONE) ?? hop
    return this.#inputForward(inDevice, hop)
  }

  /** ip_route_input_mc */
  #inputMulticast(inDevice: InDevice): Path | undefined {
    const src = this.#src
    const isMember = this.#inet.igmp.has(inDevice.device, this.#dst)
    if (!isMember || ip4.isMulticast(src) || ip4.isLimitedBroadcast(src)) return this.#refuse('EINVAL')
    if (ip4.isLoopback(src) && !inDevice.conf.routeLocalnet) return this.#refuse('EINVAL')
    if (ip4.isZeronet(src)) {
      if (!ip4.isLocalMulticast(this.#dst)) return this.#refuse('EINVAL')
    } else if (this.#validateSource(src, this.#tos, 0, inDevice) < 0) return undefined
    return this.#deliverPath(RouteType.Multicast, Cast.Multicast | Cast.Local, this.#ifindex, undefined)
  }

  #inputBroadcast(inDevice: InDevice, info: FibInfo | undefined): Path | undefined {
    const src = this.#src
    if (!ip4.isZeronet(src) && this.#validateSource(src, this.#tos, 0, inDevice) < 0) return undefined
    return this.#deliverPath(RouteType.Broadcast, Cast.Broadcast | Cast.Local, this.#ifindex, info)
  }

  /** __mkroute_input */
  #inputForward(inDevice: InDevice, hop: Nexthop): Path | undefined {
    const inet = this.#inet
    const out = inet.inDevice(hop.device!)
    if (out === undefined) return this.#refuse('EINVAL')
    const src = this.#src
    const judged = this.#validateSource(src, this.#tos, hop.ifindex, inDevice)
    if (judged < 0) return undefined
    const learned = this.#exception(hop, this.#dst)
    const gateway = gatewayOf(hop, learned)
    const isBack = out === inDevice && judged > 0 && out.conf.sendRedirects
    const cast = isBack && (out.conf.sharedMedia || (gateway !== 0 && areOnLink(out, src, gateway))) ? Cast.Redirect : 0
    const { generation } = inet
    const kept = hop.input
    if (learned === undefined && kept?.generation === generation && kept.cast === cast) return this.#remember(kept)
    const { Forward } = Action
    const { Unicast } = RouteType
    const { device, info } = hop
    const route = new Route(Forward, Unicast, cast, device!, gateway, 0, true, undefined, info, learned, generation)
    if (learned === undefined) hop.input = route
    return this.#remember(route)
  }

  #deliverPath(type: RouteType, cast: number, iif: number, info: FibInfo | undefined): Path {
    const { generation } = this.#inet
    return this.#remember(
      new Route(Action.Deliver, type, cast, this.#selfDevice, NONE, iif, true, undefined, info, undefined, generation),
    )
  }

  #failPath(error: Errno): Path {
    const { generation } = this.#inet
    const type = RouteType.Unreachable
    const device = this.#selfDevice
    return this.#remember(
      new Route(Action.Fail, type, 0, device, NONE, this.#ifindex, true, error, undefined, undefined, generation),
    )
  }

  /** ip_rt_get_dev: what ends here is said to go to lo. */
  get #selfDevice(): Device {
    return this.#inet.loopback?.device ?? this.#inet.env.device(this.#ifindex)!
  }

  #remember(route: Route): Path {
    const inet = this.#inet
    const path = inet.inputs.claim(this.#dst, this.#src, this.#ifindex, this.#tos, this.#mark, inet.generation)
    path.destination = this.#dst
    path.source = this.#src
    path.route = route
    return path
  }

  /**
   * fib_validate_source: may `src` come in here? Below 0: no, `error` says why. Above 0: the source is on the link
   * (its route has host scope), as a redirect wants to know.
   */
  #validateSource(src: Ip, tos: number, oif: number, inDevice: InDevice): number {
    const inet = this.#inet
    const { device } = inDevice
    const filter = inDevice.conf.reversePathFilter
    if (filter === 0 && (device.ifindex !== oif || !inDevice.conf.sendRedirects)) {
      if (inDevice.conf.acceptLocal) return 0
      // With routes or rules of a person's own, addresses do not say enough.
      if (!inet.hasLocalRoutes && !inet.fib.rules.isCustom) {
        return inet.hasAddress(src) ? this.#martian('EINVAL') : 0
      }
    }
    return this.#validateByRoute(src, tos, oif, inDevice, filter)
  }

  #validateByRoute(src: Ip, tos: number, oif: number, inDevice: InDevice, filter: number): number {
    const { fib } = this.#inet
    const { device } = inDevice
    const back = this.#flow.set(src, this.#dst, tos & TOS_MASK, oif === 0 ? LOOPBACK_IFINDEX : oif, 0, 0)
    if (!fib.lookup(back, Scope.Universe, false)) {
      return filter === 0 ? 0 : this.#martian('EXDEV')
    }
    const { type } = fib.alias!
    if (type !== RouteType.Unicast && !(type === RouteType.Local && inDevice.conf.acceptLocal))
      return this.#martian('EINVAL')
    if (fib.alias!.info.nexthops.some(hop => hop.device === device)) return fib.nexthop!.scope >= Scope.Host ? 1 : 0
    if (inDevice.addresses.length === 0) return filter === 0 ? 0 : this.#martian('EXDEV')
    if (filter === 1) return this.#martian('EXDEV')
    back.oif = device.ifindex
    if (!fib.lookup(back, Scope.Universe, true)) return 0
    return fib.alias!.type === RouteType.Unicast && fib.nexthop!.scope >= Scope.Host ? 1 : 0
  }

  #martian(error: Errno): -1 {
    this.error = error
    return -1
  }

  // -- What is learned of a path ------------------------------------------------------------------

  /** find_exception, by who then binds a route to it. */
  #exception(hop: Nexthop, dst: Ip): HopException | undefined {
    const found = hop.exceptions?.get(dst)
    if (found === undefined) return undefined
    if (this.#inet.jiffies > found.expires) {
      hop.exceptions!.delete(dst)
      return undefined
    }
    found.isBound = true
    return found
  }

  /** __ip_rt_update_pmtu: a router on this path said how long packets may be. */
  learnMtu(path: Path, said: number): void {
    const inet = this.#inet
    const { route } = path
    const old = route.mtu
    if (route.isMtuLocked || old < said) return
    const isLocked = said < inet.pmtuMin
    const pmtu = isLocked ? Math.min(old, inet.pmtuMin) : said
    this.#learn(path, { pmtu, isLocked }, inet.pmtuExpires)
  }

  /** __ip_do_redirect: the gateway of this path, heard on `inDevice`, named a better one. */
  learnGateway(path: Path, from: Ip, gateway: Ip, inDevice: InDevice): void {
    const inet = this.#inet
    const { route } = path
    if (route.gateway === 0 || route.gateway !== from || gateway === from || !inDevice.conf.acceptRedirects) return
    if (ip4.isMulticast(gateway) || ip4.isLimitedBroadcast(gateway) || ip4.isZeronet(gateway)) return
    if (!inDevice.conf.sharedMedia) {
      if (!areOnLink(inDevice, gateway, from)) return
      if (inDevice.conf.secureRedirects && !inet.fib.isGateway(gateway, inDevice.device)) return
    } else if (inet.fib.addressType(gateway) !== RouteType.Unicast) return
    const parms = inet.inDevice(route.device)?.neighbours
    const neighbour = parms === undefined ? undefined : inet.neighbours.get(parms, gateway)
    if (neighbour === undefined) return
    // Only a gateway that answers is used.
    if ((neighbour.state & VALID) === 0) inet.neighbours.ask(neighbour)
    else this.#learn(path, { gateway }, inet.machine.redirectLifetime)
  }

  /** update_or_create_fnhe */
  #learn(path: Path, news: Partial<HopException>, lifetime: number): void {
    const inet = this.#inet
    const { fib } = inet
    const { destination, source, tos, ifindex, mark } = path
    const flow = this.#flow.set(destination, source, tos & TOS_MASK, LOOPBACK_IFINDEX, ifindex, mark)
    if (!fib.lookup(flow, Scope.Universe, false)) return
    const hop = fib.nexthop!
    const expires = inet.jiffies + lifetime
    hop.exceptions ??= new Map()
    const known = hop.exceptions.get(destination) ?? {
      pmtu: 0,
      isLocked: false,
      gateway: NONE,
      expires,
      isBound: false,
    }
    hop.exceptions.set(destination, { ...known, ...news, expires })
    inet.generation++
    inet.env.stackTimer(jiffyStart(expires + 1), Timer.ExpireRoutes)
  }

  /** fnhe_dump_buckets: what was learned of paths, as routes to single hosts. */
  learned(): RouteAnswer[] {
    const { fib, jiffies } = this.#inet
    const answers: RouteAnswer[] = []
    for (const [{ type, table, info }, hop] of fib.learned()) {
      for (const [dst, each] of hop.exceptions!) {
        if (!each.isBound || jiffies > each.expires) continue
        const via = each.gateway === 0 ? hop.gateway : each.gateway
        answers.push({
          dst,
          type,
          table,
          ...(via !== 0 && { via }),
          ifindex: hop.ifindex,
          ...this.#learnedOf(info, each),
          cacheFlags: each.gateway === 0 ? [] : ['redirected'],
        })
      }
    }
    return answers
  }

  #learnedOf(
    info: FibInfo | undefined,
    learned: HopException | undefined,
  ): Pick<RouteAnswer, 'metrics' | 'isMtuLocked' | 'expiresSeconds'> {
    if (learned === undefined) return { metrics: { ...info?.metrics } }
    return {
      metrics: { ...info?.metrics, ...(learned.pmtu !== 0 && { mtu: learned.pmtu }) },
      isMtuLocked: learned.isLocked,
      expiresSeconds: Math.floor((learned.expires - this.#inet.jiffies) / HZ),
    }
  }

  // -- ip route get -------------------------------------------------------------------------------

  /** inet_rtm_getroute */
  get(query: RouteGet): Answer<RouteAnswer> {
    const inet = this.#inet
    const { dst, tos = 0, from = 0 as Ip, iif = 0, oif = 0, mark = 0 } = query
    this.#ask(dst, from, iif === 0 ? oif : iif, tos, mark)
    let path: Path | undefined
    if (iif !== 0) {
      const device = inet.env.device(iif)
      if (device === undefined) return fail('ENODEV')
      const inDevice = inet.inDevice(device)
      path = inDevice === undefined ? undefined : this.#inputFresh(inDevice)
      if (inDevice?.isLoopback) inet.generation++ // Packets on lo kept the route by which they were sent: not this one.
      if (path === undefined) return fail('EINVAL')
      if (path.route.error !== undefined) return fail(path.route.error)
    } else {
      path = this.#output()
      if (path === undefined) return fail(this.error!)
    }
    const { route } = path
    const { isInput, exception: learned } = route
    const cast = route.cast | (learned !== undefined && learned.gateway !== 0 ? Cast.Redirected : 0)
    const entry = this.#entry
    const table = entry === undefined ? Table.Unspec : inet.fib.tableOf(entry)
    return done({
      dst,
      type: route.type,
      table,
      ...(route.gateway !== 0 && { via: route.gateway }),
      ifindex: route.device.ifindex,
      ...(!isInput && path.source !== from && { prefsrc: path.source }),
      ...(entry !== undefined && entry.tos !== 0 && { tos: entry.tos }),
      ...(entry !== undefined && { match: { ...inet.fib.describe(entry), table } }),
      ...(query.from !== undefined && { from }),
      ...(isInput && { iif: query.iif! }),
      ...(query.mark !== undefined && { mark: query.mark }),
      ...(!isInput && { uid: 0 }),
      ...this.#learnedOf(route.info, learned),
      cacheFlags: CAST_WORDS.filter(([bit]) => (cast & bit) !== 0).map(([, word]) => word),
    })
  }
}

export interface RouteGet {
  readonly dst: Ip
  readonly from?: Ip
  readonly iif?: number
  readonly oif?: number
  readonly mark?: number
  readonly tos?: number
}

/** In iproute2's order. */
const CAST_WORDS = [
  [Cast.Local, 'local'],
  [Cast.Multicast, 'multicast'],
  [Cast.Broadcast, 'broadcast'],
  [Cast.Redirected, 'redirected'],
  [Cast.Redirect, 'redirect'],
] as const

/** The gateway that a redirect named, or the hop's own where that is a neighbour and not ourselves. */
function gatewayOf(hop: Nexthop, learned: HopException | undefined): Ip {
  if (learned !== undefined && learned.gateway !== 0) return learned.gateway
  return hop.scope === Scope.Link ? hop.gateway : NONE
}

/** inet_addr_onlink: are both in one of the device's own networks? */
function areOnLink(inDevice: InDevice, a: Ip, b: Ip): boolean {
  const address = addressOnLink(inDevice, a)
  return address !== undefined && ip4.contains(address.address, address.prefixLength, b)
}

/** Does a device hold to point-to-point rules, where one neighbour stands for all? */
export const isSolo = (device: Device): boolean => (device.flags & (Iff.Loopback | Iff.PointToPoint)) !== 0
