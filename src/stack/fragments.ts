/**
 * Pieces of IPv4 packets until the whole is there.
 *
 * Follows Linux net/ipv4/ip_fragment.c and inet_fragment.c: a time (net.ipv4.ipfrag_time), no overlaps, limits on the
 * memory (ipfrag_high_thresh) and on how much may come in between (ipfrag_max_dist), an ICMP error when time runs out
 * after the first piece has come, and one ECN field out of those of all pieces (RFC 3168 5.3).
 */
import { type Device, PacketType } from '../core/device.ts'
import { Drop } from '../core/drop.ts'
import { allocate, type Frame } from '../core/frame.ts'
import { timerFires } from '../time/instant.ts'
import * as ipv4 from '../wire/ipv4.ts'
import type { Route } from './dst.ts'
import { type Inet, Timer } from './inet.ts'
import { isPaged, Joined, tailroom, weightOf } from './truesize.ts'

/** struct ipq: what an assembly weighs by itself. */
const ASSEMBLY_BYTES = 200

/** Congestion experienced; the fields of ECN are 0 to 3, and 0 is that of who does not take part. */
const CE = 3
/** ip_frag_ecn_table: some pieces took part, some did not. */
const mixesEcn = (ecns: number): boolean => (ecns & 1) !== 0 && ecns !== 1
const isCongested = (ecns: number): boolean => (ecns & (1 << CE)) !== 0

/** Who wants the whole packet: enum ip_defrag_users. What one collects the other does not see. */
export const User = { LocalDelivery: 0, Macvlan: 1 } as const
export type User = (typeof User)[keyof typeof User]

interface Piece {
  readonly device: Device
  readonly frame: Frame
  readonly at: number
  readonly type: PacketType
  /** Of the payload, in octets of the whole packet's. */
  readonly from: number
  readonly to: number
  readonly weight: number
}

/** Pieces without a gap, as they came one behind the other. */
interface Run {
  readonly from: number
  to: number
  readonly pieces: Piece[]
}

/** One packet in the making: struct ipq. */
class Assembly {
  readonly key: string
  readonly user: User
  /** Of its first piece; where there is none, nobody is told when time runs out. */
  readonly route: Route | undefined
  /** Where its latest piece came in. */
  device: Device
  /** Ascending, without overlaps. */
  readonly runs: Run[] = []
  /** Octets of payload, as far as any piece reaches. */
  length = 0
  hasLast = false
  /** Octets of payload that are there, and what they weigh. */
  received = 0
  weight = ASSEMBLY_BYTES
  /** A bit for each ECN field seen: ip4_frag_ecn. */
  ecns = 0
  /** How many pieces had come from the sender with the latest of these. */
  count = 0

  constructor(key: string, user: User, route: Route | undefined, device: Device) {
    this.key = key
    this.user = user
    this.route = route
    this.device = device
  }

  get pieces(): Piece[] {
    return this.runs.flatMap(run => run.pieces)
  }

  /** With all octets there and none twice, the first is among them. */
  get isWhole(): boolean {
    return this.hasLast && this.received === this.length
  }

  /** inet_frag_queue_insert. What is in a run already is a twin; other overlaps spoil the whole packet. */
  insert(piece: Piece): 'done' | 'twin' | 'overlap' {
    const { runs } = this
    const { from, to } = piece
    const last = runs.at(-1)
    if (last !== undefined && last.to < to && from === last.to) {
      last.to = to
      last.pieces.push(piece)
      return 'done'
    }
    const met = runs.find(run => from < run.to && to > run.from)
    if (met !== undefined) return from >= met.from && to <= met.to ? 'twin' : 'overlap'
    const place = runs.findIndex(run => run.from >= to)
    runs.splice(place < 0 ? runs.length : place, 0, { from, to, pieces: [piece] })
    return 'done'
  }
}

/** What becomes of an assembly that was given up: its first piece, to tell the sender. */
export type Expired = (frame: Frame, at: number, route: Route, type: PacketType) => void

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
   * ip_defrag: takes in one piece with its IP header at `at`. Answers the whole packet when it is there, behind the
   * link header of its first piece.
   */
  add(
    user: User,
    device: Device,
    frame: Frame,
    at: number,
    type: PacketType,
    route: Route | undefined,
  ): Joined | undefined {
    const { env, snmp } = this.#inet
    const { bytes } = frame
    snmp.ipReasmReqds++
    const { fragmentBytesMax } = this.#inet.conf
    if (fragmentBytesMax === 0 || this.#memory > fragmentBytesMax) {
      snmp.ipReasmFails++
      env.drop(device, Drop.NoMem, frame)
      return undefined
    }
    const assembly = this.#assemblyOf(user, device, bytes, at, route)
    const from = ipv4.fragmentOffset(bytes, at)
    const end = from + ipv4.totalLength(bytes, at) - ipv4.headerBytes(bytes, at)
    const isLast = !ipv4.moreFragments(bytes, at)
    // Of a piece that is not the last, what is behind a multiple of eight octets is cut off.
    const to = isLast ? end : end & ~7
    const { length, hasLast } = assembly
    const reachesBeyond = isLast ? to < length || (hasLast && to !== length) : hasLast && to > length
    if (reachesBeyond || to === from) return this.#spoil(assembly, device, frame)
    assembly.length = Math.max(to, length)
    assembly.hasLast ||= isLast
    const weight = weightOf(frame, at)
    const inserted = assembly.insert({ device, frame, at, type, from, to, weight })
    if (inserted === 'overlap') {
      snmp.ipReasmOverlaps++
      return this.#spoil(assembly, device, frame)
    }
    if (inserted === 'twin') {
      env.drop(device, Drop.DupFrag, frame)
      return undefined
    }
    assembly.device = device
    assembly.ecns |= 1 << (ipv4.tos(bytes, at) & 3)
    assembly.received += to - from
    assembly.weight += weight
    this.#memory += weight
    if (env.tracing) env.note(device, frame, `kept until the whole packet is there (${from} to ${to} of its octets)`)
    return assembly.isWhole ? this.#join(assembly) : undefined
  }

  #assemblyOf(user: User, device: Device, bytes: Uint8Array, at: number, route: Route | undefined): Assembly {
    const id = ipv4.id(bytes, at)
    const key = `${user} ${id} ${ipv4.src(bytes, at)} ${ipv4.dst(bytes, at)} ${ipv4.protocol(bytes, at)}`
    this.#assemblies ??= new Map()
    let assembly = this.#assemblies.get(key)
    const { fragmentDistanceMax } = this.#inet.conf
    const count = fragmentDistanceMax === 0 ? 0 : ++this.#inet.peer(ipv4.src(bytes, at)).pieces
    if (assembly !== undefined && count - assembly.count > fragmentDistanceMax) {
      // ip_frag_too_far: the identification has come round, and this is another packet.
      this.#inet.snmp.ipReasmFails++
      this.#discard(assembly, Drop.FragTooFar)
      assembly = undefined
    }
    if (assembly === undefined) {
      const { env } = this.#inet
      assembly = new Assembly(key, user, route, device)
      this.#assemblies.set(key, assembly)
      this.#memory += ASSEMBLY_BYTES
      env.stackTimer(timerFires(env.now, Math.max(this.#inet.conf.fragmentLifetime, 0)), Timer.Fragments, assembly)
    }
    assembly.count = count
    return assembly
  }

  /** ip_frag_reasm: the first piece's header, every piece's payload. */
  #join(assembly: Assembly): Joined | undefined {
    const { pieces, length } = assembly
    const { device, frame, at, type } = pieces[0]!
    const link = at - frame.at
    const header = ipv4.headerBytes(frame.bytes, at)
    const { ecns } = assembly
    if (mixesEcn(ecns) || header + length > ipv4.TOTAL_BYTES_MAX) {
      this.#inet.snmp.ipReasmFails++
      this.#discard(assembly, Drop.NotSpecified)
      return undefined
    }
    const whole = allocate(link + header + length)
    const to = whole.at + link
    whole.bytes.set(frame.bytes.subarray(frame.at, at + header), whole.at)
    // It carries DF where the longest piece did (ip_frag_reasm, max_df_size).
    let longest = 0
    let longestWithDf = 0
    for (const piece of pieces) {
      const { bytes } = piece.frame
      const start = piece.at + ipv4.headerBytes(bytes, piece.at)
      whole.bytes.set(bytes.subarray(start, start + piece.to - piece.from), to + header + piece.from)
      const total = start - piece.at + piece.to - piece.from
      longest = Math.max(longest, total)
      if (ipv4.dontFragment(bytes, piece.at)) longestWithDf = Math.max(longestWithDf, total)
    }
    if (isCongested(ecns)) whole.bytes[to + 1]! |= CE
    ipv4.putFragment(whole.bytes, to, header + length, longest === longestWithDf ? ipv4.DF : 0)
    this.#inet.snmp.ipReasmOks++
    this.#forget(assembly)
    const weight = assembly.user === User.LocalDelivery ? merged(pieces) : assembly.weight - ASSEMBLY_BYTES
    return new Joined(whole, to, weight, device, type)
  }

  #forget(assembly: Assembly): void {
    this.#assemblies?.delete(assembly.key)
    this.#memory -= assembly.weight
  }

  #discard(assembly: Assembly, why: Drop): void {
    this.#forget(assembly)
    for (const piece of assembly.pieces) this.#inet.env.drop(assembly.device, why, piece.frame)
  }

  /** A piece that contradicts the others: none of them is of any use. */
  #spoil(assembly: Assembly, device: Device, frame: Frame): undefined {
    this.#inet.snmp.ipReasmFails++
    this.#discard(assembly, Drop.DupFrag)
    this.#inet.env.drop(device, Drop.DupFrag, frame)
  }

  /** ip_expire: the time is up. */
  timer(ref: object): void {
    const assembly = ref as Assembly
    if (this.#assemblies?.get(assembly.key) !== assembly) return
    const { snmp } = this.#inet
    snmp.ipReasmFails++
    snmp.ipReasmTimeout++
    const { route } = assembly
    const first = assembly.runs[0]?.pieces[0]
    if (first?.from === 0 && route !== undefined && first.type === PacketType.Host) {
      this.#expired(first.frame, first.at, route, first.type)
    }
    this.#discard(assembly, Drop.FragReasmTimeout)
  }
}

/**
 * skb_try_coalesce: the first takes in those that find room behind it, then pages; from the first that has neither they
 * are chained, and keep what they weigh.
 */
function merged(pieces: readonly Piece[]): number {
  const [first, ...others] = pieces
  let { weight } = first!
  let room = tailroom(totalOf(first!))
  let isChained = false
  for (const piece of others) {
    const length = piece.to - piece.from
    if (length <= room) {
      room -= length
      continue
    }
    room = 0
    isChained ||= !isPaged(totalOf(piece))
    weight += isChained ? piece.weight : length
  }
  return weight
}

const totalOf = ({ frame, at }: Piece): number => ipv4.totalLength(frame.bytes, at)
