/**
 * Work that goes on outside the event loop: the code of a program written with promises, between two of its waits.
 * Time stands still meanwhile, however long it takes, and one piece of work is done after another, in the order in
 * which they came up; so a run is the same whatever order the host gives to promises.
 */

/** Begins the work; it calls `rest` when it has come to rest. */
export type Work = (rest: () => void) => void

interface Job {
  readonly work: Work
  readonly done: () => void
}

export class Outside {
  /** The one at work comes first. */
  private readonly jobs: Job[] = []
  private readonly listeners: (() => void)[] = []
  /** A bug that showed itself when work had come to rest. */
  private failure: { readonly error: unknown } | undefined
  /** No event may be carried out. */
  busy = false

  /** Somebody is at work. */
  get working(): boolean {
    return this.jobs.length > 0
  }

  /** Does the work when it is its turn, then calls `done`. Answers how to give it up. */
  enter(work: Work, done: () => void): () => void {
    const job: Job = { work, done }
    this.jobs.push(job)
    if (this.jobs.length === 1) this.begin(job)
    return () => this.leave(job)
  }

  /** Calls back when nobody is at work any more, at once if that is so. */
  whenIdle(tell: () => void): void {
    if (this.working) this.listeners.push(tell)
    else tell()
  }

  /** Called by whoever drives the event loop while `busy`: says why that cannot be, or throws the bug. */
  check(): never {
    const { failure } = this
    this.failure = undefined
    this.busy = this.working
    if (failure !== undefined) throw failure.error
    throw new Error(
      'vethereal: an async program is at work, and time stands still until it waits; ' +
        'let time pass with `await world.elapse(...)` or `await world.sh(...)`, or write the program as a generator',
    )
  }

  private begin(job: Job): void {
    this.busy = true
    job.work(() => {
      if (this.jobs[0] !== job) return
      try {
        job.done()
      } catch (error) {
        this.failure ??= { error }
      }
      this.leave(job)
    })
  }

  private leave(job: Job): void {
    const index = this.jobs.indexOf(job)
    if (index < 0) return
    this.jobs.splice(index, 1)
    const [next] = this.jobs
    if (index > 0) return
    if (next !== undefined) return this.begin(next)
    // A failure stays in the way of the next event.
    this.busy = this.failure !== undefined
    for (const tell of this.listeners.splice(0)) tell()
  }
}
