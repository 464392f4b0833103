/** What building costs through requests: 2,000 namespaces in pairs, their links, an address and ten routes each. */
import type { NetnsId } from '../../src/core/device.ts'
import type { Ip } from '../../src/wire/ip.ts'
import { cpuSeconds, type Once } from './harness.ts'
import { Network } from './network.ts'

const PAIRS = 1000
const ROUTES = 10
const WARM_UP_PAIRS = 100

export const setup: Once = {
  name: 'setup',
  unit: 'links, addresses and routes',
  once() {
    build(WARM_UP_PAIRS)
    const seconds = build(PAIRS)
    const links = 2 * PAIRS
    const routes = links * ROUTES
    return {
      done: links + links + routes,
      cpuSeconds: seconds.links + seconds.addresses + seconds.routes,
      details: {
        linksPerCpuSecond: Math.round(links / seconds.links),
        addressesPerCpuSecond: Math.round(links / seconds.addresses),
        routesPerCpuSecond: Math.round(routes / seconds.routes),
      },
    }
  },
}

/** CPU seconds of each part; the namespaces, which are there before, are counted with none. */
function build(pairs: number): Readonly<Record<'links' | 'addresses' | 'routes', number>> {
  const network = new Network()
  const hosts = Array.from({ length: 2 * pairs }, (_, i) => network.netns(`h${i}`))
  const each = (act: (host: NetnsId, i: number) => void): number => cpuSeconds(() => hosts.forEach(act))
  const links = each((host, i) => {
    if (i % 2 === 1) return
    const [left, right] = [{ name: 'eth0' }, { name: 'eth0', netns: hosts[i + 1]! }]
    network.apply({ type: 'newlink', netns: host, link: { kind: 'veth', ...left, peer: right } })
    network.up(host, 'eth0')
    network.up(hosts[i + 1]!, 'eth0')
  })
  const addresses = each((host, i) => {
    network.address(host, 'eth0', (0x0a00_0001 + (i % 2)) as Ip, 24)
  })
  const routes = each((host, i) => {
    for (let k = 0; k < ROUTES; k++) {
      const route = { dst: (0xc000_0000 + k * 256) as Ip, prefixLength: 24, via: (0x0a00_0002 - (i % 2)) as Ip }
      network.apply({ type: 'newroute', netns: host, route, mode: 'add' })
    }
  })
  return { links, addresses, routes }
}
