/**
 * One line about a frame, for people: what a trace prints. Text at the edge, never on a frame's path.
 * Left out: everything behind Ethernet, ARP, IPv4, ICMP, UDP and the names of IPv6's.
 */
import * as arp from './arp.ts'
import * as ethernet from './ethernet.ts'
import * as icmp from './icmp.ts'
import * as ip from './ip.ts'
import * as ipv4 from './ipv4.ts'
import * as mac from './mac.ts'
import * as udp from './udp.ts'

const UNREACHABLE = ['net', 'host', 'protocol', 'port', 'need to frag', 'source route failed']

/** `ARP, Request who-has 10.0.1.2 tell 10.0.1.1`, in the manner of tcpdump. */
export function summary(b: Uint8Array, at: number, length: number): string {
  if (length < ethernet.HEADER_BYTES) return `truncated, ${length} octets`
  const type = ethernet.type(b, at)
  const body = at + ethernet.HEADER_BYTES
  const left = length - ethernet.HEADER_BYTES
  if (type === ethernet.EtherType.Arp) return arpLine(b, body, left)
  if (type === ethernet.EtherType.Ipv4) return ipv4Line(b, body, left)
  if (type === ethernet.EtherType.Ipv6) return 'IPv6'
  if (type < ethernet.TYPE_MIN) return '802.3'
  return `ethertype 0x${type.toString(16).padStart(4, '0')}`
}

function arpLine(b: Uint8Array, at: number, length: number): string {
  if (!arp.isValid(b, at, length)) return 'ARP, malformed'
  const target = ip.format(arp.tpa(b, at))
  const sender = ip.format(arp.spa(b, at))
  if (arp.op(b, at) === arp.Op.Request) return `ARP, Request who-has ${target} tell ${sender}`
  return `ARP, Reply ${sender} is-at ${mac.format(arp.sha(b, at))}`
}

function ipv4Line(b: Uint8Array, at: number, length: number): string {
  if (ipv4.check(b, at, length) !== ipv4.Check.Ok) return 'IP, malformed'
  const way = `IP ${ip.format(ipv4.src(b, at))} > ${ip.format(ipv4.dst(b, at))}`
  const offset = ipv4.fragmentOffset(b, at)
  if (offset > 0) return `${way}: fragment at ${offset}`
  const body = at + ipv4.headerBytes(b, at)
  const bytes = ipv4.totalLength(b, at) - ipv4.headerBytes(b, at)
  const protocol = ipv4.protocol(b, at)
  if (protocol === ipv4.Protocol.Icmp && bytes >= icmp.HEADER_BYTES) return `${way}: ICMP ${icmpLine(b, body)}`
  if (protocol === ipv4.Protocol.Udp && bytes >= udp.HEADER_BYTES) {
    return `${way}: UDP ${udp.srcPort(b, body)} > ${udp.dstPort(b, body)}, length ${bytes - udp.HEADER_BYTES}`
  }
  return `${way}: protocol ${protocol}, length ${bytes}`
}

function icmpLine(b: Uint8Array, at: number): string {
  const code = icmp.code(b, at)
  switch (icmp.type(b, at)) {
    case icmp.Type.EchoRequest:
      return `echo request, id ${icmp.id(b, at)}, seq ${icmp.sequence(b, at)}`
    case icmp.Type.EchoReply:
      return `echo reply, id ${icmp.id(b, at)}, seq ${icmp.sequence(b, at)}`
    case icmp.Type.Unreachable:
      return `unreachable: ${UNREACHABLE[code] ?? `code ${code}`}`
    case icmp.Type.TimeExceeded:
      return code === icmp.Exceeded.Ttl ? 'time exceeded in transit' : 'time exceeded in reassembly'
    case icmp.Type.Redirect:
      return 'redirect'
    default:
      return `type ${icmp.type(b, at)}, code ${code}`
  }
}
