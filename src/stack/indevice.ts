/** What IPv4 knows about a device: Linux struct in_device, its addresses and its sysctls. */
import type { AddressRecord } from '../control/records.ts'
import { type Device, HardwareType, Iff } from '../core/device.ts'
import * as eth from '../wire/ethernet.ts'
import type { Ip } from '../wire/ip.ts'
import type { DeviceConf } from './conf.ts'
import type { Membership } from './membership.ts'
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

  conf: DeviceConf
  /** The groups that we are in there (mc_list); none before it is first set up. */
  groups: Membership<Ip> | undefined

  constructor(device: Device, neighbours: NeighbourParms, conf: DeviceConf) {
    this.device = device
    this.isLoopback = (device.flags & Iff.Loopback) !== 0
    this.headerBytes = device.hardwareType === HardwareType.None ? 0 : eth.HEADER_BYTES
    this.neighbours = neighbours
    this.conf = conf
    this.mtu = device.mtu
  }
}

/** The first address whose own prefix holds `ip`; inet_ifa_byprefix looks for one prefix, this for any. */
export function addressOnLink(inDevice: InDevice, ip: Ip): AddressRecord | undefined {
  return inDevice.addresses.find(each => ((each.address ^ ip) & maskOf(each)) === 0)
}

const maskOf = (address: AddressRecord): number => (address.prefixLength === 0 ? 0 : -1 << (32 - address.prefixLength))
