/**
 * sleep of GNU coreutils 9.1, in simulated time: the sum of its arguments, each a number with s, m, h or d behind it.
 *
 * Refused: --help and --version.
 */
import type { Waitable } from '../world/task.ts'
import { type Command, notSupported } from './command.ts'
import { getoptLong } from './getopt-long.ts'

const NS_PER_SECOND = 1_000_000_000
const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86400 }
const LONG = [
  { name: 'help', as: '--help' },
  { name: 'version', as: '--version' },
]
const SIGNAL_STATUS = { HUP: 129, INT: 130, QUIT: 131, KILL: 137, TERM: 143 } as const

/** Never ready: for a sleep that does not end. */
const NEVER: Waitable = { ready: false, waiter: undefined }

export const sleep: Command = function* (process) {
  const name = process.argv[0]
  const failed = (complaints: readonly string[]): 1 => {
    for (const complaint of complaints) process.stderr(`${name}: ${complaint}\n`)
    process.stderr(`Try '${name} --help' for more information.\n`)
    return 1
  }
  const { options, operands } = getoptLong(process.argv, '', LONG)
  for (const option of options) {
    if (option.option === '?' && 'complaint' in option) return failed([option.complaint.slice(`${name}: `.length)])
    return notSupported(process, `${name} ${option.option}`)
  }
  if (operands.length === 0) return failed(['missing operand'])
  const intervals = operands.map(parseInterval)
  const wrong = operands.filter((_, i) => intervals[i] === undefined)
  if (wrong.length > 0) return failed(wrong.map(text => `invalid time interval '${text}'`))

  const seconds = intervals.reduce<number>((sum, interval) => sum + interval!, 0)
  const at = process.world.now + Math.ceil(seconds * NS_PER_SECOND)
  const wake = yield Number.isSafeInteger(at) ? { for: 'instant', at } : { for: 'socket', socket: NEVER }
  return wake.by === 'signal' ? SIGNAL_STATUS[wake.signal] : 0
}

const NUMBER =
  /^\s*\+?(?:(\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?)|(0x[\da-f]*\.?[\da-f]*(?:p[+-]?\d+)?)|(inf(?:inity)?))$/i

/** Seconds; undefined when the text is no number from zero up with at most one suffix. */
function parseInterval(text: string): number | undefined {
  const whole = /[dhms]$/.test(text) && !/inf$|infinity$/i.test(text) && !/^\s*\+?0x[^p]*d$/i.test(text)
  const number = whole ? text.slice(0, -1) : text
  const [, decimal, hexadecimal, infinite] = NUMBER.exec(number) ?? []
  const unit = whole ? SECONDS[text.at(-1)!]! : 1
  if (infinite !== undefined) return Number.POSITIVE_INFINITY
  if (decimal !== undefined) return Number(decimal) * unit
  const value = hexadecimal === undefined ? undefined : parseHexadecimal(hexadecimal)
  return value === undefined ? undefined : value * unit
}

/** strtod(3)'s hexadecimal numbers: 0x1.8p3 is 12. */
function parseHexadecimal(text: string): number | undefined {
  const [, whole, fraction = '', exponent = '0'] = /^0x([\da-f]*)\.?([\da-f]*)(?:p([+-]?\d+))?$/i.exec(text) ?? []
  if (whole === undefined || whole + fraction === '') return undefined
  return Number.parseInt(whole + fraction, 16) * 2 ** (Number(exponent) - 4 * fraction.length)
}
