/**
 * A namespace that only writes down what its stack sends, with a clock that the test moves and real sysctls. Log lines
 * are `SECONDS tx DEVICE HEX` and `SECONDS drop DEVICE REASON`.
 */
import type { AddressRecord } from '../../src/control/records.ts'
import {
  type DevId,
  Device,
  HardwareType,
  Iff,
  type NetnsId,
  OperState,
  type PacketType,
} from '../../src/core/device.ts'
import { type Drop, dropName } from '../../src/core/drop.ts'
import { type Frame, octets } from '../../src/core/frame.ts'
import type { StackEnv } from '../../src/stack/env.ts'
import { type Stream, Streams } from '../../src/time/random.ts'
import type { Mac } from '../../src/wire/mac.ts'
import { Sysctls } from '../../src/world/sysctls.ts'

interface Asked {
  readonly at: number
  readonly code: number
  readonly ref: object | undefined
}

export interface Sent {
  readonly at: number
  readonly dev: string
  /** Hexadecimal. */
  readonly bytes: string
}

export class FakeNamespace implements StackEnv {
  readonly netns = 0 as NetnsId
  now = 0
  tracing = false
  readonly sent: Sent[] = []
  readonly dropped: string[] = []
  readonly noted: string[] = []
  readonly sysctls = new Sysctls(false)
  readonly #devices: Device[] = []
  readonly #streams: Streams
  #timers: Asked[] = []
  #timer: (code: number, ref: object | undefined) => void = () => {}

  constructor(seed = 1) {
    this.#streams = new Streams(seed)
  }

  /** Who is told of timers. */
  serve(timer: (code: number, ref: object | undefined) => void): void {
    this.#timer = timer
  }

  /** A veth that is down and whose carrier is off, or lo. */
  newDevice(name: string, mac: number, hardwareType: HardwareType = HardwareType.Ether): Device {
    const ifindex = this.#devices.length + 1
    const isLoopback = hardwareType === HardwareType.Loopback
    const kind = isLoopback ? 'loopback' : hardwareType === HardwareType.None ? 'tun' : 'veth'
    const dev = new Device(ifindex as DevId, kind, hardwareType, this.netns, ifindex, name, mac as Mac)
    dev.flags = isLoopback
      ? Iff.Loopback
      : kind === 'tun'
        ? Iff.PointToPoint | Iff.NoArp | Iff.Multicast
        : Iff.Multicast
    dev.carrier = kind !== 'veth'
    this.#devices.push(dev)
    this.sysctls.deviceAdded(name, kind)
    return dev
  }

  /** dev_open, with or without carrier; the stack is told by the test. */
  open(dev: Device, carrier = true): void {
    dev.flags |= Iff.Up
    this.carrier(dev, carrier)
  }

  carrier(dev: Device, on: boolean): void {
    dev.carrier = on
    dev.active = on
    dev.operState = on ? (dev.kind === 'veth' ? OperState.Up : OperState.Unknown) : OperState.Down
  }

  close(dev: Device): void {
    dev.flags &= ~Iff.Up
    dev.active = false
  }

  /** Lets time pass up to and including this second. */
  runUntil(seconds: number): void {
    const end = Math.round(seconds * 1e9)
    for (;;) {
      const next = Math.min(...this.#timers.map(timer => timer.at))
      if (!(next <= end)) break
      const i = this.#timers.findIndex(timer => timer.at === next)
      const [timer] = this.#timers.splice(i, 1)
      this.now = next
      this.#timer(timer!.code, timer!.ref)
    }
    this.now = end
  }

  /** Timers that are still to come, whether or not anybody still wants them. */
  get pending(): number {
    return this.#timers.length
  }

  device(ifindex: number): Device | undefined {
    return this.#devices.find(dev => dev.ifindex === ifindex)
  }
  devices(): Iterable<Device> {
    return this.#devices
  }
  addresses(): readonly AddressRecord[] {
    return []
  }
  sysctl(path: string): number {
    return this.sysctls.number(path)
  }

  sysctlText(path: string): string {
    return this.sysctls.words(path)
  }
  stackTimer(at: number, code: number, ref?: object): void {
    if (at < this.now) throw new Error(`a timer for ${at} at ${this.now}`)
    this.#timers.push({ at, code, ref })
  }
  stream(purpose: string): Stream {
    return this.#streams.stream(purpose)
  }
  tx(dev: Device, frame: Frame): void {
    this.sent.push({ at: this.now / 1e9, dev: dev.name, bytes: Buffer.from(octets(frame)).toString('hex') })
  }
  rx(_dev: Device, _frame: Frame, _type: PacketType): void {}
  enqueue(): void {}
  cross(): void {}
  drop(dev: Device, why: Drop): void {
    this.dropped.push(`${dev.name} ${dropName(why)}`)
  }
  note(dev: Device, _frame: Frame, what: string): void {
    this.noted.push(`${dev.name}: ${what}`)
  }
  timer(): void {}
}
