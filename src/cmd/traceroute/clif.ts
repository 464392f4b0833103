/**
 * Command lines as traceroute's own library reads them: short options in groups, of which the first may have its
 * argument joined on, long ones with `=`, and complaints that count words.
 *
 * Follows traceroute 2.1.2 libsupp/clif.c (CLIF_parse_cmdline) with the flags that traceroute gives it. Left out: what
 * traceroute does not use (keywords, options with `+`, exclusive and optional ones).
 */
import { scanInteger } from '../libc.ts'

export interface ClifOption {
  readonly short?: string
  readonly long?: string
  /** The name of its argument, if it has one. */
  readonly argument?: string
  /** CLIF_ABBREV: two letters are enough. */
  readonly abbreviates?: boolean
  /** CLIF_ONEDASH: a long option behind one dash. */
  readonly oneDash?: boolean
  /** Takes the argument ('' without one); false: it cannot be handled. */
  readonly take: (argument: string) => boolean
}

/** A word that is no option, and which of argv it is. */
export interface ClifOperand {
  readonly text: string
  readonly index: number
}

const ABBREVIATION_LETTERS_MIN = 2

/** Carries out the options one by one and pushes the other words to `operands`. Answers a complaint, or undefined. */
export function parseCommandLine(
  argv: readonly string[],
  options: readonly ClifOption[],
  operands: ClifOperand[],
): string | undefined {
  for (let i = 1; i < argv.length; i++) {
    const word = argv[i]!
    if (word === '--') {
      for (let rest = i + 1; rest < argv.length; rest++) operands.push({ text: argv[rest]!, index: rest })
      return undefined
    }
    if (!word.startsWith('-') || word === '-' || word.startsWith('---')) {
      operands.push({ text: word, index: i })
      continue
    }
    const isLong = word.startsWith('--')
    const found = findLong(options, word.slice(isLong ? 2 : 1), !isLong)
    if (found === undefined && isLong) return badLong(word, i)
    if (found !== undefined) {
      const [option, value] = found
      const name = `--${option.long}`
      if (option.argument !== undefined && value === undefined) {
        return `Option \`${name}' (argc ${i}) requires an argument: \`${name}=${option.argument}'`
      }
      if (!option.take(value ?? '')) return cannotHandle(name, value ?? '', i)
      continue
    }
    for (let at = 1; at < word.length; at++) {
      const letter = word[at]!
      const option = options.find(({ short }) => short === letter)
      if (option === undefined) return `Bad option \`-${letter}' (argc ${i})`
      let value = ''
      if (option.argument !== undefined) {
        const joined = word.slice(at + 1)
        if (joined === '' && i + 1 < argv.length) value = argv[++i]!
        else if (joined !== '' && at === 1) value = joined
        else return `Option \`-${letter}' (argc ${i}) requires an argument: \`-${letter} ${option.argument}'`
      }
      if (!option.take(value)) return cannotHandle(`-${letter}`, value, i)
      if (option.argument !== undefined) break
    }
  }
  return undefined
}

/** find_long, with the argument behind `=`. */
function findLong(
  options: readonly ClifOption[],
  text: string,
  oneDash: boolean,
): [ClifOption, string | undefined] | undefined {
  const short: [ClifOption, string | undefined][] = []
  for (const option of options) {
    const { long } = option
    if (long === undefined || (option.oneDash ?? false) !== oneDash) continue
    const equals = option.argument === undefined ? -1 : text.indexOf('=')
    const typed = equals < 0 ? text : text.slice(0, equals)
    const value = equals < 0 ? undefined : text.slice(equals + 1)
    if (typed === long) return [option, value]
    const isShort = option.abbreviates === true && typed.length >= ABBREVIATION_LETTERS_MIN && long.startsWith(typed)
    if (isShort) short.push([option, value])
  }
  return short.length === 1 ? short[0] : undefined
}

function badLong(word: string, index: number): string {
  const equals = word.indexOf('=')
  const value = equals < 0 ? '' : ` (with arg \`${word.slice(equals + 1)}')`
  return `Bad option \`${word}'${value} (argc ${index})`
}

const cannotHandle = (name: string, value: string, index: number): string =>
  `Cannot handle \`${name}' option with arg \`${value}' (argc ${index})`

const UNSIGNED = /^\s*[+-]?(?:0[xX][\da-fA-F]+|0[0-7]*|[1-9]\d*)$/

/** CLIF_set_uint: the whole text as an unsigned number in C's notation, or undefined. */
export const unsigned = (text: string): number | undefined =>
  UNSIGNED.test(text) ? scanInteger(text)! >>> 0 : undefined
