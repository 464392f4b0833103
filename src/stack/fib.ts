/**
 * The routing tables of one namespace: which routes there are, and which one a destination takes.
 *
 * Follows Linux net/ipv4/fib_semantics.c (fib_create_info, fib_check_nh, fib_nh_match, fib_sync_down_dev, fib_sync_up)
 * and net/ipv4/fib_trie.c (fib_table_insert, fib_table_delete, fib_table_lookup). As there, the tables local and main
 * are one structure while no policy rule was made, so the longer prefix wins between the two. Left out: RTA_FLOW.
 */
import type { NexthopInfo, RouteInfo } from '../control/info.ts'
import { Scope } from '../control/records.ts'
import { type RouteMetrics, type RouteMode, RouteType, RuleAction, Table } from '../control/request.ts'
import { type Device, isUp } from '../core/device.ts'
import { type Answer, DONE, type Errno, fail } from '../core/errno.ts'
import type { Ip } from '../wire/ip.ts'
import * as ip4 from '../wire/ip.ts'
import { FibInfo, HopFlag, Nexthop } from './dst.ts'
import type { InDevice } from './indevice.ts'
import type { LcTrie } from './lctrie.ts'
import { multipathHash, rebalance, selectMultipath } from './multipath.ts'
import type { NexthopObject } from './nexthops.ts'
import { FibAlias, hasHostBits, Prefixes } from './prefixes.ts'
import { Flow, LOOPBACK_IFINDEX, type Rule, type RuleContext, Rules } from './rules.ts'

/** One route as it is asked for: Linux struct fib_config. Zero means "not given" where Linux has it so. */
export interface RouteConfig {
  readonly table: number
  readonly dst: Ip
  readonly length: number
  readonly tos: number
  readonly type: RouteType
  readonly scope: number
  readonly protocol: number
  readonly priority: number
  readonly prefsrc: Ip
  readonly ifindex: number
  readonly gateway: Ip
  readonly onlink: boolean
  readonly metrics: RouteMetrics
  /** fc_nh_id: a next hop object. */
  readonly nexthopId?: number
  /** fc_mp: several next hops. */
  readonly nexthops?: readonly HopConfig[]
}

/** Linux struct rtnexthop. */
export interface HopConfig {
  readonly ifindex: number
  readonly gateway: Ip
  readonly onlink: boolean
  readonly weight: number
}

/** fib_props: what a lookup that ends at such a route answers, and the widest scope that it may have. */
const PROPERTIES: readonly { readonly error?: Errno; readonly scope: number }[] = [
  { scope: Scope.Nowhere }, // unspec
  { scope: Scope.Universe }, // unicast
  { scope: Scope.Host }, // local
  { scope: Scope.Link }, // broadcast
  { scope: Scope.Link }, // anycast
  { scope: Scope.Universe }, // multicast
  { error: 'EINVAL', scope: Scope.Universe }, // blackhole
  { error: 'EHOSTUNREACH', scope: Scope.Universe }, // unreachable
  { error: 'EACCES', scope: Scope.Universe }, // prohibit
  { error: 'EAGAIN', scope: Scope.Universe }, // throw
  { error: 'EINVAL', scope: Scope.Nowhere }, // nat
  { error: 'EINVAL', scope: Scope.Nowhere }, // xresolve
]

/** NLM_F_* of a request. */
const Create = 1
const Exclusive = 2
const Replace = 4
const Append = 8

const MODE: Record<RouteMode, number> = {
  add: Create | Exclusive,
  append: Create | Append,
  prepend: Create,
  change: Replace,
  replace: Create | Replace,
  test: Exclusive,
}

/** What the tables must know of the rest of the stack. */
export interface FibContext {
  device(ifindex: number): Device | undefined
  inDevice(device: Device): InDevice | undefined
  /** inet_select_addr */
  selectAddress(device: Device, dst: Ip, scope: number): Ip
  /** rt_cache_flush: routes made so far are void. */
  changed(): void
  /** rtmsg_fib */
  told(gone: boolean, entry: FibAlias): void
  /** notify_rule_change */
  ruleTold(gone: boolean, rule: Rule): void
  deviceNamed(name: string): Device | undefined
  /** IFLA_GROUP */
  group(device: Device): number
  /** A next hop object as the ways that it stands for; undefined: there is none. */
  ways(id: number): readonly (readonly [way: NexthopObject, weight: number])[] | undefined
  /** The key of the hash that spreads flows over several next hops. */
  multipathSeed(): number
}

/** What a rule that leads to no table answers. */
const RULE_ERRORS = new Map<number, Errno>([
  [RuleAction.Unreachable, 'ENETUNREACH'],
  [RuleAction.Prohibit, 'EACCES'],
])

export class Fib implements RuleContext {
  // The result of the last lookup.
  alias: FibAlias | undefined = undefined
  nexthop: Nexthop | undefined = undefined
  error: Errno | undefined = undefined

  /** Kinds of routes in use that have several next hops. */
  multipaths = 0
  /** Moves on when an address comes or goes: dev_addr_genid. */
  addressGeneration = 0

  readonly rules: Rules

  readonly #context: FibContext
  readonly #flow = new Flow()
  /** By table id; local and main share one until a rule is made. */
  readonly #tables = new Map<number, Prefixes>()
  /** Every FibInfo in use, in buckets by what tells most of them apart. */
  readonly #infos = new Map<number, FibInfo[]>()

  constructor(context: FibContext) {
    this.#context = context
    this.rules = new Rules(this)
  }

  // -- What the rules ask -------------------------------------------------------------------------

  device(ifindex: number): Device | undefined {
    return this.#context.device(ifindex)
  }

  deviceNamed(name: string): Device | undefined {
    return this.#context.deviceNamed(name)
  }

  changed(): void {
    this.#context.changed()
  }

  told(gone: boolean, rule: Rule): void {
    this.#context.ruleTold(gone, rule)
  }

  // -- Lookup -------------------------------------------------------------------------------------

  /** fib_lookup: with no rules but the first three, local and main, then default. False: `error` says why. */
  lookup(flow: Flow, scope: number, ignoreLinkState: boolean): boolean {
    if (this.rules.isCustom) return this.#lookupByRules(flow, scope, ignoreLinkState)
    const { dst, tos, oif } = flow
    this.error = 'ENETUNREACH'
    const main = this.#tables.get(Table.Main)
    if (main !== undefined) {
      if (this.#walk(main, dst, tos, oif, scope, ignoreLinkState)) return true
      if ((this.error as Errno) !== 'EAGAIN') return false
    }
    const fallback = this.#tables.get(Table.Default)
    if (fallback !== undefined && this.#walk(fallback, dst, tos, oif, scope, ignoreLinkState)) return true
    if ((this.error as Errno) === 'EAGAIN') this.error = 'ENETUNREACH'
    return false
  }

  /** fib_rules_lookup with fib4_rule_action and fib4_rule_suppress. */
  #lookupByRules(flow: Flow, scope: number, ignoreLinkState: boolean): boolean {
    const { rules } = this
    const { dst, tos, oif } = flow
    for (let at = 0; at < rules.list.length; ) {
      const rule = rules.list[at++]!
      if (!rules.matches(rule, flow)) continue
      switch (rule.action) {
        case RuleAction.Nop:
          continue
        case RuleAction.Goto: {
          const target = rules.targetOf(rule)
          if (target >= 0) at = target
          continue
        }
        case RuleAction.ToTable: {
          const prefixes = this.#tables.get(rule.table)
          if (prefixes === undefined) continue
          if (this.#walk(prefixes, dst, tos, oif, scope, ignoreLinkState)) {
            if (this.#isSuppressed(rule)) continue
            return true
          }
          if (this.error === 'EAGAIN') continue
          return false
        }
        default:
          this.error = RULE_ERRORS.get(rule.action) ?? 'EINVAL'
          return false
      }
    }
    this.error = 'ENETUNREACH'
    return false
  }

  #isSuppressed({ suppressPrefixLength, suppressGroup }: Rule): boolean {
    if (this.alias!.length <= suppressPrefixLength) return true
    const { device } = this.nexthop!
    return suppressGroup >= 0 && device !== undefined && this.#context.group(device) === suppressGroup
  }

  /** fib_table_lookup in one table. False also when there is no such table. */
  lookupIn(table: number, dst: Ip, tos: number, oif: number, scope: number, ignoreLinkState: boolean): boolean {
    this.error = 'ENETUNREACH'
    const prefixes = this.#tables.get(table)
    return prefixes !== undefined && this.#walk(prefixes, dst, tos, oif, scope, ignoreLinkState)
  }

  /**
   * inet_addr_type_table and inet_addr_type_dev_table, which does not look at the device: what kind of address it is to
   * this machine. Without any address every one counts as a broadcast.
   */
  addressType(ip: Ip, table: number = Table.Local): RouteType {
    if (ip4.isZeronet(ip) || ip === ip4.LIMITED_BROADCAST) return RouteType.Broadcast
    if (ip4.isMulticast(ip)) return RouteType.Multicast
    if (!this.#tables.has(table)) return RouteType.Broadcast
    return this.lookupIn(table, ip, 0, 0, Scope.Universe, false) ? this.alias!.type : RouteType.Unicast
  }

  /** ip_fib_check_default, turned round: does a route lead through this gateway? */
  isGateway(gateway: Ip, device: Device): boolean {
    for (const bucket of this.#infos.values()) {
      for (const { nexthops } of bucket) {
        const isUsed = (hop: Nexthop): boolean =>
          hop.device === device && hop.gateway === gateway && (hop.flags & HopFlag.Dead) === 0
        if (nexthops.some(isUsed)) return true
      }
    }
    return false
  }

  hasTable(id: number): boolean {
    return this.#tables.has(id)
  }

  #walk(prefixes: Prefixes, dst: Ip, tos: number, oif: number, scope: number, ignoreLinkState: boolean): boolean {
    for (let length = 32; length >= 0; ) {
      const head = prefixes.longest(dst, length)
      if (head === undefined) {
        this.error = 'EAGAIN'
        return false
      }
      for (let alias: FibAlias | undefined = head; alias !== undefined; alias = alias.next) {
        const info = alias.info
        if (alias.tos !== 0 && alias.tos !== tos) continue
        if (info.scope < scope) continue
        const error = PROPERTIES[alias.type]!.error
        if (error !== undefined) {
          this.error = error
          this.alias = alias
          return false
        }
        if ((info.flags & HopFlag.Dead) !== 0) continue
        const { nexthops } = info
        for (let i = 0; i < nexthops.length; i++) {
          const hop = nexthops[i]!
          if (hop.flags !== 0 && this.#isDown(hop, ignoreLinkState)) continue
          if (oif !== 0 && oif !== hop.ifindex) continue
          this.error = undefined
          this.alias = alias
          this.nexthop = hop
          return true
        }
      }
      length = head.length - 1
    }
    this.error = 'EAGAIN'
    return false
  }

  /** fib_lookup_good_nhc: dead, or without carrier where that counts. */
  #isDown(hop: Nexthop, ignoreLinkState: boolean): boolean {
    if ((hop.flags & HopFlag.Dead) !== 0) return true
    if (ignoreLinkState || (hop.flags & HopFlag.LinkDown) === 0) return false
    return this.#context.inDevice(hop.device!)?.conf.ignoreRoutesWithLinkdown ?? false
  }

  // -- Changes ------------------------------------------------------------------------------------

  /** RTM_NEWROUTE: fib_table_insert. A refused route leaves its table behind, unless its prefix is invalid. */
  insert(config: RouteConfig, mode: RouteMode): Answer {
    const { dst, length, tos, table } = config
    const invalid = invalidPrefix(dst, length)
    if (invalid !== undefined) return invalid
    this.#tableNew(table)
    const made = this.#createInfo(config)
    if (!made.ok) return made
    const info = made.value
    const answer = this.#insert(new FibAlias(dst, length, table, tos, this.#typeOf(config), info), MODE[mode])
    if (info.users === 0) this.#forget(info)
    else this.#context.changed()
    return answer
  }

  /** A route that goes by a blackhole is one. */
  #typeOf({ type, nexthopId = 0 }: RouteConfig): RouteType {
    const ways = nexthopId === 0 ? undefined : this.#context.ways(nexthopId)
    return ways?.[0]?.[0].blackhole === true ? RouteType.Blackhole : type
  }

  #insert(entry: FibAlias, flags: number): Answer {
    const { prefix, length, table, tos, info } = entry
    const prefixes = this.#tableNew(table)
    // fib_find_alias: the first of our table and tos whose metric is not lower, or the one before which we belong.
    let previous: FibAlias | undefined
    let place = prefixes.first(prefix, length)
    while (place !== undefined && isBefore(place, table, tos, info.priority)) {
      previous = place
      place = place.next
    }
    if (place !== undefined && isSameKey(place, table, tos, info.priority)) {
      if ((flags & Exclusive) !== 0) return fail('EEXIST')
      const first = place
      const beforeFirst = previous
      let twin: FibAlias | undefined
      while (place !== undefined && isSameKey(place, table, tos, info.priority)) {
        if (place.type === entry.type && place.info === info) {
          twin = place
          break
        }
        previous = place
        place = place.next
      }
      if ((flags & Replace) !== 0) {
        if (twin !== undefined) return twin === first ? DONE : fail('EEXIST')
        this.#release(first.info)
        first.info = info
        first.type = entry.type
        info.users++
        this.#context.told(false, first)
        return DONE
      }
      if (twin !== undefined) return fail('EEXIST')
      if ((flags & Append) === 0) previous = beforeFirst
    }
    if ((flags & Create) === 0) return fail('ENOENT')
    info.users++
    prefixes.insert(entry, previous)
    this.#context.told(false, entry)
    return DONE
  }

  /** RTM_DELROUTE: fib_table_delete. Type, scope (Nowhere), protocol, prefsrc and priority may be left open. */
  delete(config: RouteConfig): Answer {
    const invalid = invalidPrefix(config.dst, config.length)
    if (invalid !== undefined) return invalid
    const prefixes = this.#tables.get(config.table)
    if (prefixes === undefined) return fail('ESRCH', 'FIB table does not exist')
    for (let each = prefixes.first(config.dst, config.length); each !== undefined; each = each.next) {
      if (each.table !== config.table || each.tos !== config.tos || !matches(each, config)) continue
      this.#context.told(true, each)
      this.#remove(prefixes, each)
      this.#context.changed()
      return DONE
    }
    return fail('ESRCH')
  }

  #remove(prefixes: Prefixes, entry: FibAlias): void {
    prefixes.remove(entry)
    this.#release(entry.info)
  }

  /** fib_flush: every entry that became dead leaves its table. */
  flush(): void {
    for (const [prefixes, ids] of this.#structures()) {
      const dead = prefixes.entries().filter(({ info }) => (info.flags & HopFlag.Dead) !== 0)
      for (const id of ids) {
        prefixes.flush(() => {
          for (const entry of dead) if (entry.table === id) this.#remove(prefixes, entry)
        })
      }
    }
    this.#context.changed()
  }

  // -- Devices and addresses that come and go -----------------------------------------------------

  /**
   * fib_sync_down_dev: the device lost its carrier (`down` false), was set down, or with `force` has no address any
   * more, then even local routes die; `isGone`: it will never be back, and routes that have other ways too die with it.
   * Answers whether something died or was marked.
   */
  syncDown(device: Device, down: boolean, force: boolean, isGone = false): boolean {
    const spared = force ? -1 : Scope.Nowhere
    const mark = down ? HopFlag.Dead | HopFlag.LinkDown : HopFlag.LinkDown
    let found = false
    for (const info of this.#infosOf(device)) {
      let dead = 0
      for (const hop of info.nexthops) {
        if ((hop.flags & HopFlag.Dead) !== 0) dead++
        else if (hop.device === device && hop.scope !== spared) {
          hop.flags |= mark
          dead++
        }
      }
      if (dead === info.nexthops.length || isGone) {
        info.flags |= mark
        found = true
      }
      this.#rebalance(info)
    }
    return found
  }

  /** fib_sync_up: the device has its carrier back (LinkDown), or is up again (Dead). */
  syncUp(device: Device, flags: number, running: boolean): void {
    if (!isUp(device)) return
    if ((flags & HopFlag.Dead) !== 0 && running) flags |= HopFlag.LinkDown
    for (const info of this.#infosOf(device)) {
      let alive = 0
      for (const hop of info.nexthops) {
        if ((hop.flags & flags) === 0) alive++
        else if (hop.device === device && this.#context.inDevice(device) !== undefined) {
          alive++
          hop.flags &= ~flags
        }
      }
      if (alive > 0) info.flags &= ~flags
      this.#rebalance(info)
    }
  }

  /** fib_sync_mtu: path MTUs learned behind the device follow it, when it limits them or was what limited them. */
  mtuChanged(device: Device, old: number): void {
    for (const info of this.#infosOf(device)) {
      for (const hop of info.nexthops) {
        for (const [dst, each] of hop.exceptions ?? []) {
          const isFreed = each.isLocked && device.mtu <= each.pmtu
          const isBound = !each.isLocked && each.pmtu !== 0 && (device.mtu < each.pmtu || old === each.pmtu)
          if (isFreed || isBound) hop.exceptions!.set(dst, { ...each, pmtu: device.mtu, isLocked: false })
        }
      }
    }
  }

  /** fnhe_genid_bump: what was learned of paths is forgotten. */
  forgetExceptions(): void {
    for (const bucket of this.#infos.values()) {
      for (const { nexthops } of bucket) for (const hop of nexthops) hop.exceptions = undefined
    }
    this.#context.changed()
  }

  /** fib_sync_down_addr: routes with this preferred source die with the address. */
  syncDownAddress(local: Ip): boolean {
    let found = false
    for (const bucket of this.#infos.values()) {
      for (const info of bucket) {
        if (info.prefsrc !== local || info.table !== Table.Main || local === 0) continue
        info.flags |= HopFlag.Dead
        found = true
      }
    }
    return found
  }

  // -- Dump ---------------------------------------------------------------------------------------

  /** Every table in the order of inet_dump_fib, by prefix, then the longest first. */
  dump(): RouteInfo[] {
    const entries = new Map<Prefixes, FibAlias[]>()
    for (const prefixes of this.#tables.values()) {
      if (!entries.has(prefixes)) entries.set(prefixes, prefixes.entries())
    }
    return this.#ids().flatMap(id =>
      entries
        .get(this.#tables.get(id)!)!
        .filter(entry => entry.table === id)
        .map(entry => this.describe(entry)),
    )
  }

  /** The tables in the order of their hash, which has 256 buckets: in each the newest first. */
  #ids(): number[] {
    return [...this.#tables.keys()].reverse().sort((a, b) => (a & 255) - (b & 255))
  }

  /** Each structure once, with the tables that are in it. */
  #structures(): Map<Prefixes, number[]> {
    const structures = new Map<Prefixes, number[]>()
    for (const id of this.#ids()) {
      const prefixes = this.#tables.get(id)!
      const ids = structures.get(prefixes)
      if (ids === undefined) structures.set(prefixes, [id])
      else ids.push(id)
    }
    return structures
  }

  /** The tables as /proc/net/fib_trie shows them. */
  tries(): { readonly table: number; readonly trie: LcTrie; readonly entries: FibAlias[] }[] {
    return this.#ids().map(table => {
      const prefixes = this.#tables.get(table)!
      return { table, trie: prefixes.trie(), entries: prefixes.entries() }
    })
  }

  /** Every entry with a next hop of which something was learned. */
  *learned(): IterableIterator<readonly [entry: FibAlias, hop: Nexthop]> {
    for (const prefixes of new Set(this.#tables.values())) {
      for (const entry of prefixes.entries()) {
        for (const hop of entry.info.nexthops) if (hop.exceptions !== undefined) yield [entry, hop]
      }
    }
  }

  /** fib_dump_info */
  describe(entry: FibAlias): RouteInfo {
    const { info } = entry
    const hop = info.nexthops.length > 1 ? undefined : info.nexthops[0]
    return {
      dst: entry.prefix,
      prefixLength: entry.length,
      type: entry.type,
      table: entry.table,
      scope: info.scope,
      protocol: info.protocol,
      metric: info.priority,
      tos: entry.tos,
      ...(hop !== undefined && hop.gateway !== 0 && { via: hop.gateway }),
      ifindex: hop?.ifindex ?? 0,
      ...(info.prefsrc !== 0 && { src: info.prefsrc }),
      flags: hop === undefined ? info.flags : this.#shownFlags(hop),
      metrics: info.metrics,
      ...(info.nexthopId !== 0 && { nhid: info.nexthopId }),
      ...(hop === undefined && { nexthops: info.nexthops.map(each => this.#describeHop(each)) }),
    }
  }

  /** fib_add_multipath */
  #describeHop(hop: Nexthop): NexthopInfo {
    const { gateway, ifindex, weight } = hop
    return { ...(gateway !== 0 && { via: gateway }), ifindex, weight, flags: this.#shownFlags(hop) }
  }

  /** fib_nexthop_info */
  #shownFlags(hop: Nexthop): number {
    const ignored =
      (hop.flags & HopFlag.LinkDown) !== 0 && hop.device !== undefined
        ? this.#context.inDevice(hop.device)?.conf.ignoreRoutesWithLinkdown === true
        : false
    return hop.flags | (ignored ? HopFlag.Dead : 0)
  }

  // -- FibInfo ------------------------------------------------------------------------------------

  /** fib_create_info: the one that is there already, or a new one that is sound. */
  #createInfo(config: RouteConfig): Answer<FibInfo> {
    const { type, scope } = config
    const properties = PROPERTIES[type]
    if (properties === undefined) return fail('EINVAL')
    if (properties.scope > scope) return fail('EINVAL', 'Invalid scope')
    const info = new FibInfo(
      config.table,
      type,
      scope,
      config.protocol,
      config.priority,
      config.prefsrc,
      config.metrics,
    )
    if (config.nexthopId) return this.#goBy(info, config, config.nexthopId)
    const { nexthops } = config
    info.nexthops = (nexthops ?? [{ ...config, weight: 1 }]).map(
      each => new Nexthop(info, each.ifindex, each.gateway, each.onlink ? HopFlag.OnLink : 0, each.weight),
    )
    if (nexthops !== undefined) {
      if (config.ifindex !== 0 && config.ifindex !== nexthops[0]!.ifindex) {
        return fail('EINVAL', 'Nexthop device index does not match RTA_OIF')
      }
      if (config.gateway !== 0 && config.gateway !== nexthops[0]!.gateway) {
        return fail('EINVAL', 'Nexthop gateway does not match RTA_GATEWAY or RTA_VIA')
      }
    }
    if (properties.error !== undefined) {
      if (config.gateway !== 0 || config.ifindex !== 0 || nexthops !== undefined) {
        return fail('EINVAL', 'Gateway, device and multipath can not be specified for this route type')
      }
      return { ok: true, value: this.#shared(info) }
    }
    if (type === RouteType.Unspec) return fail('EINVAL', 'Invalid route type')
    if (scope > Scope.Host) return fail('EINVAL', 'Invalid scope')
    const wrong = scope === Scope.Host ? this.#checkHost(info) : this.#checkHops(info, config)
    if (wrong !== undefined) return wrong
    if (config.prefsrc !== 0 && !this.#isValidSource(config)) return fail('EINVAL', 'Invalid prefsrc address')
    this.#settle(info)
    return { ok: true, value: this.#shared(info) }
  }

  /** fib_check_nexthop: the ways are those of a next hop object. */
  #goBy(info: FibInfo, config: RouteConfig, id: number): Answer<FibInfo> {
    const ways = this.#context.ways(id)
    if (ways === undefined) return fail('EINVAL', 'Nexthop id does not exist')
    if (config.scope === Scope.Host && ways.length > 1) {
      return fail('EINVAL', 'Route with host scope can not have multiple nexthops')
    }
    if (config.scope === Scope.Host && ways.some(([{ gateway }]) => gateway !== 0)) {
      return fail('EINVAL', 'Route with host scope can not have a gateway')
    }
    if (config.scope >= Scope.Link && ways.some(([{ onlink }]) => onlink)) {
      return fail('EINVAL', 'Scope mismatch with nexthop')
    }
    info.nexthopId = id
    info.nexthops = hopsOf(info, ways)
    if (config.prefsrc !== 0 && !this.#isValidSource(config)) return fail('EINVAL', 'Invalid prefsrc address')
    this.#settle(info)
    return { ok: true, value: this.#shared(info) }
  }

  #settle(info: FibInfo): void {
    if (info.nexthops.length > 1) for (const hop of info.nexthops) this.#chooseSource(hop)
    this.#rebalance(info)
  }

  /** The object is another now: its routes take their ways anew, or with `tells` who listens hears of each. */
  nexthopChanged(id: number, tells: boolean): void {
    if (tells) {
      for (const prefixes of new Set(this.#tables.values())) {
        const entries = prefixes.entries().filter(entry => entry.info.nexthopId === id)
        for (const entry of entries.reverse()) this.#context.told(false, entry)
      }
      return
    }
    const ways = this.#context.ways(id)!
    for (const info of this.#infosBy(id)) {
      this.#forget(info)
      info.nexthops = hopsOf(info, ways)
      this.#settle(info)
      this.#file(info)
    }
    this.#context.changed()
  }

  /** __remove_nexthop_fib: its routes die with it. */
  nexthopGone(id: number): void {
    const infos = this.#infosBy(id)
    for (const info of infos) info.flags |= HopFlag.Dead
    if (infos.length > 0) this.flush()
  }

  #infosBy(id: number): FibInfo[] {
    return [...this.#infos.values()].flatMap(bucket => bucket.filter(info => info.nexthopId === id))
  }

  /** fib_check_nh for a next hop object: the scope of the way. */
  checkWay(gateway: Ip, ifindex: number, onlink: boolean): Answer<number> {
    const table = Table.Main
    const info = new FibInfo(table, RouteType.Unicast, Scope.Universe, 0, 0, 0 as Ip, {})
    const hop = new Nexthop(info, ifindex, gateway, onlink ? HopFlag.OnLink : 0, 1)
    return this.#checkHop(hop, { table, scope: Scope.Universe }) ?? { ok: true, value: hop.scope }
  }

  #checkHops(info: FibInfo, config: RouteConfig): ReturnType<typeof fail> | undefined {
    let linkDowns = 0
    for (const hop of info.nexthops) {
      const wrong = this.#checkHop(hop, config)
      if (wrong !== undefined) return wrong
      if ((hop.flags & HopFlag.LinkDown) !== 0) linkDowns++
    }
    if (linkDowns === info.nexthops.length) info.flags |= HopFlag.LinkDown
    return undefined
  }

  /** A local address is added. */
  #checkHost({ nexthops }: FibInfo): ReturnType<typeof fail> | undefined {
    const hop = nexthops[0]!
    if (nexthops.length > 1) return fail('EINVAL', 'Route with host scope can not have multiple nexthops')
    if (hop.gateway !== 0) return fail('EINVAL', 'Route with host scope can not have a gateway')
    hop.scope = Scope.Nowhere
    hop.device = this.#context.device(hop.ifindex)
    return hop.device === undefined ? fail('ENODEV') : undefined
  }

  #checkHop(hop: Nexthop, config: Pick<RouteConfig, 'table' | 'scope'>): ReturnType<typeof fail> | undefined {
    if (hop.gateway === 0) return this.#checkDevice(hop)
    return (hop.flags & HopFlag.OnLink) !== 0 ? this.#checkOnLink(hop, config.scope) : this.#checkGateway(hop, config)
  }

  /** fib_check_nh_nongw */
  #checkDevice(hop: Nexthop): ReturnType<typeof fail> | undefined {
    if ((hop.flags & HopFlag.OnLink) !== 0) {
      return fail('EINVAL', 'Invalid flags for nexthop - PERVASIVE and ONLINK can not be set')
    }
    const device = this.#context.device(hop.ifindex)
    if (device === undefined || this.#context.inDevice(device) === undefined) return fail('ENODEV')
    if (!isUp(device)) return fail('ENETDOWN', 'Device for nexthop is not up')
    hop.device = device
    hop.scope = Scope.Host
    if (!device.carrier) hop.flags |= HopFlag.LinkDown
    return undefined
  }

  /** fib_check_nh_v4_gw where the request says that the gateway is on the link. */
  #checkOnLink(hop: Nexthop, scope: number): ReturnType<typeof fail> | undefined {
    if (scope >= Scope.Link) return fail('EINVAL', 'Nexthop has invalid scope')
    const device = this.#context.device(hop.ifindex)
    if (device === undefined) return fail('ENODEV', 'Nexthop device required for onlink')
    if (!isUp(device)) return fail('ENETDOWN', 'Nexthop device is not up')
    if (this.addressType(hop.gateway) !== RouteType.Unicast) {
      return fail('EINVAL', 'Nexthop has invalid gateway')
    }
    hop.device = device
    hop.scope = Scope.Link
    if (!device.carrier) hop.flags |= HopFlag.LinkDown
    return undefined
  }

  /** fib_check_nh_v4_gw: the gateway must be reachable by a route of narrower scope. */
  #checkGateway(hop: Nexthop, config: Pick<RouteConfig, 'table' | 'scope'>): ReturnType<typeof fail> | undefined {
    const scope = Math.max(config.scope + 1, Scope.Link)
    const { table } = config
    const found =
      (table !== Table.Main && this.lookupIn(table, hop.gateway, 0, hop.ifindex, scope, true)) ||
      this.lookup(this.#flow.set(hop.gateway, 0 as Ip, 0, LOOPBACK_IFINDEX, hop.ifindex, 0), scope, true)
    if (!found) return fail(this.error!, 'Nexthop has invalid gateway')
    const { type, info } = this.alias!
    if (type !== RouteType.Unicast && type !== RouteType.Local) return fail('EINVAL', 'Nexthop has invalid gateway')
    hop.scope = info.scope
    hop.device = this.nexthop!.device
    hop.ifindex = this.nexthop!.ifindex
    const { device } = hop
    if (device === undefined) return fail('EINVAL', 'No egress device for nexthop gateway')
    if (!device.carrier) hop.flags |= HopFlag.LinkDown
    return isUp(device) ? undefined : fail('ENETDOWN')
  }

  /** fib_valid_prefsrc */
  #isValidSource(config: RouteConfig): boolean {
    const { prefsrc, dst, type } = config
    if (type === RouteType.Local && dst !== 0 && prefsrc === dst) return true
    const table = config.table === Table.Main ? Table.Local : config.table
    if (this.addressType(prefsrc, table) === RouteType.Local) return true
    return table !== Table.Local && this.addressType(prefsrc) === RouteType.Local
  }

  /** fib_find_info: an equal one that is in use, or this one, now filed. */
  #shared(info: FibInfo): FibInfo {
    const key = bucketOf(info)
    const bucket = this.#infos.get(key)
    const twin = bucket?.find(each => isEqual(each, info))
    if (twin !== undefined) return twin
    this.#file(info)
    return info
  }

  #file(info: FibInfo): void {
    const key = bucketOf(info)
    const bucket = this.#infos.get(key)
    if (bucket === undefined) this.#infos.set(key, [info])
    else bucket.push(info)
    if (info.nexthops.length > 1) this.multipaths++
  }

  #release(info: FibInfo): void {
    if (--info.users === 0) this.#forget(info)
  }

  #forget(info: FibInfo): void {
    const key = bucketOf(info)
    const bucket = this.#infos.get(key)
    const at = bucket?.indexOf(info) ?? -1
    if (bucket === undefined || at < 0) return
    bucket.splice(at, 1)
    if (info.nexthops.length > 1) this.multipaths--
    if (bucket.length === 0) this.#infos.delete(key)
  }

  *#infosOf(device: Device): IterableIterator<FibInfo> {
    for (const bucket of this.#infos.values()) {
      for (const info of bucket) if (info.nexthops.some(hop => hop.device === device)) yield info
    }
  }

  /** fib_new_table */
  #tableNew(id: number): Prefixes {
    const there = this.#tables.get(id)
    if (there !== undefined) return there
    const prefixes = id === Table.Local && !this.rules.isCustom ? this.#tableNew(Table.Main) : new Prefixes()
    this.#tables.set(id, prefixes)
    return prefixes
  }

  /** fib_unmerge: once there are rules, the local table is one of its own. */
  split(): void {
    const merged = this.#tables.get(Table.Local)
    if (merged === undefined || merged !== this.#tables.get(Table.Main)) return
    const local = new Prefixes()
    merged.flush(() => {
      for (const entry of merged.entries()) {
        if (entry.table !== Table.Local) continue
        merged.remove(entry)
        let previous = local.first(entry.prefix, entry.length)
        while (previous?.next !== undefined) previous = previous.next
        local.insert(entry, previous)
      }
    })
    this.#tables.set(Table.Local, local)
  }

  emptyTable(): number {
    let id = 1
    while (this.#tables.has(id)) id++
    this.#tableNew(id)
    return id
  }

  /** The table that a lookup says it found the entry in: main for both while it is one with local. */
  tableOf(entry: FibAlias): number {
    const isMerged = this.#tables.get(Table.Local) === this.#tables.get(Table.Main)
    return entry.table === Table.Local && isMerged ? Table.Main : entry.table
  }

  /** fib_result_prefsrc: the source that packets get along this way when they have none. */
  source(hop: Nexthop): Ip {
    const { info } = hop
    if (info.prefsrc !== 0) return info.prefsrc
    if (hop.sourceGeneration !== this.addressGeneration) this.#chooseSource(hop)
    return hop.source
  }

  /** fib_info_update_nhc_saddr */
  #chooseSource(hop: Nexthop): void {
    hop.source = this.#context.selectAddress(hop.device!, hop.gateway, hop.info.scope)
    hop.sourceGeneration = this.addressGeneration
  }

  #rebalance(info: FibInfo): void {
    rebalance(info, ({ device }) => this.#context.inDevice(device!)?.conf.ignoreRoutesWithLinkdown ?? false)
  }

  /** fib_select_path of a route with several next hops, for a flow; `source` is whom its packets should speak for. */
  select(info: FibInfo, src: Ip, dst: Ip, source: Ip): Nexthop | undefined {
    return selectMultipath(info, multipathHash(src, dst, this.#context.multipathSeed()), source)
  }
}

/** The ways of a next hop object as those of a route. */
const hopsOf = (info: FibInfo, ways: readonly (readonly [way: NexthopObject, weight: number])[]): Nexthop[] =>
  ways.map(([{ device, gateway, onlink, scope }, weight]) => {
    const hop = new Nexthop(info, device?.ifindex ?? 0, gateway, onlink ? HopFlag.OnLink : 0, weight)
    hop.device = device
    hop.scope = scope
    return hop
  })

function invalidPrefix(dst: Ip, length: number): ReturnType<typeof fail> | undefined {
  if (length > 32) return fail('EINVAL', 'Invalid prefix length')
  if (hasHostBits(dst, length)) return fail('EINVAL', 'Invalid prefix for given prefix length')
  return undefined
}

/** Does the entry stand before every one of this table, tos and metric? Tables and tos descend, metrics ascend. */
function isBefore(entry: FibAlias, table: number, tos: number, priority: number): boolean {
  if (entry.table !== table) return entry.table > table
  if (entry.tos !== tos) return entry.tos > tos
  return entry.info.priority < priority
}

const isSameKey = (entry: FibAlias, table: number, tos: number, priority: number): boolean =>
  entry.table === table && entry.tos === tos && entry.info.priority === priority

/** Is it the route that a deletion means? What the request leaves open matches anything. */
function matches(entry: FibAlias, config: RouteConfig): boolean {
  const { info } = entry
  if (config.type !== RouteType.Unspec && entry.type !== config.type) return false
  if (config.scope !== Scope.Nowhere && info.scope !== config.scope) return false
  if (config.prefsrc !== 0 && info.prefsrc !== config.prefsrc) return false
  if (config.protocol !== 0 && info.protocol !== config.protocol) return false
  if (config.priority !== 0 && info.priority !== config.priority) return false
  if (config.nexthopId) return info.nexthopId === config.nexthopId
  const hop = info.nexthops[0]!
  if (config.ifindex !== 0 && hop.ifindex !== config.ifindex) return false
  if (config.gateway !== 0 && hop.gateway !== config.gateway) return false
  const isNamed = config.ifindex !== 0 || config.gateway !== 0
  if (!isNamed && config.nexthops !== undefined && !matchesHops(info, config.nexthops)) return false
  return Object.entries(config.metrics).every(([name, value]) => info.metrics[name as keyof RouteMetrics] === value)
}

/** fib_nh_match: what a next hop leaves open matches, and those that are too many do not count. */
const matchesHops = ({ nexthops }: FibInfo, wanted: readonly HopConfig[]): boolean =>
  nexthops.length <= wanted.length &&
  nexthops.every(
    (hop, i) =>
      (wanted[i]!.ifindex === 0 || wanted[i]!.ifindex === hop.ifindex) &&
      (wanted[i]!.gateway === 0 || wanted[i]!.gateway === hop.gateway),
  )

/** nh_comp: equal but for DEAD and LINKDOWN. */
const areEqual = (hop: Nexthop, other: Nexthop): boolean =>
  hop.ifindex === other.ifindex &&
  hop.gateway === other.gateway &&
  hop.scope === other.scope &&
  hop.weight === other.weight &&
  ((hop.flags ^ other.flags) & HopFlag.OnLink) === 0

/** fib_find_info */
function isEqual(a: FibInfo, b: FibInfo): boolean {
  return (
    a.protocol === b.protocol &&
    a.scope === b.scope &&
    a.prefsrc === b.prefsrc &&
    a.priority === b.priority &&
    a.type === b.type &&
    a.table === b.table &&
    a.nexthopId === b.nexthopId &&
    a.nexthops.length === b.nexthops.length &&
    a.nexthops.every((hop, i) => areEqual(hop, b.nexthops[i]!)) &&
    sameMetrics(a.metrics, b.metrics)
  )
}

function sameMetrics(a: RouteMetrics, b: RouteMetrics): boolean {
  if (a === b) return true
  const names = new Set([...Object.keys(a), ...Object.keys(b)]) as Set<keyof RouteMetrics>
  return [...names].every(name => a[name] === b[name])
}

function bucketOf(info: FibInfo): number {
  const hop = info.nexthops[0]!
  return (info.prefsrc ^ hop.gateway ^ Math.imul(hop.ifindex, 0x9e37_79b1) ^ (info.priority << 7) ^ info.type) | 0
}
