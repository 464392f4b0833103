/** Where the library's tools differ from those of GNU: options it does not read, words it does not say. */

/** Options that take a value in the same word, by tool. */
const JOINED: Readonly<Record<string, RegExp>> = {
  xargs: /^(-[nILPsd])(.+)$/,
}

/** Arguments as the library reads them. */
export function rewrittenArguments(name: string, args: readonly string[]): string[] {
  const joined = JOINED[name]
  if (joined === undefined) return [...args]
  const first = args.findIndex((arg, i) => !arg.startsWith('-') && !/^-[nILPsd]$/.test(args[i - 1] ?? ''))
  return args.flatMap((arg, i) => {
    const [, option, value] = first >= 0 && i >= first ? [] : (joined.exec(arg) ?? [])
    return option === undefined ? [arg] : [option, value!]
  })
}

/** Messages as GNU's tools put them. `reason` is why a file could not be read, where that is known. */
export function inOwnWords(name: string, text: string, reason: string): string {
  if (text === '') return text
  const because = reason === '' ? 'No such file or directory' : reason
  const corrected = text
    .replace(/: No such file or directory$/gm, `: ${because}`)
    .replace(
      /: E[A-Z]+: (\w)([^\n]*), '[^\n]*'$/gm,
      (_, first: string, rest: string) => `: ${first.toUpperCase()}${rest}`,
    )
  return name === 'ls'
    ? corrected.replace(/^ls: (.*): (No such file or directory|Permission denied)$/gm, "ls: cannot access '$1': $2")
    : corrected
}

/** `ls -d A B`: the library puts an empty line between the two, and keeps their order. `ls -l`: everything is root's. */
export function corrected(name: string, args: readonly string[], stdout: string): string {
  if (name !== 'ls') return stdout
  if (args.some(arg => /^-\w*l/.test(arg)))
    return stdout.replace(/^([-dl][rwxst-]{9} +\d+) user user/gm, '$1 root root')
  if (!args.some(arg => /^-\w*d/.test(arg))) return stdout
  const lines = stdout.split('\n').filter(line => line !== '')
  return lines
    .sort()
    .map(line => `${line}\n`)
    .join('')
}
