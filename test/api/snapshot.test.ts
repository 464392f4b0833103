/** Snapshots: they stay as they are, and equal worlds have equal ones. */
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createWorld, type World } from '../../src/index.ts'

function network(mtu: number): World {
  const world = createWorld()
  const [red, blue] = [world.addNetns('red'), world.addNetns('blue')]
  blue.addBridge('br', { up: true })
  world.addVeth({ netns: red, name: 'eth0', mtu, up: true }, { netns: blue, name: 'p1', master: 'br', up: true })
  red.addAddress('eth0', '10.0.0.1/24')
  blue.addAddress('br', '10.0.0.2/24')
  red.setSysctl('net.ipv4.ip_forward', 1)
  world.runFor('3s')
  return world
}

test('tells what the namespaces tell', () => {
  const world = network(1400)
  world.netns('red').ping('10.0.0.2')
  const { at, namespaces } = world.snapshot()
  expect(at).toBe(world.now)
  expect(namespaces.map(({ name }) => name)).toEqual(['host', 'red', 'blue'])
  const [red, blue] = [namespaces[1]!, namespaces[2]!]
  expect(red.links.map(({ name, mtu }) => [name, mtu])).toContainEqual(['eth0', 1400])
  expect(red.addresses).toContainEqual(expect.objectContaining({ link: 'eth0', address: '10.0.0.1' }))
  expect(red.routes).toEqual(world.netns('red').routes('all'))
  expect(red.neighbours).toContainEqual(expect.objectContaining({ address: '10.0.0.2', state: 'REACHABLE' }))
  expect(red.sysctls).toMatchObject({ 'net/ipv4/conf/all/forwarding': '1' })
  expect(blue.fdb).toEqual(world.netns('blue').fdb())
})

test('stays as it is while the world goes on, cannot be written, and looking changes nothing', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1280, max: 1500 }), fc.integer({ min: 1, max: 3 }), (mtu, count) => {
      const [one, other] = [network(mtu), network(mtu)]
      const before = one.snapshot()
      const text = JSON.stringify(before)
      expect(other.snapshot()).toEqual(before)
      for (const world of [one, other]) world.netns('red').ping('10.0.0.2', { count })
      one.snapshot()
      one.netns('red').setLink('eth0', { up: false })
      other.netns('red').setLink('eth0', { up: false })
      expect(JSON.stringify(before)).toBe(text)
      expect(one.snapshot()).toEqual(other.snapshot())
      expect(one.snapshot()).not.toEqual(before)
      expect(() => Object.assign(before.namespaces[1]!.links[0]!.stats, { rxPackets: 9 })).toThrow(TypeError)
    }),
    { numRuns: 20 },
  )
})
