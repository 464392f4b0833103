/**
 * Neighbours: who on the link has which address, how sure we are of it, and what waits for the answer.
 *
 * Follows Linux net/core/neighbour.c: __neigh_event_send (`send`), neigh_timer_handler (`timer`), __neigh_update
 * (`update`), neigh_flush_dev, neigh_periodic_work, neigh_forced_gc. Times are jiffies, and timers fire when the
 * kernel's timer wheel fires them. Left out: managed and externally validated entries, per-device setup.
 */
import type { NeighbourInfo } from '../control/info.ts'
import { Nud } from '../control/request.ts'
import { type Device, HardwareType, Xmit } from '../core/device.ts'
import { Drop } from '../core/drop.ts'
import { type Answer, DONE, fail } from '../core/errno.ts'
import type { Frame } from '../core/frame.ts'
import { HZ, jiffiesAt, jiffyStart, NS_PER_JIFFY, timerJiffy, timerLevel } from '../time/instant.ts'
import type { Stream } from '../time/random.ts'
import * as eth from '../wire/ethernet.ts'
import type { Ip } from '../wire/ip.ts'
import * as ip4 from '../wire/ip.ts'
import type { Mac } from '../wire/mac.ts'
import * as mac48 from '../wire/mac.ts'
import type { NeighbourConf } from './conf.ts'
import type { Route } from './dst.ts'
import type { StackEnv } from './env.ts'
import type { Machine } from './machine.ts'
import { truesize } from './truesize.ts'

/** An address that may be used, if with a doubt. */
export const VALID = Nud.Permanent | Nud.NoArp | Nud.Reachable | Nud.Probe | Nud.Stale | Nud.Delay
/** An address that may be used without a doubt. */
export const CONNECTED = Nud.Permanent | Nud.NoArp | Nud.Reachable
const IN_TIMER = Nud.Incomplete | Nud.Reachable | Nud.Delay | Nud.Probe

/** NEIGH_UPDATE_F_*. */
export const Update = {
  Override: 1,
  WeakOverride: 2,
  Admin: 4,
  ExternLearned: 8,
  Router: 16,
  OverrideRouter: 32,
} as const

/** NTF_*: kinds of entry. */
export const NeighbourFlag = { ExternLearned: 0x10, Router: 0x80 } as const

/** Reachable times are drawn anew this often. */
const REDRAW_JIFFIES = 300 * HZ
const FORCED_COLLECTION_JIFFIES = 5 * HZ
/** No timer of a neighbour is shorter: HZ/100. */
const TIMER_JIFFIES_MIN = Math.floor(HZ / 100)
/** Who sent a packet, as far as its way out concerns him: struct sock behind skb->sk. */
export interface Sender {
  /** MSG_CONFIRM: he knows that the neighbour is there. */
  readonly confirms: boolean
  /** IP_MULTICAST_LOOP: he wants to hear what he sends to a group. */
  readonly loopsMulticast: boolean
  /** IP_PMTUDISC_PROBE: he does not believe what was learned of the path's MTU. */
  readonly probesPath: boolean
  /** What his packets in the machine's queues weigh: sk_wmem_alloc. */
  heldBytes: number
  /** They weigh less now: sk_write_space. */
  relieved?(): void
}

/** A packet that waits for an address. */
interface Waiting {
  readonly frame: Frame
  readonly route: Route
  readonly bytes: number
  readonly sender: Sender | undefined
}

/** Shared by all devices that never had a neighbour. */
const NOBODY: ReadonlyMap<Ip, Neighbour> = new Map()

/** struct neigh_parms: one device's neighbours and what rules them. Spans in jiffies. */
export class NeighbourParms {
  readonly device: Device
  entries: ReadonlyMap<Ip, Neighbour> = NOBODY
  conf: NeighbourConf
  /** How many answers in others' stead wait. */
  proxyQueue = 0
  /** Drawn between a half and one and a half of baseReachable. */
  reachable = 0
  lastDraw = 0

  constructor(device: Device, conf: NeighbourConf) {
    this.device = device
    this.conf = conf
  }

  configure(conf: NeighbourConf): void {
    if (conf.baseReachable !== this.conf.baseReachable) this.reachable = 0 // Drawn anew when next asked for.
    this.conf = conf
  }
}

export class Neighbour {
  readonly parms: NeighbourParms
  readonly address: Ip
  mac: Mac
  /** Nud.* */
  state: number
  /** Out of the table; whoever still holds it looks it up again. */
  dead = false
  /** NeighbourFlag.* */
  flags = 0
  /** RTPROT_* of who made it by hand. */
  protocol = 0
  /** Jiffies at which it was last confirmed, used on the slow path, changed. */
  confirmed: number
  used: number
  updated: number
  probes = 0
  /** hh_cache: the header was made once; from then on a sure neighbour is used without a further look. */
  headerReady = false
  /** The instant at which its timer fires; -1 for none. */
  timerAt = -1
  /** How long the timer runs, in levels of the timer wheel. */
  timerLevel = 0
  /** What waits for the answer: frames that need only the header, and the routes they took. */
  waiting: Waiting[] = []
  waitingBytes = 0
  /** Garbage collection may take it. */
  isCollectable = true

  constructor(parms: NeighbourParms, address: Ip, state: number, mac: Mac, now: number) {
    this.parms = parms
    this.address = address
    this.state = state
    this.mac = mac
    this.used = now
    this.updated = now
    this.confirmed = now - 2 * parms.conf.baseReachable
  }
}

/** What the protocol above does for its neighbours: struct neigh_ops. */
export interface Resolver {
  /** Asks for the neighbour's address. `waiting` is the newest packet that waits for it. */
  solicit(neighbour: Neighbour, waiting: Frame | undefined): void
  /** A packet that waited in vain. */
  unreachable(frame: Frame, route: Route): void
  /** The state and address that a new entry begins with (arp_constructor). */
  construct(device: Device, address: Ip): { readonly state: number; readonly mac: Mac }
}

export class Neighbours {
  readonly #env: StackEnv
  readonly #machine: Machine
  readonly #resolver: Resolver
  readonly #timerCode: number
  readonly #collectCode: number
  #parms: readonly NeighbourParms[] = []
  #stream: Stream | undefined
  #collecting = false
  #packetsHeld = 0
  /** Whose timer fires at an instant, as they were set. */
  #due: Map<number, Neighbour[]> | undefined

  constructor(env: StackEnv, machine: Machine, resolver: Resolver, timerCode: number, collectCode: number) {
    this.#env = env
    this.#machine = machine
    this.#resolver = resolver
    this.#timerCode = timerCode
    this.#collectCode = collectCode
  }

  get #now(): number {
    return jiffiesAt(this.#env.now)
  }

  addParms(device: Device, conf: NeighbourConf): NeighbourParms {
    const parms = new NeighbourParms(device, conf)
    this.#parms = this.#parms.concat(parms)
    return parms
  }

  removeParms(parms: NeighbourParms): void {
    this.flush(parms, false)
    this.#parms = this.#parms.filter(each => each !== parms)
  }

  // -- Finding and making -------------------------------------------------------------------------

  /** The neighbour, made if need be; undefined when the table is full. __neigh_create. */
  get(parms: NeighbourParms, address: Ip): Neighbour | undefined {
    return parms.entries.get(address) ?? this.create(parms, address, parms.device.kind === 'loopback')
  }

  /** Exempt are permanent entries and those of a loopback device: no collection takes them, no limit keeps them out. */
  create(parms: NeighbourParms, address: Ip, isExempt: boolean): Neighbour | undefined {
    const machine = this.#machine
    if (!isExempt && !this.#hasRoom()) return undefined
    const { state, mac } = this.#resolver.construct(parms.device, address)
    const made = new Neighbour(parms, address, state, mac, this.#now)
    made.isCollectable = !isExempt
    if (parms.entries === NOBODY) parms.entries = new Map()
    ;(parms.entries as Map<Ip, Neighbour>).set(address, made)
    machine.neighbours++
    if (!isExempt) machine.collectable++
    if (machine.neighbours >= machine.collectAbove) this.#collectLater()
    return made
  }

  #hasRoom(): boolean {
    const machine = this.#machine
    const { collectable } = machine
    const isDue =
      collectable >= machine.forceAbove && this.#now > machine.lastForcedCollection + FORCED_COLLECTION_JIFFIES
    if (collectable < machine.refuseAbove && !isDue) return true
    return this.#collectByForce() > 0 || collectable < machine.refuseAbove
  }

  // -- Sending ------------------------------------------------------------------------------------

  /**
   * neigh_output: writes the header and sends the frame, or keeps it until the address is known, which is a success as
   * well. The frame's first 14 octets are ours to write.
   */
  output(neighbour: Neighbour, frame: Frame, route: Route, sender: Sender | undefined): Xmit {
    if ((neighbour.state & CONNECTED) === 0 || !neighbour.headerReady) {
      if (this.#touch(neighbour, frame, route, sender)) return Xmit.Success
      neighbour.headerReady = true
    }
    const { device } = neighbour.parms
    if (device.hardwareType !== HardwareType.None) {
      eth.put(frame.bytes, frame.at, neighbour.mac, device.mac, eth.EtherType.Ipv4)
    }
    this.#env.tx(device, frame)
    return this.#env.outcome?.(device, frame) ?? Xmit.Success
  }

  /** neigh_event_send: the neighbour is about to be used. Answers whether the frame was taken into custody. */
  #touch(
    neighbour: Neighbour,
    frame: Frame | undefined,
    route: Route | undefined,
    sender: Sender | undefined,
  ): boolean {
    const now = this.#now
    neighbour.used = now
    if ((neighbour.state & (CONNECTED | Nud.Delay | Nud.Probe)) !== 0) return false
    const { parms } = neighbour
    if (neighbour.dead) {
      if (frame !== undefined) this.#env.drop(parms.device, Drop.NeighDead, frame)
      return true
    }
    let probeNow = false
    if (neighbour.state === Nud.Stale) {
      neighbour.state = Nud.Delay
      neighbour.updated = now
      this.#arm(neighbour, parms.conf.delayFirstProbe)
      if (this.#env.tracing && frame !== undefined) {
        this.#env.note(
          parms.device,
          frame,
          `${name(neighbour)} is used while STALE: DELAY, probed in 5 s unless confirmed`,
        )
      }
    } else if (neighbour.state !== Nud.Incomplete) {
      if (parms.conf.multicastProbes + parms.conf.appProbes === 0) {
        neighbour.state = Nud.Failed
        neighbour.updated = now
        if (frame !== undefined) this.#env.drop(parms.device, Drop.NeighFailed, frame)
        return true
      }
      neighbour.probes = parms.conf.unicastProbes
      neighbour.state = Nud.Incomplete
      neighbour.updated = now
      this.#arm(neighbour, Math.max(parms.conf.retransmit, TIMER_JIFFIES_MIN))
      probeNow = true
    }
    const isHeld = neighbour.state === Nud.Incomplete
    if (isHeld && frame !== undefined) this.#hold(neighbour, frame, route!, sender)
    if (probeNow) this.#probe(neighbour)
    return isHeld
  }

  /** neigh_event_send without a packet: asks for the address, if it is not known. */
  ask(neighbour: Neighbour): void {
    this.#touch(neighbour, undefined, undefined, undefined)
  }

  #hold(neighbour: Neighbour, frame: Frame, route: Route, sender: Sender | undefined): void {
    const { parms, waiting } = neighbour
    const bytes = truesize(frame.length - eth.HEADER_BYTES)
    while (neighbour.waitingBytes + bytes > parms.conf.queueBytesMax && waiting.length > 0) {
      const oldest = waiting.shift()!
      neighbour.waitingBytes -= oldest.bytes
      this.#release(oldest)
      this.#env.drop(parms.device, Drop.NeighQueueFull, oldest.frame)
    }
    waiting.push({ frame, route, bytes, sender })
    neighbour.waitingBytes += bytes
    if (sender !== undefined) {
      sender.heldBytes += bytes
      this.#packetsHeld++
    }
    if (this.#env.tracing) {
      this.#env.note(
        parms.device,
        frame,
        `waits for the address of ${name(neighbour)} (${waiting.length} in its queue)`,
      )
    }
  }

  /** Empties a queue. */
  #takeWaiting(neighbour: Neighbour): readonly Waiting[] {
    const { waiting } = neighbour
    if (waiting.length === 0) return waiting
    neighbour.waiting = []
    neighbour.waitingBytes = 0
    for (const each of waiting) this.#release(each)
    return waiting
  }

  #release({ sender, bytes }: Waiting): void {
    if (sender === undefined) return
    sender.heldBytes -= bytes
    sender.relieved?.()
    if (--this.#packetsHeld === 0) this.#env.released?.()
  }

  /** Does a packet of a socket wait? It keeps the socket, and that the namespace. */
  get holdsPackets(): boolean {
    return this.#packetsHeld > 0
  }

  #probe(neighbour: Neighbour): void {
    this.#resolver.solicit(neighbour, neighbour.waiting.at(-1)?.frame)
    neighbour.probes++
  }

  // -- Time ---------------------------------------------------------------------------------------

  #arm(neighbour: Neighbour, jiffies: number, isFromTimer = false): void {
    const now = this.#now
    if (neighbour.used < neighbour.confirmed) neighbour.used = neighbour.confirmed
    const at = jiffyStart(timerJiffy(now + jiffies, isFromTimer ? now + 1 : now))
    neighbour.timerAt = at
    neighbour.timerLevel = timerLevel(jiffies)
    this.#due ??= new Map()
    const due = this.#due.get(at)
    if (due !== undefined) {
      due.push(neighbour)
      return
    }
    this.#due.set(at, [neighbour])
    this.#env.stackTimer(at, this.#timerCode)
  }

  /** Timers of this instant as the wheel fires them: the coarsest level first, of each bucket the last one first. */
  timers(): void {
    const { now } = this.#env
    const due = this.#due!.get(now)!
    this.#due!.delete(now)
    // A timer that was set twice for the same instant stands there twice, and the second time it is not due.
    due.reverse().sort((a, b) => b.timerLevel - a.timerLevel)
    for (const neighbour of due) {
      if (neighbour.timerAt === now && !neighbour.dead && (neighbour.state & IN_TIMER) !== 0) this.#timer(neighbour)
    }
  }

  /** neigh_timer_handler */
  #timer(neighbour: Neighbour): void {
    neighbour.timerAt = -1
    const { parms } = neighbour
    const now = this.#now
    let next: number
    if (neighbour.state === Nud.Reachable) {
      const reachable = this.reachable(parms)
      if (now <= neighbour.confirmed + reachable) {
        next = neighbour.confirmed + reachable
      } else if (now <= neighbour.used + parms.conf.delayFirstProbe) {
        this.#become(neighbour, Nud.Delay)
        next = now + parms.conf.delayFirstProbe
      } else {
        this.#become(neighbour, Nud.Stale)
        this.#tell(neighbour)
        return
      }
    } else if (neighbour.state === Nud.Delay) {
      if (now <= neighbour.confirmed + parms.conf.delayFirstProbe) {
        this.#become(neighbour, Nud.Reachable)
        this.#tell(neighbour)
        next = neighbour.confirmed + this.reachable(parms)
      } else {
        this.#become(neighbour, Nud.Probe)
        neighbour.probes = 0
        this.#tell(neighbour)
        next = now + Math.max(parms.conf.retransmit, TIMER_JIFFIES_MIN)
      }
    } else {
      next = now + Math.max(parms.conf.retransmit, TIMER_JIFFIES_MIN)
    }
    const isProbing = (neighbour.state & (Nud.Incomplete | Nud.Probe)) !== 0
    if (isProbing && neighbour.probes >= probesMax(neighbour)) {
      this.#become(neighbour, Nud.Failed)
      this.#invalidate(neighbour)
      this.#tell(neighbour)
      return
    }
    this.#arm(neighbour, Math.max(next - now, TIMER_JIFFIES_MIN), true)
    if (isProbing) this.#probe(neighbour)
  }

  #become(neighbour: Neighbour, state: number): void {
    neighbour.state = state
    neighbour.updated = this.#now
  }

  /** neigh_invalidate: tells the sender of every packet that waited. */
  #invalidate(neighbour: Neighbour): void {
    neighbour.updated = this.#now
    for (const { frame, route } of this.#takeWaiting(neighbour)) {
      if (this.#env.tracing)
        this.#env.note(neighbour.parms.device, frame, `nobody answers for ${name(neighbour)}: FAILED`)
      this.#resolver.unreachable(frame, route)
      this.#env.drop(neighbour.parms.device, Drop.NeighFailed, frame)
    }
  }

  /** parms->reachable_time, redrawn every 300 seconds. */
  reachable(parms: NeighbourParms): number {
    const now = this.#now
    if (parms.reachable === 0 || now - parms.lastDraw > REDRAW_JIFFIES) {
      const base = parms.conf.baseReachable
      this.#stream ??= this.#env.stream('neighbour')
      parms.reachable = base === 0 ? 0 : this.#stream.below(base) + (base >>> 1)
      parms.lastDraw = now
    }
    return parms.reachable
  }

  // -- Learning -----------------------------------------------------------------------------------

  /** neigh_update: what somebody says of a neighbour. `mac` undefined: the address that it has. */
  update(neighbour: Neighbour, mac: Mac | undefined, state: number, flags: number, cause?: Frame): Answer {
    const now = this.#now
    const { parms } = neighbour
    const old = neighbour.state
    if (neighbour.dead) return fail('EPERM', 'Neighbor entry is now dead')
    const isAdmin = (flags & Update.Admin) !== 0
    if (!isAdmin && (old & (Nud.NoArp | Nud.Permanent)) !== 0) return fail('EPERM')
    if (isAdmin) this.#setFlags(neighbour, flags)
    if ((state & VALID) === 0) {
      neighbour.timerAt = -1
      neighbour.state = state
      const fails = (old & (Nud.Incomplete | Nud.Probe)) !== 0 && (state & Nud.Failed) !== 0
      if (fails) this.#invalidate(neighbour)
      this.#recount(neighbour)
      if (fails || (old & VALID) !== 0) this.#tell(neighbour)
      return DONE
    }
    let known = neighbour.mac
    if (parms.device.hardwareType !== HardwareType.None) {
      if (mac !== undefined) known = mac
      else if ((old & VALID) === 0) return fail('EINVAL', 'No link layer address given')
    }
    // Confirmed even when the address is not taken over.
    if ((state & CONNECTED) !== 0) neighbour.confirmed = now
    let tellsRouter = (flags & Update.OverrideRouter) !== 0
    const isNewAddress = (old & VALID) === 0 || known !== neighbour.mac
    if ((old & VALID) !== 0) {
      if (isNewAddress && (flags & Update.Override) === 0) {
        if ((flags & Update.WeakOverride) === 0 || (old & CONNECTED) === 0) return DONE
        known = neighbour.mac
        state = Nud.Stale
        tellsRouter = false
      } else if (!isNewAddress && state === Nud.Stale && !isAdmin) {
        state = old // The same address, heard again, says nothing new.
      }
    }
    if (tellsRouter) setRouter(neighbour, (flags & Update.Router) !== 0)
    if (state !== old || known !== neighbour.mac) neighbour.updated = now
    if (state !== old) {
      neighbour.timerAt = -1
      if ((state & Nud.Probe) !== 0) neighbour.probes = 0
      neighbour.state = state
      if ((state & IN_TIMER) !== 0) this.#arm(neighbour, (state & Nud.Reachable) !== 0 ? this.reachable(parms) : 0)
    }
    const isOther = known !== neighbour.mac
    if (isOther) {
      neighbour.mac = known
      if ((state & CONNECTED) === 0) neighbour.confirmed = now - 2 * parms.conf.baseReachable
    }
    if (state === old) {
      if (isOther) this.#tell(neighbour)
      return DONE
    }
    if (this.#env.tracing && cause !== undefined) {
      this.#env.note(parms.device, cause, `${name(neighbour)} is at ${mac48.format(known)}: ${stateName(state)}`)
    }
    if ((old & VALID) === 0) this.#sendWaiting(neighbour)
    this.#recount(neighbour)
    this.#tell(neighbour)
    return DONE
  }

  #setFlags(neighbour: Neighbour, flags: number): void {
    const learned = (flags & Update.ExternLearned) !== 0 ? NeighbourFlag.ExternLearned : 0
    neighbour.flags = (neighbour.flags & ~NeighbourFlag.ExternLearned) | learned
  }

  #sendWaiting(neighbour: Neighbour): void {
    for (const { frame, route, sender } of this.#takeWaiting(neighbour)) this.output(neighbour, frame, route, sender)
  }

  /** neigh_event_ns: somebody with this address spoke to us. Made if it was not known. */
  heard(parms: NeighbourParms, address: Ip, mac: Mac, cause: Frame): Neighbour | undefined {
    const neighbour = this.get(parms, address)
    if (neighbour !== undefined) this.update(neighbour, mac, Nud.Stale, Update.Override, cause)
    return neighbour
  }

  /** neigh_confirm: traffic shows that the neighbour is there. */
  confirm(neighbour: Neighbour): void {
    neighbour.confirmed = this.#now
  }

  // -- Forgetting ---------------------------------------------------------------------------------

  /** neigh_flush_dev: of a device that goes down, or with `keepPermanent` one that lost its carrier. */
  flush(parms: NeighbourParms, keepPermanent: boolean): void {
    for (const neighbour of [...parms.entries.values()].reverse()) {
      if (keepPermanent && (neighbour.state & Nud.Permanent) !== 0) continue
      this.remove(neighbour)
    }
  }

  remove(neighbour: Neighbour): void {
    const { parms } = neighbour
    ;(parms.entries as Map<Ip, Neighbour>).delete(neighbour.address)
    neighbour.dead = true
    neighbour.timerAt = -1
    this.#machine.neighbours--
    if (neighbour.isCollectable) this.#machine.collectable--
    for (const { frame } of this.#takeWaiting(neighbour)) this.#env.drop(parms.device, Drop.NeighDead, frame)
    this.#tell(neighbour, true)
  }

  /** __neigh_notify */
  #tell(neighbour: Neighbour, gone = false): void {
    this.#env.tell?.({ about: 'neighbour', gone, neighbour: this.describe(neighbour) })
  }

  /** neigh_fill_info */
  describe(neighbour: Neighbour): NeighbourInfo {
    const age = (then: number): number => (this.#now - then) * NS_PER_JIFFY
    const { parms, address, mac, state, flags, protocol, confirmed, used, updated, probes } = neighbour
    return {
      ifindex: parms.device.ifindex,
      dst: address,
      ...((state & VALID) !== 0 && { mac }),
      state,
      proxy: false,
      router: (flags & NeighbourFlag.Router) !== 0,
      externLearn: (flags & NeighbourFlag.ExternLearned) !== 0,
      protocol,
      confirmedNs: age(confirmed),
      usedNs: age(used),
      updatedNs: age(updated),
      probes,
      refCount: neighbour.timerAt < 0 ? 0 : 1,
    }
  }

  /** neigh_update_gc_list */
  #recount(neighbour: Neighbour): void {
    const isExempt = (neighbour.state & Nud.Permanent) !== 0 || (neighbour.flags & NeighbourFlag.ExternLearned) !== 0
    if (isExempt !== neighbour.isCollectable || neighbour.dead) return
    neighbour.isCollectable = !isExempt
    this.#machine.collectable += isExempt ? -1 : 1
    if (!isExempt && this.#machine.neighbours >= this.#machine.collectAbove) this.#collectLater()
  }

  #collectLater(): void {
    if (this.#collecting) return
    this.#collecting = true
    const period = this.#machine.collectionPeriod
    const next = (Math.floor(this.#now / period) + 1) * period
    this.#env.stackTimer(jiffyStart(next), this.#collectCode)
  }

  /**
   * neigh_periodic_work: while the machine has more than the first threshold, what failed or went stale is forgotten.
   * It does not come again where nothing is left that it could ever take: idle hosts cost nothing.
   */
  collect(): void {
    this.#collecting = false
    if (this.#machine.neighbours < this.#machine.collectAbove) return
    const now = this.#now
    let isWanted = false
    for (const parms of this.#parms) {
      for (const neighbour of parms.entries.values()) {
        if (neighbour.state & Nud.Permanent || neighbour.flags & NeighbourFlag.ExternLearned) continue
        isWanted = true
        if ((neighbour.state & IN_TIMER) !== 0) continue
        if (neighbour.used < neighbour.confirmed && neighbour.confirmed <= now) neighbour.used = neighbour.confirmed
        const isOld = now < neighbour.used || now >= neighbour.used + parms.conf.staleTime
        if (neighbour.state === Nud.Failed || isOld) this.remove(neighbour)
      }
    }
    if (isWanted) this.#collectLater()
  }

  /** neigh_forced_gc: makes room at once. Answers how many were forgotten. */
  #collectByForce(): number {
    const now = this.#now
    const machine = this.#machine
    machine.lastForcedCollection = now
    const most = machine.collectable - machine.forceAbove
    let gone = 0
    for (const parms of this.#parms) {
      for (const neighbour of parms.entries.values()) {
        if (!neighbour.isCollectable) continue
        const isIdle = neighbour.updated < now - FORCED_COLLECTION_JIFFIES
        if (neighbour.state !== Nud.Failed && neighbour.state !== Nud.NoArp && !isIdle) continue
        this.remove(neighbour)
        if (++gone >= most) return gone
      }
    }
    return gone
  }

  /** Every entry, device by device, the newest first. */
  *[Symbol.iterator](): IterableIterator<Neighbour> {
    for (const parms of this.#parms) yield* [...parms.entries.values()].reverse()
  }
}

/** neigh_max_probes */
function probesMax(neighbour: Neighbour): number {
  const { parms } = neighbour
  const group = neighbour.state === Nud.Probe ? parms.conf.multicastReprobes : parms.conf.multicastProbes
  return parms.conf.unicastProbes + parms.conf.appProbes + group
}

const name = (neighbour: Neighbour): string => ip4.format(neighbour.address)

const STATE_NAMES = Object.entries(Nud)

/** `REACHABLE` and so on. */
export const stateName = (state: number): string =>
  (STATE_NAMES.find(([, value]) => value === state)?.[0] ?? 'None').toUpperCase()

/** neigh_update_is_router */
function setRouter(neighbour: Neighbour, is: boolean): void {
  neighbour.flags = (neighbour.flags & ~NeighbourFlag.Router) | (is ? NeighbourFlag.Router : 0)
}
