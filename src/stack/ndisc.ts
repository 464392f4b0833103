/**
 * The messages of neighbour discovery that a host with nothing but its own link-local address sends, RFC 4861.
 *
 * Follows Linux net/ipv6/ndisc.c: ndisc_send_ns, ndisc_send_na, ndisc_send_rs. Left out: neighbour entries of IPv6.
 */
import type { Device } from '../core/device.ts'
import type { Frame } from '../core/frame.ts'
import * as icmp6 from '../wire/icmp6.ts'
import * as ip6 from '../wire/ip6.ts'
import type { Mac } from '../wire/mac.ts'
import { ALL_NODES } from './mld.ts'
import { frame6, linkHeaderBytes } from './packet6.ts'

const ALL_ROUTERS = ip6.parse('ff02::2')!
const UNSPECIFIED = new Uint8Array(ip6.BYTES)

/** Received messages have travelled no hop, so nobody from outside can have sent them. RFC 4861 section 7.1. */
export const HOP_LIMIT = 255

/** Does anybody have this address already? RFC 4862 section 5.4.2. */
export function duplicateProbe(dev: Device, target: Uint8Array, nonce: number): Frame {
  const dst = ip6.solicitedNode(target)
  return neighbour(dev, UNSPECIFIED, dst, ip6.multicastMac(dst), {
    type: icmp6.Type.NeighbourSolicitation,
    flags: 0,
    target,
    mac: undefined,
    nonce,
  })
}

/** The answer to a solicitation for `target`, one of our addresses. */
export function answer(dev: Device, target: Uint8Array, dst: Uint8Array, dstMac: Mac, toGroup: boolean): Frame {
  const { Solicited, Override } = icmp6.NeighbourFlag
  return neighbour(dev, target, dst, dstMac, {
    type: icmp6.Type.NeighbourAdvertisement,
    flags: toGroup ? Solicited + Override : Solicited,
    target,
    mac: toGroup ? dev.mac : undefined,
    nonce: undefined,
  })
}

/** The answer to somebody who is about to take `target`, one of our addresses: everybody shall know. */
export function objection(dev: Device, target: Uint8Array): Frame {
  return neighbour(dev, target, ALL_NODES, ip6.multicastMac(ALL_NODES), {
    type: icmp6.Type.NeighbourAdvertisement,
    flags: icmp6.NeighbourFlag.Override,
    target,
    mac: dev.mac,
    nonce: undefined,
  })
}

function neighbour(dev: Device, src: Uint8Array, dst: Uint8Array, dstMac: Mac, message: icmp6.Neighbour): Frame {
  const bytes = icmp6.neighbourBytes(message)
  return frame6(dev, {
    src,
    dst,
    dstMac,
    hopLimit: HOP_LIMIT,
    bytes,
    put: (b, at) => icmp6.putNeighbour(b, at, message),
  })
}

/** Is there a router? */
export function routerSolicitation(dev: Device, src: Uint8Array): Frame {
  const mac = linkHeaderBytes(dev) > 0 ? dev.mac : undefined
  return frame6(dev, {
    src,
    dst: ALL_ROUTERS,
    dstMac: ip6.multicastMac(ALL_ROUTERS),
    hopLimit: HOP_LIMIT,
    bytes: icmp6.routerSolicitationBytes(mac),
    put: (b, at) => icmp6.putRouterSolicitation(b, at, mac),
  })
}
