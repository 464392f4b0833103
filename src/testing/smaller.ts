/**
 * Sessions that are a little less than another one: steps left out in ever smaller pieces (Zeller's ddmin), then single
 * words of requests.
 */
import { unsafe } from './safety.ts'
import type { Session, Step } from './session.ts'

/** A session whose first steps stay as they are. */
export interface FixedSession extends Session {
  readonly fixed?: number
}

/** Each without one of so many pieces. */
export function withoutPieces<S extends FixedSession>(session: S, pieces: number): S[] {
  const { steps, fixed = 0 } = session
  const size = Math.max(1, Math.ceil((steps.length - fixed) / pieces))
  const all: S[] = []
  for (let at = fixed; at < steps.length; at += size) all.push({ ...session, steps: steps.toSpliced(at, size) })
  return all
}

/** Each with one optional word of one request gone. */
export const withoutWords = <S extends FixedSession>(session: S): S[] =>
  session.steps.flatMap((step, i) =>
    i < (session.fixed ?? 0)
      ? []
      : withoutOne(step).map(less => ({ ...session, steps: session.steps.toSpliced(i, 1, less as Step) })),
  )

const NEEDED = new Set([
  'type',
  'netns',
  'kind',
  'mac',
  'link',
  'dst',
  'prefixLength',
  'local',
  'mode',
  'broadcastCutoff',
  'path',
  'value',
  'state',
  'socket',
  'call',
  'address',
  'port',
  'length',
  'option',
])

function withoutOne(value: object): object[] {
  return Object.entries(value).flatMap(([key, each]) => {
    const nested = typeof each === 'object' && each !== null && !Array.isArray(each) ? withoutOne(each) : []
    const less = nested.map(inner => ({ ...value, [key]: inner }))
    if (NEEDED.has(key) || typeof each === 'object' || key === 'name' || key === 'bytes') return less
    return [...less, Object.fromEntries(Object.entries(value).filter(([other]) => other !== key))]
  })
}

/** Tries are not for ever. */
const TRIES_MAX = 2000

/** The least session that still fails; `fails` carries one out. */
export function smallest<S extends FixedSession>(session: S, fails: (session: S) => boolean): S {
  let least = session
  let tries = 0
  const first = (candidates: readonly S[]): S | undefined =>
    candidates.find(each => tries++ < TRIES_MAX && unsafe(each) === undefined && fails(each))
  for (let pieces = 2; ; ) {
    const length = least.steps.length - (least.fixed ?? 0)
    const found = length === 0 ? undefined : first(withoutPieces(least, pieces))
    if (found !== undefined) {
      least = found
      pieces = Math.max(2, pieces - 1)
    } else if (pieces >= length) break
    else pieces = Math.min(length, 2 * pieces)
  }
  for (let found = first(withoutWords(least)); found !== undefined; found = first(withoutWords(least))) least = found
  return least
}
