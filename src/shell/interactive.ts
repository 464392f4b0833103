/** What a shell at a prompt and the terminal say to each other. The terminal itself is host/'s. */

/** What a prompt may show. */
export interface Prompt {
  /** The namespace of the shell, '' for the initial one. */
  readonly netns: string
  readonly cwd: string
  /** Exit status of the last command. */
  readonly status: number
  /** The text so far is incomplete: bash shows PS2. */
  readonly continued: boolean
}

export type Answer =
  | { readonly line: string }
  /** Ctrl-C while the line was typed: it is forgotten. */
  | 'interrupted'
  /** Ctrl-D: the shell ends. */
  | 'end'

/** Asks a person for one line. */
export type ReadLine = (prompt: Prompt) => Promise<Answer>

/** Tokens that the parser misses at the end of a text that is not yet whole. */
const MISSING = /got EOF|unexpected EOF|unterminated here-document|Expected compound command for function body/
/** It puts the closing word of a construct whose list is empty there, just behind the end. */
const CLOSING = /^Parse error at (\d+):(\d+): syntax error near unexpected token `(?:fi|done|esac)'$/
const OPEN_END = /(?:^|[^\\])(?:\\\\)*\\$|(?:&&|\|)[ \t]*$/

/** Does a text go on in the next line? `parse` throws the library's errors. */
export function isIncomplete(text: string, parse: (text: string) => void): boolean {
  const trimmed = text.replace(/\n$/, '')
  const last = trimmed.slice(trimmed.lastIndexOf('\n') + 1)
  try {
    parse(text)
  } catch (error) {
    const message = error instanceof Error ? error.message : ''
    const [, line, column] = CLOSING.exec(message) ?? []
    if (line !== undefined) return Number(line) > trimmed.split('\n').length || Number(column) > last.length
    return MISSING.test(message)
  }
  return OPEN_END.test(last) && !/^\s*#/.test(last)
}

/** bash's words for a text that is wrong. */
export function syntaxWords(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return `syntax error: ${message.replace(/^Parse error at \d+:\d+: (?:syntax error )?/, '')}`
}
