/**
 * readlink(1) and realpath(1) of GNU coreutils 9.1. Left out, and refused: realpath -L, -s, --relative-to.
 */
import { strerror } from '../core/errno.ts'
import type { Files } from './files.ts'
import type { Builtin, Call } from './state.ts'

export const paths: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  ['readlink', call => each(call, undefined)],
  ['realpath', call => each(call, 'f')],
])

/** How much of a path has to be there: `f` all but its last name, `e` all, `m` nothing. */
type Needs = 'f' | 'e' | 'm'
/** MAXSYMLINKS */
const LINKS_MAX = 40
const LONG: Readonly<Record<string, string>> = {
  '--canonicalize': 'f',
  '--canonicalize-existing': 'e',
  '--canonicalize-missing': 'm',
  '--no-newline': 'n',
  '--physical': 'P',
  '--quiet': 'q',
  '--silent': 's',
  '--verbose': 'v',
  '--zero': 'z',
}

async function each(call: Call, initially: Needs | undefined): Promise<number> {
  const { name, args, shell, context, output } = call
  const known = name === 'readlink' ? 'femnqsvz' : 'emqzP'
  let needs = initially
  const flags = new Set<string>()
  let at = 0
  for (; args[at]?.startsWith('-') === true && args[at] !== '-' && args[at] !== '--'; at++) {
    for (const letter of args[at]!.startsWith('--') ? (LONG[args[at]!] ?? '?') : args[at]!.slice(1)) {
      if (!known.includes(letter)) {
        output.stderr(`vethereal: ${name}: option ${args[at]} is not supported yet\n`)
        return 2
      }
      if (letter === 'f' || letter === 'e' || letter === 'm') needs = letter
      else flags.add(letter)
    }
  }
  const names = args.slice(args[at] === '--' ? at + 1 : at)
  if (names.length === 0) {
    output.stderr(`${name}: missing operand\nTry '${name} --help' for more information.\n`)
    return 1
  }
  const end = flags.has('z') ? '\0' : flags.has('n') && names.length === 1 ? '' : '\n'
  const complains = name === 'readlink' ? flags.has('v') : !flags.has('q')
  let status = 0
  for (const path of names) {
    try {
      const whole = shell.files.resolvePath(context.cwd, path)
      output.stdout(
        `${needs === undefined ? await shell.files.readlink(whole) : await real(shell.files, whole, needs)}${end}`,
      )
    } catch {
      const isThere = await shell.files.exists(shell.files.resolvePath(context.cwd, path))
      if (complains) output.stderr(`${name}: ${path}: ${strerror(isThere ? 'EINVAL' : 'ENOENT')}\n`)
      status = 1
    }
  }
  return status
}

/** The path without links; throws when a part is missing that has to be there. */
async function real(files: Files, path: string, needs: Needs, links = 0): Promise<string> {
  if (await files.exists(path)) return files.realpath(path)
  if (needs === 'e' || links > LINKS_MAX) throw new Error(path)
  const cut = path.lastIndexOf('/')
  const parent = await real(files, path.slice(0, cut) || '/', needs === 'f' ? 'e' : 'm', links)
  const there = `${parent === '/' ? '' : parent}${path.slice(cut)}`
  const target = await files.readlink(there).catch(() => undefined)
  return target === undefined ? there : real(files, files.resolvePath(parent, target), needs, links + 1)
}
