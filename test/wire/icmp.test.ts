import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as icmp from '../../src/wire/icmp.ts'
import { embedded, hex, payloads, toHex, u8, u16, u32, written } from './hex.ts'

// Sent by Linux 6.18 while it ran cases/icmp-unreachable.sh: a ping to 10.99.0.1, and what the router answers.
const DATA =
  'a351036b0000000054a2050000000000101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f3031323334353637'
const ECHO = `080038b0001d0001${DATA}`
const IP = '45000054960d4000400190290a05000a0a630001'
const ERROR = `0300fcff00000000${IP}${ECHO}`

test('an echo as Linux sends it, and its reply', () => {
  const echo = (type: icmp.Type) => written(64, (b, at) => icmp.putEcho(b, at, type, 0x1d, 1, 56), hex(DATA))
  expect(echo(icmp.Type.EchoRequest)).toBe(ECHO)
  expect(echo(icmp.Type.EchoReply)).toBe(`000040b0001d0001${DATA}`)
})

test('an error as Linux sends it', () => {
  const { b: packet, at: packetAt } = embedded(hex(IP + ECHO))
  const { Net } = icmp.Unreachable
  expect(written(92, (b, at) => icmp.putError(b, at, icmp.Type.Unreachable, Net, 0, packet, packetAt, 84))).toBe(ERROR)
})

test('a timestamp reply as Linux sends it', () => {
  const { b: request, at: requestAt } = embedded(hex('0d00b6c07777000161626364'))
  const reply = written(20, (b, at) => icmp.putTimestampReply(b, at, request, requestAt, 0x38f631))
  expect(reply).toBe('0e00c8ec77770001616263640038f6310038f631')
})

test('the readers', () => {
  const { b, at } = embedded(hex(ECHO))
  expect(icmp.type(b, at)).toBe(icmp.Type.EchoRequest)
  expect(icmp.code(b, at)).toBe(0)
  expect(icmp.messageChecksum(b, at)).toBe(0x38b0)
  expect(icmp.id(b, at)).toBe(0x1d)
  expect(icmp.sequence(b, at)).toBe(1)
  expect(icmp.rest(b, at)).toBe(0x001d0001)
  expect(icmp.mtu(hex('00 0304 0000 0000 05dc'), 1)).toBe(1500)
})

test('one wrong bit, and the checksum says so', () => {
  const { b, at } = embedded(hex(ERROR))
  expect(icmp.verify(b, at, 92)).toBe(true)
  for (let bit = 0; bit < 92 * 8; bit++) {
    b[at + (bit >> 3)]! ^= 1 << (bit & 7)
    expect(icmp.verify(b, at, 92)).toBe(false)
    b[at + (bit >> 3)]! ^= 1 << (bit & 7)
  }
})

test('types that no error may answer', () => {
  const never = Array.from({ length: 256 }, (_, type) => type).filter(icmp.isError)
  const known = [1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12]
  expect(never).toEqual([...known, ...Array.from({ length: 237 }, (_, i) => 19 + i)])
})

test('a record is its message', () => {
  expect(toHex(icmp.emit(icmp.parse(hex(ERROR))))).toBe(ERROR)
  fc.assert(
    fc.property(fc.record({ type: u8, code: u8, rest: u32, payload: payloads }), message => {
      const bytes = icmp.emit(message)
      const { b, at } = embedded(bytes)
      expect(icmp.parse(b, at, bytes.length)).toEqual(message)
    }),
  )
})

test('an echo is a message whose rest is id and sequence', () => {
  fc.assert(
    fc.property(u16, u16, payloads, (id, sequence, payload) => {
      const length = 8 + payload.length
      const echo = written(length, (b, at) => icmp.putEcho(b, at, 8, id, sequence, payload.length), payload)
      const rest = id * 0x10000 + sequence
      expect(icmp.parse(hex(echo))).toEqual({ type: 8, code: 0, rest, payload })
    }),
  )
})

test('a message cut short or damaged is refused', () => {
  for (let length = 0; length < 8; length++) {
    expect(() => icmp.parse(new Uint8Array(length))).toThrow(new Error(`icmp: ${length} bytes are less than a header`))
  }
  expect(() => icmp.parse(hex(ERROR).slice(0, 60))).toThrow(new Error('icmp: bad checksum'))
})
