/**
 * One machine's network stack: what Linux keeps per network namespace in struct net. The world calls in; the stack
 * answers through its StackEnv.
 *
 * Follows what devinet.c, fib_frontend.c and arp.c of Linux net/ipv4 do when a device changes (inetdev_event,
 * fib_netdev_event, arp_netdev_event), in this order. IPv6 is addrconf.ts.
 */
import type { GroupsInfo, NeighbourInfo, RouteAnswer, RouteInfo } from '../control/info.ts'
import { type AddressRecord, Ifaf, Scope } from '../control/records.ts'
import { type NeighbourMode, type NeighbourSpec, Nud } from '../control/request.ts'
import { type Device, HardwareType, Iff, isUp, OperState, type PacketType, PacketType as To } from '../core/device.ts'
import { Drop } from '../core/drop.ts'
import { type Answer, DONE, fail } from '../core/errno.ts'
import type { Frame } from '../core/frame.ts'
import { groupsOf } from '../core/groups.ts'
import * as arpWire from '../wire/arp.ts'
import * as eth from '../wire/ethernet.ts'
import * as icmp from '../wire/icmp.ts'
import type { Ip } from '../wire/ip.ts'
import * as ip4 from '../wire/ip.ts'
import * as ipv4 from '../wire/ipv4.ts'
import * as mac48 from '../wire/mac.ts'
import { Addrconf, type AddressInfo6, TIMER_CODES } from './addrconf.ts'
import * as arp from './arp.ts'
import { Cast, HopFlag, type Route } from './dst.ts'
import type { StackEnv } from './env.ts'
import { Fragments, User } from './fragments.ts'
import * as icmpStack from './icmp.ts'
import * as ifaddr from './ifaddr.ts'
import { IGMP_TIMER } from './igmp.ts'
import type { InDevice } from './indevice.ts'
import { Inet, Timer } from './inet.ts'
import { ECN_MASK, Input } from './input.ts'
import { Machine } from './machine.ts'
import { Memberships } from './memberships.ts'
import { type Neighbour, type NeighbourParms, type Resolver, Update } from './neighbour.ts'
import * as netconf from './netconf.ts'
import { type PacketSocket, Packets, protocolOf } from './packet.ts'
import { pathAlong } from './path.ts'
import { isSolo, type RouteGet, Routes } from './route.ts'
import { connectPath, RawSocket } from './socket.ts'
import { UdpSocket } from './udp.ts'

/** Below this a device carries no IPv4: RFC 791's least MTU. */
const MTU_MIN = 68

/** The length of an address of scope host that lo has when it is set up. */
const LOOPBACK_PREFIX = 8

/** How a connected socket would speak: connect(2) and getsockname(2) of a datagram socket. */
export interface Connection {
  readonly source: Ip
  readonly ifindex: number
}

export interface ConnectOptions {
  readonly source?: Ip
  readonly boundDevice?: number
  readonly tos?: number
  readonly mayBroadcast?: boolean
}

export class Stack implements Resolver {
  readonly env: StackEnv
  readonly inet: Inet
  readonly routing: Routes
  readonly packets: Packets
  readonly #input: Input
  readonly #fragments: Fragments
  readonly #addrconf: Addrconf
  #autojoins: Memberships | undefined

  constructor(env: StackEnv) {
    this.env = env
    this.inet = new Inet(env, env.machine ?? new Machine(), this)
    this.routing = new Routes(this.inet)
    this.packets = new Packets(env)
    this.#fragments = new Fragments(this.inet, (frame, at, route, type) => {
      const { TimeExceeded } = icmp.Type
      const { Reassembly } = icmp.Exceeded
      icmpStack.sendError(this.inet, this.routing, frame, at, route, type, TimeExceeded, Reassembly, 0)
    })
    this.#input = new Input(this.inet, this.routing, this.#fragments)
    this.#addrconf = new Addrconf(env)
    this.inet.configure()
  }

  // -- Frames -------------------------------------------------------------------------------------

  /** netif_receive_skb: no rx handler took the frame. */
  receive(dev: Device, frame: Frame, type: PacketType): void {
    const inDevice = this.inet.inDevice(dev)
    const { bytes, at, length } = frame
    if (dev.hardwareType === HardwareType.None) return this.#receivePacket(dev, inDevice, frame)
    if (length < eth.HEADER_BYTES) return this.env.drop(dev, Drop.DevHdr, frame)
    const protocol = eth.type(bytes, at)
    if (protocol === eth.EtherType.Ipv6) return this.#addrconf.receive(dev, frame, type)
    if (inDevice === undefined) return this.env.drop(dev, Drop.UnhandledProto, frame)
    if (protocol === eth.EtherType.Ipv4) return this.#input.receive(inDevice, frame, at + eth.HEADER_BYTES, type)
    if (protocol === eth.EtherType.Arp) {
      return arp.receive(this.inet, this.routing, inDevice, frame, at + eth.HEADER_BYTES, type)
    }
    // Frames with a length instead of a type go to LLC. Where an rx handler was asked first, no packet socket counts.
    if (protocol >= eth.TYPE_MIN && (!dev.sniffed || dev.rxHandler !== undefined)) dev.rxDropped++
    this.env.drop(dev, type === To.OtherHost ? Drop.OtherHost : Drop.UnhandledProto, frame)
  }

  /** The same on a device without link headers. ARP means nothing there. */
  #receivePacket(dev: Device, inDevice: InDevice | undefined, frame: Frame): void {
    const protocol = protocolOf(dev, frame)
    if (protocol === eth.EtherType.Ipv6) return this.#addrconf.receive(dev, frame, To.Host)
    if (protocol === eth.EtherType.Ipv4 && inDevice !== undefined) {
      return this.#input.receive(inDevice, frame, frame.at, To.Host)
    }
    if (protocol === eth.EtherType.Arp) return this.env.drop(dev, Drop.NotSpecified, frame)
    if (protocol >= eth.TYPE_MIN && !dev.sniffed) dev.rxDropped++
    this.env.drop(dev, Drop.UnhandledProto, frame)
  }

  /**
   * ip_check_defrag with IP_DEFRAG_MACVLAN, for a group frame that holds a sound piece of an IPv4 packet. Answers the
   * whole, behind the Ethernet header of its first piece, when it is there.
   */
  defragment(dev: Device, frame: Frame, type: PacketType): Frame | undefined {
    return this.#fragments.add(User.Macvlan, dev, frame, frame.at + eth.HEADER_BYTES, type, undefined)
  }

  // -- What neighbours ask -------------------------------------------------------------------------

  solicit(neighbour: Neighbour, waiting: Frame | undefined): void {
    arp.solicit(this.inet, neighbour, waiting)
  }

  construct(device: Device, address: Ip): ReturnType<Resolver['construct']> {
    return arp.construct(this.inet, device, address)
  }

  /** arp_error_report: a packet waited for a neighbour that nobody is. */
  unreachable(frame: Frame, route: Route): void {
    const at = frame.at + (this.inet.inDevice(route.device)?.headerBytes ?? eth.HEADER_BYTES)
    const { Unreachable } = icmp.Type
    icmpStack.sendError(this.inet, this.routing, frame, at, route, To.Host, Unreachable, icmp.Unreachable.Host, 0)
  }

  /** A timer asked for with StackEnv.stackTimer. */
  timer(code: number, ref: object | undefined): void {
    switch (code) {
      case Timer.Neighbour:
        return this.inet.neighbours.timers()
      case Timer.CollectNeighbours:
        return this.inet.neighbours.collect()
      case Timer.Fragments:
        return this.#fragments.timer(ref!)
      case Timer.Loopback:
        return this.#hearOurselves(ref as { frame: Frame; route: Route })
      case Timer.Proxy: {
        const { parms, frame } = ref as { parms: NeighbourParms; frame: Frame }
        const { device } = parms
        parms.proxyQueue--
        if (!device.dead && isUp(device)) this.env.tx(device, frame)
        return
      }
      case Timer.ExpireRoutes:
        this.inet.generation++
        return
      case IGMP_TIMER:
        return this.inet.igmp.timer(ref)
      default:
        if (code >= TIMER_CODES) return this.#addrconf.timer(code, ref)
        throw new Error(`stack: no timer ${code}`)
    }
  }

  /** dev_loopback_xmit: what we sent to a group that we are in. */
  #hearOurselves({ frame, route }: { frame: Frame; route: Route }): void {
    const inDevice = this.inet.inDevice(route.device)
    if (inDevice === undefined || this.env.takesOwn?.(route.device, frame)) return
    const at = frame.at + inDevice.headerBytes
    const path = pathAlong(route, ipv4.src(frame.bytes, at), ipv4.dst(frame.bytes, at))
    const octets = ipv4.totalLength(frame.bytes, at)
    const { snmp } = this.inet
    snmp.received(octets)
    snmp.ipInEcn[ipv4.tos(frame.bytes, at) & ECN_MASK]!++
    snmp.receivedAlong(route.cast, octets)
    const type = (route.cast & Cast.Broadcast) !== 0 ? To.Broadcast : To.Multicast
    this.#input.deliver(inDevice, frame, at, path, type)
  }

  // -- Sockets ------------------------------------------------------------------------------------

  /** socket(AF_INET, SOCK_RAW, protocol) */
  rawSocket(protocol: number): RawSocket {
    return new RawSocket(this.inet, this.routing, protocol)
  }

  /** socket(AF_INET, SOCK_DGRAM, 0) */
  udpSocket(): UdpSocket {
    return new UdpSocket(this.inet, this.routing)
  }

  /** socket(AF_PACKET, SOCK_RAW or SOCK_DGRAM, protocol): of every device until it is bound; 0 hears nothing yet. */
  packetSocket(protocol: number): PacketSocket {
    return this.packets.open(protocol)
  }

  /** connect(2) of a datagram socket: would a packet find its way, and in whose name? Nothing is sent. */
  connect(dst: Ip, options: ConnectOptions = {}): Answer<Connection> {
    const { source = 0 as Ip, boundDevice = 0, tos = 0, mayBroadcast = false } = options
    const path = connectPath(this.routing, dst, source, boundDevice, tos)
    if (path === undefined) {
      if (this.routing.error === 'ENETUNREACH') this.inet.snmp.ipOutNoRoutes++
      return fail(this.routing.error!)
    }
    if ((path.route.cast & Cast.Broadcast) !== 0 && !mayBroadcast) return fail('EACCES')
    return { ok: true, value: { source: path.source, ifindex: path.route.device.ifindex } }
  }

  /** ip_mc_autojoin_config: a socket of the kernel's own joins and leaves groups that are addresses (`autojoin`). */
  autojoin(dev: Device, group: Ip): Answer {
    this.#autojoins ??= new Memberships(this.inet, this.routing)
    return this.#autojoins.join(group, dev.name)
  }

  autoleave(dev: Device, group: Ip): void {
    this.#autojoins?.leave(group, dev.name)
  }

  // -- Dumps --------------------------------------------------------------------------------------

  groupsOf(dev: Device): Pick<GroupsInfo, 'inet' | 'inet6'> {
    return { inet: this.inet.igmp.groupsOf(dev), inet6: this.#addrconf.groupsOf(dev) }
  }

  /** The addresses of IPv6, which no request gives: ascending by ifindex. */
  addresses6(): AddressInfo6[] {
    return this.#addrconf.addresses()
  }

  routes(): RouteInfo[] {
    return this.inet.fib.dump()
  }

  learnedRoutes(): RouteAnswer[] {
    return this.routing.learned()
  }

  routeGet(query: RouteGet): Answer<RouteAnswer> {
    return this.routing.get(query)
  }

  neighbours(): NeighbourInfo[] {
    const { neighbours, proxies } = this.inet
    const infos = [...neighbours].map(each => neighbours.describe(each))
    for (const { address, device, protocol, router, externLearn } of proxies.entries) {
      infos.push({
        ifindex: device.ifindex,
        dst: address,
        state: 0,
        proxy: true,
        router,
        externLearn,
        protocol,
        confirmedNs: 0,
        usedNs: 0,
        updatedNs: 0,
        probes: 0,
        refCount: 0,
      })
    }
    return infos
  }

  // -- Neighbours by hand --------------------------------------------------------------------------

  /** RTM_NEWNEIGH: neigh_add. */
  addNeighbour(dev: Device, spec: NeighbourSpec, mode: NeighbourMode): Answer {
    const inDevice = this.inet.inDevice(dev)
    if (inDevice === undefined) return fail('EINVAL')
    const { dst, mac, protocol = 0, state: nud = Nud.Permanent } = spec
    const { neighbours, proxies } = this.inet
    if (spec.proxy === true) {
      const { router = false, externLearn = false } = spec
      proxies.add({ address: dst, device: dev, protocol, router, externLearn, permanent: (nud & Nud.Permanent) !== 0 })
      return DONE
    }
    const creates = mode !== 'change'
    // On lo all share the entry of 0.0.0.0, and only under that address it is found.
    let neighbour = inDevice.neighbours.entries.get(dst)
    let flags = Update.Admin | Update.Override | Update.OverrideRouter
    if (neighbour === undefined) {
      if (!creates) return fail('ENOENT')
      const isExempt = (nud & Nud.Permanent) !== 0 || spec.externLearn === true
      const key = isSolo(dev) ? (0 as Ip) : dst
      neighbour = inDevice.neighbours.entries.get(key) ?? neighbours.create(inDevice.neighbours, key, isExempt)
      if (neighbour === undefined) return fail('ENOBUFS')
    } else {
      if (mode === 'add') return fail('EEXIST')
      if (mode === 'append') flags &= ~(Update.Override | Update.OverrideRouter)
    }
    if (protocol !== 0) neighbour.protocol = protocol
    if (spec.externLearn === true) flags |= Update.ExternLearned
    if (spec.router === true) flags |= Update.Router
    return neighbours.update(neighbour, mac, nud, flags)
  }

  /** RTM_DELNEIGH: neigh_delete. */
  deleteNeighbour(dev: Device, spec: NeighbourSpec): Answer {
    const inDevice = this.inet.inDevice(dev)
    const { neighbours, proxies } = this.inet
    if (spec.proxy === true) return proxies.delete(spec.dst, dev) ? DONE : fail('ENOENT')
    const neighbour = inDevice?.neighbours.entries.get(spec.dst)
    if (neighbour === undefined) return fail('ENOENT')
    const answer = neighbours.update(neighbour, undefined, Nud.Failed, Update.Override | Update.Admin)
    neighbours.remove(neighbour)
    return answer
  }

  // -- Devices ------------------------------------------------------------------------------------

  /** NETDEV_REGISTER (also when it moves between namespaces). */
  deviceAdded(dev: Device): void {
    this.packets.deviceAdded(dev)
    if (dev.mtu >= MTU_MIN) {
      this.inet.addDevice(dev)
      netconf.tellNew(this.env, 4, dev)
    }
    this.#addrconf.deviceAdded(dev)
  }

  /** The group MACs that the device listens for: dev_mc_list, as `bridge fdb` shows it. */
  multicastMacs(dev: Device): readonly mac48.Mac[] {
    return groupsOf(dev)
  }

  /** NETDEV_UNREGISTER: its addresses, routes and neighbours go with it. The records are the world's to clear. */
  deviceRemoved(dev: Device): void {
    this.packets.deviceRemoved(dev)
    const inDevice = this.inet.inDevice(dev)
    if (inDevice !== undefined) this.#destroy(inDevice, true)
    this.#addrconf.deviceRemoved(dev)
  }

  /** inetdev_destroy, and with `isGone` fib_netdev_event's NETDEV_UNREGISTER. */
  #destroy(inDevice: InDevice, isGone: boolean): void {
    inDevice.dead = true
    for (const address of inDevice.addresses) {
      inDevice.addresses = inDevice.addresses.slice(1)
      this.inet.disclaimAddress(inDevice.device, address)
      this.env.tell?.({ about: 'address', gone: true, address: { ...address, family: 4 } })
      ifaddr.removeRoutes(this.inet, inDevice, address, inDevice.addresses)
    }
    this.inet.fib.addressGeneration++
    ifaddr.disable(this.inet, inDevice, true, isGone)
    this.inet.igmp.deviceRemoved(inDevice.device)
    this.inet.removeDevice(inDevice)
    netconf.tellGone(this.env, 4, inDevice.device)
  }

  /** NETDEV_UP, after the flags have changed. */
  deviceUp(dev: Device): void {
    const inDevice = this.inet.inDevice(dev)
    if (inDevice !== undefined) this.#inetUp(inDevice)
    this.#addrconf.deviceUp(dev)
  }

  #inetUp(inDevice: InDevice): void {
    const { device: dev } = inDevice
    this.inet.igmp.deviceUp(dev)
    for (const address of inDevice.addresses) ifaddr.addRoutes(this.inet, inDevice, address)
    this.inet.fib.syncUp(dev, HopFlag.Dead, isRunning(dev))
    this.inet.fib.addressGeneration++
    this.inet.generation++
    if (inDevice.conf.arpNotify) this.#announce(inDevice)
  }

  /**
   * What lo has by itself: 127.0.0.1/8, when it is set up without an address. The world adds it with newaddr before it
   * calls deviceUp, as inetdev_event does.
   */
  static loopbackAddress(dev: Device): AddressRecord {
    return {
      ifindex: dev.ifindex,
      local: ip4.LOOPBACK,
      address: ip4.LOOPBACK,
      prefixLength: LOOPBACK_PREFIX,
      broadcast: undefined,
      label: dev.name,
      scope: Scope.Host,
      flags: Ifaf.Permanent,
      validLifetime: Number.POSITIVE_INFINITY,
      preferredLifetime: Number.POSITIVE_INFINITY,
      sinceNs: 0,
      metric: 0,
      protocol: 0,
    }
  }

  /** NETDEV_DOWN. */
  deviceDown(dev: Device): void {
    this.packets.deviceDown(dev)
    const inDevice = this.inet.inDevice(dev)
    this.inet.igmp.deviceDown(dev)
    if (inDevice !== undefined) ifaddr.disable(this.inet, inDevice, false)
    this.inet.forgetNexthops(dev)
    this.#addrconf.deviceDown(dev)
  }

  /** A group that the device itself is in, of IPv4 or (sixteen bytes) of IPv6: ip_mc_inc_group, ipv6_dev_mc_inc. */
  joinGroup(dev: Device, group: Ip | Uint8Array): void {
    if (typeof group === 'number') this.inet.igmp.joinGroup(dev, group)
    else this.#addrconf.joinGroup(dev, group)
  }

  leaveGroup(dev: Device, group: Ip | Uint8Array): void {
    if (typeof group === 'number') this.inet.igmp.leaveGroup(dev, group)
    else this.#addrconf.leaveGroup(dev, group)
  }

  /** NETDEV_CHANGE: linkwatch or the administrator changed carrier, operational state or flags. */
  deviceChanged(dev: Device, flagsChanged: number): void {
    const inDevice = this.inet.inDevice(dev)
    if (inDevice !== undefined) this.#inetChanged(inDevice, flagsChanged)
    this.#addrconf.deviceChanged(dev, flagsChanged)
  }

  #inetChanged(inDevice: InDevice, flagsChanged: number): void {
    const { device: dev } = inDevice
    const { fib, neighbours } = this.inet
    if (isUp(dev) && isRunning(dev)) fib.syncUp(dev, HopFlag.LinkDown, true)
    else {
      fib.syncDown(dev, false, false)
      this.inet.forgetNexthops(dev)
    }
    this.inet.generation++
    // arp_netdev_event: who begins or ends to ask forgets whom he knew.
    if ((flagsChanged & Iff.NoArp) !== 0) neighbours.flush(inDevice.neighbours, false)
    if (!dev.carrier && inDevice.conf.arpEvictNoCarrier) {
      neighbours.flush(inDevice.neighbours, true)
      this.inet.proxies.flush(dev, true)
    }
  }

  /** NETDEV_CHANGEADDR */
  macChanged(dev: Device): void {
    const inDevice = this.inet.inDevice(dev)
    if (inDevice === undefined) return
    this.inet.neighbours.flush(inDevice.neighbours, false)
    this.inet.generation++
    if (inDevice.conf.arpNotify) this.#announce(inDevice)
  }

  /** NETDEV_CHANGEMTU: below 68 bytes there is no IPv4 on the device, and its addresses are gone. */
  mtuChanged(dev: Device): void {
    const inDevice = this.inet.inDevice(dev)
    this.inet.generation++
    if (inDevice !== undefined) {
      this.inet.fib.mtuChanged(dev, inDevice.mtu)
      inDevice.mtu = dev.mtu
      if (dev.mtu < MTU_MIN) this.#destroy(inDevice, false)
    }
    if (inDevice === undefined && dev.mtu >= MTU_MIN) {
      this.inet.addDevice(dev)
      netconf.tellNew(this.env, 4, dev)
    }
    this.#addrconf.mtuChanged(dev)
  }

  /** Has the device IPv4 at all? Without it (MTU below 68) it can have no address. */
  hasInet(dev: Device): boolean {
    return this.inet.inDevice(dev) !== undefined
  }

  /** NETDEV_CHANGENAME: sysctls are named by the device. */
  nameChanged(dev: Device, _old: string): void {
    const inDevice = this.inet.inDevice(dev)
    if (inDevice !== undefined) {
      this.inet.configureDevice(inDevice)
      netconf.tellGone(this.env, 4, dev)
      netconf.tellNew(this.env, 4, dev)
    }
    this.#addrconf.nameChanged(dev)
  }

  /** inetdev_send_gratuitous_arp */
  #announce(inDevice: InDevice): void {
    const { device } = inDevice
    if ((device.flags & Iff.NoArp) !== 0) return
    for (const { local } of inDevice.addresses) {
      const { mac } = device
      this.env.tx(device, arp.packet(device, arpWire.Op.Request, mac48.BROADCAST, mac, local, mac48.ZERO, local))
    }
  }

  // -- Addresses: the world has changed the record, the routes follow -------------------------------

  /** NETDEV_UP of an address (inet_insert_ifa): `list` are the device's addresses with it. */
  addressAdded(dev: Device, address: AddressRecord, list: readonly AddressRecord[]): void {
    const inDevice = this.inet.inDevice(dev)
    if (inDevice === undefined) return
    inDevice.addresses = list
    this.inet.claimAddress(dev, address)
    ifaddr.addRoutes(this.inet, inDevice, address)
    this.inet.fib.syncUp(dev, HopFlag.Dead, isRunning(dev))
    this.inet.fib.addressGeneration++
    this.inet.generation++
  }

  /** NETDEV_DOWN of an address (inet_del_ifa): `list` are those that are left. */
  addressRemoved(dev: Device, address: AddressRecord, list: readonly AddressRecord[]): void {
    const inDevice = this.inet.inDevice(dev)
    if (inDevice === undefined) return
    inDevice.addresses = list
    this.inet.disclaimAddress(dev, address)
    ifaddr.removeRoutes(this.inet, inDevice, address, list)
    this.inet.fib.addressGeneration++
    if (list.length === 0) ifaddr.disable(this.inet, inDevice, true)
    this.inet.generation++
  }

  /** A secondary stays while its primary goes: its routes leave silently, and come back with addressRestored. */
  addressSuspended(dev: Device, address: AddressRecord, primary: AddressRecord): void {
    const inDevice = this.inet.inDevice(dev)
    if (inDevice !== undefined) ifaddr.removeRoutes(this.inet, inDevice, address, inDevice.addresses, primary)
  }

  /** The metric or lifetimes of an address changed: fib_modify_prefix_metric. */
  addressChanged(dev: Device, old: AddressRecord, changed: AddressRecord, list: readonly AddressRecord[]): void {
    const inDevice = this.inet.inDevice(dev)
    if (inDevice === undefined) return
    inDevice.addresses = list
    if (old.metric !== changed.metric) ifaddr.changeMetric(this.inet, inDevice, old, changed)
  }

  addressesRelabelled(dev: Device, list: readonly AddressRecord[]): void {
    const inDevice = this.inet.inDevice(dev)
    if (inDevice !== undefined) inDevice.addresses = list
  }

  /** net.ipv4.conf.DEV.promote_secondaries */
  promotesSecondaries(dev: Device): boolean {
    return this.inet.inDevice(dev)?.conf.promoteSecondaries ?? false
  }

  addressRestored(dev: Device, address: AddressRecord, list: readonly AddressRecord[]): void {
    const inDevice = this.inet.inDevice(dev)
    if (inDevice === undefined) return
    inDevice.addresses = list
    ifaddr.addRoutes(this.inet, inDevice, address)
    this.inet.generation++
  }

  // -- Sysctls ------------------------------------------------------------------------------------

  /** Those who listen hear of a sysctl that somebody has written, or that changed with it. */
  tellSysctl(path: string): void {
    netconf.tellSysctl(this.env, path)
  }

  /** A sysctl was written (already stored). */
  sysctlChanged(path: string, _value: string): void {
    if (path.startsWith('net/ipv6/')) return this.#addrconf.sysctlChanged(path)
    if (path === 'net/ipv4/route/flush') this.inet.fib.forgetExceptions()
    if (OF_THE_MACHINE.test(path)) this.inet.machine.configure(key => this.env.sysctl(`net/ipv4/${key}`))
    this.inet.configure()
    if (path.startsWith('net/ipv4/conf/') || path.startsWith('net/ipv4/neigh/') || path === 'net/ipv4/ip_forward') {
      for (const inDevice of this.inet.inDevices()) this.inet.configureDevice(inDevice)
    }
    this.inet.generation++
  }
}

/** Sysctls that only the initial namespace has, and that rule all. */
const OF_THE_MACHINE = /^net\/ipv4\/(neigh\/default|route\/(error|redirect|gc))/

/** dev_get_flags: IFF_RUNNING or IFF_LOWER_UP. */
const isRunning = (dev: Device): boolean =>
  isUp(dev) && (dev.carrier || dev.operState === OperState.Up || dev.operState === OperState.Unknown)
