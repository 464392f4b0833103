import { expect, test } from 'vitest'
import { splitWords } from '../../src/api/exec.ts'
import {
  parseDestination,
  parseIp,
  parseMac,
  parsePrefix,
  parseSpan,
  parseTicks,
  type Span,
} from '../../src/cmd/text.ts'

test.for([
  ['3s', 3_000_000_000],
  ['1.5s', 1_500_000_000],
  ['200ms', 200_000_000],
  ['10us', 10_000],
  ['7ns', 7],
  [12, 12],
  [0, 0],
] as const)('%s is %s ns', ([span, ns]) => {
  expect(parseSpan(span)).toBe(ns)
})

test.for(['3', '3m', 's', '-1s', '1e3s', -1, 0.5, Number.NaN, '100000000s'] as Span[])('%s is no span', span => {
  expect(() => parseSpan(span)).toThrow(TypeError)
})

test('a bridge counts in hundredths of a second', () => {
  expect(parseTicks('300s')).toBe(30_000)
  expect(parseTicks('15ms')).toBe(2)
})

test('addresses, prefixes and MACs', () => {
  expect(parseIp('10.0.0.1')).toBe(0x0a00_0001)
  expect(parsePrefix('10.0.0.1/24')).toEqual({ ip: 0x0a00_0001, length: 24 })
  expect(parsePrefix('10.0.0.1')).toEqual({ ip: 0x0a00_0001, length: 32 })
  expect(parseDestination('default')).toEqual({ ip: 0, length: 0 })
  expect(parseMac('02:00:00:00:00:0f')).toBe(0x0200_0000_000f)
})

test.for([
  [() => parseIp('10.0.0.256'), '"10.0.0.256" is not an IPv4 address'],
  [() => parsePrefix('10.0.0.0/33'), '"10.0.0.0/33" is not an IPv4 prefix, such as 10.0.0.0/24'],
  [() => parsePrefix('10.0.0.0/'), '"10.0.0.0/" is not an IPv4 prefix, such as 10.0.0.0/24'],
  [() => parsePrefix('10.0.0.0/8/8'), '"10.0.0.0/8/8" is not an IPv4 prefix, such as 10.0.0.0/24'],
  [() => parseMac('02:00'), '"02:00" is not a MAC address, such as 02:00:00:00:00:01'],
] as const)('what is none (%#)', ([parse, words]) => {
  expect(parse).toThrow(new TypeError(`vethereal: ${words}`))
})

test.for([
  ['', []],
  ['  ip\taddr  show ', ['ip', 'addr', 'show']],
  [`bash -c 'a  b' "c d"`, ['bash', '-c', 'a  b', 'c d']],
  [`a"b c"'d e'f`, ['ab cd ef']],
  [`'' ""`, ['', '']],
  [String.raw`a\ b \'c "d\"e\f$"`, ['a b', "'c", String.raw`d"e\f$`]],
] as const)('the words of %j', ([line, words]) => {
  expect(splitWords(line)).toEqual(words)
})

test('a quote that is not closed', () => {
  expect(() => splitWords(`ip 'a`)).toThrow(new TypeError(`vethereal: a quote is not closed in "ip 'a"`))
})
