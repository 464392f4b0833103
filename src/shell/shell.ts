/**
 * A sandbox that runs shell scripts against a world: the front door of this room.
 *
 * The shell is bash as the library just-bash plays it; commands, files and time are ours. Nothing of the host is reachable:
 * text comes in, text goes out, and the real clock is there only if it is given.
 */
import type { Command } from '../cmd/command.ts'
import type { NetnsId } from '../core/device.ts'
import { Streams } from '../time/random.ts'
import type { Signal } from '../world/task.ts'
import { HOST, type World } from '../world/world.ts'
import { builtins } from './builtins.ts'
import { Driver, type DriverOptions, SIGNAL_STATUS, STOPPED } from './driver.ts'
import { initialFiles } from './initial.ts'
import { launch } from './launch.ts'
import type { Output } from './output.ts'
import { libraryTools, ShellProcess } from './process.ts'
import { SignalGroup } from './signals.ts'
import type { Library, System } from './system.ts'

export interface ShellOptions extends DriverOptions {
  /** The commands of src/cmd, by name. */
  readonly commands: ReadonlyMap<string, Command>
  /** Called with each piece of output as it is produced; the order of the two is the order of time. */
  readonly stdout: (text: string) => void
  readonly stderr: (text: string) => void
  /** Standard output is a terminal. */
  readonly isTerminal?: boolean
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
const SBIN = [
  'arping',
  'bridge',
  'brctl',
  'ebtables',
  'ethtool',
  'ip',
  'iptables',
  'modprobe',
  'sysctl',
  'tc',
  'tcpdump',
]
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
const HOME = '/root'
const FIRST_PID = 1000

export class Shell {
  readonly world: World
  readonly driver: Driver
  private readonly options: ShellOptions
  private readonly output: Output
  private system: Promise<System> | undefined
  private current: ShellProcess | undefined

  constructor(world: World, options: ShellOptions) {
    this.world = world
    this.options = options
    this.driver = new Driver(world, options)
    this.output = { stdout: options.stdout, stderr: options.stderr, isTerminal: options.isTerminal ?? false }
  }

  /** Runs a script to its end; answers its exit status. Rejects only for a bug. */
  async run(script: string, options: RunOptions = {}): Promise<number> {
    const system = await this.load()
    const { argv0 = 'bash', args = [], netns = HOST, stdin = '', cwd = HOME, env = {} } = options
    const group = new SignalGroup()
    const start = {
      netns,
      cwd,
      env: new Map(
        Object.entries({ HOME, PATH, USER: 'root', LOGNAME: 'root', SHELL: '/bin/bash', TERM: 'dumb', ...env }),
      ),
      stdin: () => stdin,
      output: this.output,
      foreground: true,
      group,
    }
    const process = new ShellProcess(system, start, { argv0, args })
    this.current = process
    this.driver.onStop = words => {
      this.output.stderr(`vethereal: ${words}: stopped\n`)
      process.end(STOPPED)
    }
    this.driver.startPace()
    try {
      return await this.driver.activity(() => process.run(script))
    } finally {
      this.current = undefined
    }
  }

  /** Ctrl-C and its like: for the commands in the foreground, or for the script if none is waiting. */
  interrupt(signal: Signal = 'INT'): void {
    if (!this.driver.interrupt(signal)) this.current?.end(SIGNAL_STATUS[signal])
  }

  private load(): Promise<System> {
    this.system ??= this.prepare()
    return this.system
  }

  private async prepare(): Promise<System> {
    const library: Library = await import('just-bash/browser')
    const { world, driver } = this
    const { commands, files = {} } = this.options
    const memory = new library.InMemoryFs({ ...initialFiles, ...files })
    for (const path of ['/root', '/tmp', '/run', '/dev', '/home', '/var', '/etc/netns']) {
      memory.mkdirSync(path, { recursive: true })
    }
    let pids = FIRST_PID
    const names = new Set([...libraryTools({ library }), ...builtins.keys(), ...commands.keys()])
    const system: System = {
      world,
      driver,
      library,
      commands,
      store: {
        memory,
        world,
        commands: names,
        sbin: new Set(SBIN.filter(name => names.has(name))),
        changed: new Map(),
        unwritten: new Map(),
      },
      streams: new Streams(world.seed),
      processes: new Map(),
      nextPid: () => ++pids,
      launch: (argv, start) => launch(system, argv, start),
    }
    return system
  }
}
