/**
 * Options of IPv4 headers that arrive: checked, and filled in where they ask for an address or a time.
 *
 * Follows Linux net/ipv4/ip_options.c (__ip_options_compile, ip_forward_options) and net/ipv4/ip_input.c
 * (ip_rcv_options), net/ipv4/cipso_ipv4.c (cipso_v4_validate). RFC 791 3.1. A packet with a source route is refused:
 * accept_source_route cannot be set here. So is one with a label of CIPSO, for no domain is known. Left out: what an
 * echo reply and an error take over of these options (ip_options_echo).
 */
import { RouteType } from '../control/request.ts'
import { copyOf, type Frame } from '../core/frame.ts'
import { get32, put32 } from '../wire/bytes.ts'
import type { Ip } from '../wire/ip.ts'
import * as ipv4 from '../wire/ipv4.ts'

/** Numbers of options, as they stand in the first octet of each. */
const Option = {
  End: 0,
  Noop: 1,
  RecordRoute: 7,
  Timestamp: 68,
  LooseSourceRoute: 131,
  StrictSourceRoute: 137,
  Cipso: 134,
  RouterAlert: 148,
} as const
/** What a timestamp option asks for. */
const Stamp = { TimeOnly: 0, TimeAndAddress: 1, Prespecified: 3 } as const
const ADDRESS_BYTES = 4
const FIRST_ADDRESS = 4
const FIRST_STAMP = 5
const OVERFLOW_MAX = 15
const CIPSO_BYTES_MIN = 8

export interface Surroundings {
  /** The address by which the sender knows this machine. */
  readonly address: Ip
  /** Milliseconds since midnight. */
  readonly time: number
  addressType(ip: Ip): RouteType
}

/** What the options of one packet ask for. */
export interface Options {
  /** With what was filled in: the same one if nothing was. */
  readonly frame: Frame
  /** Where in the header the fault is, in octets; undefined if there is none. */
  readonly fault?: number
  readonly hasSourceRoute: boolean
  /** Where in the header a router writes the address that it sends by: in a recorded route, not beside a time. */
  readonly addresses: readonly number[]
}

/** __ip_options_compile: of the packet whose header begins at `at`. */
export function compile(received: Frame, at: number, around: Surroundings): Options {
  const walk = new Walk(received, at, around)
  const fault = walk.run()
  const { frame, hasSourceRoute, addresses } = walk
  return { frame, hasSourceRoute, addresses, ...(fault !== undefined && { fault: fault - walk.at }) }
}

/** ip_forward_options: the address by which the packet leaves, in the header that begins at `at`. */
export function putAddresses(b: Uint8Array, at: number, addresses: readonly number[], address: Ip): void {
  for (const place of addresses) put32(b, at + place, address)
  ipv4.putChecksum(b, at)
}

class Walk {
  frame: Frame
  at: number
  hasSourceRoute = false
  readonly addresses: number[] = []
  readonly #around: Surroundings
  #isCopy = false
  #hasRoute = false
  #hasStamps = false

  constructor(frame: Frame, at: number, around: Surroundings) {
    this.frame = frame
    this.at = at
    this.#around = around
  }

  /** Where the fault is, if there is one. */
  run(): number | undefined {
    const end = ipv4.headerBytes(this.frame.bytes, this.at)
    for (let place = ipv4.HEADER_BYTES; place < end; ) {
      const b = this.frame.bytes
      const i = this.at + place
      const kind = b[i]!
      if (kind === Option.End) {
        this.#clear(place + 1, end)
        return undefined
      }
      if (kind === Option.Noop) {
        place++
        continue
      }
      const length = b[i + 1]!
      if (end - place < 2 || length < 2 || length > end - place) return i
      const fault = this.#option(kind, place, length)
      if (fault !== undefined) return this.at + place + fault
      place += length
    }
    return undefined
  }

  /** Where in the option the fault is. */
  #option(kind: number, place: number, length: number): number | undefined {
    switch (kind) {
      case Option.LooseSourceRoute:
      case Option.StrictSourceRoute:
        if (length < 3) return 1
        if (this.#octet(place + 2) < FIRST_ADDRESS) return 2
        if (this.hasSourceRoute) return 0
        this.hasSourceRoute = true
        return undefined
      case Option.RecordRoute:
        return this.#recordRoute(place, length)
      case Option.Timestamp:
        return this.#timestamp(place, length)
      case Option.Cipso:
        return length < CIPSO_BYTES_MIN ? 1 : 2
      case Option.RouterAlert:
        return length < 4 ? 1 : undefined
      default:
        return undefined
    }
  }

  #recordRoute(place: number, length: number): number | undefined {
    if (this.#hasRoute) return 0
    if (length < 3) return 1
    const pointer = this.#octet(place + 2)
    if (pointer < FIRST_ADDRESS) return 2
    this.#hasRoute = true
    if (pointer > length) return undefined
    if (pointer + 3 > length) return 2
    this.#put32(place + pointer - 1, this.#around.address)
    this.#put(place + 2, pointer + ADDRESS_BYTES)
    this.addresses.push(place + pointer - 1)
    return undefined
  }

  #timestamp(place: number, length: number): number | undefined {
    if (this.#hasStamps) return 0
    if (length < 4) return 1
    const pointer = this.#octet(place + 2)
    if (pointer < FIRST_STAMP) return 2
    this.#hasStamps = true
    const flags = this.#octet(place + 3)
    const asked = flags & 15
    if (pointer > length) {
      if (asked === Stamp.Prespecified) return undefined
      if (flags >>> 4 === OVERFLOW_MAX) return 3
      this.#put(place + 3, flags + 16)
      return undefined
    }
    if (pointer + 3 > length) return 2
    const slot = place + pointer - 1
    if (asked === Stamp.TimeOnly) {
      this.#put(place + 2, pointer + 4)
      this.#put32(slot, this.#around.time)
      return undefined
    }
    if (asked !== Stamp.TimeAndAddress && asked !== Stamp.Prespecified) return undefined
    if (pointer + 7 > length) return 2
    if (asked === Stamp.TimeAndAddress) {
      this.#put32(slot, this.#around.address)
    } else if (this.#around.addressType(get32(this.frame.bytes, this.at + slot) as Ip) === RouteType.Unicast) {
      return undefined
    }
    this.#put(place + 2, pointer + 8)
    this.#put32(slot + ADDRESS_BYTES, this.#around.time)
    return undefined
  }

  /** What follows the end is zero. */
  #clear(from: number, end: number): void {
    for (let place = from; place < end; place++) if (this.#octet(place) !== Option.End) this.#put(place, Option.End)
  }

  #octet(place: number): number {
    return this.frame.bytes[this.at + place]!
  }

  #put(place: number, value: number): void {
    this.#own()
    this.frame.bytes[this.at + place] = value
  }

  #put32(place: number, value: number): void {
    this.#own()
    put32(this.frame.bytes, this.at + place, value)
  }

  /** Others may have the same frame. */
  #own(): void {
    if (this.#isCopy) return
    const copy = copyOf(this.frame)
    this.at += copy.at - this.frame.at
    this.frame = copy
    this.#isCopy = true
  }
}
