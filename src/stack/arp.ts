/**
 * ARP: who has which address, asked and answered.
 *
 * Follows Linux net/ipv4/arp.c: arp_rcv and arp_process (`receive`), arp_solicit (`solicit`), arp_constructor
 * (`construct`), arp_ignore, arp_filter, arp_accept. Left out: FDDI and AX.25.
 */
import { Scope } from '../control/records.ts'
import { Nud, RouteType } from '../control/request.ts'
import { type Device, HardwareType, Iff, PacketType } from '../core/device.ts'
import { Drop } from '../core/drop.ts'
import { allocate, type Frame } from '../core/frame.ts'
import * as arp from '../wire/arp.ts'
import * as eth from '../wire/ethernet.ts'
import type { Ip } from '../wire/ip.ts'
import * as ip4 from '../wire/ip.ts'
import type { Mac } from '../wire/mac.ts'
import * as mac48 from '../wire/mac.ts'
import type { InDevice } from './indevice.ts'
import type { Inet } from './inet.ts'
import { type Neighbour, Update, VALID } from './neighbour.ts'
import type { Routes } from './route.ts'

/** A frame with one ARP packet from `device`. */
export function packet(device: Device, op: number, to: Mac, sha: Mac, spa: Ip, tha: Mac, tpa: Ip): Frame {
  const frame = allocate(eth.HEADER_BYTES + arp.BYTES)
  eth.put(frame.bytes, frame.at, to, device.mac, eth.EtherType.Arp)
  arp.put(frame.bytes, frame.at + eth.HEADER_BYTES, op, sha, spa, tha, tpa)
  return frame
}

/** arp_send_dst */
function send(inet: Inet, device: Device, op: number, to: Mac, spa: Ip, tha: Mac, tpa: Ip): void {
  if ((device.flags & Iff.NoArp) !== 0) return
  inet.env.tx(device, packet(device, op, to, device.mac, spa, tha, tpa))
}

/** arp_solicit: asks everybody, or in PROBE the one who had the address last. */
export function solicit(inet: Inet, neighbour: Neighbour, waiting: Frame | undefined): void {
  const { parms } = neighbour
  const { device } = parms
  const inDevice = inet.inDevice(device)
  if (inDevice === undefined) return
  const from = sourceFor(inet, inDevice, neighbour.address, waiting)
  const left = neighbour.probes - parms.conf.unicastProbes
  const isDirect = left < 0 && (neighbour.state & VALID) !== 0
  if (left >= 0 && left < parms.conf.appProbes) return // An application's turn: nobody listens.
  const to = isDirect ? neighbour.mac : mac48.BROADCAST
  const frame = packet(device, arp.Op.Request, to, device.mac, from, mac48.ZERO, neighbour.address)
  if ((device.flags & Iff.NoArp) !== 0) return
  if (inet.env.tracing) {
    const whom = isDirect ? mac48.format(to) : 'everybody'
    inet.env.note(
      device,
      frame,
      `asks ${whom} who has ${ip4.format(neighbour.address)} (probe ${neighbour.probes + 1})`,
    )
  }
  inet.env.tx(device, frame)
}

/** In whose name to ask: the sender of the packet that waits, if it is ours and arp_announce lets us. */
function sourceFor(inet: Inet, inDevice: InDevice, target: Ip, waiting: Frame | undefined): Ip {
  if (waiting !== undefined && inDevice.conf.arpAnnounce < 2) {
    const src = ip4.get(waiting.bytes, waiting.at + inDevice.headerBytes + 12)
    const isOurs = inet.fib.addressType(src) === RouteType.Local
    if (isOurs && (inDevice.conf.arpAnnounce === 0 || isOnLinkWith(inDevice, target, src))) return src
  }
  return inet.selectAddress(inDevice.device, target, Scope.Link)
}

/** inet_addr_onlink */
const isOnLinkWith = (inDevice: InDevice, a: Ip, b: Ip): boolean =>
  inDevice.addresses.some(
    each => ip4.contains(each.address, each.prefixLength, a) && ip4.contains(each.address, each.prefixLength, b),
  )

/** arp_constructor: the state and address that a new neighbour begins with. */
export function construct(inet: Inet, device: Device, address: Ip): { readonly state: number; readonly mac: Mac } {
  if (device.hardwareType === HardwareType.None) return { state: Nud.NoArp, mac: mac48.ZERO }
  const type = inet.fib.addressType(address)
  if (type === RouteType.Multicast) return { state: Nud.NoArp, mac: ip4.multicastMac(address) }
  if ((device.flags & (Iff.NoArp | Iff.Loopback)) !== 0) return { state: Nud.NoArp, mac: device.mac }
  if (type === RouteType.Broadcast || (device.flags & Iff.PointToPoint) !== 0) {
    return { state: Nud.NoArp, mac: mac48.BROADCAST }
  }
  return { state: Nud.None, mac: mac48.ZERO }
}

/** arp_rcv and arp_process. `at` is where the ARP packet begins. */
export function receive(
  inet: Inet,
  routes: Routes,
  inDevice: InDevice,
  frame: Frame,
  at: number,
  type: PacketType,
): void {
  const { env } = inet
  const { device } = inDevice
  const { bytes } = frame
  if (type === PacketType.OtherHost) return env.drop(device, Drop.OtherHost, frame)
  if ((device.flags & Iff.NoArp) !== 0) return env.drop(device, Drop.NotSpecified, frame)
  if (!arp.isValid(bytes, at, frame.at + frame.length - at)) return env.drop(device, Drop.NotSpecified, frame)
  const op = arp.op(bytes, at)
  if (op !== arp.Op.Request && op !== arp.Op.Reply) return env.drop(device, Drop.NotSpecified, frame)
  const sha = arp.sha(bytes, at)
  const spa = arp.spa(bytes, at)
  const tpa = arp.tpa(bytes, at)
  if (ip4.isMulticast(tpa) || (ip4.isLoopback(tpa) && !inDevice.conf.routeLocalnet)) {
    return env.drop(device, Drop.NotSpecified, frame)
  }
  if (inDevice.conf.dropGratuitousArp && spa === tpa) return env.drop(device, Drop.NotSpecified, frame)
  if (op === arp.Op.Request) {
    // Duplicate address detection asks in nobody's name and is answered without learning anything.
    if (spa === 0) {
      if (inet.fib.addressType(tpa) === RouteType.Local && !isIgnored(inet, inDevice, spa, tpa)) {
        send(inet, device, arp.Op.Reply, sha, tpa, sha, spa)
      }
      return
    }
    if (answer(inet, routes, inDevice, frame, sha, spa, tpa, type)) return
  }
  learn(inet, inDevice, frame, at, op, type)
}

/** Answers a request if it is for us or for somebody we stand for. True: that was all there was to do. */
function answer(
  inet: Inet,
  routes: Routes,
  inDevice: InDevice,
  frame: Frame,
  sha: Mac,
  spa: Ip,
  tpa: Ip,
  type: PacketType,
): boolean {
  const { device } = inDevice
  const path = routes.input(tpa, spa, inDevice, 0)
  if (path === undefined) return false
  const { route } = path
  if (route.type === RouteType.Local) {
    const refused = isIgnored(inet, inDevice, spa, tpa)
      ? 'arp_ignore'
      : inDevice.conf.arpFilter && isFiltered(routes, device, spa, tpa)
        ? 'arp_filter'
        : undefined
    if (refused !== undefined) {
      if (inet.env.tracing) inet.env.note(device, frame, `${ip4.format(tpa)} is ours, but not answered (${refused})`)
      return true
    }
    if (inet.neighbours.heard(inDevice.neighbours, spa, sha, frame) === undefined) return true
    if (inet.env.tracing)
      inet.env.note(device, frame, `${ip4.format(tpa)} is ours: answered with ${mac48.format(device.mac)}`)
    send(inet, device, arp.Op.Reply, sha, tpa, sha, spa)
    return true
  }
  if (!inDevice.conf.forwarding || route.type !== RouteType.Unicast) return false
  const isProxy =
    (inDevice.conf.proxyArp && route.device !== device && areApart(inDevice, inet.inDevice(route.device))) ||
    (inDevice.conf.proxyArpPvlan && route.device === device) ||
    (route.device !== device && inet.proxies.has(tpa, device))
  if (!isProxy) return false
  if (inet.neighbours.heard(inDevice.neighbours, spa, sha, frame) === undefined) return true
  if (type === PacketType.Host || inDevice.neighbours.conf.proxyDelay === 0) {
    send(inet, device, arp.Op.Reply, sha, tpa, sha, spa)
  } else {
    inet.proxies.answerLater(inDevice, packet(device, arp.Op.Reply, sha, device.mac, tpa, sha, spa))
  }
  return true
}

/** arp_fwd_proxy: are they devices of two media, as far as anybody said? */
function areApart(inDevice: InDevice, out: InDevice | undefined): boolean {
  const { mediumId } = inDevice.conf
  if (mediumId === 0) return true
  const other = out?.conf.mediumId ?? -1
  return mediumId !== -1 && other !== -1 && other !== mediumId
}

/** The last part of arp_process: what the sender says of himself, if we know him. */
function learn(inet: Inet, inDevice: InDevice, frame: Frame, at: number, op: number, type: PacketType): void {
  const { bytes } = frame
  const { neighbours } = inDevice
  const spa = arp.spa(bytes, at)
  const sha = arp.sha(bytes, at)
  let neighbour = neighbours.entries.get(spa)
  const accepts = isAccepted(inDevice, spa)
  const isGratuitous = (neighbour !== undefined || accepts) && isGarp(inet, bytes, at, op)
  if (neighbour === undefined && accepts) {
    const isUnicast = inet.fib.addressType(spa) === RouteType.Unicast
    if (isGratuitous || (op === arp.Op.Reply && isUnicast)) neighbour = inet.neighbours.get(neighbours, spa)
  }
  if (neighbour === undefined) return
  // Several answers to one question: the first wins, and for locktime nobody else.
  const override = isGratuitous || inet.jiffies > neighbour.updated + neighbours.conf.lockTime
  // Neither a broadcast reply nor a request shows that we are heard.
  const state = op === arp.Op.Reply && type === PacketType.Host ? Nud.Reachable : Nud.Stale
  inet.neighbours.update(neighbour, sha, state, override ? Update.Override : 0, frame)
}

/** arp_is_garp */
function isGarp(inet: Inet, bytes: Uint8Array, at: number, op: number): boolean {
  const spa = arp.spa(bytes, at)
  if (spa !== arp.tpa(bytes, at)) return false
  if (op === arp.Op.Reply && arp.tha(bytes, at) !== arp.sha(bytes, at)) return false
  return inet.fib.addressType(spa) === RouteType.Unicast
}

function isAccepted(inDevice: InDevice, spa: Ip): boolean {
  if (inDevice.conf.arpAccept === 1) return true
  return (
    inDevice.conf.arpAccept === 2 && inDevice.addresses.some(each => ip4.contains(each.address, each.prefixLength, spa))
  )
}

/** arp_ignore: must a request for this local address stay without an answer? */
function isIgnored(inet: Inet, inDevice: InDevice, spa: Ip, tpa: Ip): boolean {
  switch (inDevice.conf.arpIgnore) {
    case 1: // Only when the address is on the interface that was asked.
      return !confirms(inDevice, 0 as Ip, tpa, Scope.Host)
    case 2: // And the asker in the same network.
      return !confirms(inDevice, spa, tpa, Scope.Host)
    case 3: // Not for addresses of scope host.
      for (const each of inet.inDevices()) if (confirms(each, 0 as Ip, tpa, Scope.Link)) return false
      return true
    case 8:
      return true
    default:
      return false
  }
}

/** confirm_addr_indev: the address is on the interface, and in one of its networks, where the peer is too (0: any). */
function confirms({ addresses, conf }: InDevice, peer: Ip, local: Ip, scope: number): boolean {
  const narrowest = conf.routeLocalnet ? Scope.Link : Scope.Host
  return (
    addresses.some(each => each.local === local && Math.min(each.scope, narrowest) <= scope) &&
    addresses.some(
      ({ address, prefixLength }) =>
        ip4.contains(address, prefixLength, local) && (peer === 0 || ip4.contains(address, prefixLength, peer)),
    )
  )
}

/** arp_filter: would an answer to the asker leave by another interface? */
function isFiltered(routes: Routes, device: Device, spa: Ip, tpa: Ip): boolean {
  const path = routes.output(spa, tpa, 0, 0)
  return path === undefined || path.route.device !== device
}
