/**
 * Measures workloads by CPU time, each in a process of its own: one that goes on for as long as one likes is warmed up
 * and then measured several times over; one that has a beginning and an end has a new process for each time.
 */
import { cpus } from 'node:os'

/** Work that can be had in any amount. */
export interface Workload {
  /** As in the tables of the README. */
  readonly name: string
  /** What one piece of work is. */
  readonly unit: string
  /** Builds whatever is needed; answers a function that does at least `n` pieces of work and says how many it did. */
  prepare(): (n: number) => number
}

/** Work that is done once, from an empty world on. */
export interface Once {
  readonly name: string
  readonly unit: string
  once(): Outcome | Promise<Outcome>
}

export interface Outcome {
  /** Pieces of work. */
  readonly done: number
  readonly cpuSeconds: number
  /** Of the process that did it, when that is not this one. */
  readonly peakMemoryBytes?: number
  /** What else was measured. */
  readonly details: Readonly<Record<string, number>>
}

/** What the process of one workload says. */
export interface Sample {
  readonly rates: readonly number[]
  readonly peakMemoryBytes: number
  readonly details: Readonly<Record<string, number>>
}

export interface Result {
  readonly name: string
  readonly unit: string
  /** Median over the runs. */
  readonly perCpuSecond: number
  readonly runs: number
  readonly min: number
  readonly max: number
  readonly peakMemoryBytes: number
  readonly machine: string
  /** Medians as well. */
  readonly details?: Readonly<Record<string, number>>
}

const RUNS = 7
/** Processes for work that is done once. */
export const RUNS_ONCE = 3
const WARM_UP_SECONDS = 0.5
const RUN_SECONDS = 0.7

export const isOnce = (workload: Workload | Once): workload is Once => 'once' in workload

export async function sample(workload: Workload | Once): Promise<Sample> {
  if (isOnce(workload)) {
    const { done, cpuSeconds: seconds, peakMemoryBytes = peakOfProcess(), details } = await workload.once()
    return { rates: [done / seconds], peakMemoryBytes, details }
  }
  const work = workload.prepare()
  const perSecond = warmUp(work)
  const n = Math.max(1, Math.round(perSecond * RUN_SECONDS))
  return { rates: Array.from({ length: RUNS }, () => rate(work, n)), peakMemoryBytes: peakOfProcess(), details: {} }
}

export function summary({ name, unit }: Workload | Once, samples: readonly Sample[]): Result {
  const rates = samples.flatMap(each => each.rates).map(rounded)
  const details = Object.keys(samples[0]!.details).map(key => [key, median(samples.map(each => each.details[key]!))])
  return {
    name,
    unit,
    perCpuSecond: median(rates),
    runs: rates.length,
    min: Math.min(...rates),
    max: Math.max(...rates),
    peakMemoryBytes: Math.max(...samples.map(each => each.peakMemoryBytes)),
    machine: machine(),
    ...(details.length > 0 && { details: Object.fromEntries(details) }),
  }
}

export const machine = (): string =>
  `${cpus().length} x ${cpus()[0]?.model.trim() ?? 'unknown'}, ${process.platform}, Node ${process.version}`

/** As many digits as the measurement can have. */
const rounded = (rate: number): number => (rate >= 1000 ? Math.round(rate) : Number(rate.toPrecision(4)))

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!

const peakOfProcess = (): number => process.resourceUsage().maxRSS * 1024

/** What the process has in memory, without what the garbage collector could take away where Node lets us call it. */
export function residentBytes(): number {
  globalThis.gc?.()
  return process.memoryUsage.rss()
}

function warmUp(work: (n: number) => number): number {
  let n = 1000
  for (;;) {
    const seconds = cpuSeconds(() => work(n))
    if (seconds >= WARM_UP_SECONDS) return n / seconds
    n *= seconds < WARM_UP_SECONDS / 10 ? 8 : 2
  }
}

function rate(work: (n: number) => number, n: number): number {
  let done = 0
  const seconds = cpuSeconds(() => {
    done = work(n)
  })
  return done / seconds
}

/** User and system time of the process: what the garbage collector's threads take counts as well. */
export function cpuSeconds(body: () => void): number {
  const before = process.cpuUsage()
  body()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}

const grouped = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: 2 })

export function line({ name, unit, perCpuSecond, min, max, peakMemoryBytes, details = {} }: Result): string {
  const range = `(${grouped(min)} to ${grouped(max)})`
  const rest = Object.entries(details).map(([key, value]) => `\n${''.padEnd(28)} ${key} ${grouped(value)}`)
  const memory = `${Math.round(peakMemoryBytes / 2 ** 20)} MiB`
  const figure = grouped(perCpuSecond).padStart(12)
  return `${name.padEnd(16)}${figure} ${unit} per CPU second ${range}, ${memory}${rest.join('')}`
}
