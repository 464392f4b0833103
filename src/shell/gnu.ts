/** Where the library's tools differ from those of GNU: options they do not read, words and columns that differ. */

/** Options that take a value in the same word, by tool. */
const JOINED: Readonly<Record<string, RegExp>> = {
  paste: /^(-s?d)(.+)$/,
  xargs: /^(-[nILPsd])(.+)$/,
}
const XARGS_WITH_VALUE = /^-[nILPsdE]$/
const COUNT_COLUMNS = 7

/** Arguments as the library reads them. */
export function argumentsFor(name: string, args: readonly string[]): string[] {
  // A file without a name is a folder to the library.
  if (name === 'rm' && args.some(arg => /^-\w*f/.test(arg))) return args.filter(arg => arg !== '')
  const joined = JOINED[name]
  if (joined === undefined) return [...args]
  // What follows the command of xargs is that command's.
  const end = args.findIndex((arg, i) => !arg.startsWith('-') && !XARGS_WITH_VALUE.test(args[i - 1] ?? ''))
  const split = args.flatMap((arg, i) => {
    const [, option, value = ''] = end >= 0 && i >= end ? [] : (joined.exec(arg) ?? [])
    if (option === undefined) return [arg]
    return option === '-sd' ? ['-s', '-d', value] : [option, value]
  })
  const readsInput = name === 'paste' && args.every(arg => arg.startsWith('-'))
  return readsInput ? [...split, '-'] : split
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
 * `ls -d A B` has no empty lines and is sorted.
 */
export function outputOf(name: string, args: readonly string[], text: string): string {
  const has = (letter: string): boolean => args.some(arg => new RegExp(`^-\\w*${letter}`).test(arg))
  if (name === 'uniq' && has('c')) return text.replace(/^ *(\d+) /gm, (_, n: string) => `${n.padStart(COUNT_COLUMNS)} `)
  if (name === 'ls' && has('l')) return text.replace(/^([-dl][rwxst-]{9} +\d+) user user/gm, '$1 root root')
  if (name !== 'ls' || !has('d')) return text
  const lines = text.split('\n').filter(line => line !== '')
  return lines.sort().join('\n') + (lines.length > 0 ? '\n' : '')
}
