/** Time, limits, signals, the pace of a prompt. */
import { expect, test } from 'vitest'
import type { Clock } from '../../src/shell/driver.ts'
import { Shell } from '../../src/shell/shell.ts'
import { commands, sh, Transcript, world } from './support.ts'

const NS_PER_S = 1_000_000_000

/** A clock that only its sleepers move. `onSleep` is told of each sleep. */
function manualClock(onSleep: (ms: number) => void = () => undefined): Clock & { readonly slept: number[] } {
  let now = 0
  const slept: number[] = []
  return {
    slept,
    now: () => now,
    sleep: async ms => {
      slept.push(ms)
      onSleep(ms)
      now += ms
    },
  }
}

test('a command starts a millisecond after it is asked for, or as long as is said', async () => {
  expect((await sh('show; show; show')).world.now).toBe(3_000_000)
  expect((await sh('show; show', {}, { commandNs: 250 })).world.now).toBe(500)
  expect((await sh('x=1; echo $x; [ -d /tmp ]; true')).world.now).toBe(0)
})

test('activities take turns: time passes only while all of them wait', async () => {
  const { stdout, world: after } = await sh('ticks 3 a & sleep 0.5; ticks 3 b; wait')
  expect(stdout).toBe('a 1\nb 1\na 2\nb 2\na 3\nb 3\n')
  expect(after.now).toBe(3_502_000_000)
})

test('jobs stop with their script', async () => {
  const { stdout, status } = await sh('ticks 9 & sleep 1.5; echo end')
  expect(stdout).toBe('tick 1\ntick 2\nend\n')
  expect(status).toBe(0)
})

test.for<readonly [string, string, string]>([
  ['waits for ever', 'while true; do sleep 1; done', 'the limit of 5 s of simulated time is reached'],
  ['waits too long at once', 'echo a; sleep 99; echo never', 'the limit of 5 s of simulated time is reached'],
  ['waits in a namespace', "netns red bash -c 'sleep 99'; echo never", 'the limit of 5 s of simulated time is reached'],
])('a script that %s is stopped', async ([, script, words]) => {
  const { status, stderr, stdout } = await sh(script, {}, { maxTimeNs: 5 * NS_PER_S })
  expect(stderr).toBe(`vethereal: ${words}: stopped\n`)
  expect(status).toBe(124)
  expect(stdout).not.toContain('never')
})

test('a script that waits for nothing is stopped', async () => {
  const { status, stderr } = await sh(
    'forever; echo never',
    {},
    {
      commands: new Map([
        [
          'forever',
          function* forever() {
            yield { for: 'socket', socket: { ready: false, waiter: undefined } }
            return 0
          },
        ],
      ]),
    },
  )
  expect(stderr).toBe('vethereal: every command waits and nothing is left to happen: stopped\n')
  expect(status).toBe(124)
})

test('a loop that does nothing is stopped', { timeout: 120_000 }, async () => {
  const { status, stderr } = await sh('while :; do :; done; echo never')
  expect(stderr).toBe('vethereal: while loop: too many iterations (250000): stopped\n')
  expect(status).toBe(124)
})

test('Ctrl-C reaches the command in the foreground; the script goes on if the command took it', async () => {
  const made = world()
  const transcript = new Transcript(made)
  const clock = manualClock(() => {
    if (made.now > 2 * NS_PER_S && transcript.streams.stdout === 'tick 1\ntick 2\ntick 3\n') shell.interrupt()
  })
  const shell = new Shell(made, {
    commands,
    clock,
    pace: 1,
    stdout: transcript.writer('stdout'),
    stderr: transcript.writer('stderr'),
  })
  const status = await shell.run('ticks 9; echo "status $?"', { argv0: 'lab.sh' })
  expect(transcript.streams.stdout).toBe('tick 1\ntick 2\ntick 3\nstopped after 3\nstatus 0\n')
  expect(status).toBe(0)
})

test('Ctrl-C ends the script with a command that it ends, after the EXIT trap', async () => {
  const made = world()
  const transcript = new Transcript(made)
  const clock = manualClock(() => {
    if (made.now > NS_PER_S) shell.interrupt()
  })
  const shell = new Shell(made, {
    commands,
    clock,
    pace: 1,
    stdout: transcript.writer('stdout'),
    stderr: transcript.writer('stderr'),
  })
  const script = `x=5; clean() { echo "clean $x"; }; trap clean EXIT\nsleep 1; netns red bash -c 'sleep 9; echo never'; echo never`
  expect(await shell.run(script, { argv0: 'lab.sh' })).toBe(130)
  expect(transcript.streams.stdout).toBe('clean 5\n')
})

test('a pace makes simulated time follow the real clock', async () => {
  const clock = manualClock()
  await sh('ticks 3', {}, { clock, pace: 2 })
  expect(clock.slept.reduce((sum, ms) => sum + ms, 0)).toBeCloseTo(1500.5, 3)
  expect(Math.max(...clock.slept)).toBeLessThanOrEqual(500)
})
