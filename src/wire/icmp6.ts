/**
 * ICMPv6: RFC 4443, neighbour and router solicitation of RFC 4861 with the nonce of RFC 7527, reports of RFC 3810.
 *
 * type(1) code(1) checksum(2) rest(4), then data. The checksum covers a pseudo header, so writing it needs the place of
 * the IPv6 header too. Left out: echoes and errors, router advertisements and redirects, prefix and MTU options,
 * queries, and source lists in reports.
 */
import { get16, put16, put32 } from './bytes.ts'
import * as checksum from './checksum.ts'
import * as ip6 from './ip6.ts'
import * as ipv6 from './ipv6.ts'
import * as mac48 from './mac.ts'

export const HEADER_BYTES = 8

export const Type = {
  EchoRequest: 128,
  EchoReply: 129,
  RouterSolicitation: 133,
  RouterAdvertisement: 134,
  NeighbourSolicitation: 135,
  NeighbourAdvertisement: 136,
  GroupReport: 143,
} as const
export type Type = (typeof Type)[keyof typeof Type]

/** Options of neighbour discovery. Those here take eight bytes each. */
const Option = { SourceMac: 1, TargetMac: 2, Nonce: 14 } as const
const OPTION_BYTES = 8
/** Options count their length in units of eight bytes. */
const OPTION_UNIT = 8

export const type = (b: Uint8Array, at: number): number => b[at]!
export const code = (b: Uint8Array, at: number): number => b[at + 1]!

/** Is the checksum over the `length` bytes at `at` right, for the IPv6 header at `ipAt`? */
export const verify = (b: Uint8Array, at: number, length: number, ipAt: number): boolean =>
  checksum.finish(checksum.sum(b, at, at + length, ipv6.pseudo(b, ipAt, ipv6.NextHeader.Icmpv6, length))) === 0

/** Writes the checksum of the message at `at`; the IPv6 header at `ipAt` is in place. */
export function putChecksum(b: Uint8Array, at: number, length: number, ipAt: number): void {
  checksum.put(b, at + 2, at, at + length, ipv6.pseudo(b, ipAt, ipv6.NextHeader.Icmpv6, length))
}

function putHeader(b: Uint8Array, at: number, type: Type, rest: number): void {
  b[at] = type
  b[at + 1] = 0
  put16(b, at + 2, 0)
  put32(b, at + 4, rest)
}

/** Of a neighbour advertisement. */
export const NeighbourFlag = { Router: 0x8000_0000, Solicited: 0x4000_0000, Override: 0x2000_0000 } as const

/** A neighbour solicitation or advertisement. */
export interface Neighbour {
  readonly type: typeof Type.NeighbourSolicitation | typeof Type.NeighbourAdvertisement
  /** NeighbourFlag.*, 0 in a solicitation. */
  readonly flags: number
  /** Sixteen bytes. */
  readonly target: Uint8Array
  /** The sender's address in a solicitation, the target's in an advertisement. */
  readonly mac: mac48.Mac | undefined
  /** Six bytes as one integer. */
  readonly nonce: number | undefined
}

const NEIGHBOUR_BYTES = HEADER_BYTES + ip6.BYTES

export const neighbourBytes = (message: Neighbour): number =>
  NEIGHBOUR_BYTES + OPTION_BYTES * (Number(message.mac !== undefined) + Number(message.nonce !== undefined))

/** Writes the message without its checksum. */
export function putNeighbour(b: Uint8Array, at: number, message: Neighbour): void {
  putHeader(b, at, message.type, message.flags)
  b.set(message.target, at + HEADER_BYTES)
  let option = at + NEIGHBOUR_BYTES
  if (message.mac !== undefined) {
    const solicits = message.type === Type.NeighbourSolicitation
    putOption(b, option, solicits ? Option.SourceMac : Option.TargetMac, message.mac)
    option += OPTION_BYTES
  }
  if (message.nonce !== undefined) putOption(b, option, Option.Nonce, message.nonce)
}

function putOption(b: Uint8Array, at: number, type: number, value: number): void {
  b[at] = type
  b[at + 1] = OPTION_BYTES / OPTION_UNIT
  mac48.put(b, at + 2, value as mac48.Mac)
}

/** The message in b[at, at + length), unknown options skipped; undefined when it is cut or an option has length 0. */
export function parseNeighbour(b: Uint8Array, at: number, length: number): Neighbour | undefined {
  if (length < NEIGHBOUR_BYTES) return undefined
  const solicits = type(b, at) === Type.NeighbourSolicitation
  let mac: mac48.Mac | undefined
  let nonce: number | undefined
  for (let option = at + NEIGHBOUR_BYTES; option < at + length; ) {
    const bytes = b[option + 1]! * OPTION_UNIT
    if (bytes === 0 || option + bytes > at + length) return undefined
    if (bytes === OPTION_BYTES) {
      if (b[option] === (solicits ? Option.SourceMac : Option.TargetMac)) mac ??= mac48.get(b, option + 2)
      if (b[option] === Option.Nonce) nonce ??= mac48.get(b, option + 2)
    }
    option += bytes
  }
  return {
    type: solicits ? Type.NeighbourSolicitation : Type.NeighbourAdvertisement,
    flags: solicits ? 0 : get16(b, at + 4) * 0x1_0000,
    target: b.slice(at + HEADER_BYTES, at + NEIGHBOUR_BYTES),
    mac,
    nonce,
  }
}

export const routerSolicitationBytes = (mac: mac48.Mac | undefined): number =>
  HEADER_BYTES + (mac === undefined ? 0 : OPTION_BYTES)

/** Writes a router solicitation from `mac` without its checksum. */
export function putRouterSolicitation(b: Uint8Array, at: number, mac: mac48.Mac | undefined): void {
  putHeader(b, at, Type.RouterSolicitation, 0)
  if (mac !== undefined) putOption(b, at + HEADER_BYTES, Option.SourceMac, mac)
}

/** One record of a version 2 report, without sources. */
export interface GroupRecord {
  readonly type: number
  /** Sixteen bytes. */
  readonly group: Uint8Array
}

const RECORD_BYTES = 4 + ip6.BYTES

export const reportBytes = (records: readonly GroupRecord[]): number => HEADER_BYTES + RECORD_BYTES * records.length

/** Writes a version 2 multicast listener report without its checksum. */
export function putReport(b: Uint8Array, at: number, records: readonly GroupRecord[]): void {
  putHeader(b, at, Type.GroupReport, records.length)
  let record = at + HEADER_BYTES
  for (const { type, group } of records) {
    put32(b, record, type * 0x100_0000)
    b.set(group, record + 4)
    record += RECORD_BYTES
  }
}
