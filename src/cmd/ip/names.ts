/**
 * Names of numbers: routing tables, protocols, scopes, DS fields, types of routes.
 *
 * Follows iproute2 6.1 lib/rt_names.c and ip/rtm_map.c, with the contents of its own /etc/iproute2. Of those files
 * only rt_tables is read again, by readTables: it is the one that people edit. Left out: realms, device groups, the .d
 * folders.
 */
import { Scope } from '../../control/records.ts'
import { RouteType, Table } from '../../control/request.ts'
import type { Wait, Wake } from '../../world/task.ts'
import { matches, strtol } from './args.ts'

export interface Names {
  readonly byName: ReadonlyMap<string, number>
  readonly byNumber: ReadonlyMap<number, string>
  readonly max: number
  /** In which base a number that has no name is read. */
  readonly base: 0 | 16
}

function table(entries: Iterable<readonly [string, number]>, max: number, base: 0 | 16 = 0): Names {
  const byName = new Map(entries)
  return { byName, byNumber: new Map([...byName].map(([name, number]) => [number, name])), max, base }
}

export const SCOPES = table(
  [
    ['global', Scope.Universe],
    ['nowhere', Scope.Nowhere],
    ['host', Scope.Host],
    ['link', Scope.Link],
    ['site', Scope.Site],
  ],
  255,
)

export const PROTOCOLS = table(
  [
    ['unspec', 0],
    ['redirect', 1],
    ['kernel', 2],
    ['boot', 3],
    ['static', 4],
    ['gated', 8],
    ['ra', 9],
    ['mrt', 10],
    ['zebra', 11],
    ['bird', 12],
    ['dnrouted', 13],
    ['xorp', 14],
    ['ntk', 15],
    ['dhcp', 16],
    ['keepalived', 18],
    ['babel', 42],
    ['openr', 99],
    ['bgp', 186],
    ['isis', 187],
    ['ospf', 188],
    ['rip', 189],
    ['eigrp', 192],
  ],
  255,
)

export const TABLES = table(
  [
    ['unspec', Table.Unspec],
    ['default', Table.Default],
    ['main', Table.Main],
    ['local', Table.Local],
  ],
  0xffff_ffff,
)

/** RFC 2474, 2597, 3246; a number without a name is hexadecimal. */
export const DS_FIELDS = table(
  [
    ['default', 0],
    ['AF11', 0x28],
    ['AF12', 0x30],
    ['AF13', 0x38],
    ['AF21', 0x48],
    ['AF22', 0x50],
    ['AF23', 0x58],
    ['AF31', 0x68],
    ['AF32', 0x70],
    ['AF33', 0x78],
    ['AF41', 0x88],
    ['AF42', 0x90],
    ['AF43', 0x98],
    ['CS1', 0x20],
    ['CS2', 0x40],
    ['CS3', 0x60],
    ['CS4', 0x80],
    ['CS5', 0xa0],
    ['CS6', 0xc0],
    ['CS7', 0xe0],
    ['EF', 0xb8],
  ],
  255,
  16,
)

/** The number of a name, or the number that the text is; undefined for neither. */
export function numberOf(names: Names, text: string): number | undefined {
  const named = names.byName.get(text)
  if (named !== undefined) return named
  const number = strtol(text, names.base)
  if (number === undefined || number.rest !== '' || number.value < 0 || number.value > names.max) return undefined
  return number.value + 0
}

/** The name of a number; the number itself when it has none, or with -Numeric. */
export const nameOf = (names: Names, number: number, numeric: boolean): string =>
  (numeric ? undefined : names.byNumber.get(number)) ?? String(number)

/** rtnl_dsfield_n2a: like nameOf, but in hexadecimal. */
export const dsFieldName = (tos: number, numeric: boolean): string =>
  (numeric ? undefined : DS_FIELDS.byNumber.get(tos)) ?? `0x${tos.toString(16).padStart(2, '0')}`

const ROUTE_TYPE_NAMES = [
  'none',
  'unicast',
  'local',
  'broadcast',
  'anycast',
  'multicast',
  'blackhole',
  'unreachable',
  'prohibit',
  'throw',
  'nat',
  'xresolve',
]

/** rtnl_rtntype_n2a */
export const routeTypeName = (type: number, numeric: boolean): string =>
  (numeric ? undefined : ROUTE_TYPE_NAMES[type]) ?? String(type)

/** In the order in which rtnl_rtntype_a2n tries them; the exact ones take no abbreviation. */
const ROUTE_TYPE_WORDS: readonly (readonly [word: string, type: number, exact: boolean])[] = [
  ['local', RouteType.Local, true],
  ['nat', RouteType.Nat, true],
  ['broadcast', RouteType.Broadcast, false],
  ['brd', RouteType.Broadcast, true],
  ['anycast', RouteType.Anycast, false],
  ['multicast', RouteType.Multicast, false],
  ['prohibit', RouteType.Prohibit, false],
  ['unreachable', RouteType.Unreachable, false],
  ['blackhole', RouteType.Blackhole, false],
  ['unicast', RouteType.Unicast, false],
  ['throw', RouteType.Throw, true],
  ['xresolve', RouteType.XResolve, true],
]

/** rtnl_rtntype_a2n: a type of route by name, abbreviation or number; undefined for anything else. */
export function routeType(text: string): number | undefined {
  const named = ROUTE_TYPE_WORDS.find(([word, , exact]) => (exact ? text === word : matches(text, word)))
  if (named !== undefined) return named[1]
  const number = strtol(text)
  return number !== undefined && number.rest === '' && number.value >= 0 && number.value <= 255
    ? number.value + 0
    : undefined
}

/** The routing tables as /etc/iproute2/rt_tables names them now; TABLES when there is no such file. */
export function* readTables(): Generator<Wait, Names, Wake> {
  const wake = yield { for: 'file', path: '/etc/iproute2/rt_tables' }
  if (wake.by !== 'file') return TABLES
  const entries: (readonly [string, number])[] = [...TABLES.byName]
  for (const line of wake.text.split('\n')) {
    const [number, name] = /^\s*(0x[0-9a-f]+|\d+)\s+([^\s#]+)/i.exec(line)?.slice(1) ?? []
    if (number !== undefined) entries.push([name!, Number(number)])
  }
  return table(entries, TABLES.max)
}
