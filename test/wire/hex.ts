import fc from 'fast-check'
import type { Ip } from '../../src/wire/ip.ts'
import type { Mac } from '../../src/wire/mac.ts'

/** Hexadecimal text without the blanks that are only for the eye. */
export const packed = (text: string): string => text.replace(/\s/g, '')

export const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(packed(text), 'hex'))

export const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

const FILL = 0xa5
const MARGIN = 3

/**
 * What `write` has written at an odd place of a buffer full of 0xa5, as text. An octet that it leaves out shows as a5,
 * and one that it writes outside of its `length` fails. `payload` is in place before, at the end.
 */
export function written(length: number, write: (b: Uint8Array, at: number) => void, payload?: Uint8Array): string {
  const b = new Uint8Array(MARGIN + length + MARGIN).fill(FILL)
  if (payload !== undefined) b.set(payload, MARGIN + length - payload.length)
  write(b, MARGIN)
  for (const i of [0, 1, 2, MARGIN + length, MARGIN + length + 1, MARGIN + length + 2]) {
    if (b[i] !== FILL) throw new Error(`wrote outside, at ${i - MARGIN} of ${length}`)
  }
  return toHex(b.slice(MARGIN, MARGIN + length))
}

/** The same bytes inside a larger buffer, as a frame lies in a slab. */
export function embedded(bytes: Uint8Array): { b: Uint8Array; at: number } {
  const b = new Uint8Array(bytes.length + 2 * MARGIN).fill(FILL)
  b.set(bytes, MARGIN)
  return { b, at: MARGIN }
}

export const u8 = fc.integer({ min: 0, max: 0xff })
export const u16 = fc.integer({ min: 0, max: 0xffff })
export const u32 = fc.integer({ min: 0, max: 0xffff_ffff })
export const macs = fc.integer({ min: 0, max: 0xffff_ffff_ffff }).map(n => n as Mac)
export const ips = u32.map(n => n as Ip)
export const payloads = fc.uint8Array({ maxLength: 100 })
