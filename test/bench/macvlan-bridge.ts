/** 64 macvlans in bridge mode on one device, each in a namespace of its own; 64-byte frames between random pairs. */
import { MacvlanMode } from '../../src/control/records.ts'
import { Streams } from '../../src/time/random.ts'
import type { Program } from '../../src/world/task.ts'
import type { Workload } from './harness.ts'
import { hostMac, Network } from './network.ts'
import { received, sendFrame } from './star.ts'

const CHILDREN = 64
const BATCH = 64
const BATCH_GAP_NS = 100_000

export const macvlanBridge: Workload = {
  name: 'macvlan-bridge',
  unit: 'frames',
  prepare() {
    const network = new Network()
    const { world } = network
    const below = network.netns('below')
    const wire = { name: 'wire', peer: { name: 'far' } }
    network.apply({ type: 'newlink', netns: below, link: { kind: 'veth', ...wire } })
    network.up(below, 'far')
    network.up(below, 'wire')
    const devices = Array.from({ length: CHILDREN }, (_, i) => {
      const host = network.netns(`h${i}`)
      const child = { kind: 'macvlan', name: 'eth0', lower: 'wire', mac: hostMac(i), netns: host } as const
      network.apply({ type: 'newlink', netns: below, link: { ...child, macvlan: { mode: MacvlanMode.Bridge } } })
      network.up(host, 'eth0')
      return world.device(host, 'eth0')!
    })
    world.runUntil(5e9)
    const random = new Streams(1).stream('pairs')

    function* traffic(n: number): Program {
      for (let sent = 0; sent < n; sent += BATCH) {
        for (let i = 0; i < BATCH; i++) {
          const from = random.below(CHILDREN)
          sendFrame(network, devices[from]!, hostMac((from + 1 + random.below(CHILDREN - 1)) % CHILDREN))
        }
        yield { for: 'instant', at: world.now + BATCH_GAP_NS }
      }
      return 0
    }
    return n => {
      const before = received(devices)
      network.run(traffic(n))
      const done = received(devices) - before
      if (done < n) throw new Error(`bench: macvlan-bridge: ${done} of ${n} frames`)
      return done
    }
  },
}
