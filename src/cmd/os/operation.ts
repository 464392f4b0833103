/**
 * A system call that may wait, as a value: a program written as a generator says `yield* operation`, an async function
 * `await operation`. Nothing happens until one of them does.
 */
import { type Errno, errnoNumber, type Failure, strerror } from '../../core/errno.ts'
import type { Signal, Wait, Wake } from '../../world/task.ts'

/** What a generator does, step by step: yields what it waits for, and answers a value at its end. */
export type Steps<T> = Generator<Wait, T, Wake>

/** A system call that failed. The message is that of perror(3): `sendto: Network is unreachable`. */
export class OsError extends Error {
  override readonly name = 'OsError'
  /** Its name: `ENETUNREACH`. */
  readonly errno: Errno
  /** Its number on Linux: 101. */
  readonly code: number
  /** The system call: `sendto`. */
  readonly call: string

  constructor(call: string, errno: Errno) {
    super(`${call}: ${strerror(errno)}`)
    this.call = call
    this.errno = errno
    this.code = errnoNumber(errno)
  }
}

/** A signal that the program catches has come while it waited. */
export class SignalError extends Error {
  override readonly name = 'SignalError'
  readonly signal: Signal

  constructor(signal: Signal) {
    super(`interrupted by SIG${signal}`)
    this.signal = signal
  }
}

/** The value of an answer, or its failure as an exception. */
export function resultOf<T>(call: string, answer: { readonly ok: true; readonly value: T } | Failure): T {
  if (answer.ok) return answer.value
  throw new OsError(call, answer.errno)
}

/** Waits; a signal that the program catches is an exception. */
export function* waitFor(wait: Wait): Steps<Wake> {
  const wake = yield wait
  if (wake.by === 'signal') throw new SignalError(wake.signal)
  return wake
}

/** Who carries out the operations that an async function awaits. */
export interface Awaiting {
  park(steps: () => Steps<unknown>, resolve: (value: never) => void, reject: (reason: unknown) => void): void
}

export class Operation<T> implements PromiseLike<T> {
  readonly #awaiting: Awaiting
  readonly #steps: () => Steps<T>

  /** @internal */
  constructor(awaiting: Awaiting, steps: () => Steps<T>) {
    this.#awaiting = awaiting
    this.#steps = steps
  }

  // biome-ignore lint/suspicious/noThenProperty: this is what makes it something to await.
  then<A = T, B = never>(
    fulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return new Promise<T>((resolve, reject) => this.#awaiting.park(this.#steps, resolve, reject)).then(
      fulfilled,
      rejected,
    )
  }

  [Symbol.iterator](): Steps<T> {
    return this.#steps()
  }
}
