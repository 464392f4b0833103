/**
 * `ip route`: routing tables shown and changed, and the kernel asked for one route.
 *
 * Follows iproute2 6.1 ip/iproute.c. Left out and refused: IPv6, next hop objects, encapsulation,
 * realms, the metrics that RouteMetrics lacks, locked metrics, `notify`, flow keys of `get`. As Linux
 * does for IPv4, `expires`, `pref` and the source prefix of a route are read and have no effect.
 */
import type { RouteAnswer, RouteInfo } from '../../control/info.ts'
import { RouteFlag } from '../../control/info.ts'
import { Scope } from '../../control/records.ts'
import {
  type NexthopSpec,
  type RouteMetrics,
  type RouteMode,
  RouteProtocol,
  type RouteSpec,
  RouteType,
  Table,
} from '../../control/request.ts'
import { fail, strerror } from '../../core/errno.ts'
import * as ip4 from '../../wire/ip.ts'
import type { Program } from '../../world/task.ts'
import type { RouteQuery } from '../../world/world.ts'
import {
  type Args,
  address,
  exit,
  type Family,
  garbage,
  invalid,
  matches,
  type Prefix,
  parseFamily,
  prefix,
  unsigned,
  usage,
} from './args.ts'
import { flushRound, flushSummary } from './flush.ts'
import { ROUTE_HELP } from './help-network.ts'
import {
  DS_FIELDS,
  dsFieldName,
  type Names,
  nameOf,
  numberOf,
  PROTOCOLS,
  readTables,
  routeType,
  routeTypeName,
  SCOPES,
} from './names.ts'
import { printNexthopInfo } from './nexthop.ts'
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
  refuseNow,
} from './object.ts'
import { Magic, routeMessage } from './rtmessage.ts'
import { beginSave, restoreRoutes, save, showSavedRoutes } from './saved.ts'

/** Linux has no limit but half a minute; each round deletes all that there is. */
const FLUSH_ROUNDS_MAX = 10
const HOPLIMIT_MAX = 255
const PORT_MAX = 0xffff
const WEIGHT_MAX = 256
const MAIN_AND_LOCAL: readonly number[] = [Table.Main, Table.Local]

const help = (): never => usage(ROUTE_HELP)

export const route: IpObject = function* (ip, args): Program {
  const tables = yield* readTables()
  if (!args.more) return show(ip, args, tables)
  const word = args.take()
  if (matches(word, 'add')) return add(ip, args, tables, 'add')
  if (matches(word, 'change') || word === 'chg') return add(ip, args, tables, 'change')
  if (matches(word, 'replace')) return add(ip, args, tables, 'replace')
  if (matches(word, 'prepend')) return add(ip, args, tables, 'prepend')
  if (matches(word, 'append')) return add(ip, args, tables, 'append')
  if (matches(word, 'test')) return add(ip, args, tables, 'test')
  if (matches(word, 'delete')) return remove(ip, args, tables)
  if (matches(word, 'list') || matches(word, 'show') || matches(word, 'lst')) return show(ip, args, tables)
  if (matches(word, 'get')) return get(ip, args, tables)
  if (matches(word, 'flush')) return flush(ip, args, tables)
  if (matches(word, 'save')) return saveRoutes(ip, args, tables)
  if (matches(word, 'restore')) return restoreRoutes(ip)
  if (matches(word, 'showdump')) return showSavedRoutes(ip, route => printRoute(ip, route, tables, undefined))
  if (matches(word, 'help')) return help()
  return usage(`Command "${word}" is unknown, try "ip route help".\n`)
}

const isMetric = (word: string): boolean =>
  matches(word, 'metric') || matches(word, 'priority') || word === 'preference'

const isDsField = (word: string): boolean => word === 'tos' || matches(word, 'dsfield')

// Changing

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] }

function add(ip: Ip, args: Args, tables: Names, mode: RouteMode): number {
  const route = parseRoute(ip, args, tables)
  if (typeof route === 'number') return route
  const spec = { type: RouteType.Unicast, protocol: RouteProtocol.Boot, scope: addScope(route), ...route }
  return answered(ip, ip.world.apply({ type: 'newroute', netns: ip.netns, route: spec, mode }))
}

/** What iproute2 takes for the scope of a new route when none is written. */
function addScope(route: RouteSpec): number {
  if (route.type === undefined || route.type === RouteType.Unicast || route.type === RouteType.Unspec) {
    const isDirect = route.via === undefined && route.nexthops === undefined && route.nhid === undefined
    return isDirect ? Scope.Link : Scope.Universe
  }
  return typeScope(route.type) ?? Scope.Universe
}

/** The scope that the type of a route implies. */
function typeScope(type: number | undefined): number | undefined {
  if (type === RouteType.Local || type === RouteType.Nat) return Scope.Host
  const isLink = type === RouteType.Broadcast || type === RouteType.Multicast || type === RouteType.Anycast
  return isLink ? Scope.Link : undefined
}

function remove(ip: Ip, args: Args, tables: Names): number {
  const route = parseRoute(ip, args, tables)
  if (typeof route === 'number') return route
  const scope = route.scope ?? typeScope(route.type)
  const spec = scope === undefined || scope === Scope.Nowhere ? route : { ...route, scope }
  return answered(ip, ip.world.apply({ type: 'delroute', netns: ip.netns, route: spec }))
}

/** A number that follows the name of an option. */
interface NumberOption {
  readonly is: (word: string) => boolean
  /** How the complaint about its value names it. */
  readonly name: string
  readonly max?: number
  readonly metric?: keyof RouteMetrics
  /** It may be preceded by the word `lock`. */
  readonly lockable?: boolean
}

const exactly =
  (full: string): NumberOption['is'] =>
  word =>
    word === full
const abbreviating =
  (full: string): NumberOption['is'] =>
  word =>
    matches(word, full)

/** Metrics in the order in which iproute2 looks for them. One without `metric` is read, then refused. */
const NUMBER_OPTIONS: readonly NumberOption[] = [
  { is: exactly('mtu'), name: 'mtu', metric: 'mtu', lockable: true },
  { is: exactly('hoplimit'), name: 'hoplimit', max: HOPLIMIT_MAX, metric: 'hoplimit', lockable: true },
  { is: exactly('advmss'), name: 'mss', metric: 'advmss', lockable: true },
  { is: abbreviating('reordering'), name: 'reordering', lockable: true },
  { is: abbreviating('window'), name: 'window', metric: 'window', lockable: true },
  { is: abbreviating('cwnd'), name: 'cwnd', lockable: true },
  { is: abbreviating('initcwnd'), name: 'initcwnd', metric: 'initcwnd', lockable: true },
  { is: abbreviating('initrwnd'), name: 'initrwnd', lockable: true },
  { is: abbreviating('quickack'), name: 'quickack' },
  { is: abbreviating('ssthresh'), name: 'ssthresh', lockable: true },
]

/** Options that are refused, in iproute2's order; nobody looks at their values. */
const REFUSED: readonly Pick<NumberOption, 'is' | 'name'>[] = [
  { is: exactly('as'), name: 'as' },
  { is: exactly('rtt'), name: 'rtt' },
  { is: exactly('rto_min'), name: 'rto_min' },
  { is: abbreviating('features'), name: 'features' },
  { is: abbreviating('congctl'), name: 'congctl' },
  { is: abbreviating('rttvar'), name: 'rttvar' },
  { is: abbreviating('realms'), name: 'realms' },
  { is: exactly('encap'), name: 'encap' },
  { is: exactly('ttl-propagate'), name: 'ttl-propagate' },
  { is: abbreviating('fastopen_no_cookie'), name: 'fastopen_no_cookie' },
]

/** The route that the words describe, or the exit status. */
function parseRoute(ip: Ip, args: Args, tables: Names): RouteSpec | number {
  const spec: Partial<Mutable<RouteSpec>> = {}
  const metrics: Partial<Mutable<RouteMetrics>> = {}
  let { family } = ip.options
  let device: string | undefined
  let dst: Prefix | undefined

  const familyOf = (found: Prefix): Prefix => {
    if (family === 'unspec') family = found.family
    return found
  }
  const number = (names: Names, why: string): number => {
    const text = args.take()
    return numberOf(names, text) ?? invalid(why, text)
  }

  while (args.more && args.peek() !== 'nexthop') {
    const word = args.take()
    const option = NUMBER_OPTIONS.find(({ is }) => is(word))
    const refused = REFUSED.find(({ is }) => is(word))
    if (word === 'src') {
      spec.src = familyOf(address(args.take(), family)).ip
    } else if (word === 'via') {
      if (spec.via !== undefined) invalid('use nexthop syntax to specify multiple via\n', word)
      const text = args.take()
      const named = parseFamily(text)
      if (named === 'mpls') return refuse(ip, 'route via mpls')
      const gateway = familyOf(address(named === undefined ? text : args.take(), named ?? family))
      if (gateway.family !== family) return refuse(ip, `route via ${gateway.family}`)
      spec.via = gateway.ip
    } else if (word === 'from') {
      familyOf(prefix(args.take(), family))
    } else if (isDsField(word)) {
      spec.tos = number(DS_FIELDS, '"tos" value is invalid\n')
    } else if (word === 'expires') {
      const text = args.take()
      unsigned(text) ?? invalid('"expires" value is invalid\n', text)
    } else if (isMetric(word)) {
      const text = args.take()
      spec.metric = unsigned(text) ?? invalid('"metric" value is invalid\n', text)
    } else if (word === 'scope') {
      spec.scope = number(SCOPES, 'invalid "scope" value\n')
    } else if (option !== undefined) {
      const text = args.take()
      if (option.lockable && text === 'lock') return refuse(ip, `route ${option.name} lock`)
      const value = unsigned(text, option.max) ?? invalid(`"${option.name}" value is invalid\n`, text)
      if (option.metric === undefined) return refuse(ip, `route ${option.name}`)
      metrics[option.metric] = value
    } else if (refused !== undefined) {
      return refuse(ip, `route ${refused.name}`)
    } else if (word === 'onlink') {
      spec.onlink = true
    } else if (word === 'nhid') {
      const text = args.take()
      spec.nhid = unsigned(text) ?? invalid('"id" value is invalid\n', text)
    } else if (matches(word, 'protocol')) {
      spec.protocol = number(PROTOCOLS, '"protocol" value is invalid\n')
    } else if (matches(word, 'table')) {
      spec.table = number(tables, '"table" value is invalid\n')
    } else if (matches(word, 'vrf')) {
      invalid('Invalid VRF\n', args.take())
    } else if (word === 'dev' || word === 'oif') {
      device = args.take()
    } else if (matches(word, 'pref')) {
      const text = args.take()
      if (!['low', 'medium', 'high'].includes(text) && unsigned(text, 255) === undefined) {
        invalid('"pref" value is invalid\n', text)
      }
    } else {
      let text = word === 'to' ? args.take() : word
      const type = /^\d/.test(text) ? undefined : routeType(text)
      if (type !== undefined) {
        spec.type = type as RouteType
        text = args.take()
      }
      if (matches(text, 'help')) help()
      if (dst !== undefined) garbage('to', text)
      dst = familyOf(prefix(text, family))
    }
  }

  if (dst === undefined) return help()
  if (device !== undefined) {
    spec.link = linkIndex(ip, device)
    if (spec.link === 0) return noDevice(ip, device)
  }
  if (args.more) spec.nexthops = parseNexthops(ip, args, family)
  if (family !== 'unspec' && family !== 'inet') return refuse(ip, 'route of IPv6')
  return {
    ...spec,
    dst: dst.ip,
    prefixLength: dst.length,
    table: spec.table ?? tableOf(spec.type),
    ...(Object.keys(metrics).length > 0 && { metrics }),
  }
}

/** parse_nexthops: the rest of the line. */
function parseNexthops(ip: Ip, args: Args, family: Family): NexthopSpec[] {
  const hops: NexthopSpec[] = []
  while (args.more) {
    const word = args.take()
    if (word !== 'nexthop') exit(255, `Error: "nexthop" or end of line is expected instead of "${word}"\n`)
    if (!args.more) exit(255, 'Error: unexpected end of line after "nexthop"\n')
    hops.push(parseNexthop(ip, args, family))
  }
  return hops
}

/** parse_one_nh: up to a word that it does not know. */
function parseNexthop(ip: Ip, args: Args, family: Family): NexthopSpec {
  const hop: Partial<Mutable<NexthopSpec>> = {}
  for (let word = args.peek(); word !== undefined; word = args.peek()) {
    if (word === 'via') {
      args.take()
      const text = args.take()
      const named = parseFamily(text)
      const gateway = address(named === undefined ? text : args.take(), named ?? family)
      if (gateway.family === 'inet6') refuseNow(ip, 'route nexthop via inet6')
      hop.via = gateway.ip
    } else if (word === 'dev') {
      args.take()
      const name = args.take()
      hop.link = linkIndex(ip, name)
      if (hop.link === 0) {
        noDevice(ip, name)
        exit(255, 'Error: cannot parse nexthop\n')
      }
    } else if (word === 'weight') {
      args.take()
      const text = args.take()
      const weight = unsigned(text, WEIGHT_MAX) ?? 0
      if (weight === 0) invalid('"weight" is invalid\n', text)
      hop.weight = weight
    } else if (word === 'onlink') {
      args.take()
      hop.onlink = true
    } else if (matches(word, 'realms') || word === 'encap' || word === 'as') refuseNow(ip, `route nexthop ${word}`)
    else break
  }
  return hop
}

/** Where a route goes when no table is written. */
const tableOf = (type: RouteType | undefined): number =>
  type !== undefined && [RouteType.Local, RouteType.Broadcast, RouteType.Nat, RouteType.Anycast].includes(type as never)
    ? Table.Local
    : Table.Main

// Showing

interface Filter {
  /** 0 for all. */
  table: number
  /** What was learned of paths instead of what the tables have. */
  cached: boolean
  protocol?: number
  scope?: number
  type?: number
  tos?: number
  metric?: number
  mark: number
  iif: number
  oif: number
  via?: Prefix
  src?: Prefix
  /** Shown are routes to prefixes inside `root`, and to prefixes that hold all of `match`; exact is both. */
  root?: Prefix
  match?: Prefix
  fromRoot?: Prefix
  fromMatch?: Prefix
  /** Fields that are not printed, because the filter leaves no doubt about them. */
  hidden: ReadonlySet<string>
}

const NOTHING_HIDDEN: ReadonlySet<string> = new Set()

function show(ip: Ip, args: Args, tables: Names): number {
  const filter = parseFilter(ip, args, tables)
  if (typeof filter === 'number') return filter
  ip.print.begin()
  if (isMissing(ip, filter) && filter.table !== Table.Main) return missingTable(ip, 'Dump')
  if (filter.cached) showLearned(ip, filter, tables)
  else for (const route of selected(ip, filter)) printRoute(ip, route, tables, filter)
  ip.print.end()
  return 0
}

function saveRoutes(ip: Ip, args: Args, tables: Names): number {
  if (!beginSave(ip, Magic.Route)) return 1
  const filter = parseFilter(ip, args, tables)
  if (typeof filter === 'number') return filter
  if (isMissing(ip, filter) && filter.table !== Table.Main) return missingTable(ip, 'Dump')
  return save(ip, selected(ip, filter), routeMessage)
}

function showLearned(ip: Ip, filter: Filter, tables: Names): void {
  if (!isIp4(ip)) return
  for (const learned of ip.world.learnedRoutes(ip.netns)) {
    if (!isSelected({ ...learned, ...OF_LEARNED }, filter)) continue
    const told = filter.table === 0 ? learned : { ...learned, table: Table.Unspec }
    printAnswer(ip, told, tables, undefined, filter.hidden)
  }
}

/** What the kernel says of every route that it learned. */
const OF_LEARNED = { prefixLength: ip4.PREFIX_BITS, protocol: 0, scope: Scope.Universe, tos: 0, metric: 0, flags: 0 }

/** Deletes what the filter selects, round by round, until nothing is left of it. */
function flush(ip: Ip, args: Args, tables: Names): number {
  if (!args.more) return complain(ip, 1, '"ip route flush" requires arguments.\n')
  const filter = parseFilter(ip, args, tables)
  if (typeof filter === 'number') return filter
  const { statistics } = ip.options
  if (filter.cached && isIp4(ip)) {
    ip.world.apply({ type: 'sysctl', netns: ip.netns, path: 'net/ipv4/route/flush', value: '-1' })
    if (statistics > 0) ip.print.text('*** IPv4 routing cache is flushed.\n')
    return 0
  }

  for (let round = 0; round < FLUSH_ROUNDS_MAX; round++) {
    if (round === 0 && isMissing(ip, filter)) return missingTable(ip, 'Flush')
    const routes = selected(ip, filter)
    if (routes.length === 0) {
      if (statistics > 0) ip.print.text(flushSummary(round))
      return 0
    }
    for (const route of routes) {
      if (statistics > 1) printRoute(ip, route, tables, filter)
      const answer = ip.world.apply({ type: 'delroute', netns: ip.netns, route: specOf(route) })
      if (!answer.ok) return complain(ip, 2, `Failed to send flush request: ${strerror(answer.errno)}\n`)
    }
    if (statistics > 0) ip.print.text(flushRound(round + 1, routes.length, 'entries'))
  }
  throw new Error('ip route flush: the world deletes routes and still has them')
}

/** The request that names exactly this route. */
const specOf = (route: RouteInfo): RouteSpec => ({
  dst: route.dst,
  prefixLength: route.prefixLength,
  type: route.type,
  table: route.table,
  scope: route.scope,
  protocol: route.protocol,
  metric: route.metric,
  tos: route.tos,
  metrics: route.metrics,
  ...(route.nhid !== undefined && { nhid: route.nhid }),
  ...(route.via !== undefined && { via: route.via }),
  ...(route.ifindex !== 0 && { link: route.ifindex }),
  ...(route.src !== undefined && { src: route.src }),
  ...(route.nexthops !== undefined && {
    nexthops: route.nexthops.map(({ ifindex, via }) => ({ link: ifindex, ...(via !== undefined && { via }) })),
  }),
})

/**
 * Is the table asked for one that nobody has made? Linux keeps a table that was emptied; a dump does not tell it from
 * one that never was, so here such a table is missing. The main and the local table are made together.
 */
function isMissing(ip: Ip, filter: Filter): boolean {
  if (filter.table === 0) return false
  const isMade = MAIN_AND_LOCAL.includes(filter.table)
  if (ip.options.family === 'inet6') return !isMade
  const tables: readonly number[] = isMade ? MAIN_AND_LOCAL : [filter.table]
  return isIp4(ip) && !ip.world.routes(ip.netns).some(route => tables.includes(route.table))
}

function missingTable(ip: Ip, what: 'Dump' | 'Flush'): 2 {
  const protocol = ip.options.family === 'inet6' ? 'ipv6' : 'ipv4'
  const failure = fail('ENOENT', `${protocol}: FIB table does not exist`)
  return complain(ip, 2, `${kernelWords(failure)}${what} terminated\n`)
}

const isIp4 = (ip: Ip): boolean => ip.options.family === 'unspec' || ip.options.family === 'inet'

/** The filter that the words describe, or the exit status. */
function parseFilter(ip: Ip, args: Args, tables: Names): Filter | number {
  // Where there are IPv6 addresses Linux has routes to them; elsewhere there is nothing to show.
  if (ip.options.family === 'inet6' && ip.world.addresses(ip.netns).some(each => each.family === 6)) {
    refuseNow(ip, 'route of IPv6')
  }
  const { family } = ip.options
  const hidden = new Set<string>()
  const filter: Filter = { table: Table.Main, cached: false, mark: 0, iif: 0, oif: 0, hidden }
  let input: string | undefined
  let output: string | undefined

  const numberOrAll = (names: Names, what: string): number | undefined => {
    const text = args.take()
    const number = numberOf(names, text)
    if (number !== undefined) hidden.add(what)
    else hidden.delete(what)
    return number ?? (text === 'all' ? undefined : invalid(`invalid "${what}"\n`, text))
  }

  while (args.more) {
    const word = args.take()
    if (matches(word, 'table')) {
      const text = args.take()
      const table = numberOf(tables, text)
      if (table !== undefined) filter.table = table
      else if (text === 'all') filter.table = 0
      else if (text === 'cache') filter.cached = true
      else if (text === 'help') help()
      else invalid('table id value is invalid\n', text)
    } else if (matches(word, 'vrf')) {
      invalid('Invalid VRF\n', args.take())
    } else if (matches(word, 'cached') || matches(word, 'cloned')) {
      filter.cached = true
    } else if (isDsField(word)) {
      const text = args.take()
      filter.tos = numberOf(DS_FIELDS, text) ?? invalid('TOS value is invalid\n', text)
      hidden.add('tos')
    } else if (matches(word, 'protocol')) {
      filter.protocol = numberOrAll(PROTOCOLS, 'protocol')
    } else if (matches(word, 'scope')) {
      filter.scope = numberOrAll(SCOPES, 'scope')
    } else if (matches(word, 'type')) {
      const text = args.take()
      filter.type = routeType(text) ?? invalid('node type value is invalid\n', text)
    } else if (word === 'dev' || word === 'oif') {
      output = args.take()
    } else if (word === 'iif') {
      input = args.take()
    } else if (word === 'mark') {
      const text = args.take()
      filter.mark = unsigned(text) ?? invalid('invalid mark value', text)
    } else if (isMetric(word)) {
      const text = args.take()
      filter.metric = unsigned(text) ?? invalid('"metric" value is invalid\n', text)
      hidden.add('metric')
    } else if (word === 'via') {
      const text = args.take()
      const named = parseFamily(text)
      filter.via = prefix(named === undefined ? text : args.take(), named ?? family)
      if (filter.via.length === ip4.PREFIX_BITS) hidden.add('via')
    } else if (word === 'src') {
      filter.src = prefix(args.take(), family)
      if (filter.src.length === ip4.PREFIX_BITS) hidden.add('src')
    } else if (matches(word, 'realms')) {
      return refuse(ip, 'route realms')
    } else if (matches(word, 'from')) {
      const { root, match } = parseSelector(ip, args, args.take())
      if (root !== undefined) filter.fromRoot = root
      if (match !== undefined) filter.fromMatch = match
    } else {
      const { root, match } = parseSelector(ip, args, matches(word, 'to') ? args.take() : word)
      if (root !== undefined) filter.root = root
      if (match !== undefined) filter.match = match
    }
  }

  if (input !== undefined) {
    filter.iif = linkIndex(ip, input)
    if (filter.iif === 0) return noDevice(ip, input)
  }
  if (output !== undefined) {
    filter.oif = linkIndex(ip, output)
    if (filter.oif === 0) return noDevice(ip, output)
    hidden.add('dev')
  }
  return filter
}

/** `root PREFIX`, `match PREFIX`, or `exact PREFIX`, which is both and needs no word. */
function parseSelector(ip: Ip, args: Args, word: string): { root?: Prefix; match?: Prefix } {
  const { family } = ip.options
  if (matches(word, 'root')) return { root: prefix(args.take(), family) }
  if (matches(word, 'match')) return { match: prefix(args.take(), family) }
  const exact = prefix(matches(word, 'exact') ? args.take() : word, family)
  return { root: exact, match: exact }
}

function selected(ip: Ip, filter: Filter): RouteInfo[] {
  if (!isIp4(ip)) return []
  return ip.world.routes(ip.netns).filter(route => isSelected(route, filter))
}

/** filter_nlmsg */
function isSelected(route: RouteInfo, filter: Filter): boolean {
  const wants = (wanted: number | undefined, value: number): boolean => wanted === undefined || wanted === value
  return (
    (filter.table === 0 || filter.table === route.table) &&
    wants(filter.protocol, route.protocol) &&
    wants(filter.scope, route.scope) &&
    wants(filter.type, route.type) &&
    wants(filter.tos, route.tos) &&
    wants(filter.metric, route.metric) &&
    (filter.oif === 0 || filter.oif === route.ifindex) &&
    // No IPv4 route of a dump has a mark, an input device or a source prefix.
    filter.mark === 0 &&
    filter.iif === 0 &&
    isInside(route.dst, route.prefixLength, filter.root) &&
    holds(route.dst, route.prefixLength, filter.match) &&
    isInside(ip4.ANY, 0, filter.fromRoot) &&
    holds(ip4.ANY, 0, filter.fromMatch) &&
    isIn(route.via, filter.via) &&
    isIn(route.src, filter.src)
  )
}

/** The words `any` and `all` choose everything; `default` is a prefix like others. */
const isOpen = (wanted: Prefix | undefined): boolean =>
  wanted === undefined || (wanted.family === 'unspec' && !wanted.specified)

const isInside = (dst: ip4.Ip, length: number, root: Prefix | undefined): boolean =>
  isOpen(root) || (root!.family !== 'inet6' && root!.length <= length && ip4.contains(root!.ip, root!.length, dst))

const holds = (dst: ip4.Ip, length: number, match: Prefix | undefined): boolean =>
  isOpen(match) || (match!.family !== 'inet6' && match!.length >= length && ip4.contains(dst, length, match!.ip))

/** An address that a route lacks counts as 0.0.0.0. */
const isIn = (ip: ip4.Ip | undefined, wanted: Prefix | undefined): boolean =>
  wanted === undefined ||
  wanted.family === 'unspec' ||
  (wanted.family === 'inet' && ip4.contains(wanted.ip, wanted.length, ip ?? ip4.ANY))

// Asking

function get(ip: Ip, args: Args, tables: Names): number {
  const query: Partial<Mutable<RouteQuery>> = {}
  let { family } = ip.options
  let dst: Prefix | undefined
  let from: Prefix | undefined
  let input: string | undefined
  let output: string | undefined
  let uid: number | undefined
  let connected = false
  let fibMatch = false
  let isRewritten = false

  const familyOf = (found: Prefix): Prefix => {
    if (family === 'unspec') family = found.family
    return found
  }

  while (args.more) {
    const word = args.take()
    if (isDsField(word)) {
      const text = args.take()
      query.tos = numberOf(DS_FIELDS, text) ?? invalid('TOS value is invalid\n', text)
    } else if (matches(word, 'from')) {
      const text = args.take()
      if (matches(text, 'help')) help()
      from = familyOf(prefix(text, family))
    } else if (matches(word, 'iif')) {
      input = args.take()
    } else if (matches(word, 'mark')) {
      const text = args.take()
      query.mark = unsigned(text) ?? invalid('invalid mark value', text)
    } else if (matches(word, 'oif') || word === 'dev') {
      output = args.take()
    } else if (matches(word, 'notify')) {
      return refuse(ip, 'route get notify')
    } else if (matches(word, 'connected')) {
      connected = true
    } else if (matches(word, 'vrf')) {
      invalid('Invalid VRF\n', args.take())
    } else if (matches(word, 'uid')) {
      const text = args.take()
      uid = unsigned(text) ?? invalid('invalid UID\n', text)
    } else if (matches(word, 'fibmatch')) {
      fibMatch = true
    } else if (word === 'as') {
      const text = args.take()
      familyOf(address(text === 'to' ? args.take() : text, family))
      isRewritten = true
    } else if (matches(word, 'sport') || matches(word, 'dport')) {
      const key = matches(word, 'sport') ? 'sport' : 'dport'
      const text = args.take()
      unsigned(text, PORT_MAX) ?? invalid(`invalid ${key}\n`, text)
      return refuse(ip, `route get ${key}`)
    } else if (matches(word, 'ipproto')) {
      return refuse(ip, 'route get ipproto')
    } else {
      const text = word === 'to' ? args.take() : word
      if (matches(text, 'help')) help()
      dst = familyOf(prefix(text, family))
      const bits = family === 'inet6' ? 128 : ip4.PREFIX_BITS
      if (dst.family !== 'unspec' && dst.length !== bits) {
        complain(ip, 0, `Warning: /${dst.length} as prefix is invalid, only /${bits} (or none) is supported.\n`)
      }
    }
  }

  if (dst === undefined) return complain(ip, 1, 'need at least a destination address\n')
  if (input !== undefined) {
    query.iif = linkIndex(ip, input)
    if (query.iif === 0) return noDevice(ip, input)
  }
  if (output !== undefined) {
    query.oif = linkIndex(ip, output)
    if (query.oif === 0) return noDevice(ip, output)
  }
  if (family === 'inet6') return refuse(ip, 'route get of an IPv6 address')
  if (isRewritten)
    return complain(ip, 2, kernelWords(fail('EINVAL', 'ipv4: Unsupported attribute in route get request')))
  if (from !== undefined && !from.wildcard) query.from = from.ip

  const answer = ip.world.routeGet(ip.netns, { ...query, dst: dst.ip })
  if (!answer.ok) return answered(ip, answer)
  const { value } = answer
  if (fibMatch && value.match === undefined) return refuse(ip, 'route get fibmatch')
  const print = (): void => {
    if (fibMatch) printRoute(ip, value.match!, tables, undefined)
    else printAnswer(ip, value, tables, uid ?? value.uid ?? 0)
  }
  ip.print.begin()
  print()
  ip.print.end()
  // iproute2 asks again, means to connect to the first answer but changes that instead of its question, and prints
  // text.
  if (connected && from === undefined) print()
  return 0
}

// Printing

/** print_route for a route of a table. */
export function printRoute(
  ip: Ip,
  route: RouteInfo,
  tables: Names,
  filter: Pick<Filter, 'table' | 'hidden'> | undefined,
): void {
  const { print, options } = ip
  const { numeric } = options
  const details = options.details > 0
  const hidden = filter?.hidden ?? NOTHING_HIDDEN

  print.openObject()
  printType(ip, route.type)
  printDestination(ip, route.dst, route.prefixLength)
  if (route.tos !== 0 && !hidden.has('tos')) printTos(ip, route.tos)
  if (route.nhid !== undefined) print.field('nhid', route.nhid, `nhid ${route.nhid} `)
  if (route.via !== undefined && !hidden.has('via')) printGateway(ip, route.via)
  if (route.ifindex !== 0 && !hidden.has('dev')) printDevice(ip, 'dev', route.ifindex)
  if ((filter === undefined || filter.table === 0) && route.table !== 0) printTable(ip, route.table, tables)
  if ((route.protocol !== RouteProtocol.Boot || details) && !hidden.has('protocol')) {
    const name = nameOf(PROTOCOLS, route.protocol, numeric)
    print.field('protocol', name, `proto ${name} `)
  }
  if ((route.scope !== Scope.Universe || details) && !hidden.has('scope')) {
    const name = nameOf(SCOPES, route.scope, numeric)
    print.field('scope', name, `scope ${name} `)
  }
  if (route.src !== undefined && !hidden.has('src')) printSource(ip, route.src)
  if (route.metric !== 0 && !hidden.has('metric')) print.field('metric', route.metric, `metric ${route.metric} `)
  printFlags(ip, flagNames(route.flags))
  printMetrics(ip, route.metrics)
  if (route.nhid !== undefined && details) printNexthopInfo(ip, route.nhid)
  printNexthops(ip, route)
  print.text('\n')
  print.closeObject()
}

/** print_route for the answer to one question, or for what was learned: what the kernel calls a cloned route. */
function printAnswer(
  ip: Ip,
  answer: RouteAnswer,
  tables: Names,
  uid: number | undefined,
  hidden: ReadonlySet<string> = NOTHING_HIDDEN,
): void {
  const { print } = ip
  print.openObject()
  printType(ip, answer.type)
  printHost(ip, 'dst', answer.dst, '')
  if (answer.from !== undefined) printHost(ip, 'from', answer.from, 'from ')
  if (answer.tos !== undefined && answer.tos !== 0) printTos(ip, answer.tos)
  if (answer.via !== undefined && !hidden.has('via')) printGateway(ip, answer.via)
  if (answer.ifindex !== 0 && !hidden.has('dev')) printDevice(ip, 'dev', answer.ifindex)
  if (answer.table !== 0) printTable(ip, answer.table, tables)
  if (answer.prefsrc !== undefined) printSource(ip, answer.prefsrc)
  // RTCF_MULTICAST and RTM_F_OFFLOAD_FAILED are the same bit.
  const cached = cacheNames(answer)
  printFlags(ip, cached.includes('mc') ? ['rt_offload_failed'] : [])
  const { mark = 0 } = answer
  if (mark !== 0) print.field('mark', mark, `mark ${mark >= 16 ? `0x${mark.toString(16)}` : mark} `)
  if (answer.iif === undefined && uid !== undefined) print.field('uid', uid, `uid ${uid} `)
  print.openArray('cache', `${print.separator}    cache `)
  if (print.json) for (const name of cached) print.value(undefined, name)
  else if (cached.length > 0) print.text(`<${cached.join(',')}> `)
  print.closeArray()
  const { expiresSeconds: expires = 0 } = answer
  if (expires !== 0) print.field('expires', expires, `expires ${expires}sec `)
  printMetrics(ip, answer.metrics, answer.isMtuLocked)
  if (answer.iif !== undefined) printDevice(ip, 'iif', answer.iif)
  print.text('\n')
  print.closeObject()
}

/** RTCF_* in the order and with the names of print_cache_flags. */
const CACHE_FLAGS: readonly (readonly [flag: string, name: string])[] = [
  ['local', 'local'],
  ['reject', 'reject'],
  ['multicast', 'mc'],
  ['broadcast', 'brd'],
  ['redirected', 'redirected'],
  ['redirect', 'redirect'],
]

const cacheNames = ({ cacheFlags }: RouteAnswer): string[] =>
  CACHE_FLAGS.filter(flag => flag.some(name => cacheFlags.includes(name))).map(([, name]) => name)

const FLAG_NAMES: readonly (readonly [flag: number, name: string])[] = [
  [RouteFlag.Dead, 'dead'],
  [RouteFlag.OnLink, 'onlink'],
  [RouteFlag.Pervasive, 'pervasive'],
  [RouteFlag.Offload, 'offload'],
  [RouteFlag.LinkDown, 'linkdown'],
]

const flagNames = (flags: number): string[] =>
  FLAG_NAMES.filter(([flag]) => (flags & flag) !== 0).map(([, name]) => name)

/** print_rta_multipath */
function printNexthops(ip: Ip, { nexthops }: RouteInfo): void {
  const { print } = ip
  if (nexthops === undefined) return
  print.openArray('nexthops')
  for (const { via, ifindex, weight, flags } of nexthops) {
    print.openObject()
    print.newline()
    print.text('\tnexthop ')
    if (via !== undefined) printGateway(ip, via)
    printDevice(ip, 'dev', ifindex)
    print.field('weight', weight, `weight ${weight} `)
    printFlags(ip, flagNames(flags))
    print.closeObject()
  }
  print.closeArray()
}

/** RTAX_* in numerical order. */
const METRIC_NAMES = ['mtu', 'window', 'advmss', 'hoplimit', 'initcwnd'] as const

function printType(ip: Ip, type: RouteType): void {
  if (type === RouteType.Unicast && ip.options.details === 0) return
  const name = routeTypeName(type, ip.options.numeric)
  ip.print.field('type', name, `${name} `)
}

function printDestination(ip: Ip, dst: ip4.Ip, length: number): void {
  if (length === 0) ip.print.field('dst', 'default', 'default ')
  else if (length === ip4.PREFIX_BITS) printHost(ip, 'dst', dst, '')
  else ip.print.field('dst', `${ip4.format(dst)}/${length}`, `${ip4.format(dst)}/${length} `, 'inet')
}

function printHost(ip: Ip, key: string, address: ip4.Ip, word: string): void {
  const name = host(ip, address)
  ip.print.field(key, name, `${word}${name} `, 'inet')
}

function printTos(ip: Ip, tos: number): void {
  const name = dsFieldName(tos, ip.options.numeric)
  ip.print.field('tos', name, `tos ${name} `)
}

function printGateway(ip: Ip, via: ip4.Ip): void {
  ip.print.text('via ')
  ip.print.field('gateway', host(ip, via), `${host(ip, via)} `, 'inet')
}

function printDevice(ip: Ip, key: 'dev' | 'iif', ifindex: number): void {
  ip.print.text(`${key} `)
  ip.print.field(key, linkName(ip, ifindex), `${linkName(ip, ifindex)} `, 'ifname')
}

function printTable(ip: Ip, table: number, tables: Names): void {
  if (table === Table.Main && ip.options.details === 0) return
  const name = nameOf(tables, table, ip.options.numeric)
  ip.print.field('table', name, `table ${name} `)
}

function printSource(ip: Ip, src: ip4.Ip): void {
  ip.print.text('src ')
  ip.print.field('prefsrc', ip4.format(src), `${ip4.format(src)} `, 'inet')
}

function printFlags(ip: Ip, names: readonly string[]): void {
  ip.print.openArray('flags')
  for (const name of names) ip.print.field(undefined, name, `${name} `)
  ip.print.closeArray()
}

/** In JSON nothing tells that the MTU is locked. */
function printMetrics(ip: Ip, metrics: RouteMetrics, isMtuLocked = false): void {
  const { print } = ip
  const present = METRIC_NAMES.filter(name => metrics[name] !== undefined)
  if (present.length === 0) return
  print.openArray('metrics')
  print.openObject()
  for (const name of present) {
    const locked = name === 'mtu' && isMtuLocked ? 'lock ' : ''
    print.field(name, metrics[name]!, `${name} ${locked}${metrics[name]} `)
  }
  print.closeObject()
  print.closeArray()
}
