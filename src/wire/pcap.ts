/**
 * Classic capture files as tcpdump writes them: draft-ietf-opsawg-pcap, little-endian, microseconds.
 *
 * Reading takes either byte order and either unit, packet by packet, so that what comes before a damaged place is not
 * lost.
 */

const MAGIC_US = 0xa1b2_c3d4
const MAGIC_NS = 0xa1b2_3c4d
const VERSION_MAJOR = 2
const VERSION_MINOR = 4
const HEADER_BYTES = 24
const RECORD_BYTES = 16
/** MAXIMUM_SNAPLEN of libpcap: no packet may be longer. */
const CAPTURED_BYTES_MAX = 262_144

export interface Record {
  readonly seconds: number
  readonly nanoseconds: number
  readonly bytes: Uint8Array
  /** On the wire. */
  readonly length: number
}

export function fileHeader(linktype: number, snaplen: number): Uint8Array {
  const b = new Uint8Array(HEADER_BYTES)
  const view = new DataView(b.buffer)
  view.setUint32(0, MAGIC_US, true)
  view.setUint16(4, VERSION_MAJOR, true)
  view.setUint16(6, VERSION_MINOR, true)
  view.setUint32(16, snaplen, true)
  view.setUint32(20, linktype, true)
  return b
}

export function record({ seconds, nanoseconds, bytes, length }: Record): Uint8Array {
  const b = new Uint8Array(RECORD_BYTES + bytes.length)
  const view = new DataView(b.buffer)
  view.setUint32(0, seconds, true)
  view.setUint32(4, Math.floor(nanoseconds / 1000), true)
  view.setUint32(8, bytes.length, true)
  view.setUint32(12, length, true)
  b.set(bytes, RECORD_BYTES)
  return b
}

export interface Reader {
  readonly linktype: number
  readonly snaplen: number
  readonly records: readonly Record[]
  /** Why not all of the file could be read, in libpcap's words. */
  readonly damage: string | undefined
}

/** Undefined when the file does not begin as a classic capture does. */
export function read(b: Uint8Array): Reader | undefined {
  const view = new DataView(b.buffer, b.byteOffset, b.byteLength)
  if (b.length < 4) return undefined
  const little = [MAGIC_US, MAGIC_NS].includes(view.getUint32(0, true))
  const magic = view.getUint32(0, little)
  if (magic !== MAGIC_US && magic !== MAGIC_NS) return undefined
  if (b.length < HEADER_BYTES) return undefined
  const unit = magic === MAGIC_US ? 1000 : 1
  const records: Record[] = []
  let damage: string | undefined
  for (let at = HEADER_BYTES; at < b.length; ) {
    const left = b.length - at - RECORD_BYTES
    if (left < 0) {
      damage = `truncated dump file; tried to read 16 header bytes, only got ${b.length - at}`
      break
    }
    const captured = view.getUint32(at + 8, little)
    if (captured > CAPTURED_BYTES_MAX) {
      damage = `invalid packet capture length ${captured}, bigger than snaplen of ${CAPTURED_BYTES_MAX}`
      break
    }
    if (captured > left) {
      damage = `truncated dump file; tried to read ${captured} captured bytes, only got ${left}`
      break
    }
    records.push({
      seconds: view.getUint32(at, little),
      nanoseconds: view.getUint32(at + 4, little) * unit,
      bytes: b.subarray(at + RECORD_BYTES, at + RECORD_BYTES + captured),
      length: view.getUint32(at + 12, little),
    })
    at += RECORD_BYTES + captured
  }
  const snaplen = view.getUint32(16, little) || CAPTURED_BYTES_MAX
  return { linktype: view.getUint32(20, little) & 0xffff, snaplen, records, damage }
}
