/**
 * Capture files as bytes: writes pcapng, reads pcapng and classic pcap of either byte order.
 *
 * Follows draft-ietf-opsawg-pcapng (4.1 section header, 4.2 interface description, 4.3 enhanced packet, 4.4 simple
 * packet) and draft-ietf-opsawg-pcap. A capture file is the blocks one after the other.
 *
 * Left out: name resolution, statistics, secrets, custom blocks and the obsolete packet block, which the reader skips;
 * hashes, drop counts and all other options.
 */

export const LINKTYPE_ETHERNET = 1

const Block = { SectionHeader: 0x0a0d_0d0a, Interface: 1, SimplePacket: 3, EnhancedPacket: 6 } as const

/** Option codes. 0 and 1 mean the same in every block, the others belong to one kind. */
const Option = { End: 0, Comment: 1 } as const
const SectionOption = { Hardware: 2, Os: 3, Application: 4 } as const
const InterfaceOption = { Name: 2, Description: 3, TsResolution: 9, TsOffset: 14 } as const
const PacketOption = { Flags: 2 } as const

const BYTE_ORDER_MAGIC = 0x1a2b_3c4d
const PCAP_MAGIC_US = 0xa1b2_c3d4
const PCAP_MAGIC_NS = 0xa1b2_3c4d
const VERSION_MAJOR = 1
const TS_RESOLUTION_US = 6
const TS_RESOLUTION_NS = 9
const OPTION_BYTES_MAX = 0xffff
const BLOCK_BYTES_MIN = 12
const PACKET_TOO_LONG = 'its packet is longer than the block'
const LOW_32_BITS = 0x1_0000_0000
const NS_PER_S = 1_000_000_000

export type Direction = 'in' | 'out'

export interface Section {
  readonly hardware?: string | undefined
  readonly os?: string | undefined
  readonly application?: string | undefined
}

export interface Interface {
  readonly name?: string | undefined
  readonly description?: string | undefined
  /** The most bytes kept of a packet; 0 means all. */
  readonly snaplen: number
  readonly linktype: number
}

export interface PacketOut {
  /** Counts the interface descriptions of the section, from 0. */
  readonly interface: number
  /** Integer nanoseconds, at most 2^53. */
  readonly atNs: number
  /** The packet is bytes[at, at + length). */
  readonly bytes: Uint8Array
  readonly at: number
  readonly length: number
  /** Its length on the wire, when less was kept. */
  readonly originalLength?: number
  readonly direction?: Direction
  readonly comment?: string
}

// The writer. Little-endian, so that the common reader need not swap.

const encoder = new TextEncoder()
const NOTHING = new Uint8Array(0)

const pad4 = (length: number): number => (length + 3) & ~3

function put16(b: Uint8Array, at: number, value: number): void {
  b[at] = value
  b[at + 1] = value >>> 8
}

function put32(b: Uint8Array, at: number, value: number): void {
  put16(b, at, value)
  put16(b, at + 2, value >>> 16)
}

/** One option with its value, padded. Text beyond what the length field can say is cut between characters. */
function option(code: number, value: string | readonly number[] | undefined): Uint8Array {
  if (value === undefined) return NOTHING
  let bytes = typeof value === 'string' ? encoder.encode(value) : Uint8Array.from(value)
  if (typeof value === 'string' && bytes.length > OPTION_BYTES_MAX) {
    const room = new Uint8Array(OPTION_BYTES_MAX)
    bytes = room.subarray(0, encoder.encodeInto(value, room).written)
  }
  const b = new Uint8Array(4 + pad4(bytes.length))
  put16(b, 0, code)
  put16(b, 2, bytes.length)
  b.set(bytes, 4)
  return b
}

/** A signed 64-bit integer, little-endian. */
function octets64(value: number): number[] {
  const b = new Uint8Array(8)
  put32(b, 0, value)
  put32(b, 4, Math.floor(value / LOW_32_BITS))
  return [...b]
}

/** epb_flags: the two lowest bits are the direction. */
const FLAGS = { in: option(PacketOption.Flags, [1, 0, 0, 0]), out: option(PacketOption.Flags, [2, 0, 0, 0]) } as const

/** A block of `bodyBytes` bytes, which the caller fills in from offset 8 on, and options behind them. */
function block(type: number, bodyBytes: number, options: readonly Uint8Array[]): Uint8Array {
  const optionBytes = options.reduce((sum, one) => sum + one.length, 0)
  const endBytes = optionBytes === 0 ? 0 : 4
  const b = new Uint8Array(BLOCK_BYTES_MIN + bodyBytes + optionBytes + endBytes)
  put32(b, 0, type)
  put32(b, 4, b.length)
  put32(b, b.length - 4, b.length)
  let at = 8 + bodyBytes
  for (const one of options) {
    b.set(one, at)
    at += one.length
  }
  return b
}

/** Begins a file. What was described before it is forgotten by readers. */
export function sectionHeader(section: Section = {}): Uint8Array {
  const b = block(Block.SectionHeader, 16, [
    option(SectionOption.Hardware, section.hardware),
    option(SectionOption.Os, section.os),
    option(SectionOption.Application, section.application),
  ])
  put32(b, 8, BYTE_ORDER_MAGIC)
  put16(b, 12, VERSION_MAJOR)
  b.fill(0xff, 16, 24) // Section length unknown: -1.
  return b
}

export interface InterfaceOut extends Partial<Interface> {
  /** The second since 1970 from which its packets' times count; 0 when absent. */
  readonly offsetS?: number | undefined
}

/** Describes the next interface. Its packets' times count nanoseconds. */
export function interfaceDescription(i: InterfaceOut): Uint8Array {
  const b = block(Block.Interface, 8, [
    option(InterfaceOption.Name, i.name),
    option(InterfaceOption.Description, i.description),
    option(InterfaceOption.TsResolution, [TS_RESOLUTION_NS]),
    option(InterfaceOption.TsOffset, i.offsetS === undefined ? undefined : octets64(i.offsetS)),
  ])
  put16(b, 8, i.linktype ?? LINKTYPE_ETHERNET)
  put32(b, 12, i.snaplen ?? 0)
  return b
}

export function enhancedPacket(packet: PacketOut): Uint8Array {
  const { atNs, bytes, at, length } = packet
  const b = block(Block.EnhancedPacket, 20 + pad4(length), [
    packet.direction === undefined ? NOTHING : FLAGS[packet.direction],
    option(Option.Comment, packet.comment),
  ])
  put32(b, 8, packet.interface)
  put32(b, 12, atNs / LOW_32_BITS)
  put32(b, 16, atNs)
  put32(b, 20, length)
  put32(b, 24, packet.originalLength ?? length)
  b.set(bytes.subarray(at, at + length), 28)
  return b
}

// The reader. Not made for speed.

export interface PacketIn {
  /** Counts the interfaces of the capture, from 0. */
  readonly interface: number
  /** The instant exactly: whole seconds, and nanoseconds below a second (what is finer is cut off). */
  readonly seconds: number
  readonly nanoseconds: number
  /** The same in one number, exact up to 2^53: not for times since 1970. */
  readonly atNs: number
  /** A view of the input, not a copy. */
  readonly bytes: Uint8Array
  readonly originalLength: number
  readonly direction?: Direction | undefined
  readonly comment?: string | undefined
}

export interface Capture {
  readonly sections: readonly (Section & { readonly comment?: string | undefined })[]
  /** Of all sections, in order. `section` counts from 0. */
  readonly interfaces: readonly (Interface & { readonly section: number })[]
  readonly packets: readonly PacketIn[]
}

/** ignoreBOM keeps a leading U+FEFF, so that text comes back as it was written. Bad UTF-8 becomes U+FFFD. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** How an interface counts time: `unitsPerS` a second, from `offsetS` seconds after 1970. */
interface Clock {
  readonly unitsPerS: bigint
  readonly offsetS: bigint
}

const CLOCK_US: Clock = { unitsPerS: 10n ** BigInt(TS_RESOLUTION_US), offsetS: 0n }
const CLOCK_NS: Clock = { unitsPerS: 10n ** BigInt(TS_RESOLUTION_NS), offsetS: 0n }

/**
 * Reads a whole capture. The file comes from outside: whatever is in it, the answer is a capture or an Error whose
 * message names the byte, such as "pcapng: block at byte 28 is truncated".
 */
export function read(bytes: Uint8Array): Capture {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 4) throw new Error('pcapng: the file is too short to be a capture')
  if (view.getUint32(0) === Block.SectionHeader) return readBlocks(bytes, view)
  for (const little of [false, true]) {
    const order = view.getUint32(0, little)
    if (order === PCAP_MAGIC_US) return readClassic(bytes, view, little, CLOCK_US)
    if (order === PCAP_MAGIC_NS) return readClassic(bytes, view, little, CLOCK_NS)
  }
  throw new Error('pcapng: the file begins like neither pcapng nor pcap')
}

/** One block whose frame is whole: its body is bytes[body, end). */
interface BlockIn {
  readonly bytes: Uint8Array
  readonly view: DataView
  readonly at: number
  readonly little: boolean
  readonly type: number
  readonly body: number
  readonly end: number
}

const damaged = (at: number, why: string): Error => new Error(`pcapng: block at byte ${at} is damaged: ${why}`)

function readBlocks(bytes: Uint8Array, view: DataView): Capture {
  const sections: Capture['sections'][number][] = []
  const interfaces: Capture['interfaces'][number][] = []
  const clocks: Clock[] = []
  const packets: PacketIn[] = []
  let firstOfSection = 0
  let little = false
  for (let at = 0; at < bytes.length; ) {
    const block = readFrame(bytes, view, at, little)
    if (block.type === Block.SectionHeader) {
      little = block.little
      firstOfSection = interfaces.length
      sections.push(readSection(block))
    } else if (block.type === Block.Interface) {
      const options = readOptions(block, bodyOf(block, 8))
      clocks.push(clockOf(options, little))
      interfaces.push({
        section: sections.length - 1,
        name: textOf(options, InterfaceOption.Name),
        description: textOf(options, InterfaceOption.Description),
        snaplen: view.getUint32(block.body + 4, little),
        linktype: view.getUint16(block.body, little),
      })
    } else if (block.type === Block.EnhancedPacket || block.type === Block.SimplePacket) {
      const isSimple = block.type === Block.SimplePacket
      const data = bodyOf(block, isSimple ? 4 : 20)
      const index = firstOfSection + (isSimple ? 0 : view.getUint32(block.body, little))
      const clock = clocks[index]
      if (clock === undefined) throw damaged(at, 'an interface that is not described')
      packets.push(
        isSimple ? readSimple(block, data, index, interfaces[index]!.snaplen) : readEnhanced(block, data, index, clock),
      )
    }
    at = block.end + 4
  }
  return { sections, interfaces, packets }
}

/** The block at `at`, both lengths checked. A section header sets the byte order, all others follow it. */
function readFrame(bytes: Uint8Array, view: DataView, at: number, littleBefore: boolean): BlockIn {
  const truncated = `pcapng: block at byte ${at} is truncated`
  if (bytes.length - at < BLOCK_BYTES_MIN) throw new Error(truncated)
  let little = littleBefore
  if (view.getUint32(at) === Block.SectionHeader) {
    little = view.getUint32(at + 8, true) === BYTE_ORDER_MAGIC
    if (!little && view.getUint32(at + 8) !== BYTE_ORDER_MAGIC) throw damaged(at, 'no byte-order magic')
  }
  const length = view.getUint32(at + 4, little)
  if (length < BLOCK_BYTES_MIN || length % 4 !== 0) throw damaged(at, `a length of ${length}`)
  if (length > bytes.length - at) throw new Error(truncated)
  const end = at + length - 4
  if (view.getUint32(end, little) !== length) throw damaged(at, 'its two lengths differ')
  return { bytes, view, at, little, type: view.getUint32(at, little), body: at + 8, end }
}

/** What lies behind the first `count` bytes of the body; these are there. */
function bodyOf({ at, body, end }: BlockIn, count: number): number {
  if (body + count > end) throw damaged(at, `a length of ${end + 4 - at}`)
  return body + count
}

function readSection(block: BlockIn): Capture['sections'][number] {
  const options = readOptions(block, bodyOf(block, 16))
  const major = block.view.getUint16(block.body + 4, block.little)
  if (major !== VERSION_MAJOR) throw damaged(block.at, `version ${major}`)
  return {
    hardware: textOf(options, SectionOption.Hardware),
    os: textOf(options, SectionOption.Os),
    application: textOf(options, SectionOption.Application),
    comment: textOf(options, Option.Comment),
  }
}

function readEnhanced(block: BlockIn, data: number, index: number, clock: Clock): PacketIn {
  const { bytes, view, body, little, end } = block
  const kept = view.getUint32(body + 12, little)
  if (kept > end - data) throw damaged(block.at, PACKET_TOO_LONG)
  const options = readOptions(block, data + pad4(kept))
  const units = (BigInt(view.getUint32(body + 4, little)) << 32n) | BigInt(view.getUint32(body + 8, little))
  return {
    interface: index,
    ...instant(units, clock),
    bytes: bytes.subarray(data, data + kept),
    originalLength: view.getUint32(body + 16, little),
    direction: directionOf(options, little),
    comment: textOf(options, Option.Comment),
  }
}

/** A packet without time or options; the snaplen of its interface tells how much of it was kept. */
function readSimple(block: BlockIn, data: number, index: number, snaplen: number): PacketIn {
  const originalLength = block.view.getUint32(block.body, block.little)
  const kept = Math.min(originalLength, snaplen || originalLength)
  if (kept > block.end - data) throw damaged(block.at, PACKET_TOO_LONG)
  const bytes = block.bytes.subarray(data, data + kept)
  return { interface: index, seconds: 0, nanoseconds: 0, atNs: 0, bytes, originalLength }
}

/** draft-ietf-opsawg-pcap: one interface, fixed headers, no options. */
function readClassic(bytes: Uint8Array, view: DataView, little: boolean, clock: Clock): Capture {
  if (bytes.length < 24) throw new Error('pcapng: pcap header at byte 0 is truncated')
  const packets: PacketIn[] = []
  for (let at = 24; at < bytes.length; ) {
    const dataAt = at + 16
    const kept = dataAt > bytes.length ? 0 : view.getUint32(at + 8, little)
    if (dataAt + kept > bytes.length) throw new Error(`pcapng: pcap record at byte ${at} is truncated`)
    const seconds = BigInt(view.getUint32(at, little))
    packets.push({
      interface: 0,
      ...instant(seconds * clock.unitsPerS + BigInt(view.getUint32(at + 4, little)), clock),
      bytes: bytes.subarray(dataAt, dataAt + kept),
      originalLength: view.getUint32(at + 12, little),
    })
    at = dataAt + kept
  }
  // The upper bits of the link type tell of FCS lengths.
  const only = { section: 0, snaplen: view.getUint32(16, little), linktype: view.getUint32(20, little) & 0xffff }
  return { sections: [{}], interfaces: [only], packets }
}

/** The first value of each option code: a view of the block. */
type Options = ReadonlyMap<number, Uint8Array>

/** The options from byte `from` to the end of the block. */
function readOptions({ bytes, view, little, at: blockAt, end }: BlockIn, from: number): Options {
  const options = new Map<number, Uint8Array>()
  for (let at = from; at < end; ) {
    // Blocks are multiples of 4 bytes and so are options: there is room for a code and a length.
    const code = view.getUint16(at, little)
    const length = view.getUint16(at + 2, little)
    if (code === Option.End) break
    if (length > end - at - 4) throw damaged(blockAt, `option ${code} is longer than the block`)
    if (!options.has(code)) options.set(code, bytes.subarray(at + 4, at + 4 + length))
    at += 4 + pad4(length)
  }
  return options
}

function textOf(options: Options, code: number): string | undefined {
  const value = options.get(code)
  return value === undefined ? undefined : decoder.decode(value)
}

/** An unsigned integer option, undefined when it is not there or too short. */
function integerOf(options: Options, code: number, bytes: number, little: boolean): bigint | undefined {
  const value = options.get(code)
  if (value === undefined || value.length < bytes) return undefined
  let integer = 0n
  for (let i = 0; i < bytes; i++) integer = (integer << 8n) | BigInt(value[little ? bytes - 1 - i : i]!)
  return integer
}

function clockOf(options: Options, little: boolean): Clock {
  const resolution = Number(integerOf(options, InterfaceOption.TsResolution, 1, little) ?? TS_RESOLUTION_US)
  return {
    unitsPerS: (resolution & 0x80 ? 2n : 10n) ** BigInt(resolution & 0x7f),
    offsetS: BigInt.asIntN(64, integerOf(options, InterfaceOption.TsOffset, 8, little) ?? 0n),
  }
}

function directionOf(options: Options, little: boolean): Direction | undefined {
  const flags = integerOf(options, PacketOption.Flags, 4, little) ?? 0n
  return ([undefined, 'in', 'out', undefined] as const)[Number(flags & 3n)]
}

function instant(units: bigint, clock: Clock): Pick<PacketIn, 'seconds' | 'nanoseconds' | 'atNs'> {
  const seconds = Number(units / clock.unitsPerS + clock.offsetS)
  const nanoseconds = Number(((units % clock.unitsPerS) * BigInt(NS_PER_S)) / clock.unitsPerS)
  return { seconds, nanoseconds, atNs: seconds * NS_PER_S + nanoseconds }
}
