/**
 * ARP for IPv4 over Ethernet: RFC 826, the 28 octets behind the Ethernet header.
 *
 * What is accepted follows Linux net/ipv4/arp.c, arp_rcv and arp_process. Left out: other hardware and protocols,
 * reverse ARP.
 */
import { get16, put16 } from './bytes.ts'
import * as ip4 from './ip.ts'
import * as mac48 from './mac.ts'

export const BYTES = 28

export const Op = { Request: 1, Reply: 2 } as const
export type Op = (typeof Op)[keyof typeof Op]

const HTYPE_ETHER = 1
const HTYPE_IEEE802 = 6 // Linux takes it on Ethernet as well, and answers with 1.
const PTYPE_IPV4 = 0x0800
const LENGTHS = 0x0604 // hlen 6, plen 4

export const op = (b: Uint8Array, at: number): number => get16(b, at + 6)

/** Sender hardware address, and below sender protocol, target hardware, target protocol: the RFC's own names. */
export const sha = (b: Uint8Array, at: number): mac48.Mac => mac48.get(b, at + 8)
export const spa = (b: Uint8Array, at: number): ip4.Ip => ip4.get(b, at + 14)
export const tha = (b: Uint8Array, at: number): mac48.Mac => mac48.get(b, at + 18)
export const tpa = (b: Uint8Array, at: number): ip4.Ip => ip4.get(b, at + 24)

/** Are these `length` bytes an ARP packet of Ethernet and IPv4, of whatever operation? Padding behind it is allowed. */
export function isValid(b: Uint8Array, at: number, length: number): boolean {
  if (length < BYTES) return false
  const htype = get16(b, at)
  return (
    (htype === HTYPE_ETHER || htype === HTYPE_IEEE802) &&
    get16(b, at + 2) === PTYPE_IPV4 &&
    get16(b, at + 4) === LENGTHS
  )
}

export function put(
  b: Uint8Array,
  at: number,
  op: number,
  sha: mac48.Mac,
  spa: ip4.Ip,
  tha: mac48.Mac,
  tpa: ip4.Ip,
): void {
  put16(b, at, HTYPE_ETHER)
  put16(b, at + 2, PTYPE_IPV4)
  put16(b, at + 4, LENGTHS)
  put16(b, at + 6, op)
  mac48.put(b, at + 8, sha)
  ip4.put(b, at + 14, spa)
  mac48.put(b, at + 18, tha)
  ip4.put(b, at + 24, tpa)
}

export interface Packet {
  readonly op: number
  readonly sha: mac48.Mac
  readonly spa: ip4.Ip
  readonly tha: mac48.Mac
  readonly tpa: ip4.Ip
}

/** Throws an Error when isValid says no. */
export function parse(b: Uint8Array, at = 0, length = b.length - at): Packet {
  if (length < BYTES) throw new Error(`arp: ${length} bytes are less than a packet`)
  if (!isValid(b, at, length)) throw new Error('arp: not of Ethernet and IPv4')
  return { op: op(b, at), sha: sha(b, at), spa: spa(b, at), tha: tha(b, at), tpa: tpa(b, at) }
}

export function emit(packet: Packet): Uint8Array {
  const b = new Uint8Array(BYTES)
  put(b, 0, packet.op, packet.sha, packet.spa, packet.tha, packet.tpa)
  return b
}
