/**
 * The IPv4 header: RFC 791 section 3.1.
 *
 * The order of checks follows Linux net/ipv4/ip_input.c, ip_rcv_core; the TTL include/net/ip.h, ip_decrease_ttl.
 * Left out: what options mean (they are bytes here), the reserved flag in records, jumbo lengths (total length 0).
 */
import { get16, put16 } from './bytes.ts'
import * as checksum from './checksum.ts'
import * as ip4 from './ip.ts'

export const HEADER_BYTES = 20
export const HEADER_BYTES_MAX = 60
export const TOTAL_BYTES_MAX = 0xffff

/** Linux include/uapi/linux/in.h. */
export const Protocol = {
  Icmp: 1,
  Igmp: 2,
  Tcp: 6,
  Udp: 17,
  Gre: 47,
  Icmpv6: 58,
  Pim: 103,
  UdpLite: 136,
  Raw: 255,
} as const
export type Protocol = (typeof Protocol)[keyof typeof Protocol]

/** Bits of the word at offset 6: flags, and the fragment's place in units of eight octets. */
export const DF = 0x4000
export const MF = 0x2000
export const OFFSET_MASK = 0x1fff

export const version = (b: Uint8Array, at: number): number => b[at]! >>> 4
export const headerBytes = (b: Uint8Array, at: number): number => (b[at]! & 15) * 4
export const tos = (b: Uint8Array, at: number): number => b[at + 1]!
export const totalLength = (b: Uint8Array, at: number): number => get16(b, at + 2)
export const id = (b: Uint8Array, at: number): number => get16(b, at + 4)
export const fragmentWord = (b: Uint8Array, at: number): number => get16(b, at + 6)
export const dontFragment = (b: Uint8Array, at: number): boolean => (get16(b, at + 6) & DF) !== 0
export const moreFragments = (b: Uint8Array, at: number): boolean => (get16(b, at + 6) & MF) !== 0

/** Where the payload belongs in the whole datagram, in bytes. */
export const fragmentOffset = (b: Uint8Array, at: number): number => (get16(b, at + 6) & OFFSET_MASK) * 8

/** Any piece of a larger datagram, the first included. Linux ip_is_fragment. */
export const isFragment = (b: Uint8Array, at: number): boolean => (get16(b, at + 6) & (MF | OFFSET_MASK)) !== 0

export const ttl = (b: Uint8Array, at: number): number => b[at + 8]!
export const protocol = (b: Uint8Array, at: number): number => b[at + 9]!
export const headerChecksum = (b: Uint8Array, at: number): number => get16(b, at + 10)
export const src = (b: Uint8Array, at: number): ip4.Ip => ip4.get(b, at + 12)
export const dst = (b: Uint8Array, at: number): ip4.Ip => ip4.get(b, at + 16)

/** What is wrong with a packet. In Linux's counters 1, 2 and 5 are InHdrErrors, 3 InCsumErrors, 4 InTruncatedPkts. */
export const Check = {
  Ok: 0,
  HeaderTruncated: 1, // fewer bytes than a header, or than its options need
  BadHeader: 2, // version not 4, or a header length below 20
  BadChecksum: 3,
  Truncated: 4, // fewer bytes than the total length says
  BadLength: 5, // a total length below that of the header
} as const
export type Check = (typeof Check)[keyof typeof Check]

/** The first thing wrong, in the order in which Linux looks. `length` is what arrived: link padding may follow. */
export function check(b: Uint8Array, at: number, length: number): Check {
  if (length < HEADER_BYTES) return Check.HeaderTruncated
  const header = headerBytes(b, at)
  if (header < HEADER_BYTES || version(b, at) !== 4) return Check.BadHeader
  if (length < header) return Check.HeaderTruncated
  if (checksum.finish(checksum.sum(b, at, at + header)) !== 0) return Check.BadChecksum
  const total = totalLength(b, at)
  if (length < total) return Check.Truncated
  return total < header ? Check.BadLength : Check.Ok
}

/**
 * Writes the header and its checksum. `fragment` is DF, MF and the offset (in eights) in one word.
 *
 * Options go in first, behind the place of the header; `header` says how long it is with them, a multiple of 4.
 */
export function put(
  b: Uint8Array,
  at: number,
  tos: number,
  totalLength: number,
  id: number,
  fragment: number,
  ttl: number,
  protocol: number,
  src: ip4.Ip,
  dst: ip4.Ip,
  header = HEADER_BYTES,
): void {
  b[at] = 0x40 | (header >>> 2)
  b[at + 1] = tos
  put16(b, at + 2, totalLength)
  put16(b, at + 4, id)
  put16(b, at + 6, fragment)
  b[at + 8] = ttl
  b[at + 9] = protocol
  ip4.put(b, at + 12, src)
  ip4.put(b, at + 16, dst)
  if (header !== HEADER_BYTES) return putChecksum(b, at)
  // Without options the words are all at hand, so none is read back.
  const words = (0x4500 | (tos & 255)) + (totalLength & 0xffff) + (id & 0xffff) + (fragment & 0xffff)
  const rest = ((ttl & 255) << 8) | (protocol & 255)
  put16(b, at + 10, checksum.finish(checksum.pseudo(src, dst, rest, words)))
}

/** Makes a copy of a packet's header that of one of its pieces: another length, and DF, MF and offset in one word. */
export function putFragment(b: Uint8Array, at: number, totalLength: number, fragment: number): void {
  put16(b, at + 2, totalLength)
  put16(b, at + 6, fragment)
  putChecksum(b, at)
}

/** Fills in what a header made by hand leaves to its sender. */
export function complete(b: Uint8Array, at: number, totalLength: number, id: number, src: ip4.Ip): void {
  put16(b, at + 2, totalLength)
  put16(b, at + 4, id)
  ip4.put(b, at + 12, src)
  putChecksum(b, at)
}

/** Computes the header checksum anew, for whoever has written into the header. */
export const putChecksum = (b: Uint8Array, at: number): void => checksum.put(b, at + 10, at, at + headerBytes(b, at))

/** One hop less, and the checksum with it. The caller has seen that the TTL is above 0, and owns the bytes. */
export function decrementTtl(b: Uint8Array, at: number): void {
  const word = get16(b, at + 8)
  b[at + 8] = b[at + 8]! - 1
  put16(b, at + 10, checksum.update16(get16(b, at + 10), word, get16(b, at + 8)))
}

export interface Packet {
  readonly tos: number
  readonly id: number
  readonly dontFragment: boolean
  readonly moreFragments: boolean
  /** In bytes, a multiple of 8. */
  readonly fragmentOffset: number
  readonly ttl: number
  readonly protocol: number
  readonly src: ip4.Ip
  readonly dst: ip4.Ip
  /** As on the wire, padded to a multiple of 4 bytes, at most 40. */
  readonly options: Uint8Array
  readonly payload: Uint8Array
}

/** The packet at b[at]; what follows its total length is ignored. Throws an Error for all that check finds wrong. */
export function parse(b: Uint8Array, at = 0, length = b.length - at): Packet {
  const wrong = check(b, at, length)
  if (wrong !== Check.Ok) throw new Error(`ipv4: ${WRONG[wrong]}`)
  const header = headerBytes(b, at)
  return {
    tos: tos(b, at),
    id: id(b, at),
    dontFragment: dontFragment(b, at),
    moreFragments: moreFragments(b, at),
    fragmentOffset: fragmentOffset(b, at),
    ttl: ttl(b, at),
    protocol: protocol(b, at),
    src: src(b, at),
    dst: dst(b, at),
    options: b.slice(at + HEADER_BYTES, at + header),
    payload: b.slice(at + header, at + totalLength(b, at)),
  }
}

const WRONG = {
  [Check.HeaderTruncated]: 'fewer bytes than the header has',
  [Check.BadHeader]: 'bad version or header length',
  [Check.BadChecksum]: 'bad header checksum',
  [Check.Truncated]: 'fewer bytes than the total length says',
  [Check.BadLength]: 'total length is less than the header',
} as const

/** Throws an Error when the record does not fit a header. */
export function emit(packet: Packet): Uint8Array {
  const { options, payload, fragmentOffset } = packet
  const header = HEADER_BYTES + options.length
  if (header > HEADER_BYTES_MAX || header % 4 !== 0) throw new Error(`ipv4: options of ${options.length} bytes`)
  if (header + payload.length > TOTAL_BYTES_MAX) throw new Error(`ipv4: payload of ${payload.length} bytes`)
  if (fragmentOffset % 8 !== 0) throw new Error(`ipv4: fragment offset ${fragmentOffset} is no multiple of 8`)
  const fragment = (packet.dontFragment ? DF : 0) | (packet.moreFragments ? MF : 0) | (fragmentOffset / 8)
  const b = new Uint8Array(header + payload.length)
  b.set(options, HEADER_BYTES)
  b.set(payload, header)
  const { tos, id, ttl, protocol, src, dst } = packet
  put(b, 0, tos, b.length, id, fragment, ttl, protocol, src, dst, header)
  return b
}
