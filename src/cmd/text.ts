/**
 * Addresses and spans as people write them, read for typed calls. A text that is none is a mistake in the caller's
 * program, not in the network: it throws a TypeError before anything is asked of the world.
 */
import { NS_PER_MS, NS_PER_S, NS_PER_US, USER_HZ } from '../time/instant.ts'
import * as ip from '../wire/ip.ts'
import * as mac from '../wire/mac.ts'

/** Nanoseconds, or a number with its unit: `3s`, `200ms`, `10us`, `500ns`. */
export type Span = number | `${number}${'s' | 'ms' | 'us' | 'ns'}`

export interface Prefix {
  readonly ip: ip.Ip
  readonly length: number
}

const UNITS: Readonly<Record<string, number>> = { s: NS_PER_S, ms: NS_PER_MS, us: NS_PER_US, ns: 1 }
const SPAN = /^(\d+(?:\.\d+)?)(s|ms|us|ns)$/

const notA = (text: unknown, what: string): never => {
  throw new TypeError(`vethereal: ${JSON.stringify(text)} is not ${what}`)
}

/** A span in integer nanoseconds. */
export function parseSpan(span: Span): number {
  const [, number, unit] = typeof span === 'number' ? [] : (SPAN.exec(span) ?? [])
  const ns = typeof span === 'number' ? span : unit === undefined ? NaN : Math.round(Number(number) * UNITS[unit]!)
  return Number.isSafeInteger(ns) && ns >= 0 ? ns : notA(span, "a span of time, such as '3s' or '200ms'")
}

/** A span in hundredths of a second, as the options of a bridge count it. */
export const parseTicks = (span: Span): number => Math.round((parseSpan(span) / NS_PER_S) * USER_HZ)

export const parseIp = (text: string): ip.Ip => ip.parse(text) ?? notA(text, 'an IPv4 address')

/** `10.0.0.1/24`; without a length it is 32. */
export function parsePrefix(text: string): Prefix {
  const [address = '', length = '32', ...rest] = text.split('/')
  const parsed = ip.parse(address)
  if (parsed === undefined || rest.length > 0 || !/^\d{1,2}$/.test(length) || Number(length) > ip.PREFIX_BITS) {
    return notA(text, 'an IPv4 prefix, such as 10.0.0.0/24')
  }
  return { ip: parsed, length: Number(length) }
}

/** As parsePrefix; `default` is 0.0.0.0/0. */
export const parseDestination = (text: string): Prefix =>
  text === 'default' ? { ip: ip.ANY, length: 0 } : parsePrefix(text)

export const parseMac = (text: string): mac.Mac =>
  mac.parse(text) ?? notA(text, 'a MAC address, such as 02:00:00:00:00:01')
