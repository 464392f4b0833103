/** The command line of bash itself: `bash [-exu] [-o OPTION] [-c TEXT [NAME]] [SCRIPT] [ARGUMENT...]`. */

export interface ShellCall {
  readonly source:
    | { readonly from: 'text'; readonly text: string }
    | { readonly from: 'file'; readonly path: string }
    | { readonly from: 'stdin' }
  /** $0 */
  readonly argv0: string
  /** $1 and so on */
  readonly args: readonly string[]
  /** Words for `set`: `-e`, `-o`, `pipefail` ... */
  readonly options: readonly string[]
}

/** Options that `set` takes as well. */
const SET_OPTIONS = 'abefhkmnptuvxBCEHPT'
/** Those that change nothing in a sandbox: interactive, login, profile and rc files. */
const IGNORED_LONG = ['--login', '--noprofile', '--norc', '--noediting', '--posix']

export function shellArguments(name: string, words: readonly string[]): ShellCall | { readonly words: string } {
  const options: string[] = []
  let wantsText = false
  let wantsStdin = false
  let at = 0
  for (; at < words.length; at++) {
    const word = words[at]!
    if (word === '--' || word === '-') {
      at++
      break
    }
    if (IGNORED_LONG.includes(word)) continue
    if (word.startsWith('--')) return { words: `${name}: ${word}: invalid option\n` }
    if (!/^[-+]./.test(word)) break
    for (const letter of word.slice(1)) {
      if (letter === 'c') wantsText = true
      else if (letter === 's') wantsStdin = true
      else if (letter === 'o') options.push(`${word[0]}o`, words[++at] ?? '')
      else if (SET_OPTIONS.includes(letter)) options.push(`${word[0]}${letter}`)
      else if (!'ilrD'.includes(letter)) return { words: `${name}: -${letter}: invalid option\n` }
    }
  }
  const rest = words.slice(at)
  if (wantsText) {
    const [text, argv0 = name, ...args] = rest
    if (text === undefined) return { words: `${name}: -c: option requires an argument\n` }
    return { source: { from: 'text', text }, argv0, args, options }
  }
  const [path, ...args] = rest
  if (path === undefined || wantsStdin) return { source: { from: 'stdin' }, argv0: name, args: rest, options }
  return { source: { from: 'file', path }, argv0: path, args, options }
}
