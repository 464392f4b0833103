/**
 * IPv6 and ICMPv6 in the words of tcpdump 4.99, as far as frames of this stack need them.
 *
 * Follows print-ip6.c, print-ip6opts.c, print-icmp6.c. Left out: extension headers but hop-by-hop options, what TCP
 * and UDP over IPv6 carry, ICMPv6 beyond echoes, errors, neighbour discovery and MLDv2 reports.
 */
import { get16, get32 } from '../../wire/bytes.ts'
import * as checksum from '../../wire/checksum.ts'
import * as ip6 from '../../wire/ip6.ts'
import * as mac48 from '../../wire/mac.ts'
import type { Part, Style } from './packet.ts'

const HEADER_BYTES = 40
const HOP_BY_HOP = 0
const ICMPV6 = 58
const NEXT: Readonly<Record<number, string>> = {
  0: 'Options',
  6: 'TCP',
  17: 'UDP',
  44: 'Fragment',
  58: 'ICMPv6',
  59: 'No next header',
}

const address = (b: Uint8Array, at: number): string => ip6.format(b.subarray(at, at + 16))
const hex = (value: number, digits = 0): string => value.toString(16).padStart(digits, '0')

/** From the IPv6 header on, without `IP6 `. */
export function printIpv6({ b, at, end, length }: Part, style: Style): string {
  if (end - at < HEADER_BYTES) return '[|ip6]'
  if (b[at]! >>> 4 !== 6) return `version error: ${b[at]! >>> 4} != 6`
  const payload = get16(b, at + 4)
  const missing =
    length < payload + HEADER_BYTES ? `truncated-ip6 - ${payload + HEADER_BYTES - length} bytes missing!` : ''
  let next = b[at + 6]!
  let before = ''
  if (style.verbose > 0) {
    const flow = get32(b, at)
    const trafficClass = (flow & 0x0ff0_0000) >>> 20
    const label = flow & 0x000f_ffff
    before =
      `(${trafficClass === 0 ? '' : `class 0x${hex(trafficClass, 2)}, `}` +
      `${label === 0 ? '' : `flowlabel 0x${hex(label, 5)}, `}` +
      `hlim ${b[at + 7]}, next-header ${NEXT[next] ?? 'unknown'} (${next}) payload length: ${payload}) `
  }
  let text = `${before}${missing}${address(b, at + 8)} > ${address(b, at + 24)}: `
  let start = at + HEADER_BYTES
  let left = payload
  const stop = Math.min(end, start + payload)
  if (next === HOP_BY_HOP && stop - start >= 8) {
    const bytes = (b[start + 1]! + 1) * 8
    text += `HBH ${style.verbose > 0 ? optionsText(b, start + 2, start + bytes) : ''}`
    next = b[start]!
    start += bytes
    left -= bytes
  }
  if (next === ICMPV6) return text + icmp6Text(b, at, start, stop, left, style)
  if (next === 17 && stop - start >= 8) {
    const [from, to] = [get16(b, start), get16(b, start + 2)]
    const ends = `${address(b, at + 8)}.${from} > ${address(b, at + 24)}.${to}: `
    return `${before}${missing}${ends}UDP, length ${get16(b, start + 4) - 8}`
  }
  return `${text}ip-proto-${next} ${left}`
}

/** Hop-by-hop options, each in parentheses. */
function optionsText(b: Uint8Array, from: number, to: number): string {
  let text = ''
  for (let at = from; at < to; ) {
    const kind = b[at]!
    if (kind === 0) {
      text += '(pad1)'
      at++
    } else {
      if (kind === 1) text += '(padn)'
      else if (kind === 5) text += `(rtalert: 0x${hex(get16(b, at + 2), 4)}) `
      else text += `(opt_type 0x${hex(kind, 2)}: len=${b[at + 1]})`
      at += 2 + b[at + 1]!
    }
  }
  return `${text} `
}

const UNREACHABLE = [
  'unreachable route',
  'unreachable prohibited',
  'beyond scope',
  'unreachable address',
  'unreachable port',
]

function icmp6Text(b: Uint8Array, header: number, at: number, end: number, length: number, style: Style): string {
  if (end - at < 4) return '[|icmp6]'
  const { verbose } = style
  let sum = ''
  if (verbose > 0 && end - at >= length) {
    const isRight = checksum.finish(checksum.sum(b, at, at + length, pseudo(b, header, length))) === 0
    sum = isRight ? '[icmp6 sum ok] ' : `[bad icmp6 cksum 0x${hex(get16(b, at + 2), 4)}!] `
  }
  const type = b[at]!
  const code = b[at + 1]!
  const withLength = (words: string): string => `${sum}ICMP6, ${words}, length ${length}`
  switch (type) {
    case 1:
      return withLength(
        `destination unreachable, ${UNREACHABLE[code] ?? `unknown unreach code (${code})`}, ${address(b, at + 32)}`,
      )
    case 2:
      return withLength(`packet too big, mtu ${get32(b, at + 4)}`)
    case 3:
      return withLength(`time exceeded ${code === 0 ? 'in-transit' : 'in-reassembly'} for ${address(b, at + 8 + 24)}`)
    case 128:
    case 129:
      return withLength(`echo ${type === 128 ? 'request' : 'reply'}, id ${get16(b, at + 4)}, seq ${get16(b, at + 6)}`)
    case 133:
      return withLength('router solicitation') + (verbose > 0 ? optionLines(b, at + 8, end, verbose) : '')
    case 135:
    case 136: {
      const isAsking = type === 135
      const what = isAsking ? 'neighbor solicitation' : 'neighbor advertisement'
      const target = `${isAsking ? 'who has' : 'tgt is'} ${address(b, at + 8)}`
      if (verbose === 0) return withLength(`${what}, ${target}`)
      const flags = isAsking ? '' : `, Flags [${flagsText(b[at + 4]!)}]`
      return `${withLength(what)}, ${target}${flags}${optionLines(b, at + 24, end, verbose)}`
    }
    case 143: {
      const count = get16(b, at + 6)
      const detail = verbose > 0 ? recordsText(b, at, end, count, verbose > 1) : `, length ${length}`
      return `${sum}ICMP6, multicast listener report v2, ${count} group record(s)${detail}`
    }
    case 130:
      return withLength('multicast listener query v2')
    case 134:
      return withLength('router advertisement')
    default:
      return withLength(`type-#${type}`)
  }
}

function flagsText(flags: number): string {
  const names = [flags & 0x80 && 'router', flags & 0x40 && 'solicited', flags & 0x20 && 'override'].filter(Boolean)
  return names.join(', ') || 'none'
}

const OPTIONS: Readonly<Record<number, string>> = {
  1: 'source link-address',
  2: 'destination link-address',
  3: 'prefix info',
  5: 'mtu',
}

function optionLines(b: Uint8Array, from: number, end: number, verbose: number): string {
  let text = ''
  for (let at = from; at + 8 <= end && b[at + 1]! > 0; at += b[at + 1]! * 8) {
    const kind = b[at]!
    const bytes = b[at + 1]! * 8
    text += `\n\t  ${OPTIONS[kind] ?? 'unknown'} option (${kind}), length ${bytes} (${b[at + 1]}): `
    const isAddress = kind === 1 || kind === 2
    if (isAddress) text += mac48.format(mac48.get(b, at + 2))
    if (isAddress && verbose < 2) continue
    const octets = [0, 2, 4].map(i => hex(get16(b, at + 2 + i), 4)).join(' ')
    text += `\n\t${verbose > 1 ? '    ' : '  '}0x0000:  ${octets}`
  }
  return text
}

const RECORDS = ['', 'is_in', 'is_ex', 'to_in', 'to_ex', 'allow', 'block']

function recordsText(b: Uint8Array, from: number, end: number, count: number, isDetailed: boolean): string {
  let text = ''
  let at = from + 8
  for (let left = count; left > 0 && at + 20 <= end; left--) {
    const sources = get16(b, at + 2)
    const list = Array.from({ length: sources }, (_, i) => address(b, at + 20 + 16 * i))
    const behind = isDetailed ? ` {${list.map(each => ` ${each}`).join('')} }` : `, ${sources} source(s)`
    text += ` [gaddr ${address(b, at + 4)} ${RECORDS[b[at]!] ?? `#${b[at]}`}${behind}]`
    at += 20 + 16 * sources
  }
  return text
}

/** The sum of the pseudo-header of RFC 8200 section 8.1. */
function pseudo(b: Uint8Array, header: number, length: number): number {
  return checksum.sum(b, header + 8, header + HEADER_BYTES) + length + ICMPV6
}
