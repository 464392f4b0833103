/** A host, 16 IPv4 routers with static routes, a host; datagrams of 22 octets one way, 4 us apart. */
import type { NetnsId } from '../../src/core/device.ts'
import type { Ip } from '../../src/wire/ip.ts'
import type { Program, Wait } from '../../src/world/task.ts'
import type { Workload } from './harness.ts'
import { Network } from './network.ts'

const ROUTERS = 16
const GAP_NS = 4000
const PORT = 9
const PAYLOAD_BYTES = 22

/** Network i joins node i, which is .1 in it, and node i + 1, which is .2. */
const inNet = (i: number, host: number): Ip => (0x0a00_0000 + i * 256 + host) as Ip

export const routerChain: Workload = {
  name: 'router-chain',
  unit: 'hops',
  prepare() {
    const network = new Network()
    const { world } = network
    const nodes = chain(network, ROUTERS + 2)
    const last = nodes.length - 1
    const sink = world.netns(nodes[last]!).stack.udpSocket()
    const source = world.netns(nodes[0]!).stack.udpSocket()
    for (const answer of [sink.bind(0 as Ip, PORT), source.connect(inNet(last - 1, 2), PORT)]) {
      if (!answer.ok) throw new Error(`bench: router-chain: ${answer.errno}`)
    }
    const payload = new Uint8Array(PAYLOAD_BYTES)
    const arrival: Wait = { for: 'socket', socket: sink }

    function* send(n: number): Program {
      for (let i = 0; i < n; i++) {
        const sent = source.send(payload)
        if (!sent.ok) throw new Error(`bench: router-chain: ${sent.errno}`)
        yield { for: 'instant', at: world.now + GAP_NS }
      }
      return 0
    }
    function* receive(n: number): Program {
      for (let got = 0; got < n; ) {
        yield arrival
        while (sink.ready) {
          sink.receive()
          got++
        }
      }
      return 0
    }
    const packets = (n: number): void => {
      world.spawn(send(n))
      network.run(receive(n))
    }
    packets(1) // Resolves the neighbours.

    return n => {
      const count = Math.ceil(n / ROUTERS)
      packets(count)
      return count * ROUTERS
    }
  },
}

/** Each node has a route to every network that is not its own. */
function chain(network: Network, length: number): NetnsId[] {
  const nodes = Array.from({ length }, (_, i) => {
    const node = network.netns(`n${i}`)
    network.up(node, 'lo')
    network.sysctl(node, 'net/ipv4/ip_forward', '1')
    network.sysctl(node, 'net/ipv4/conf/all/send_redirects', '0')
    return node
  })
  for (let i = 0; i + 1 < length; i++) {
    const [here, next] = [nodes[i]!, nodes[i + 1]!]
    const peer = { name: 'left', netns: next }
    network.apply({ type: 'newlink', netns: here, link: { kind: 'veth', name: 'right', peer } })
    network.address(here, 'right', inNet(i, 1), 24)
    network.address(next, 'left', inNet(i, 2), 24)
    network.up(here, 'right')
    network.up(next, 'left')
  }
  nodes.forEach((netns, i) => {
    for (let net = 0; net + 1 < length; net++) {
      if (net === i || net + 1 === i) continue
      const via = net > i ? inNet(i, 2) : inNet(i - 1, 1)
      const route = { dst: inNet(net, 0), prefixLength: 24, via }
      network.apply({ type: 'newroute', netns, route, mode: 'add' })
    }
  })
  return nodes
}
