import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as ip6 from '../../src/wire/ip6.ts'
import * as mac from '../../src/wire/mac.ts'
import { embedded, hex, toHex } from './hex.ts'

/** As glibc's inet_ntop writes them. */
test.for([
  ['00000000000000000000000000000000', '::'],
  ['00000000000000000000000000000001', '::1'],
  ['00010000000000000000000000000000', '1::'],
  ['20010db8000000000000000000000001', '2001:db8::1'],
  ['20010db8000000010001000100010001', '2001:db8:0:1:1:1:1:1'],
  ['20010db8000000000001000000000001', '2001:db8::1:0:0:1'],
  ['20010000000000010000000000000001', '2001:0:0:1::1'],
  ['20010db80a0b0c0d0e0f101112131415', '2001:db8:a0b:c0d:e0f:1011:1213:1415'],
  ['fe80000000000000000000fffe000001', 'fe80::ff:fe00:1'],
  ['00010002000300040005000600070000', '1:2:3:4:5:6:7:0'],
  ['00010002000300040005000600000000', '1:2:3:4:5:6::'],
  ['00000000000000000000ffff0a000001', '::ffff:10.0.0.1'],
  ['0000000000000000000000000a000001', '::10.0.0.1'],
  ['00000000000000000000000000010002', '::0.1.0.2'],
  ['0064ff9b0000000000000000c0000201', '64:ff9b::c000:201'],
] as const)('%s is %s', ([bytes, text]) => {
  const { b, at } = embedded(hex(bytes))
  expect(ip6.format(b, at)).toBe(text)
  expect(toHex(ip6.parse(text)!)).toBe(bytes)
})

test.for([
  ['2001:DB8::1', '20010db8000000000000000000000001'],
  ['1:2:3:4:5:6:7::', '00010002000300040005000600070000'],
  ['::2:3:4:5:6:7:8', '00000002000300040005000600070008'],
  ['1:2:3:4:5:6:1.2.3.4', '00010002000300040005000601020304'],
  ['1::0001.2.3.4', undefined],
  ['', undefined],
  [':', undefined],
  [':::', undefined],
  ['1:2:3:4:5:6:7', undefined],
  ['1:2:3:4:5:6:7:8:9', undefined],
  ['1:2:3:4::5:6:7:8', undefined],
  ['1::2::3', undefined],
  ['12345::', undefined],
  ['g::', undefined],
  ['1.2.3.4', undefined],
  ['1.2.3.4::', undefined],
  ['::1.2.3.4:5', undefined],
  [':1::', undefined],
  ['1::2:', undefined],
  ['fe80::1%eth0', undefined],
  [' ::1', undefined],
] as const)('%j reads as %s', ([text, bytes]) => {
  const parsed = ip6.parse(text)
  expect(parsed && toHex(parsed)).toBe(bytes)
})

test('text comes back as it was', () => {
  const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }))
  fc.assert(
    fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), groups => {
      const bytes = Uint8Array.from(groups.flatMap(g => [g >> 8, g & 255]))
      expect(ip6.parse(ip6.format(bytes))).toEqual(bytes)
    }),
  )
})

test('addresses that Linux makes from a MAC, and the groups of an address', () => {
  const local = ip6.linkLocal(mac.parse('02:00:00:00:00:01')!)
  expect(ip6.format(local)).toBe('fe80::ff:fe00:1')
  expect(ip6.format(ip6.linkLocal(mac.parse('00:1b:21:fe:dc:ba')!))).toBe('fe80::21b:21ff:fefe:dcba')
  const { b, at } = embedded(local)
  const group = ip6.solicitedNode(b, at)
  expect(ip6.format(group)).toBe('ff02::1:ff00:1')
  expect(mac.format(ip6.multicastMac(group))).toBe('33:33:ff:00:00:01')
})
