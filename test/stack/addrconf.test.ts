/**
 * What a device that comes up says in IPv6. Bytes and orders are from Linux 6.18, which had a veth with the address
 * 02:00:00:00:01:00 come up, lose its carrier, go down and meet a twin; its random delays stand here as bounds.
 */
import { expect, test } from 'vitest'
import { type Device, HardwareType, Iff, PacketType } from '../../src/core/device.ts'
import { frameOf } from '../../src/core/frame.ts'
import { groupsOf } from '../../src/core/groups.ts'
import { Addrconf } from '../../src/stack/addrconf.ts'
import * as ip6 from '../../src/wire/ip6.ts'
import * as mac48 from '../../src/wire/mac.ts'
import { FakeNamespace } from '../support/stackenv.ts'
import { hex, packed } from '../wire/hex.ts'

const MAC = 0x0200_0000_0100

const REPORT_UNNAMED = packed(`
  333300000016 020000000100 86dd 6000000000240001 00000000000000000000000000000000 ff020000000000000000000000000016
  3a00050200000100 8f006e8a00000001 04000000ff0200000000000000000001ff000100`)
const REPORT = packed(`
  333300000016 020000000100 86dd 6000000000240001 fe80000000000000000000fffe000100 ff020000000000000000000000000016
  3a00050200000100 8f00700900000001 04000000ff0200000000000000000001ff000100`)
/** Without its checksum and its nonce, which are random. */
const PROBE = packed(`
  3333ff000100 020000000100 86dd 6000000000203aff 00000000000000000000000000000000 ff0200000000000000000001ff000100
  8700....00000000 fe80000000000000000000fffe000100 0e01............`)
const SOLICITATION = packed(`
  333300000002 020000000100 86dd 6000000000103aff fe80000000000000000000fffe000100 ff020000000000000000000000000002
  8500792e00000000 0101020000000100`)

const NAMES = [
  [REPORT_UNNAMED, 'report from ::'],
  [REPORT, 'report'],
  [PROBE, 'probe'],
  [SOLICITATION, 'solicitation'],
] as const

class Host {
  readonly env = new FakeNamespace()
  readonly addrconf = new Addrconf(this.env)
  readonly dev: Device

  constructor(mac = MAC, hardwareType: HardwareType = HardwareType.Ether) {
    this.env.serve((code, ref) => this.addrconf.timer(code, ref))
    this.dev = this.env.newDevice(hardwareType === HardwareType.Loopback ? 'lo' : 'v', mac, hardwareType)
    this.addrconf.deviceAdded(this.dev)
  }

  up(carrier = true): this {
    this.env.open(this.dev, carrier)
    this.addrconf.deviceUp(this.dev)
    return this
  }
  down(): void {
    this.env.close(this.dev)
    this.addrconf.deviceDown(this.dev)
  }
  carrier(on: boolean): void {
    this.env.carrier(this.dev, on)
    this.addrconf.deviceChanged(this.dev, 0)
  }
  runUntil(seconds: number): this {
    this.env.runUntil(seconds)
    return this
  }
  sysctl(line: string): void {
    const [path, value] = line.split('=') as [string, string]
    const changed = this.env.sysctls.set(`net/ipv6/conf/${path}`, value)
    if (!changed.ok) throw new Error(changed.errno)
    for (const each of changed.value) this.addrconf.sysctlChanged(each)
  }
  hears(frame: string, type: PacketType = PacketType.Multicast): void {
    this.addrconf.receive(this.dev, frameOf(hex(frame)), type)
  }

  /** What was sent since last asked, by name, and when. */
  take(): { readonly what: string; readonly at: number }[] {
    return this.env.sent.splice(0).map(({ bytes, at }) => ({ what: nameOf(bytes), at }))
  }
  said(): string[] {
    return this.take().map(({ what }) => what)
  }
  /** As `ip -6 addr` shows them. */
  get addresses(): string[] {
    return this.addrconf.addresses().map(({ bytes, prefixLength, flags, scope }) => {
      const words = [flags & 0x8 ? ' dadfailed' : '', flags & 0x40 ? ' tentative' : '', flags & 0x800 ? ' stable' : '']
      return `${ip6.format(bytes)}/${prefixLength} scope ${scope === 253 ? 'link' : 'host'}${words.join('')}`
    })
  }
  get groups(): string[] {
    return groupsOf(this.dev).map(mac48.format)
  }
}

const nameOf = (bytes: string): string =>
  NAMES.find(([pattern]) => new RegExp(`^${pattern}$`).test(bytes))?.[1] ?? bytes

const FIRST_FRAMES = [
  'report from ::',
  'report from ::',
  'probe',
  'report',
  'solicitation',
  'report',
  'solicitation',
].sort()

test('a veth that comes up says what it says on Linux, when it says it', () => {
  const host = new Host().up()
  expect(host.addresses).toEqual(['fe80::ff:fe00:100/64 scope link tentative'])
  const frames = host.runUntil(8).take()
  expect(frames.map(({ what }) => what).sort()).toEqual(FIRST_FRAMES)
  const at = (what: string): number[] => frames.filter(frame => frame.what === what).map(frame => frame.at)
  const [first, second] = at('report from ::')
  expect(first).toBe(0.012) // Two jiffies of delay, and one more on the timer wheel.
  expect(second! - first!).toBeLessThan(1.07)
  const [probe] = at('probe')
  expect(probe).toBeLessThan(1.03)
  const [named, again] = at('report')
  expect(named! - probe!).toBeGreaterThanOrEqual(1)
  expect(named! - probe!).toBeLessThan(1.04)
  expect(again! - named!).toBeLessThan(1.07)
  const [asked, askedAgain] = at('solicitation')
  expect(asked).toBe(named)
  expect(askedAgain! - asked!).toBeGreaterThan(3.6)
  expect(askedAgain! - asked!).toBeLessThan(4.8)
  const confirmed = frames.findIndex(({ what }) => what === 'report')
  expect(frames[confirmed + 1]!.what).toBe('solicitation')
})

test('the address is tentative until a second after the probe', () => {
  const host = new Host().up()
  host.runUntil(2.2)
  expect(host.addresses).toEqual(['fe80::ff:fe00:100/64 scope link'])
  const { at } = host.take().find(({ what }) => what === 'probe')!
  const other = new Host().up()
  other.runUntil(at + 0.99)
  expect(other.addresses).toEqual(['fe80::ff:fe00:100/64 scope link tentative'])
})

test('groups are joined at registration, with the address, and left when the device goes down', () => {
  const host = new Host()
  expect(host.groups).toEqual(['33:33:00:00:00:01'])
  host.up(false)
  expect(host.groups).toEqual(['33:33:00:00:00:01'])
  host.carrier(true)
  expect(host.groups).toEqual(['33:33:00:00:00:01', '33:33:ff:00:01:00'])
  host.runUntil(3)
  host.carrier(false)
  expect(host.groups).toEqual(['33:33:00:00:00:01', '33:33:ff:00:01:00'])
  host.down()
  expect(host.groups).toEqual([])
  host.up()
  expect(host.groups).toEqual(['33:33:00:00:00:01', '33:33:ff:00:01:00'])
})

test('without carrier there is no address; a carrier that comes back makes reports only', () => {
  const host = new Host().up(false).runUntil(5)
  expect(host.addresses).toEqual([])
  expect(host.said()).toEqual([])
  host.carrier(true)
  host.runUntil(8)
  host.take()
  host.carrier(false)
  host.runUntil(9)
  expect(host.addresses).toEqual(['fe80::ff:fe00:100/64 scope link'])
  host.carrier(true)
  host.runUntil(10.2)
  expect(host.said().filter(what => what !== 'solicitation')).toEqual(['report', 'report'])
})

test('a device that goes down forgets its address and falls silent', () => {
  const host = new Host().up()
  host.runUntil(0.02)
  host.take()
  host.down()
  expect(host.addresses).toEqual([])
  host.runUntil(100)
  expect(host.said()).toEqual([])
  host.up().runUntil(104)
  expect(host.addresses).toEqual(['fe80::ff:fe00:100/64 scope link'])
})

test('after a new MAC the group of the old address is left, which is told next time the device is up', () => {
  const host = new Host().up().runUntil(3)
  host.dev.mac = (MAC + 5) as mac48.Mac
  expect(host.addresses).toEqual(['fe80::ff:fe00:100/64 scope link'])
  host.down()
  host.take()
  host.up().runUntil(6)
  expect(host.addresses).toEqual(['fe80::ff:fe00:105/64 scope link'])
  const [first, ...others] = host.said().filter(what => what.startsWith('333300000016'))
  const records = '03000000ff0200000000000000000001ff000100 04000000ff0200000000000000000001ff000105'
  expect(first).toContain(packed(`00000002${records}`))
  expect(others.map(each => each.includes('03000000'))).toEqual([true, false, false])
})

test('our own probe that comes back is no duplicate', () => {
  const host = new Host().up().runUntil(1.04)
  const probe = host.env.sent.find(({ bytes }) => nameOf(bytes) === 'probe')!
  host.hears(probe.bytes)
  host.runUntil(3)
  expect(host.addresses).toEqual(['fe80::ff:fe00:100/64 scope link'])
})

// Linux 6.18 with the addresses 02:00:00:00:00:01 (asks) and :02 (answers), :01 when somebody probes for it.
const ASKED = packed(`
  3333ff000002 020000000001 86dd 6000000000203aff fe80000000000000000000fffe000001 ff0200000000000000000001ff000002
  87007c9700000000 fe80000000000000000000fffe000002 0101020000000001`)
const ANSWERED = packed(`
  020000000001 020000000002 86dd 6000000000203aff fe80000000000000000000fffe000002 fe80000000000000000000fffe000001
  88001b1a60000000 fe80000000000000000000fffe000002 0201020000000002`)
const ASKED_ALONE = packed(`
  020000000001 020000000002 86dd 6000000000203aff fe80000000000000000000fffe000002 fe80000000000000000000fffe000001
  87007d1b00000000 fe80000000000000000000fffe000001 0101020000000002`)
const ANSWERED_ALONE = packed(`
  020000000002 020000000001 86dd 6000000000183aff fe80000000000000000000fffe000001 fe80000000000000000000fffe000002
  88003f2640000000 fe80000000000000000000fffe000001`)
const PROBED = packed(`
  3333ff000001 020000000001 86dd 6000000000203aff 00000000000000000000000000000000 ff0200000000000000000001ff000001
  8700233000000000 fe80000000000000000000fffe000001 0e014b39e3ca1ce8`)
const OBJECTED = packed(`
  333300000001 020000000001 86dd 6000000000203aff fe80000000000000000000fffe000001 ff020000000000000000000000000001
  8800599b20000000 fe80000000000000000000fffe000001 0201020000000001`)

test.for([
  ['everybody is asked', 2, ASKED, ANSWERED, PacketType.Multicast],
  ['only we are asked', 1, ASKED_ALONE, ANSWERED_ALONE, PacketType.Host],
  ['somebody is about to take the address', 1, PROBED, OBJECTED, PacketType.Multicast],
] as const)('the answer when %s', ([, host, question, answer, type]) => {
  const answerer = new Host(0x0200_0000_0000 + host).up().runUntil(3)
  answerer.take()
  answerer.hears(question, type)
  expect(answerer.said()).toEqual([answer])
  expect(answerer.env.dropped).toEqual([])
})

test.for([
  ['another probe for it', PROBED],
  ['an advertisement of it', OBJECTED],
] as const)('%s makes a tentative address a failed one', ([, frame]) => {
  const host = new Host(0x0200_0000_0001).up().runUntil(1.04)
  host.take()
  host.env.tracing = true
  host.hears(frame)
  expect(host.addresses).toEqual(['fe80::ff:fe00:1/64 scope link dadfailed tentative'])
  expect(host.env.noted).toEqual(['v: duplicate address detected: fe80::ff:fe00:1'])
  host.runUntil(10)
  expect(host.said().every(frame => frame.startsWith('333300000016'))).toBe(true)
  expect(host.groups).toEqual(['33:33:00:00:00:01', '33:33:ff:00:00:01'])
})

const changed = (frame: string, octet: number, to: string): string =>
  frame.slice(0, 2 * octet) + to + frame.slice(2 * octet + to.length)

test.for([
  ['for somebody else', ASKED, PacketType.OtherHost, 'OTHER_HOST'],
  ['with a wrong checksum', changed(ASKED, 56, '0000'), PacketType.Multicast, 'ICMP_CSUM'],
  ['that has travelled', changed(ASKED, 21, 'fe'), PacketType.Multicast, 'INVALID_PROTO'],
  ['for a group we are not in', changed(ASKED, 53, '03'), PacketType.Multicast, 'UNHANDLED_IPV6'],
  ['cut short', ASKED.slice(0, -2), PacketType.Multicast, 'PKT_TOO_SMALL'],
  ['of version 4', changed(ASKED, 14, '40'), PacketType.Multicast, 'IP_HDR'],
  ['that is no ICMPv6', changed(ASKED, 20, '11'), PacketType.Multicast, 'UNHANDLED_IPV6'],
  ['that reports groups', REPORT, PacketType.Multicast, 'UNHANDLED_IPV6'],
  ['that solicits routers', SOLICITATION, PacketType.Multicast, 'UNHANDLED_IPV6'],
] as const)('a packet %s is dropped', ([, frame, type, reason]) => {
  const host = new Host(0x0200_0000_0002).up().runUntil(3)
  host.take()
  host.hears(frame, type)
  expect(host.env.dropped).toEqual([`v ${reason}`])
  expect(host.said()).toEqual([])
})

test('a tentative address does not answer, and neither does a stranger to it', () => {
  const host = new Host(0x0200_0000_0002).up().runUntil(0.001)
  host.hears(ASKED)
  expect(host.said()).toEqual([])
  const other = new Host(0x0300_0000_0002).up().runUntil(3)
  other.take()
  other.hears(ASKED)
  expect(other.said()).toEqual([])
})

test('disable_ipv6 takes the address away, and gives it back', () => {
  const host = new Host().up().runUntil(3)
  host.take()
  host.sysctl('v/disable_ipv6=1')
  expect(host.addresses).toEqual([])
  expect(host.groups).toEqual([])
  host.hears(ASKED)
  expect(host.env.dropped).toEqual(['v IPV6_DISABLED'])
  host.runUntil(20)
  expect(host.said()).toEqual([])
  host.sysctl('all/disable_ipv6=0')
  host.runUntil(28)
  expect(host.said().sort()).toEqual(FIRST_FRAMES)
})

test('a device whose link was never ready stays in the group of all nodes when it goes down or is disabled', () => {
  const host = new Host().up(false)
  host.sysctl('v/disable_ipv6=1')
  expect(host.groups).toEqual(['33:33:00:00:00:01'])
  host.sysctl('v/disable_ipv6=0')
  host.down()
  expect(host.groups).toEqual(['33:33:00:00:00:01'])
})

test('a device born with disable_ipv6 listens to all nodes and says nothing', () => {
  const env = new FakeNamespace()
  env.sysctls.set('net/ipv6/conf/default/disable_ipv6', '1')
  const addrconf = new Addrconf(env)
  env.serve((code, ref) => addrconf.timer(code, ref))
  const dev = env.newDevice('p2', MAC)
  addrconf.deviceAdded(dev)
  env.open(dev)
  addrconf.deviceUp(dev)
  env.runUntil(10)
  expect(env.sent).toEqual([])
  expect(groupsOf(dev).map(mac48.format)).toEqual(['33:33:00:00:00:01'])
})

test('addr_gen_mode 1 keeps an address that is there, and makes none', () => {
  const host = new Host()
  host.sysctl('default/addr_gen_mode=1')
  host.sysctl('v/addr_gen_mode=1')
  host.up().runUntil(5)
  expect(host.addresses).toEqual([])
  host.sysctl('v/addr_gen_mode=0')
  expect(host.addresses).toEqual(['fe80::ff:fe00:100/64 scope link tentative'])
  host.runUntil(8)
  host.sysctl('v/addr_gen_mode=1')
  expect(host.addresses).toEqual(['fe80::ff:fe00:100/64 scope link'])
})

test('an address made while the device is down stays tentative until it is up', () => {
  const host = new Host()
  host.sysctl('v/addr_gen_mode=1')
  host.sysctl('v/addr_gen_mode=0')
  host.runUntil(5)
  expect(host.addresses).toEqual(['fe80::ff:fe00:100/64 scope link tentative'])
  expect(host.groups).toEqual(['33:33:00:00:00:01', '33:33:ff:00:01:00'])
  host.up().runUntil(8)
  expect(host.addresses).toEqual(['fe80::ff:fe00:100/64 scope link'])
})

test.for([
  ['v/accept_dad=0', 0, true],
  ['v/dad_transmits=0', 0, true],
  ['v/dad_transmits=3', 3, false],
] as const)('with %s there are %i probes', ([line, probes, within]) => {
  const host = new Host()
  host.sysctl(line)
  host.up().runUntil(1.1)
  if (within) expect(host.addresses).toEqual(['fe80::ff:fe00:100/64 scope link'])
  host.runUntil(2.9)
  if (!within) expect(host.addresses).toEqual(['fe80::ff:fe00:100/64 scope link tentative'])
  host.runUntil(5)
  expect(host.addresses).toEqual(['fe80::ff:fe00:100/64 scope link'])
  expect(host.said().filter(what => what === 'probe')).toHaveLength(probes)
})

test('accept_dad of all is enough', () => {
  const host = new Host()
  host.sysctl('v/accept_dad=0')
  host.sysctl('all/accept_dad=1')
  host.up().runUntil(0.9)
  expect(host.addresses).toEqual(['fe80::ff:fe00:100/64 scope link tentative'])
})

test.for([0, 1, 3])('router_solicitations=%i', count => {
  const host = new Host()
  host.sysctl(`v/router_solicitations=${count}`)
  host.up().runUntil(1000)
  expect(host.said().filter(what => what === 'solicitation')).toHaveLength(count)
  expect(host.env.pending).toBe(0)
})

test('solicitations double their interval up to an hour, so an idle device costs next to nothing', () => {
  const host = new Host().up().runUntil(86_400)
  const at = host
    .take()
    .filter(({ what }) => what === 'solicitation')
    .map(frame => frame.at)
  const intervals = at.slice(1).map((instant, i) => instant - at[i]!)
  for (const [i, interval] of intervals.entries()) {
    const expected = i < 10 ? intervals[i - 1]! * 2 : 3600
    if (i === 0 || (expected > 3240 && i < 10)) continue
    // A tenth of the span, and an eighth for the timer wheel.
    expect(interval).toBeGreaterThan(expected * 0.89)
    expect(interval).toBeLessThan(expected * 1.26)
  }
  expect(at.length).toBeLessThan(40)
  expect(host.env.pending).toBeLessThanOrEqual(1)
})

test('a second look for duplicates when ARP is turned off and on, without any probe', () => {
  const host = new Host().up().runUntil(3)
  host.take()
  host.dev.flags |= Iff.NoArp
  host.addrconf.deviceChanged(host.dev, Iff.NoArp)
  host.runUntil(5.9)
  expect(host.addresses).toEqual(['fe80::ff:fe00:100/64 scope link'])
  const said = host.said()
  expect(said).not.toContain('probe')
  expect(said.filter(what => what === 'report')).toHaveLength(4)
  expect(said.filter(what => what === 'solicitation')).toHaveLength(1)
})

test('lo has ::1 while it is up, and says nothing', () => {
  const host = new Host(0, HardwareType.Loopback)
  expect(host.addresses).toEqual([])
  host.up().runUntil(10)
  expect(host.addresses).toEqual(['::1/128 scope host'])
  expect(host.said()).toEqual([])
  expect(host.groups).toEqual([])
  host.sysctl('lo/disable_ipv6=1')
  expect(host.addresses).toEqual([])
  host.sysctl('lo/disable_ipv6=0')
  expect(host.addresses).toEqual(['::1/128 scope host'])
  host.down()
  expect(host.addresses).toEqual([])
})

test('a TUN has a random address at once and solicits without an option', () => {
  const host = new Host(0, HardwareType.None).up().runUntil(1)
  expect(host.addresses).toHaveLength(1)
  expect(host.addresses[0]).toMatch(/^fe80::[0-9a-f:]+\/64 scope link stable$/)
  const [bytes] = host.addrconf.addresses().map(each => Buffer.from(each.bytes).toString('hex'))
  expect(host.env.sent.map(each => each.bytes)).toEqual([
    expect.stringMatching(new RegExp(`^6000000000083aff${bytes}ff0200000{23}28500....00000000$`)),
  ])
  const before = host.addresses
  host.down()
  host.up()
  expect(host.addresses).toEqual(before)
})

test('below an MTU of 1280 there is no IPv6', () => {
  const host = new Host().up().runUntil(3)
  const setMtu = (mtu: number): void => {
    host.dev.mtu = mtu
    host.env.sysctls.mtuChanged('v', mtu)
    host.addrconf.mtuChanged(host.dev)
  }
  setMtu(1279)
  expect(host.addresses).toEqual([])
  expect(host.groups).toEqual([])
  host.hears(ASKED)
  expect(host.env.dropped).toEqual(['v IPV6_DISABLED'])
  setMtu(1280)
  expect(host.addresses).toEqual(['fe80::ff:fe00:100/64 scope link tentative'])
})

test('a device that leaves takes everything along', () => {
  const host = new Host().up().runUntil(0.02)
  host.take()
  host.addrconf.deviceRemoved(host.dev)
  host.runUntil(100)
  expect(host.said()).toEqual([])
  expect(host.groups).toEqual([])
  expect(host.addresses).toEqual([])
})

test('a group that a bridge joins is told first, and its leaving twice', () => {
  const host = new Host()
  const snoopers = ip6.parse('ff02::6a')!
  host.addrconf.joinGroup(host.dev, snoopers)
  host.up().runUntil(3)
  const reports = host.said().filter(what => what.startsWith('333300000016'))
  const records = '0000000204000000ff0200000000000000000001ff00010004000000ff02000000000000000000000000006a'
  expect(reports).toHaveLength(4)
  for (const report of reports) expect(report.endsWith(records)).toBe(true)
  host.addrconf.leaveGroup(host.dev, snoopers)
  host.runUntil(4.5)
  const left = host.said().filter(what => what.startsWith('333300000016'))
  expect(left.map(what => what.slice(-48))).toEqual(Array(2).fill('0000000103000000ff02000000000000000000000000006a'))
})
