/**
 * sysctl of procps-ng 4.0.2 over the namespace's keys.
 *
 * Follows src/sysctl.c: ReadSetting, WriteSetting, parse_setting_line, Preload, DisplayAll. Refused: --system,
 * --deprecated, and values that Linux would obey and Vethereal does not. A pattern (-r) is a regular expression of
 * ECMAScript, which differs from POSIX's in corners only.
 */
import { strerror } from '../core/errno.ts'
import type { Program, Wait, Wake } from '../world/task.ts'
import { type Command, notSupported, type Process } from './command.ts'
import { getoptLong, type LongOption } from './getopt-long.ts'

const PROC = '/proc/sys/'
const DEFAULT_FILE = '/etc/sysctl.conf'
const VERSION = 'sysctl from procps-ng 4.0.2\n'
const LETTERS = 'bneNwfp::qoxaAXr:Vdh'
const LONG: readonly LongOption[] = [
  { name: 'all', as: 'a' },
  { name: 'deprecated', as: '--deprecated' },
  { name: 'dry-run', as: '--dry-run' },
  { name: 'binary', as: 'b' },
  { name: 'ignore', as: 'e' },
  { name: 'names', as: 'N' },
  { name: 'values', as: 'n' },
  { name: 'load', as: 'p', argument: 'optional' },
  { name: 'quiet', as: 'q' },
  { name: 'write', as: 'w' },
  { name: 'system', as: '--system' },
  { name: 'pattern', as: 'r', argument: 'required' },
  { name: 'help', as: 'h' },
  { name: 'version', as: 'V' },
]

const USAGE = `
Usage:
 sysctl [options] [variable[=value] ...]

Options:
  -a, --all            display all variables
  -A                   alias of -a
  -X                   alias of -a
      --deprecated     include deprecated parameters to listing
      --dry-run        Print the key and values but do not write
  -b, --binary         print value without new line
  -e, --ignore         ignore unknown variables errors
  -N, --names          print variable names without values
  -n, --values         print only values of the given variable(s)
  -p, --load[=<file>]  read values from file
  -f                   alias of -p
      --system         read values from all system directories
  -r, --pattern <expression>
                       select setting that match expression
  -q, --quiet          do not echo variable set
  -w, --write          enable writing a value to variable
  -o                   does nothing
  -x                   does nothing
  -d                   alias of -h

 -h, --help     display this help and exit
 -V, --version  output version information and exit

For more details see sysctl(8).
`

interface Flags {
  all: boolean
  names: boolean
  withName: boolean
  newline: boolean
  ignoreUnknown: boolean
  quiet: boolean
  dryRun: boolean
  write: boolean
  pattern: RegExp | 'nothing' | undefined
  /** Undefined: do not load. */
  load: string[] | undefined
}

export const sysctl: Command = function* (process) {
  if (process.argv.length < 2) {
    process.stderr(USAGE)
    return 1
  }
  const flags: Flags = {
    all: false,
    names: false,
    withName: true,
    newline: true,
    ignoreUnknown: false,
    quiet: false,
    dryRun: false,
    write: false,
    pattern: undefined,
    load: undefined,
  }
  const { options, operands } = getoptLong(process.argv, LETTERS, LONG)
  for (const option of options) {
    if ('complaint' in option) process.stderr(`${option.complaint}\n`)
    const { option: letter } = option
    if ('?hd'.includes(letter)) {
      process.stdout(USAGE)
      return 0
    }
    if (letter === 'V') {
      process.stdout(VERSION)
      return 0
    }
    if (letter === '--system' || letter === '--deprecated') return notSupported(process, `sysctl ${letter}`)
    setFlag(flags, letter, 'argument' in option ? option.argument : undefined)
  }
  return yield* new Sysctl(process, flags).run(operands)
}

function setFlag(flags: Flags, letter: string, argument: string | undefined): void {
  if ('aAX'.includes(letter)) flags.all = true
  else if (letter === 'N') flags.names = true
  else if (letter === 'n' || letter === 'b') flags.withName = false
  else if (letter === 'e') flags.ignoreUnknown = true
  else if (letter === 'q') flags.quiet = true
  else if (letter === 'w') flags.write = true
  else if (letter === '--dry-run') flags.dryRun = true
  else if (letter === 'r') flags.pattern = regularExpression(argument!)
  else if (letter === 'p' || letter === 'f') flags.load = argument === undefined ? (flags.load ?? []) : [argument]
  if (letter === 'b') flags.newline = false
}

/** What does not compile matches nothing. */
function regularExpression(source: string): RegExp | 'nothing' {
  try {
    return new RegExp(source)
  } catch {
    return 'nothing'
  }
}

/** One line of a file, or one `key=value` of the command line. */
interface Setting {
  /** Below /proc/sys. */
  readonly path: string
  readonly value: string
  /** `-key` without a value: globs shall leave this key alone. */
  readonly excludes: boolean
}

class Sysctl {
  private readonly process: Process
  private readonly flags: Flags

  constructor(process: Process, flags: Flags) {
    this.process = process
    this.flags = flags
  }

  *run(operands: readonly string[]): Program {
    const { flags } = this
    if (flags.all) {
      for (const path of this.paths()) this.read(path)
      return 0
    }
    if (flags.load !== undefined) return yield* this.load([...flags.load, ...operands])
    if (operands.length === 0) return this.fatal('no variables specified')
    if (flags.names && flags.quiet) return this.fatal('options -N and -q cannot coexist')

    let status = 0
    for (const operand of operands) {
      if (!flags.write && !operand.includes('=')) {
        status += this.read(operand)
        continue
      }
      const setting = this.parse('command line', 0, operand)
      status |= setting === undefined ? 1 : this.write(setting.path, setting.value)
    }
    return status & 0xff
  }

  private paths(): readonly string[] {
    return this.process.world.sysctlPaths(this.process.netns)
  }

  private warn(text: string): void {
    this.process.stderr(`sysctl: ${text}\n`)
  }

  private fatal(text: string): 1 {
    this.warn(`${text}\nTry \`sysctl --help' for more information.`)
    return 1
  }

  private matches(text: string): boolean {
    const { pattern } = this.flags
    return pattern === undefined || (pattern !== 'nothing' && pattern.test(text))
  }

  /** slashdot: exchanges dots and slashes, if the first of them is not `to` already. */
  private exchanged(name: string, to: '.' | '/'): string {
    const first = /[./]/.exec(name)?.[0]
    if (first === undefined || first === to) return name
    const repeated = /[./](?=[./])/.exec(name)
    if (repeated !== null) this.warn(`separators should not be repeated: ${name.slice(repeated.index)}`)
    return name.replace(/[./]/g, separator => (separator === '.' ? '/' : '.'))
  }

  /** Prints a key, or all keys below a directory. Answers what it adds to the exit status. */
  private read(name: string): number {
    const { process, flags } = this
    if (name === '') {
      this.warn('"" is an unknown key')
      return -1
    }
    const shown = this.exchanged(name, '.')
    const path = this.exchanged(name, '/')
    const text = process.world.sysctl(process.netns, canonical(path))
    if (!text.ok && text.errno === 'ENOENT' && canonical(path) !== '') return this.unknown(path)
    if (canonical(path) === '') return this.outside(path, -1)
    if (!text.ok && text.errno === 'EISDIR') return this.readBelow(`${canonical(path)}/`)
    // Mode 0200: sysctl does not even try.
    if (!text.ok && text.errno === 'EACCES') return 0
    if (!this.matches(shown)) return 0
    if (flags.names) process.stdout(`${shown}\n`)
    else if (!text.ok) return this.unreadable(shown, text.errno)
    else if (flags.withName) process.stdout(`${shown} = ${text.value}\n`)
    else process.stdout(flags.newline ? `${text.value}\n` : text.value)
    return 0
  }

  private readBelow(directory: string): 0 {
    for (const path of this.paths()) if (path.startsWith(directory)) this.read(path)
    return 0
  }

  private unknown(path: string): 0 | 1 {
    if (this.flags.ignoreUnknown) return 0
    this.warn(`cannot stat ${PROC}${path}: No such file or directory`)
    return 1
  }

  private outside(path: string, status: number): number {
    this.warn(`Path is not under ${PROC}: ${PROC}${path}`)
    return status
  }

  private unreadable(shown: string, errno: Parameters<typeof strerror>[0]): 1 {
    // EIO: a stable_secret that nobody has set.
    if (errno !== 'EIO') this.warn(`reading key "${shown}": ${strerror(errno)}`)
    return 1
  }

  /** parse_setting_line. Undefined: there is nothing to set. */
  private parse(file: string, line: number, text: string): Setting | undefined {
    const start = text.trimStart()
    if (start.length < 2 || start.startsWith('#') || start.startsWith(';') || !this.matches(start)) return undefined
    const equals = start.indexOf('=')
    const bare = start.startsWith('-') ? start.slice(1) : start
    if (equals !== -1) {
      const key = start.slice(start.startsWith('-') ? 1 : 0, equals).trimEnd()
      return { path: this.exchanged(key, '/'), value: start.slice(equals + 1).trim(), excludes: false }
    }
    if (bare !== start) return { path: this.exchanged(bare.trimEnd(), '/'), value: '', excludes: true }
    this.warn(`${file}(${line}): invalid syntax, continuing...`)
    return undefined
  }

  /** Sets one key and prints it. Answers what it adds to the exit status. */
  private write(path: string, value: string): number {
    const { process, flags } = this
    const { world, netns } = process
    const place = canonical(path)
    const present = world.sysctl(netns, place)
    if (place !== '' && !present.ok && present.errno === 'ENOENT') return this.unknown(path)
    if (place === '') return this.outside(path, 1)
    const key = this.exchanged(path, '.')
    if (!present.ok && present.errno === 'EISDIR') {
      // What errno happens to hold; and the exit status tells nothing.
      this.warn(`setting key "${key}": Invalid argument`)
      return 0
    }
    if (!flags.dryRun) {
      const answer = world.apply({ type: 'sysctl', netns, path: place, value: `${value}\n` })
      if (!answer.ok && answer.errno === 'EOPNOTSUPP') {
        notSupported(process, `sysctl ${key}=${value}`)
        return 1
      }
      if (!answer.ok && answer.errno === 'EACCES') {
        this.warn(`setting key "${key}": Invalid argument`)
        return 0
      }
      if (!answer.ok) {
        this.warn(`setting key "${key}": ${strerror(answer.errno)}`)
        return 1
      }
    }
    if (flags.quiet && !flags.dryRun) return 0
    if (flags.names || !flags.withName) process.stdout(flags.newline || flags.names ? `${value}\n` : value)
    else process.stdout(`${key} = ${value}\n`)
    return 0
  }

  /** Reads all files first, then sets what they say. */
  private *load(files: readonly string[]): Program {
    const settings: Setting[] = []
    let status = 0
    for (const file of files.length === 0 ? [DEFAULT_FILE] : files) {
      const text = yield* this.contents(file)
      if (text === undefined) status = 1
      const lines = text?.split('\n') ?? []
      if (lines.at(-1) === '') lines.pop()
      for (const [i, line] of lines.entries()) {
        const setting = this.parse(file, i + 1, `${line}\n`)
        if (setting !== undefined) settings.push(setting)
      }
    }
    for (const { path, value, excludes } of settings) {
      if (excludes) continue
      if (!/[*?[]/.test(path)) {
        status |= this.write(path, value)
        continue
      }
      const pattern = pathGlob(path)
      for (const each of this.paths()) {
        const named = settings.some(setting => setting.path === each)
        if (pattern.test(each) && !named) status |= this.write(each, value)
      }
    }
    return status
  }

  private *contents(file: string): Generator<Wait, string | undefined, Wake> {
    if (file === '-') return this.process.stdin
    const wake = yield { for: 'file', path: file }
    if (wake.by === 'file') return wake.text
    const errno = wake.by === 'nofile' ? wake.failure.errno : 'EINTR'
    // A directory can be opened; reading it fails, of which nobody hears.
    if (errno === 'EISDIR') return ''
    this.warn(`cannot open "${file}": ${strerror(errno)}`)
    return undefined
  }
}

/** Without empty parts, as the kernel walks a path. */
const canonical = (path: string): string =>
  path
    .split('/')
    .filter(part => part !== '')
    .join('/')

/** glob(3) over whole paths: `*` and `?` stop at slashes. */
function pathGlob(pattern: string): RegExp {
  const source = pattern.replace(/\*|\?|\[!?[^\]]*\]|[\\^$.+(){}|]/g, part => {
    if (part === '*') return '[^/]*'
    if (part === '?') return '[^/]'
    return part.startsWith('[') ? part.replace('[!', '[^') : `\\${part}`
  })
  return new RegExp(`^${source}$`)
}
