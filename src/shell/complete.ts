/** Candidates for the word at the end of a line: commands, files, and names that networking commands take. */
import type { NetnsId } from '../core/device.ts'
import type { World } from '../world/world.ts'
import type { Files } from './files.ts'

export interface Completion {
  /** Where the word begins. */
  readonly from: number
  /** What could stand there, sorted; directories end in `/`. */
  readonly candidates: readonly string[]
}

export interface Place {
  readonly world: World
  readonly netns: NetnsId
  readonly files: Files
  readonly cwd: string
  /** Names of all commands: builtins, functions, programs. */
  readonly commands: Iterable<string>
}

/** A word is the name of a command at the beginning, behind an operator, and behind what runs commands. */
const BEFORE_COMMAND = /(?:^|[;&|({]|\b(?:sudo|then|do|else|netns exec \S+))\s*$/
const BEFORE_NETNS = /(?:\s-n|\s-netns|\bnetns\s+(?:exec|del|delete|pids)|\snetns)\s+$/
const BEFORE_LINK = /\b(?:dev|master|link set|link show|link del|addif \S+|delif \S+|showmacs|showstp|-I)\s+$/

export async function complete(line: string, place: Place): Promise<Completion> {
  const word = /[^\s;&|()<>"']*$/.exec(line)?.[0] ?? ''
  const from = line.length - word.length
  const before = line.slice(0, from)
  const candidates = word.includes('/') ? await paths(word, place) : await names(before, word, place)
  return { from, candidates: [...new Set(candidates)].sort() }
}

async function names(before: string, word: string, place: Place): Promise<string[]> {
  const begins = (name: string): boolean => name.startsWith(word)
  const { world, netns } = place
  if (BEFORE_NETNS.test(before)) return world.netnsNames().filter(begins)
  if (BEFORE_COMMAND.test(before)) return [...place.commands].filter(begins)
  if (BEFORE_LINK.test(before)) {
    const links = world.links(netns).map(link => link.name)
    return links.filter(begins)
  }
  return paths(word, place)
}

async function paths(word: string, { files, cwd }: Place): Promise<string[]> {
  const directory = word.slice(0, word.lastIndexOf('/') + 1)
  const begun = word.slice(directory.length)
  const at = files.resolvePath(cwd, directory || '.')
  let found: string[]
  try {
    found = await files.readdir(at)
  } catch {
    return []
  }
  const shown = found.filter(name => name.startsWith(begun) && (begun !== '' || !name.startsWith('.')))
  return Promise.all(
    shown.map(async name => {
      const { isDirectory } = await files.stat(files.resolvePath(at, name)).catch(() => ({ isDirectory: false }))
      return `${directory}${name}${isDirectory ? '/' : ''}`
    }),
  )
}
