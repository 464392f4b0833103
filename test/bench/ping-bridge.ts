/** Two namespaces on a bridge: one echoes what the other sends, round trip after round trip, 56 octets of data each. */

import * as icmp from '../../src/wire/icmp.ts'
import * as ipv4 from '../../src/wire/ipv4.ts'
import type { Program, Wait } from '../../src/world/task.ts'
import type { Workload } from './harness.ts'
import { hostIp } from './network.ts'
import { star } from './star.ts'

const DATA_BYTES = 56
const ID = 0x1234

export const pingBridge: Workload = {
  name: 'ping-bridge',
  unit: 'round trips',
  prepare() {
    const network = star(2)
    const { world, hosts } = network
    const socket = world.netns(hosts[0]!).stack.rawSocket(ipv4.Protocol.Icmp)
    socket.setFilter([icmp.Type.EchoReply])
    const message = new Uint8Array(icmp.HEADER_BYTES + DATA_BYTES).map((_, i) => i)
    const reply: Wait = { for: 'socket', socket }
    let sequence = 0

    function* ping(n: number): Program {
      for (let i = 0; i < n; i++) {
        sequence = (sequence + 1) & 0xffff
        icmp.putEcho(message, 0, icmp.Type.EchoRequest, ID, sequence, DATA_BYTES)
        const sent = socket.send(message, hostIp(1))
        if (!sent.ok) throw new Error(`bench: ping: ${sent.errno}`)
        yield reply
        const received = socket.receive()
        if (received === undefined || 'ok' in received) throw new Error('bench: ping: no reply')
        const at = received.at + ipv4.headerBytes(received.bytes, received.at)
        if (icmp.sequence(received.bytes, at) !== sequence) throw new Error('bench: ping: another reply')
      }
      return 0
    }

    return n => {
      network.run(ping(n))
      return n
    }
  },
}
