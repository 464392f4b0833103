/** The process of one size of bench:growth: what so many hosts cost, as a row of the table. */
import { World } from '../../src/api/world.ts'
import { cpuSeconds, residentBytes } from './harness.ts'
import { Stars } from './stars.ts'

const HOUR_NS = 3600e9
/** What is done is done for the first time; this many hosts before let the compiler know it. */
const WARM_UP_HOSTS = 500

console.log(row(Number(process.argv[2])))

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
