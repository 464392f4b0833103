/**
 * Properties of sessions. A failing one is made small, and told so that it can be looked at: the seed, the session as a
 * shell script that runs on Linux, and its frames.
 */
import * as fc from 'fast-check'
import { octets } from '../core/frame.ts'
import { type TraceRecord, trace, traceLine } from '../world/trace.ts'
import type { World as Core } from '../world/world.ts'
import { begun, type PlayOptions, play, type Run } from './play.ts'
import { script } from './script.ts'
import type { Session } from './session.ts'
import { type FixedSession, smallest } from './smaller.ts'
import { hexOf } from './topology.ts'

export interface CheckOptions extends PlayOptions {
  /** Sessions to try; 100 when absent. */
  readonly numRuns?: number
  /** Which ones; as fast-check is configured when absent. */
  readonly seed?: number
  /** Straight to one of them, as a failing check has said. */
  readonly path?: string
  /** Each session runs twice and must take the same course. True when absent. */
  readonly twice?: boolean
  /** A failing session is made smaller before it is told. True when absent. */
  readonly smaller?: boolean
}

/**
 * Tries sessions: each must keep the rules, take the same course a second time, and `holds` must not throw.
 *
 * @example
 * ```ts
 * import { expect, test } from 'vitest'
 * import { check, LINKS, sessions } from 'vethereal/testing'
 *
 * test('whatever is typed, names stay unique', () => {
 *   check(
 *     sessions(LINKS),
 *     ({ world }) => {
 *       for (const netns of world.namespaces()) {
 *         const names = netns.links().map(({ name }) => name)
 *         expect(new Set(names).size).toBe(names.length)
 *       }
 *     },
 *     { numRuns: 20 },
 *   )
 * })
 * ```
 */
export function check<S extends Session>(
  sessions: fc.Arbitrary<S>,
  holds: (run: Run & S, session: S) => void = () => {},
  options: CheckOptions = {},
): void {
  const { numRuns, seed, path } = options
  const details = fc.check(
    fc.property(sessions, session => attempt(session, holds, options)),
    {
      ...(numRuns === undefined ? {} : { numRuns }),
      ...(seed === undefined ? {} : { seed }),
      ...(path === undefined ? {} : { path }),
      ...(options.smaller === false ? { endOnFailure: true } : {}),
    },
  )
  if (!details.failed) return
  if (details.counterexample === null) throw new Error('no session could be made')
  const failure = (session: S): unknown => {
    try {
      attempt(session, holds, options)
      return undefined
    } catch (error) {
      return error
    }
  }
  const [found] = details.counterexample
  const least = options.smaller === false ? found : smallest(found, session => failure(session) !== undefined)
  const cause = failure(least)
  const again = JSON.stringify({ seed: details.seed, path: details.counterexamplePath })
  const text = `Failed after ${details.numRuns} sessions; check(..., ${again}) runs it again.`
  throw new Error([text, messageOf(cause), ...told(least, options)].join('\n\n'), { cause })
}

function attempt<S extends Session>(
  session: S,
  holds: (run: Run & S, session: S) => void,
  options: CheckOptions,
): void {
  const run = play(session, options)
  const [broken] = run.watched.broken()
  if (broken !== undefined) {
    const where = broken.device === undefined ? '' : ` on ${broken.device}`
    throw new Error(`${broken.rule}, but at ${broken.at} ns${where}: ${broken.what}`)
  }
  if (options.twice !== false && play(session, options).traceHash !== run.traceHash) {
    throw new Error('the same session took another course the second time')
  }
  holds({ ...session, ...run }, session)
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const LINES_MAX = 200

/** A session as it is shown to people: its script, the life of its frames, and their octets. */
export function told(session: FixedSession, options: PlayOptions = {}): string[] {
  const lines: string[] = []
  const frames: string[] = []
  try {
    begun(session, options, core => follow(core, record => lines.push(traceLine(record)), frames))
  } catch (error) {
    lines.push(`then: ${messageOf(error)}`)
  }
  return [
    `As a script:\n${script(session)}`,
    ['Its frames, and what became of them:', ...cut(lines)].join('\n'),
    ['Their octets:', ...cut(frames.map((text, i) => `#${i + 1} ${text}`))].join('\n'),
  ]
}

const cut = (lines: readonly string[]): string[] =>
  lines.length <= LINES_MAX ? [...lines] : [...lines.slice(0, LINES_MAX), `... and ${lines.length - LINES_MAX} more`]

/** The trace of a world, and the octets of each frame in the order of its numbers. */
function follow(core: Core, write: (record: TraceRecord) => void, frames: string[]): void {
  const last: { text: string } = { text: '' }
  const keep = (frame: Parameters<typeof octets>[0]): void => {
    last.text = hexOf(octets(frame))
  }
  core.events
    .on('frame', (_at, _dev, _direction, frame) => keep(frame))
    .on('note', (_at, _dev, frame) => keep(frame))
    .on('drop', (_at, _dev, _why, frame) => keep(frame))
  trace(core, record => {
    frames[record.frame - 1] ??= last.text
    write(record)
  })
}
