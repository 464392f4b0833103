/** The process's own streams and clock, as the rooms below want them. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../shell/driver.ts'
import { Status } from './failure.ts'

export const clock: Clock = {
  now: () => performance.now(),
  sleep: ms => sleep(ms),
}

/** A terminal whose owner wants colour (https://no-color.org). */
export const wantsColour = (stream: NodeJS.WriteStream): boolean => stream.isTTY === true && !process.env.NO_COLOR

/** Whoever reads our output may stop reading: then the program ends quietly, as SIGPIPE ends others. */
export function endQuietlyOnBrokenPipe(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(Status.BrokenPipe)
      throw error
    })
  }
}

/** Where a run's output goes. */
export interface Streams {
  stdout(text: string): void
  stderr(text: string): void
  /** Standard output is a terminal that may be coloured. */
  readonly isTerminal: boolean
}

const FIRST_SIGN_MS = 2_000
const SIGN_MS = 200
const ERASE = '\r\x1b[K'

/** Our own streams. A long run that prints nothing shows at the terminal how far it is, in a line that goes away again. */
export class OwnStreams implements Streams {
  readonly isTerminal = wantsColour(process.stdout)
  /** How far the run is. */
  progress: () => string = () => ''
  private readonly timer: NodeJS.Timeout | undefined
  private quietSince = performance.now()
  private shown = false

  constructor() {
    if (process.stderr.isTTY === true) this.timer = setInterval(() => this.show(), SIGN_MS).unref()
  }

  stdout(text: string): void {
    this.hide()
    process.stdout.write(text)
  }

  stderr(text: string): void {
    this.hide()
    process.stderr.write(text)
  }

  end(): void {
    clearInterval(this.timer)
    this.hide()
  }

  private show(): void {
    if (performance.now() - this.quietSince < FIRST_SIGN_MS) return
    this.shown = true
    process.stderr.write(`${ERASE}vethereal: ${this.progress()}`)
  }

  private hide(): void {
    this.quietSince = performance.now()
    if (!this.shown) return
    this.shown = false
    process.stderr.write(ERASE)
  }
}
