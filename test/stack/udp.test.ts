/** UDP sockets; what a call answers was asked of Linux 6.18. */
import { expect, test } from 'vitest'
import type { Failure } from '../../src/core/errno.ts'
import type { Datagram, UdpSocket } from '../../src/stack/udp.ts'
import * as udp from '../../src/wire/udp.ts'
import { type Host, ip, Lab, S } from './lab.ts'

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)
const bytes = (what: string): Uint8Array => new TextEncoder().encode(what)
const Y = ip('10.1.1.2')

function pair(): { lab: Lab; x: Host; y: Host } {
  const lab = new Lab()
  const x = lab.machine('x')
  const y = lab.machine('y')
  const [ex, ey] = lab.cable(x, 'ex', '02:00:00:00:00:0a', y, 'ey', '02:00:00:00:00:0b')
  x.up(x.lo, ex)
  y.up(y.lo, ey)
  x.address(ex, '10.1.1.1/24')
  y.address(ey, '10.1.1.2/24')
  return { lab, x, y }
}

const settle = (lab: Lab): void => lab.run(lab.queue.now + S / 10)
const heard = (got: Datagram | Failure | undefined): string | undefined =>
  got === undefined ? undefined : 'ok' in got ? got.errno : text(got.payload)
const errnoOf = (answer: { ok: boolean; errno?: string }): string => (answer.ok ? 'ok' : answer.errno!)

function bound(host: Host, port: number, reuse = false): UdpSocket {
  const socket = host.stack.udpSocket()
  socket.setReuseAddress(reuse)
  expect(socket.bind(ip('0.0.0.0'), port).ok).toBe(true)
  return socket
}

test('a datagram and its answer, with checksums, from an ephemeral port', () => {
  const { lab, x, y } = pair()
  const server = bound(y, 7)
  const client = x.stack.udpSocket()
  expect(client.connect(Y, 7).ok).toBe(true)
  expect(client.send(bytes('hello'))).toEqual({ ok: true, value: 5 })
  settle(lab)
  const asked = server.receive() as Datagram
  expect(asked).toMatchObject({ from: ip('10.1.1.1'), fromPort: client.localPort, to: Y })
  expect(client.localPort).toBeGreaterThanOrEqual(32768)
  expect(client.localPort).toBeLessThanOrEqual(60999)
  server.sendTo(bytes('there'), asked.from, asked.fromPort)
  settle(lab)
  expect(heard(client.receive())).toBe('there')
  const datagrams = lab.sent.filter(({ bytes }) => bytes[12] === 8 && bytes[13] === 0)
  expect(datagrams).toHaveLength(2)
  for (const { bytes: b } of datagrams) {
    const [src, dst] = b === datagrams[0]!.bytes ? [ip('10.1.1.1'), Y] : [Y, ip('10.1.1.1')]
    expect(udp.check(b, 34, b.length - 34, src, dst)).toBe(udp.Check.Ok)
    expect(b[20]).toBe(0x40) // DF
  }
  expect(x.stack.inet.snmp).toMatchObject({ udpInDatagrams: 1, udpOutDatagrams: 1, udpNoPorts: 0 })
})

test('what sendto, connect and bind answer', () => {
  const { x } = pair()
  const s = () => x.stack.udpSocket()
  expect(errnoOf(s().sendTo(bytes('x'), Y, 0))).toBe('EINVAL')
  expect(errnoOf(s().send(bytes('x')))).toBe('EDESTADDRREQ')
  expect(errnoOf(s().sendTo(bytes('x'), ip('10.1.1.255'), 9))).toBe('EACCES')
  expect(errnoOf(s().connect(ip('10.1.1.255'), 9))).toBe('EACCES')
  expect(errnoOf(s().sendTo(bytes('x'), ip('8.8.8.8'), 9))).toBe('ENETUNREACH')
  expect(errnoOf(s().connect(ip('8.8.8.8'), 9))).toBe('ENETUNREACH')
  expect(errnoOf(s().sendTo(new Uint8Array(65508), Y, 9))).toBe('EMSGSIZE')
  expect(errnoOf(s().sendTo(new Uint8Array(65507), Y, 9))).toBe('ok')
  const whole = s()
  whole.setPmtuDiscovery('do')
  expect(errnoOf(whole.sendTo(new Uint8Array(1473), Y, 9))).toBe('EMSGSIZE')
  expect(errnoOf(s().bind(ip('10.1.1.99'), 9))).toBe('EADDRNOTAVAIL')
  const broadcast = s()
  expect(errnoOf(broadcast.bind(ip('10.1.1.255'), 9))).toBe('ok')
  expect(errnoOf(broadcast.bind(ip('10.1.1.1'), 10))).toBe('EINVAL')
  expect(errnoOf(s().bind(ip('10.1.1.1'), 9))).toBe('ok')
  expect(errnoOf(s().bind(ip('0.0.0.0'), 9))).toBe('EADDRINUSE')
  expect(s().bindToDevice('nosuch')).toMatchObject({ errno: 'ENODEV' })
  const self = s()
  self.connect(ip('10.1.1.1'), 5)
  expect(self.localAddress).toBe(ip('10.1.1.1'))
})

test('with SO_REUSEADDR the newest of two hears', () => {
  const { lab, x } = pair()
  const [older, newer] = [bound(x, 99, true), bound(x, 99, true)]
  x.stack.udpSocket().sendTo(bytes('hi'), ip('127.0.0.1'), 99)
  settle(lab)
  expect(heard(older.receive())).toBeUndefined()
  expect(heard(newer.receive())).toBe('hi')
})

test('the socket that fits best hears: its address, then its peer', () => {
  const { lab, x, y } = pair()
  const everywhere = bound(y, 5)
  const named = y.stack.udpSocket()
  expect(named.bind(Y, 6).ok).toBe(true)
  const client = bound(x, 1000)
  client.sendTo(bytes('five'), Y, 5)
  client.sendTo(bytes('six'), Y, 6)
  settle(lab)
  expect([heard(everywhere.receive()), heard(named.receive())]).toEqual(['five', 'six'])
  everywhere.setReuseAddress(true)
  const connected = y.stack.udpSocket()
  connected.setReuseAddress(true)
  expect(connected.bind(ip('0.0.0.0'), 5).ok).toBe(true)
  connected.connect(ip('10.1.1.1'), 1000)
  client.sendTo(bytes('mine'), Y, 5)
  bound(x, 1001).sendTo(bytes('other'), Y, 5)
  settle(lab)
  expect([heard(connected.receive()), heard(connected.receive())]).toEqual(['mine', undefined])
  expect(heard(everywhere.receive())).toBe('other')
})

test('a closed port: ECONNREFUSED for whoever is connected, once', () => {
  const { lab, x, y } = pair()
  const client = x.stack.udpSocket()
  client.connect(Y, 5)
  client.send(bytes('x'))
  settle(lab)
  expect(errnoOf(client.send(bytes('y')))).toBe('ECONNREFUSED')
  settle(lab)
  expect(heard(client.receive())).toBeUndefined()
  expect(y.stack.inet.snmp.udpNoPorts).toBe(1)
  const loner = x.stack.udpSocket()
  loner.sendTo(bytes('x'), Y, 5)
  settle(lab)
  expect(errnoOf(loner.sendTo(bytes('y'), Y, 5))).toBe('ok')
})

test('IP_RECVERR tells an unconnected socket as well, with what was sent', () => {
  const { lab, x } = pair()
  const client = x.stack.udpSocket()
  client.setErrorQueue(true)
  client.sendTo(bytes('abc'), Y, 5)
  settle(lab)
  expect(client.ready).toBe(true)
  expect(errnoOf(client.sendTo(bytes('y'), Y, 5))).toBe('ECONNREFUSED')
  const error = client.receiveError()!
  expect(error).toMatchObject({ origin: 'icmp', type: 3, code: 3, offender: Y, destination: Y })
  expect(text(error.header)).toBe('abc')
})

test('broadcasts reach every socket on the port, with permission alone', () => {
  const { lab, x, y } = pair()
  const [one, other] = [bound(y, 9, true), bound(y, 9, true)]
  const named = y.stack.udpSocket()
  named.setReuseAddress(true)
  named.bind(Y, 9)
  const client = x.stack.udpSocket()
  client.setBroadcast(true)
  expect(errnoOf(client.sendTo(bytes('all'), ip('10.1.1.255'), 9))).toBe('ok')
  expect(errnoOf(client.sendTo(bytes('none'), ip('10.1.1.255'), 10))).toBe('ok')
  settle(lab)
  expect([one, other, named].map(each => heard(each.receive()))).toEqual(['all', 'all', undefined])
  expect(y.stack.inet.snmp.udpIgnoredMulti).toBe(1)
})

test('a datagram longer than the MTU travels in fragments', () => {
  const { lab, x, y } = pair()
  const server = bound(y, 9)
  const long = new Uint8Array(5000).map((_, i) => i)
  bound(x, 1234).sendTo(long, Y, 9)
  settle(lab)
  expect((server.receive() as Datagram).payload).toEqual(long)
  expect(lab.sent.filter(({ bytes }) => bytes[12] === 8 && bytes[13] === 0)).toHaveLength(4)
})

test.for([
  [0, 256],
  [100, 256],
  [300, 166],
  [1000, 92],
  [1472, 92],
] as const)('of 300 datagrams with %d octets a socket that nobody reads keeps %d', ([length, kept]) => {
  const { lab, x } = pair()
  const server = bound(x, 9)
  const client = x.stack.udpSocket()
  for (let i = 0; i < 300; i++) client.sendTo(new Uint8Array(length), ip('127.0.0.1'), 9)
  settle(lab)
  let count = 0
  while (server.receive() !== undefined) count++
  expect(count).toBe(kept)
  expect(x.stack.inet.snmp).toMatchObject({
    udpRcvbufErrors: 300 - kept,
    udpInErrors: 300 - kept,
    udpInDatagrams: kept,
  })
})

test('a wrong checksum is counted and nobody hears it', () => {
  const { lab, x, y } = pair()
  const server = bound(y, 9)
  bound(x, 1234).sendTo(bytes('right'), Y, 9)
  settle(lab)
  expect(heard(server.receive())).toBe('right')
  const sent = lab.sent.find(({ bytes }) => bytes[12] === 8 && bytes[13] === 0)!
  const damaged = sent.bytes.slice()
  damaged[damaged.length - 1]! ^= 1
  const device = lab.devices.find(each => each.name === 'ey')!
  y.stack.receive(device, { bytes: damaged, at: 0, length: damaged.length }, 0)
  expect(server.ready).toBe(false)
  expect(y.stack.inet.snmp).toMatchObject({ udpInCsumErrors: 1, udpInErrors: 1 })
})

test('a closed socket gives its port back', () => {
  const { x } = pair()
  bound(x, 9).close()
  bound(x, 9)
})

test('groups: what joining answers, and who hears a datagram to one', () => {
  const { lab, x, y } = pair()
  const group = ip('239.1.2.3')
  const sender = x.stack.udpSocket()
  const [member, other] = [bound(y, 7, true), bound(y, 7, true)]
  expect(errnoOf(member.joinGroup(ip('10.0.0.1'), 'ey'))).toBe('EINVAL')
  expect(errnoOf(member.joinGroup(group, 'nobody'))).toBe('ENODEV')
  expect(errnoOf(member.joinGroup(group, ''))).toBe('ENODEV')
  expect(errnoOf(member.leaveGroup(group, 'ey'))).toBe('EADDRNOTAVAIL')
  expect(errnoOf(sender.bindToDevice('ex'))).toBe('ok')
  sender.sendTo(bytes('before'), group, 7)
  settle(lab)
  expect(errnoOf(member.joinGroup(group, 'ey'))).toBe('ok')
  expect(errnoOf(member.joinGroup(group, 'ey'))).toBe('EADDRINUSE')
  sender.sendTo(bytes('during'), group, 7)
  settle(lab)
  expect(errnoOf(member.leaveGroup(group, 'ey'))).toBe('ok')
  sender.sendTo(bytes('after'), group, 7)
  settle(lab)
  // IP_MULTICAST_ALL: who is on the port hears what the machine has joined.
  for (const socket of [member, other]) {
    expect(heard(socket.receive())).toBe('during')
    expect(socket.receive()).toBeUndefined()
  }
  for (let i = 1; i <= 20; i++) expect(errnoOf(member.joinGroup(ip(`239.0.0.${i}`), 'ey'))).toBe('ok')
  expect(errnoOf(member.joinGroup(ip('239.0.0.21'), 'ey'))).toBe('ENOBUFS')
  member.close()
  expect(errnoOf(other.joinGroup(ip('239.0.0.21'), 'ey'))).toBe('ok')
})
