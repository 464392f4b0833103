import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as ip from '../../src/wire/ip.ts'
import * as mac from '../../src/wire/mac.ts'
import { hex, ips, written } from './hex.ts'

const of = (text: string): ip.Ip => ip.parse(text)!

test('an address is its octets read as one unsigned integer', () => {
  expect(of('10.0.0.1')).toBe(0x0a000001)
  expect(of('255.255.255.255')).toBe(0xffffffff)
  expect(ip.get(hex('00 fedcba98'), 1)).toBe(0xfedcba98)
  expect(written(4, (b, at) => ip.put(b, at, of('254.220.186.152')))).toBe('fedcba98')
})

test.for([
  '',
  '1',
  '1.2.3',
  '1.2.3.4.5',
  '1.2.3.256',
  '1.2.3.999',
  '01.2.3.4',
  '1.2.3.00',
  '1.2.3.0x4',
  ' 1.2.3.4',
  '1.2.3.4\n',
  '1..3.4',
  '1.2.3.',
  '-1.2.3.4',
  '1.2.3.1234',
  '1.2.3.4/8',
])('%j is no address', text => {
  expect(ip.parse(text)).toBeUndefined()
})

const classes = {
  loopback: ip.isLoopback,
  multicast: ip.isMulticast,
  'local multicast': ip.isLocalMulticast,
  zeronet: ip.isZeronet,
  'link local': ip.isLinkLocal,
  'limited broadcast': ip.isLimitedBroadcast,
  'bad class': ip.isBadClass,
}

test.for([
  ['0.0.0.0', ['zeronet']],
  ['0.0.0.1', []],
  ['1.0.0.0', []],
  ['126.255.255.255', []],
  ['127.0.0.1', ['loopback']],
  ['127.255.255.255', ['loopback']],
  ['128.0.0.0', []],
  ['169.253.255.255', []],
  ['169.254.0.0', ['link local']],
  ['169.255.0.0', []],
  ['223.255.255.255', []],
  ['224.0.0.255', ['multicast', 'local multicast']],
  ['224.0.1.0', ['multicast']],
  ['239.255.255.255', ['multicast']],
  ['240.0.0.0', ['bad class']],
  ['255.255.255.254', ['bad class']],
  ['255.255.255.255', ['limited broadcast', 'bad class']],
] as const)('%s is of %j', ([text, names]) => {
  const is = Object.entries(classes).filter(([, test]) => test(of(text)))
  expect(is.map(([name]) => name)).toEqual(names)
})

test.for([
  [0, '0.0.0.0'],
  [1, '128.0.0.0'],
  [8, '255.0.0.0'],
  [23, '255.255.254.0'],
  [31, '255.255.255.254'],
  [32, '255.255.255.255'],
] as const)('/%i is %s', ([length, text]) => {
  expect(ip.format(ip.mask(length))).toBe(text)
  expect(ip.prefixLength(of(text))).toBe(length)
})

test.for(['0.0.0.1', '255.0.255.0', '127.255.255.255', '255.255.255.253'])('%s is no netmask', text => {
  expect(ip.prefixLength(of(text))).toBe(-1)
})

test.for([
  ['10.1.2.3', 24, '10.1.2.255', true],
  ['10.1.2.3', 24, '10.1.3.0', false],
  ['10.1.2.3', 32, '10.1.2.3', true],
  ['10.1.2.3', 32, '10.1.2.2', false],
  ['0.0.0.0', 0, '255.255.255.255', true],
  ['128.0.0.0', 1, '255.255.255.255', true],
  ['128.0.0.0', 1, '127.255.255.255', false],
] as const)('%s/%i holds %s: %s', ([network, length, address, holds]) => {
  expect(ip.contains(of(network), length, of(address))).toBe(holds)
})

test('directed broadcasts and multicast groups', () => {
  expect(ip.format(ip.broadcast(of('10.1.2.3'), 24))).toBe('10.1.2.255')
  expect(ip.format(ip.broadcast(of('10.1.2.3'), 32))).toBe('10.1.2.3')
  expect(ip.format(ip.broadcast(of('10.1.2.3'), 0))).toBe('255.255.255.255')
  expect(mac.format(ip.multicastMac(of('224.0.0.251')))).toBe('01:00:5e:00:00:fb')
  expect(mac.format(ip.multicastMac(of('239.255.1.2')))).toBe('01:00:5e:7f:01:02')
})

test('text comes back as it was, and a prefix holds from its network to its broadcast', () => {
  fc.assert(
    fc.property(ips, ips, fc.nat(32), (a, b, length) => {
      expect(of(ip.format(a))).toBe(a)
      const inside = ip.contains(a, length, b)
      const first = (ip.broadcast(a, length) - (2 ** (32 - length) - 1)) as ip.Ip
      expect(inside).toBe(first <= b && b <= ip.broadcast(a, length))
    }),
  )
})

test('the masks are the only masks', () => {
  const masks = new Map(Array.from({ length: 33 }, (_, n) => [ip.mask(n), n]))
  expect(masks.size).toBe(33)
  fc.assert(fc.property(ips, a => void expect(ip.prefixLength(a)).toBe(masks.get(a) ?? -1)))
})
