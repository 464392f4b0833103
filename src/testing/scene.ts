/**
 * What a generator of sessions looks at while it writes one: a world in which every request so far was carried out, and
 * dice.
 */
import type { Device, NetnsId } from '../core/device.ts'
import { contains, type Ip } from '../wire/ip.ts'
import type { Mac } from '../wire/mac.ts'
import { World } from '../world/world.ts'
import { isFileStep, PacketFiles } from './files.ts'
import { allDevices, hasLoop, wiringOf } from './safety.ts'
import { isRequest, type Step } from './session.ts'

/** The source of chance: an integer from 0 to n - 1. */
export type Below = (n: number) => number

export class Dice {
  readonly below: Below

  constructor(below: Below) {
    this.below = below
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!
  }

  /** The element itself, or undefined when the list is empty. */
  maybe<T>(list: readonly T[]): T | undefined {
    return list.length === 0 ? undefined : this.pick(list)
  }

  /** True once in `n`. */
  oneIn(n: number): boolean {
    return this.below(n) === n - 1
  }

  between(least: number, most: number): number {
    return least + this.below(most - least + 1)
  }

  /** One of several, some more often than others. */
  weighted<T extends { readonly weight: number }>(list: readonly T[]): T {
    let left = this.below(list.reduce((sum, { weight }) => sum + weight, 0))
    for (const each of list) {
      left -= each.weight
      if (left < 0) return each
    }
    return list[list.length - 1]!
  }
}

export interface Address {
  readonly netns: NetnsId
  readonly local: Ip
  readonly prefixLength: number
  readonly dev: Device
}

/** Who talks to whom. */
export interface Pair {
  readonly from: Address
  readonly to: Address
}

export class Scene {
  readonly dice: Dice
  /** Do group frames for macvlans wait in a work queue? It comes at a moment of its own, so nobody may answer them. */
  readonly workQueues: boolean
  readonly world = new World({ hopNs: 0 })
  readonly files = new PacketFiles(this.world)
  readonly steps: Step[] = []
  private macs = 0
  private socketsMade = 0

  constructor(dice: Dice, workQueues: boolean) {
    this.dice = dice
    this.workQueues = workQueues
  }

  /** Adds a step, unless it would make a loop of bridges: then it is forgotten, and false. */
  add(step: Step): boolean {
    if (isRequest(step)) {
      if (this.wouldLoop(step) || this.wouldHold(step)) return false
      this.world.apply(step)
    } else if (isFileStep(step)) this.files.take(step)
    this.world.runUntil(this.world.now)
    this.steps.push(step)
    return true
  }

  /** Would an open file keep the namespace alive? */
  private wouldHold(step: Step): boolean {
    if (step.type !== 'delnetns') return false
    const id = this.world.netnsNamed(step.name)?.id
    return [...this.files.open.values()].some(({ netns }) => netns === id)
  }

  /** Would the request join bridges in a circle? */
  private wouldLoop(step: Step): boolean {
    if (step.type !== 'setlink') return false
    const { master, port } = step.changes
    const changed = this.world.device(step.netns, step.link)
    const now = wiringOf(this.world)
    return hasLoop(this.world, {
      master: dev => {
        if (dev !== changed || master === undefined) return now.master(dev)
        return master === 0 ? undefined : this.world.device(step.netns, master)
      },
      hairpin: dev => (dev === changed && port?.hairpin !== undefined ? port.hairpin : now.hairpin(dev)),
    })
  }

  // -- What there is ------------------------------------------------------------------------------

  netnses(): NetnsId[] {
    return [...this.world.namespaces()].map(netns => netns.id)
  }

  netns(): NetnsId {
    return this.dice.pick(this.netnses())
  }

  /** Devices but loopback. */
  devices(which: (dev: Device) => boolean = () => true): Device[] {
    return allDevices(this.world).filter(dev => dev.kind !== 'loopback' && which(dev))
  }

  device(which?: (dev: Device) => boolean): Device | undefined {
    return this.dice.maybe(this.devices(which))
  }

  /** Of all namespaces. */
  addresses(): Address[] {
    return [...this.world.namespaces()].flatMap(netns =>
      netns.record.addresses.map(({ local, prefixLength, ifindex }) => ({
        netns: netns.id,
        local,
        prefixLength,
        dev: netns.devices.get(ifindex)!,
      })),
    )
  }

  /**
   * Two addresses of different namespaces, mostly of one network: they can talk if all between them is up. The first is
   * in the namespace `here`, if that is given.
   */
  pair(here?: NetnsId): Pair | undefined {
    const all = this.addresses().filter(({ dev }) => dev.kind !== 'loopback')
    const from = this.dice.maybe(here === undefined ? all : all.filter(({ netns }) => netns === here))
    if (from === undefined) return undefined
    const others = all.filter(({ netns }) => netns !== from.netns)
    const near = others.filter(({ local }) => contains(from.local, from.prefixLength, local))
    const to = this.dice.maybe(near.length === 0 || this.dice.oneIn(3) ? others : near)
    return to && { from, to }
  }

  /** UDP sockets that are open. */
  sockets(): { readonly netns: NetnsId; readonly socket: number }[] {
    const open = new Map<number, NetnsId>()
    for (const step of this.steps) {
      if (step.type !== 'udp') continue
      if (step.call === 'close') open.delete(step.socket)
      else if (!open.has(step.socket)) open.set(step.socket, step.netns)
    }
    return [...open]
      .filter(([, netns]) => this.world.engine.netnses[netns] !== undefined)
      .map(([socket, netns]) => ({ netns, socket }))
  }

  // -- What may be new ----------------------------------------------------------------------------

  /** A MAC of its own, or now and then one that another has too. */
  mac(): Mac {
    if (this.macs > 0 && this.dice.oneIn(12)) return (0x0200_0000_0000 + this.dice.between(1, this.macs)) as Mac
    return (0x0200_0000_0000 + ++this.macs) as Mac
  }

  /** Any of the MACs given so far, or one that nobody has. */
  someMac(): Mac {
    return (0x0200_0000_0000 + this.dice.between(1, this.macs + 2)) as Mac
  }

  newSocket(): number {
    return ++this.socketsMade
  }

  /** Few networks, so that addresses meet and overlap: 10.0.0.0/22 and 192.168.0.0/24. */
  ip(): Ip {
    const { dice } = this
    const base = dice.oneIn(8) ? 0xc0a8_0000 : 0x0a00_0000 + 256 * dice.below(3)
    return (base + (dice.oneIn(6) ? dice.below(256) : dice.between(1, 12))) as Ip
  }

  /** The address of somebody. */
  someIp(): Ip {
    const known = this.dice.oneIn(4) ? undefined : this.dice.maybe(this.addresses())
    return known?.local ?? this.ip()
  }
}
