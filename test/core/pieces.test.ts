/** Cutting IPv4 packets: pieces fit, and make the whole again. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { allocate, type Frame } from '../../src/core/frame.ts'
import { pieceLengths, pieces } from '../../src/core/pieces.ts'
import type { Ip } from '../../src/wire/ip.ts'
import * as ipv4 from '../../src/wire/ipv4.ts'

const LINK = 14
const FROM = 0x0a00_0001 as Ip
const TO = 0x0a00_0002 as Ip

/** A packet of `payload` octets behind a link header of 0xee, with this word of DF, MF and offset. */
function packet(payload: number, word: number): Frame {
  const frame = allocate(LINK + ipv4.HEADER_BYTES + payload)
  const { bytes, at } = frame
  bytes.fill(0xee, at, at + LINK)
  for (let i = 0; i < payload; i++) bytes[at + LINK + ipv4.HEADER_BYTES + i] = i
  ipv4.put(bytes, at + LINK, 0, ipv4.HEADER_BYTES + payload, 7, word, 64, 17, FROM, TO)
  return frame
}

/** Offset, more to come, octets of payload. */
const told = (frame: Frame): [number, boolean, number] => {
  const at = frame.at + LINK
  const length = ipv4.totalLength(frame.bytes, at) - ipv4.HEADER_BYTES
  return [ipv4.fragmentOffset(frame.bytes, at), ipv4.moreFragments(frame.bytes, at), length]
}

test.for([
  // What Linux 6.18 sends of a UDP datagram, by MTU and octets of payload.
  [68, 55, [48, 7]],
  [68, 48, [48]],
  [69, 49, [49]],
  [69, 97, [48, 49]],
  [69, 98, [48, 48, 2]],
  [1500, 1481, [1480, 1]],
] as const)('an MTU of %i shares %i octets out', ([mtu, payload, expected]) => {
  expect(pieceLengths(payload, mtu - ipv4.HEADER_BYTES)).toEqual(expected)
})

test('pieces of a piece keep its place; DF and the reserved flag do not survive', () => {
  const frame = packet(96, 0x8000 | ipv4.DF | ipv4.MF | 3)
  const cut = pieces(frame, frame.at + LINK, 68)
  expect(cut.map(each => ipv4.fragmentWord(each.bytes, each.at + LINK))).toEqual([ipv4.MF | 3, ipv4.MF | 9])
})

test('where eight octets have no room, there are no pieces', () => {
  const frame = packet(100, 0)
  expect(pieces(frame, frame.at + LINK, 27)).toEqual([])
})

test('pieces fit, keep the link header, and are the whole in order', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 28, max: 1500 }), (payload, mtu) => {
      const frame = packet(payload, 0)
      const before = frame.bytes.slice(frame.at, frame.at + frame.length)
      const cut = pieces(frame, frame.at + LINK, mtu)
      let reached = 0
      for (const [i, piece] of cut.entries()) {
        const at = piece.at + LINK
        expect(piece.length).toBeLessThanOrEqual(LINK + mtu)
        expect(told(piece)).toEqual([reached, i < cut.length - 1, piece.length - LINK - ipv4.HEADER_BYTES])
        expect(ipv4.check(piece.bytes, at, piece.length - LINK)).toBe(ipv4.Check.Ok)
        expect([...piece.bytes.subarray(piece.at, at)]).toEqual(new Array(LINK).fill(0xee))
        const start = LINK + ipv4.HEADER_BYTES
        const body = piece.bytes.subarray(piece.at + start, piece.at + piece.length)
        expect(Buffer.compare(body, before.subarray(start + reached, start + reached + body.length))).toBe(0)
        reached += body.length
      }
      expect(reached).toBe(payload)
    }),
  )
})
