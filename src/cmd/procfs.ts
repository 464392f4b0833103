/**
 * What a program of a namespace sees below /proc and /sys: which files there are, what they say, what may be written.
 *
 * Follows Linux fs/proc, net/core/net-procfs.c, net/core/net-sysfs.c, net/bridge/br_sysfs_*.c. The files of a link are
 * in sysfs.ts, those of /proc/net in procnet.ts. Left out: everything that is not about the network, but for the few
 * files that scripts look at.
 */
import type { NetnsId } from '../core/device.ts'
import { type Answer, DONE, done, fail } from '../core/errno.ts'
import type { World } from '../world/world.ts'
import { PROC_NET, procNet } from './procnet.ts'
import * as sysfs from './sysfs.ts'

export type Entry = sysfs.Entry

/** Who looks. */
export interface Looker {
  readonly netns: NetnsId
  readonly pid: number
  /** The namespace of a process, if there is one with this number. */
  readonly netnsOf?: (pid: number) => NetnsId | undefined
}

const READ_ONLY = 0o444
/** The inode of the initial network namespace (PROC_NET_INIT_INO); others get the numbers after the dynamic first. */
const INITIAL_INODE = 4_026_531_840
const DYNAMIC_INODE = 4_026_532_181
const NS_PER_S = 1_000_000_000
const RELEASE = '6.18.0'

/** Other files of /proc, by name. */
const PLAIN: Readonly<Record<string, (world: World) => string>> = {
  cmdline: () => 'quiet\n',
  loadavg: () => '0.00 0.00 0.00 1/1 1\n',
  modules: () => '',
  mounts: () => 'proc /proc proc rw 0 0\nsysfs /sys sysfs rw 0 0\n',
  uptime: world => `${(world.now / NS_PER_S).toFixed(2)} 0.00\n`,
  version: () => `Linux version ${RELEASE} (vethereal)\n`,
}
const OF_PROCESS = ['cmdline', 'comm', 'net', 'ns', 'status']

/** What is at an absolute path below /proc or /sys, with links as links; undefined when there is nothing. */
export function entry(world: World, looker: Looker, path: string): Entry | undefined {
  const parts = path.split('/').slice(1)
  return parts[0] === 'sys' ? sysEntry(world, looker, parts.slice(1)) : procEntry(world, looker, parts.slice(1))
}

/** The names in a directory. ENOENT, ENOTDIR. */
export function list(world: World, looker: Looker, path: string): Answer<readonly string[]> {
  const found = entry(world, looker, path)
  if (found === undefined) return fail('ENOENT')
  return found.type === 'directory' ? done(found.names) : fail('ENOTDIR')
}

/** The text of a file; the path holds no links. ENOENT, EISDIR, EACCES, and what the file itself answers. */
export function read(world: World, looker: Looker, path: string): Answer<string> {
  const found = entry(world, looker, path)
  if (found === undefined) return fail('ENOENT')
  if (found.type !== 'file') return found.type === 'link' ? done(found.target) : fail('EISDIR')
  if ((found.mode & READ_ONLY) === 0) return fail('EACCES')
  const [root, ...parts] = path.split('/').slice(1)
  if (root === 'sys') return sysfs.read(world, looker.netns, parts.slice(LINK_DIRECTORY.length))
  if (parts[0] === 'sys') {
    const text = world.sysctl(looker.netns, parts.slice(1).join('/'))
    return text.ok ? done(`${text.value}\n`) : text
  }
  const plain = PLAIN[parts[0] ?? '']
  if (plain !== undefined) return done(plain(world))
  return done(ofProcess(world, looker, parts))
}

/** write(2) of `text`, all of it at once. ENOENT, EISDIR, EACCES, and what the file itself answers. */
export function write(world: World, looker: Looker, path: string, text: string): Answer {
  const found = entry(world, looker, path)
  if (found === undefined) return fail('ENOENT')
  if (found.type !== 'file') return fail('EISDIR')
  if ((found.mode & 0o200) === 0) return fail('EACCES')
  const [root, ...parts] = path.split('/').slice(1)
  if (root === 'sys') return sysfs.write(world, looker.netns, parts.slice(LINK_DIRECTORY.length), text)
  const value = text.replace(/\n$/, '')
  if (value === '' && text !== '') return fail('EINVAL')
  const at = parts.slice(1).join('/')
  const changed = world.apply({ type: 'sysctl', netns: looker.netns, path: at, value })
  return changed.ok ? DONE : changed
}

// -- /sys -------------------------------------------------------------------------------------------

/** Below /sys: the directory of all links. Everything here is virtual. */
const LINK_DIRECTORY = ['devices', 'virtual', 'net']

function sysEntry(world: World, { netns }: Looker, parts: readonly string[]): Entry | undefined {
  const at = parts.join('/')
  const links = (): string[] => world.links(netns).map(link => link.name)
  switch (at) {
    case '':
      return { type: 'directory', names: ['class', 'devices'] }
    case 'class':
    case 'devices/virtual':
      return { type: 'directory', names: ['net'] }
    case 'devices':
      return { type: 'directory', names: ['virtual'] }
    case 'class/net':
    case 'devices/virtual/net':
      return { type: 'directory', names: links() }
  }
  const [first, second, name] = parts
  if (first === 'class' && second === 'net' && parts.length === 3) {
    return links().includes(name!) ? { type: 'link', target: `../../devices/virtual/net/${name}` } : undefined
  }
  if (LINK_DIRECTORY.some((part, i) => parts[i] !== part)) return undefined
  return sysfs.entry(world, netns, parts.slice(LINK_DIRECTORY.length))
}

// -- /proc ------------------------------------------------------------------------------------------

function procEntry(world: World, looker: Looker, parts: readonly string[]): Entry | undefined {
  const [first, ...rest] = parts
  if (first === undefined)
    return { type: 'directory', names: [...Object.keys(PLAIN), 'net', 'self', 'sys', `${looker.pid}`].sort() }
  if (first === 'self') return { type: 'link', target: String(looker.pid) }
  if (first === 'net') return { type: 'link', target: 'self/net' }
  if (first === 'sys') return sysctlEntry(world, looker.netns, rest)
  if (PLAIN[first] !== undefined) return rest.length === 0 ? { type: 'file', mode: READ_ONLY } : undefined
  const netns = /^\d+$/.test(first) ? netnsOf(looker, Number(first)) : undefined
  return netns === undefined ? undefined : processEntry(netns, rest)
}

const netnsOf = (looker: Looker, pid: number): NetnsId | undefined =>
  pid === looker.pid ? looker.netns : looker.netnsOf?.(pid)

function processEntry(netns: NetnsId, parts: readonly string[]): Entry | undefined {
  const [first, second] = parts
  if (first === undefined) return { type: 'directory', names: OF_PROCESS }
  if (first === 'ns') {
    if (second === undefined) return { type: 'directory', names: ['net'] }
    return second === 'net' && parts.length === 2 ? { type: 'link', target: `net:[${inode(netns)}]` } : undefined
  }
  if (first === 'net') {
    if (second === undefined) return { type: 'directory', names: Object.keys(PROC_NET) }
    return PROC_NET[second] !== undefined && parts.length === 2 ? { type: 'file', mode: READ_ONLY } : undefined
  }
  return OF_PROCESS.includes(first) && parts.length === 1 ? { type: 'file', mode: READ_ONLY } : undefined
}

/** The inode by which a namespace is known in nsfs. */
const inode = (netns: NetnsId): number => (netns === 0 ? INITIAL_INODE : DYNAMIC_INODE + netns - 1)

function ofProcess(world: World, looker: Looker, parts: readonly string[]): string {
  const [pid = '', first, second = ''] = parts
  switch (first) {
    case 'net':
      return procNet(world, netnsOf(looker, Number(pid)) ?? looker.netns, second)
    case 'comm':
      return 'bash\n'
    case 'cmdline':
      return 'bash\0'
    default:
      return `Name:\tbash\nPid:\t${pid}\nUid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\n`
  }
}

function sysctlEntry(world: World, netns: NetnsId, parts: readonly string[]): Entry | undefined {
  const at = parts.join('/')
  const mode = world.netns(netns).sysctls.mode(at)
  if (mode !== undefined) return { type: 'file', mode }
  const text = world.sysctl(netns, at)
  if (!text.ok && text.errno !== 'EISDIR' && at !== '') return undefined
  const under = at === '' ? '' : `${at}/`
  const names = new Set<string>()
  for (const path of world.sysctlPaths(netns))
    if (path.startsWith(under)) names.add(path.slice(under.length).split('/')[0]!)
  return { type: 'directory', names: [...names].sort() }
}
