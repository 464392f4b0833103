import fc from 'fast-check'
import { expect, test } from 'vitest'
import { put32 } from '../../src/wire/bytes.ts'
import * as icmp6 from '../../src/wire/icmp6.ts'
import * as igmp from '../../src/wire/igmp.ts'
import type { Ip } from '../../src/wire/ip.ts'
import * as ip6 from '../../src/wire/ip6.ts'
import * as ipv4 from '../../src/wire/ipv4.ts'
import * as ipv6 from '../../src/wire/ipv6.ts'
import type { Mac } from '../../src/wire/mac.ts'
import { embedded, hex, macs, packed, toHex, written } from './hex.ts'

const { NeighbourSolicitation, NeighbourAdvertisement } = icmp6.Type
const { Solicited, Override } = icmp6.NeighbourFlag
const ip = (text: string): Uint8Array => ip6.parse(text)!

// Sent by Linux 6.18 when a veth with the address 02:00:00:00:01:00 came up, and (the last) when it was asked.
const DAD = packed(`
  6000000000203aff 00000000000000000000000000000000 ff0200000000000000000001ff000100
  8700fac700000000 fe80000000000000000000fffe000100 0e014afe38eaee6d`)
const RS = packed(`
  6000000000103aff fe80000000000000000000fffe000100 ff020000000000000000000000000002
  8500792e00000000 0101020000000100`)
const REPORT = packed(`
  6000000000240001 00000000000000000000000000000000 ff020000000000000000000000000016
  3a00050200000100 8f006e8a00000001 04000000ff0200000000000000000001ff000100`)
const NA = packed(`
  6000000000203aff fe80000000000000000000fffe000002 fe80000000000000000000fffe000001
  88001b1a60000000 fe80000000000000000000fffe000002 0201020000000002`)
const IGMP = packed(`
  46c0002800004000010203fa 00000000 e0000016 94040000 2200f99300000001 04000000e000006a`)

interface Packet {
  readonly hopLimit: number
  readonly src: string
  readonly dst: string
  readonly routerAlert?: boolean
  readonly bytes: number
  put(b: Uint8Array, at: number): void
}

function packet({ hopLimit, src, dst, routerAlert = false, bytes, put }: Packet): string {
  const alert = routerAlert ? ipv6.ROUTER_ALERT_BYTES : 0
  return written(ipv6.HEADER_BYTES + alert + bytes, (b, at) => {
    const first = routerAlert ? ipv6.NextHeader.HopByHop : ipv6.NextHeader.Icmpv6
    ipv6.put(b, at, alert + bytes, first, hopLimit, ip(src), ip(dst))
    if (routerAlert) ipv6.putRouterAlert(b, at + ipv6.HEADER_BYTES, ipv6.NextHeader.Icmpv6)
    const message = at + ipv6.HEADER_BYTES + alert
    put(b, message)
    icmp6.putChecksum(b, message, bytes, at)
  })
}

test('the packets as Linux sends them', () => {
  const dad: icmp6.Neighbour = {
    type: NeighbourSolicitation,
    flags: 0,
    target: ip('fe80::ff:fe00:100'),
    mac: undefined,
    nonce: 0x4afe38eaee6d,
  }
  expect(
    packet({
      hopLimit: 255,
      src: '::',
      dst: 'ff02::1:ff00:100',
      bytes: icmp6.neighbourBytes(dad),
      put: (b, at) => icmp6.putNeighbour(b, at, dad),
    }),
  ).toBe(DAD)

  const mac = 0x0200_0000_0100 as Mac
  expect(
    packet({
      hopLimit: 255,
      src: 'fe80::ff:fe00:100',
      dst: 'ff02::2',
      bytes: icmp6.routerSolicitationBytes(mac),
      put: (b, at) => icmp6.putRouterSolicitation(b, at, mac),
    }),
  ).toBe(RS)

  const records = [{ type: 4, group: ip('ff02::1:ff00:100') }]
  expect(
    packet({
      hopLimit: 1,
      src: '::',
      dst: 'ff02::16',
      routerAlert: true,
      bytes: icmp6.reportBytes(records),
      put: (b, at) => icmp6.putReport(b, at, records),
    }),
  ).toBe(REPORT)

  const advertisement: icmp6.Neighbour = {
    type: NeighbourAdvertisement,
    flags: Solicited + Override,
    target: ip('fe80::ff:fe00:2'),
    mac: 0x0200_0000_0002 as Mac,
    nonce: undefined,
  }
  expect(
    packet({
      hopLimit: 255,
      src: 'fe80::ff:fe00:2',
      dst: 'fe80::ff:fe00:1',
      bytes: icmp6.neighbourBytes(advertisement),
      put: (b, at) => icmp6.putNeighbour(b, at, advertisement),
    }),
  ).toBe(NA)
})

test('an IGMPv3 report as Linux sends it', () => {
  const records = [{ type: 4, group: 0xe000_006a as Ip }]
  const header = ipv4.HEADER_BYTES + igmp.ROUTER_ALERT_BYTES
  expect(
    written(header + igmp.reportBytes(records), (b, at) => {
      put32(b, at + ipv4.HEADER_BYTES, igmp.ROUTER_ALERT)
      ipv4.put(b, at, 0xc0, 40, 0, ipv4.DF, 1, ipv4.Protocol.Igmp, 0 as Ip, igmp.ALL_ROUTERS, header)
      igmp.putReport(b, at + header, records)
    }),
  ).toBe(IGMP)
})

test('the readers of the header', () => {
  const { b, at } = embedded(hex(REPORT))
  expect(ipv6.version(b, at)).toBe(6)
  expect(ipv6.payloadLength(b, at)).toBe(36)
  expect(ipv6.nextHeader(b, at)).toBe(ipv6.NextHeader.HopByHop)
  expect(ipv6.hopLimit(b, at)).toBe(1)
  expect(ip6.format(ipv6.src(b, at))).toBe('::')
  expect(ip6.format(ipv6.dst(b, at))).toBe('ff02::16')
})

test.for([
  ['whole', 76, ipv6.Check.Ok],
  ['padded', 90, ipv6.Check.Ok],
  ['cut', 75, ipv6.Check.Truncated],
  ['less than a header', 39, ipv6.Check.Truncated],
] as const)('a packet that is %s', ([, length, outcome]) => {
  const { b, at } = embedded(hex(REPORT))
  expect(ipv6.check(b, at, length)).toBe(outcome)
})

test('version 4 is no IPv6', () => {
  const { b, at } = embedded(hex(DAD))
  b[at] = 0x40
  expect(ipv6.check(b, at, 72)).toBe(ipv6.Check.BadHeader)
})

test('one wrong bit in addresses or message, and the checksum says so', () => {
  const { b, at } = embedded(hex(DAD))
  expect(icmp6.verify(b, at + 40, 32, at)).toBe(true)
  for (let bit = 8 * 8; bit < 72 * 8; bit++) {
    b[at + (bit >> 3)]! ^= 1 << (bit & 7)
    expect(icmp6.verify(b, at + 40, 32, at), `bit ${bit}`).toBe(false)
    b[at + (bit >> 3)]! ^= 1 << (bit & 7)
  }
})

const neighbours = fc.record({
  type: fc.constantFrom(NeighbourSolicitation, NeighbourAdvertisement),
  flags: fc.constantFrom(0, Override, Solicited + Override, icmp6.NeighbourFlag.Router),
  target: fc.uint8Array({ minLength: 16, maxLength: 16 }),
  mac: fc.option(macs, { nil: undefined }),
  nonce: fc.option(macs, { nil: undefined }),
})

test('parse is the inverse of put', () => {
  fc.assert(
    fc.property(neighbours, generated => {
      const message = generated.type === NeighbourSolicitation ? { ...generated, flags: 0 } : generated
      const bytes = icmp6.neighbourBytes(message)
      const { b, at } = embedded(hex(written(bytes, (to, toAt) => icmp6.putNeighbour(to, toAt, message))))
      expect(icmp6.parseNeighbour(b, at, bytes)).toEqual(message)
      expect(icmp6.parseNeighbour(b, at, bytes - 1)).toBeUndefined()
    }),
  )
})

test('unknown options are skipped, empty ones spoil the message', () => {
  const head = '8700000000000000fe80000000000000000000fffe000100'
  const unknown = '7f02000000000000000000000000000001010200 00000001'
  const { b, at } = embedded(hex(head + unknown))
  expect(toHex(icmp6.parseNeighbour(b, at, 48)!.target)).toBe('fe80000000000000000000fffe000100')
  expect(icmp6.parseNeighbour(b, at, 48)!.mac).toBe(0x0200_0000_0001)
  const empty = embedded(hex(`${head}0100020000000001`))
  expect(icmp6.parseNeighbour(empty.b, empty.at, 32)).toBeUndefined()
})
