/** Which commands a shell has besides those of src/cmd, and how they are shown. */
import { Internal } from './names.ts'
import type { System } from './system.ts'

/** Tools of the library that are builtins of bash: they take no time. */
export const BASH_BUILTINS: ReadonlySet<string> = new Set([
  'echo',
  'printf',
  'pwd',
  'alias',
  'unalias',
  'true',
  'false',
  'history',
])
/** Tools of the library that would read the real clock or network, or that nobody has on Linux. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  'bash',
  'date',
  'help',
  'history',
  'html-to-markdown',
  'readlink',
  'rg',
  'sh',
  'sleep',
  'time',
  'timeout',
])

/** Builtins of bash that are programs as well, for `ip netns exec` and its like. */
export const BUILTIN_PROGRAMS: readonly string[] = ['[', 'kill', 'test']

/** The tools of the library that a sandbox has. */
export const libraryTools = (system: Pick<System, 'library'>): string[] =>
  system.library.getCommandNames().filter(name => !LEFT_OUT.has(name))

/** Builtins and reserved words, which are no files, for completion. */
export const SHELL_WORDS: readonly string[] = [
  'alias bg break case cd command continue declare do done elif else esac eval exec exit export false',
  'fi for function getopts hash history if jobs kill let local mapfile popd pushd read readonly return',
  'set shift shopt source then time trap true type typeset ulimit umask unset until wait while',
].flatMap(line => line.split(' '))

/** How the commands that rewritten scripts call appear in `set -x`; null: not at all. */
export const SHOWN_AS: Readonly<Record<string, null | ((args: readonly string[]) => readonly string[])>> = {
  [Internal.Clock]: null,
  [Internal.Err]: null,
  [Internal.Eval]: null,
  [Internal.Exit]: null,
  [Internal.Job]: null,
  [Internal.Mistake]: null,
  [Internal.Run]: args => args,
  [Internal.Seconds]: args => [`SECONDS=${args[0]}`],
  [Internal.Source]: null,
  [Internal.Read]: null,
  [Internal.Status]: null,
  [Internal.Stdin]: null,
  [Internal.Time]: null,
  [Internal.Trap]: args => ['trap', ...args.slice(1)],
  [Internal.Wait]: args => ['wait', ...args],
}
