/**
 * Multicast listener discovery version 2 on one device: RFC 3810, Linux net/ipv6/mcast.c.
 *
 * Every IPv6 host is in the all-nodes groups of node and link, and in the solicited-node group of each address.
 * Once an address is known to be unique all groups are told again, now in its name (mld_send_initial_cr).
 * Left out: version 1, queries and the answers to them.
 */
import { type Device, HardwareType } from '../core/device.ts'
import type { Stream } from '../time/random.ts'
import * as icmp6 from '../wire/icmp6.ts'
import * as ip6 from '../wire/ip6.ts'
import type { Mac } from '../wire/mac.ts'
import type { StackEnv } from './env.ts'
import { Change, type GroupRecord, Membership, REPORT_INTERVAL_JIFFIES } from './membership.ts'
import { frame6 } from './packet6.ts'

export const ALL_NODES_OF_NODE = ip6.parse('ff01::1')!
export const ALL_NODES = ip6.parse('ff02::1')!
const ALL_REPORT_ROUTERS = ip6.parse('ff02::16')!
const UNSPECIFIED = new Uint8Array(ip6.BYTES)

/** Of a group's second octet, RFC 4291 2.7. */
const SCOPE_MASK = 0x0f
const SCOPE_LINK = 2

/** How often all groups are told after an address became usable. */
const INITIAL_REPORTS = 2

export const isMulticast = (address: Uint8Array): boolean => address[0] === 0xff

export const equal = (a: Uint8Array, b: Uint8Array): boolean => a.every((octet, i) => octet === b[i])

/** Codes for StackEnv.stackTimer. */
export interface MldTimers {
  readonly changes: number
  readonly initial: number
}

/** What a report must know of its sender. */
export interface Listener {
  readonly ready: boolean
  readonly linkLocal: Uint8Array | undefined
  readonly stream: Stream
}

export class Mld extends Membership<Uint8Array> {
  readonly #timers: MldTimers
  readonly #listener: Listener
  #initialReports = 0
  #initialDueAt = Number.NaN

  constructor(device: Device, env: StackEnv, timers: MldTimers, listener: Listener) {
    super(device, env)
    this.#timers = timers
    this.#listener = listener
  }

  /** ipv6_mc_dad_complete */
  addressConfirmed(): void {
    this.#initialReports = INITIAL_REPORTS
    this.#reportAll()
  }

  initialTimer(): void {
    if (this.#initialDueAt === this.env.now) this.#reportAll()
  }

  override down(): void {
    super.down()
    this.#initialDueAt = Number.NaN
  }

  #reportAll(): void {
    const records = this.reported().map(group => ({ type: Change.ToExclude, group }))
    if (records.length > 0) this.send(records)
    this.#initialDueAt = Number.NaN
    if (--this.#initialReports === 0) return
    this.#initialDueAt = this.randomInstant(REPORT_INTERVAL_JIFFIES)
    this.env.stackTimer(this.#initialDueAt, this.#timers.initial, this)
  }

  protected override same(a: Uint8Array, b: Uint8Array): boolean {
    return equal(a, b)
  }

  protected override macOf(group: Uint8Array): Mac | undefined {
    // igmp6_group_added: a group of the node itself is no matter of the link.
    const isOfLink = (group[1]! & SCOPE_MASK) >= SCOPE_LINK
    return isOfLink && this.device.hardwareType === HardwareType.Ether ? ip6.multicastMac(group) : undefined
  }

  protected override isReported(group: Uint8Array): boolean {
    return !equal(group, ALL_NODES) && !equal(group, ALL_NODES_OF_NODE)
  }

  /** mld_qrv is a key of the initial namespace only. */
  protected override get robustness(): number {
    return 2
  }

  protected override get reports(): boolean {
    return this.#listener.ready
  }

  protected override send(records: readonly GroupRecord<Uint8Array>[]): void {
    const frame = frame6(this.device, {
      src: this.#listener.linkLocal ?? UNSPECIFIED,
      dst: ALL_REPORT_ROUTERS,
      dstMac: ip6.multicastMac(ALL_REPORT_ROUTERS),
      hopLimit: 1,
      routerAlert: true,
      bytes: icmp6.reportBytes(records),
      put: (b, at) => icmp6.putReport(b, at, records),
    })
    this.env.tx(this.device, frame)
  }

  protected override schedule(at: number): void {
    this.env.stackTimer(at, this.#timers.changes, this)
  }

  protected override below(n: number): number {
    return this.#listener.stream.below(n)
  }
}
