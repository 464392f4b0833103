/**
 * `((n>=3))`, `$((~((1)-1)))` and `${a[$((i+1))]}`, as the library can parse them. Its lexer takes the signs of the
 * first for redirections, here-documents and jobs and the parentheses of the second for an end, and it does not expand
 * the third. So before it parses a text the first becomes `[[ $((n>=3)) -ne 0 ]]`, out of which the rewriter makes an
 * arithmetic command again, the second `$((~( (1)-1)))`, and the third `${a[(i+1)]}`.
 */

/** The same lines as in `text`, and the same columns up to the first change of a line. */
export function withPlainArithmetic(text: string): string {
  return text.includes('((') ? new Scanner(text).all() : text
}

/** Words behind which a command begins. */
const OPENERS: ReadonlySet<string> = new Set(['if', 'then', 'elif', 'else', 'while', 'until', 'do', 'time', '!', '{'])
const WORD = /[^\s'"\\$`;&|()<>]+/y
const HEREDOC = /<<(-?)[ \t]*((?:'[^'\n]*'|"[^"\n]*"|\\.|[^\s;&|()<>'"\\])+)/y
const ANSI_QUOTED = /\$'(?:[^'\\]|\\.)*'?/sy
const SUBSCRIPT = /\$\{[#!]?\w+\[(?=\$\(\()/y

/** The library does not take `((1)-1)` within an expression. */
const apart = (expression: string): string => expression.replace(/(?<!\$)\((?=\()/g, '( ')

class Scanner {
  private readonly text: string
  private at = 0
  private out = ''
  private readonly heredocs: { readonly delimiter: string; readonly tabs: boolean }[] = []

  constructor(text: string) {
    this.text = text
  }

  all(): string {
    while (this.at < this.text.length) {
      this.commands()
      this.copy(1)
    }
    return this.out
  }

  private copy(count: number): void {
    this.out += this.text.slice(this.at, this.at + count)
    this.at += count
  }

  private copyTo(end: number): void {
    this.copy((end < 0 ? this.text.length : end) - this.at)
  }

  private starts(what: string): boolean {
    return this.text.startsWith(what, this.at)
  }

  private match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at
    return pattern.exec(this.text)
  }

  /** Commands up to a closing parenthesis that is none of theirs, or the end. */
  private commands(): void {
    let isFirst = true
    let depth = 0
    while (this.at < this.text.length) {
      const c = this.text[this.at]!
      if (c === ')') {
        if (depth === 0) return
        depth--
        this.copy(1)
        isFirst = true
      } else if (c === '(') {
        if (isFirst && this.arithmetic()) isFirst = false
        else {
          depth++
          this.copy(1)
          isFirst = true
        }
      } else if (c === '\n') {
        this.copy(1)
        for (const each of this.heredocs.splice(0)) this.heredoc(each)
        isFirst = true
      } else if (c === ' ' || c === '\t') this.copy(1)
      else if (c === ';' || c === '&' || c === '|') {
        this.copy(1)
        isFirst = true
      } else if (c === '#' && /(?:^|[\s;&|()])$/.test(this.text.slice(Math.max(0, this.at - 1), this.at))) {
        this.copyTo(this.text.indexOf('\n', this.at))
      } else if (c === '<') {
        this.redirection()
        isFirst = false
      } else {
        const word = this.match(WORD)?.[0]
        if (word === undefined) this.special()
        else this.copy(word.length)
        isFirst = word !== undefined && isFirst && OPENERS.has(word)
      }
    }
  }

  /** `((...))` where a command begins. Two groups that close apart are subshells. */
  private arithmetic(): boolean {
    const end = this.starts('((') ? this.closing(this.at + 2) : -1
    if (end < 0) return false
    this.out += ` [[ $((${apart(this.text.slice(this.at + 2, end))})) -ne 0 ]]`
    this.at = end + 2
    return true
  }

  /** Where the `))` stands that ends an expression which begins at `from`; -1 if something else does. */
  private closing(from: number): number {
    let depth = 0
    for (let i = from; i < this.text.length; i++) {
      const c = this.text[i]
      if (c === '\\') i++
      else if (c === '(') depth++
      else if (c === ')' && depth-- === 0) return this.text[i + 1] === ')' ? i : -1
    }
    return -1
  }

  /** `<`, `<<<`, or `<<END`. */
  private redirection(): void {
    const here = this.starts('<<<') ? null : this.match(HEREDOC)
    this.copy(here?.[0].length ?? /<*/.exec(this.text.slice(this.at))![0].length)
    if (here !== null) this.heredocs.push({ delimiter: here[2]!.replace(/['"\\]/g, ''), tabs: here[1] === '-' })
  }

  private heredoc({ delimiter, tabs }: { delimiter: string; tabs: boolean }): void {
    while (this.at < this.text.length) {
      const end = this.text.indexOf('\n', this.at)
      const line = this.text.slice(this.at, end < 0 ? undefined : end)
      this.copyTo(end < 0 ? -1 : end + 1)
      if ((tabs ? line.replace(/^\t+/, '') : line) === delimiter) return
    }
  }

  /** A quotation, an expansion, or one character. */
  private special(): void {
    const c = this.text[this.at]
    if (c === '\\') this.copy(2)
    else if (this.starts("$'")) {
      this.copy(this.match(ANSI_QUOTED)![0].length)
    } else if (c === "'") this.copyTo(Math.max(this.at, this.text.indexOf("'", this.at + 1)) + 1)
    else if (c === '"') this.doubleQuoted()
    else if (c === '$') this.expansion()
    else if (c === '`') this.copyTo(Math.max(this.at, this.text.indexOf('`', this.at + 1)) + 1)
    else this.copy(1)
  }

  private doubleQuoted(): void {
    this.copy(1)
    while (this.at < this.text.length && this.text[this.at] !== '"') {
      const c = this.text[this.at]
      if (c === '\\') this.copy(2)
      else if (c === '$') this.expansion()
      else this.copy(1)
    }
    this.copy(1)
  }

  private expansion(): void {
    const subscript = this.match(SUBSCRIPT)?.[0]
    if (subscript !== undefined) {
      const from = this.at + subscript.length + '$(('.length
      const end = this.closing(from)
      this.copy(subscript.length)
      if (end >= 0 && this.text[end + 2] === ']') {
        this.out += `(${apart(this.text.slice(from, end))})`
        this.at = end + 2
      }
    } else if (this.starts('$((')) {
      const from = this.at + '$(('.length
      const end = this.closing(from)
      if (end < 0) return this.copyTo(from)
      this.out += `$((${apart(this.text.slice(from, end))}))`
      this.at = end + 2
    } else if (this.starts('$(')) {
      this.copy(2)
      this.commands()
      this.copy(1)
    } else this.copy(1)
  }
}
