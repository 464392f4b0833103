/**
 * `ip address`: addresses of links shown and changed.
 *
 * Follows iproute2 6.1 ip/ipaddress.c. Left out and refused: adding, deleting and flushing IPv6 addresses (a flush of
 * all families leaves them alone). As Linux does for IPv4, `anycast` is read and has no effect.
 */
import type { AddressInfo, LinkInfo } from '../../control/info.ts'
import { type AddressRecord, Ifaf, Scope } from '../../control/records.ts'
import type { NewAddress, OldAddress } from '../../control/request.ts'
import { Iff } from '../../core/device.ts'
import { fail, strerror } from '../../core/errno.ts'
import * as ip4 from '../../wire/ip.ts'
import * as ip6 from '../../wire/ip6.ts'
import {
  type Args,
  duplicate,
  type Family,
  garbage,
  invalid,
  matches,
  type Prefix,
  address as parseAddress,
  prefix,
  unsigned,
  usage,
} from './args.ts'
import { flushRound, flushSummary } from './flush.ts'
import { glob } from './glob.ts'
import { ADDRESS_HELP } from './help-network.ts'
import { DEFAULT_GROUP, printLink, printStats } from './link-print.ts'
import { nameOf, numberOf, SCOPES } from './names.ts'
import { answered, complain, host, type Ip, type IpObject, linkIndex, linkName, noDevice, refuse } from './object.ts'
import { addressMessage, Magic } from './rtmessage.ts'
import { beginSave, restoreAddresses, save, showSavedAddresses } from './saved.ts'

const NS_PER_SECOND = 1_000_000_000
/** INFINITY_LIFE_TIME in messages of the kernel, and what it is in records. */
const FOREVER = 0xffff_ffff
const FOR_EVER = Number.POSITIVE_INFINITY
const GROUP_MAX = 0x7fff_ffff
/** Up to here a prefix has an address to spare for its broadcast. */
const BROADCAST_PREFIX_MAX = 30
/** iproute2 answers 1 where others answer -1; ip negates both. */
const FLUSH_FAILED_STATUS = 255
const SLAVE = '_slave'

const help = (): never => usage(ADDRESS_HELP)

export const address: IpObject = (ip, args) => {
  if (!args.more) return show(ip, args)
  const word = args.take()
  if (matches(word, 'add')) return add(ip, args, true)
  if (matches(word, 'change') || word === 'chg' || matches(word, 'replace')) return add(ip, args, false)
  if (matches(word, 'delete')) return remove(ip, args)
  if (matches(word, 'list') || matches(word, 'show') || matches(word, 'lst')) return show(ip, args)
  if (matches(word, 'flush')) return flush(ip, args)
  if (matches(word, 'save')) return saveAddresses(ip, args)
  if (matches(word, 'showdump')) return showSavedAddresses(ip, each => printAddress(ip, each, false))
  if (matches(word, 'restore')) return restoreAddresses(ip)
  if (matches(word, 'help')) return help()
  return usage(`Command "${word}" is unknown, try "ip address help".\n`)
}

interface Flag {
  readonly name: string
  readonly mask: number
  /** Nobody can ask for it: the kernel sets it. */
  readonly readOnly?: boolean
  readonly only6?: boolean
}

/** ifa_flag_data, in the order in which they are printed. */
const FLAGS: readonly Flag[] = [
  { name: 'secondary', mask: Ifaf.Secondary, readOnly: true },
  { name: 'temporary', mask: Ifaf.Secondary, readOnly: true },
  { name: 'nodad', mask: 0x2, only6: true },
  { name: 'optimistic', mask: 0x4, only6: true },
  { name: 'dadfailed', mask: 0x8, readOnly: true },
  { name: 'home', mask: 0x10, only6: true },
  { name: 'deprecated', mask: Ifaf.Deprecated, readOnly: true },
  { name: 'tentative', mask: Ifaf.Tentative, readOnly: true },
  { name: 'permanent', mask: Ifaf.Permanent, readOnly: true },
  { name: 'mngtmpaddr', mask: 0x100, only6: true },
  { name: 'noprefixroute', mask: Ifaf.NoPrefixRoute },
  { name: 'autojoin', mask: Ifaf.AutoJoin },
  { name: 'stable-privacy', mask: 0x800, readOnly: true },
]

// Changing

/** What the words of `add` and `del` say. */
interface Words {
  readonly family: Family
  readonly device: string
  readonly local: Prefix | undefined
  /** As it was written. */
  readonly localWord: string
  readonly peer: Prefix | undefined
  readonly broadcast: Prefix | '+' | '-' | undefined
  readonly label: string | undefined
  readonly scope: number | undefined
  readonly flags: ReadonlySet<Flag>
  /** Seconds, or Infinity. */
  readonly valid: number | undefined
  readonly preferred: number | undefined
  readonly metric: number | undefined
}

function add(ip: Ip, args: Args, exclusive: boolean): number {
  const words = parseWords(ip, args)
  if (typeof words === 'number') return words
  const { family, local, peer, broadcast, valid = FOR_EVER, preferred = FOR_EVER } = words

  if ((broadcast === '+' || broadcast === '-') && family !== 'inet') {
    return complain(ip, 1, 'Broadcast can be set only for IPv4 addresses\n')
  }
  const link = linkIndex(ip, words.device)
  if (link === 0) return noDevice(ip, words.device)
  if (valid === 0) return complain(ip, 1, 'valid_lft is zero\n')
  if (valid < preferred) return complain(ip, 1, 'preferred_lft is greater than valid_lft\n')
  const names = [...words.flags].map(({ name }) => name)
  if (names.includes('autojoin') && (local === undefined || !ip4.isMulticast(local.ip))) {
    return complain(ip, 1, 'autojoin needs multicast address\n')
  }
  if (family === 'inet6') return refuse(ip, 'address of IPv6')
  if (family !== 'inet') return answered(ip, fail('EOPNOTSUPP'))
  if (local === undefined) return answered(ip, fail('EINVAL', 'ipv4: Local address is not supplied'))

  const flags = [...words.flags].reduce((bits, { mask }) => bits | mask, 0)
  const address: NewAddress = {
    local: local.ip,
    prefixLength: prefixLengthOf(words),
    scope: words.scope ?? (ip4.isLoopback(local.ip) ? Scope.Host : Scope.Universe),
    exclusive,
    ...(peer !== undefined && { peer: peer.ip }),
    ...broadcastOf(broadcast, peer ?? local),
    ...(words.label !== undefined && { label: words.label }),
    ...(flags !== 0 && { flags }),
    ...((words.valid ?? words.preferred) !== undefined && { validLifetime: valid, preferredLifetime: preferred }),
    ...(words.metric !== undefined && { metric: words.metric }),
  }
  return answered(ip, ip.world.apply({ type: 'newaddr', netns: ip.netns, link, address }))
}

/** The prefix is the peer's, if that has one. */
const prefixLengthOf = ({ peer, local }: Words): number => (peer?.length ?? 0) || (local?.length ?? 0)

/** The broadcast address as written, or `+` for that of the prefix, or `-` for its first address. */
function broadcastOf(written: Words['broadcast'], of: Prefix): Pick<NewAddress, 'broadcast'> {
  if (written === undefined) return {}
  if (written === '+' || written === '-') {
    if (of.length > BROADCAST_PREFIX_MAX) return {}
    const last = ip4.broadcast(of.ip, of.length)
    return { broadcast: written === '+' ? last : (((last & ip4.mask(of.length)) >>> 0) as ip4.Ip) }
  }
  return written.ip === ip4.ANY ? {} : { broadcast: written.ip }
}

function remove(ip: Ip, args: Args): number {
  const words = parseWords(ip, args)
  if (typeof words === 'number') return words
  const { family, local, localWord, peer } = words

  const isWildcard = peer === undefined && local?.family === 'inet' && !local.specified
  if (isWildcard) complain(ip, 0, wildcardWarning(localWord))
  const link = linkIndex(ip, words.device)
  if (link === 0) return noDevice(ip, words.device)
  if (family === 'inet6') return refuse(ip, 'address of IPv6')
  if (family !== 'inet') return answered(ip, fail('EOPNOTSUPP'))
  if (local === undefined) return refuse(ip, 'address del without an address')

  const address: OldAddress = {
    local: local.ip,
    ...(!isWildcard && { prefixLength: prefixLengthOf(words) }),
    ...(peer !== undefined && { peer: peer.ip }),
    ...(words.label !== undefined && { label: words.label }),
  }
  return answered(ip, ip.world.apply({ type: 'deladdr', netns: ip.netns, link, address }))
}

const wildcardWarning = (
  word: string,
): string => `Warning: Executing wildcard deletion to stay compatible with old scripts.
         Explicitly specify the prefix length (${word}/32) to avoid this warning.
         This special behaviour is likely to disappear in further releases,
         fix your scripts!
`

/** ipaddr_modify's options, or the exit status. */
function parseWords(ip: Ip, args: Args): Words | number {
  let { family } = ip.options
  let device: string | undefined
  let local: Prefix | undefined
  let localWord = ''
  let peer: Prefix | undefined
  let broadcast: Words['broadcast']
  let anycast: Prefix | undefined
  let label: string | undefined
  let scope: number | undefined
  let valid: number | undefined
  let preferred: number | undefined
  let metric: number | undefined
  const flags = new Set<Flag>()

  const familyOf = (found: Prefix): Prefix => {
    if (family === 'unspec') family = found.family
    return found
  }

  while (args.more) {
    const word = args.take()
    const flag = FLAGS.find(({ name }) => name === word)
    if (word === 'peer' || word === 'remote') {
      const text = args.take()
      if (peer !== undefined) duplicate('peer', text)
      peer = familyOf(prefix(text, family))
    } else if (matches(word, 'broadcast') || word === 'brd') {
      const text = args.take()
      if (broadcast !== undefined) duplicate('broadcast', text)
      broadcast = text === '+' || text === '-' ? text : familyOf(parseAddress(text, family))
    } else if (word === 'anycast') {
      const text = args.take()
      if (anycast !== undefined) duplicate('anycast', text)
      anycast = familyOf(parseAddress(text, family))
    } else if (word === 'scope') {
      const text = args.take()
      scope = numberOf(SCOPES, text) ?? invalid('invalid scope value.', text)
    } else if (word === 'dev') {
      device = args.take()
    } else if (word === 'label') {
      label = args.take()
    } else if (matches(word, 'metric') || matches(word, 'priority') || matches(word, 'preference')) {
      const text = args.take()
      metric = unsigned(text) ?? invalid('"metric" value is invalid\n', text)
    } else if (matches(word, 'valid_lft')) {
      if (valid !== undefined) duplicate('valid_lft', word)
      const text = args.take()
      valid = lifetime(text) ?? invalid('valid_lft value', text)
    } else if (matches(word, 'preferred_lft')) {
      if (preferred !== undefined) duplicate('preferred_lft', word)
      const text = args.take()
      preferred = lifetime(text) ?? invalid('preferred_lft value', text)
    } else if (flag !== undefined) {
      if (flag.readOnly) complain(ip, 0, `Warning: ${word} option is not mutable from userspace\n`)
      else if (flag.only6 && family !== 'inet6') {
        complain(ip, 0, `Warning: ${word} option can be set only for IPv6 addresses\n`)
      } else flags.add(flag)
    } else {
      const text = word === 'local' ? args.take() : word
      if (matches(text, 'help')) help()
      if (local !== undefined) garbage('local', text)
      localWord = text
      local = familyOf(prefix(text, family))
    }
  }
  if (device === undefined) {
    return complain(ip, 1, 'Not enough information: "dev" argument is required.\n')
  }
  return { family, device, local, localWord, peer, broadcast, label, scope, flags, valid, preferred, metric }
}

/** Seconds; Infinity for `forever` and for what the kernel takes for it. */
function lifetime(text: string): number | undefined {
  const seconds = text === 'forever' ? FOREVER : unsigned(text)
  return seconds === FOREVER ? FOR_EVER : seconds
}

// Showing

interface Filter {
  family: Family
  /** 0 for every link. */
  ifindex: number
  scope?: number
  /** Which flags count, and what they must be. */
  flagMask: number
  flags: number
  prefix?: Prefix
  /** A pattern. */
  label?: string
  up: boolean
  group?: number
  /** ifindex of the master; -1 for links that have none. */
  master?: number
  kind?: string
  /** Kind of the master. */
  slaveKind?: string
}

function show(ip: Ip, args: Args): number {
  const filter = parseFilter(ip, args)
  if (typeof filter === 'number') return filter
  const addresses = filter.family === 'link' ? [] : dump(ip, filter)
  ip.print.begin()
  for (const link of listed(ip, filter)) {
    const own = addresses.filter(({ ifindex }) => ifindex === link.ifindex)
    if (filter.family === 'link' || isListed(own, link, filter)) printLinkAndAddresses(ip, link, own, filter)
  }
  ip.print.end()
  return 0
}

/** The kernel's dump of addresses: all of IPv4, then all of IPv6. */
function dump(ip: Ip, { family }: Filter): AddressInfo[] {
  const all = ip.world.addresses(ip.netns)
  return [
    ...(family === 'unspec' || family === 'inet' ? all.filter(address => address.family === 4) : []),
    ...(family === 'unspec' || family === 'inet6' ? all.filter(address => address.family === 6) : []),
  ]
}

/** The links that the kernel sends: it looks at master and kind itself, unless it is asked for one link only. */
function listed(ip: Ip, { ifindex, master, kind }: Filter): LinkInfo[] {
  if (ifindex !== 0) {
    const link = ip.world.link(ip.netns, ifindex)
    return link === undefined ? [] : [link]
  }
  const links = ip.world
    .links(ip.netns)
    .filter(link => master === undefined || link.master === Math.max(0, master))
    .filter(link => kind === undefined || link.kind === kind)
  return ip.options.family === 'inet6' ? links.map(withoutOthers) : links
}

/** What the IPv6 dump of links leaves out: whatever lies outside of the link itself. */
const withoutOthers = ({ linkNetnsId: _, linkNetns: __, ...link }: LinkInfo): LinkInfo => ({
  ...link,
  master: 0,
  alias: '',
  altNames: [],
})

/**
 * ipaddr_filter: a link without any address is there when nobody asks for a family, others when one address is chosen.
 */
const isListed = (own: readonly AddressInfo[], link: LinkInfo, filter: Filter): boolean =>
  own.length === 0 ? filter.family === 'unspec' : own.some(address => isSelected(address, link.name, filter))

function isSelected(address: AddressInfo, link: string, filter: Filter): boolean {
  if (filter.scope !== undefined && filter.scope !== address.scope) return false
  if (((filter.flags ^ address.flags) & filter.flagMask) !== 0) return false
  const label = address.family === 4 ? address.label : link
  if (filter.label !== undefined && !glob(filter.label, label)) return false
  return filter.prefix === undefined || isInside(address, filter.prefix)
}

function isInside(address: AddressInfo, { family, ip, bytes, length }: Prefix): boolean {
  if (family === 'unspec' || length === 0) return true
  if (address.family === 4) return family === 'inet' && ip4.contains(ip, length, address.local)
  if (bytes === undefined) return false
  return address.bytes.every((octet, i) => ((octet ^ bytes[i]!) & octetMask(length - 8 * i)) === 0)
}

/** The mask of an octet of which the first `bits` count. */
const octetMask = (bits: number): number => 0xff & ~(0xff >> Math.max(0, Math.min(8, bits)))

/** Deletes what the filter selects, round by round, until nothing is left of it. */
function flush(ip: Ip, args: Args): number {
  if (!args.more) return complain(ip, 1, 'Flush requires arguments.\n')
  const { statistics, loops, family } = ip.options
  if (family === 'link') return complain(ip, 1, 'Cannot flush link addresses.\n')
  const filter = parseFilter(ip, args)
  if (typeof filter === 'number') return filter
  if (filter.family === 'inet6') return refuse(ip, 'address flush of IPv6')

  let round = 0
  while (loops === 0 || round < loops) {
    const addresses = flushable(ip, filter)
    if (addresses.length > 0) {
      round++
      if (statistics > 1) for (const address of addresses) printAddress(ip, address, true)
      for (const address of addresses) {
        const answer = ip.world.apply(deletion(ip, address))
        if (answer.ok || answer.errno === 'EADDRNOTAVAIL') continue
        return complain(ip, FLUSH_FAILED_STATUS, `Failed to send flush request: ${strerror(answer.errno)}\n`)
      }
      if (statistics > 0) ip.print.text(flushRound(round, addresses.length, 'addresses'))
    }
    // One round for primaries: the next would take the secondaries that were promoted.
    const primaries = (filter.flagMask & ~filter.flags & Ifaf.Secondary) !== 0
    if (addresses.length === 0 || primaries) {
      if (statistics > 0) ip.print.text(flushSummary(round))
      return 0
    }
  }
  return complain(ip, FLUSH_FAILED_STATUS, `*** Flush remains incomplete after ${loops} rounds. ***\n`)
}

/** The kernel leaves out other links and families, and nobody the rest. */
function saveAddresses(ip: Ip, args: Args): number {
  const filter = parseFilter(ip, args)
  if (typeof filter === 'number') return filter
  if (!beginSave(ip, Magic.Address)) return 1
  const { ifindex, family } = filter
  const { now } = ip.world
  const addresses = ip.world
    .addresses(ip.netns)
    .filter(each => ifindex === 0 || each.ifindex === ifindex)
    .filter(each => family === 'unspec' || family === (each.family === 4 ? 'inet' : 'inet6'))
  return save(ip, addresses, (each, port) => {
    const { preferred, valid } = remaining(each, now)
    return addressMessage(each, port, [preferred, valid], now)
  })
}

type Address4 = AddressRecord & { readonly family: 4 }

const flushable = (ip: Ip, filter: Filter): Address4[] =>
  ip.world
    .addresses(ip.netns)
    .filter(address => address.family === 4)
    .filter(address => filter.ifindex === 0 || filter.ifindex === address.ifindex)
    .filter(address => isSelected(address, linkName(ip, address.ifindex), filter))

function deletion(ip: Ip, { ifindex, local, address, prefixLength, label }: Address4) {
  const peer = address === local ? {} : { peer: address }
  return { type: 'deladdr', netns: ip.netns, link: ifindex, address: { local, prefixLength, label, ...peer } } as const
}

/** The filter that the words describe, or the exit status. */
function parseFilter(ip: Ip, args: Args): Filter | number {
  const filter: Filter = { family: ip.options.family, ifindex: 0, flagMask: 0, flags: 0, up: false }
  let device: string | undefined

  while (args.more) {
    const word = args.take()
    if (word === 'to') {
      filter.prefix = prefix(args.take(), filter.family)
      if (filter.family === 'unspec') filter.family = filter.prefix.family
    } else if (word === 'scope') {
      const text = args.take()
      filter.scope = numberOf(SCOPES, text) ?? (text === 'all' ? undefined : invalid('invalid "scope"\n', text))
    } else if (word === 'up') {
      filter.up = true
    } else if (filterFlag(filter, word)) {
      // It is noted already.
    } else if (word === 'label') {
      filter.label = args.take()
    } else if (word === 'group') {
      const text = args.take()
      filter.group =
        text === DEFAULT_GROUP ? 0 : (unsigned(text, GROUP_MAX) ?? invalid('Invalid "group" value\n', text))
    } else if (word === 'master') {
      const name = args.take()
      filter.master = linkIndex(ip, name) || invalid('Device does not exist\n', name)
    } else if (word === 'vrf') {
      invalid('Not a valid VRF name\n', args.take())
    } else if (word === 'nomaster') {
      filter.master = -1
    } else if (word === 'type') {
      const kind = args.take()
      if (kind.endsWith(SLAVE)) filter.slaveKind = kind.slice(0, -SLAVE.length)
      else filter.kind = kind
    } else {
      if (word !== 'dev' && matches(word, 'help')) help()
      const name = word === 'dev' ? args.take() : word
      if (device !== undefined) garbage('dev', name)
      device = name
    }
  }
  if (device !== undefined) {
    filter.ifindex = linkIndex(ip, device)
    if (filter.ifindex === 0) return complain(ip, 1, `Device "${device}" does not exist.\n`)
  }
  return filter
}

/** get_filter: notes a flag, its opposite with a minus before it. Answers whether the word is one. */
function filterFlag(filter: Filter, word: string): boolean {
  const bare = word.startsWith('-') ? word.slice(1) : word
  const opposite = bare === 'dynamic' ? 'permanent' : bare === 'primary' ? 'secondary' : undefined
  const flag = FLAGS.find(({ name }) => name === (opposite ?? bare))
  if (flag === undefined) return false
  const wanted = (word === bare) !== (opposite !== undefined)
  filter.flags = wanted ? filter.flags | flag.mask : filter.flags & ~flag.mask
  filter.flagMask |= flag.mask
  return true
}

// Printing

/** One object of the list: with -oneline only the addresses, each with its link's name. */
function printLinkAndAddresses(ip: Ip, link: LinkInfo, addresses: readonly AddressInfo[], filter: Filter): void {
  const { print, options } = ip
  const { family, label } = filter
  const withLink = options.brief || !options.oneline || family === 'link'
  const isHidden = withLink && isHiddenLink(link, filter)
  const ofInet6 = options.family === 'inet6' && filter.ifindex === 0
  print.openObject()
  if (withLink && !isHidden && label === undefined) printLink(ip, link, { link: false, family, ofInet6 })
  if (!isHidden && family !== 'link') printAddresses(ip, link, addresses, filter)
  if (withLink && !isHidden && label === undefined && !options.brief && options.statistics > 0) {
    printStats(ip, link)
    print.newline()
  }
  print.closeObject()
}

/** Why print_linkinfo prints nothing of a link; with a label it looks no further than whether the link is up. */
function isHiddenLink(link: LinkInfo, { up, label, group, master, kind, slaveKind }: Filter): boolean {
  if (up && !isUp(link)) return true
  if (label !== undefined) return false
  if (group !== undefined && group !== link.group) return true
  if (master !== undefined && master > 0 && master !== link.master) return true
  if (kind !== undefined && kind !== link.kind) return true
  return slaveKind !== undefined && !(slaveKind === 'bridge' && link.port !== undefined)
}

const isUp = (link: LinkInfo): boolean => (link.flags & Iff.Up) !== 0

function printAddresses(ip: Ip, link: LinkInfo, addresses: readonly AddressInfo[], filter: Filter): void {
  const { print, options } = ip
  print.openArray('addr_info')
  for (const address of filter.up && !isUp(link) ? [] : addresses) {
    print.openObject()
    if (isSelected(address, link.name, filter)) printAddress(ip, address, options.oneline)
    print.closeObject()
  }
  print.closeArray()
  if (options.brief) print.text('\n')
}

/** print_addrinfo; `withLink` begins the line with the link's number and name. */
export function printAddress(ip: Ip, address: AddressInfo, withLink: boolean): void {
  const { print, options } = ip
  const { ifindex, prefixLength } = address
  const colour = address.family === 4 ? 'inet' : 'inet6'
  if (!options.brief) {
    if (withLink) {
      print.value('index', ifindex)
      print.value('dev', linkName(ip, ifindex))
      print.text(`${ifindex}: ${linkName(ip, ifindex)}`)
    }
    print.field('family', colour, `    ${colour} `)
  }

  const local = address.family === 4 ? host(ip, address.local) : ip6.format(address.bytes)
  print.field('local', local, local, colour)
  if (address.family === 4 && address.address !== address.local) {
    const peer = host(ip, address.address)
    print.text(' peer ')
    print.field('address', peer, peer, colour)
  }
  print.field('prefixlen', prefixLength, `/${prefixLength} `)
  if (address.family === 4 && address.metric !== 0) {
    print.field('metric', address.metric, `metric ${address.metric} `)
  }
  if (options.brief) return

  if (address.family === 4 && address.broadcast !== undefined) {
    const broadcast = host(ip, address.broadcast)
    print.text('brd ')
    print.field('broadcast', broadcast, `${broadcast} `, colour)
  }
  const scope = nameOf(SCOPES, address.scope, options.numeric)
  print.field('scope', scope, `scope ${scope} `)
  printFlags(ip, address)
  if (address.family === 4) print.field('label', address.label, address.label)
  printLifetimes(ip, address)
  print.text('\n')
}

function printFlags(ip: Ip, { family, flags }: AddressInfo): void {
  const { print } = ip
  let left = flags
  for (const { name, mask } of FLAGS) {
    if (mask === Ifaf.Permanent) {
      if ((left & mask) === 0) print.field('dynamic', true, 'dynamic ')
    } else if ((left & mask) !== 0) {
      const word = mask === Ifaf.Secondary && family === 6 ? 'temporary' : name
      print.field(word, true, `${word} `)
    }
    left &= ~mask
  }
  if (left === 0) return
  const hex = left.toString(16).padStart(2, '0')
  print.field('ifa_flags', hex, `flags ${hex} `)
}

function printLifetimes(ip: Ip, address: AddressInfo): void {
  const { print } = ip
  const { valid, preferred } = remaining(address, ip.world.now)
  const words = (seconds: number): string => (seconds === FOREVER ? 'forever' : `${seconds}sec`)
  print.newline()
  print.text('       valid_lft ')
  print.field('valid_life_time', valid, words(valid))
  print.text(' preferred_lft ')
  print.field('preferred_life_time', preferred, words(preferred))
}

/**
 * inet_fill_ifaddr: seconds that are left. An address that is preferred for ever does not age, nor a permanent one.
 */
function remaining(address: AddressInfo, now: number): { valid: number; preferred: number } {
  const { flags, validLifetime, preferredLifetime } = address
  if ((flags & Ifaf.Permanent) !== 0) return { valid: FOREVER, preferred: FOREVER }
  const ages = address.family === 4 && preferredLifetime !== FOR_EVER
  const age = ages ? Math.floor((now - address.sinceNs) / NS_PER_SECOND) : 0
  const left = (seconds: number): number => Math.min(FOREVER, Math.max(0, seconds - age))
  return { valid: left(validLifetime), preferred: left(preferredLifetime) }
}
