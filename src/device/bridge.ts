/**
 * bridge: a learning switch among the devices of one namespace, and a device of its own towards the stack.
 *
 * This file is its table of operations: birth and death, ports that join and leave, settings, what dumps show. The way
 * of a frame is in bridgepath.ts, learning and the forwarding database in bridgefdb.ts, port states and the spanning
 * tree in stp.ts. Follows Linux net/bridge/br_if.c, br_device.c, br_netlink.c and br.c.
 *
 * Left out and refused: VLAN filtering, a multicast querier, multicast to unicast, proxy ARP, neighbour suppression,
 * locked ports.
 */
import type { BridgeInfo, BridgePortInfo } from '../control/info.ts'
import type { BridgeOptions, BridgePortOptions } from '../control/records.ts'
import { type Device, HardwareType, Iff, isAbove, isUp, TSO_LEGACY_MAX_SIZE, TSO_MAX_SIZE } from '../core/device.ts'
import { type Answer, DONE, fail } from '../core/errno.ts'
import { clockToJiffies, jiffiesToClock } from '../time/instant.ts'
import { GROUP } from '../wire/bpdu.ts'
import type { Ip } from '../wire/ip.ts'
import * as ip6 from '../wire/ip6.ts'
import * as mac48 from '../wire/mac.ts'
import { addLocal, bridgeMacChanges, fdbFlush, forgetPort, portMacChanged } from './bridgefdb.ts'
import { type Bpdu, fromSlave, xmit } from './bridgepath.ts'
import { Bridge, bridgeOf, PORTS_MAX, Port, PortFlag, portOf, type Timer, TimerCode } from './bridgestate.ts'
import type { Control, Kind, SlaveEvent } from './kind.ts'
import * as stp from './stp.ts'

export { fdbAdd, fdbDelete, fdbEntries, fdbFlush } from './bridgefdb.ts'

const MTU_MIN = 68
const MTU_MAX = 65535
const MTU_ALONE = 1500
/** NET_ADDR_SET: a person chose the MAC. */
const SET_BY_USER = 3

// -- Birth and death ------------------------------------------------------------------------------

export const bridge: Kind = {
  name: 'bridge',
  defaults: {
    hardwareType: HardwareType.Ether,
    flags: Iff.Broadcast | Iff.Multicast,
    mtu: MTU_ALONE,
    mtuMin: MTU_MIN,
    mtuMax: MTU_MAX,
    txQueueLength: 1000,
    qdisc: 'noqueue',
    namePattern: 'bridge%d',
    liveAddressChange: true,
    randomMac: true,
    immutableNetns: true,
  },

  validate(link) {
    if (link.mac !== undefined && !mac48.isValidEther(link.mac)) return fail('EADDRNOTAVAIL')
    return DONE
  },

  created(dev, link, control) {
    const bridge = new Bridge(dev, control)
    dev.state = bridge
    dev.tsoMaxSize = TSO_LEGACY_MAX_SIZE
    readSysctls(bridge, control)
    bridgeMacChanges(bridge, dev.mac, control.now)
    if (link.mac !== undefined) stp.changeBridgeId(bridge, link.mac, control)
    return changeOptions(bridge, link.bridge ?? {}, control)
  },

  change(dev, changes, control) {
    if (changes.bridge === undefined && changes.fdbFlush !== true) return fail('EOPNOTSUPP')
    const answer = changeOptions(bridgeOf(dev), changes.bridge ?? {}, control)
    if (answer.ok && changes.fdbFlush) fdbFlush(dev)
    return answer
  },

  sysctlChanged(dev, _path, control) {
    readSysctls(bridgeOf(dev), control)
  },

  removed(dev, control) {
    const bridge = bridgeOf(dev)
    for (const port of [...bridge.ports]) deletePort(port, control)
    forgetPort(bridge, undefined, true)
    bridge.gcTimer.stop()
    return []
  },

  opened(dev, control) {
    const bridge = bridgeOf(dev)
    stp.enableBridge(bridge, control)
    if (bridge.mcastSnooping !== 0) joinSnoopers(dev, control)
  },

  stopped(dev, control) {
    const bridge = bridgeOf(dev)
    stp.disableBridge(bridge, control)
    if (bridge.mcastSnooping !== 0) leaveSnoopers(dev, control)
  },

  /** br_set_mac_address; also called for a MAC that the bridge took from a port, where nothing is left to do. */
  macChanged(dev, control) {
    const bridge = bridgeOf(dev)
    if (bridge.mac !== dev.mac) stp.changeBridgeId(bridge, dev.mac, control)
  },

  mtuChanged(dev) {
    bridgeOf(dev).mtuSetByUser = true
  },

  xmit,
  fromSlave,

  addSlave(master, slave, control) {
    return addPort(bridgeOf(master), slave, control)
  },

  removeSlave(master, slave, control) {
    const port = portOf(slave)
    const bridge = bridgeOf(master)
    if (port === undefined || port.bridge !== bridge) return fail('EINVAL')
    deletePort(port, control)
    followPorts(bridge, control)
    takeMac(bridge, control)
    updateFeatures(bridge)
    return DONE
  },

  slaveChanged(slave, event, control) {
    const port = portOf(slave)
    if (port !== undefined) portEvent(port, event, control)
  },

  changeSlave(slave, changes, control, flush) {
    const port = portOf(slave)
    if (port === undefined) return fail('EINVAL')
    const answer = changePort(port, changes, control)
    if (answer.ok && flush) forgetPort(port.bridge, port, false)
    return answer
  },

  timer(dev, code, ref, control) {
    if (code === TimerCode.Bpdu) {
      const { port, frame } = ref as Bpdu
      if (port.dev.port === port) stp.received(port, frame, control)
      return
    }
    const timer = ref as Timer
    if (timer.fired(control.now)) stp.timerExpired(bridgeOf(dev), timer, control)
  },

  options: dev => optionsOf(bridgeOf(dev)),
}

/** What br_netfilter is told for all bridges of the namespace. */
function readSysctls(bridge: Bridge, control: Control): void {
  bridge.callsIptables = control.sysctl(bridge.dev, 'net/bridge/bridge-nf-call-iptables') !== 0
  bridge.callsIp6tables = control.sysctl(bridge.dev, 'net/bridge/bridge-nf-call-ip6tables') !== 0
}

// -- Ports ----------------------------------------------------------------------------------------

/** br_add_if */
function addPort(bridge: Bridge, dev: Device, control: Control): Answer {
  if ((dev.flags & Iff.Loopback) !== 0 || dev.hardwareType !== HardwareType.Ether) return fail('EINVAL')
  if (!mac48.isValidEther(dev.mac)) return fail('EINVAL')
  if (dev.kind === 'bridge') return fail('ELOOP', 'Can not enslave a bridge to a bridge')
  if (dev.port !== undefined || isAbove(dev, bridge.dev)) return fail('EBUSY')
  const number = freeNumber(bridge)
  if (number === undefined) return fail('EXFULL')

  const port = new Port(bridge, dev, number, pathCost(dev))
  bridge.byNumber[number] = port
  bridge.ports.unshift(port)
  dev.port = port
  control.addAllMulticast(dev, 1)
  control.tellLink(dev) // NETDEV_CHANGEUPPER
  control.addPromiscuity(dev, 1)
  updateFeatures(bridge)
  limitSegments(bridge)
  addLocal(bridge, port, dev.mac, control.now)
  const changed = !macIsSet(bridge, control) && stp.recalculateBridgeId(bridge, control)
  if (stp.isUsable(dev) && isUp(bridge.dev)) stp.enablePort(port, control)
  control.tellPort(dev)
  if (changed) control.setMac(bridge.dev, bridge.mac)
  followPorts(bridge, control)
  return DONE
}

/** find_portno: the lowest that is free. */
function freeNumber(bridge: Bridge): number | undefined {
  for (let number = 1; number < PORTS_MAX; number++) if (bridge.byNumber[number] === undefined) return number
  return undefined
}

/** port_cost: by the speed that the driver, or the one below, tells; who says nothing has 10 Mbit/s. */
const pathCost = (dev: Device): number => (isFast(dev) ? COST_OF_10_GBIT : COST_OF_10_MBIT)
const COST_OF_10_GBIT = 2
const COST_OF_10_MBIT = 100

/** A bridge is as fast as its fastest port that is up (br_get_link_ksettings). */
function isFast(dev: Device): boolean {
  if (dev.lower !== undefined) return isFast(dev.lower)
  if (dev.kind === 'bridge') return bridgeOf(dev).ports.some(port => stp.isUsable(port.dev) && isFast(port.dev))
  return dev.kind === 'veth' || dev.kind === 'tun'
}

/** br_set_gso_limits: what all ports can. Until a first one has joined it is TSO_LEGACY_MAX_SIZE. */
function limitSegments({ dev, ports }: Bridge): void {
  dev.tsoMaxSize = ports.reduce((least, port) => Math.min(least, port.dev.tsoMaxSize), TSO_MAX_SIZE)
}

/** What a bridge can as soon as one of its ports can (NETIF_F_ONE_FOR_ALL). */
const Feature = { FragmentList: 1, Gso: 2, GsoRobust: 4 } as const

function featuresOf(dev: Device): number {
  const { FragmentList, Gso, GsoRobust } = Feature
  if (dev.lower !== undefined) return Gso | GsoRobust | (featuresOf(dev.lower) & FragmentList)
  if (dev.kind === 'bridge') return bridgeOf(dev).features
  return dev.kind === 'veth' ? FragmentList | Gso : FragmentList
}

/** netdev_update_features: what stands on the bridge hears of a change, and takes its limits anew. */
function updateFeatures(bridge: Bridge): void {
  const features = bridge.ports.reduce((all, port) => all | featuresOf(port.dev), 0)
  if (features === bridge.features) return
  bridge.features = features
  bridge.control.tellLink(bridge.dev, 'FEATURE CHANGE')
  for (const upper of bridge.dev.uppers) upper.tsoMaxSize = bridge.dev.tsoMaxSize
}

/** del_nbp, and what br_del_if does behind it. */
function deletePort(port: Port, control: Control): void {
  const { bridge, dev } = port
  control.addAllMulticast(dev, -1)
  control.addPromiscuity(dev, -1)
  stp.disablePort(port, control)
  control.tellPort(dev, true)
  bridge.ports.splice(bridge.ports.indexOf(port), 1)
  forgetPort(bridge, port, true)
  bridge.byNumber[port.number] = undefined
  dev.port = undefined
  // NETDEV_CHANGEUPPER: without a master, which whoever asked for this takes away.
  const { master } = dev
  dev.master = undefined
  control.tellLink(dev)
  dev.master = master
  limitSegments(bridge)
}

/** br_device_event */
function portEvent(port: Port, event: SlaveEvent, control: Control): void {
  const { bridge, dev } = port
  let isTold = false
  switch (event) {
    case 'changemtu':
      return followPorts(bridge, control)
    case 'changeaddr':
      portMacChanged(port, control.now)
      takeMac(bridge, control)
      break
    case 'change':
      if ((port.flags & PortFlag.AdminCost) === 0 && stp.isUsable(dev)) port.pathCost = pathCost(dev)
      isTold = stp.checkCarrier(port, control)
      break
    case 'up':
      isTold = isUp(bridge.dev) && stp.isUsable(dev)
      if (isTold) stp.enablePort(port, control)
      break
    case 'down':
      isTold = isUp(bridge.dev)
      if (isTold) stp.disablePort(port, control)
      break
    default:
      return
  }
  if (!isTold) control.tellPort(dev)
}

const macIsSet = (bridge: Bridge, control: Control): boolean => control.record(bridge.dev).macOrigin === SET_BY_USER

/** br_stp_recalculate_bridge_id, and the device follows. */
function takeMac(bridge: Bridge, control: Control): void {
  if (!macIsSet(bridge, control) && stp.recalculateBridgeId(bridge, control)) control.setMac(bridge.dev, bridge.mac)
}

/** br_mtu_auto_adjust: the smallest MTU of the ports, unless a person has set one. */
function followPorts(bridge: Bridge, control: Control): void {
  if (bridge.mtuSetByUser) return
  const mtu = bridge.ports.reduce((least, port) => Math.min(least, port.dev.mtu), Number.POSITIVE_INFINITY)
  control.setMtu(bridge.dev, bridge.ports.length === 0 ? MTU_ALONE : mtu)
  bridge.mtuSetByUser = false
}

// -- Settings -------------------------------------------------------------------------------------

/** 224.0.0.106 and ff02::6a. */
const ALL_SNOOPERS = 0xe000_006a as Ip
const ALL_SNOOPERS_6 = ip6.parse('ff02::6a')!

/** Group addresses that forwarding cannot be asked for: BR_GROUPFWD_RESTRICTED. */
const GROUP_FWD_RESTRICTED = 0x0007

/** br_changelink: one after the other; what comes before an error stays. Times are in USER_HZ. */
function changeOptions(bridge: Bridge, options: Partial<BridgeOptions>, control: Control): Answer {
  if (options.mcastQuerier) return refused('mcast_querier')
  let answer: Answer = DONE
  if (options.forwardDelay !== undefined) {
    answer = stp.setForwardDelay(bridge, clockToJiffies(options.forwardDelay))
  }
  if (answer.ok && options.helloTime !== undefined) {
    answer = stp.setHelloTime(bridge, clockToJiffies(options.helloTime))
  }
  if (answer.ok && options.maxAge !== undefined) answer = stp.setMaxAge(bridge, clockToJiffies(options.maxAge))
  if (!answer.ok) return answer

  if (options.ageingTime !== undefined) {
    bridge.bridgeAgeingTime = clockToJiffies(options.ageingTime)
    bridge.ageingTime = bridge.bridgeAgeingTime
    bridge.gcTimer.start(0, bridge, control)
  }
  if (options.stpState !== undefined) stp.setEnabled(bridge, options.stpState !== 0, control)
  if (options.priority !== undefined) stp.setBridgePriority(bridge, options.priority, control)
  if (options.groupFwdMask !== undefined) {
    if ((options.groupFwdMask & GROUP_FWD_RESTRICTED) !== 0) return fail('EINVAL')
    bridge.groupFwdMask = options.groupFwdMask
  }
  if (options.groupAddress !== undefined) {
    const last = options.groupAddress - GROUP
    if (last < 0 || last > 15 || (last >= 1 && last <= 3)) return fail('EINVAL')
    bridge.groupAddress = options.groupAddress
  }
  if (options.mcastSnooping !== undefined) setSnooping(bridge, options.mcastSnooping, control)
  bridge.nfCallIptables = options.nfCallIptables ?? bridge.nfCallIptables
  bridge.nfCallIp6tables = options.nfCallIp6tables ?? bridge.nfCallIp6tables
  bridge.nfCallArptables = options.nfCallArptables ?? bridge.nfCallArptables
  return DONE
}

/** br_multicast_toggle */
function setSnooping(bridge: Bridge, snooping: number, control: Control): void {
  const changes = (snooping !== 0) !== (bridge.mcastSnooping !== 0)
  bridge.mcastSnooping = snooping
  if (!changes || !isUp(bridge.dev)) return
  if (snooping !== 0) joinSnoopers(bridge.dev, control)
  else leaveSnoopers(bridge.dev, control)
}

/** br_multicast_join_snoopers: multicast routers can be discovered through these groups, RFC 4286. */
function joinSnoopers(dev: Device, control: Control): void {
  control.joinGroup(dev, ALL_SNOOPERS)
  control.joinGroup(dev, ALL_SNOOPERS_6)
}

function leaveSnoopers(dev: Device, control: Control): void {
  control.leaveGroup(dev, ALL_SNOOPERS)
  control.leaveGroup(dev, ALL_SNOOPERS_6)
}

const refused = (what: string): Answer => fail('EOPNOTSUPP', `vethereal: bridge: ${what} is not supported yet`)

type Switch = {
  readonly [K in keyof BridgePortOptions]: BridgePortOptions[K] extends boolean ? K : never
}[keyof BridgePortOptions]

/** Switches of a port that are modelled, and those that are not. */
const SWITCHES: readonly (readonly [Switch, number])[] = [
  ['hairpin', PortFlag.Hairpin],
  ['guard', PortFlag.Guard],
  ['fastLeave', PortFlag.FastLeave],
  ['rootBlock', PortFlag.RootBlock],
  ['learning', PortFlag.Learning],
  ['flood', PortFlag.Flood],
  ['mcastFlood', PortFlag.McastFlood],
  ['bcastFlood', PortFlag.BcastFlood],
  ['isolated', PortFlag.Isolated],
]
const REFUSED_SWITCHES: readonly (readonly [Switch, string])[] = [
  ['mcastToUnicast', 'mcast_to_unicast'],
  ['neighSuppress', 'neigh_suppress'],
  ['proxyArp', 'proxy_arp'],
  ['proxyArpWifi', 'proxy_arp_wifi'],
  ['locked', 'locked'],
  ['mab', 'mab'],
]

/** br_setport: switches first, then cost, priority and state; what comes before an error stays. */
function changePort(port: Port, changes: Partial<BridgePortOptions>, control: Control): Answer {
  for (const [name, word] of REFUSED_SWITCHES) if (changes[name]) return refused(word)
  for (const [name, flag] of SWITCHES) {
    const on = changes[name]
    if (on !== undefined) port.flags = on ? port.flags | flag : port.flags & ~flag
  }
  let answer: Answer = DONE
  if (changes.cost !== undefined) answer = stp.setPathCost(port, changes.cost, control)
  if (answer.ok && changes.priority !== undefined) answer = stp.setPortPriority(port, changes.priority, control)
  if (answer.ok && changes.state !== undefined) answer = stp.setPortState(port, changes.state, control)
  return answer
}

// -- Dumps ----------------------------------------------------------------------------------------

/** What is in force: the times are the root's, as br_fill_info tells them. */
function optionsOf(bridge: Bridge): BridgeOptions {
  return {
    forwardDelay: jiffiesToClock(bridge.forwardDelay),
    helloTime: jiffiesToClock(bridge.helloTime),
    maxAge: jiffiesToClock(bridge.maxAge),
    ageingTime: jiffiesToClock(bridge.ageingTime),
    stpState: bridge.stp ? 1 : 0,
    priority: bridge.id.priority,
    groupFwdMask: bridge.groupFwdMask,
    groupAddress: bridge.groupAddress,
    mcastSnooping: bridge.mcastSnooping,
    mcastQuerier: 0,
    nfCallIptables: bridge.nfCallIptables,
    nfCallIp6tables: bridge.nfCallIp6tables,
    nfCallArptables: bridge.nfCallArptables,
  }
}

/** br_fill_info */
export function bridgeInfo(dev: Device, now: number): BridgeInfo {
  const bridge = bridgeOf(dev)
  return {
    ...optionsOf(bridge),
    bridgeId: bridge.id,
    rootId: bridge.designatedRoot,
    rootPort: bridge.rootPort,
    rootPathCost: bridge.rootPathCost,
    topologyChange: bridge.topologyChange ? 1 : 0,
    topologyChangeDetected: bridge.topologyChangeDetected ? 1 : 0,
    helloTimer: bridge.helloTimer.value(now),
    tcnTimer: bridge.tcnTimer.value(now),
    topologyChangeTimer: bridge.topologyChangeTimer.value(now),
    gcTimer: bridge.gcTimer.value(now),
    rootMaxAge: jiffiesToClock(bridge.maxAge),
    rootHelloTime: jiffiesToClock(bridge.helloTime),
    rootForwardDelay: jiffiesToClock(bridge.forwardDelay),
  }
}

/** br_port_fill_attrs; undefined when the device is no bridge port. */
export function portInfo(dev: Device, now: number): BridgePortInfo | undefined {
  const port = portOf(dev)
  if (port === undefined) return undefined
  const has = (flag: number): boolean => (port.flags & flag) !== 0
  return {
    state: port.state,
    priority: port.priority,
    cost: port.pathCost,
    hairpin: has(PortFlag.Hairpin),
    guard: has(PortFlag.Guard),
    rootBlock: has(PortFlag.RootBlock),
    fastLeave: has(PortFlag.FastLeave),
    learning: has(PortFlag.Learning),
    flood: has(PortFlag.Flood),
    mcastFlood: has(PortFlag.McastFlood),
    bcastFlood: has(PortFlag.BcastFlood),
    mcastToUnicast: false,
    neighSuppress: false,
    proxyArp: false,
    proxyArpWifi: false,
    isolated: has(PortFlag.Isolated),
    locked: false,
    mab: false,
    master: port.bridge.dev.ifindex,
    portNumber: port.number,
    portId: port.id,
    designatedRoot: port.designatedRoot,
    designatedBridge: port.designatedBridge,
    designatedPort: port.designatedPort,
    designatedCost: port.designatedCost,
    topologyChangeAck: port.topologyChangeAck ? 1 : 0,
    configPending: port.configPending ? 1 : 0,
    messageAgeTimer: port.messageAgeTimer.value(now),
    forwardDelayTimer: port.forwardDelayTimer.value(now),
    holdTimer: port.holdTimer.value(now),
  }
}

/** The devices that are ports of this bridge, by port number: the order of brctl. */
export const portsOf = (dev: Device): Device[] => bridgeOf(dev).byNumber.flatMap(port => port?.dev ?? [])
