/**
 * Pieces of IPv4 packets until the whole is there.
 *
 * Follows Linux net/ipv4/ip_fragment.c and inet_fragment.c: thirty seconds, no overlaps, a limit on the memory, an ICMP
 * error when time runs out after the first piece has come. Left out: ipfrag_max_dist, ECN's combination.
 */
import { PacketType } from '../core/device.ts'
import { Drop } from '../core/drop.ts'
import { allocate, type Frame } from '../core/frame.ts'
import { NS_PER_S } from '../time/instant.ts'
import type { Ip } from '../wire/ip.ts'
import * as ip4 from '../wire/ip.ts'
import * as ipv4 from '../wire/ipv4.ts'
import type { Route } from './dst.ts'
import type { InDevice } from './indevice.ts'
import { type Inet, Timer } from './inet.ts'

/** net.ipv4.ipfrag_time and ipfrag_high_thresh. */
const TIMEOUT_NS = 30 * NS_PER_S
const MEMORY_MAX = 4_194_304

interface Piece {
  readonly frame: Frame
  readonly at: number
  /** Of the payload, in octets of the whole packet's. */
  readonly from: number
  readonly to: number
}

/** One packet in the making: struct ipq. */
class Assembly {
  readonly key: string
  readonly inDevice: InDevice
  readonly route: Route
  readonly type: PacketType
  /** Ascending, without overlaps. */
  readonly pieces: Piece[] = []
  /** Octets of payload, once the last piece is there. */
  length: number | undefined
  bytes = 0

  constructor(key: string, inDevice: InDevice, route: Route, type: PacketType) {
    this.key = key
    this.inDevice = inDevice
    this.route = route
    this.type = type
  }
}

/** What becomes of an assembly that was given up: its first piece, to tell the sender. */
export type Expired = (inDevice: InDevice, frame: Frame, at: number, route: Route, type: PacketType) => void

export class Fragments {
  readonly #inet: Inet
  readonly #expired: Expired
  #assemblies: Map<string, Assembly> | undefined
  #memory = 0

  constructor(inet: Inet, expired: Expired) {
    this.#inet = inet
    this.#expired = expired
  }

  /**
   * ip_defrag: takes one piece in. Answers the whole packet, its IP header at the frame's beginning, when it is there.
   */
  add(inDevice: InDevice, frame: Frame, at: number, route: Route, type: PacketType): Frame | undefined {
    const { env, snmp } = this.#inet
    const { device } = inDevice
    const { bytes } = frame
    snmp.ipReasmReqds++
    const header = ipv4.headerBytes(bytes, at)
    const from = ipv4.fragmentOffset(bytes, at)
    const end = from + ipv4.totalLength(bytes, at) - header
    const isLast = !ipv4.moreFragments(bytes, at)
    // Of a piece that is not the last, what is behind a multiple of eight octets is cut off.
    const to = isLast ? end : end & ~7
    const isMalformed = end > ipv4.TOTAL_BYTES_MAX || to === from
    if (isMalformed || this.#memory > MEMORY_MAX) {
      snmp.ipReasmFails++
      env.drop(device, isMalformed ? Drop.PktTooSmall : Drop.NoMem, frame)
      return undefined
    }
    const assembly = this.#assemblyOf(inDevice, bytes, at, route, type)
    const isWrong = assembly.length !== undefined && (to > assembly.length || (isLast && to !== assembly.length))
    const place = assembly.pieces.findIndex(each => each.from >= from)
    const index = place < 0 ? assembly.pieces.length : place
    const next = assembly.pieces[index]
    const isTwin = next !== undefined && next.from === from && next.to === to
    if (isTwin) {
      env.drop(device, Drop.DupFrag, frame)
      return undefined
    }
    const previous = assembly.pieces[index - 1]
    if (isWrong || (previous !== undefined && previous.to > from) || (next !== undefined && next.from < to)) {
      snmp.ipReasmFails++
      this.#discard(assembly, Drop.DupFrag)
      env.drop(device, Drop.DupFrag, frame)
      return undefined
    }
    assembly.pieces.splice(index, 0, { frame, at, from, to })
    assembly.bytes += frame.length
    this.#memory += frame.length
    if (isLast) assembly.length = to
    if (env.tracing) env.note(device, frame, `kept until the whole packet is there (${assembly.pieces.length} pieces)`)
    return this.#isWhole(assembly) ? this.#join(assembly) : undefined
  }

  #assemblyOf(inDevice: InDevice, bytes: Uint8Array, at: number, route: Route, type: PacketType): Assembly {
    const id = ipv4.id(bytes, at)
    const key = `${id} ${ipv4.src(bytes, at)} ${ipv4.dst(bytes, at)} ${ipv4.protocol(bytes, at)}`
    this.#assemblies ??= new Map()
    let assembly = this.#assemblies.get(key)
    if (assembly === undefined) {
      assembly = new Assembly(key, inDevice, route, type)
      this.#assemblies.set(key, assembly)
      this.#inet.env.stackTimer(this.#inet.env.now + TIMEOUT_NS, Timer.Fragments, assembly)
    }
    return assembly
  }

  #isWhole(assembly: Assembly): boolean {
    let reached = 0
    for (const piece of assembly.pieces) {
      if (piece.from !== reached) return false
      reached = piece.to
    }
    return reached === assembly.length
  }

  /** ip_frag_reasm: the first piece's header, every piece's payload. */
  #join(assembly: Assembly): Frame {
    const first = assembly.pieces[0]!
    const header = ipv4.headerBytes(first.frame.bytes, first.at)
    const whole = allocate(header + assembly.length!)
    const { bytes, at } = whole
    bytes.set(first.frame.bytes.subarray(first.at, first.at + header), at)
    for (const piece of assembly.pieces) {
      const start = piece.at + ipv4.headerBytes(piece.frame.bytes, piece.at)
      bytes.set(piece.frame.bytes.subarray(start, start + piece.to - piece.from), at + header + piece.from)
    }
    const source = ip4.get(bytes, at + 12)
    const destination: Ip = ip4.get(bytes, at + 16)
    const word = ipv4.fragmentWord(bytes, at) & ipv4.DF
    const tos = ipv4.tos(bytes, at)
    const ttl = ipv4.ttl(bytes, at)
    ipv4.put(
      bytes,
      at,
      tos,
      header + assembly.length!,
      ipv4.id(bytes, at),
      word,
      ttl,
      ipv4.protocol(bytes, at),
      source,
      destination,
      header,
    )
    this.#inet.snmp.ipReasmOks++
    this.#forget(assembly)
    return whole
  }

  #forget(assembly: Assembly): void {
    this.#assemblies?.delete(assembly.key)
    this.#memory -= assembly.bytes
  }

  #discard(assembly: Assembly, why: Drop): void {
    this.#forget(assembly)
    for (const piece of assembly.pieces) this.#inet.env.drop(assembly.inDevice.device, why, piece.frame)
  }

  /** ip_expire: the time is up. */
  timer(ref: object): void {
    const assembly = ref as Assembly
    if (this.#assemblies?.get(assembly.key) !== assembly) return
    const { snmp } = this.#inet
    snmp.ipReasmFails++
    snmp.ipReasmTimeout++
    const first = assembly.pieces[0]
    if (first !== undefined && first.from === 0 && assembly.type === PacketType.Host) {
      this.#expired(assembly.inDevice, first.frame, first.at, assembly.route, assembly.type)
    }
    this.#discard(assembly, Drop.FragReasmTimeout)
  }
}
