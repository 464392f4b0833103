/** The longest-prefix table against a list that is searched from end to end. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RouteType, Table } from '../../src/control/request.ts'
import { FibInfo } from '../../src/stack/dst.ts'
import { FibAlias, hasHostBits, Prefixes } from '../../src/stack/prefixes.ts'
import type { Ip } from '../../src/wire/ip.ts'
import * as ip4 from '../../src/wire/ip.ts'

const info = new FibInfo(Table.Main, RouteType.Unicast, 0, 3, 0, 0 as Ip, {})
const entry = (prefix: Ip, length: number): FibAlias =>
  new FibAlias(prefix, length, Table.Main, 0, RouteType.Unicast, info)

/** Prefixes that share their first bits, so that they nest. */
const prefix = fc
  .tuple(
    fc.constantFrom(0, 0x0a00_0000, 0x0a01_0000, 0x0a01_0200, 0xffff_ff00),
    fc.nat(255),
    fc.integer({ min: 0, max: 32 }),
  )
  .map(([base, low, length]) => ({ prefix: ((((base | low) >>> 0) & ip4.mask(length)) >>> 0) as Ip, length }))
const address = fc
  .tuple(fc.constantFrom(0, 0x0a00_0000, 0x0a01_0000, 0x0a01_0200, 0xffff_ff00), fc.nat(255))
  .map(([base, low]) => ((base | low) >>> 0) as Ip)

test('finds what a linear scan finds, whatever was put in and taken out', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.boolean(), prefix), { maxLength: 120 }),
      fc.array(fc.tuple(address, fc.integer({ min: 0, max: 32 })), { maxLength: 20 }),
      (changes, questions) => {
        const table = new Prefixes()
        let all: FibAlias[] = []
        for (const [adds, { prefix, length }] of changes) {
          const there = all.find(each => each.prefix === prefix && each.length === length)
          if (adds && there === undefined) {
            const made = entry(prefix, length)
            table.insert(made, undefined)
            all.push(made)
          } else if (!adds && there !== undefined) {
            table.remove(there)
            all = all.filter(each => each !== there)
          }
        }
        for (const [dst, most] of questions) {
          const expected = all
            .filter(each => each.length <= most && ip4.contains(each.prefix, each.length, dst))
            .sort((a, b) => b.length - a.length)[0]
          expect(table.longest(dst, most)).toBe(expected)
        }
        const sorted = all.toSorted((a, b) => a.prefix - b.prefix || b.length - a.length)
        expect(table.entries()).toEqual(sorted)
      },
    ),
  )
})

test('entries of one prefix keep the order in which they were placed', () => {
  const table = new Prefixes()
  const [a, b, c] = [entry(0 as Ip, 0), entry(0 as Ip, 0), entry(0 as Ip, 0)]
  table.insert(b!, undefined)
  table.insert(a!, undefined)
  table.insert(c!, b)
  expect(table.entries()).toEqual([a, b, c])
  table.remove(a!)
  expect(table.first(0 as Ip, 0)).toBe(b)
  table.remove(c!)
  table.remove(b!)
  expect(table.longest(0x0102_0304 as Ip, 32)).toBeUndefined()
})

test('a hundred thousand prefixes are found one by one', () => {
  const table = new Prefixes()
  const made = Array.from({ length: 100_000 }, (_, i) => entry(((0x0a00_0000 + i * 256) >>> 0) as Ip, 24))
  for (const each of made) table.insert(each, undefined)
  expect(made.every(each => table.longest((each.prefix + 77) as Ip, 32) === each)).toBe(true)
  for (const each of made.filter((_, i) => i % 2 === 0)) table.remove(each)
  expect(made.every((each, i) => table.longest(each.prefix, 32) === (i % 2 === 0 ? undefined : each))).toBe(true)
})

test.for([
  ['10.0.0.0', 8, false],
  ['10.0.0.1', 8, true],
  ['10.0.0.1', 32, false],
  ['0.0.0.0', 0, false],
  ['128.0.0.0', 0, true],
] as const)('%s/%i has host bits: %s', ([text, length, expected]) => {
  expect(hasHostBits(ip4.parse(text)!, length)).toBe(expected)
})
