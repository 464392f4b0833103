/**
 * The one thread of control of an async program.
 *
 * Its code runs from one awaited operation to the next, and simulated time stands still for as long as that takes:
 * whatever else it awaits, such as a promise of Web Crypto, takes no time at all. It has come to rest when it awaits
 * another operation, or has ended. So the host's order of promises shows in nothing.
 *
 * Left out: several operations at a time (Promise.all of two reads); a process waits for several files with select.
 */
import type { Signal } from '../../world/task.ts'
import { type Awaiting, SignalError, type Steps } from './operation.ts'

const TWO_WAITS =
  'vethereal: a program waits for one operation at a time; os.select waits for several files, and what is not ' +
  'awaited in its turn (from a timer, after the end) cannot be carried out'

interface Parked {
  readonly steps: () => Steps<unknown>
  readonly resolve: (value: never) => void
  readonly reject: (reason: unknown) => void
}

type Outcome = { readonly status: number | undefined } | { readonly error: unknown }

export class Flow implements Awaiting {
  /** The program's code may run: it has not come to rest. */
  running = false
  /** The process is over: what its code still awaits never comes. */
  ended = false
  #rest: (() => void) | undefined
  #parked: Parked | undefined
  #outcome: Outcome | undefined
  /** Came while the code was running. */
  #signal: Signal | undefined
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  park(steps: () => Steps<unknown>, resolve: (value: never) => void, reject: (reason: unknown) => void): void {
    if (this.ended) return
    if (!this.running || this.#parked !== undefined) {
      const error = new Error(TWO_WAITS)
      this.#outcome ??= { error }
      return reject(error)
    }
    this.#parked = { steps, resolve, reject }
    // The other operations of a Promise.all come before that.
    void Promise.resolve().then(() => this.#comeToRest())
  }

  /** Drives an async function that has just been called, to its end. */
  *follow(promise: PromiseLike<number | undefined>): Steps<number | undefined> {
    const end = (outcome: Outcome): void => {
      this.#outcome ??= outcome
      this.#comeToRest()
    }
    promise.then(
      status => end({ status }),
      (error: unknown) => end({ error }),
    )
    let goOn = (): void => undefined
    for (;;) {
      yield* this.#run(goOn)
      if (this.#outcome !== undefined) {
        if ('error' in this.#outcome) throw this.#outcome.error
        return this.#outcome.status
      }
      const { steps, resolve, reject } = this.#parked!
      this.#parked = undefined
      try {
        this.#takeSignal()
        const value = yield* steps()
        goOn = () => resolve(value as never)
      } catch (error) {
        goOn = () => reject(error)
        // Signals come from other programs, which are at work: it is not its turn yet.
        if (error instanceof SignalError) yield { for: 'instant', at: this.#now() }
      }
    }
  }

  /** Lets the code go on until it comes to rest. */
  *#run(goOn: () => void): Steps<void> {
    let wake = yield {
      for: 'outside',
      work: rest => {
        this.running = true
        this.#rest = rest
        goOn()
      },
    }
    while (wake.by === 'signal') {
      this.#signal = wake.signal
      wake = yield {
        for: 'outside',
        work: rest => {
          if (this.running) this.#rest = rest
          else rest()
        },
      }
    }
  }

  #takeSignal(): void {
    const signal = this.#signal
    this.#signal = undefined
    if (signal !== undefined) throw new SignalError(signal)
  }

  #comeToRest(): void {
    this.running = false
    const rest = this.#rest
    this.#rest = undefined
    rest?.()
  }
}
