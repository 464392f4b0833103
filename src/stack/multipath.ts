/**
 * Which of several next hops a flow takes: a keyed hash of its addresses, and a share of its range for each next hop.
 *
 * Follows Linux net/ipv4/route.c fib_multipath_hash with policy 0, net/core/flow_dissector.c __flow_hash_from_keys
 * (SipHash-2-4 over struct flow_keys as 6.18 on x86-64 has it) and net/ipv4/fib_semantics.c fib_rebalance and
 * fib_select_multipath. The seed is net.ipv4.fib_multipath_hash_seed; where that is 0 Linux draws one at boot, and here
 * each namespace has one from a stream of its own. Left out: the other policies (ports, inner headers),
 * fib_multipath_use_neigh.
 */
import type { Ip } from '../wire/ip.ts'
import { type FibInfo, HopFlag, type Nexthop } from './dst.ts'

/** What is hashed of struct flow_keys, in words of 32 bits: all 0 but for the addresses. */
const KEY_WORDS = 12
const SOURCE_WORD = 9
const DESTINATION_WORD = 10
/** Hashes are non-negative numbers of 31 bits. */
const RANGE = 0x8000_0000

const words = new Int32Array(KEY_WORDS)

/** fib_multipath_hash, policy 0: the same for both directions of a flow. 31 bits. */
export function multipathHash(src: Ip, dst: Ip, seed: number): number {
  // As a little-endian machine sees addresses, the lower one comes first.
  const a = swapped(src)
  const b = swapped(dst)
  words[SOURCE_WORD] = Math.min(a, b)
  words[DESTINATION_WORD] = Math.max(a, b)
  // Nobody is told 0.
  return (siphash(words, seed) || 1) >>> 1
}

const swapped = (ip: number): number =>
  ((ip << 24) | ((ip << 8) & 0xff_0000) | ((ip >>> 8) & 0xff00) | (ip >>> 24)) >>> 0

/** The four words of 64 bits of SipHash, each as its lower and its upper half. */
const state = new Int32Array(8)
const [V0, V1, V2, V3] = [0, 2, 4, 6]

/** The lower 32 bits of SipHash-2-4 of these words, little-endian, under a key that is four times the seed. */
function siphash(message: Int32Array, seed: number): number {
  // "somepseudorandomlygeneratedbytes"
  state.set([0x70736575, 0x736f6d65, 0x6e646f6d, 0x646f7261, 0x6e657261, 0x6c796765, 0x79746573, 0x74656462])
  for (let i = 0; i < state.length; i++) state[i]! ^= seed
  for (let i = 0; i < message.length; i += 2) absorb(message[i]!, message[i + 1]!)
  absorb(0, (message.length * 4) << 24)
  state[V2]! ^= 0xff
  for (let i = 0; i < 4; i++) round()
  return (state[V0]! ^ state[V1]! ^ state[V2]! ^ state[V3]!) >>> 0
}

function absorb(low: number, high: number): void {
  state[V3]! ^= low
  state[V3 + 1]! ^= high
  round()
  round()
  state[V0]! ^= low
  state[V0 + 1]! ^= high
}

function round(): void {
  mix(V0, V1, 13)
  turnHalf(V0)
  mix(V2, V3, 16)
  mix(V0, V3, 21)
  mix(V2, V1, 17)
  turnHalf(V2)
}

/** to += from; from = (from rotated by `bits`) ^ to. */
function mix(to: number, from: number, bits: number): void {
  const low = (state[to]! >>> 0) + (state[from]! >>> 0)
  state[to + 1] = state[to + 1]! + state[from + 1]! + (low >= 0x1_0000_0000 ? 1 : 0)
  state[to] = low
  const fromLow = state[from]!
  const fromHigh = state[from + 1]!
  state[from] = ((fromLow << bits) | (fromHigh >>> (32 - bits))) ^ state[to]!
  state[from + 1] = ((fromHigh << bits) | (fromLow >>> (32 - bits))) ^ state[to + 1]!
}

/** Rotates by 32 bits. */
function turnHalf(at: number): void {
  const low = state[at]!
  state[at] = state[at + 1]!
  state[at + 1] = low
}

// -- Shares ---------------------------------------------------------------------------------------

/** fib_rebalance: up to which hash each next hop is meant, by weight; -1 for those that cannot be used. */
export function rebalance(info: FibInfo, ignoresLinkdown: (hop: Nexthop) => boolean): void {
  if (info.nexthops.length < 2) return
  const isUsable = (hop: Nexthop): boolean =>
    (hop.flags & HopFlag.Dead) === 0 && ((hop.flags & HopFlag.LinkDown) === 0 || !ignoresLinkdown(hop))
  let total = 0
  for (const hop of info.nexthops) if (isUsable(hop)) total += hop.weight
  let weight = 0
  for (const hop of info.nexthops) {
    if (isUsable(hop)) {
      weight += hop.weight
      hop.upperBound = Math.floor((weight * RANGE + Math.floor(total / 2)) / total) - 1
    } else hop.upperBound = -1
  }
}

/** fib_select_multipath: the share that the hash falls into, or rather a next hop that speaks as `source` (0: any). */
export function selectMultipath(info: FibInfo, hash: number, source: Ip): Nexthop | undefined {
  let best: Nexthop | undefined
  let most = -1
  for (const hop of info.nexthops) {
    if (hop.upperBound === -1) continue
    const score = (source !== 0 && hop.source === source ? 2 : 0) + (hash <= hop.upperBound ? 1 : 0)
    if (score <= most) continue
    best = hop
    most = score
    if (score === 3 || (source === 0 && score === 1)) break
  }
  return best
}
