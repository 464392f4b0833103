/**
 * The groups that one protocol joined on one device, and the reports by which it tells routers: MLDv2 (RFC 3810) and
 * IGMPv3 (RFC 3376) are the same machine. A change is told twice, at once and after a random time up to a second.
 *
 * Follows Linux net/ipv6/mcast.c (igmp6_group_added, mld_send_cr, mld_ifc_work) and net/ipv4/igmp.c (igmp_group_added,
 * igmpv3_send_cr, igmp_ifc_timer_expire). Left out: source filters, and answers to queries: nobody asks yet.
 */
import type { GroupInfo } from '../control/info.ts'
import type { Device } from '../core/device.ts'
import { addGroup, removeGroup } from '../core/groups.ts'
import { HZ, timerFires } from '../time/instant.ts'
import type { Mac } from '../wire/mac.ts'
import type { StackEnv } from './env.ts'

/** Types of records in a report: filter mode changes. */
export const Change = { ToInclude: 3, ToExclude: 4 } as const

export interface GroupRecord<G> {
  readonly type: number
  readonly group: G
}

/** mldv2_unsolicited_report_interval and its IGMPv3 twin: 1000 ms. */
export const REPORT_INTERVAL_JIFFIES = HZ
/** Both protocols add two jiffies to every delay. */
const LEAST_DELAY_JIFFIES = 2

interface Member<G> {
  readonly group: G
  users: number
  /** The device listens to it. */
  loaded: boolean
  /** How often its joining must still be told. */
  untold: number
}

interface Departed<G> {
  readonly group: G
  /** How often its leaving must still be told. */
  untold: number
}

/** Shared by all lists that nothing is in. */
const NONE: readonly never[] = []

export abstract class Membership<G> {
  readonly device: Device
  protected readonly env: StackEnv
  /** Newest first, as reports list them. */
  #members: readonly Member<G>[] = NONE
  /** Groups left whose leaving was not told yet. Newest first. */
  #departed: readonly Departed<G>[] = NONE
  #rounds = 0
  #dueAt = Number.NaN

  constructor(device: Device, env: StackEnv) {
    this.device = device
    this.env = env
  }

  protected abstract same(a: G, b: G): boolean
  /** Undefined on links that have no group addresses. */
  protected abstract macOf(group: G): Mac | undefined
  /** Nobody is told about the groups that every host is in. */
  protected abstract isReported(group: G): boolean
  /** The protocol tells of what changes now. */
  protected abstract get reports(): boolean
  protected abstract send(records: readonly GroupRecord<G>[]): void
  /** Asks for timer() at that instant. */
  protected abstract schedule(at: number): void
  /** Robustness variable, net.ipv6.mld_qrv and net.ipv4.igmp_qrv: how often a change is told. */
  protected abstract get robustness(): number
  /** Jiffies within which a change is told once more. */
  protected get reportInterval(): number {
    return REPORT_INTERVAL_JIFFIES
  }
  /** An integer below n, from the device's own stream. */
  protected abstract below(n: number): number

  /** Newest first. */
  get groups(): readonly GroupInfo<G>[] {
    return this.#members.map(({ group, users }) => ({ group, users }))
  }

  has(group: G): boolean {
    return this.#find(group) !== undefined
  }

  join(group: G): void {
    const known = this.#find(group)
    if (known !== undefined) {
      known.users++
      return
    }
    const member = { group, users: 1, loaded: false, untold: 0 }
    this.#members = [member].concat(this.#members)
    this.#added(member)
  }

  leave(group: G): void {
    const member = this.#find(group)
    if (member === undefined || --member.users > 0) return
    this.#members = this.#members.filter(each => each !== member)
    this.#unload(member)
    if (!this.isReported(group)) return
    this.#departed = [{ group, untold: this.robustness }, ...this.#departed]
    if (this.reports) this.#tell()
  }

  /** The device has come up, or its carrier has come back: it may be on another network now. */
  up(): void {
    for (const member of this.#members) this.#added(member)
  }

  down(): void {
    for (const member of this.#members) this.#unload(member)
    this.#rounds = 0
    this.#dueAt = Number.NaN
  }

  /** The device goes away, and every group with it. */
  destroy(): void {
    this.down()
    this.#members = NONE
    this.#departed = NONE
  }

  timer(): void {
    if (this.#dueAt !== this.env.now) return // It was put off or stopped since.
    this.#dueAt = Number.NaN
    const records = [...takeUntold(this.#departed, Change.ToInclude), ...takeUntold(this.#members, Change.ToExclude)]
    this.#departed = this.#departed.filter(each => each.untold > 0)
    if (records.length > 0) this.send(records)
    if (--this.#rounds > 0) this.#arm(this.reportInterval)
  }

  /** Every group that is reported, newest first. */
  protected reported(): readonly G[] {
    return this.#members.map(member => member.group).filter(group => this.isReported(group))
  }

  /** When a timer fires that is set now for a random time below `jiffies`. */
  protected randomInstant(jiffies: number): number {
    return timerFires(this.env.now, this.below(jiffies) + LEAST_DELAY_JIFFIES)
  }

  #find(group: G): Member<G> | undefined {
    return this.#members.find(member => this.same(member.group, group))
  }

  #added(member: Member<G>): void {
    if (this.#departed.length > 0) {
      this.#departed = this.#departed.filter(each => !this.same(each.group, member.group))
    }
    const mac = this.macOf(member.group)
    if (!member.loaded && mac !== undefined) addGroup(this.device, mac)
    member.loaded = true
    if (!this.reports || !this.isReported(member.group)) return
    member.untold = this.robustness
    this.#tell()
  }

  #unload(member: Member<G>): void {
    const mac = this.macOf(member.group)
    if (member.loaded && mac !== undefined) removeGroup(this.device, mac)
    member.loaded = false
    member.untold = 0
  }

  #tell(): void {
    this.#rounds = this.robustness
    this.#arm(1)
  }

  #arm(jiffies: number): void {
    this.#dueAt = this.randomInstant(jiffies)
    this.schedule(this.#dueAt)
  }
}

function takeUntold<G>(list: readonly Departed<G>[], type: number): GroupRecord<G>[] {
  const records: GroupRecord<G>[] = []
  for (const each of list) {
    if (each.untold === 0) continue
    each.untold--
    records.push({ type, group: each.group })
  }
  return records
}
