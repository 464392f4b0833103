/**
 * What happened to the prefixes of a table, for those who want to see the trie that Linux would have by now.
 *
 * Writing it down costs a number for each prefix that comes or goes; the trie is made of it when it is asked for, or
 * when there is much more history than there are prefixes.
 * The rest of the stack looks prefixes up elsewhere (prefixes.ts).
 */
import { LcTrie } from './lctrie.ts'

/** A walk of fib_table_flush begins, and ends. All else is a prefix, which comes if it is not there, or goes. */
const FLUSH = -1
const END = -2
const LENGTHS = 64
/** How much may be written down beyond four times what there is. */
const SLACK = 1024

export class TrieHistory {
  #events: number[] = []
  #trie: LcTrie | undefined
  /** What is in the trie, by prefix and length, and how many lengths each of its keys has. */
  #known: Set<number> | undefined
  #lengths: Map<number, number> | undefined
  #count = 0

  came(prefix: number, length: number): void {
    this.#count++
    this.#events.push(prefix * LENGTHS + length)
    if (this.#events.length > 4 * this.#count + SLACK) this.trie()
  }

  went(prefix: number, length: number): void {
    this.#count--
    this.#events.push(prefix * LENGTHS + length)
  }

  /** What goes while `remove` runs goes in one walk of the trie, which may change its shape even if nothing does. */
  flush(remove: () => void): void {
    if (this.#count === 0) return
    this.#events.push(FLUSH)
    remove()
    this.#events.push(END)
  }

  /** The trie as it is now. */
  trie(): LcTrie {
    this.#trie ??= new LcTrie()
    const events = this.#events
    this.#events = []
    for (let i = 0; i < events.length; i++) {
      if (events[i] !== FLUSH) {
        const key = this.#toggle(events[i]!)
        if (key !== undefined && this.#lengths!.has(key)) this.#trie.insert(key)
        else if (key !== undefined) this.#trie.remove(key)
        continue
      }
      const gone = new Set<number>()
      while (events[++i] !== END) {
        const key = this.#toggle(events[i]!)
        if (key !== undefined) gone.add(key)
      }
      this.#trie.flush(gone)
    }
    return this.#trie
  }

  /** The key, if it has its first length now or has lost its last. */
  #toggle(event: number): number | undefined {
    this.#known ??= new Set()
    this.#lengths ??= new Map()
    const key = Math.floor(event / LENGTHS)
    const before = this.#lengths.get(key) ?? 0
    const isNew = !this.#known.delete(event)
    if (isNew) this.#known.add(event)
    const after = before + (isNew ? 1 : -1)
    if (after === 0) this.#lengths.delete(key)
    else this.#lengths.set(key, after)
    return before === 0 || after === 0 ? key : undefined
  }
}
