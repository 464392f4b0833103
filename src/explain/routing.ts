/**
 * A routing decision with what made it: the policy rule that sent the packet to a table, and the route found there.
 *
 * Follows Linux net/core/fib_rules.c fib_rules_lookup, as stack/fib.ts does, and asks its tables; here each rule that
 * was passed is known. Left out: suppress_ifgroup.
 */
import { nameOf, routeTypeName, TABLES } from '../cmd/ip/names.ts'
import type { RouteInfo } from '../control/info.ts'
import { Scope } from '../control/records.ts'
import { RouteType, RuleAction, Table } from '../control/request.ts'
import type { NetnsId } from '../core/device.ts'
import type { Errno } from '../core/errno.ts'
import { Flow, LOOPBACK_IFINDEX, type Rule } from '../stack/rules.ts'
import type { Ip } from '../wire/ip.ts'
import * as ip4 from '../wire/ip.ts'
import type { World } from '../world/world.ts'

/** What is asked for; 0 leaves it open. */
export interface Question {
  readonly dst: Ip
  readonly src?: Ip
  /** By which device the packet came; from this machine when absent. */
  readonly iif?: number
  readonly oif?: number
  readonly mark?: number
}

export interface Decision {
  /** The rule that decided; undefined when none did. */
  readonly rule?: Rule
  readonly route?: RouteInfo
  /** Where it goes next: the gateway, or the destination itself. */
  readonly hop?: { readonly ifindex: number; readonly address: Ip; readonly isGateway: boolean }
  /** Why there is no way. */
  readonly error?: Errno
}

const RULE_ERRORS: Readonly<Record<number, Errno>> = {
  [RuleAction.Blackhole]: 'EINVAL',
  [RuleAction.Unreachable]: 'ENETUNREACH',
  [RuleAction.Prohibit]: 'EACCES',
}

/** Which way a machine sends such a packet, and why. Changes nothing. */
export function decide(world: World, netns: NetnsId, question: Question): Decision {
  const { fib } = world.netns(netns).stack.inet
  const { alias, nexthop, error } = fib
  try {
    return decided(world, netns, question)
  } finally {
    Object.assign(fib, { alias, nexthop, error })
  }
}

function decided(world: World, netns: NetnsId, question: Question): Decision {
  const { fib } = world.netns(netns).stack.inet
  const { dst, src = 0 as Ip, iif = LOOPBACK_IFINDEX, oif = 0, mark = 0 } = question
  const flow = new Flow().set(dst, src, 0, iif, oif, mark)
  const { rules } = fib
  for (let at = 0; at < rules.list.length; ) {
    const rule = rules.list[at++]!
    if (!rules.matches(rule, flow) || rule.action === RuleAction.Nop) continue
    if (rule.action === RuleAction.Goto) {
      const target = rules.targetOf(rule)
      if (target >= 0) at = target
      continue
    }
    if (rule.action !== RuleAction.ToTable) return { rule, error: RULE_ERRORS[rule.action] ?? 'EINVAL' }
    if (!fib.hasTable(rule.table)) continue
    if (!fib.lookupIn(rule.table, dst, 0, oif, Scope.Universe, false)) {
      if (fib.error === 'EAGAIN') continue
      return { rule, route: fib.describe(fib.alias!), error: fib.error! }
    }
    const route = fib.describe(fib.alias!)
    if (route.prefixLength <= rule.suppressPrefixLength) continue
    const { ifindex, gateway, scope } = fib.nexthop!
    const isGateway = scope === Scope.Link && gateway !== 0
    return { rule, route, hop: { ifindex, address: isGateway ? gateway : dst, isGateway } }
  }
  return { error: 'ENETUNREACH' }
}

/** `10.0.0.0/24`, `default`, or one address without a length. */
export function prefixText(ip: Ip, length: number): string {
  if (length === 0) return 'default'
  return length === ip4.PREFIX_BITS ? ip4.format(ip) : `${ip4.format(ip)}/${length}`
}

/** As `ip route` prints its most important words: `default via 10.0.0.1 dev eth0`. */
export function routeText(world: World, netns: NetnsId, route: RouteInfo): string {
  const { dst, prefixLength, type, via, ifindex, table } = route
  const kind = type === RouteType.Unicast ? '' : `${routeTypeName(type, false)} `
  const gateway = via === undefined ? '' : ` via ${ip4.format(via)}`
  const name = ifindex === 0 ? undefined : world.netns(netns).devices.get(ifindex)?.name
  const by = name === undefined ? '' : ` dev ${name}`
  const where = table === Table.Main || table === Table.Local ? '' : ` table ${tableName(table)}`
  return `${kind}${prefixText(dst, prefixLength)}${gateway}${by}${where}`
}

export const tableName = (table: number): string => nameOf(TABLES, table, false)

/** As `ip rule` prints its most important words: `100: from 10.0.0.1 lookup 7`. */
export function ruleText({ priority, not, from, to, iif, oif, mark, action, table }: Rule): string {
  const words = [
    `${priority}:`,
    ...(not ? ['not'] : []),
    'from',
    from.length === 0 ? 'all' : prefixText(from.ip, from.length),
  ]
  if (to.length > 0) words.push('to', prefixText(to.ip, to.length))
  if (mark !== 0) words.push('fwmark', `0x${mark.toString(16)}`)
  if (iif !== '') words.push('iif', iif)
  if (oif !== '') words.push('oif', oif)
  const acts: Readonly<Record<number, string>> = {
    [RuleAction.Blackhole]: 'blackhole',
    [RuleAction.Unreachable]: 'unreachable',
    [RuleAction.Prohibit]: 'prohibit',
  }
  words.push(acts[action] ?? `lookup ${tableName(table)}`)
  return words.join(' ')
}
