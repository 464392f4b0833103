/** A bridge with 64 learned ports; 64-byte frames of an unknown EtherType between random pairs, each delivered once. */
import { Streams } from '../../src/time/random.ts'
import type { Program } from '../../src/world/task.ts'
import type { Workload } from './harness.ts'
import { hostMac } from './network.ts'
import { received, sendFrame, star } from './star.ts'

const PORTS = 64
const BATCH = 64
const BATCH_GAP_NS = 100_000

export const bridgeUnicast: Workload = {
  name: 'bridge-unicast',
  unit: 'frames',
  prepare() {
    const network = star(PORTS)
    const { world, hosts } = network
    const devices = hosts.map(host => world.device(host, 'eth0')!)
    const random = new Streams(1).stream('pairs')

    function* traffic(n: number): Program {
      for (let sent = 0; sent < n; sent += BATCH) {
        for (let i = 0; i < BATCH; i++) {
          const from = random.below(PORTS)
          sendFrame(network, devices[from]!, hostMac((from + 1 + random.below(PORTS - 1)) % PORTS))
        }
        yield { for: 'instant', at: world.now + BATCH_GAP_NS }
      }
      return 0
    }
    // Everybody says something once, so that the bridge has learned all.
    devices.forEach((dev, i) => {
      sendFrame(network, dev, hostMac((i + 1) % PORTS))
    })
    network.run(traffic(BATCH))

    return n => {
      const before = received(devices)
      network.run(traffic(n))
      return received(devices) - before
    }
  },
}
