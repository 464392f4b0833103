/**
 * The internet checksum: RFC 1071, its incremental update RFC 1624 (equation 3), the pseudo header of RFC 768.
 *
 * A checksum is made in steps that chain: sum (and pseudo) add words, finish folds the carries in and inverts.
 * Left out: pieces that start at an odd octet of the message. Only the last piece of a chain may have an odd length.
 */
import { put16 } from './bytes.ts'

/**
 * Adds the big-endian 16-bit words of b[from, to) to `initial`; an odd last octet counts as the high half of a word.
 *
 * Exact up to 64 KiB: the result is below initial + 2^31, so an `initial` below 2^31 keeps it in what fold takes.
 */
export function sum(b: Uint8Array, from: number, to: number, initial = 0): number {
  // High and low octets apart: no shift per word. Four words at a time is as fast as eight and better for headers.
  let high = 0
  let low = 0
  let i = from
  for (const end = to - 7; i < end; i += 8) {
    high += b[i]! + b[i + 2]! + b[i + 4]! + b[i + 6]!
    low += b[i + 1]! + b[i + 3]! + b[i + 5]! + b[i + 7]!
  }
  for (const end = to - 1; i < end; i += 2) {
    high += b[i]!
    low += b[i + 1]!
  }
  if (i < to) high += b[i]!
  return high * 256 + low + initial
}

/** What the pseudo header of UDP and TCP over IPv4 adds; `length` is that of transport header and payload. */
export const pseudo = (src: number, dst: number, protocol: number, length: number): number =>
  (src >>> 16) + (src & 0xffff) + (dst >>> 16) + (dst & 0xffff) + protocol + length

/** Folds the carries of a sum below 2^32 into 16 bits. The second step takes in the carry of the first. */
export function fold(partial: number): number {
  const once = (partial & 0xffff) + (partial >>> 16)
  return (once & 0xffff) + (once >>> 16)
}

/** The value for the checksum field. Over a message whose checksum is right it answers 0. */
export const finish = (partial: number): number => ~fold(partial) & 0xffff

/** The checksum after one 16-bit word of the message has changed. RFC 1624: HC' = ~(~HC + ~m + m'). */
export const update16 = (checksum: number, oldWord: number, newWord: number): number =>
  finish((~checksum & 0xffff) + (~oldWord & 0xffff) + newWord)

/** The same for a 32-bit field, such as an address that NAT rewrites. */
export const update32 = (checksum: number, oldValue: number, newValue: number): number =>
  update16(update16(checksum, oldValue >>> 16, newValue >>> 16), oldValue & 0xffff, newValue & 0xffff)

/** Writes the checksum of b[from, to) into that range at `field`. */
export function put(b: Uint8Array, field: number, from: number, to: number, initial = 0): void {
  put16(b, field, 0)
  put16(b, field, finish(sum(b, from, to, initial)))
}
