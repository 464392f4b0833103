/**
 * What one ping knows: which probes are in flight, how long the answers took, when the next probe is due.
 *
 * Follows iputils 20221126 ping/ping_common.c: pinger() for the pacing with its tokens, in_flight(), acknowledge(),
 * gather_statistics(), update_interval(), finish(), status(). Times are the program's: milliseconds for intervals,
 * microseconds for round trips, rounded as its integers round. Left out: what only a user without privileges meets
 * (root has no minimal interval), and the count of bad checksums, which its IPv4 half never fills.
 */
import { NS_PER_MS, NS_PER_US } from '../../time/instant.ts'
import { general } from '../ip/print.ts'
import type { Options } from './options.ts'

/** MININTERVAL: milliseconds between the probes of a flood that nobody answers. */
export const INTERVAL_MIN_MS = 10
const SEQUENCES = 0x10000
const HALF = 0x7fff
const INT_MAX = 0x7fff_ffff
const TIMEVAL_BYTES = 16

/** SCHINT(). */
export const atLeastMinimal = (ms: number): number => Math.max(ms, INTERVAL_MIN_MS)

const uint16 = (value: number): number => value & 0xffff
const int16 = (value: number): number => (value << 16) >> 16
const pad3 = (value: number): string => String(value).padStart(3, '0')

/** Microseconds as milliseconds with three decimals. */
const ms3 = (us: number): string => `${Math.trunc(us / 1000)}.${pad3(Math.trunc(us % 1000))}`

export class Session {
  readonly options: Options
  readonly startNs: number
  /** Milliseconds; adaptive mode changes it. */
  interval: number
  /** The payload is long enough for a time stamp. */
  readonly timing: boolean
  transmitted = 0
  received = 0
  repeats = 0
  errors = 0
  /** The longest row of probes without an answer. */
  pipeSize = -1
  rttMaxUs = 0
  /** Instant (ns) of the last probe. */
  lastSentNs: number | undefined
  tokens = 0
  private acked = 0
  private readonly heard = new Uint8Array(SEQUENCES)
  private rttMinUs = Number.MAX_SAFE_INTEGER
  private rttSum = 0
  private rttSquares = 0
  /** Eight times the moving average of the round trip, in microseconds. */
  private rtt = 0
  private rttAddend = 0

  constructor(options: Options, startNs: number) {
    this.options = options
    this.startNs = startNs
    this.interval = options.flood && !options.intervalGiven ? 0 : options.interval
    this.timing = options.size >= TIMEVAL_BYTES
  }

  get inFlight(): number {
    const ahead = uint16(this.transmitted - this.acked)
    return ahead <= HALF ? ahead : this.transmitted - this.received - this.errors
  }

  /**
   * Is a probe due? undefined when it is (and its time is taken from the tokens), else the milliseconds to wait.
   * A probe may come early by as many intervals as `-l` has preloaded.
   */
  delay(now: number): number | undefined {
    const { interval } = this
    const { preload } = this.options
    if (this.lastSentNs === undefined) {
      this.tokens = interval * (preload - 1)
    } else {
      const elapsed = Math.floor((now - this.lastSentNs) / NS_PER_MS)
      if (interval === 0 && elapsed < INTERVAL_MIN_MS && this.inFlight >= preload) return INTERVAL_MIN_MS - elapsed
      const tokens = Math.min(elapsed + this.tokens, interval * preload)
      if (tokens < interval) return interval - tokens
      this.tokens = tokens - interval
    }
    this.lastSentNs = now
    return undefined
  }

  /** The instant at which `delay` will say that a probe is due. */
  get dueNs(): number {
    return (this.lastSentNs ?? 0) + (this.interval - this.tokens) * NS_PER_MS
  }

  /** A probe is on its way, or pretended to be after an error. */
  advance(): void {
    this.transmitted++
    if (uint16(this.transmitted) - this.acked > HALF) this.acked = uint16(this.transmitted + 1)
  }

  acknowledge(sequence: number): void {
    const behind = uint16(this.transmitted - sequence)
    if (behind > HALF) return
    this.pipeSize = Math.max(this.pipeSize, behind + 1)
    if (int16(sequence - this.acked) > 0 || uint16(this.transmitted) - this.acked > HALF) this.acked = sequence
  }

  hasHeard(sequence: number): boolean {
    return this.heard[uint16(sequence)] === 1
  }

  forget(sequence: number): void {
    this.heard[uint16(sequence)] = 0
  }

  /** Counts a reply that took `tripUs` (undefined without timing). Answers whether it is a duplicate. */
  reply(sequence: number, tripUs: number | undefined): boolean {
    this.acknowledge(sequence)
    if (tripUs !== undefined) {
      this.rttSum += tripUs
      this.rttSquares += tripUs * tripUs
      this.rttMinUs = Math.min(this.rttMinUs, tripUs)
      this.rttMaxUs = Math.max(this.rttMaxUs, tripUs)
      this.rtt = this.rtt === 0 ? tripUs * 8 : this.rtt + tripUs - Math.trunc(this.rtt / 8)
      if (this.options.adaptive) this.updateInterval()
    }
    if (this.hasHeard(sequence)) {
      this.repeats++
      return true
    }
    this.received++
    this.heard[sequence] = 1
    return false
  }

  /** The device's queue was full: adaptive mode slows down. */
  slowDown(): void {
    this.rttAddend += this.rtt < 8 * 50_000 ? Math.trunc(this.rtt / 8) : 50_000
    if (this.options.adaptive) this.updateInterval()
  }

  private updateInterval(): void {
    const estimate = this.rtt === 0 ? this.interval * 1000 : Math.trunc(this.rtt / 8)
    this.interval = Math.trunc((estimate + this.rttAddend + 500) / 1000)
  }

  /** Exit status: 1 when nothing was heard, or not enough before the deadline. */
  get status(): number {
    const { deadline, count } = this.options
    return this.received === 0 || (deadline > 0 && this.received < count) ? 1 : 0
  }

  /** finish(): the statistics under the name of the destination. */
  report(name: string): string {
    const { transmitted, received } = this
    const spanNs = (this.lastSentNs ?? this.startNs) - this.startNs
    let first = `${transmitted} packets transmitted, ${received} received`
    if (this.repeats > 0) first += `, +${this.repeats} duplicates`
    if (this.errors > 0) first += `, +${this.errors} errors`
    if (transmitted > 0) {
      const loss = Math.fround(((transmitted - received) * 100) / transmitted)
      first += `, ${general(loss)}% packet loss, time ${Math.floor((spanNs + NS_PER_MS / 2) / NS_PER_MS)}ms`
    }
    const second: string[] = []
    if (received > 0 && this.timing) {
      const [min, avg, max, dev] = [this.rttMinUs, this.averageUs, this.rttMaxUs, this.deviationUs].map(ms3)
      second.push(`rtt min/avg/max/mdev = ${min}/${avg}/${max}/${dev} ms`)
    }
    if (this.pipeSize > 1) second.push(`pipe ${this.pipeSize}`)
    const paced = this.interval !== 0 && !this.options.flood && !this.options.adaptive
    if (received > 0 && !paced && transmitted > 1) {
      const gapUs = Math.trunc(Math.trunc(spanNs / NS_PER_US) / (transmitted - 1))
      second.push(`ipg/ewma ${ms3(gapUs)}/${this.ewma} ms`)
    }
    return `\n--- ${name} ping statistics ---\n${first}\n${second.join(', ')}\n`
  }

  /** status(): the line that SIGQUIT asks for. */
  snapshot(): string {
    const { transmitted, received } = this
    const loss = transmitted === 0 ? 0 : Math.trunc(((transmitted - received) * 100) / transmitted)
    let line = `\r${received}/${transmitted} packets, ${loss}% loss`
    if (received > 0 && this.timing) {
      const times = `${ms3(this.rttMinUs)}/${ms3(this.averageUs)}/${this.ewma}/${ms3(this.rttMaxUs)}`
      line += `, min/avg/ewma/max = ${times} ms`
    }
    return `${line}\n`
  }

  private get ewma(): string {
    return `${Math.trunc(this.rtt / 8000)}.${pad3(Math.trunc(this.rtt / 8) % 1000)}`
  }

  private get averageUs(): number {
    return Math.trunc(this.rttSum / (this.received + this.repeats))
  }

  private get deviationUs(): number {
    const total = this.received + this.repeats
    const variance =
      this.rttSum < INT_MAX
        ? (this.rttSquares - (this.rttSum * this.rttSum) / total) / total
        : this.rttSquares / total - this.averageUs * this.averageUs
    return squareRoot(Math.trunc(variance))
  }
}

/** llsqrt(): Newton's method in whole numbers. */
function squareRoot(value: number): number {
  let last = Number.MAX_SAFE_INTEGER
  let root = value
  while (root > 0 && root < last) {
    last = root
    root = Math.trunc((root + Math.trunc(value / root)) / 2)
  }
  return root
}

/** A round trip as a reply line shows it: fewer decimals the longer it is. */
export function tripText(us: number): string {
  if (us >= 100_000 - 50) return String(Math.trunc((us + 500) / 1000))
  if (us >= 10_000 - 5) return `${Math.trunc((us + 50) / 1000)}.${Math.trunc(((us + 50) % 1000) / 100)}`
  if (us >= 1000) {
    return `${Math.trunc((us + 5) / 1000)}.${String(Math.trunc(((us + 5) % 1000) / 10)).padStart(2, '0')}`
  }
  return `0.${pad3(us)}`
}
