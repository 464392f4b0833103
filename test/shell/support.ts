/** A world, a few commands that wait and print, and a shell whose output is one list of pieces. */
import { atOnce, type Command } from '../../src/cmd/command.ts'
import { type RunOptions, Shell, type ShellOptions } from '../../src/shell/shell.ts'
import { World } from '../../src/world/world.ts'

const NS_PER_S = 1_000_000_000

/** `ticks N [TEXT]` prints a line a second; INT makes it print a last one and succeed, TERM ends it. */
export const ticks: Command = function* ticks(process) {
  const [, count = '1', text = 'tick'] = process.argv
  for (let i = 1; i <= Number(count); i++) {
    process.stdout(`${text} ${i}\n`)
    const wake = yield { for: 'instant', at: process.world.now + NS_PER_S }
    if (wake.by !== 'signal') continue
    if (wake.signal !== 'INT') return 143
    process.stdout(`stopped after ${i}\n`)
    return 0
  }
  return 0
}

/** Any signal but INT and TERM is nothing to it. */
const sleep: Command = function* sleep(process) {
  const wake = yield { for: 'instant', at: process.world.now + Number(process.argv[1]) * NS_PER_S }
  if (wake.by !== 'signal') return 0
  return wake.signal === 'TERM' ? 143 : 130
}

/** `both` prints out 1, err, out 2 and fails with 3. */
const both = atOnce(process => {
  process.stdout('out 1\n')
  process.stderr('err\n')
  process.stdout('out 2\n')
  return 3
})

/** `netns NAME COMMAND...` is `ip netns exec`; `netns` alone prints where it runs. */
const netns: Command = function* netns(process) {
  const { world } = process
  const [, name, ...argv] = process.argv
  if (name === undefined) {
    process.stdout(`${world.netns(process.netns).name}\n`)
    return 0
  }
  const entered = world.netnsNamed(name)
  if (entered === undefined) return 1
  const wake = yield { for: 'command', argv, netns: entered.id }
  return wake.by === 'command' ? wake.status : 1
}

/** `show` prints what it was given. */
const show = atOnce(({ isTerminal, env, stdin, stdout }) => {
  stdout(`${isTerminal ? 'terminal' : 'no terminal'}, SHOWN=${env.get('SHOWN') ?? ''}, read ${JSON.stringify(stdin)}\n`)
  return 0
})

/** `file PATH` asks its shell for a file. */
const file: Command = function* file(process) {
  const wake = yield { for: 'file', path: process.argv[1] ?? '' }
  process.stdout(wake.by === 'file' ? wake.text : 'no file\n')
  return 0
}

export const commands = new Map<string, Command>(Object.entries({ ticks, sleep, both, netns, show, file }))

export interface Ran {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
  /** Each piece as `SECONDS STREAM TEXT`, in order. */
  readonly pieces: readonly string[]
  readonly world: World
}

/** The pieces of output of a shell. */
export class Transcript {
  readonly pieces: string[] = []
  readonly streams = { stdout: '', stderr: '' }
  private readonly world: World

  constructor(world: World) {
    this.world = world
  }

  writer(stream: 'stdout' | 'stderr'): (text: string) => void {
    return text => {
      this.streams[stream] += text
      const seconds = Math.floor(this.world.now / (NS_PER_S / 10)) / 10
      this.pieces.push(`${seconds} ${stream} ${text.replaceAll('\n', '\\n')}`)
    }
  }
}

export function world(): World {
  const made = new World()
  for (const name of ['red', 'blue']) made.apply({ type: 'newnetns', name })
  return made
}

/** Runs a script in a new world that has the namespaces red and blue. */
export async function sh(script: string, run: RunOptions = {}, options: Partial<ShellOptions> = {}): Promise<Ran> {
  const made = world()
  const transcript = new Transcript(made)
  const shell = new Shell(made, {
    commands,
    isTerminal: true,
    ...options,
    stdout: transcript.writer('stdout'),
    stderr: transcript.writer('stderr'),
  })
  const status = await shell.run(script, { argv0: 'lab.sh', ...run })
  return { status, ...transcript.streams, pieces: transcript.pieces, world: made }
}
