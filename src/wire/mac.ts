/**
 * Ethernet addresses (EUI-48, IEEE 802 clause 8) as 48-bit integers.
 *
 * A 48-bit integer fits a double exactly, and a Map keyed by it needs no string. Text is read as iproute2's ll_addr_a2n
 * reads it, but for exactly six octets; it is written as Linux writes it. Left out: EUI-64 and InfiniBand lengths.
 */
import { get16, get32, put16, put32 } from './bytes.ts'

export type Mac = number & { readonly __brand: 'Mac' }

export const BYTES = 6
export const ZERO = 0 as Mac
export const BROADCAST = 0xffff_ffff_ffff as Mac

const LOW_32_BITS = 0x1_0000_0000
const FIRST_OCTET = 0x100_0000_0000
const TEXT = /^[0-9a-f]{1,2}(:[0-9a-f]{1,2}){5}$/i

export const get = (b: Uint8Array, at: number): Mac => (get16(b, at) * LOW_32_BITS + get32(b, at + 2)) as Mac

export function put(b: Uint8Array, at: number, mac: Mac): void {
  put16(b, at, mac / LOW_32_BITS)
  put32(b, at + 2, mac)
}

/** Multicast or broadcast: the low bit of the first octet on the wire. */
export const isGroup = (mac: Mac): boolean => ((mac / FIRST_OCTET) & 1) !== 0

/** Locally administered, as the random addresses of virtual devices are. */
export const isLocal = (mac: Mac): boolean => ((mac / FIRST_OCTET) & 2) !== 0

/** An address that a device may have: neither zero nor a group's. Linux is_valid_ether_addr. */
export const isValidEther = (mac: Mac): boolean => mac !== ZERO && !isGroup(mac)

/** Six octets of one or two hexadecimal digits between colons; undefined for any other text. */
export function parse(text: string): Mac | undefined {
  if (!TEXT.test(text)) return undefined
  return text.split(':').reduce((mac, octet) => mac * 256 + Number.parseInt(octet, 16), 0) as Mac
}

export const format = (mac: Mac): string =>
  mac
    .toString(16)
    .padStart(12, '0')
    .replace(/..(?!$)/g, '$&:')
