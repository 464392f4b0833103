/**
 * `ip rule`: the policy rules that choose a routing table, shown and changed.
 *
 * Follows iproute2 6.1 ip/iprule.c. Left out and refused: IPv6 but for the two rules that it has at first, ports and
 * protocols of packets, users, tunnels, L3 master devices, realms, NAT, save and restore.
 */
import type { RuleInfo } from '../../control/info.ts'
import { RuleAction, type RulePrefix, type RuleSpec, Table } from '../../control/request.ts'
import * as ip4 from '../../wire/ip.ts'
import type { Program } from '../../world/task.ts'
import { type Args, integer, invalid, isLinkName, matches, type Prefix, prefix, unsigned, usage } from './args.ts'
import { RULE_HELP } from './help-network.ts'
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
} from './names.ts'
import { answered, complain, host, type Ip, type IpObject, refuse, refuseNow } from './object.ts'

const DEFAULT_GROUP = 'default'
const ANY_MARK = 0xffff_ffff

export const rule: IpObject = function* (ip, args): Program {
  const tables = yield* readTables()
  if (!args.more) return show(ip, args, tables)
  const word = args.take()
  if (matches(word, 'list') || matches(word, 'lst') || matches(word, 'show')) return show(ip, args, tables)
  if (matches(word, 'save') || matches(word, 'restore')) return refuse(ip, `rule ${word}`)
  if (matches(word, 'add')) return change(ip, args, tables, 'add')
  if (matches(word, 'delete')) return change(ip, args, tables, 'del')
  if (matches(word, 'flush')) return flush(ip, args, tables)
  if (matches(word, 'help')) return usage(RULE_HELP)
  return usage(`Command "${word}" is unknown, try "ip rule help".\n`)
}

/** What neither a new rule nor a filter can have here, in iproute2's order; the abbreviable first. */
const REFUSED_ABBREVIATED = ['realms', 'tun_id', 'map-to']
const REFUSED = ['l3mdev', 'uidrange', 'nat', 'ipproto', 'sport', 'dport']

function refuseOthers(ip: Ip, word: string): void {
  const found = REFUSED_ABBREVIATED.find(full => matches(word, full)) ?? REFUSED.find(full => word === full)
  if (found !== undefined) refuseNow(ip, `rule ${found}`)
}

const isPriority = (word: string): boolean =>
  matches(word, 'preference') || matches(word, 'order') || matches(word, 'priority')

// Words that rules and filters share

const takePriority = (args: Args): number => {
  const text = args.take()
  return unsigned(text) ?? invalid('preference value is invalid\n', text)
}

const takeTos = (args: Args): number => {
  const text = args.take()
  return numberOf(DS_FIELDS, text) ?? invalid('TOS value is invalid\n', text)
}

function takeMark(args: Args): { mark: number; markMask?: number } {
  const [value = '', mask] = args.take().split(/\/(.*)/s)
  const mark = unsigned(value) ?? invalid('fwmark value is invalid\n', value)
  if (mask === undefined) return { mark }
  return { mark, markMask: unsigned(mask) ?? invalid('fwmask value is invalid\n', mask) }
}

function takeName(args: Args, why: string): string {
  const name = args.take()
  if (!isLinkName(name)) invalid(why, name)
  return name
}

const IIF = '"iif"/"dev" not a valid ifname'
const OIF = '"oif" not a valid ifname'

// Changing

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] }

function change(ip: Ip, args: Args, tables: Names, verb: 'add' | 'del'): number {
  if (!args.more) return complain(ip, 1, `"ip rule ${verb}" requires arguments.\n`)
  const spec: Partial<Mutable<RuleSpec>> = verb === 'add' ? { action: RuleAction.ToTable } : {}
  const { family } = ip.options
  let isTableGiven = false
  while (args.more) {
    const word = args.take()
    if (word === 'not') spec.not = true
    else if (word === 'from') spec.from = prefixOf(ip, prefix(args.take(), family))
    else if (word === 'to') spec.to = prefixOf(ip, prefix(args.take(), family))
    else if (isPriority(word)) spec.priority = takePriority(args)
    else if (word === 'tos' || matches(word, 'dsfield')) spec.tos = takeTos(args)
    else if (word === 'fwmark') Object.assign(spec, takeMark(args))
    else if (matches(word, 'protocol')) {
      const text = args.take()
      spec.protocol = numberOf(PROTOCOLS, text) ?? invalid('"protocol" value is invalid\n', text)
    } else if (matches(word, 'table') || word === 'lookup') {
      const text = args.take()
      spec.table = numberOf(tables, text) ?? invalid('invalid table ID\n', text)
      isTableGiven = true
    } else if (matches(word, 'suppress_prefixlength') || word === 'sup_pl') {
      const text = args.take()
      const length = integer(text) ?? -1
      if (length < 0) invalid('suppress_prefixlength value is invalid\n', text)
      spec.suppressPrefixLength = length
    } else if (matches(word, 'suppress_ifgroup') || word === 'sup_group') {
      const text = args.take()
      const group = text === DEFAULT_GROUP ? 0 : unsigned(text)
      spec.suppressGroup = group ?? invalid('Invalid "suppress_ifgroup" value\n', text)
    } else if (word === 'dev' || word === 'iif') spec.iif = takeName(args, IIF)
    else if (word === 'oif') spec.oif = takeName(args, OIF)
    else {
      refuseOthers(ip, word)
      isTableGiven = true
      takeAction(spec, args, word === 'type' ? args.take() : word)
    }
  }
  if (family === 'inet6') return refuse(ip, 'rule of IPv6')
  if (!isTableGiven && verb === 'add') spec.table = Table.Main
  return answered(ip, ip.world.apply({ type: verb === 'add' ? 'newrule' : 'delrule', netns: ip.netns, rule: spec }))
}

function prefixOf(ip: Ip, { family, ip: address, length }: Prefix): RulePrefix {
  if (family === 'inet6') refuseNow(ip, 'rule of IPv6')
  return { ip: address, length }
}

function takeAction(spec: Partial<Mutable<RuleSpec>>, args: Args, word: string): void {
  if (matches(word, 'help')) usage(RULE_HELP)
  if (matches(word, 'goto')) {
    const text = args.take()
    spec.action = RuleAction.Goto
    spec.target = unsigned(text) ?? invalid('invalid target\n', text)
  } else if (matches(word, 'nop')) spec.action = RuleAction.Nop
  else spec.action = routeType(word) ?? invalid('Failed to parse rule type', word)
}

// Showing

interface Filter {
  priority?: number
  not: boolean
  tos?: number
  mark: number
  markMask: number
  iif?: string
  oif?: string
  /** 0: all. */
  table: number
  from?: Prefix
  to?: Prefix
  /** Of `flush` alone. */
  protocol?: number
}

function show(ip: Ip, args: Args, tables: Names): number {
  const filter = parseFilter(ip, args, tables)
  ip.print.begin()
  for (const each of selected(ip, filter)) printRule(ip, each, tables)
  ip.print.end()
  return 0
}

/** Deletes every rule that the filter selects, but those of priority 0. */
function flush(ip: Ip, args: Args, tables: Names): number {
  const filter = parseFilter(ip, args, tables)
  if (ip.options.family === 'inet6') return refuse(ip, 'rule of IPv6')
  for (const each of selected(ip, filter)) {
    if (each.priority === 0 || (filter.protocol !== undefined && filter.protocol !== each.protocol)) continue
    const answer = ip.world.apply({ type: 'delrule', netns: ip.netns, rule: specOf(each) })
    if (!answer.ok) return answered(ip, answer)
  }
  ip.print.begin()
  ip.print.end()
  return 0
}

/** The request that names this rule. */
function specOf(each: RuleInfo): RuleSpec {
  const { iifDetached: _, oifDetached: __, unresolved: ___, target, ...spec } = each
  return target === 0 ? spec : { ...spec, target }
}

function parseFilter(ip: Ip, args: Args, tables: Names): Filter {
  const filter: Filter = { not: false, mark: 0, markMask: 0, table: 0 }
  const family = ip.options.family === 'unspec' ? 'inet' : ip.options.family
  while (args.more) {
    const word = args.take()
    if (isPriority(word)) filter.priority = takePriority(args)
    else if (word === 'not') filter.not = true
    else if (word === 'tos' || word === 'dsfield') filter.tos = takeTos(args)
    else if (word === 'fwmark') Object.assign(filter, takeMark(args))
    else if (word === 'dev' || word === 'iif') filter.iif = takeName(args, IIF)
    else if (word === 'oif') filter.oif = takeName(args, OIF)
    else if (matches(word, 'lookup') || matches(word, 'table')) {
      const text = args.take()
      filter.table = numberOf(tables, text) ?? invalid('table id value is invalid\n', text)
    } else if (matches(word, 'from') || matches(word, 'src')) filter.from = prefix(args.take(), family)
    else if (matches(word, 'protocol')) {
      const text = args.take()
      const protocol = numberOf(PROTOCOLS, text)
      if (protocol !== undefined) filter.protocol = protocol
      else if (text !== 'all') invalid('invalid "protocol"\n', text)
    } else {
      refuseOthers(ip, word)
      const isNamed = matches(word, 'dst') || matches(word, 'to')
      filter.to = prefix(isNamed ? args.take() : word, family)
    }
  }
  return filter
}

/** filter_nlmsg */
function selected(ip: Ip, filter: Filter): RuleInfo[] {
  const rules = ip.options.family === 'inet6' ? IPV6_RULES : ip.world.rules(ip.netns)
  const wants = <T>(wanted: T | undefined, value: T): boolean => wanted === undefined || wanted === value
  return rules.filter(
    each =>
      wants(filter.priority, each.priority) &&
      (!filter.not || each.not) &&
      isInside(each.from, filter.from) &&
      isInside(each.to, filter.to) &&
      wants(filter.tos, each.tos) &&
      (filter.mark === 0 || filter.mark === each.mark) &&
      (filter.markMask === 0 || filter.markMask === each.markMask) &&
      wants(filter.iif, each.iif) &&
      wants(filter.oif, each.oif) &&
      (filter.table === 0 || filter.table === each.table),
  )
}

const isInside = (here: RulePrefix, wanted: Prefix | undefined): boolean =>
  wanted === undefined ||
  wanted.family === 'unspec' ||
  (wanted.length <= here.length && ip4.contains(wanted.ip, wanted.length, here.ip))

/** What IPv6 has when nobody has changed it. */
const NOWHERE: RulePrefix = { ip: ip4.ANY, length: 0 }
const IPV6_RULES: readonly RuleInfo[] = [
  [0, Table.Local],
  [0x7ffe, Table.Main],
].map(([priority, table]) => ({
  priority: priority!,
  table: table!,
  action: RuleAction.ToTable,
  not: false,
  from: NOWHERE,
  to: NOWHERE,
  tos: 0,
  mark: 0,
  markMask: 0,
  iif: '',
  oif: '',
  target: 0,
  suppressPrefixLength: -1,
  suppressGroup: -1,
  protocol: 2,
  iifDetached: false,
  oifDetached: false,
  unresolved: false,
}))

/** print_rule */
export function printRule(ip: Ip, each: RuleInfo, tables: Names): void {
  const { print, options } = ip
  const { numeric } = options
  print.openObject()
  print.field('priority', each.priority, `${each.priority}:\t`)
  if (each.not) print.field('not', null, 'not ')
  if (each.from.length === 0) print.field('src', 'all', 'from all')
  else printPrefix(ip, 'src', 'from ', each.from)
  if (each.to.length > 0) printPrefix(ip, 'dst', ' to ', each.to)
  if (each.tos !== 0) {
    const name = dsFieldName(each.tos, numeric)
    print.field('tos', name, ` tos ${name}`)
  }
  if (each.mark !== 0 || each.markMask !== 0) {
    print.field('fwmark', hexadecimal(each.mark), ` fwmark ${hexadecimal(each.mark)}`)
    if (each.markMask !== ANY_MARK) print.field('fwmask', hexadecimal(each.markMask), `/${hexadecimal(each.markMask)}`)
  }
  printDevice(ip, 'iif', each.iif, each.iifDetached)
  printDevice(ip, 'oif', each.oif, each.oifDetached)
  if (each.table !== 0) printTable(ip, each, tables)
  printAction(ip, each)
  if ((each.protocol !== 0 && each.protocol !== 2) || options.details > 0) {
    const name = nameOf(PROTOCOLS, each.protocol, numeric)
    print.field('protocol', name, ` proto ${name}`)
  }
  print.text('\n')
  print.closeObject()
}

/** %#x, which writes nothing in front of 0. */
const hexadecimal = (value: number): string => (value === 0 ? '0' : `0x${value.toString(16)}`)

function printPrefix(ip: Ip, key: 'src' | 'dst', word: string, { ip: address, length }: RulePrefix): void {
  ip.print.text(word)
  ip.print.field(key, host(ip, address), host(ip, address), 'inet')
  if (length !== ip4.PREFIX_BITS) ip.print.field(`${key}len`, length, `/${length}`)
}

function printDevice(ip: Ip, key: 'iif' | 'oif', name: string, isDetached: boolean): void {
  if (name === '') return
  ip.print.text(` ${key} `)
  ip.print.field(key, name, name, 'ifname')
  if (isDetached) ip.print.field(`${key}_detached`, null, ' [detached]')
}

function printTable(ip: Ip, { table, suppressPrefixLength, suppressGroup }: RuleInfo, tables: Names): void {
  const { print, options } = ip
  const name = nameOf(tables, table, options.numeric)
  print.field('table', name, ` lookup ${name}`)
  if (suppressPrefixLength !== -1) {
    print.field('suppress_prefixlen', suppressPrefixLength, ` suppress_prefixlength ${suppressPrefixLength}`)
  }
  if (suppressGroup !== -1) {
    const group = suppressGroup === 0 && !options.numeric ? DEFAULT_GROUP : String(suppressGroup)
    print.field('suppress_ifgroup', group, ` suppress_ifgroup ${group}`)
  }
}

function printAction(ip: Ip, { action, target, unresolved }: RuleInfo): void {
  const { print, options } = ip
  if (action === RuleAction.Goto) {
    print.field('goto', target, ` goto ${target}`)
    if (unresolved) print.field('unresolved', null, ' [unresolved]')
  } else if (action === RuleAction.Nop) print.field('nop', null, ' nop')
  else if (action === RTN_NAT) print.field('masquerade', null, ' masquerade')
  else if (action !== RuleAction.ToTable) {
    const name = routeTypeName(action, options.numeric)
    print.field('action', name, ` ${name}`)
  }
}

/** A kind of route that Linux has long forgotten, and iproute2 shows so. */
const RTN_NAT = 10
