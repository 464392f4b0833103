/** The workloads, by the names that the README's tables have. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { bridgeFlood } from './bridge-flood.ts'
import { bridgeUnicast } from './bridge-unicast.ts'
import { fullTable } from './full-table.ts'
import { isOnce, type Once, type Result, RUNS_ONCE, type Sample, summary, type Workload } from './harness.ts'
import { macvlanBridge } from './macvlan-bridge.ts'
import { phold } from './phold.ts'
import { pingBridge } from './ping-bridge.ts'
import { routerChain } from './router-chain.ts'
import { scale } from './scale.ts'
import { setup } from './setup.ts'
import { startup } from './startup.ts'
import { udpEcho } from './udp-echo.ts'

export const WORKLOADS: readonly (Workload | Once)[] = [
  pingBridge,
  bridgeFlood,
  bridgeUnicast,
  routerChain,
  scale,
  macvlanBridge,
  udpEcho,
  fullTable,
  phold,
  startup,
  setup,
]

/** Chooses workloads by name, all without one; throws a sentence for a name that there is not. */
export function chosen(names: readonly string[]): readonly (Workload | Once)[] {
  const unknown = names.find(name => !WORKLOADS.some(workload => workload.name === name))
  if (unknown !== undefined) {
    throw new TypeError(`no workload "${unknown}"; there are: ${WORKLOADS.map(({ name }) => name).join(', ')}`)
  }
  return names.length === 0 ? WORKLOADS : WORKLOADS.filter(({ name }) => names.includes(name))
}

/** Measures in processes of their own, so that no workload shares type feedback with another. */
export function measure(workload: Workload | Once): Result {
  const times = isOnce(workload) ? RUNS_ONCE : 1
  return summary(
    workload,
    Array.from({ length: times }, () => JSON.parse(runAlone(workload.name)) as Sample),
  )
}

/** What the process of one workload prints; `options` are Node's. Throws when it fails. */
export function runAlone(name: string, options: readonly string[] = []): string {
  const node = [...process.execArgv, '--expose-gc', '--max-old-space-size=8192', ...options]
  const child = spawnSync(process.execPath, [...node, join(import.meta.dirname, 'alone.ts'), name], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (child.status !== 0) throw new Error(`${name} failed`)
  return child.stdout
}
