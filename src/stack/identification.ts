/**
 * The identification field of packets that may be cut up.
 *
 * Follows Linux net/ipv4/route.c, ip_idents_reserve: buckets of counters that go up by one, and by a random step for
 * the time that has passed. Linux has buckets for the whole machine; here each namespace has its own, so that nobody
 * else's packets shift its luck.
 */
import type { Stream } from '../time/random.ts'
import type { Ip } from '../wire/ip.ts'

const BUCKETS = 64

export class Identifications {
  readonly #stream: Stream
  readonly #next = new Uint16Array(BUCKETS)
  readonly #jiffies = new Float64Array(BUCKETS).fill(-1)

  constructor(stream: Stream) {
    this.#stream = stream
  }

  next(src: Ip, dst: Ip, protocol: number, jiffies: number): number {
    const bucket = (Math.imul(src ^ Math.imul(dst, 0x85eb_ca6b) ^ protocol, 0x9e37_79b1) >>> 24) & (BUCKETS - 1)
    const before = this.#jiffies[bucket]!
    if (jiffies !== before) {
      this.#jiffies[bucket] = jiffies
      this.#next[bucket]! += this.#stream.below(before < 0 ? 0x1_0000 : jiffies - before)
    }
    const id = this.#next[bucket]!
    this.#next[bucket] = id + 1
    return id
  }
}
