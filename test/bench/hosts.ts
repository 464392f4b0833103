/** The process of one size of bench:growth: what so many hosts cost, as a row of the table. */
import { World } from '../../src/api/world.ts'
import { cpuSeconds, residentBytes } from './harness.ts'
import { Stars } from './stars.ts'

const HOUR_NS = 3600e9
/** What is done is done for the first time; this many hosts before let the compiler know it. */
const WARM_UP_HOSTS = 500
/** A picture of a larger world does not fit beside it. */
const SNAPSHOT_HOSTS_MAX = 100_000

console.log(row(Number(process.argv[2])))

function row(n: number): string {
  pingAll(new Stars(WARM_UP_HOSTS))
  const empty = residentBytes()
  const perHost = (amount: number): string => (amount / n).toLocaleString('en-US', { maximumFractionDigits: 1 })
  const octets = (): string => perHost(Math.round((residentBytes() - empty) / n) * n)
  /** What was measured is told at once: the largest world may not reach its end. */
  const time = (what: string, body: () => void): string => {
    const each = perHost(cpuSeconds(body) * 1e6)
    console.error(`${n} hosts, ${what}: ${each} us each, ${octets()} octets each`)
    return each
  }

  let stars!: Stars
  const build = time('build', () => {
    stars = new Stars(n)
  })
  const built = octets()
  const ping = time('ping', () => pingAll(stars))
  const pinged = octets()
  const { world } = stars
  const idle = time('idle hour', () => world.runUntil(world.now + HOUR_NS))
  const whole = new World(world)
  const picture = n > SNAPSHOT_HOSTS_MAX ? '' : time('snapshot', () => whole.snapshot())
  const host = whole.netns('h0')
  const ip = (cpuSeconds(() => host.exec('ip -br addr')) * 1e3).toFixed(1)
  return `| ${[n.toLocaleString('en-US'), build, built, ping, pinged, idle, picture, ip].join(' | ')} |`
}

function pingAll(stars: Stars): void {
  stars.settle()
  stars.greet()
  const replies = stars.ping()
  if (replies !== stars.hosts.length) throw new Error(`bench: growth: ${replies} replies of ${stars.hosts.length}`)
}
