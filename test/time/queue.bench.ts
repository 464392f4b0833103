/** Event queue, push + pop pairs per CPU second: `npx tsx test/time/queue.bench.ts`. Medians of 7 after a warm-up. */
import { EventQueue } from '../../src/time/queue.ts'

const PAIRS = 2_000_000

/** Times to come, drawn beforehand so that only the queue is measured. */
const delays = new Int32Array(1 << 16)
let x = 1
for (let i = 0; i < delays.length; i++) {
  x ^= x << 13
  x ^= x >>> 17
  x ^= x << 5
  delays[i] = 1 + ((x >>> 0) % 1_000_000)
}

/** Holds `pending` events: pop one, push one. Every `laneEvery`-th is for the current instant. */
function hold(pending: number, laneEvery: number): number {
  const q = new EventQueue()
  const ref = {}
  for (let i = 0; i < pending; i++) q.push(delays[i & 0xffff]!, i, i, i, ref)
  const from = process.cpuUsage()
  for (let i = 0; i < PAIRS; i++) {
    q.pop()
    q.push(i % laneEvery === 0 ? q.now : q.now + delays[i & 0xffff]!, q.kind, q.a, i, q.ref)
  }
  const used = process.cpuUsage(from)
  return PAIRS / (used.user + used.system)
}

for (const [name, pending, laneEvery] of [
  ['lane only', 0, 1],
  ['100 pending', 100, PAIRS],
  ['1,000 pending', 1_000, PAIRS],
  ['1,000 pending, half for now', 1_000, 2],
  ['100,000 pending', 100_000, PAIRS],
] as const) {
  hold(pending, laneEvery)
  const runs = Array.from({ length: 7 }, () => hold(pending, laneEvery)).sort((a, b) => a - b)
  console.log(`${name.padEnd(30)} ${runs[3]!.toFixed(1)} M/s (${runs[0]!.toFixed(1)} - ${runs[6]!.toFixed(1)})`)
}
