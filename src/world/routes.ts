/**
 * RTM_NEWROUTE, RTM_DELROUTE, RTM_GETROUTE and the same of rules for IPv4: requests become what the stack's tables ask
 * for.
 *
 * Follows Linux net/ipv4/fib_frontend.c: rtm_to_fib_config, inet_rtm_newroute, inet_rtm_delroute.
 */
import type { NexthopObjectInfo, RouteAnswer, RouteInfo, RuleInfo } from '../control/info.ts'
import { Scope } from '../control/records.ts'
import {
  type LinkRef,
  type NexthopObjectSpec,
  type NexthopSpec,
  type RouteMode,
  RouteProtocol,
  type RouteSpec,
  RouteType,
  type RuleSpec,
  Table,
} from '../control/request.ts'
import { type Answer, fail } from '../core/errno.ts'
import type { HopConfig, RouteConfig } from '../stack/fib.ts'
import type { RouteGet } from '../stack/route.ts'
import type { Ip } from '../wire/ip.ts'
import type { Netns } from './netns.ts'

/** The two bits of the TOS octet that no route may look at. */
const ECN_MASK = 3
/** An ifindex that none has. */
const NO_DEVICE = -1

export function newroute(netns: Netns, spec: RouteSpec, mode: RouteMode): Answer {
  const { type = RouteType.Unicast } = spec
  const config = configOf(netns, spec, type, scopeOf(spec, type), spec.protocol ?? RouteProtocol.Boot)
  if (!config.ok) return config
  const { inet } = netns.stack
  const answer = inet.fib.insert(config.value, mode)
  if (answer.ok && type === RouteType.Local) inet.hasLocalRoutes = true
  return answer
}

export function delroute(netns: Netns, spec: RouteSpec): Answer {
  const config = configOf(netns, spec, spec.type ?? RouteType.Unspec, spec.scope ?? Scope.Nowhere, spec.protocol ?? 0)
  return config.ok ? netns.stack.inet.fib.delete(config.value) : config
}

/** What iproute2 fills in when nobody says: local routes have host scope, those without a gateway link scope. */
function scopeOf(spec: RouteSpec, type: RouteType): number {
  if (spec.scope !== undefined) return spec.scope
  if (type === RouteType.Local || type === RouteType.Nat) return Scope.Host
  if (type === RouteType.Broadcast || type === RouteType.Multicast || type === RouteType.Anycast) return Scope.Link
  const isDirect = spec.via === undefined && spec.nexthops === undefined && !spec.nhid
  return type === RouteType.Unicast && isDirect ? Scope.Link : Scope.Universe
}

/** rtm_to_fib_config */
function configOf(
  netns: Netns,
  spec: RouteSpec,
  type: RouteType,
  scope: number,
  protocol: number,
): Answer<RouteConfig> {
  const ifindex = indexOf(netns, spec.link)
  if (ifindex === NO_DEVICE) return fail('ENODEV')
  const saysWhere = ifindex !== 0 || spec.via !== undefined || spec.nexthops !== undefined
  if (spec.nhid && saysWhere) return fail('EINVAL', 'Nexthop specification and nexthop id are mutually exclusive')
  const { tos = 0 } = spec
  const nexthops = spec.nexthops?.map(each => hopOf(netns, each))
  if (nexthops?.some(({ ifindex }) => ifindex === NO_DEVICE)) return fail('ENODEV')
  if ((tos & ECN_MASK) !== 0) return fail('EINVAL', 'Invalid dsfield (tos): ECN bits must be 0')
  if (type > RouteType.XResolve) return fail('EINVAL', 'Invalid route type')
  return {
    ok: true,
    value: {
      table: spec.table === undefined || spec.table === 0 ? Table.Main : spec.table,
      dst: spec.dst,
      length: spec.prefixLength,
      tos,
      type,
      scope,
      protocol,
      priority: spec.metric ?? 0,
      prefsrc: spec.src ?? (0 as Ip),
      ifindex,
      gateway: spec.via ?? (0 as Ip),
      onlink: spec.onlink ?? false,
      metrics: spec.metrics ?? {},
      nexthopId: spec.nhid ?? 0,
      ...(nexthops !== undefined && { nexthops }),
    },
  }
}

function hopOf(netns: Netns, { via = 0 as Ip, link, weight = 1, onlink = false }: NexthopSpec): HopConfig {
  return { ifindex: indexOf(netns, link), gateway: via, onlink, weight }
}

/** An ifindex is taken as it is: what comes of one that nobody has is for the tables to say. */
const indexOf = (netns: Netns, link: LinkRef | undefined): number =>
  typeof link === 'string' ? (netns.byName.get(link)?.ifindex ?? NO_DEVICE) : (link ?? 0)

/** RTM_NEWNEXTHOP and RTM_DELNEXTHOP */
export const newnexthop = (netns: Netns, nexthop: NexthopObjectSpec, replaces: boolean): Answer =>
  netns.stack.inet.nexthops.add(nexthop, replaces)

export const delnexthop = (netns: Netns, id: number): Answer => netns.stack.inet.nexthops.delete(id)

/** RTM_GETNEXTHOP with NLM_F_DUMP: ascending by number. */
export const dumpNexthops = (netns: Netns): NexthopObjectInfo[] => netns.stack.inet.nexthops.dump()

export const newrule = (netns: Netns, rule: RuleSpec): Answer => netns.stack.inet.fib.rules.add(rule)

export const delrule = (netns: Netns, rule: RuleSpec): Answer => netns.stack.inet.fib.rules.delete(rule)

/** RTM_GETRULE with NLM_F_DUMP. */
export const dumpRules = (netns: Netns): RuleInfo[] => netns.stack.inet.fib.rules.dump()

/** RTM_GETROUTE with NLM_F_DUMP. */
export const dumpRoutes = (netns: Netns): RouteInfo[] => netns.stack.routes()

/** What the stack learned of paths: `ip route show cache`. */
export const dumpLearnedRoutes = (netns: Netns): RouteAnswer[] => netns.stack.learnedRoutes()

/** `ip route get` */
export const routeGet = (netns: Netns, query: RouteGet): Answer<RouteAnswer> => netns.stack.routeGet(query)
