/** A bridge with 64 learned ports; 64-byte frames of an unknown EtherType between random pairs, each delivered once. */
import { allocate } from '../../src/core/frame.ts'
import { Streams } from '../../src/time/random.ts'
import * as ethernet from '../../src/wire/ethernet.ts'
import type { Program } from '../../src/world/task.ts'
import type { Workload } from './harness.ts'
import { hostMac, star } from './star.ts'

const PORTS = 64
const BATCH = 64
const FRAME_BYTES = 64
const ETHERTYPE = 0x88b5

export const bridgeUnicast: Workload = {
  name: 'bridge-unicast',
  unit: 'frames',
  prepare() {
    const { world, hosts } = star(PORTS)
    const devices = hosts.map(host => world.device(host, 'eth0')!)
    const random = new Streams(1).stream('pairs')

    const send = (from: number, to: number): void => {
      const frame = allocate(FRAME_BYTES)
      ethernet.put(frame.bytes, frame.at, hostMac(to), hostMac(from), ETHERTYPE)
      world.engine.tx(devices[from]!, frame)
    }
    function* traffic(n: number): Program {
      for (let sent = 0; sent < n; sent += BATCH) {
        for (let i = 0; i < BATCH; i++) {
          const from = random.below(PORTS)
          send(from, (from + 1 + random.below(PORTS - 1)) % PORTS)
        }
        yield { for: 'instant', at: world.now + 100_000 }
      }
      return 0
    }
    const run = (program: Program): void => {
      const task = world.spawn(program)
      world.run(() => task.done)
    }
    // Everybody says something once, so that the bridge has learned all.
    for (let i = 0; i < PORTS; i++) send(i, (i + 1) % PORTS)
    run(traffic(BATCH))

    return n => {
      const before = devices.reduce((sum, dev) => sum + dev.rxPackets, 0)
      run(traffic(n))
      return devices.reduce((sum, dev) => sum + dev.rxPackets, 0) - before
    }
  },
}
