/**
 * IPv4 addresses as unsigned 32-bit integers in host order: 10.0.0.1 is 0x0a000001.
 *
 * Classes follow Linux include/linux/in.h (ipv4_is_*), netmasks include/linux/inetdevice.h (inet_mask_len, bad_mask).
 * Left out: the short and octal forms of inet_aton ("10.1"), which belong to the commands that take them.
 */
import { get32, put32 } from './bytes.ts'
import type { Mac } from './mac.ts'

export type Ip = number & { readonly __brand: 'Ip' }

export const BYTES = 4
export const PREFIX_BITS = 32
export const ANY = 0 as Ip
export const LOOPBACK = 0x7f00_0001 as Ip
export const LIMITED_BROADCAST = 0xffff_ffff as Ip

/** No leading zeros: inet_pton refuses them, and inet_aton would read them as octal. */
const TEXT = /^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})$/
const MULTICAST_MAC = 0x0100_5e00_0000

export const get = (b: Uint8Array, at: number): Ip => get32(b, at) as Ip

export const put = (b: Uint8Array, at: number, ip: Ip): void => put32(b, at, ip)

/** Four decimal numbers up to 255 between dots, as inet_pton; undefined for any other text. */
export function parse(text: string): Ip | undefined {
  const octets = TEXT.exec(text)?.slice(1).map(Number)
  if (octets === undefined || octets.some(octet => octet > 255)) return undefined
  return octets.reduce((ip, octet) => ip * 256 + octet, 0) as Ip
}

export const format = (ip: Ip): string => `${ip >>> 24}.${(ip >>> 16) & 255}.${(ip >>> 8) & 255}.${ip & 255}`

/** The netmask of a prefix length from 0 to 32. */
export const mask = (prefixLength: number): Ip => (prefixLength === 0 ? 0 : (-1 << (32 - prefixLength)) >>> 0) as Ip

/** The length of a netmask's prefix, or -1 when its one bits are not all in front. */
export function prefixLength(netmask: Ip): number {
  const host = ~netmask
  return (host & (host + 1)) === 0 ? Math.clz32(host) : -1
}

/** Does the prefix network/length hold ip? Host bits in `network` are ignored. */
export const contains = (network: Ip, prefixLength: number, ip: Ip): boolean =>
  ((network ^ ip) & mask(prefixLength)) === 0

/** The last address of the prefix that holds ip: its directed broadcast, as `ip addr add ... brd +` computes it. */
export const broadcast = (ip: Ip, prefixLength: number): Ip => ((ip | ~mask(prefixLength)) >>> 0) as Ip

/** 127.0.0.0/8. */
export const isLoopback = (ip: Ip): boolean => ip >>> 24 === 127

/** 224.0.0.0/4. */
export const isMulticast = (ip: Ip): boolean => ip >>> 28 === 14

/** 224.0.0.0/24: never forwarded by a router, always flooded by a snooping bridge. */
export const isLocalMulticast = (ip: Ip): boolean => ip >>> 8 === 0xe0_0000

/** 0.0.0.0. The rest of 0.0.0.0/8 has been like any other address since Linux 5.3 (ipv4_is_zeronet). */
export const isZeronet = (ip: Ip): boolean => ip === 0

/** 169.254.0.0/16. */
export const isLinkLocal = (ip: Ip): boolean => ip >>> 16 === 0xa9fe

/** 255.255.255.255. */
export const isLimitedBroadcast = (ip: Ip): boolean => ip === LIMITED_BROADCAST

/** 240.0.0.0/4, the old class E; the limited broadcast is in it. */
export const isBadClass = (ip: Ip): boolean => ip >>> 28 === 15

/** The Ethernet group of a multicast address: 01:00:5e and its low 23 bits. RFC 1112 section 6.4. */
export const multicastMac = (ip: Ip): Mac => (MULTICAST_MAC + (ip & 0x7f_ffff)) as Mac
