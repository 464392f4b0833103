/** Is everything in a world where it belongs? What a deleted device or namespace must not leave behind. */
import { type Device, isUp } from '../core/device.ts'
import { portsOf } from '../device/bridge.ts'
import { peerOf } from '../device/veth.ts'
import type { Netns } from '../world/netns.ts'
import type { World } from '../world/world.ts'

/** What is out of place, in words; empty when nothing is. Asked between two events. */
export function outOfPlace(world: World): string[] {
  const faults: string[] = []
  const { devices } = world.engine
  for (const netns of world.namespaces()) for (const fault of inNamespace(world, netns)) faults.push(fault)
  for (const dev of devices) {
    const name = `device ${dev.id} (${dev.name})`
    const here = world.engine.netnses[dev.netns]?.devices.get(dev.ifindex) === dev
    if (dev.dead && here) faults.push(`${name} is deleted and still in its namespace`)
    if (!dev.dead && !here) faults.push(`${name} is in no namespace`)
    if (dev.backlog < 0) faults.push(`${name} has a backlog of ${dev.backlog}`)
    if (dev.dead) {
      if (isUp(dev)) faults.push(`${name} is deleted and up`)
      continue
    }
    for (const [what, other] of relatives(dev)) {
      if (other.dead) faults.push(`${name} has a deleted ${what}, ${other.name}`)
    }
    if (dev.kind === 'veth' && peerOf(dev) === undefined) faults.push(`${name} has no other end`)
    if (dev.master !== undefined && dev.master.netns !== dev.netns) faults.push(`${name} is far from its master`)
    if (dev.lower !== undefined && !dev.lower.uppers.includes(dev))
      faults.push(`${name} is unknown to its lower device`)
  }
  return faults
}

function relatives(dev: Device): [string, Device][] {
  const found: [string, Device | undefined][] = [
    ['master', dev.master],
    ['lower device', dev.lower],
    ['peer', dev.kind === 'veth' ? peerOf(dev) : undefined],
    ...dev.uppers.map((upper): [string, Device] => ['upper device', upper]),
    ...(dev.kind === 'bridge' ? portsOf(dev) : []).map((port): [string, Device] => ['port', port]),
  ]
  return found.filter((each): each is [string, Device] => each[1] !== undefined)
}

function* inNamespace(world: World, netns: Netns): Generator<string> {
  const { devices } = netns
  const of = `of ${netns.name}`
  if (![...devices.values()].some(({ kind }) => kind === 'loopback')) yield `no lo ${of}`
  for (const [ifindex, dev] of devices) {
    if (dev.ifindex !== ifindex || dev.netns !== netns.id) yield `${dev.name} ${of} is not where it says it is`
    if (netns.byName.get(dev.name) !== dev) yield `${dev.name} ${of} is not found by its name`
    const link = world.engine.record(dev)
    if (link.ifindex !== ifindex || link.name !== dev.name || link.master !== (dev.master?.ifindex ?? 0))
      yield `the record of ${dev.name} ${of} is old`
  }
  if (netns.byName.size !== devices.size) yield `names without devices ${of}`
  const owners: [string, readonly { readonly ifindex: number }[]][] = [
    ['address', world.addresses(netns.id)],
    ['route', world.routes(netns.id)],
    ['neighbour', world.neighbours(netns.id)],
    ['forwarding entry', world.fdb(netns.id)],
  ]
  for (const [what, entries] of owners) {
    for (const { ifindex } of entries) if (ifindex !== 0 && !devices.has(ifindex)) yield `${what} ${of} on no device`
  }
  const configured = new Set<string>()
  for (const path of world.sysctlPaths(netns.id)) {
    const name = /^net\/ipv4\/conf\/([^/]+)\//.exec(path)?.[1]
    if (name !== undefined) configured.add(name)
  }
  for (const name of configured) {
    if (name !== 'all' && name !== 'default' && !netns.byName.has(name)) yield `sysctls ${of} for ${name}, which is not`
  }
}
