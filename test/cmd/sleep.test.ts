import { describe, expect, test } from 'vitest'
import { sleep } from '../../src/cmd/sleep.ts'
import type { Wait } from '../../src/world/task.ts'
import type { World } from '../../src/world/world.ts'
import { say, transcript } from './said.ts'

const NOW = 1_000
const world = { now: NOW } as World

describe('Linux says', () => {
  test.for(transcript('linux/sleep.txt', 'show'))('$line', ({ line, ...told }) => {
    expect(say(sleep, world, line)).toEqual(told)
  })
})

test.for([
  ['sleep 0', 0],
  ['sleep 1', 1e9],
  ['sleep 0.5', 5e8],
  ['sleep .25s', 2.5e8],
  ['sleep 1m', 60e9],
  ['sleep 1.5h 1m 1', 5461e9],
  ['sleep 1d', 86_400e9],
  ['sleep 1e-3', 1e6],
  ['sleep 0x1.8p1', 3e9],
  ['sleep 0x1d', 29e9],
  ['sleep 0x1p0d', 86_400e9],
] as const)('%s waits %d ns', ([line, ns]) => {
  const waits: Wait[] = []
  expect(say(sleep, world, line, { waits }).status).toBe(0)
  expect(waits).toEqual([{ for: 'instant', at: NOW + ns }])
})

test('a sleep without end waits for what never is ready', () => {
  for (const line of ['sleep infinity', 'sleep 1 inf', 'sleep infinityd', 'sleep 99999999999d']) {
    const waits: Wait[] = []
    say(sleep, world, line, { waits })
    expect(waits).toMatchObject([{ for: 'socket', socket: { ready: false } }])
    expect(waits[0]).not.toHaveProperty('at')
  }
})

test('a signal ends it with 128 and its number', () => {
  const program = sleep({ ...({} as Parameters<typeof sleep>[0]), world, argv: ['sleep', '5'] })
  program.next()
  expect(program.next({ by: 'signal', signal: 'INT' })).toEqual({ done: true, value: 130 })
})
