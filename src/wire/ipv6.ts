/**
 * The IPv6 header: RFC 8200 section 3, and the one extension that neighbour and group messages need, a hop-by-hop
 * header with the router alert of RFC 2711.
 *
 * The order of checks follows Linux net/ipv6/ip6_input.c, ip6_rcv_core. Left out: other extension headers, traffic
 * class and flow label (written as 0, as the kernel's own messages have them), jumbograms.
 */
import { get16, put16 } from './bytes.ts'
import * as checksum from './checksum.ts'
import * as ip6 from './ip6.ts'

export const HEADER_BYTES = 40
const SRC = 8
const DST = 24

/** Linux include/net/ipv6.h NEXTHDR_*. */
export const NextHeader = { HopByHop: 0, Tcp: 6, Udp: 17, Icmpv6: 58, None: 59 } as const
export type NextHeader = (typeof NextHeader)[keyof typeof NextHeader]

export const version = (b: Uint8Array, at: number): number => b[at]! >>> 4
export const payloadLength = (b: Uint8Array, at: number): number => get16(b, at + 4)
export const nextHeader = (b: Uint8Array, at: number): number => b[at + 6]!
export const hopLimit = (b: Uint8Array, at: number): number => b[at + 7]!

/** A copy of sixteen bytes. */
export const src = (b: Uint8Array, at: number): Uint8Array => b.slice(at + SRC, at + SRC + ip6.BYTES)
export const dst = (b: Uint8Array, at: number): Uint8Array => b.slice(at + DST, at + DST + ip6.BYTES)

/** What is wrong with a packet of `length` bytes; link padding may follow. */
export const Check = { Ok: 0, Truncated: 1, BadHeader: 2 } as const
export type Check = (typeof Check)[keyof typeof Check]

export function check(b: Uint8Array, at: number, length: number): Check {
  if (length < HEADER_BYTES) return Check.Truncated
  if (version(b, at) !== 6) return Check.BadHeader
  return length - HEADER_BYTES < payloadLength(b, at) ? Check.Truncated : Check.Ok
}

/** Writes the header. `src` and `dst` have sixteen bytes. */
export function put(
  b: Uint8Array,
  at: number,
  payloadLength: number,
  nextHeader: number,
  hopLimit: number,
  src: Uint8Array,
  dst: Uint8Array,
): void {
  b[at] = 0x60
  b[at + 1] = 0
  put16(b, at + 2, 0)
  put16(b, at + 4, payloadLength)
  b[at + 6] = nextHeader
  b[at + 7] = hopLimit
  b.set(src, at + SRC)
  b.set(dst, at + DST)
}

/** What the pseudo header of the packet at `at` adds for an upper layer message of `length` bytes. RFC 8200 8.1. */
export const pseudo = (b: Uint8Array, at: number, protocol: number, length: number): number =>
  checksum.sum(b, at + SRC, at + HEADER_BYTES) + protocol + length

export const ROUTER_ALERT_BYTES = 8

/** A hop-by-hop header: router alert with value 0 (a group message), padded to eight bytes. */
export function putRouterAlert(b: Uint8Array, at: number, nextHeader: number): void {
  b.set([nextHeader, 0, 5, 2, 0, 0, 1, 0], at)
}
