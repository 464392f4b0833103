/** wait, jobs, kill and trap: bash builtins that the library lacks or only feigns. */
import type { Signal } from '../world/task.ts'
import { STOPPED } from './driver.ts'
import { findJob, type Job } from './jobs.ts'
import { Internal } from './names.ts'
import { SIGNALS, signalNamed, trapNamed } from './signals.ts'
import type { Builtin, Call } from './state.ts'

export const jobControl: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  [Internal.Trap, trap],
  [Internal.Wait, wait],
  ['jobs', jobs],
  ['kill', kill],
])

/** A script is told of a job that a signal has ended, but not of INT and TERM. */
const ENDED_BY: Readonly<Record<number, string>> = { 129: 'Hangup', 131: 'Quit', 137: 'Killed' }

/** Of `wait`: nobody to wait for. */
const NOT_A_CHILD = 127

function complain({ shell, output }: Call, name: string, words: string, status = 1): number {
  output.stderr(`${shell.prefix()}${name}: ${words}\n`)
  return status
}

async function wait(call: Call): Promise<number> {
  const { shell, args } = call
  const names = args.filter(arg => !arg.startsWith('-'))
  const option = args.find(arg => arg.startsWith('-') && arg !== '-n')
  if (option !== undefined) return complain(call, 'wait', `${option}: not supported yet`, 2)
  if (args.includes('-n')) return waitForNext(call, names)
  let status = 0
  for (const name of names.length === 0
    ? shell.jobs.filter(each => !each.announced).map(each => `${each.pid}`)
    : names) {
    const found = findJob(shell.jobs, name)
    if (found === undefined) {
      const words = name.startsWith('%') ? 'no such job' : `pid ${name} is not a child of this shell`
      status = complain(call, 'wait', name.startsWith('%') ? `${name}: ${words}` : words, NOT_A_CHILD)
      continue
    }
    await shell.system.driver.block<void>(shell.start.foreground, undefined, done => found.whenDone(() => done()))
    found.announced = true
    status = found.status ?? STOPPED
    const ended = ENDED_BY[status]
    if (ended !== undefined) {
      shell.start.output.stderr(`${shell.prefix()}${String(found.pid).padStart(5)} ${ended.padEnd(24)}${found.text}\n`)
    }
  }
  return names.length === 0 ? 0 : status
}

/** `wait -n`: the job that ends first, of those named or of all that nobody has waited for. */
async function waitForNext({ shell }: Call, names: readonly string[]): Promise<number> {
  const named = names.map(name => findJob(shell.jobs, name))
  const waiting = (names.length === 0 ? shell.jobs : named).filter(each => each !== undefined && !each.announced)
  if (waiting.length === 0) return NOT_A_CHILD
  const ended = await shell.system.driver.block<Job | undefined>(shell.start.foreground, undefined, done => {
    for (const each of waiting) each!.whenDone(() => done(each))
  })
  if (ended !== undefined) ended.announced = true
  return ended?.status ?? STOPPED
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
    if (known === undefined) return complain(call, 'kill', `${name}: invalid signal specification`)
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
      status = complain(call, 'kill', name.startsWith('%') ? `${name}: no such job` : `(${name}) - No such process`)
    } else if (signal !== '0') group.signal(signal)
  }
  return status
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
    const signal = trapNamed(name)
    if (signal === undefined) status = complain(call, 'trap', `${name}: invalid signal specification`)
    else if (text === '-') shell.traps.delete(signal)
    else shell.traps.set(signal, text)
  }
  return status
}
