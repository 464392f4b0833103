/** Sysctls and IPv6 in a whole world: stacks ask for what the table says they obey, and two hosts find each other. */
import { expect, test, vi } from 'vitest'
import { READ } from '../../src/control/sysctls.ts'
import type { NetnsId } from '../../src/core/device.ts'
import { octets } from '../../src/core/frame.ts'
import * as ip6 from '../../src/wire/ip6.ts'
import type { Mac } from '../../src/wire/mac.ts'
import { Sysctls } from '../../src/world/sysctls.ts'
import { HOST, World } from '../../src/world/world.ts'

const NS_PER_S = 1e9

/** Two namespaces with a veth from `a` to `b`; both ends are up, and b's address may be chosen. */
function pair(macB = 2): { world: World; a: NetnsId; b: NetnsId } {
  const world = new World()
  const netns = (name: string): NetnsId => {
    const answer = world.apply({ type: 'newnetns', name })
    if (!answer.ok) throw new Error(answer.errno)
    return answer.value as NetnsId
  }
  const a = netns('a')
  const b = netns('b')
  const mac = (n: number): Mac => (0x0200_0000_0000 + n) as Mac
  const link = { kind: 'veth', name: 'v', mac: mac(1), peer: { name: 'w', mac: mac(macB), netns: b } }
  world.apply({ type: 'newlink', netns: a, link })
  world.apply({ type: 'setlink', netns: a, link: 'v', changes: { up: true } })
  world.apply({ type: 'setlink', netns: b, link: 'w', changes: { up: true } })
  return { world, a, b }
}

const addresses = (world: World, netns: NetnsId): string[] =>
  world.addresses(netns).flatMap(each => (each.family === 6 ? [`${ip6.format(each.bytes)} ${each.flags}`] : []))

test('stacks read exactly the sysctls that the table calls obeyed', () => {
  const asked = new Set<string>()
  const number = Sysctls.prototype.number
  const spy = vi.spyOn(Sysctls.prototype, 'number').mockImplementation(function (this: Sysctls, path) {
    asked.add(path.replace(/^(net\/ipv[46]\/(?:conf|neigh)\/)[^/]+/, '$1*').replace(/\*(\/gc_thresh)/, 'default$1'))
    return number.call(this, path)
  })
  const words = vi.spyOn(Sysctls.prototype, 'words')
  const { world, a } = pair()
  // A bridge tells of its groups.
  world.apply({ type: 'newlink', netns: a, link: { kind: 'bridge', name: 'br0', up: true } })
  world.apply({ type: 'sysctl', netns: HOST, path: 'net/ipv4/neigh/default/gc_thresh1', value: '127' })
  world.runUntil(10 * NS_PER_S)
  spy.mockRestore()
  for (const [path] of words.mock.calls) asked.add(path)
  words.mockRestore()
  // The same variable as conf/all/forwarding.
  if (asked.has('net/ipv4/conf/*/forwarding')) asked.add('net/ipv4/ip_forward')
  expect([...asked].sort()).toEqual([...READ].sort())
})

test('both ends of a veth have an address after a few seconds, and nothing more to say but now and then', () => {
  const { world, a, b } = pair()
  expect(addresses(world, a)).toEqual([])
  world.runUntil(4 * NS_PER_S)
  expect(addresses(world, a)).toEqual(['fe80::ff:fe00:1 128'])
  expect(addresses(world, b)).toEqual(['fe80::ff:fe00:2 128'])
  const frames: string[] = []
  world.events.on('frame', (_at, _dev, _direction, frame) => frames.push(Buffer.from(octets(frame)).toString('hex')))
  world.engine.observe()
  world.runUntil(3600 * NS_PER_S)
  expect(new Set(frames.map(frame => frame.slice(0, 12)))).toEqual(new Set(['333300000002']))
  expect(frames.length).toBeLessThan(60)
})

test('of twins only one may have the address, or none', () => {
  const { world, a, b } = pair(1)
  world.runUntil(4 * NS_PER_S)
  const states = [...addresses(world, a), ...addresses(world, b)].sort()
  expect([
    ['fe80::ff:fe00:1 128', 'fe80::ff:fe00:1 200'],
    ['fe80::ff:fe00:1 200', 'fe80::ff:fe00:1 200'],
  ]).toContainEqual(states)
})

test('a changed flag makes a device tell its groups again, but for promiscuity', () => {
  const { world, a } = pair()
  world.runUntil(4 * NS_PER_S)
  const reports: number[] = []
  world.events.on('frame', (at, dev, direction, frame) => {
    if (dev.name === 'v' && direction === 'out' && octets(frame)[5] === 0x16) reports.push(at)
  })
  world.engine.observe()
  world.apply({ type: 'setlink', netns: a, link: 'v', changes: { promisc: true } })
  world.runUntil(6 * NS_PER_S)
  expect(reports).toEqual([])
  world.apply({ type: 'setlink', netns: a, link: 'v', changes: { multicast: false } })
  world.runUntil(8 * NS_PER_S)
  expect(reports).toHaveLength(2)
})

test('a sysctl request takes IPv6 off a device', () => {
  const { world, a } = pair()
  world.runUntil(4 * NS_PER_S)
  const path = 'net/ipv6/conf/all/disable_ipv6'
  expect(world.apply({ type: 'sysctl', netns: a, path, value: '1' }).ok).toBe(true)
  expect(addresses(world, a)).toEqual([])
  expect(world.apply({ type: 'sysctl', netns: HOST, path: 'net/ipv4/tcp_sack', value: '0' })).toEqual({
    ok: false,
    errno: 'EOPNOTSUPP',
  })
})

test('the same seed has the same frames at the same instants', () => {
  const run = (): string[] => {
    const { world } = pair()
    const log: string[] = []
    world.events.on('frame', (at, dev, direction, frame) => {
      log.push(`${at} ${dev.name} ${direction} ${Buffer.from(octets(frame)).toString('hex')}`)
    })
    world.engine.observe()
    world.runUntil(20 * NS_PER_S)
    return log
  }
  const first = run()
  expect(first.length).toBeGreaterThan(20)
  expect(run()).toEqual(first)
})
