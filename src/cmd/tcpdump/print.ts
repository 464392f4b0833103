/**
 * Packets in the words of tcpdump 4.99: link header, ARP, IPv4, and what they carry; octets in hexadecimal.
 *
 * Follows print-ether.c, print-arp.c, print-ip.c, print-icmp.c, print-udp.c, print-igmp.c, print-stp.c, print-llc.c
 * and hex.c. Left out: what UDP carries (it is shown as so many octets, whatever the port), TCP's flags, IP options
 * but router alert, VLAN tags.
 */
import { get16, get32 } from '../../wire/bytes.ts'
import * as checksum from '../../wire/checksum.ts'
import * as eth from '../../wire/ethernet.ts'
import * as ip4 from '../../wire/ip.ts'
import * as ipv4 from '../../wire/ipv4.ts'
import * as mac48 from '../../wire/mac.ts'
import * as udp from '../../wire/udp.ts'
import { PORT_NAMES, PROTOCOLS } from './names.ts'
import { etherType, headerBytes, LinkType, type Packet, type Part, type Style } from './packet.ts'
import { printIpv6 } from './print6.ts'

const ETHER_NAMES: Readonly<Record<number, string>> = {
  2048: 'IPv4',
  2054: 'ARP',
  32821: 'Reverse ARP',
  33024: '802.1Q',
  34984: '802.1Q-QinQ',
  34525: 'IPv6',
  34887: 'MPLS unicast',
  34824: 'MPCP',
  35020: 'LLDP',
  35045: 'MACsec',
  36864: 'Loopback',
}

/** The only manufacturer that a virtual network has. */
const OUI_ETHERNET = 0

/** mac address and whose it is: 02:..:01 (oui Unknown), Broadcast. */
export function macText(mac: mac48.Mac, style: Style): string {
  if (style.numeric) return mac48.format(mac)
  if (mac === mac48.BROADCAST) return 'Broadcast'
  const oui = Math.floor(mac / 0x100_0000)
  return `${mac48.format(mac)} (oui ${oui === OUI_ETHERNET ? 'Ethernet' : 'Unknown'})`
}

const hex = (value: number, digits = 0): string => value.toString(16).padStart(digits, '0')

/** One packet without its time and without the end of the line. */
export function describe(packet: Packet, style: Style): string {
  const { bytes, length, link } = packet
  const start = headerBytes(link)
  if (bytes.length < start) return link === LinkType.Ethernet ? '[|ether]' : '[|sll2]'
  const part: Part = { b: bytes, at: start, end: bytes.length, length: length - start }
  const type = etherType(packet)
  if (link === LinkType.Ethernet && type < eth.TYPE_MIN) return frame8023(bytes, length, type, part, style)
  const before = linkText(packet, type, style)
  const payload = network(type, part, style)
  if (payload !== undefined) return before + payload
  const header = style.link || link !== LinkType.Ethernet ? before : ethernetText(bytes, type, length, style)
  const dump = style.quiet ? '' : hexDump(bytes.subarray(start), false)
  return link === LinkType.LinuxSll2 && !style.link
    ? `${before}ethertype ${named(type)}, length ${length}: ${dump}`
    : header + dump
}

function network(type: number, part: Part, style: Style): string | undefined {
  switch (type) {
    case eth.EtherType.Ipv4:
      return `${style.link ? '' : 'IP '}${printIpv4(part, style)}`
    case eth.EtherType.Ipv6:
      return `${style.link ? '' : 'IP6 '}${printIpv6(part, style)}`
    case eth.EtherType.Arp:
      return `${style.link ? '' : 'ARP, '}${arpText(part, style)}`
    default:
      return undefined
  }
}

const named = (type: number): string => `${ETHER_NAMES[type] ?? 'Unknown'} (0x${hex(type, 4)})`

function linkText({ link, bytes, length }: Packet, type: number, style: Style): string {
  if (link === LinkType.Ethernet) return style.link ? ethernetText(bytes, type, length, style) : ''
  if (link === LinkType.Raw) return style.link ? 'ip: ' : ''
  const index = get32(bytes, 4)
  const direction = ['In', 'B', 'M', 'P', 'Out'][bytes[10]!] ?? `${bytes[10]}`
  const before = `${style.interfaceName(index).padEnd(5)} ${direction.padEnd(3)} `
  if (!style.link) return before
  const address = `${macText(mac48.get(bytes, 12), style)} `
  return `${before}ifindex ${index} ${address}${style.quiet ? '' : `ethertype ${named(type)}, `}length ${length}: `
}

function ethernetText(bytes: Uint8Array, type: number, length: number, style: Style): string {
  const addresses = `${macText(eth.src(bytes, 0), style)} > ${macText(eth.dst(bytes, 0), style)}`
  if (type < eth.TYPE_MIN) return `${addresses}, 802.3, length ${type}: `
  const name = style.quiet ? (ETHER_NAMES[type] ?? `Unknown Ethertype (0x${hex(type, 4)})`) : `ethertype ${named(type)}`
  return `${addresses}, ${name}, length ${length}: `
}

// -- 802.3 ----------------------------------------------------------------------------------------

const SAPS: Readonly<Record<number, string>> = { 0: 'Null', 66: 'STP', 6: 'IP', 170: 'SNAP', 224: 'NetBeui' }

function frame8023(bytes: Uint8Array, length: number, type: number, part: Part, style: Style): string {
  const { b, at, end } = part
  const isStp = end - at >= 3 && b[at] === 0x42 && b[at + 1] === 0x42 && b[at + 2] === 3
  const before = style.link ? ethernetText(bytes, type, length, style) : ''
  const sap = (value: number): string => `${SAPS[value & 0xfe] ?? 'Unknown'} (0x${hex(value & 0xfe, 2)})`
  const llc =
    style.link && end - at >= 3
      ? `LLC, dsap ${sap(b[at]!)} ${b[at]! & 1 ? 'Group' : 'Individual'}, ssap ${sap(b[at + 1]!)} ` +
        `${b[at + 1]! & 1 ? 'Response' : 'Command'}, ctrl 0x${hex(b[at + 2]!, 2)}: `
      : ''
  if (isStp) return before + llc + stpText({ b, at: at + 3, end, length: type - 3 }, style)
  const header = style.link ? before : ethernetText(bytes, type, length, style)
  return header + llc + (style.quiet ? '' : hexDump(bytes.subarray(at), false))
}

function stpText({ b, at, end, length }: Part, style: Style): string {
  if (end - at < 4) return '[|stp]'
  const version = b[at + 2] === 0 ? '802.1d' : b[at + 2] === 2 ? '802.1w' : '802.1s'
  if (b[at + 3] === 0x80)
    return `STP ${version}, Topology Change${style.verbose > 0 || length > 0 ? `, length ${length}` : ''}`
  if (end - at < 35) return `STP ${version}, Config, [|stp]`
  const flags = [b[at + 4]! & 1 && 'Topology change', b[at + 4]! & 0x80 && 'Topology change ACK'].filter(Boolean)
  const id = (from: number): string => `${hex(get16(b, from), 4)}.${mac48.format(mac48.get(b, from + 2))}`
  const config =
    `STP ${version}, Config, Flags [${flags.join(', ') || 'none'}], ` +
    `bridge-id ${id(at + 17)}.${hex(get16(b, at + 25), 4)}, length ${length}`
  if (style.verbose === 0) return config
  const seconds = (from: number): string => (get16(b, from) / 256).toFixed(2)
  return (
    `${config}\n\tmessage-age ${seconds(at + 27)}s, max-age ${seconds(at + 29)}s, hello-time ${seconds(at + 31)}s, ` +
    `forwarding-delay ${seconds(at + 33)}s\n\troot-id ${id(at + 5)}, root-pathcost ${get32(b, at + 13)}`
  )
}

// -- ARP ------------------------------------------------------------------------------------------

const HARDWARE: Readonly<Record<number, string>> = { 1: 'Ethernet', 6: 'TokenRing', 7: 'ArcNet', 15: 'FrameRelay' }

function arpText({ b, at, end, length }: Part, style: Style): string {
  if (end - at < 8) return '[|arp]'
  const [hardware, protocol, hardwareBytes, protocolBytes] = [get16(b, at), get16(b, at + 2), b[at + 4]!, b[at + 5]!]
  const op = get16(b, at + 6)
  if (end - at < 8 + 2 * (hardwareBytes + protocolBytes)) return '[|arp]'
  const isUsual = hardware === 1 && protocol === 0x0800 && hardwareBytes === 6 && protocolBytes === 4
  const types =
    `${HARDWARE[hardware] ?? `Unknown Hardware (${hardware})`} (len ${hardwareBytes}), ` +
    `${ETHER_NAMES[protocol] ?? `Unknown Protocol (0x${hex(protocol, 4)})`} (len ${protocolBytes}), `
  const before = isUsual && style.verbose === 0 ? '' : types
  if (!isUsual) return `${before}Unknown (${op}), length ${length}${hexDump(b.subarray(at, end), false)}`
  const ipAt = (from: number): string => addressText(ip4.get(b, from), style)
  const macAt = (from: number): string => macText(mac48.get(b, from), style)
  const [sha, spa, tha, tpa] = [at + 8, at + 14, at + 18, at + 24]
  const tail = `, length ${length}`
  switch (op) {
    case 1: {
      const asked = mac48.get(b, tha) === 0 ? '' : ` (${macAt(tha)})`
      return `${before}Request who-has ${ipAt(tpa)}${asked} tell ${ipAt(spa)}${tail}`
    }
    case 2:
      return `${before}Reply ${ipAt(spa)} is-at ${macAt(sha)}${tail}`
    case 3:
      return `${before}Reverse Request who-is ${macAt(tha)} tell ${macAt(sha)}${tail}`
    case 4:
      return `${before}Reverse Reply ${macAt(tha)} at ${ipAt(tpa)}${tail}`
    default:
      return `${before}Unknown (${op})${tail}${hexDump(b.subarray(at, end), false)}`
  }
}

// -- IPv4 -----------------------------------------------------------------------------------------

export const addressText = (address: ip4.Ip, style: Style): string =>
  (style.numeric ? undefined : style.nameOf(address)) ?? ip4.format(address)

const protocolName = (number: number): string | undefined =>
  Object.keys(PROTOCOLS).find(name => PROTOCOLS[name] === number && number !== 0)

const ECN = ['', ',ECT(1)', ',ECT(0)', ',CE']
/** ipproto_values: as they are written behind `proto`. */
const PROTO_WORDS: Readonly<Record<number, string>> = {
  0: 'Options',
  1: 'ICMP',
  2: 'IGMP',
  4: 'IPIP',
  6: 'TCP',
  17: 'UDP',
  41: 'IPv6',
  47: 'GRE',
  50: 'ESP',
  51: 'AH',
  58: 'ICMPv6',
  89: 'OSPF',
  103: 'PIM',
  112: 'VRRP',
  132: 'SCTP',
}

export const protocolWord = (number: number): string => PROTO_WORDS[number] ?? 'unknown'

/** From the IP header on, without `IP `. */
export function printIpv4(part: Part, style: Style): string {
  const { b, at, length } = part
  const captured = part.end - at
  if (captured < ipv4.HEADER_BYTES) return '[|ip]'
  if (ipv4.version(b, at) !== 4) return `bad-version ${ipv4.version(b, at)}`
  const header = ipv4.headerBytes(b, at)
  if (header < ipv4.HEADER_BYTES) return `bad-hlen ${header}`
  const total = ipv4.totalLength(b, at)
  const missing = length < total ? `truncated-ip - ${total - length} bytes missing! ` : ''
  const payload: Part = { b, at: at + header, end: Math.min(part.end, at + total), length: total - header }
  const verbose = style.verbose > 0 ? `${headerText(part, header, total)}\n    ` : ''
  const offset = ipv4.fragmentOffset(b, at)
  const protocol = ipv4.protocol(b, at)
  const [src, dst] = [addressText(ipv4.src(b, at), style), addressText(ipv4.dst(b, at), style)]
  if (offset !== 0) {
    const name = style.numeric ? undefined : protocolName(protocol)
    return `${verbose}${missing}${src} > ${dst}: ${name ?? `ip-proto-${protocol}`}`
  }
  const isWhole = !ipv4.moreFragments(b, at)
  if (protocol === ipv4.Protocol.Udp) return verbose + missing + udpText(payload, src, dst, b, at, isWhole, style)
  return `${verbose}${missing}${src} > ${dst}: ${transport(protocol, payload, isWhole, style)}`
}

function transport(protocol: number, payload: Part, isWhole: boolean, style: Style): string {
  if (protocol === ipv4.Protocol.Icmp) return icmpText(payload, isWhole, style)
  if (protocol === ipv4.Protocol.Igmp) return igmpText(payload, style)
  const name = style.numeric ? undefined : protocolName(protocol)
  return ` ${name ?? `ip-proto-${protocol}`} ${payload.length}`
}

function headerText({ b, at, end }: Part, header: number, total: number): string {
  const tos = ipv4.tos(b, at)
  const word = ipv4.fragmentWord(b, at)
  const flags = [word & ipv4.MF && '+', word & ipv4.DF && 'DF', word & 0x8000 && 'rsvd'].filter(Boolean).join(', ')
  const ttl = ipv4.ttl(b, at) >= 1 ? `, ttl ${ipv4.ttl(b, at)}` : ''
  const protocol = ipv4.protocol(b, at)
  const options = header > ipv4.HEADER_BYTES ? `, options (${optionsText(b, at + ipv4.HEADER_BYTES, at + header)})` : ''
  let sum = ''
  if (end - at >= header) {
    const wrong = checksum.finish(checksum.sum(b, at, at + header))
    if (wrong !== 0) {
      const given = get16(b, at + 10)
      const right = checksum.finish(checksum.sum(b, at, at + header, -given & 0xffff ? 0xffff - given : 0))
      sum = `, bad cksum ${hex(given)} (->${hex(right)})!`
    }
  }
  return (
    `(tos 0x${hex(tos)}${ECN[tos & 3]}${ttl}, id ${ipv4.id(b, at)}, offset ${ipv4.fragmentOffset(b, at)}, ` +
    `flags [${flags || 'none'}], proto ${protocolWord(protocol)} (${protocol}), length ${total}${options}${sum})`
  )
}

function optionsText(b: Uint8Array, from: number, to: number): string {
  const names: string[] = []
  for (let at = from; at < to; ) {
    const kind = b[at]!
    if (kind === 0) {
      names.push('EOL')
      break
    }
    if (kind === 1) {
      names.push('NOP')
      at++
      continue
    }
    const value = get16(b, at + 2)
    names.push(kind === 148 ? (value === 0 ? 'RA' : `RA value ${value}`) : `unknown ${kind}`)
    at += Math.max(b[at + 1]!, 2)
  }
  return names.join(',')
}

const portText = (port: number, style: Style): string =>
  (style.numeric ? undefined : PORT_NAMES.get(port)) ?? String(port)

function udpText(
  { b, at, end, length }: Part,
  src: string,
  dst: string,
  header: Uint8Array,
  headerAt: number,
  isWhole: boolean,
  style: Style,
): string {
  if (end - at < udp.HEADER_BYTES) return `${src} > ${dst}: [|udp]`
  const ends = `${src}.${portText(udp.srcPort(b, at), style)} > ${dst}.${portText(udp.dstPort(b, at), style)}: `
  const whole = udp.length(b, at)
  if (whole < udp.HEADER_BYTES) return `${ends}UDP, bad length ${length - udp.HEADER_BYTES} > ${whole}`
  let sum = ''
  if (style.verbose > 1 && isWhole) {
    const given = udp.datagramChecksum(b, at)
    if (given === 0) sum = '[no cksum] '
    else if (end - at >= length && length >= whole) {
      const isRight = udp.verify(b, at, ipv4.src(header, headerAt), ipv4.dst(header, headerAt))
      sum = isRight
        ? '[udp sum ok] '
        : `[bad udp cksum 0x${hex(given, 4)} -> 0x${hex(rightSum(b, at, header, headerAt), 4)}!] `
    }
  }
  const payload = whole - udp.HEADER_BYTES
  const shown = Math.min(length, whole) - udp.HEADER_BYTES
  return payload > length - udp.HEADER_BYTES && isWhole
    ? `${ends}${sum}UDP, bad length ${payload} > ${length - udp.HEADER_BYTES}`
    : `${ends}${sum}UDP, length ${isWhole ? shown : payload}`
}

function rightSum(b: Uint8Array, at: number, header: Uint8Array, headerAt: number): number {
  const copy = b.slice(at, at + udp.length(b, at))
  const { length } = copy
  udp.put(
    copy,
    0,
    udp.srcPort(b, at),
    udp.dstPort(b, at),
    length - udp.HEADER_BYTES,
    ipv4.src(header, headerAt),
    ipv4.dst(header, headerAt),
  )
  return udp.datagramChecksum(copy, 0)
}

// -- ICMP -----------------------------------------------------------------------------------------

const NET = 'net'
const HOST = 'host'
/** What stands around the address, by code; the ports and MTUs are below. */
const UNREACHABLE: Readonly<Record<number, readonly [string, string]>> = {
  0: [NET, ''],
  1: [HOST, ''],
  5: ['', ' - source route failed'],
  6: [NET, ' - unknown'],
  7: [HOST, ' - unknown'],
  8: ['', ' - source host isolated'],
  9: [NET, ' - admin prohibited'],
  10: [HOST, ' - admin prohibited'],
  11: [NET, ' - tos prohibited'],
  12: [HOST, ' - tos prohibited'],
  13: [HOST, ' - admin prohibited filter'],
  14: [HOST, ' - host precedence violation'],
  15: [HOST, ' - precedence cutoff'],
}

function icmpText(part: Part, isWhole: boolean, style: Style): string {
  const { b, at, end, length } = part
  if (end - at < 8) return '[|icmp]'
  const type = b[at]!
  const code = b[at + 1]!
  let words: string
  if (type === 0 || type === 8) {
    words = `echo ${type === 0 ? 'reply' : 'request'}, id ${get16(b, at + 4)}, seq ${get16(b, at + 6)}`
  } else if (type === 3) words = unreachableText(b, at, end, code, style)
  else if (type === 4) words = 'source quench'
  else if (type === 5) {
    const what = ['redirect', 'redirect', 'redirect-tos', 'redirect-tos'][code] ?? 'redirect'
    const whom = code % 2 === 0 ? NET : HOST
    const quoted = end - at >= 28 ? addressText(ip4.get(b, at + 24), style) : '[|icmp]'
    words = `${what} ${quoted} to ${whom} ${addressText(ip4.get(b, at + 4), style)}`
  } else if (type === 11) {
    words = ['time exceeded in-transit', 'ip reassembly time exceeded'][code] ?? `time exceeded-#${code}`
  } else if (type === 12) {
    words = code !== 0 ? `parameter problem - code ${code}` : `parameter problem - octet ${b[at + 4]}`
  } else if (type === 13 || type === 14) {
    words = `time stamp ${type === 13 ? 'query' : 'reply'} id ${get16(b, at + 4)} seq ${get16(b, at + 6)}`
  } else words = `type-#${type}`
  let sum = ''
  if (style.verbose > 0 && isWhole && end - at >= length) {
    const wrong = checksum.finish(checksum.sum(b, at, at + length))
    if (wrong !== 0) {
      const copy = b.slice(at, at + length)
      copy[2] = 0
      copy[3] = 0
      sum = ` (wrong icmp cksum ${hex(get16(b, at + 2))} (->${hex(checksum.finish(checksum.sum(copy, 0, length)))})!)`
    }
  }
  const text = `ICMP ${words}, length ${length}${sum}`
  const isError = type === 3 || type === 4 || type === 5 || type === 11 || type === 12
  if (style.verbose === 0 || !isError || end - at < 8 + ipv4.HEADER_BYTES) return text
  const quoted: Part = { b, at: at + 8, end, length: ipv4.totalLength(b, at + 8) }
  return `${text}\n\t${style.link ? '' : 'IP '}${printIpv4(quoted, style)}`
}

function unreachableText(b: Uint8Array, at: number, end: number, code: number, style: Style): string {
  const quoted = at + 8
  if (end - quoted < ipv4.HEADER_BYTES) return 'unreachable [|icmp]'
  const whom = addressText(ipv4.dst(b, quoted), style)
  const protocol = ipv4.protocol(b, quoted)
  if (code === 2) return `${whom} protocol ${protocol} unreachable`
  if (code === 3) {
    const ports = quoted + ipv4.headerBytes(b, quoted)
    if (end - ports < 4) return `${whom} [|icmp]`
    const port = get16(b, ports + 2)
    if (protocol === 6) return `${whom} tcp port ${portText(port, style)} unreachable`
    if (protocol === 17) return `${whom} udp port ${portText(port, style)} unreachable`
    return `${whom} protocol ${protocol} port ${port} unreachable`
  }
  if (code === 4) {
    const mtu = get16(b, at + 6)
    return `${whom} unreachable - need to frag${mtu === 0 ? '' : ` (mtu ${mtu})`}`
  }
  const around = UNREACHABLE[code]
  if (around === undefined) return `${whom} unreachable - #${code}`
  return `${around[0] === '' ? '' : `${around[0]} `}${whom} unreachable${around[1]}`
}

// -- IGMP -----------------------------------------------------------------------------------------

const RECORDS = ['', 'is_in', 'is_ex', 'to_in', 'to_ex', 'allow', 'block']

function igmpText({ b, at, end, length }: Part, style: Style): string {
  if (style.quiet) return 'igmp'
  if (end - at < 8) return '[|igmp]'
  const group = ip4.get(b, at + 4)
  let text: string
  switch (b[at]) {
    case 0x11: {
      const version = length >= 12 ? 'v3' : b[at + 1] === 0 ? 'v1' : 'v2'
      text = `igmp query ${version}`
      if (version === 'v2' && b[at + 1] !== 100) text += ` [max resp time ${b[at + 1]}]`
      if (group !== 0) text += ` [gaddr ${ip4.format(group)}]`
      break
    }
    case 0x12:
      text = `igmp v1 report ${ip4.format(group)}`
      break
    case 0x16:
      text = `igmp v2 report ${ip4.format(group)}`
      break
    case 0x17:
      text = `igmp leave ${ip4.format(group)}`
      break
    case 0x22:
      text = `igmp v3 report, ${get16(b, at + 6)} group record(s)`
      if (style.verbose > 0) text += records(b, at, end, style.verbose > 1)
      break
    default:
      text = `igmp-0x${hex(b[at]!)}`
  }
  if (style.verbose > 0 && end - at >= length && checksum.finish(checksum.sum(b, at, at + length)) !== 0) {
    text += ` bad igmp cksum ${hex(get16(b, at + 2))}!`
  }
  return text
}

function records(b: Uint8Array, from: number, end: number, isDetailed: boolean): string {
  let text = ''
  let at = from + 8
  for (let left = get16(b, from + 6); left > 0 && at + 8 <= end; left--) {
    const sources = get16(b, at + 2)
    const kind = RECORDS[b[at]!] ?? `[v3-report-#${b[at]}]`
    const list = Array.from({ length: sources }, (_, i) => ip4.format(ip4.get(b, at + 8 + 4 * i)))
    const behind = isDetailed ? ` {${list.map(each => ` ${each}`).join('')} }` : `, ${sources} source(s)`
    text += ` [gaddr ${ip4.format(ip4.get(b, at + 4))} ${kind}${behind}]`
    at += 8 + 4 * sources
  }
  return text
}

// -- Octets ---------------------------------------------------------------------------------------

/** Lines of sixteen octets, each begun with a line's end. */
export function hexDump(bytes: Uint8Array, withText: boolean): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 16) {
    const row = bytes.subarray(at, at + 16)
    const groups: string[] = []
    for (let i = 0; i < row.length; i += 2) {
      groups.push(hex(row[i]!, 2) + (i + 1 < row.length ? hex(row[i + 1]!, 2) : ''))
    }
    const octets = groups.join(' ')
    text += `\n\t0x${hex(at, 4)}:  ${withText ? `${octets.padEnd(39)}  ${printable(row)}` : octets}`
  }
  return text
}

const printable = (row: Uint8Array): string =>
  [...row].map(octet => (octet > 0x20 && octet < 0x7f ? String.fromCharCode(octet) : '.')).join('')

/** -A: as text, with its own ends of lines. */
export const asText = (bytes: Uint8Array): string =>
  `\n${[...bytes]
    .map((octet, i) => {
      if (octet === 0x0d && bytes[i + 1] === 0x0a) return ''
      return octet === 0x0a || octet === 0x09 || (octet >= 0x20 && octet < 0x7f) ? String.fromCharCode(octet) : '.'
    })
    .join('')}`
