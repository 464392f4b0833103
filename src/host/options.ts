/**
 * The command line of `vethereal`, read with commander.
 *
 * Options stand before `run` or between `run` and the script; from the script on every word is the script's, as with
 * bash.
 */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { Failure, Status } from './failure.ts'
import { type ProgramFile, parseProgram } from './programs.ts'

/** What to run: a script file, standard input as one, commands from the command line, or an interactive shell. */
export type Source =
  | { readonly from: 'file'; readonly path: string; readonly args: readonly string[] }
  | { readonly from: 'stdin'; readonly args: readonly string[] }
  | { readonly from: 'text'; readonly text: string; readonly argv0: string; readonly args: readonly string[] }
  | { readonly from: 'nothing' }

export interface Settings {
  readonly seed: number
  readonly hopNs: number | undefined
  readonly maxTimeNs: number | undefined
  /** Simulated seconds per real one. */
  readonly pace: number | undefined
  readonly pcap: string | undefined
  readonly trace: boolean
  readonly traceJson: string | undefined
  readonly verify: boolean
  readonly mount: string | undefined
  readonly stdin: boolean
  readonly programs: readonly ProgramFile[]
}

export type CommandLine =
  | { readonly show: string }
  | { readonly show: undefined; readonly source: Source; readonly settings: Settings; readonly asked?: Asked }

/** What is wanted of a script beside its output: the lives of its frames, or why a command of it failed. */
export interface Asked {
  readonly what: 'explain' | 'why'
  /** A filter or a frame's number; the number of a command. */
  readonly which: string
}

interface Values {
  seed: number
  hop?: number
  maxTime?: number
  pace?: number
  pcap?: string
  trace?: true
  traceJson?: string
  verifyDeterminism?: true
  mount?: string
  stdin?: true
  program?: readonly ProgramFile[]
  command?: string
}

const NS_PER_US = 1_000
const NS_PER_S = 1_000_000_000
const SEED_MAX = 0xffff_ffff
/** Beyond this an instant is no exact integer of nanoseconds any more: 104 days. */
const SECONDS_MAX = 9_000_000
const HOP_US_MAX = 60_000_000
const PACE_MAX = 1_000_000

const USAGE = `[OPTIONS] run SCRIPT [ARGS...]
       vethereal [OPTIONS] explain SCRIPT [NUMBER | FILTER...]
       vethereal [OPTIONS] why SCRIPT [NUMBER]
       vethereal [OPTIONS] -c 'COMMANDS' [NAME [ARGS...]]
       vethereal [OPTIONS]`

const DETAILS = `
SCRIPT is a bash script; - reads it from standard input. Its exit status is that of vethereal.
A program is a file .ts or .js whose default export is an async function or a generator of its Os (see the README). It
runs where the script says python3 NAME, ./NAME or NAME. A line \`#: program NAME=FILE\` of SCRIPT names one as well.
explain tells the life of each frame, of the one with that NUMBER, or of those that a FILTER of tcpdump takes.
why tells for each command of the script that sends packets and failed, or for the one with that NUMBER, why it did.
Without a script: an interactive shell at a terminal, otherwise the script is read from standard input.

Exit statuses of vethereal itself: 2 a bad option or a file that cannot be written, 124 stopped at a limit,
125 two runs that differ (--verify-determinism), 126 and 127 a script that cannot be read or is not there,
130 interrupted twice.
`

/** Reads the words after the program's name; throws a Failure for what it does not understand. */
export function parseCommandLine(words: readonly string[]): CommandLine {
  const shown: string[] = []
  try {
    const first = parser(shown).parse(words, { from: 'user' })
    const [word] = first.args
    const asked = word === 'explain' || word === 'why' ? word : undefined
    const isRun = (word === 'run' || asked !== undefined) && first.opts<Values>().command === undefined
    const second = isRun ? parser(shown).parse(first.args.slice(1), { from: 'user' }) : undefined
    const values: Values = { ...first.opts<Values>(), ...given(second) }
    values.program = [first, second].flatMap(each => each?.opts<Values>().program ?? [])
    const settings = settingsOf(values)
    if (!isRun || asked === undefined) {
      return { show: undefined, source: sourceOf(values, first.args, second?.args), settings }
    }
    const [path = missing(asked), ...which] = second!.args
    const source = sourceOf(values, first.args, [path])
    return { show: undefined, source, settings, asked: { what: asked, which: which.join(' ') } }
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return { show: shown.join('') }
    throw new Failure(error.message.replace(/^error: /, ''), Status.Usage)
  }
}

function sourceOf({ command }: Values, words: readonly string[], runWords: readonly string[] | undefined): Source {
  if (command !== undefined) {
    const [argv0 = 'bash', ...args] = words
    return { from: 'text', text: command, argv0, args }
  }
  if (runWords !== undefined) {
    const [path, ...args] = runWords
    if (path === undefined) return missing('run')
    return path === '-' ? { from: 'stdin', args } : { from: 'file', path, args }
  }
  const [word] = words
  if (word === undefined) return { from: 'nothing' }
  const hint = existsSync(word) ? ` (to run a script: vethereal run ${word})` : ''
  throw new Failure(`'${word}' is not a command${hint}`, Status.Usage)
}

function missing(command: string): never {
  throw new Failure(`${command}: a script is missing`, Status.Usage)
}

const settingsOf = (values: Values): Settings => ({
  seed: values.seed,
  hopNs: values.hop,
  maxTimeNs: values.maxTime,
  pace: values.pace,
  pcap: values.pcap,
  trace: values.trace ?? false,
  traceJson: values.traceJson,
  verify: values.verifyDeterminism ?? false,
  mount: values.mount,
  stdin: values.stdin ?? false,
  programs: values.program ?? [],
})

/** What was typed after `run`: its defaults do not undo what stands before. */
const given = (command: Command | undefined): Partial<Values> =>
  Object.fromEntries(
    Object.entries(command?.opts() ?? {}).filter(([name]) => command!.getOptionValueSource(name) !== 'default'),
  )

function parser(shown: string[]): Command {
  return new Command('vethereal')
    .usage(USAGE)
    .description('Runs Linux network scripts without root, in simulated time.')
    .option('-c, --command <COMMANDS>', 'run these commands')
    .addOption(option('--seed <N>', 'seed of all chance: MAC addresses, delays', integer(0, SEED_MAX)).default(1))
    .option('--pcap <FILE>', 'write every frame on every device to a pcapng file')
    .option('--trace', 'show each event of a frame on standard error')
    .option('--trace-json <FILE>', 'write these events as JSON lines')
    .addOption(option('--max-time <SECONDS>', 'stop after so much simulated time (86400)', span(NS_PER_S, SECONDS_MAX)))
    .addOption(option('--pace <N>', 'simulated seconds per real second (at the prompt 1)', number(0, PACE_MAX)))
    .addOption(
      option('--hop <MICROSECONDS>', 'latency of a veth in each direction (10)', span(NS_PER_US, HOP_US_MAX, 0)),
    )
    .addOption(
      option('--mount <DIR>', "let the script read DIR, its copy, in the script's working directory", directory),
    )
    .addOption(option('--program <NAME=FILE>', 'run the TypeScript program FILE where a script runs NAME', program))
    .option('--stdin', 'let the script read standard input, to its end, before it begins')
    .option('--verify-determinism', 'run twice, compare everything, say the first difference')
    .version(version(), '--version', 'show the version')
    .helpOption('-h, --help', 'show this help')
    .argument('[words...]')
    .passThroughOptions()
    .addHelpText('after', DETAILS)
    .configureHelp({ visibleArguments: () => [] })
    .configureOutput({ writeOut: text => shown.push(text), writeErr: () => {} })
    .exitOverride()
}

/** An option whose value is read by a function that throws InvalidArgumentError. */
const option = <T>(flags: string, words: string, read: (text: string, before: T) => T): Option =>
  new Option(flags, words).argParser(read)

const integer =
  (min: number, max: number) =>
  (text: string): number => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
    if (value >= min && value <= max) return value
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`)
  }

/** A number above `min`, or from it on where `min` itself makes sense. */
const number =
  (min: number, max: number, isMinAllowed = false) =>
  (text: string): number => {
    const value = /^(\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : Number.NaN
    if ((value > min || (isMinAllowed && value === min)) && value <= max) return value
    throw new InvalidArgumentError(`It must be a number ${isMinAllowed ? 'from' : 'above'} ${min} to ${max}.`)
  }

/** A number of some unit, as integer nanoseconds. */
const span =
  (unitNs: number, max: number, min?: number) =>
  (text: string): number =>
    Math.round(number(min ?? 0, max, min !== undefined)(text) * unitNs)

/** It may be given several times. */
function program(text: string, before: readonly ProgramFile[] = []): ProgramFile[] {
  const parsed = parseProgram(text)
  if (parsed === undefined) throw new InvalidArgumentError('It must be NAME=FILE.')
  return [...before, parsed]
}

function directory(path: string): string {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return path
  throw new InvalidArgumentError('It must be a directory.')
}

/** As package.json has it, which is one folder above the built program and two above this file. */
function version(): string {
  const file = ['../package.json', '../../package.json']
    .map(path => new URL(path, import.meta.url))
    .find(url => existsSync(url))
  return file === undefined ? 'unknown' : (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
