/** Captures of a world for programs: the frames as they cross devices, and the same as a pcapng file. */
import type { Device } from '../core/device.ts'
import { type Frame, octets } from '../core/frame.ts'
import type { Direction } from '../wire/pcapng.ts'
import { summary } from '../wire/summary.ts'
import { capture } from '../world/capture.ts'
import { EPOCH_S } from '../world/clock.ts'
import type { World } from '../world/world.ts'

/** A frame where it crossed a device. */
export interface CapturedFrame {
  /** Nanoseconds of simulated time. */
  readonly at: number
  /** Name of the namespace and of the link at that instant. */
  readonly netns: string
  readonly link: string
  readonly direction: Direction
  /** The octets, from the Ethernet header on: a copy. */
  readonly bytes: Uint8Array
  /** `ARP, Request who-has 10.0.1.2 tell 10.0.1.1` */
  readonly summary: string
}

export interface Capture {
  /** What has crossed so far, in order. */
  readonly frames: readonly CapturedFrame[]
  /** The capture so far as the bytes of a pcapng file: every device an interface named NETNS/LINK. Ends the capture. */
  pcapng(): Uint8Array
  /** Nothing more is captured. */
  stop(): void
}

/** @internal */
export function capturedFrame(
  world: World,
  at: number,
  dev: Device,
  direction: Direction,
  frame: Frame,
): CapturedFrame {
  return {
    at,
    netns: world.engine.netnses[dev.netns]?.name ?? '(gone)',
    link: dev.name,
    direction,
    bytes: octets(frame).slice(),
    summary: summary(frame.bytes, frame.at, frame.length),
  }
}

/** @internal */
export function startCapture(world: World): Capture {
  const frames: CapturedFrame[] = []
  const stamps: number[] = []
  const blocks: Uint8Array[] = []
  let running = true
  const file = capture(world, EPOCH_S, block => blocks.push(block))
  const keep = (at: number, dev: Device, direction: Direction, frame: Frame, stamp: number): void => {
    // As in the file: frames of one instant in the order of their time stamps.
    let i = frames.length
    while (i > 0 && frames[i - 1]!.at === at && stamps[i - 1]! > stamp) i--
    frames.splice(i, 0, capturedFrame(world, at, dev, direction, frame))
    stamps.splice(i, 0, stamp)
  }
  world.events.on('frame', keep)
  world.observe()
  const stop = (): void => {
    if (!running) return
    running = false
    world.events.off('frame', keep)
    file.close()
  }
  return {
    frames,
    pcapng() {
      stop()
      return joined(blocks)
    },
    stop,
  }
}

function joined(blocks: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(blocks.reduce((sum, block) => sum + block.length, 0))
  let at = 0
  for (const block of blocks) {
    whole.set(block, at)
    at += block.length
  }
  return whole
}
