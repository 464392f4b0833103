/**
 * One command line without a shell: its words are split at blanks, quotes keep them together, and nothing is expanded.
 */
import { parseSpan, type Span } from '../cmd/text.ts'
import type { NetnsId } from '../core/device.ts'
import { NS_PER_S } from '../time/instant.ts'
import type { World } from '../world/world.ts'
import { type CommandResult, Family, type ProcessOptions } from './processes.ts'

export interface ExecOptions extends ProcessOptions {
  /** Simulated time after which the command is stopped, with status 124 as timeout(1) has it. Default a day. */
  readonly within?: Span
}

/** As a shell answers when it does not find a command. */
const NOT_FOUND = 127
export const STOPPED = 124
const WITHIN_NS = 86_400 * NS_PER_S

/** The last instant of a call that may take so long: a day unless it is said. */
export const endOf = (core: World, within: Span | undefined): number =>
  core.now + (within === undefined ? WITHIN_NS : parseSpan(within))

/**
 * Runs a command in a namespace until it ends; simulated time passes meanwhile.
 * @internal
 */
export function execute(
  core: World,
  netns: NetnsId,
  argv: readonly string[],
  options: ExecOptions = {},
): CommandResult {
  const family = new Family(core, options)
  const started = family.command(argv, netns, options.stdin ?? '')
  if (started === undefined) return { status: NOT_FOUND, stdout: family.stdout, stderr: family.stderr }
  const end = endOf(core, options.within)
  const task = core.spawn(started.program)
  while (!task.done && core.nextAt <= end) core.step()
  const { status } = task
  if (task.done) return { status, stdout: family.stdout, stderr: family.stderr }
  task.signal('KILL')
  const stderr = `${family.stderr}vethereal: ${argv[0]}: stopped after its time limit\n`
  return { status: STOPPED, stdout: family.stdout, stderr }
}

/**
 * Splits a line into words as a shell does, without expanding anything. Throws when a quote is not closed.
 * @internal
 */
export function splitWords(line: string): string[] {
  const words: string[] = []
  let word: string | undefined
  let quote = ''
  for (let i = 0; i < line.length; i++) {
    const char = line[i]!
    if (quote !== '') {
      if (char === quote) quote = ''
      else if (char === '\\' && quote === '"' && /["\\$`]/.test(line[i + 1] ?? '')) word += line[++i]!
      else word += char
    } else if (char === "'" || char === '"') {
      quote = char
      word ??= ''
    } else if (char === '\\' && i + 1 < line.length) {
      word = (word ?? '') + line[++i]!
    } else if (/\s/.test(char)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else word = (word ?? '') + char
  }
  if (quote !== '') throw new TypeError(`vethereal: a quote is not closed in ${JSON.stringify(line)}`)
  if (word !== undefined) words.push(word)
  return words
}
