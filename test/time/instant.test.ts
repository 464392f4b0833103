import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  clockToJiffies,
  HZ,
  jiffiesAt,
  jiffiesToClock,
  jiffiesToMs,
  jiffyStart,
  msToJiffies,
  NS_PER_JIFFY,
  NS_PER_MS,
  NS_PER_S,
  NS_PER_US,
  nsToJiffies,
  parseSeconds,
  timerFires,
  timerJiffy,
  USER_HZ,
} from '../../src/time/instant.ts'

test('units', () => {
  expect([NS_PER_S, NS_PER_MS, NS_PER_US]).toEqual([1e9, 1e6, 1e3])
  expect([HZ, USER_HZ, NS_PER_JIFFY]).toEqual([250, 100, 4_000_000])
})

test.for([
  ['0', 0],
  ['1', 1_000_000_000],
  ['0.2', 200_000_000],
  ['1.5', 1_500_000_000],
  ['.5', 500_000_000],
  ['2.', 2_000_000_000],
  ['0.1', 100_000_000],
  ['0.000000001', 1],
  ['0.0000000019', 1],
  ['4.035', 4_035_000_000], // 4.035 * 1e9 in floating point is 4034999999.9999995
  ['9007199.254740991', Number.MAX_SAFE_INTEGER],
  ['9007199.254740992', undefined],
  ['', undefined],
  ['.', undefined],
  ['-1', undefined],
  ['+1', undefined],
  ['1e3', undefined],
  ['1s', undefined],
  [' 1', undefined],
  ['1\n', undefined],
  ['1.2.3', undefined],
  ['0x10', undefined],
] as const)('%j seconds are %s ns', ([text, ns]) => {
  expect(parseSeconds(text)).toBe(ns)
})

test('any number of nanoseconds can be written in seconds', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), ns => {
      const text = `${Math.floor(ns / NS_PER_S)}.${String(ns % NS_PER_S).padStart(9, '0')}`
      expect(parseSeconds(text)).toBe(ns)
    }),
  )
})

test('jiffies, rounded as Linux rounds them', () => {
  expect([0, 3_999_999, 4_000_000].map(jiffiesAt)).toEqual([0, 0, 1])
  expect([0, 1, 4, 5, 1000].map(msToJiffies)).toEqual([0, 1, 1, 2, 250])
  expect([0, 3_999_999, 4_000_000].map(nsToJiffies)).toEqual([0, 0, 1])
  expect([0, 1, 2, 3, 30_000].map(clockToJiffies)).toEqual([0, 2, 5, 7, 75_000])
  expect([0, 1, 2, 3, 5].map(jiffiesToClock)).toEqual([0, 0, 0, 1, 2])
  expect(jiffiesToMs(250)).toBe(1000)
  expect(jiffyStart(250)).toBe(NS_PER_S)
})

test('the retry of an ARP request, a second after a timer has fired, comes after 1.024 s', () => {
  // Measured on Linux 6.18, cases/arp-failure.sh: 1.030 s after the first request, then 1.024 s.
  const fired = 8 * 1234
  expect(timerJiffy(fired + HZ, fired + 1) - fired).toBe(256)
  expect(jiffyStart(256)).toBe(1.024 * NS_PER_S)
})

test.for([
  // delay, current jiffy, jiffies until it fires
  [0, 800, 1],
  [1, 800, 2],
  [62, 800, 63],
  [63, 800, 64], // 863 in grains of 8
  [63, 801, 71],
  [250, 800, 256],
  [250, 805, 251],
  [250, 806, 258],
  [503, 800, 504],
  [504, 800, 544], // 1304 in grains of 64
  [7500, 0, 7680], // thirty seconds in grains of 512
  [75_000, 0, 77_824], // five minutes in grains of 4096
] as const)('a timer of %i jiffies set in jiffy %i fires %i later', ([delay, jiffy, late]) => {
  expect(timerJiffy(jiffy + delay, jiffy) - jiffy).toBe(late)
  expect(timerFires(jiffyStart(jiffy) + 1, delay)).toBe(jiffyStart(jiffy + late))
})

test('a timer that has expired fires with the next tick', () => {
  expect(timerJiffy(799, 800)).toBe(800)
})

test('no timer is early, and late by an eighth and a grain at most', () => {
  fc.assert(
    fc.property(fc.nat(1_000_000_000), fc.nat(1_000_000_000), (clk, delay) => {
      const late = timerJiffy(clk + delay, clk) - (clk + delay)
      expect(late).toBeGreaterThan(0)
      expect(late).toBeLessThanOrEqual(Math.max(1, (delay * 8) / 63))
    }),
  )
  // Beyond the last level: 62 of its grains and what rounding adds, 48 days.
  expect(timerJiffy(2e9, 0)).toBe(63 * 8 ** 8)
})
