/**
 * npm run bench [-- NAME ...] [--json]: what this machine does on each workload.
 *
 * Without a name each workload runs in a process of its own, one after the other, so that none shares type feedback.
 */
import { spawnSync } from 'node:child_process'
import { bridgeUnicast } from './bridge-unicast.ts'
import { line, measure, type Result, type Workload } from './harness.ts'
import { pingBridge } from './ping-bridge.ts'

const WORKLOADS: readonly Workload[] = [pingBridge, bridgeUnicast]

const args = process.argv.slice(2)
const json = args.includes('--json')
const alone = args.includes('--alone')
const names = args.filter(arg => !arg.startsWith('--'))
const unknown = names.find(name => !WORKLOADS.some(workload => workload.name === name))

if (unknown !== undefined) {
  console.error(`bench: no workload "${unknown}"; there are: ${WORKLOADS.map(workload => workload.name).join(', ')}`)
  process.exitCode = 2
} else if (alone) {
  for (const workload of WORKLOADS) if (names.includes(workload.name)) console.log(JSON.stringify(measure(workload)))
} else {
  const results: Result[] = []
  for (const { name } of WORKLOADS.filter(workload => names.length === 0 || names.includes(workload.name))) {
    const child = spawnSync(process.execPath, [...process.execArgv, process.argv[1]!, '--alone', name], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    if (child.status !== 0) process.exit(child.status ?? 1)
    const result = JSON.parse(child.stdout) as Result
    results.push(result)
    if (!json) console.log(line(result))
  }
  console.log(json ? JSON.stringify(results, undefined, 2) : `machine: ${results[0]?.machine}`)
}
