/** One network namespace: what was typed (record), its devices and its stack. Linux struct net. */
import { type Draft, produce } from 'immer'
import type { NetnsRecord } from '../control/records.ts'
import type { Device, NetnsId } from '../core/device.ts'
import type { Stack } from '../stack/stack.ts'
import { Sysctls } from './sysctls.ts'

export class Netns {
  readonly id: NetnsId
  /** '' once the name is deleted while something still lives in it. */
  name: string
  /** Replaced as a whole by every applied request that changes it. */
  record: NetnsRecord
  readonly devices = new Map<number, Device>()
  readonly byName = new Map<string, Device>()
  readonly sysctls: Sysctls
  stack!: Stack
  /** Tasks that run inside; it outlives its name as long as there are any. */
  users = 0
  private lastIfindex = 0
  private peerIds: (NetnsId | undefined)[] | undefined

  constructor(id: NetnsId, name: string) {
    this.id = id
    this.name = name
    this.record = { id, name, links: {}, addresses: [], sysctls: {} }
    this.sysctls = new Sysctls(id === 0)
  }

  change(recipe: (draft: Draft<NetnsRecord>) => void): void {
    this.record = produce(this.record, recipe)
  }

  /** dev_new_index */
  newIfindex(): number {
    do this.lastIfindex++
    while (this.devices.has(this.lastIfindex))
    return this.lastIfindex
  }

  /** peernet2id_alloc: the number by which this namespace knows another one (link-netnsid), the lowest that is free. */
  peerId(other: NetnsId): number {
    this.peerIds ??= []
    const known = this.peerIds.indexOf(other)
    if (known >= 0) return known
    const free = this.peerIds.indexOf(undefined)
    const id = free >= 0 ? free : this.peerIds.length
    this.peerIds[id] = other
    return id
  }

  /** unhash_nsid: the other namespace is gone, its number is free. */
  forgetPeer(other: NetnsId): void {
    const id = this.peerIds?.indexOf(other) ?? -1
    if (id >= 0) this.peerIds![id] = undefined
  }

  /** The ids given so far, by number: `ip netns list-id`. */
  knownPeers(): readonly (NetnsId | undefined)[] {
    return this.peerIds ?? []
  }

  addDevice(dev: Device): void {
    this.devices.set(dev.ifindex, dev)
    this.byName.set(dev.name, dev)
  }

  removeDevice(dev: Device): void {
    this.devices.delete(dev.ifindex)
    this.byName.delete(dev.name)
  }
}
