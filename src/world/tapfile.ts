/**
 * /dev/tapN: the file by which a program has the frames of a macvtap.
 *
 * Follows Linux drivers/net/tap.c: read is tap_do_read, write tap_get_user, setInterface its TUNSETIFF, which only says
 * whether a struct virtio_net_hdr stands before each frame. It does until somebody says otherwise. Left out:
 * segmentation offload, and that Linux leaves the checksum of UDP to the reader then (VIRTIO_NET_HDR_F_NEEDS_CSUM).
 */
import { TunFlag } from '../control/records.ts'
import type { Device } from '../core/device.ts'
import { Drop } from '../core/drop.ts'
import { type Answer, done, type Failure, fail } from '../core/errno.ts'
import { frameOf, octets } from '../core/frame.ts'
import { tapOf } from '../device/macvtap.ts'
import { discard, type PacketQueue } from '../device/packetqueue.ts'
import { PacketRing } from '../device/packetring.ts'
import * as ethernet from '../wire/ethernet.ts'
import type { Mac } from '../wire/mac.ts'
import { finishChecksum, parseVnetHeader, VNET_HEADER_BYTES, type VnetHeader } from '../wire/vnet.ts'
import type { Engine } from './engine.ts'

/** MAX_TAP_QUEUES */
export const QUEUES_MAX = 256
const FEATURES = TunFlag.VnetHdr | TunFlag.MultiQueue
const READ_BYTES_MAX = 0x1_0000 + VNET_HEADER_BYTES

export class TapFile implements PacketQueue {
  readonly ring: PacketRing
  waiter: (() => void) | undefined = undefined
  readonly #engine: Engine
  #device: Device | undefined
  #flags: number = TunFlag.VnetHdr | TunFlag.NoPi | TunFlag.Tap

  constructor(engine: Engine, device: Device) {
    this.#engine = engine
    this.#device = device
    this.ring = new PacketRing(engine.record(device).txQueueLength)
    tapOf(device).queues.push(this)
  }

  /** A read would answer at once. */
  get ready(): boolean {
    return !this.ring.isEmpty
  }

  /** TUNSETIFF: TAP without PI, with a virtio_net_hdr or without; the name means nothing and is answered. */
  setInterface(name: string, flags: number): Answer<string> {
    if ((flags & ~FEATURES) !== (TunFlag.NoPi | TunFlag.Tap)) return fail('EINVAL')
    this.#flags = flags
    return done(name)
  }

  interface(): Answer<{ readonly name: string; readonly flags: number }> {
    return this.#device === undefined ? fail('ENOLINK') : done({ name: this.#device.name, flags: this.#flags })
  }

  setPersist(_on: boolean): Answer {
    return fail('EINVAL')
  }

  setOwner(_uid: number): Answer {
    return fail('EINVAL')
  }

  setGroup(_gid: number): Answer {
    return fail('EINVAL')
  }

  setCarrier(_on: boolean): Answer {
    return fail('EINVAL')
  }

  close(): void {
    const device = this.#device
    if (device === undefined) return
    this.#device = undefined
    const { queues } = tapOf(device)
    // The last one takes the number of the one that goes.
    const last = queues.pop()!
    if (last !== this) queues[queues.indexOf(this)] = last
    discard(device, this.ring.purge(), this.#engine)
  }

  /** SIOCSIFHWADDR */
  setMac(mac: Mac): Answer {
    return this.#device === undefined ? fail('ENOLINK') : this.#engine.changeMac(this.#device, mac)
  }

  get headerBytes(): number {
    return (this.#flags & TunFlag.VnetHdr) !== 0 ? VNET_HEADER_BYTES : 0
  }

  /** The oldest frame, no more than `length` octets of it; undefined when there is none (EAGAIN). */
  read(length = READ_BYTES_MAX): Uint8Array | Failure | undefined {
    const frame = this.ring.consume()
    if (frame === undefined) return undefined
    const header = this.headerBytes
    if (length < header) return fail('EINVAL')
    const taken = Math.min(frame.length, length - header)
    const bytes = new Uint8Array(header + taken)
    bytes.set(octets(frame).subarray(0, taken), header)
    return bytes
  }

  /** The macvtap sends the frame. Answers how many octets were taken: all. EINVAL: too short. */
  write(bytes: Uint8Array): number | Failure {
    const header = this.headerBytes
    let vnet: VnetHeader | undefined
    if (header > 0) {
      vnet = parseVnetHeader(bytes)
      if (vnet === undefined || vnet.headerBytes > bytes.length - header) return this.#refuse()
    }
    if (bytes.length - header < ethernet.HEADER_BYTES) return this.#refuse()
    const frame = frameOf(bytes.subarray(header))
    if (vnet !== undefined && !finishChecksum(frame.bytes, frame.at, frame.length, vnet)) {
      if (this.#device !== undefined) this.#engine.drop(this.#device, Drop.DevHdr, frame)
      return this.#refuse()
    }
    if (this.#device !== undefined) this.#engine.tx(this.#device, frame)
    return bytes.length
  }

  #refuse(): Failure {
    if (this.#device !== undefined) this.#device.txDropped++
    return fail('EINVAL')
  }

  wake(): void {
    this.waiter?.()
  }

  lost(): void {
    this.#device = undefined
  }
}
