/**
 * `ip link show` and its filters.
 *
 * Follows iproute2 6.1 ip/ipaddress.c (ipaddr_list_flush_or_save with do_link) and Linux net/core/rtnetlink.c
 * (link_dump_filtered), for some filters are the kernel's and some iproute2's: what iproute2 leaves out is an empty
 * object in the JSON. `ip addr show` has the same ones. Left out: VRFs; the filters of addresses, which iproute2 takes
 * here, too.
 */
import type { LinkInfo } from '../../control/info.ts'
import { Iff } from '../../core/device.ts'
import { strerror } from '../../core/errno.ts'
import { type Args, garbage, invalid, matches, strtol, usage } from './args.ts'
import { LINK_HELP } from './help.ts'
import { DEFAULT_GROUP, printLink } from './link-print.ts'
import { complain, type Ip, linkIndex } from './object.ts'

/** Kinds by which the kernel filters; of others it knows nothing and sends all. The loopback device has none. */
const KINDS: readonly string[] = ['veth', 'bridge', 'macvlan', 'macvtap', 'tun']

export interface LinkFilter {
  /** ifindex of the only link that is asked for. */
  index?: number
  up?: boolean
  group?: number
  /** ifindex of the master, or 'none' for links without. */
  master?: number | 'none'
  kind?: string
  /** Kind of the master: `type bridge_slave`. */
  slaveKind?: string
}

export function showLinks(ip: Ip, args: Args): number {
  const filter: LinkFilter = {}
  let name: string | undefined
  while (args.more) {
    const word = args.take()
    if (!readLinkFilter(ip, word, args, filter)) {
      if (matches(word, 'help')) return usage(LINK_HELP)
      const device = word === 'dev' ? args.take() : word
      if (name !== undefined) garbage('dev', device)
      name = device
    }
  }
  if (name !== undefined) {
    filter.index = linkIndex(ip, name)
    if (filter.index === 0) return complain(ip, 1, `Device "${name}" does not exist.\n`)
    if (filter.group === undefined && !isName(ip, name, filter.index)) {
      // `if2` was read as a number, but the name is asked for.
      const words = strerror('ENODEV')
      return complain(ip, 1, `RTNETLINK answers: ${words}\nCannot send link get request: ${words}\n`)
    }
  }

  ip.print.begin()
  for (const link of dumpLinks(ip, filter)) {
    ip.print.openObject()
    if (passes(link, filter)) printLink(ip, link, { link: true, family: 'link' })
    ip.print.closeObject()
  }
  ip.print.end()
  return 0
}

/** Takes the filter that begins with this word, if one does. */
export function readLinkFilter(ip: Ip, word: string, args: Args, filter: LinkFilter): boolean {
  if (word === 'up') filter.up = true
  else if (word === 'group') filter.group = readGroup(args.take())
  else if (word === 'master') filter.master = readMaster(ip, args.take())
  else if (word === 'nomaster') filter.master = 'none'
  else if (word === 'vrf') {
    // There are none here, so that every name is a wrong one.
    invalid('Not a valid VRF name\n', args.take())
  } else if (word === 'type') {
    const type = args.take()
    if (type.endsWith('_slave')) filter.slaveKind = type.slice(0, -'_slave'.length)
    else filter.kind = type
  } else return false
  return true
}

/** rtnl_group_a2n: a name of /etc/iproute2/group, or a number. */
export function readGroup(word: string): number {
  if (word === DEFAULT_GROUP) return 0
  const number = strtol(word)
  // A C int: what does not fit is cut.
  const group = number?.rest === '' ? number.value | 0 : -1
  return group >= 0 ? group : invalid('Invalid "group" value\n', word)
}

/** A device that is to be, or is, a master. */
export function readMaster(ip: Ip, name: string): number {
  const index = linkIndex(ip, name)
  return index === 0 ? invalid('Device does not exist\n', name) : index
}

function isName(ip: Ip, name: string, index: number): boolean {
  const link = ip.world.link(ip.netns, index)
  return link?.name === name || link?.altNames.includes(name) === true
}

/** The links that the kernel sends: one by ifindex, or all that its own filters let through. */
export function dumpLinks(ip: Ip, filter: LinkFilter): LinkInfo[] {
  if (filter.index !== undefined) {
    const link = ip.world.link(ip.netns, filter.index)
    return link === undefined ? [] : [link]
  }
  const masterFits = ({ master }: LinkInfo): boolean =>
    filter.master === undefined || master === (filter.master === 'none' ? 0 : filter.master)
  const knowsKind = filter.kind !== undefined && KINDS.includes(filter.kind)
  return ip.world.links(ip.netns).filter(link => masterFits(link) && (!knowsKind || link.kind === filter.kind))
}

/** iproute2's own filters (print_linkinfo). */
export function passes(link: LinkInfo, filter: LinkFilter): boolean {
  if (filter.up && (link.flags & Iff.Up) === 0) return false
  if (filter.group !== undefined && link.group !== filter.group) return false
  if (typeof filter.master === 'number' && link.master !== filter.master) return false
  if (filter.kind !== undefined && (link.kind !== filter.kind || link.kind === 'loopback')) return false
  return filter.slaveKind === undefined || (link.port !== undefined && filter.slaveKind === 'bridge')
}
