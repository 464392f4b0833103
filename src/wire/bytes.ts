/**
 * Integers in network byte order (RFC 791 appendix B: most significant octet first).
 *
 * The caller answers for the bounds: nothing here looks at the length. What lies beyond the buffer reads as zero bits.
 */

export const get16 = (b: Uint8Array, at: number): number => (b[at]! << 8) | b[at + 1]!

export const get32 = (b: Uint8Array, at: number): number =>
  ((b[at]! << 24) | (b[at + 1]! << 16) | (b[at + 2]! << 8) | b[at + 3]!) >>> 0

// A typed array keeps the low eight bits of what is stored, so only the shifts are needed. They take the value modulo
// 2^32 (ECMAScript ToInt32), fraction cut: put32 of a 48-bit number writes its low half.

export function put16(b: Uint8Array, at: number, value: number): void {
  b[at] = value >>> 8
  b[at + 1] = value
}

export function put32(b: Uint8Array, at: number, value: number): void {
  b[at] = value >>> 24
  b[at + 1] = value >>> 16
  b[at + 2] = value >>> 8
  b[at + 3] = value
}
