/**
 * Which of several readers of one device gets a frame: he who has last written into the same conversation, else one
 * chosen by the conversation.
 *
 * Follows Linux drivers/net/tun.c (tun_automq_select_queue, tun_flow_update, tun_flow_cleanup). Left out: that those
 * forgotten are looked for once in a while only.
 */
import { type Device, HardwareType } from '../core/device.ts'
import type { Frame } from '../core/frame.ts'
import * as ethernet from '../wire/ethernet.ts'
import { flow } from '../wire/flow.ts'

/** TUN_FLOW_EXPIRE, MAX_TAP_FLOWS */
const EXPIRE_NS = 3_000_000_000
const FLOWS_MAX = 4096

interface Known {
  readonly queue: object
  readonly updated: number
}

export class Flows {
  readonly #known = new Map<number, Known>()
  /** Written in this instant: Linux notes the writer only when the frame has caused all that it causes. */
  #latest: (Known & { readonly hash: number }) | undefined

  /** Index of the queue for a frame that the device sends. */
  choose(device: Device, frame: Frame, queues: readonly object[], now: number): number {
    if (this.#latest !== undefined && this.#latest.updated < now) this.#settle()
    const hash = flowOf(device, frame)
    const known = this.#known.get(hash)
    const index = known === undefined || now - known.updated > EXPIRE_NS ? -1 : queues.indexOf(known.queue)
    // reciprocal_scale
    return index >= 0 ? index : Math.floor((hash / 0x1_0000_0000) * queues.length)
  }

  /** Somebody has written a frame. */
  written(device: Device, frame: Frame, queue: object, now: number): void {
    this.#settle()
    this.#latest = { hash: flowOf(device, frame), queue, updated: now }
  }

  #settle(): void {
    if (this.#latest === undefined) return
    const { hash } = this.#latest
    if (this.#known.size < FLOWS_MAX || this.#known.has(hash)) this.#known.set(hash, this.#latest)
    this.#latest = undefined
  }

  forget(queue: object): void {
    this.#settle()
    for (const [hash, known] of this.#known) if (known.queue === queue) this.#known.delete(hash)
  }
}

export function flowOf(device: Device, { bytes, at, length }: Frame): number {
  if (device.hardwareType !== HardwareType.None) {
    return flow(bytes, at + ethernet.HEADER_BYTES, at + length, ethernet.type(bytes, at))
  }
  const isIpv6 = bytes[at]! >>> 4 === 6
  return flow(bytes, at, at + length, isIpv6 ? ethernet.EtherType.Ipv6 : ethernet.EtherType.Ipv4)
}
