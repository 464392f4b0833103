import { expect, test } from 'vitest'
import * as ip from '../../src/wire/ip.ts'
import * as tcp from '../../src/wire/tcp.ts'
import { embedded, hex, written } from './hex.ts'

const ASKS = ip.parse('10.0.0.1')!
const REFUSES = ip.parse('10.0.0.2')!

// Segments from 10.0.0.1 and what Linux 6.18 answered at 10.0.0.2, where nobody listened.
const SYN = '303900070000006400000000500203e867540000'
const SYN_WITH_OPTION = '303900070000000700000000600203e84ff50000020405b4'

test.for([
  ['SYN', SYN, '000730390000000000000065501400006b290000'],
  ['ACK', '3039000700000064000001f4501003e865520000', '00073039000001f4000000005004000069aa0000'],
  ['SYN and data', '303900070000006400000000500203e8a2ee0000616263', '000730390000000000000068501400006b260000'],
  ['FIN', '303900070000006400000000500103e867550000', '000730390000000000000065501400006b290000'],
  ['data alone', '303900070000006400000000500003e874d9000078797a', '000730390000000000000067501400006b270000'],
  ['SYN and ACK', '303900070000006400000384501203e863c00000', '00073039000003840000000050040000681a0000'],
])('%s is refused as Linux refuses it', ([, asked, answer]) => {
  const segment = embedded(hex(asked!))
  const bytes = asked!.length / 2
  expect(tcp.check(segment.b, segment.at, bytes, ASKS, REFUSES)).toBe(tcp.Check.Ok)
  expect(written(tcp.HEADER_BYTES, (b, at) => tcp.putReset(b, at, segment.b, segment.at, bytes, REFUSES, ASKS))).toBe(
    answer,
  )
})

test('the sequence number goes round', () => {
  const b = hex('30390007ffffffff00000000500303e80000000061')
  const answer = hex(written(tcp.HEADER_BYTES, (to, at) => tcp.putReset(to, at, b, 0, b.length, REFUSES, ASKS)))
  expect(tcp.acknowledgement(answer, 0)).toBe(2)
})

const { HeaderTruncated, BadOffset, BadChecksum, Ok } = tcp.Check

test.for([
  ['options', SYN_WITH_OPTION, Ok],
  ['a header cut off', SYN.slice(0, -2), HeaderTruncated],
  ['options cut off', SYN_WITH_OPTION.slice(0, -2), HeaderTruncated],
  ['a header of 16 octets', SYN.replace('5002', '4002'), BadOffset],
  ['one bit wrong', SYN.replace('6754', '6755'), BadChecksum],
] as const)('a segment with %s', ([, text, wrong]) => {
  const { b, at } = embedded(hex(text))
  expect(tcp.check(b, at, text.length / 2, ASKS, REFUSES)).toBe(wrong)
})

test('the readers', () => {
  const { b, at } = embedded(hex('303900070000006400000384501203e863c00000'))
  expect([tcp.srcPort(b, at), tcp.dstPort(b, at)]).toEqual([12345, 7])
  expect([tcp.sequence(b, at), tcp.acknowledgement(b, at)]).toEqual([100, 900])
  expect([tcp.headerBytes(b, at), tcp.flags(b, at)]).toEqual([20, tcp.Flag.Syn | tcp.Flag.Ack])
})
