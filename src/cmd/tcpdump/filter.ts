/**
 * Filter expressions of pcap-filter(7), as a function over packets.
 *
 * `and` and `or` bind equally and from the left, as in libpcap; an address or port alone takes the qualifiers of the
 * one before it. Left out, and refused by name: arithmetic on octets (`icmp[0] = 8`), vlan, mpls, pppoe, gateway,
 * inbound and outbound, masks of broadcast networks.
 */
import { get16 } from '../../wire/bytes.ts'
import * as eth from '../../wire/ethernet.ts'
import * as ip4 from '../../wire/ip.ts'
import * as ip6 from '../../wire/ip6.ts'
import * as ipv4 from '../../wire/ipv4.ts'
import * as mac48 from '../../wire/mac.ts'
import { inetAton } from '../libc.ts'
import { PORTS, PROTOCOLS } from './names.ts'
import { etherType, headerBytes, LinkType, type Packet } from './packet.ts'

export type Predicate = (packet: Packet) => boolean

/** Why an expression was not taken: the words that follow `tcpdump: `. */
export class FilterError extends Error {
  /** On Linux it would have been understood. */
  readonly isRefused: boolean

  constructor(words: string, isRefused = false) {
    super(words)
    this.isRefused = isRefused
  }
}

const SYNTAX = "can't parse filter expression: syntax error"
const TYPES = ['host', 'net', 'port', 'portrange', 'proto'] as const
const ETHER_TYPES: Readonly<Record<string, number>> = { ip: 0x0800, arp: 0x0806, rarp: 0x8035, ip6: 0x86dd }
/** Protocols over IP, and whether they are over IPv4, over IPv6, or both. */
const OVER_IP: Readonly<Record<string, readonly [number, boolean, boolean]>> = {
  icmp: [1, true, false],
  igmp: [2, true, false],
  igrp: [9, true, false],
  pim: [103, true, true],
  vrrp: [112, true, false],
  tcp: [6, true, true],
  udp: [17, true, true],
  sctp: [132, true, true],
  ah: [51, true, true],
  esp: [50, true, true],
  icmp6: [58, false, true],
}
const REFUSED = [
  'vlan',
  'mpls',
  'pppoed',
  'pppoes',
  'gateway',
  'inbound',
  'outbound',
  'ifname',
  'on',
  'link',
  'fddi',
  'tr',
  'wlan',
  'llc',
  'geneve',
  'decnet',
  'iso',
  'clnp',
  'atalk',
  'aarp',
  'ipx',
  'netbeui',
  'len',
]
const CONNECTIVES = /^(and|or|&&|\|\||\))$/
const FRAGMENT_HEADER = 44

interface Qualifiers {
  readonly proto: string | undefined
  readonly direction: 'src' | 'dst' | 'either' | 'both'
  readonly type: (typeof TYPES)[number] | undefined
}

/** `resolve` knows the addresses of host names. */
export function compile(text: string, resolve: (name: string) => ip4.Ip | undefined): Predicate {
  if (text.trim() === '') return () => true
  return new Parser(tokens(text), resolve).all()
}

function tokens(text: string): string[] {
  const found = text.match(/&&|\|\||[()!]|[^\s()!&|]+|[&|]/g) ?? []
  const arithmetic = found.find(word => /[[\]<>=+*&|]/.test(word) && word !== '&&' && word !== '||')
  if (arithmetic !== undefined) throw new FilterError(`tcpdump: filter expression '${arithmetic}'`, true)
  return found
}

class Parser {
  private readonly words: string[]
  private readonly resolve: (name: string) => ip4.Ip | undefined
  private last: Qualifiers | undefined

  constructor(words: string[], resolve: (name: string) => ip4.Ip | undefined) {
    this.words = words
    this.resolve = resolve
  }

  all(): Predicate {
    const predicate = this.expression()
    if (this.words.length > 0) throw new FilterError(SYNTAX)
    return predicate
  }

  private expression(): Predicate {
    let left = this.term()
    for (;;) {
      const word = this.words[0]
      if (word !== 'and' && word !== '&&' && word !== 'or' && word !== '||') return left
      this.words.shift()
      const [a, b] = [left, this.term()]
      left = word === 'and' || word === '&&' ? packet => a(packet) && b(packet) : packet => a(packet) || b(packet)
    }
  }

  private term(): Predicate {
    const word = this.words[0]
    if (word === undefined) throw new FilterError(SYNTAX)
    if (word === 'not' || word === '!') {
      this.words.shift()
      const inner = this.term()
      return packet => !inner(packet)
    }
    if (word !== '(') return this.primitive()
    this.words.shift()
    const inner = this.expression()
    if (this.words.shift() !== ')') throw new FilterError(SYNTAX)
    return inner
  }

  private next(): string {
    const word = this.words.shift()
    if (word === undefined || word === ')' || word === '(') throw new FilterError(SYNTAX)
    return word
  }

  private primitive(): Predicate {
    const { words } = this
    const first = words[0]!
    if (REFUSED.includes(first)) throw new FilterError(`tcpdump: filter primitive '${first}'`, true)
    if (first === 'greater' || first === 'less') {
      words.shift()
      const length = Number(this.next())
      if (!Number.isInteger(length)) throw new FilterError(SYNTAX)
      return first === 'greater' ? packet => packet.length >= length : packet => packet.length <= length
    }
    if (first === 'broadcast' || first === 'multicast') {
      words.shift()
      return etherGroup(first)
    }
    let proto: string | undefined
    if (first === 'ether' || first in ETHER_TYPES || first in OVER_IP || first === 'stp') proto = words.shift()
    if (proto === 'stp') return isStp
    if (words[0] === 'broadcast' || words[0] === 'multicast') return this.group(proto)
    const direction = this.direction()
    const type = TYPES.find(each => each === words[0])
    if (type !== undefined) words.shift()
    const isAlone = direction === undefined && type === undefined
    if (isAlone && proto !== undefined) {
      const next = words[0]
      // A protocol by itself, unless an address follows it.
      if (proto === 'ether') throw new FilterError(SYNTAX)
      if (next === undefined || CONNECTIVES.test(next)) return protocol(proto)
    }
    const own: Qualifiers = { proto, direction: direction ?? 'either', type }
    const inherits = isAlone && proto === undefined && this.last !== undefined
    const qualifiers = inherits ? this.last! : own
    this.last = qualifiers
    return this.identifier(qualifiers)
  }

  private direction(): Qualifiers['direction'] | undefined {
    const { words } = this
    const first = words[0]
    if (first !== 'src' && first !== 'dst') return undefined
    words.shift()
    const other = first === 'src' ? 'dst' : 'src'
    if ((words[0] === 'or' || words[0] === 'and') && words[1] === other) {
      const joint = words.shift()
      words.shift()
      return joint === 'or' ? 'either' : 'both'
    }
    return first
  }

  private group(proto: string | undefined): Predicate {
    const which = this.words.shift()!
    if (proto === 'ether') return etherGroup(which)
    if (proto === 'ip' && which === 'multicast') {
      return packet => hasIpv4(packet) && packet.bytes[headerBytes(packet.link) + 16]! >= 0xe0
    }
    if (proto === 'ip6' && which === 'multicast') {
      return packet => hasIpv6(packet) && packet.bytes[headerBytes(packet.link) + 24] === 0xff
    }
    throw new FilterError(`tcpdump: filter primitive '${proto} ${which}'`, true)
  }

  private identifier(qualifiers: Qualifiers): Predicate {
    const word = this.next().replace(/^\\/, '')
    const { proto, type = 'host', direction } = qualifiers
    // A word too many is noticed before the name is looked up.
    const after = this.words[0]
    if (after !== undefined && after !== 'mask' && !CONNECTIVES.test(after)) throw new FilterError(SYNTAX)
    switch (type) {
      case 'proto':
        return byNumber(proto, word)
      case 'port':
      case 'portrange': {
        const [low = '', high = low] = type === 'portrange' ? word.split('-') : [word]
        return ports(proto, direction, this.port(low), this.port(high))
      }
      case 'net':
        return this.net(proto, direction, word)
      default:
        return this.host(proto, direction, word)
    }
  }

  private port(word: string): number {
    const port = /^\d+$/.test(word) ? Number(word) : PORTS[word]
    if (port === undefined) throw new FilterError(`unknown port '${word}'`)
    if (port > 0xffff) throw new FilterError(`illegal port number ${port} > 65535`)
    return port
  }

  private host(proto: string | undefined, direction: Qualifiers['direction'], word: string): Predicate {
    const mac = mac48.parse(word)
    if (proto === 'ether') {
      if (mac === undefined) throw new FilterError(`unknown ether host '${word}'`)
      return ends(
        direction,
        packet => packet.link === LinkType.Ethernet,
        [6, 0],
        (b, at) => mac48.get(b, at) === mac,
      )
    }
    if (mac !== undefined) throw new FilterError('ethernet address used in non-ether expression')
    const address6 = word.includes(':') ? ip6.parse(word) : undefined
    if (address6 !== undefined) return within6(direction, address6)
    if (/^[\d.]+$/.test(word) && word.split('.').length < 4) return this.net(proto, direction, word)
    const address = inetAton(word) ?? this.resolve(word)
    if (address === undefined) throw new FilterError(`unknown host '${word}'`)
    return within(proto, direction, address, ip4.mask(32))
  }

  private net(proto: string | undefined, direction: Qualifiers['direction'], word: string): Predicate {
    const [network = '', length] = word.split('/')
    const parts = network.split('.')
    const padded = [...parts, '0', '0', '0'].slice(0, 4).join('.')
    const address = ip4.parse(padded)
    if (address === undefined) throw new FilterError(SYNTAX)
    let mask = ip4.mask(length === undefined ? Math.min(parts.length, 4) * 8 : Number(length))
    if (this.words[0] === 'mask') {
      this.words.shift()
      mask = inetAton(this.next()) ?? mask
    }
    if ((address & ~mask) !== 0) {
      const why = length === undefined ? `"${network} mask ${ip4.format(mask)}"` : `"${network}/${length}"`
      throw new FilterError(`non-network bits set in ${why}`)
    }
    return within(proto, direction, address, mask)
  }
}

// -- What primitives ask of a packet --------------------------------------------------------------

const hasIpv4 = (packet: Packet): boolean =>
  etherType(packet) === eth.EtherType.Ipv4 && packet.bytes.length >= headerBytes(packet.link) + ipv4.HEADER_BYTES
const hasIpv6 = (packet: Packet): boolean =>
  etherType(packet) === eth.EtherType.Ipv6 && packet.bytes.length >= headerBytes(packet.link) + 40

const isStp: Predicate = packet =>
  packet.link === LinkType.Ethernet && etherType(packet) < eth.TYPE_MIN && packet.bytes[14] === 0x42

const etherGroup =
  (which: string): Predicate =>
  ({ link, bytes }) => {
    if (link !== LinkType.Ethernet) return false
    return which === 'multicast' ? eth.isGroup(bytes, 0) : mac48.get(bytes, 0) === mac48.BROADCAST
  }

function protocol(name: string): Predicate {
  const type = ETHER_TYPES[name]
  if (type !== undefined) return packet => etherType(packet) === type
  const [number, over4, over6] = OVER_IP[name]!
  return packet => (over4 && carries4(packet, number)) || (over6 && carries6(packet, number))
}

const carries4 = (packet: Packet, number: number): boolean =>
  hasIpv4(packet) && ipv4.protocol(packet.bytes, headerBytes(packet.link)) === number

function carries6(packet: Packet, number: number): boolean {
  if (!hasIpv6(packet)) return false
  const at = headerBytes(packet.link)
  const next = packet.bytes[at + 6]
  return next === number || (next === FRAGMENT_HEADER && packet.bytes[at + 40] === number)
}

/** `ether proto N`, `ip proto N`, `ip6 proto N`, `proto N`. */
function byNumber(proto: string | undefined, word: string): Predicate {
  const number = /^(0x[\da-f]+|\d+)$/i.test(word) ? Number(word) : undefined
  if (proto === 'ether') {
    const type = number ?? ETHER_TYPES[word]
    if (type === undefined) throw new FilterError(`unknown ether proto '${word}'`)
    return packet => etherType(packet) === type
  }
  if (number === undefined && proto === undefined && word in ETHER_TYPES) return protocol(word)
  const value = number ?? PROTOCOLS[word]
  if (value === undefined) throw new FilterError(`unknown ${proto ?? 'network'} proto '${word}'`)
  if (proto === 'ip') return packet => carries4(packet, value)
  if (proto === 'ip6') return packet => carries6(packet, value)
  if (proto !== undefined) throw new FilterError(`'${proto}' modifier applied to proto`)
  return packet => carries4(packet, value) || carries6(packet, value)
}

function ports(proto: string | undefined, direction: Qualifiers['direction'], low: number, high: number): Predicate {
  const wanted = proto === undefined || proto === 'ip' || proto === 'ip6' ? [6, 17, 132] : [OVER_IP[proto]?.[0]]
  if (proto !== undefined && !['ip', 'ip6', 'tcp', 'udp', 'sctp'].includes(proto)) {
    throw new FilterError("illegal qualifier of 'port'")
  }
  const fits = (b: Uint8Array, at: number): boolean => {
    if (at + 2 > b.length) return false
    const port = get16(b, at)
    return port >= low && port <= high
  }
  return packet => {
    const at = headerBytes(packet.link)
    const { bytes } = packet
    let start: number
    if (proto !== 'ip6' && hasIpv4(packet)) {
      if (!wanted.includes(ipv4.protocol(bytes, at)) || ipv4.fragmentOffset(bytes, at) !== 0) return false
      start = at + ipv4.headerBytes(bytes, at)
    } else if (proto !== 'ip' && hasIpv6(packet) && wanted.includes(bytes[at + 6])) start = at + 40
    else return false
    return judged(direction, fits(bytes, start), fits(bytes, start + 2))
  }
}

function judged(direction: Qualifiers['direction'], source: boolean, destination: boolean): boolean {
  if (direction === 'src') return source
  if (direction === 'dst') return destination
  return direction === 'both' ? source && destination : source || destination
}

function ends(
  direction: Qualifiers['direction'],
  applies: Predicate,
  [source, destination]: readonly [number, number],
  fits: (b: Uint8Array, at: number) => boolean,
): Predicate {
  return packet => applies(packet) && judged(direction, fits(packet.bytes, source), fits(packet.bytes, destination))
}

/** Addresses of IPv4 and ARP packets inside a network. */
function within(
  proto: string | undefined,
  direction: Qualifiers['direction'],
  network: ip4.Ip,
  mask: ip4.Ip,
): Predicate {
  if (proto !== undefined && !(proto in ETHER_TYPES)) throw new FilterError(`'${proto}' modifier applied to host`)
  const fits = (b: Uint8Array, at: number): boolean => at + 4 <= b.length && ((ip4.get(b, at) ^ network) & mask) === 0
  return packet => {
    const at = headerBytes(packet.link)
    const { bytes } = packet
    const type = etherType(packet)
    const isArp = type === ETHER_TYPES.arp || type === ETHER_TYPES.rarp
    if (proto !== undefined ? type !== ETHER_TYPES[proto] : !isArp && type !== ETHER_TYPES.ip) return false
    const [source, destination] = isArp ? [14, 24] : [12, 16]
    return judged(direction, fits(bytes, at + source), fits(bytes, at + destination))
  }
}

function within6(direction: Qualifiers['direction'], address: Uint8Array): Predicate {
  const fits = (b: Uint8Array, at: number): boolean => address.every((octet, i) => b[at + i] === octet)
  return packet => {
    const at = headerBytes(packet.link)
    return hasIpv6(packet) && judged(direction, fits(packet.bytes, at + 8), fits(packet.bytes, at + 24))
  }
}
