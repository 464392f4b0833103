/**
 * The world: the front of everything below. It takes requests, answers dumps, and lets time pass.
 *
 * A world knows nothing of commands, shells or real clocks; those stand above it and drive it.
 */
import type {
  AddressInfo,
  FdbInfo,
  GroupsInfo,
  LinkInfo,
  NeighbourInfo,
  NexthopObjectInfo,
  RouteAnswer,
  RouteInfo,
  RuleInfo,
} from '../control/info.ts'
import type { LinkRef, Request } from '../control/request.ts'
import type { Device, NetnsId } from '../core/device.ts'
import { type Answer, DONE, done, fail } from '../core/errno.ts'
import type { Ip } from '../wire/ip.ts'
import { deladdr, dumpAddresses, newaddr } from './addresses.ts'
import { linkInfo } from './dump.ts'
import { Engine } from './engine.ts'
import { delfdb, fdbInfos, newfdb } from './fdb.ts'
import { addLoopback, dellink, deviceOf, newlink, setlink, unname } from './links.ts'
import { delmaddr, dumpGroups, newmaddr } from './maddr.ts'
import { Monitor } from './monitor.ts'
import { delneigh, dumpNeighbours, newneigh } from './neighbours.ts'
import type { Netns } from './netns.ts'
import type { Observation } from './observe.ts'
import type { Outside } from './outside.ts'
import {
  delnexthop,
  delroute,
  delrule,
  dumpLearnedRoutes,
  dumpNexthops,
  dumpRoutes,
  dumpRules,
  newnexthop,
  newroute,
  newrule,
  routeGet,
} from './routes.ts'
import type { Program } from './task.ts'
import { type RequestHandler, RunningTask, type Task } from './tasks.ts'
import { tuntap } from './tunfile.ts'

/** The initial namespace. */
export const HOST = 0 as NetnsId
const HOST_NAME = 'host'

const HOP_NS = 10_000
/** Events in one instant; more mean a program that never waits. */
const EVENTS_PER_INSTANT_MAX = 50_000_000
/** /run/netns is a directory: NAME_MAX. */
const NETNS_NAME_OCTETS_MAX = 255

/** What inet_rtm_newaddr and inet_rtm_deladdr say. */
const NO_DEVICE = fail('ENODEV', 'ipv4: Device not found')

export interface WorldOptions {
  /** Seed of all chance: MACs, delays, ids. Default 1. */
  readonly seed?: number
  /** Latency of a veth hop in nanoseconds. Default 10,000; zero is allowed. */
  readonly hopNs?: number
  /** The initial namespace's lo is up from the beginning, as after the boot of a machine. Default true. */
  readonly loUp?: boolean
}

export class World {
  readonly seed: number
  /** Who listens to frames, drops, decisions and requests. Call `observe()` after adding or removing listeners. */
  readonly events: Observation
  readonly engine: Engine
  onRequest: RequestHandler | undefined
  /** What /run/netns shows, the oldest first. */
  private readonly named = new Map<string, Netns>()

  constructor(options: WorldOptions = {}) {
    this.seed = options.seed ?? 1
    this.engine = new Engine({ seed: this.seed, hopNs: options.hopNs ?? HOP_NS })
    this.events = this.engine.events
    addLoopback(this.engine, this.engine.newNetns(HOST_NAME))
    // A machine sets up its own lo when it starts; those of other namespaces stay down until somebody does.
    if (options.loUp !== false) setlink(this.engine, this.device(HOST, 'lo')!, { up: true })
  }

  // -- Time ---------------------------------------------------------------------------------------

  /** Nanoseconds of simulated time since the world began. */
  get now(): number {
    return this.engine.queue.now
  }

  /** The instant of the next event; Infinity when there is none. */
  get nextAt(): number {
    return this.engine.queue.peekAt()
  }

  /** Carries out the next event; false when there is none. */
  step(): boolean {
    if (this.engine.outside.busy) this.engine.outside.check()
    return this.engine.step()
  }

  /** Carries out every event up to and including this instant; then it is `at`. */
  runUntil(at: number): void {
    const { engine } = this
    const { queue, outside } = engine
    let here = queue.now
    for (let left = EVENTS_PER_INSTANT_MAX; queue.peekAt() <= at; left--) {
      if (outside.busy) outside.check()
      engine.step()
      if (queue.now !== here) {
        here = queue.now
        left = EVENTS_PER_INSTANT_MAX
      } else if (left === 0)
        throw new Error(`world: more than ${EVENTS_PER_INSTANT_MAX} events in the instant ${here} ns`)
    }
    if (outside.busy) outside.check()
    if (at > queue.now) queue.advance(at)
  }

  /** Carries out events until `finished()` holds or nothing is left to happen. Answers whether it holds. */
  run(finished: () => boolean): boolean {
    while (!finished()) if (!this.step()) return false
    return true
  }

  /** Async programs that are at work while time stands still. */
  get outside(): Outside {
    return this.engine.outside
  }

  /** Starts a program; its first step is taken at once. `exited` is called when it is done. */
  spawn(program: Program, exited?: (status: number) => void): Task {
    const task = new RunningTask(this.engine, program, () => this.onRequest, exited)
    task.start()
    return task
  }

  // -- Namespaces ---------------------------------------------------------------------------------

  /** Throws when there is none: ids come from here, so a stale one is a bug. */
  netns(id: NetnsId): Netns {
    const netns = this.engine.netnses[id]
    if (netns === undefined) throw new Error(`world: no namespace ${id}`)
    return netns
  }

  netnsNamed(name: string): Netns | undefined {
    return this.named.get(name)
  }

  /** The newest first, as readdir of a tmpfs lists /run/netns. */
  netnsNames(): readonly string[] {
    return [...this.named.keys()].reverse()
  }

  /** Call after listeners were added to `events` or taken away: devices are tapped while somebody listens. */
  observe(): void {
    this.engine.observe()
  }

  /** Every namespace that lives, the initial one first. */
  *namespaces(): IterableIterator<Netns> {
    for (const netns of this.engine.netnses) if (netns !== undefined) yield netns
  }

  // -- Requests -----------------------------------------------------------------------------------

  /** Carries out one request in no time at all; answers as the kernel answers. */
  apply(request: Request): Answer<unknown> {
    const { linkwatch } = this.engine
    linkwatch.lock()
    const answer = this.carryOut(request)
    linkwatch.unlock()
    if (this.events.listenerCount('request') > 0) this.events.emit('request', this.now, request, answer)
    return answer
  }

  private carryOut(request: Request): Answer<unknown> {
    if (request.type === 'newnetns') return this.newnetns(request.name)
    if (request.type === 'delnetns') return this.delnetns(request.name)
    const netns = this.engine.netnses[request.netns]
    if (netns === undefined) return fail('EINVAL')
    const { engine } = this
    switch (request.type) {
      case 'newnsid':
        return netns.numberPeer(request.peer, request.nsid)
      case 'newlink':
        return newlink(engine, netns, request.link)
      case 'setlink':
        return this.withDevice(
          netns,
          request.link,
          dev => setlink(engine, dev, request.changes, request.family === 'bridge'),
          request.by,
        )
      case 'tuntap':
        return tuntap(engine, netns, request.tuntap)
      case 'dellink':
        return this.withDevice(netns, request.link, dev => dellink(engine, dev))
      case 'newaddr':
        return this.withDevice(
          netns,
          request.link,
          dev => newaddr(engine, netns, dev, request.address),
          request.by,
          NO_DEVICE,
        )
      case 'deladdr':
        return this.withDevice(netns, request.link, dev => deladdr(netns, dev, request.address), request.by, NO_DEVICE)
      case 'newroute':
        return newroute(netns, request.route, request.mode)
      case 'delroute':
        return delroute(netns, request.route)
      case 'newnexthop':
        return newnexthop(netns, request.nexthop, request.replace)
      case 'delnexthop':
        return delnexthop(netns, request.id)
      case 'newrule':
        return newrule(netns, request.rule)
      case 'delrule':
        return delrule(netns, request.rule)
      case 'newneigh':
        return newneigh(netns, request.neighbour, request.mode)
      case 'delneigh':
        return delneigh(netns, request.neighbour)
      case 'newfdb':
        return this.withDevice(netns, request.entry.link, dev => newfdb(engine, dev, request.entry, request.mode))
      case 'delfdb':
        return this.withDevice(netns, request.entry.link, dev => delfdb(dev, request.entry))
      case 'newmaddr':
        return this.withDevice(netns, request.link, dev => newmaddr(dev, request.mac), 'ioctl')
      case 'delmaddr':
        return this.withDevice(netns, request.link, dev => delmaddr(dev, request.mac), 'ioctl')
      case 'sysctl':
        return this.setSysctl(netns, request.path, request.value)
    }
  }

  private withDevice(
    netns: Netns,
    link: LinkRef,
    carryOut: (dev: Device) => Answer,
    by?: 'ioctl',
    missing: Answer = fail('ENODEV'),
  ): Answer {
    const dev = deviceOf(netns, link)
    if (dev === undefined) return missing
    if (by !== 'ioctl') this.engine.linkwatch.sync(dev)
    return carryOut(dev)
  }

  private newnetns(name: string): Answer<NetnsId> {
    if (name === '' || name === '.' || name === '..' || name.includes('/')) return fail('EINVAL')
    if (name.length > NETNS_NAME_OCTETS_MAX) return fail('ENAMETOOLONG')
    if (this.netnsNamed(name) !== undefined) return fail('EEXIST')
    const netns = this.engine.newNetns(name)
    this.named.set(name, netns)
    addLoopback(this.engine, netns)
    return done(netns.id)
  }

  private delnetns(name: string): Answer {
    const netns = this.netnsNamed(name)
    if (netns === undefined) return fail('ENOENT')
    this.named.delete(name)
    unname(this.engine, netns)
    return DONE
  }

  private setSysctl(netns: Netns, path: string, value: string): Answer {
    const changed = netns.sysctls.set(path, value)
    if (!changed.ok) return changed
    for (const each of changed.value) {
      // What devices have from `default` is not told of each of them.
      if (each === path || !path.includes('/default/')) netns.stack.tellSysctl(each)
      netns.stack.sysctlChanged(each, value)
      if (each.startsWith('net/ip')) continue
      for (const dev of netns.devices.values()) this.engine.kindOf(dev).sysctlChanged?.(dev, each, this.engine)
    }
    return DONE
  }

  /** Hears what becomes of a namespace, and with `everywhere` of those that it has a number for, until it is closed. */
  monitor(netns: NetnsId, everywhere = false): Monitor {
    return new Monitor(this.engine, this.netns(netns), everywhere)
  }

  // -- Dumps --------------------------------------------------------------------------------------

  device(netns: NetnsId, link: LinkRef): Device | undefined {
    return deviceOf(this.netns(netns), link)
  }

  /** Ascending by ifindex. */
  links(netns: NetnsId): LinkInfo[] {
    return [...this.netns(netns).devices.values()]
      .sort((a, b) => a.ifindex - b.ifindex)
      .map(dev => linkInfo(this.engine, dev))
  }

  /** One device; asking for it makes linkwatch settle it first (rtnl_getlink). */
  link(netns: NetnsId, link: LinkRef): LinkInfo | undefined {
    const dev = this.device(netns, link)
    if (dev === undefined) return undefined
    this.engine.linkwatch.sync(dev)
    return linkInfo(this.engine, dev)
  }

  /** Link by link: IPv4 before IPv6. */
  addresses(netns: NetnsId): AddressInfo[] {
    return dumpAddresses(this.netns(netns))
  }

  /** Every table, in the order in which Linux dumps them. */
  routes(netns: NetnsId): RouteInfo[] {
    return dumpRoutes(this.netns(netns))
  }

  /** What was learned of paths, from routers that spoke of an MTU or of a better gateway. */
  learnedRoutes(netns: NetnsId): RouteAnswer[] {
    return dumpLearnedRoutes(this.netns(netns))
  }

  /** Next hop objects, ascending by number. */
  nexthops(netns: NetnsId): NexthopObjectInfo[] {
    return dumpNexthops(this.netns(netns))
  }

  /** Policy rules, ascending by priority. */
  rules(netns: NetnsId): RuleInfo[] {
    return dumpRules(this.netns(netns))
  }

  routeGet(netns: NetnsId, query: RouteQuery): Answer<RouteAnswer> {
    return routeGet(this.netns(netns), query)
  }

  neighbours(netns: NetnsId): NeighbourInfo[] {
    return dumpNeighbours(this.netns(netns))
  }

  /** Ascending by ifindex. */
  groups(netns: NetnsId): GroupsInfo[] {
    return dumpGroups(this.netns(netns))
  }

  fdb(netns: NetnsId): FdbInfo[] {
    return fdbInfos(this.engine, this.netns(netns))
  }

  /** A sysctl's text below /proc/sys (`net/ipv4/ip_forward`), or ENOENT. */
  sysctl(netns: NetnsId, path: string): Answer<string> {
    return this.netns(netns).sysctls.text(path)
  }

  /** The keys that exist, in the order of `sysctl -a`. */
  sysctlPaths(netns: NetnsId): readonly string[] {
    return this.netns(netns).sysctls.paths()
  }
}

/** What `ip route get` asks. */
export interface RouteQuery {
  readonly dst: Ip
  readonly from?: Ip
  readonly iif?: number
  readonly oif?: number
  readonly mark?: number
  readonly tos?: number
}
export type { CommandWait, FileWait, Task } from './tasks.ts'
