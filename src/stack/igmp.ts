/**
 * IGMPv3 for the groups that the machine itself is in: RFC 3376, Linux net/ipv4/igmp.c.
 *
 * A device that is up is in the all-hosts group, of which nobody is told; a bridge that snoops is in all-snoopers, and
 * sockets join what they like (memberships.ts). Left out: versions 1 and 2, queries and the answers to them, filters of
 * sources.
 */
import type { GroupInfo } from '../control/info.ts'
import type { Device } from '../core/device.ts'
import { HardwareType, isUp } from '../core/device.ts'
import { allocate } from '../core/frame.ts'
import { msToJiffies } from '../time/instant.ts'
import type { Stream } from '../time/random.ts'
import { put32 } from '../wire/bytes.ts'
import * as eth from '../wire/ethernet.ts'
import * as wire from '../wire/igmp.ts'
import * as ip4 from '../wire/ip.ts'
import * as ipv4 from '../wire/ipv4.ts'
import type { Mac } from '../wire/mac.ts'
import * as mac48 from '../wire/mac.ts'
import { TIMER_CODES } from './addrconf.ts'
import { Cast } from './dst.ts'
import type { StackEnv } from './env.ts'
import type { InDevice } from './indevice.ts'
import { type GroupRecord, Membership } from './membership.ts'
import { linkHeaderBytes } from './packet6.ts'
import type { Snmp } from './snmp.ts'

const ALL_HOSTS = 0xe000_0001 as ip4.Ip
/** 0xc0: internetwork control. */
const TOS = 0xc0

/** The code for StackEnv.stackTimer; the reference is the membership. */
export const IGMP_TIMER = TIMER_CODES + 4

/** What IGMP must know of the rest of the stack. */
export interface IgmpContext {
  inDevice(device: Device): InDevice | undefined
  /** The address that a packet for a group on the device's link is sent from, 0 for none; undefined: no route. */
  groupSource(device: Device): ip4.Ip | undefined
}

export class Igmp {
  readonly #env: StackEnv
  readonly #snmp: Snmp
  readonly #context: IgmpContext

  constructor(env: StackEnv, snmp: Snmp, context: IgmpContext) {
    this.#env = env
    this.#snmp = snmp
    this.#context = context
  }

  /** ip_mc_up */
  deviceUp(dev: Device): void {
    const membership = this.#madeFor(dev)
    membership?.join(ALL_HOSTS)
    membership?.up()
  }

  /** ip_mc_down */
  deviceDown(dev: Device): void {
    const membership = this.#of(dev)
    membership?.down()
    membership?.leave(ALL_HOSTS)
  }

  /** ip_mc_destroy_dev */
  deviceRemoved(dev: Device): void {
    this.#of(dev)?.destroy()
  }

  /** ip_check_mc_rcu: is the device in the group? */
  has(dev: Device, group: ip4.Ip): boolean {
    return this.#of(dev)?.has(group) ?? false
  }

  groupsOf(dev: Device): readonly GroupInfo<ip4.Ip>[] {
    return this.#of(dev)?.groups ?? []
  }

  /** ip_mc_inc_group and ip_mc_dec_group. Without IPv4 on the device nobody joins. */
  joinGroup(dev: Device, group: ip4.Ip): void {
    this.#madeFor(dev)?.join(group)
  }

  leaveGroup(dev: Device, group: ip4.Ip): void {
    this.#of(dev)?.leave(group)
  }

  /** The timer with IGMP_TIMER has come. */
  timer(ref: object | undefined): void {
    const membership = ref as IgmpMembership
    membership.timer()
  }

  #of(dev: Device): Membership<ip4.Ip> | undefined {
    return this.#context.inDevice(dev)?.groups
  }

  #madeFor(dev: Device): Membership<ip4.Ip> | undefined {
    const inDevice = this.#context.inDevice(dev)
    if (inDevice === undefined) return undefined
    inDevice.groups ??= new IgmpMembership(dev, this.#env, this.#snmp, this.#context)
    return inDevice.groups
  }
}

class IgmpMembership extends Membership<ip4.Ip> {
  readonly #snmp: Snmp
  readonly #context: IgmpContext
  #stream: Stream | undefined
  /** mr_qrv: as the sysctl was when the device came up. */
  #robustness: number

  constructor(device: Device, env: StackEnv, snmp: Snmp, context: IgmpContext) {
    super(device, env)
    this.#snmp = snmp
    this.#context = context
    this.#robustness = this.#configured
  }

  /** ip_mc_reset */
  override up(): void {
    this.#robustness = this.#configured
    super.up()
  }

  get #configured(): number {
    return this.env.sysctl('net/ipv4/igmp_qrv')
  }

  protected override same(a: ip4.Ip, b: ip4.Ip): boolean {
    return a === b
  }

  protected override macOf(group: ip4.Ip): Mac | undefined {
    return this.device.hardwareType === HardwareType.Ether ? ip4.multicastMac(group) : undefined
  }

  protected override isReported(group: ip4.Ip): boolean {
    if (group === ALL_HOSTS) return false
    return !ip4.isLocalMulticast(group) || this.env.sysctl('net/ipv4/igmp_link_local_mcast_reports') !== 0
  }

  /** What happens while the device is down is told all the same, and nobody hears it: there is no route. */
  protected override get reports(): boolean {
    return true
  }

  protected override get robustness(): number {
    return this.#robustness
  }

  /** unsolicited_report_interval */
  protected override get reportInterval(): number {
    const path = `net/ipv4/conf/${this.device.name}/igmpv3_unsolicited_report_interval`
    return Math.max(msToJiffies(this.env.sysctl(path)), 1)
  }

  protected override schedule(at: number): void {
    this.env.stackTimer(at, IGMP_TIMER, this)
  }

  /** Most devices never report anything: their stream is made when it is asked for. */
  protected override below(n: number): number {
    this.#stream ??= this.env.stream(`igmp ${this.device.name}`)
    return this.#stream.below(n)
  }

  /** igmpv3_sendpack */
  protected override send(records: readonly GroupRecord<ip4.Ip>[]): void {
    const { device } = this
    const source = isUp(device) ? this.#context.groupSource(device) : undefined
    if (source === undefined) return
    const link = linkHeaderBytes(device)
    const header = ipv4.HEADER_BYTES + wire.ROUTER_ALERT_BYTES
    const length = header + wire.reportBytes(records)
    const frame = allocate(link + length)
    const { bytes: b, at } = frame
    if (link > 0) eth.put(b, at, this.macOf(wire.ALL_ROUTERS) ?? mac48.ZERO, device.mac, eth.EtherType.Ipv4)
    const ipAt = at + link
    const { Igmp } = ipv4.Protocol
    put32(b, ipAt + ipv4.HEADER_BYTES, wire.ROUTER_ALERT)
    ipv4.put(b, ipAt, TOS, length, 0, ipv4.DF, 1, Igmp, source, wire.ALL_ROUTERS, header)
    wire.putReport(b, ipAt + header, records)
    this.#snmp.ipOutRequests++
    this.#snmp.transmitted(Cast.Multicast, length)
    this.env.tx(device, frame)
  }
}
