/** Bounds of a script: they end one that would loop for ever, and leave room for every real one. */
import type { BashOptions } from 'just-bash/browser'

/** More than a second's sleep each would make of the day that a script may last. */
const LOOP_ITERATIONS_MAX = 250_000
const COMMANDS_MAX = 20_000_000
const CALLS_MAX = 1_000
/** For what a long script may use up in time; some tools of the library cannot count with Infinity. */
const AMPLE = 2 ** 40

export const LIMITS: NonNullable<BashOptions['executionLimits']> = {
  maxLoopIterations: LOOP_ITERATIONS_MAX,
  maxCommandCount: COMMANDS_MAX,
  maxCallDepth: CALLS_MAX,
  maxWorkUnits: AMPLE,
  maxInputBytes: AMPLE,
  maxOutputSize: AMPLE,
  // No timers: simulated time has its own limit (driver.ts).
  maxExecutionTimeMs: Number.POSITIVE_INFINITY,
  // A command that is stopped ends in its turn, whatever real time that takes.
  maxExtensionCleanupTimeMs: Number.POSITIVE_INFINITY,
}

/** What the library says when a script has reached a limit, in our words; undefined for other text. */
export function limitWords(text: string): string | undefined {
  const [, words] = /^bash: (.*), increase executionLimits\.\w+\n$/s.exec(text) ?? []
  return words === undefined ? undefined : `vethereal: ${words}: stopped\n`
}
