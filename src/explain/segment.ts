/**
 * Who has an address, and how frames would get there without a router: the wires, bridges and macvlans in between, as
 * they are built, whether they are up or not.
 */
import type { AddressRecord } from '../control/records.ts'
import type { Device } from '../core/device.ts'
import { bridgeOf } from '../device/bridgestate.ts'
import { isMacvlan } from '../device/macvlanport.ts'
import { peerOf } from '../device/veth.ts'
import type { Ip } from '../wire/ip.ts'
import * as ip4 from '../wire/ip.ts'
import type { World } from '../world/world.ts'

export interface Owner {
  readonly dev: Device
  readonly address: AddressRecord
}

/** All addresses of all machines but their own 127.0.0.0/8. */
export function* allAddresses(world: World): Generator<Owner> {
  for (const { devices, record } of world.namespaces()) {
    for (const address of record.addresses) {
      const dev = devices.get(address.ifindex)
      if (dev !== undefined && !ip4.isLoopback(address.local)) yield { dev, address }
    }
  }
}

/** The devices that an address is on; several where it was given twice. */
export const ownersOf = (world: World, ip: Ip): Owner[] =>
  [...allAddresses(world)].filter(({ address }) => address.local === ip)

/** The devices from one to another as frames would cross them, both ends included; undefined: there is no way. */
export function path(from: Device, to: Device): readonly Device[] | undefined {
  const before = new Map<Device, Device | undefined>([[from, undefined]])
  const queue: Device[] = [from]
  for (const dev of queue) {
    if (dev === to) return trail(before, to)
    for (const next of nexts(dev, before.get(dev))) {
      if (before.has(next)) continue
      before.set(next, dev)
      queue.push(next)
    }
  }
  return undefined
}

function trail(before: ReadonlyMap<Device, Device | undefined>, to: Device): Device[] {
  const found: Device[] = []
  for (let dev: Device | undefined = to; dev !== undefined; dev = before.get(dev)) found.unshift(dev)
  return found
}

/** Where a frame may go from here: by the cable, through the bridge, down to the lower device, up to a macvlan. */
function nexts(dev: Device, came: Device | undefined): Device[] {
  const found: Device[] = []
  const peer = dev.kind === 'veth' ? peerOf(dev) : undefined
  if (peer !== undefined) found.push(peer)
  if (dev.master?.kind === 'bridge') {
    found.push(
      dev.master,
      ...bridgeOf(dev.master)
        .ports.map(port => port.dev)
        .filter(each => each !== dev),
    )
  }
  if (dev.kind === 'bridge') found.push(...bridgeOf(dev).ports.map(port => port.dev))
  if (isMacvlan(dev) && dev.lower !== undefined) found.push(dev.lower)
  // What comes from the wire goes up to the macvlans; a macvlan's own frames do not turn round here.
  const isFromWire = came !== undefined && !(isMacvlan(came) && came.lower === dev)
  if (isFromWire) found.push(...dev.uppers.filter(isMacvlan))
  return found
}
