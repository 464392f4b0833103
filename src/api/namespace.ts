/**
 * One network namespace as a handle: what `ip -n NAME`, `bridge -n NAME` and `sysctl` do to it, as typed calls.
 *
 * Each call is one request, or a row of them that is undone when a later one is refused; it throws a RequestError with
 * the words of Linux. Links are named as in `ip`. Left out: what the requests cannot say yet (rules, VLANs, multicast).
 */

import { type nameOf, numberOf, PROTOCOLS, SCOPES, TABLES } from '../cmd/ip/names.ts'
import type { ProgramFunction } from '../cmd/os/program.ts'
import { parseDestination, parseIp, parseMac, parsePrefix, parseTicks, type Span } from '../cmd/text.ts'
import {
  type BridgeOptions,
  type BridgePortOptions,
  MacvlanFlag,
  MacvlanMode,
  Scope,
  TunFlag,
} from '../control/records.ts'
import {
  type LinkChanges,
  type NeighbourMode,
  type NewLink,
  Nud,
  RouteProtocol,
  type RouteSpec,
  RouteType,
  Table,
} from '../control/request.ts'
import type { NetnsId } from '../core/device.ts'
import { fail } from '../core/errno.ts'
import * as ip4 from '../wire/ip.ts'
import { RequestError } from './error.ts'
import { type ExecOptions, execute, splitWords } from './exec.ts'
import {
  type Address,
  addressView,
  type FdbEntry,
  fdbView,
  type Link,
  linkView,
  type Neighbour,
  neighbourView,
  type Route,
  routeView,
} from './inspect.ts'
import type { Machine } from './machine.ts'
import { type PingResult, pingResult } from './ping.ts'
import type { CommandResult } from './processes.ts'
import { RunningProgram, type SpawnOptions } from './program.ts'

/** What `ip link set` changes. */
export interface LinkOptions {
  readonly mac?: string
  readonly mtu?: number
  readonly up?: boolean
  readonly arp?: boolean
  readonly multicast?: boolean
  readonly promisc?: boolean
  readonly alias?: string
  readonly txQueueLength?: number
  /** The bridge that it becomes a port of; null takes it out. */
  readonly master?: string | null
}

/** What `ip link set type bridge` changes. */
export interface BridgeSettings {
  /** How long an address that is not heard of is remembered; Linux: 300 s. */
  readonly ageing?: Span
  /** The spanning tree protocol; Linux: off. */
  readonly stp?: boolean
  /** Linux: 32768. */
  readonly priority?: number
  readonly forwardDelay?: Span
  readonly helloTime?: Span
  readonly maxAge?: Span
}

/** What `bridge link set` changes. */
export type PortSettings = Partial<
  Pick<
    BridgePortOptions,
    | 'state'
    | 'priority'
    | 'cost'
    | 'hairpin'
    | 'guard'
    | 'rootBlock'
    | 'learning'
    | 'flood'
    | 'mcastFlood'
    | 'bcastFlood'
    | 'isolated'
  >
>

export interface NewBridge extends LinkOptions, BridgeSettings {
  /** Links of this namespace that become its ports. */
  readonly ports?: readonly string[]
}

/** What `ip link add type macvlan` and `type macvtap` set. */
export interface NewMacvlan extends LinkOptions {
  /** The link that it stands on. */
  readonly link: string
  /** Linux: `vepa`. */
  readonly mode?: keyof typeof MACVLAN_MODES
  /** Of mode `source`: whose frames it takes. */
  readonly sources?: readonly string[]
  /** Of mode `passthru`: the lower link does not become promiscuous. */
  readonly nopromisc?: boolean
  /** Of mode `source`: the lower link keeps the frames as well. */
  readonly nodst?: boolean
}

/** What `ip tuntap add` sets, and the link's options. */
export interface NewTun extends LinkOptions {
  readonly owner?: number
  readonly group?: number
  readonly multiQueue?: boolean
}

export interface AddressOptions {
  /** The other end of a point-to-point link; the length of the address is then the peer's. */
  readonly peer?: string
  /** An address, or `+` for that of the prefix, as `ip` has it. */
  readonly broadcast?: string
  readonly label?: string
  /** `global` when absent, `host` for 127.0.0.0/8. */
  readonly scope?: 'global' | 'site' | 'link' | 'host'
}

export interface RouteOptions {
  readonly via?: string
  readonly dev?: string
  readonly src?: string
  readonly metric?: number
  readonly type?: 'unicast' | 'blackhole' | 'unreachable' | 'prohibit' | 'throw'
  /** A name or a number; `main` when absent. */
  readonly table?: string | number
  readonly protocol?: string
  /** The next router is reachable on `dev` whatever the routes say. */
  readonly onlink?: boolean
}

export interface NeighbourOptions {
  readonly dev: string
  readonly mac?: string
  /** `permanent` when absent. */
  readonly state?: 'permanent' | 'noarp' | 'reachable' | 'stale' | 'failed'
}

export interface FdbOptions {
  /** The port behind which the address is; with `local` it may be the bridge itself. */
  readonly dev: string
  /**
   * `static` when absent: it never ages. `dynamic` ages as a learned one, `local` is an address of the machine's own.
   */
  readonly kind?: 'static' | 'dynamic' | 'local'
}

export interface PingOptions {
  /** Probes, `-c`; 1 when absent: a test wants to end. */
  readonly count?: number
  /** Seconds between probes, `-i`. */
  readonly interval?: number
  /** Octets of payload, `-s`. */
  readonly size?: number
  /** Seconds to wait for the last reply, `-W`. */
  readonly wait?: number
  readonly ttl?: number
  /** A device or a source address, `-I`. */
  readonly from?: string
}

const ROUTE_TYPES = {
  unicast: RouteType.Unicast,
  blackhole: RouteType.Blackhole,
  unreachable: RouteType.Unreachable,
  prohibit: RouteType.Prohibit,
  throw: RouteType.Throw,
} as const
const NEIGHBOUR_STATES = {
  permanent: Nud.Permanent,
  noarp: Nud.NoArp,
  reachable: Nud.Reachable,
  stale: Nud.Stale,
  failed: Nud.Failed,
} as const
const MACVLAN_MODES = {
  private: MacvlanMode.Private,
  vepa: MacvlanMode.Vepa,
  bridge: MacvlanMode.Bridge,
  passthru: MacvlanMode.Passthru,
  source: MacvlanMode.Source,
} as const
const FDB_STATES = { static: Nud.NoArp, dynamic: Nud.Reachable, local: Nud.Permanent } as const

export class Namespace {
  readonly id: NetnsId
  /** Its name below /run/netns; `host` for the initial one. */
  readonly name: string
  readonly #machine: Machine

  /** @internal */
  constructor(machine: Machine, id: NetnsId, name: string) {
    this.#machine = machine
    this.id = id
    this.name = name
  }

  // -- Links --------------------------------------------------------------------------------------

  /** `ip link add NAME type bridge ...`. Answers its name. */
  addBridge(name: string, options: NewBridge = {}): string {
    const { ports = [], up, ...rest } = options
    this.#machine.request({ type: 'newlink', netns: this.id, link: { ...this.#changes(rest), kind: 'bridge', name } })
    try {
      for (const port of ports) this.setLink(port, { master: name })
      if (up !== undefined) this.setLink(name, { up })
    } catch (error) {
      this.deleteLink(name)
      throw error
    }
    return name
  }

  /** `ip link add link LINK name NAME type macvlan mode MODE ...`. Answers its name. */
  addMacvlan(name: string, options: NewMacvlan): string {
    return this.#addOnLower('macvlan', name, options)
  }

  /** The same of type macvtap: a program has its frames, through `os.macvtap(NAME)`. Answers its name. */
  addMacvtap(name: string, options: NewMacvlan): string {
    return this.#addOnLower('macvtap', name, options)
  }

  #addOnLower(kind: 'macvlan' | 'macvtap', name: string, options: NewMacvlan): string {
    const { link: lower, mode, sources, nopromisc, nodst, up, master, ...rest } = options
    const flags = (nopromisc === true ? MacvlanFlag.NoPromisc : 0) | (nodst === true ? MacvlanFlag.NoDst : 0)
    const macvlan: LinkChanges['macvlan'] = {
      ...(mode === undefined ? {} : { mode: MACVLAN_MODES[mode] }),
      ...(flags === 0 ? {} : { flags }),
      ...(sources === undefined ? {} : { sources: { action: 'set', macs: sources.map(parseMac) } }),
    }
    const link = { ...this.#changes(rest), kind, name, lower, macvlan }
    this.#machine.requestOn({ type: 'newlink', netns: this.id, link }, lower)
    return this.#settled(name, { up, master })
  }

  /** `ip tuntap add dev NAME mode tun`: it stays until it is deleted. Answers its name, also for `tun%d`. */
  addTun(name: string, options: NewTun = {}): string {
    return this.#addTuntap(name, TunFlag.Tun, options)
  }

  /** `ip tuntap add dev NAME mode tap` */
  addTap(name: string, options: NewTun = {}): string {
    return this.#addTuntap(name, TunFlag.Tap, options)
  }

  #addTuntap(name: string, mode: number, options: NewTun): string {
    const { owner, group, multiQueue, ...rest } = options
    const flags = mode | TunFlag.NoPi | TunFlag.Exclusive | (multiQueue === true ? TunFlag.MultiQueue : 0)
    const tuntap = {
      name,
      flags,
      persist: true,
      ...(owner === undefined ? {} : { owner }),
      ...(group === undefined ? {} : { group }),
    }
    const made = this.#machine.request({ type: 'tuntap', netns: this.id, tuntap }) as string
    return this.#settled(made, rest)
  }

  /** Sets what a request for a new link cannot say; when that is refused the link goes again. Answers its name. */
  #settled(name: string, options: { readonly [Key in keyof LinkOptions]: LinkOptions[Key] | undefined }): string {
    const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
    try {
      if (Object.keys(given).length > 0) this.setLink(name, given)
    } catch (error) {
      this.deleteLink(name)
      throw error
    }
    return name
  }

  /** Any kind of link, as the request has it: for what has no call of its own. Answers its index. */
  addLink(link: NewLink): number {
    return this.#machine.request({ type: 'newlink', netns: this.id, link }) as number
  }

  /** `ip link set dev LINK ...`, with the options of a bridge where the link is one. */
  setLink(link: string, options: LinkOptions & BridgeSettings): void {
    this.#setLink(link, this.#changes(options))
  }

  /** `bridge link set dev LINK ...`: options of a bridge port. */
  setPort(link: string, port: PortSettings): void {
    this.#setLink(link, { port })
  }

  /** `ip link set dev LINK up` */
  up(...links: readonly string[]): void {
    for (const link of links) this.#setLink(link, { up: true })
  }

  /** `ip link set dev LINK down` */
  down(...links: readonly string[]): void {
    for (const link of links) this.#setLink(link, { up: false })
  }

  /** `ip link set dev LINK name NAME` */
  rename(link: string, name: string): void {
    this.#setLink(link, { name })
  }

  /** `ip link set dev LINK netns NAMESPACE [name NAME]`: its addresses, routes and neighbours stay behind. */
  move(link: string, to: Namespace, name?: string): void {
    this.#setLink(link, name === undefined ? { netns: to.id } : { netns: to.id, name })
  }

  /** `ip link del dev LINK`; of a veth the other end goes too. */
  deleteLink(link: string): void {
    this.#machine.requestOn({ type: 'dellink', netns: this.id, link }, link)
  }

  #setLink(link: string, changes: LinkChanges): void {
    const master = typeof changes.master === 'string' ? changes.master : undefined
    this.#machine.requestOn({ type: 'setlink', netns: this.id, link, changes }, link, master)
  }

  #changes(options: LinkOptions & BridgeSettings): LinkChanges {
    const { mac, master, ageing, stp, priority, forwardDelay, helloTime, maxAge, ...plain } = options
    const bridge: Partial<BridgeOptions> = {
      ...(ageing === undefined ? {} : { ageingTime: parseTicks(ageing) }),
      ...(stp === undefined ? {} : { stpState: stp ? 1 : 0 }),
      ...(priority === undefined ? {} : { priority }),
      ...(forwardDelay === undefined ? {} : { forwardDelay: parseTicks(forwardDelay) }),
      ...(helloTime === undefined ? {} : { helloTime: parseTicks(helloTime) }),
      ...(maxAge === undefined ? {} : { maxAge: parseTicks(maxAge) }),
    }
    return {
      ...plain,
      ...(mac === undefined ? {} : { mac: parseMac(mac) }),
      ...(master === undefined ? {} : { master: master ?? 0 }),
      ...(Object.keys(bridge).length === 0 ? {} : { bridge }),
    }
  }

  // -- Addresses, routes, neighbours --------------------------------------------------------------

  /** `ip address add ADDRESS dev LINK`: `10.0.0.1/24`. */
  addAddress(link: string, address: string, options: AddressOptions = {}): void {
    const { ip: local, length } = parsePrefix(address)
    const { peer, broadcast, label, scope } = options
    const other = peer === undefined ? undefined : parsePrefix(peer)
    const prefixLength = other?.length ?? length
    this.#machine.requestOn(
      {
        type: 'newaddr',
        netns: this.id,
        link,
        address: {
          local,
          prefixLength,
          ...(other === undefined ? {} : { peer: other.ip }),
          ...(broadcast === undefined ? {} : { broadcast: broadcastOf(broadcast, other?.ip ?? local, prefixLength) }),
          ...(label === undefined ? {} : { label }),
          scope: scope === undefined ? defaultScope(local) : SCOPES.byName.get(scope)!,
          exclusive: true,
        },
      },
      link,
    )
  }

  /** `ip address del ADDRESS dev LINK` */
  deleteAddress(link: string, address: string): void {
    const { ip: local, length: prefixLength } = parsePrefix(address)
    this.#machine.requestOn({ type: 'deladdr', netns: this.id, link, address: { local, prefixLength } }, link)
  }

  /** `ip route add TO via VIA dev DEV ...`; TO is `default`, a prefix or an address. */
  addRoute(to: string, options: RouteOptions = {}): void {
    this.#newRoute(to, options, 'add')
  }

  /** `ip route replace TO ...` */
  replaceRoute(to: string, options: RouteOptions = {}): void {
    this.#newRoute(to, options, 'replace')
  }

  /** `ip route del TO ...` */
  deleteRoute(to: string, options: RouteOptions = {}): void {
    this.#machine.requestOn({ type: 'delroute', netns: this.id, route: routeSpec(to, options) }, options.dev)
  }

  #newRoute(to: string, options: RouteOptions, mode: 'add' | 'replace'): void {
    const route: RouteSpec = {
      type: RouteType.Unicast,
      protocol: RouteProtocol.Boot,
      // As iproute2 fills it in: what needs no router is on the link.
      scope: (options.type ?? 'unicast') === 'unicast' && options.via === undefined ? Scope.Link : Scope.Universe,
      ...routeSpec(to, options),
    }
    this.#machine.requestOn({ type: 'newroute', netns: this.id, route, mode }, options.dev)
  }

  /** `ip neighbour add ADDRESS lladdr MAC dev DEV nud STATE` */
  addNeighbour(address: string, options: NeighbourOptions): void {
    this.#newNeighbour(address, options, 'add')
  }

  /** `ip neighbour replace ADDRESS ...` */
  replaceNeighbour(address: string, options: NeighbourOptions): void {
    this.#newNeighbour(address, options, 'replace')
  }

  /** `ip neighbour del ADDRESS dev DEV` */
  deleteNeighbour(address: string, dev: string): void {
    this.#machine.requestOn({ type: 'delneigh', netns: this.id, neighbour: { link: dev, dst: parseIp(address) } }, dev)
  }

  #newNeighbour(address: string, { dev, mac, state = 'permanent' }: NeighbourOptions, mode: NeighbourMode): void {
    const neighbour = {
      link: dev,
      dst: parseIp(address),
      ...(mac === undefined ? {} : { mac: parseMac(mac) }),
      state: NEIGHBOUR_STATES[state],
    }
    this.#machine.requestOn({ type: 'newneigh', netns: this.id, neighbour, mode }, dev)
  }

  // -- Forwarding databases of bridges ------------------------------------------------------------

  /** `bridge fdb add MAC dev DEV master static` */
  addFdb(mac: string, options: FdbOptions): void {
    this.#machine.requestOn(
      { type: 'newfdb', netns: this.id, entry: this.#fdbSpec(mac, options), mode: 'add' },
      options.dev,
    )
  }

  /** `bridge fdb del MAC dev DEV master` */
  deleteFdb(mac: string, dev: string): void {
    this.#machine.requestOn({ type: 'delfdb', netns: this.id, entry: this.#fdbSpec(mac, { dev }) }, dev)
  }

  #fdbSpec(mac: string, { dev, kind = 'static' }: FdbOptions) {
    const self = this.#machine.core.device(this.id, dev)?.kind === 'bridge'
    return { link: dev, mac: parseMac(mac), self, master: !self, state: FDB_STATES[kind] }
  }

  // -- Sysctls ------------------------------------------------------------------------------------

  /** The value of `net.ipv4.ip_forward` and its like; with dots or slashes. */
  sysctl(key: string): string {
    const path = key.includes('/') ? key : key.replaceAll('.', '/')
    const answer = this.#machine.core.sysctl(this.id, path)
    if (!answer.ok) throw new RequestError({ type: 'sysctl', netns: this.id, path, value: '' }, answer)
    return answer.value
  }

  /** `sysctl -w KEY=VALUE` */
  setSysctl(key: string, value: string | number): void {
    const path = key.includes('/') ? key : key.replaceAll('.', '/')
    this.#machine.request({ type: 'sysctl', netns: this.id, path, value: String(value) })
  }

  // -- What there is ------------------------------------------------------------------------------

  /** Ascending by index, `lo` first. */
  links(): Link[] {
    return this.#machine.core.links(this.id).map(link => linkView(link, this.#nameOf))
  }

  /** Throws when there is no such link. */
  link(name: string): Link {
    const info = this.#machine.core.link(this.id, name)
    if (info !== undefined) return linkView(info, this.#nameOf)
    const request = { type: 'setlink', netns: this.id, link: name, changes: {} } as const
    throw new RequestError(request, fail('ENODEV'), `Cannot find device "${name}"`)
  }

  /** IPv4 addresses, of one link or of all. */
  addresses(link?: string): Address[] {
    const all = this.#machine.core.addresses(this.id).map(info => addressView(info, this.#nameOf))
    return all.filter(address => address !== undefined).filter(each => link === undefined || each.link === link)
  }

  /** The routes of one table: `main` when absent, `all` for every table. */
  routes(table = 'main'): Route[] {
    const all = this.#machine.core.routes(this.id).map(info => routeView(info, this.#nameOf))
    return table === 'all' ? all : all.filter(route => route.table === table)
  }

  /** What is known of neighbours, of one link or of all. */
  neighbours(link?: string): Neighbour[] {
    const all = this.#machine.core.neighbours(this.id).map(info => neighbourView(info, this.#nameOf))
    return all.filter(each => link === undefined || each.link === link)
  }

  /** The forwarding database of one bridge, or of all in this namespace. */
  fdb(bridge?: string): FdbEntry[] {
    const all = this.#machine.core.fdb(this.id).map(info => fdbView(info, this.#nameOf))
    return all.filter(entry => entry !== undefined).filter(each => bridge === undefined || each.bridge === bridge)
  }

  readonly #nameOf = (ifindex: number): string | undefined =>
    ifindex === 0 ? undefined : this.#machine.core.device(this.id, ifindex)?.name

  // -- Commands -----------------------------------------------------------------------------------

  /** One command line in this namespace, as `ip netns exec NAME ...` runs it, without a shell. */
  exec(line: string | readonly string[], options?: ExecOptions): CommandResult {
    return execute(this.#machine.core, this.id, typeof line === 'string' ? splitWords(line) : line, options)
  }

  /**
   * Starts a program in this namespace; it takes its first step when time passes next. Async programs need `await
   * world.elapse(...)`, `world.sh` or its own `wait`; those written as generators run in every call that passes time.
   */
  spawn(program: ProgramFunction, options: SpawnOptions = {}): RunningProgram {
    return new RunningProgram(this.#machine.core, this.id, program, options)
  }

  /** Runs a program in this namespace to its end; simulated time passes meanwhile. Throws what it throws. */
  run(program: ProgramFunction, options: SpawnOptions & Pick<ExecOptions, 'within'> = {}): Promise<CommandResult> {
    return this.spawn(program, options).wait(options.within)
  }

  /** `ping -c COUNT ADDRESS`; simulated time passes until it ends. */
  ping(address: string, options: PingOptions = {}): PingResult {
    const { count = 1, interval, size, wait, ttl, from } = options
    const flags: readonly (readonly [string, number | string | undefined])[] = [
      ['-c', count],
      ['-i', interval],
      ['-s', size],
      ['-W', wait],
      ['-t', ttl],
      ['-I', from],
    ]
    const given = flags.flatMap(([flag, value]) => (value === undefined ? [] : [flag, String(value)]))
    return pingResult(this.exec(['ping', ...given, address]))
  }

  /** `ip netns del NAME`: what Linux destroys with it goes. */
  delete(): void {
    this.#machine.request({ type: 'delnetns', name: this.name })
  }
}

const defaultScope = (local: ip4.Ip): number => (ip4.isLoopback(local) ? Scope.Host : Scope.Universe)

const broadcastOf = (text: string, address: ip4.Ip, length: number): ip4.Ip =>
  text === '+' ? ip4.broadcast(address, length) : parseIp(text)

function routeSpec(to: string, options: RouteOptions): RouteSpec {
  const { ip: dst, length: prefixLength } = parseDestination(to)
  const { via, dev, src, metric, type, table, protocol, onlink } = options
  return {
    dst,
    prefixLength,
    ...(via === undefined ? {} : { via: parseIp(via) }),
    ...(dev === undefined ? {} : { link: dev }),
    ...(src === undefined ? {} : { src: parseIp(src) }),
    ...(metric === undefined ? {} : { metric }),
    ...(type === undefined ? {} : { type: ROUTE_TYPES[type] }),
    table: table === undefined ? Table.Main : number(TABLES, table, 'a routing table'),
    ...(protocol === undefined ? {} : { protocol: number(PROTOCOLS, protocol, 'a routing protocol') }),
    ...(onlink === undefined ? {} : { onlink }),
  }
}

function number(names: Parameters<typeof nameOf>[0], text: string | number, what: string): number {
  const found = typeof text === 'number' ? text : numberOf(names, text)
  if (found === undefined) throw new TypeError(`vethereal: ${JSON.stringify(text)} is not ${what}`)
  return found
}
