/** Each mask hides what it names, and a change of anything else still shows. */
import { expect, test } from 'vitest'
import type { NetnsId } from '../../src/core/device.ts'
import type { Step } from '../../src/testing/session.ts'
import { differences } from './compare.ts'
import { MASKS, Masks } from './masks.ts'
import type { Transcript } from './transcript.ts'

const IP = 0x0e
const QUOTED = IP + 28
const ECHO = Buffer.from(
  '020000000002' +
    '020000000001' +
    '0800' +
    '4500003c30e140004001f5dd0a0000010a000002' +
    '0800f6f800070001' +
    '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f',
  'hex',
)
const UNREACHABLE = Buffer.concat([
  Buffer.from('0200000000010200000000020800', 'hex'),
  Buffer.from('45c00058a1b2000040010000' + '0a0000020a000001', 'hex'),
  Buffer.from('030100000000000000', 'hex').subarray(0, 8),
  ECHO.subarray(IP),
])

const DATAGRAM = Buffer.concat([
  ECHO.subarray(0, IP),
  Buffer.from('45000020b4c2000040110000' + '0a0000010a000002' + '9c410007000c1234', 'hex'),
  Buffer.from('31323334', 'hex'),
])
const REFUSED = Buffer.concat([UNREACHABLE.subarray(0, QUOTED), DATAGRAM.subarray(IP)])

/** A reply to a timestamp request. */
const TIMES = Buffer.concat([
  ECHO.subarray(0, IP),
  Buffer.from('45000028b4c2000040010000' + '0a0000010a000002' + '0e00000077770001', 'hex'),
  Buffer.from('616263640123456701234567', 'hex'),
])

function sum(b: Buffer, from: number, to: number): number {
  let total = 0
  for (let i = from; i < to; i += 2) total += b.readUInt16BE(i)
  while (total > 0xffff) total = (total & 0xffff) + (total >>> 16)
  return total ^ 0xffff
}

/** With right checksums: of the outer header, of a header that it quotes, and of the ICMP message in it. */
function summed(frame: Buffer): Buffer {
  const b = Buffer.from(frame)
  if (b.length > QUOTED + 20 && b[QUOTED] === 0x45) {
    b.writeUInt16BE(0, QUOTED + 10)
    b.writeUInt16BE(sum(b, QUOTED, QUOTED + 20), QUOTED + 10)
  }
  b.writeUInt16BE(0, IP + 10)
  b.writeUInt16BE(sum(b, IP, IP + 20), IP + 10)
  b.writeUInt16BE(0, IP + 22)
  b.writeUInt16BE(sum(b, IP + 20, b.length), IP + 22)
  return b
}

const masked = (frame: Buffer): string => new Masks().frame(frame.toString('hex'))

/** The offsets whose octet may change without showing, when the checksums are made right again. */
function hidden(frame: Buffer): number[] {
  const plain = masked(summed(frame))
  const found: number[] = []
  for (let at = 0; at < frame.length; at++) {
    const other = Buffer.from(frame)
    other[at] = other[at]! ^ 0x55
    if (masked(summed(other)) === plain) found.push(at)
  }
  return found
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i)

test('of an echo: its identification, the time in its payload, and what the checksums were', () => {
  expect(hidden(ECHO)).toEqual([
    ...range(IP + 4, IP + 6),
    ...range(IP + 10, IP + 12),
    ...range(IP + 22, IP + 24),
    ...range(IP + 28, IP + 44),
  ])
})

test('of a datagram: its identification and what the checksum was; where an error quotes it, that of UDP as well', () => {
  const ofIp = [...range(IP + 4, IP + 6), ...range(IP + 10, IP + 12)]
  const shown = Buffer.from(DATAGRAM)
  shown[IP + 26] = 0x99
  expect(masked(shown)).not.toBe(masked(DATAGRAM))
  expect(hidden(REFUSED)).toEqual([
    ...ofIp,
    ...range(IP + 22, IP + 24),
    ...range(QUOTED + 4, QUOTED + 6),
    ...range(QUOTED + 10, QUOTED + 12),
    ...range(QUOTED + 26, QUOTED + 28),
  ])
  const none = Buffer.from(REFUSED)
  none.writeUInt16BE(0, QUOTED + 26)
  expect(masked(summed(none))).not.toBe(masked(summed(REFUSED)))
})

test('of a timestamp reply: its identification and the times of day, but not the time that was asked', () => {
  expect(hidden(TIMES)).toEqual([
    ...range(IP + 4, IP + 6),
    ...range(IP + 10, IP + 12),
    ...range(IP + 22, IP + 24),
    ...range(IP + 32, IP + 40),
  ])
})

test('of an error: both identifications, and the time of what it quotes; the checksums inside count as they are', () => {
  expect(hidden(UNREACHABLE)).toEqual([
    ...range(IP + 4, IP + 6),
    ...range(IP + 10, IP + 12),
    ...range(IP + 22, IP + 24),
    ...range(QUOTED + 4, QUOTED + 6),
    ...range(QUOTED + 10, QUOTED + 12),
    ...range(QUOTED + 22, QUOTED + 24),
    ...range(QUOTED + 28, QUOTED + 44),
  ])
})

test('of an error that quotes only the beginning of an echo: as much of the time as is there', () => {
  expect(hidden(UNREACHABLE.subarray(0, QUOTED + 40)).slice(-12)).toEqual(range(QUOTED + 28, QUOTED + 40))
})

test('a packet of a TUN has the same masks without an Ethernet header', () => {
  const packet = ECHO.subarray(IP)
  expect(new Masks().frame(packet.toString('hex'))).toBe(masked(ECHO).slice(2 * IP))
  const ipv6 = Buffer.concat([Buffer.from([0x60]), packet.subarray(1)]).toString('hex')
  expect(new Masks().frame(ipv6)).toBe(ipv6)
})

test('a wrong checksum shows', () => {
  const wrongHeader = summed(ECHO)
  wrongHeader[IP + 10] = wrongHeader[IP + 10]! ^ 1
  expect(masked(wrongHeader)).not.toBe(masked(summed(ECHO)))
  const wrongMessage = summed(ECHO)
  wrongMessage[IP + 22] = wrongMessage[IP + 22]! ^ 1
  expect(masked(wrongMessage)).not.toBe(masked(summed(ECHO)))
})

test('an identification of 0 is not hidden', () => {
  const none = Buffer.from(ECHO)
  none.writeUInt16BE(0, IP + 4)
  expect(masked(summed(none))).not.toBe(masked(summed(ECHO)))
})

test('other frames pass as they are', () => {
  for (const hex of [
    'ffffffffffff020000000001080600010800060400010200000000010a0000010000000000000a000002',
    '02000000000202000000000188b5000102030405060708090a0b0c0d0e0f10111213141516171819',
    '0200000000020200000000010800450000',
    // UDP, identification 0.
    '020000000002020000000001080045000020000000004011' + '66cb0a0000010a00000200070007000c000061626364',
  ]) {
    const masks = new Masks()
    expect(masks.frame(hex)).toBe(hex)
    expect(masks.used).toEqual({})
  }
})

test('a short echo carries no time, and nothing of its payload is hidden', () => {
  const short = Buffer.from(ECHO.subarray(0, IP + 20 + 8 + 15))
  short.writeUInt16BE(20 + 8 + 15, IP + 2)
  expect(masked(short).slice(2 * (IP + 20))).toBe(short.toString('hex').slice(2 * (IP + 20)))
})

const NO_VNET = '00'.repeat(10)
/** Its checksum is that of the pseudo header alone. */
const UNFINISHED = '020000000002020000000001080045000020000000004011' + '66cb0a0000010a00000200070008000c142061626364'
const FINISHED = UNFINISHED.replace('000c1420', '000c26fe')

test('a checksum that is left to the reader is done, and nothing else of a virtio_net_hdr is hidden', () => {
  const masks = new Masks()
  const read = (line: string): string => masks.read(`${line}\n`, '')
  expect(read(`01000000000022000600 ${UNFINISHED}`)).toBe(`${NO_VNET} ${FINISHED}\n`)
  expect(read(`02000000000000000000 ${FINISHED}`)).toBe(`${NO_VNET} ${FINISHED}\n`)
  expect(masks.used).toEqual({ 'vnet-checksum': 2 })
  // Behind a struct tun_pi.
  expect(read(`0000080001000000000022000600 ${UNFINISHED}`)).toBe(`00000800${NO_VNET} ${FINISHED}\n`)
  for (const line of [`00000800 ${FINISHED}`, ` ${FINISHED}`, `00030000000000000000 ${FINISHED}`]) {
    expect(read(line)).toBe(`${line}\n`)
  }
})

test('an Ethernet header that is zero here is not looked at, but only there, and only behind a virtio_net_hdr', () => {
  const [garbage, zeros, rest] = ['8582ffffffffcd5bc27b8288ffff', '00'.repeat(14), FINISHED.slice(28)]
  const read = (theirs: string, ours: string): string => new Masks().read(theirs, ours)
  const [theirs, ours] = [`${NO_VNET} ${garbage}${rest}\n`, `${NO_VNET} ${zeros}${rest}\n`]
  expect(read(theirs, ours)).toBe(read(ours, ours))
  expect(read(theirs + theirs, ours + ours)).toBe(read(ours + ours, ours + ours))
  expect(read(theirs, `${NO_VNET} ${FINISHED}\n`)).toBe(theirs)
  expect(read(theirs, `\n${ours}`)).toBe(theirs)
  expect(read(` ${garbage}${rest}\n`, ` ${zeros}${rest}\n`)).toBe(` ${garbage}${rest}\n`)
  expect(read(theirs.replace('61626364', '61626365'), ours)).not.toBe(read(ours, ours))
})

test('of what ping prints only the times are hidden', () => {
  const masks = new Masks()
  const text =
    'PING 10.0.0.2 (10.0.0.2) 56(84) bytes of data.\n' +
    '64 bytes from 10.0.0.2: icmp_seq=1 ttl=64 time=0.192 ms\n' +
    '\n--- 10.0.0.2 ping statistics ---\n' +
    '1 packets transmitted, 1 received, 0% packet loss, time 0ms\n' +
    'rtt min/avg/max/mdev = 0.067/0.129/0.192/0.062 ms\n'
  const shown = masks.ping(text)
  expect(shown).toBe(
    'PING 10.0.0.2 (10.0.0.2) 56(84) bytes of data.\n' +
      '64 bytes from 10.0.0.2: icmp_seq=1 ttl=64 time=*ms\n' +
      '\n--- 10.0.0.2 ping statistics ---\n' +
      '1 packets transmitted, 1 received, 0% packet loss, time *ms\n' +
      'rtt *\n',
  )
})

test('of a link only what depends on the machine or on the instant is hidden', () => {
  const link = {
    ifindex: 2,
    num_tx_queues: 2,
    num_rx_queues: 2,
    gso_max_size: 65536,
    linkinfo: { info_kind: 'bridge', info_data: { ageing_time: 30000, hello_timer: 0, gc_timer: 1.5, tcn_timer: 0.5 } },
  }
  expect(new Masks().record(link)).toEqual({
    ifindex: 2,
    num_tx_queues: '*',
    num_rx_queues: '*',
    gso_max_size: 65536,
    linkinfo: {
      info_kind: 'bridge',
      info_data: { ageing_time: 30000, hello_timer: 'stopped', gc_timer: '*', tcn_timer: 'runs' },
    },
  })
})

test('neighbours are compared without their order, but every one of them', () => {
  const masks = new Masks()
  const [a, b] = ['{"dst":"10.0.0.1","dev":"v0"}', '{"dst":"10.0.0.2","dev":"v0"}'] as const
  expect(masks.neighbours([b, a, a])).toEqual([a, a, b])
  expect(masks.neighbours([b, '{"dst":"10.0.0.1","proxy":null}'])).toEqual([b])
})

test('of a file only what was read is hidden, and only while it is not the only one of its device', () => {
  const read = (second: string, errno: number, close = false): string[] => {
    const open = (file: number, link: string): Step => ({ type: 'open', netns: 0 as NetnsId, file, link })
    const script: Step[] = [open(0, 'tap'), open(1, second), { type: 'read', file: 0 }]
    if (close) script.splice(1, 0, { type: 'close', file: 0 }, open(2, 'tap'))
    const transcript = (errno: number, stdout: string): Transcript => ({
      steps: script.map(step => (step.type === 'read' ? { at: 0, errno, stdout } : { at: 0, errno: 0 })),
      end: 0,
      frames: [],
      spaces: [],
    })
    return differences(script, transcript(0, ' 00\n'), transcript(errno, ''), new Masks()).map(each => each.where)
  }
  expect(read('tap', 0)).toEqual([])
  expect(read('tap', 5)).toEqual(['step 2 read'])
  expect(read('other', 0)).toEqual(['step 2 read'])
  expect(read('other', 0, true)).toEqual(['step 4 read'])
})

test('there is no other mask than those that are tested here', () => {
  const masks = new Masks()
  for (const frame of [ECHO, UNREACHABLE, REFUSED, TIMES]) masks.frame(frame.toString('hex'))
  masks.ping('64 bytes from 10.0.0.2: icmp_seq=1 ttl=64 time=0.192 ms')
  masks.record({ num_tx_queues: 2, info_data: { hello_timer: 0, gc_timer: 1.5 } })
  masks.neighbours(['{"dst":"10.0.0.1","dev":"v0"}', '{"dst":"10.0.0.1","proxy":null}'])
  masks.sharedFile(0, 0)
  masks.read(`02000000000000000000 ${FINISHED}`, `${NO_VNET} ${'00'.repeat(14)}`)
  expect(Object.keys(masks.used).sort()).toEqual(Object.keys(MASKS).sort())
})
