/** What datagrams take of a receive buffer (sk_rmem_alloc, by SO_MEMINFO), as Linux 6.18 said. */
import { expect, test } from 'vitest'
import { createWorld } from '../../src/api/world.ts'
import type { UdpSocket } from '../../src/stack/udp.ts'
import { ip } from './lab.ts'

/** MTU, octets sent, and their weight: put together where they are delivered, and below a macvlan, for its child. */
const LINUX: readonly (readonly [mtu: number, octets: number, delivered: number, toChild: number])[] = [
  [68, 100, 832, 2496],
  [68, 180, 832, 3328],
  [68, 220, 1664, 4160],
  [68, 20_000, 344_448, 346_944],
  [260, 1464, 7232, 8512],
  [576, 1480, 3840, 3840],
  [1499, 1480, 2304, 3136],
  [1500, 1464, 2304, 2304],
  [1500, 1473, 2304, 3136],
  [1500, 65_507, 102_656, 102_656],
  [9000, 20_000, 37_632, 37_632],
  [16_033, 65_507, 68_864, 68_864],
  [20_000, 30_000, 37_440, 37_440],
  [20_000, 65_507, 69_200, 70_864],
  [40_000, 65_507, 66_339, 67_171],
  [65_535, 65_507, 66_339, 66_339],
]

test.for(LINUX)('over an MTU of %d, a datagram of %d octets', ([mtu, octets, delivered, toChild]) => {
  const world = createWorld()
  const x = world.addNetns('x')
  const y = world.addNetns('y')
  world.addVeth({ netns: x, name: 'e0', mtu, up: true }, { netns: y, name: 'e1', mtu, up: true })
  y.addMacvlan('m0', { link: 'e1', mode: 'bridge', up: true })
  x.addAddress('e0', '10.0.0.1/24')
  y.addAddress('e1', '10.0.0.2/24')
  const stackOf = (name: string) => [...world.core.namespaces()].find(netns => netns.name === name)!.stack
  const socket = (name: string, device: string): UdpSocket => {
    const made = stackOf(name).udpSocket()
    made.setBuffers(1 << 22, 1 << 22)
    made.bindToDevice(device)
    return made
  }
  const sender = socket('x', 'e0')
  const own = socket('y', 'e1')
  own.bind(ip('10.0.0.2'), 7)
  const child = socket('y', 'm0')
  child.bind(ip('0.0.0.0'), 8)
  child.joinGroup(ip('224.0.0.9'), 'm0')
  x.ping('10.0.0.2', { count: 1 }) // Fewer octets than that wait for a neighbour.
  sender.sendTo(new Uint8Array(octets), ip('10.0.0.2'), 7)
  sender.sendTo(new Uint8Array(octets), ip('224.0.0.9'), 8)
  world.runFor('1s')
  expect([own.receiveQueueBytes, child.receiveQueueBytes]).toEqual([delivered, toChild])
})
