/**
 * What IPv4 keeps per namespace: Linux struct netns_ipv4. The functions of this room work on one Inet.
 */
import type { AddressRecord } from '../control/records.ts'
import { Ifaf, Scope } from '../control/records.ts'
import { RouteType } from '../control/request.ts'
import { type Device, Iff } from '../core/device.ts'
import type { Errno } from '../core/errno.ts'
import type { Frame } from '../core/frame.ts'
import { HZ, jiffiesAt, msToJiffies } from '../time/instant.ts'
import type { Stream } from '../time/random.ts'
import * as icmp from '../wire/icmp.ts'
import type { Ip } from '../wire/ip.ts'
import * as ip4 from '../wire/ip.ts'
import { type Conf, DeviceConf, NamespaceConf, NeighbourConf } from './conf.ts'
import type { Route } from './dst.ts'
import type { StackEnv } from './env.ts'
import { Fib, type FibContext } from './fib.ts'
import { Identifications } from './identification.ts'
import { Igmp } from './igmp.ts'
import { InDevice } from './indevice.ts'
import type { Machine } from './machine.ts'
import { Neighbours, type Resolver } from './neighbour.ts'
import { describe, type NexthopObject, Nexthops } from './nexthops.ts'
import { PathCache } from './path.ts'
import { UdpPorts } from './ports.ts'
import type { FibAlias } from './prefixes.ts'
import { Proxies } from './proxies.ts'
import type { Rule } from './rules.ts'
import { Snmp } from './snmp.ts'

/** What a timer of the stack is for. */
export const Timer = {
  Neighbour: 1,
  CollectNeighbours: 2,
  Loopback: 3,
  Fragments: 4,
  Proxy: 6,
  ExpireRoutes: 7,
} as const

/** A socket that hears whole IP packets: raw and ping sockets. */
export interface RawEndpoint {
  /** IPPROTO_* */
  readonly protocol: number
  /** A packet has arrived; `at` is where its IP header begins. Answers whether it was for this socket. */
  deliver(frame: Frame, at: number, route: Route): boolean
  /**
   * An ICMP error has arrived at the device `ifindex`; `quotedAt` is where the quoted IP header begins. Answers whether
   * it was about a packet of this socket.
   */
  icmpError(
    frame: Frame,
    at: number,
    quotedAt: number,
    type: number,
    code: number,
    info: number,
    ifindex: number,
  ): boolean
}

/** inet_peer: what is remembered of one remote address, mostly to limit what it is sent. Times in jiffies. */
export interface Peer {
  tokens: number
  last: number
  redirects: number
  /** Pieces of packets that have come from there. */
  pieces: number
}

const RATE_BURST_FACTOR = 6
const REFILL_JIFFIES_MIN = HZ / 50

export class Inet implements FibContext {
  readonly env: StackEnv
  readonly machine: Machine
  readonly snmp = new Snmp()
  readonly fib: Fib
  readonly neighbours: Neighbours
  readonly proxies: Proxies
  readonly outputs = new PathCache()
  readonly inputs = new PathCache()
  /** The oldest first. */
  raw: readonly RawEndpoint[] = []
  readonly udp = new UdpPorts()
  readonly igmp: Igmp
  loopback: InDevice | undefined
  /** Moves on with every change that could change a routing decision. */
  generation = 0

  #nexthops: Nexthops | undefined
  /** A person has typed a local route: fib_has_custom_local_routes. */
  hasLocalRoutes = false

  defaultTtl = 64
  /** conf/all/forwarding */
  forwarding = false
  echoIgnoreAll = false
  echoIgnoreBroadcasts = true
  errorsUseInboundAddress = false
  /** Jiffies between two errors to one address; 0: no limit. */
  rateLimit = HZ
  rateMask = 6168
  messagesPerSecond = 1000
  messagesBurst = 50

  /** net.ipv4.route.min_pmtu, and mtu_expires in jiffies. */
  pmtuMin = 552
  pmtuExpires = 600 * HZ
  conf!: NamespaceConf

  /** inet_addr_lst: who has an address, the newest first. */
  readonly #owners = new Map<Ip, readonly Owner[]>()
  #peers: Map<Ip, Peer> | undefined
  #identifications: Identifications | undefined
  #creditStream: Stream | undefined
  /** net.ipv4.fib_multipath_hash_seed; where that is 0, one of chance. */
  #namedSeed = 0
  #ownSeed: number | undefined
  #globalCredit = 0
  #globalStamp = Number.NEGATIVE_INFINITY

  constructor(env: StackEnv, machine: Machine, resolver: Resolver) {
    this.env = env
    this.machine = machine
    this.neighbours = new Neighbours(env, machine, resolver, Timer.Neighbour, Timer.CollectNeighbours)
    this.proxies = new Proxies(env, Timer.Proxy)
    this.igmp = new Igmp(env, this.snmp, this)
    this.fib = new Fib(this)
  }

  /** igmpv3_get_srcaddr: the address that a route would choose, but only if it is the device's own. */
  groupSource(device: Device): Ip | undefined {
    const source = this.selectAddress(device, 0 as Ip, Scope.Link)
    // __mkroute_output: nothing leaves in the name of 127.0.0.1 but over lo, unless route_localnet is set.
    const inDevice = this.inDevice(device)
    const mayBeLoopback = (device.flags & Iff.Loopback) !== 0 || inDevice?.conf.routeLocalnet === true
    if (ip4.isLoopback(source) && !mayBeLoopback) return undefined
    const isOwn = inDevice?.addresses.some(each => each.local === source)
    return isOwn ? source : (0 as Ip)
  }

  /** Made when the first object is. */
  get nexthops(): Nexthops {
    this.#nexthops ??= new Nexthops({
      device: ifindex => this.env.device(ifindex),
      loopback: () => this.loopback?.device,
      check: (gateway, ifindex, onlink) => this.fib.checkWay(gateway, ifindex, onlink),
      changed: (id, tells) => this.fib.nexthopChanged(id, tells),
      gone: id => this.fib.nexthopGone(id),
      told: (gone, object) => this.env.tell?.({ about: 'nexthop', gone, nexthop: describe(object) }),
    })
    return this.#nexthops
  }

  ways(id: number): readonly (readonly [way: NexthopObject, weight: number])[] | undefined {
    const object = this.#nexthops?.get(id)
    return object === undefined ? undefined : this.nexthops.waysOf(object)
  }

  /** Those over a device that went down, lost its carrier or is gone are gone too. */
  forgetNexthops(device: Device): void {
    this.#nexthops?.deviceDown(device)
  }

  get jiffies(): number {
    return jiffiesAt(this.env.now)
  }

  // -- Devices ------------------------------------------------------------------------------------

  /** __in_dev_get: undefined when IPv4 is off on the device (its MTU is too small). */
  inDevice(device: Device): InDevice | undefined {
    return device.inet as InDevice | undefined
  }

  /** inetdev_init */
  addDevice(device: Device): InDevice {
    const conf = this.#confOf(device)
    const inDevice = new InDevice(device, this.neighbours.addParms(device, conf.neighbours), conf.device)
    device.inet = inDevice
    if (inDevice.isLoopback) this.loopback ??= inDevice
    this.generation++
    return inDevice
  }

  /** inetdev_destroy, after its addresses have gone. */
  removeDevice(inDevice: InDevice): void {
    inDevice.dead = true
    this.proxies.flush(inDevice.device)
    this.neighbours.removeParms(inDevice.neighbours)
    inDevice.device.inet = undefined
    if (this.loopback === inDevice) this.loopback = undefined
    this.generation++
  }

  *inDevices(): Iterable<InDevice> {
    for (const device of this.env.devices()) if (device.inet !== undefined) yield device.inet as InDevice
  }

  configureDevice(inDevice: InDevice): void {
    const conf = this.#confOf(inDevice.device)
    inDevice.conf = conf.device
    inDevice.neighbours.configure(conf.neighbours)
  }

  /** Where nobody wrote a sysctl all devices of a kind have the same values, and share them. */
  #confOf(device: Device): Conf {
    const { env, machine } = this
    if (env.hasInitialSysctls !== true) return this.#readConf(device)
    const known = machine.initialConfs.get(device.kind) ?? this.#readConf(device)
    machine.initialConfs.set(device.kind, known)
    return known
  }

  #readConf({ name }: Device): Conf {
    const { env } = this
    return {
      device: new DeviceConf(name, path => env.sysctl(`net/ipv4/conf/${path}`)),
      neighbours: new NeighbourConf(key => env.sysctl(`net/ipv4/neigh/${name}/${key}`)),
    }
  }

  configure(): void {
    const sysctl = (key: string): number => this.env.sysctl(`net/ipv4/${key}`)
    this.defaultTtl = sysctl('ip_default_ttl')
    this.forwarding = sysctl('conf/all/forwarding') !== 0
    this.echoIgnoreAll = sysctl('icmp_echo_ignore_all') !== 0
    this.echoIgnoreBroadcasts = sysctl('icmp_echo_ignore_broadcasts') !== 0
    this.errorsUseInboundAddress = sysctl('icmp_errors_use_inbound_ifaddr') !== 0
    this.rateLimit = msToJiffies(sysctl('icmp_ratelimit'))
    this.rateMask = sysctl('icmp_ratemask')
    this.messagesPerSecond = sysctl('icmp_msgs_per_sec')
    this.messagesBurst = sysctl('icmp_msgs_burst')
    this.#namedSeed = sysctl('fib_multipath_hash_seed')
    this.pmtuMin = sysctl('route/min_pmtu')
    this.pmtuExpires = sysctl('route/mtu_expires') * HZ
    const read = (): NamespaceConf => new NamespaceConf(sysctl, key => this.env.sysctlText(`net/ipv4/${key}`))
    if (this.env.hasInitialSysctls === true) this.conf = this.machine.initialConf ??= read()
    else this.conf = read()
  }

  // -- What the tables ask ------------------------------------------------------------------------

  device(ifindex: number): Device | undefined {
    return this.env.device(ifindex)
  }

  deviceNamed(name: string): Device | undefined {
    for (const device of this.env.devices()) if (device.name === name) return device
    return undefined
  }

  group(device: Device): number {
    return this.env.group?.(device) ?? 0
  }

  changed(): void {
    this.generation++
  }

  told(gone: boolean, entry: FibAlias): void {
    this.env.tell?.({ about: 'route', gone, route: this.fib.describe(entry) })
  }

  ruleTold(gone: boolean, rule: Rule): void {
    this.env.tell?.({ about: 'rule', gone, rule: this.fib.rules.describe(rule) })
  }

  multipathSeed(): number {
    if (this.#namedSeed !== 0) return this.#namedSeed
    this.#ownSeed ??= this.env.stream('multipath').u32()
    return this.#ownSeed
  }

  // -- Addresses ----------------------------------------------------------------------------------

  /** inet_select_addr: an address of ours to speak from to `dst` (0: anybody), of that scope or wider. 0: none. */
  selectAddress(device: Device, dst: Ip, scope: number): Ip {
    const inDevice = this.inDevice(device)
    if (inDevice !== undefined) {
      const narrowest = inDevice.conf.routeLocalnet ? Scope.Link : Scope.Host
      let first = 0 as Ip
      for (const each of inDevice.addresses) {
        if ((each.flags & Ifaf.Secondary) !== 0 || Math.min(each.scope, narrowest) > scope) continue
        if (dst === 0 || ip4.contains(each.address, each.prefixLength, dst)) return each.local
        if (first === 0) first = each.local
      }
      if (first !== 0) return first
    }
    // An address of lo that is not of scope host comes first: lo is the first device.
    for (const each of this.env.devices()) {
      const other = this.inDevice(each)
      const found = other?.addresses.find(
        address => !isSecondary(address) && address.scope !== Scope.Link && address.scope <= scope,
      )
      if (found !== undefined) return found.local
    }
    return 0 as Ip
  }

  /** inet_hash_insert: the newest owner comes first. A secondary that becomes primary stays in its place. */
  claimAddress(device: Device, address: AddressRecord): void {
    const owners = this.#owners.get(address.local) ?? []
    if (owners.some(each => isOwner(each, device, address))) return
    const { address: peer, prefixLength } = address
    this.#owners.set(address.local, [{ device, address: peer, prefixLength }, ...owners])
  }

  /** inet_hash_remove */
  disclaimAddress(device: Device, address: AddressRecord): void {
    const left = (this.#owners.get(address.local) ?? []).filter(each => !isOwner(each, device, address))
    if (left.length > 0) this.#owners.set(address.local, left)
    else this.#owners.delete(address.local)
  }

  /** ip_dev_find: the device that has this address, the one that got it last if several have. */
  ownerOf(ip: Ip): Device | undefined {
    const owners = this.#owners.get(ip)
    if (owners !== undefined) return owners[0]!.device
    if (!this.fib.lookupIn(255, ip, 0, 0, Scope.Universe, false)) return undefined
    return this.fib.alias!.type === RouteType.Local ? this.fib.nexthop!.device : undefined
  }

  hasAddress(ip: Ip): boolean {
    return this.#owners.has(ip)
  }

  // -- Identification -----------------------------------------------------------------------------

  /** __ip_select_ident */
  identification(src: Ip, dst: Ip, protocol: number): number {
    this.#identifications ??= new Identifications(this.env.stream('ip identification'))
    return this.#identifications.next(src, dst, protocol, this.jiffies)
  }

  // -- Limits on errors ---------------------------------------------------------------------------

  peer(ip: Ip): Peer {
    this.#peers ??= new Map()
    let peer = this.#peers.get(ip)
    if (peer === undefined) {
      peer = { tokens: 0, last: this.jiffies - 60 * HZ, redirects: 0, pieces: 0 }
      this.#peers.set(ip, peer)
    }
    return peer
  }

  /** icmpv4_xrlim_allow: has this address not had too many errors of limited types? */
  allowError(to: Ip, device: Device, type: number): boolean {
    if (!this.isLimited(type)) return true
    if (this.loopback !== undefined && device === this.loopback.device) return true
    const peer = this.peer(to)
    const span = this.rateLimit
    const now = this.jiffies
    if (peer.last !== now) {
      peer.tokens = Math.min(peer.tokens + now - peer.last, RATE_BURST_FACTOR * span)
      peer.last = now
    }
    if (peer.tokens < span) {
      this.snmp.icmpOutRateLimitHost++
      return false
    }
    peer.tokens -= span
    return true
  }

  /** icmpv4_mask_allow, turned round: path MTU discovery is never limited. */
  isLimited(type: number, code = 0): boolean {
    if (type === icmp.Type.Unreachable && code === icmp.Unreachable.FragmentationNeeded) return false
    return type <= 18 && ((1 << type) & this.rateMask) !== 0
  }

  /** ip_error: routing errors have a bucket (of five a second apart) out of the same tokens. */
  allowRouteError(to: Ip): boolean {
    const peer = this.peer(to)
    const now = this.jiffies
    const { errorBurst, errorCost } = this.machine
    peer.tokens = Math.min(peer.tokens + now - peer.last, errorBurst)
    peer.last = now
    if (peer.tokens < errorCost) return false
    peer.tokens -= errorCost
    return true
  }

  /** icmp_global_allow: all errors of limited types together, in a bucket that is refilled when it is empty. */
  allowErrorAtAll(): boolean {
    if (this.#globalCredit > 0) return true
    const now = this.jiffies
    const passed = Math.min(now - this.#globalStamp, HZ)
    const more = passed < REFILL_JIFFIES_MIN ? 0 : Math.floor((this.messagesPerSecond * passed) / HZ)
    if (more === 0) {
      this.snmp.icmpOutRateLimitGlobal++
      return false
    }
    this.#globalStamp = now
    this.#globalCredit = Math.min(this.#globalCredit + more, this.messagesBurst)
    return true
  }

  /** icmp_global_consume: by chance 0, 1 or 2, so that nobody can count our errors from outside. */
  consumeError(): void {
    this.#creditStream ??= this.env.stream('icmp credit')
    this.#globalCredit -= this.#creditStream.below(3)
  }
}

/** An address of a device, by what stays the same while it is there. */
interface Owner {
  readonly device: Device
  readonly address: Ip
  readonly prefixLength: number
}

const isOwner = (owner: Owner, device: Device, { address, prefixLength }: AddressRecord): boolean =>
  owner.device === device && owner.address === address && owner.prefixLength === prefixLength

const isSecondary = (address: AddressRecord): boolean => (address.flags & Ifaf.Secondary) !== 0

/** Which ICMP code tells a sender that there is no route, if any may: ip_error. */
export const routeErrorCode = (error: Errno | undefined): number => {
  if (error === 'EHOSTUNREACH') return 1
  if (error === 'ENETUNREACH') return 0
  return error === 'EACCES' ? 13 : -1
}
