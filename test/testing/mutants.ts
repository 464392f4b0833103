/**
 * Faults that are planted in the source, one at a time, and the property that has to find each. Nothing of this is in
 * src/: mutants.test.ts builds Vethereal anew with the text replaced.
 */
export interface Mutant {
  readonly name: string
  /** Below src/. */
  readonly file: string
  /** Stands there once. */
  readonly from: string
  readonly to: string
  /** Of properties.ts: what dies of it. */
  readonly property: string
}

const EXACTLY = 'a frame is delivered exactly once, to exactly the right hosts'
const SPOOFED = 'so it is when hosts move, lie about who they are, and share addresses'
const SILENT = 'a bridge forgets who was silent for 300 seconds, and nobody else'
const ISOLATED = 'isolated ports hear all but each other'
const SETTINGS = 'hairpins, isolated ports, entries that stay and wires that are pulled do what they say'
const RECORDED = 'who hears what is as Linux was recorded, whatever was sent before'
const CHILDREN = 'any number of children hear each other, or not, by their modes'
const LINKS = 'sessions about links keep every rule, take the same course twice, and leave nothing behind'
const OVERTAKEN = 'so do sessions in which links go down under the frames'
const ROUTERS = 'what crosses routers comes back, one hop less alive for each, and none writes into what it was given'
const IPV4 = 'so do sessions about IPv4'
const ANY = 'any octets on any device are delivered or dropped'
const format = (name: string): string => `parse(emit(x)) = x: ${name}`

type Row = readonly [name: string, from: string, to: string, property: string]

const inFile = (file: string, ...rows: readonly Row[]): Mutant[] =>
  rows.map(([name, from, to, property]) => ({ name, file, from, to, property }))

export const MUTANTS: readonly Mutant[] = [
  ...inFile(
    'device/bridgepath.ts',
    [
      'a frame returns to its port',
      'if (to === from && (to.flags & PortFlag.Hairpin) === 0) return false',
      '',
      EXACTLY,
    ],
    [
      'a hairpin does not turn frames',
      'if (to === from && (to.flags & PortFlag.Hairpin) === 0)',
      'if (to === from)',
      SETTINGS,
    ],
    [
      'isolated ports talk',
      'return from === undefined || (from.flags & to.flags & PortFlag.Isolated) === 0',
      'return true',
      ISOLATED,
    ],
    [
      'an isolated port talks to nobody',
      '(from.flags & to.flags & PortFlag.Isolated) === 0',
      '((from.flags | to.flags) & PortFlag.Isolated) === 0',
      ISOLATED,
    ],
    [
      'a bridge never learns',
      'if ((port.flags & PortFlag.Learning) !== 0) learn(port, srcHigh, srcLow, frame, out)\n  const group',
      'const group',
      EXACTLY,
    ],
    [
      'a learned address is flooded',
      'forward(bridge, fdb.port[slot]!, port, up, frame, out)',
      'flood(bridge, PortFlag.Flood, port, up, frame, out)',
      EXACTLY,
    ],
    ['the flood ends at the first port', '    delivered = true\n', '    delivered = true\n    break\n', EXACTLY],
    [
      'a port gets a frame twice',
      'else out.tx(dev, frame)',
      'else for (const each of [dev, dev]) out.tx(each, frame)',
      EXACTLY,
    ],
    ['LLDP crosses a bridge', 'if (!forwarded) return keep(', 'if (!forwarded && !bridge) return keep(', EXACTLY],
    [
      'what no port may have is lost',
      'if (!delivered && !up) out.drop(bridge.dev, Drop.NoTxTarget, frame)',
      '',
      EXACTLY,
    ],
    [
      'what the known port may not have is lost',
      'if (!up) out.drop(bridge.dev, Drop.BridgeNoEgressPort, frame)',
      '',
      SPOOFED,
    ],
    [
      'a bridge writes into the frames that it floods',
      'const { dev } = to\n',
      'const { dev } = to\n  frame.bytes[frame.at + 40]! ^= 1\n',
      EXACTLY,
    ],
  ),
  ...inFile(
    'device/bridgefdb.ts',
    [
      'learned on the wrong port',
      'fdb.insert(high, low, port.number, 0, out.now)',
      'fdb.insert(high, low, 1, 0, out.now)',
      EXACTLY,
    ],
    [
      'a host that moved is not followed',
      '    fdb.port[slot] = port.number\n    fdb.flags[slot]! &= ~FdbFlag.ExternLearn\n    tell(bridge, slot)\n  }\n}\n\nconst text',
      '  }\n}\n\nconst text',
      SPOOFED,
    ],
    [
      'a sticky entry moves',
      'fdb.port[slot] !== port.number && (fdb.flags[slot]! & FdbFlag.Sticky) === 0) {\n    if (out.tracing)',
      'fdb.port[slot] !== port.number) {\n    if (out.tracing)',
      SETTINGS,
    ],
    [
      'static entries age',
      'if ((fdb.flags[slot]! & (FdbFlag.Static | FdbFlag.ExternLearn)) !== 0) return false\n    const left',
      'if ((fdb.flags[slot]! & FdbFlag.Local) !== 0) return false\n    const left',
      SETTINGS,
    ],
    ['nothing ages', 'return left <= 0', 'return false', SILENT],
    ['addresses age twice as fast', 'const hold = holdTime(bridge)\n', 'const hold = holdTime(bridge) / 2\n', SILENT],
    [
      'an address that is heard again ages all the same',
      '  fdb.updated[slot] = out.now\n  if (fdb.port',
      '  if (fdb.port',
      SILENT,
    ],
    [
      'a bridge remembers ports that are gone',
      'if (fdb.port[slot] !== number) return false',
      'if (number >= 0) return false',
      SETTINGS,
    ],
  ),
  ...inFile(
    'device/macvlanpath.ts',
    [
      'bridge children do not reach each other',
      'if (sibling !== undefined) {',
      'if (sibling !== undefined && !dev) {',
      CHILDREN,
    ],
    [
      'vepa children are reached directly',
      'return to?.mode === MacvlanMode.Bridge ? to : undefined',
      'return to',
      CHILDREN,
    ],
    [
      'a broadcast of a bridge child does not leave',
      'MacvlanMode.Bridge, out)\n  out.tx(lower, frame)\n',
      'MacvlanMode.Bridge, out)\n  if (!isGroup) out.tx(lower, frame)\n',
      CHILDREN,
    ],
    ['a child hears its own broadcast', 'if (child === sender || ', 'if (', CHILDREN],
    ['private children hear their siblings', '(child.mode & modes) === 0 || ', '', CHILDREN],
    ['a group is heard by those who do not listen', ' || !hears(child, dst)) continue', ') continue', RECORDED],
    [
      'a switch reflects to private children',
      'if (sender !== undefined && (sender.mode & FROM_VEPA) === 0) {',
      'if (sender !== undefined && sender.mode > 16) {',
      RECORDED,
    ],
    ['source mode takes nothing', 'if (port.bySource.size > 0 && ', 'if (port.bySource.size < 0 && ', RECORDED],
    [
      'source mode takes what is not from its list',
      'if (children === undefined) return false',
      'if (children === undefined) return true',
      RECORDED,
    ],
    ['passthru goes by the MAC', 'port.passthru ? port.children[0] : ', '', RECORDED],
    [
      'what is for a child that is down is lost',
      'if (child.hashed === undefined) {',
      'if (child.hashed === undefined) {\n    if (child) return undefined',
      RECORDED,
    ],
    [
      'children hear unicast frames as for others',
      'out.rx(child.dev, frame, PacketType.Host)',
      'out.rx(child.dev, frame, PacketType.OtherHost)',
      RECORDED,
    ],
  ),
  ...inFile('device/macvlan.ts', [
    'a deleted child stays on its lower device',
    'port.lower.uppers = port.lower.uppers.filter(upper => upper !== dev)',
    '',
    CHILDREN,
  ]),
  ...inFile(
    'device/veth.ts',
    [
      'short frames vanish in the wire',
      '  out.cross(peer, frame)\n',
      '  if (frame.length > 60) out.cross(peer, frame)\n'.replace('  if', '    if'),
      EXACTLY,
    ],
    [
      'a refused frame is lost without a reason',
      '  dev.txDropped++\n  out.drop(dev, why, frame)',
      '  if (frame.length > 0) return\n  out.drop(dev, why, frame)',
      OVERTAKEN,
    ],
    ['the other end of a deleted veth stays', '  return [peer]', '  return []', LINKS],
  ),
  ...inFile('device/tun.ts', [
    'what is to be read from a TUN is lost',
    'if (!queue.ring.produce(frame))',
    'if (frame.length > 100 && !queue.ring.produce(frame))',
    ANY,
  ]),
  ...inFile(
    'world/engine.ts',
    [
      'drops are counted only while somebody looks',
      '    this.drops[why]!++\n',
      '    if (dev.tapped) this.drops[why]!++\n',
      ANY,
    ],
    [
      'a wire takes as long as it likes',
      'this.queue.now + this.options.hopNs, Kinds.Arrival',
      'this.queue.now + this.options.hopNs + (Math.random() < 0.5 ? 1 : 0), Kinds.Arrival',
      EXACTLY,
    ],
    [
      'what arrives at a downed device is lost',
      'if (!isUp(dev)) return this.drop(dev, dev.dead ? Drop.Unregistered : Drop.DevReady, frame)',
      'if (!isUp(dev)) return',
      OVERTAKEN,
    ],
  ),
  ...inFile(
    'world/links.ts',
    [
      'addresses outlive their device',
      'draft.addresses = draft.addresses.filter(address => address.ifindex !== dev.ifindex)',
      '',
      IPV4,
    ],
    ['a deleted device is still in its namespace', '  netns.removeDevice(dev)\n', '', LINKS],
    ['sysctls outlive their device', '  netns.sysctls.deviceRemoved(dev.name)\n', '', LINKS],
    ['a deleted namespace is still there', '  engine.netnses[netns.id] = undefined\n', '', LINKS],
    [
      'a port that leaves is still on record',
      '  dev.port = undefined\n  engine.updateLink(dev, { master: 0 })',
      '  dev.port = undefined',
      LINKS,
    ],
    ['a renamed device keeps its old name too', '  netns.byName.delete(old)\n', '', LINKS],
  ),
  ...inFile('stack/input.ts', [
    'a router writes into what it was given',
    '    ipv4.decrementTtl(hop.bytes, to)',
    '    ipv4.decrementTtl(bytes, at)',
    ROUTERS,
  ]),
  ...inFile(
    'wire/ipv4.ts',
    [
      'the offset of a fragment counts octets',
      '(get16(b, at + 6) & OFFSET_MASK) * 8',
      '(get16(b, at + 6) & OFFSET_MASK) * 4',
      format('IPv4'),
    ],
    ['TOS is left out of the checksum', '(0x4500 | (tos & 255))', '0x4500', format('IPv4')],
  ),
  ...inFile('wire/arp.ts', [
    'the target MAC of ARP is two octets off',
    'mac48.put(b, at + 18, tha)',
    'mac48.put(b, at + 16, tha)',
    format('ARP'),
  ]),
  ...inFile('wire/mac.ts', [
    'a MAC loses its leading zeros',
    ".padStart(12, '0')",
    ".padEnd(12, '0')",
    format('MAC as text'),
  ]),
  ...inFile('wire/udp.ts', [
    'a length in a UDP header is its payload',
    'put16(b, at + 4, HEADER_BYTES + payloadBytes)\n  put16(b, at + 6, 0)\n}',
    'put16(b, at + 4, payloadBytes)\n  put16(b, at + 6, 0)\n}',
    format('UDP'),
  ]),
  ...inFile('wire/pcapng.ts', [
    'instants of a capture lose their upper half',
    'put32(b, 12, atNs / LOW_32_BITS)',
    'put32(b, 12, 0)',
    format('pcapng'),
  ]),
]
