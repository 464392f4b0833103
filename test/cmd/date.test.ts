import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { date } from '../../src/cmd/date.ts'
import { strftime } from '../../src/cmd/strftime.ts'
import type { World } from '../../src/world/world.ts'
import { say, transcript } from './said.ts'

const at = (now: number): World => ({ now }) as World

describe('Linux says', () => {
  test.for(transcript('linux/date.txt', 'show'))('$line', ({ line, ...told }) => {
    expect(say(date, at(0), line)).toEqual(told)
  })
})

test('simulated time begins with 2026 and goes by nanoseconds', () => {
  expect(say(date, at(0), 'date').stdout).toBe('Thu Jan  1 00:00:00 UTC 2026\n')
  expect(say(date, at(3_661_000_000_042), "date '+%F %T.%N %s'").stdout).toBe(
    '2026-01-01 01:01:01.000000042 1767229261\n',
  )
})

test.for([
  ['date -s @5', 'date -s'],
  ['date -r file', 'date -r'],
  ["date -d 'next friday'", "date -d 'next friday'"],
  ['date 010203042026', 'date: setting the clock'],
  ['date --help', 'date --help'],
] as const)('%s is refused', ([line, what]) => {
  expect(say(date, at(0), line)).toEqual({ stdout: '', stderr: `vethereal: ${what} is not supported yet\n`, status: 2 })
})

test('the calendar is that of ECMAScript, from the year 1 to the year 9999', () => {
  const seconds = fc.integer({ min: -62_135_596_800, max: 253_402_300_799 })
  fc.assert(
    fc.property(seconds, seconds => {
      const iso = new Date(seconds * 1000).toISOString()
      expect(strftime('%Y-%m-%dT%H:%M:%S.000Z', { seconds, ns: 0 })).toBe(iso)
      expect(strftime('%w', { seconds, ns: 0 })).toBe(String(new Date(seconds * 1000).getUTCDay()))
    }),
  )
})
