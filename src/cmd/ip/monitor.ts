/**
 * `ip monitor`: prints what becomes of a namespace as it happens, until somebody ends it.
 *
 * Follows iproute2 6.1 ip/ipmonitor.c, ip/ipnetconf.c (print_netconf), ip/ipnetns.c (print_nsid), lib/utils.c
 * (print_timestamp) and lib/ll_map.c: names of links are those that the monitor has seen. Prints text even with -json,
 * as there. Refused: `file`. Nothing ever comes of `mroute`, `prefix` and `stats`.
 */
import type { NetconfInfo, NetconfKey, Route6Info } from '../../control/notice.ts'
import * as ip6 from '../../wire/ip6.ts'
import { EPOCH_S } from '../../world/clock.ts'
import type { Heard, Notification } from '../../world/monitor.ts'
import type { Program } from '../../world/task.ts'
import { signalStatus } from '../signals.ts'
import { strftime } from '../strftime.ts'
import { printAddress } from './address.ts'
import { type Args, type Family, invalid, matches, usage } from './args.ts'
import { MONITOR_HELP } from './help-network.ts'
import { printLink } from './link-print.ts'
import { type Names, readTables } from './names.ts'
import { printFdb, printNeighbour } from './neighbour.ts'
import { printNexthop } from './nexthop.ts'
import { type Ip, type IpObject, linkIndex, linkName, refuse } from './object.ts'
import { printRoute } from './route.ts'
import { printRule } from './rule.ts'

type About = Notification['about']

/** Words of objects, in iproute2's order: the first that the word abbreviates is meant. */
const OBJECTS: readonly (readonly [word: string, about: readonly About[]])[] = [
  ['link', ['link']],
  ['address', ['address']],
  ['route', ['route', 'route6']],
  ['mroute', []],
  ['prefix', []],
  ['neigh', ['neighbour', 'fdb']],
  ['netconf', ['netconf']],
  ['rule', ['rule']],
  ['nsid', ['nsid']],
  ['nexthop', ['nexthop']],
]

const LABELS: Readonly<Record<About, string>> = {
  link: '[LINK]',
  address: '[ADDR]',
  route: '[ROUTE]',
  route6: '[ROUTE]',
  rule: '[RULE]',
  neighbour: '[NEIGH]',
  fdb: '[NEIGH]',
  netconf: '[NETCONF]',
  nsid: '[NSID]',
  nexthop: '[NEXTHOP]',
}

interface Words {
  /** Undefined: all. */
  readonly objects: ReadonlySet<About> | undefined
  readonly labels: boolean
  readonly everywhere: boolean
  /** 0: all devices. */
  readonly ifindex: number
}

export const monitor: IpObject = (ip, args) => {
  const words = parse(ip, args)
  return typeof words === 'number' ? words : listen(ip, words)
}

function parse(ip: Ip, args: Args): Words | number {
  let objects: Set<About> | undefined
  let labels = false
  let everywhere = false
  let ifindex = 0
  while (args.more) {
    const word = args.take()
    if (matches(word, 'file')) {
      args.take()
      return refuse(ip, 'monitor file')
    }
    if (matches(word, 'label')) {
      labels = true
      continue
    }
    const object = OBJECTS.find(([full]) => matches(word, full))
    if (object !== undefined || word === 'stats') {
      objects ??= new Set()
      for (const about of object?.[1] ?? []) objects.add(about)
    } else if (word === 'all') labels = true
    else if (matches(word, 'all-nsid')) everywhere = true
    else if (matches(word, 'help')) return usage(MONITOR_HELP)
    else if (word === 'dev') {
      const name = args.take()
      ifindex = linkIndex(ip, name)
      if (ifindex === 0) invalid('Device does not exist\n', name)
    } else return usage(`Argument "${word}" is unknown, try "ip monitor help".\n`)
  }
  return { objects, labels, everywhere, ifindex }
}

function* listen(ip: Ip, words: Words): Program {
  const tables = yield* readTables()
  const socket = ip.world.monitor(ip.netns, words.everywhere)
  const run: Ip = { ...ip, seen: seenNow(ip) }
  try {
    for (;;) {
      const wake = yield { for: 'socket', socket }
      if (wake.by === 'signal') return signalStatus(wake.signal)
      for (let heard = socket.read(); heard !== undefined; heard = socket.read()) {
        if (!isWanted(ip.options.family, words, heard.what)) continue
        printHeard(run, words, heard, tables)
        ip.print.flush()
      }
    }
  } finally {
    socket.close()
  }
}

/** The groups that it listens to, and what is left out of what they tell. */
function isWanted(family: Family, { objects, ifindex }: Words, what: Notification): boolean {
  if (objects !== undefined && !objects.has(what.about)) return false
  const version = versionOf(what)
  if (version !== undefined && family !== 'unspec' && family !== (version === 4 ? 'inet' : 'inet6')) return false
  return ifindex === 0 || (deviceOf(what) ?? ifindex) === ifindex
}

function versionOf(what: Notification): 4 | 6 | undefined {
  switch (what.about) {
    case 'address':
      return what.address.family
    case 'netconf':
      return what.netconf.family
    case 'route':
    case 'rule':
    case 'neighbour':
      return 4
    case 'route6':
      return 6
    default:
      return undefined
  }
}

/** The ifindex of what is filtered by device; -1 for what has none. */
function deviceOf(what: Notification): number | undefined {
  switch (what.about) {
    case 'link':
      return what.link.ifindex
    case 'address':
      return what.address.ifindex
    case 'route':
    case 'route6':
      return what.route.ifindex
    case 'neighbour':
      return what.neighbour.ifindex
    case 'fdb':
      return what.entry.ifindex
    case 'netconf':
      return typeof what.netconf.of === 'number' ? what.netconf.of : -1
    default:
      return undefined
  }
}

function printHeard(ip: Ip, { labels, everywhere, ifindex }: Words, { what, nsid }: Heard, tables: Names): void {
  if (what.about === 'link') remember(ip, what)
  const { print } = ip
  if (ip.options.timestamp !== undefined) print.text(timestamp(ip))
  if (everywhere) print.text(nsid === undefined ? '[nsid current]' : `[nsid ${nsid}]`)
  if (labels) print.text(LABELS[what.about])
  if (what.gone && what.about !== 'nsid') print.text('Deleted ')
  switch (what.about) {
    case 'link':
      return printLink(ip, what.link, { link: false, family: 'unspec', notice: what })
    case 'address':
      return printAddress(ip, what.address, true)
    case 'route':
      return printRoute(ip, what.route, tables, ifindex === 0 ? undefined : OF_DEVICE)
    case 'route6':
      return printRoute6(ip, what.route, ifindex === 0)
    case 'rule':
      return printRule(ip, what.rule, tables)
    case 'neighbour':
      return printNeighbour(ip, what.neighbour, ifindex === 0)
    case 'fdb':
      return printFdb(ip, what.entry, ifindex === 0)
    case 'netconf':
      return printNetconf(ip, what.netconf)
    case 'nsid':
      return printNsid(ip, what)
    case 'nexthop':
      return printNexthop(ip, what.nexthop)
  }
}

/** Routes of one device: `dev` goes without saying. */
const OF_DEVICE = { table: 0, hidden: new Set(['dev']) }

/** print_timestamp */
function timestamp(ip: Ip): string {
  const { now } = ip.world
  const moment = { seconds: EPOCH_S + Math.floor(now / 1e9), ns: now % 1e9 }
  const microseconds = Math.floor(moment.ns / 1000)
  if (ip.options.timestamp === 'short') {
    return `[${strftime('%Y-%m-%dT%H:%M:%S', moment)}.${String(microseconds).padStart(6, '0')}] `
  }
  return `Timestamp: ${strftime('%a %b %e %H:%M:%S %Y', moment)} ${microseconds} usec\n`
}

// -- Names that it has seen ------------------------------------------------------------------------------------------

function seenNow(ip: Ip): NonNullable<Ip['seen']> {
  const links = new Map(ip.world.links(ip.netns).map(({ ifindex, name, flags }) => [ifindex, { name, flags }]))
  const netns = new Map<number, string>()
  for (const [id, peer] of ip.world.netns(ip.netns).knownPeers()) {
    const name = ip.world.netns(peer).name
    if (name !== '') netns.set(id, name)
  }
  return { links, netns }
}

/** ll_remember_index: a link that is known keeps the name that it had. */
function remember({ seen }: Ip, { gone, link }: Extract<Notification, { about: 'link' }>): void {
  const { ifindex, name, flags } = link
  if (gone) seen!.links.delete(ifindex)
  else seen!.links.set(ifindex, { name: seen!.links.get(ifindex)?.name ?? name, flags })
}

/** print_nsid */
function printNsid({ print, world, seen }: Ip, { gone, id, peer }: Extract<Notification, { about: 'nsid' }>): void {
  const known = seen!.netns.get(id)
  const name = known ?? (gone ? '' : (world.netnsNames().find(each => world.netnsNamed(each)?.id === peer) ?? ''))
  if (known !== undefined) seen!.netns.delete(id)
  else if (name !== '') seen!.netns.set(id, name)
  print.text(`${gone ? 'Deleted ' : ''}nsid ${id} ${name === '' ? '' : `(iproute2 netns name: ${name})`}\n`)
}

// -- What only a monitor prints --------------------------------------------------------------------------------------

const RP_FILTERS = ['off', 'strict', 'loose']
const NETCONF_KEYS: readonly NetconfKey[] = [
  'forwarding',
  'rp_filter',
  'mc_forwarding',
  'proxy_neigh',
  'ignore_routes_with_linkdown',
]

/** print_netconf */
function printNetconf(ip: Ip, { family, of, values }: NetconfInfo): void {
  const { print } = ip
  print.text(family === 4 ? 'inet ' : 'inet6 ')
  if (typeof of === 'number') print.text(`${linkName(ip, of)} `, 'ifname')
  else print.text(`${of} `)
  for (const key of NETCONF_KEYS) {
    const value = values[key]
    if (value === undefined) continue
    const words = key === 'rp_filter' ? (RP_FILTERS[value] ?? 'unknown') : value === 0 ? 'off' : 'on'
    print.text(`${key} ${words} `)
  }
  print.text('\n')
}

/** print_route for a route of IPv6 that an interface gave itself. */
function printRoute6(ip: Ip, { type, dst, prefixLength, ifindex, metric }: Route6Info, withDevice: boolean): void {
  const { print, options } = ip
  const details = options.details > 0
  if (type !== 'unicast' || details) print.text(`${type} `)
  print.text(`${ip6.format(dst)}${prefixLength === 128 ? '' : `/${prefixLength}`} `, 'inet6')
  if (withDevice) {
    print.text('dev ')
    print.text(`${linkName(ip, ifindex)} `, 'ifname')
  }
  if (type !== 'unicast') print.text('table local ')
  else if (details) print.text('table main ')
  print.text(`proto kernel ${details ? 'scope global ' : ''}metric ${metric} pref medium\n`)
}
