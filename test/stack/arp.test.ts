/** Who is answered, what is learned. Each table line was tried against arp_process of Linux 6.18. */
import { expect, test } from 'vitest'
import { Nud } from '../../src/control/request.ts'
import { Iff, PacketType } from '../../src/core/device.ts'
import { allocate, type Frame } from '../../src/core/frame.ts'
import { stateName } from '../../src/stack/neighbour.ts'
import * as arp from '../../src/wire/arp.ts'
import * as eth from '../../src/wire/ethernet.ts'
import * as mac48 from '../../src/wire/mac.ts'
import { ip, Lab, MS, mac, S } from './lab.ts'

const OURS = mac('02:00:00:00:00:01')
const THEIRS = mac('02:00:00:00:00:02')
const STRANGE = mac('02:00:00:00:00:99')

function machine() {
  const lab = new Lab()
  const a = lab.machine('a')
  const eth0 = a.add('eth0', OURS)
  const eth1 = a.add('eth1', mac('02:00:00:00:00:03'))
  a.address(eth0, '10.0.1.1/24')
  a.address(eth1, '10.0.2.1/24')
  a.up(a.lo, eth0, eth1)
  lab.run(10 * S)
  return { lab, a, eth0, eth1 }
}

function frame(packet: arp.Packet, dst: mac48.Mac = mac48.BROADCAST): Frame {
  const made = allocate(42)
  eth.put(made.bytes, made.at, dst, packet.sha, eth.EtherType.Arp)
  arp.put(made.bytes, made.at + 14, packet.op, packet.sha, packet.spa, packet.tha, packet.tpa)
  return made
}

const request = (spa: string, tpa: string, sha = THEIRS): arp.Packet => ({
  op: arp.Op.Request,
  sha,
  spa: ip(spa),
  tha: mac48.ZERO,
  tpa: ip(tpa),
})

const reply = (spa: string, tpa: string, sha = THEIRS, tha = OURS): arp.Packet => ({
  op: arp.Op.Reply,
  sha,
  spa: ip(spa),
  tha,
  tpa: ip(tpa),
})

test.for([
  ['for our address', request('10.0.1.2', '10.0.1.1'), true, 'STALE'],
  ['for our address on another interface', request('10.0.1.2', '10.0.2.1'), true, 'STALE'],
  ['for a loopback address', request('10.0.1.2', '127.0.0.1'), false, undefined],
  ['for somebody else', request('10.0.1.2', '10.0.1.9'), false, undefined],
  ['for a group', request('10.0.1.2', '224.0.0.1'), false, undefined],
  ['for our broadcast address', request('10.0.1.2', '10.0.1.255'), false, undefined],
  ['in the name of nobody', request('0.0.0.0', '10.0.1.1'), true, undefined],
  ['in the name of nobody for somebody else', request('0.0.0.0', '10.0.1.9'), false, undefined],
  ['in our own name', request('10.0.1.1', '10.0.1.1'), false, undefined],
  ['from another network', request('192.168.9.9', '10.0.1.1'), true, undefined],
] as const)('a request %s', ([, packet, isAnswered, state]) => {
  const { lab, a, eth0 } = machine()
  a.stack.receive(eth0, frame(packet), PacketType.Broadcast)
  lab.run(11 * S)
  const [answer] = lab.sent
  if (isAnswered) {
    expect(eth.parse(answer!.bytes)).toMatchObject({ dst: THEIRS, src: OURS, type: eth.EtherType.Arp })
    expect(arp.parse(answer!.bytes, 14)).toEqual({
      op: arp.Op.Reply,
      sha: OURS,
      spa: packet.tpa,
      tha: THEIRS,
      tpa: packet.spa,
    })
  } else expect(lab.sent).toEqual([])
  const learned = a.stack.neighbours().find(each => each.dst === ip('10.0.1.2'))
  expect(learned === undefined ? undefined : stateName(learned.state)).toBe(state)
})

test.for([
  ['a reply to us', reply('10.0.1.2', '10.0.1.1'), PacketType.Host],
  ['a broadcast reply', reply('10.0.1.2', '10.0.1.1'), PacketType.Broadcast],
  ['a gratuitous request', request('10.0.1.2', '10.0.1.2'), PacketType.Broadcast],
] as const)('%s from a stranger makes no neighbour', ([, packet, type]) => {
  const { lab, a, eth0 } = machine()
  a.stack.receive(eth0, frame(packet), type)
  lab.run(11 * S)
  expect(a.stack.neighbours()).toEqual([])
  a.set('net/ipv4/conf/eth0/arp_accept', '1')
  a.stack.receive(eth0, frame(packet), type)
  const state = type === PacketType.Host ? 'REACHABLE' : 'STALE'
  expect(a.stack.neighbours().map(each => stateName(each.state))).toEqual([state])
})

test.for([
  ['a reply to us, with the same address', reply('10.0.1.2', '10.0.1.1'), PacketType.Host, 0, THEIRS, 'REACHABLE'],
  ['a broadcast reply, with the same address', reply('10.0.1.2', '10.0.1.1'), PacketType.Broadcast, 0, THEIRS, 'STALE'],
  ['another address at once', reply('10.0.1.2', '10.0.1.1', STRANGE), PacketType.Host, 0, THEIRS, 'STALE'],
  [
    'another address a second later',
    reply('10.0.1.2', '10.0.1.1', STRANGE),
    PacketType.Host,
    1_004,
    STRANGE,
    'REACHABLE',
  ],
  [
    'a gratuitous reply at once',
    reply('10.0.1.2', '10.0.1.2', STRANGE, STRANGE),
    PacketType.Broadcast,
    0,
    STRANGE,
    'STALE',
  ],
  [
    'a gratuitous reply for another target',
    reply('10.0.1.2', '10.0.1.2', STRANGE, OURS),
    PacketType.Broadcast,
    0,
    THEIRS,
    'STALE',
  ],
  ['a gratuitous request at once', request('10.0.1.2', '10.0.1.2', STRANGE), PacketType.Broadcast, 0, STRANGE, 'STALE'],
  ['a request for somebody else', request('10.0.1.2', '10.0.1.9', STRANGE), PacketType.Broadcast, 0, THEIRS, 'STALE'],
] as const)('a stale neighbour, and %s', ([, packet, type, later, expected, state]) => {
  const { lab, a, eth0 } = machine()
  a.stack.addNeighbour(eth0, { link: 2, dst: ip('10.0.1.2'), mac: THEIRS, state: Nud.Stale }, 'add')
  lab.run(10 * S + later * MS)
  a.stack.receive(eth0, frame(packet), type)
  const [neighbour] = a.stack.neighbours()
  expect([neighbour?.mac, stateName(neighbour!.state)]).toEqual([expected, state])
})

test('a permanent neighbour learns nothing', () => {
  const { lab, a, eth0 } = machine()
  a.stack.addNeighbour(eth0, { link: 2, dst: ip('10.0.1.2'), mac: THEIRS }, 'add')
  lab.run(20 * S)
  a.stack.receive(eth0, frame(reply('10.0.1.2', '10.0.1.1', STRANGE)), PacketType.Host)
  a.stack.receive(eth0, frame(request('10.0.1.2', '10.0.1.1', STRANGE)), PacketType.Broadcast)
  expect(a.stack.neighbours()).toMatchObject([{ mac: THEIRS, state: Nud.Permanent }])
})

test('what is damaged, for others, or on an interface without ARP is dropped', () => {
  const { lab, a, eth0 } = machine()
  const wrongType = frame(request('10.0.1.2', '10.0.1.1'))
  wrongType.bytes[wrongType.at + 15] = 9
  a.stack.receive(eth0, wrongType, PacketType.Broadcast)
  a.stack.receive(eth0, frame({ ...request('10.0.1.2', '10.0.1.1'), op: 3 }), PacketType.Broadcast)
  a.stack.receive(eth0, frame(request('10.0.1.2', '10.0.1.1')), PacketType.OtherHost)
  eth0.flags |= Iff.NoArp
  a.stack.receive(eth0, frame(request('10.0.1.2', '10.0.1.1')), PacketType.Broadcast)
  expect(lab.drops.map(each => each.why)).toEqual(['NOT_SPECIFIED', 'NOT_SPECIFIED', 'OTHER_HOST', 'NOT_SPECIFIED'])
  expect([lab.sent, a.stack.neighbours()]).toEqual([[], []])
})

test('a frame that came is never written to', () => {
  const { a, eth0 } = machine()
  const asked = frame(request('10.0.1.2', '10.0.1.1'))
  const before = asked.bytes.slice(asked.at, asked.at + asked.length)
  a.stack.receive(eth0, asked, PacketType.Broadcast)
  expect(asked.bytes.slice(asked.at, asked.at + asked.length)).toEqual(before)
})
