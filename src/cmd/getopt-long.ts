/**
 * getopt_long(3): short options with and without arguments, long ones that may be abbreviated, operands in between.
 *
 * Follows glibc posix/getopt.c with its messages in the C locale. Unlike libc.ts's getopt, long options take arguments.
 */

export interface LongOption {
  readonly name: string
  /** What the option is reported as: a short option's letter, or a word of its own. */
  readonly as: string
  readonly argument?: 'required' | 'optional'
}

export type Option =
  | { readonly option: string; readonly argument: string | undefined }
  /** What getopt prints itself, without the line's end, when it does not understand. */
  | { readonly option: '?'; readonly complaint: string }

export interface Options {
  readonly options: readonly Option[]
  readonly operands: readonly string[]
}

/**
 * `letters` as in C: one colon after a letter whose option takes an argument, two where the argument may only be
 * attached. A `+` in front of them: the first word that is no option ends the options.
 */
export function getoptLong(argv: readonly string[], letters: string, long: readonly LongOption[]): Options {
  const [program = '', ...words] = argv
  const options: Option[] = []
  const operands: string[] = []
  const complain = (complaint: string): void => {
    options.push({ option: '?', complaint: `${program}: ${complaint}` })
  }

  while (words.length > 0) {
    const word = words.shift()!
    if (word === '--') {
      operands.push(...words)
      break
    }
    if (word.startsWith('--')) {
      takeLong(word)
    } else if (word.startsWith('-') && word !== '-') {
      takeShort(word.slice(1))
    } else {
      operands.push(word)
      if (letters.startsWith('+')) operands.push(...words.splice(0))
    }
  }
  return { options, operands }

  function takeLong(word: string): void {
    const [typed = '', attached] = word.slice(2).split(/=(.*)/s)
    const candidates = long.filter(({ name }) => name.startsWith(typed))
    const found = candidates.find(({ name }) => name === typed) ?? candidates[0]
    if (found === undefined) return complain(`unrecognized option '--${typed}'`)
    const others = candidates.filter(({ as, argument }) => as !== found.as || argument !== found.argument)
    if (found.name !== typed && others.length > 0) {
      const names = [found, ...others].map(({ name }) => ` '--${name}'`).join('')
      return complain(`option '--${typed}' is ambiguous; possibilities:${names}`)
    }
    if (attached !== undefined && found.argument === undefined) {
      return complain(`option '--${found.name}' doesn't allow an argument`)
    }
    const argument = attached ?? (found.argument === 'required' ? words.shift() : undefined)
    if (found.argument === 'required' && argument === undefined) {
      return complain(`option '--${found.name}' requires an argument`)
    }
    options.push({ option: found.as, argument })
  }

  function takeShort(cluster: string): void {
    for (let at = 0; at < cluster.length; at++) {
      const letter = cluster[at]!
      const known = letter === ':' || letter === '+' ? -1 : letters.indexOf(letter)
      const colons = /^:*/.exec(letters.slice(known + 1))![0].length
      const attached = cluster.slice(at + 1)
      if (known < 0) {
        complain(`invalid option -- '${letter}'`)
      } else if (colons === 0) {
        options.push({ option: letter, argument: undefined })
      } else {
        const argument = attached !== '' ? attached : colons === 1 ? words.shift() : undefined
        if (colons === 1 && argument === undefined) complain(`option requires an argument -- '${letter}'`)
        else options.push({ option: letter, argument })
        return
      }
    }
  }
}
