/**
 * Watches a world: follows each frame from hand to hand, keeps the books of them, and notes where a rule is broken.
 *
 * A watch stands between the event loop and the devices of one world, from the moment it is called. It changes nothing
 * that can be seen in that world, and costs some microseconds for each hop.
 */
import { World } from '../api/world.ts'
import { type Device, PacketType } from '../core/device.ts'
import { DROP_COUNT, type Drop, dropName } from '../core/drop.ts'
import type { Frame } from '../core/frame.ts'
import type { PacketRing } from '../device/packetring.ts'
import type { Netns } from '../world/netns.ts'
import type { World as Core } from '../world/world.ts'
import type { Fate, Hop, Keeper, Rule } from './hop.ts'
import { type Account, Ledger } from './ledger.ts'
import { RULES } from './rules.ts'

/** A rule that did not hold. */
export interface Broken {
  readonly rule: string
  /** Nanoseconds of simulated time. */
  readonly at: number
  /** NETNS/LINK, where it was seen in the hands of a device. */
  readonly device?: string
  readonly what: string
}

const CONSERVATION = 'every frame has an end'
/** More are not kept. */
const BROKEN_MAX = 20

const watches = new WeakMap<Core, Watch>()

/** The world below, of either kind. */
export const coreOf = (world: World | Core): Core => (world instanceof World ? world.core : world)

/**
 * Watches a world from now on. Called once more for the same world it answers the same watch.
 *
 * @example
 * ```ts
 * import { expect, test } from 'vitest'
 * import { createWorld } from 'vethereal'
 * import { watch } from 'vethereal/testing'
 *
 * test('one ping over lo', () => {
 *   const world = createWorld()
 *   const watched = watch(world)
 *   world.host.ping('127.0.0.1')
 *   expect(watched.account()).toMatchObject({ sent: 2, delivered: 2, dropped: 0, lost: 0 })
 *   expect(watched.broken()).toEqual([])
 * })
 * ```
 */
export function watch(world: World | Core, rules: readonly Rule[] = RULES): Watch {
  const core = coreOf(world)
  const known = watches.get(core)
  if (known !== undefined) return known
  const made = new Watch(core, rules)
  watches.set(core, made)
  return made
}

/** The watch of a world; undefined when it has none. */
export const watchOf = (world: World | Core): Watch | undefined => watches.get(coreOf(world))

export class Watch {
  readonly #core: Core
  readonly #ledger = new Ledger()
  readonly #keepers: readonly (readonly [Rule, Keeper])[]
  readonly #broken: Broken[] = []
  readonly #dropsBefore: Float64Array
  /** What became so far of the frame in hand. */
  #hand: { readonly frame: Frame; readonly fates: Fate[]; isStacks: boolean } | undefined
  /** Hops that have begun since no frame was in hand. */
  readonly #hops: Hop[] = []

  /** @internal */
  constructor(core: Core, rules: readonly Rule[]) {
    this.#core = core
    this.#dropsBefore = core.engine.drops.slice()
    this.#keepers = rules.map(rule => [rule, rule.begin(core)])
    this.#standBetween(core)
    const changed = (): void => {
      for (const [, keeper] of this.#keepers) keeper.changed?.()
    }
    core.events.on('request', changed).on('device', changed)
  }

  /** How many frames were sent since the watch began, and what became of them. */
  account(): Account {
    const waiting = this.#core.engine.devices.reduce((sum, dev) => sum + waitingIn(dev), 0)
    this.#ledger.reads(this.#ledger.waiting - waiting)
    return this.#ledger.account()
  }

  /** The rules that were broken so far, the first of them first; empty as it should be. */
  broken(): readonly Broken[] {
    const { now } = this.#core
    const found = [...this.#broken]
    for (const [rule, keeper] of this.#keepers) {
      const what = keeper.now?.()
      if (what !== undefined) found.push({ rule: rule.name, at: now, what })
    }
    const what = this.#unbalanced()
    if (what !== undefined) found.push({ rule: CONSERVATION, at: now, what })
    return found
  }

  /** Where the books disagree with what the world itself counted. */
  #unbalanced(): string | undefined {
    const { sent, copied, delivered, queued, dropped, lost } = this.account()
    if (sent + copied !== delivered + queued + dropped + lost)
      return `the sums differ: ${JSON.stringify(this.account())}`
    if (queued < 0) return 'more frames arrived than were sent'
    const { drops } = this.#core.engine
    for (let why = 0; why < DROP_COUNT; why++) {
      const counted = drops[why]! - this.#dropsBefore[why]!
      const seen = this.#ledger.reasons[why]!
      if (counted !== seen) return `${seen} frames ended with ${dropName(why as Drop)}, and ${counted} were counted`
    }
    return undefined
  }

  // -- Between the event loop and the devices -----------------------------------------------------

  #standBetween({ engine }: Core): void {
    const { tx, rx, enqueue, cross, drop, transmit, receive, timer, defragment, takesOwn, newNetns } = engine
    engine.tx = (dev, frame) => {
      this.#goes('tx', dev, frame)
      tx.call(engine, dev, frame)
    }
    engine.rx = (dev, frame, type) => {
      this.#goes('rx', dev, frame)
      rx.call(engine, dev, frame, type)
    }
    engine.enqueue = (dev, frame, type) => {
      this.#goes('rx', dev, frame)
      enqueue.call(engine, dev, frame, type)
    }
    engine.cross = (dev, frame) => {
      const { backlog } = dev
      cross.call(engine, dev, frame)
      if (dev.backlog !== backlog) this.#goes('cross', dev, frame)
    }
    engine.drop = (dev, why, frame) => {
      if (this.#hand === undefined) this.#ledger.drops(frame, why)
      else this.#hand.fates.push({ what: 'drop', dev, frame, why })
      drop.call(engine, dev, why, frame)
    }
    engine.takesOwn = (dev, frame) => {
      const waiting = waitingIn(dev)
      const isTaken = takesOwn.call(engine, dev, frame)
      if (waitingIn(dev) > waiting) this.#ledger.waits(frame)
      return isTaken
    }
    engine.timer = (at, dev, code, ref) => {
      const held = (ref as { readonly frame?: Frame } | undefined)?.frame
      // A BPDU, which the spanning tree is given a moment later.
      if (held !== undefined && held === this.#hand?.frame) {
        this.#hand.fates.push({ what: 'stack', type: PacketType.Multicast })
      }
      timer.call(engine, at, dev, code, ref)
    }
    engine.defragment = (dev, frame, type) => {
      this.#stackHas(type)
      return defragment.call(engine, dev, frame, type)
    }
    engine.transmit = (dev, frame) => this.#inHand('out', dev, frame, () => transmit.call(engine, dev, frame))
    engine.receive = (dev, frame, judged) =>
      this.#inHand('in', dev, frame, () => receive.call(engine, dev, frame, judged))
    engine.newNetns = name => {
      const netns = newNetns.call(engine, name)
      this.#beforeStack(netns)
      return netns
    }
    for (const netns of this.#core.namespaces()) this.#beforeStack(netns)
  }

  #beforeStack({ stack }: Netns): void {
    const { receive } = stack
    stack.receive = (dev, frame, type) => {
      this.#stackHas(type)
      receive.call(stack, dev, frame, type)
    }
  }

  #stackHas(type: PacketType): void {
    if (this.#hand === undefined) return
    this.#hand.fates.push({ what: 'stack', type })
    this.#hand.isStacks = true
  }

  #goes(what: 'tx' | 'rx' | 'cross', dev: Device, frame: Frame): void {
    const hand = this.#hand
    this.#ledger.travels(frame, hand === undefined || (hand.isStacks && hand.frame !== frame))
    hand?.fates.push({ what, dev, frame })
  }

  /** A device may hand a frame to the next one at once: that hop is a part of this one, and comes behind it. */
  #inHand(way: 'in' | 'out', dev: Device, frame: Frame, act: () => void): void {
    const fates: Fate[] = []
    const waiting = waitingIn(dev)
    const outer = this.#hand
    this.#ledger.arrives()
    this.#hops.push({ at: this.#core.now, dev, way, frame, fates })
    this.#hand = { frame, fates, isStacks: false }
    act()
    this.#hand = outer
    if (waitingIn(dev) > waiting) fates.push({ what: 'held' })
    if (outer === undefined) for (const hop of this.#hops.splice(0)) this.#judge(hop)
  }

  #judge(hop: Hop): void {
    const { dev, way } = hop
    if (!this.#ledger.closes(hop)) this.#note(CONSERVATION, dev, `it went ${way} and nothing became of it`)
    for (const [rule, keeper] of this.#keepers) {
      const what = keeper.hop?.(hop)
      if (what !== undefined) this.#note(rule.name, dev, what)
    }
  }

  #note(rule: string, dev: Device, what: string): void {
    if (this.#broken.length >= BROKEN_MAX) return
    const device = `${this.#core.engine.netnses[dev.netns]?.name ?? '(gone)'}/${dev.name}`
    this.#broken.push({ rule, at: this.#core.now, device, what })
  }
}

/** Frames for which no program has asked yet. */
function waitingIn(dev: Device): number {
  if (dev.kind !== 'tun' && dev.kind !== 'macvtap') return 0
  const behind = (dev.kind === 'tun' ? dev.state : dev.port) as { readonly queues?: readonly { ring: PacketRing }[] }
  return behind?.queues?.reduce((sum, { ring }) => sum + ring.length, 0) ?? 0
}
