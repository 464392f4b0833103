import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as ip from '../../src/wire/ip.ts'
import * as udp from '../../src/wire/udp.ts'
import { embedded, hex, ips, payloads, toHex, u16, written } from './hex.ts'

const SRC = ip.parse('10.8.0.2')!
const DST = ip.parse('10.8.0.1')!

// Sent by Linux 6.18 from 10.8.0.2 to 10.8.0.1 through a TUN device, which offers no checksum offload.
const HELLO = '68656c6c6f206f7665722074686572650a'
const DATAGRAM = `8aa90007001942df${HELLO}`
const SUM_IS_ZERO = '8aa90007000affff6117'
const NO_CHECK = `8aa9000700190000${HELLO}` // SO_NO_CHECK

test('datagrams as Linux sends them', () => {
  expect(written(25, (b, at) => udp.put(b, at, 35497, 7, 17, SRC, DST), hex(HELLO))).toBe(DATAGRAM)
  expect(written(10, (b, at) => udp.put(b, at, 35497, 7, 2, SRC, DST), hex('6117'))).toBe(SUM_IS_ZERO)
  expect(written(25, (b, at) => udp.putBare(b, at, 35497, 7, 17), hex(HELLO))).toBe(NO_CHECK)
})

test('the readers', () => {
  const { b, at } = embedded(hex(DATAGRAM))
  expect([udp.srcPort(b, at), udp.dstPort(b, at), udp.length(b, at)]).toEqual([35497, 7, 25])
  expect(udp.datagramChecksum(b, at)).toBe(0x42df)
})

const { Ok, HeaderTruncated, BadLength, BadChecksum } = udp.Check

test.for([
  ['as sent', DATAGRAM, 25, Ok],
  ['with padding', DATAGRAM, 30, Ok],
  ['whose sum is zero', SUM_IS_ZERO, 10, Ok],
  ['without checksum', NO_CHECK, 25, Ok],
  ['one octet short', DATAGRAM, 24, BadLength],
  ['of a header only', DATAGRAM, 8, BadLength],
  ['of seven octets', DATAGRAM, 7, HeaderTruncated],
  ['with a length of 7', '8aa9000700070000', 8, BadLength],
  ['with a length of 8', '8aa9000700080000', 8, Ok],
  ['with another checksum', DATAGRAM.replace('42df', '42de'), 25, BadChecksum],
  ['from another port', DATAGRAM.replace('8aa9', '8aa8'), 25, BadChecksum],
  ['short, and with another checksum', DATAGRAM.replace('42df', '42de'), 24, BadLength],
] as const)('a datagram %s', ([, octets, length, result]) => {
  const { b, at } = embedded(hex(octets))
  expect(udp.check(b, at, length, SRC, DST)).toBe(result)
})

test('the checksum covers the addresses', () => {
  const { b, at } = embedded(hex(DATAGRAM))
  expect(udp.verify(b, at, SRC, DST)).toBe(true)
  expect(udp.verify(b, at, SRC, (DST + 1) as ip.Ip)).toBe(false)
  expect(udp.verify(b, at, (SRC ^ 0x10000) as ip.Ip, DST)).toBe(false)
})

const datagrams = fc.record({ srcPort: u16, dstPort: u16, hasChecksum: fc.boolean(), payload: payloads })

test('a record is its datagram', () => {
  fc.assert(
    fc.property(datagrams, ips, ips, fc.nat(3), (datagram, src, dst, padding) => {
      const bytes = udp.emit(datagram, src, dst)
      const { b, at } = embedded(bytes)
      expect(udp.parse(b, src, dst, at, bytes.length + padding)).toEqual(datagram)
    }),
  )
  expect(toHex(udp.emit(udp.parse(hex(NO_CHECK), SRC, DST), SRC, DST))).toBe(NO_CHECK)
})

test('any bytes are a datagram or refused with a reason', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), datagrams, fc.nat(), (noise, datagram, cut) => {
      const whole = udp.emit(datagram, SRC, DST)
      expect(() => udp.parse(whole.slice(0, cut % whole.length), SRC, DST)).toThrow(/^udp: /)
      try {
        udp.parse(noise, SRC, DST)
      } catch (e) {
        expect(String(e)).toMatch(/^Error: udp: /)
      }
    }),
  )
})

test('a payload too long for the length field is refused', () => {
  const datagram = { srcPort: 1, dstPort: 2, hasChecksum: true, payload: new Uint8Array(65528) }
  expect(() => udp.emit(datagram, SRC, DST)).toThrow('udp: payload of 65528 bytes')
  expect(udp.emit({ ...datagram, payload: new Uint8Array(65527) }, SRC, DST)).toHaveLength(65535)
})
