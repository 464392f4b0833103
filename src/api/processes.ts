/**
 * Processes that no shell stands behind: where they print, and what they would ask of a shell, to run another command
 * or to read and write a file, is done here. All of one world share a table of files.
 */
import type { Command, Process } from '../cmd/command.ts'
import type { Data } from '../cmd/os/descriptor.ts'
import * as procfs from '../cmd/procfs.ts'
import { COMMANDS } from '../cmd/registry.ts'
import type { NetnsId } from '../core/device.ts'
import { fail } from '../core/errno.ts'
import { HOME, initialFiles } from '../shell/initial.ts'
import type { Program, Wake } from '../world/task.ts'
import type { FileWait } from '../world/tasks.ts'
import type { World } from '../world/world.ts'

/** What a command or a script printed, and its exit status. */
export interface CommandResult {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** What a process is started with. */
export interface ProcessOptions {
  readonly stdin?: string
  readonly env?: Readonly<Record<string, string>>
  /** Files that it finds besides those of the world, by absolute path. */
  readonly files?: Readonly<Record<string, Data>>
}

/** As a shell answers when it does not find a command. */
const NOT_FOUND = 127
/** There is a process 1; the first command of a world is a child of it. */
const PID_FIRST = 2

const encoder = new TextEncoder()
export const encode = (data: Data): Uint8Array => (typeof data === 'string' ? encoder.encode(data) : data)

/** What belongs to a world and not to a process. */
interface Shared {
  pid: number
  readonly files: Map<string, Uint8Array>
  commands: ReadonlyMap<string, Command>
}

const worlds = new WeakMap<World, Shared>()

function sharedBy(core: World): Shared {
  let shared = worlds.get(core)
  if (shared === undefined) {
    const files = Object.entries(initialFiles).map(([path, text]) => [path, encode(text)] as const)
    shared = { pid: PID_FIRST, files: new Map(files), commands: COMMANDS }
    worlds.set(core, shared)
  }
  return shared
}

/** The commands of a world, by the name that a shell finds them under. */
export const commandsOf = (core: World): ReadonlyMap<string, Command> => sharedBy(core).commands

export function useCommands(core: World, commands: ReadonlyMap<string, Command>): void {
  sharedBy(core).commands = commands
}

/** The files of a world, by absolute path. */
export const filesOf = (core: World): Map<string, Uint8Array> => sharedBy(core).files

const absolute = (path: string): string => (path.startsWith('/') ? path : `${HOME}/${path.replace(/^\.\//, '')}`)

/** A process, and those that it runs in its turn: they print to the same place. */
export class Family {
  stdout = ''
  stderr = ''
  readonly #core: World
  readonly #options: ProcessOptions
  readonly #own: ReadonlyMap<string, Uint8Array>

  constructor(core: World, options: ProcessOptions) {
    this.#core = core
    this.#options = options
    this.#own = new Map(Object.entries(options.files ?? {}).map(([path, data]) => [path, encode(data)]))
  }

  /** The program of a command line; undefined when there is no such command, which has been said then. */
  command(argv: readonly string[], netns: NetnsId, stdin: string, stdout?: (text: string) => void) {
    const command = commandsOf(this.#core).get(argv[0] ?? '')
    if (command !== undefined) return this.start(command, argv, netns, stdin, stdout)
    this.stderr += `vethereal: ${argv[0]}: command not found\n`
    return undefined
  }

  start(
    command: Command,
    argv: readonly string[],
    netns: NetnsId,
    stdin: string = this.#options.stdin ?? '',
    stdout = (text: string): void => {
      this.stdout += text
    },
  ): { readonly pid: number; readonly program: Program } {
    const process: Process = {
      world: this.#core,
      pid: sharedBy(this.#core).pid++,
      netns,
      argv,
      env: new Map(Object.entries(this.#options.env ?? {})),
      stdin,
      isTerminal: false,
      stdout,
      stderr: text => {
        this.stderr += text
      },
    }
    return { pid: process.pid, program: this.#attend(command(process), process) }
  }

  *#attend(program: Program, process: Process): Program {
    let wake: Wake = { by: 'instant' }
    try {
      for (;;) {
        const step = program.next(wake)
        if (step.done === true) return step.value
        const wait = step.value
        if (wait.for === 'file') wake = this.#file(wait, process)
        else if (wait.for === 'command') {
          const other = this.command(wait.argv, wait.netns, wait.stdin ?? process.stdin, wait.stdout ?? process.stdout)
          wake = { by: 'command', status: other === undefined ? NOT_FOUND : yield* other.program }
        } else wake = yield wait
      }
    } finally {
      program.return(0) // When it is ended from outside.
    }
  }

  #file(wait: FileWait, { netns, pid }: Process): Wake {
    const path = absolute(wait.path)
    const { files } = sharedBy(this.#core)
    if ('write' in wait) {
      const before = wait.append ? (this.#own.get(path) ?? files.get(path) ?? new Uint8Array()) : new Uint8Array()
      const whole = new Uint8Array(before.length + wait.write.length)
      whole.set(before)
      whole.set(wait.write, before.length)
      files.set(path, whole)
      return { by: 'file', text: '' }
    }
    let octets = this.#own.get(path) ?? files.get(path)
    if (octets === undefined && /^\/(?:proc|sys)\//.test(path)) {
      const answer = procfs.read(this.#core, { netns, pid, netnsOf: () => netns }, path)
      if (!answer.ok) return { by: 'nofile', failure: answer }
      octets = encode(answer.value)
    }
    if (octets === undefined) return { by: 'nofile', failure: fail('ENOENT') }
    return wait.as === 'octets'
      ? { by: 'file', text: '', octets: octets.slice() }
      : { by: 'file', text: new TextDecoder().decode(octets) }
  }
}
