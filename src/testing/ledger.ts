/**
 * The books of a world: each frame that was sent has come to an end that can be named.
 *
 *     sent + copied = delivered + queued + dropped + lost
 *
 * A device that passes one frame on to three others has made two copies. What a device did nothing with is lost, and
 * nothing may be.
 */
import { DROP_COUNT, type Drop, dropName } from '../core/drop.ts'
import type { Frame } from '../core/frame.ts'
import type { Hop } from './hop.ts'

export interface Account {
  /** By stacks and programs. */
  readonly sent: number
  /** Frames more than were sent, because some went several ways. */
  readonly copied: number
  /** To stacks, which do not pass on what they were given but send anew, and to programs that read it. */
  readonly delivered: number
  /** On its way, or waiting for a program to read it. */
  readonly queued: number
  readonly dropped: number
  /** Dropped frames by reason, as Linux names it: `{ NEIGH_FAILED: 2 }`. */
  readonly reasons: Readonly<Record<string, number>>
  /** Frames that were in somebody's hands and are nowhere: always 0. */
  readonly lost: number
}

export class Ledger {
  readonly reasons = new Float64Array(DROP_COUNT)
  lost = 0
  #sent = 0
  #copied = 0
  #delivered = 0
  #travelling = 0
  #waiting = 0
  readonly #seen = new WeakSet<Frame>()
  readonly #held = new WeakSet<Frame>()
  readonly #given = new WeakSet<Frame>()

  /** The frame is on its way. It is new when no device had it in hands before: a stack or a program sends it. */
  travels(frame: Frame, isNew: boolean): void {
    this.#travelling++
    if (isNew) this.#begins(frame)
    this.#seen.add(frame)
  }

  arrives(): void {
    this.#travelling--
  }

  /** A frame that was in no device's hands waits for a program: its sender's own. */
  waits(frame: Frame): void {
    this.#begins(frame)
    this.#seen.add(frame)
    this.#waiting++
    this.#held.add(frame)
  }

  /** A frame that was in no device's hands ends: it waited somewhere, or was never sent. */
  drops(frame: Frame, why: Drop): void {
    this.reasons[why]!++
    if (this.#held.delete(frame)) this.#waiting--
    else if (this.#given.delete(frame)) this.#delivered--
    else this.#begins(frame)
  }

  #begins(frame: Frame): void {
    if (this.#seen.has(frame)) this.#copied++
    else this.#sent++
  }

  /** The hop is over. Answers whether the frame came to any end at all. */
  closes(hop: Hop): boolean {
    let branches = 0
    let isStacks = false
    let given = false
    for (const fate of hop.fates) {
      if (fate.what === 'stack') {
        isStacks = true
        given = true
      } else if (fate.what === 'held') {
        branches++
        this.#waiting++
        this.#held.add(hop.frame)
      } else if (fate.what !== 'drop') {
        if (!isStacks || fate.frame === hop.frame) branches++
      } else if (isStacks && fate.frame !== hop.frame) this.drops(fate.frame, fate.why)
      else {
        given = false
        branches++
        this.reasons[fate.why]!++
      }
    }
    if (given) {
      branches++
      this.#delivered++
      this.#given.add(hop.frame)
    }
    if (branches > 0) this.#copied += branches - 1
    else this.lost++
    return branches > 0
  }

  /** A program has read a frame that waited. */
  reads(count: number): void {
    this.#waiting -= count
    this.#delivered += count
  }

  get waiting(): number {
    return this.#waiting
  }

  account(): Account {
    const reasons: Record<string, number> = {}
    let dropped = 0
    this.reasons.forEach((count, why) => {
      dropped += count
      if (count > 0) reasons[dropName(why as Drop)] = count
    })
    const [sent, copied, delivered] = [this.#sent, this.#copied, this.#delivered]
    return { sent, copied, delivered, queued: this.#travelling + this.#waiting, dropped, reasons, lost: this.lost }
  }
}
