/** What a program holds open: something to read from, to wait for and to close, as a file descriptor is. */
import type { Failure } from '../../core/errno.ts'
import type { Waitable } from '../../core/waitable.ts'
import { type Awaiting, Operation, OsError, type Steps, waitFor } from './operation.ts'

/** Octets, or text that becomes UTF-8. */
export type Data = Uint8Array | string

export const octetsOf = (data: Data): Uint8Array => (typeof data === 'string' ? new TextEncoder().encode(data) : data)

/** The process that holds it. */
export interface Holder extends Awaiting {
  /** Throws unless it is the program's turn to act. */
  enter(call: string): void
  /** It is open until the process ends. */
  hold(descriptor: Descriptor): void
  release(descriptor: Descriptor): void
}

export abstract class Descriptor {
  protected readonly holder: Holder

  /** @internal */
  constructor(holder: Holder) {
    this.holder = holder
    holder.hold(this)
  }

  /** What waits for it waits for this. @internal */
  abstract readonly waitable: Waitable
  protected abstract shut(): void

  /** A read would answer at once: with data, or with an error. */
  get ready(): boolean {
    return this.waitable.ready
  }

  /** close(2). Whatever is open when a program ends is closed then. */
  close(): void {
    this.holder.release(this)
    this.shut()
  }

  /** Reads until there is something: `take` answers undefined for EAGAIN. */
  protected reading<T>(call: string, take: () => T | Failure | undefined): Operation<T> {
    const { holder, waitable } = this
    return new Operation(holder, function* (): Steps<T> {
      for (;;) {
        const got = checked(call, take())
        if (got !== undefined) return got
        yield* waitFor({ for: 'socket', socket: waitable })
      }
    })
  }

  /** Reads without waiting. */
  protected now<T>(call: string, take: () => T | Failure | undefined): T | undefined {
    this.holder.enter(call)
    return checked(call, take())
  }
}

export const isFailure = (value: unknown): value is Failure =>
  typeof value === 'object' && value !== null && 'ok' in value && value.ok === false

function checked<T>(call: string, got: T | Failure | undefined): T | undefined {
  if (isFailure(got)) throw new OsError(call, got.errno)
  return got
}
