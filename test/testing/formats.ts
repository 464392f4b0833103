/** For every format of wire/ that is both read and written: what was written is what is read, wherever it lies. */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import * as arp from '../../src/wire/arp.ts'
import * as bpdu from '../../src/wire/bpdu.ts'
import { get16, get32, put16, put32 } from '../../src/wire/bytes.ts'
import * as ethernet from '../../src/wire/ethernet.ts'
import * as icmp from '../../src/wire/icmp.ts'
import * as icmp6 from '../../src/wire/icmp6.ts'
import * as ip4 from '../../src/wire/ip.ts'
import * as ip6 from '../../src/wire/ip6.ts'
import * as ipv4 from '../../src/wire/ipv4.ts'
import * as ipv6 from '../../src/wire/ipv6.ts'
import * as mac48 from '../../src/wire/mac.ts'
import * as pcap from '../../src/wire/pcap.ts'
import * as pcapng from '../../src/wire/pcapng.ts'
import * as udp from '../../src/wire/udp.ts'
import { embedded } from '../wire/hex.ts'

/** Plain objects, as a parser answers them. */
const record = <T extends object>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record<T>(model, { noNullPrototype: true })

const u8 = fc.nat(0xff)
const u16 = fc.nat(0xffff)
const u32 = fc.nat(0xffff_ffff)
const macs = fc.nat(0xffff_ffff_ffff).map(n => n as mac48.Mac)
const ips = u32.map(n => n as ip4.Ip)
const ip6s = fc.uint8Array({ minLength: ip6.BYTES, maxLength: ip6.BYTES })
const payloads = fc.uint8Array({ maxLength: 100 })

interface Format {
  readonly name: string
  holds(): void
}

const format = <T>(name: string, values: fc.Arbitrary<T>, through: (value: T) => unknown): Format => ({
  name,
  holds: () => fc.assert(fc.property(values, value => assert.deepEqual(through(value), value))),
})

/** Between octets that are none of its own. */
function laid<T>(bytes: Uint8Array, read: (b: Uint8Array, at: number, length: number) => T): T {
  const { b, at } = embedded(bytes)
  return read(b, at, bytes.length)
}

/** Written in place, into a buffer that holds something else. */
function placed<T>(
  length: number,
  write: (b: Uint8Array, at: number) => void,
  read: (b: Uint8Array, at: number) => T,
): T {
  const b = new Uint8Array(length + 8).fill(0xa5)
  write(b, 3)
  return read(b, 3)
}

const packets = record({
  tos: u8,
  id: u16,
  dontFragment: fc.boolean(),
  moreFragments: fc.boolean(),
  fragmentOffset: fc.nat(0x1fff).map(n => 8 * n),
  ttl: u8,
  protocol: u8,
  src: ips,
  dst: ips,
  options: fc.nat(10).chain(n => fc.uint8Array({ minLength: 4 * n, maxLength: 4 * n })),
  payload: payloads,
})
const bridgeIds = record({ priority: u16, mac: macs })
const configs = record({
  topologyChange: fc.boolean(),
  topologyChangeAck: fc.boolean(),
  root: bridgeIds,
  rootPathCost: u32,
  bridge: bridgeIds,
  portId: u16,
  messageAge: u16,
  maxAge: u16,
  helloTime: u16,
  forwardDelay: u16,
})
const { NeighbourSolicitation, NeighbourAdvertisement } = icmp6.Type
const { Override, Router, Solicited } = icmp6.NeighbourFlag
const neighbours = record({
  type: fc.constantFrom(NeighbourSolicitation, NeighbourAdvertisement),
  flags: fc.constantFrom(0, Override, Solicited + Override, Router),
  target: ip6s,
  mac: fc.option(macs, { nil: undefined }),
  nonce: fc.option(macs, { nil: undefined }),
}).map(message => (message.type === NeighbourSolicitation ? { ...message, flags: 0 } : message))
const captured = record({
  interface: fc.nat(1),
  atNs: fc.nat(2 ** 50),
  bytes: payloads,
  originalLength: fc.integer({ min: 100, max: 9000 }),
  direction: fc.option(fc.constantFrom<pcapng.Direction[]>('in', 'out'), { nil: undefined }),
  comment: fc.option(fc.string({ minLength: 1 }), { nil: undefined }),
})

export const FORMATS: readonly Format[] = [
  format('16 bits', u16, n => placed(2, (b, at) => put16(b, at, n), get16)),
  format('32 bits', u32, n => placed(4, (b, at) => put32(b, at, n), get32)),
  format('MAC', macs, n => placed(6, (b, at) => mac48.put(b, at, n), mac48.get)),
  format('MAC as text', macs, n => mac48.parse(mac48.format(n))),
  format('IPv4 address', ips, n => placed(4, (b, at) => ip4.put(b, at, n), ip4.get)),
  format('IPv4 address as text', ips, n => ip4.parse(ip4.format(n))),
  format('IPv6 address as text', ip6s, n => ip6.parse(ip6.format(n))),
  format('netmask', fc.nat(32), n => ip4.prefixLength(ip4.mask(n))),
  format('Ethernet', record({ dst: macs, src: macs, type: u16, payload: payloads }), frame =>
    laid(ethernet.emit(frame), ethernet.parse),
  ),
  format('ARP', record({ op: u16, sha: macs, spa: ips, tha: macs, tpa: ips }), packet =>
    laid(arp.emit(packet), arp.parse),
  ),
  format('IPv4', packets, packet => laid(ipv4.emit(packet), ipv4.parse)),
  format('ICMP', record({ type: u8, code: u8, rest: u32, payload: payloads }), message =>
    laid(icmp.emit(message), icmp.parse),
  ),
  format('UDP', record({ srcPort: u16, dstPort: u16, hasChecksum: fc.boolean(), payload: payloads }), datagram =>
    laid(udp.emit(datagram, 1 as ip4.Ip, 2 as ip4.Ip), (b, at, n) => udp.parse(b, 1 as ip4.Ip, 2 as ip4.Ip, at, n)),
  ),
  format('BPDU', configs, config =>
    placed(
      bpdu.CONFIG_FRAME_BYTES,
      (b, at) => bpdu.putConfig(b, at, bpdu.GROUP, mac48.ZERO, config),
      (b, at) => bpdu.config(b, at, bpdu.CONFIG_FRAME_BYTES),
    ),
  ),
  format('IPv6', record({ payloadLength: u16, nextHeader: u8, hopLimit: u8, src: ip6s, dst: ip6s }), header =>
    placed(
      ipv6.HEADER_BYTES,
      (b, at) => ipv6.put(b, at, header.payloadLength, header.nextHeader, header.hopLimit, header.src, header.dst),
      (b, at) => ({
        payloadLength: ipv6.payloadLength(b, at),
        nextHeader: ipv6.nextHeader(b, at),
        hopLimit: ipv6.hopLimit(b, at),
        src: ipv6.src(b, at),
        dst: ipv6.dst(b, at),
      }),
    ),
  ),
  format('neighbour discovery', neighbours, message =>
    placed(
      icmp6.neighbourBytes(message),
      (b, at) => icmp6.putNeighbour(b, at, message),
      (b, at) => icmp6.parseNeighbour(b, at, icmp6.neighbourBytes(message)),
    ),
  ),
  format(
    'pcap',
    fc.array(record({ seconds: u32, nanoseconds: fc.nat(999_999).map(n => 1000 * n), bytes: payloads, length: u16 })),
    records => {
      const reader = pcap.read(joined([pcap.fileHeader(1, 262_144), ...records.map(pcap.record)]))!
      return reader.records.map(each => ({ ...each, bytes: each.bytes.slice() }))
    },
  ),
  format('pcapng', fc.array(captured), packets => {
    const interfaces = ['net0/a', 'net1/b'].map(name => pcapng.interfaceDescription({ name }))
    const blocks = packets.map(({ direction, comment, ...packet }) =>
      pcapng.enhancedPacket({
        ...packet,
        at: 0,
        length: packet.bytes.length,
        ...(direction === undefined ? {} : { direction }),
        ...(comment === undefined ? {} : { comment }),
      }),
    )
    const capture = pcapng.read(joined([pcapng.sectionHeader(), ...interfaces, ...blocks]))
    assert.deepEqual(
      capture.interfaces.map(({ name }) => name),
      ['net0/a', 'net1/b'],
    )
    return capture.packets.map(({ interface: i, atNs, bytes, originalLength, direction, comment }) => ({
      interface: i,
      atNs,
      bytes: bytes.slice(),
      originalLength,
      direction,
      comment,
    }))
  }),
]

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(parts.flatMap(part => [...part]))
}
