/**
 * npm run bench:growth [-- --hosts N]: what a host costs in networks of 100 to 1,000,000 hosts (or up to N).
 *
 * Each size has a process of its own (hosts.ts), which builds the stars of stars.ts through requests and then looks at the
 * same things one after the other. Times are of the CPU, per host all but that of `ip`; memory is what is resident.
 */
import { parseArgs } from 'node:util'
import { machine } from './harness.ts'
import { Processes } from './processes.ts'

const SIZES = [100, 1000, 10_000, 100_000, 1_000_000]
const COLUMNS = [
  'hosts',
  'build',
  'memory',
  'first ping',
  'memory then',
  'idle hour',
  'snapshot',
  'ip -br addr',
] as const

const { values } = parseArgs({ options: { hosts: { type: 'string', default: String(SIZES.at(-1)) } } })
await Processes.within(processes => {
  console.log(`| ${COLUMNS.join(' | ')} |\n|${' ---: |'.repeat(COLUMNS.length)}`)
  for (const n of SIZES) if (n <= Number(values.hosts)) console.log(row(processes, n))
  console.log(`\nus of CPU time and octets per host; \`ip -br addr\` in ms. ${machine()}`)
})

function row(processes: Processes, n: number): string {
  try {
    return processes.run('hosts', String(n)).trimEnd()
  } catch {
    return `| ${n.toLocaleString('en-US')} | did not finish |`
  }
}
