/** An open file of a device as the device knows it: Linux struct tun_file, struct tap_queue. */
import type { Device, Out } from '../core/device.ts'
import { Drop } from '../core/drop.ts'
import type { Frame } from '../core/frame.ts'
import type { PacketRing } from './packetring.ts'

export interface PacketQueue {
  readonly ring: PacketRing
  /** The program that has it open. */
  readonly opener?: { readonly name: string; readonly pid: number } | undefined
  /** sk_data_ready: there is something to read. */
  wake(): void
  /** The device is going away. */
  lost(): void
}

/** Frames that nobody will read end; the device does not count them. */
export function discard(dev: Device, frames: readonly Frame[], out: Out): void {
  for (const frame of frames) out.drop(dev, Drop.NotSpecified, frame)
}

/** tx_queue_len is how long a queue may be: tun_queue_resize, tap_queue_resize. */
export function resize(dev: Device, queues: readonly PacketQueue[], length: number, out: Out): void {
  for (const { ring } of queues) discard(dev, ring.resize(length), out)
}
