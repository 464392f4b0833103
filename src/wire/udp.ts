/**
 * UDP over IPv4: RFC 768. src port(2) dst port(2) length(2) checksum(2).
 *
 * The order of checks follows Linux net/ipv4/udp.c, __udp4_lib_rcv. Left out: UDP-Lite, the length 0 of jumbograms.
 */
import { get16, put16 } from './bytes.ts'
import * as checksum from './checksum.ts'
import type { Ip } from './ip.ts'
import { Protocol } from './ipv4.ts'

export const HEADER_BYTES = 8

export const srcPort = (b: Uint8Array, at: number): number => get16(b, at)
export const dstPort = (b: Uint8Array, at: number): number => get16(b, at + 2)

/** Of header and payload. */
export const length = (b: Uint8Array, at: number): number => get16(b, at + 4)

/** 0 means that the sender computed none. */
export const datagramChecksum = (b: Uint8Array, at: number): number => get16(b, at + 6)

export const Check = {
  Ok: 0,
  HeaderTruncated: 1, // fewer than 8 bytes
  BadLength: 2, // the length field is below 8 or beyond what arrived
  BadChecksum: 3,
} as const
export type Check = (typeof Check)[keyof typeof Check]

/** The first thing wrong with a datagram of which `bytes` bytes arrived. */
export function check(b: Uint8Array, at: number, bytes: number, src: Ip, dst: Ip): Check {
  if (bytes < HEADER_BYTES) return Check.HeaderTruncated
  const whole = length(b, at)
  if (whole > bytes || whole < HEADER_BYTES) return Check.BadLength
  return verify(b, at, src, dst) ? Check.Ok : Check.BadChecksum
}

/** Is the checksum right, or absent? Goes by the length field, which the caller has checked. */
export function verify(b: Uint8Array, at: number, src: Ip, dst: Ip): boolean {
  if (datagramChecksum(b, at) === 0) return true
  const whole = length(b, at)
  return checksum.finish(checksum.sum(b, at, at + whole, checksum.pseudo(src, dst, Protocol.Udp, whole))) === 0
}

/** Writes the header and the checksum before `payloadBytes` bytes that are in place already. */
export function put(
  b: Uint8Array,
  at: number,
  srcPort: number,
  dstPort: number,
  payloadBytes: number,
  src: Ip,
  dst: Ip,
): void {
  const whole = HEADER_BYTES + payloadBytes
  putBare(b, at, srcPort, dstPort, payloadBytes)
  const value = checksum.finish(checksum.sum(b, at, at + whole, checksum.pseudo(src, dst, Protocol.Udp, whole)))
  // 0 is taken for "none". In ones' complement 0xffff is the same number.
  put16(b, at + 6, value === 0 ? 0xffff : value)
}

/** Writes the header with no checksum, as IPv4 allows. */
export function putBare(b: Uint8Array, at: number, srcPort: number, dstPort: number, payloadBytes: number): void {
  put16(b, at, srcPort)
  put16(b, at + 2, dstPort)
  put16(b, at + 4, HEADER_BYTES + payloadBytes)
  put16(b, at + 6, 0)
}

export interface Datagram {
  readonly srcPort: number
  readonly dstPort: number
  /** Was a checksum sent? */
  readonly hasChecksum: boolean
  readonly payload: Uint8Array
}

/** The datagram at b[at], sent from src to dst; what follows its length is ignored. Throws an Error as check says. */
export function parse(b: Uint8Array, src: Ip, dst: Ip, at = 0, bytes = b.length - at): Datagram {
  const wrong = check(b, at, bytes, src, dst)
  if (wrong !== Check.Ok) throw new Error(`udp: ${WRONG[wrong]}`)
  return {
    srcPort: srcPort(b, at),
    dstPort: dstPort(b, at),
    hasChecksum: datagramChecksum(b, at) !== 0,
    payload: b.slice(at + HEADER_BYTES, at + length(b, at)),
  }
}

const WRONG = {
  [Check.HeaderTruncated]: 'fewer bytes than a header',
  [Check.BadLength]: 'the length field does not fit',
  [Check.BadChecksum]: 'bad checksum',
} as const

/** Throws an Error when the payload is longer than the length field can say. */
export function emit(datagram: Datagram, src: Ip, dst: Ip): Uint8Array {
  const { srcPort, dstPort, payload } = datagram
  if (HEADER_BYTES + payload.length > 0xffff) throw new Error(`udp: payload of ${payload.length} bytes`)
  const b = new Uint8Array(HEADER_BYTES + payload.length)
  b.set(payload, HEADER_BYTES)
  if (datagram.hasChecksum) put(b, 0, srcPort, dstPort, payload.length, src, dst)
  else putBare(b, 0, srcPort, dstPort, payload.length)
  return b
}
