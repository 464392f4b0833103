/**
 * Lines that a person types at a terminal: edited with node:readline, with history and completion. One reader serves
 * all shells of a session, nested ones too. What is typed or pasted while a command runs waits for the next prompt.
 */
import { createInterface, type Interface } from 'node:readline'
import type { Answer } from '../shell/interactive.ts'

export interface Terminal {
  readonly input: NodeJS.ReadableStream
  readonly output: NodeJS.WritableStream
}

/** Words that may stand at the end of a line, and where they begin. */
export interface Candidates {
  readonly from: number
  readonly candidates: readonly string[]
}

export interface LineReaderOptions {
  /** Lines of earlier sessions, the oldest first. */
  readonly history: readonly string[]
  /** A line was typed that belongs to the history. */
  readonly remember: (line: string) => void
  readonly complete: (line: string) => Promise<Candidates>
  /** Ctrl-C or Ctrl-\ while nobody asks for a line. */
  readonly signal: (signal: 'INT' | 'QUIT') => void
}

const HISTORY_MAX = 1000
const CTRL_BACKSLASH = '\x1c'

export class LineReader {
  private readonly terminal: Terminal
  private readonly options: LineReaderOptions
  private readline: Interface
  private history: string[]
  /** Typed ahead. */
  private readonly lines: string[] = []
  private asked: ((answer: Answer) => void) | undefined
  private closed = false

  constructor(terminal: Terminal, options: LineReaderOptions) {
    this.terminal = terminal
    this.options = options
    this.history = options.history.slice(-HISTORY_MAX).reverse()
    this.readline = this.open()
  }

  read(prompt: string): Promise<Answer> {
    const line = this.lines.shift()
    if (line !== undefined) {
      this.terminal.output.write(`${prompt}${line}\n`)
      return Promise.resolve({ line })
    }
    this.readline.setPrompt(prompt)
    this.readline.prompt()
    return new Promise(resolve => {
      this.asked = answer => {
        this.asked = undefined
        this.readline.setPrompt('')
        resolve(answer)
      }
    })
  }

  close(): void {
    this.closed = true
    this.readline.close()
  }

  private open(): Interface {
    const { input, output } = this.terminal
    const readline = createInterface({
      input,
      output,
      terminal: true,
      prompt: '',
      history: this.history,
      historySize: HISTORY_MAX,
      removeHistoryDuplicates: true,
      completer: (line: string, done: (error: Error | null, result?: [string[], string]) => void) => {
        this.options.complete(line).then(found => {
          const { line: whole, cursor } = this.readline
          // Who types fast has gone on meanwhile.
          done(null, whole.slice(0, cursor) === line ? completions(found, line) : [[], line])
        }, done)
      },
    })
    // Behind readline's own listener, which takes the character for text.
    const pressed = (_text: string, key?: { sequence?: string }): void => {
      if (key?.sequence !== CTRL_BACKSLASH) return
      readline.write(null, { ctrl: true, name: 'h' })
      if (this.asked === undefined) this.options.signal('QUIT')
    }
    input.on('keypress', pressed)
    return readline
      .on('line', line => this.typed(line))
      .on('history', history => {
        this.history = history
      })
      .on('SIGINT', () => this.interrupted())
      .on('close', () => {
        input.off('keypress', pressed)
        this.ended()
      })
  }

  private typed(line: string): void {
    if (line.trim() !== '') this.options.remember(line)
    if (this.asked === undefined) this.lines.push(line)
    else this.asked({ line })
  }

  /** Ctrl-C: what was typed is forgotten, also what was typed ahead. */
  private interrupted(): void {
    this.lines.length = 0
    if (this.asked === undefined) return this.options.signal('INT')
    this.terminal.output.write('^C\n')
    this.readline.write(null, { ctrl: true, name: 'e' })
    this.readline.write(null, { ctrl: true, name: 'u' })
    this.asked('interrupted')
  }

  /** Ctrl-D closes readline; the shell around the one that ends may still ask. */
  private ended(): void {
    if (this.closed) return
    this.readline = this.open()
    if (this.asked === undefined) return
    this.terminal.output.write('exit\n')
    this.asked('end')
  }
}

/** As readline wants them; the only one is followed by a blank, unless a path goes on. */
function completions({ from, candidates }: Candidates, line: string): [string[], string] {
  const [only] = candidates
  const isWhole = candidates.length === 1 && !only!.endsWith('/')
  return [isWhole ? [`${only} `] : [...candidates], line.slice(from)]
}
