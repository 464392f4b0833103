/**
 * Walking over a command line as iproute2 does: abbreviations, values that may be missing, numbers in C's notations,
 * addresses and prefixes, and the words and exit statuses of what can be wrong with them.
 *
 * Follows iproute2 6.1 lib/utils.c and lib/ll_addr.c. Where iproute2 calls exit(), an `Exit` is thrown; main.ts alone
 * catches it. Left out: MPLS and link-layer families of prefixes.
 */
import * as ip4 from '../../wire/ip.ts'
import * as ip6 from '../../wire/ip6.ts'
import { BYTES as MAC_BYTES, type Mac } from '../../wire/mac.ts'

/** What the command line asked to exit with; `message` is whole lines for standard error. */
export class Exit {
  readonly status: number
  readonly message: string

  constructor(status: number, message: string) {
    this.status = status
    this.message = message
  }
}

const USAGE_STATUS = 255

export const exit = (status: number, message: string): never => {
  throw new Exit(status, message)
}

/** exit(-1) after a usage text or a message. */
export const usage = (text: string): never => exit(USAGE_STATUS, text)

export const incomplete = (): never => usage('Command line is not complete. Try option "help"\n')

/** missarg */
export const missing = (key: string): never => usage(`Error: argument "${key}" is required\n`)

/** invarg. iproute2 ends some of its reasons with a newline of their own: then a blank line follows. */
export const invalid = (why: string, word: string): never => usage(`Error: argument "${word}" is wrong: ${why}\n`)

/** duparg */
export const duplicate = (key: string, word: string): never =>
  usage(`Error: duplicate "${key}": "${word}" is the second value.\n`)

/** duparg2 */
export const garbage = (key: string, word: string): never =>
  usage(`Error: either "${key}" is duplicate, or "${word}" is a garbage.\n`)

/** Is `word` an abbreviation of `full`? The first of a list that matches wins, hence iproute2's surprises. */
export const matches = (word: string, full: string): boolean => word !== '' && full.startsWith(word)

export class Args {
  readonly #words: readonly string[]
  #at = 0

  constructor(words: readonly string[]) {
    this.#words = words
  }

  get more(): boolean {
    return this.#at < this.#words.length
  }

  get left(): number {
    return this.#words.length - this.#at
  }

  /** The word at hand, if there is one. */
  peek(): string | undefined {
    return this.#words[this.#at]
  }

  /** The next word, which must be there (NEXT_ARG). */
  take(): string {
    const word = this.#words[this.#at]
    if (word === undefined) return incomplete()
    this.#at++
    return word
  }

  /** All words that are left. */
  rest(): readonly string[] {
    const words = this.#words.slice(this.#at)
    this.#at = this.#words.length
    return words
  }
}

const U32_MAX = 0xffff_ffff
const DIGITS: Record<number, string> = { 8: '[0-7]', 10: '[0-9]', 16: '[0-9a-f]' }

/** strtol(3): the number at the front of the text and what follows it; undefined without any digits. */
export function strtol(text: string, base: 0 | 10 | 16 = 0): { value: number; rest: string } | undefined {
  const [front, sign] = /^[ \t\n\v\f\r]*([+-]?)/.exec(text) as unknown as [string, string]
  let digits = text.slice(front.length)
  let radix: number = base
  if (base !== 10 && /^0x[0-9a-f]/i.test(digits)) {
    digits = digits.slice(2)
    radix = 16
  } else if (base === 0) {
    radix = digits.startsWith('0') ? 8 : 10
  }
  const number = new RegExp(`^${DIGITS[radix]}+`, 'i').exec(digits)?.[0]
  if (number === undefined) return undefined
  const value = Number.parseInt(number, radix)
  return { value: sign === '-' ? -value : value, rest: digits.slice(number.length) }
}

/** get_unsigned, get_u8, get_u16 ...: a whole text that is a number from 0 to `max`. */
export function unsigned(text: string, max = U32_MAX, base: 0 | 10 | 16 = 0): number | undefined {
  const number = strtol(text, base)
  if (number === undefined || number.rest !== '' || number.value < 0 || number.value > max) return undefined
  return number.value + 0
}

/** get_integer, get_s32: a whole text that is a C int. */
export function integer(text: string, base: 0 | 10 | 16 = 0): number | undefined {
  const number = strtol(text, base)
  if (number === undefined || number.rest !== '') return undefined
  return number.value === (number.value | 0) ? number.value + 0 : undefined
}

/** atoi(3): 0 for what is no number, and what follows a number is ignored. */
export const atoi = (text: string): number => (strtol(text, 10)?.value ?? 0) | 0

/** dev_valid_name: up to 15 characters, no slash, no blank. iproute2 does not refuse `.`, `..` and `:`; Linux does. */
export const isLinkName = (name: string): boolean => name.length < 16 && isAltName(name)

/** check_altifname: like a name, but of any length. */
export const isAltName = (name: string): boolean => name !== '' && !/[/ \t\n\v\f\r]/.test(name)

/** `on` or `off` as most options of links want it; undefined for anything else, of which iproute2 then complains. */
export const onOff = (word: string): boolean | undefined => (word === 'on' ? true : word === 'off' ? false : undefined)

/** parse_on_off: abbreviations are welcome; `status` is the exit status of anything else, which differs by caller. */
export function parseOnOff(key: string, word: string, status: number): boolean {
  if (matches(word, 'off')) return false
  if (matches(word, 'on')) return true
  return exit(status, `Error: argument of "${key}" must be one of "off", "on", not "${word}"\n`)
}

/** AF_*, as `-family` names them. `unspec` is nobody's choice. */
export type Family = 'unspec' | 'inet' | 'inet6' | 'link' | 'mpls' | 'bridge'

const FAMILIES: readonly Family[] = ['inet', 'inet6', 'link', 'mpls', 'bridge']

/** read_family */
export const parseFamily = (name: string): Family | undefined => FAMILIES.find(family => family === name)

const familyWords = (family: Family): string => (family === 'unspec' ? 'any valid' : family)

/** iproute2's inet_prefix. */
export interface Prefix {
  /** `unspec` for `default`, `any` and `all` when no family was asked for. */
  readonly family: 'unspec' | 'inet' | 'inet6'
  /** IPv4; 0 otherwise. */
  readonly ip: ip4.Ip
  /** IPv6: 16 octets; undefined otherwise. */
  readonly bytes: Uint8Array | undefined
  /** Bits of the prefix; those of a whole address when none was written; 0 for `default`, `any`, `all`. */
  readonly length: number
  /** A length was written, or the word was `default` (PREFIXLEN_SPECIFIED). */
  readonly specified: boolean
  /** One of the words `default`, `any`, `all`. */
  readonly wildcard: boolean
}

/** get_prefix: `10.0.0.1/24`, `10/8`, `fe80::1/64`, `10.0.0.0/255.0.0.0`, `default`, `any`, `all`. */
export function prefix(text: string, family: Family): Prefix {
  if (family === 'link') {
    return exit(1, `Error: "${text}" may be inet prefix, but it is not allowed in this context.\n`)
  }
  return (
    parsePrefix(text, family) ?? exit(1, `Error: ${familyWords(family)} prefix is expected rather than "${text}".\n`)
  )
}

/** get_addr: an address without a length, or `default`, `any`, `all`. */
export const address = (text: string, family: Family): Prefix =>
  parseAddress(text, family) ?? exit(1, `Error: ${familyWords(family)} address is expected rather than "${text}".\n`)

/** get_addr32 */
export const address4 = (text: string): ip4.Ip =>
  parseAddress(text, 'inet')?.ip ?? exit(1, `Error: an IP address is expected rather than "${text}"\n`)

/** get_prefix_1 */
export function parsePrefix(text: string, family: Family): Prefix | undefined {
  const slash = text.indexOf('/')
  if (slash === -1) return parseAddress(text, family)
  const found = parseAddress(text.slice(0, slash), family)
  const length = netmask(text.slice(slash + 1))
  if (found === undefined || found.wildcard || length === undefined || length > found.length) return undefined
  return { ...found, length, specified: true }
}

/** get_addr_1; the length is that of the whole address. */
export function parseAddress(text: string, family: Family): Prefix | undefined {
  if (family !== 'unspec' && family !== 'inet' && family !== 'inet6') return undefined
  if (text === 'default' || text === 'all' || text === 'any') {
    const bytes = family === 'inet6' ? new Uint8Array(ip6.BYTES) : undefined
    return { family, ip: ip4.ANY, bytes, length: 0, specified: text === 'default', wildcard: true }
  }
  if (text.includes(':')) {
    const bytes = family === 'inet' ? undefined : ip6.parse(text)
    if (bytes === undefined) return undefined
    return { family: 'inet6', ip: ip4.ANY, bytes, length: 8 * ip6.BYTES, specified: false, wildcard: false }
  }
  const ip = family === 'inet6' ? undefined : parseIp4(text)
  if (ip === undefined) return undefined
  return { family: 'inet', ip, bytes: undefined, length: ip4.PREFIX_BITS, specified: false, wildcard: false }
}

/** get_addr_ipv4: up to four numbers in C's notations; those left out are zero, so that 10.8 is 10.8.0.0. */
function parseIp4(text: string): ip4.Ip | undefined {
  const parts = text.split('.')
  if (parts.length > 4) return undefined
  let ip = 0
  for (let i = 0; i < 4; i++) {
    const octet = parts[i] === undefined ? 0 : unsigned(parts[i]!, 255)
    if (octet === undefined) return undefined
    ip = ip * 256 + octet
  }
  return ip as ip4.Ip
}

/** get_netmask: a number of bits, or a mask as an address. */
function netmask(text: string): number | undefined {
  const bits = unsigned(text)
  if (bits !== undefined) return bits
  const mask = parseIp4(text)
  const length = mask === undefined ? -1 : ip4.prefixLength(mask)
  return length < 0 ? undefined : length
}

const LINK_ADDRESS_OCTETS_MAX = 32

/**
 * ll_addr_a2n: hexadecimal octets between colons, as many as are written, or the four octets of an IPv4 address. An
 * octet may be followed by anything: `0x2zz` is 2, as sscanf reads it.
 */
export function linkAddress(text: string): readonly number[] {
  const bad = (octet: string): never => exit(1, `"${octet}" is invalid lladdr.\n`)
  if (text.includes('.')) {
    const ip = parseAddress(text, 'inet')?.ip ?? bad(text)
    return [ip >>> 24, (ip >>> 16) & 255, (ip >>> 8) & 255, ip & 255]
  }
  return text
    .split(':')
    .slice(0, LINK_ADDRESS_OCTETS_MAX)
    .map(octet => {
      const value = strtol(octet, 16)?.value ?? -1
      return value < 0 || value > 255 ? bad(octet) : value
    })
}

/** The octets of a link-layer address as an Ethernet address; undefined when they are not six. */
export const ethernetAddress = (octets: readonly number[]): Mac | undefined =>
  octets.length === MAC_BYTES ? (octets.reduce((mac, octet) => mac * 256 + octet, 0) as Mac) : undefined
