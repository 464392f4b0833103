/**
 * Transcripts of real tools on Linux 6.18, and how to say the same here.
 *
 * A transcript was recorded in a fresh network namespace, as root, with LC_ALL=C and TZ=UTC: `$` begins a command
 * line, `|` a line of its standard output, `!` of its standard error, `?` its exit status if that is not 0, `#` a
 * section.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Command, Process } from '../../src/cmd/command.ts'
import type { NetnsId } from '../../src/core/device.ts'
import { fail } from '../../src/core/errno.ts'
import type { Wait } from '../../src/world/task.ts'
import type { World } from '../../src/world/world.ts'

export interface Told {
  readonly stdout: string
  readonly stderr: string
  readonly status: number
}

export interface Said extends Told {
  readonly line: string
}

/** The commands of one section of a transcript below this folder, with what Linux said. */
export function transcript(file: string, section: string): Said[] {
  const text = readFileSync(join(import.meta.dirname, file), 'utf8')
  const said: { line: string; stdout: string; stderr: string; status: number }[] = []
  let here = ''
  for (const line of text.split('\n')) {
    const rest = line.slice(2)
    const last = said.at(-1)
    if (line.startsWith('# ')) here = rest
    else if (here !== section) continue
    else if (line.startsWith('$ ')) said.push({ line: rest, stdout: '', stderr: '', status: 0 })
    else if (line.startsWith('| ')) last!.stdout += `${rest}\n`.replace('<no newline>\n', '')
    else if (line.startsWith('! ')) last!.stderr += `${rest}\n`
    else if (line.startsWith('? ')) last!.status = Number(rest)
  }
  expect(said.length, `${file}, ${section}`).toBeGreaterThan(0)
  return said
}

/** The words of a command line, in which single and double quotes hold words together. */
export const words = (line: string): string[] =>
  [...line.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)].map(([word]) => word.replace(/'([^']*)'|"([^"]*)"/g, '$1$2'))

export interface Surroundings {
  readonly stdin?: string
  /** All the files that there are. */
  readonly files?: Readonly<Record<string, string>>
  /** What the command waited for, but for files. */
  readonly waits?: Wait[]
}

/** Runs one command line; instants that it waits for come at once. */
export function say(
  command: Command,
  world: World,
  line: string,
  { stdin = '', files = {}, waits = [] }: Surroundings = {},
): Told {
  let stdout = ''
  let stderr = ''
  const process: Process = {
    world,
    pid: 1,
    netns: 0 as NetnsId,
    argv: words(line),
    env: new Map(),
    stdin,
    isTerminal: false,
    stdout(text) {
      stdout += text
    },
    stderr(text) {
      stderr += text
    },
  }
  const program = command(process)
  let step = program.next()
  while (!step.done) {
    const wait = step.value
    if (wait.for !== 'file') {
      waits.push(wait)
      step = program.next({ by: 'instant' })
      continue
    }
    const text = files[wait.path]
    step = program.next(text === undefined ? { by: 'nofile', failure: fail('ENOENT') } : { by: 'file', text })
  }
  return { stdout, stderr, status: step.value }
}
