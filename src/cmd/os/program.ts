/** A program that somebody wrote in TypeScript, as a command: a shell, a prompt or the library can run it. */
import type { Program } from '../../world/task.ts'
import type { Command, Process } from '../command.ts'
import { signalStatus } from '../signals.ts'
import { Flow } from './flow.ts'
import { OsError, type Steps } from './operation.ts'
import { Os } from './os.ts'

/**
 * A program: an async function or a generator function of its Os, or a plain function when it waits for nothing.
 * Its value is the exit status, 0 when there is none.
 *
 *     const hello = async (os: Os) => {
 *       await os.sleep('1s')
 *       os.stdout(`hello ${os.args[0]}\n`)
 *     }
 */
export type ProgramFunction = (
  os: Os,
) => Steps<number | undefined> | Steps<void> | PromiseLike<number | undefined> | PromiseLike<void> | number | void

/** Exit status of a program that threw something. */
const THREW = 1

/** Runs it; what it throws is thrown. Files that it has open are closed in any case. */
export function* runProgram(run: ProgramFunction, process: Process): Program {
  const turn = new Flow(() => process.world.now)
  const os = new Os(process, turn)
  try {
    return yield* obeying(body(run, os, turn), os)
  } finally {
    turn.ended = true
    turn.running = false
    os.closeAll()
  }
}

/** The same, and what it throws is said on standard error: an error of a system call in a line, others with a stack. */
export const programCommand = (run: ProgramFunction): Command =>
  function* (process) {
    try {
      return yield* runProgram(run, process)
    } catch (error) {
      const words = error instanceof Error && !(error instanceof OsError) ? error.stack : undefined
      const message = words ?? (error instanceof Error ? error.message : String(error))
      process.stderr(`${process.argv[0]}: ${message}\n`)
      return THREW
    }
  }

function* body(run: ProgramFunction, os: Os, turn: Flow): Program {
  turn.running = true
  const result = run(os)
  turn.running = false
  if (typeof result !== 'object') return result ?? 0
  if ('then' in result) return (yield* turn.follow(result as PromiseLike<number | undefined>)) ?? 0
  let step = advance(result as Steps<number | undefined>, turn)
  while (step.done !== true) step = advance(result as Steps<number | undefined>, turn, yield step.value)
  return step.value ?? 0
}

/** One step of a generator, in its turn. */
function advance<T>(steps: Steps<T>, turn: Flow, ...wake: Parameters<Steps<T>['next']>): ReturnType<Steps<T>['next']> {
  turn.running = true
  try {
    return steps.next(...wake)
  } finally {
    turn.running = false
  }
}

/** A signal that the program does not catch ends it. */
function* obeying(program: Program, os: Os): Program {
  let step = program.next({ by: 'instant' })
  for (;;) {
    if (step.done === true) return step.value
    const wake = yield step.value
    if (wake.by === 'signal' && !os.catches(wake.signal)) return signalStatus(wake.signal)
    step = program.next(wake)
  }
}
