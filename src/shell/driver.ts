/**
 * Drives tasks of the world from promises, deterministically.
 *
 * Whatever a shell does is an activity: the script in the foreground, each background job, each command line that a
 * command itself runs. At most one activity runs at a time. Simulated time passes only while every one of them waits in
 * `block`; then the event loop runs until something wakes exactly one, and that one goes on until it waits again. So a
 * run is the same whatever order the host gives to promises.
 *
 * Left out: preemption. An activity that neither waits nor ends holds the clock, as no process on Linux can.
 */
import type { Program, Signal, Wake } from '../world/task.ts'
import type { CommandWait, FileWait, Task } from '../world/tasks.ts'
import type { World } from '../world/world.ts'
import { formatSeconds, NS_PER_MS } from './time.ts'

/** fork, exec and a round trip over netlink take about that on Linux. */
const COMMAND_NS = 1_000_000
/** A day of simulated time. */
const TIME_NS_MAX = 86_400_000_000_000
/** Events carried out before the host gets a turn (to take a Ctrl-C, to draw). */
const EVENTS_PER_TURN = 20_000
/** Commands begun before it gets one. */
const COMMANDS_PER_TURN = 2_000
/** The longest real sleep at once, so that an abandoned one does not hold the host for long. */
const SLEEP_MS_MAX = 500
/** Exit status of whatever a limit has ended, as timeout(1) answers. */
export const STOPPED = 124

/** 128 + the number of the signal: what a shell reports for a command that one has ended. */
export const SIGNAL_STATUS: Readonly<Record<Signal, number>> = { HUP: 129, INT: 130, QUIT: 131, KILL: 137, TERM: 143 }

/** The real clock, given by whoever has one. */
export interface Clock {
  /** Milliseconds from any origin, never backwards. */
  now(): number
  /** Resolves after at least that many milliseconds; 0 lets other work of the host pass. */
  sleep(ms: number): Promise<void>
}

export interface DriverOptions {
  /** Nanoseconds between asking for a command and its first step; more than 0. Default 1,000,000. */
  readonly commandNs?: number
  /** Simulated seconds per real second; without it, or without a clock, as fast as the machine can. */
  readonly pace?: number | undefined
  readonly clock?: Clock | undefined
  /** Instant (ns of simulated time) at which everything is stopped. Default a day. */
  readonly maxTimeNs?: number | undefined
  /** Everybody waits and nothing is left to happen: stop (default), or go on waiting for an interrupt. */
  readonly idle?: 'stop' | 'wait'
}

export interface Launch {
  /** Called when the command starts; answers its program. */
  readonly program: () => Program
  /** False for a background job: Ctrl-C does not reach it, and time does not pass for its sake alone. */
  readonly foreground: boolean
  /** Carries out what the program asks of its shell, as an activity of its own. */
  readonly request: (wait: CommandWait | FileWait) => Promise<Wake>
  /** Gets the task, for signals, before its first step. */
  readonly started?: ((task: Task) => void) | undefined
}

/** A command that runs. */
interface Launched {
  readonly launch: Launch
  readonly fail: (error: unknown) => void
  /** It waits for a command of its own: signals are for that one. */
  asks: boolean
}

/** Something that an activity waits for. */
interface Waiting {
  readonly foreground: boolean
  /** Wakes it because everything is stopped. */
  readonly end: () => void
  /** A bug showed itself while it waited. */
  readonly fail: (error: unknown) => void
}

export class Driver {
  readonly world: World
  readonly commandNs: number
  /** Called once, when a limit stops everything, with the words for a person. */
  onStop: ((words: string) => void) | undefined
  /** Why everything was stopped. */
  stopped: string | undefined
  /** A signal came from the terminal since the foreground last began. */
  wasInterrupted = false
  pace: number | undefined

  private readonly clock: Clock | undefined
  private readonly maxTimeNs: number
  private readonly idle: 'stop' | 'wait'
  private readonly launches = new Map<Task, Launched>()
  private readonly waiting = new Set<Waiting>()
  /** What may go on, in the order in which it became ready. */
  private readonly ready: (() => void)[] = []
  private active = 0
  private pumping = false
  /** Real and simulated time from which the pace counts. */
  private base: { readonly ms: number; readonly ns: number } | undefined
  /** Ends the real sleep in progress; numbered, so that an abandoned one wakes nobody. */
  private rouse: (() => void) | undefined
  private sleeps = 0
  /** Commands begun since the host last had a turn. */
  private commands = 0

  constructor(world: World, options: DriverOptions = {}) {
    this.world = world
    this.commandNs = options.commandNs ?? COMMAND_NS
    this.pace = options.pace
    this.clock = options.clock
    this.maxTimeNs = options.maxTimeNs ?? TIME_NS_MAX
    this.idle = options.idle ?? 'stop'
    world.onRequest = (task, wait, resume) => this.requested(task, wait, resume)
  }

  /** Runs an activity to its end, from the moment when it is its turn. */
  activity<T>(body: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.ready.push(() => {
        this.active++
        void body()
          .then(resolve, reject)
          .finally(() => this.leave())
      })
      this.pump()
    })
  }

  /** The activity that calls this waits until `done` is called, or for `otherwise` if everything is stopped. */
  block<T>(
    foreground: boolean,
    otherwise: T,
    begin: (done: (value: T) => void, fail: (error: unknown) => void) => void,
  ): Promise<T> {
    if (this.stopped !== undefined) return Promise.resolve(otherwise)
    return new Promise<T>((resolve, reject) => {
      const goOn = (finish: () => void): void => {
        if (!this.waiting.delete(waiting)) return
        this.ready.push(() => {
          this.active++
          finish()
        })
      }
      const waiting: Waiting = {
        foreground,
        end: () => goOn(() => resolve(otherwise)),
        fail: error => goOn(() => reject(error)),
      }
      this.waiting.add(waiting)
      begin(value => goOn(() => resolve(value)), waiting.fail)
      this.leave()
    })
  }

  /** Runs a command's program; answers its exit status. */
  run(launch: Launch): Promise<number> {
    return this.block(launch.foreground, STOPPED, (done, fail) => {
      const task = this.world.spawn(launched(this.world, this.commandNs, launch.program), status => {
        this.launches.delete(task)
        done(status)
      })
      this.launches.set(task, { launch, fail, asks: false })
      launch.started?.(task)
    })
  }

  /** Lets simulated time pass. */
  delay(foreground: boolean, ns: number): Promise<void> {
    return this.block<void>(foreground, undefined, done => {
      this.world.spawn(waitUntil(this.world.now + ns), () => done(undefined))
    })
  }

  /** Called before each command: now and then the host gets a turn. */
  breath(): Promise<void> | undefined {
    this.commands = (this.commands + 1) % COMMANDS_PER_TURN
    return this.commands === 0 ? this.clock?.sleep(0) : undefined
  }

  /** The pace counts from now on: what passed while nobody ran anything is forgotten. */
  startPace(): void {
    this.base = undefined
    this.wasInterrupted = false
  }

  /**
   * A signal from the terminal, for every command in the foreground. False when none waits there: then it is for the
   * caller to stop the script itself.
   */
  interrupt(signal: Signal): boolean {
    this.catchUp()
    this.wasInterrupted = true
    const tasks = [...this.launches].filter(([, each]) => each.launch.foreground && !each.asks).map(([task]) => task)
    for (const task of tasks) task.signal(signal)
    this.rouse?.()
    this.pump()
    return tasks.length > 0
  }

  /** Ends every wait there is, and every later one at once. */
  stop(words: string): void {
    if (this.stopped !== undefined) return
    this.stopped = words
    this.onStop?.(words)
    for (const task of [...this.launches.keys()]) task.signal('KILL')
    for (const { end } of [...this.waiting]) end()
    this.rouse?.()
    this.pump()
  }

  private leave(): void {
    this.active--
    this.pump()
  }

  private requested(task: Task, wait: CommandWait | FileWait, resume: (wake: Wake) => void): void {
    const started = this.launches.get(task)
    if (started === undefined) throw new Error('driver: a task that nobody launched asks for something')
    started.asks = true
    this.ready.push(() => {
      this.active++
      started.launch
        .request(wait)
        .then(wake => {
          started.asks = false
          resume(wake)
        }, started.fail)
        .finally(() => this.leave())
    })
  }

  /** While nobody is active: lets the next one go on, or time pass until somebody can. */
  private pump(): void {
    if (this.pumping || this.active > 0) return
    this.pumping = true
    this.turn()
  }

  private turn(): void {
    const { outside } = this.world
    try {
      for (let left = EVENTS_PER_TURN; this.active === 0; left--) {
        if (outside.working) return outside.whenIdle(() => void Promise.resolve().then(() => this.turn()))
        const next = this.ready.shift()
        if (next !== undefined) {
          next()
          continue
        }
        if (!this.someoneWaits()) break
        const at = this.world.nextAt
        if (at > this.maxTimeNs) {
          if (at === Infinity && this.idle === 'wait') break
          this.stop(this.limitWords(at))
          continue
        }
        const ms = left === 0 ? 0 : this.msUntil(at)
        if (ms !== undefined && this.clock !== undefined) return this.sleep(this.clock, ms)
        this.world.step()
      }
    } catch (error) {
      for (const { fail } of [...this.waiting]) fail(error)
    }
    this.pumping = false
    if (this.active === 0 && this.ready.length > 0) this.pump()
  }

  /** Time passes for those in the foreground; background jobs go along. */
  private someoneWaits(): boolean {
    for (const { foreground } of this.waiting) if (foreground) return true
    return false
  }

  private limitWords(at: number): string {
    return at === Infinity
      ? 'every command waits and nothing is left to happen'
      : `the limit of ${formatSeconds(this.maxTimeNs)} of simulated time is reached`
  }

  /** Milliseconds of real time until an instant; undefined when it has come. */
  private msUntil(at: number): number | undefined {
    if (this.pace === undefined || this.clock === undefined) return undefined
    this.base ??= { ms: this.clock.now(), ns: this.world.now }
    const ms = this.base.ms + (at - this.base.ns) / (NS_PER_MS * this.pace) - this.clock.now()
    return ms > 0 ? Math.min(ms, SLEEP_MS_MAX) : undefined
  }

  private sleep(clock: Clock, ms: number): void {
    const mine = ++this.sleeps
    const wake = (): void => {
      if (mine !== this.sleeps) return
      this.sleeps++
      this.rouse = undefined
      this.turn()
    }
    this.rouse = wake
    void clock.sleep(ms).then(wake)
  }

  /** Brings simulated time up to the real instant, between two events, before a signal is delivered. */
  private catchUp(): void {
    if (this.base === undefined || this.pace === undefined || this.clock === undefined || this.active > 0) return
    const at = Math.floor(this.base.ns + (this.clock.now() - this.base.ms) * NS_PER_MS * this.pace)
    if (at > this.world.now && at < this.world.nextAt) this.world.runUntil(at)
  }
}

/** A command's program, begun after the time that starting a command takes. */
function* launched(world: World, commandNs: number, program: () => Program): Program {
  const wake = yield { for: 'instant', at: world.now + commandNs }
  if (wake.by === 'signal') return SIGNAL_STATUS[wake.signal]
  return yield* program()
}

function* waitUntil(at: number): Program {
  yield { for: 'instant', at }
  return 0
}
