/** Two namespaces on a bridge: a program sends datagrams of 56 octets, one at a time, and another sends them back. */
import type { Ip } from '../../src/wire/ip.ts'
import type { Program, Wait } from '../../src/world/task.ts'
import type { Workload } from './harness.ts'
import { hostIp } from './network.ts'
import { star } from './star.ts'

const PAYLOAD_BYTES = 56
const PORT = 7

export const udpEcho: Workload = {
  name: 'udp-echo',
  unit: 'round trips',
  prepare() {
    const network = star(2)
    const { world, hosts } = network
    const client = world.netns(hosts[0]!).stack.udpSocket()
    const server = world.netns(hosts[1]!).stack.udpSocket()
    for (const answer of [server.bind(0 as Ip, PORT), client.connect(hostIp(1), PORT)]) {
      if (!answer.ok) throw new Error(`bench: udp-echo: ${answer.errno}`)
    }
    const asked: Wait = { for: 'socket', socket: server }
    const answered: Wait = { for: 'socket', socket: client }

    function* echo(): Program {
      for (;;) {
        yield asked
        const datagram = server.receive()
        if (datagram === undefined || 'ok' in datagram) throw new Error('bench: udp-echo: nothing was asked')
        server.sendTo(datagram.payload, datagram.from, datagram.fromPort)
      }
    }
    function* ask(n: number): Program {
      const payload = new Uint8Array(PAYLOAD_BYTES)
      for (let i = 0; i < n; i++) {
        payload[0] = i
        client.send(payload)
        yield answered
        const datagram = client.receive()
        if (datagram === undefined || 'ok' in datagram || datagram.payload[0] !== payload[0]) {
          throw new Error('bench: udp-echo: another answer')
        }
      }
      return 0
    }
    world.spawn(echo())

    return n => {
      network.run(ask(n))
      return n
    }
  },
}
