/** What all shells of one sandbox share: the world, the clock, the files, the commands, the processes. */
import type { Bash, InMemoryFs } from 'just-bash/browser'
import type { Command } from '../cmd/command.ts'
import type { Programs } from '../cmd/interpreter.ts'
import type { NetnsId } from '../core/device.ts'
import type { Streams } from '../time/random.ts'
import type { World } from '../world/world.ts'
import type { Driver } from './driver.ts'
import type { Store } from './files.ts'
import type { ReadLine } from './interactive.ts'
import type { Output } from './output.ts'
import type { SignalGroup } from './signals.ts'

/** The library, loaded when the first shell starts: it takes a tenth of a second. */
export interface Library {
  readonly Bash: typeof Bash
  readonly InMemoryFs: typeof InMemoryFs
  readonly getCommandNames: () => string[]
}

/** One entry of the table of processes. */
export interface ProcessEntry {
  readonly pid: number
  readonly netns: NetnsId
  readonly group: SignalGroup
}

/** A shell that Ctrl-C can reach. */
export interface ForegroundShell {
  readonly isInteractive: boolean
  end(status: number): void
}

/** What a new process inherits. */
export interface Start {
  readonly netns: NetnsId
  readonly cwd: string
  /** Exported variables. */
  readonly env: ReadonlyMap<string, string>
  /** Called when somebody reads. */
  readonly stdin: () => string
  readonly output: Output
  /** False in a background job: time does not pass for its sake alone, and Ctrl-C does not reach it. */
  readonly foreground: boolean
  readonly group: SignalGroup
}

export interface System {
  readonly world: World
  readonly driver: Driver
  readonly store: Store
  readonly library: Library
  readonly commands: ReadonlyMap<string, Command>
  /** What stands in for files that are called by their paths. */
  readonly programs: Programs
  /** Chance for what shells do. */
  readonly streams: Streams
  readonly processes: Map<number, ProcessEntry>
  nextPid(): number
  /** Asks the person at the terminal for a line; undefined: there is nobody. */
  readonly readLine: ReadLine | undefined
  /** Shells that run in the foreground, the innermost last: whom Ctrl-C ends when no command takes it. */
  readonly foreground: ForegroundShell[]
  /** execve(2): answers the exit status, or undefined when there is no such program. */
  launch(argv: readonly string[], start: Start): Promise<number | undefined>
}

/** The name by which a namespace is known under /run/netns; '' for the initial one. */
export const netnsName = (world: World, netns: NetnsId): string => (netns === 0 ? '' : world.netns(netns).name)
