/**
 * The options of a link on the command line: those of `ip link add`, `set` and `delete`, and of a veth's peer.
 *
 * Follows iproute2 6.1 ip/iplink.c (iplink_parse). Where Linux has an option that Vethereal has not, its default is
 * taken and any other value refused. Left out: virtual functions, XDP, VRFs, offload limits, parent devices.
 */
import type { LinkChanges } from '../../control/request.ts'
import { HardwareType, type NetnsId } from '../../core/device.ts'
import { type Failure, fail } from '../../core/errno.ts'
import { HOST } from '../../world/world.ts'
import {
  type Args,
  atoi,
  duplicate,
  ethernetAddress,
  exit,
  garbage,
  integer,
  invalid,
  isAltName,
  isLinkName,
  linkAddress,
  matches,
  onOff,
  parseOnOff,
  usage,
} from './args.ts'
import { LINK_HELP } from './help.ts'
import { OPERSTATE_NAMES } from './link-print.ts'
import { readGroup, readMaster } from './link-show.ts'
import { type Ip, linkIndex, refuseNow } from './object.ts'

/** EINVAL, as parse_on_off hands it to iplink_parse: `carrier maybe` exits with 22. */
const EINVAL_STATUS = 22
const ALIAS_OCTETS_MAX = 255

const ADDRESS_MODES = ['eui64', 'none', 'stable_secret', 'random']

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

export interface ParsedLink {
  readonly changes: Mutable<LinkChanges>
  /** The device to change: the word `dev`, or the first that is no option, or the new name. */
  device?: string
  /** What `name` gave. */
  name?: string
  type?: string
  /** What `link` gave: the name of the lower device. */
  lower?: string
  index?: number
  linkNetns?: NetnsId
  /** What the kernel answers to a request that ours cannot express. */
  failure?: Failure
}

/** State of the walk that only its checks need. */
interface Walk {
  readonly ip: Ip
  readonly args: Args
  readonly link: ParsedLink
  /** Duplicates of these are mistakes; of others the last one counts. */
  readonly seen: Set<string>
  /** `device` was not given, but follows from `name`. */
  deviceIsName: boolean
  addressOctets: number
}

/** Takes words up to `type TYPE` or the end. `create`: for `ip link add`, whose device is still to come. */
export function parseLink(ip: Ip, args: Args, create: boolean): ParsedLink {
  const link: ParsedLink = { changes: {} }
  const walk: Walk = { ip, args, link, seen: new Set(), deviceIsName: false, addressOctets: 0 }
  while (args.more && link.type === undefined) {
    const word = args.take()
    const option = OPTIONS.find(([full, fits]) => fits(word, full))
    if (option !== undefined) option[2](walk)
    else device(walk, word)
  }
  return finish(walk, create)
}

/** What iplink_parse checks after its loop. */
function finish({ ip, link, addressOctets }: Walk, create: boolean): ParsedLink {
  link.device ??= link.name
  const { device, changes } = link
  if (device !== undefined && addressOctets > 0 && !create) checkAddressLength(ip, device, addressOctets)
  if (link.index !== undefined && !create && changes.netns === undefined) {
    usage('index can be used only when creating devices or when moving device to another netns.\n')
  }
  if (create && link.name !== undefined && link.name !== device) {
    usage('both "name" and "dev" cannot be used when creating devices.\n')
  }
  if (link.lower !== undefined && create && linkIndex(ip, link.lower) === 0) {
    exit(1, `Cannot find device "${link.lower}"\n`)
  }
  return link
}

function checkAddressLength(ip: Ip, name: string, octets: number): void {
  const device = ip.world.device(ip.netns, linkIndex(ip, name))
  if (device === undefined || device.hardwareType === HardwareType.None || octets === 6) return
  exit(1, `Invalid address length ${octets} - must be 6 bytes\n`)
}

function device(walk: Walk, word: string): void {
  const { args, link } = walk
  if (matches(word, 'help')) usage(LINK_HELP)
  const name = word === 'dev' ? args.take() : word
  if (link.device !== undefined && !walk.deviceIsName) garbage('dev', name)
  if (!isAltName(name)) invalid('"dev" not a valid ifname', name)
  link.device = name
  walk.deviceIsName = false
}

type Fits = (word: string, full: string) => boolean
type Option = readonly [full: string, fits: Fits, read: (walk: Walk) => void]

const exactly: Fits = (word, full) => word === full

const once = ({ seen }: Walk, key: string, text: string): void => {
  if (seen.has(key)) duplicate(key, text)
  seen.add(key)
}

/** An option with a number that may be given once. */
const number =
  (key: string, use: (walk: Walk, value: number) => void) =>
  (walk: Walk): void => {
    const text = walk.args.take()
    once(walk, key, text)
    use(walk, integer(text) ?? invalid(`Invalid "${key}" value\n`, text))
  }

const flag = (key: 'multicast' | 'allmulticast' | 'promisc' | 'arp' | 'dynamic' | 'trailers') => (walk: Walk) => {
  const text = walk.args.take()
  const on = onOff(text) ?? exit(1, `Error: argument of "${key}" must be "on" or "off", not "${text}"\n`)
  const { changes } = walk.link
  if (key === 'allmulticast') changes.allMulticast = on
  else if (key !== 'trailers') changes[key] = on
  else if (!on) refuseNow(walk.ip, 'link: trailers off')
}

/** An option of Linux with some words as values, of which only the first can be had here. */
const oneOf =
  (option: string, values: readonly string[], why: string) =>
  ({ ip, args }: Walk): void => {
    const text = args.take()
    const at = values.indexOf(text.toLowerCase())
    if (at < 0) invalid(why, text)
    if (at > 0) refuseNow(ip, `link: ${option} ${text}`)
  }

const queues = (key: string): ((walk: Walk) => void) =>
  number(key, ({ ip }, value) => {
    if (value !== 1) refuseNow(ip, `link: ${key} ${value}`)
  })

const sets =
  (changes: (walk: Walk) => LinkChanges) =>
  (walk: Walk): void => {
    Object.assign(walk.link.changes, changes(walk))
  }

const refused =
  (word: string) =>
  ({ ip }: Walk): void =>
    refuseNow(ip, `link: ${word}`)

/** In iproute2's order: some are taken whole, some by abbreviation, and the first that fits is meant. */
const OPTIONS: readonly Option[] = [
  ['up', exactly, sets(() => ({ up: true }))],
  ['down', exactly, sets(() => ({ up: false }))],
  ['name', exactly, readName],
  ['index', exactly, readIndex],
  ['link', matches, readLower],
  ['address', matches, readAddress],
  ['broadcast', matches, readBroadcast],
  ['brd', exactly, readBroadcast],
  ['txqueuelen', matches, number('txqueuelen', setQueueLength)],
  ['qlen', exactly, number('txqueuelen', setQueueLength)],
  ['txqlen', matches, number('txqueuelen', setQueueLength)],
  ['mtu', exactly, number('mtu', setMtu)],
  ['xdpgeneric', exactly, refused('xdpgeneric')],
  ['xdpdrv', exactly, refused('xdpdrv')],
  ['xdpoffload', exactly, refused('xdpoffload')],
  ['xdp', exactly, readXdp],
  ['netns', exactly, readNetns],
  ['multicast', exactly, flag('multicast')],
  ['allmulticast', exactly, flag('allmulticast')],
  ['promisc', exactly, flag('promisc')],
  ['trailers', exactly, flag('trailers')],
  ['arp', exactly, flag('arp')],
  ['carrier', exactly, sets(({ args }) => ({ carrier: parseOnOff('carrier', args.take(), EINVAL_STATUS) }))],
  ['vf', exactly, refused('vf')],
  ['master', matches, sets(({ ip, args }) => ({ master: readMaster(ip, args.take()) }))],
  ['vrf', exactly, ({ args }) => invalid('Not a valid VRF name\n', args.take())],
  ['nomaster', matches, sets(() => ({ master: 0 }))],
  ['dynamic', matches, flag('dynamic')],
  ['type', matches, readType],
  ['alias', matches, readAlias],
  ['group', exactly, readLinkGroup],
  ['mode', exactly, oneOf('mode', ['default', 'dormant'], 'Invalid link mode\n')],
  ['state', exactly, readState],
  ['numtxqueues', matches, queues('numtxqueues')],
  ['numrxqueues', matches, queues('numrxqueues')],
  ['addrgenmode', matches, oneOf('addrgenmode', ADDRESS_MODES, 'Invalid address generation mode\n')],
  ['link-netns', matches, readLinkNetns],
  ['link-netnsid', matches, readLinkNetnsId],
  ['protodown', exactly, readProtoDown],
  ['protodown_reason', exactly, refused('protodown_reason')],
  ['gso_max_size', exactly, refused('gso_max_size')],
  ['gso_max_segs', exactly, refused('gso_max_segs')],
  ['gro_max_size', exactly, refused('gro_max_size')],
  ['parentdev', exactly, refused('parentdev')],
]

function readName(walk: Walk): void {
  const { link } = walk
  const name = walk.args.take()
  once(walk, 'name', name)
  if (!isLinkName(name)) invalid('"name" not a valid ifname', name)
  link.name = name
  if (link.device === undefined) {
    link.device = name
    walk.deviceIsName = true
  }
}

/** There is no program to take off. */
function readXdp({ ip, args }: Walk): void {
  if (args.take() !== 'off') refuseNow(ip, 'link: xdp')
}

function readState({ ip, args }: Walk): void {
  const text = args.take()
  if (!OPERSTATE_NAMES.some(name => name === text.toUpperCase())) invalid('Invalid operstate\n', text)
  refuseNow(ip, `link: state ${text}`)
}

function readLower({ args, link }: Walk): void {
  link.lower = args.take()
}

function readType({ args, link }: Walk): void {
  link.type = args.take()
}

function setMtu({ link }: Walk, value: number): void {
  link.changes.mtu = value
}

function readIndex(walk: Walk): void {
  const text = walk.args.take()
  once(walk, 'index', text)
  const index = atoi(text)
  walk.link.index = index > 0 ? index : invalid('Invalid "index" value', text)
}

function readAddress(walk: Walk): void {
  const octets = linkAddress(walk.args.take())
  const mac = ethernetAddress(octets)
  walk.addressOctets = octets.length
  if (mac === undefined) walk.link.failure = fail('EINVAL')
  else walk.link.changes.mac = mac
}

function readBroadcast({ args, link }: Walk): void {
  const mac = ethernetAddress(linkAddress(args.take()))
  if (mac === undefined) link.failure = fail('EINVAL')
  else link.changes.broadcast = mac
}

/** The kernel keeps it unsigned, iproute2 shows it signed. */
function setQueueLength({ link }: Walk, value: number): void {
  link.changes.txQueueLength = value >>> 0
}

function readAlias({ args, link }: Walk): void {
  const alias = args.take()
  if (alias.length > ALIAS_OCTETS_MAX) invalid('alias too long\n', alias)
  link.changes.alias = alias
}

function readLinkGroup(walk: Walk): void {
  const text = walk.args.take()
  once(walk, 'group', text)
  walk.link.changes.group = readGroup(text)
}

/** A namespace by name or path, or that of a process. */
function readNetns(walk: Walk): void {
  const { ip, link } = walk
  const text = walk.args.take()
  once(walk, 'netns', text)
  const pid = integer(text) ?? pidOfPath(ip, text)
  const id = named(ip, text)
  if (id !== undefined) link.changes.netns = id
  else if (pid === undefined) invalid('Invalid "netns" value\n', text)
  else setNetnsOfProcess(walk, pid)
}

function setNetnsOfProcess({ ip, link }: Walk, pid: number): void {
  const id = netnsOfProcess(ip, pid)
  if (id === undefined) link.failure = fail('ESRCH')
  else link.changes.netns = id
}

const NETNS_PATH = /^(?:\/var)?\/run\/netns\/([^/]+)$/

/** netns_get_fd */
function named(ip: Ip, text: string): NetnsId | undefined {
  const name = text.includes('/') ? NETNS_PATH.exec(text)?.[1] : text
  return name === undefined ? undefined : ip.world.netnsNamed(name)?.id
}

function pidOfPath(ip: Ip, path: string): number | undefined {
  const pid = /^\/proc\/(self|\d+)\/ns\/net$/.exec(path)?.[1]
  return pid === undefined ? undefined : pid === 'self' ? ip.process.pid : Number(pid)
}

/** The namespace in which a process runs; undefined when there is no such process. Process 1 is in the first one. */
export function netnsOfProcess(ip: Ip, pid: number): NetnsId | undefined {
  const { process } = ip
  const running = process.processes?.().find(each => each.pid === pid)
  return running?.netns ?? (pid === process.pid ? process.netns : pid === 1 ? HOST : undefined)
}

function readLinkNetns(walk: Walk): void {
  const name = walk.args.take()
  once(walk, 'link-netns/link-netnsid', name)
  walk.link.linkNetns = named(walk.ip, name) ?? invalid('Invalid "link-netns" value\n', name)
}

function readLinkNetnsId(walk: Walk): void {
  const { ip, link } = walk
  const text = walk.args.take()
  once(walk, 'link-netns/link-netnsid', text)
  const id = integer(text) ?? invalid('Invalid "link-netnsid" value\n', text)
  const netns = ip.world.netns(ip.netns).peerOf(id)
  if (netns === undefined) link.failure = fail('EINVAL', 'Unknown network namespace id')
  else link.linkNetns = netns
}

/** Of the devices here, only a macvlan and a macvtap can do it on Linux. */
function readProtoDown({ ip, args, link }: Walk): void {
  parseOnOff('protodown', args.take(), EINVAL_STATUS)
  const kind = link.device === undefined ? undefined : ip.world.device(ip.netns, link.device)?.kind
  if (kind === 'macvlan' || kind === 'macvtap') refuseNow(ip, 'link: protodown')
  link.failure = fail('EOPNOTSUPP', 'Protodown not supported by device')
}
