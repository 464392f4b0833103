/**
 * One command line without a shell: its words are split at blanks, quotes keep them together, and nothing is expanded.
 */
import type { Command, Process } from '../cmd/command.ts'
import { COMMANDS } from '../cmd/registry.ts'
import { parseSpan, type Span } from '../cmd/text.ts'
import type { NetnsId } from '../core/device.ts'
import { fail } from '../core/errno.ts'
import { initialFiles } from '../shell/initial.ts'
import { NS_PER_S } from '../time/instant.ts'
import type { Program, Wake } from '../world/task.ts'
import type { World } from '../world/world.ts'

/** What a command or a script printed, and its exit status. */
export interface CommandResult {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

export interface ExecOptions {
  readonly stdin?: string
  readonly env?: Readonly<Record<string, string>>
  /** Files that it may read, by absolute path; there are /etc/hosts and a few others without it. */
  readonly files?: Readonly<Record<string, string>>
  /** Simulated time after which the command is stopped, with status 124 as timeout(1) has it. Default a day. */
  readonly within?: Span
}

/** As a shell answers when it does not find a command. */
const NOT_FOUND = 127
const STOPPED = 124
const WITHIN_NS = 86_400 * NS_PER_S
/** There is a process 1; the first command of a world is a child of it. */
const PID_FIRST = 2

const pids = new WeakMap<World, number>()

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
  let stdout = ''
  let stderr = ''
  const process = (argv: readonly string[], netns: NetnsId, stdin: string): Process => ({
    world: core,
    pid: nextPid(core),
    netns,
    argv,
    env: new Map(Object.entries(options.env ?? {})),
    stdin,
    isTerminal: false,
    stdout(text) {
      stdout += text
    },
    stderr(text) {
      stderr += text
    },
  })
  const files = new Map(Object.entries({ ...initialFiles, ...options.files }))
  const start: Start = (argv, netns, stdin) => {
    const command = COMMANDS.get(argv[0] ?? '')
    if (command !== undefined) return alone(command, process(argv, netns, stdin), start, files)
    stderr += `vethereal: ${argv[0]}: command not found\n`
    return undefined
  }

  const program = start(argv, netns, options.stdin ?? '')
  if (program === undefined) return { status: NOT_FOUND, stdout, stderr }
  const end = core.now + (options.within === undefined ? WITHIN_NS : parseSpan(options.within))
  const task = core.spawn(program)
  while (!task.done && core.nextAt <= end) core.step()
  if (task.done) return { status: task.status, stdout, stderr }
  task.signal('KILL')
  return { status: STOPPED, stdout, stderr: `${stderr}vethereal: ${argv[0]}: stopped after its time limit\n` }
}

/** The program of a command line; undefined when there is no such command, which has been said then. */
type Start = (argv: readonly string[], netns: NetnsId, stdin: string) => Program | undefined

/**
 * A command that nobody stands behind: what it would ask of a shell, to run another command or to read a file, is done
 * here.
 */
function* alone(command: Command, process: Process, start: Start, files: ReadonlyMap<string, string>): Program {
  const program = command(process)
  let wake: Wake = { by: 'instant' }
  for (;;) {
    const step = program.next(wake)
    if (step.done === true) return step.value
    const wait = step.value
    if (wait.for === 'file') {
      const text = files.get(wait.path)
      wake = text === undefined ? { by: 'nofile', failure: fail('ENOENT') } : { by: 'file', text }
    } else if (wait.for === 'command') {
      const other = start(wait.argv, wait.netns, wait.stdin ?? process.stdin)
      wake = { by: 'command', status: other === undefined ? NOT_FOUND : yield* other }
    } else wake = yield wait
  }
}

function nextPid(core: World): number {
  const pid = pids.get(core) ?? PID_FIRST
  pids.set(core, pid + 1)
  return pid
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
