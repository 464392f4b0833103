/** Programs started from TypeScript: `net.spawn(program)` answers one that runs while simulated time passes. */
import { type ProgramFunction, runProgram } from '../cmd/os/program.ts'
import { signalStatus } from '../cmd/signals.ts'
import type { Span } from '../cmd/text.ts'
import type { NetnsId } from '../core/device.ts'
import { elapseUntil } from '../shell/elapse.ts'
import type { Program, Signal } from '../world/task.ts'
import type { World } from '../world/world.ts'
import { endOf, STOPPED } from './exec.ts'
import { type CommandResult, Family, type ProcessOptions } from './processes.ts'

export interface SpawnOptions extends ProcessOptions {
  /** What it is called, its argv[0]; `program` when absent. */
  readonly name?: string
  readonly args?: readonly string[]
}

/** A program that was started. */
export class RunningProgram {
  readonly pid: number
  readonly #core: World
  readonly #family: Family
  #status: number | undefined
  #thrown: { readonly error: unknown } | undefined
  readonly #signal: (signal: Signal) => void

  /** @internal */
  constructor(core: World, netns: NetnsId, run: ProgramFunction, options: SpawnOptions) {
    const { name = 'program', args = [] } = options
    this.#core = core
    this.#family = new Family(core, options)
    const { pid, program } = this.#family.start(process => runProgram(run, process), [name, ...args], netns)
    this.pid = pid
    const task = core.spawn(this.#watched(program), status => {
      this.#status = status
    })
    this.#signal = signal => task.signal(signal)
  }

  /** Begins in an event of its own, and keeps what is thrown for whoever asks. */
  *#watched(program: Program): Program {
    try {
      const wake = yield { for: 'instant', at: this.#core.now }
      if (wake.by === 'signal') return signalStatus(wake.signal)
      return yield* program
    } catch (error) {
      this.#thrown = { error }
      return THREW
    }
  }

  get done(): boolean {
    return this.#status !== undefined
  }

  /** Its exit status, 128 and the number of a signal that has ended it; undefined as long as it runs. */
  get status(): number | undefined {
    return this.#status
  }

  /** What it has printed so far. */
  get stdout(): string {
    return this.#family.stdout
  }

  get stderr(): string {
    return this.#family.stderr
  }

  /** kill(2). Time passes only when it is told to: a program that catches the signal goes on then. */
  kill(signal: Signal = 'TERM'): void {
    this.#signal(signal)
  }

  /**
   * Lets simulated time pass until it ends. After the span (a day when absent) it is stopped, with status 124 as
   * timeout(1) has it. Throws what the program has thrown.
   */
  async wait(within?: Span): Promise<CommandResult> {
    await elapseUntil(this.#core, endOf(this.#core, within), () => this.done)
    const wasDone = this.done
    if (!wasDone) this.kill('KILL')
    if (this.#thrown !== undefined) throw this.#thrown.error
    return { status: wasDone ? this.#status! : STOPPED, stdout: this.stdout, stderr: this.stderr }
  }
}

const THREW = 1
