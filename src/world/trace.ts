/** The life of frames as records: one for each event, for people as a line and for programs as JSON. */
import type { Device, NetnsId } from '../core/device.ts'
import { type Drop, dropName } from '../core/drop.ts'
import type { Frame } from '../core/frame.ts'
import { NS_PER_S } from '../time/instant.ts'
import { summary } from '../wire/summary.ts'
import type { World } from './world.ts'

export interface TraceRecord {
  /** Nanoseconds of simulated time. */
  readonly at: number
  /** NETNS/IFNAME */
  readonly device: string
  /** `in`, `out`, a decision, or the end of the frame. */
  readonly event: 'in' | 'out' | 'note' | 'drop'
  /** The same number for the same octets: a frame keeps it while it is forwarded unchanged. */
  readonly frame: number
  readonly length: number
  /** What the frame is: `ARP, Request who-has 10.0.1.2 tell 10.0.1.1`. */
  readonly summary: string
  /** The decision, or the reason of the drop as Linux names it. */
  readonly what?: string
}

/** Calls `write` with each event from now on. Answers how to stop. */
export function trace(world: World, write: (record: TraceRecord) => void): () => void {
  const numbers = new WeakMap<Frame, number>()
  let frames = 0
  const record = (at: number, dev: Device, event: TraceRecord['event'], frame: Frame, what?: string): void => {
    let number = numbers.get(frame)
    if (number === undefined) {
      number = ++frames
      numbers.set(frame, number)
    }
    const device = `${netnsName(world, dev.netns)}/${dev.name}`
    const text = summary(frame.bytes, frame.at, frame.length)
    const base = { at, device, event, frame: number, length: frame.length, summary: text }
    write(what === undefined ? base : { ...base, what })
  }
  const onFrame = (at: number, dev: Device, direction: 'in' | 'out', frame: Frame) => record(at, dev, direction, frame)
  const onNote = (at: number, dev: Device, frame: Frame, what: string) => record(at, dev, 'note', frame, what)
  const onDrop = (at: number, dev: Device, why: Drop, frame: Frame) => record(at, dev, 'drop', frame, dropName(why))
  world.events.on('frame', onFrame).on('note', onNote).on('drop', onDrop)
  world.observe()
  return () => {
    world.events.off('frame', onFrame).off('note', onNote).off('drop', onDrop)
    world.observe()
  }
}

const netnsName = (world: World, id: NetnsId): string => world.engine.netnses[id]?.name ?? '(gone)'

/** `0.000010000 net1/veth1 in #1 42 ARP, Request who-has 10.0.1.2 tell 10.0.1.1` */
export function traceLine({ at, device, event, frame, length, summary, what }: TraceRecord): string {
  const instant = `${Math.floor(at / NS_PER_S)}.${String(at % NS_PER_S).padStart(9, '0')}`
  const head = `${instant} ${device.padEnd(16)} ${event.padEnd(4)} #${frame}`
  return what === undefined ? `${head} ${length} ${summary}` : `${head} ${what}`
}
