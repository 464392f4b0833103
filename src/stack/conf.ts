/**
 * What the sysctls of IPv4 say of one device, net/ipv4/conf/DEV and net/ipv4/neigh/DEV, as frames ask for them, and
 * those of a namespace that sockets and fragments ask for.
 *
 * Values are kept as Linux combines them: with `all` by OR, AND or maximum (include/linux/inetdevice.h IN_DEV_*). They
 * never change: who writes a sysctl makes new ones, so that the devices of all namespaces where nobody ever wrote one
 * have theirs in common.
 */
import { HZ, msToJiffies } from '../time/instant.ts'

/** Linux struct ipv4_devconf. */
export class DeviceConf {
  readonly forwarding: boolean
  readonly acceptLocal: boolean
  readonly routeLocalnet: boolean
  readonly reversePathFilter: number
  readonly ignoreRoutesWithLinkdown: boolean
  readonly promoteSecondaries: boolean
  readonly sendRedirects: boolean
  readonly acceptRedirects: boolean
  readonly sharedMedia: boolean
  readonly secureRedirects: boolean
  /** Devices of one medium do not answer for each other; -1: nobody answers for anybody there. */
  readonly mediumId: number
  readonly broadcastForwarding: boolean
  readonly dropUnicastInL2Multicast: boolean
  readonly dropGratuitousArp: boolean
  readonly arpFilter: boolean
  readonly arpAnnounce: number
  readonly arpIgnore: number
  readonly arpAccept: number
  readonly arpNotify: boolean
  readonly arpEvictNoCarrier: boolean
  readonly proxyArp: boolean
  readonly proxyArpPvlan: boolean

  /** `sysctl` answers what stands below net/ipv4/conf, as `all/forwarding`. */
  constructor(name: string, sysctl: (path: string) => number) {
    const own = (key: string): number => sysctl(`${name}/${key}`)
    const all = (key: string): number => sysctl(`all/${key}`)
    const or = (key: string): boolean => own(key) !== 0 || all(key) !== 0
    const and = (key: string): boolean => own(key) !== 0 && all(key) !== 0
    const max = (key: string): number => Math.max(own(key), all(key))
    this.forwarding = own('forwarding') !== 0
    this.acceptLocal = or('accept_local')
    this.routeLocalnet = or('route_localnet')
    this.reversePathFilter = max('rp_filter')
    this.ignoreRoutesWithLinkdown = or('ignore_routes_with_linkdown')
    this.promoteSecondaries = or('promote_secondaries')
    this.sendRedirects = or('send_redirects')
    this.acceptRedirects = this.forwarding ? and('accept_redirects') : or('accept_redirects')
    this.sharedMedia = or('shared_media')
    this.secureRedirects = or('secure_redirects')
    this.mediumId = own('medium_id')
    this.broadcastForwarding = and('bc_forwarding')
    this.dropUnicastInL2Multicast = or('drop_unicast_in_l2_multicast')
    this.dropGratuitousArp = or('drop_gratuitous_arp')
    this.arpFilter = or('arp_filter')
    this.arpAnnounce = max('arp_announce')
    this.arpIgnore = max('arp_ignore')
    this.arpAccept = max('arp_accept')
    this.arpNotify = or('arp_notify')
    this.arpEvictNoCarrier = and('arp_evict_nocarrier')
    this.proxyArp = or('proxy_arp')
    this.proxyArpPvlan = or('proxy_arp_pvlan')
  }
}

/** Linux struct neigh_parms. Spans are jiffies. */
export class NeighbourConf {
  readonly baseReachable: number
  readonly retransmit: number
  readonly delayFirstProbe: number
  readonly staleTime: number
  readonly lockTime: number
  readonly proxyDelay: number
  readonly proxyQueueMax: number
  readonly unicastProbes: number
  readonly multicastProbes: number
  readonly multicastReprobes: number
  readonly appProbes: number
  readonly queueBytesMax: number

  /** `sysctl` answers what stands below net/ipv4/neigh/DEV. */
  constructor(sysctl: (key: string) => number) {
    this.baseReachable = msToJiffies(sysctl('base_reachable_time_ms'))
    this.retransmit = msToJiffies(sysctl('retrans_time_ms'))
    this.delayFirstProbe = sysctl('delay_first_probe_time') * HZ
    this.staleTime = sysctl('gc_stale_time') * HZ
    this.lockTime = msToJiffies(sysctl('locktime') * 10)
    this.proxyDelay = msToJiffies(sysctl('proxy_delay') * 10)
    this.proxyQueueMax = sysctl('proxy_qlen')
    this.unicastProbes = sysctl('ucast_solicit')
    this.multicastProbes = sysctl('mcast_solicit')
    this.multicastReprobes = sysctl('mcast_resolicit')
    this.appProbes = sysctl('app_solicit')
    this.queueBytesMax = sysctl('unres_qlen_bytes')
  }
}

/** Linux struct netns_ipv4, in part. */
export class NamespaceConf {
  /** ip_no_pmtu_disc: what is believed of the path's MTU, and how sockets begin. */
  readonly noPmtuDiscovery: number
  /** ip_forward_use_pmtu */
  readonly forwardsByPathMtu: boolean
  /** ipfrag_time in jiffies, ipfrag_high_thresh in octets and ipfrag_max_dist. */
  readonly fragmentLifetime: number
  readonly fragmentBytesMax: number
  readonly fragmentDistanceMax: number
  /** ip_local_port_range, ip_local_reserved_ports. */
  readonly portFirst: number
  readonly portLast: number
  readonly reservedPorts: readonly (readonly [first: number, last: number])[]
  /** ip_nonlocal_bind */
  readonly bindsAnywhere: boolean
  /** igmp_max_memberships */
  readonly membershipsMax: number

  /** They answer what stands below net/ipv4. */
  constructor(sysctl: (key: string) => number, text: (key: string) => string) {
    this.noPmtuDiscovery = sysctl('ip_no_pmtu_disc')
    this.forwardsByPathMtu = sysctl('ip_forward_use_pmtu') !== 0
    this.fragmentLifetime = sysctl('ipfrag_time') * HZ
    this.fragmentBytesMax = sysctl('ipfrag_high_thresh')
    this.fragmentDistanceMax = sysctl('ipfrag_max_dist')
    const range = text('ip_local_port_range').split('\t')
    this.portFirst = Number(range[0])
    this.portLast = Number(range[1])
    const reserved = text('ip_local_reserved_ports')
      .split(',')
      .filter(item => item !== '')
    this.reservedPorts = reserved.map(item => {
      const [first, last = first] = item.split('-').map(Number)
      return [first!, last!]
    })
    this.bindsAnywhere = sysctl('ip_nonlocal_bind') !== 0
    this.membershipsMax = sysctl('igmp_max_memberships')
  }

  /** inet_is_local_reserved_port */
  isReservedPort(port: number): boolean {
    return this.reservedPorts.some(([first, last]) => port >= first && port <= last)
  }
}

export interface Conf {
  readonly device: DeviceConf
  readonly neighbours: NeighbourConf
}
