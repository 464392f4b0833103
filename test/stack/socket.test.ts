/** Raw sockets: what is heard, what is told, what may be sent. */
import { expect, test } from 'vitest'
import { PacketType } from '../../src/core/device.ts'
import { frameOf } from '../../src/core/frame.ts'
import type { RawSocket } from '../../src/stack/socket.ts'
import * as eth from '../../src/wire/ethernet.ts'
import * as icmp from '../../src/wire/icmp.ts'
import * as ipv4 from '../../src/wire/ipv4.ts'
import { ip, Lab, S } from './lab.ts'

function pair() {
  const lab = new Lab()
  const a = lab.machine('a')
  const b = lab.machine('b')
  const [eth0, eth1] = lab.cable(a, 'veth0', '02:00:00:00:00:01', b, 'veth1', '02:00:00:00:00:02')
  a.address(eth0, '10.0.1.1/24')
  b.address(eth1, '10.0.1.2/24')
  a.up(a.lo, eth0)
  b.up(b.lo, eth1)
  return { lab, a, b, eth0, eth1 }
}

const echo = (sequence = 1, data = 8): Uint8Array =>
  icmp.emit({ type: 8, code: 0, rest: 0x1234_0000 + sequence, payload: new Uint8Array(data) })

/** Types of the ICMP messages that wait in the socket. */
function heard(socket: RawSocket): number[] {
  const types: number[] = []
  for (let each = socket.receive(); each !== undefined && !('ok' in each); each = socket.receive()) {
    types.push(each.bytes[each.at + 20]!)
  }
  return types
}

test('every socket of the protocol hears every message, its own request to itself as well', () => {
  const { lab, a } = pair()
  const one = a.stack.rawSocket(1)
  const other = a.stack.rawSocket(1)
  const deaf = a.stack.rawSocket(17)
  const filtered = a.stack.rawSocket(1)
  filtered.setFilter([icmp.Type.EchoReply])
  one.send(echo(), ip('10.0.1.1'))
  lab.run(1 * S)
  expect([heard(one), heard(other), heard(deaf), heard(filtered)]).toEqual([[8, 0], [8, 0], [], [0]])
})

test('what is bound to an address, connected or bound to a device hears nothing else', () => {
  const { lab, a } = pair()
  const bound = a.stack.rawSocket(1)
  expect(bound.bind(ip('127.0.0.1'))).toMatchObject({ ok: true })
  const connected = a.stack.rawSocket(1)
  expect(connected.connect(ip('10.0.1.2'))).toMatchObject({ ok: true })
  const device = a.stack.rawSocket(1)
  expect(device.bindToDevice('veth0')).toMatchObject({ ok: true })
  const sender = a.stack.rawSocket(1)
  sender.send(echo(), ip('10.0.1.2'))
  lab.run(1 * S)
  expect([heard(bound), heard(connected), heard(device)]).toEqual([[], [0], [0]])
  sender.send(echo(), ip('127.0.0.1'))
  lab.run(2 * S)
  expect([heard(bound), heard(connected), heard(device)]).toEqual([[8, 0], [], []])
  // An address of veth0 is reached over lo, and yet counts as arrived at veth0.
  sender.send(echo(), ip('10.0.1.1'))
  lab.run(3 * S)
  expect([heard(bound), heard(connected), heard(device)]).toEqual([[], [], [8, 0]])
})

test('what cannot be bound', () => {
  const { a } = pair()
  const socket = a.stack.rawSocket(1)
  expect(socket.bind(ip('10.0.1.9'))).toEqual({ ok: false, errno: 'EADDRNOTAVAIL' })
  expect(socket.bindToDevice('nosuch')).toEqual({ ok: false, errno: 'ENODEV' })
  expect(socket.setTtl(0)).toEqual({ ok: false, errno: 'EINVAL' })
  expect(socket.setTtl(256)).toEqual({ ok: false, errno: 'EINVAL' })
})

test.for([
  ['an unknown network', '10.9.9.9', 'ENETUNREACH'],
  ['a broadcast without permission', '10.0.1.255', 'EACCES'],
] as const)('%s: %s', ([, to, errno]) => {
  const { a } = pair()
  const socket = a.stack.rawSocket(1)
  expect(socket.send(echo(), ip(to))).toEqual({ ok: false, errno })
  expect(socket.connect(ip(to))).toEqual({ ok: false, errno })
  expect(a.stack.connect(ip(to))).toEqual({ ok: false, errno })
})

test('with permission a broadcast goes out, and is heard by the sender as well', () => {
  const { lab, a, b } = pair()
  const socket = a.stack.rawSocket(1)
  socket.setBroadcast(true)
  b.set('net/ipv4/icmp_echo_ignore_broadcasts', '0')
  expect(socket.send(echo(), ip('10.0.1.255'))).toMatchObject({ ok: true })
  lab.run(1 * S)
  expect(eth.parse(lab.sent[0]!.bytes).dst).toBe(0xffff_ffff_ffff)
  expect(heard(socket)).toEqual([8, 0])
})

test.for([
  ['want', 8, true, false],
  ['want', 1472, true, false],
  ['want', 1473, false, false],
  ['dont', 8, false, false],
  ['do', 8, true, true],
  ['probe', 8, true, true],
] as const)('path MTU discovery %s, %i bytes of data: DF %s, identification 0 %s', ([mode, data, df, zero]) => {
  const { lab, a } = pair()
  const socket = a.stack.rawSocket(1)
  socket.setPmtuDiscovery(mode)
  socket.send(echo(1, data), ip('10.0.1.2'))
  lab.run(1 * S)
  const sent = lab.sent.find(each => each.hex.slice(24, 28) === '0800')
  const packet = ipv4.parse(sent!.bytes, 14)
  expect([packet.dontFragment, packet.id === 0]).toEqual([df, zero])
})

test('with DF for good a message that is too long is refused, and the queue of errors says by how much', () => {
  const { a } = pair()
  const socket = a.stack.rawSocket(1)
  socket.setPmtuDiscovery('do')
  socket.setErrorQueue(true)
  expect(socket.send(echo(1, 1473), ip('10.0.1.2'))).toEqual({ ok: false, errno: 'EMSGSIZE' })
  expect(socket.hasError).toBe(true)
  expect(socket.receiveError()).toMatchObject({
    origin: 'local',
    failure: { errno: 'EMSGSIZE' },
    info: 1500,
    destination: ip('10.0.1.2'),
  })
  expect(socket.hasError).toBe(false)
  expect(socket.send(echo(1, 1472), ip('10.0.1.2'))).toMatchObject({ ok: true })
})

test('an error from elsewhere is queued with what it quotes, told once, and told to nobody who did not ask', () => {
  const { lab, a, eth0 } = pair()
  const asked = a.stack.rawSocket(1)
  asked.setErrorQueue(true)
  const unasked = a.stack.rawSocket(1)
  let woken = 0
  asked.waiter = () => void woken++
  const quoted = ipv4.emit({
    tos: 0,
    id: 1,
    dontFragment: true,
    moreFragments: false,
    fragmentOffset: 0,
    ttl: 1,
    protocol: 1,
    src: ip('10.0.1.1'),
    dst: ip('10.7.7.7'),
    options: new Uint8Array(0),
    payload: echo(9),
  })
  const whole = ipv4.emit({
    tos: 0xc0,
    id: 2,
    dontFragment: false,
    moreFragments: false,
    fragmentOffset: 0,
    ttl: 60,
    protocol: 1,
    src: ip('10.0.1.254'),
    dst: ip('10.0.1.1'),
    options: new Uint8Array(0),
    payload: icmp.emit({ type: 11, code: 0, rest: 0, payload: quoted }),
  })
  const frame = frameOf(eth.emit({ dst: eth0.mac, src: 5 as never, type: eth.EtherType.Ipv4, payload: whole }))
  asked.setFilter([])
  unasked.setFilter([])
  a.stack.receive(eth0, frame, PacketType.Host)
  lab.run(1 * S)
  expect([woken, asked.ready, unasked.ready]).toEqual([1, true, false])
  expect(asked.receive()).toEqual({ ok: false, errno: 'EHOSTUNREACH' })
  expect(asked.receive()).toBeUndefined()
  expect(asked.receiveError()).toMatchObject({
    origin: 'icmp',
    type: 11,
    code: 0,
    offender: ip('10.0.1.254'),
    destination: ip('10.7.7.7'),
    header: echo(9),
  })
  expect(asked.ready).toBe(false)
})

test('what is full hears nothing more, until it is read', () => {
  const { lab, a } = pair()
  const socket = a.stack.rawSocket(1)
  socket.setFilter([icmp.Type.EchoReply])
  socket.setBuffers(100_000, 2_000)
  for (let i = 0; i < 20; i++) socket.send(echo(i), ip('10.0.1.1'))
  lab.run(1 * S)
  // 4000 octets: the fifth packet of 832 still finds 3328 taken, the sixth finds 4160.
  expect(heard(socket).length).toBe(5)
  socket.send(echo(), ip('10.0.1.1'))
  lab.run(2 * S)
  expect(heard(socket).length).toBe(1)
})

test('a closed socket is gone', () => {
  const { lab, a } = pair()
  const socket = a.stack.rawSocket(1)
  a.stack.rawSocket(1).send(echo(), ip('10.0.1.1'))
  socket.close()
  socket.close()
  lab.run(1 * S)
  expect(socket.ready).toBe(false)
  expect(a.stack.inet.raw.length).toBe(1)
})
