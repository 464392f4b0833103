/**
 * The table of a bridge's forwarding database: which port leads to which Ethernet address (and VLAN).
 *
 * Open addressing with linear probing over typed columns: one probe finds an entry, and neither look-up nor update
 * allocates. An address is two integers, the first 16 bits and the last 32; the VLAN shares a word with the first 16.
 * Removal moves later entries of the same run back (Knuth 6.4 R), so there are no tombstones; a slot number is
 * therefore good only until the next insert or remove. Dumps have the order of insertion, which `born` keeps.
 *
 * This is what net/bridge/br_fdb.c has a resizable hash table and a list for. The rules of learning, ageing and of
 * entries made by hand are in bridgefdb.ts. Left out: a limit on learned entries (fdb_max_learned).
 */
import type { Mac } from '../wire/mac.ts'

/** net/bridge/br_private.h BR_FDB_*. */
export const FdbFlag = {
  /** For the machine itself: delivered up, never forwarded. */
  Local: 1,
  /** Does not age. */
  Static: 2,
  /** Stays on its port whatever is heard elsewhere. */
  Sticky: 4,
  AddedByUser: 8,
  ExternLearn: 16,
  Offloaded: 32,
} as const

/** In the port column: the bridge itself, or any number that no port has. */
export const NO_PORT = 0

const CAPACITY_FIRST = 32
/** 2^32 / golden ratio, and another odd constant, spread the bits (Fibonacci hashing). */
const SPREAD_LOW = 0x9e37_79b1
const SPREAD_HIGH = 0x85eb_ca77
const LOW_32_BITS = 0x1_0000_0000
const VLAN_SHIFT = 16

/** The first 16 bits of an address and a VLAN id (0: none) as the high word of a key. */
export const highWord = (mac: Mac, vlan = 0): number => Math.floor(mac / LOW_32_BITS) | (vlan << VLAN_SHIFT)
/** The last 32 bits of an address as the low word of a key. */
export const lowWord = (mac: Mac): number => mac | 0

export class Fdb {
  /** Entries in the table. */
  count = 0
  /** By slot: the number of the port, NO_PORT for the bridge itself. */
  port = new Uint16Array(CAPACITY_FIRST)
  /** By slot: FdbFlag bits. */
  flags = new Uint8Array(CAPACITY_FIRST)
  /** By slot: the instant (ns) at which the address was last heard from; ageing counts from here. */
  updated = new Float64Array(CAPACITY_FIRST)
  /** By slot: the instant (ns) at which a frame was last sent to the address. */
  used = new Float64Array(CAPACITY_FIRST)

  // Keys, two words a slot, side by side in one cache line: high, low. Both zero: the slot is free. No entry has that
  // key, for the zero address is never valid.
  #keys = new Int32Array(2 * CAPACITY_FIRST)
  #born = new Float64Array(CAPACITY_FIRST)
  #births = 0
  #mask = CAPACITY_FIRST - 1
  #shift = 32 - Math.log2(CAPACITY_FIRST)

  /** Slots, free ones included: `for (slot = 0; slot < capacity; slot++) if (has(slot)) ...`. */
  get capacity(): number {
    return this.#mask + 1
  }

  has(slot: number): boolean {
    return (this.#keys[2 * slot]! | this.#keys[2 * slot + 1]!) !== 0
  }

  /** The slot of a key, or -1. */
  find(high: number, low: number): number {
    const mask = this.#mask
    const keys = this.#keys
    let slot = this.#home(high, low)
    for (;;) {
      const h = keys[2 * slot]!
      const l = keys[2 * slot + 1]!
      if (l === low && h === high) return (l | h) === 0 ? -1 : slot // Frames to the zero address do come.
      if ((l | h) === 0) return -1
      slot = (slot + 1) & mask
    }
  }

  /** Makes an entry for a key that is not in the table; answers its slot. */
  insert(high: number, low: number, port: number, flags: number, now: number): number {
    if (this.count * 2 >= this.capacity) this.#grow()
    const slot = this.#free(high, low)
    this.#keys[2 * slot] = high
    this.#keys[2 * slot + 1] = low
    this.#born[slot] = this.#births++
    this.port[slot] = port
    this.flags[slot] = flags
    this.updated[slot] = now
    this.used[slot] = now
    this.count++
    return slot
  }

  /**
   * Removes the entry in a slot. Another entry may move into that slot, so a walk that removes (removeWhere) looks at
   * it again: upwards, entries that the walk has yet to see never move below it.
   */
  remove(slot: number): void {
    let hole = slot
    for (let next = (hole + 1) & this.#mask; this.has(next); next = (next + 1) & this.#mask) {
      const home = this.#home(this.#keys[2 * next]!, this.#keys[2 * next + 1]!)
      // It may move back if its home does not lie (cyclically) behind the hole.
      if (((next - home) & this.#mask) >= ((next - hole) & this.#mask)) {
        this.#move(next, hole)
        hole = next
      }
    }
    this.#keys.fill(0, 2 * hole, 2 * hole + 2)
    this.count--
  }

  /** Removes every entry that `doomed` says yes to; it is asked at least once about each. */
  removeWhere(doomed: (slot: number) => boolean): void {
    for (let slot = 0; slot < this.capacity; slot++) while (this.has(slot) && doomed(slot)) this.remove(slot)
  }

  mac(slot: number): Mac {
    return ((this.#keys[2 * slot]! & 0xffff) * LOW_32_BITS + (this.#keys[2 * slot + 1]! >>> 0)) as Mac
  }

  vlan(slot: number): number {
    return this.#keys[2 * slot]! >>> VLAN_SHIFT
  }

  /** The slots in use, the youngest entry first: the order in which Linux dumps (hlist_add_head_rcu). */
  slots(): number[] {
    const slots: number[] = []
    for (let slot = 0; slot < this.capacity; slot++) if (this.has(slot)) slots.push(slot)
    return slots.sort((a, b) => this.#born[b]! - this.#born[a]!)
  }

  #home(high: number, low: number): number {
    return (Math.imul(low ^ Math.imul(high, SPREAD_HIGH), SPREAD_LOW) >>> this.#shift) & this.#mask
  }

  #free(high: number, low: number): number {
    let slot = this.#home(high, low)
    while (this.has(slot)) slot = (slot + 1) & this.#mask
    return slot
  }

  #move(from: number, to: number): void {
    this.#keys.copyWithin(2 * to, 2 * from, 2 * from + 2)
    this.#born[to] = this.#born[from]!
    this.port[to] = this.port[from]!
    this.flags[to] = this.flags[from]!
    this.updated[to] = this.updated[from]!
    this.used[to] = this.used[from]!
  }

  #grow(): void {
    const { port, flags, updated, used } = this
    const keys = this.#keys
    const born = this.#born
    const capacity = 2 * this.capacity
    this.port = new Uint16Array(capacity)
    this.flags = new Uint8Array(capacity)
    this.updated = new Float64Array(capacity)
    this.used = new Float64Array(capacity)
    this.#keys = new Int32Array(2 * capacity)
    this.#born = new Float64Array(capacity)
    this.#mask = capacity - 1
    this.#shift--
    for (let old = 0; old < born.length; old++) {
      const high = keys[2 * old]!
      const low = keys[2 * old + 1]!
      if ((high | low) === 0) continue
      const slot = this.#free(high, low)
      this.#keys[2 * slot] = high
      this.#keys[2 * slot + 1] = low
      this.#born[slot] = born[old]!
      this.port[slot] = port[old]!
      this.flags[slot] = flags[old]!
      this.updated[slot] = updated[old]!
      this.used[slot] = used[old]!
    }
  }
}
