import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as arp from '../../src/wire/arp.ts'
import * as ip from '../../src/wire/ip.ts'
import * as mac from '../../src/wire/mac.ts'
import { embedded, hex, ips, macs, toHex, u16, written } from './hex.ts'

// Sent by Linux 6.18 while it ran the harness case icmp-unreachable; without the Ethernet header.
const REQUEST = '0001080006040001' + '020000000001' + '0a05000a' + '000000000000' + '0a050001'
const REPLY = '0001080006040002' + '020000000002' + '0a050001' + '020000000001' + '0a05000a'
const A = { mac: mac.parse('02:00:00:00:00:01')!, ip: ip.parse('10.5.0.10')! }
const B = { mac: mac.parse('02:00:00:00:00:02')!, ip: ip.parse('10.5.0.1')! }

test('a request and a reply as Linux sends them', () => {
  expect(written(28, (b, at) => arp.put(b, at, arp.Op.Request, A.mac, A.ip, mac.ZERO, B.ip))).toBe(REQUEST)
  expect(written(28, (b, at) => arp.put(b, at, arp.Op.Reply, B.mac, B.ip, A.mac, A.ip))).toBe(REPLY)
})

test('the readers', () => {
  const { b, at } = embedded(hex(REPLY))
  expect(arp.op(b, at)).toBe(arp.Op.Reply)
  expect([arp.sha(b, at), arp.spa(b, at), arp.tha(b, at), arp.tpa(b, at)]).toEqual([B.mac, B.ip, A.mac, A.ip])
})

test.for([
  ['as sent', 0, '0001', true],
  ['hardware type IEEE 802', 0, '0006', true],
  ['hardware type 2', 0, '0002', false],
  ['protocol IPv6', 2, '86dd', false],
  ['8-byte hardware addresses', 4, '08', false],
  ['16-byte protocol addresses', 5, '10', false],
  ['an operation nobody knows', 6, '0063', true],
] as const)('validity of a packet with %s', ([, field, value, valid]) => {
  const { b, at } = embedded(hex(REQUEST))
  b.set(hex(value), at + field)
  expect(arp.isValid(b, at, 28)).toBe(valid)
  expect(arp.isValid(b, at, 46)).toBe(valid) // padded to the least frame
  if (!valid) expect(() => arp.parse(b, at, 28)).toThrow(new Error('arp: not of Ethernet and IPv4'))
})

test('a packet cut short is refused', () => {
  for (let length = 0; length < 28; length++) {
    expect(arp.isValid(hex(REQUEST), 0, length)).toBe(false)
    expect(() => arp.parse(hex(REQUEST).slice(0, length))).toThrow(
      new Error(`arp: ${length} bytes are less than a packet`),
    )
  }
})

test('a record is its packet', () => {
  expect(toHex(arp.emit(arp.parse(hex(REPLY))))).toBe(REPLY)
  fc.assert(
    fc.property(fc.record({ op: u16, sha: macs, spa: ips, tha: macs, tpa: ips }), packet => {
      const { b, at } = embedded(arp.emit(packet))
      expect(arp.parse(b, at, 28)).toEqual(packet)
    }),
  )
})
