/**
 * `vethereal` alone at a terminal: an interactive shell. A running command is paced, one simulated second to a real one
 * unless told otherwise; while nobody runs anything simulated time stands still.
 */
import { appendFileSync, readFileSync } from 'node:fs'
import { COMMANDS } from '../cmd/registry.ts'
import type { Prompt } from '../shell/interactive.ts'
import { Shell } from '../shell/shell.ts'
import { LineReader, type Terminal } from './lines.ts'
import { readMount } from './mount.ts'
import type { Settings } from './options.ts'
import { loadPrograms } from './programs.ts'
import { limitReport } from './report.ts'
import { attach, newWorld } from './run.ts'
import { openSinks } from './sinks.ts'
import { clock, type Streams } from './terminal.ts'

const WELCOME =
  'Vethereal: a Linux network of your own. Time passes only while a command runs. exit or Ctrl-D leaves.\n'
const CONTINUED = '> '
/** A session may last as long as instants are exact: 104 days. */
const TIME_NS_MAX = Number.MAX_SAFE_INTEGER

/** Runs an interactive session; answers the exit status of its shell. */
export async function prompt(
  settings: Settings,
  terminal: Terminal = { input: process.stdin, output: process.stdout },
): Promise<number> {
  const programs = await loadPrograms(settings.programs)
  const [pcap, json] = openSinks(settings.pcap, settings.traceJson)
  const screen = new Screen(terminal)
  const world = newWorld(settings)
  const stopWatching = attach(world, settings, pcap, json, screen)
  const file = process.env.VETHEREAL_HISTORY
  const reader = new LineReader(terminal, {
    history: file === undefined ? [] : readHistory(file),
    remember: line => {
      if (file !== undefined) appendFileSync(file, `${line}\n`)
    },
    complete: line => shell.complete(line),
    signal: signal => {
      screen.stdout(signal === 'INT' ? '^C' : '^\\')
      shell.interrupt(signal)
    },
  })
  // https://no-color.org
  const isColoured = screen.isTerminal && !process.env.NO_COLOR
  let reported = ''
  const shell = new Shell(world, {
    commands: COMMANDS,
    programs,
    stdout: text => screen.stdout(text),
    stderr: text => screen.stderr(text),
    isTerminal: screen.isTerminal,
    files: settings.mount === undefined ? {} : readMount(settings.mount),
    clock,
    pace: settings.pace ?? 1,
    maxTimeNs: settings.maxTimeNs ?? TIME_NS_MAX,
    idle: 'wait',
    readLine: wanted => {
      const report = limitReport(world).join('; ')
      if (report !== '' && report !== reported) screen.stderr(`vethereal: ${report}\n`)
      reported = report
      screen.endLine()
      return reader.read(promptText(wanted, isColoured))
    },
  })
  const interrupt = (): void => shell.interrupt()
  process.on('SIGINT', interrupt)
  screen.stdout(WELCOME)
  try {
    return await shell.interact({ cwd: settings.mount === undefined ? '/' : process.cwd() })
  } finally {
    process.off('SIGINT', interrupt)
    reader.close()
    stopWatching()
  }
}

/** `net0:/tmp# `, and `> ` for a line that goes on. */
function promptText({ netns, cwd, continued }: Prompt, isColoured: boolean): string {
  if (continued) return CONTINUED
  const name = netns === '' ? 'host' : netns
  const place = cwd === '/root' ? '~' : cwd.replace(/^\/root\//, '~/')
  return isColoured ? `\x1b[1;32m${name}\x1b[0m:\x1b[1;34m${place}\x1b[0m# ` : `${name}:${place}# `
}

function readHistory(file: string): string[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter(line => line !== '')
  } catch {
    return [] // The first session makes it.
  }
}

/** Where commands print. A prompt always begins a line of its own, or readline would write over what was printed. */
class Screen implements Streams {
  readonly isTerminal: boolean
  private readonly output: NodeJS.WritableStream
  private atStart = true

  constructor({ output }: Terminal) {
    this.output = output
    this.isTerminal = (output as NodeJS.WriteStream).isTTY === true
  }

  stdout(text: string): void {
    this.output.write(text)
    if (text !== '') this.atStart = text.endsWith('\n')
  }

  stderr(text: string): void {
    this.stdout(text)
  }

  endLine(): void {
    if (!this.atStart) this.stdout('\n')
  }
}
