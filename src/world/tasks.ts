/** Runs programs: one generator each, resumed by the event loop when what it waits for has come. */
import { fail } from '../core/errno.ts'
import type { Callable, Engine } from './engine.ts'
import type { Program, Signal, Wait, Wake } from './task.ts'

export type CommandWait = Extract<Wait, { for: 'command' }>
export type FileWait = Extract<Wait, { for: 'file' }>

/**
 * Who carries out waits for another command or for a file: a shell, which calls `resume` later. Without one a task that
 * waits so gets exit status 127, or ENOENT.
 */
export type RequestHandler = (task: Task, wait: CommandWait | FileWait, resume: (wake: Wake) => void) => void

/** A running program. */
export interface Task {
  readonly done: boolean
  /** Exit status once done. */
  readonly status: number
  /** Wakes the program with a signal, whatever it waits for; KILL ends it. */
  signal(signal: Signal): void
}

const BY_INSTANT: Wake = { by: 'instant' }
const BY_SOCKET: Wake = { by: 'socket' }
const BY_OUTSIDE: Wake = { by: 'outside' }
/** 128 + SIGKILL, as a shell reports it. */
const KILLED = 137

export class RunningTask implements Task, Callable {
  done = false
  status = 0
  private readonly engine: Engine
  private readonly program: Program
  private readonly handler: () => RequestHandler | undefined
  private readonly exited: ((status: number) => void) | undefined
  /** What it waits for; undefined while it runs. */
  private wait: Wait | undefined
  /** Grows with every wait, so that a wake-up for an older one is known and ignored. */
  private token = 0
  /** Gives up the work outside that it waits for. */
  private giveUp: (() => void) | undefined
  private readonly wakeSoon = (): void => this.engine.callAt(0, this, this.token)

  constructor(
    engine: Engine,
    program: Program,
    handler: () => RequestHandler | undefined,
    exited: ((status: number) => void) | undefined,
  ) {
    this.engine = engine
    this.program = program
    this.handler = handler
    this.exited = exited
  }

  /** Takes the first step, at once. */
  start(): void {
    this.proceed(BY_INSTANT)
  }

  signal(signal: Signal): void {
    if (this.done) return
    if (signal === 'KILL') {
      this.program.return(KILLED)
      this.finish(KILLED)
    } else this.wake({ by: 'signal', signal })
  }

  /** The engine: an instant asked for has come, or a socket has become ready. */
  call(token: number): void {
    const { wait } = this
    if (token !== this.token || wait === undefined) return
    if (wait.for === 'socket' && wait.socket.ready) this.wake(BY_SOCKET)
    else if (wait.for === 'instant' || (wait.for === 'socket' && wait.at !== undefined && wait.at <= this.engine.now)) {
      this.wake(BY_INSTANT)
    }
  }

  private wake(wake: Wake): void {
    const { wait } = this
    if (wait === undefined) return
    this.leave()
    this.proceed(wake)
  }

  private proceed(first: Wake): void {
    let wake = first
    for (;;) {
      const step = this.program.next(wake)
      if (step.done === true) return this.finish(step.value)
      const wait = step.value
      if (wait.for !== 'socket' || !wait.socket.ready) return this.park(wait)
      wake = BY_SOCKET
    }
  }

  private park(wait: Wait): void {
    this.wait = wait
    const { token } = this
    switch (wait.for) {
      case 'instant':
        this.engine.callAt(wait.at, this, token)
        break
      case 'socket':
        wait.socket.waiter = this.wakeSoon
        if (wait.at !== undefined) this.engine.callAt(wait.at, this, token)
        break
      case 'outside':
        this.giveUp = this.engine.outside.enter(wait.work, () => {
          this.giveUp = undefined
          this.wake(BY_OUTSIDE)
        })
        break
      default: {
        const handler = this.handler()
        if (handler === undefined) this.wake(unanswered(wait))
        else {
          handler(this, wait, wake => {
            if (token === this.token) this.wake(wake)
          })
        }
      }
    }
  }

  /** It no longer waits for what it waited for. */
  private leave(): void {
    if (this.wait?.for === 'socket') this.wait.socket.waiter = undefined
    this.wait = undefined
    this.token++
    this.giveUp?.()
    this.giveUp = undefined
  }

  private finish(status: number): void {
    this.leave()
    this.done = true
    this.status = status
    this.exited?.(status)
  }
}

const unanswered = (wait: CommandWait | FileWait): Wake =>
  wait.for === 'command' ? { by: 'command', status: 127 } : { by: 'nofile', failure: fail('ENOENT') }
