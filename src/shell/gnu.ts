/** Where the library's tools differ from those of GNU: options they do not read, words and columns that differ. */

import { normalDiff } from './normaldiff.ts'

const XARGS_JOINED = /^(-[nILPsd])(.+)$/
const XARGS_WITH_VALUE = /^-[nILPsdE]$/
const COUNT_COLUMNS = 7

/** Arguments as the library reads them. */
export function argumentsFor(name: string, args: readonly string[]): string[] {
  // A file without a name is a folder to the library.
  if (name === 'rm' && args.some(arg => /^-\w*f/.test(arg))) return args.filter(arg => arg !== '')
  if (name === 'paste') return pasteArguments(args)
  if (name === 'od') return args.flatMap(arg => /^(-[tAjN])(.+)$/.exec(arg)?.slice(1) ?? [arg])
  if (name === 'awk') return awkArguments(args)
  if (/^[ef]?grep$/.test(name)) return grepArguments(args)
  if (name === 'xargs') return xargsArguments(args)
  return [...args]
}

/** `-sd,`, `-d ,`, and no file for standard input. */
function pasteArguments(args: readonly string[]): string[] {
  const options: string[] = []
  const files: string[] = []
  for (let i = 0; i < args.length; i++) {
    const [, serial, delimiters] = /^-(s?)(?:d(.*))?$/s.exec(args[i]!) ?? []
    if (serial === undefined || args[i] === '-') {
      files.push(args[i]!)
      continue
    }
    if (serial !== '') options.push('-s')
    if (delimiters !== undefined) options.push('-d', delimiters === '' ? (args[++i] ?? '') : delimiters)
  }
  return [...options, ...(files.length === 0 ? ['-'] : files)]
}

/** Of several `-e` only the last counts, and it stands alone: they are joined to one of several lines. */
function grepArguments(args: readonly string[]): string[] {
  const patterns: string[] = []
  const others: string[] = []
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!
    if (arg === '--') {
      others.push(...args.slice(i))
      break
    }
    const [, flags, pattern] = /^-([a-zA-Z]*?)e(.*)$/s.exec(arg) ?? /^--()regexp(?:=(.*))?$/s.exec(arg) ?? []
    // Behind these letters comes their own value.
    if (flags === undefined || /[ABCDdfm]/.test(flags)) {
      others.push(arg)
      if (/^-[a-zA-Z]*[ABCDdfm]$/.test(arg)) others.push(...args.slice(++i, i + 1))
      continue
    }
    if (flags !== '') others.push(`-${flags}`)
    const isNext = pattern === undefined || (pattern === '' && !arg.includes('='))
    // Without a pattern it is for the library to complain.
    if (isNext && i + 1 === args.length) return [...args]
    patterns.push(isNext ? args[++i]! : pattern)
  }
  if (patterns.length < 2) return patterns.length === 0 ? [...args] : ['-e', patterns[0]!, ...others]
  // To the library a `$` that is not the last sign of all is a dollar, but for one at the end of a group.
  const isBasic = !others.some(each => /^-[a-zA-Z]*[EFP]/.test(each))
  const lines = patterns.map(each => (isBasic && each.endsWith('$') ? `\\(${each}\\)` : each))
  return ['-e', lines.join('\n'), ...others]
}

/** `-v OFS=:` is forgotten before the first line, so it is said in the program. */
function awkArguments(args: readonly string[]): string[] {
  const program = args.findIndex((arg, i) => !arg.startsWith('-') && !/^-[vFf]$/.test(args[i - 1] ?? ''))
  if (program < 0 || args.includes('-f')) return [...args]
  const separators = args.slice(0, program).flatMap(arg => {
    const [, variable, value] = /^(?:-v)?(OFS|ORS)=(.*)$/s.exec(arg) ?? []
    return variable === undefined ? [] : [`BEGIN { ${variable} = "${value!.replaceAll('"', '\\"')}" }\n`]
  })
  return args.map((arg, i) => (i === program ? separators.join('') + arg : arg))
}

/** `-n1`; with `-I` a line is one argument. */
function xargsArguments(args: readonly string[]): string[] {
  // What follows the command of xargs is that command's.
  const end = args.findIndex((arg, i) => !arg.startsWith('-') && !XARGS_WITH_VALUE.test(args[i - 1] ?? ''))
  const own = end < 0 ? args : args.slice(0, end)
  const split = own.flatMap(arg => XARGS_JOINED.exec(arg)?.slice(1) ?? [arg])
  const lines = split.includes('-I') && !split.includes('-0') && !split.includes('-d') ? ['-d', '\n'] : []
  return [...lines, ...split, ...(end < 0 ? [] : args.slice(end))]
}

/** Messages as GNU's tools put them. `reason` is why a file could not be read, where that is known. */
export function messagesOf(name: string, text: string, reason: string): string {
  if (text === '') return text
  const because = reason === '' ? 'No such file or directory' : reason
  const words = text
    .replace(/: No such file or directory$/gm, `: ${because}`)
    .replace(
      /: E[A-Z]+: (\w)([^\n]*), '[^\n]*'$/gm,
      (_, first: string, rest: string) => `: ${first.toUpperCase()}${rest}`,
    )
  if (name === 'rm') return words.replace(/^(rm: cannot remove ''): .*$/gm, `$1: ${because}`)
  if (name !== 'ls') return words
  return words.replace(/^ls: (.*): (No such file or directory|Permission denied)$/gm, "ls: cannot access '$1': $2")
}

/**
 * Output as GNU's tools lay it out: the counts of `uniq -c` have seven columns, `ls -l` shows root as the owner,
 * `ls -d A B` has no empty lines and is sorted, `diff` is not unified unless asked.
 */
export function outputOf(name: string, args: readonly string[], text: string): string {
  const has = (letter: string): boolean => args.some(arg => new RegExp(`^-\\w*${letter}`).test(arg))
  if (name === 'diff' && text.startsWith('===') && !has('[uUcCy]')) return normalDiff(text)
  if (name === 'uniq' && has('c')) return text.replace(/^ *(\d+) /gm, (_, n: string) => `${n.padStart(COUNT_COLUMNS)} `)
  if (name === 'ls' && has('l')) return text.replace(/^([-dl][rwxst-]{9} +\d+) user user/gm, '$1 root root')
  if (name !== 'ls' || !has('d')) return text
  const lines = text.split('\n').filter(line => line !== '')
  return lines.sort().join('\n') + (lines.length > 0 ? '\n' : '')
}
