/**
 * The policy rules of one namespace: which table a packet asks, by where it comes from and where it goes.
 *
 * Follows Linux net/core/fib_rules.c (fib_nl2rule, rule_exists, rule_find, fib_nl_newrule, fib_nl_delrule,
 * fib_default_rule_pref) and net/ipv4/fib_rules.c (fib4_rule_match, fib4_rule_compare, fib4_rule_configure). Fib.lookup
 * goes through the list. Left out: ports, protocols, users, tunnels, L3 master devices, realms, flow labels.
 */
import type { RuleInfo } from '../control/info.ts'
import { RuleAction, type RuleSpec, Table } from '../control/request.ts'
import type { Device } from '../core/device.ts'
import { type Answer, DONE, type Failure, fail } from '../core/errno.ts'
import type { Ip } from '../wire/ip.ts'
import * as ip4 from '../wire/ip.ts'

/** linux/in.h LOOPBACK_IFINDEX: by which device packets of this machine's own come in. */
export const LOOPBACK_IFINDEX = 1

/** What a packet is asked for: Linux struct flowi4. One object is filled in again and again. */
export class Flow {
  dst = 0 as Ip
  src = 0 as Ip
  tos = 0
  /** By which device it came; LOOPBACK_IFINDEX: from here. */
  iif = LOOPBACK_IFINDEX
  /** By which device it must leave; 0: by any. */
  oif = 0
  mark = 0

  set(dst: Ip, src: Ip, tos: number, iif: number, oif: number, mark: number): this {
    this.dst = dst
    this.src = src
    this.tos = tos
    this.iif = iif
    this.oif = oif
    this.mark = mark
    return this
  }
}

/** As in RuleInfo: '' for any device, -1 where nothing is suppressed. */
export type Rule = Required<RuleSpec>

const NONE = -1
const IPV4_BITS = 32
/** Bits of the TOS octet that a rule may look at. */
const TOS_MASK = 0x1e
const ECN_MASK = 3
const ANYWHERE = { ip: 0 as Ip, length: 0 }

const DEFAULTS: Rule = {
  action: RuleAction.Unspec,
  not: false,
  from: ANYWHERE,
  to: ANYWHERE,
  priority: 0,
  table: Table.Unspec,
  tos: 0,
  mark: 0,
  markMask: 0,
  iif: '',
  oif: '',
  target: 0,
  suppressPrefixLength: NONE,
  suppressGroup: NONE,
  protocol: 0,
}

/** RTPROT_KERNEL */
const kernelRule = (priority: number, table: number): Rule => ({
  ...DEFAULTS,
  action: RuleAction.ToTable,
  priority,
  table,
  protocol: 2,
})

/** Those that every namespace is born with. */
const FIRST: readonly Rule[] = [
  kernelRule(0, Table.Local),
  kernelRule(0x7ffe, Table.Main),
  kernelRule(0x7fff, Table.Default),
]

/** What the rules must know of the rest of the stack. */
export interface RuleContext {
  device(ifindex: number): Device | undefined
  deviceNamed(name: string): Device | undefined
  /** fib_unmerge: local and main become tables of their own. */
  split(): void
  /** fib_empty_table: makes a table with a number that none has. */
  emptyTable(): number
  /** rt_cache_flush */
  changed(): void
  /** notify_rule_change */
  told(gone: boolean, rule: Rule): void
}

export class Rules {
  /** Ascending by priority; among equals the older first. */
  list = FIRST
  /** Some rule was made or deleted: lookups ask the list from now on. */
  isCustom = false

  readonly #context: RuleContext

  constructor(context: RuleContext) {
    this.#context = context
  }

  // -- Changes ------------------------------------------------------------------------------------

  /** RTM_NEWRULE with NLM_F_EXCL, as `ip rule add` sends it. */
  add(spec: RuleSpec): Answer {
    const made = this.#make(spec)
    if ('ok' in made) return made
    let rule = made
    if (this.list.some(each => isTwin(each, rule))) return fail('EEXIST')
    if ((rule.tos & ECN_MASK) !== 0) return fail('EINVAL', 'Invalid dsfield (tos): ECN bits must be 0')
    if ((rule.tos & ~TOS_MASK) !== 0) return fail('EINVAL', 'Invalid tos')
    this.#context.split()
    if (rule.table === Table.Unspec && rule.action === RuleAction.ToTable) {
      rule = { ...rule, table: this.#context.emptyTable() }
    }
    const after = this.list.findIndex(each => each.priority > rule.priority)
    this.list = this.list.toSpliced(after < 0 ? this.list.length : after, 0, rule)
    this.#changed()
    this.#context.told(false, rule)
    return DONE
  }

  /** RTM_DELRULE: the first rule that is as the request says; ENOENT. What it leaves open matches anything. */
  delete(spec: RuleSpec): Answer {
    const made = this.#make(spec)
    if ('ok' in made) return made
    const at = this.list.findIndex(each => isMeant(each, made, spec.priority !== undefined))
    if (at < 0) return fail('ENOENT')
    this.#context.split()
    const gone = this.list[at]!
    this.list = this.list.toSpliced(at, 1)
    this.#changed()
    this.#context.told(true, gone!)
    return DONE
  }

  #changed(): void {
    this.isCustom = true
    this.#context.changed()
  }

  /** fib_nl2rule */
  #make(spec: RuleSpec): Rule | Failure {
    const { from = ANYWHERE, to = ANYWHERE, action = RuleAction.Unspec, mark = 0, target } = spec
    if (from.length > IPV4_BITS) return fail('EINVAL', 'Invalid source address')
    if (to.length > IPV4_BITS) return fail('EINVAL', 'Invalid dst address')
    if (target !== undefined && action !== RuleAction.Goto) return fail('EINVAL', 'Unexpected goto')
    if (target === undefined && action === RuleAction.Goto) {
      return fail('EINVAL', 'Missing goto target for action goto')
    }
    const priority = spec.priority ?? this.#defaultPriority()
    if (target !== undefined && target <= priority) return fail('EINVAL', 'Backward goto not supported')
    const markMask = spec.markMask ?? (mark === 0 ? 0 : 0xffff_ffff)
    return {
      ...DEFAULTS,
      ...spec,
      from: from.length === 0 ? ANYWHERE : from,
      to: to.length === 0 ? ANYWHERE : to,
      priority,
      markMask,
    }
  }

  /** fib_default_rule_pref: before all but the first. */
  #defaultPriority(): number {
    const second = this.list[1]
    return second === undefined || second.priority === 0 ? 0 : second.priority - 1
  }

  // -- Lookup -------------------------------------------------------------------------------------

  /** fib_rule_match */
  matches(rule: Rule, flow: Flow): boolean {
    return this.#suits(rule, flow) !== rule.not
  }

  #suits(rule: Rule, flow: Flow): boolean {
    const { from, to } = rule
    if (rule.iif !== '' && this.#context.device(flow.iif)?.name !== rule.iif) return false
    if (rule.oif !== '' && this.#context.device(flow.oif)?.name !== rule.oif) return false
    if (((rule.mark ^ flow.mark) & rule.markMask) !== 0) return false
    if (!ip4.contains(from.ip, from.length, flow.src) || !ip4.contains(to.ip, to.length, flow.dst)) return false
    return rule.tos === 0 || rule.tos === flow.tos
  }

  /** Where the rule with the priority that a goto names stands; below 0: nowhere yet. */
  targetOf(rule: Rule): number {
    return this.list.findIndex(({ priority }) => priority === rule.target)
  }

  // -- Dump ---------------------------------------------------------------------------------------

  dump(): RuleInfo[] {
    return this.list.map(rule => this.describe(rule))
  }

  /** fib_nl_fill_rule */
  describe(rule: Rule): RuleInfo {
    const isThere = (name: string): boolean => this.#context.deviceNamed(name) !== undefined
    return {
      ...rule,
      iifDetached: rule.iif !== '' && !isThere(rule.iif),
      oifDetached: rule.oif !== '' && !isThere(rule.oif),
      unresolved: rule.action === RuleAction.Goto && this.targetOf(rule) < 0,
    }
  }
}

/** fib4_rule_compare: what the wanted one leaves open is not looked at. */
const hasSelectors = (rule: Rule, wanted: Rule): boolean =>
  (wanted.from.length === 0 || (wanted.from.length === rule.from.length && wanted.from.ip === rule.from.ip)) &&
  (wanted.to.length === 0 || (wanted.to.length === rule.to.length && wanted.to.ip === rule.to.ip)) &&
  (wanted.tos === 0 || wanted.tos === rule.tos)

/** rule_exists: whether it is turned round (`not`) is not compared. */
const isTwin = (rule: Rule, wanted: Rule): boolean =>
  rule.action === wanted.action &&
  rule.table === wanted.table &&
  rule.priority === wanted.priority &&
  rule.suppressGroup === wanted.suppressGroup &&
  rule.suppressPrefixLength === wanted.suppressPrefixLength &&
  rule.iif === wanted.iif &&
  rule.oif === wanted.oif &&
  rule.mark === wanted.mark &&
  rule.markMask === wanted.markMask &&
  rule.protocol === wanted.protocol &&
  hasSelectors(rule, wanted)

/** rule_find */
const isMeant = (rule: Rule, wanted: Rule, byPriority: boolean): boolean =>
  (wanted.action === RuleAction.Unspec || rule.action === wanted.action) &&
  (wanted.table === Table.Unspec || rule.table === wanted.table) &&
  (!byPriority || rule.priority === wanted.priority) &&
  (wanted.iif === '' || rule.iif === wanted.iif) &&
  (wanted.oif === '' || rule.oif === wanted.oif) &&
  (wanted.mark === 0 || rule.mark === wanted.mark) &&
  (wanted.markMask === 0 || rule.markMask === wanted.markMask) &&
  (wanted.suppressGroup === NONE || rule.suppressGroup === wanted.suppressGroup) &&
  (wanted.suppressPrefixLength === NONE || rule.suppressPrefixLength === wanted.suppressPrefixLength) &&
  (wanted.protocol === 0 || rule.protocol === wanted.protocol) &&
  hasSelectors(rule, wanted)
