/** bridge against what iproute2 6.1 said on Linux 6.18. */
import { expect, test } from 'vitest'
import { brctl } from '../../src/cmd/brctl.ts'
import { bridge } from '../../src/cmd/bridge/main.ts'
import type { NetnsId } from '../../src/core/device.ts'
import { HOST, World } from '../../src/world/world.ts'
import { replay, run } from './transcript.ts'

/** The groups that every device joins are the stack's affair; here they are in the way. */
const withoutGroups = (text: string): string =>
  text
    .replace(/^(33:33|01:00:5e):\S+ .*self permanent\n/gm, '')
    .replace(/,?\{"mac":"(33:33|01:00:5e)[^}]*\["self"\][^}]*\}/g, '')
    .replace(/,\{\s+"mac": "(33:33|01:00:5e)[^}]*\[ "self" \][^}]*\}/g, '')

test('every command and every error, one after the other', () => {
  const { linux, ours } = replay('bridge.txt', { brctl, bridge })
  expect(withoutGroups(ours)).toBe(withoutGroups(linux))
})

test('the peer of a port is looked up by its number in the wrong namespace', () => {
  // As in the tutorial: both pairs are made elsewhere, one end of each moves here, and then br0 is made, with ifindex 2.
  const world = new World()
  const made = world.apply({ type: 'newnetns', name: 'bridge' })
  const netns = (made.ok ? made.value : HOST) as NetnsId
  for (const name of ['p0', 'p1']) {
    world.apply({ type: 'newlink', netns: HOST, link: { kind: 'veth', name, peer: { name: `peer-${name}` } } })
    world.apply({ type: 'setlink', netns: HOST, link: name, changes: { netns } })
  }
  world.apply({ type: 'newlink', netns, link: { kind: 'bridge', name: 'br0' } })
  for (const link of ['p0', 'p1']) world.apply({ type: 'setlink', netns, link, changes: { master: 'br0' } })
  const names = run(world, { bridge }, 'bridge -n bridge link').match(/^\d+: \S+:/gm)
  expect(names).toEqual(['3: p0@br0:', '5: p1@if4:'])
})

test.for([
  ['bridge mdb', 'bridge mdb'],
  ['bridge vlan show', 'bridge vlan'],
  ['bridge vni', 'bridge vni'],
  ['bridge mon', 'bridge monitor'],
  ['bridge link set dev lo vlan_tunnel on', 'bridge link set vlan_tunnel on'],
  ['bridge link set dev lo mcast_router 2', 'bridge link set mcast_router'],
  ['bridge link set dev lo backup_port lo', 'bridge link set backup_port'],
  ['bridge fdb add 02:00:00:00:00:01 dev lo vlan 1', 'bridge fdb vlan'],
  ['bridge fdb add 02:00:00:00:00:01 dev lo dst 10.0.0.1', 'bridge fdb dst'],
  ['bridge fdb flush dev lo vlan 1', 'bridge fdb flush vlan'],
] as const)('%s is refused', ([line, what]) => {
  expect(run(new World(), { bridge }, line)).toBe(`! vethereal: ${what} is not supported yet\n[2]\n`)
})

test('a batch stops at the first line that fails, with -force at the end', () => {
  const script = 'link show dev nosuch\n# nothing\nfdb show br nosuch\n'
  const said = (options: string): string => run(new World(), { bridge }, `bridge ${options} -batch -`, script)
  expect(said('-s')).toBe('! Cannot find device "nosuch"\n! Command failed -:1\n[1]\n')
  expect(said('-force')).toBe(
    '! Cannot find device "nosuch"\n! Command failed -:1\n! Cannot find bridge device "nosuch"\n! Command failed -:3\n[1]\n',
  )
})
