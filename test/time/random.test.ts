import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Stream, Streams } from '../../src/time/random.ts'

const draw = (stream: Stream, n: number): number[] => Array.from({ length: n }, () => stream.u32())

// From a Python program of the published algorithms (xoroshiro128+ with 24, 16, 37; FNV-1a; the MurmurHash3 finalizer).
test('these values, on every machine and for ever: a change here changes what everybody recorded', () => {
  expect(draw(new Streams(1).stream('mac'), 4)).toEqual([2502148792, 2626582531, 2841472043, 2589987468])
  expect(draw(new Streams(0).stream(''), 2)).toEqual([1664427710, 2228681784])
  expect(draw(new Streams(-1).stream('jitter/veth0'), 2)).toEqual([3105655467, 1583255455])
  expect(new Streams(1).stream('x').fraction()).toBe(0.8598640555762717)
  const bytes = new Uint8Array(4)
  new Streams(1).stream('x').bytes(bytes)
  expect([...bytes]).toEqual([220, 237, 170, 105])
})

test('a name asked for again goes on where it was', () => {
  const streams = new Streams(1)
  expect([...draw(streams.stream('mac'), 2), ...draw(streams.stream('mac'), 2)]).toEqual(
    draw(new Streams(1).stream('mac'), 4),
  )
})

test('a stream depends on seed and name, not on the others', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), fc.array(fc.string(), { maxLength: 5 }), fc.string(), (seed, others, name) => {
      fc.pre(!others.includes(name))
      const busy = new Streams(seed)
      const front = draw(busy.stream(name), 3)
      for (const other of others) draw(busy.stream(other), 5)
      const alone = new Streams(BigInt(seed)).stream(name)
      expect([...front, ...draw(busy.stream(name), 3)]).toEqual(draw(alone, 6))
    }),
  )
})

test('other seeds and other names give other values', () => {
  const seeds = [0, 1, 2, -1, 2 ** 32, 2 ** 32 + 1, 2n ** 63n]
  const names = ['', 'a', 'b', 'aa', 'ab', 'ba', 'a\0', 'ā', 'veth0', 'veth1']
  const all = seeds.flatMap(seed => names.map(name => draw(new Streams(seed).stream(name), 2).join()))
  expect(new Set(all).size).toBe(seeds.length * names.length)
})

test('of a seed the low 64 bits count', () => {
  expect(draw(new Streams(2n ** 64n + 5n).stream('a'), 3)).toEqual(draw(new Streams(5).stream('a'), 3))
})

test('every bit of the first value is as often set as not, over many names and over many seeds', () => {
  for (const first of [
    (i: number) => new Streams(7).stream(`eth${i}`).u32(),
    (i: number) => new Streams(i).stream('eth0').u32(),
  ]) {
    const set = new Array<number>(32).fill(0)
    for (let i = 0; i < 4000; i++) {
      const value = first(i)
      for (let bit = 0; bit < 32; bit++) set[bit]! += (value >>> bit) & 1
    }
    // Six standard deviations of 32.
    for (const count of set) expect(Math.abs(count - 2000)).toBeLessThan(190)
  }
})

test.for([1, 2, 3, 6, 7, 100, 2 ** 31, 2 ** 31 + 1, 2 ** 32])('below(%i) is an integer below it', n => {
  const stream = new Streams(3).stream('below')
  for (let i = 0; i < 200; i++) {
    const value = stream.below(n)
    expect(Number.isInteger(value) && value >= 0 && value < n).toBe(true)
  }
})

test('below is fair', () => {
  const stream = new Streams(4).stream('below')
  const seen = new Array<number>(6).fill(0)
  for (let i = 0; i < 60_000; i++) seen[stream.below(6)]!++
  for (const count of seen) expect(Math.abs(count - 10_000)).toBeLessThan(550)
})

test.for([0, -1, 1.5, 2 ** 32 + 1, Number.NaN])('below(%s) is refused', n => {
  expect(() => new Streams(1).stream('a').below(n)).toThrow(`random: below(${n})`)
})

test('fractions lie in [0, 1) and around one half', () => {
  const stream = new Streams(5).stream('fraction')
  const values = Array.from({ length: 10_000 }, () => stream.fraction())
  expect(Math.min(...values)).toBeGreaterThanOrEqual(0)
  expect(Math.max(...values)).toBeLessThan(1)
  expect(values.every(value => Number.isInteger(value * 2 ** 53))).toBe(true)
  expect(values.reduce((sum, value) => sum + value, 0) / values.length).toBeCloseTo(0.5, 1)
})

test('bytes fills all of its argument and nothing else', () => {
  const room = new Uint8Array(300).fill(0xa5)
  new Streams(6).stream('bytes').bytes(room.subarray(10, 290))
  expect([...room.slice(0, 10), ...room.slice(290)].every(octet => octet === 0xa5)).toBe(true)
  expect(new Set(room.slice(10, 290)).size).toBeGreaterThan(130)
})
