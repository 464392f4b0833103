/**
 * Routing decisions remembered per flow: which Route and which neighbour packets from src to dst take.
 *
 * Linux had such a cache until 3.6 and now asks the tables for each packet; the answers are the same, for every change
 * of a table, an address, a device or a sysctl moves the generation on and with it voids all that is remembered.
 * A direct-mapped table: a flow that falls on another's place takes it.
 */
import type { Ip } from '../wire/ip.ts'
import type { Route } from './dst.ts'
import type { Neighbour } from './neighbour.ts'

export class Path {
  // What was asked. `ifindex` is the way out that was demanded, or the way in of a packet that arrived.
  dst = 0 as Ip
  src = 0 as Ip
  ifindex = 0
  tos = 0
  mark = 0
  // The answer.
  generation = -1
  route!: Route
  /** With the addresses that were left open filled in. */
  destination = 0 as Ip
  source = 0 as Ip
  /** Who hears the frames; looked up when the first one leaves. */
  neighbour: Neighbour | undefined = undefined
}

/** A decision that is remembered nowhere. */
export function pathAlong(route: Route, source: Ip, destination: Ip): Path {
  const path = new Path()
  path.route = route
  path.source = source
  path.destination = destination
  return path
}

/** Shared by all that have not remembered anything yet. Lengths are powers of two. */
const NO_SLOTS: (Path | undefined)[] = [undefined]
const SLOTS_FIRST = 4
const SLOTS_MAX = 4096

export class PathCache {
  #slots = NO_SLOTS
  #conflicts = 0

  /** The path remembered for this flow in this generation. */
  find(dst: Ip, src: Ip, ifindex: number, tos: number, mark: number, generation: number): Path | undefined {
    const slots = this.#slots
    const path = slots[hash(dst, src, ifindex) & (slots.length - 1)]
    if (
      path !== undefined &&
      path.dst === dst &&
      path.src === src &&
      path.ifindex === ifindex &&
      path.tos === tos &&
      path.mark === mark &&
      path.generation === generation
    ) {
      return path
    }
    return undefined
  }

  /**
   * A path for this flow, empty of answers: the caller fills in route, destination and source. It is a new one, for who
   * sends in pieces keeps the path that was here while what they set off asks for others.
   */
  claim(dst: Ip, src: Ip, ifindex: number, tos: number, mark: number, generation: number): Path {
    if (this.#slots === NO_SLOTS) this.#slots = vacant(SLOTS_FIRST)
    const at = hash(dst, src, ifindex) & (this.#slots.length - 1)
    if (this.#slots[at]?.generation === generation && ++this.#conflicts > this.#slots.length) {
      this.#grow()
      return this.claim(dst, src, ifindex, tos, mark, generation)
    }
    const path = new Path()
    this.#slots[at] = path
    path.dst = dst
    path.src = src
    path.ifindex = ifindex
    path.tos = tos
    path.mark = mark
    path.generation = generation
    return path
  }

  #grow(): void {
    this.#conflicts = 0
    if (this.#slots.length >= SLOTS_MAX) return
    this.#slots = vacant(this.#slots.length * 2)
  }
}

const vacant = (n: number): (Path | undefined)[] => new Array<Path | undefined>(n).fill(undefined)

function hash(dst: number, src: number, ifindex: number): number {
  const mixed = Math.imul(dst ^ Math.imul(src, 0x85eb_ca6b) ^ (ifindex << 16), 0x9e37_79b1)
  return mixed ^ (mixed >>> 15)
}
