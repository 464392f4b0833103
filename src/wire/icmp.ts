/**
 * ICMP for IPv4: RFC 792, with the codes of RFC 1122 section 3.2.2.1 and RFC 1812 section 5.2.7.1.
 *
 * type(1) code(1) checksum(2) rest(4), then data; what the rest means depends on the type. Names follow Linux
 * include/uapi/linux/icmp.h. Left out: the bodies of address mask and router discovery messages, and the extensions of
 * RFC 4884.
 */
import { get16, get32, put16, put32 } from './bytes.ts'
import * as checksum from './checksum.ts'

export const HEADER_BYTES = 8

export const Type = {
  EchoReply: 0,
  Unreachable: 3,
  SourceQuench: 4,
  Redirect: 5,
  EchoRequest: 8,
  RouterAdvertisement: 9,
  RouterSolicitation: 10,
  TimeExceeded: 11,
  ParameterProblem: 12,
  TimestampRequest: 13,
  TimestampReply: 14,
} as const
export type Type = (typeof Type)[keyof typeof Type]

/** Codes of Type.Unreachable. */
export const Unreachable = {
  Net: 0,
  Host: 1,
  Protocol: 2,
  Port: 3,
  FragmentationNeeded: 4, // DF was set; the low half of the rest is the next hop's MTU, RFC 1191
  SourceRouteFailed: 5,
  NetUnknown: 6,
  HostUnknown: 7,
  HostIsolated: 8,
  NetProhibited: 9,
  HostProhibited: 10,
  NetTos: 11,
  HostTos: 12,
  Filtered: 13, // "communication administratively prohibited": a prohibit route, REJECT
  PrecedenceViolation: 14,
  PrecedenceCutoff: 15,
} as const
export type Unreachable = (typeof Unreachable)[keyof typeof Unreachable]

/** Codes of Type.Redirect; the rest is the gateway's address. */
export const Redirect = { Net: 0, Host: 1, NetTos: 2, HostTos: 3 } as const
export type Redirect = (typeof Redirect)[keyof typeof Redirect]

/** Codes of Type.TimeExceeded. */
export const Exceeded = { Ttl: 0, Reassembly: 1 } as const
export type Exceeded = (typeof Exceeded)[keyof typeof Exceeded]

export const type = (b: Uint8Array, at: number): number => b[at]!
export const code = (b: Uint8Array, at: number): number => b[at + 1]!
export const messageChecksum = (b: Uint8Array, at: number): number => get16(b, at + 2)
export const rest = (b: Uint8Array, at: number): number => get32(b, at + 4)

/** Of echoes: the identifier that tells one ping from another. */
export const id = (b: Uint8Array, at: number): number => get16(b, at + 4)
export const sequence = (b: Uint8Array, at: number): number => get16(b, at + 6)

/** Of FragmentationNeeded: 0 when the router is older than RFC 1191. */
export const mtu = (b: Uint8Array, at: number): number => get16(b, at + 6)

/**
 * Is it a message that no error may answer? Linux icmp_pointers[].error and the test in __icmp_send: the errors of
 * RFC 792 and what is unassigned among the types up to 12 or lies beyond 18.
 */
export const isError = (type: number): boolean => (type >= 1 && type <= 12 && type !== Type.EchoRequest) || type > 18

/** Is the checksum over the `length` bytes right? Says nothing of the length itself. */
export const verify = (b: Uint8Array, at: number, length: number): boolean =>
  checksum.finish(checksum.sum(b, at, at + length)) === 0

/** Writes a header before `payloadBytes` bytes that are in place already, and the checksum of both. */
export function put(b: Uint8Array, at: number, type: number, code: number, rest: number, payloadBytes: number): void {
  b[at] = type
  b[at + 1] = code
  put32(b, at + 4, rest)
  checksum.put(b, at + 2, at, at + HEADER_BYTES + payloadBytes)
}

/** An echo around data that is in place already. `type` is EchoRequest or EchoReply. */
export function putEcho(
  b: Uint8Array,
  at: number,
  type: number,
  id: number,
  sequence: number,
  payloadBytes: number,
): void {
  b[at] = type
  b[at + 1] = 0
  put16(b, at + 4, id)
  put16(b, at + 6, sequence)
  checksum.put(b, at + 2, at, at + HEADER_BYTES + payloadBytes)
}

/** Behind the header of a timestamp reply: when it was asked, received and answered, in ms since midnight UT. */
export const TIMESTAMP_BYTES = 12

/** A timestamp reply to the request at b[from], of which the first of the three times is kept. */
export function putTimestampReply(to: Uint8Array, at: number, b: Uint8Array, from: number, timeMs: number): void {
  put32(to, at + 8, get32(b, from + 8))
  put32(to, at + 12, timeMs)
  put32(to, at + 16, timeMs)
  put(to, at, Type.TimestampReply, 0, rest(b, from), TIMESTAMP_BYTES)
}

/**
 * An error that quotes bytes of the packet that caused it, from its IP header on: quoted[quotedAt, + quotedBytes).
 *
 * How much to quote is the caller's to say; Linux fills the whole error up to 576 bytes (icmp_send), RFC 1812 4.3.2.3.
 */
export function putError(
  b: Uint8Array,
  at: number,
  type: number,
  code: number,
  rest: number,
  quoted: Uint8Array,
  quotedAt: number,
  quotedBytes: number,
): void {
  b.set(quoted.subarray(quotedAt, quotedAt + quotedBytes), at + HEADER_BYTES)
  put(b, at, type, code, rest, quotedBytes)
}

export interface Message {
  readonly type: number
  readonly code: number
  /** The second word of the header: id and sequence, MTU, gateway or zero. */
  readonly rest: number
  readonly payload: Uint8Array
}

/** The message in b[at, at + length). Throws an Error when it is shorter than a header or its checksum is wrong. */
export function parse(b: Uint8Array, at = 0, length = b.length - at): Message {
  if (length < HEADER_BYTES) throw new Error(`icmp: ${length} bytes are less than a header`)
  if (!verify(b, at, length)) throw new Error('icmp: bad checksum')
  return {
    type: type(b, at),
    code: code(b, at),
    rest: rest(b, at),
    payload: b.slice(at + HEADER_BYTES, at + length),
  }
}

export function emit(message: Message): Uint8Array {
  const b = new Uint8Array(HEADER_BYTES + message.payload.length)
  b.set(message.payload, HEADER_BYTES)
  put(b, 0, message.type, message.code, message.rest, message.payload.length)
  return b
}
