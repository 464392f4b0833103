/**
 * The one place where `ip` prints: a command names each field once, with its key, its value and its text, and gets
 * either iproute2's text or the JSON of `ip -j`.
 *
 * Follows iproute2 6.1 lib/json_print.c (which fields go where), lib/json_writer.c (compact and pretty layout, escapes:
 * control characters other than \t \n \r \f \b are written as they are) and lib/color.c (palettes).
 */

/** lib/color.c enum color_attr: what a text is, not how it looks. */
export type Colour = 'ifname' | 'mac' | 'inet' | 'inet6' | 'up' | 'down'

const LIGHT: Record<Colour, string> = { ifname: '36', mac: '33', inet: '35', inet6: '34', up: '32', down: '31' }
const ESCAPES: Record<string, string> = {
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
  '\f': '\\f',
  '\b': '\\b',
  '\\': '\\\\',
  '"': '\\"',
}

export interface Style {
  readonly json: boolean
  /** Indent JSON with four blanks. */
  readonly pretty: boolean
  /** Separate lines of one record with a backslash. */
  readonly oneline: boolean
  /** For which background to colour; undefined for no colour. */
  readonly colour: 'light' | 'dark' | undefined
}

type Value = string | number | boolean | null

export class Printer {
  readonly style: Style
  readonly #write: (text: string) => void
  #pending = ''
  #open = false
  #depth = 0
  #separator = ''

  constructor(style: Style, write: (text: string) => void) {
    this.style = style
    this.#write = write
  }

  /** JSON is being written: `-j` was given and the command has begun an answer. */
  get json(): boolean {
    return this.#open
  }

  /** Begins the answer of a command: the outer array, with `-j` (new_json_obj). */
  begin(): void {
    if (!this.style.json) return
    this.#open = true
    this.#depth = 0
    this.#separator = ''
    this.openArray()
  }

  end(): void {
    if (!this.#open) return
    this.closeArray()
    this.#put('\n')
    this.#open = false
  }

  /** A field in both forms (PRINT_ANY). Without a key the value is an element of the open array. */
  field(key: string | undefined, value: Value, text: string, colour?: Colour): void {
    if (this.#open) this.#value(key, typeof value === 'string' ? quote(value) : String(value))
    else this.text(text, colour)
  }

  /** A field of the JSON only (PRINT_JSON). */
  value(key: string | undefined, value: Value): void {
    if (this.#open) this.field(key, value, '')
  }

  /** A number that is already written as JSON has it: `3.20`. */
  literal(key: string, literal: string, text: string): void {
    if (this.#open) this.#value(key, literal)
    else this.text(text)
  }

  /** The text form only (PRINT_FP). */
  text(text: string, colour?: Colour): void {
    if (!this.#open) this.#put(colour === undefined ? text : this.#coloured(text, colour))
  }

  /** The line separator `_SL_`, of the text only (print_nl). */
  newline(): void {
    this.text(this.separator)
  }

  get separator(): string {
    return this.style.oneline ? '\\' : '\n'
  }

  /** Objects and arrays exist in the JSON only; the text of an array's ends is given where it has any. */
  openObject(key?: string): void {
    if (!this.#open) return
    if (key !== undefined) this.#name(key)
    this.#start('{')
  }

  closeObject(): void {
    if (this.#open) this.#finish('}')
  }

  openArray(key?: string, text = ''): void {
    this.text(text)
    if (!this.#open) return
    if (key !== undefined) this.#name(key)
    this.#start('[')
    if (this.style.pretty) this.#put(' ')
  }

  closeArray(text = ''): void {
    this.text(text)
    if (!this.#open) return
    if (this.style.pretty && this.#separator !== '') this.#put(' ')
    this.#separator = ''
    this.#finish(']')
  }

  /** Hands over what was printed so far: before waiting, before standard error, at the end. */
  flush(): void {
    if (this.#pending === '') return
    const text = this.#pending
    this.#pending = ''
    this.#write(text)
  }

  #put(text: string): void {
    this.#pending += text
  }

  #value(key: string | undefined, literal: string): void {
    if (key !== undefined) this.#name(key)
    this.#comma()
    this.#put(literal)
  }

  #name(key: string): void {
    this.#comma()
    this.#line()
    this.#separator = ''
    this.#put(this.style.pretty ? `${quote(key)}: ` : `${quote(key)}:`)
  }

  #comma(): void {
    this.#put(this.#separator)
    this.#separator = ','
  }

  #line(): void {
    if (this.style.pretty) this.#put(`\n${'    '.repeat(this.#depth)}`)
  }

  #start(bracket: string): void {
    this.#comma()
    this.#put(bracket)
    this.#depth++
    this.#separator = ''
  }

  #finish(bracket: string): void {
    this.#depth--
    if (this.#separator !== '') this.#line()
    this.#put(bracket)
    this.#separator = ','
  }

  #coloured(text: string, colour: Colour): string {
    if (this.style.colour === undefined) return text
    return `\x1b[${this.style.colour === 'dark' ? '1;' : ''}${LIGHT[colour]}m${text}\x1b[0m`
  }
}

const quote = (text: string): string => `"${text.replace(/[\t\n\r\f\b\\"]/g, c => ESCAPES[c]!)}"`

/** printf's `%g`: six significant digits, no trailing zeros. JSON floats are written so (jsonw_float). */
export function general(value: number): string {
  if (value === 0) return '0'
  const exponent = Number(value.toExponential(5).split('e')[1])
  if (exponent >= -4 && exponent < 6) return String(Number(value.toPrecision(6)))
  const [digits, power] = value.toExponential(5).split('e')
  const sign = power!.startsWith('-') ? '-' : '+'
  return `${String(Number(digits))}e${sign}${power!.slice(1).padStart(2, '0')}`
}
