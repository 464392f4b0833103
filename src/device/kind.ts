/**
 * One link kind: what Linux spreads over rtnl_link_ops, net_device_ops and rx_handler, in one table of operations.
 * A new kind is one file with one such table, and one line in world/kinds.ts.
 */
import type { Tell } from '../control/notice.ts'
import type { BridgeOptions, BridgePortOptions, LinkRecord } from '../control/records.ts'
import type { LinkChanges, NewLink } from '../control/request.ts'
import type { Device, HardwareType, Out, PacketType, Xmit } from '../core/device.ts'
import type { Answer } from '../core/errno.ts'
import type { Frame } from '../core/frame.ts'
import type { Ip } from '../wire/ip.ts'
import type { Mac } from '../wire/mac.ts'

/** What a kind may ask of the world outside the path of a frame, while a request is being applied. */
export interface Control extends Out {
  /** netif_carrier_on / netif_carrier_off: counted, and seen by the rest of the machine when linkwatch runs. */
  setCarrier(dev: Device, on: boolean): void
  /** dev_set_promiscuity. */
  addPromiscuity(dev: Device, by: number): void
  /** dev_set_allmulti. */
  addAllMulticast(dev: Device, by: number): void
  /** dev_uc_add and dev_uc_del: a further MAC that the device must let in. */
  addUnicast(dev: Device, mac: Mac): void
  removeUnicast(dev: Device, mac: Mac): void
  /** linkwatch_fire_event, though the carrier may not have changed. */
  fireLinkwatch(dev: Device): void
  /** dev_set_mtu by the kernel itself (a bridge that follows its ports). */
  setMtu(dev: Device, mtu: number): void
  /** dev_set_mac_address by the kernel itself, with NETDEV_CHANGEADDR for the others. */
  setMac(dev: Device, mac: Mac): void
  /** eth_hw_addr_set: the device has another MAC, and nobody is told. */
  takeMac(dev: Device, mac: Mac): void
  /** NETDEV_CHANGEADDR */
  tellMac(dev: Device): void
  /** dev_set_mac_address as a person asks for it: checked, and remembered as their choice. */
  changeMac(dev: Device, mac: Mac): Answer
  /** eth_hw_addr_random, from the named stream of this device. */
  randomMac(): Mac
  /** ip_mc_inc_group, ipv6_dev_mc_inc and their opposites: a group of the device's own; of IPv6 sixteen bytes. */
  joinGroup(dev: Device, group: Ip | Uint8Array): void
  leaveGroup(dev: Device, group: Ip | Uint8Array): void
  /** The record of a device, as typed. */
  record(dev: Device): LinkRecord
  /** A sysctl of the device's namespace, by its path below /proc/sys; slow. */
  sysctl(dev: Device, path: string): number
  /** Counts in /proc/net/snmp of the device's namespace. */
  countIp(dev: Device, what: IpCounter, by?: number): void
  /**
   * ip_defrag in the device's namespace, for a sound piece of an IPv4 packet behind an Ethernet header: kept until the
   * whole is there, which is then answered.
   */
  defragment(dev: Device, frame: Frame, type: PacketType): Frame | undefined
  /** rtmsg_ifinfo: those who listen to its namespace hear how the device is now. */
  tellLink(dev: Device, event?: string): void
  /** br_ifinfo_notify: and how this port of a bridge is, or that it is one no longer. */
  tellPort(dev: Device, gone?: boolean): void
  /** Those who listen to the device's namespace; undefined while nobody does. */
  tell(dev: Device): Tell | undefined
}

/** What a bridge counts in the name of IP: names of struct Snmp. */
export type IpCounter = 'ipInHdrErrors' | 'ipInTruncated' | 'ipFragOks' | 'ipFragFails' | 'ipFragCreates'

export interface Defaults {
  readonly hardwareType: HardwareType
  /** Iff.* at birth. */
  readonly flags: number
  readonly mtu: number
  readonly mtuMin: number
  readonly mtuMax: number
  readonly txQueueLength: number
  /** Printed after `qdisc` once the device is active: `noqueue`, `fq_codel` ... */
  readonly qdisc: string
  /** Pattern for an unnamed device (`veth%d`). */
  readonly namePattern: string
  /** IFF_LIVE_ADDR_CHANGE: the MAC may change while the device is up. */
  readonly liveAddressChange: boolean
  /** eth_hw_addr_random unless the request names a MAC; zero otherwise. */
  readonly randomMac: boolean
  /** netns_immutable: the device cannot move to another namespace. */
  readonly immutableNetns?: boolean
  /** IFF_UNICAST_FLT: it lets further MACs in without becoming promiscuous. */
  readonly unicastFilter?: boolean
}

export interface Kind {
  readonly name: string
  readonly defaults: Defaults

  /** Refuses what rtnl_link_ops.validate refuses, before anything exists. */
  validate?(link: NewLink): Answer
  /**
   * Before a device on another one is registered: what rtnl_link_ops.newlink refuses, and the request with what the new
   * device takes from the one below. `linked` is the device that the request names (IFLA_LINK), if it is there.
   */
  prepare?(link: NewLink, linked: Device | undefined): Answer<Prepared>
  /**
   * The device is registered; make its state. For a pair, `other` is the other end, registered before; for a device on
   * another one it is the one below.
   */
  created(dev: Device, link: NewLink, control: Control, other?: Device): Answer
  /** The other end of a pair is registered, and does not know of the first yet. */
  peerCreated?(peer: Device, control: Control): void
  /** Options of an existing device change (rtnl_link_ops.changelink). */
  change?(dev: Device, changes: LinkChanges, control: Control): Answer
  /** The device is about to be unregistered (dellink, ndo_uninit). Answers devices that must go with it. */
  removed(dev: Device, control: Control): readonly Device[]

  /** ndo_open / ndo_stop: the administrator set it up or down. A refusal leaves it down. */
  opened?(dev: Device, control: Control): Answer | void
  stopped?(dev: Device, control: Control): void
  /** ndo_set_mac_address where that is more than a copy: ends with Control.setMac. */
  setMac?(dev: Device, mac: Mac, control: Control): Answer
  /** ndo_set_mac_address, after the address has changed. */
  macChanged?(dev: Device, control: Control): void
  /** dev_get_iflink and get_link_net: the device that `ip link` prints after the @. */
  linkedTo?(dev: Device): Device | undefined
  /** The device got another ifindex by moving to another namespace. */
  indexChanged?(dev: Device): void
  /** ndo_change_rx_flags: it began or ceased to be promiscuous (Iff.Promisc) or to hear all groups (Iff.AllMulti). */
  rxFlagsChanged?(dev: Device, flag: number, control: Control): void
  /** ndo_change_mtu refuses. */
  mayChangeMtu?(dev: Device, mtu: number): Answer
  /** ndo_change_mtu, after it has changed. */
  mtuChanged?(dev: Device, control: Control): void

  /** ndo_change_carrier: somebody sets the carrier by hand. */
  changeCarrier?(dev: Device, on: boolean, control: Control): Answer
  /** NETDEV_CHANGE_TX_QUEUE_LEN: packets. */
  txQueueLengthChanged?(dev: Device, length: number, control: Control): void

  /** What ndo_start_xmit will answer for the frame; Success where nothing does. */
  outcome?(dev: Device, frame: Frame, out: Out): Xmit
  /** ndo_start_xmit: the frame leaves through the device. */
  xmit(dev: Device, frame: Frame, control: Control): void
  /** dev_loopback_xmit: does it take a group packet that its own stack is to hear as well? Ports let it pass. */
  takesOwn?(dev: Device, frame: Frame, out: Out): boolean

  /** Printed after `qdisc` where it is not the default of the kind. */
  qdisc?(dev: Device): string

  /** As a master: takes a device in (ndo_add_slave), lets it go (ndo_del_slave). */
  addSlave?(master: Device, slave: Device, control: Control): Answer
  removeSlave?(master: Device, slave: Device, control: Control): Answer
  /** As a master: rx handler for a frame that arrived on the slave `dev`. */
  fromSlave?(dev: Device, frame: Frame, type: PacketType, control: Control): Frame | undefined
  /** As a master: a slave's up/down, carrier, MAC, MTU or name changed (the netdevice notifier). */
  slaveChanged?(slave: Device, event: SlaveEvent, control: Control): void
  /** As a device on another one: the same of the device below (`dev.lower`). */
  lowerChanged?(dev: Device, event: SlaveEvent, control: Control): void
  /** As a master: port options of a slave (IFLA_BRPORT_*, rtnl_link_ops.slave_changelink). */
  changeSlave?(slave: Device, port: Partial<BridgePortOptions>, control: Control, fdbFlush: boolean): Answer

  /** Somebody wrote a sysctl of the device's namespace, outside net/ipv4 and net/ipv6. */
  sysctlChanged?(dev: Device, path: string, control: Control): void

  /** A timer asked for with Out.timer has come. */
  timer?(dev: Device, code: number, ref: object | undefined, control: Control): void

  /** Its own part of IFLA_INFO_DATA and of IFLA_INFO_SLAVE_DATA, for dumps. */
  options?(dev: Device): Partial<BridgeOptions> | undefined
}

/** A request for a device on another one, completed, and that other device. */
export interface Prepared {
  readonly link: NewLink
  readonly lower: Device
}

export type SlaveEvent = 'up' | 'goingdown' | 'down' | 'change' | 'changeaddr' | 'changemtu' | 'changename'
