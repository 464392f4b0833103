/**
 * tunctl of uml-utilities 20070815 (Debian 12): makes a TAP that stays and says who may use it, or lets it go.
 *
 *     tunctl [-b] [-u OWNER] [-g GROUP] [-t NAME] [-f FILE]        tunctl -d NAME [-f FILE]
 */
import { TunFlag } from '../control/records.ts'
import { type Answer, type Errno, strerror } from '../core/errno.ts'
import { openPacketFile, type PacketFile } from '../world/packetfile.ts'
import type { Program, Wait, Wake } from '../world/task.ts'
import type { Command, Process } from './command.ts'
import { groupId, userId } from './ip/users.ts'
import { Exit, getopt } from './libc.ts'

const USAGE = (
  name: string,
): string => `Create: ${name} [-b] [-u owner] [-g group] [-t device-name] [-f tun-clone-device]
Delete: ${name} -d device-name [-f tun-clone-device]

The default tun clone device is /dev/net/tun - some systems use
/dev/misc/net/tun instead

-b will result in brief output (just the device name)
`
const CLONE_DEVICE = '/dev/net/tun'
/** IFNAMSIZ - 1: strncpy cuts what is longer. */
const NAME_OCTETS_MAX = 15
/** What strtol(3) reads as a whole: decimal, octal, hexadecimal. */
const INTEGER = /^\s*([+-]?)(0[xX][\da-fA-F]+|\d+)$/

interface Options {
  name: string
  file: string
  deletes: boolean
  brief: boolean
  owner: number | undefined
  group: number | undefined
}

export const tunctl: Command = function* (process) {
  try {
    return yield* run(process, parse(process))
  } catch (end) {
    if (end instanceof Exit) return end.status
    throw end
  }
}

function usage(process: Process, words = ''): never {
  process.stderr(`${words}${USAGE(process.argv[0]!)}`)
  throw new Exit(1)
}

function parse(process: Process): Options {
  const options: Options = {
    name: '',
    file: CLONE_DEVICE,
    deletes: false,
    brief: false,
    owner: undefined,
    group: undefined,
  }
  const operands: string[] = []
  for (const got of getopt(process.argv, 'bd:f:t:u:g:', operands)) {
    if ('words' in got) return usage(process, `${got.words}\n`)
    const { option, argument } = got
    if (option === 'b') options.brief = true
    else if (option === 'f') options.file = argument
    else if (option === 'u') {
      const wrong = `'${argument}' is neither a username nor a numeric uid.\n`
      options.owner = idOf(userId(argument) ?? integer(argument) ?? usage(process, wrong))
    } else if (option === 'g') {
      const wrong = `'${argument}' is neither a groupname nor a numeric group.\n`
      options.group = idOf(groupId(argument) ?? integer(argument) ?? usage(process, wrong))
    } else {
      options.name = argument
      options.deletes ||= option === 'd'
    }
  }
  return operands.length > 0 ? usage(process) : options
}

/** -1: nobody is named. */
const idOf = (value: number): number | undefined => (value === -1 ? undefined : value)

function integer(text: string): number | undefined {
  const [, sign, digits] = INTEGER.exec(text) ?? []
  if (digits === undefined) return undefined
  const value = /^0\d/.test(digits) ? Number.parseInt(digits, 8) : Number(digits)
  return sign === '-' ? -value : value
}

function* run(process: Process, options: Options): Program {
  const { name, deletes, brief, group } = options
  const file = yield* open(process, options.file)
  const check = <T>(call: string, answer: Answer<T>): T =>
    answer.ok ? answer.value : fail(process, call, answer.errno)
  try {
    const flags = TunFlag.Tap | TunFlag.NoPi
    const made = check('TUNSETIFF', file.setInterface(name.slice(0, NAME_OCTETS_MAX), flags))
    check('TUNSETPERSIST', file.setPersist(!deletes))
    if (deletes) {
      process.stdout(`Set '${made}' nonpersistent\n`)
      return 0
    }
    const owner = options.owner ?? (group === undefined ? 0 : undefined)
    if (owner !== undefined) check('TUNSETOWNER', file.setOwner(owner >>> 0))
    if (group !== undefined) check('TUNSETGROUP', file.setGroup(group >>> 0))
    const owners = `${owner === undefined ? '' : ` uid ${owner}`}${group === undefined ? '' : ` gid ${group}`}`
    process.stdout(brief ? `${made}\n` : `Set '${made}' persistent and owned by${owners}\n`)
    return 0
  } finally {
    file.close()
  }
}

function* open(process: Process, path: string): Generator<Wait, PacketFile, Wake> {
  if (path === CLONE_DEVICE) {
    const file = openPacketFile(process.world, process.netns, path)
    if (!('ok' in file)) return file
  }
  const wake = yield { for: 'file', path }
  if (wake.by === 'file') return fail(process, 'TUNSETIFF', 'ENOTTY')
  process.stderr(`Failed to open '${path}' : ${strerror(wake.by === 'nofile' ? wake.failure.errno : 'ENOENT')}\n`)
  throw new Exit(1)
}

function fail(process: Process, call: string, errno: Errno): never {
  process.stderr(`${call}: ${strerror(errno)}\n`)
  throw new Exit(1)
}
