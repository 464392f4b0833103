/**
 * npm run bench:growth [-- --hosts N]: what a host costs in networks of 100 to 1,000,000 hosts (or up to N).
 *
 * Each size has a process of its own, which builds the stars of stars.ts through requests and then looks at the same
 * things one after the other. Times are of the CPU, all but that of `ip` per host; memory is what is resident.
 */
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { World } from '../../src/api/world.ts'
import { cpuSeconds, machine, residentBytes } from './harness.ts'
import { Stars } from './stars.ts'

const SIZES = [100, 1000, 10_000, 100_000, 1_000_000]
const HOUR_NS = 3600e9
const HEAP_MIB = 20_480
/** What is done is done for the first time; this many hosts before let the compiler know it. */
const WARM_UP_HOSTS = 500

const COLUMNS = ['hosts', 'build', 'memory', 'first ping', 'memory then', 'idle hour', 'dump', 'ip -br addr'] as const

const { values } = parseArgs({
  options: { hosts: { type: 'string', default: String(SIZES.at(-1)) }, alone: { type: 'string' } },
})
if (values.alone !== undefined) console.log(row(Number(values.alone)))
else {
  console.log(`| ${COLUMNS.join(' | ')} |\n|${' ---: |'.repeat(COLUMNS.length)}`)
  for (const n of SIZES) if (n <= Number(values.hosts)) console.log(alone(n))
  console.log(`\nus of CPU time and octets per host; \`ip -br addr\` in ms. ${machine()}`)
}

function alone(n: number): string {
  const node = [...process.execArgv, '--expose-gc', `--max-old-space-size=${HEAP_MIB}`]
  const child = spawnSync(process.execPath, [...node, process.argv[1]!, '--alone', String(n)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return child.status === 0 ? child.stdout.trimEnd() : `| ${n.toLocaleString('en-US')} | did not finish |`
}

function row(n: number): string {
  pingAll(new Stars(WARM_UP_HOSTS))
  const empty = residentBytes()
  const perHost = (amount: number): string => (amount / n).toLocaleString('en-US', { maximumFractionDigits: 1 })
  const octets = (): string => perHost(Math.round((residentBytes() - empty) / n) * n)
  const time = (body: () => void): string => perHost(cpuSeconds(body) * 1e6)

  let stars!: Stars
  const build = time(() => {
    stars = new Stars(n)
  })
  const built = octets()
  const ping = time(() => pingAll(stars))
  const pinged = octets()
  const { world } = stars
  const idle = time(() => world.runUntil(world.now + HOUR_NS))
  const dump = time(() => dumpAll(stars))
  const host = new World(world).netns('h0')
  const ip = (cpuSeconds(() => host.exec('ip -br addr')) * 1e3).toFixed(1)
  return `| ${[n.toLocaleString('en-US'), build, built, ping, pinged, idle, dump, ip].join(' | ')} |`
}

function pingAll(stars: Stars): void {
  stars.settle()
  stars.greet()
  const replies = stars.ping()
  if (replies !== stars.hosts.length) throw new Error(`bench: growth: ${replies} replies of ${stars.hosts.length}`)
}

/** Everything that can be asked of every namespace, which is what a snapshot would hold. */
function dumpAll({ world }: Stars): void {
  for (const { id } of world.namespaces()) {
    world.links(id)
    world.addresses(id)
    world.routes(id)
    world.rules(id)
    world.neighbours(id)
    world.fdb(id)
  }
}
