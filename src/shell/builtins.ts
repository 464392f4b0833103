/**
 * Commands that the shell carries out itself: those that rewritten scripts call, and those of Linux that concern
 * processes, privileges and time.
 *
 * Follows bash(1), sudo(8), timeout(1), id(1), uname(1), mktemp(1). Left out: everything of them not named here is refused.
 */
import { EPOCH_S } from '../world/clock.ts'
import type { Signal } from '../world/task.ts'
import { STOPPED } from './driver.ts'
import { findJob } from './jobs.ts'
import { Internal, SHELL_DIR, Variable } from './names.ts'
import { SignalGroup } from './signals.ts'
import type { Call } from './state.ts'
import { NS_PER_S, parseSpan } from './time.ts'

export type Builtin = (call: Call) => number | Promise<number>

const NS_PER_US = 1_000
const RANDOM_RANGE = 32_768
const SIGNALS: readonly Signal[] = ['INT', 'TERM', 'QUIT', 'HUP', 'KILL']
const SIGNAL_NUMBERS: Readonly<Record<string, Signal>> = { 1: 'HUP', 2: 'INT', 3: 'QUIT', 9: 'KILL', 15: 'TERM' }

export const builtins: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  [Internal.Clock, clock],
  [Internal.Eval, evaluate],
  [Internal.Job, job],
  [Internal.Run, run],
  [Internal.Seconds, seconds],
  [Internal.Source, source],
  [Internal.Status, ({ args }) => Number(args[0])],
  [Internal.Time, time],
  [Internal.Trap, trap],
  [Internal.Wait, wait],
  ['bash', shell],
  ['sh', shell],
  ['id', id],
  ['jobs', jobs],
  ['kill', kill],
  ['mktemp', mktemp],
  ['modprobe', modprobe],
  ['sudo', sudo],
  ['timeout', timeout],
  ['uname', uname],
])

/** Those that take no time, for they are part of the shell on Linux or of the machinery here. */
export const timeless: ReadonlySet<string> = new Set([
  ...Object.values(Internal),
  'jobs',
  'kill',
  'bash',
  'sh',
  'sudo',
  'timeout',
])

/** Says what is wrong as bash does, with the name of the command. */
function complain({ name, output }: Call, words: string, status = 1): number {
  output.stderr(`${name}: ${words}\n`)
  return status
}

// -- What rewritten scripts call --------------------------------------------------------------------

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
  context.env.set(Variable.Text, words.length === 0 ? '' : shell.rewritten(words.join(' ')))
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
      shell.files.keep(copy, shell.rewritten(await shell.files.readFile(at)))
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
  output.stderr(`bash: ${path}: No such file or directory\n`)
  return 127
}

async function shell({ shell, name, args, context, output }: Call): Promise<number> {
  return (await shell.system.launch([name, ...args], shell.inherit(context, output))) ?? 127
}

// -- Jobs and signals -------------------------------------------------------------------------------

function job({ shell, args, context, output }: Call): number {
  const statement = shell.statements[Number(args[0])]
  if (statement === undefined) throw new Error(`shell: no statement ${args[0]}`)
  const started = shell.background(statement, args[1] ?? '', context, output)
  context.env.set(Variable.Job, String(started.pid))
  return 0
}

async function wait(call: Call): Promise<number> {
  const { shell, args } = call
  const names = args.filter(arg => !arg.startsWith('-'))
  if (args.some(arg => arg.startsWith('-')))
    return complain({ ...call, name: 'bash: wait' }, `${args[0]}: not supported yet`, 2)
  let status = 0
  for (const name of names.length === 0
    ? shell.jobs.filter(each => !each.announced).map(each => `${each.pid}`)
    : names) {
    const found = findJob(shell.jobs, name)
    if (found === undefined) {
      const words = name.startsWith('%') ? 'no such job' : `pid ${name} is not a child of this shell`
      status = complain({ ...call, name: 'bash: wait' }, name.startsWith('%') ? `${name}: ${words}` : words, 127)
      continue
    }
    await shell.system.driver.block<void>(shell.start.foreground, undefined, done => found.whenDone(() => done()))
    found.announced = true
    status = found.status ?? STOPPED
  }
  return names.length === 0 ? 0 : status
}

function jobs({ shell, args, output }: Call): number {
  const live = shell.jobs.filter(each => !each.announced)
  for (const each of live) {
    const mark = each === live.at(-1) ? '+' : each === live.at(-2) ? '-' : ' '
    if (args.includes('-p')) output.stdout(`${each.pid}\n`)
    else {
      const state = each.done ? (each.status === 0 ? 'Done' : `Exit ${each.status}`) : 'Running'
      const number = args.includes('-l') ? `${each.pid} ` : ''
      output.stdout(`[${each.number}]${mark}  ${number}${state.padEnd(24)}${each.text}${each.done ? '' : ' &'}\n`)
    }
    if (each.done) each.announced = true
  }
  return 0
}

function kill(call: Call): number {
  const { shell, output } = call
  const args = [...call.args]
  let signal: Signal | '0' = 'TERM'
  if (args[0] === '-l') {
    output.stdout(`${SIGNALS.join(' ')}\n`)
    return 0
  }
  if (args[0]?.startsWith('-')) {
    const word = args.shift()!
    const name = word === '-s' || word === '-n' ? (args.shift() ?? '') : word.slice(1)
    const known = signalNamed(name)
    if (known === undefined) return complain({ ...call, name: 'bash: kill' }, `${name}: invalid signal specification`)
    signal = known
  }
  if (args.length === 0) {
    output.stderr('kill: usage: kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]\n')
    return 2
  }
  let status = 0
  for (const name of args) {
    const found = findJob(shell.jobs, name)
    const group = found?.done === true ? undefined : (found?.group ?? shell.system.processes.get(Number(name))?.group)
    if (group === undefined) {
      status = complain(
        { ...call, name: 'bash: kill' },
        name.startsWith('%') ? `${name}: no such job` : `(${name}) - No such process`,
      )
    } else if (signal !== '0') group.signal(signal)
  }
  return status
}

function signalNamed(name: string): Signal | '0' | undefined {
  const bare = name.toUpperCase().replace(/^SIG/, '')
  if (bare === '0' || bare === 'EXIT') return '0'
  return SIGNAL_NUMBERS[bare] ?? SIGNALS.find(signal => signal === bare)
}

/** The first argument is $BASHPID: traps of subshells are not those of their shell. */
function trap(call: Call): number {
  const { shell, output } = call
  const [pid, ...words] = call.args
  const args = words[0] === '--' ? words.slice(1) : words
  if (args[0] === '-p' || args.length === 0) {
    for (const [signal, text] of shell.traps) output.stdout(`trap -- '${text.replaceAll("'", "'\\''")}' ${signal}\n`)
    return 0
  }
  if (args[0] === '-l') {
    output.stdout(`${SIGNALS.join(' ')}\n`)
    return 0
  }
  if (pid !== String(shell.pid)) {
    output.stderr('vethereal: trap in a subshell is not supported yet\n')
    return 2
  }
  const resets = args.length === 1
  const text = resets ? '-' : args[0]!
  let status = 0
  for (const name of resets ? args : args.slice(1)) {
    const signal = trapName(name)
    if (signal === undefined)
      status = complain({ ...call, name: 'bash: trap' }, `${name}: invalid signal specification`)
    else if (text === '-') shell.traps.delete(signal)
    else shell.traps.set(signal, text)
  }
  return status
}

function trapName(name: string): string | undefined {
  const bare = name.toUpperCase().replace(/^SIG/, '')
  if (bare === '0' || bare === 'EXIT') return 'EXIT'
  if (bare === 'ERR' || bare === 'DEBUG' || bare === 'RETURN') return bare
  const signal = SIGNAL_NUMBERS[bare] ?? SIGNALS.find(each => each === bare)
  return signal ?? (/^(PIPE|USR1|USR2|WINCH|CHLD|ALRM|TSTP|CONT)$/.test(bare) ? bare : undefined)
}

// -- Commands of Linux ------------------------------------------------------------------------------

/** Everybody is root. `-n -E -H -S -k` and `-u root` change nothing; `VAR=value` arguments are exported. */
async function sudo(call: Call): Promise<number> {
  const { shell, context, output } = call
  const words = [...call.args]
  const env = new Map(Object.entries(context.exportedEnv ?? {}))
  let text: string[] | undefined
  while (words[0] !== undefined) {
    const word = words[0]
    if (word === '--') {
      words.shift()
      break
    }
    if (/^[A-Za-z_][A-Za-z0-9_]*=/.test(word))
      env.set(word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1))
    else if (/^-[nEHSkb]+$/.test(word) || word.startsWith('--preserve-env')) text ??= undefined
    else if (word === '-u' || word === '-g') {
      const [, who] = words.splice(0, 1) && ['', words[0]]
      if (who !== 'root') return complain(call, `unknown user ${who}`)
    } else if (/^-u.+/.test(word)) {
      if (word.slice(2) !== 'root') return complain(call, `unknown user ${word.slice(2)}`)
    } else if (word === '-i' || word === '-s') text = []
    else if (word.startsWith('-')) {
      output.stderr(`vethereal: sudo: option ${word} is not supported yet\n`)
      return 2
    } else break
    words.shift()
  }
  if (text !== undefined && words.length > 0) words.unshift('bash', '-c', words.splice(0).join(' '))
  if (words.length === 0) return complain(call, 'a command is needed')
  const status = await shell.system.launch(words, { ...shell.inherit(context, output), env })
  return status ?? complain(call, `${words[0]}: command not found`)
}

async function timeout(call: Call): Promise<number> {
  const { shell, context, output } = call
  const args = [...call.args]
  let signal: Signal = 'TERM'
  let preserve = false
  let killAfterNs: number | undefined
  while (args[0]?.startsWith('-')) {
    const word = args.shift()!
    if (word === '--preserve-status' || word === '-p') preserve = true
    else if (word === '--foreground' || word === '-f' || word === '--verbose' || word === '-v') continue
    else if (/^(-s|--signal)/.test(word)) {
      const name = word === '-s' || word === '--signal' ? args.shift() : word.replace(/^(-s|--signal=)/, '')
      const known = signalNamed(name ?? '')
      if (known === undefined || known === '0') return complain(call, `‘${name}’: invalid signal`, 125)
      signal = known
    } else if (/^(-k|--kill-after)/.test(word)) {
      const span = word === '-k' || word === '--kill-after' ? args.shift() : word.replace(/^(-k|--kill-after=)/, '')
      killAfterNs = parseSpan(span ?? '')
    } else if (word === '--') break
    else return complain(call, `invalid option -- '${word.slice(1)}'`, 125)
  }
  const [span = '', ...command] = args
  const ns = parseSpan(span)
  if (ns === undefined) return complain(call, `invalid time interval ‘${span}’`, 125)
  if (command.length === 0) return complain(call, 'missing operand', 125)
  const { world } = shell.system
  const inherited = shell.inherit(context, output)
  const group = new SignalGroup(inherited.group)
  let timedOut = false
  let killed = false
  if (ns > 0) {
    world.spawn(after(world.now + ns), () => {
      timedOut = !over
      if (!over) group.signal(signal)
    })
    if (killAfterNs !== undefined) {
      world.spawn(after(world.now + ns + killAfterNs), () => {
        killed = !over
        if (!over) group.signal('KILL')
      })
    }
  }
  let over = false
  const status = await shell.system.launch(command, { ...inherited, group })
  over = true
  if (status === undefined)
    return complain(call, `failed to run command ‘${command[0]}’: No such file or directory`, 127)
  if (killed || (timedOut && signal === 'KILL')) return 137
  return timedOut && !preserve ? STOPPED : status
}

function* after(at: number) {
  yield { for: 'instant', at } as const
  return 0
}

const IDS: Readonly<Record<string, string>> = {
  '-u': '0',
  '-g': '0',
  '-G': '0',
  '-un': 'root',
  '-gn': 'root',
  '-Gn': 'root',
  '-ur': '0',
  '': 'uid=0(root) gid=0(root) groups=0(root)',
}

function id(call: Call): number {
  const letters = call.args.filter(arg => arg.startsWith('-')).map(arg => arg.slice(1))
  const key = letters.length === 0 ? '' : `-${letters.join('')}`
  const words = IDS[key === '-nu' ? '-un' : key === '-ng' ? '-gn' : key === '-ru' ? '-ur' : key]
  if (words === undefined) return complain(call, `vethereal: option ${key} is not supported yet`, 2)
  call.output.stdout(`${words}\n`)
  return 0
}

const UNAME: readonly (readonly [string, string])[] = [
  ['s', 'Linux'],
  ['n', 'host'],
  ['r', '6.18.0'],
  ['v', '#1 SMP PREEMPT_DYNAMIC'],
  ['m', 'x86_64'],
  ['o', 'GNU/Linux'],
]

function uname(call: Call): number {
  const letters = call.args.flatMap(arg => [...arg.replace(/^-/, '')])
  const asked = letters.length === 0 ? ['s'] : letters.includes('a') ? UNAME.map(([letter]) => letter) : letters
  const wrong = asked.find(letter => !UNAME.some(([known]) => known === letter))
  if (wrong !== undefined) return complain(call, `invalid option -- '${wrong}'`)
  call.output.stdout(
    `${UNAME.filter(([letter]) => asked.includes(letter))
      .map(([, word]) => word)
      .join(' ')}\n`,
  )
  return 0
}

/** Modules whose devices or features Vethereal has; they are there already. */
const MODULES = ['8021q', 'br_netfilter', 'bridge', 'dummy', 'macvlan', 'macvtap', 'tap', 'tun', 'veth', 'nf_conntrack']

function modprobe(call: Call): number {
  const names = call.args.filter(arg => !arg.startsWith('-'))
  for (const name of names.slice(0, 1)) {
    if (MODULES.includes(name.replaceAll('-', '_'))) continue
    call.output.stderr(`modprobe: FATAL: Module ${name} not found in directory /lib/modules/6.18.0\n`)
    return 1
  }
  return 0
}

const MKTEMP_LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'

async function mktemp(call: Call): Promise<number> {
  const { shell, context, output } = call
  const args = [...call.args]
  let directory = false
  let dry = false
  let under: string | undefined
  let template: string | undefined
  while (args[0] !== undefined) {
    const word = args.shift()!
    if (word === '-d' || word === '--directory') directory = true
    else if (word === '-u') dry = true
    else if (word === '-t' || word === '-q') under ??= word === '-t' ? '/tmp' : undefined
    else if (word === '-p') under = args.shift() ?? '/tmp'
    else if (word.startsWith('--tmpdir')) under = word.split('=')[1] ?? '/tmp'
    else if (word.startsWith('-')) return complain(call, `vethereal: option ${word} is not supported yet`, 2)
    else template = word
  }
  const pattern = template ?? 'tmp.XXXXXXXXXX'
  const random = shell.system.streams.stream('shell mktemp')
  const holes = /X{3,}(?=[^X]*$)/.exec(pattern)?.[0]
  if (holes === undefined) return complain(call, `too few X's in template ‘${pattern}’`)
  const filled = [...holes].map(() => MKTEMP_LETTERS[random.below(MKTEMP_LETTERS.length)]).join('')
  const at = pattern.lastIndexOf(holes)
  const name = pattern.slice(0, at) + filled + pattern.slice(at + holes.length)
  const base = under ?? (template === undefined ? '/tmp' : '')
  const shown = base === '' ? name : `${base}/${name}`
  const path = shell.files.resolvePath(context.cwd, shown)
  if (!dry) {
    try {
      if (directory) await shell.files.mkdir(path)
      else await shell.files.writeFile(path, '')
    } catch {
      const kind = directory ? 'directory' : 'file'
      return complain(
        call,
        `failed to create ${kind} via template ‘${base === '' ? pattern : `${base}/${pattern}`}’: No such file or directory`,
      )
    }
  }
  output.stdout(`${shown}\n`)
  return 0
}
