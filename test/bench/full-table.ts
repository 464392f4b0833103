/**
 * A routing table of 1,000,000 random prefixes, of the lengths that the tables of providers have: looked up at random
 * addresses by the function that a packet's way asks.
 */
import { Scope } from '../../src/control/records.ts'
import { Table } from '../../src/control/request.ts'
import { Flow, LOOPBACK_IFINDEX } from '../../src/stack/rules.ts'
import { type Stream, Streams } from '../../src/time/random.ts'
import type { Ip } from '../../src/wire/ip.ts'
import { cpuSeconds, type Once, residentBytes } from './harness.ts'
import { Network } from './network.ts'

const PREFIXES = 1_000_000
const LOOKUPS = 4_000_000
/** Of a hundred prefixes so many have this length; the rest is from /9 to /19. */
const SHARES: readonly (readonly [length: number, percent: number])[] = [
  [24, 60],
  [23, 10],
  [22, 11],
  [21, 5],
  [20, 5],
]
const LENGTH_MIN = 9
const LENGTH_MAX = 19
const GATEWAYS = 16

export const fullTable: Once = {
  name: 'full-table',
  unit: 'lookups',
  once() {
    const network = new Network()
    const router = network.netns('router')
    network.apply({ type: 'newlink', netns: router, link: { kind: 'veth', name: 'eth0', peer: { name: 'eth1' } } })
    network.up(router, 'eth1')
    network.up(router, 'eth0')
    network.address(router, 'eth0', 0x0a00_0001 as Ip, 24)
    const random = new Streams(1).stream('prefixes')
    const prefixes = distinct(random)

    const empty = residentBytes()
    const load = cpuSeconds(() => {
      for (const key of prefixes) {
        const route = { dst: Math.floor(key / 64) as Ip, prefixLength: key % 64, via: gateway(key) }
        network.apply({ type: 'newroute', netns: router, route, mode: 'add' })
      }
    })
    const full = residentBytes()

    const { fib } = network.world.netns(router).stack.inet
    const flow = new Flow()
    const addresses = Uint32Array.from({ length: 1 << 16 }, () => random.u32())
    let found = 0
    const look = (n: number): void => {
      for (let i = 0; i < n; i++) {
        flow.set(addresses[(i * 7) & 0xffff]! as Ip, 0 as Ip, 0, LOOPBACK_IFINDEX, 0, 0)
        if (fib.lookup(flow, Scope.Universe, false)) found++
      }
    }
    look(LOOKUPS / 8)
    const seconds = cpuSeconds(() => look(LOOKUPS))
    if (found === 0 || !fib.hasTable(Table.Main)) throw new Error('bench: full-table: nothing was found')
    return {
      done: LOOKUPS,
      cpuSeconds: seconds,
      details: {
        routesLoadedPerCpuSecond: Math.round(PREFIXES / load),
        bytesPerRoute: Math.round((full - empty) / PREFIXES),
      },
    }
  },
}

const gateway = (key: number): Ip => (0x0a00_0002 + (key % GATEWAYS)) as Ip

/** Prefixes as numbers, address * 64 + length. */
function distinct(random: Stream): Set<number> {
  const prefixes = new Set<number>()
  while (prefixes.size < PREFIXES) {
    const length = lengthOf(random)
    const host = 2 ** (32 - length)
    // Unicast addresses, 1.0.0.0 to 223.255.255.255.
    const ip = Math.floor((0x0100_0000 + random.below(0xdf00_0000)) / host) * host
    prefixes.add(ip * 64 + length)
  }
  return prefixes
}

function lengthOf(random: Stream): number {
  let left = random.below(100)
  for (const [length, percent] of SHARES) {
    if (left < percent) return length
    left -= percent
  }
  return LENGTH_MIN + random.below(LENGTH_MAX - LENGTH_MIN + 1)
}
