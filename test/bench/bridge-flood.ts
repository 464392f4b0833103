/** A bridge with 64 ports; 64-byte broadcast frames from one of them, 4 us apart, each delivered at the 63 others. */
import { BROADCAST } from '../../src/wire/mac.ts'
import type { Program } from '../../src/world/task.ts'
import type { Workload } from './harness.ts'
import { received, sendFrame, star } from './star.ts'

const PORTS = 64
const GAP_NS = 4000

export const bridgeFlood: Workload = {
  name: 'bridge-flood',
  unit: 'deliveries',
  prepare() {
    const network = star(PORTS)
    const { world, hosts } = network
    const [sender, ...others] = hosts.map(host => world.device(host, 'eth0')!)

    function* traffic(frames: number): Program {
      for (let i = 0; i < frames; i++) {
        sendFrame(network, sender!, BROADCAST)
        yield { for: 'instant', at: world.now + GAP_NS }
      }
      return 0
    }
    return n => {
      const before = received(others)
      const frames = Math.ceil(n / others.length)
      network.run(traffic(frames))
      const done = received(others) - before
      if (done !== frames * others.length)
        throw new Error(`bench: bridge-flood: ${done} deliveries of ${frames} frames`)
      return done
    }
  },
}
