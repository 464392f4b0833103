/** A command in the background: what `&` starts, and wait, jobs and kill name. */
import type { Signal } from '../world/task.ts'
import type { SignalGroup } from './signals.ts'

export class Job {
  readonly number: number
  readonly pid: number
  readonly group: SignalGroup
  /** The text that `jobs` shows. */
  readonly text: string
  /** Exit status once done. */
  status: number | undefined
  /** Nobody has been told of its end. */
  announced = false
  private readonly waiters: (() => void)[] = []

  constructor(number: number, pid: number, group: SignalGroup, text: string) {
    this.number = number
    this.pid = pid
    this.group = group
    this.text = text
  }

  get done(): boolean {
    return this.status !== undefined
  }

  /** Calls back when it is done, at once if it is. */
  whenDone(tell: () => void): void {
    if (this.done) tell()
    else this.waiters.push(tell)
  }

  finish(status: number): void {
    this.status = status
    for (const tell of this.waiters.splice(0)) tell()
  }

  signal(signal: Signal): void {
    this.group.signal(signal)
  }
}

/** A job by what a person calls it: `%1`, `%%`, `%+`, `%-`, `%ping`, or its process number. */
export function findJob(jobs: readonly Job[], name: string): Job | undefined {
  if (!name.startsWith('%')) return jobs.find(job => String(job.pid) === name)
  const which = name.slice(1)
  const live = jobs.filter(job => !job.announced)
  if (which === '' || which === '%' || which === '+') return live.at(-1)
  if (which === '-') return live.at(-2) ?? live.at(-1)
  if (/^\d+$/.test(which)) return live.find(job => job.number === Number(which))
  return live.findLast(job => (which.startsWith('?') ? job.text.includes(which.slice(1)) : job.text.startsWith(which)))
}
