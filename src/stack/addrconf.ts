/**
 * IPv6 as far as an interface speaks by itself: it gives itself a link-local address, makes sure that nobody else has
 * it, tells which groups it is in and asks for routers. RFC 4862, RFC 7527, RFC 7559.
 *
 * Follows Linux net/ipv6/addrconf.c: addrconf_notify with what it calls, addrconf_dad_work, addrconf_rs_timer, and of
 * net/ipv6/ndisc.c ndisc_recv_ns and ndisc_recv_na. Left out, and dropped by name: all other IPv6, neighbour entries
 * and routes among it; router advertisements, privacy and stable addresses, optimistic detection, accept_dad 2.
 */
import type { AddressInfo, GroupInfo } from '../control/info.ts'
import type { Route6Info } from '../control/notice.ts'
import { Ifaf, Scope } from '../control/records.ts'
import { type Device, Iff, isUp, OperState, PacketType } from '../core/device.ts'
import { Drop } from '../core/drop.ts'
import type { Frame } from '../core/frame.ts'
import { HZ, timerFires } from '../time/instant.ts'
import * as eth from '../wire/ethernet.ts'
import * as icmp6 from '../wire/icmp6.ts'
import * as ip6 from '../wire/ip6.ts'
import * as ipv6 from '../wire/ipv6.ts'
import type { StackEnv } from './env.ts'
import { Dad, type Inet6Address, Inet6Device } from './inet6device.ts'
import { ALL_NODES, ALL_NODES_OF_NODE, equal, isMulticast, type Mld } from './mld.ts'
import * as ndisc from './ndisc.ts'
import * as netconf from './netconf.ts'
import { linkHeaderBytes } from './packet6.ts'

/** Codes for StackEnv.stackTimer from here on are for Addrconf.timer. */
export const TIMER_CODES = 100
const Timer = {
  Dad: TIMER_CODES,
  Changes: TIMER_CODES + 1,
  Initial: TIMER_CODES + 2,
  Solicit: TIMER_CODES + 3,
} as const
const MLD_TIMERS = { changes: Timer.Changes, initial: Timer.Initial }

/** IPV6_MIN_MTU: below it a device carries no IPv6. */
const MTU_MIN = 1280
const LOOPBACK = ip6.parse('::1')!
const PREFIX_BITS = 128
const LINK_LOCAL_PREFIX = 64
const LINK_LOCAL = ip6.parse('fe80::')!
const GROUPS = ip6.parse('ff00::')!
const GROUPS_PREFIX_BITS = 8
/** IP6_RT_PRIO_ADDRCONF */
const METRIC = 256
/** linux/if_addr.h IFAPROT_*: who made the address. */
const AddressProtocol = { KernelLoopback: 1, KernelLinkLocal: 3 } as const
/** IN6_ADDR_GEN_MODE_EUI64 */
const EUI64 = 0

/** net.ipv6.conf.*.router_solicitation_delay, 1 s, which bounds the random delay of the first probe too. */
const PROBE_DELAY_JIFFIES = HZ
/** net.ipv6.neigh.*.retrans_time_ms: between probes, and from the last one to the verdict. */
const PROBE_INTERVAL_JIFFIES = HZ
/** router_solicitation_interval and its maximum. */
const SOLICITATION_INTERVAL_JIFFIES = 4 * HZ
const SOLICITATION_INTERVAL_JIFFIES_MAX = 3600 * HZ
const SOLICITATION_DELAY_JIFFIES = HZ

const OWN_SYSCTL = /^net\/ipv6\/conf\/([^/]+)\/(disable_ipv6|addr_gen_mode)$/

export type AddressInfo6 = Extract<AddressInfo, { readonly family: 6 }>

/** __in6_dev_get: undefined where the device has no IPv6. */
const inet6Of = (dev: Device): Inet6Device | undefined => dev.inet6 as Inet6Device | undefined

export class Addrconf {
  readonly #env: StackEnv

  constructor(env: StackEnv) {
    this.#env = env
  }

  /** RTM_GETADDR: ascending by ifindex. */
  addresses(): AddressInfo6[] {
    return [...this.#devices()]
      .sort((a, b) => a.device.ifindex - b.device.ifindex)
      .flatMap(idev => idev.addresses.map(addressInfo))
  }

  *#devices(): Iterable<Inet6Device> {
    for (const dev of this.#env.devices()) if (dev.inet6 !== undefined) yield dev.inet6 as Inet6Device
  }

  // -- Devices -------------------------------------------------------------------------------------------------------

  /** NETDEV_REGISTER. lo waits until it is up, so that a namespace that nobody uses costs nothing. */
  deviceAdded(dev: Device): void {
    if ((dev.flags & Iff.Loopback) === 0 && this.#add(dev) !== undefined) netconf.tellNew(this.#env, 6, dev)
  }

  /** NETDEV_UNREGISTER, or an MTU that is too small. */
  deviceRemoved(dev: Device): void {
    const idev = inet6Of(dev)
    if (idev === undefined) return
    this.#down(idev)
    idev.mld.destroy()
    dev.inet6 = undefined
    if (!idev.isLoopback) netconf.tellGone(this.#env, 6, dev)
  }

  /** NETDEV_CHANGENAME */
  nameChanged(dev: Device): void {
    if (inet6Of(dev) === undefined) return
    netconf.tellGone(this.#env, 6, dev)
    netconf.tellNew(this.#env, 6, dev)
  }

  /** NETDEV_UP */
  deviceUp(dev: Device): void {
    const idev = inet6Of(dev) ?? this.#add(dev)
    if (idev !== undefined && !idev.disabled && isLinkReady(dev)) this.#start(idev)
  }

  /** NETDEV_DOWN: the addresses go (keep_addr_on_down is 0). */
  deviceDown(dev: Device): void {
    const idev = inet6Of(dev)
    if (idev !== undefined) this.#down(idev)
  }

  /** NETDEV_CHANGE: the carrier came or went, or these flags (Iff.*) have changed. */
  deviceChanged(dev: Device, flagsChanged: number): void {
    const idev = inet6Of(dev)
    if (idev === undefined || idev.disabled || !isLinkReady(dev)) return
    if (!idev.ready) return this.#start(idev)
    idev.mld.up()
    if ((flagsChanged & Iff.NoArp) === 0) return
    for (const address of idev.addresses) {
      address.dad = Dad.Before
      this.#kick(address)
    }
  }

  /** NETDEV_CHANGEMTU */
  mtuChanged(dev: Device): void {
    if (dev.mtu < MTU_MIN) this.deviceRemoved(dev)
    else if (inet6Of(dev) === undefined) {
      this.deviceAdded(dev)
      if (isUp(dev)) this.deviceUp(dev)
    }
  }

  /** A sysctl was written, and is stored already. */
  sysctlChanged(path: string): void {
    const [, name, key] = OWN_SYSCTL.exec(path) ?? []
    if (name === undefined) return
    const idev = [...this.#devices()].find(each => each.device.name === name)
    if (idev === undefined) return
    if (key === 'addr_gen_mode') return this.#configure(idev)
    const disabled = this.#sysctl(idev, 'disable_ipv6') !== 0
    if (disabled === idev.disabled) return
    idev.disabled = disabled
    if (disabled) this.#down(idev)
    else if (isLinkReady(idev.device)) this.#start(idev)
  }

  /** ipv6_dev_mc_inc and ipv6_dev_mc_dec: a group of the device's own, sixteen bytes. */
  /** Newest first. */
  groupsOf(dev: Device): readonly GroupInfo<Uint8Array>[] {
    const idev = inet6Of(dev)
    if (idev !== undefined) return idev.mld.groups
    const isIdle = (dev.flags & Iff.Loopback) !== 0
    return isIdle ? [ALL_NODES, ALL_NODES_OF_NODE].map(group => ({ group, users: 1 })) : []
  }

  joinGroup(dev: Device, group: Uint8Array): void {
    inet6Of(dev)?.mld.join(group)
  }

  leaveGroup(dev: Device, group: Uint8Array): void {
    inet6Of(dev)?.mld.leave(group)
  }

  timer(code: number, ref: object | undefined): void {
    switch (code) {
      case Timer.Dad:
        return this.#dadTimer(ref as Inet6Address)
      case Timer.Changes:
        return (ref as Mld).timer()
      case Timer.Initial:
        return (ref as Mld).initialTimer()
      case Timer.Solicit:
        return this.#solicitTimer(ref as Inet6Device)
      default:
        throw new Error(`addrconf: no timer ${code}`)
    }
  }

  /** ipv6_add_dev */
  #add(dev: Device): Inet6Device | undefined {
    if (dev.mtu < MTU_MIN) return undefined
    const idev = new Inet6Device(dev, this.#env, MLD_TIMERS)
    dev.inet6 = idev
    idev.disabled = this.#sysctl(idev, 'disable_ipv6') !== 0
    idev.mld.join(ALL_NODES_OF_NODE)
    idev.mld.join(ALL_NODES)
    return idev
  }

  #start(idev: Inet6Device): void {
    if (!idev.ready && !idev.isLoopback) this.#tellUp(idev)
    idev.ready = true
    const waiting = idev.addresses.filter(each => each.dad === Dad.During && (each.flags & Ifaf.Tentative) !== 0)
    this.#configure(idev)
    for (const address of waiting) this.#kick(address)
  }

  /** addrconf_ifdown */
  #down(idev: Inet6Device): void {
    const wasReady = idev.ready
    idev.ready = false
    idev.solicitationDueAt = Number.NaN
    this.#tellDown(idev, wasReady)
    for (const address of idev.addresses) {
      address.dueAt = Number.NaN
      if (joinsSolicitedNode(idev)) idev.mld.leave(ip6.solicitedNode(address.bytes))
      this.#tellAddress(address, true)
    }
    idev.addresses = []
    if (wasReady) idev.mld.down()
  }

  // -- Addresses -----------------------------------------------------------------------------------------------------

  /** addrconf_init_auto_addrs */
  #configure(idev: Inet6Device): void {
    if (isUp(idev.device)) idev.mld.up()
    if (idev.disabled) return
    if (idev.isLoopback) {
      const protocol = AddressProtocol.KernelLoopback
      const own = this.#addAddress(idev, LOOPBACK, PREFIX_BITS, Scope.Host, protocol, Ifaf.Permanent, Dad.Over)
      if (own !== undefined) this.#tellConfirmed(own)
      return
    }
    if (this.#sysctl(idev, 'addr_gen_mode') !== EUI64) return
    const flags = Ifaf.Permanent | Ifaf.Tentative | (idev.isEthernet ? 0 : Ifaf.StablePrivacy)
    const protocol = AddressProtocol.KernelLinkLocal
    const bytes = linkLocalOf(idev)
    const address = this.#addAddress(idev, bytes, LINK_LOCAL_PREFIX, Scope.Link, protocol, flags, Dad.Before)
    if (address !== undefined) this.#begin(address)
  }

  /** ipv6_add_addr; undefined when the device has the address already. */
  #addAddress(
    idev: Inet6Device,
    bytes: Uint8Array,
    prefixLength: number,
    scope: number,
    protocol: number,
    flags: number,
    dad: Dad,
  ): Inet6Address | undefined {
    if (idev.addresses.some(each => equal(each.bytes, bytes))) return undefined
    const address = { idev, bytes, prefixLength, scope, protocol, flags, dad, probes: 0, nonce: 0, dueAt: Number.NaN }
    idev.addresses.push(address)
    return address
  }

  // -- Who listens to the namespace ----------------------------------------------------------------------------------

  /** inet6_ifa_notify */
  #tellAddress(address: Inet6Address, gone = false): void {
    this.#env.tell?.({ about: 'address', gone, address: addressInfo(address) })
  }

  /** The device has groups from now on (addrconf_add_mroute), and behind its link-local address all of its link. */
  #tellUp(idev: Inet6Device): void {
    this.#tellRoute(idev, 'multicast', GROUPS, GROUPS_PREFIX_BITS, METRIC)
    this.#tellRoute(idev, 'unicast', LINK_LOCAL, LINK_LOCAL_PREFIX, METRIC)
  }

  /** __ipv6_ifa_notify */
  #tellConfirmed(address: Inet6Address): void {
    this.#tellAddress(address)
    this.#tellRoute(address.idev, 'local', address.bytes, PREFIX_BITS, 0)
  }

  /** rt6_disable_ip */
  #tellDown(idev: Inet6Device, wasReady: boolean): void {
    if (this.#env.tell === undefined || idev.isLoopback) return
    if (wasReady) this.#tellRoute(idev, 'unicast', LINK_LOCAL, LINK_LOCAL_PREFIX, METRIC, true)
    for (const { bytes, dad, flags } of idev.addresses) {
      if (dad === Dad.Over && (flags & Ifaf.DadFailed) === 0) {
        this.#tellRoute(idev, 'local', bytes, PREFIX_BITS, 0, true)
      }
    }
    if (wasReady) this.#tellRoute(idev, 'multicast', GROUPS, GROUPS_PREFIX_BITS, METRIC, true)
  }

  #tellRoute(
    { device: { ifindex } }: Inet6Device,
    type: Route6Info['type'],
    dst: Uint8Array,
    prefixLength: number,
    metric: number,
    gone = false,
  ): void {
    this.#env.tell?.({ about: 'route6', gone, route: { type, dst, prefixLength, ifindex, metric } })
  }

  // -- Duplicate address detection -----------------------------------------------------------------------------------

  /** addrconf_dad_begin */
  #begin(address: Inet6Address): void {
    const { idev } = address
    address.dad = Dad.During
    if (joinsSolicitedNode(idev)) idev.mld.join(ip6.solicitedNode(address.bytes))
    if ((address.flags & Ifaf.Tentative) === 0 || !this.#detects(idev)) return this.#confirmed(address)
    if (idev.ready) this.#kick(address)
  }

  #detects(idev: Inet6Device): boolean {
    if ((idev.device.flags & (Iff.NoArp | Iff.Loopback)) !== 0) return false
    return this.#sysctl(idev, 'accept_dad') >= 1 || this.#env.sysctl('net/ipv6/conf/all/accept_dad') >= 1
  }

  /** addrconf_dad_kick: at the machine's own random moment, so that not all hosts speak at once after a power cut. */
  #kick(address: Inet6Address): void {
    const { idev } = address
    address.probes = this.#sysctl(idev, 'dad_transmits')
    const delay = idev.stream.below(PROBE_DELAY_JIFFIES)
    address.nonce = nonceFrom(idev)
    this.#armDad(address, delay)
  }

  #armDad(address: Inet6Address, jiffies: number): void {
    const { now } = this.#env
    address.dueAt = jiffies === 0 ? now : timerFires(now, jiffies)
    this.#env.stackTimer(address.dueAt, Timer.Dad, address)
  }

  /** addrconf_dad_work */
  #dadTimer(address: Inet6Address): void {
    if (address.dueAt !== this.#env.now) return // It was put off or stopped since.
    address.dueAt = Number.NaN
    if (address.dad === Dad.Before) return this.#begin(address)
    if (address.probes === 0) return this.#confirmed(address)
    address.probes--
    this.#armDad(address, PROBE_INTERVAL_JIFFIES)
    const { device } = address.idev
    this.#env.tx(device, ndisc.duplicateProbe(device, address.bytes, address.nonce))
  }

  /** addrconf_dad_completed */
  #confirmed(address: Inet6Address): void {
    const { idev } = address
    address.dad = Dad.Over
    address.flags &= ~(Ifaf.Tentative | Ifaf.DadFailed)
    this.#tellConfirmed(address)
    if (idev.isLoopback) return
    idev.mld.addressConfirmed()
    if (this.#sysctl(idev, 'router_solicitations') === 0) return
    this.#env.tx(idev.device, ndisc.routerSolicitation(idev.device, address.bytes))
    idev.solicitations = 1
    idev.solicitationInterval = about(idev, SOLICITATION_INTERVAL_JIFFIES, 1)
    this.#armSolicitation(idev, idev.solicitationInterval)
  }

  /** addrconf_dad_failure: the address stays, and stays unusable. */
  #duplicate(address: Inet6Address, frame: Frame): void {
    address.dad = Dad.Over
    address.dueAt = Number.NaN
    address.flags |= Ifaf.DadFailed
    this.#tellAddress(address)
    if (this.#env.tracing) {
      this.#env.note(address.idev.device, frame, `duplicate address detected: ${ip6.format(address.bytes)}`)
    }
  }

  // -- Router solicitation -------------------------------------------------------------------------------------------

  #armSolicitation(idev: Inet6Device, jiffies: number): void {
    idev.solicitationDueAt = timerFires(this.#env.now, jiffies)
    this.#env.stackTimer(idev.solicitationDueAt, Timer.Solicit, idev)
  }

  /** addrconf_rs_timer: nobody ever answers, so it goes on at doubling intervals (RFC 7559), at last once an hour. */
  #solicitTimer(idev: Inet6Device): void {
    if (idev.solicitationDueAt !== this.#env.now) return
    idev.solicitationDueAt = Number.NaN
    const most = this.#sysctl(idev, 'router_solicitations')
    const source = idev.linkLocal
    if ((most >= 0 && idev.solicitations >= most) || source === undefined) return
    idev.solicitations++
    this.#env.tx(idev.device, ndisc.routerSolicitation(idev.device, source))
    idev.solicitationInterval = about(idev, idev.solicitationInterval, 2)
    if (idev.solicitationInterval > SOLICITATION_INTERVAL_JIFFIES_MAX) {
      idev.solicitationInterval = about(idev, SOLICITATION_INTERVAL_JIFFIES_MAX, 1)
    }
    const isLast = idev.solicitations === most
    this.#armSolicitation(idev, isLast ? SOLICITATION_DELAY_JIFFIES : idev.solicitationInterval)
  }

  // -- Frames --------------------------------------------------------------------------------------------------------

  /** ipv6_rcv and what comes behind it, for the messages that concern our own addresses. */
  receive(dev: Device, frame: Frame, type: PacketType): void {
    const { bytes: b } = frame
    const drop = (why: Drop): void => this.#env.drop(dev, why, frame)
    if (type === PacketType.OtherHost) return drop(Drop.OtherHost)
    const idev = inet6Of(dev)
    if (idev === undefined || idev.disabled) return drop(Drop.Ipv6Disabled)
    const at = frame.at + linkHeaderBytes(dev)
    const check = ipv6.check(b, at, frame.length - linkHeaderBytes(dev))
    if (check === ipv6.Check.BadHeader) return drop(Drop.IpHdr)
    if (check === ipv6.Check.Truncated) return drop(Drop.PktTooSmall)
    const dst = ipv6.dst(b, at)
    if (ipv6.nextHeader(b, at) !== ipv6.NextHeader.Icmpv6 || !isForUs(idev, dst)) return drop(Drop.UnhandledIpv6)

    const message = at + ipv6.HEADER_BYTES
    const length = ipv6.payloadLength(b, at)
    if (length < icmp6.HEADER_BYTES) return drop(Drop.HdrTrunc)
    if (!icmp6.verify(b, message, length, at)) return drop(Drop.IcmpCsum)
    const { NeighbourSolicitation, NeighbourAdvertisement } = icmp6.Type
    const kind = icmp6.type(b, message)
    if (kind !== NeighbourSolicitation && kind !== NeighbourAdvertisement) return drop(Drop.UnhandledIpv6)
    const neighbour = icmp6.parseNeighbour(b, message, length)
    const local = ipv6.hopLimit(b, at) === ndisc.HOP_LIMIT && icmp6.code(b, message) === 0
    if (neighbour === undefined || !local || isMulticast(neighbour.target)) return drop(Drop.InvalidProto)
    const address = idev.addresses.find(each => equal(each.bytes, neighbour.target))
    if (kind === NeighbourSolicitation) this.#solicited(idev, address, neighbour, ipv6.src(b, at), dst, frame)
    else if (address !== undefined && (address.flags & Ifaf.Tentative) !== 0) this.#duplicate(address, frame)
  }

  /** ndisc_recv_ns */
  #solicited(
    idev: Inet6Device,
    address: Inet6Address | undefined,
    { mac, nonce }: icmp6.Neighbour,
    src: Uint8Array,
    dst: Uint8Array,
    frame: Frame,
  ): void {
    if (address === undefined) return
    const { device } = idev
    const isProbe = src.every(octet => octet === 0)
    if (isProbe && (mac !== undefined || !isMulticast(dst))) return this.#env.drop(device, Drop.InvalidProto, frame)
    if ((address.flags & Ifaf.Tentative) !== 0) {
      if (isProbe && nonce !== address.nonce) this.#duplicate(address, frame)
    } else if (isProbe) {
      this.#env.tx(device, ndisc.objection(device, address.bytes))
    } else {
      const senderMac = mac ?? eth.src(frame.bytes, frame.at)
      this.#env.tx(device, ndisc.answer(device, address.bytes, src, senderMac, isMulticast(dst)))
    }
  }

  #sysctl(idev: Inet6Device, key: string): number {
    return this.#env.sysctl(`net/ipv6/conf/${idev.device.name}/${key}`)
  }
}

/** addrconf_link_ready */
const isLinkReady = (dev: Device): boolean =>
  isUp(dev) && dev.active && (dev.operState === OperState.Up || dev.operState === OperState.Unknown)

/** addrconf_join_solict */
const joinsSolicitedNode = (idev: Inet6Device): boolean => (idev.device.flags & (Iff.Loopback | Iff.NoArp)) === 0

const isForUs = (idev: Inet6Device, dst: Uint8Array): boolean =>
  isMulticast(dst)
    ? idev.mld.has(dst)
    : idev.addresses.some(each => (each.flags & Ifaf.Tentative) === 0 && equal(each.bytes, dst))

/** addrconf_addr_gen: from the hardware address, or, where there is none, random once for the device's life. */
function linkLocalOf(idev: Inet6Device): Uint8Array {
  if (idev.isEthernet) return ip6.linkLocal(idev.device.mac)
  if (idev.interfaceId === undefined) {
    idev.interfaceId = new Uint8Array(8)
    idev.stream.bytes(idev.interfaceId)
  }
  const bytes = new Uint8Array(ip6.BYTES)
  bytes.set([0xfe, 0x80])
  bytes.set(idev.interfaceId, 8)
  return bytes
}

function nonceFrom(idev: Inet6Device): number {
  const { stream } = idev
  return stream.below(0x1_0000) * 0x1_0000_0000 + stream.u32()
}

/** rfc3315_s14_backoff: `times` the span, give or take a tenth of the span. */
function about(idev: Inet6Device, jiffies: number, times: number): number {
  const millionths = times * 1_000_000 - 100_000 + idev.stream.below(200_001)
  return Math.floor((jiffies * millionths) / 1_000_000)
}

function addressInfo(address: Inet6Address): AddressInfo6 {
  return {
    family: 6,
    ifindex: address.idev.device.ifindex,
    bytes: address.bytes,
    prefixLength: address.prefixLength,
    scope: address.scope,
    flags: address.flags,
    protocol: address.protocol,
    validLifetime: Number.POSITIVE_INFINITY,
    preferredLifetime: Number.POSITIVE_INFINITY,
  }
}
