/**
 * The engine: the event loop, and everything that devices and stacks may ask of the world. One switch dispatches the
 * events; devices never call devices, so every frame that crosses a device passes here, and nothing recurses deeper
 * than devices stand on each other.
 *
 * Follows Linux net/core/dev.c: transmit is __dev_queue_xmit, receive is __netif_receive_skb_core. Left out: queueing
 * disciplines with a length, GRO, RPS, XDP; all links are `noqueue`.
 */
import type { Tell } from '../control/notice.ts'
import type { LinkRecord } from '../control/records.ts'
import {
  type DevId,
  Device,
  HardwareType,
  Iff,
  isUp,
  type NetnsId,
  PacketType,
  packetType,
  type RxHandler,
  Xmit,
} from '../core/device.ts'
import { DROP_COUNT, Drop } from '../core/drop.ts'
import { type Answer, DONE, fail } from '../core/errno.ts'
import type { Frame } from '../core/frame.ts'
import { syncGroups } from '../core/groups.ts'
import type { Control, IpCounter, Kind, SlaveEvent } from '../device/kind.ts'
import type { StackEnv } from '../stack/env.ts'
import { Machine } from '../stack/machine.ts'
import { Stack } from '../stack/stack.ts'
import { EventQueue } from '../time/queue.ts'
import { type Stream, Streams } from '../time/random.ts'
import { HEADER_BYTES } from '../wire/ethernet.ts'
import type { Ip } from '../wire/ip.ts'
import * as mac48 from '../wire/mac.ts'
import { Linkwatch } from './linkwatch.ts'
import { Netns } from './netns.ts'
import { type Direction, Observation } from './observe.ts'
import { Outside } from './outside.ts'

/** Devices that one frame and its copies may cross before they end: a broadcast storm stops here. */
export const CROSSINGS_MAX = 1024
/** net.core.netdev_max_backlog: frames on their way to one device. */
export const BACKLOG_MAX = 1000

/** What softirqs do, up to StackTimer; what processes and work queues do. */
const Kinds = { Arrival: 0, Rx: 1, Tx: 2, DeviceTimer: 3, Wheel: 4, StackTimer: 5, Linkwatch: 6, Call: 7 } as const

/** In an Arrival: judge the frame on arrival. Beside the packet types, which take three bits. */
const UNJUDGED = 7
const TYPE_BITS = 3

const UNSTAMPED = -1

/** What goes on for longer goes on later (ksoftirqd). */
const SOFTIRQ_EVENTS_MAX = 100_000

/** Who chose a MAC: NET_ADDR_PERM, NET_ADDR_RANDOM, NET_ADDR_SET. */
export const MacOrigin = { Permanent: 0, Random: 1, Set: 3 } as const

/** What happens in an instant of its own: a task goes on, a limit is looked at. */
export interface Callable {
  call(token: number): void
}

interface WheelTimer {
  readonly dev: Device
  readonly code: number
  readonly ref: object | undefined
  readonly level: number
}

export interface EngineOptions {
  readonly seed: number
  readonly hopNs: number
}

export class Engine implements Control {
  readonly options: EngineOptions
  readonly queue = new EventQueue()
  readonly streams: Streams
  readonly events = new Observation()
  readonly devices: Device[] = []
  readonly netnses: (Netns | undefined)[] = []
  /** Frames dropped so far, by Drop. */
  readonly drops = new Float64Array(DROP_COUNT)
  /** Frames that have crossed a device so far. */
  crossings = 0
  tracing = false
  readonly linkwatch: Linkwatch
  /** What the namespaces share: limits of the neighbour table. */
  readonly machine = new Machine()
  readonly outside = new Outside()
  /** Those who want to know of each new namespace. */
  readonly births = new Set<(netns: Netns) => void>()

  private readonly kinds: Kind[] = []
  /** By DevId, like the kinds: what was typed of each device. */
  private readonly records: LinkRecord[] = []
  /** Timers of devices by the tick that serves them. */
  private readonly wheel = new Map<number, WheelTimer[]>()
  /** Devices crossed by the frame in hand since a program or a timer sent its ancestor; 0 between events. */
  private hops = 0
  /** Is an event being dispatched? What is sent from outside waits behind all that is due. */
  private inHand = false
  /** Is it one of a softirq, not of a process or a work queue? */
  private inSoftirq = false
  /** When the frame in hand was put on the wire or into the backlog, as a time stamp; before it has arrived none. */
  private stamp = UNSTAMPED

  constructor(options: EngineOptions) {
    this.options = options
    this.streams = new Streams(options.seed)
    const queue = this.queue
    this.linkwatch = new Linkwatch({
      get now() {
        return queue.now
      },
      hopNs: options.hopNs,
      schedule: at => queue.push(at, Kinds.Linkwatch, 0, 0, undefined),
      sibling: (dev, ifindex) => this.netnses[dev.netns]?.devices.get(ifindex),
      changed: dev => this.stateChanged(dev),
    })
  }

  get now(): number {
    return this.queue.now
  }

  // -- The event loop -----------------------------------------------------------------------------

  /** Carries out the next event; false when there is none. */
  step(): boolean {
    if (!this.queue.pop()) return false
    this.dispatch()
    return true
  }

  private dispatch(): void {
    const { queue } = this
    const { kind, a, b, ref } = queue
    this.inHand = true
    this.inSoftirq = kind <= Kinds.StackTimer
    switch (kind) {
      case Kinds.Arrival:
        this.stamp = queue.seq
        this.hops = b >> TYPE_BITS
        this.receive(this.devices[a]!, ref as Frame, b & UNJUDGED)
        break
      case Kinds.Rx:
        this.hops = b >> TYPE_BITS
        this.receive(this.devices[a]!, ref as Frame, b & UNJUDGED)
        break
      case Kinds.Tx:
        this.hops = b
        this.transmitFresh(this.devices[a]!, ref as Frame)
        break
      case Kinds.DeviceTimer:
        this.fire(this.devices[a]!, b, ref)
        break
      case Kinds.Wheel:
        this.turnWheel()
        break
      case Kinds.StackTimer:
        this.netnses[a]?.stack.timer(b, ref)
        break
      case Kinds.Linkwatch:
        this.linkwatch.run()
        break
      default:
        ;(ref as Callable).call(a)
    }
    this.hops = 0
    this.inHand = false
    this.inSoftirq = false
    if (queue.settled) this.stamp = UNSTAMPED
  }

  /** local_bh_disable */
  disableSoftirqs(): void {
    if (!this.inSoftirq) this.queue.openPart()
  }

  /** local_bh_enable: what a process has set off since it disabled them has its effects before the process goes on. */
  enableSoftirqs(): void {
    if (this.inSoftirq) return
    const { inHand, hops, stamp } = this
    for (
      let left = SOFTIRQ_EVENTS_MAX;
      (left > 0 || !this.queue.settled) && this.queue.popOfPart(Kinds.StackTimer);
      left--
    )
      this.dispatch()
    this.queue.closePart()
    this.inHand = inHand
    this.hops = hops
    this.stamp = stamp
  }

  /** Calls `what.call(token)` at the instant `at`. */
  callAt(at: number, what: Callable, token: number): void {
    this.queue.push(at, Kinds.Call, token, 0, what)
  }

  /** What is sent has no time stamp yet, even while a frame that has one is in hand. */
  private transmitFresh(dev: Device, frame: Frame): void {
    const { stamp } = this
    this.stamp = UNSTAMPED
    this.transmit(dev, frame)
    this.stamp = stamp
  }

  /** dev_hard_start_xmit. The event loop calls it, and whoever watches stands in between (testing/watch.ts). */
  transmit(dev: Device, frame: Frame): void {
    if (dev.dead) return this.drop(dev, Drop.Unregistered, frame)
    if (!isUp(dev)) {
      dev.txDropped++
      return this.drop(dev, Drop.DevReady, frame)
    }
    if (!dev.active) {
      dev.txDropped++
      return this.drop(dev, Drop.QdiscDrop, frame)
    }
    this.crossings++
    if (dev.tapped) this.tap(dev, 'out', frame, PacketType.Outgoing, this.queue.ticket())
    this.kindOf(dev).xmit(dev, frame, this)
  }

  /** __netif_receive_skb_core; as transmit. */
  receive(dev: Device, frame: Frame, judged: number): void {
    let type = judged
    if (judged === UNJUDGED) {
      dev.backlog--
      type = packetType(dev, frame)
      // netif_rx asks for that; what a bridge hands up (netif_receive_skb) is taken even while it is down.
      if (!isUp(dev)) return this.drop(dev, dev.dead ? Drop.Unregistered : Drop.DevReady, frame)
    }
    if (dev.dead) return this.drop(dev, Drop.Unregistered, frame)
    this.crossings++
    dev.rxPackets++
    // lo counts a packet as it leaves: without its Ethernet header.
    dev.rxBytes += dev.hardwareType === HardwareType.Loopback ? frame.length - HEADER_BYTES : frame.length
    if (dev.tapped)
      this.tap(dev, 'in', frame, type as PacketType, this.stamp === UNSTAMPED ? this.queue.ticket() : this.stamp)
    const rxHandler = dev.rxHandler as RxHandler<Control> | undefined
    let left: Frame | undefined = frame
    if (rxHandler !== undefined) {
      left = rxHandler(dev, frame, type as PacketType, this)
      if (left === undefined) return
      if (left !== frame) type = packetType(dev, left)
    }
    if (dev.taps !== undefined) this.tapProtocol(dev, left, type as PacketType)
    this.netnses[dev.netns]!.stack.receive(dev, left, type as PacketType)
  }

  /** As receive, for what its own sender hears (dev_loopback_xmit). Answers whether the device keeps it. */
  takesOwn(dev: Device, frame: Frame): boolean {
    return this.kindOf(dev).takesOwn?.(dev, frame, this) ?? false
  }

  /** packet_rcv takes as many octets as the filter says, without one all that there are, and drops what has none. */
  private tap(dev: Device, direction: Direction, frame: Frame, type: PacketType, stamp: number): void {
    if (frame.length === 0) return
    this.events.emit('frame', this.queue.now, dev, direction, frame, stamp)
    if (dev.taps !== undefined) for (const tap of dev.taps) if (tap.seesAll) tap.see(dev, frame, type)
  }

  /** Packet sockets of one EtherType hear what no rx handler took. */
  private tapProtocol(dev: Device, frame: Frame, type: PacketType): void {
    for (const tap of dev.taps!) if (!tap.seesAll && tap.wants(dev, frame)) tap.see(dev, frame, type)
  }

  // -- Out: what a device may do while a frame is in its hands ------------------------------------

  /** At once, as a call of the next device, unless what the event in hand set off before has yet to come. */
  tx(dev: Device, frame: Frame): void {
    if (!this.inHand) this.queue.push(0, Kinds.Tx, dev.id, this.hops, frame)
    else if (this.queue.hasFollowers) this.queue.follow(Kinds.Tx, dev.id, this.hops, frame)
    else this.transmitFresh(dev, frame)
  }

  /** A device without a carrier has the queue noop_qdisc, which drops all and calls that a congestion. */
  outcome(dev: Device, frame: Frame): Xmit {
    if (!isUp(dev) || !dev.active) return Xmit.Congested
    return this.kindOf(dev).outcome?.(dev, frame, this) ?? Xmit.Success
  }

  rx(dev: Device, frame: Frame, type: PacketType): void {
    this.queue.follow(Kinds.Rx, dev.id, (this.hops << TYPE_BITS) | type, frame)
  }

  enqueue(dev: Device, frame: Frame, type: PacketType): void {
    this.queue.pushNow(Kinds.Arrival, dev.id, (this.hops << TYPE_BITS) | type, frame, this.stamp)
  }

  cross(dev: Device, frame: Frame): void {
    if (this.hops >= CROSSINGS_MAX) return this.drop(dev, Drop.HopLimit, frame)
    if (dev.backlog >= BACKLOG_MAX) {
      dev.rxDropped++
      return this.drop(dev, Drop.CpuBacklog, frame)
    }
    dev.backlog++
    const meta = ((this.hops + 1) << TYPE_BITS) | UNJUDGED
    this.queue.pushInTurn(this.queue.now + this.options.hopNs, Kinds.Arrival, dev.id, meta, frame)
  }

  drop(dev: Device, why: Drop, frame: Frame): void {
    this.drops[why]!++
    if (dev.tapped) this.events.emit('drop', this.queue.now, dev, why, frame)
  }

  note(dev: Device, frame: Frame, what: string): void {
    this.events.emit('note', this.queue.now, dev, frame, what)
  }

  timer(at: number, dev: Device, code: number, ref?: object, level?: number): void {
    if (level === undefined) return this.queue.push(at, Kinds.DeviceTimer, dev.id, code, ref)
    const timers = this.wheel.get(at)
    if (timers !== undefined) timers.push({ dev, code, ref, level })
    else {
      this.wheel.set(at, [{ dev, code, ref, level }])
      this.queue.push(at, Kinds.Wheel, 0, 0, undefined)
    }
  }

  /** expire_timers: the coarsest level first, of each bucket the last one first. */
  private turnWheel(): void {
    const timers = this.wheel.get(this.now)!
    this.wheel.delete(this.now)
    timers.reverse().sort((a, b) => b.level - a.level)
    for (const { dev, code, ref } of timers) this.fire(dev, code, ref)
  }

  private fire(dev: Device, code: number, ref: object | undefined): void {
    if (!dev.dead) this.kindOf(dev).timer?.(dev, code, ref, this)
  }

  // -- Control: what a kind may do while a request is being applied -------------------------------

  setCarrier(dev: Device, on: boolean): void {
    if (dev.carrier === on) return
    dev.carrier = on
    if (on) dev.carrierUpCount++
    else dev.carrierDownCount++
    this.linkwatch.fire(dev)
  }

  /** `tells`: whoever sets the flag itself tells of it with all else. */
  addPromiscuity(dev: Device, by: number, tells = true): void {
    if (by > 0 && dev.promiscuity + by === 0) return // Linux: the counter would overflow.
    const before = dev.promiscuity !== 0
    dev.promiscuity += by
    if (before !== (dev.promiscuity !== 0)) this.rxFlagChanged(dev, Iff.Promisc)
    if (tells) this.tellLink(dev)
  }

  addAllMulticast(dev: Device, by: number): void {
    if (by > 0 && dev.allMulticast + by === 0) return // As above.
    const before = dev.allMulticast !== 0
    dev.allMulticast += by
    if (before !== (dev.allMulticast !== 0)) this.rxFlagChanged(dev, Iff.AllMulti)
  }

  private rxFlagChanged(dev: Device, flag: number): void {
    this.kindOf(dev).rxFlagsChanged?.(dev, flag, this)
    this.setRxMode(dev)
  }

  addUnicast(dev: Device, mac: mac48.Mac): void {
    dev.unicast ??= new Map()
    dev.unicast.set(mac, (dev.unicast.get(mac) ?? 0) + 1)
    this.setRxMode(dev)
  }

  removeUnicast(dev: Device, mac: mac48.Mac): void {
    const users = dev.unicast?.get(mac) ?? 0
    if (users > 1) dev.unicast!.set(mac, users - 1)
    else dev.unicast?.delete(mac)
    this.setRxMode(dev)
  }

  /** __dev_set_rx_mode: a device that is up and cannot filter becomes promiscuous to let further MACs in. */
  setRxMode(dev: Device): void {
    if (!isUp(dev)) return
    const wanted = (dev.unicast?.size ?? 0) > 0
    if (this.kindOf(dev).defaults.unicastFilter !== true && wanted !== dev.unicastPromisc) {
      dev.unicastPromisc = wanted
      this.addPromiscuity(dev, wanted ? 1 : -1, false)
    }
    if (dev.lower !== undefined) syncGroups(dev, dev.lower)
  }

  fireLinkwatch(dev: Device): void {
    this.linkwatch.fire(dev)
  }

  setMtu(dev: Device, mtu: number): void {
    if (dev.mtu === mtu) return
    dev.mtu = mtu
    this.netnsOf(dev).sysctls.mtuChanged(dev.name, mtu)
    this.updateLink(dev, { mtu })
    this.kindOf(dev).mtuChanged?.(dev, this)
    this.tellLink(dev)
    this.tellUppers(dev, 'changemtu')
    this.stackOf(dev).mtuChanged(dev)
  }

  setMac(dev: Device, mac: mac48.Mac): void {
    if (dev.mac === mac) return
    this.takeMac(dev, mac)
    this.tellMac(dev)
  }

  takeMac(dev: Device, mac: mac48.Mac): void {
    dev.mac = mac
    this.updateLink(dev, { mac })
    this.kindOf(dev).macChanged?.(dev, this)
  }

  /** NETDEV_CHANGEADDR, which a person's request brings even when the address stays the same. */
  tellMac(dev: Device): void {
    this.tellLink(dev)
    this.tellUppers(dev, 'changeaddr')
    this.stackOf(dev).macChanged(dev)
  }

  changeMac(dev: Device, mac: mac48.Mac): Answer {
    const kind = this.kindOf(dev)
    if (dev.hardwareType === HardwareType.None) return fail('EOPNOTSUPP')
    if (!kind.defaults.liveAddressChange && isUp(dev)) return fail('EBUSY')
    if (!mac48.isValidEther(mac)) return fail('EADDRNOTAVAIL')
    if (kind.setMac !== undefined) {
      const answer = kind.setMac(dev, mac, this)
      if (answer.ok) this.updateLink(dev, { macOrigin: MacOrigin.Set })
      return answer
    }
    this.updateLink(dev, { macOrigin: MacOrigin.Set })
    if (dev.mac === mac) this.tellMac(dev)
    else this.setMac(dev, mac)
    return DONE
  }

  randomMac(): mac48.Mac {
    const stream = this.streams.stream('mac')
    // eth_random_addr: not a group, locally administered.
    const first = (stream.u32() & 0xfc) | 2
    return (first * 0x100_0000_0000 + (stream.u32() & 0xff) * 0x1_0000_0000 + stream.u32()) as mac48.Mac
  }

  record(dev: Device): LinkRecord {
    return this.records[dev.id]!
  }

  joinGroup(dev: Device, group: Ip | Uint8Array): void {
    this.stackOf(dev).joinGroup(dev, group)
  }

  leaveGroup(dev: Device, group: Ip | Uint8Array): void {
    this.stackOf(dev).leaveGroup(dev, group)
  }

  sysctl(dev: Device, path: string): number {
    return this.netnsOf(dev).sysctls.number(path)
  }

  countIp(dev: Device, what: IpCounter, by = 1): void {
    this.stackOf(dev).inet.snmp[what] += by
  }

  defragment(dev: Device, frame: Frame, type: PacketType): Frame | undefined {
    return this.stackOf(dev).defragment(dev, frame, type)
  }

  // -- What those who listen hear -----------------------------------------------------------------

  tell(dev: Device): Tell | undefined {
    return this.netnses[dev.netns]?.tell
  }

  /** rtnetlink_event: of a device that is about to go only its farewell is told. */
  tellLink(dev: Device, event?: string): void {
    if (!dev.dead) this.tell(dev)?.({ about: 'link', gone: false, device: dev, ...(event !== undefined && { event }) })
  }

  tellPort(dev: Device, gone = false): void {
    this.tell(dev)?.({ about: 'link', gone, device: dev, bridge: true })
  }

  // -- What requests are carried out with ---------------------------------------------------------

  netnsOf(dev: Device): Netns {
    return this.netnses[dev.netns]!
  }

  stackOf(dev: Device): Stack {
    return this.netnses[dev.netns]!.stack
  }

  kindOf(dev: Device): Kind {
    return this.kinds[dev.id]!
  }

  /** A macvlan has that of the device below. */
  mtuMaxOf(dev: Device): number {
    return this.kindOf(dev.lower ?? dev).defaults.mtuMax
  }

  /** A device that exists but is in no namespace's tables yet. */
  newDevice(kind: Kind, netns: NetnsId, record: LinkRecord): Device {
    const id = this.devices.length as DevId
    const { ifindex, name, mac, mtu, flags } = record
    const dev = new Device(id, kind.name, kind.defaults.hardwareType, netns, ifindex, name, mac)
    dev.flags = flags
    dev.mtu = mtu
    dev.iflink = ifindex
    dev.tapped = this.events.tapping
    this.devices.push(dev)
    this.kinds.push(kind)
    this.records.push(Object.freeze(record))
    return dev
  }

  newNetns(name: string): Netns {
    const id = this.netnses.length as NetnsId
    const netns = new Netns(id, name)
    this.netnses.push(netns)
    for (const born of this.births) born(netns)
    netns.stack = new Stack(new NamespaceEnv(this, netns))
    return netns
  }

  /** Replaces fields of the link's record; the caller changes the device. */
  updateLink(dev: Device, changes: Partial<LinkRecord>): void {
    this.records[dev.id] = Object.freeze({ ...this.record(dev), ...changes })
  }

  /** The netdevice notifier, for those who are above the device. */
  tellUppers(dev: Device, event: SlaveEvent): void {
    if (dev.master !== undefined) this.kindOf(dev.master).slaveChanged?.(dev, event, this)
    for (const upper of dev.uppers) this.kindOf(upper).lowerChanged?.(upper, event, this)
  }

  /** dev_activate / dev_deactivate and netdev_state_change, as linkwatch does them to a device that is up. */
  private stateChanged(dev: Device): void {
    dev.active = dev.carrier
    this.tellUppers(dev, 'change')
    this.stackOf(dev).deviceChanged(dev, 0)
    this.tellLink(dev)
  }

  /** Frames are shown from now on, or no longer, to those who listen. */
  observe(): void {
    this.tracing = this.events.tracing
    for (const dev of this.devices) this.retap(dev)
  }

  retap(dev: Device): void {
    const { events } = this
    dev.tapped = events.tapping || events.listenerCount('drop') > 0 || dev.taps !== undefined
    dev.sniffed = dev.taps?.some(tap => tap.seesAll) ?? false
  }
}

/** A stack's view of the engine: the same Out, and its own namespace. */
class NamespaceEnv implements StackEnv {
  private readonly engine: Engine
  private readonly space: Netns

  constructor(engine: Engine, space: Netns) {
    this.engine = engine
    this.space = space
  }
  get netns(): NetnsId {
    return this.space.id
  }
  get now(): number {
    return this.engine.queue.now
  }
  get tracing(): boolean {
    return this.engine.tracing
  }
  get machine(): Machine {
    return this.engine.machine
  }
  device(ifindex: number): Device | undefined {
    return this.space.devices.get(ifindex)
  }
  /** for_each_netdev: in the order in which they came. */
  devices(): Iterable<Device> {
    return this.space.devices.values()
  }
  get tell(): Tell | undefined {
    return this.space.tell
  }
  group(dev: Device): number {
    return this.engine.record(dev).group
  }
  addresses() {
    return this.space.record.addresses
  }
  outcome(dev: Device, frame: Frame): Xmit {
    return this.engine.outcome(dev, frame)
  }
  takesOwn(dev: Device, frame: Frame): boolean {
    return this.engine.takesOwn(dev, frame)
  }
  disableSoftirqs(): void {
    this.engine.disableSoftirqs()
  }
  enableSoftirqs(): void {
    this.engine.enableSoftirqs()
  }
  sysctl(path: string): number {
    return this.space.sysctls.number(path)
  }
  get hasInitialSysctls(): boolean {
    return this.space.sysctls.isInitialIpv4
  }
  sysctlText(path: string): string {
    return this.space.sysctls.words(path)
  }
  stackTimer(at: number, code: number, ref?: object): void {
    this.engine.queue.push(at, Kinds.StackTimer, this.space.id, code, ref)
  }
  released(): void {
    this.space.released?.()
  }
  retap(dev: Device): void {
    this.engine.retap(dev)
  }
  promiscuity(dev: Device, by: number): void {
    this.engine.addPromiscuity(dev, by)
  }
  stream(purpose: string): Stream {
    return this.engine.streams.stream(`netns ${this.space.id} ${purpose}`)
  }
  tx(dev: Device, frame: Frame): void {
    this.engine.tx(dev, frame)
  }
  rx(dev: Device, frame: Frame, type: PacketType): void {
    this.engine.rx(dev, frame, type)
  }
  enqueue(dev: Device, frame: Frame, type: PacketType): void {
    this.engine.enqueue(dev, frame, type)
  }
  cross(dev: Device, frame: Frame): void {
    this.engine.cross(dev, frame)
  }
  drop(dev: Device, why: Drop, frame: Frame): void {
    this.engine.drop(dev, why, frame)
  }
  note(dev: Device, frame: Frame, what: string): void {
    this.engine.note(dev, frame, what)
  }
  timer(at: number, dev: Device, code: number, ref?: object, level?: number): void {
    this.engine.timer(at, dev, code, ref, level)
  }
}

/** dev_get_flags: what `ip link` shows between the angle brackets. */
export function flagsOf(dev: Device): number {
  if (!isUp(dev)) return dev.flags
  const running = dev.operState === 6 || dev.operState === 0 ? Iff.Running : 0
  return dev.flags | running | (dev.carrier ? Iff.LowerUp : 0)
}
