/**
 * Commands that rewritten scripts call (rewrite.ts, lists.ts, traps.ts). They take no simulated time.
 */
import { EPOCH_S } from '../world/clock.ts'
import { Internal, SHELL_DIR, Variable } from './names.ts'
import type { Builtin, Call } from './state.ts'
import { NS_PER_S } from './time.ts'

const NS_PER_US = 1_000
const RANDOM_RANGE = 32_768

export const internals: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  [Internal.Clock, clock],
  [Internal.Err, err],
  [Internal.Eval, evaluate],
  [Internal.Exit, exit],
  [Internal.Job, job],
  [Internal.Mistake, mistake],
  [Internal.Read, ({ shell, args, context }) => shell.nextLine(Number(args[0]), args[1] ?? '', context)],
  [Internal.Run, run],
  [Internal.Seconds, seconds],
  [Internal.Source, source],
  [Internal.Status, ({ args }) => Number(args[0])],
  [Internal.Stdin, stdin],
  [Internal.Time, time],
])

function clock({ shell, args, output }: Call): number {
  const { world, streams } = shell.system
  const elapsed = world.now - shell.secondsSince
  switch (args[0]) {
    case 'seconds':
      output.stdout(String(Math.floor(elapsed / NS_PER_S)))
      break
    case 'epoch':
      output.stdout(String(EPOCH_S + Math.floor(world.now / NS_PER_S)))
      break
    case 'realtime': {
      const micros = Math.floor((world.now % NS_PER_S) / NS_PER_US)
      output.stdout(`${EPOCH_S + Math.floor(world.now / NS_PER_S)}.${String(micros).padStart(6, '0')}`)
      break
    }
    default:
      output.stdout(String(streams.stream('shell RANDOM').below(RANDOM_RANGE)))
  }
  return 0
}

/** SECONDS=N */
function seconds({ shell, args }: Call): number {
  const from = Number.parseInt(args[0] ?? '', 10)
  shell.secondsSince = shell.system.world.now - (Number.isNaN(from) ? 0 : from) * NS_PER_S
  return 0
}

/** The status before it, so that `$?` is the same in the text that follows; unless that would end the shell. */
const statusBefore = ({ context }: Call): number =>
  (context.env.get('SHELLOPTS') ?? '').includes('errexit') ? 0 : Number(context.env.get('?') ?? 0)

function evaluate(call: Call): number {
  const { shell, args, context } = call
  const words = args[0] === '--' ? args.slice(1) : args
  context.env.set(Variable.Text, words.length === 0 ? '' : shell.rewritten(words.join(' '), { firstLine: shell.line }))
  return statusBefore(call)
}

async function source(call: Call): Promise<number> {
  const { shell, args, context } = call
  const file = args[0] ?? ''
  context.env.set(Variable.File, file)
  for (const path of sourcePaths(file, context.env.get('PATH') ?? '')) {
    const at = shell.files.resolvePath(context.cwd, path)
    try {
      if ((await shell.files.stat(at)).isDirectory) continue
      const copy = `${SHELL_DIR}/source${at}`
      const text = await shell.files.readFile(at)
      const source = shell.sourceVariable()
      context.env.set(source, path)
      shell.files.keep(copy, shell.rewritten(text, { source }))
      context.env.set(Variable.File, copy)
      break
    } catch {
      // Not there: `source` itself will say so if it is nowhere.
    }
  }
  return statusBefore(call)
}

const sourcePaths = (file: string, path: string): string[] =>
  file.includes('/') ? [file] : [...path.split(':').map(directory => `${directory}/${file}`), file]

function time({ shell, args, context, output }: Call): number {
  const { now } = shell.system.world
  if (args[0] === 'begin') {
    shell.timed.push(now)
    return 0
  }
  const elapsed = (now - (shell.timed.pop() ?? now)) / NS_PER_S
  if (args[0] === 'end-posix') output.stderr(`real ${elapsed.toFixed(2)}\nuser 0.00\nsys 0.00\n`)
  else {
    const minutes = Math.floor(elapsed / 60)
    output.stderr(`\nreal\t${minutes}m${(elapsed - minutes * 60).toFixed(3)}s\nuser\t0m0.000s\nsys\t0m0.000s\n`)
  }
  return Number(context.env.get('?') ?? 0)
}

/** A command called by its path. */
async function run(call: Call): Promise<number> {
  const { shell, args, context, output } = call
  const [path = ''] = args
  const status = await shell.system.launch(args, shell.inherit(context, output))
  if (status !== undefined) return status
  output.stderr(`${shell.prefix()}${path}: No such file or directory\n`)
  return 127
}

// -- Traps and jobs ---------------------------------------------------------------------------------

/** A command has failed: `STATUS LINE TEXT`. */
function err({ shell, args, context }: Call): number {
  const [status = '1', line = '0', text = ''] = args
  const trap = shell.traps.get('ERR') ?? ''
  context.env.set('BASH_COMMAND', text)
  context.env.set(Variable.Status, status)
  context.env.set(Variable.Text, trap === '' ? '' : shell.rewritten(trap, { lineNumber: Number(line) }))
  return 0
}

/** The script has ended with this status; its EXIT trap comes next. */
function exit({ shell, args, context }: Call): number {
  const [status = '0'] = args
  context.env.set(Variable.Status, status)
  context.env.set(Variable.Text, shell.takeExitTrap())
  return 0
}

/** From here on the script could not be parsed. */
function mistake({ shell, output }: Call): number {
  output.stderr(shell.mistakeWords())
  return 2
}

/** What the shell itself was given to read. */
function stdin({ shell, output }: Call): number {
  output.stdout(shell.start.stdin())
  return 0
}

/** `NUMBER ARRAYS`: a statement in the background. */
function job({ shell, args, context, output }: Call): number {
  const started = shell.background(Number(args[0]), args[1] ?? '', context, output)
  context.env.set(Variable.Job, String(started.pid))
  return 0
}
