/**
 * What a command is: a generator over a process, that prints, waits in simulated time and answers its exit status.
 * Commands know nothing of shells, terminals or promises; a sandboxed bash, a prompt and World.exec all drive them.
 */
import type { NetnsId } from '../core/device.ts'
import type { Program } from '../world/task.ts'
import type { World } from '../world/world.ts'

export interface Process {
  readonly world: World
  readonly pid: number
  /** The namespace it runs in. */
  readonly netns: NetnsId
  /** argv[0] is the name it was called by. */
  readonly argv: readonly string[]
  readonly env: ReadonlyMap<string, string>
  readonly stdin: string
  /** What runs now, this process among it, for `ip netns identify PID`, `ip netns pids`, `ip link set netns PID`. */
  processes?(): readonly { readonly pid: number; readonly netns: NetnsId }[]
  /** Standard output is a terminal: colour and progress are welcome. */
  readonly isTerminal: boolean
  stdout(text: string): void
  stderr(text: string): void
}

export type Command = (process: Process) => Program

/** A command that never waits. */
export const atOnce = (run: (process: Process) => number): Command =>
  // biome-ignore lint/correctness/useYield: a program is a generator even when it waits for nothing.
  function* (process) {
    return run(process)
  }

/** An option or form that Linux has and Vethereal does not: said clearly on stderr, exit status 2 unless told. */
export function notSupported(process: Process, what: string): 2 {
  process.stderr(`vethereal: ${what} is not supported yet\n`)
  return 2
}
