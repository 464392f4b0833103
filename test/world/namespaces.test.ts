/** What becomes of a namespace when its name is deleted. */
import { expect, test } from 'vitest'
import type { NetnsId } from '../../src/core/device.ts'
import { octets } from '../../src/core/frame.ts'
import * as ethernet from '../../src/wire/ethernet.ts'
import type { Ip } from '../../src/wire/ip.ts'
import { HOST, World } from '../../src/world/world.ts'

const SECOND_NS = 1e9
const N = 1 as NetnsId
const FIRST = 0x0a00_0001 as Ip
const NOBODY = 0x0a00_0002 as Ip

/** A namespace `n` with a wire to the initial one, and the instants (s) at which it asks who has an address. */
function asking(): { readonly world: World; readonly asked: number[] } {
  const world = new World({ hopNs: 1000 })
  world.apply({ type: 'newnetns', name: 'n' })
  world.apply({ type: 'newlink', netns: HOST, link: { kind: 'veth', name: 'v0', peer: { name: 'v1', netns: N } } })
  world.apply({ type: 'setlink', netns: HOST, link: 'v0', changes: { up: true } })
  world.apply({ type: 'setlink', netns: N, link: 'v1', changes: { up: true } })
  world.apply({ type: 'newaddr', netns: N, link: 'v1', address: { local: FIRST, prefixLength: 24 } })
  world.runUntil(5 * SECOND_NS)
  const asked: number[] = []
  world.events.on('frame', (at, dev, direction, frame) => {
    if (dev.name !== 'v0' || direction !== 'in') return
    if (ethernet.type(octets(frame), 0) === ethernet.EtherType.Arp) asked.push(Math.round(at / SECOND_NS))
  })
  world.observe()
  return { world, asked }
}

test('a datagram that waits for a neighbour keeps its namespace, which has no name any longer', () => {
  const { world, asked } = asking()
  const socket = world.netns(N).stack.udpSocket()
  socket.sendTo(new Uint8Array(4), NOBODY, 7)
  socket.close()
  world.runUntil(world.now)
  expect(world.apply({ type: 'delnetns', name: 'n' }).ok).toBe(true)
  expect(world.netnsNames()).toEqual([])
  expect(world.netnsNamed('')).toBeUndefined()
  expect(world.apply({ type: 'newnetns', name: 'n' }).ok).toBe(true)
  expect(world.device(HOST, 'v0')).toBeDefined()
  world.runUntil(10 * SECOND_NS)
  expect(asked).toEqual([5, 6, 7])
  expect(world.device(HOST, 'v0')).toBeUndefined()
  expect([...world.namespaces()].map(({ name }) => name)).toEqual(['host', 'n'])
})

test('without one the namespace goes with its name', () => {
  const { world } = asking()
  world.apply({ type: 'delnetns', name: 'n' })
  expect(world.device(HOST, 'v0')).toBeUndefined()
})
