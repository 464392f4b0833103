/**
 * The longest-prefix table: entries by (prefix, length), a list of them per prefix, and the walk in the order of a
 * dump.
 *
 * Does the work of Linux net/ipv4/fib_trie.c with another structure: one open-addressing hash table per prefix length
 * in use, so a lookup costs one probe of typed keys for each length longer than the answer's, and a small machine
 * with its three lengths pays for three small tables. What is kept of the trie is what can be seen: entries
 * with the same prefix in the order of fib_find_alias, and the walk in fn_trie_dump_fib's order.
 */
import type { RouteType } from '../control/request.ts'
import { type Ip, mask } from '../wire/ip.ts'
import type { FibInfo } from './dst.ts'
import type { LcTrie } from './lctrie.ts'
import { TrieHistory } from './triehistory.ts'

/** One route of one table: Linux struct fib_alias. */
export class FibAlias {
  readonly prefix: Ip
  readonly length: number
  readonly table: number
  readonly tos: number
  type: RouteType
  info: FibInfo
  /** The next of the same prefix: higher tables first, then higher tos, then lower metric. */
  next: FibAlias | undefined = undefined

  constructor(prefix: Ip, length: number, table: number, tos: number, type: RouteType, info: FibInfo) {
    this.prefix = prefix
    this.length = length
    this.table = table
    this.tos = tos
    this.type = type
    this.info = info
  }
}

const CAPACITY_FIRST = 4 // A power of two; doubled when half full.
const GOLDEN = 0x9e37_79b1

/** The prefixes of one length. Open addressing, linear probing; what is deleted leaves no tombstone behind. */
class PrefixHash {
  count = 0
  /** A typed array once it has grown: a small one would take more than all the rest. */
  #keys: Int32Array | number[] = new Array<number>(CAPACITY_FIRST).fill(0)
  #heads = new Array<FibAlias | undefined>(CAPACITY_FIRST).fill(undefined)
  #shift = 32 - Math.log2(CAPACITY_FIRST)

  get(prefix: number): FibAlias | undefined {
    const keys = this.#keys
    const heads = this.#heads
    const last = keys.length - 1
    const key = prefix | 0
    for (let i = Math.imul(key, GOLDEN) >>> this.#shift; ; i = (i + 1) & last) {
      const head = heads[i]
      if (head === undefined || keys[i] === key) return head
    }
  }

  set(prefix: number, head: FibAlias): void {
    if (this.#put(prefix | 0, head) && ++this.count * 2 > this.#keys.length) this.#grow()
  }

  delete(prefix: number): void {
    const keys = this.#keys
    const heads = this.#heads
    const last = keys.length - 1
    const key = prefix | 0
    let hole = Math.imul(key, GOLDEN) >>> this.#shift
    while (heads[hole] !== undefined && keys[hole] !== key) hole = (hole + 1) & last
    if (heads[hole] === undefined) return
    this.count--
    // Whatever stands behind the hole and could have stood in it moves there (Knuth 6.4, algorithm R).
    for (let i = (hole + 1) & last; heads[i] !== undefined; i = (i + 1) & last) {
      const home = Math.imul(keys[i]!, GOLDEN) >>> this.#shift
      if (((i - home) & last) < ((i - hole) & last)) continue
      keys[hole] = keys[i]!
      heads[hole] = heads[i]
      hole = i
    }
    heads[hole] = undefined
  }

  *[Symbol.iterator](): IterableIterator<FibAlias> {
    for (const head of this.#heads) if (head !== undefined) yield head
  }

  /** Answers whether the prefix is new. */
  #put(key: number, head: FibAlias): boolean {
    const keys = this.#keys
    const heads = this.#heads
    const last = keys.length - 1
    let i = Math.imul(key, GOLDEN) >>> this.#shift
    while (heads[i] !== undefined && keys[i] !== key) i = (i + 1) & last
    const isNew = heads[i] === undefined
    keys[i] = key
    heads[i] = head
    return isNew
  }

  #grow(): void {
    const heads = this.#heads
    this.#keys = new Int32Array(heads.length * 2)
    this.#heads = new Array<FibAlias | undefined>(heads.length * 2).fill(undefined)
    this.#shift--
    for (const head of heads) if (head !== undefined) this.#put(head.prefix | 0, head)
  }
}

export class Prefixes {
  readonly #history = new TrieHistory()
  /** Lengths in use, the longest first. */
  #lengths: readonly number[] = []
  /** In the same order. */
  #hashes: readonly PrefixHash[] = []

  /** The first entry of the longest prefix not longer than `length` that holds dst. */
  longest(dst: Ip, length: number): FibAlias | undefined {
    const lengths = this.#lengths
    for (let i = 0; i < lengths.length; i++) {
      const each = lengths[i]!
      if (each > length) continue
      const head = this.#hashes[i]!.get(each === 32 ? dst : dst & (each === 0 ? 0 : -1 << (32 - each)))
      if (head !== undefined) return head
    }
    return undefined
  }

  /** The first entry of exactly this prefix. */
  first(prefix: Ip, length: number): FibAlias | undefined {
    return this.#hashOf(length)?.get(prefix)
  }

  /** Puts the entry behind `previous` in its prefix's list; in front of all when there is none. */
  insert(entry: FibAlias, previous: FibAlias | undefined): void {
    if (previous !== undefined) {
      entry.next = previous.next
      previous.next = entry
      return
    }
    entry.next = this.first(entry.prefix, entry.length)
    if (entry.next === undefined) this.#history.came(entry.prefix, entry.length)
    this.#hash(entry.length).set(entry.prefix, entry)
  }

  remove(entry: FibAlias): void {
    const hash = this.#hashOf(entry.length)!
    const head = hash.get(entry.prefix)!
    if (head !== entry) {
      let previous = head
      while (previous.next !== entry) previous = previous.next!
      previous.next = entry.next
    } else if (entry.next !== undefined) {
      hash.set(entry.prefix, entry.next)
    } else {
      hash.delete(entry.prefix)
      this.#history.went(entry.prefix, entry.length)
      if (hash.count === 0) this.#drop(entry.length)
    }
  }

  /** Every entry: ascending by prefix, longer prefixes of the same number first. */
  entries(): FibAlias[] {
    const heads: FibAlias[] = []
    for (const hash of this.#hashes) for (const head of hash) heads.push(head)
    heads.sort((a, b) => a.prefix - b.prefix || b.length - a.length)
    const all: FibAlias[] = []
    for (const head of heads) for (let each: FibAlias | undefined = head; each; each = each.next) all.push(each)
    return all
  }

  /** What `remove` removes goes at once, as Linux flushes a table; that shows in its trie alone. */
  flush(remove: () => void): void {
    this.#history.flush(remove)
  }

  /** The trie that Linux would have. */
  trie(): LcTrie {
    return this.#history.trie()
  }

  #hash(length: number): PrefixHash {
    const there = this.#hashOf(length)
    if (there !== undefined) return there
    const made = new PrefixHash()
    const before = this.#lengths.findIndex(each => each < length)
    const at = before < 0 ? this.#lengths.length : before
    this.#lengths = this.#lengths.toSpliced(at, 0, length)
    this.#hashes = this.#hashes.toSpliced(at, 0, made)
    return made
  }

  #hashOf(length: number): PrefixHash | undefined {
    return this.#hashes[this.#lengths.indexOf(length)]
  }

  #drop(length: number): void {
    const at = this.#lengths.indexOf(length)
    this.#lengths = this.#lengths.toSpliced(at, 1)
    this.#hashes = this.#hashes.toSpliced(at, 1)
  }
}

/** Has the prefix bits below its length? fib_valid_key_len. */
export const hasHostBits = (prefix: Ip, length: number): boolean => (prefix & ~mask(length)) !== 0
