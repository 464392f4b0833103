/** A world that stands still for the transcripts of `ip`. */
import { ip } from '../../../src/cmd/ip/main.ts'
import type { AddressInfo, LinkInfo, NeighbourInfo, RouteAnswer, RouteInfo } from '../../../src/control/info.ts'
import { Ifaf, Scope } from '../../../src/control/records.ts'
import { type Request, RouteProtocol, RouteType, Table } from '../../../src/control/request.ts'
import { HardwareType, Iff, type NetnsId, OperState } from '../../../src/core/device.ts'
import { type Answer, DONE } from '../../../src/core/errno.ts'
import { type Ip, parse } from '../../../src/wire/ip.ts'
import { type Mac, parse as parseMac } from '../../../src/wire/mac.ts'
import type { RouteQuery, World } from '../../../src/world/world.ts'
import { type Said, say, type Told, transcript as transcriptAt } from '../said.ts'

/** The commands of one section of kernel/NAME.txt, with what Linux said. */
export const transcript = (name: string, section: string): Said[] => transcriptAt(`ip/kernel/${name}.txt`, section)

/** Runs one command line; `files` are all that there are. */
export const run = (world: World, line: string, files: Readonly<Record<string, string>> = {}): Told =>
  say(ip, world, line, { files })

/** What a test fills in; everything else is empty. */
export interface State {
  readonly links: LinkInfo[]
  readonly addresses: AddressInfo[]
  readonly routes: RouteInfo[]
  readonly neighbours: NeighbourInfo[]
  readonly now?: number
  routeGet?(query: RouteQuery): Answer<RouteAnswer>
  apply?(request: Request): Answer<unknown>
}

export interface FakeWorld {
  readonly world: World
  readonly applied: Request[]
}

/** A world that shows what it was told and writes down what it is asked to change. */
export function fakeWorld(state: State): FakeWorld {
  const applied: Request[] = []
  const device = (_: NetnsId, link: number | string) =>
    state.links.find(({ ifindex, name }) => ifindex === link || name === link)
  const world = {
    now: state.now ?? 0,
    links: () => state.links,
    link: device,
    addresses: () => state.addresses,
    routes: () => state.routes,
    learnedRoutes: () => [],
    neighbours: () => state.neighbours,
    device,
    netns: () => ({ devices: new Map() }),
    netnsNames: () => [],
    routeGet: (_: NetnsId, query: RouteQuery) => state.routeGet!(query),
    apply(request: Request) {
      applied.push(request)
      return state.apply?.(request) ?? DONE
    },
  }
  return { world: world as unknown as World, applied }
}

export const ip4 = (text: string): Ip => parse(text)!
export const mac = (text: string): Mac => parseMac(text)!

const NO_STATS = {
  rxPackets: 0,
  rxBytes: 0,
  rxErrors: 0,
  rxDropped: 0,
  multicast: 0,
  txPackets: 0,
  txBytes: 0,
  txErrors: 0,
  txDropped: 0,
}

/** An Ethernet device that is down. */
export const link = (more: Partial<LinkInfo> & Pick<LinkInfo, 'ifindex' | 'name' | 'kind'>): LinkInfo => ({
  hardwareType: HardwareType.Ether,
  mac: mac('02:00:00:00:00:00'),
  broadcast: mac('ff:ff:ff:ff:ff:ff'),
  mtu: 1500,
  mtuMin: 68,
  mtuMax: 65535,
  txQueueLength: 1000,
  flags: Iff.Broadcast | Iff.Multicast,
  operState: OperState.Down,
  carrier: false,
  carrierUpCount: 0,
  carrierDownCount: 1,
  qdisc: 'noop',
  group: 0,
  promiscuity: 0,
  tsoMaxSize: 524280,
  allMultiCount: 0,
  master: 0,
  iflink: more.ifindex,
  alias: '',
  altNames: [],
  macOrigin: 3,
  stats: NO_STATS,
  ip6: { addrGenMode: 'eui64', enabled: false },
  ...more,
})

export const LO = link({
  ifindex: 1,
  name: 'lo',
  kind: 'loopback',
  hardwareType: HardwareType.Loopback,
  mac: 0 as Mac,
  broadcast: 0 as Mac,
  mtu: 65536,
  flags: Iff.Loopback | Iff.Up | Iff.Running | Iff.LowerUp,
  operState: OperState.Unknown,
  qdisc: 'noqueue',
})

export function address4(
  ifindex: number,
  prefix: string,
  label: string,
  more: Partial<Extract<AddressInfo, { family: 4 }>> = {},
): Extract<AddressInfo, { family: 4 }> {
  const [local, length] = prefix.split('/')
  return {
    family: 4,
    ifindex,
    local: ip4(local!),
    address: ip4(local!),
    prefixLength: Number(length),
    broadcast: undefined,
    label,
    scope: Scope.Universe,
    flags: Ifaf.Permanent,
    validLifetime: Number.POSITIVE_INFINITY,
    preferredLifetime: Number.POSITIVE_INFINITY,
    sinceNs: 0,
    metric: 0,
    protocol: 0,
    ...more,
  }
}

/** A route of the main table, as `ip route add` makes it. */
export function route(prefix: string, more: Partial<RouteInfo> = {}): RouteInfo {
  const [dst, length = '32'] = prefix.split('/')
  return {
    dst: ip4(dst!),
    prefixLength: Number(length),
    type: RouteType.Unicast,
    table: Table.Main,
    scope: Scope.Universe,
    protocol: RouteProtocol.Boot,
    metric: 0,
    tos: 0,
    ifindex: 0,
    flags: 0,
    metrics: {},
    ...more,
  }
}
