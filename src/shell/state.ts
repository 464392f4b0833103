/** What a shell process remembers beyond what the library keeps for it, and what its own commands may ask of it. */
import type { CommandContext } from 'just-bash/browser'
import type { Files } from './files.ts'
import type { Job } from './jobs.ts'
import type { CommandOutput } from './output.ts'
import type { TextPlace } from './rewrite.ts'
import type { Start, System } from './system.ts'

export interface ShellState {
  readonly system: System
  readonly start: Start
  readonly files: Files
  readonly pid: number
  /** $0 */
  readonly argv0: string
  /** The instant (ns) that $SECONDS counts from. */
  secondsSince: number
  /** Instants at which `time` began, the innermost last. */
  readonly timed: number[]
  readonly jobs: Job[]
  /** Text of a trap by signal, EXIT or ERR; '' ignores it. */
  readonly traps: Map<string, string>

  /** What a command called from here inherits. */
  inherit(context: CommandContext, output: CommandOutput): Start
  /** The line of the command in hand. */
  readonly line: number
  /** A new variable for the name of a file that is sourced. */
  sourceVariable(): string
  /** Text as the library may run it: rewritten. */
  rewritten(text: string, at?: TextPlace): string
  /** Starts a statement in the background: the one that the rewriter gave this number. */
  background(number: number, arrays: string, context: CommandContext, output: CommandOutput): Job
  /** The rewritten text of the EXIT trap, which runs now and not again. */
  takeExitTrap(): string
  /** Asks the person at the prompt; answers what `vethereal-read` does. `status` is that of the last command. */
  nextLine(status: number, arrays: string, context: CommandContext): Promise<number>
  /** What bash says where it can read the script no further. */
  mistakeWords(): string
  /** How the shell begins a message: `SCRIPT: line N: `. */
  prefix(): string
}

/** Answers the exit status. */
export type Builtin = (call: Call) => number | Promise<number>

/** One call of a command that the shell itself carries out. */
export interface Call {
  readonly shell: ShellState
  readonly name: string
  readonly args: readonly string[]
  readonly context: CommandContext
  readonly output: CommandOutput
}
