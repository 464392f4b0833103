import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as pcapng from '../../src/wire/pcapng.ts'
import { hex, packed, toHex, u32 } from './hex.ts'

function joined(...blocks: Uint8Array[]): Uint8Array {
  const b = new Uint8Array(blocks.reduce((sum, block) => sum + block.length, 0))
  let at = 0
  for (const block of blocks) {
    b.set(block, at)
    at += block.length
  }
  return b
}

test('a section header', () => {
  expect(toHex(pcapng.sectionHeader())).toBe('0a0d0d0a1c0000004d3c2b1a01000000ffffffffffffffff1c000000')
  expect(toHex(pcapng.sectionHeader({ hardware: 'x', os: 'Linux', application: 'vethereal' }))).toBe(
    packed(`
      0a0d0d0a 44000000 4d3c2b1a 0100 0000 ffffffffffffffff
      0200 0100 78000000   0300 0500 4c696e75 78000000   0400 0900 76657468 65726561 6c000000   0000 0000
      44000000`),
  )
})

test('an interface description', () => {
  expect(toHex(pcapng.interfaceDescription({ name: 'cli/eth0', snaplen: 0x1234 }))).toBe(
    packed(`
      01000000 2c000000 0100 0000 34120000
      0200 0800 636c692f 65746830   0900 0100 09000000   0000 0000
      2c000000`),
  )
})

test('an interface whose times count from another second than 1970', () => {
  const description = (offsetS: number): string => toHex(pcapng.interfaceDescription({ offsetS }))
  const whole = (offset: string): string =>
    packed(`01000000 2c000000 0100 0000 00000000   0900 0100 09000000   0e00 0800 ${offset}   0000 0000   2c000000`)
  expect(description(1_767_225_600)).toBe(whole('00b9556900000000'))
  expect(description(0x1_0000_0002)).toBe(whole('0200000001000000'))
  expect(description(-1)).toBe(whole('ffffffffffffffff'))
})

test('an enhanced packet', () => {
  const bytes = hex('a5a5 0102030405 a5a5')
  const packet = { interface: 2, atNs: 0x1f_ffff_ffff_fffe, bytes, at: 2, length: 5 } as const
  expect(toHex(pcapng.enhancedPacket(packet))).toBe(
    packed(`06000000 28000000 02000000 ffff1f00 feffffff 05000000 05000000 01020304 05000000 28000000`),
  )
  expect(toHex(pcapng.enhancedPacket({ ...packet, originalLength: 9, direction: 'out', comment: 'why' }))).toBe(
    packed(`
      06000000 3c000000 02000000 ffff1f00 feffffff 05000000 09000000 01020304 05000000
      0200 0400 02000000   0100 0300 77687900   0000 0000
      3c000000`),
  )
})

// From the capture that the kernel harness took of its case bg-udp-echo: the first packet and two of five interfaces.
const HARNESS = `
  0a0d0d0a1c0000004d3c2b1a01000000ffffffffffffffff1c000000
  010000002c0000000100000000000000 02000700686f73742f6c6f00 0900010009000000 00000000 2c000000
  010000002c0000000100000000000000 02000800636c692f65746830 0900010009000000 00000000 2c000000
  060000004c000000 01000000 4278ea18a7d42371 2a0000002a000000
  ffffffffffff0200000000020806000108000604000102000000 00020a0800020000000000000a080001 0000 4c000000`

test('a capture that another program wrote', () => {
  const { interfaces, packets } = pcapng.read(hex(HARNESS))
  expect(interfaces.map(({ name, linktype, snaplen }) => [name, linktype, snaplen])).toEqual([
    ['host/lo', 1, 0],
    ['cli/eth0', 1, 0],
  ])
  expect(packets).toHaveLength(1)
  const [packet] = packets
  expect([packet!.interface, packet!.seconds, packet!.nanoseconds]).toEqual([1, 1795379628, 221912231])
  expect(toHex(packet!.bytes)).toMatch(/^ffffffffffff0200000000020806.*0a080001$/)
})

const text = fc.option(fc.string({ unit: 'grapheme', maxLength: 12 }), { nil: undefined })
const sections = fc.record({
  header: fc.record({ hardware: text, os: text, application: text }),
  interfaces: fc.array(fc.record({ name: text, description: text, snaplen: u32, linktype: fc.nat(0xffff) }), {
    minLength: 1,
    maxLength: 3,
  }),
  packets: fc.array(
    fc.record({
      interface: fc.nat(2),
      atNs: fc.maxSafeNat(),
      bytes: fc.uint8Array({ maxLength: 30 }),
      direction: fc.constantFrom('in', 'out', undefined),
      comment: text,
    }),
    { maxLength: 4 },
  ),
})

test('what is written is read', () => {
  fc.assert(
    fc.property(fc.array(sections, { minLength: 1, maxLength: 3 }), wanted => {
      const packets: object[] = []
      const blocks = wanted.flatMap((section, s) => {
        const before = wanted.slice(0, s).reduce((sum, { interfaces }) => sum + interfaces.length, 0)
        return [
          pcapng.sectionHeader(section.header),
          ...section.interfaces.map(pcapng.interfaceDescription),
          ...section.packets.map(({ direction, comment, ...packet }) => {
            const index = packet.interface % section.interfaces.length
            const { bytes, atNs } = packet
            const [seconds, nanoseconds] = [Math.floor(atNs / 1e9), atNs % 1e9]
            const originalLength = bytes.length + 7
            const index0 = before + index
            packets.push({ interface: index0, atNs, seconds, nanoseconds, bytes, originalLength, direction, comment })
            const out = { interface: index, atNs, bytes, at: 0, length: bytes.length, originalLength }
            return pcapng.enhancedPacket({
              ...out,
              ...(direction === undefined ? {} : { direction }),
              ...(comment === undefined ? {} : { comment }),
            })
          }),
        ]
      })
      const capture = pcapng.read(joined(...blocks))
      expect(capture.sections).toEqual(wanted.map(({ header }) => header))
      const interfaces = wanted.flatMap((one, i) => one.interfaces.map(each => ({ ...each, section: i })))
      expect(capture.interfaces).toEqual(interfaces)
      expect(capture.packets).toEqual(packets)
    }),
  )
})

test('times count from the offset of the interface', () => {
  fc.assert(
    fc.property(fc.integer({ min: -(2 ** 40), max: 2 ** 40 }), fc.nat(2 ** 40), (offsetS, atNs) => {
      const packet = pcapng.enhancedPacket({ interface: 0, atNs, bytes: hex(''), at: 0, length: 0 })
      const file = joined(pcapng.sectionHeader(), pcapng.interfaceDescription({ offsetS }), packet)
      const [read] = pcapng.read(file).packets
      expect([read!.seconds, read!.nanoseconds]).toEqual([offsetS + Math.floor(atNs / 1e9), atNs % 1e9])
    }),
  )
})

test('a comment too long for its length field is cut between characters', () => {
  const comment = `${'é'.repeat(32767)}éé`
  const packet = pcapng.enhancedPacket({ interface: 0, atNs: 0, bytes: hex(''), at: 0, length: 0, comment })
  const file = joined(pcapng.sectionHeader(), pcapng.interfaceDescription({}), packet)
  expect(pcapng.read(file).packets[0]!.comment).toBe('é'.repeat(32767))
})

/** Big-endian: a section, unknown blocks, two interfaces whose clocks differ, a packet of each and a simple one. */
const BIG = `
  0a0d0d0a 0000001c 1a2b3c4d 0001 0000 ffffffffffffffff 0000001c
  00000bad 00000010 12345678 00000010
  00000001 00000020 0001 0000 00000004 000e 0008 ffffffffffffffff 00000020
  00000001 0000001c 0071 0000 00000000 0009 0001 8a000000 0000001c
  00000006 00000034 00000000 00000000 002625a1 00000003 00000007 abcdef00
    0bad 0001 aa000000 0002 0004 00000001 00000034
  00000006 00000024 00000001 00000000 00000600 00000001 00000001 ee000000 00000024
  00000003 00000014 00000009 01020304 00000014`

test('big-endian blocks, clocks of other resolutions, options and blocks nobody knows', () => {
  const { interfaces, packets } = pcapng.read(hex(BIG))
  expect(interfaces.map(({ linktype }) => linktype)).toEqual([1, 0x71])
  expect(packets).toEqual([
    {
      // 2.500001 s in microseconds, the default, from a second before 1970 on
      ...{ interface: 0, seconds: 1, nanoseconds: 500_001_000, atNs: 1_500_001_000 },
      ...{ bytes: hex('abcdef'), originalLength: 7, direction: 'in', comment: undefined },
    },
    {
      // 1.5 s in units of 2^-10 s
      ...{ interface: 1, seconds: 1, nanoseconds: 500_000_000, atNs: 1_500_000_000 },
      ...{ bytes: hex('ee'), originalLength: 1, direction: undefined, comment: undefined },
    },
    {
      // A simple packet has no time, and is cut by the snaplen of interface 0.
      ...{ interface: 0, seconds: 0, nanoseconds: 0, atNs: 0 },
      ...{ bytes: hex('01020304'), originalLength: 9, direction: undefined, comment: undefined },
    },
  ])
})

/** Cut to two of nine bytes, at one second and 1000 units. */
const CLASSIC_LITTLE = '0200 0400 00000000 00000000 00000400 01000000 01000000 e8030000 02000000 09000000 beef'
const CLASSIC_BIG = '0002 0004 00000000 00000000 00040000 00000001 00000001 000003e8 00000002 00000009 beef'

test.for([
  ['d4c3b2a1', CLASSIC_LITTLE, 1_000_000],
  ['4d3cb2a1', CLASSIC_LITTLE, 1_000],
  ['a1b2c3d4', CLASSIC_BIG, 1_000_000],
  ['a1b23c4d', CLASSIC_BIG, 1_000],
] as const)('classic pcap that begins with %s', ([magic, rest, nanoseconds]) => {
  const capture = pcapng.read(hex(magic + rest))
  expect(capture.interfaces).toEqual([{ section: 0, snaplen: 0x40000, linktype: 1 }])
  const atNs = 1e9 + nanoseconds
  const packet = { interface: 0, seconds: 1, nanoseconds, atNs, bytes: hex('beef'), originalLength: 9 }
  expect(capture.packets).toEqual([packet])
})

const HEADER = '0a0d0d0a1c0000004d3c2b1a01000000ffffffffffffffff1c000000'
const IDB = '0100000014000000010000000000000014000000'

test('of an option that comes twice the first counts', () => {
  const packet = '06000000 34000000 00000000 00000000 00000000 00000000 00000000'
  const comments = '0100 0100 61000000   0100 0100 62000000   0000 0000'
  const file = hex(`${HEADER} ${IDB} ${packet} ${comments} 34000000`)
  expect(pcapng.read(file).packets[0]!.comment).toBe('a')
})

test.for([
  ['', 'pcapng: the file is too short to be a capture'],
  ['0a0d0d', 'pcapng: the file is too short to be a capture'],
  ['89504e470d0a1a0a', 'pcapng: the file begins like neither pcapng nor pcap'],
  ['0a0d0d0a1c000000', 'pcapng: block at byte 0 is truncated'],
  [HEADER.slice(0, 54), 'pcapng: block at byte 0 is truncated'],
  [`${HEADER}01`, 'pcapng: block at byte 28 is truncated'],
  [`${HEADER}${IDB.slice(0, 38)}`, 'pcapng: block at byte 28 is truncated'],
  [HEADER.replace('4d3c2b1a', '4d3c2b1b'), 'pcapng: block at byte 0 is damaged: no byte-order magic'],
  [HEADER.replace('1a0100', '1a0200'), 'pcapng: block at byte 0 is damaged: version 2'],
  ['0a0d0d0a0c0000004d3c2b1a', 'pcapng: block at byte 0 is damaged: its two lengths differ'],
  ['0a0d0d0a100000004d3c2b1a10000000', 'pcapng: block at byte 0 is damaged: a length of 16'],
  [`${HEADER}010000000000000000000000`, 'pcapng: block at byte 28 is damaged: a length of 0'],
  [`${HEADER}01000000110000000000000000110000`, 'pcapng: block at byte 28 is damaged: a length of 17'],
  [`${HEADER}010000000c0000000d000000`, 'pcapng: block at byte 28 is damaged: its two lengths differ'],
  [`${HEADER}010000000c0000000c000000`, 'pcapng: block at byte 28 is damaged: a length of 12'],
  [
    `${HEADER}03000000100000000000000010000000`,
    'pcapng: block at byte 28 is damaged: an interface that is not described',
  ],
  [
    `${HEADER}${IDB}0300000010000000 01000000 10000000`,
    'pcapng: block at byte 48 is damaged: its packet is longer than the block',
  ],
  [
    `${HEADER}0100000018000000 0100000000000000 09000500 18000000`,
    'pcapng: block at byte 28 is damaged: option 9 is longer than the block',
  ],
  ['d4c3b2a1020004000000000000000000ffff0000010000', 'pcapng: pcap header at byte 0 is truncated'],
  [
    'd4c3b2a1020004000000000000000000ffff000001000000 0000000000000000 0200000002000000 be',
    'pcapng: pcap record at byte 24 is truncated',
  ],
] as const)('a damaged capture (%#)', ([octets, message]) => {
  expect(() => pcapng.read(hex(octets))).toThrow(new Error(message))
})

const samples = [hex(HARNESS), hex(BIG), hex(`d4c3b2a1020004000000000000000000ffff000001000000${'00'.repeat(32)}`)]

test('any damage gives a capture or our own error', () => {
  const damage = fc.array(fc.record({ at: fc.nat(), value: fc.nat(255) }), { maxLength: 4 })
  fc.assert(
    fc.property(fc.constantFrom(...samples), damage, fc.nat(), fc.boolean(), (sample, blows, length, cut) => {
      const bytes = sample.slice(0, cut ? length % (sample.length + 1) : sample.length)
      for (const { at, value } of blows) if (bytes.length > 0) bytes[at % bytes.length] = value
      try {
        pcapng.read(bytes)
      } catch (e) {
        expect((e as Error).constructor).toBe(Error)
        expect((e as Error).message).toMatch(/^pcapng: /)
      }
    }),
    { numRuns: 2000 },
  )
})

test('a capture cut anywhere but between blocks is refused', () => {
  const whole = hex(HARNESS)
  const ends = [28, 28 + 44, 28 + 88, whole.length]
  for (let length = 0; length <= whole.length; length++) {
    const read = (): unknown => pcapng.read(whole.slice(0, length))
    if (ends.includes(length)) expect(read).not.toThrow()
    else expect(read, `${length}`).toThrow(/too short|is truncated$/)
  }
})
