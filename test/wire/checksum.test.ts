import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as checksum from '../../src/wire/checksum.ts'
import { hex, u16, u32, written } from './hex.ts'

/** RFC 1071 section 4.1 in words: add with end-around carry, invert. */
function naive(bytes: Uint8Array, from: number, to: number): number {
  let sum = 0
  for (let i = from; i < to; i += 2) {
    sum += bytes[i]! * 256 + (i + 1 < to ? bytes[i + 1]! : 0)
    if (sum > 0xffff) sum -= 0xffff
  }
  return 0xffff - sum
}

test('the example of RFC 1071 section 3', () => {
  const bytes = hex('0001 f203 f4f5 f6f7')
  expect(checksum.sum(bytes, 0, 8)).toBe(0x2ddf0)
  expect(checksum.fold(0x2ddf0)).toBe(0xddf2)
  expect(checksum.finish(0x2ddf0)).toBe(0x220d)
})

test('over a header that Linux sent the result is 0', () => {
  const header = hex('45c0 0070 ca36 0000 4001 9b82 0a05 0001 0a05 000a')
  expect(checksum.finish(checksum.sum(header, 0, 20))).toBe(0)
  expect(checksum.finish(checksum.sum(header, 0, 20) - 0x9b82)).toBe(0x9b82)
})

test('the pseudo header is what Linux leaves in a UDP datagram whose checksum the device is to finish', () => {
  expect(checksum.fold(checksum.pseudo(0x0a080002, 0x0a080001, 17, 25))).toBe(0x143d)
  expect(checksum.fold(checksum.pseudo(0x0a080002, 0x0a080001, 17, 27))).toBe(0x143f)
})

test('64 KiB of ones are added without overflow', () => {
  const ones = new Uint8Array(0x10000).fill(0xff)
  expect(checksum.sum(ones, 0, ones.length)).toBe(0x8000 * 0xffff)
  expect(checksum.finish(checksum.sum(ones, 0, ones.length, 0x7fff_ffff))).toBe(~checksum.fold(0x7fff_ffff) & 0xffff)
  expect(checksum.finish(0xffff_ffff)).toBe(0)
})

test('any range gives what the naive sum gives, whatever lies around it', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(20), fc.nat(20), (bytes, skipFront, skipBack) => {
      const from = Math.min(skipFront, bytes.length)
      const to = Math.max(from, bytes.length - skipBack)
      // Ones' complement has two zeros; both sides answer 0xffff only for a range of nothing but zero octets.
      expect(checksum.finish(checksum.sum(bytes, from, to))).toBe(naive(bytes, from, to))
    }),
  )
})

test('a sum may be made in even pieces, in any order', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(100), (bytes, half) => {
      const cut = Math.min(2 * half, bytes.length & ~1)
      const back = checksum.sum(bytes, cut, bytes.length)
      expect(checksum.sum(bytes, 0, cut, back)).toBe(checksum.sum(bytes, 0, bytes.length))
    }),
  )
})

test('put writes a checksum that verifies', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 2, maxLength: 100 }), u16, (bytes, initial) => {
      checksum.put(bytes, 0, 0, bytes.length, initial)
      expect(checksum.finish(checksum.sum(bytes, 0, bytes.length, initial))).toBe(0)
    }),
  )
  expect(written(4, (b, at) => checksum.put(b, at + 2, at, at + 4))).toBe('a5a55a5a')
})

test('the example of RFC 1624 section 4, where the older equation fails', () => {
  expect(checksum.update16(0xdd2f, 0x5555, 0x3285)).toBe(0x0000)
})

test('an update is the same as a new computation', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 8, maxLength: 60 }), fc.nat(3), u16, (bytes, word, value) => {
      bytes[0] = 0x45 // Messages begin with something; the all-zero one is where the two zeros differ.
      const at = 2 * word
      const before = checksum.finish(checksum.sum(bytes, 0, bytes.length))
      const old = bytes[at]! * 256 + bytes[at + 1]!
      bytes[at] = value >> 8
      bytes[at + 1] = value
      fc.pre(bytes.some(octet => octet !== 0))
      expect(checksum.update16(before, old, value)).toBe(checksum.finish(checksum.sum(bytes, 0, bytes.length)))
    }),
  )
  fc.assert(
    fc.property(u32, u32, u16, (before, after, other) => {
      const of = (address: number): number => checksum.finish((address >>> 16) + (address & 0xffff) + other + 1)
      expect(checksum.update32(of(before), before, after)).toBe(of(after))
    }),
  )
})
