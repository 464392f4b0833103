/**
 * Sessions that must not run on a real machine, or whose result nobody could foretell: a loop of bridges (a broadcast
 * storm has no end there), links whose MAC is random, namespaces that live on without a name.
 */
import type { Device } from '../core/device.ts'
import { peerOf } from '../device/veth.ts'
import { World } from '../world/world.ts'
import { isFileStep, PacketFiles } from './files.ts'
import { expanded, isRequest, type Session } from './session.ts'

const RANDOM = 1

/** Why a session should not run; undefined when it may. Requests are tried in a world, traffic is left out. */
export function unsafe(session: Session): string | undefined {
  const world = new World({ hopNs: 0 })
  const files = new PacketFiles(world)
  for (const step of expanded(session)) {
    world.runUntil(world.now)
    if (isRequest(step)) world.apply(step)
    else if (isFileStep(step)) files.take(step)
    else continue
    if (hasLoop(world)) return 'a loop of bridges'
    if (step.type !== 'tuntap' && showsChance(world)) return 'a random MAC'
    if (step.type === 'delnetns' && holdsDead(world, files)) return 'a namespace that a file keeps alive'
  }
  if (showsChance(world)) return 'a random MAC'
  const idle = allDevices(world).some(
    dev => dev.kind === 'bridge' && isRandom(world, dev) && portCount(world, dev) === 0,
  )
  return idle ? 'a random MAC' : undefined
}

/** The namespace of an open file is not gone before the file is closed. */
export const holdsDead = (world: World, { open }: PacketFiles): boolean =>
  [...open.values()].some(({ netns }) => world.engine.netnses[netns] === undefined)

export const allDevices = (world: World): Device[] =>
  [...world.namespaces()].flatMap(netns => [...netns.devices.values()])

const isRandom = (world: World, dev: Device): boolean => world.engine.record(dev).macOrigin === RANDOM && dev.mac !== 0

const portCount = (world: World, bridge: Device): number =>
  allDevices(world).filter(dev => dev.master === bridge).length

/**
 * A bridge takes the lowest MAC of its ports; before it has one its own is random, but as long as it is down unused.
 */
function showsChance(world: World): boolean {
  return allDevices(world).some(dev => {
    if (!isRandom(world, dev)) return false
    return dev.kind !== 'bridge' || ((dev.flags & 1) !== 0 && portCount(world, dev) === 0)
  })
}

/** Which bridge each device is a port of, and which ports send back where a frame came from. */
export interface Wiring {
  master(dev: Device): Device | undefined
  hairpin(dev: Device): boolean
}

export const wiringOf = (world: World): Wiring => ({
  master: dev => dev.master,
  hairpin: dev => world.link(dev.netns, dev.ifindex)?.port?.hairpin === true,
})

/**
 * Two bridges joined by two ways, a bridge joined to itself, or a port that sends back on a wire with a port at another
 * end. A wire is a veth pair with all that stands on it; who stands on a bridge is joined to that.
 */
export function hasLoop(world: World, wiring = wiringOf(world)): boolean {
  const parent = new Map<Device, Device>()
  const find = (dev: Device): Device => {
    let root = dev
    for (let up = parent.get(root); up !== undefined; up = parent.get(root)) root = up
    return root
  }
  const ports = new Map<Device, Device[]>()
  for (const dev of allDevices(world)) {
    const bridge = wiring.master(dev)
    if (bridge === undefined) continue
    const wire = wireOf(dev)
    const others = ports.get(wire) ?? []
    others.push(dev)
    ports.set(wire, others)
    if (others.length > 1 && others.some(each => wiring.hairpin(each))) return true
    const [a, b] = [find(bridge), find(wire)]
    if (a === b) return true
    parent.set(a, b)
  }
  return false
}

/** One device for all that hear one another without a bridge between. */
function wireOf(dev: Device): Device {
  if (dev.lower !== undefined) return wireOf(dev.lower)
  const peer = dev.kind === 'veth' ? peerOf(dev) : undefined
  return peer !== undefined && peer.id < dev.id ? peer : dev
}
