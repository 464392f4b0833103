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

/** The next number, and when it was last given. */
interface Bucket {
  next: number
  jiffies: number
}

export class Identifications {
  readonly #stream: Stream
  readonly #buckets = new Map<number, Bucket>()

  constructor(stream: Stream) {
    this.#stream = stream
  }

  next(src: Ip, dst: Ip, protocol: number, jiffies: number): number {
    const index = (Math.imul(src ^ Math.imul(dst, 0x85eb_ca6b) ^ protocol, 0x9e37_79b1) >>> 24) & (BUCKETS - 1)
    let bucket = this.#buckets.get(index)
    if (bucket === undefined) {
      bucket = { next: this.#stream.below(0x1_0000), jiffies }
      this.#buckets.set(index, bucket)
    } else if (jiffies !== bucket.jiffies) {
      bucket.next = (bucket.next + this.#stream.below(jiffies - bucket.jiffies)) & 0xffff
      bucket.jiffies = jiffies
    }
    const id = bucket.next
    bucket.next = (id + 1) & 0xffff
    return id
  }
}
