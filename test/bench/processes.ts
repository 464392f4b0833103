/**
 * Processes for measuring, each a new one, so that no workload shares type feedback with another. They run what the
 * package runs: bundled, for what runs TypeScript as it is names every function anew when it is made, which costs.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundle } from '../../.ci/bundle.ts'
import { isOnce, type Once, type Result, RUNS_ONCE, type Sample, summary, type Workload } from './harness.ts'

const PROGRAMS = { alone: 'test/bench/alone.ts', hosts: 'test/bench/hosts.ts', vethereal: 'src/host/main.ts' } as const
const HEAP_MIB = 20_480

export class Processes {
  readonly #folder: string

  private constructor(folder: string) {
    this.#folder = folder
  }

  /** Bundles the programs for as long as `body` lasts. */
  static async within(body: (processes: Processes) => void): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), 'vethereal-bench-'))
    try {
      await bundle(folder, PROGRAMS, true)
      body(new Processes(folder))
    } finally {
      rmSync(folder, { recursive: true })
    }
  }

  measure(workload: Workload | Once): Result {
    const samples = Array.from(
      { length: isOnce(workload) ? RUNS_ONCE : 1 },
      () => JSON.parse(this.run('alone', workload.name)) as Sample,
    )
    return summary(workload, samples)
  }

  /** What the program prints; `options` are Node's. Throws when it fails. */
  run(program: keyof typeof PROGRAMS, argument: string, options: readonly string[] = []): string {
    const node = ['--expose-gc', `--max-old-space-size=${HEAP_MIB}`, ...options]
    const child = spawnSync(process.execPath, [...node, join(this.#folder, `${program}.js`), argument], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    if (child.status !== 0) throw new Error(`${argument} failed`)
    return child.stdout
  }
}
