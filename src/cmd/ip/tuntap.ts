/**
 * `ip tuntap`: add, delete, show (list, lst), help; and what `ip -d link` says of a TUN or TAP.
 *
 * Follows iproute2 6.1 ip/iptuntap.c.
 */
import type { TunInfo } from '../../control/info.ts'
import { TunFlag } from '../../control/records.ts'
import type { Tuntap } from '../../control/request.ts'
import { strerror } from '../../core/errno.ts'
import { type Args, garbage, invalid, isLinkName, matches, strtol, usage } from './args.ts'
import { TUNTAP_HELP } from './help.ts'
import { complain, type Ip, type IpObject } from './object.ts'
import type { Printer } from './print.ts'
import { groupId, groupName, userId, userName } from './users.ts'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

const MODES = TunFlag.Tun | TunFlag.Tap
/** (uid_t) -1: nobody in particular. */
const NOBODY = 0xffff_ffff

export const tuntap: IpObject = (ip, args) => {
  if (!args.more) return show(ip)
  const word = args.take()
  if (matches(word, 'add')) return change(ip, args, true)
  if (matches(word, 'delete')) return change(ip, args, false)
  if (matches(word, 'show') || matches(word, 'lst') || matches(word, 'list')) return show(ip)
  if (matches(word, 'help')) return usage(TUNTAP_HELP)
  return usage(`Command "${word}" is unknown, try "ip tuntap help".\n`)
}

// -- Making ---------------------------------------------------------------------------------------

function change(ip: Ip, args: Args, adds: boolean): number {
  const tuntap = read(args, adds)
  if ((tuntap.flags & MODES) === 0) return complain(ip, 1, 'You failed to specify a tunnel mode\n')
  if (adds) tuntap.flags |= TunFlag.Exclusive
  const answer = ip.world.apply({ type: 'tuntap', netns: ip.netns, tuntap })
  return answer.ok ? 0 : complain(ip, 1, `ioctl(TUNSETIFF): ${strerror(answer.errno)}\n`)
}

/** parse_args. Only `add` knows of owners; for `del` these words are names. */
function read(args: Args, adds: boolean): Mutable<Tuntap> {
  const tuntap: Mutable<Tuntap> = { name: '', flags: TunFlag.NoPi, persist: adds }
  while (args.more) {
    const word = args.take()
    if (matches(word, 'mode')) readMode(args.take(), tuntap)
    else if (adds && matches(word, 'user')) setOwner(tuntap, 'owner', readId(args.take(), 'user', userId))
    else if (adds && matches(word, 'group')) setOwner(tuntap, 'group', readId(args.take(), 'group', groupId))
    else if (matches(word, 'pi')) tuntap.flags &= ~TunFlag.NoPi
    else if (matches(word, 'one_queue')) tuntap.flags |= TunFlag.OneQueue
    else if (matches(word, 'vnet_hdr')) tuntap.flags |= TunFlag.VnetHdr
    else if (matches(word, 'multi_queue')) tuntap.flags |= TunFlag.MultiQueue
    else if (matches(word, 'dev')) tuntap.name = linkName(args.take(), 'dev')
    else readName(word, args, tuntap)
  }
  return tuntap
}

function readMode(word: string, tuntap: Mutable<Tuntap>): void {
  const mode = matches(word, 'tun') ? TunFlag.Tun : matches(word, 'tap') ? TunFlag.Tap : undefined
  if (mode === undefined) return usage(`Unknown tunnel mode "${word}"\n`)
  if ((tuntap.flags & MODES & ~mode) !== 0) usage('You managed to ask for more than one tunnel mode.\n')
  tuntap.flags |= mode
}

function readName(word: string, args: Args, tuntap: Mutable<Tuntap>): void {
  let name = word
  if (matches(word, 'name')) name = args.take()
  else if (matches(word, 'help')) usage(TUNTAP_HELP)
  if (tuntap.name !== '') garbage('name', name)
  tuntap.name = linkName(name, 'name')
}

const linkName = (name: string, key: string): string =>
  isLinkName(name) ? name : invalid(`"${key}" not a valid ifname`, name)

/** A number as strtol reads it, or a name. */
function readId(word: string, what: string, find: (name: string) => number | undefined): number {
  const number = strtol(word, 10)
  if (number !== undefined && number.rest === '') return number.value >>> 0
  return find(word) ?? usage(`invalid ${what} "${word}"\n`)
}

function setOwner(tuntap: Mutable<Tuntap>, key: 'owner' | 'group', id: number): void {
  if (id === NOBODY) delete tuntap[key]
  else tuntap[key] = id
}

// -- Showing --------------------------------------------------------------------------------------

/** In the order of iproute2. It has `filter` for IFF_NOFILTER, whose bit is that of IFF_NO_PI. */
const FLAG_NAMES: readonly (readonly [name: string, isSet: (flags: number) => boolean])[] = [
  ['tun', flags => (flags & TunFlag.Tun) !== 0],
  ['tap', flags => (flags & TunFlag.Tap) !== 0],
  ['pi', flags => (flags & TunFlag.NoPi) === 0],
  ['one_queue', flags => (flags & TunFlag.OneQueue) !== 0],
  ['multi_queue', flags => (flags & TunFlag.MultiQueue) !== 0],
  ['vnet_hdr', flags => (flags & TunFlag.VnetHdr) !== 0],
  ['persist', flags => (flags & TunFlag.Persist) !== 0],
  ['filter', flags => (flags & TunFlag.NoPi) === 0],
]

function show(ip: Ip): number {
  const { print } = ip
  print.begin()
  for (const { name, tun } of ip.world.links(ip.netns)) {
    if (tun === undefined) continue
    print.openObject()
    print.field('ifname', name, `${name}:`, 'ifname')
    print.openArray('flags')
    for (const [word, isSet] of FLAG_NAMES) if (isSet(tun.flags)) print.field(undefined, word, ` ${word}`)
    print.closeArray()
    if (tun.owner !== undefined) print.field('user', tun.owner, ` user ${tun.owner}`)
    if (tun.group !== undefined) print.field('group', tun.group, ` group ${tun.group}`)
    if (ip.options.details > 0) showReaders(print, tun)
    print.closeObject()
    print.text('\n')
  }
  print.end()
  return 0
}

/** show_processes, which in iproute2 6.1 forgets the braces of the JSON. */
function showReaders(print: Printer, tun: TunInfo): void {
  print.text(`${print.separator}\tAttached to processes:`)
  print.openArray('processes')
  for (const { name, pid } of tun.readers) {
    print.field('name', name, name)
    print.field('pid', pid, `(${pid})`)
  }
  print.closeArray()
}

/** tun_print_opt: IFLA_INFO_DATA, on the line that begins with the kind. */
export function printTun(print: Printer, tun: TunInfo): void {
  const has = (flag: number): boolean => (tun.flags & flag) !== 0
  const onOff = (key: string, on: boolean): void => print.field(key, on, `${key} ${on ? 'on' : 'off'} `)
  const type = has(TunFlag.Tun) ? 'tun' : 'tap'
  print.field('type', type, `type ${type} `)
  onOff('pi', !has(TunFlag.NoPi))
  onOff('vnet_hdr', has(TunFlag.VnetHdr))
  if (has(TunFlag.MultiQueue)) {
    print.field('multi_queue', true, 'multi_queue ')
    print.field('numqueues', tun.queues, `numqueues ${tun.queues} `)
    print.field('numdisabled', 0, 'numdisabled 0 ')
  } else print.value('multi_queue', false)
  onOff('persist', has(TunFlag.Persist))
  if (tun.owner !== undefined) printOwner(print, 'user', tun.owner, userName(tun.owner))
  if (tun.group !== undefined) printOwner(print, 'group', tun.group, groupName(tun.group))
}

const printOwner = (print: Printer, key: string, id: number, name: string | undefined): void =>
  print.field(key, name ?? id, `${key} ${name ?? id} `)
