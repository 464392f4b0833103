import fc from 'fast-check'
import { expect, test } from 'vitest'
import { get16, get32, put16, put32 } from '../../src/wire/bytes.ts'
import { hex, u16, u32, written } from './hex.ts'

test('the most significant octet comes first, and 32 bits are unsigned', () => {
  expect(get16(hex('00 fedc 00'), 1)).toBe(0xfedc)
  expect(get32(hex('00 fedcba98 00'), 1)).toBe(0xfedcba98)
  expect(written(2, (b, at) => put16(b, at, 0xfedc))).toBe('fedc')
  expect(written(4, (b, at) => put32(b, at, 0xfedcba98))).toBe('fedcba98')
})

test('what is put is what is got', () => {
  const b = new Uint8Array(5)
  fc.assert(
    fc.property(u16, u32, (small, large) => {
      put16(b, 1, small)
      expect(get16(b, 1)).toBe(small)
      put32(b, 1, large)
      expect(get32(b, 1)).toBe(large)
    }),
  )
})
