/**
 * A sandbox that runs shell scripts against a world: the front door of this room.
 *
 * The shell is bash as the library just-bash plays it; commands, files and time are ours. Nothing of the host is
 * reachable: text comes in, text goes out, and the real clock is there only if it is given.
 */
import type { Command } from '../cmd/command.ts'
import { installed, type Programs } from '../cmd/interpreter.ts'
import type { NetnsId } from '../core/device.ts'
import { Streams } from '../time/random.ts'
import type { Signal } from '../world/task.ts'
import { HOST, type World } from '../world/world.ts'
import { builtins } from './builtins.ts'
import type { Completion } from './complete.ts'
import { Driver, type DriverOptions, SIGNAL_STATUS, STOPPED } from './driver.ts'
import { HOME, initialFiles } from './initial.ts'
import type { ReadLine } from './interactive.ts'
import { launch } from './launch.ts'
import type { Output } from './output.ts'
import { ShellProcess } from './process.ts'
import { SignalGroup } from './signals.ts'
import type { Library, Start, System } from './system.ts'
import { BUILTIN_PROGRAMS, libraryTools } from './toolset.ts'

export interface ShellOptions extends DriverOptions {
  /** The commands of src/cmd, by name. */
  readonly commands: ReadonlyMap<string, Command>
  /** Programs that stand in for files: `python3 vpn.py` and `./vpn.py` run the one named `vpn.py`. */
  readonly programs?: Programs
  /** Called with each piece of output as it is produced; the order of the two is the order of time. */
  readonly stdout: (text: string) => void
  readonly stderr: (text: string) => void
  /** Standard output is a terminal. */
  readonly isTerminal?: boolean
  /** Asks a person for a line. With it `interact` works, and a bash without a script asks as well. */
  readonly readLine?: ReadLine
  /** Files of the sandbox by absolute path: the script's own directory, if it was asked for. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>
}

export interface RunOptions {
  /** $0, and the name in messages. Default `bash`. */
  readonly argv0?: string
  readonly args?: readonly string[]
  readonly netns?: NetnsId
  readonly stdin?: string
  /** Default /root. */
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

/** Programs that Debian keeps in /usr/sbin, or links there. */
const SBIN = ['bridge', 'brctl', 'ebtables', 'ethtool', 'ip', 'iptables', 'modprobe', 'sysctl', 'tc']
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
const ENVIRONMENT = { HOME, PATH, USER: 'root', LOGNAME: 'root', SHELL: '/bin/bash', TERM: 'dumb' }
const FIRST_PID = 1000

export class Shell {
  readonly world: World
  readonly driver: Driver
  private readonly options: ShellOptions
  private readonly output: Output
  private system: Promise<System> | undefined
  private loaded: System | undefined

  constructor(world: World, options: ShellOptions) {
    this.world = world
    this.options = options
    this.driver = new Driver(world, options)
    this.output = { stdout: options.stdout, stderr: options.stderr, isTerminal: options.isTerminal ?? false }
  }

  /** Runs a script to its end; answers its exit status. Rejects only for a bug. */
  async run(script: string, options: RunOptions = {}): Promise<number> {
    const process = await this.process(options, false)
    return this.driver.activity(() => process.run(script))
  }

  /** Runs what a person types, line by line, until `exit`; answers its exit status. Needs `readLine`. */
  async interact(options: RunOptions = {}): Promise<number> {
    const process = await this.process(options, true)
    return this.driver.activity(() => process.interact())
  }

  private async process(options: RunOptions, interactive: boolean): Promise<ShellProcess> {
    const system = await this.load()
    const { argv0 = 'bash', args = [], netns = HOST, stdin = '', cwd = HOME, env = {} } = options
    const start: Start = {
      netns,
      cwd,
      env: new Map(Object.entries({ ...ENVIRONMENT, ...env })),
      stdin: () => stdin,
      output: this.output,
      foreground: true,
      group: new SignalGroup(),
    }
    this.driver.onStop = words => {
      this.output.stderr(`vethereal: ${words}: stopped\n`)
      for (const shell of [...system.foreground].reverse()) shell.end(STOPPED)
    }
    this.driver.startPace()
    // What has another name than bash came from a file of that name.
    const file = argv0 === 'bash' ? undefined : argv0
    return new ShellProcess(system, start, { argv0, args, interactive, file })
  }

  /** Ctrl-C and its like: for the commands in the foreground, or for the innermost shell if none is waiting. */
  interrupt(signal: Signal = 'INT'): void {
    if (this.driver.interrupt(signal)) return
    for (const shell of [...(this.loaded?.foreground ?? [])].reverse()) {
      shell.end(SIGNAL_STATUS[signal])
      if (shell.isInteractive) return
    }
  }

  /** Candidates for the word at the end of a line, for the innermost shell. */
  async complete(line: string): Promise<Completion> {
    const shell = this.loaded?.foreground.at(-1)
    return shell instanceof ShellProcess ? shell.complete(line) : { from: line.length, candidates: [] }
  }

  private load(): Promise<System> {
    this.system ??= this.prepare()
    return this.system
  }

  private async prepare(): Promise<System> {
    const library: Library = await import('just-bash/browser')
    const { world, driver } = this
    const { files = {}, programs = new Map() } = this.options
    const commands = new Map([...this.options.commands, ...installed(programs)])
    const memory = new library.InMemoryFs({ ...initialFiles, ...files })
    for (const path of ['/root', '/tmp', '/run', '/dev', '/home', '/var', '/etc/netns']) {
      memory.mkdirSync(path, { recursive: true })
    }
    let pids = FIRST_PID
    const streams = new Streams(world.seed)
    const names = new Set([...libraryTools({ library }), ...BUILTIN_PROGRAMS, ...builtins.keys(), ...commands.keys()])
    const system: System = {
      world,
      driver,
      library,
      commands,
      programs,
      store: {
        memory,
        world,
        commands: names,
        sbin: new Set(SBIN.filter(name => names.has(name))),
        changed: new Map(),
        unwritten: new Map(),
        random: streams.stream('shell urandom'),
      },
      streams,
      processes: new Map(),
      readLine: this.options.readLine,
      foreground: [],
      nextPid: () => ++pids,
      launch: (argv, start) => launch(system, argv, start),
    }
    this.loaded = system
    return system
  }
}
