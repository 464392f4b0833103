/** One captured packet as tcpdump looks at it, and the link types that it knows. */
import { get16 } from '../../wire/bytes.ts'
import * as eth from '../../wire/ethernet.ts'
import type * as ip4 from '../../wire/ip.ts'

/** LINKTYPE_* of pcap. */
export const LinkType = { Ethernet: 1, Raw: 101, LinuxSll2: 276 } as const

export const LINK_NAMES: Readonly<Record<number, string>> = {
  [LinkType.Ethernet]: 'EN10MB (Ethernet)',
  [LinkType.Raw]: 'RAW (Raw IP)',
  [LinkType.LinuxSll2]: 'LINUX_SLL2 (Linux cooked v2)',
}
export const SLL2_BYTES = 20

export interface Packet {
  readonly link: number
  /** The octets that were kept, from the link header on. */
  readonly bytes: Uint8Array
  /** On the wire. */
  readonly length: number
  readonly seconds: number
  readonly nanoseconds: number
}

export interface Style {
  /** -n: addresses and ports as numbers. */
  readonly numeric: boolean
  /** -e */
  readonly link: boolean
  /** -q */
  readonly quiet: boolean
  /** -v, -vv, -vvv */
  readonly verbose: number
  /** The name of an address, if it has one; not asked with -n. */
  nameOf(address: ip4.Ip): string | undefined
  /** The name of an interface, for cooked packets. */
  interfaceName(index: number): string
}

/** A part of a packet: b[at, end) was captured; `length` octets it has on the wire. */
export interface Part {
  readonly b: Uint8Array
  readonly at: number
  readonly end: number
  readonly length: number
}

/** Octets of the link header. */
export const headerBytes = (link: number): number =>
  link === LinkType.Ethernet ? eth.HEADER_BYTES : link === LinkType.LinuxSll2 ? SLL2_BYTES : 0

/** The EtherType of what the packet carries; below 0x600 the length of an LLC frame; -1 when it is too short. */
export function etherType({ link, bytes }: Packet): number {
  if (bytes.length < Math.max(headerBytes(link), 1)) return -1
  if (link === LinkType.Ethernet) return get16(bytes, 12)
  if (link === LinkType.LinuxSll2) return get16(bytes, 0)
  return bytes[0]! >>> 4 === 6 ? eth.EtherType.Ipv6 : eth.EtherType.Ipv4
}
