/**
 * What a bridge and its ports remember: struct net_bridge and struct net_bridge_port (net/bridge/br_private.h).
 * Spans of time are in jiffies, as there, because the kernel rounds to them; instants are in nanoseconds.
 *
 * Left out: VLAN filtering, the multicast database (without a querier Linux floods), MRP, CFM, MST, backup ports.
 */
import type { Device, Out } from '../core/device.ts'
import { HZ, jiffiesAt, jiffiesToClock, timerFires, timerLevel } from '../time/instant.ts'
import { type BridgeId, GROUP } from '../wire/bpdu.ts'
import * as mac48 from '../wire/mac.ts'
import { Fdb } from './fdb.ts'
import type { Control } from './kind.ts'

/** linux/if_bridge.h BR_STATE_*. */
export const PortState = { Disabled: 0, Listening: 1, Learning: 2, Forwarding: 3, Blocking: 4 } as const
export type PortState = (typeof PortState)[keyof typeof PortState]

/** linux/if_bridge.h BR_HAIRPIN_MODE and so on, those that are modelled. */
export const PortFlag = {
  Hairpin: 1,
  Guard: 2,
  RootBlock: 4,
  FastLeave: 8,
  Learning: 16,
  Flood: 32,
  McastFlood: 64,
  BcastFlood: 128,
  Isolated: 256,
  /** The path cost was set by hand and no longer follows the speed. */
  AdminCost: 512,
} as const

/** What a timer is for: the code of Kind.timer. */
export const TimerCode = {
  Hello: 0,
  TopologyChangeNotification: 1,
  TopologyChange: 2,
  Collect: 3,
  MessageAge: 4,
  ForwardDelay: 5,
  Hold: 6,
  /** Not a timer of Linux: a BPDU on its way through LLC. */
  Bpdu: 7,
} as const
export type TimerCode = (typeof TimerCode)[keyof typeof TimerCode]

const IDLE = -1

/** A kernel timer (struct timer_list) of a bridge or of one port. Fires on the timer wheel's tick, so rather late. */
export class Timer {
  readonly code: TimerCode
  readonly port: Port | undefined
  /** The jiffy asked for. */
  private expires = 0
  /** The instant (ns) of the tick that serves it; IDLE when it is not pending. */
  private at = IDLE

  constructor(code: TimerCode, port?: Port) {
    this.code = code
    this.port = port
  }

  get pending(): boolean {
    return this.at !== IDLE
  }

  /** mod_timer(jiffies + span). */
  start(span: number, bridge: Bridge, out: Out): void {
    const { now } = out
    this.expires = jiffiesAt(now) + span
    const at = span <= 0 ? now : timerFires(now, span)
    if (at === this.at) return
    this.at = at
    out.timer(at, bridge.dev, this.code, this, timerLevel(span))
  }

  stop(): void {
    this.at = IDLE
  }

  /** An event of this timer has come: is it the one that counts? Then the timer is idle again. */
  fired(now: number): boolean {
    if (this.at !== now) return false
    this.at = IDLE
    return true
  }

  /** br_timer_value: what is left, in USER_HZ. */
  value(now: number): number {
    return this.pending ? Math.max(0, jiffiesToClock(this.expires - jiffiesAt(now))) : 0
  }
}

export class Port {
  readonly bridge: Bridge
  readonly dev: Device
  /** 1 to 1023: the lowest that was free. */
  readonly number: number
  state: PortState = PortState.Disabled
  /** PortFlag bits. */
  flags: number = PortFlag.Learning | PortFlag.Flood | PortFlag.McastFlood | PortFlag.BcastFlood
  priority = 32
  /** Priority and number in one: 8001. */
  id: number
  pathCost: number

  designatedRoot: BridgeId
  designatedBridge: BridgeId
  designatedPort: number
  designatedCost = 0
  /** The jiffy at which the root sent what was last heard here. */
  designatedAge = 0
  topologyChangeAck = false
  configPending = false
  readonly messageAgeTimer = new Timer(TimerCode.MessageAge, this)
  readonly forwardDelayTimer = new Timer(TimerCode.ForwardDelay, this)
  readonly holdTimer = new Timer(TimerCode.Hold, this)

  constructor(bridge: Bridge, dev: Device, number: number, pathCost: number) {
    this.bridge = bridge
    this.dev = dev
    this.number = number
    this.pathCost = pathCost
    this.id = portId(this.priority, number)
    this.designatedRoot = bridge.designatedRoot
    this.designatedBridge = bridge.id
    this.designatedPort = this.id
  }
}

const PORT_NUMBER_BITS = 10
/** BR_MAX_PORTS; number 0 is no port's. */
export const PORTS_MAX = 1 << PORT_NUMBER_BITS
/** BR_MAX_PORT_PRIORITY */
export const PORT_PRIORITY_MAX = 0xffff >> PORT_NUMBER_BITS

/** br_make_port_id */
export const portId = (priority: number, number: number): number =>
  ((priority << PORT_NUMBER_BITS) & 0xffff) | (number & (PORTS_MAX - 1))

export class Bridge {
  readonly dev: Device
  /** Whom it asks and tells. */
  readonly control: Control
  /** In the order in which Linux walks them: the newest first. */
  readonly ports: Port[] = []
  /** By port number; index 0 stays empty. */
  readonly byNumber: (Port | undefined)[] = [undefined]
  readonly fdb = new Fdb()
  /** The MAC of the bridge device, as the forwarding database has it. */
  mac: mac48.Mac
  mtuSetByUser = false
  /** Of all ports (see bridge.ts). */
  features = 0

  /** Its MAC is zero until a port or a person gives it one. */
  id: BridgeId = { priority: 0x8000, mac: mac48.ZERO }
  designatedRoot: BridgeId = this.id
  rootPathCost = 0
  /** Number of the port that leads to the root; 0 when this bridge is the root. */
  rootPort = 0
  stp = false
  topologyChange = false
  topologyChangeDetected = false
  /** In force, as the root says. */
  maxAge = 20 * HZ
  helloTime = 2 * HZ
  forwardDelay = 15 * HZ
  /** As set here; in force when this bridge is the root. */
  bridgeMaxAge = this.maxAge
  bridgeHelloTime = this.helloTime
  bridgeForwardDelay = this.forwardDelay
  /** In force; twice the forward delay while the topology changes. */
  ageingTime = 300 * HZ
  bridgeAgeingTime = this.ageingTime
  groupAddress = GROUP
  groupFwdMask = 0
  mcastSnooping = 1
  nfCallIptables = 0
  nfCallIp6tables = 0
  nfCallArptables = 0
  /** net.bridge.bridge-nf-call-iptables and bridge-nf-call-ip6tables, which count beside the bridge's own. */
  callsIptables = true
  callsIp6tables = true

  readonly helloTimer = new Timer(TimerCode.Hello)
  readonly tcnTimer = new Timer(TimerCode.TopologyChangeNotification)
  readonly topologyChangeTimer = new Timer(TimerCode.TopologyChange)
  readonly gcTimer = new Timer(TimerCode.Collect)

  constructor(dev: Device, control: Control) {
    this.dev = dev
    this.control = control
    this.mac = dev.mac
  }
}

export const bridgeOf = (dev: Device): Bridge => dev.state as Bridge

/** The port that a device is; undefined when it is none. */
export const portOf = (dev: Device): Port | undefined =>
  dev.master === undefined ? undefined : (dev.port as Port | undefined)
