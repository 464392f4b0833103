/**
 * What IPv4 knows about a device: Linux struct in_device, its addresses and the sysctls of net/ipv4/conf that frames
 * ask.
 *
 * Values are kept as Linux combines them: with `all` by OR, AND or maximum (include/linux/inetdevice.h IN_DEV_*).
 */
import type { AddressRecord } from '../control/records.ts'
import { type Device, HardwareType, Iff } from '../core/device.ts'
import * as eth from '../wire/ethernet.ts'
import type { Ip } from '../wire/ip.ts'
import type { NeighbourParms } from './neighbour.ts'

export class InDevice {
  readonly device: Device
  readonly isLoopback: boolean
  /** Octets in front of the IP header: of an Ethernet header, or none on a TUN. */
  readonly headerBytes: number
  readonly neighbours: NeighbourParms
  /** As `ip addr` shows them: primary before secondary. */
  addresses: readonly AddressRecord[] = []
  /** As it was when IPv4 last looked, to tell what a change of the device's MTU means for learned ones. */
  mtu: number
  /** The device is being unregistered: addresses go without promotion. */
  dead = false

  forwarding = false
  acceptLocal = false
  routeLocalnet = false
  reversePathFilter = 0
  ignoreRoutesWithLinkdown = false
  promoteSecondaries = false
  sendRedirects = true
  acceptRedirects = true
  sharedMedia = true
  broadcastForwarding = false
  dropUnicastInL2Multicast = false
  dropGratuitousArp = false
  arpFilter = false
  arpAnnounce = 0
  arpIgnore = 0
  arpAccept = 0
  arpNotify = false
  arpEvictNoCarrier = true
  proxyArp = false
  proxyArpPvlan = false

  constructor(device: Device, neighbours: NeighbourParms) {
    this.device = device
    this.isLoopback = (device.flags & Iff.Loopback) !== 0
    this.headerBytes = device.hardwareType === HardwareType.None ? 0 : eth.HEADER_BYTES
    this.neighbours = neighbours
    this.mtu = device.mtu
  }

  /** Reads every value. `sysctl` answers what stands below net/ipv4/conf, as `all/forwarding`. */
  configure(sysctl: (path: string) => number): void {
    const name = this.device.name
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

/** The first address whose own prefix holds `ip`; inet_ifa_byprefix looks for one prefix, this for any. */
export function addressOnLink(inDevice: InDevice, ip: Ip): AddressRecord | undefined {
  return inDevice.addresses.find(each => ((each.address ^ ip) & maskOf(each)) === 0)
}

const maskOf = (address: AddressRecord): number => (address.prefixLength === 0 ? 0 : -1 << (32 - address.prefixLength))
