/**
 * A hash over everything observable of a run: each frame with its instant, device and octets, each drop, each request
 * with its answer. Two runs with the same hash showed the same world.
 *
 * FNV-1a in two 32-bit halves of different bases: quick, the same on every machine, and no proof against malice.
 */
import type { World } from './world.ts'

const PRIME = 0x0100_0193
const BASES = [0x811c_9dc5, 0x050c_5d1f] as const

export class Hash {
  private high: number = BASES[0]
  private low: number = BASES[1]

  byte(value: number): void {
    this.high = Math.imul(this.high ^ value, PRIME)
    this.low = Math.imul(this.low ^ (value + 0x55), PRIME)
  }

  /** Any integer below 2^53. */
  number(value: number): void {
    let rest = value
    for (let i = 0; i < 7; i++) {
      this.byte(rest & 0xff)
      rest = Math.floor(rest / 256)
    }
  }

  text(value: string): void {
    for (let i = 0; i < value.length; i++) {
      const unit = value.charCodeAt(i)
      this.byte(unit & 0xff)
      this.byte(unit >>> 8)
    }
    this.number(value.length)
  }

  bytes(b: Uint8Array, from: number, to: number): void {
    for (let i = from; i < to; i++) this.byte(b[i]!)
    this.number(to - from)
  }

  /** Sixteen hexadecimal digits. */
  digest(): string {
    return [this.high, this.low].map(half => (half >>> 0).toString(16).padStart(8, '0')).join('')
  }
}

/** Hashes the world from now on. The caller adds what its commands printed with `hash.text`. */
export function traceHash(world: World): Hash {
  const hash = new Hash()
  world.events
    .on('frame', (at, dev, direction, { bytes, at: from, length }) => {
      hash.number(at)
      hash.number(dev.id)
      hash.text(direction)
      hash.bytes(bytes, from, from + length)
    })
    .on('drop', (at, dev, why, { bytes, at: from, length }) => {
      hash.number(at)
      hash.number(dev.id)
      hash.number(why)
      hash.bytes(bytes, from, from + length)
    })
    .on('request', (at, request, answer) => {
      hash.number(at)
      hash.text(JSON.stringify(request))
      hash.text(answer.ok ? 'ok' : `${answer.errno} ${answer.extack ?? ''}`)
    })
  world.observe()
  return hash
}
