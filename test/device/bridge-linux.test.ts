/**
 * Who hears what: a session that was carried out on Linux 6.18 with raw sockets behind four ports, line by line. Every
 * frame came in on a port (or was sent by the machine itself, port 0); at the right is what Linux delivered where.
 */
import { expect, test } from 'vitest'
import type { BridgePortOptions } from '../../src/control/records.ts'
import { type FdbSpec, Nud } from '../../src/control/request.ts'
import { Iff } from '../../src/core/device.ts'
import { frameOf } from '../../src/core/frame.ts'
import { bridge, fdbAdd, fdbFlush } from '../../src/device/bridge.ts'
import * as ethernet from '../../src/wire/ethernet.ts'
import * as ip from '../../src/wire/ip.ts'
import * as ipv4 from '../../src/wire/ipv4.ts'
import { BROADCAST, type Mac, parse } from '../../src/wire/mac.ts'
import { BRIDGE_MAC, Lab, mac, portMac } from '../support/bridge.ts'
import { frame } from '../support/recorder.ts'

type Step = readonly [what: string, port: number, dst: Mac, src: Mac, heard: string, length?: number]
type Setting = (lab: Lab) => void

const GROUP = parse('01:00:5e:01:02:03')!
const reserved = (last: number): Mac => (parse('01:80:c2:00:00:00')! + last) as Mac

const heard = (log: readonly string[]): string => {
  const names = log.filter(line => /^(tx|rx) /.test(line)).map(line => line.slice(3))
  return names.sort().join(' | ') || '-'
}

const port =
  (n: number, options: Partial<BridgePortOptions>): Setting =>
  lab =>
    expect(lab.setPort(n, options).ok).toBe(true)

const entry =
  (n: number, spec: Omit<FdbSpec, 'link' | 'self' | 'master'>): Setting =>
  lab => {
    const dev = n === 0 ? lab.br : lab.ports[n - 1]!
    expect(fdbAdd(dev, { ...spec, link: dev.name, self: n === 0, master: n !== 0 }, 'replace', lab.out).ok).toBe(true)
  }

const mtu =
  (n: number, mtu: number): Setting =>
  lab => {
    lab.ports[n - 1]!.mtu = mtu
    bridge.slaveChanged!(lab.ports[n - 1]!, 'changemtu', lab.out)
  }

const flush: Setting = lab => fdbFlush(lab.br)

const SESSION: readonly (Step | Setting)[] = [
  ['a broadcast', 1, BROADCAST, mac(1), 'br0 broadcast | p2 | p3 | p4'],
  ['unknown', 1, mac(2), mac(1), 'p2 | p3 | p4'],
  ['the answer', 2, mac(1), mac(2), 'p1'],
  ['known', 1, mac(2), mac(1), 'p2'],
  ['for the bridge', 1, BRIDGE_MAC, mac(1), 'br0 host'],
  ['for the port itself', 1, portMac(1), mac(1), 'br0 host'],
  ['for another port', 1, portMac(2), mac(1), 'br0 otherhost'],
  ['known behind the very port', 1, mac(1), mac(9), '-'],
  ['from a group', 1, mac(2), parse('03:00:00:00:00:01')!, '-'],
  ['from nobody', 1, mac(2), 0 as Mac, '-'],
  ['from everybody', 1, mac(2), BROADCAST, '-'],
  ["from the bridge's own MAC", 1, mac(2), BRIDGE_MAC, 'p2'],
  ["from a port's own MAC", 1, mac(2), portMac(2), 'p2'],
  ['host 1 has moved to port 3', 3, mac(2), mac(1), 'p2'],
  ['and is found there', 2, mac(1), mac(2), 'p3'],

  ['the bridge group without a spanning tree', 1, reserved(0), mac(1), 'br0 multicast | p2 | p3 | p4'],
  ...[1, 2, 3, 7, 14, 15].map((n): Step => [`reserved ${n}`, 1, reserved(n), mac(1), '-']),
  ['not reserved', 1, reserved(16), mac(1), 'br0 multicast | p2 | p3 | p4'],
  ['not reserved either', 1, reserved(256), mac(1), 'br0 multicast | p2 | p3 | p4'],
  lab => lab.set({ groupFwdMask: 0xfff8 }),
  ...[1, 2].map((n): Step => [`still reserved ${n}`, 1, reserved(n), mac(1), '-']),
  ...[0, 3, 4, 14, 15].map((n): Step => [`forwarded ${n}`, 1, reserved(n), mac(1), 'br0 multicast | p2 | p3 | p4']),
  lab => lab.set({ groupFwdMask: 0 }),
  flush,
  ['LLDP teaches too', 1, reserved(14), mac(7), '-'],
  ['host 7 is known', 2, mac(7), mac(2), 'p1'],

  ['multicast', 1, GROUP, mac(1), 'br0 multicast | p2 | p3 | p4'],
  port(2, { mcastFlood: false }),
  ['no multicast for port 2', 1, GROUP, mac(1), 'br0 multicast | p3 | p4'],
  ['but broadcast', 1, BROADCAST, mac(1), 'br0 broadcast | p2 | p3 | p4'],
  ['and unknown', 1, mac(77), mac(1), 'p2 | p3 | p4'],
  ["and the bridge's own multicast", 0, GROUP, BRIDGE_MAC, 'p1 | p2 | p3 | p4'],
  port(2, { mcastFlood: true, bcastFlood: false }),
  ['no broadcast for port 2', 1, BROADCAST, mac(1), 'br0 broadcast | p3 | p4'],
  ['but multicast', 1, GROUP, mac(1), 'br0 multicast | p2 | p3 | p4'],
  ['a group that begins like broadcast', 1, parse('ff:ff:00:00:00:01')!, mac(1), 'br0 multicast | p2 | p3 | p4'],
  ['a group that ends like broadcast', 1, parse('01:00:ff:ff:ff:ff')!, mac(1), 'br0 multicast | p2 | p3 | p4'],
  ["and the bridge's own broadcast", 0, BROADCAST, BRIDGE_MAC, 'p1 | p2 | p3 | p4'],
  port(2, { bcastFlood: true, flood: false }),
  ['nothing unknown for port 2', 1, mac(77), mac(1), 'p3 | p4'],
  ['but broadcast', 1, BROADCAST, mac(1), 'br0 broadcast | p2 | p3 | p4'],
  ['not from the bridge itself either', 0, mac(77), BRIDGE_MAC, 'p1 | p3 | p4'],
  port(2, { flood: true }),

  port(1, { isolated: true }),
  port(2, { isolated: true }),
  ['1 and 2 are isolated', 1, BROADCAST, mac(1), 'br0 broadcast | p3 | p4'],
  ['3 is not', 3, BROADCAST, mac(3), 'br0 broadcast | p1 | p2 | p4'],
  ['nor is the bridge', 0, BROADCAST, BRIDGE_MAC, 'p1 | p2 | p3 | p4'],
  ['2 to 1', 2, mac(1), mac(2), '-'],
  ['1 to 2', 1, mac(2), mac(1), '-'],
  ['3 to 2', 3, mac(2), mac(3), 'p2'],
  port(1, { isolated: false }),
  port(2, { isolated: false }),

  port(1, { hairpin: true }),
  ['hairpin', 1, BROADCAST, mac(1), 'br0 broadcast | p1 | p2 | p3 | p4'],
  ['known behind the very port', 1, mac(1), mac(8), 'p1'],
  ['unknown', 1, mac(88), mac(1), 'p1 | p2 | p3 | p4'],
  port(1, { hairpin: false }),

  port(1, { learning: false }),
  flush,
  ['learning off', 1, BROADCAST, mac(1), 'br0 broadcast | p2 | p3 | p4'],
  ['so flooded', 2, mac(1), mac(2), 'p1 | p3 | p4'],
  ['LLDP does not teach either', 1, reserved(14), mac(1), '-'],
  ['so flooded', 2, mac(1), mac(2), 'p1 | p3 | p4'],
  port(1, { learning: true }),

  entry(3, { mac: mac(5), state: Nud.NoArp }),
  ['a static entry', 1, mac(5), mac(1), 'p3'],
  ['host 5 is heard on 2', 2, BROADCAST, mac(5), 'br0 broadcast | p1 | p3 | p4'],
  ['static entries move', 1, mac(5), mac(1), 'p2'],
  entry(3, { mac: mac(5), state: Nud.NoArp, sticky: true }),
  ['heard on 2', 2, BROADCAST, mac(5), 'br0 broadcast | p1 | p3 | p4'],
  ['sticky entries do not move', 1, mac(5), mac(1), 'p3'],
  entry(3, { mac: mac(6), state: Nud.Permanent }),
  ['a permanent entry is local', 1, mac(6), mac(1), 'br0 otherhost'],
  ['the bridge itself sends to the port', 0, mac(6), BRIDGE_MAC, 'p3'],
  ['as a source', 2, BROADCAST, mac(6), 'br0 broadcast | p1 | p3 | p4'],
  entry(0, { mac: mac(0x16), state: Nud.Permanent }),
  ['a permanent entry of the bridge', 1, mac(0x16), mac(1), 'br0 otherhost'],
  ['leads nowhere from the bridge', 0, mac(0x16), BRIDGE_MAC, '-'],
  entry(3, { mac: parse('01:00:5e:00:00:05')!, state: Nud.NoArp }),
  ['an entry for a group is not looked at', 1, parse('01:00:5e:00:00:05')!, mac(1), 'br0 multicast | p2 | p3 | p4'],

  ['from the bridge to itself', 0, BRIDGE_MAC, mac(0x33), '-'],
  ["from the bridge to a port's MAC", 0, portMac(2), BRIDGE_MAC, 'p2'],
  ['from the bridge to host 1', 0, mac(1), mac(2), 'p1'],

  lab => {
    lab.br.flags |= Iff.Promisc
  },
  ['promiscuous: unknown', 1, mac(77), mac(1), 'br0 otherhost | p2 | p3 | p4'],
  ['promiscuous: known', 1, mac(2), mac(1), 'br0 otherhost | p2'],
  ['promiscuous: the very port', 1, mac(1), mac(9), 'br0 otherhost'],
  ['promiscuous: its own', 1, BRIDGE_MAC, mac(1), 'br0 host'],
  lab => {
    lab.br.flags &= ~Iff.Promisc
  },

  mtu(2, 1000),
  lab => expect(lab.br.mtu).toBe(1000),
  ['1014 octets', 1, BROADCAST, mac(1), 'br0 broadcast | p2 | p3 | p4', 1014],
  ['1018 octets', 1, BROADCAST, mac(1), 'br0 broadcast | p2 | p3 | p4', 1018],
  ['1019 octets', 1, BROADCAST, mac(1), 'br0 broadcast | p3 | p4', 1019],
  ['1518 octets', 1, BROADCAST, mac(1), 'br0 broadcast | p3 | p4', 1518],
  ['1519 octets', 1, BROADCAST, mac(1), 'br0 broadcast', 1519],
]

test('a session with raw sockets', () => {
  const lab = new Lab(4)
  for (const step of SESSION) {
    if (typeof step === 'function') {
      step(lab)
      continue
    }
    const [what, port, dst, src, expected, length] = step
    const f = frame(dst, src, 0x88b5, length)
    expect(`${what}: ${heard(port === 0 ? lab.send(f) : lab.receive(port, f))}`).toBe(`${what}: ${expected}`)
  }
})

// -- Multicast snooping looks into packets --------------------------------------------------------

const EVERYBODY = 'br0 multicast | p2 | p3 | p4'
const UDP = packet(17, new Uint8Array(20).fill(0x78))
const IGMP_REPORT = Uint8Array.from([0x16, 0, 0xf8, 0xfa, 239, 1, 2, 3])

function packet(protocol: number, payload: Uint8Array): Uint8Array {
  const fields = { tos: 0, id: 1, dontFragment: false, moreFragments: false, fragmentOffset: 0, ttl: 1 }
  const [src, dst] = [ip.parse('10.0.0.1')!, ip.parse('239.1.2.3')!]
  return ipv4.emit({ ...fields, protocol, src, dst, options: new Uint8Array(0), payload })
}

/** The packet with some octets changed; its header checksum put right unless told otherwise. */
function changed(bytes: Uint8Array, octets: Record<number, number>, checksum = true): Uint8Array {
  const b = bytes.slice()
  for (const [at, octet] of Object.entries(octets)) b[Number(at)] = octet
  if (checksum) ipv4.putChecksum(b, 0)
  return b
}

const IPV6 = Uint8Array.from([0x60, 0, 0, 0, 0, 20, 17, 1, ...new Array<number>(52).fill(0x20)])

test.for([
  ['a UDP packet', UDP, EVERYBODY],
  ['version 5', changed(UDP, { 0: 0x55 }), '-'],
  ['a header length of 16', changed(UDP, { 0: 0x44 }), '-'],
  ['a header length of 60', changed(UDP, { 0: 0x4f }), '-'],
  ['a total length of one octet more', changed(UDP, { 3: 41 }), '-'],
  ['a total length that leaves padding', changed(UDP, { 3: 21 }), EVERYBODY],
  ['a total length below the header', changed(UDP, { 3: 19 }), '-'],
  ['19 octets', UDP.slice(0, 19), '-'],
  ['nothing', new Uint8Array(0), '-'],
  ['a bad header checksum', changed(UDP, { 10: 0 }, false), '-'],
  ['an IGMP report', packet(2, IGMP_REPORT), EVERYBODY],
  ['an IGMP report with a bad checksum', packet(2, changed(IGMP_REPORT, { 3: 0xfb }, false)), '-'],
  ['a short IGMP message', packet(2, Uint8Array.from([0x16, 0, 0, 0])), '-'],
  ['an IGMP message of no known type', packet(2, Uint8Array.from([0x99, 0, 0x66, 0xff, 0, 0, 0, 0])), EVERYBODY],
] as const)('multicast over IPv4: %s', ([, payload, expected]) => {
  const multicast = ethernet.emit({ dst: GROUP, src: mac(1), type: ethernet.EtherType.Ipv4, payload })
  expect(heard(new Lab(4).receive(1, frameOf(multicast)))).toBe(expected)
  expect(heard(new Lab(4, { mcastSnooping: 0 }).receive(1, frameOf(multicast)))).toBe(EVERYBODY)

  const unicast = ethernet.emit({ dst: mac(9), src: mac(1), type: ethernet.EtherType.Ipv4, payload })
  expect(heard(new Lab(4).receive(1, frameOf(unicast)))).toBe('p2 | p3 | p4')
  const broadcast = ethernet.emit({ dst: BROADCAST, src: mac(1), type: ethernet.EtherType.Ipv4, payload })
  expect(heard(new Lab(4).receive(1, frameOf(broadcast)))).toBe('br0 broadcast | p2 | p3 | p4')
  expect(heard(new Lab(4).send(frameOf(broadcast)))).toBe('p1 | p2 | p3 | p4')
  expect(heard(new Lab(4).send(frameOf(multicast)))).toBe(expected === '-' ? '-' : 'p1 | p2 | p3 | p4')
})

test.for([
  ['a UDP packet', IPV6, EVERYBODY],
  ['version 5', changed(IPV6, { 0: 0x50 }, false), '-'],
  ['a payload length of one octet more', changed(IPV6, { 5: 21 }, false), '-'],
  ['39 octets', IPV6.slice(0, 39), '-'],
] as const)('multicast over IPv6: %s', ([, payload, expected]) => {
  const dst = parse('33:33:00:01:00:02')!
  const multicast = ethernet.emit({ dst, src: mac(1), type: ethernet.EtherType.Ipv6, payload })
  expect(heard(new Lab(4).receive(1, frameOf(multicast)))).toBe(expected)
})

// -- Where the kernel's kfree_skb saw frames end, and why -----------------------------------------

const silent = (n: number): Setting => port(n, { flood: false, mcastFlood: false, bcastFlood: false })

test.for([
  ['from a group', [], 1, mac(2), parse('03:00:00:00:00:01')!, ['drop p1 MAC_INVALID_SOURCE']],
  ['a pause frame', [], 1, reserved(1), mac(1), ['drop p1 MAC_IEEE_MAC_CONTROL']],
  ['another reserved group is left to the port', [], 1, reserved(5), mac(1), ['pass']],
  ['no port wants what is unknown', [silent(2), silent(3)], 1, mac(9), mac(1), ['drop br0 NO_TX_TARGET']],
  ['the machine hears broadcast anyway', [silent(2), silent(3)], 1, BROADCAST, mac(1), ['rx br0 broadcast']],
  ['from the machine', [silent(1), silent(2), silent(3)], 0, mac(9), BRIDGE_MAC, ['drop br0 NO_TX_TARGET']],
  ['disabled', [port(1, { state: 0 })], 1, mac(2), mac(1), ['drop p1 BRIDGE_INGRESS_STP_STATE']],
  ['listening', [port(1, { state: 1 })], 1, mac(2), mac(1), ['drop p1 BRIDGE_INGRESS_STP_STATE']],
  ['learning', [port(1, { state: 2 })], 1, mac(2), mac(1), ['drop p1 BRIDGE_INGRESS_STP_STATE']],
] as const)('a frame ends: %s', ([, settings, port, dst, src, log]) => {
  const lab = new Lab(3)
  for (const set of settings) set(lab)
  const f = frame(dst, src)
  expect(port === 0 ? lab.send(f) : lab.receive(port, f)).toEqual(log)
})
