/** One network namespace: what was typed (record), its devices and its stack. Linux struct net. */
import type { NetnsRecord } from '../control/records.ts'
import type { Device, NetnsId } from '../core/device.ts'
import type { Stack } from '../stack/stack.ts'

export class Netns {
  readonly id: NetnsId
  /** '' once the name is deleted while something still lives in it. */
  name: string
  /** Replaced as a whole by every applied request that changes it. */
  record: NetnsRecord
  readonly devices = new Map<number, Device>()
  readonly byName = new Map<string, Device>()
  stack!: Stack
  /** dev_new_index: the next free ifindex. */
  nextIfindex = 1
  /** Ids this namespace has given to others (peernet2id_alloc), for link-netnsid. */
  readonly peerIds = new Map<NetnsId, number>()
  /** Tasks that run inside; it outlives its name as long as there are any. */
  users = 0

  constructor(id: NetnsId, name: string) {
    this.id = id
    this.name = name
    this.record = { id, name, links: {}, addresses: [], sysctls: {} }
  }
}
