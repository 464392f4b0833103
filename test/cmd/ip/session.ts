/**
 * Runs command lines in a world and writes down what they print, as a terminal session: `$ COMMAND`, its output, its exit
 * status in brackets. Lines that begin with `# ` run without being written down; `sleep` lets simulated time pass.
 */
import type { Process } from '../../../src/cmd/command.ts'
import { ip } from '../../../src/cmd/ip/main.ts'
import type { NetnsId } from '../../../src/core/device.ts'
import { fail } from '../../../src/core/errno.ts'
import { HOST, World } from '../../../src/world/world.ts'

const NS_PER_SECOND = 1e9
/** Of the machine on which the transcripts were recorded, for `ip netns identify`. */
const INIT_PID = 1

export interface Run {
  readonly out: string
  readonly status: number
}

/** Both outputs in the order in which they were written. Files are those given; other programs than `ip` are toys. */
export class Session {
  readonly world = new World({ seed: 1, loUp: false })
  private readonly files: Readonly<Record<string, string>>
  private out = ''
  private lastPid = 100

  constructor(files: Readonly<Record<string, string>> = {}) {
    this.files = files
    this.world.onRequest = (_task, wait, resume) => {
      if (wait.for === 'file') {
        const text = this.files[wait.path]
        resume(text === undefined ? { by: 'nofile', failure: fail('ENOENT') } : { by: 'file', text })
        return
      }
      const toy = this.toy(wait.argv)
      if (wait.argv[0] === 'ip') this.start(wait.argv, wait.netns, '', status => resume({ by: 'command', status }))
      else resume(toy === undefined ? { by: 'nofile', failure: fail('ENOENT') } : { by: 'command', status: toy })
    }
  }

  run(line: string, stdin = ''): Run {
    this.out = ''
    let status: number | undefined
    this.start(words(line), HOST, stdin, exit => {
      status = exit
    })
    this.world.run(() => status !== undefined)
    return { out: this.out, status: status! }
  }

  /** Plays a recorded session again: what it would have looked like here. */
  replay(transcript: string): string {
    const played: string[] = []
    for (const line of transcript.split('\n')) {
      if (line.startsWith('# sleep ')) this.world.runUntil(this.world.now + Number(line.slice(8)) * NS_PER_SECOND)
      else if (line.startsWith('# ')) this.run(line.slice(2))
      else if (line.startsWith('$ ')) {
        const { out, status } = this.run(line.slice(2))
        played.push(`${line}\n${out}[${status}]\n`)
        continue
      } else continue
      played.push(`${line}\n`)
    }
    return played.join('')
  }

  private start(argv: readonly string[], netns: NetnsId, stdin: string, exited: (status: number) => void): void {
    const write = (text: string): void => {
      this.out += text
    }
    const process: Process = {
      world: this.world,
      pid: ++this.lastPid,
      netns,
      argv,
      env: new Map(),
      stdin,
      isTerminal: false,
      processes: () => [{ pid: INIT_PID, netns: HOST }],
      stdout: write,
      stderr: write,
    }
    this.world.spawn(ip(process), exited)
  }

  private toy([name, ...args]: readonly string[]): number | undefined {
    if (name === 'echo') this.out += `${args.join(' ')}\n`
    if (name === 'sh') return Number(/exit (\d+)/.exec(args[1] ?? '')?.[1])
    return { true: 0, false: 1, echo: 0 }[name ?? '']
  }
}

const words = (line: string): string[] =>
  [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => (quoted ?? plain)!)
