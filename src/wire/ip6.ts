/**
 * IPv6 addresses as 16 bytes and as text.
 *
 * Text is written as glibc's inet_ntop writes it, which is RFC 5952 with the IPv4-mapped and IPv4-compatible prefixes
 * in mixed notation; it is read as inet_pton reads it. Left out: zones (%eth0), prefixes, headers.
 */
import { get16, put16 } from './bytes.ts'
import * as ip4 from './ip.ts'
import * as mac48 from './mac.ts'

export const BYTES = 16

const GROUPS = 8
const GROUP = /^[0-9a-f]{1,4}$/i

export function format(b: Uint8Array, at = 0): string {
  const groups = Array.from({ length: GROUPS }, (_, i) => get16(b, at + 2 * i))
  const gap = longestZeros(groups)
  const tail = ip4.format(ip4.get(b, at + 12))
  if (gap.from === 0 && gap.length === 6) return `::${tail}`
  if (gap.from === 0 && gap.length === 5 && groups[5] === 0xffff) return `::ffff:${tail}`
  const text = (some: number[]): string => some.map(group => group.toString(16)).join(':')
  if (gap.length < 2) return text(groups)
  return `${text(groups.slice(0, gap.from))}::${text(groups.slice(gap.from + gap.length))}`
}

/** The first of the longest runs of zero groups. RFC 5952 section 4.2.3. */
function longestZeros(groups: readonly number[]): { from: number; length: number } {
  let best = { from: 0, length: 0 }
  let from = 0
  groups.forEach((group, i) => {
    if (group !== 0) from = i + 1
    else if (i + 1 - from > best.length) best = { from, length: i + 1 - from }
  })
  return best
}

/** Sixteen new bytes, or undefined when the text is no address. */
export function parse(text: string): Uint8Array | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const front = groupsOf(halves[0]!, halves.length === 1)
  const back = groupsOf(halves[1] ?? '', true)
  if (front === undefined || back === undefined) return undefined
  const count = front.length + back.length
  if (halves.length === 1 ? count !== GROUPS : count >= GROUPS) return undefined
  const b = new Uint8Array(BYTES)
  for (const [i, group] of front.entries()) put16(b, 2 * i, group)
  for (const [i, group] of back.entries()) put16(b, BYTES - 2 * (back.length - i), group)
  return b
}

/** The groups of one side of '::'. Only what ends the address may end in dotted decimal. */
function groupsOf(text: string, last: boolean): number[] | undefined {
  if (text === '') return []
  const groups: number[] = []
  const parts = text.split(':')
  for (const [i, part] of parts.entries()) {
    if (GROUP.test(part)) {
      groups.push(Number.parseInt(part, 16))
      continue
    }
    const ip = last && i === parts.length - 1 ? ip4.parse(part) : undefined
    if (ip === undefined) return undefined
    groups.push(ip >>> 16, ip & 0xffff)
  }
  return groups
}

/** fe80::/64 and the modified EUI-64 of the device's address. RFC 4291 appendix A, RFC 2464 section 4. */
export function linkLocal(mac: mac48.Mac): Uint8Array {
  const b = new Uint8Array(BYTES)
  put16(b, 0, 0xfe80)
  mac48.put(b, 8, mac)
  b.copyWithin(13, 11, 14)
  put16(b, 11, 0xfffe)
  b[8] = b[8]! ^ 2
  return b
}

/** ff02::1:ffXX:XXXX with the low 24 bits of the address. RFC 4291 section 2.7.1. */
export function solicitedNode(b: Uint8Array, at = 0): Uint8Array {
  const group = new Uint8Array(BYTES)
  put16(group, 0, 0xff02)
  group[11] = 1
  group[12] = 0xff
  for (let i = 13; i < BYTES; i++) group[i] = b[at + i]!
  return group
}

/** The Ethernet group of a multicast address: 33:33 and its low 32 bits. RFC 2464 section 7. */
export const multicastMac = (b: Uint8Array, at = 0): mac48.Mac => (0x3333_0000_0000 + ip4.get(b, at + 12)) as mac48.Mac
