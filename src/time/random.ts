/**
 * Chance in named streams: what a stream gives depends on the seed and on its name, never on which other streams there
 * are or who drew from them first. So a new link shifts nobody else's luck.
 *
 * The generator is pure-rand's xoroshiro128+ (Blackman and Vigna 2018), its state a hash of (seed, name) in 32-bit
 * integers, the same on every machine. Its lowest bits are the weakest, so below, fraction and bytes use the highest.
 * Not for secrets. Left out: other distributions; those that need logarithms differ between machines.
 */
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus'
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator'

const RANGE = 0x1_0000_0000

export class Stream {
  readonly #generator: RandomGenerator

  constructor(generator: RandomGenerator) {
    this.#generator = generator
  }

  /** An integer from 0 to 2^32 - 1. */
  u32(): number {
    return this.#generator.next() >>> 0
  }

  /** An integer from 0 to n - 1, each as likely as the others. n is an integer from 1 to 2^32. */
  below(n: number): number {
    if (!(n >= 1 && n <= RANGE && Number.isInteger(n))) throw new Error(`random: below(${n})`)
    if (n === 1) return 0
    // Just as many bits as n - 1 has: more than half of all draws are below n, the others are drawn again.
    const unused = Math.clz32(n - 1)
    for (;;) {
      const value = this.u32() >>> unused
      if (value < n) return value
    }
  }

  /** A multiple of 2^-53 from 0 up to but not including 1. */
  fraction(): number {
    const high = this.u32() >>> 5
    const low = this.u32() >>> 6
    return (high * 2 ** 26 + low) * 2 ** -53
  }

  /** Fills all of `into`. */
  bytes(into: Uint8Array): void {
    for (let i = 0; i < into.length; i++) into[i] = this.u32() >>> 24
  }
}

export class Streams {
  readonly #seed: bigint
  readonly #streams = new Map<string, Stream>()

  /** An integer; its low 64 bits count. */
  constructor(seed: number | bigint) {
    this.#seed = BigInt.asUintN(64, BigInt(seed))
  }

  /** The stream of that name: every call answers the same one, which goes on where it was. */
  stream(name: string): Stream {
    let stream = this.#streams.get(name)
    if (stream === undefined) {
      stream = new Stream(xoroshiro128plusFromState(stateOf(this.#seed, name)))
      this.#streams.set(name, stream)
    }
    return stream
  }
}

/** Four 32-bit words, each an FNV-1a hash of seed and name from its own start, mixed as murmur3 ends. */
function stateOf(seed: bigint, name: string): number[] {
  const low = Number(seed & 0xffff_ffffn)
  const high = Number(seed >> 32n)
  const state = [0x9e37_79b9, 0x7f4a_7c15, 0xf39c_c060, 0x5ced_c834].map(start => {
    let hash = mix(mix(start ^ low) ^ high)
    for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x0100_0193)
    return mix(hash ^ name.length)
  })
  // The one state that the generator cannot leave.
  return state.every(word => word === 0) ? [1, 0, 0, 0] : state
}

/** The finalizer of MurmurHash3: every bit of the input reaches every bit of the output. */
function mix(x: number): number {
  let h = x
  h = Math.imul(h ^ (h >>> 16), 0x85eb_ca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2_ae35)
  return h ^ (h >>> 16)
}
