/**
 * The least session that still shows a difference: steps are left out in ever smaller pieces (Zeller's ddmin), then
 * single words of requests. Candidates of one round are tried at the same time.
 */
import { unsafe } from '../../src/testing/safety.ts'
import type { Session, Step } from '../../src/testing/session.ts'

const ROUNDS_MAX = 60

/** `fails` runs a session on both sides. */
export async function shrink(session: Session, fails: (session: Session) => Promise<boolean>): Promise<Session> {
  let least = session
  let pieces = 2
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const length = least.steps.length
    const size = Math.max(1, Math.ceil(length / pieces))
    const candidates: Session[] = []
    for (let at = 0; at < length; at += size) candidates.push(with_(least, least.steps.toSpliced(at, size)))
    const found = await firstFailing(candidates, fails)
    if (found !== undefined) {
      least = found
      pieces = Math.max(2, pieces - 1)
    } else if (size === 1) break
    else pieces = Math.min(length, pieces * 2)
  }
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const found = await firstFailing(simpler(least), fails)
    if (found === undefined) return least
    least = found
  }
  return least
}

const with_ = (session: Session, steps: readonly Step[]): Session => ({ ...session, steps })

async function firstFailing(
  candidates: readonly Session[],
  fails: (session: Session) => Promise<boolean>,
): Promise<Session | undefined> {
  const safe = candidates.filter(each => unsafe(each) === undefined)
  const failed = await Promise.all(safe.map(fails))
  return safe[failed.indexOf(true)]
}

/** Each with one optional word of one request gone. */
function simpler(session: Session): Session[] {
  return session.steps.flatMap((step, i) =>
    withoutOne(step).map(less => with_(session, session.steps.toSpliced(i, 1, less as Step))),
  )
}

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
  'path',
  'value',
  'state',
])

function withoutOne(value: object): object[] {
  return Object.entries(value).flatMap(([key, each]) => {
    const nested = typeof each === 'object' && each !== null && !Array.isArray(each) ? withoutOne(each) : []
    const less = nested.map(inner => ({ ...value, [key]: inner }))
    if (NEEDED.has(key) || typeof each === 'object' || key === 'name' || key === 'bytes') return less
    return [...less, Object.fromEntries(Object.entries(value).filter(([other]) => other !== key))]
  })
}
