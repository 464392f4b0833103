/**
 * -batch of iproute2's tools: command lines from a file or from standard input.
 *
 * Follows iproute2 6.1 lib/utils.c (do_batch, getcmdline, makeargs).
 */
import { strerror } from '../../core/errno.ts'
import type { Program, Wait, Wake } from '../../world/task.ts'
import { exit } from './args.ts'
import { complain, type Ip } from './object.ts'

const BATCH_WORDS_MAX = 511
/** Quoted words, a quote without its end, words between blanks. */
const WORDS = /'([^']*)'|"([^"]*)"|(['"])|([^ \t\r\n]+)/g

/** One command a line, until one fails; with -force until the end. */
export function* batch(
  ip: Ip,
  path: string,
  force: boolean,
  carryOut: (ip: Ip, words: readonly string[]) => Program,
): Program {
  const text = path === '-' ? ip.process.stdin : yield* readFile(path)
  let status = 0
  for (const { words, line } of commandLines(text, () => complain(ip, 1, 'Missing continuation line\n'))) {
    const failed = yield* carryOut(ip, words)
    ip.print.flush()
    if (failed === 0) continue
    status = complain(ip, 1, `Command failed ${path}:${line}\n`)
    if (!force) break
  }
  return status
}

function* readFile(path: string): Generator<Wait, string, Wake> {
  const wake = yield { for: 'file', path }
  if (wake.by === 'file') return wake.text
  const errno = wake.by === 'nofile' ? wake.failure.errno : 'EINTR'
  return exit(1, `Cannot open file "${path}" for reading: ${strerror(errno)}\n`)
}

/** getcmdline: comments end a line, a backslash joins it with the next. `line` is the number of its last line. */
function* commandLines(text: string, missing: () => void): Generator<{ words: string[]; line: number }> {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  let joined = ''
  for (const [i, line] of lines.entries()) {
    if (line.endsWith('\\') && !line.includes('#')) {
      joined += line.slice(0, -1)
      continue
    }
    const words = splitWords(joined + line.replace(/#.*/, ''))
    joined = ''
    if (words.length > 0) yield { words, line: i + 1 }
  }
  if (joined !== '') missing()
}

/** makeargs: words between blanks; one that begins with a quote goes on to the next such quote. */
function splitWords(line: string): string[] {
  const words: string[] = []
  for (const [, single, double, open, plain] of line.matchAll(WORDS)) {
    if (words.length === BATCH_WORDS_MAX) exit(1, 'Too many arguments to command\n')
    if (open !== undefined) exit(1, 'Unterminated quoted string\n')
    words.push((single ?? double ?? plain)!)
  }
  return words
}
