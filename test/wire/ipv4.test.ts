import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as ip from '../../src/wire/ip.ts'
import * as ipv4 from '../../src/wire/ipv4.ts'
import { embedded, hex, ips, payloads, u8, u16, written } from './hex.ts'

const of = (text: string): ip.Ip => ip.parse(text)!

// Sent by Linux 6.18 while it ran cases/icmp-unreachable.sh: a ping, and the router's answer.
const PING = '4500 0054 960d 4000 4001 9029 0a05000a 0a630001'
const ERROR = '45c0 0070 ca36 0000 4001 9b82 0a050001 0a05000a'

test('headers as Linux sends them', () => {
  expect(written(20, (b, at) => ipv4.put(b, at, 0, 84, 0x960d, ipv4.DF, 64, 1, of('10.5.0.10'), of('10.99.0.1')))).toBe(
    PING.replaceAll(' ', ''),
  )
  expect(written(20, (b, at) => ipv4.put(b, at, 0xc0, 112, 0xca36, 0, 64, 1, of('10.5.0.1'), of('10.5.0.10')))).toBe(
    ERROR.replaceAll(' ', ''),
  )
})

test('the readers', () => {
  const { b, at } = embedded(hex(ERROR))
  expect(ipv4.version(b, at)).toBe(4)
  expect(ipv4.headerBytes(b, at)).toBe(20)
  expect(ipv4.tos(b, at)).toBe(0xc0)
  expect(ipv4.totalLength(b, at)).toBe(112)
  expect(ipv4.id(b, at)).toBe(0xca36)
  expect(ipv4.ttl(b, at)).toBe(64)
  expect(ipv4.protocol(b, at)).toBe(ipv4.Protocol.Icmp)
  expect(ipv4.headerChecksum(b, at)).toBe(0x9b82)
  expect(ip.format(ipv4.src(b, at))).toBe('10.5.0.1')
  expect(ip.format(ipv4.dst(b, at))).toBe('10.5.0.10')
})

/** The words at offset 6 are those of cases/ip-fragments.frames; the last is the reserved flag alone. */
test.for([
  ['0000', false, false, 0, false],
  ['4000', true, false, 0, false],
  ['2000', false, true, 0, true],
  ['00b9', false, false, 1480, true],
  ['20b9', false, true, 1480, true],
  ['0172', false, false, 2960, true],
  ['1fff', false, false, 65528, true],
  ['8000', false, false, 0, false],
] as const)('fragment word %s', ([word, df, mf, offset, isFragment]) => {
  const { b, at } = embedded(hex(`4500 05dc 1234 ${word} 4001 0000 0a000101 0a000102`))
  expect(ipv4.fragmentWord(b, at)).toBe(Number.parseInt(word, 16))
  expect(ipv4.dontFragment(b, at)).toBe(df)
  expect(ipv4.moreFragments(b, at)).toBe(mf)
  expect(ipv4.fragmentOffset(b, at)).toBe(offset)
  expect(ipv4.isFragment(b, at)).toBe(isFragment)
})

const { Ok, HeaderTruncated, BadHeader, BadChecksum, Truncated, BadLength } = ipv4.Check

/** PING with other octets at an offset and, unless the checksum is what is tried, a new checksum. */
function ping(at: number, octets: string, sums: boolean): Uint8Array {
  const b = new Uint8Array(84)
  b.set(hex(PING))
  b.set(hex(octets), at)
  if (sums) ipv4.putChecksum(b, 0)
  return b
}

test.for([
  // what, offset, octets there, sums, length, result
  ['as sent', 0, '45', false, 84, Ok],
  ['with link padding', 0, '45', false, 90, Ok],
  ['one octet short', 0, '45', false, 83, Truncated],
  ['of 19 octets', 0, '45', false, 19, HeaderTruncated],
  ['of no octets', 0, '45', false, 0, HeaderTruncated],
  ['of version 6', 0, '65', true, 84, BadHeader],
  ['with a header of 16', 0, '44', true, 84, BadHeader],
  ['with options that are not there', 0, '4f', true, 59, HeaderTruncated],
  ['with options', 0, '4f', true, 84, Ok],
  ['with a wrong TTL', 8, '3f', false, 84, BadChecksum],
  ['with a wrong checksum and short', 10, '0000', false, 83, BadChecksum],
  ['with a wrong checksum and of version 5', 0, '55', false, 84, BadHeader],
  ['with a total length of 19', 2, '0013', true, 84, BadLength],
  ['with a total length of 20', 2, '0014', true, 84, Ok],
  ['with a total length of 0', 2, '0000', true, 84, BadLength],
] as const)('a packet %s', ([, offset, octets, sums, length, result]) => {
  const { b, at } = embedded(ping(offset, octets, sums))
  expect(ipv4.check(b, at, length)).toBe(result)
})

test('put closes over options that are in place: an IGMPv3 report as Linux sends it', () => {
  const header = written(
    24,
    (b, at) => ipv4.put(b, at, 0xc0, 40, 0, ipv4.DF, 1, ipv4.Protocol.Igmp, of('10.8.0.2'), of('224.0.0.22'), 24),
    hex('94040000'), // router alert, RFC 2113
  )
  expect(header).toBe('46c00028000040000102f9ef0a080002e000001694040000')
})

test('a hop leaves the checksum that Linux leaves', () => {
  // cases/ip-traceroute.frames: the same ping at TTL 64 and at 62.
  const b = hex(PING)
  ipv4.decrementTtl(b, 0)
  expect(ipv4.ttl(b, 0)).toBe(63)
  expect(ipv4.headerChecksum(b, 0)).toBe(0x9129)
  expect(ipv4.check(b, 0, 84)).toBe(Ok)
})

test('a hop adds 0x0100 to the checksum with end-around carry, as ip_decrease_ttl does', () => {
  const b = hex(PING)
  for (let before = 0; before <= 0xffff; before++) {
    b[8] = 64
    b[10] = before >> 8
    b[11] = before
    ipv4.decrementTtl(b, 0)
    // In Linux on a little-endian machine: check += htons(0x0100); check += check >= 0xffff.
    const sum = (((before & 255) << 8) | (before >> 8)) + 1
    const after = (sum + (sum >= 0xffff ? 1 : 0)) & 0xffff
    if (ipv4.headerChecksum(b, 0) !== (((after & 255) << 8) | (after >> 8))) expect.fail(`from ${before}`)
  }
})

const packets = fc.record({
  tos: u8,
  id: u16,
  dontFragment: fc.boolean(),
  moreFragments: fc.boolean(),
  fragmentOffset: fc.nat(0x1fff).map(eights => eights * 8),
  ttl: u8,
  protocol: u8,
  src: ips,
  dst: ips,
  options: fc.nat(10).chain(words => fc.uint8Array({ minLength: 4 * words, maxLength: 4 * words })),
  payload: payloads,
})

test('a record is its packet, wherever it lies and whatever follows', () => {
  fc.assert(
    fc.property(packets, fc.nat(3), (packet, padding) => {
      const bytes = ipv4.emit(packet)
      const { b, at } = embedded(bytes)
      expect(ipv4.parse(b, at, bytes.length + padding)).toEqual(packet)
    }),
  )
})

test('each hop of any packet leaves a right checksum', () => {
  fc.assert(
    fc.property(packets, packet => {
      const b = ipv4.emit(packet)
      for (let ttl = packet.ttl; ttl > 0; ttl--) {
        ipv4.decrementTtl(b, 0)
        expect(ipv4.check(b, 0, b.length)).toBe(Ok)
      }
      expect(ipv4.parse(b)).toEqual({ ...packet, ttl: 0 })
    }),
    { numRuns: 20 },
  )
})

test('any bytes are a packet or refused with a reason', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), packets, fc.nat(), (noise, packet, cut) => {
      const whole = ipv4.emit(packet)
      for (const bytes of [noise, whole.slice(0, cut % whole.length)]) {
        expect(() => ipv4.parse(bytes)).toThrow(/^ipv4: /)
      }
    }),
  )
})

test('a record that fits no header is refused', () => {
  const packet = { ...ipv4.parse(ping(0, '45', false)), payload: new Uint8Array(0) }
  expect(() => ipv4.emit({ ...packet, options: new Uint8Array(3) })).toThrow('ipv4: options of 3 bytes')
  expect(() => ipv4.emit({ ...packet, options: new Uint8Array(44) })).toThrow('ipv4: options of 44 bytes')
  expect(() => ipv4.emit({ ...packet, fragmentOffset: 4 })).toThrow('ipv4: fragment offset 4')
  expect(() => ipv4.emit({ ...packet, payload: new Uint8Array(65516) })).toThrow('ipv4: payload of 65516 bytes')
  expect(ipv4.emit({ ...packet, payload: new Uint8Array(65515) })).toHaveLength(65535)
})
