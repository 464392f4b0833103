/** Who gets a signal: the commands and shells of a job, of a timeout, of the foreground. */
import type { Signal } from '../world/task.ts'
import type { Task } from '../world/tasks.ts'

export const SIGNALS: readonly Signal[] = ['HUP', 'INT', 'QUIT', 'KILL', 'TERM']
const NUMBERS: Readonly<Record<string, Signal>> = { 1: 'HUP', 2: 'INT', 3: 'QUIT', 9: 'KILL', 15: 'TERM' }
/** What bash can set a trap for, though nothing here sends it. */
const NEVER_SENT = /^(?:PIPE|USR1|USR2|WINCH|CHLD|ALRM|TSTP|CONT|DEBUG|RETURN)$/

const bareName = (name: string): string => name.toUpperCase().replace(/^SIG/, '')

/** `TERM`, `SIGTERM`, `15`; `0` asks whether the process is there. */
export function signalNamed(name: string): Signal | '0' | undefined {
  const bare = bareName(name)
  if (bare === '0' || bare === 'EXIT') return '0'
  return NUMBERS[bare] ?? SIGNALS.find(signal => signal === bare)
}

/** The name under which a trap is kept. */
export function trapNamed(name: string): string | undefined {
  const signal = signalNamed(name)
  if (signal === '0') return 'EXIT'
  const bare = bareName(name)
  return signal ?? (bare === 'ERR' || NEVER_SENT.test(bare) ? bare : undefined)
}

export class SignalGroup {
  private readonly tasks = new Set<Task>()
  private readonly shells = new Set<(signal: Signal) => void>()
  private readonly parent: SignalGroup | undefined
  /** Came before anybody was there to get it. */
  private pending: Signal | undefined

  constructor(parent?: SignalGroup) {
    this.parent = parent
  }

  /** A command belongs to the group, and to those around it, until it is done. */
  addTask(task: Task): void {
    for (const other of this.tasks) if (other.done) this.tasks.delete(other)
    this.tasks.add(task)
    this.parent?.addTask(task)
  }

  /** A shell obeys signals until the answered function is called. */
  addShell(obey: (signal: Signal) => void): () => void {
    this.shells.add(obey)
    if (this.pending !== undefined) obey(this.pending)
    const leave = this.parent?.addShell(obey)
    return () => {
      this.shells.delete(obey)
      leave?.()
    }
  }

  signal(signal: Signal): void {
    if (this.shells.size === 0 && this.tasks.size === 0) this.pending ??= signal
    for (const obey of [...this.shells]) obey(signal)
    for (const task of [...this.tasks]) if (!task.done) task.signal(signal)
  }
}
