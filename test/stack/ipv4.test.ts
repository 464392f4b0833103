/** IPv4 through machines: who answers, what is forwarded, what is told to whom, and that no frame gets lost. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Device, PacketType } from '../../src/core/device.ts'
import { allocate, type Frame, frameOf } from '../../src/core/frame.ts'
import * as eth from '../../src/wire/ethernet.ts'
import * as icmp from '../../src/wire/icmp.ts'
import type { Ip } from '../../src/wire/ip.ts'
import * as ipv4 from '../../src/wire/ipv4.ts'
import * as udp from '../../src/wire/udp.ts'
import { type Host, ip, Lab, mac, S } from './lab.ts'

/** h1 -- r -- h2, neighbours known, the router on. */
function network() {
  const lab = new Lab()
  const h1 = lab.machine('h1')
  const r = lab.machine('r')
  const h2 = lab.machine('h2')
  const [e1, r1] = lab.cable(h1, 'e', '02:00:00:00:01:01', r, 'e1', '02:00:00:00:01:fe')
  const [e2, r2] = lab.cable(h2, 'e', '02:00:00:00:02:01', r, 'e2', '02:00:00:00:02:fe')
  h1.address(e1, '10.0.1.1/24')
  r.address(r1, '10.0.1.254/24')
  r.address(r2, '10.0.2.254/24')
  h2.address(e2, '10.0.2.1/24')
  for (const host of [h1, r, h2]) host.up(host.lo)
  h1.up(e1)
  r.up(r1, r2)
  h2.up(e2)
  h1.route('default', '10.0.1.254')
  h2.route('default', '10.0.2.254')
  r.set('net/ipv4/ip_forward', '1')
  know(h1, e1, '10.0.1.254', '02:00:00:00:01:fe')
  know(h2, e2, '10.0.2.254', '02:00:00:00:02:fe')
  know(r, r1, '10.0.1.1', '02:00:00:00:01:01')
  know(r, r2, '10.0.2.1', '02:00:00:00:02:01')
  return { lab, h1, r, h2, e1, r1, r2, e2 }
}

const know = (host: Host, dev: Device, address: string, at: string): void => {
  host.stack.addNeighbour(dev, { link: dev.ifindex, dst: ip(address), mac: mac(at) }, 'add')
}

function packet(options: Partial<ipv4.Packet> & { src: Ip; dst: Ip }, dst = '02:00:00:00:01:fe'): Frame {
  const whole: ipv4.Packet = {
    tos: 0,
    id: 7,
    dontFragment: false,
    moreFragments: false,
    fragmentOffset: 0,
    ttl: 64,
    protocol: ipv4.Protocol.Icmp,
    options: new Uint8Array(0),
    payload: icmp.emit({ type: 8, code: 0, rest: 0x1234_0001, payload: new Uint8Array(56).fill(0xa5) }),
    ...options,
  }
  return frameOf(
    eth.emit({ dst: mac(dst), src: mac('02:00:00:00:01:01'), type: eth.EtherType.Ipv4, payload: ipv4.emit(whole) }),
  )
}

const parsed = (bytes: Uint8Array): ipv4.Packet => ipv4.parse(bytes, 14)
const sentBy = (lab: Lab, machine: string, device: string): ipv4.Packet[] =>
  lab.sent.filter(each => each.machine === machine && each.device === device).map(each => parsed(each.bytes))

const FROM = ip('10.0.1.1')
const TO = ip('10.0.2.1')

test('a router takes one from the TTL and updates the checksum; the frame that came is left as it was', () => {
  const { lab, r, r1 } = network()
  const frame = packet({ src: FROM, dst: TO, ttl: 17, tos: 0x28 })
  const before = frame.bytes.slice(frame.at, frame.at + frame.length)
  r.stack.receive(r1, frame, PacketType.Host)
  lab.run(5_000)
  const [forwarded] = lab.sent
  expect([forwarded?.machine, forwarded?.device]).toEqual(['r', 'e2'])
  expect(eth.parse(forwarded!.bytes)).toMatchObject({ dst: mac('02:00:00:00:02:01'), src: mac('02:00:00:00:02:fe') })
  expect(ipv4.check(forwarded!.bytes, 14, 84)).toBe(ipv4.Check.Ok)
  expect(parsed(forwarded!.bytes)).toEqual({ ...parsed(before), ttl: 16 })
  expect(frame.bytes.slice(frame.at, frame.at + frame.length)).toEqual(before)
})

test('an echo is answered with the same data, the TOS it came with, a TTL of 64, an identification and no DF', () => {
  const { lab, h2, e2 } = network()
  h2.stack.receive(e2, packet({ src: FROM, dst: TO, ttl: 3, tos: 0x10, dontFragment: true }), PacketType.Host)
  lab.run(5_000)
  const [answer] = sentBy(lab, 'h2', 'e')
  expect(answer).toMatchObject({ src: TO, dst: FROM, ttl: 64, tos: 0x10, dontFragment: false })
  expect(answer?.id).not.toBe(0)
  expect(icmp.parse(answer!.payload)).toEqual({
    type: 0,
    code: 0,
    rest: 0x1234_0001,
    payload: new Uint8Array(56).fill(0xa5),
  })
})

test('an echo whose checksum is wrong is dropped, and so is one whose header is', () => {
  const { lab, h2, e2 } = network()
  const wrong = packet({ src: FROM, dst: TO })
  wrong.bytes[wrong.at + 60]! ^= 1
  h2.stack.receive(e2, wrong, PacketType.Host)
  const header = packet({ src: FROM, dst: TO })
  header.bytes[header.at + 15]! ^= 1
  h2.stack.receive(e2, header, PacketType.Host)
  const short = packet({ src: FROM, dst: TO })
  h2.stack.receive(e2, { ...short, length: short.length - 10 } as Frame, PacketType.Host)
  h2.stack.receive(e2, packet({ src: FROM, dst: TO }), PacketType.OtherHost)
  lab.run(5_000)
  expect(lab.sent).toEqual([])
  expect(lab.drops.map(each => each.why)).toEqual(['ICMP_CSUM', 'IP_CSUM', 'PKT_TOO_SMALL', 'OTHER_HOST'])
  expect(h2.stack.inet.snmp).toMatchObject({ ipInReceives: 3, ipInHdrErrors: 1, ipInTruncated: 1, icmpInErrors: 1 })
})

test('an error quotes 548 bytes at most, has TOS 0xc0 and comes from the interface towards the sender', () => {
  const { lab, r, r1 } = network()
  const payload = icmp.emit({ type: 8, code: 0, rest: 1, payload: new Uint8Array(1400).fill(0x5a) })
  const frame = packet({ src: FROM, dst: TO, ttl: 1, tos: 0x1c, payload })
  const original = frame.bytes.slice(frame.at + 14, frame.at + frame.length)
  r.stack.receive(r1, frame, PacketType.Host)
  lab.run(5_000)
  const [error] = sentBy(lab, 'r', 'e1')
  expect(error).toMatchObject({ src: ip('10.0.1.254'), dst: FROM, tos: 0xdc, ttl: 64, dontFragment: false })
  const message = icmp.parse(error!.payload)
  expect([message.type, message.code, message.rest]).toEqual([11, 0, 0])
  expect(message.payload.length).toBe(548)
  expect(message.payload).toEqual(original.slice(0, 548))
})

const echoRequest = icmp.emit({ type: 8, code: 0, rest: 1, payload: new Uint8Array(8) })
const anError = icmp.emit({ type: 3, code: 1, rest: 0, payload: new Uint8Array(28).fill(0x45) })
const anEchoReply = icmp.emit({ type: 0, code: 0, rest: 1, payload: new Uint8Array(8) })

test.for([
  ['an echo request', echoRequest, {}, PacketType.Host, 1],
  ['an echo reply', anEchoReply, {}, PacketType.Host, 1],
  ['an ICMP error', anError, {}, PacketType.Host, 0],
  ['a first fragment', echoRequest, { moreFragments: true }, PacketType.Host, 1],
  ['a later fragment', echoRequest, { fragmentOffset: 800 }, PacketType.Host, 0],
  ['what came by broadcast', echoRequest, {}, PacketType.Broadcast, 0],
  ['what came by multicast', echoRequest, {}, PacketType.Multicast, 0],
] as const)('%s that cannot be forwarded', ([, payload, options, type, errors]) => {
  const { lab, r, r1 } = network()
  r.stack.receive(r1, packet({ src: FROM, dst: ip('10.99.0.1'), payload, ...options }), type)
  lab.run(5_000)
  expect(sentBy(lab, 'r', 'e1').length).toBe(errors)
})

test('six errors of limited types go to one address at once, then one a second', () => {
  const { lab, r, r1 } = network()
  const strike = (n: number): void => {
    for (let i = 0; i < n; i++) r.stack.receive(r1, packet({ src: FROM, dst: TO, ttl: 1 }), PacketType.Host)
  }
  lab.run(1 * S)
  strike(20)
  lab.run(1.5 * S)
  expect(sentBy(lab, 'r', 'e1').length).toBe(6)
  lab.run(2.1 * S)
  strike(5)
  lab.run(2.2 * S)
  expect(sentBy(lab, 'r', 'e1').length).toBe(7)
  expect(r.stack.inet.snmp.icmpOutRateLimitHost).toBe(18)
  r.set('net/ipv4/icmp_ratelimit', '0')
  strike(20)
  lab.run(3 * S)
  expect(sentBy(lab, 'r', 'e1').length).toBe(27)
})

// Counted on Linux: 1000 ms let 2 of 12 through, 500 ms 3, 100 ms 4, 0 ms 5.
test.for([
  [1000, 2],
  [500, 3],
  [100, 4],
  [0, 5],
] as const)('without a route, and with icmp_ratelimit %i, %i errors go out at once', ([limit, errors]) => {
  const { lab, r, r1 } = network()
  const strike = (n: number): void => {
    for (let i = 0; i < n; i++) r.stack.receive(r1, packet({ src: FROM, dst: ip('10.99.0.1') }), PacketType.Host)
  }
  r.set('net/ipv4/icmp_ratelimit', String(limit))
  lab.run(1 * S)
  strike(12)
  lab.run(1.001 * S)
  expect(sentBy(lab, 'r', 'e1').length).toBe(errors)
})

test('about fifty errors go to all the world at once', () => {
  const { lab, r, r1 } = network()
  lab.run(1 * S)
  for (let i = 0; i < 400; i++) {
    r.stack.receive(r1, packet({ src: (FROM + (i % 200)) as Ip, dst: TO, ttl: 1 }), PacketType.Host)
  }
  const told = r.stack.inet.snmp.icmpOutMsgs
  // Each costs zero, one or two of fifty credits, by chance.
  expect(told).toBeGreaterThan(35)
  expect(told).toBeLessThan(80)
})

test('a closed UDP port is told unreachable, a broken datagram is not', () => {
  const { lab, h2, e2 } = network()
  const datagram = (port: number): Uint8Array =>
    udp.emit({ srcPort: 4000, dstPort: port, hasChecksum: true, payload: new Uint8Array(12) }, FROM, TO)
  h2.stack.receive(e2, packet({ src: FROM, dst: TO, protocol: 17, payload: datagram(7) }), PacketType.Host)
  const broken = datagram(7)
  broken[9]! ^= 1
  h2.stack.receive(e2, packet({ src: FROM, dst: TO, protocol: 17, payload: broken }), PacketType.Host)
  h2.stack.receive(e2, packet({ src: FROM, dst: TO, protocol: 99 }), PacketType.Host)
  lab.run(5_000)
  const errors = sentBy(lab, 'h2', 'e').map(each => icmp.parse(each.payload))
  expect(errors.map(each => [each.type, each.code])).toEqual([
    [3, 3],
    [3, 2],
  ])
  expect(errors[0]!.payload.length).toBe(20 + 8 + 12)
  expect(lab.drops.map(each => each.why)).toEqual(['NO_SOCKET', 'UDP_CSUM', 'IP_NO_PROTO'])
})

test('a packet too long for the way on is cut up, or with DF refused with the MTU', () => {
  const { lab, r, r1, r2 } = network()
  r2.mtu = 576
  r.stack.mtuChanged(r2)
  const payload = icmp.emit({ type: 8, code: 0, rest: 1, payload: Uint8Array.from({ length: 1200 }, (_, i) => i) })
  r.stack.receive(r1, packet({ src: FROM, dst: TO, payload, id: 99 }), PacketType.Host)
  r.stack.receive(r1, packet({ src: FROM, dst: TO, payload, dontFragment: true }), PacketType.Host)
  lab.run(5_000)
  const pieces = sentBy(lab, 'r', 'e2')
  expect(pieces.map(each => [each.id, each.fragmentOffset, each.moreFragments, each.payload.length])).toEqual([
    [99, 0, true, 552],
    [99, 552, true, 552],
    [99, 1104, false, 104],
  ])
  const [error] = sentBy(lab, 'r', 'e1')
  const message = icmp.parse(error!.payload)
  expect([message.type, message.code, message.rest]).toEqual([3, 4, 576])
})

test('pieces make the whole again, in whatever order they come', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 6000 }),
      fc.integer({ min: 1, max: 180 }),
      fc.infiniteStream(fc.nat()),
      (bytes, eights, luck) => {
        const { lab, h2, e2 } = network()
        const message = icmp.emit({
          type: 8,
          code: 0,
          rest: 1,
          payload: Uint8Array.from({ length: bytes }, (_, i) => i * 7),
        })
        const step = eights * 8
        const pieces: Frame[] = []
        for (let from = 0; from < message.length; from += step) {
          const payload = message.slice(from, from + step)
          const moreFragments = from + step < message.length
          pieces.push(packet({ src: FROM, dst: TO, payload, fragmentOffset: from, moreFragments }))
        }
        while (pieces.length > 0) {
          const [next] = pieces.splice(luck.next().value % pieces.length, 1)
          h2.stack.receive(e2, next!, PacketType.Host)
        }
        lab.run(5_000)
        const answers = sentBy(lab, 'h2', 'e').sort((a, b) => a.fragmentOffset - b.fragmentOffset)
        const answer = Buffer.concat(answers.map(each => each.payload))
        const expected = message.slice()
        expected[0] = 0
        expect(answer.subarray(4)).toEqual(Buffer.from(expected.subarray(4)))
        expect(lab.drops).toEqual([])
      },
    ),
    { numRuns: 40 },
  )
})

test('after thirty seconds what has come is given up, and the sender told if the first piece was there', () => {
  const { lab, h2, e2 } = network()
  const payload = new Uint8Array(64).fill(8)
  lab.run(1 * S)
  h2.stack.receive(e2, packet({ src: FROM, dst: TO, payload, moreFragments: true, id: 1 }), PacketType.Host)
  h2.stack.receive(e2, packet({ src: FROM, dst: TO, payload, fragmentOffset: 64, id: 2 }), PacketType.Host)
  lab.run(30.9 * S)
  expect([lab.sent.length, lab.drops.length]).toEqual([0, 0])
  lab.run(33.1 * S) // The timer wheel counts such spans in steps of two seconds.
  const errors = sentBy(lab, 'h2', 'e').map(each => icmp.parse(each.payload))
  expect(errors.map(each => [each.type, each.code, ipv4.id(each.payload, 0)])).toEqual([[11, 1, 1]])
  expect(lab.drops.map(each => each.why)).toEqual(['FRAG_REASM_TIMEOUT', 'FRAG_REASM_TIMEOUT'])
})

test('pieces that overlap are given up together', () => {
  const { lab, h2, e2 } = network()
  const payload = new Uint8Array(64)
  h2.stack.receive(e2, packet({ src: FROM, dst: TO, payload, moreFragments: true }), PacketType.Host)
  h2.stack.receive(e2, packet({ src: FROM, dst: TO, payload, fragmentOffset: 32 }), PacketType.Host)
  expect(lab.drops.map(each => each.why)).toEqual(['DUP_FRAG', 'DUP_FRAG'])
  expect(h2.stack.inet.snmp).toMatchObject({ ipReasmReqds: 2, ipReasmFails: 1, ipReasmOks: 0 })
})

test('an MTU learned from a router limits later packets for ten minutes', () => {
  const { lab, h1, r, r2 } = network()
  r2.mtu = 1000
  r.stack.mtuChanged(r2)
  const socket = h1.stack.rawSocket(1)
  socket.setErrorQueue(true)
  const big = icmp.emit({ type: 8, code: 0, rest: 1, payload: new Uint8Array(1200) })
  socket.send(big, TO)
  lab.run(1 * S)
  expect(socket.receiveError()).toMatchObject({ failure: { errno: 'EMSGSIZE' }, origin: 'icmp', info: 1000 })
  const asked = h1.stack.routeGet({ dst: TO })
  expect(asked).toMatchObject({ ok: true, value: { metrics: { mtu: 1000 }, expiresSeconds: 599 } })
  socket.setPmtuDiscovery('do')
  expect(socket.send(big, TO)).toEqual({ ok: false, errno: 'EMSGSIZE' })
  expect(socket.receiveError()).toMatchObject({ origin: 'local', info: 1000 })
  lab.run(599 * S)
  expect(socket.send(big, TO).ok).toBe(false)
  lab.run(601 * S)
  expect(socket.send(big, TO).ok).toBe(true)
})

test('every frame is delivered, waits or is dropped with a reason', () => {
  const address = fc.constantFrom(
    ...['10.0.1.1', '10.0.1.254', '10.0.2.254', '10.0.2.1', '10.0.2.77', '10.9.9.9', '127.0.0.1', '0.0.0.0'].map(ip),
    ip('255.255.255.255'),
    ip('10.0.2.255'),
    ip('224.0.0.1'),
    ip('224.0.0.9'),
  )
  const anyPacket = fc.record({
    src: address,
    dst: address,
    ttl: fc.constantFrom(1, 2, 64),
    dontFragment: fc.boolean(),
    protocol: fc.constantFrom(1, 17, 99),
    payload: fc.uint8Array({ minLength: 0, maxLength: 40 }),
    damage: fc.option(fc.nat(60)),
    type: fc.constantFrom(PacketType.Host, PacketType.Broadcast, PacketType.Multicast, PacketType.OtherHost),
  })
  fc.assert(
    fc.property(fc.array(anyPacket, { maxLength: 30 }), packets => {
      const { lab, r, r1 } = network()
      const ends = new Map<Frame, number>()
      const end = (frame: Frame): void => {
        const count = ends.get(frame)
        if (count !== undefined) ends.set(frame, count + 1)
      }
      const drop = lab.drop.bind(lab)
      lab.drop = (dev, why, frame) => {
        end(frame)
        drop(dev, why, frame)
      }
      for (const { damage, type, ...options } of packets) {
        const frame = packet(options)
        if (damage !== null) frame.bytes[frame.at + (damage % frame.length)]! ^= 0x10
        ends.set(frame, 0)
        r.stack.receive(r1, frame, type)
      }
      lab.run(60 * S)
      // A frame ends once at most: what was dropped was neither dropped again nor sent. (Answers may end more than once:
      // one to a broadcast address is heard by its sender too, and both share the frame.)
      expect([...ends.values()].every(count => count <= 1)).toBe(true)
      const { snmp } = r.stack.inet
      const { ipInReceives, ipInDelivers, ipForwDatagrams, icmpInErrors } = snmp
      expect(ipInDelivers + ipForwDatagrams).toBeLessThanOrEqual(ipInReceives)
      expect(icmpInErrors).toBeLessThanOrEqual(snmp.icmpInMsgs)
      for (const { neighbours } of r.stack.inet.inDevices()) {
        for (const each of neighbours.entries.values()) expect(each.waiting).toEqual([])
      }
    }),
    { numRuns: 60 },
  )
})

test('the counters read as in /proc/net/snmp', () => {
  const { lab, h2, e2 } = network()
  h2.stack.receive(e2, packet({ src: FROM, dst: TO }), PacketType.Host)
  lab.run(5_000)
  const text = h2.stack.inet.snmp.format(false, 64)
  expect(text.split('\n').slice(0, 6)).toEqual([
    'Ip: Forwarding DefaultTTL InReceives InHdrErrors InAddrErrors ForwDatagrams InUnknownProtos InDiscards InDelivers OutRequests OutDiscards OutNoRoutes ReasmTimeout ReasmReqds ReasmOKs ReasmFails FragOKs FragFails FragCreates OutTransmits',
    'Ip: 2 64 1 0 0 0 0 0 1 1 0 0 0 0 0 0 0 0 0 1',
    'Icmp: InMsgs InErrors InCsumErrors InDestUnreachs InTimeExcds InParmProbs InSrcQuenchs InRedirects InEchos InEchoReps InTimestamps InTimestampReps InAddrMasks InAddrMaskReps OutMsgs OutErrors OutRateLimitGlobal OutRateLimitHost OutDestUnreachs OutTimeExcds OutParmProbs OutSrcQuenchs OutRedirects OutEchos OutEchoReps OutTimestamps OutTimestampReps OutAddrMasks OutAddrMaskReps',
    'Icmp: 1 0 0 0 0 0 0 0 1 0 0 0 0 0 1 0 0 0 0 0 0 0 0 0 1 0 0 0 0',
    'IcmpMsg: InType8 OutType0',
    'IcmpMsg: 1 1',
  ])
})

test('a frame shorter than its header, one of an unknown type', () => {
  const { lab, h2, e2 } = network()
  h2.stack.receive(e2, allocate(10), PacketType.Host)
  h2.stack.receive(
    e2,
    frameOf(eth.emit({ dst: e2.mac, src: mac('02:00:00:00:01:01'), type: 0x88cc, payload: new Uint8Array(46) })),
    PacketType.Host,
  )
  expect(lab.drops.map(each => each.why)).toEqual(['DEV_HDR', 'UNHANDLED_PROTO'])
})
