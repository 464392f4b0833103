/** Measures workloads by CPU time: warm up, then the median of several runs, each workload in a process of its own. */
import { cpus } from 'node:os'

export interface Workload {
  /** As in the tables of the README. */
  readonly name: string
  /** What one piece of work is. */
  readonly unit: string
  /** Builds whatever is needed; answers a function that does at least `n` pieces of work and says how many it did. */
  prepare(): (n: number) => number
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
}

const RUNS = 7
const WARM_UP_SECONDS = 0.5
const RUN_SECONDS = 0.7

export function measure(workload: Workload): Result {
  const work = workload.prepare()
  const perSecond = warmUp(work)
  const n = Math.max(1, Math.round(perSecond * RUN_SECONDS))
  const rates = Array.from({ length: RUNS }, () => rate(work, n)).sort((a, b) => a - b)
  return {
    name: workload.name,
    unit: workload.unit,
    perCpuSecond: Math.round(rates[RUNS >> 1]!),
    runs: RUNS,
    min: Math.round(rates[0]!),
    max: Math.round(rates[RUNS - 1]!),
    peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
    machine: `${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}`,
  }
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
function cpuSeconds(body: () => void): number {
  const before = process.cpuUsage()
  body()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}

export function line({ name, unit, perCpuSecond, min, max, peakMemoryBytes }: Result): string {
  const figure = (value: number): string => value.toLocaleString('en-US').padStart(12)
  const range = `(${figure(min).trim()} to ${figure(max).trim()})`
  return `${name.padEnd(16)}${figure(perCpuSecond)} ${unit} per CPU second ${range}, ${Math.round(peakMemoryBytes / 2 ** 20)} MiB`
}
