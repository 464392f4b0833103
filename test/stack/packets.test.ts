/**
 * Random packets to a router, as Linux 6.18 took them: each line of linux/NAME.packets is one frame that came in, what
 * grew in /proc/net/snmp and netstat, and the IPv4 frames that went out. linux/packets.py made and recorded them: any other
 * seed can be recorded beside them with `unshare -m -n python3 packets.py SEED COUNT > seed-SEED.packets`.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { PacketType } from '../../src/core/device.ts'
import { frameOf } from '../../src/core/frame.ts'
import * as ipv4 from '../../src/wire/ipv4.ts'
import * as mac48 from '../../src/wire/mac.ts'
import { type Host, ip, Lab, MS, mac } from './lab.ts'

const FOLDER = join(import.meta.dirname, 'linux')

function router() {
  const lab = new Lab()
  const r = lab.machine('r')
  const outside = lab.machine('outside')
  const [r1] = lab.cable(r, 'e1', '02:00:00:00:01:fe', outside, 'p1', '02:00:00:00:01:01')
  const [r2] = lab.cable(r, 'e2', '02:00:00:00:02:fe', outside, 'p2', '02:00:00:00:02:01')
  r.address(r1, '10.0.1.254/24')
  r.address(r2, '10.0.2.254/24')
  r.up(r.lo, r1, r2)
  r.stack.addNeighbour(r1, { link: r1.ifindex, dst: ip('10.0.1.1'), mac: mac('02:00:00:00:01:01') }, 'add')
  r.stack.addNeighbour(r2, { link: r2.ifindex, dst: ip('10.0.2.1'), mac: mac('02:00:00:00:02:01') }, 'add')
  r.route('172.16.0.0/12', '10.0.1.1')
  r.set('net/ipv4/ip_forward', '1')
  r.set('net/ipv4/icmp_ratelimit', '0')
  r.set('net/ipv4/icmp_msgs_per_sec', '1000000')
  r.set('net/ipv4/icmp_msgs_burst', '1000000')
  for (const which of ['all', 'default', 'e1', 'e2']) {
    r.set(`net/ipv4/conf/${which}/send_redirects`, '0')
    r.set(`net/ipv4/conf/${which}/rp_filter`, '0')
  }
  lab.run(500 * MS)
  return { lab, r, r1 }
}

/** What /proc/net/snmp and netstat say of IPv4, by name. */
function counters({ stack }: Host): Map<string, number> {
  const { snmp } = stack.inet
  const lines = (snmp.format(true, 64) + snmp.formatExtension()).trimEnd().split('\n')
  const found = new Map<string, number>()
  for (let i = 0; i < lines.length; i += 2) {
    const [kind = '', ...names] = lines[i]!.split(' ')
    const values = lines[i + 1]!.split(' ')
    for (const [k, name] of names.entries()) found.set(`${kind.replace(':', '.')}${name}`, Number(values[k + 1]))
  }
  return found
}

function grown(before: Map<string, number>, after: Map<string, number>): string[] {
  const names = [...after].filter(([name, value]) => value !== (before.get(name) ?? 0))
  return names.map(([name, value]) => `${name}+${value - (before.get(name) ?? 0)}`).sort()
}

/** Without what is random on Linux: identifications of the router's own packets, and the time of day. */
function masked(sent: string): string {
  const [device, hex = ''] = sent.split(':')
  const bytes = Uint8Array.from(Buffer.from(hex, 'hex'))
  const isOwn = [ip('10.0.1.254'), ip('10.0.2.254')].includes(ipv4.src(bytes, 14))
  if (isOwn) bytes.fill(0, 18, 20).fill(0, 24, 26)
  const message = 14 + ipv4.headerBytes(bytes, 14)
  if (isOwn && ipv4.protocol(bytes, 14) === ipv4.Protocol.Icmp && bytes[message] === 14) {
    bytes.fill(0, message + 2, message + 4).fill(0, message + 12, message + 20)
  }
  return `${device}:${Buffer.from(bytes).toString('hex')}`
}

const packetType = (dst: mac48.Mac): PacketType => {
  if (dst === mac('02:00:00:00:01:fe')) return PacketType.Host
  if (dst === mac48.BROADCAST) return PacketType.Broadcast
  return mac48.isGroup(dst) ? PacketType.Multicast : PacketType.OtherHost
}

const hasOptions = (hex: string): boolean => Number.parseInt(hex[29]!, 16) > 5

/**
 * Of a packet with IP options: what came in and what was forwarded, without the time of day in it. Messages about it take
 * over its options on Linux, which is not done here; where they come back, for a source route (131, 137) or to all, nothing is compared.
 */
function partOf(counted: string, sent: string): readonly string[] {
  const came = counted.split(' ').filter(each => /^(?:Ip\.(?:In|Forw|Reasm)|Icmp\.In|IcmpMsg\.In|Udp)/.test(each))
  const forwarded = sent.split(' ').filter(each => each !== '-' && !/^..:.{52}0a000[12]fe/.test(each))
  return [came.join(' '), forwarded.map(withoutTimes).join(' ')]
}

/** With zeros for the checksum of the header and for the slots of a timestamp option (68). */
function withoutTimes(sent: string): string {
  const [device, hex = ''] = sent.split(':')
  const bytes = Uint8Array.from(Buffer.from(hex, 'hex'))
  bytes.fill(0, 24, 26)
  const end = 14 + ipv4.headerBytes(bytes, 14)
  for (let i = 34; i < end && bytes[i] !== 0; i += bytes[i] === 1 ? 1 : bytes[i + 1]!) {
    if (bytes[i] === 68) bytes.fill(0, i + 4, i + bytes[i + 1]!)
  }
  return `${device}:${Buffer.from(bytes).toString('hex')}`
}

const hasSourceRoute = (hex: string): boolean => /83|89/.test(hex.slice(68, 28 + Number.parseInt(hex[29]!, 16) * 8))

const recordings = readdirSync(FOLDER).filter(file => file.endsWith('.packets'))

test.for(recordings)('%s: counted and answered as on Linux', file => {
  const { lab, r, r1 } = router()
  const ours: string[] = []
  const linux: string[] = []
  let before = counters(r)
  for (const line of readFileSync(join(FOLDER, file), 'utf8').trimEnd().split('\n')) {
    const [hex = '', counted = '', sent = ''] = line.split('|')
    lab.sent.length = 0
    const frame = frameOf(Uint8Array.from(Buffer.from(hex, 'hex')))
    r.stack.receive(r1, frame, packetType(mac48.get(frame.bytes, frame.at)))
    lab.run(lab.queue.now + 3 * MS)
    const after = counters(r)
    const isOut = ({ machine, device, bytes }: (typeof lab.sent)[number]) =>
      machine === 'r' && device !== 'lo' && bytes[12] === 8 && bytes[13] === 0
    const frames = lab.sent.filter(isOut).map(({ device, hex }) => masked(`${device}:${hex}`))
    if (hasOptions(hex) && (hasSourceRoute(hex) || counted.includes('Ip.InReceives+2'))) {
      before = after
      continue
    }
    const golden = sent === '-' ? sent : sent.split(' ').map(masked).join(' ')
    const of = hasOptions(hex) ? partOf : (...both: readonly string[]) => both
    ours.push([hex, ...of(grown(before, after).join(' ') || '-', frames.join(' ') || '-')].join('\n'))
    linux.push([hex, ...of(counted.split(' ').sort().join(' '), golden)].join('\n'))
    before = after
  }
  expect(ours).toEqual(linux)
})
