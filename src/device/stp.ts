/**
 * The spanning tree protocol, IEEE 802.1D-1998 clause 8, as Linux speaks it: election of a root, port states, topology
 * changes. Also what a bridge without it needs: the state of a port, and the carrier that follows from all of them.
 *
 * Follows Linux net/bridge/br_stp.c, br_stp_if.c, br_stp_timer.c and br_stp_bpdu.c, function by function; the names are
 * theirs without br_. Left out: a spanning tree in user space (/sbin/bridge-stp), so `stp on` is always the kernel's.
 */
import { type Device, isUp, OperState, type Out } from '../core/device.ts'
import { type Answer, DONE, fail } from '../core/errno.ts'
import { allocate, type Frame } from '../core/frame.ts'
import { HZ, jiffiesAt } from '../time/instant.ts'
import * as bpdu from '../wire/bpdu.ts'
import type { Mac } from '../wire/mac.ts'
import * as mac48 from '../wire/mac.ts'
import { bridgeMacChanges, collect, forgetPort } from './bridgefdb.ts'
import {
  type Bridge,
  PORT_PRIORITY_MAX,
  type Port,
  PortFlag,
  PortState,
  portId,
  type Timer,
  TimerCode,
} from './bridgestate.ts'
import type { Control } from './kind.ts'

/** Of times in BPDUs. */
const STP_HZ = 256
/** What each bridge adds to the age of the root's message: at least one tick of a BPDU, in jiffies. */
const MESSAGE_AGE_INCREMENT = Math.floor(HZ / STP_HZ) + 1
const HOLD_TIME = 1 * HZ
/** The first visit of the collector after the bridge went up. */
const COLLECT_FIRST = HZ / 10

// In jiffies.
const HELLO_TIME_MIN = 1 * HZ
const HELLO_TIME_MAX = 10 * HZ
const FORWARD_DELAY_MIN = 2 * HZ
const FORWARD_DELAY_MAX = 30 * HZ
const MAX_AGE_MIN = 6 * HZ
const MAX_AGE_MAX = 40 * HZ
const PATH_COST_MAX = 65535

// -- Comparing ------------------------------------------------------------------------------------

/** memcmp of two bridge ids: the priority counts before the MAC. */
const compare = (a: bpdu.BridgeId, b: bpdu.BridgeId): number => a.priority - b.priority || a.mac - b.mac

const same = (a: bpdu.BridgeId, b: bpdu.BridgeId): boolean => a.priority === b.priority && a.mac === b.mac

export const isRoot = (bridge: Bridge): boolean => same(bridge.id, bridge.designatedRoot)

const isDesignated = (port: Port): boolean =>
  same(port.designatedBridge, port.bridge.id) && port.designatedPort === port.id

// -- The tree -------------------------------------------------------------------------------------

/** br_configuration_update */
function configurationUpdate(bridge: Bridge, control: Control): void {
  rootSelection(bridge, control)
  for (const port of bridge.ports) {
    if (port.state !== PortState.Disabled && shouldBecomeDesignated(port)) becomeDesignated(port)
  }
}

function rootSelection(bridge: Bridge, control: Control): void {
  let root: Port | undefined
  for (const port of bridge.ports) {
    if (!shouldBecomeRoot(port, root)) continue
    if ((port.flags & PortFlag.RootBlock) !== 0) rootPortBlock(port, control)
    else root = port
  }
  bridge.rootPort = root?.number ?? 0
  bridge.designatedRoot = root?.designatedRoot ?? bridge.id
  bridge.rootPathCost = root === undefined ? 0 : root.designatedCost + root.pathCost
}

function shouldBecomeRoot(port: Port, root: Port | undefined): boolean {
  const { bridge } = port
  if (port.state === PortState.Disabled || isDesignated(port)) return false
  if (compare(bridge.id, port.designatedRoot) <= 0) return false
  if (root === undefined) return true
  const order =
    compare(port.designatedRoot, root.designatedRoot) ||
    port.designatedCost + port.pathCost - (root.designatedCost + root.pathCost) ||
    compare(port.designatedBridge, root.designatedBridge) ||
    port.designatedPort - root.designatedPort ||
    port.id - root.id
  return order < 0
}

function rootPortBlock(port: Port, control: Control): void {
  const { bridge } = port
  port.state = PortState.Listening
  control.tellPort(port.dev)
  if (bridge.forwardDelay > 0) port.forwardDelayTimer.start(bridge.forwardDelay, bridge, control)
}

function shouldBecomeDesignated(port: Port): boolean {
  const { bridge } = port
  if (isDesignated(port) || !same(port.designatedRoot, bridge.designatedRoot)) return true
  const order =
    bridge.rootPathCost - port.designatedCost ||
    compare(bridge.id, port.designatedBridge) ||
    port.id - port.designatedPort
  return order < 0
}

export function becomeDesignated(port: Port): void {
  const { bridge } = port
  port.designatedRoot = bridge.designatedRoot
  port.designatedCost = bridge.rootPathCost
  port.designatedBridge = bridge.id
  port.designatedPort = port.id
}

function becomeRootBridge(bridge: Bridge, control: Control): void {
  bridge.maxAge = bridge.bridgeMaxAge
  bridge.helloTime = bridge.bridgeHelloTime
  bridge.forwardDelay = bridge.bridgeForwardDelay
  topologyChangeDetection(bridge, control)
  bridge.tcnTimer.stop()
  if (isUp(bridge.dev)) {
    configBpduGeneration(bridge, control)
    bridge.helloTimer.start(bridge.helloTime, bridge, control)
  }
}

/**
 * br_port_state_selection: each port becomes what its role says; the bridge has a carrier while some port forwards.
 * Ports are walked in list order, as everywhere here.
 */
export function portStateSelection(bridge: Bridge, control: Control): void {
  let live = 0
  for (const port of bridge.ports) {
    if (port.state === PortState.Disabled) continue
    if (port.number === bridge.rootPort) {
      port.configPending = false
      port.topologyChangeAck = false
      makeForwarding(port, control)
    } else if (isDesignated(port)) {
      port.messageAgeTimer.stop()
      makeForwarding(port, control)
    } else {
      port.configPending = false
      port.topologyChangeAck = false
      makeBlocking(port, control)
    }
    if (port.state === PortState.Forwarding) live++
  }
  control.setCarrier(bridge.dev, live > 0)
}

function makeForwarding(port: Port, control: Control): void {
  const { bridge } = port
  if (port.state !== PortState.Blocking) return
  if (!bridge.stp || bridge.forwardDelay === 0) {
    port.state = PortState.Forwarding
    topologyChangeDetection(bridge, control)
    port.forwardDelayTimer.stop()
  } else {
    port.state = PortState.Listening
  }
  control.tellPort(port.dev)
  // Also without a spanning tree, where it means nothing but is shown.
  if (bridge.forwardDelay !== 0) port.forwardDelayTimer.start(bridge.forwardDelay, bridge, control)
}

function makeBlocking(port: Port, control: Control): void {
  if (port.state === PortState.Disabled || port.state === PortState.Blocking) return
  if (port.state === PortState.Forwarding || port.state === PortState.Learning) {
    topologyChangeDetection(port.bridge, control)
  }
  port.state = PortState.Blocking
  control.tellPort(port.dev)
  port.forwardDelayTimer.stop()
}

function topologyChangeDetection(bridge: Bridge, control: Control): void {
  if (!bridge.stp) return
  if (isRoot(bridge)) {
    setTopologyChange(bridge, true)
    bridge.topologyChangeTimer.start(bridge.bridgeForwardDelay + bridge.bridgeMaxAge, bridge, control)
  } else if (!bridge.topologyChangeDetected) {
    transmitTcn(bridge, control)
    bridge.tcnTimer.start(bridge.bridgeHelloTime, bridge, control)
  }
  bridge.topologyChangeDetected = true
}

/** __br_set_topology_change: while it changes, the ageing time that is shown is twice the forward delay. */
function setTopologyChange(bridge: Bridge, changes: boolean): void {
  if (bridge.stp && bridge.topologyChange !== changes) {
    bridge.ageingTime = changes ? 2 * bridge.forwardDelay : bridge.bridgeAgeingTime
  }
  bridge.topologyChange = changes
}

// -- Sending --------------------------------------------------------------------------------------

function configBpduGeneration(bridge: Bridge, out: Out): void {
  for (const port of bridge.ports) {
    if (port.state !== PortState.Disabled && isDesignated(port)) transmitConfig(port, out)
  }
}

function transmitConfig(port: Port, out: Out): void {
  if (port.holdTimer.pending) {
    port.configPending = true
    return
  }
  const { bridge } = port
  let messageAge = 0
  if (!isRoot(bridge)) {
    const root = bridge.byNumber[bridge.rootPort]!
    messageAge = jiffiesAt(out.now) - root.designatedAge + MESSAGE_AGE_INCREMENT
  }
  if (messageAge >= bridge.maxAge) return
  if (bridge.stp) {
    const frame = allocate(bpdu.CONFIG_FRAME_BYTES)
    bpdu.putConfig(frame.bytes, frame.at, bridge.groupAddress, port.dev.mac, {
      topologyChange: bridge.topologyChange,
      topologyChangeAck: port.topologyChangeAck,
      root: bridge.designatedRoot,
      rootPathCost: bridge.rootPathCost,
      bridge: bridge.id,
      portId: port.id,
      messageAge: ticks(messageAge),
      maxAge: ticks(bridge.maxAge),
      helloTime: ticks(bridge.helloTime),
      forwardDelay: ticks(bridge.forwardDelay),
    })
    out.tx(port.dev, frame)
    port.holdTimer.start(roundedSpan(out.now, HOLD_TIME), bridge, out)
  }
  port.topologyChangeAck = false
  port.configPending = false
}

function transmitTcn(bridge: Bridge, out: Out): void {
  const port = bridge.byNumber[bridge.rootPort]
  if (port === undefined || !bridge.stp) return
  const frame = allocate(bpdu.TOPOLOGY_CHANGE_FRAME_BYTES)
  bpdu.putTopologyChange(frame.bytes, frame.at, bridge.groupAddress, port.dev.mac)
  out.tx(port.dev, frame)
}

/** br_set_ticks */
const ticks = (jiffies: number): number => Math.floor((STP_HZ * jiffies) / HZ)
/** br_get_ticks */
const jiffiesOf = (ticks: number): number => Math.ceil((ticks * HZ) / STP_HZ)

/** round_jiffies(jiffies + span) as a span: whole seconds of jiffies, so that timers meet. */
function roundedSpan(now: number, span: number): number {
  const jiffies = jiffiesAt(now)
  const rest = (jiffies + span) % HZ
  const rounded = rest < HZ / 4 ? jiffies + span - rest : jiffies + span - rest + HZ
  return rounded > jiffies ? rounded - jiffies : span
}

// -- Receiving ------------------------------------------------------------------------------------

/** br_stp_rcv: a frame for the bridge group has come up through LLC. Anything but a sound BPDU is passed over. */
export function received(port: Port, frame: Frame, control: Control): void {
  const { bridge } = port
  const { bytes, at, length } = frame
  if (!bridge.stp || !isUp(bridge.dev) || port.state === PortState.Disabled) return
  if (mac48.get(bytes, at) !== bridge.groupAddress) return
  if ((port.flags & PortFlag.Guard) !== 0) return disablePort(port, control)
  switch (bpdu.type(bytes, at)) {
    case bpdu.Type.Config: {
      const config = bpdu.config(bytes, at, length)
      if (config !== undefined && config.messageAge <= config.maxAge) receivedConfig(port, config, control)
      return
    }
    case bpdu.Type.TopologyChange:
      receivedTcn(port, control)
  }
}

function receivedConfig(port: Port, config: bpdu.Config, control: Control): void {
  const { bridge } = port
  const wasRoot = isRoot(bridge)
  if (!supersedes(port, config)) {
    if (isDesignated(port)) transmitConfig(port, control)
    return
  }
  recordConfig(port, config, control)
  configurationUpdate(bridge, control)
  portStateSelection(bridge, control)
  if (!isRoot(bridge) && wasRoot) {
    bridge.helloTimer.stop()
    if (bridge.topologyChangeDetected) {
      bridge.topologyChangeTimer.stop()
      transmitTcn(bridge, control)
      bridge.tcnTimer.start(bridge.bridgeHelloTime, bridge, control)
    }
  }
  if (port.number === bridge.rootPort) {
    bridge.maxAge = jiffiesOf(config.maxAge)
    bridge.helloTime = jiffiesOf(config.helloTime)
    bridge.forwardDelay = jiffiesOf(config.forwardDelay)
    setTopologyChange(bridge, config.topologyChange)
    configBpduGeneration(bridge, control)
    if (config.topologyChangeAck) {
      bridge.topologyChangeDetected = false
      bridge.tcnTimer.stop()
    }
  }
}

function supersedes(port: Port, config: bpdu.Config): boolean {
  const order =
    compare(config.root, port.designatedRoot) ||
    config.rootPathCost - port.designatedCost ||
    compare(config.bridge, port.designatedBridge)
  if (order !== 0) return order < 0
  return !same(config.bridge, port.bridge.id) || config.portId <= port.designatedPort
}

function recordConfig(port: Port, config: bpdu.Config, out: Out): void {
  port.designatedRoot = config.root
  port.designatedCost = config.rootPathCost
  port.designatedBridge = config.bridge
  port.designatedPort = config.portId
  port.designatedAge = jiffiesAt(out.now) - jiffiesOf(config.messageAge)
  port.messageAgeTimer.start(jiffiesOf(config.maxAge) - jiffiesOf(config.messageAge), port.bridge, out)
}

function receivedTcn(port: Port, control: Control): void {
  if (!isDesignated(port)) return
  topologyChangeDetection(port.bridge, control)
  port.topologyChangeAck = true
  transmitConfig(port, control)
}

// -- Timers ---------------------------------------------------------------------------------------

export function timerExpired(bridge: Bridge, timer: Timer, control: Control): void {
  const { port } = timer
  switch (timer.code) {
    case TimerCode.Hello:
      if (!isUp(bridge.dev)) return
      configBpduGeneration(bridge, control)
      if (bridge.stp) bridge.helloTimer.start(roundedSpan(control.now, bridge.helloTime), bridge, control)
      return
    case TimerCode.TopologyChangeNotification:
      if (isRoot(bridge) || !isUp(bridge.dev)) return
      transmitTcn(bridge, control)
      bridge.tcnTimer.start(bridge.bridgeHelloTime, bridge, control)
      return
    case TimerCode.TopologyChange:
      bridge.topologyChangeDetected = false
      setTopologyChange(bridge, false)
      return
    case TimerCode.Collect:
      return collect(bridge, control)
    case TimerCode.MessageAge:
      return messageAgeExpired(port!, control)
    case TimerCode.ForwardDelay:
      return forwardDelayExpired(port!, control)
    case TimerCode.Hold:
      if (port!.configPending) transmitConfig(port!, control)
  }
}

/** The designated bridge of this network has fallen silent. */
function messageAgeExpired(port: Port, control: Control): void {
  const { bridge } = port
  if (port.state === PortState.Disabled) return
  const wasRoot = isRoot(bridge)
  becomeDesignated(port)
  configurationUpdate(bridge, control)
  portStateSelection(bridge, control)
  if (isRoot(bridge) && !wasRoot) becomeRootBridge(bridge, control)
}

function forwardDelayExpired(port: Port, control: Control): void {
  const { bridge } = port
  if (port.state === PortState.Listening) {
    port.state = PortState.Learning
    port.forwardDelayTimer.start(bridge.forwardDelay, bridge, control)
  } else if (port.state === PortState.Learning) {
    port.state = PortState.Forwarding
    const designated = bridge.ports.some(p => p.state !== PortState.Disabled && same(p.designatedBridge, bridge.id))
    if (designated) topologyChangeDetection(bridge, control)
    control.setCarrier(bridge.dev, true)
  }
  control.tellPort(port.dev)
}

// -- Bridges and ports come and go ----------------------------------------------------------------

/** Can the port's device carry frames? netif_running and netif_oper_up. */
export const isUsable = (dev: Device): boolean =>
  isUp(dev) && (dev.operState === OperState.Up || dev.operState === OperState.Unknown)

/** br_stp_enable_bridge */
export function enableBridge(bridge: Bridge, control: Control): void {
  if (bridge.stp) bridge.helloTimer.start(bridge.helloTime, bridge, control)
  bridge.gcTimer.start(COLLECT_FIRST, bridge, control)
  configBpduGeneration(bridge, control)
  for (const port of bridge.ports) if (isUsable(port.dev)) enablePort(port, control)
}

/** br_stp_disable_bridge */
export function disableBridge(bridge: Bridge, control: Control): void {
  for (const port of bridge.ports) if (port.state !== PortState.Disabled) disablePort(port, control)
  setTopologyChange(bridge, false)
  bridge.topologyChangeDetected = false
  bridge.helloTimer.stop()
  bridge.topologyChangeTimer.stop()
  bridge.tcnTimer.stop()
  bridge.gcTimer.stop()
}

/** br_stp_enable_port, with br_init_port */
export function enablePort(port: Port, control: Control): void {
  port.id = portId(port.priority, port.number)
  becomeDesignated(port)
  port.state = PortState.Blocking
  port.topologyChangeAck = false
  port.configPending = false
  portStateSelection(port.bridge, control)
  control.tellPort(port.dev)
}

/** br_stp_disable_port */
export function disablePort(port: Port, control: Control): void {
  const { bridge } = port
  const wasRoot = isRoot(bridge)
  becomeDesignated(port)
  port.state = PortState.Disabled
  port.topologyChangeAck = false
  port.configPending = false
  control.tellPort(port.dev)
  port.messageAgeTimer.stop()
  port.forwardDelayTimer.stop()
  port.holdTimer.stop()
  forgetPort(bridge, port, false)
  configurationUpdate(bridge, control)
  portStateSelection(bridge, control)
  if (isRoot(bridge) && !wasRoot) becomeRootBridge(bridge, control)
}

/**
 * br_port_carrier_check, its second half: the port's device came up or went down under it. Answers whether that changed
 * anything.
 */
export function checkCarrier(port: Port, control: Control): boolean {
  if (!isUp(port.bridge.dev)) return false
  const usable = isUsable(port.dev)
  if (usable !== (port.state === PortState.Disabled)) return false
  if (usable) enablePort(port, control)
  else disablePort(port, control)
  return true
}

// -- Identity -------------------------------------------------------------------------------------

/** br_stp_change_bridge_id: the bridge has this MAC from now on, in its id and in its forwarding database. */
export function changeBridgeId(bridge: Bridge, mac: Mac, control: Control): void {
  const wasRoot = isRoot(bridge)
  bridgeMacChanges(bridge, mac, control.now)
  const old = bridge.id.mac
  bridge.mac = mac
  bridge.id = { ...bridge.id, mac }
  for (const port of bridge.ports) {
    if (port.designatedBridge.mac === old) port.designatedBridge = { ...port.designatedBridge, mac }
    if (port.designatedRoot.mac === old) port.designatedRoot = { ...port.designatedRoot, mac }
  }
  configurationUpdate(bridge, control)
  portStateSelection(bridge, control)
  if (isRoot(bridge) && !wasRoot) becomeRootBridge(bridge, control)
}

/**
 * br_stp_recalculate_bridge_id: the lowest MAC of the ports, zero without any. Answers whether it is another than
 * before; then the device must be given it. Not to be called when a person chose the bridge's MAC.
 */
export function recalculateBridgeId(bridge: Bridge, control: Control): boolean {
  let lowest: Mac | undefined
  for (const { dev } of bridge.ports) if (lowest === undefined || dev.mac < lowest) lowest = dev.mac
  const mac = lowest ?? mac48.ZERO
  if (bridge.id.mac === mac) return false
  changeBridgeId(bridge, mac, control)
  return true
}

// -- Settings -------------------------------------------------------------------------------------

/** br_stp_set_enabled */
export function setEnabled(bridge: Bridge, on: boolean, control: Control): void {
  if (on === bridge.stp) return
  bridge.stp = on
  if (!on) return
  if (bridge.bridgeForwardDelay < FORWARD_DELAY_MIN) storeForwardDelay(bridge, FORWARD_DELAY_MIN)
  else if (bridge.bridgeForwardDelay > FORWARD_DELAY_MAX) storeForwardDelay(bridge, FORWARD_DELAY_MAX)
  if (isUp(bridge.dev)) bridge.helloTimer.start(bridge.helloTime, bridge, control)
  portStateSelection(bridge, control)
}

/** In jiffies; ERANGE outside 2 to 30 seconds while the spanning tree is on. */
export function setForwardDelay(bridge: Bridge, delay: number): Answer {
  if (bridge.stp && (delay < FORWARD_DELAY_MIN || delay > FORWARD_DELAY_MAX)) return fail('ERANGE')
  storeForwardDelay(bridge, delay)
  return DONE
}

function storeForwardDelay(bridge: Bridge, delay: number): void {
  bridge.bridgeForwardDelay = delay
  if (isRoot(bridge)) bridge.forwardDelay = delay
}

/** In jiffies; ERANGE outside 1 to 10 seconds. */
export function setHelloTime(bridge: Bridge, time: number): Answer {
  if (time < HELLO_TIME_MIN || time > HELLO_TIME_MAX) return fail('ERANGE')
  bridge.bridgeHelloTime = time
  if (isRoot(bridge)) bridge.helloTime = time
  return DONE
}

/** In jiffies; ERANGE outside 6 to 40 seconds. */
export function setMaxAge(bridge: Bridge, age: number): Answer {
  if (age < MAX_AGE_MIN || age > MAX_AGE_MAX) return fail('ERANGE')
  bridge.bridgeMaxAge = age
  if (isRoot(bridge)) bridge.maxAge = age
  return DONE
}

/** br_stp_set_bridge_priority; 16 bits. */
export function setBridgePriority(bridge: Bridge, priority: number, control: Control): void {
  const wasRoot = isRoot(bridge)
  for (const port of bridge.ports) {
    if (port.state !== PortState.Disabled && isDesignated(port)) {
      port.designatedBridge = { ...port.designatedBridge, priority }
    }
  }
  bridge.id = { ...bridge.id, priority }
  configurationUpdate(bridge, control)
  portStateSelection(bridge, control)
  if (isRoot(bridge) && !wasRoot) becomeRootBridge(bridge, control)
}

/** br_stp_set_port_priority; ERANGE above 63. */
export function setPortPriority(port: Port, priority: number, control: Control): Answer {
  if (priority > PORT_PRIORITY_MAX) return fail('ERANGE')
  const id = portId(priority, port.number)
  if (isDesignated(port)) port.designatedPort = id
  port.id = id
  port.priority = priority
  if (same(port.bridge.id, port.designatedBridge) && port.id < port.designatedPort) {
    becomeDesignated(port)
    portStateSelection(port.bridge, control)
  }
  return DONE
}

/** br_stp_set_path_cost; ERANGE outside 1 to 65535. */
export function setPathCost(port: Port, cost: number, control: Control): Answer {
  if (cost < 1 || cost > PATH_COST_MAX) return fail('ERANGE')
  port.flags |= PortFlag.AdminCost
  port.pathCost = cost
  configurationUpdate(port.bridge, control)
  portStateSelection(port.bridge, control)
  return DONE
}

/**
 * br_set_port_state, by hand. EINVAL for a number that is no state, EBUSY while the spanning tree decides, ENETDOWN for
 * a port whose device cannot carry frames. A blocked port goes on to forward at once, for nobody else has its role.
 */
export function setPortState(port: Port, state: number, control: Control): Answer {
  if (state > PortState.Blocking) return fail('EINVAL')
  if (port.bridge.stp) return fail('EBUSY')
  if (!isUp(port.dev) || (!isUsable(port.dev) && state !== PortState.Disabled)) return fail('ENETDOWN')
  port.state = state as PortState
  portStateSelection(port.bridge, control)
  return DONE
}
