/**
 * The least session that still shows a difference, made as src/testing/smaller.ts does. Candidates of one round are tried
 * at the same time.
 */
import { unsafe } from '../../src/testing/safety.ts'
import type { Session } from '../../src/testing/session.ts'
import { withoutPieces, withoutWords } from '../../src/testing/smaller.ts'

const ROUNDS_MAX = 60

/** `fails` runs a session on both sides. */
export async function shrink(session: Session, fails: (session: Session) => Promise<boolean>): Promise<Session> {
  let least = session
  let pieces = 2
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const length = least.steps.length
    const size = Math.max(1, Math.ceil(length / pieces))
    const found = await firstFailing(withoutPieces(least, pieces), fails)
    if (found !== undefined) {
      least = found
      pieces = Math.max(2, pieces - 1)
    } else if (size === 1) break
    else pieces = Math.min(length, pieces * 2)
  }
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const found = await firstFailing(withoutWords(least), fails)
    if (found === undefined) return least
    least = found
  }
  return least
}

async function firstFailing(
  candidates: readonly Session[],
  fails: (session: Session) => Promise<boolean>,
): Promise<Session | undefined> {
  const safe = candidates.filter(each => unsafe(each) === undefined)
  const failed = await Promise.all(safe.map(fails))
  return safe[failed.indexOf(true)]
}
