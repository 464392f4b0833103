/** br_netfilter without a rule: what Linux 6.18 lets through a bridge, and what it cuts off. */
import { expect, test } from 'vitest'
import { frameOf } from '../../src/core/frame.ts'
import type { Ip } from '../../src/wire/ip.ts'
import * as ipv4 from '../../src/wire/ipv4.ts'
import { Lab } from '../support/bridge.ts'
import { hex } from '../wire/hex.ts'

const TO_A_STRANGER = '020000000009 020000000001'
const UDP = '45000020 00000000 4011 66cb 0a000001 0a000002 0007 0007 000c 0000 61626364'
const IPV6 = '60000000 0004 3b 40 fe800000000000000000000000000001 fe800000000000000000000000000002 61626364'

/** Lengths of the frames that leave, or what is said of one that does not. */
function through(type: string, packet: string, options: object): (string | number)[] {
  const lab = new Lab(2, options)
  const said = lab.receive(1, frameOf(hex(`${TO_A_STRANGER} ${type} ${packet}`)))
  const sent = lab.out.frames.filter(({ what }) => what.startsWith('tx'))
  return sent.length > 0 ? sent.map(({ frame }) => frame.length) : said
}

const changed = (packet: string, from: string, to: string): string => packet.replace(from, to)

test.for([
  ['a packet', UDP, [46]],
  ['a packet and padding', `${UDP} 000000000000`, [46]],
  ['a bad checksum', changed(UDP, '66cb', '66ca'), ['count ipInHdrErrors', 'drop p1 NETFILTER_DROP']],
  ['version 5', changed(UDP, '45', '55'), ['count ipInHdrErrors', 'drop p1 NETFILTER_DROP']],
  ['a header that is cut off', '45000020 0000', ['count ipInHdrErrors', 'drop p1 NETFILTER_DROP']],
  ['a packet that is cut off', UDP.slice(0, -4), ['count ipInTruncated', 'drop p1 NETFILTER_DROP']],
] as const)('IPv4: %s', ([, packet, expected]) => {
  expect(through('0800', packet, { nfCallIptables: 1 })).toEqual(expected)
})

test.for([
  ['a packet', IPV6, [58]],
  ['a packet and padding', `${IPV6} 0000`, [58]],
  ['version 4', changed(IPV6, '60', '40'), ['drop p1 NETFILTER_DROP']],
  ['a header that is cut off', '60000000 0004', ['drop p1 NETFILTER_DROP']],
  ['a packet that is cut off', IPV6.slice(0, -2), ['drop p1 NETFILTER_DROP']],
] as const)('IPv6: %s', ([, packet, expected]) => {
  expect(through('86dd', packet, { nfCallIp6tables: 1 })).toEqual(expected)
})

test('switched off, everything goes through as it is', () => {
  expect(through('0800', changed(UDP, '66cb', '66ca'), {})).toEqual([46])
  expect(through('86dd', '1234', {})).toEqual([16])
})

/** What leaves by a port with an MTU of 68, and is counted, of a packet with `payload` octets. */
function throughNarrow(payload: number, word: number, mtuOfBridge?: number): (string | number)[] {
  const lab = new Lab(2, { nfCallIptables: 1 })
  lab.setMtu(lab.ports[1]!, 68)
  if (mtuOfBridge !== undefined) lab.br.mtu = mtuOfBridge
  lab.out.take()
  const frame = frameOf(new Uint8Array(34 + payload))
  frame.bytes.set(hex(`${TO_A_STRANGER} 0800`), frame.at)
  ipv4.put(frame.bytes, frame.at + 14, 0, 20 + payload, 1, word, 64, 17, 0x0a000001 as Ip, 0x0a000002 as Ip)
  const said = lab.receive(1, frame)
  const sent = lab.out.frames.filter(({ what }) => what.startsWith('tx'))
  const counted = said.filter(each => each.startsWith('count') || each.startsWith('drop'))
  return [...sent.map(each => each.frame.length), ...counted]
}

test('IPv4: what is too long for the port where it leaves is cut into pieces for the MTU of the bridge', () => {
  expect(throughNarrow(48, 0)).toEqual([82])
  expect(throughNarrow(49, 0)).toEqual([82, 35, 'count ipFragCreates 2', 'count ipFragOks'])
  expect(throughNarrow(49, ipv4.DF)).toEqual(['count ipFragFails', 'drop p2 PKT_TOO_BIG'])
  // One piece, four octets too long, is what a VLAN tag would be.
  expect(throughNarrow(52, 0, 1500)).toEqual([86, 'count ipFragCreates', 'count ipFragOks'])
  expect(throughNarrow(53, 0, 1500)).toEqual(['count ipFragCreates', 'count ipFragOks', 'drop p2 PKT_TOO_BIG'])
})
