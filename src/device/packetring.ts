/**
 * The queue between a device and the program that reads it: Linux struct ptr_ring, of /dev/net/tun and /dev/tapN.
 *
 * Follows include/linux/ptr_ring.h, with what a program can see of its batches: places become free sixteen at a time,
 * so a full queue of which one packet was read has no room yet.
 */
import type { Frame } from '../core/frame.ts'

/** SMP_CACHE_BYTES * 2 / sizeof(void *) */
const BATCH = 16

export class PacketRing {
  /** Frames that wait. */
  length = 0
  #size: number
  #batch: number
  #places: (Frame | undefined)[] = []
  #producer = 0
  #head = 0
  #tail = 0

  constructor(size: number) {
    this.#size = size
    this.#batch = batchOf(size)
  }

  get isEmpty(): boolean {
    return this.#places[this.#head] === undefined
  }

  /** False: there is no room. */
  produce(frame: Frame): boolean {
    if (this.#size === 0 || this.#places[this.#producer] !== undefined) return false
    this.#places[this.#producer] = frame
    this.#producer = (this.#producer + 1) % this.#size
    this.length++
    return true
  }

  /** The oldest frame; undefined when there is none. */
  consume(): Frame | undefined {
    const frame = this.#places[this.#head]
    if (frame === undefined) return undefined
    this.length--
    this.#head++
    if (this.#head - this.#tail >= this.#batch || this.#head >= this.#size) {
      for (let i = this.#tail; i < this.#head; i++) this.#places[i] = undefined
      this.#tail = this.#head
    }
    if (this.#head >= this.#size) this.#head = this.#tail = 0
    return frame
  }

  /** ptr_ring_resize: answers the frames for which the new size has no room. */
  resize(size: number): readonly Frame[] {
    const frames = this.purge()
    this.#size = size
    this.#batch = batchOf(size)
    for (const frame of frames.slice(0, size)) this.produce(frame)
    return frames.slice(size)
  }

  /** Takes everything out. */
  purge(): readonly Frame[] {
    const frames: Frame[] = []
    for (let frame = this.consume(); frame !== undefined; frame = this.consume()) frames.push(frame)
    this.#places = []
    this.#producer = this.#head = this.#tail = 0
    return frames
  }
}

/** __ptr_ring_set_size */
const batchOf = (size: number): number => (BATCH > size / 2 ? 1 : BATCH)
