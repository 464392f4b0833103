/** One network namespace: what was typed (record), its devices and its stack. Linux struct net. */
import { type Draft, produce } from 'immer'
import type { Tell } from '../control/notice.ts'
import type { NetnsRecord } from '../control/records.ts'
import type { Device, NetnsId } from '../core/device.ts'
import { type Answer, DONE, fail } from '../core/errno.ts'
import type { Stack } from '../stack/stack.ts'
import { Sysctls } from './sysctls.ts'

/** Shared by all that have nothing typed yet. */
const INITIAL: NetnsRecord = { addresses: [] }

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
  /** Tells all who listen to what becomes of the namespace: rtnetlink's groups. Undefined while nobody does. */
  tell: Tell | undefined
  private listeners: readonly Tell[] = []
  /** Told when no packet of a socket waits in the stack any longer. */
  released: (() => void) | undefined
  private lastIfindex = 0
  private peers: Map<number, NetnsId> | undefined

  constructor(id: NetnsId, name: string) {
    this.id = id
    this.name = name
    this.record = INITIAL
    this.sysctls = new Sysctls(id === 0)
  }

  change(recipe: (draft: Draft<NetnsRecord>) => void): void {
    this.record = produce(this.record, recipe)
  }

  /** From now on `listener` is told; answers what ends that. */
  listen(listener: Tell): () => void {
    this.setListeners([...this.listeners, listener])
    return () => this.setListeners(this.listeners.filter(each => each !== listener))
  }

  private setListeners(listeners: readonly Tell[]): void {
    this.listeners = listeners
    this.tell =
      listeners.length === 0
        ? undefined
        : notice => {
            for (const each of listeners) each(notice)
          }
  }

  /** dev_new_index */
  newIfindex(): number {
    do this.lastIfindex++
    while (this.devices.has(this.lastIfindex))
    return this.lastIfindex
  }

  /** peernet2id_alloc: the number by which this namespace knows another one (link-netnsid), the lowest that is free. */
  peerId(other: NetnsId): number {
    this.peers ??= new Map()
    const known = this.knownPeerId(other)
    if (known !== undefined) return known
    let id = 0
    while (this.peers.has(id)) id++
    this.peers.set(id, other)
    this.tell?.({ about: 'nsid', gone: false, id, peer: other })
    return id
  }

  /** peernet2id: undefined where none has been given. */
  knownPeerId(other: NetnsId): number | undefined {
    for (const [id, peer] of this.peers ?? []) if (peer === other) return id
    return undefined
  }

  /** rtnl_net_newid. `id` is from 0 on, the lowest that is free when absent. */
  numberPeer(other: NetnsId, id: number | undefined): Answer {
    if (this.knownPeerId(other) !== undefined) return fail('EEXIST', 'Peer netns already has a nsid assigned')
    if (id === undefined) this.peerId(other)
    else if (this.peers?.has(id)) return fail('EEXIST', 'The specified nsid is already used')
    else {
      this.peers ??= new Map()
      this.peers.set(id, other)
      this.tell?.({ about: 'nsid', gone: false, id, peer: other })
    }
    return DONE
  }

  /** unhash_nsid: the other namespace is gone, its number is free. */
  forgetPeer(other: NetnsId): void {
    const id = this.knownPeerId(other)
    if (id === undefined) return
    this.peers!.delete(id)
    this.tell?.({ about: 'nsid', gone: true, id, peer: other })
  }

  /** The namespace that has this number here. */
  peerOf(id: number): NetnsId | undefined {
    return this.peers?.get(id)
  }

  /** The numbers given so far and who has them, the lowest first: `ip netns list-id`. */
  knownPeers(): readonly (readonly [id: number, peer: NetnsId])[] {
    return [...(this.peers ?? [])].sort(([a], [b]) => a - b)
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
