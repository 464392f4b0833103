/** A world, a few commands that wait and print, and a shell whose output is one list of pieces. */
import type { Command } from '../../src/cmd/command.ts'
import { type RunOptions, Shell, type ShellOptions } from '../../src/shell/shell.ts'
import { World } from '../../src/world/world.ts'

const S = 1_000_000_000

/** Prints a line a second. `ticks N [TEXT]`; INT makes it print a summary. */
export const ticks: Command = function* ticks(process) {
  const [, count = '1', text = 'tick'] = process.argv
  for (let i = 1; i <= Number(count); i++) {
    process.stdout(`${text} ${i}\n`)
    const wake = yield { for: 'instant', at: process.world.now + S }
    if (wake.by === 'signal') {
      process.stdout(`stopped after ${i}\n`)
      return wake.signal === 'INT' ? 0 : 143
    }
  }
  return 0
}

/** `both`: out, err, out. */
export const both: Command = function* both(process) {
  process.stdout('out 1\n')
  process.stderr('err\n')
  process.stdout('out 2\n')
  return 3
}

export const sleep: Command = function* sleep(process) {
  const wake = yield { for: 'instant', at: process.world.now + Number(process.argv[1]) * S }
  return wake.by === 'signal' ? 130 : 0
}

/** `netns NAME CMD...`: as `ip netns exec`. `netns`: the name of its own. */
export const netns: Command = function* netns(process) {
  const [, name, ...argv] = process.argv
  if (name === undefined) {
    process.stdout(`${process.world.netns(process.netns).name}\n`)
    return 0
  }
  const entered = process.world.netnsNamed(name)
  if (entered === undefined) return 1
  const wake = yield { for: 'command', argv, netns: entered.id }
  return wake.by === 'command' ? wake.status : 1
}

/** `env-of NAME` */
export const show: Command = function* show(process) {
  process.stdout(`${process.isTerminal ? 'terminal' : 'pipe'} ${process.env.get('SHOWN') ?? '-'} ${process.stdin}\n`)
  return 0
}

export const now: Command = function* now(process) {
  process.stdout(`${process.world.now / 1e6}\n`)
  return 0
}

export const commands = new Map<string, Command>([
  ['ticks', ticks],
  ['both', both],
  ['sleep', sleep],
  ['netns', netns],
  ['show', show],
  ['now', now],
])

export interface Ran {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
  /** Pieces in order, `1:` or `2:` before each. */
  readonly pieces: readonly string[]
  readonly world: World
}

export async function sh(script: string, run: RunOptions = {}, options: Partial<ShellOptions> = {}): Promise<Ran> {
  const world = new World()
  for (const name of ['red', 'blue']) world.apply({ type: 'newnetns', name })
  const pieces: string[] = []
  const at = (): string => `${Math.round(world.now / 1e7) / 100}`
  const shell = new Shell(world, {
    commands,
    isTerminal: true,
    ...options,
    stdout: text => void pieces.push(`1:${at()}:${text}`),
    stderr: text => void pieces.push(`2:${at()}:${text}`),
  })
  const status = await shell.run(script, { argv0: 'lab.sh', ...run })
  const of = (stream: string): string =>
    pieces
      .filter(p => p.startsWith(stream))
      .map(p => p.replace(/^\d:[\d.]+:/, ''))
      .join('')
  return { status, stdout: of('1'), stderr: of('2'), pieces, world }
}
