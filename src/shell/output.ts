/** Where a command prints: the terminal, or a buffer that the library hands on to a pipe, a file or a variable. */
import type { CommandContext, ExecResult } from 'just-bash/browser'
import { Fd, STDERR_PATH, STDOUT_PATH } from './names.ts'

/** Two streams in the order in which they are written. */
export interface Output {
  stdout(text: string): void
  stderr(text: string): void
  /** Standard output is a terminal. */
  readonly isTerminal: boolean
}

/** How the library's table of descriptors names a file that is open for appending (its fd-table.ts). */
const APPENDED = '__file_append__:'
const STDOUT_ROUTE = APPENDED + STDOUT_PATH
const STDERR_ROUTE = APPENDED + STDERR_PATH
const FILE_ROUTE = /^__file(?:_append)?__:(.*)$/s

/** The file behind a descriptor, if it is one. */
export const fileOf = (route: string | undefined): string | undefined => FILE_ROUTE.exec(route ?? '')?.[1]

/** Files that are open for writing. */
export interface OpenFiles {
  write(path: string, text: string): void
  isSynthetic(path: string): boolean
}

/** The output of one command while it runs. */
export class CommandOutput implements Output {
  readonly isTerminal: boolean
  /** Standard error reaches the terminal. */
  readonly showsErrors: boolean
  /** The file that standard output was redirected to, if what is written there must be checked (/proc, /sys). */
  readonly checked: string | undefined
  private readonly out: (text: string) => void
  private readonly err: (text: string) => void
  private readonly collected = { stdout: '', stderr: '' }

  /** `routed`: the command was rewritten, so its Out and Err are its own. */
  constructor(context: CommandContext, terminal: Output, files: OpenFiles, routed: boolean) {
    const out = routed ? context.fileDescriptors?.get(Fd.Out) : undefined
    const err = routed ? context.fileDescriptors?.get(Fd.Err) : undefined
    const sink = (route: string | undefined, stream: 'stdout' | 'stderr'): ((text: string) => void) => {
      if (route === STDOUT_ROUTE) return text => terminal.stdout(text)
      if (route === STDERR_ROUTE) return text => terminal.stderr(text)
      const path = fileOf(route)
      if (path !== undefined && !files.isSynthetic(path)) return text => files.write(path, text)
      return text => {
        this.collected[stream] += text
      }
    }
    this.out = sink(out, 'stdout')
    this.err = sink(err, err !== undefined && err === out ? 'stdout' : 'stderr')
    this.isTerminal = terminal.isTerminal && out === STDOUT_ROUTE
    this.showsErrors = err === STDERR_ROUTE || err === STDOUT_ROUTE
    const path = fileOf(out)
    this.checked = path !== undefined && files.isSynthetic(path) ? path : undefined
  }

  stdout(text: string): void {
    if (text !== '') this.out(text)
  }

  stderr(text: string): void {
    if (text !== '') this.err(text)
  }

  /** What standard output has collected so far; it is not handed on. */
  takeStdout(): string {
    const { stdout } = this.collected
    this.collected.stdout = ''
    return stdout
  }

  result(exitCode: number): ExecResult {
    return { ...this.collected, exitCode, stdoutKind: 'text' }
  }
}
