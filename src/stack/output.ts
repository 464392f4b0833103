/**
 * IPv4 packets on their way out: to the neighbour, in fragments if need be, and to ourselves where a group is meant.
 *
 * Follows Linux net/ipv4/ip_output.c: ip_output, ip_mc_output, ip_finish_output2, ip_do_fragment. Left out: netfilter's
 * hooks, options in fragments, multicast routing.
 */
import { HardwareType, isUp, Xmit } from '../core/device.ts'
import { Drop } from '../core/drop.ts'
import { allocate, type Frame } from '../core/frame.ts'
import { pieceLengths, pieces } from '../core/pieces.ts'
import type { Ip } from '../wire/ip.ts'
import * as ipv4 from '../wire/ipv4.ts'
import { Cast, type Route } from './dst.ts'
import { type Inet, Timer } from './inet.ts'
import type { Neighbour, Sender } from './neighbour.ts'
import type { Path } from './path.ts'
import { isSolo } from './route.ts'
import { truesize } from './truesize.ts'

/** A frame for a packet of `bytes` octets, its header included, that leaves along this route. */
export const allocatePacket = (route: Route, bytes: number): Frame => allocate(route.headerBytes + bytes)

/** Where the IP header begins in a frame made by allocatePacket. */
export const packetAt = (route: Route, frame: Frame): number => frame.at + route.headerBytes

/**
 * ip_send_skb: sends a packet made here, by a socket or (`sender` undefined) by the stack itself. What a device refuses
 * counts as discarded; what it loses for want of a carrier does not.
 */
export function sendLocal(inet: Inet, path: Path, frame: Frame, at: number, sender: Sender | undefined): Xmit {
  const outcome = localOut(inet, path, frame, at, sender)
  if (outcome === Xmit.Drop) inet.snmp.ipOutDiscards++
  return outcome
}

/** raw_send_hdrinc: as sendLocal, for a packet whose header its sender has made; it does not count as a request. */
export function sendMade(inet: Inet, path: Path, frame: Frame, at: number, sender: Sender): Xmit {
  const outcome = dstOutput(inet, path, frame, at, sender)
  if (outcome === Xmit.Drop) inet.snmp.ipOutDiscards++
  return outcome
}

/** ip_local_out */
function localOut(inet: Inet, path: Path, frame: Frame, at: number, sender: Sender | undefined): Xmit {
  inet.snmp.ipOutRequests++
  return dstOutput(inet, path, frame, at, sender)
}

/** dst_output: ip_output, ip_mc_output. */
function dstOutput(inet: Inet, path: Path, frame: Frame, at: number, sender: Sender | undefined): Xmit {
  const { route } = path
  const isGroup = (route.cast & (Cast.Broadcast | Cast.Multicast)) !== 0
  if (isGroup && (route.cast & Cast.Local) !== 0 && route.device.hardwareType !== HardwareType.Loopback) {
    const isMulticast = (route.cast & Cast.Multicast) !== 0
    if (!isMulticast || sender === undefined || sender.loopsMulticast) hearOurselves(inet, route, frame, sender)
    // With a TTL of 0 a packet does not leave this machine; of groups that it is not in nobody checks that.
    if (isMulticast && ipv4.ttl(frame.bytes, at) === 0) {
      inet.env.drop(route.device, Drop.NotSpecified, frame)
      return Xmit.Success
    }
  }
  return finish(inet, path, frame, at, sender?.probesPath === true ? route.device.mtu : route.mtu, sender)
}

/** ip_finish_output: in one piece, or in several that `mtu` allows. */
export function finish(
  inet: Inet,
  path: Path,
  frame: Frame,
  at: number,
  mtu: number,
  sender: Sender | undefined,
): Xmit {
  if (ipv4.totalLength(frame.bytes, at) > mtu) return fragment(inet, path, frame, at, mtu, sender)
  return toNeighbour(inet, path, frame, sender)
}

/** skb_dst of what goes to lo: it comes back in with the decision of its sender. */
const sendersRoutes = new WeakMap<Frame, Route>()

/** Undefined for a frame that no stack sent by lo. */
export const routeOfSender = (frame: Frame): Route | undefined => sendersRoutes.get(frame)

/** ip_finish_output2 */
function toNeighbour(inet: Inet, path: Path, frame: Frame, sender: Sender | undefined): Xmit {
  inet.snmp.transmitted(path.route.cast, ipv4.totalLength(frame.bytes, packetAt(path.route, frame)))
  if (path.route.device.hardwareType === HardwareType.Loopback) sendersRoutes.set(frame, path.route)
  let neighbour = path.neighbour
  if (neighbour === undefined || neighbour.dead) {
    neighbour = neighbourOf(inet, path)
    if (neighbour === undefined) {
      inet.env.drop(path.route.device, Drop.NeighCreateFail, frame)
      return Xmit.Drop
    }
    path.neighbour = neighbour
  }
  if (sender === undefined) return inet.neighbours.output(neighbour, frame, path.route, sender)
  if (sender.confirms) inet.neighbours.confirm(neighbour)
  inet.env.disableSoftirqs?.()
  const outcome = inet.neighbours.output(neighbour, frame, path.route, sender)
  inet.env.enableSoftirqs?.()
  return outcome
}

function neighbourOf(inet: Inet, path: Path): Neighbour | undefined {
  const { route } = path
  const parms = inet.inDevice(route.device)?.neighbours
  if (parms === undefined) return undefined
  const hop = route.gateway === 0 ? path.destination : route.gateway
  return inet.neighbours.get(parms, isSolo(route.device) ? (0 as Ip) : hop)
}

/** ip_mc_output: who sends to a group that he is in himself hears it as well, without any device in between. */
function hearOurselves({ env }: Inet, route: Route, frame: Frame, sender: Sender | undefined): void {
  const { device } = route
  if (!isUp(device)) {
    device.rxDropped++
    return env.drop(device, Drop.DevReady, frame)
  }
  if (sender !== undefined) env.disableSoftirqs?.()
  env.stackTimer(env.now, Timer.Loopback, { frame, route })
  if (sender !== undefined) env.enableSoftirqs?.()
}

/** ip_do_fragment: gives up with the first piece that is lost at once. */
function fragment(inet: Inet, path: Path, frame: Frame, at: number, mtu: number, sender: Sender | undefined): Xmit {
  const { snmp } = inet
  const parts = pieces(frame, at, mtu)
  if (parts.length === 0) {
    snmp.ipFragFails++
    inet.env.drop(path.route.device, Drop.PktTooBig, frame)
    return Xmit.Drop
  }
  for (const piece of parts) {
    const outcome = toNeighbour(inet, path, piece, sender)
    if (outcome !== Xmit.Success) {
      snmp.ipFragFails++
      return outcome
    }
    snmp.ipFragCreates++
  }
  snmp.ipFragOks++
  return Xmit.Success
}

/**
 * __ip_append_data: may a sender with a buffer of `sendBytesMax` have one more packet of `total` octets in queues? It
 * is made in as many pieces as `mtu` asks for, and before each of them less than twice the buffer may be taken.
 */
export function mayAppend(inet: Inet, sender: Sender, sendBytesMax: number, total: number, mtu: number): boolean {
  let held = sender.heldBytes
  if (total <= mtu && held < 2 * sendBytesMax) return true
  for (const length of pieceLengths(total - ipv4.HEADER_BYTES, mtu - ipv4.HEADER_BYTES)) {
    if (held >= 2 * sendBytesMax) {
      inet.snmp.ipOutDiscards++
      return false
    }
    held += truesize(ipv4.HEADER_BYTES + length)
  }
  return true
}
