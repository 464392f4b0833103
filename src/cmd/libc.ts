/**
 * The few functions of the C library whose quirks show in what commands say: getopt(3) with its permutation of
 * arguments, strtol(3), strtod(3), sscanf's %i, inet_aton(3) and error(3).
 *
 * Follows glibc in the C locale. Left out: long options with arguments, hexadecimal fractions, other bases.
 */
import { type Errno, strerror } from '../core/errno.ts'
import type { Ip } from '../wire/ip.ts'
import type { Process } from './command.ts'

/** Ends a command from inside its functions, as exit(3) does; the command catches it and answers the status. */
export class Exit {
  readonly status: number

  constructor(status: number) {
    this.status = status
  }
}

/** error(3): `NAME: TEXT[: STRERROR]` on standard error; a status other than 0 ends the command. */
export function error(process: Process, status: 0, text: string, errno?: Errno): void
export function error(process: Process, status: number, text: string, errno?: Errno): never
export function error(process: Process, status: number, text: string, errno?: Errno): void {
  process.stderr(`${process.argv[0]}: ${text}${errno === undefined ? '' : `: ${strerror(errno)}`}\n`)
  if (status !== 0) throw new Exit(status)
}

export type Getopt =
  | { readonly option: string; readonly argument: string }
  /** An option that does not exist, or lacks its argument; `words` is what getopt itself says of it. */
  | { readonly words: string }

/**
 * Options one by one, in order; the arguments that are none are pushed to `operands`. `letters` is as in C: a colon
 * after a letter that takes an argument. Options may follow operands, `--` ends them. `long` gives long options without
 * arguments the letter that they stand for; they may be abbreviated.
 */
export function* getopt(
  argv: readonly string[],
  letters: string,
  operands: string[],
  long?: Readonly<Record<string, string>>,
): Generator<Getopt, void, void> {
  const name = argv[0]
  for (let i = 1; i < argv.length; i++) {
    const word = argv[i]!
    if (word === '--') {
      operands.push(...argv.slice(i + 1))
      return
    }
    if (word.length < 2 || !word.startsWith('-')) {
      operands.push(word)
      continue
    }
    if (long !== undefined && word.startsWith('--')) {
      yield longOption(name, word, long)
      continue
    }
    for (let at = 1; at < word.length; at++) {
      const option = word[at]!
      const known = option === ':' ? -1 : letters.indexOf(option)
      if (known < 0) {
        yield { words: `${name}: invalid option -- '${option}'` }
      } else if (letters[known + 1] !== ':') {
        yield { option, argument: '' }
      } else {
        const argument = at + 1 < word.length ? word.slice(at + 1) : argv[++i]
        if (argument === undefined) yield { words: `${name}: option requires an argument -- '${option}'` }
        else yield { option, argument }
        break
      }
    }
  }
}

function longOption(name: string | undefined, word: string, long: Readonly<Record<string, string>>): Getopt {
  const [typed] = word.slice(2).split('=')
  const matching = Object.keys(long).filter(option => option.startsWith(typed!))
  const option = long[typed!] !== undefined ? typed! : matching[0]
  if (option === undefined) return { words: `${name}: unrecognized option '${word}'` }
  if (matching.length > 1 && option !== typed) {
    const possible = matching.map(each => ` '--${each}'`).join('')
    return { words: `${name}: option '${word}' is ambiguous; possibilities:${possible}` }
  }
  if (word.includes('=')) return { words: `${name}: option '--${option}' doesn't allow an argument` }
  return { option: long[option]!, argument: '' }
}

const INTEGER = /^[ \t\n\v\f\r]*([+-]?)(\d+)/
export const LONG_MAX = (1n << 63n) - 1n

const C_INTEGER = /^[ \t\n\v\f\r]*([+-]?)(0[xX][\da-fA-F]+|\d+)/

/** sscanf(text, "%i"): decimal, octal (010) or hexadecimal (0x10) in front of the text, or undefined. */
export function scanInteger(text: string): number | undefined {
  const [, sign, digits] = C_INTEGER.exec(text) ?? []
  if (digits === undefined) return undefined
  const octal = /^0[0-7]+/.exec(digits)
  const value = octal !== null ? Number.parseInt(octal[0], 8) : Number(digits.replace(/^0+(?=\d)/, ''))
  return (sign === '-' ? -value : value) | 0
}

/** What strtol(3) or strtod(3) read, and the text behind it; `none` when there was no number at all. */
export interface Scanned<T> {
  readonly value: T
  readonly rest: string
  readonly none: boolean
  /** ERANGE: the value is the nearest that fits. */
  readonly range: boolean
}

/** strtol(3) in base 10, of a 64-bit long. */
export function strtol(text: string): Scanned<bigint> {
  const [all, sign, digits] = INTEGER.exec(text) ?? []
  if (all === undefined) return { value: 0n, rest: text, none: true, range: false }
  const value = BigInt(digits!) * (sign === '-' ? -1n : 1n)
  const clamped = value > LONG_MAX ? LONG_MAX : value < -LONG_MAX - 1n ? -LONG_MAX - 1n : value
  return { value: clamped, rest: text.slice(all.length), none: false, range: clamped !== value }
}

/** strtoul(3) in base 10: a minus sign wraps round. */
export function strtoul(text: string): Scanned<bigint> {
  const [all, sign, digits] = INTEGER.exec(text) ?? []
  if (all === undefined) return { value: 0n, rest: text, none: true, range: false }
  const magnitude = BigInt(digits!)
  const most = (1n << 64n) - 1n
  const range = magnitude > most
  const value = range ? most : BigInt.asUintN(64, sign === '-' ? -magnitude : magnitude)
  return { value, rest: text.slice(all.length), none: false, range }
}

const DECIMAL = /^[ \t\n\v\f\r]*([+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf(?:inity)?|nan))/i
const HEXADECIMAL = /^[ \t\n\v\f\r]*([+-]?)(0x[\da-f]+)/i

/** strtod(3). */
export function strtod(text: string): Scanned<number> {
  const hex = HEXADECIMAL.exec(text)
  if (hex !== null) {
    const value = Number(hex[2]) * (hex[1] === '-' ? -1 : 1)
    return { value, rest: text.slice(hex[0].length), none: false, range: false }
  }
  const [all, number] = DECIMAL.exec(text) ?? []
  if (all === undefined) return { value: 0, rest: text, none: true, range: false }
  const rest = text.slice(all.length)
  const word = /[in]/i.exec(number!)?.[0].toLowerCase()
  if (word === 'n' && /nan/i.test(number!)) return { value: Number.NaN, rest, none: false, range: false }
  if (word !== undefined) {
    return { value: number!.startsWith('-') ? -Infinity : Infinity, rest, none: false, range: false }
  }
  const value = Number(number)
  const range = !Number.isFinite(value) || (value === 0 && /[1-9]/.test(number!.replace(/e.*/i, '')))
  return { value, rest, none: false, range }
}

const PART = /^(?:0[xX][\da-fA-F]+|0[0-7]*|[1-9]\d*)$/

/** inet_aton(3): one to four parts, decimal, octal (010) or hexadecimal (0x0a), the last filling what is left. */
export function inetAton(text: string): Ip | undefined {
  const words = text.split('.')
  if (words.length > 4 || !words.every(word => PART.test(word))) return undefined
  const parts = words.map(word => (/^0[0-7]+$/.test(word) ? Number.parseInt(word, 8) : Number(word)))
  const last = parts.pop()!
  if (parts.some(part => part > 255) || last >= 256 ** (4 - parts.length)) return undefined
  return (parts.reduce((sum, part, i) => sum + part * 256 ** (3 - i), 0) + last) as Ip
}
