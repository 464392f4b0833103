/**
 * Ethernet II frames: dst(6) src(6) type(2), IEEE 802.3 clause 3, RFC 894. No FCS, as on a Linux AF_PACKET socket.
 *
 * Left out: LLC and SNAP behind a length, VLAN tags (to these functions their TPID is a type like any other), and
 * padding to 60 octets, which a virtual device does not do.
 */
import { get16, put16 } from './bytes.ts'
import * as mac48 from './mac.ts'

export const HEADER_BYTES = 14

/** From here on the field is a type, below it the length of an LLC frame. Linux ETH_P_802_3_MIN. */
export const TYPE_MIN = 0x0600

/** Linux include/uapi/linux/if_ether.h. */
export const EtherType = {
  Ipv4: 0x0800,
  Arp: 0x0806,
  Vlan: 0x8100, // 802.1Q customer tag
  Ipv6: 0x86dd,
  Mpls: 0x8847,
  Qinq: 0x88a8, // 802.1ad service tag
  Lldp: 0x88cc,
} as const
export type EtherType = (typeof EtherType)[keyof typeof EtherType]

export const dst = (b: Uint8Array, at: number): mac48.Mac => mac48.get(b, at)
export const src = (b: Uint8Array, at: number): mac48.Mac => mac48.get(b, at + 6)
export const type = (b: Uint8Array, at: number): number => get16(b, at + 12)

/** Is the frame for a group? One octet tells, without putting the address together. */
export const isGroup = (b: Uint8Array, at: number): boolean => (b[at]! & 1) !== 0

/** Writes the header, not the payload. */
export function put(b: Uint8Array, at: number, dst: mac48.Mac, src: mac48.Mac, type: number): void {
  mac48.put(b, at, dst)
  mac48.put(b, at + 6, src)
  put16(b, at + 12, type)
}

export interface Frame {
  readonly dst: mac48.Mac
  readonly src: mac48.Mac
  readonly type: number
  readonly payload: Uint8Array
}

/** The frame in b[at, at + length); its payload is a copy. Throws an Error when it is shorter than its header. */
export function parse(b: Uint8Array, at = 0, length = b.length - at): Frame {
  if (length < HEADER_BYTES) throw new Error(`ethernet: ${length} bytes are less than a header`)
  return {
    dst: dst(b, at),
    src: src(b, at),
    type: type(b, at),
    payload: b.slice(at + HEADER_BYTES, at + length),
  }
}

export function emit(frame: Frame): Uint8Array {
  const b = new Uint8Array(HEADER_BYTES + frame.payload.length)
  put(b, 0, frame.dst, frame.src, frame.type)
  b.set(frame.payload, HEADER_BYTES)
  return b
}
