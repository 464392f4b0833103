/**
 * Programs that stand in for files which Linux would run: `python3 vpn.py`, `./vpn.py`, `perl vpn.pl`. Vethereal has no
 * Python; who wants such a script to run writes what the file does as a program (cmd/os) and names it after the file.
 *
 * Of the interpreters' own options those that change nothing are skipped, `-c` and `-m` are refused.
 */
import type { Command } from './command.ts'
import { notSupported } from './command.ts'

/** By the name of the file: `vpn.py`, or a path that ends in it. */
export type Programs = ReadonlyMap<string, Command>

const INTERPRETERS = ['python3', 'python', 'perl']
/** Options that say what to run instead of a file. */
const INSTEAD = /^-[cmeE]/
const WITH_ARGUMENT = ['-W', '-X', '-I']
const NOT_FOUND = 127

const lastPart = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** The program for a file: the one of just that path, or one with the same last part. */
export function programFor(programs: Programs, path: string): Command | undefined {
  const exact = programs.get(path)
  if (exact !== undefined) return exact
  for (const [name, program] of programs) if (lastPart(name) === lastPart(path)) return program
  return undefined
}

/** What can be called without a path: the interpreters, and the programs themselves as if they were installed. */
export const installed = (programs: Programs): Map<string, Command> =>
  new Map([
    ...INTERPRETERS.map(name => [name, interpreter(programs)] as const),
    ...[...programs].map(([name, program]) => [lastPart(name), program] as const),
  ])

const interpreter = (programs: Programs): Command =>
  function* (process) {
    const [name, ...words] = process.argv
    while (words[0]?.startsWith('-') === true) {
      const word = words.shift()!
      if (INSTEAD.test(word)) return notSupported(process, `${name} ${word.slice(0, 2)}`)
      if (WITH_ARGUMENT.includes(word)) words.shift()
    }
    const [path] = words
    if (path === undefined) return notSupported(process, `${name} without a file`)
    const program = programFor(programs, path)
    if (program !== undefined) return yield* program({ ...process, argv: words })
    process.stderr(
      `vethereal: ${name} is not here; a program in TypeScript can stand in for ${path}: ` +
        `--program ${lastPart(path)}=FILE.ts\n`,
    )
    return NOT_FOUND
  }
