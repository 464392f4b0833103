/**
 * What macvlan remembers: a child is struct macvlan_dev, a port is struct macvlan_port, of which every lower device
 * with children has one. Follows Linux drivers/net/macvlan.c; the orders are those of its hash tables, so that children
 * hear a group frame, and sources are listed, in the same order as there.
 */
import { type MacvlanFlag, MacvlanMode } from '../control/records.ts'
import type { Device } from '../core/device.ts'
import type { Frame } from '../core/frame.ts'
import { BYTES, type Mac } from '../wire/mac.ts'

/** MACVLAN_DEFAULT_BC_QUEUE_LEN */
export const QUEUE_LENGTH = 1000
/** What port->bc_cutoff begins with: a group that a single child listens to does not wait. */
export const CUTOFF = 1

/** hash_64 of linux/hash.h, to MACVLAN_HASH_BITS. */
const GOLDEN_RATIO_64 = 0x61c8_8646_80b5_83ebn
const HASH_SHIFT = 56n

/** macvlan_eth_hash, for a little-endian machine: the first octet is the lowest. */
export function bucketOf(mac: Mac): number {
  let value = 0n
  for (let i = 0; i < BYTES; i++) value |= BigInt(Math.floor(mac / 256 ** (BYTES - 1 - i)) & 0xff) << BigInt(8 * i + 16)
  return Number(BigInt.asUintN(64, value * GOLDEN_RATIO_64) >> HASH_SHIFT)
}

/** Puts what has a bucket where a hash table has it: by bucket, in each the newest first (hlist_add_head). */
export function insertHashed<T extends { readonly bucket: number }>(list: T[], entry: T): void {
  const at = list.findIndex(each => each.bucket >= entry.bucket)
  list.splice(at < 0 ? list.length : at, 0, entry)
}

export interface Source {
  readonly mac: Mac
  readonly bucket: number
}

export class Child {
  readonly dev: Device
  readonly port: Port
  mode: MacvlanMode
  /** MacvlanFlag bits. */
  flags: number
  /** As asked for; the port uses the largest of its children. */
  queueLength: number
  /** Whose frames it takes in source mode, in the order of the hash table. */
  readonly sources: Source[] = []
  /** The MAC under which the port finds it; undefined while it is down. */
  hashed: Mac | undefined
  bucket = 0

  constructor(dev: Device, port: Port, mode: MacvlanMode, flags: number, queueLength: number) {
    this.dev = dev
    this.port = port
    this.mode = mode
    this.flags = flags
    this.queueLength = queueLength
  }

  has(flag: (typeof MacvlanFlag)[keyof typeof MacvlanFlag]): boolean {
    return (this.flags & flag) !== 0
  }
}

/** A group frame that waits for its turn, and the child whose MAC it came from. */
export interface Waiting {
  readonly frame: Frame
  readonly sender: Child | undefined
}

export class Port {
  readonly lower: Device
  /** Oldest first. */
  readonly children: Child[] = []
  /** Those that are up, by MAC. */
  readonly byMac = new Map<Mac, Child>()
  /** The same in the order in which they hear a group frame. */
  readonly hashed: Child[] = []
  /** Children in source mode by the senders that they listen to, the newest first. */
  readonly bySource = new Map<Mac, Child[]>()
  passthru = false
  /** What the lower device had before a passthru child changed it. */
  ownMac: Mac
  /** A passthru child is changing it. */
  changesMac = false
  /** The largest that a child asked for. */
  queueLength = 0
  cutoff = CUTOFF
  queue: Waiting[] = []
  /** The child whose timer will serve the queue, while there is anything in it. */
  server: Child | undefined

  constructor(lower: Device) {
    this.lower = lower
    this.ownMac = lower.mac
  }

  /** macvlan_hash_add */
  hash(child: Child): void {
    const { mac } = child.dev
    child.hashed = mac
    child.bucket = bucketOf(mac)
    this.byMac.set(mac, child)
    insertHashed(this.hashed, child)
  }

  /** macvlan_hash_del */
  unhash(child: Child): void {
    if (child.hashed === undefined) return
    this.byMac.delete(child.hashed)
    this.hashed.splice(this.hashed.indexOf(child), 1)
    child.hashed = undefined
  }

  /** macvlan_addr_busy: is the MAC that of a child that is up, or of the lower device? */
  isBusy(mac: Mac): boolean {
    return this.byMac.has(mac) || (!this.passthru && this.lower.mac === mac)
  }

  /** macvlan_hash_add_source */
  addSource(child: Child, mac: Mac): void {
    if (child.sources.some(source => source.mac === mac)) return
    insertHashed(child.sources, { mac, bucket: bucketOf(mac) })
    this.bySource.set(mac, [child, ...(this.bySource.get(mac) ?? [])])
  }

  /** macvlan_hash_del_source */
  removeSource(child: Child, mac: Mac): void {
    const at = child.sources.findIndex(source => source.mac === mac)
    if (at < 0) return
    child.sources.splice(at, 1)
    const left = this.bySource.get(mac)!.filter(each => each !== child)
    if (left.length > 0) this.bySource.set(mac, left)
    else this.bySource.delete(mac)
  }

  /** macvlan_flush_sources */
  flushSources(child: Child): void {
    for (const { mac } of [...child.sources]) this.removeSource(child, mac)
  }

  /** update_port_bc_queue_len */
  updateQueueLength(): void {
    this.queueLength = this.children.reduce((length, child) => Math.max(length, child.queueLength), 0)
  }
}

const LOW_32_BITS = 0x1_0000_0000

/**
 * Does the child hear this group? The filter of the kernel (mc_filter) knows only the last four octets of a MAC, and
 * what has just been left lingers in it. That it mixes up one in 256 of those, a different one whenever the memory of
 * the child is elsewhere, is left out.
 */
export function hears(child: Child, group: Mac): boolean {
  return listens(child, group) || includes(child.dev.lingering, group)
}

/** Does it want to? */
export function listens({ dev }: Child, group: Mac): boolean {
  if (dev.promiscuity !== 0 || dev.allMulticast !== 0) return true
  if (group % LOW_32_BITS === LOW_32_BITS - 1) return true // The broadcast address.
  return includes(dev.groups?.keys(), group)
}

function includes(groups: Iterable<Mac> | undefined, group: Mac): boolean {
  if (groups !== undefined) for (const mac of groups) if (mac % LOW_32_BITS === group % LOW_32_BITS) return true
  return false
}

export const childOf = (dev: Device): Child => dev.state as Child

/** The port that a lower device has; undefined when it has no children. */
export const portOf = (lower: Device): Port | undefined => (lower.port instanceof Port ? lower.port : undefined)

/** netif_is_macvlan: macvlan and macvtap. */
export const isMacvlan = (dev: Device): boolean => dev.state instanceof Child

/** Modes that hear group frames of the outside, of a vepa child come back, of a bridge child come back. */
export const FROM_OUTSIDE = MacvlanMode.Private | MacvlanMode.Vepa | MacvlanMode.Passthru | MacvlanMode.Bridge
export const FROM_VEPA = MacvlanMode.Vepa | MacvlanMode.Bridge
export const FROM_BRIDGE = MacvlanMode.Vepa
