import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as eth from '../../src/wire/ethernet.ts'
import * as mac from '../../src/wire/mac.ts'
import { embedded, hex, macs, payloads, toHex, u16, written } from './hex.ts'

const of = (text: string): mac.Mac => mac.parse(text)!

test('a broadcast as Linux sends it', () => {
  const { b, at } = embedded(hex('ffffffffffff 020000000001 0806'))
  expect(eth.dst(b, at)).toBe(mac.BROADCAST)
  expect(mac.format(eth.src(b, at))).toBe('02:00:00:00:00:01')
  expect(eth.type(b, at)).toBe(eth.EtherType.Arp)
  expect(eth.isGroup(b, at)).toBe(true)
  expect(written(14, (b, at) => eth.put(b, at, mac.BROADCAST, of('02:00:00:00:00:01'), eth.EtherType.Arp))).toBe(
    'ffffffffffff0200000000010806',
  )
})

test('a unicast frame is not for a group', () => {
  expect(eth.isGroup(hex('00 020000000001 020000000002 0800'), 1)).toBe(false)
})

test('a record is its frame', () => {
  fc.assert(
    fc.property(fc.record({ dst: macs, src: macs, type: u16, payload: payloads }), frame => {
      const bytes = eth.emit(frame)
      expect(bytes).toHaveLength(14 + frame.payload.length)
      const { b, at } = embedded(bytes)
      expect(eth.parse(b, at, bytes.length)).toEqual(frame)
    }),
  )
  expect(toHex(eth.emit({ dst: of('2:0:0:0:0:1'), src: of('2:0:0:0:0:2'), type: 0x0800, payload: hex('4500') }))).toBe(
    '02000000000102000000000208004500',
  )
})

test('a frame cut short is refused', () => {
  for (let length = 0; length < 14; length++) {
    expect(() => eth.parse(new Uint8Array(length))).toThrow(
      new Error(`ethernet: ${length} bytes are less than a header`),
    )
  }
})
