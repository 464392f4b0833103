/**
 * The file system that one shell sees: a tree in memory that all shells of a sandbox share, and over it what depends on
 * who looks: /proc and /sys of its namespace, /etc/netns/NAME, the stubs of commands, and the shell's own descriptors.
 *
 * Nothing here reaches the host. Times of files are simulated. Left out: owners, permissions, hard links to what is not
 * in memory, device numbers.
 */
import type { FileContent, IFileSystem, InMemoryFs } from 'just-bash/browser'
import * as procfs from '../cmd/procfs.ts'
import type { NetnsId } from '../core/device.ts'
import { type Errno, strerror } from '../core/errno.ts'
import type { Stream } from '../time/random.ts'
import { EPOCH_S } from '../world/clock.ts'
import { packetFileNames } from '../world/packetfile.ts'
import type { World } from '../world/world.ts'
import { EXIT_MARK, LINE_DIR, SHELL_DIR, STDERR_PATH, STDOUT_PATH } from './names.ts'
import { NS_PER_MS } from './time.ts'

const MS_PER_S = 1000
const FILE_MODE = 0o644
const OWNER_WRITES = 0o200
const DIRECTORY_MODE = 0o755
const LINK_MODE = 0o777
const LINKS_MAX = 40
const BIN = /^(?:\/usr)?\/bin\/([^/]+)$/
const SBIN = /^(?:\/usr)?\/sbin\/([^/]+)$/
const NETNS_DIR = '/run/netns/'
/** Devices that never end; who reads them whole, as the library's tools do, gets so much. */
const ENDLESS = new Set(['/dev/zero', '/dev/random', '/dev/urandom'])
const ENDLESS_OCTETS = 65_536
const UNDER_PROC = /^\/(?:proc|sys)(?:\/|$)/

type ReadOptions = Parameters<IFileSystem['readFile']>[1]
type WriteOptions = Parameters<IFileSystem['writeFile']>[2]
type Stat = Awaited<ReturnType<IFileSystem['stat']>>
type Bytes = Awaited<ReturnType<NonNullable<IFileSystem['readFileBytes']>>>

/** What all shells of one sandbox share. */
export interface Store {
  readonly memory: InMemoryFs
  readonly world: World
  /** Names of the commands there are, for /usr/bin. */
  readonly commands: ReadonlySet<string>
  /** Those among them that Debian keeps in /usr/sbin. */
  readonly sbin: ReadonlySet<string>
  /** What commands have written to files since somebody last looked: they write without waiting. */
  readonly unwritten: Map<string, string>
  /** What /dev/urandom gives. */
  readonly random: Stream
  /** Instants (ns) at which files in memory were changed. */
  readonly changed: Map<string, number>
}

/** The shell that looks. */
export interface Viewer {
  readonly netns: NetnsId
  readonly pid: number
  /** The name under /run/netns by which its namespace was entered, '' for the initial one. */
  readonly netnsName: string
  netnsOf(pid: number): NetnsId | undefined
  stdout(text: string): void
  stderr(text: string): void
  /** The line of the command that runs next: reading `/dev/.shell/line/N` is how a rewritten command tells it. */
  line(line: number, exits: boolean): Promise<void> | undefined
  /** Text that is appended to a file: words of the shell itself get their prefix. */
  ownWords(text: string): string
  /** The words for the open(2) that failed last. */
  openFailed(words: string): void
}

/** An error with the words of Linux; the library prints its own for most. */
export class FileError extends Error {
  readonly errno: Errno

  constructor(errno: Errno, path: string) {
    super(`${errno}: ${strerror(errno).toLowerCase()}, '${path}'`)
    this.errno = errno
  }
}

export class Files implements IFileSystem {
  private readonly store: Store
  private readonly viewer: Viewer
  private readonly kept = new Map<string, string>()

  constructor(store: Store, viewer: Viewer) {
    this.store = store
    this.viewer = viewer
  }

  // -- Reading ------------------------------------------------------------------------------------

  async readFile(path: string, options?: ReadOptions): Promise<string> {
    if (path.startsWith(LINE_DIR)) {
      const exits = path.endsWith(EXIT_MARK)
      await this.viewer.line(Number.parseInt(path.slice(LINE_DIR.length + 1), 10), exits)
      return ''
    }
    if (path.startsWith(SHELL_DIR)) return this.kept.get(path) ?? ''
    const at = await this.locate(path)
    const text = this.readSynthetic(at)
    await this.settle(at)
    return text ?? this.store.memory.readFile(at, options)
  }

  async readFileBytes(path: string): Promise<Bytes> {
    const at = await this.locate(path)
    const text = this.readSynthetic(at)
    await this.settle(at)
    return text === undefined ? this.store.memory.readFileBytes(at) : (text as unknown as Bytes)
  }

  async readFileBuffer(path: string): Promise<Uint8Array> {
    const at = await this.locate(path)
    const text = this.readSynthetic(at)
    await this.settle(at)
    if (text === undefined) return this.store.memory.readFileBuffer(at)
    return ENDLESS.has(at) ? Uint8Array.from(text, char => char.charCodeAt(0)) : new TextEncoder().encode(text)
  }

  /** Text that `source` will read instead of the file itself. */
  keep(path: string, text: string): void {
    this.kept.set(path, text)
  }

  private readSynthetic(path: string): string | undefined {
    const entry = this.synthetic(path)
    if (entry === undefined) return undefined
    if (entry.type === 'directory') {
      this.viewer.openFailed(strerror('EISDIR'))
      throw new FileError('EISDIR', path)
    }
    if (path.startsWith(NETNS_DIR)) this.refuse('EINVAL', path)
    if (ENDLESS.has(path)) return this.endless(path)
    if (!UNDER_PROC.test(path)) return ''
    const answer = procfs.read(this.store.world, this.viewer, path)
    if (!answer.ok) {
      this.viewer.openFailed(strerror(answer.errno))
      throw new FileError(answer.errno, path)
    }
    return answer.value
  }

  /** One octet in each character. */
  private endless(path: string): string {
    const octets = new Uint8Array(ENDLESS_OCTETS)
    if (path !== '/dev/zero') this.store.random.bytes(octets)
    return String.fromCharCode(...octets)
  }

  // -- Writing ------------------------------------------------------------------------------------

  async writeFile(path: string, content: FileContent, options?: WriteOptions): Promise<void> {
    if (this.writeOwn(path, content, options)) return
    const at = await this.writable(path)
    if (at === undefined) return this.writeWhole(path, content, options)
    this.store.unwritten.delete(at)
    await this.store.memory.writeFile(at, content, options)
    this.touch(at)
  }

  async appendFile(path: string, content: FileContent, options?: WriteOptions): Promise<void> {
    if (this.writeOwn(path, content, options)) return
    const at = await this.writable(path)
    if (at === undefined) return this.writeWhole(path, content, options)
    await this.settle(at)
    const text = typeof content === 'string' ? this.viewer.ownWords(content) : content
    await this.store.memory.appendFile(at, text, options)
    this.touch(at)
  }

  /** A tool of the library writes to a file of /proc or /sys. */
  private async writeWhole(path: string, content: FileContent, options: WriteOptions): Promise<void> {
    const text = decode(content, options)
    const errno = text === '' ? undefined : await this.writeSynthetic(path, text)
    if (errno !== undefined) this.refuse(errno, path)
  }

  /** Appends to a file that is open already. It is there for whoever looks next. */
  write(path: string, text: string): void {
    if (path === '/dev/null') return
    const { unwritten } = this.store
    unwritten.set(path, (unwritten.get(path) ?? '') + text)
    this.touch(path)
  }

  private async settle(path: string): Promise<void> {
    const text = this.store.unwritten.get(path)
    if (text === undefined) return
    this.store.unwritten.delete(path)
    await this.store.memory.appendFile(path, text)
  }

  /** Writes to a file of /proc or /sys; answers the errno of write(2). Commands print what it means. */
  async writeSynthetic(path: string, text: string): Promise<Errno | undefined> {
    const answer = procfs.write(this.store.world, this.viewer, await this.locate(path), text)
    return answer.ok ? undefined : answer.errno
  }

  isSynthetic(path: string): boolean {
    return UNDER_PROC.test(path)
  }

  /** The terminal. */
  private writeOwn(path: string, content: FileContent, options: WriteOptions): boolean {
    if (path === STDOUT_PATH) this.viewer.stdout(decode(content, options))
    else if (path === STDERR_PATH) this.viewer.stderr(decode(content, options))
    else return path === '/dev/null' || ENDLESS.has(path)
    return true
  }

  /** Where in memory a write goes; undefined when it has been dealt with. */
  private async writable(path: string): Promise<string | undefined> {
    const at = await this.locate(path)
    if (UNDER_PROC.test(at)) {
      const entry = this.synthetic(at)
      if (entry === undefined) this.refuse(at.startsWith('/sys') ? 'EACCES' : 'ENOENT', path)
      if (entry.type !== 'file') this.refuse('EISDIR', path)
      if ((entry.mode & OWNER_WRITES) === 0) this.refuse('EACCES', path)
      return undefined // Opened; what is written arrives through writeSynthetic.
    }
    if (this.synthetic(at) !== undefined) this.refuse('EACCES', path)
    const parent = parentOf(at)
    if (!(await this.store.memory.exists(parent))) this.refuse('ENOENT', path)
    if (!(await this.store.memory.stat(parent)).isDirectory) this.refuse('ENOTDIR', path)
    return at
  }

  /** Opening for writing failed: the library would not say why. */
  private refuse(errno: Errno, path: string): never {
    this.viewer.openFailed(strerror(errno))
    throw new FileError(errno, path)
  }

  private touch(path: string): void {
    this.store.changed.set(path, this.store.world.now)
  }

  // -- What is there ------------------------------------------------------------------------------

  async exists(path: string): Promise<boolean> {
    if (path.startsWith(SHELL_DIR)) return true
    const at = await this.locate(path)
    return this.synthetic(at) !== undefined || this.store.memory.exists(at)
  }

  async stat(path: string): Promise<Stat> {
    return this.status(await this.locate(path), at => this.store.memory.stat(at))
  }

  async lstat(path: string): Promise<Stat> {
    return this.status(await this.locate(path, false), at => this.store.memory.lstat(at))
  }

  private async status(path: string, ask: (path: string) => Promise<Stat>): Promise<Stat> {
    const entry = path.startsWith(SHELL_DIR) ? OWN : this.synthetic(path)
    await this.settle(path)
    const mtime = new Date(EPOCH_S * MS_PER_S + Math.floor((this.store.changed.get(path) ?? 0) / NS_PER_MS))
    if (entry === undefined) return { ...(await ask(path)), mtime }
    return {
      isFile: entry.type === 'file',
      isDirectory: entry.type === 'directory',
      isSymbolicLink: entry.type === 'link',
      mode: entry.type === 'file' ? entry.mode : entry.type === 'link' ? LINK_MODE : DIRECTORY_MODE,
      size: 0,
      mtime,
    }
  }

  async readdir(path: string): Promise<string[]> {
    const at = await this.locate(path)
    const entry = this.synthetic(at)
    if (entry !== undefined && entry.type !== 'directory') throw new FileError('ENOTDIR', path)
    const names = new Set(entry?.names)
    if (entry === undefined || (await this.store.memory.exists(at))) {
      for (const name of await this.store.memory.readdir(at)) names.add(name)
    }
    return [...names].sort()
  }

  async readlink(path: string): Promise<string> {
    const at = await this.locate(path, false)
    const entry = this.synthetic(at)
    if (entry === undefined) return this.store.memory.readlink(at)
    if (entry.type !== 'link') throw new FileError('EINVAL', path)
    return entry.target
  }

  async realpath(path: string): Promise<string> {
    const at = await this.locate(path)
    return this.synthetic(at) === undefined ? this.store.memory.realpath(at) : at
  }

  resolvePath(base: string, path: string): string {
    return normalize(path.startsWith('/') ? path : `${base}/${path}`)
  }

  getAllPaths(): string[] {
    return this.store.memory.getAllPaths()
  }

  // -- Changing the tree --------------------------------------------------------------------------

  async mkdir(path: string, options?: { recursive?: boolean }): Promise<void> {
    const at = await this.inMemory(path)
    await this.store.memory.mkdir(at, options)
    this.touch(at)
  }

  async rm(path: string, options?: { recursive?: boolean; force?: boolean }): Promise<void> {
    await this.store.memory.rm(await this.inMemory(path), options)
  }

  async cp(from: string, to: string, options?: { recursive?: boolean }): Promise<void> {
    const source = await this.locate(from)
    const target = await this.inMemory(to)
    await this.settle(source)
    if (this.synthetic(source) === undefined) await this.store.memory.cp(source, target, options)
    else await this.store.memory.writeFile(target, await this.readFile(source))
    this.touch(target)
  }

  async mv(from: string, to: string): Promise<void> {
    const target = await this.inMemory(to)
    await this.store.memory.mv(await this.inMemory(from), target)
    this.touch(target)
  }

  async chmod(path: string, mode: number): Promise<void> {
    await this.store.memory.chmod(await this.inMemory(path), mode)
  }

  async symlink(target: string, path: string): Promise<void> {
    await this.store.memory.symlink(target, await this.inMemory(path))
  }

  async link(from: string, to: string): Promise<void> {
    await this.store.memory.link(await this.inMemory(from), await this.inMemory(to))
  }

  async utimes(path: string, atime: Date, mtime: Date): Promise<void> {
    const at = await this.inMemory(path)
    await this.store.memory.utimes(at, atime, mtime)
    this.store.changed.set(at, (mtime.getTime() - EPOCH_S * MS_PER_S) * NS_PER_MS)
  }

  private async inMemory(path: string): Promise<string> {
    const at = await this.locate(path, false)
    if (this.synthetic(at) !== undefined || UNDER_PROC.test(at)) this.refuse('EPERM', path)
    await this.settle(at)
    return at
  }

  // -- Paths --------------------------------------------------------------------------------------

  /** The path without `.`, `..`, links of /proc and /sys, and with the files of /etc/netns/NAME in their places. */
  private async locate(path: string, followLast = true): Promise<string> {
    let at = normalize(path).replace(/^\/var\/run(?=\/|$)/, '/run')
    if (at.startsWith('/etc/') && this.viewer.netnsName !== '') {
      const over = `/etc/netns/${this.viewer.netnsName}${at.slice('/etc'.length)}`
      if (await this.store.memory.exists(over)) at = over
    }
    if (!UNDER_PROC.test(at)) return at
    for (let links = 0; links < LINKS_MAX; links++) {
      const next = this.followOne(at, followLast)
      if (next === undefined) return at
      at = next
    }
    throw new FileError('ELOOP', path)
  }

  private followOne(path: string, followLast: boolean): string | undefined {
    const parts = path.split('/')
    for (let length = 3; length <= parts.length; length++) {
      if (length === parts.length && !followLast) return undefined
      const prefix = parts.slice(0, length).join('/')
      const entry = procfs.entry(this.store.world, this.viewer, prefix)
      if (entry?.type !== 'link') continue
      if (!entry.target.includes('/') && entry.target.includes(':')) return undefined // net:[4026531840]
      const to = entry.target.startsWith('/') ? entry.target : `${parts.slice(0, length - 1).join('/')}/${entry.target}`
      return normalize([to, ...parts.slice(length)].join('/'))
    }
    return undefined
  }

  private synthetic(path: string): procfs.Entry | undefined {
    if (UNDER_PROC.test(path)) return procfs.entry(this.store.world, this.viewer, path)
    const netns = this.store.world.netnsNames()
    if (`${path}/` === NETNS_DIR) return netns.length === 0 ? undefined : { type: 'directory', names: netns }
    if (path.startsWith(NETNS_DIR)) {
      return netns.includes(path.slice(NETNS_DIR.length)) ? { type: 'file', mode: 0o444 } : undefined
    }
    if (path.startsWith('/dev')) return this.device(path)
    return this.stub(path)
  }

  /** Character devices: those that never end, and of the network /dev/net/tun and /dev/tapN of every macvtap. */
  private device(path: string): procfs.Entry | undefined {
    if (ENDLESS.has(path)) return { type: 'file', mode: 0o666 }
    if (path === '/dev/net') return { type: 'directory', names: ['tun'] }
    if (path === '/dev/net/tun') return { type: 'file', mode: 0o600 }
    const taps = (): string[] => packetFileNames(this.store.world)
    if (path === '/dev') return { type: 'directory', names: ['net', 'random', 'urandom', 'zero', ...taps()] }
    return path.startsWith('/dev/tap') && taps().includes(path.slice('/dev/'.length))
      ? { type: 'file', mode: 0o600 }
      : undefined
  }

  /**
   * The commands of /usr/bin. Those of /usr/sbin are there to be found by `which`, but are not executable: the library
   * runs commands from /usr/bin and /bin only and would take the others for scripts.
   */
  private stub(path: string): procfs.Entry | undefined {
    const { commands, sbin } = this.store
    const bin = BIN.exec(path)?.[1]
    if (bin !== undefined) return commands.has(bin) ? { type: 'file', mode: 0o755 } : undefined
    const system = SBIN.exec(path)?.[1]
    if (system !== undefined) return sbin.has(system) ? { type: 'file', mode: FILE_MODE } : undefined
    if (path === '/usr/bin' || path === '/bin') {
      return { type: 'directory', names: [...commands].filter(name => !name.startsWith('vethereal-')) }
    }
    if (path === '/usr/sbin' || path === '/sbin') return { type: 'directory', names: [...sbin] }
    return undefined
  }
}

const OWN: procfs.Entry = { type: 'file', mode: FILE_MODE }

/** Output arrives as text, or as octets with one character each. */
function decode(content: FileContent, options: WriteOptions): string {
  if (typeof content !== 'string') return new TextDecoder().decode(content)
  const encoding = typeof options === 'string' ? options : options?.encoding
  if (encoding !== 'binary' && encoding !== 'latin1') return content
  return fromOctets(content)
}

/** Text of octets that are kept one in each character. */
export function fromOctets(text: string): string {
  let high = false
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code > 0xff) return text
    if (code > 0x7f) high = true
  }
  return high ? new TextDecoder().decode(Uint8Array.from(text, char => char.charCodeAt(0))) : text
}

function normalize(path: string): string {
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return `/${parts.join('/')}`
}

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/'
