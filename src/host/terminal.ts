/** The process's own streams and clock, as the rooms below want them. */
import { writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { isatty } from 'node:tty'
import type { Clock } from '../shell/driver.ts'
import { Status } from './failure.ts'

export const clock: Clock = {
  now: () => performance.now(),
  sleep: ms => sleep(ms),
}

export const Fd = { In: 0, Out: 1, Err: 2 } as const

const RETRY_MS = 1
const never = new Int32Array(new SharedArrayBuffer(4))

/**
 * Writes at once, in the order of the calls, whatever the descriptor is: a script that never lets other work of this
 * process pass is streamed too. When nobody reads any more the program ends quietly, as SIGPIPE ends others.
 */
export function writeText(fd: number, text: string): void {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(fd, bytes, at)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EPIPE') process.exit(Status.BrokenPipe)
      if (code !== 'EAGAIN') throw error
      Atomics.wait(never, 0, 0, RETRY_MS)
    }
  }
}

/** Where a run's output goes. */
export interface Streams {
  stdout(text: string): void
  stderr(text: string): void
  /** Standard output is a terminal. */
  readonly isTerminal: boolean
}

const FIRST_SIGN_MS = 2_000
const SIGN_MS = 200
const ERASE = '\r\x1b[K'

/**
 * Our own streams. A long run that prints nothing shows at the terminal how far it is, in a line that goes away again.
 */
export class OwnStreams implements Streams {
  readonly isTerminal = isatty(Fd.Out)
  /** How far the run is. */
  progress: () => string = () => ''
  private readonly timer: NodeJS.Timeout | undefined
  private quietSince = performance.now()
  private shown = false

  constructor() {
    if (isatty(Fd.Err)) this.timer = setInterval(() => this.show(), SIGN_MS).unref()
  }

  stdout(text: string): void {
    this.hide()
    writeText(Fd.Out, text)
  }

  stderr(text: string): void {
    this.hide()
    writeText(Fd.Err, text)
  }

  end(): void {
    clearInterval(this.timer)
    this.hide()
  }

  private show(): void {
    if (performance.now() - this.quietSince < FIRST_SIGN_MS) return
    this.shown = true
    writeText(Fd.Err, `${ERASE}vethereal: ${this.progress()}`)
  }

  private hide(): void {
    this.quietSince = performance.now()
    if (!this.shown) return
    this.shown = false
    writeText(Fd.Err, ERASE)
  }
}
