/**
 * What is left out of the comparison, because it is chance or depends on the machine, and nothing else. Each mask has a
 * test that shows it hides only what it names. The report of a run counts how often each was used.
 */
export const MASKS = {
  'ip-id':
    'the identification of an IPv4 packet, unless it is 0; its header checksum is replaced by whether it is right',
  'quoted-ip-id': 'the same inside the packet that an ICMP error quotes; the checksum of the error as above',
  'quoted-udp-checksum':
    'the checksum, unless it is 0, of a UDP datagram that an ICMP error quotes: Linux leaves it to the receiver (a veth never computes one), and quotes what is there',
  'vnet-checksum':
    'what a struct virtio_net_hdr says of a checksum; the one that it leaves to the reader of /dev/tapN is done: UDP, as above',
  'unwritten-header':
    'the Ethernet header of a datagram to a group that a macvtap heard from its own stack, and that no device sent in one piece: whatever was in memory',
  'ping-time': 'the first 16 octets of the payload of an echo of 16 octets or more: the time at which ping sent it',
  'icmp-time': 'the two times of day that an ICMP timestamp reply tells',
  'ping-rtt': 'round trip times and the total time in what ping prints',
  queues: 'num_tx_queues and num_rx_queues of a link: the number of processors',
  timers: 'how much is left of a timer of a bridge; whether it runs is compared',
  'gc-timer': 'when the collector of a forwarding database comes next: mostly at once where addresses age fast',
  'leaked-proxy':
    'a proxy entry without a device, which no session makes: Linux keeps those of namespaces that are gone, and shows them in a new one at the same place in memory',
  'neighbour-order': 'the order of neighbours: a hash with a random key',
  'shared-file':
    'what is read from a file that was open beside another of the same device: which of them gets a packet hangs on a hash with a random key (its errno is compared, and the frames of the device)',
} as const
export type Mask = keyof typeof MASKS

/** How often each mask changed something. */
export type MaskCounts = Partial<Record<Mask, number>>

export class Masks {
  readonly used: MaskCounts = {}

  private count(mask: Mask): void {
    this.used[mask] = (this.used[mask] ?? 0) + 1
  }

  // -- Frames -------------------------------------------------------------------------------------

  /** A frame in hexadecimal digits, from its Ethernet header on if it has one. */
  frame(hex: string): string {
    const b = Buffer.from(hex, 'hex')
    // No MAC of a session begins with 4: a packet of a TUN, which has no Ethernet header.
    if (b[0]! >> 4 === 4) this.packet(b, 0, b.length, 'ip-id')
    else if (b.length >= 34 && b.readUInt16BE(12) === 0x0800) this.packet(b, 14, b.length, 'ip-id')
    return b.toString('hex')
  }

  private packet(b: Buffer, at: number, end: number, mask: 'ip-id' | 'quoted-ip-id'): void {
    const headerEnd = at + (b[at]! & 15) * 4
    if (b[at]! >> 4 !== 4 || headerEnd < at + 20 || headerEnd > end) return
    const ident = b.readUInt16BE(at + 4)
    if (ident !== 0) {
      this.count(mask)
      const right = checksum(b, at, headerEnd) === 0
      b.writeUInt16BE(0xffff, at + 4)
      b.writeUInt16BE(right ? 0x600d : 0x0bad, at + 10)
    }
    const isFirst = (b.readUInt16BE(at + 6) & 0x1fff) === 0
    if (isFirst && mask === 'quoted-ip-id' && b[at + 9] === 17) this.udp(b, headerEnd, end)
    if (isFirst && b[at + 9] === 1) this.icmp(b, headerEnd, end, at + b.readUInt16BE(at + 2), mask)
  }

  private udp(b: Buffer, at: number, end: number): void {
    if (end < at + 8 || b.readUInt16BE(at + 6) === 0) return
    this.count('quoted-udp-checksum')
    b.writeUInt16BE(0xffff, at + 6)
  }

  /** A message that ends at `whole`, unless it was cut off at `cut`. */
  private icmp(b: Buffer, at: number, cut: number, whole: number, of: 'ip-id' | 'quoted-ip-id'): void {
    const end = Math.min(cut, whole)
    if (end < at + 8) return
    const type = b[at]!
    const right = checksum(b, at, end) === 0
    const isEcho = type === 0 || type === 8
    const isTimestampReply = type === 14 && end === at + 20
    const isError = type === 3 || type === 5 || type === 11 || type === 12
    if (isEcho && (of === 'quoted-ip-id' ? whole : end) >= at + 24) {
      this.count('ping-time')
      b.fill(0xee, at + 8, Math.min(at + 24, end))
    } else if (isTimestampReply) {
      this.count('icmp-time')
      b.fill(0xee, at + 12, at + 20)
    } else if (isError && of === 'ip-id' && end >= at + 28) this.packet(b, at + 8, end, 'quoted-ip-id')
    else return
    // Of a packet that was cut off nobody can tell whether its checksum is right.
    b.writeUInt16BE(of === 'quoted-ip-id' ? 0xffff : right ? 0x600d : 0x0bad, at + 2)
  }

  // -- What ping prints ---------------------------------------------------------------------------

  ping(text: string): string {
    return text
      .replace(/time(=| )[\d.]+ ?ms/g, (_, sign) => {
        this.count('ping-rtt')
        return `time${sign}*ms`
      })
      .replace(/^rtt .*$/gm, 'rtt *')
  }

  // -- Files --------------------------------------------------------------------------------------

  /** Packets, a line each: what stands before it, and the packet. `ours` says where no header was written: zeros. */
  read(text: string, ours: string): string {
    const known = ours.split('\n')
    return text
      .split('\n')
      .map((line, i) => (line === '' ? '' : this.line(line, known[i] ?? '')))
      .join('\n')
  }

  private line(line: string, ours: string): string {
    const [before = '', packet = ''] = line.split(' ')
    const b = Buffer.from(packet, 'hex')
    const header = this.vnet(before, b)
    if (header.length === 2 * VNET_BYTES && ours.startsWith(`${header} ${UNWRITTEN}`)) {
      this.count('unwritten-header')
      b.write(IPV4_BEHIND_NOBODY, 'hex')
    }
    return `${header} ${this.frame(b.toString('hex'))}`
  }

  /** Answers the header as it is with a finished checksum, which the packet then has. */
  private vnet(before: string, packet: Buffer): string {
    const header = Buffer.from(before, 'hex')
    const at = header.length - VNET_BYTES
    if (at < 0 || (header[at]! & (NEEDS_CHECKSUM | CHECKSUM_VALID)) === 0) return before
    this.count('vnet-checksum')
    if ((header[at]! & NEEDS_CHECKSUM) !== 0) {
      const start = header.readUInt16LE(at + 6)
      packet.writeUInt16BE(checksum(packet, start, packet.length) || 0xffff, start + header.readUInt16LE(at + 8))
    }
    header[at] = header[at]! & ~(NEEDS_CHECKSUM | CHECKSUM_VALID)
    header.fill(0, at + 6)
    return header.toString('hex')
  }

  /** Two answers of a read of such a file: may what they read differ? */
  sharedFile(linux: number | undefined, vethereal: number | undefined): boolean {
    if (linux !== vethereal) return false
    this.count('shared-file')
    return true
  }

  // -- Tables -------------------------------------------------------------------------------------

  /** One object of a JSON table. */
  record(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(each => this.record(each))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, this.field(key, each)]))
  }

  private field(key: string, value: unknown): unknown {
    if (key === 'num_tx_queues' || key === 'num_rx_queues') {
      this.count('queues')
      return '*'
    }
    if (key === 'gc_timer') {
      this.count('gc-timer')
      return '*'
    }
    if (TIMERS.has(key)) {
      this.count('timers')
      return Number(value) > 0 ? 'runs' : 'stopped'
    }
    return this.record(value)
  }

  neighbours(lines: readonly string[]): string[] {
    if (lines.length > 1) this.count('neighbour-order')
    const own = lines.filter(line => line.includes('"dev":'))
    if (own.length < lines.length) this.count('leaked-proxy')
    return own.sort()
  }
}

/** struct virtio_net_hdr and its flags. */
const VNET_BYTES = 10
const NEEDS_CHECKSUM = 1
const CHECKSUM_VALID = 2
/** An Ethernet header that nobody wrote, and what stands for one. */
const UNWRITTEN = '00'.repeat(14)
const IPV4_BEHIND_NOBODY = `${'00'.repeat(12)}0800`

const TIMERS = new Set([
  'hello_timer',
  'tcn_timer',
  'topology_change_timer',
  'message_age_timer',
  'forward_delay_timer',
  'hold_timer',
])

function checksum(b: Buffer, from: number, to: number): number {
  let sum = 0
  for (let i = from; i < to; i += 2) sum += (b[i]! << 8) | (i + 1 < to ? b[i + 1]! : 0)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return sum ^ 0xffff
}
