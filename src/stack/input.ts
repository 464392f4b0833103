/**
 * IPv4 packets on their way in: checked, routed, then delivered to this machine, forwarded, or refused.
 *
 * Follows Linux net/ipv4/ip_input.c (ip_rcv_core, ip_rcv_finish_core, ip_local_deliver, ip_protocol_deliver_rcu) and
 * net/ipv4/ip_forward.c. Left out: netfilter's hooks, early demultiplexing.
 */
import { Scope } from '../control/records.ts'
import { PacketType } from '../core/device.ts'
import { Drop } from '../core/drop.ts'
import type { Frame } from '../core/frame.ts'
import * as icmp from '../wire/icmp.ts'
import * as ip4 from '../wire/ip.ts'
import * as ipv4 from '../wire/ipv4.ts'
import { Action, Cast } from './dst.ts'
import { type Fragments, User } from './fragments.ts'
import * as icmpStack from './icmp.ts'
import type { InDevice } from './indevice.ts'
import type { Inet } from './inet.ts'
import * as options from './ipoptions.ts'
import { allocatePacket, finish, packetAt, routeOfSender } from './output.ts'
import { type Path, pathAlong } from './path.ts'
import type { Routes } from './route.ts'
import * as tcp from './tcp.ts'
import * as udp from './udpinput.ts'
import * as udpLite from './udplite.ts'

/** The bits of the TOS octet that tell of congestion. */
export const ECN_MASK = 3

const NO_ADDRESSES: readonly number[] = []

export class Input {
  readonly #inet: Inet
  readonly #routes: Routes
  readonly #fragments: Fragments

  constructor(inet: Inet, routes: Routes, fragments: Fragments) {
    this.#inet = inet
    this.#routes = routes
    this.#fragments = fragments
  }

  /** ip_multipath_l3_keys: only where flows are spread does it matter what an ICMP error quotes. */
  #pathOf(inDevice: InDevice, { bytes }: Frame, at: number): Path | undefined {
    const dst = ipv4.dst(bytes, at)
    const src = ipv4.src(bytes, at)
    const tos = ipv4.tos(bytes, at)
    const message = at + ipv4.headerBytes(bytes, at)
    const isError =
      this.#inet.fib.multipaths > 0 &&
      ipv4.protocol(bytes, at) === ipv4.Protocol.Icmp &&
      (ipv4.fragmentWord(bytes, at) & ipv4.OFFSET_MASK) === 0 &&
      at + ipv4.totalLength(bytes, at) >= message + icmp.HEADER_BYTES + ipv4.HEADER_BYTES &&
      icmp.isError(icmp.type(bytes, message))
    if (!isError) return this.#routes.input(dst, src, inDevice, tos)
    const quoted = message + icmp.HEADER_BYTES
    return this.#routes.inputError(dst, src, inDevice, tos, ipv4.src(bytes, quoted), ipv4.dst(bytes, quoted))
  }

  /** ip_rcv. `at` is where the IP header should begin. */
  receive(inDevice: InDevice, frame: Frame, at: number, type: PacketType): void {
    const inet = this.#inet
    const { env, snmp } = inet
    const { device } = inDevice
    if (type === PacketType.OtherHost) return env.drop(device, Drop.OtherHost, frame)
    const octets = frame.at + frame.length - at
    snmp.received(octets)
    const { bytes } = frame
    const wrong = ipv4.check(bytes, at, octets)
    // What has a header of our version counts, whatever else is wrong with it.
    if (octets >= ipv4.HEADER_BYTES && wrong !== ipv4.Check.BadHeader) snmp.ipInEcn[ipv4.tos(bytes, at) & ECN_MASK]!++
    if (wrong !== ipv4.Check.Ok) return this.#refuse(inDevice, frame, wrong)
    const dst = ipv4.dst(bytes, at)
    const known = inDevice.isLoopback ? routeOfSender(frame) : undefined
    const path = known === undefined ? this.#pathOf(inDevice, frame, at) : pathAlong(known, ipv4.src(bytes, at), dst)
    if (path === undefined) {
      if (env.tracing) {
        const why = this.#routes.error === 'EXDEV' ? 'not the way back to its sender (rp_filter)' : 'a martian address'
        env.note(device, frame, `${ip4.format(dst)} may not come in here: ${why}`)
      }
      return env.drop(device, this.#routes.error === 'EXDEV' ? Drop.IpRpFilter : Drop.IpInAddrErrors, frame)
    }
    snmp.receivedAlong(path.route.cast, ipv4.totalLength(bytes, at))
    if (type !== PacketType.Host && inDevice.conf.dropUnicastInL2Multicast) {
      if ((path.route.cast & (Cast.Broadcast | Cast.Multicast)) === 0) {
        return env.drop(device, Drop.UnicastInL2Multicast, frame)
      }
    }
    if (ipv4.headerBytes(bytes, at) > ipv4.HEADER_BYTES)
      return this.#receiveWithOptions(inDevice, frame, at, path, type)
    this.#dispatch(inDevice, frame, at, path, type, NO_ADDRESSES)
  }

  /** ip_rcv_options */
  #receiveWithOptions(inDevice: InDevice, frame: Frame, at: number, path: Path, type: PacketType): void {
    const inet = this.#inet
    const { bytes } = frame
    const { device } = inDevice
    const isLocal = (path.route.cast & Cast.Local) !== 0
    const compiled = options.compile(frame, at, {
      address: isLocal ? ipv4.dst(bytes, at) : inet.selectAddress(device, ipv4.src(bytes, at), Scope.Universe),
      time: icmpStack.timeOfDay(inet),
      addressType: address => inet.fib.addressType(address),
    })
    const changed = compiled.frame
    const start = at + changed.at - frame.at
    if (compiled.fault !== undefined) {
      const { ParameterProblem } = icmp.Type
      const pointer = (compiled.fault << 24) >>> 0
      icmpStack.sendError(inet, this.#routes, changed, start, path.route, type, ParameterProblem, 0, pointer)
      inet.snmp.ipInHdrErrors++
      return inet.env.drop(device, Drop.IpHdr, frame)
    }
    if (compiled.hasSourceRoute) return inet.env.drop(device, Drop.IpHdr, frame)
    this.#dispatch(inDevice, changed, start, path, type, compiled.addresses)
  }

  /** `addresses`: where in its header a router writes its own. */
  #dispatch(
    inDevice: InDevice,
    frame: Frame,
    at: number,
    path: Path,
    type: PacketType,
    addresses: readonly number[],
  ): void {
    const { env } = this.#inet
    const { device } = inDevice
    switch (path.route.action) {
      case Action.Deliver:
        return this.deliver(inDevice, frame, at, path, type)
      case Action.Forward:
        return this.#forward(inDevice, frame, at, path, type, addresses)
      // By lo, to a group that lo is not in.
      case Action.Send:
        return env.drop(device, Drop.NotSpecified, frame)
      default:
        if (env.tracing) env.note(device, frame, `no way on to ${ip4.format(path.destination)}: ${path.route.error}`)
        icmpStack.sendRouteError(this.#inet, this.#routes, inDevice, frame, at, path.route, type)
    }
  }

  #refuse(inDevice: InDevice, frame: Frame, wrong: ipv4.Check): void {
    const { env, snmp } = this.#inet
    let why: Drop = Drop.IpHdr
    if (wrong === ipv4.Check.Truncated) {
      snmp.ipInTruncated++
      why = Drop.PktTooSmall
    } else {
      snmp.ipInHdrErrors++
      if (wrong === ipv4.Check.BadChecksum) {
        snmp.ipInChecksumErrors++
        why = Drop.IpCsum
      }
    }
    env.drop(inDevice.device, why, frame)
  }

  // -- For this machine ---------------------------------------------------------------------------

  /** ip_local_deliver */
  deliver(inDevice: InDevice, frame: Frame, at: number, path: Path, type: PacketType): void {
    if (ipv4.isFragment(frame.bytes, at)) {
      const whole = this.#fragments.add(User.LocalDelivery, inDevice.device, frame, at, type, path.route)
      if (whole === undefined) return
      return this.#demultiplex(this.#inet.inDevice(whole.device) ?? inDevice, whole, whole.packetAt, path, whole.type)
    }
    this.#demultiplex(inDevice, frame, at, path, type)
  }

  /** ip_protocol_deliver_rcu: raw sockets first, then the protocol. */
  #demultiplex(inDevice: InDevice, frame: Frame, at: number, path: Path, type: PacketType): void {
    const inet = this.#inet
    const { env, snmp } = inet
    const { bytes } = frame
    const { device } = inDevice
    const protocol = ipv4.protocol(bytes, at)
    const { raw } = inet
    let isHeard = false
    for (let i = 0; i < raw.length; i++) {
      const socket = raw[i]!
      if (socket.protocol === protocol && socket.deliver(frame, at, path.route)) isHeard = true
    }
    switch (protocol) {
      case ipv4.Protocol.Icmp:
        snmp.ipInDelivers++
        return icmpStack.receive(inet, this.#routes, frame, at, path, inDevice)
      case ipv4.Protocol.Udp:
        snmp.ipInDelivers++
        return udp.receive(inet, this.#routes, inDevice, frame, at, path, type)
      case ipv4.Protocol.Tcp:
        snmp.ipInDelivers++
        return tcp.receive(inet, this.#routes, inDevice, frame, at, path, type)
      case ipv4.Protocol.UdpLite:
        snmp.ipInDelivers++
        return udpLite.receive(inet, this.#routes, inDevice, frame, at, path, type)
      case ipv4.Protocol.Igmp:
      case ipv4.Protocol.Pim:
        snmp.ipInDelivers++
        return
      default:
        if (isHeard) {
          snmp.ipInDelivers++
          return
        }
        snmp.ipInUnknownProtos++
        icmpStack.sendError(
          inet,
          this.#routes,
          frame,
          at,
          path.route,
          type,
          icmp.Type.Unreachable,
          icmp.Unreachable.Protocol,
          0,
        )
        env.drop(device, Drop.IpNoProto, frame)
    }
  }

  // -- For others ---------------------------------------------------------------------------------

  /** ip_forward */
  #forward(
    inDevice: InDevice,
    frame: Frame,
    at: number,
    path: Path,
    type: PacketType,
    addresses: readonly number[],
  ): void {
    const inet = this.#inet
    const { env, snmp } = inet
    const { device } = inDevice
    if (type !== PacketType.Host) return env.drop(device, Drop.NotSpecified, frame)
    const { bytes } = frame
    const { route } = path
    if (ipv4.ttl(bytes, at) <= 1) {
      snmp.ipInHdrErrors++
      if (env.tracing) env.note(device, frame, 'its time to live has run out: not forwarded')
      const { TimeExceeded } = icmp.Type
      icmpStack.sendError(inet, this.#routes, frame, at, route, type, TimeExceeded, icmp.Exceeded.Ttl, 0)
      return env.drop(device, Drop.TtlExpired, frame)
    }
    snmp.ipForwDatagrams++
    const total = ipv4.totalLength(bytes, at)
    const mtu = inet.conf.forwardsByPathMtu ? route.mtu : route.forwardMtu
    if (total > mtu && ipv4.dontFragment(bytes, at)) {
      snmp.ipFragFails++
      if (env.tracing) env.note(device, frame, `${total} bytes, DF set, but the way on takes ${mtu}`)
      const needed = icmp.Unreachable.FragmentationNeeded
      icmpStack.sendError(inet, this.#routes, frame, at, route, type, icmp.Type.Unreachable, needed, mtu)
      return env.drop(device, Drop.PktTooBig, frame)
    }
    const hop = allocatePacket(route, total)
    const to = packetAt(route, hop)
    if (hop.bytes === bytes) bytes.copyWithin(to, at, at + total)
    else hop.bytes.set(bytes.subarray(at, at + total), to)
    ipv4.decrementTtl(hop.bytes, to)
    if (ipv4.headerBytes(bytes, at) > ipv4.HEADER_BYTES) {
      const next = route.gateway === 0 ? path.destination : route.gateway
      options.putAddresses(hop.bytes, to, addresses, inet.selectAddress(route.device, next, Scope.Universe))
    }
    if (env.tracing) env.note(device, frame, forwarded(path))
    if ((route.cast & Cast.Redirect) !== 0) this.#redirect(hop, to, path, type)
    finish(inet, path, hop, to, mtu, undefined)
  }

  /** ip_rt_send_redirect: the sender could have gone there directly. Ever more seldom, then no more for a while. */
  #redirect(frame: Frame, at: number, path: Path, type: PacketType): void {
    const inet = this.#inet
    const peer = inet.peer(ipv4.src(frame.bytes, at))
    const now = inet.jiffies
    const { redirectLoad, redirectSilence, redirectsMax } = inet.machine
    if (now > peer.last + redirectSilence) {
      peer.tokens = 0
      peer.redirects = 0
    }
    if (peer.redirects >= redirectsMax) {
      peer.last = now
      return
    }
    if (peer.redirects !== 0 && now <= peer.last + redirectLoad * 2 ** peer.redirects) return
    const gateway = path.route.gateway === 0 ? path.destination : path.route.gateway
    icmpStack.sendError(
      inet,
      this.#routes,
      frame,
      at,
      path.route,
      type,
      icmp.Type.Redirect,
      icmp.Redirect.Host,
      gateway,
    )
    peer.last = now
    peer.redirects++
  }
}

function forwarded(path: Path): string {
  const { route } = path
  const via = route.gateway === 0 ? 'directly' : `via ${ip4.format(route.gateway)}`
  return `forwarded to ${ip4.format(path.destination)} ${via} through ${route.device.name}`
}
