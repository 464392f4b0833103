/**
 * What mtr knows of each hop: who has answered, how many, and how long it took.
 *
 * Follows mtr 0.95 ui/net.c: net_process_ping with its whole numbers of microseconds, net_loss, net_stdev.
 */
import type { Ip } from '../../wire/ip.ts'

/** MAX_PATH: of how many that answer for one hop it keeps the addresses. */
const ADDRESSES_MAX = 8

export class Hop {
  /** Who answered last; 0: nobody yet. */
  address = 0 as Ip
  readonly addresses: Ip[] = []
  /** Said to be unreachable from here. */
  isEnd = false
  sent = 0
  returned = 0
  /** Its latest probe is on its way. */
  transit = false
  // Microseconds.
  last = 0
  best = 0
  worst = 0
  average = 0
  geometricMean = 0
  jitter = 0
  jitterAverage = 0
  jitterWorst = 0
  interarrivalJitter = 0
  #squares = 0

  /** An answer after `us`; true when it came from somebody else than the one before. */
  answered(from: Ip, us: number, isEnd: boolean): boolean {
    const isNew = from !== this.address
    this.isEnd = isEnd
    this.address = from
    this.jitter = Math.abs(us - this.last)
    this.last = us
    if (this.returned < 1) {
      this.best = this.worst = this.geometricMean = us
      this.average = this.#squares = 0
      this.jitter = this.jitterWorst = this.interarrivalJitter = 0
    }
    this.best = Math.min(this.best, us)
    this.worst = Math.max(this.worst, us)
    this.jitterWorst = Math.max(this.jitterWorst, this.jitter)
    const n = ++this.returned
    const before = this.average
    this.average = Math.trunc(before + (us - before) / n)
    this.#squares = Math.trunc(this.#squares + (us - before) * (us - this.average))
    this.jitterAverage += Math.trunc((this.jitter - this.jitterAverage) / n)
    this.interarrivalJitter += this.jitter - ((this.interarrivalJitter + 8) >> 4)
    if (n > 1) this.geometricMean = Math.trunc(this.geometricMean ** ((n - 1) / n) * us ** (1 / n))
    this.transit = false
    return isNew
  }

  /** Keeps the address; true when it was not known. */
  remember(address: Ip): boolean {
    if (this.addresses.includes(address) || this.addresses.length === ADDRESSES_MAX) return false
    this.addresses.push(address)
    return true
  }

  get #over(): number {
    return this.sent - (this.transit ? 1 : 0)
  }

  /** Thousandths of a per cent. */
  get loss(): number {
    return this.#over === 0 ? 0 : Math.trunc(1000 * (100 - (100 * this.returned) / this.#over))
  }

  get dropped(): number {
    return this.#over - this.returned
  }

  get deviation(): number {
    return this.returned > 1 ? Math.trunc(Math.sqrt(this.#squares / (this.returned - 1))) : 0
  }
}
