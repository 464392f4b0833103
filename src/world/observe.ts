/**
 * What can be seen of a running world, and the only place where eventemitter3 is used. Nobody watching costs a boolean
 * test per frame: a device is tapped while somebody listens for frames, and notes are written only while traced.
 */
import { EventEmitter } from 'eventemitter3'
import type { Request } from '../control/request.ts'
import type { Device } from '../core/device.ts'
import type { Drop } from '../core/drop.ts'
import type { Answer } from '../core/errno.ts'
import type { Frame } from '../core/frame.ts'

export type Direction = 'in' | 'out'

export interface Observations {
  /**
   * A frame crosses a device. `lo` shows each frame in both directions, as a packet socket does. `stamp` is its place
   * in the order of Linux's time stamps: what comes in has that of the moment at which it was put on the wire, though
   * other frames were seen in between.
   */
  frame: (at: number, dev: Device, direction: Direction, frame: Frame, stamp: number) => void
  /** A frame ends. */
  drop: (at: number, dev: Device, why: Drop, frame: Frame) => void
  /** A decision in a frame's life, in words. */
  note: (at: number, dev: Device, frame: Frame, what: string) => void
  /** A request was carried out or refused. */
  request: (at: number, request: Request, answer: Answer<unknown>) => void
  /** A device was made or is about to go. */
  device: (at: number, dev: Device, event: 'new' | 'gone' | 'moved' | 'renamed') => void
}

export class Observation extends EventEmitter<Observations> {
  /** Somebody listens for frames. */
  get tapping(): boolean {
    return this.listenerCount('frame') > 0
  }
  get tracing(): boolean {
    return this.listenerCount('note') > 0
  }
}
