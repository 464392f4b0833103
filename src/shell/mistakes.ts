/**
 * A text that bash could not parse: bash reads a command at a time, so that what stands before the mistake runs; then
 * it says what is wrong and ends with status 2. The library parses the whole first, and says it in words of its own.
 */
import { isIncomplete } from './interactive.ts'

export interface Mistake {
  /** The text up to the command with the mistake. */
  readonly before: string
  /** bash's lines, without the name of the script. */
  readonly words: readonly string[]
}

const UNENDED = /unexpected EOF while looking for matching `?(.+?)'?$/

export type Parse = (text: string) => void

/** Undefined too where the library gives up for another reason. `parse` throws the library's errors. */
export function mistakeIn(text: string, parse: Parse): Mistake | undefined {
  const message = complaintOf(text, parse)
  if (message === undefined) return undefined
  const lines = text.replace(/\n$/, '').split('\n')
  const [, line = '', column = '', detail = message] = /^Parse error at (\d+):(\d+): (.*)$/s.exec(message) ?? []
  if (detail === message && !UNENDED.test(message)) return undefined
  const at = line === '' ? lines.length : Math.min(Number(line), lines.length)
  let count = at - 1
  while (count > 0 && !isWhole(head(lines, count), parse)) count--
  const words = wordsFor(detail, lines, Number(line), Number(column), () => {
    for (let i = count + 1; i < lines.length; i++) if (complaintOf(head(lines, i), parse) === message) return i
    return lines.length
  })
  return { before: count === 0 ? '' : head(lines, count), words }
}

const head = (lines: readonly string[], count: number): string => `${lines.slice(0, count).join('\n')}\n`

function complaintOf(text: string, parse: Parse): string | undefined {
  try {
    parse(text)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

const isWhole = (text: string, parse: Parse): boolean =>
  complaintOf(text, parse) === undefined && !isIncomplete(text, parse)

/** `opened`: the line in which a quotation begins that has no end. */
function wordsFor(
  detail: string,
  lines: readonly string[],
  line: number,
  column: number,
  opened: () => number,
): readonly string[] {
  const [, quote] = UNENDED.exec(detail) ?? []
  if (quote !== undefined) {
    const where = quote === ')' || quote === '}' ? lines.length + 1 : opened()
    return [`line ${where}: unexpected EOF while looking for matching \`${quote}'`]
  }
  const text = lines[line - 1]
  if (text === undefined || /got EOF$/.test(detail))
    return [`line ${lines.length + 1}: syntax error: unexpected end of file`]
  const [, named] = /unexpected token `(.*)'$/s.exec(detail) ?? []
  const token = named ?? /^(?:[;&|<>()]+|[^\s;&|<>()]+)/.exec(text.slice(column - 1))?.[0] ?? 'newline'
  return [`line ${line}: syntax error near unexpected token \`${token}'`, `line ${line}: \`${text}'`]
}
