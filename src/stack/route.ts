/**
 * Which way a packet goes, from here or through here.
 *
 * Follows Linux net/ipv4/route.c: ip_route_output_key_hash_rcu and __mkroute_output (`output`), ip_route_input_slow and
 * ip_mkroute_input (`input`), inet_rtm_getroute (`get`), and net/ipv4/fib_frontend.c fib_validate_source. Left out: policy
 * rules, multicast routing, marks, learned path MTUs and redirects.
 */
import type { RouteAnswer } from '../control/info.ts'
import { Scope } from '../control/records.ts'
import { RouteType, Table } from '../control/request.ts'
import { type Device, Iff, isUp } from '../core/device.ts'
import { type Answer, done, type Errno, fail } from '../core/errno.ts'
import type { Ip } from '../wire/ip.ts'
import * as ip4 from '../wire/ip.ts'
import { Action, Cast, type FibInfo, type Nexthop, Route } from './dst.ts'
import { addressOnLink, type InDevice } from './indevice.ts'
import type { Inet } from './inet.ts'
import type { Path } from './path.ts'

/** DSCP: the bits of the TOS octet that routes may look at. */
const DSCP_MASK = 0xfc

/** Beside the TOS of a packet sent from here: no gateway (SO_DONTROUTE, RT_SCOPE_LINK). */
export const ON_LINK = 0x100

export class Routes {
  /** Why the last `output` or `input` answered undefined. */
  error: Errno | undefined = undefined

  readonly #inet: Inet

  constructor(inet: Inet) {
    this.#inet = inet
  }

  // -- Packets sent from here ---------------------------------------------------------------------

  /**
   * The way to `dst`. `src` 0 leaves the source open, `oif` 0 the device. Undefined: `error` says why.
   */
  output(dst: Ip, src: Ip, oif: number, tos: number): Path | undefined {
    const inet = this.#inet
    const found = inet.outputs.find(dst, src, oif, tos, inet.generation)
    return found ?? this.#output(dst, src, oif, tos)
  }

  #output(dst: Ip, src: Ip, oif: number, tos: number): Path | undefined {
    const inet = this.#inet
    const { fib } = inet
    let source = src
    let demanded = oif
    let out: Device | undefined
    this.error = 'ENETUNREACH'
    if (src !== 0) {
      if (ip4.isMulticast(src) || ip4.isLimitedBroadcast(src) || ip4.isZeronet(src)) return this.#refuse('EINVAL')
      const owner = inet.ownerOf(src)
      if (owner === undefined) return undefined
      if (oif === 0 && (ip4.isMulticast(dst) || ip4.isLimitedBroadcast(dst))) {
        demanded = owner.ifindex
        return this.#made(dst, src, oif, tos, dst, src, RouteType.Unspec, demanded, owner, undefined, 0)
      }
    }
    if (oif !== 0) {
      out = inet.env.device(oif)
      if (out === undefined) return this.#refuse('ENODEV')
      if (!isUp(out) || inet.inDevice(out) === undefined) return undefined
      if (ip4.isLocalMulticast(dst) || ip4.isLimitedBroadcast(dst)) {
        if (source === 0) source = inet.selectAddress(out, 0 as Ip, Scope.Link)
        return this.#made(dst, src, oif, tos, dst, source, RouteType.Unspec, oif, out, undefined, 0)
      }
      if (source === 0) {
        if (ip4.isMulticast(dst)) source = inet.selectAddress(out, 0 as Ip, Scope.Universe)
        else if (dst === 0) source = inet.selectAddress(out, 0 as Ip, Scope.Host)
      }
    }
    const { loopback } = inet
    if (dst === 0) {
      if (loopback === undefined) return undefined
      const self = source === 0 ? ip4.LOOPBACK : source
      return this.#made(dst, src, oif, tos, self, self, RouteType.Local, oif, loopback.device, undefined, Cast.Local)
    }
    const scope = (tos & ON_LINK) !== 0 ? Scope.Link : Scope.Universe
    if (!fib.lookup(dst, tos & DSCP_MASK, oif, scope, false)) {
      if (out === undefined) return this.#refuse(fib.error!)
      // The tables are wrong, says Linux: the destination is on the link.
      if (source === 0) source = inet.selectAddress(out, 0 as Ip, Scope.Link)
      return this.#made(dst, src, oif, tos, dst, source, RouteType.Unicast, oif, out, undefined, 0)
    }
    const { info, type } = fib.alias!
    const hop = fib.nexthop!
    if (type === RouteType.Local) {
      if (loopback === undefined) return undefined
      if (source === 0) source = info.prefsrc !== 0 ? info.prefsrc : dst
      return this.#made(dst, src, oif, tos, dst, source, type, hop.ifindex, loopback.device, hop, Cast.Local)
    }
    if (source === 0) source = fib.source(hop)
    return this.#made(dst, src, oif, tos, dst, source, type, oif, hop.device!, hop, 0)
  }

  #refuse(error: Errno): undefined {
    this.error = error
    return undefined
  }

  /** __mkroute_output */
  #made(
    dst: Ip,
    src: Ip,
    oif: number,
    tos: number,
    destination: Ip,
    source: Ip,
    type: RouteType,
    iif: number,
    out: Device,
    hop: Nexthop | undefined,
    cast: number,
  ): Path | undefined {
    const inet = this.#inet
    const inDevice = inet.inDevice(out)
    if (inDevice === undefined) return this.#refuse('EINVAL')
    const { isLoopback } = inDevice
    if (ip4.isLoopback(source) && !isLoopback && !inDevice.routeLocalnet) return this.#refuse('EINVAL')
    if (ip4.isLimitedBroadcast(destination)) type = RouteType.Broadcast
    else if (ip4.isMulticast(destination)) type = RouteType.Multicast
    else if (ip4.isZeronet(destination)) return this.#refuse('EINVAL')
    if (isLoopback) cast |= Cast.Local
    let via = hop
    if (type === RouteType.Broadcast) {
      cast |= Cast.Broadcast | Cast.Local
      via = undefined
    } else if (type === RouteType.Multicast) {
      cast |= Cast.Multicast
      if (isLoopback || isMember(destination)) cast |= Cast.Local
      if (inet.fib.alias !== undefined && inet.fib.alias.length < 4) via = undefined
    }
    const path = inet.outputs.claim(dst, src, oif, tos, inet.generation)
    path.destination = destination
    path.source = source
    path.route = this.#outputRoute(via, type, cast, out, iif)
    return path
  }

  /** The Route of a next hop, made once for plain unicast. */
  #outputRoute(hop: Nexthop | undefined, type: RouteType, cast: number, out: Device, iif: number): Route {
    const { generation } = this.#inet
    const isPlain = hop !== undefined && type === RouteType.Unicast && cast === 0 && iif === 0
    if (isPlain && hop.output !== undefined && hop.output.generation === generation) return hop.output
    const gateway = hop !== undefined && hop.scope === Scope.Link ? hop.gateway : (0 as Ip)
    const route = new Route(
      (cast & Cast.Local) !== 0 ? Action.Deliver : Action.Send,
      type,
      cast,
      out,
      gateway,
      iif,
      false,
      undefined,
      hop?.info,
      generation,
    )
    if (isPlain) hop.output = route
    return route
  }

  // -- Packets that arrived -----------------------------------------------------------------------

  /** What becomes of a packet that arrived. Undefined: a martian, `error` is EINVAL or, by the reverse path, EXDEV. */
  input(dst: Ip, src: Ip, inDevice: InDevice, tos: number): Path | undefined {
    const inet = this.#inet
    const { ifindex } = inDevice.device
    const found = inet.inputs.find(dst, src, ifindex, tos, inet.generation)
    return found ?? this.#input(dst, src, inDevice, tos)
  }

  #input(dst: Ip, src: Ip, inDevice: InDevice, tos: number): Path | undefined {
    const inet = this.#inet
    const { fib } = inet
    // Packets on lo kept the route by which they were sent: they are for us.
    if (inDevice.isLoopback) return this.#inputLocal(dst, src, inDevice, tos)
    if (ip4.isMulticast(dst)) return this.#inputMulticast(dst, src, inDevice, tos)
    if (ip4.isMulticast(src) || ip4.isLimitedBroadcast(src)) return this.#refuse('EINVAL')
    if (ip4.isLimitedBroadcast(dst) || (src === 0 && dst === 0)) {
      return this.#inputBroadcast(dst, src, inDevice, tos, undefined)
    }
    if (ip4.isZeronet(src) || ip4.isZeronet(dst)) return this.#refuse('EINVAL')
    if ((ip4.isLoopback(dst) || ip4.isLoopback(src)) && !inDevice.routeLocalnet) return this.#refuse('EINVAL')
    if (!fib.lookup(dst, tos & DSCP_MASK, 0, Scope.Universe, false)) {
      return this.#inputFail(dst, src, inDevice, tos, inDevice.forwarding ? fib.error! : 'EHOSTUNREACH')
    }
    const { type, info } = fib.alias!
    const hop = fib.nexthop!
    if (type === RouteType.Broadcast && !inDevice.broadcastForwarding) {
      return this.#inputBroadcast(dst, src, inDevice, tos, info)
    }
    if (type === RouteType.Local) {
      if (this.#validateSource(src, dst, tos, 0, inDevice) < 0) return undefined
      return this.#inputMade(
        dst,
        src,
        inDevice,
        tos,
        Action.Deliver,
        type,
        Cast.Local,
        inDevice.device,
        0,
        undefined,
        info,
      )
    }
    if (!inDevice.forwarding) return this.#inputFail(dst, src, inDevice, tos, 'EHOSTUNREACH')
    if (type !== RouteType.Unicast && type !== RouteType.Broadcast) return this.#refuse('EINVAL')
    return this.#inputForward(dst, src, inDevice, tos, hop)
  }

  #inputLocal(dst: Ip, src: Ip, inDevice: InDevice, tos: number): Path | undefined {
    const { fib } = this.#inet
    let type: RouteType = RouteType.Local
    let cast: number = Cast.Local
    let iif = inDevice.device.ifindex
    if (ip4.isLimitedBroadcast(dst)) {
      type = RouteType.Broadcast
      cast |= Cast.Broadcast
    } else if (ip4.isMulticast(dst)) {
      type = RouteType.Multicast
      cast |= Cast.Multicast
    } else if (fib.lookup(dst, tos & DSCP_MASK, 0, Scope.Universe, false)) {
      type = fib.alias!.type
      if (type === RouteType.Broadcast) cast |= Cast.Broadcast
      iif = fib.nexthop!.ifindex
    }
    const info = type === RouteType.Local ? fib.alias?.info : undefined
    return this.#inputMade(dst, src, inDevice, tos, Action.Deliver, type, cast, inDevice.device, iif, undefined, info)
  }

  /** ip_route_input_mc */
  #inputMulticast(dst: Ip, src: Ip, inDevice: InDevice, tos: number): Path | undefined {
    if (!isMember(dst)) return this.#refuse('EINVAL')
    if (ip4.isMulticast(src) || ip4.isLimitedBroadcast(src)) return this.#refuse('EINVAL')
    if (ip4.isLoopback(src) && !inDevice.routeLocalnet) return this.#refuse('EINVAL')
    if (ip4.isZeronet(src)) {
      if (!ip4.isLocalMulticast(dst)) return this.#refuse('EINVAL')
    } else if (this.#validateSource(src, 0 as Ip, tos, 0, inDevice) < 0) return undefined
    const cast = Cast.Multicast | Cast.Local
    const { device } = inDevice
    return this.#inputMade(
      dst,
      src,
      inDevice,
      tos,
      Action.Deliver,
      RouteType.Multicast,
      cast,
      device,
      0,
      undefined,
      undefined,
    )
  }

  #inputBroadcast(dst: Ip, src: Ip, inDevice: InDevice, tos: number, info: FibInfo | undefined): Path | undefined {
    if (!ip4.isZeronet(src) && this.#validateSource(src, 0 as Ip, tos, 0, inDevice) < 0) return undefined
    const cast = Cast.Broadcast | Cast.Local
    const { device } = inDevice
    return this.#inputMade(
      dst,
      src,
      inDevice,
      tos,
      Action.Deliver,
      RouteType.Broadcast,
      cast,
      device,
      0,
      undefined,
      info,
    )
  }

  #inputFail(dst: Ip, src: Ip, inDevice: InDevice, tos: number, error: Errno): Path {
    const { device } = inDevice
    return this.#inputMade(dst, src, inDevice, tos, Action.Fail, RouteType.Unreachable, 0, device, 0, error, undefined)
  }

  #inputForward(dst: Ip, src: Ip, inDevice: InDevice, tos: number, hop: Nexthop): Path | undefined {
    const inet = this.#inet
    const out = inet.inDevice(hop.device!)
    if (out === undefined) return this.#refuse('EINVAL')
    const gateway = hop.scope === Scope.Link ? hop.gateway : (0 as Ip)
    const judged = this.#validateSource(src, dst, tos, hop.ifindex, inDevice)
    if (judged < 0) return undefined
    let cast = 0
    if (out === inDevice && judged > 0 && out.sendRedirects) {
      if (out.sharedMedia || (gateway !== 0 && areOnLink(out, src, gateway))) cast = Cast.Redirect
    }
    const { generation } = inet
    const kept = hop.input
    if (kept !== undefined && kept.generation === generation && kept.cast === cast) {
      return this.#inputPath(dst, src, inDevice, tos, kept)
    }
    const route = new Route(
      Action.Forward,
      RouteType.Unicast,
      cast,
      hop.device!,
      gateway,
      0,
      true,
      undefined,
      hop.info,
      generation,
    )
    hop.input = route
    return this.#inputPath(dst, src, inDevice, tos, route)
  }

  #inputMade(
    dst: Ip,
    src: Ip,
    inDevice: InDevice,
    tos: number,
    action: Action,
    type: RouteType,
    cast: number,
    device: Device,
    iif: number,
    error: Errno | undefined,
    info: FibInfo | undefined,
  ): Path {
    const { generation } = this.#inet
    const from = iif === 0 ? inDevice.device.ifindex : iif
    const route = new Route(action, type, cast, device, 0 as Ip, from, true, error, info, generation)
    return this.#inputPath(dst, src, inDevice, tos, route)
  }

  #inputPath(dst: Ip, src: Ip, inDevice: InDevice, tos: number, route: Route): Path {
    const inet = this.#inet
    const path = inet.inputs.claim(dst, src, inDevice.device.ifindex, tos, inet.generation)
    path.destination = dst
    path.source = src
    path.route = route
    return path
  }

  /**
   * fib_validate_source: may `src` come in here? Below 0: no, `error` says why. Above 0: the source is on the link
   * (its route has host scope), as a redirect wants to know.
   */
  #validateSource(src: Ip, dst: Ip, tos: number, oif: number, inDevice: InDevice): number {
    const inet = this.#inet
    const { device } = inDevice
    const filter = inDevice.reversePathFilter
    if (filter === 0 && (device.ifindex !== oif || !inDevice.sendRedirects)) {
      if (inDevice.acceptLocal || !inet.hasAddress(src)) return 0
      return this.#martian('EINVAL')
    }
    return this.#validateByRoute(src, dst, tos, inDevice, filter)
  }

  #validateByRoute(src: Ip, dst: Ip, tos: number, inDevice: InDevice, filter: number): number {
    void dst
    const { fib } = this.#inet
    const { device } = inDevice
    if (!fib.lookup(src, tos & DSCP_MASK, 0, Scope.Universe, false)) {
      return filter === 0 ? 0 : this.#martian('EXDEV')
    }
    const { type } = fib.alias!
    if (type !== RouteType.Unicast && !(type === RouteType.Local && inDevice.acceptLocal))
      return this.#martian('EINVAL')
    if (fib.nexthop!.device === device) return fib.nexthop!.scope >= Scope.Host ? 1 : 0
    if (inDevice.addresses.length === 0) return filter === 0 ? 0 : this.#martian('EXDEV')
    if (filter === 1) return this.#martian('EXDEV')
    if (!fib.lookup(src, tos & DSCP_MASK, device.ifindex, Scope.Universe, true)) return 0
    return fib.alias!.type === RouteType.Unicast && fib.nexthop!.scope >= Scope.Host ? 1 : 0
  }

  #martian(error: Errno): -1 {
    this.error = error
    return -1
  }

  // -- ip route get -------------------------------------------------------------------------------

  /** inet_rtm_getroute */
  get(query: RouteGet): Answer<RouteAnswer> {
    const inet = this.#inet
    const { dst, tos = 0, from = 0 as Ip } = query
    let path: Path | undefined
    if (query.iif !== undefined && query.iif !== 0) {
      const device = inet.env.device(query.iif)
      if (device === undefined) return fail('ENODEV')
      const inDevice = inet.inDevice(device)
      path = inDevice === undefined ? undefined : this.input(dst, from, inDevice, tos)
      if (path === undefined) return fail('EINVAL')
      if (path.route.error !== undefined) return fail(path.route.error)
    } else {
      path = this.output(dst, from, query.oif ?? 0, tos)
      if (path === undefined) return fail(this.error!)
    }
    const { route } = path
    const { isInput, cast } = route
    return done({
      dst: path.destination,
      type: route.type,
      table: Table.Main, // Where local and main are one, as they are without policy rules, Linux says main of both.
      ...(route.gateway !== 0 && { via: route.gateway }),
      ifindex: route.device.ifindex,
      ...(!isInput && path.source !== from && { prefsrc: path.source }),
      ...(query.from !== undefined && { from }),
      ...(isInput && { iif: query.iif! }),
      ...(query.mark !== undefined && { mark: query.mark }),
      ...(!isInput && { uid: 0 }),
      metrics: route.info?.metrics ?? {},
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
  [Cast.Redirect, 'redirect'],
] as const

/** Every interface is in 224.0.0.1; nobody joins other groups yet. ip_check_mc_rcu. */
const ALL_SYSTEMS = 0xe000_0001
const isMember = (group: Ip): boolean => group === ALL_SYSTEMS

/** inet_addr_onlink: are both in one of the device's own networks? */
function areOnLink(inDevice: InDevice, a: Ip, b: Ip): boolean {
  const address = addressOnLink(inDevice, a)
  return address !== undefined && ip4.contains(address.address, address.prefixLength, b)
}

/** Does a device hold to point-to-point rules, where one neighbour stands for all? */
export const isSolo = (device: Device): boolean => (device.flags & (Iff.Loopback | Iff.PointToPoint)) !== 0
