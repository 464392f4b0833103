/**
 * Echoes between two machines on a cable, octet by octet as Linux 6.18 sent them: from the recordings arp-failure and
 * arp-neigh-commands. Masked nibbles are `*`: identifications, checksums that follow from them, ping's id and clock.
 */
import { expect, test } from 'vitest'
import * as icmp from '../../src/wire/icmp.ts'
import { type Host, ip, Lab, S } from './lab.ts'

function pair(network = '10.0.1', length = 24) {
  const lab = new Lab()
  const a = lab.machine('a')
  const b = lab.machine('b')
  const [eth0, eth1] = lab.cable(a, 'veth0', '02:00:00:00:00:01', b, 'veth1', '02:00:00:00:00:02')
  a.address(eth0, `${network}.1/${length}`)
  b.address(eth1, `${network}.2/${length}`)
  a.up(a.lo, eth0)
  b.up(eth1)
  return { lab, a, b, eth0, eth1 }
}

/** As ping sends it: eight octets of header, sixteen of a clock, then 0x10, 0x11 and so on. */
function echo(sequence: number): Uint8Array {
  const message = Uint8Array.from({ length: 64 }, (_, i) => i - 8)
  icmp.putEcho(message, 0, icmp.Type.EchoRequest, 0x1234, sequence, 56)
  return message
}

const PATTERN = '101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f3031323334353637'
const CLOCK = '*'.repeat(32)

function expectFrames(lab: Lab, host: Host, device: string, golden: readonly string[]): void {
  const ours = lab.hex(host, device)
  const masked = ours.map((hex, i) => [...hex].map((nibble, j) => (golden[i]?.[j] === '*' ? '*' : nibble)).join(''))
  expect(masked).toEqual(golden)
}

test('the first echo asks for the address, the answer needs no question', () => {
  const { lab, a, b } = pair()
  const socket = a.stack.rawSocket(1)
  socket.setFilter([icmp.Type.EchoReply])
  expect(socket.send(echo(1), ip('10.0.1.2'))).toEqual({ ok: true, value: undefined })
  lab.run(1 * S)
  expectFrames(lab, a, 'veth0', [
    'ffffffffffff020000000001080600010800060400010200000000010a0001010000000000000a000102',
    `020000000002020000000001080045000054****40004001****0a0001010a0001020800********0001${CLOCK}${PATTERN}`,
  ])
  expectFrames(lab, b, 'veth1', [
    '020000000001020000000002080600010800060400020200000000020a0001020200000000010a000101',
    `020000000001020000000002080045000054****00004001****0a0001020a0001010000********0001${CLOCK}${PATTERN}`,
  ])
  const received = socket.receive()
  if (received === undefined || 'ok' in received) throw new Error('nothing was received')
  expect(received.instant).toBe(4 * lab.hopNs)
  const { bytes, at, length } = received
  expect(icmp.parse(bytes.slice(at + 20, at + length))).toEqual({ ...icmp.parse(echo(1)), type: 0 })
  expect(socket.receive()).toBeUndefined()
})

test('who knows the address does not ask, but is asked', () => {
  const { lab, a, b, eth0 } = pair('172.16.0', 16)
  a.stack.addNeighbour(eth0, { link: 2, dst: ip('172.16.0.2'), mac: 0x0200_0000_0002 as never }, 'add')
  a.stack.rawSocket(1).send(echo(1), ip('172.16.0.2'))
  lab.run(1 * S)
  expectFrames(lab, a, 'veth0', [
    `020000000002020000000001080045000054****40004001****ac100001ac1000020800********0001${CLOCK}${PATTERN}`,
    '02000000000202000000000108060001080006040002020000000001ac100001020000000002ac100002',
  ])
  expectFrames(lab, b, 'veth1', [
    'ffffffffffff02000000000208060001080006040001020000000002ac100002000000000000ac100001',
    `020000000001020000000002080045000054****00004001****ac100002ac1000010000********0001${CLOCK}${PATTERN}`,
  ])
})

test('who is unreachable is told so over lo, with the packet as it was sent', () => {
  const { lab, a } = pair()
  a.stack.rawSocket(1).send(echo(3), ip('10.0.1.77'))
  lab.run(5 * S)
  const quoted = `45000054****40004001****0a0001010a00014d0800********0003${CLOCK}${PATTERN}`
  expectFrames(lab, a, 'lo', [
    `000000000000000000000000080045c00070****00004001****0a0001010a0001010301****00000000${quoted}`,
  ])
})

test('to oneself: both ways over lo', () => {
  const { lab, a } = pair()
  const socket = a.stack.rawSocket(1)
  socket.setFilter([icmp.Type.EchoReply])
  socket.send(echo(1), ip('10.0.1.1'))
  lab.run(1 * S)
  expectFrames(lab, a, 'lo', [
    `000000000000000000000000080045000054****40004001****0a0001010a0001010800********0001${CLOCK}${PATTERN}`,
    `000000000000000000000000080045000054****00004001****0a0001010a0001010000********0001${CLOCK}${PATTERN}`,
  ])
  expect(socket.ready).toBe(true)
  expect(lab.hex(a, 'veth0')).toEqual([])
})

test('identifications go up by one within a jiffy', () => {
  const { lab, a } = pair()
  lab.run(1 * S)
  const socket = a.stack.rawSocket(1)
  for (let i = 0; i < 5; i++) socket.send(echo(i), ip('10.0.1.1'))
  lab.run(1.001 * S)
  const ids = lab.sent.filter((_, i) => i < 5).map(each => (each.bytes[18]! << 8) | each.bytes[19]!)
  expect(ids.map(id => (id - ids[0]!) & 0xffff)).toEqual([0, 1, 2, 3, 4])
})

test('the same seed, the same octets at the same instants', () => {
  const run = (): string => {
    const { lab, a, b } = pair()
    const there = a.stack.rawSocket(1)
    const back = b.stack.rawSocket(1)
    for (let i = 0; i < 50; i++) lab.at(i * 0.7 * S, () => there.send(echo(i), ip('10.0.1.2')))
    for (let i = 0; i < 20; i++) lab.at(i * 1.3 * S, () => back.send(echo(i), ip('10.0.1.1')))
    lab.run(100 * S)
    return lab.sent.map(({ at, machine, device, hex }) => `${at} ${machine} ${device} ${hex}`).join('\n')
  }
  expect(run()).toBe(run())
})

test('a run with the trace on sends what a run without it sends, and says why', () => {
  const run = (tracing: boolean): { frames: string; notes: string[] } => {
    const { lab, a } = pair()
    lab.tracing = tracing
    a.stack.rawSocket(1).send(echo(1), ip('10.0.1.2'))
    a.stack.rawSocket(1).send(echo(2), ip('10.0.1.9'))
    lab.run(10 * S)
    return { frames: lab.sent.map(({ at, hex }) => `${at} ${hex}`).join('\n'), notes: lab.notes }
  }
  const [quiet, told] = [run(false), run(true)]
  expect(told.frames).toBe(quiet.frames)
  expect(quiet.notes).toEqual([])
  expect(told.notes.slice(0, 7)).toEqual([
    'a/veth0: sent to 10.0.1.2 directly through veth0',
    'a/veth0: waits for the address of 10.0.1.2 (1 in its queue)',
    'a/veth0: asks everybody who has 10.0.1.2 (probe 4)',
    'a/veth0: sent to 10.0.1.9 directly through veth0',
    'a/veth0: waits for the address of 10.0.1.9 (1 in its queue)',
    'a/veth0: asks everybody who has 10.0.1.9 (probe 4)',
    'b/veth1: 10.0.1.1 is at 02:00:00:00:00:01: STALE',
  ])
  expect(told.notes).toContain('a/veth0: nobody answers for 10.0.1.9: FAILED')
})
