import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as mac from '../../src/wire/mac.ts'
import { embedded, hex, macs, written } from './hex.ts'

test.for([
  // text, isGroup, isLocal, isValidEther
  ['00:00:00:00:00:00', false, false, false],
  ['ff:ff:ff:ff:ff:ff', true, true, false],
  ['02:00:00:00:00:01', false, true, true],
  ['00:1b:21:fe:dc:ba', false, false, true],
  ['01:00:5e:00:00:fb', true, false, false],
  ['33:33:ff:00:00:01', true, true, false],
  ['fe:ff:ff:ff:ff:ff', false, true, true],
] as const)('%s', ([text, isGroup, isLocal, isValid]) => {
  const address = mac.parse(text)!
  expect(mac.format(address)).toBe(text)
  expect([mac.isGroup(address), mac.isLocal(address), mac.isValidEther(address)]).toEqual([isGroup, isLocal, isValid])
})

test('an address is its octets read as one integer', () => {
  expect(mac.get(hex('0000 fedcba987654 00'), 2)).toBe(0xfedcba987654)
  expect(written(6, (b, at) => mac.put(b, at, 0xfedcba987654 as mac.Mac))).toBe('fedcba987654')
  expect(mac.parse('2:0:0:A:b:C')).toBe(0x0200000a0b0c)
})

test.for([
  '',
  '0',
  '02:00:00:00:00',
  '02:00:00:00:00:01:02',
  '02-00-00-00-00-01',
  '020000000001',
  '02:00:00:00:00:001',
  '02:00:00:00:00:0g',
  ' 02:00:00:00:00:01',
  '02:00:00:00:00:01\n',
  '02::00:00:00:01',
])('%j is no address', text => {
  expect(mac.parse(text)).toBeUndefined()
})

test('text and bytes come back as they were', () => {
  fc.assert(
    fc.property(macs, address => {
      expect(mac.parse(mac.format(address))).toBe(address)
      const { b, at } = embedded(new Uint8Array(6))
      mac.put(b, at, address)
      expect(mac.get(b, at)).toBe(address)
      expect(mac.isGroup(address)).toBe((b[at]! & 1) === 1)
      expect(mac.isLocal(address)).toBe((b[at]! & 2) === 2)
    }),
  )
})
