/** A frame in the hands of a device, what became of it there, and rules about that. */
import type { Device, PacketType } from '../core/device.ts'
import type { Drop } from '../core/drop.ts'
import type { Frame } from '../core/frame.ts'
import type { World } from '../world/world.ts'

export type Fate =
  /** It is to leave through a device, to be in its hands again (`rx`), or to cross a wire to it. */
  | { readonly what: 'tx' | 'rx' | 'cross'; readonly dev: Device; readonly frame: Frame }
  | { readonly what: 'drop'; readonly dev: Device; readonly frame: Frame; readonly why: Drop }
  /** The stack of the device's namespace was given it, as being for so-and-so. What follows is the stack's doing. */
  | { readonly what: 'stack'; readonly type: PacketType }
  /** It waits in the device: for a program that reads it. */
  | { readonly what: 'held' }

/** One event in a frame's life: it arrived at a device (`in`) or leaves through it (`out`). */
export interface Hop {
  /** Nanoseconds of simulated time. */
  readonly at: number
  readonly dev: Device
  readonly way: 'in' | 'out'
  readonly frame: Frame
  /** In order. */
  readonly fates: readonly Fate[]
}

/** What must hold in every world, whatever is typed and sent. */
export interface Rule {
  readonly name: string
  /** Called once for each world, so that a rule can remember what it saw of it. */
  begin(world: World): Keeper
}

/** Answers are what is wrong, in words, or undefined. */
export interface Keeper {
  hop?(hop: Hop): string | undefined
  /** A request was carried out or refused, a device came or went. */
  changed?(): void
  /** Between two events, when somebody asks. */
  now?(): string | undefined
}

export type Forward = Extract<Fate, { what: 'tx' | 'rx' | 'cross' }>

const isForward = (fate: Fate): fate is Forward => fate.what === 'tx' || fate.what === 'rx' || fate.what === 'cross'

/** What a device did with the frame before a stack had it: where it sent it on. */
export function forwards({ fates }: Hop): Forward[] {
  const end = fates.findIndex(({ what }) => what === 'stack')
  return (end < 0 ? fates : fates.slice(0, end)).filter(isForward)
}
