/**
 * Frames as arbitraries of fast-check: with few addresses, so that they meet and collide, of each protocol that a
 * machine looks into, and the same damaged.
 */
import * as fc from 'fast-check'
import * as arp from '../wire/arp.ts'
import * as bpdu from '../wire/bpdu.ts'
import * as ethernet from '../wire/ethernet.ts'
import * as icmp from '../wire/icmp.ts'
import type { Ip } from '../wire/ip.ts'
import * as ipv4 from '../wire/ipv4.ts'
import * as mac48 from '../wire/mac.ts'
import * as udp from '../wire/udp.ts'

/** 02:00:00:00:00:01 and so on, by number from 1. */
export const poolMac = (number: number): mac48.Mac => (0x0200_0000_0000 + number) as mac48.Mac
/** 10.0.0.1 and so on. */
export const poolIp = (number: number): Ip => (0x0a00_0000 + number) as Ip

/** Broadcast, groups of IPv4 and IPv6, and two of those that bridges keep to themselves. */
export const GROUPS: readonly mac48.Mac[] = [
  mac48.BROADCAST,
  ...([0x0100_5e00_0001, 0x0100_5e01_0203, 0x3333_0000_0001, 0x0180_c200_0000, 0x0180_c200_000e] as mac48.Mac[]),
]

/**
 * Addresses of hosts out of a pool of few.
 *
 * @example
 * ```ts
 * import fc from 'fast-check'
 * import { expect, test } from 'vitest'
 * import { formatMac } from 'vethereal'
 * import { macs } from 'vethereal/testing'
 *
 * test('they look like this', () => {
 *   fc.assert(
 *     fc.property(macs(2), mac => {
 *       expect(formatMac(mac)).toMatch(/^02:00:00:00:00:0[12]$/)
 *     }),
 *   )
 * })
 * ```
 */
export const macs = (pool = 4): fc.Arbitrary<mac48.Mac> => fc.integer({ min: 1, max: pool }).map(poolMac)

export interface FrameOptions {
  /** Who sends; out of a pool of four when absent. */
  readonly src?: fc.Arbitrary<mac48.Mac>
  /** To whom; the same pool, or a group, when absent. */
  readonly dst?: fc.Arbitrary<mac48.Mac>
  /** Octets behind the last header at most: 64 when absent. */
  readonly payloadMax?: number
}

const u16 = fc.nat(0xffff)
const ips = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 1, max: 4 }).map(poolIp) },
  { weight: 1, arbitrary: fc.constantFrom<Ip[]>(...([0xffff_ffff, 0x0a00_00ff, 0xe000_0001, 0x7f00_0001, 0] as Ip[])) },
)

/**
 * Frames as somebody would send them, from the Ethernet header on, their checksums right: ARP, ICMP, UDP, fragments,
 * other IPv4, BPDUs, frames with a length instead of a type, and protocols that nobody knows.
 *
 * @example
 * ```ts
 * import fc from 'fast-check'
 * import { expect, test } from 'vitest'
 * import { createWorld } from 'vethereal'
 * import { frames, send, watch } from 'vethereal/testing'
 *
 * test('a link takes whatever is sent', () => {
 *   fc.assert(
 *     fc.property(frames(), octets => {
 *       const world = createWorld()
 *       world.addVeth({ name: 'a', up: true }, { name: 'b', up: true })
 *       const watched = watch(world)
 *       send(world, 'host/a', octets)
 *       world.runFor('1ms')
 *       expect(watched.account()).toMatchObject({ queued: 0, lost: 0 })
 *     }),
 *   )
 * })
 * ```
 */
export function frames(options: FrameOptions = {}): fc.Arbitrary<Uint8Array> {
  const { src = macs(), dst = fc.oneof({ weight: 3, arbitrary: macs() }, fc.constantFrom(...GROUPS)) } = options
  const payload = fc.uint8Array({ maxLength: options.payloadMax ?? 64 })
  const inside = (type: number, payloads: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> =>
    fc.record({ dst, src, type: fc.constant(type), payload: payloads }).map(ethernet.emit)
  return fc.oneof(
    inside(0x88b5, payload),
    inside(ethernet.EtherType.Arp, arps(src)),
    inside(ethernet.EtherType.Ipv4, packets(payload)),
    inside(ethernet.EtherType.Ipv6, payload),
    fc.record({ dst, src, payload }).map(frame => ethernet.emit({ ...frame, type: frame.payload.length })),
    fc.tuple(src, fc.boolean(), bridgeIds, bridgeIds).map(args => bpduOf(...args)),
  )
}

const arps = (from: fc.Arbitrary<mac48.Mac>): fc.Arbitrary<Uint8Array> =>
  fc
    .record({
      op: fc.constantFrom(1, 2),
      sha: from,
      spa: ips,
      tha: fc.oneof(macs(), fc.constant(mac48.ZERO)),
      tpa: ips,
    })
    .map(arp.emit)

function packets(payload: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  const header = fc.record({
    tos: fc.constantFrom(0, 0x10),
    id: u16,
    dontFragment: fc.boolean(),
    moreFragments: fc.constantFrom(false, false, false, true),
    fragmentOffset: fc.constantFrom(0, 0, 0, 8, 16),
    ttl: fc.constantFrom(64, 1, 0, 255),
    src: ips,
    dst: ips,
    options: fc.constantFrom(new Uint8Array(0), new Uint8Array([0x94, 4, 0, 0])),
  })
  const message = fc.record({ type: fc.constantFrom(8, 0, 3, 5, 11, 13), code: fc.nat(1), rest: fc.nat(), payload })
  const datagram = fc.record({ srcPort: u16, dstPort: u16, hasChecksum: fc.boolean(), payload })
  return fc.oneof(
    fc.tuple(header, message).map(([ip, m]) => ipv4.emit({ ...ip, protocol: 1, payload: icmp.emit(m) })),
    fc
      .tuple(header, datagram)
      .map(([ip, d]) => ipv4.emit({ ...ip, protocol: 17, payload: udp.emit(d, ip.src, ip.dst) })),
    fc
      .tuple(header, fc.constantFrom(2, 6, 47, 250), payload)
      .map(([ip, protocol, rest]) => ipv4.emit({ ...ip, protocol, payload: rest })),
  )
}

const bridgeIds = fc.record({ priority: fc.constantFrom(0, 0x8000), mac: macs() })

function bpduOf(src: mac48.Mac, changed: boolean, root: bpdu.BridgeId, bridge: bpdu.BridgeId): Uint8Array {
  if (changed) {
    const b = new Uint8Array(bpdu.TOPOLOGY_CHANGE_FRAME_BYTES)
    bpdu.putTopologyChange(b, 0, bpdu.GROUP, src)
    return b
  }
  const b = new Uint8Array(bpdu.CONFIG_FRAME_BYTES)
  const times = { messageAge: 0, maxAge: 20 * 256, helloTime: 2 * 256, forwardDelay: 15 * 256 }
  const flags = { topologyChange: false, topologyChangeAck: false }
  bpdu.putConfig(b, 0, bpdu.GROUP, src, { ...flags, ...times, root, bridge, rootPathCost: 4, portId: 0x8001 })
  return b
}

/**
 * The same frames with one thing wrong: bits turned, octets replaced, the end cut off or something behind it. Any
 * octets at all are `fc.uint8Array()`.
 *
 * @example
 * ```ts
 * import fc from 'fast-check'
 * import { expect, test } from 'vitest'
 * import { createWorld } from 'vethereal'
 * import { damaged, frames, send, watch } from 'vethereal/testing'
 *
 * test('nothing breaks a machine', () => {
 *   const world = createWorld()
 *   world.addVeth({ name: 'a', up: true }, { name: 'b', up: true })
 *   world.host.addAddress('b', '10.0.0.1/24')
 *   const watched = watch(world)
 *   fc.assert(
 *     fc.property(damaged(frames()), octets => {
 *       send(world, 'host/a', octets)
 *     }),
 *   )
 *   world.runFor('1s')
 *   expect(watched.broken()).toEqual([])
 * })
 * ```
 */
export const damaged = (whole: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> =>
  fc
    .tuple(whole, fc.constantFrom(...DAMAGES), fc.nat(), fc.nat(0xff))
    .map(([octets, damage, at, by]) => damage(octets, at, by))

/** `at` is any number, `by` an octet. */
type Damage = (octets: Uint8Array, at: number, by: number) => Uint8Array

const replaced = (octets: Uint8Array, at: number, octet: (old: number) => number): Uint8Array =>
  octets.length === 0 ? octets : octets.with(at % octets.length, octet(octets[at % octets.length]!))

export const DAMAGES: readonly Damage[] = [
  (octets, at, by) => replaced(octets, at, old => old ^ (1 << (by % 8))),
  (octets, at, by) => replaced(octets, at, () => by),
  (octets, at) => octets.slice(0, at % (octets.length + 1)),
  (octets, at, by) => {
    const longer = new Uint8Array(octets.length + 1 + (at % 64)).fill(by)
    longer.set(octets)
    return longer
  },
]
