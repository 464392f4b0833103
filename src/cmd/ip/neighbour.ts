/**
 * `ip neighbour`: the neighbour table shown and changed.
 *
 * Follows iproute2 6.1 ip/ipneigh.c. Left out and refused: IPv6 entries, `use`, `managed`, proxy entries of every
 * device.
 */

import type { FdbInfo, LinkInfo, NeighbourInfo } from '../../control/info.ts'
import { type NeighbourMode, type NeighbourSpec, Nud } from '../../control/request.ts'
import { HardwareType } from '../../core/device.ts'
import { fail, strerror } from '../../core/errno.ts'
import * as ip4 from '../../wire/ip.ts'
import * as mac48 from '../../wire/mac.ts'
import {
  type Args,
  address,
  duplicate,
  exit,
  garbage,
  invalid,
  matches,
  type Prefix,
  parseAddress,
  prefix,
  strtol,
  unsigned,
  usage,
} from './args.ts'
import { flushRound, flushSummary } from './flush.ts'
import { NEIGHBOUR_HELP } from './help-network.ts'
import { nameOf, numberOf, PROTOCOLS } from './names.ts'
import {
  answered,
  complain,
  host,
  type Ip,
  type IpObject,
  kernelWords,
  linkIndex,
  linkName,
  noDevice,
  refuse,
} from './object.ts'

const NS_PER_SECOND = 1_000_000_000
const FLUSH_ROUNDS_MAX = 10
const ALL_STATES = 0xff
/** In a filter: entries whose state is NONE. */
const NO_STATE = 0x100
const LINK_ADDRESS_BYTES_MAX = 20

const help = (): never => usage(NEIGHBOUR_HELP)

export const neighbour: IpObject = (ip, args) => {
  if (!args.more) return show(ip, args)
  const word = args.take()
  if (matches(word, 'add')) return add(ip, args, 'add')
  if (matches(word, 'change') || word === 'chg') return add(ip, args, 'change')
  if (matches(word, 'replace')) return add(ip, args, 'replace')
  if (matches(word, 'delete')) return remove(ip, args)
  if (matches(word, 'get')) return get(ip, args)
  if (matches(word, 'show') || matches(word, 'lst') || matches(word, 'list')) return show(ip, args)
  if (matches(word, 'flush')) return flush(ip, args)
  if (matches(word, 'help')) return help()
  return usage(`Command "${word}" is unknown, try "ip neigh help".\n`)
}

/** nud_state_a2n */
function parseState(word: string): number | undefined {
  if (matches(word, 'permanent')) return Nud.Permanent
  if (matches(word, 'reachable')) return Nud.Reachable
  if (word === 'noarp') return Nud.NoArp
  if (word === 'none') return Nud.None
  if (word === 'stale') return Nud.Stale
  if (word === 'incomplete') return Nud.Incomplete
  if (word === 'delay') return Nud.Delay
  if (word === 'probe') return Nud.Probe
  if (matches(word, 'failed')) return Nud.Failed
  const state = unsigned(word, ALL_STATES)
  return state !== undefined && (state & (state - 1)) === 0 ? state : undefined
}

// Changing

interface Entry {
  readonly spec: Omit<NeighbourSpec, 'mac'>
  readonly linkAddress: readonly number[] | undefined
}

function add(ip: Ip, args: Args, mode: NeighbourMode): number {
  const entry = parseEntry(ip, args)
  if (typeof entry === 'number') return entry
  const { spec, linkAddress } = entry
  if (linkAddress !== undefined && linkAddress.length < mac48.BYTES && hasLinkAddress(ip, spec.link as number)) {
    return complain(ip, 2, kernelWords(fail('EINVAL', 'Invalid link address')))
  }
  const mac = linkAddress?.slice(0, mac48.BYTES).reduce((mac, octet) => mac * 256 + octet, 0)
  const neighbour = mac === undefined ? spec : { ...spec, mac: mac as mac48.Mac }
  return answered(ip, ip.world.apply({ type: 'newneigh', netns: ip.netns, neighbour, mode }))
}

function remove(ip: Ip, args: Args): number {
  const entry = parseEntry(ip, args)
  if (typeof entry === 'number') return entry
  return answered(ip, ip.world.apply({ type: 'delneigh', netns: ip.netns, neighbour: entry.spec }))
}

/**
 * What iproute2 shows for an address of no length: the octet behind it in the message, which is the length of the next
 * attribute.
 */
const NO_ADDRESS = '08'

const hasLinkAddress = (ip: Ip, link: number): boolean =>
  ip.world.device(ip.netns, link)?.hardwareType !== HardwareType.None

/** The entry that the words describe, or the exit status. */
function parseEntry(ip: Ip, args: Args): Entry | number {
  let dst: Prefix | undefined
  let device: string | undefined
  let linkAddress: string | undefined
  let state: number = Nud.Permanent
  let protocol: number | undefined
  let proxy = false
  let router = false
  let externLearn = false

  while (args.more) {
    const word = args.take()
    if (matches(word, 'lladdr')) {
      const text = args.take()
      if (linkAddress !== undefined) duplicate('lladdr', text)
      linkAddress = text
    } else if (word === 'nud') {
      const text = args.take()
      state = parseState(text) ?? invalid('nud state is bad', text)
    } else if (matches(word, 'proxy')) {
      const text = args.take()
      if (matches(text, 'help')) help()
      if (dst !== undefined) duplicate('address', text)
      dst = address(text, ip.options.family)
      proxy = true
    } else if (word === 'router') {
      router = true
    } else if (word === 'use' || word === 'managed') {
      return refuse(ip, `neighbour ${word}`)
    } else if (matches(word, 'extern_learn')) {
      externLearn = true
    } else if (word === 'dev') {
      device = args.take()
    } else if (matches(word, 'protocol')) {
      const text = args.take()
      protocol = numberOf(PROTOCOLS, text) ?? invalid('"protocol" value is invalid\n', text)
    } else {
      let text = word === 'to' ? args.take() : word
      if (matches(text, 'help')) text = args.take()
      if (dst !== undefined) garbage('to', text)
      dst = address(text, ip.options.family)
    }
  }

  if (dst === undefined || dst.family === 'unspec' || (device === undefined && !proxy)) {
    return usage('Device and destination are required arguments.\n')
  }
  const octets = linkAddress === undefined || linkAddress === 'null' ? undefined : parseLinkAddress(linkAddress)
  const link = device === undefined ? 0 : linkIndex(ip, device)
  if (device !== undefined && link === 0) return noDevice(ip, device)
  if (dst.family === 'inet6') return refuse(ip, 'neighbour of IPv6')
  if (device === undefined) return refuse(ip, 'neighbour proxy without a device')
  return {
    spec: {
      link,
      dst: dst.ip,
      state,
      ...(proxy && { proxy }),
      ...(router && { router }),
      ...(externLearn && { externLearn }),
      ...(protocol !== undefined && { protocol }),
    },
    linkAddress: octets,
  }
}

/** ll_addr_a2n: hexadecimal octets between colons, what follows the digits of one is ignored; or an IPv4 address. */
function parseLinkAddress(text: string): number[] {
  const wrong = (part: string): never => exit(1, `"${part}" is invalid lladdr.\n`)
  if (text.includes('.')) {
    const ip = parseAddress(text, 'inet')?.ip ?? wrong(text)
    return [ip >>> 24, (ip >>> 16) & 255, (ip >>> 8) & 255, ip & 255]
  }
  return text
    .split(':')
    .slice(0, LINK_ADDRESS_BYTES_MAX)
    .map(part => {
      const octet = strtol(part, 16)?.value
      return octet === undefined || octet < 0 || octet > 255 ? wrong(part) : octet
    })
}

// Showing

interface Filter {
  readonly family: Ip['options']['family']
  /** 0 for every link. */
  readonly ifindex: number
  /** Bits of Nud.*, and NO_STATE. */
  readonly states: number
  readonly prefix: Prefix | undefined
  /** ifindex of the master; -1 for entries of links that have none. */
  readonly master: number | undefined
  /** 0 for every protocol. */
  readonly protocol: number
  readonly proxy: boolean
  readonly unusedOnly: boolean
}

function show(ip: Ip, args: Args): number {
  const filter = parseFilter(ip, args, ALL_STATES & ~Nud.NoArp, ALL_STATES | NO_STATE)
  if (typeof filter === 'number') return filter
  ip.print.begin()
  for (const entry of selected(ip, filter)) printNeighbour(ip, entry, filter.ifindex === 0)
  ip.print.end()
  return 0
}

/** Deletes what the filter selects, round by round, until nothing is left of it. */
function flush(ip: Ip, args: Args): number {
  if (!args.more) return complain(ip, 1, 'Flush requires arguments.\n')
  const flushable = (ALL_STATES | NO_STATE) & ~Nud.NoArp
  const filter = parseFilter(ip, args, flushable & ~Nud.Permanent, flushable)
  if (typeof filter === 'number') return filter
  const { statistics } = ip.options

  let { states } = filter
  for (let round = 0; round < FLUSH_ROUNDS_MAX; round++) {
    const entries = selected(ip, { ...filter, states })
    if (entries.length === 0) {
      if (statistics > 0) ip.print.text(flushSummary(round))
      return 0
    }
    for (const entry of entries) {
      if (statistics > 1) printNeighbour(ip, entry, filter.ifindex === 0)
      const neighbour = { link: entry.ifindex, dst: entry.dst, ...(entry.proxy && { proxy: true }) }
      const answer = ip.world.apply({ type: 'delneigh', netns: ip.netns, neighbour })
      if (!answer.ok) return complain(ip, 1, `Failed to send flush request: ${strerror(answer.errno)}\n`)
    }
    if (statistics > 0) ip.print.text(flushRound(round + 1, entries.length, 'entries'))
    states &= ~Nud.Failed
  }
  ip.print.text(`*** Flush not complete bailing out after ${FLUSH_ROUNDS_MAX} rounds\n`)
  return 255
}

/** The filter that the words describe, or the exit status. */
function parseFilter(ip: Ip, args: Args, statesDefault: number, statesAll: number): Filter | number {
  let { family } = ip.options
  let device: string | undefined
  let states: number | undefined
  let to: Prefix | undefined
  let master: number | undefined
  let protocol = 0
  let proxy = false
  let unusedOnly = false

  while (args.more) {
    const word = args.take()
    if (word === 'dev') {
      const name = args.take()
      if (device !== undefined) duplicate('dev', name)
      device = name
    } else if (word === 'master') {
      const name = args.take()
      master = linkIndex(ip, name) || invalid('Device does not exist\n', name)
    } else if (word === 'vrf') {
      invalid('Not a valid VRF name\n', args.take())
    } else if (word === 'nomaster') {
      master = -1
    } else if (word === 'unused') {
      unusedOnly = true
    } else if (word === 'nud') {
      const text = args.take()
      const state = parseState(text) ?? (text === 'all' ? statesAll : invalid('nud state is bad', text))
      states = (states ?? 0) | (state === Nud.None ? NO_STATE : state)
    } else if (word === 'proxy') {
      proxy = true
    } else if (matches(word, 'protocol')) {
      const text = args.take()
      protocol = numberOf(PROTOCOLS, text) ?? (text === 'all' ? 0 : invalid('invalid "protocol"\n', text))
    } else {
      const text = word === 'to' ? args.take() : word
      if (matches(text, 'help')) help()
      to = prefix(text, family)
      if (family === 'unspec') family = to.family
    }
  }

  const ifindex = device === undefined ? 0 : linkIndex(ip, device)
  if (device !== undefined && ifindex === 0) return noDevice(ip, device)
  return { family, ifindex, states: states ?? statesDefault, prefix: to, master, protocol, proxy, unusedOnly }
}

function selected(ip: Ip, filter: Filter): NeighbourInfo[] {
  if (filter.family !== 'unspec' && filter.family !== 'inet') return []
  const masters = filter.master === undefined ? undefined : mastersOf(ip.world.links(ip.netns))
  return ip.world.neighbours(ip.netns).filter(entry => {
    if (entry.proxy !== filter.proxy) return false
    if (masters !== undefined && (masters.get(entry.ifindex) ?? 0) !== Math.max(0, filter.master!)) return false
    return isSelected(entry, filter)
  })
}

const mastersOf = (links: readonly LinkInfo[]): Map<number, number> =>
  new Map(links.map(link => [link.ifindex, link.master]))

/** The tests of print_neigh. Proxy and externally learned entries are shown in whatever state. */
function isSelected(entry: NeighbourInfo, filter: Filter): boolean {
  if (filter.ifindex !== 0 && filter.ifindex !== entry.ifindex) return false
  const state = entry.state === Nud.None ? NO_STATE : entry.state
  if ((filter.states & state) === 0 && !entry.proxy && !entry.externLearn) return false
  const { prefix } = filter
  if (prefix !== undefined && prefix.length > 0 && !ip4.contains(prefix.ip, prefix.length, entry.dst)) return false
  if (filter.protocol !== 0 && filter.protocol !== entry.protocol) return false
  return !(filter.unusedOnly && !entry.proxy && entry.refCount !== 0)
}

function get(ip: Ip, args: Args): number {
  let dst: Prefix | undefined
  let device: string | undefined
  let proxy = false

  while (args.more) {
    const word = args.take()
    if (word === 'dev') {
      device = args.take()
      continue
    }
    const isProxy = matches(word, 'proxy')
    const text = isProxy || word === 'to' ? args.take() : word
    if (matches(text, 'help')) help()
    if (dst !== undefined) isProxy ? duplicate('address', text) : garbage('to', text)
    dst = address(text, ip.options.family)
    if (isProxy) proxy = true
  }

  if (dst === undefined || dst.family === 'unspec' || (device === undefined && !proxy)) {
    return complain(ip, 1, 'Device and address are required arguments.\n')
  }
  const ifindex = device === undefined ? 0 : linkIndex(ip, device)
  if (device !== undefined && ifindex === 0) return noDevice(ip, device)
  const { ip: wanted, family } = dst
  const found =
    family === 'inet' &&
    ip.world
      .neighbours(ip.netns)
      .find(entry => entry.ifindex === ifindex && entry.dst === wanted && entry.proxy === proxy)
  if (!found) {
    return complain(ip, 2, kernelWords(fail('ENOENT', `${proxy ? 'Proxy n' : 'N'}eighbour entry not found`)))
  }
  // iproute2 prints this answer as text even with -j.
  printNeighbour(ip, found, true)
  return 0
}

const STATE_NAMES = ['INCOMPLETE', 'REACHABLE', 'STALE', 'DELAY', 'PROBE', 'FAILED', 'NOARP', 'PERMANENT']

/** print_neigh, and print_neigh_brief with -br. */
export function printNeighbour(ip: Ip, entry: NeighbourInfo, withDevice: boolean): void {
  const { print, options } = ip
  const { brief } = options
  const dst = host(ip, entry.dst)
  print.openObject()
  print.field('dst', dst, brief ? `${dst.padEnd(39)} ` : `${dst} `, 'inet')
  if (withDevice && entry.ifindex !== 0) {
    const name = linkName(ip, entry.ifindex)
    if (!brief) print.text('dev ')
    print.field('dev', name, brief ? `${name.padEnd(16)} ` : `${name} `, 'ifname')
  }
  if (entry.mac !== undefined) {
    const mac = hasLinkAddress(ip, entry.ifindex) ? mac48.format(entry.mac) : NO_ADDRESS
    if (!brief) print.text('lladdr ')
    print.field('lladdr', mac, brief ? mac : `${mac} `, 'mac')
  }
  if (!brief) printDetails(ip, entry)
  print.text('\n')
  print.closeObject()
}

/** The same for an entry of a bridge, of which a monitor hears. */
export function printFdb(ip: Ip, { ifindex, mac, state, externLearn }: FdbInfo, withDevice: boolean): void {
  const { print, options } = ip
  const { brief } = options
  if (withDevice) {
    const name = linkName(ip, ifindex)
    if (!brief) print.text('dev ')
    print.text(brief ? `${name.padEnd(16)} ` : `${name} `, 'ifname')
  }
  if (!brief) print.text('lladdr ')
  print.text(brief ? mac48.format(mac) : `${mac48.format(mac)} `, 'mac')
  if (!brief) {
    if (externLearn) print.text('extern_learn ')
    STATE_NAMES.forEach((word, bit) => {
      if ((state & (1 << bit)) !== 0) print.text(`${word} `)
    })
  }
  print.text('\n')
}

function printDetails(ip: Ip, entry: NeighbourInfo): void {
  const { print, options } = ip
  if (entry.router) print.field('router', null, 'router ')
  if (entry.proxy) print.field('proxy', null, 'proxy ')
  if (entry.externLearn) print.field('extern_learn', null, 'extern_learn ')

  if (options.statistics > 0 && !entry.proxy) {
    if (entry.refCount !== 0) print.field('refcnt', entry.refCount, ` ref ${entry.refCount}`)
    const [used, confirmed, updated] = [entry.usedNs, entry.confirmedNs, entry.updatedNs].map(age =>
      Math.floor(age / NS_PER_SECOND),
    )
    print.field('used', used!, ` used ${used}`)
    print.field('confirmed', confirmed!, `/${confirmed}`)
    print.field('updated', updated!, `/${updated}`)
    print.field('probes', entry.probes, `probes ${entry.probes} `)
  }

  if (entry.state !== Nud.None) {
    print.openArray('state')
    STATE_NAMES.forEach((name, bit) => {
      if ((entry.state & (1 << bit)) !== 0) print.field(undefined, name, `${name} `)
    })
    print.closeArray()
  }
  if (entry.protocol !== 0) {
    const name = nameOf(PROTOCOLS, entry.protocol, options.numeric)
    print.field('protocol', name, `proto ${name} `)
  }
}
