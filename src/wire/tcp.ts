/**
 * TCP over IPv4: RFC 9293. src port(2) dst port(2) seq(4) ack(4) offset(4 bits) flags(12 bits) window(2) checksum(2)
 * urgent(2).
 *
 * As much as it takes to refuse a segment. The order of checks follows Linux net/ipv4/tcp_ipv4.c, tcp_v4_rcv. Left out:
 * options.
 */
import { get16, get32, put16, put32 } from './bytes.ts'
import * as checksum from './checksum.ts'
import type { Ip } from './ip.ts'
import { Protocol } from './ipv4.ts'

export const HEADER_BYTES = 20

export const Flag = { Fin: 1, Syn: 2, Rst: 4, Psh: 8, Ack: 16, Urg: 32 } as const

export const srcPort = (b: Uint8Array, at: number): number => get16(b, at)
export const dstPort = (b: Uint8Array, at: number): number => get16(b, at + 2)
export const sequence = (b: Uint8Array, at: number): number => get32(b, at + 4)
export const acknowledgement = (b: Uint8Array, at: number): number => get32(b, at + 8)
export const headerBytes = (b: Uint8Array, at: number): number => (b[at + 12]! >>> 4) * 4
/** Set of Flag.*. */
export const flags = (b: Uint8Array, at: number): number => b[at + 13]!

export const Check = {
  Ok: 0,
  HeaderTruncated: 1, // fewer bytes than a header, or than the header says it has
  BadOffset: 2, // the header says that it is shorter than 20 bytes
  BadChecksum: 3,
} as const
export type Check = (typeof Check)[keyof typeof Check]

/** The first thing wrong with a segment of `bytes` bytes. */
export function check(b: Uint8Array, at: number, bytes: number, src: Ip, dst: Ip): Check {
  if (bytes < HEADER_BYTES) return Check.HeaderTruncated
  const header = headerBytes(b, at)
  if (header < HEADER_BYTES) return Check.BadOffset
  if (header > bytes) return Check.HeaderTruncated
  const sum = checksum.sum(b, at, at + bytes, checksum.pseudo(src, dst, Protocol.Tcp, bytes))
  return checksum.finish(sum) === 0 ? Check.Ok : Check.BadChecksum
}

/**
 * Writes the answer to the segment of `bytes` bytes at b[from] that nobody takes (RFC 9293 3.10.7.1): where it
 * acknowledged, the answer goes on from there, otherwise it acknowledges all of it. `src` and `dst` are the answer's.
 */
export function putReset(
  to: Uint8Array,
  at: number,
  b: Uint8Array,
  from: number,
  bytes: number,
  src: Ip,
  dst: Ip,
): void {
  const asked = flags(b, from)
  const hasAck = (asked & Flag.Ack) !== 0
  const spans = ((asked & Flag.Syn) !== 0 ? 1 : 0) + (asked & Flag.Fin) + bytes - headerBytes(b, from)
  put16(to, at, dstPort(b, from))
  put16(to, at + 2, srcPort(b, from))
  put32(to, at + 4, hasAck ? acknowledgement(b, from) : 0)
  put32(to, at + 8, hasAck ? 0 : sequence(b, from) + spans)
  put16(to, at + 12, ((HEADER_BYTES / 4) << 12) | Flag.Rst | (hasAck ? 0 : Flag.Ack))
  put32(to, at + 14, 0)
  put16(to, at + 18, 0)
  checksum.put(to, at + 16, at, at + HEADER_BYTES, checksum.pseudo(src, dst, Protocol.Tcp, HEADER_BYTES))
}
