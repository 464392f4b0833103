/**
 * A frame on a wire: octets inside a shared slab, from the Ethernet header on (a raw IP packet on a TUN).
 *
 * Once sent its bytes never change, so any number of receivers share one Frame; whoever must rewrite copies first.
 * Slabs exist because `new Uint8Array(98)` costs twenty times a bump of an offset. A slab is collected when the last
 * frame on it is. Left out: reference counts and reuse, which the collector makes unnecessary.
 */
export class Frame {
  readonly bytes: Uint8Array
  /** Offset of the first octet. 2 modulo 4, so that the IPv4 header behind an Ethernet header is aligned. */
  readonly at: number
  /** Octets. */
  readonly length: number

  constructor(bytes: Uint8Array, at: number, length: number) {
    this.bytes = bytes
    this.at = at
    this.length = length
  }
}

const SLAB_BYTES = 1 << 18
let slab = new Uint8Array(SLAB_BYTES)
let used = 2

/** Room for a frame of `length` octets, all zero. The caller fills it, sends it and then never writes it again. */
export function allocate(length: number): Frame {
  if (length > SLAB_BYTES - 4) return new Frame(new Uint8Array(length + 2), 2, length)
  if (used + length > SLAB_BYTES) {
    slab = new Uint8Array(SLAB_BYTES)
    used = 2
  }
  const frame = new Frame(slab, used, length)
  used += (length + 3) & ~3
  return frame
}

/** A frame with these octets: for text edges and tests. */
export function frameOf(octets: Uint8Array): Frame {
  const frame = allocate(octets.length)
  frame.bytes.set(octets, frame.at)
  return frame
}

/** New bytes with the same content, for whoever must rewrite them. */
export function copyOf(frame: Frame): Frame {
  const copy = allocate(frame.length)
  const { bytes, at } = frame
  if (copy.bytes === bytes) bytes.copyWithin(copy.at, at, at + frame.length)
  else copy.bytes.set(bytes.subarray(at, at + frame.length), copy.at)
  return copy
}

/** The octets of a frame as a view, for edges only: a view costs more than a hop. */
export const octets = (frame: Frame): Uint8Array => frame.bytes.subarray(frame.at, frame.at + frame.length)

/**
 * skb->protocol where the bytes do not tell it, on the device where a program sent the frame: without a link header for
 * another EtherType than the one that the IP version stands for, or with a length instead of a type.
 */
const toldProtocols = new WeakMap<Frame, Told>()

interface Told {
  /** The device, which this file cannot name. */
  readonly on: object
  readonly type: number
}

export const tellProtocol = (frame: Frame, on: object, type: number): void =>
  void toldProtocols.set(frame, { on, type })

export const toldProtocol = (frame: Frame): Told | undefined => toldProtocols.get(frame)
