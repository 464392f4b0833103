/**
 * What a program can wait for besides an instant: a socket with a packet in its queue. Linux struct wait_queue_head.
 */
export interface Waitable {
  readonly ready: boolean
  /** Called when it becomes ready, once for each arrival; whoever waits sets it and takes it away. */
  waiter: (() => void) | undefined
}

/** Several of them as one, for select(2). */
export class AnyOf implements Waitable {
  readonly #all: readonly Waitable[]

  constructor(all: readonly Waitable[]) {
    this.#all = all
  }

  get ready(): boolean {
    return this.#all.some(each => each.ready)
  }

  get waiter(): (() => void) | undefined {
    return this.#all[0]?.waiter
  }

  set waiter(waiter: (() => void) | undefined) {
    for (const each of this.#all) each.waiter = waiter
  }
}
