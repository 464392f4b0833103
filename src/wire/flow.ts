/**
 * A number for the conversation that a packet belongs to, the same in both directions: what __skb_get_hash_symmetric of
 * Linux net/core/flow_dissector.c is for. Linux mixes with a key of chance, so only who is equal is the same there.
 * Beyond IPv4 and IPv6 there is one conversation per EtherType; extension headers of IPv6 are not followed.
 */
import { get16, get32 } from './bytes.ts'
import { EtherType } from './ethernet.ts'
import * as ipv4 from './ipv4.ts'
import * as ipv6 from './ipv6.ts'

/** Of the packet b[at, to) of this EtherType, from its network header on. Never 0. */
export function flow(b: Uint8Array, at: number, to: number, type: number): number {
  let hash = mix(0, type)
  if (type === EtherType.Ipv4 && to - at >= ipv4.HEADER_BYTES) {
    const protocol = ipv4.protocol(b, at)
    hash = mix(mix(hash, protocol), unordered(get32(b, at + 12), get32(b, at + 16)))
    if (!ipv4.isFragment(b, at)) hash = mix(hash, ports(b, at + ipv4.headerBytes(b, at), to, protocol))
  } else if (type === EtherType.Ipv6 && to - at >= ipv6.HEADER_BYTES) {
    const protocol = ipv6.nextHeader(b, at)
    hash = mix(hash, protocol)
    for (let i = 8; i < 24; i += 4) hash = mix(hash, unordered(get32(b, at + i), get32(b, at + i + 16)))
    hash = mix(hash, ports(b, at + ipv6.HEADER_BYTES, to, protocol))
  }
  return hash >>> 0 || 1
}

const ports = (b: Uint8Array, at: number, to: number, protocol: number): number =>
  (protocol === ipv4.Protocol.Udp || protocol === ipv4.Protocol.Tcp) && to - at >= 4
    ? unordered(get16(b, at), get16(b, at + 2))
    : 0

const unordered = (a: number, b: number): number => mix(mix(0, Math.min(a, b)), Math.max(a, b))

/** Multiply and fold, as in murmur3's finalizer. */
function mix(hash: number, value: number): number {
  let h = Math.imul(hash ^ value, 0x85eb_ca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2_ae35) + 0x9e37_79b9
  return h ^ (h >>> 16)
}
