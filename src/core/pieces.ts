/**
 * One IPv4 packet cut into several that fit an MTU: RFC 791 section 3.2.
 *
 * Follows Linux net/ipv4/ip_output.c, ip_frag_next: a piece takes all that is left if that fits, otherwise a multiple
 * of eight octets; no piece carries DF. Left out: that later pieces lose some of the options.
 */
import * as ipv4 from '../wire/ipv4.ts'
import { allocate, type Frame } from './frame.ts'

/**
 * The pieces of the packet whose IP header begins at `at`, each behind the link header of `frame`; none where `mtu` (in
 * octets) has no room for eight octets of payload.
 */
export function pieces(frame: Frame, at: number, mtu: number): Frame[] {
  const { bytes } = frame
  const link = at - frame.at
  const header = ipv4.headerBytes(bytes, at)
  const payload = ipv4.totalLength(bytes, at) - header
  const word = ipv4.fragmentWord(bytes, at)
  const found: Frame[] = []
  let offset = 0
  for (const length of pieceLengths(payload, mtu - header)) {
    const isLast = offset + length === payload
    const piece = allocate(link + header + length)
    const to = piece.at + link
    piece.bytes.set(bytes.subarray(frame.at, at + header), piece.at)
    piece.bytes.set(bytes.subarray(at + header + offset, at + header + offset + length), to + header)
    const more = isLast ? word & ipv4.MF : ipv4.MF
    ipv4.putFragment(piece.bytes, to, header + length, more | ((word & ipv4.OFFSET_MASK) + offset / 8))
    found.push(piece)
    offset += length
  }
  return found
}

/** How `payload` octets are shared out among packets that have room for `most` each. */
export function pieceLengths(payload: number, most: number): number[] {
  const lengths: number[] = []
  if (most < 8) return lengths
  let left = payload
  for (; left > most; left -= most & ~7) lengths.push(most & ~7)
  lengths.push(left)
  return lengths
}
