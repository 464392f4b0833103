/** The workloads, by the names that the README's tables have. */
import { bridgeFlood } from './bridge-flood.ts'
import { bridgeUnicast } from './bridge-unicast.ts'
import { fullTable } from './full-table.ts'
import type { Once, Workload } from './harness.ts'
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
