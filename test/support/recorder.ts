/**
 * A world that only writes down what a device asks of it, with a clock that the test moves: for tests of link kinds.
 * Log lines are `tx p1`, `rx br0 host`, `cross p1`, `drop p1 PKT_TOO_BIG`, `note br0: text`, `carrier br0 off`.
 */
import type { LinkRecord } from '../../src/control/records.ts'
import { type DevId, Device, HardwareType, Iff, type NetnsId, OperState, PacketType } from '../../src/core/device.ts'
import { type Drop, dropName } from '../../src/core/drop.ts'
import { type Answer, DONE } from '../../src/core/errno.ts'
import { type Frame, frameOf, octets } from '../../src/core/frame.ts'
import type { Control, IpCounter, Kind } from '../../src/device/kind.ts'
import * as ethernet from '../../src/wire/ethernet.ts'
import { BROADCAST, isGroup, type Mac } from '../../src/wire/mac.ts'

const TYPE_NAMES = ['host', 'broadcast', 'multicast', 'otherhost', 'outgoing']

export interface Asked {
  at: number
  seq: number
  dev: Device
  code: number
  ref: object | undefined
}

export class Recorder implements Control {
  now = 0
  tracing = false
  readonly log: string[] = []
  /** Every frame that was sent, crossed, handed up or dropped, beside its line in the log. */
  readonly frames: { readonly what: string; readonly frame: Frame }[] = []
  readonly records = new Map<Device, Partial<LinkRecord>>()
  /** The kinds of devices, so that the recorder can tell them what a world tells. */
  readonly kinds = new Map<string, Kind>()
  #timers: Asked[] = []
  #seq = 0

  /** What was logged since this was last called. */
  take(): string[] {
    return this.log.splice(0)
  }

  #write(what: string, frame: Frame): void {
    this.log.push(what)
    this.frames.push({ what, frame })
  }

  tx(dev: Device, frame: Frame): void {
    this.#write(`tx ${dev.name}`, frame)
  }
  rx(dev: Device, frame: Frame, type: PacketType): void {
    this.#write(`rx ${dev.name} ${TYPE_NAMES[type]}`, frame)
  }
  enqueue(dev: Device, frame: Frame, type: PacketType): void {
    this.#write(`enqueue ${dev.name} ${TYPE_NAMES[type]}`, frame)
  }
  cross(dev: Device, frame: Frame): void {
    this.#write(`cross ${dev.name}`, frame)
  }
  drop(dev: Device, why: Drop, frame: Frame): void {
    this.#write(`drop ${dev.name} ${dropName(why)}`, frame)
  }
  note(dev: Device, frame: Frame, what: string): void {
    this.#write(`note ${dev.name}: ${what}`, frame)
  }
  timer(at: number, dev: Device, code: number, ref?: object): void {
    this.#timers.push({ at, seq: this.#seq++, dev, code, ref })
  }

  setCarrier(dev: Device, on: boolean): void {
    if (dev.carrier === on) return
    dev.carrier = on
    this.log.push(`carrier ${dev.name} ${on ? 'on' : 'off'}`)
  }
  addPromiscuity(dev: Device, by: number): void {
    dev.promiscuity += by
  }
  addAllMulticast(dev: Device, by: number): void {
    dev.allMulticast += by
  }
  addUnicast(): void {}
  removeUnicast(): void {}
  fireLinkwatch(): void {}
  setMtu(dev: Device, mtu: number): void {
    if (dev.mtu === mtu) return
    dev.mtu = mtu
    this.kinds.get(dev.kind)?.mtuChanged?.(dev, this)
  }
  setMac(dev: Device, mac: Mac): void {
    if (dev.mac !== mac) this.takeMac(dev, mac)
  }
  takeMac(dev: Device, mac: Mac): void {
    dev.mac = mac
    this.kinds.get(dev.kind)?.macChanged?.(dev, this)
  }
  tellMac(): void {}
  changeMac(dev: Device, mac: Mac): Answer {
    this.setMac(dev, mac)
    return DONE
  }
  randomMac(): Mac {
    throw new Error('no test needs chance')
  }
  record(dev: Device): LinkRecord {
    return { macOrigin: 1, ...this.records.get(dev) } as LinkRecord
  }
  joinGroup(): void {}
  leaveGroup(): void {}
  /** br_netfilter looks at packets only where a test says so. */
  callsNetfilter = false
  sysctl(): number {
    return this.callsNetfilter ? 1 : 0
  }
  countIp(_dev: Device, what: IpCounter, by = 1): void {
    this.log.push(by === 1 ? `count ${what}` : `count ${what} ${by}`)
  }
  defragment(_dev: Device, frame: Frame): Frame {
    return frame
  }
  tellLink(): void {}

  tellPort(): void {}

  tell(): undefined {}

  /** Lets time pass up to and including `at`, calling the timers that are due, in order. */
  runUntil(at: number): void {
    for (;;) {
      const due = this.#timers.filter(t => t.at <= at).sort((a, b) => a.at - b.at || a.seq - b.seq)[0]
      if (due === undefined) break
      this.#timers.splice(this.#timers.indexOf(due), 1)
      this.now = Math.max(this.now, due.at)
      this.fire(due)
    }
    this.now = at
  }

  fire({ dev, code, ref }: Asked): void {
    this.kinds.get(dev.kind)!.timer!(dev, code, ref, this)
  }
}

let devices = 0

/** A device that is up, with carrier, as an Ethernet driver of this kind makes it. */
export function device(name: string, mac: Mac, kind = 'veth'): Device {
  const id = ++devices
  const dev = new Device(id as DevId, kind, HardwareType.Ether, 0 as NetnsId, id, name, mac)
  dev.flags = Iff.Broadcast | Iff.Multicast | Iff.Up
  dev.operState = OperState.Up
  dev.active = true
  return dev
}

/** A frame of `length` octets with this header; every octet behind it is 0xa5. */
export function frame(dst: Mac, src: Mac, type = 0x88b5, length = 60): Frame {
  const bytes = new Uint8Array(length).fill(0xa5)
  ethernet.put(bytes, 0, dst, src, type)
  return frameOf(bytes)
}

/** eth_type_trans, the obvious way. */
export function packetType(dev: Device, frame: Frame): PacketType {
  const dst = ethernet.dst(frame.bytes, frame.at)
  if (dst === dev.mac) return PacketType.Host
  if (dst === BROADCAST) return PacketType.Broadcast
  return isGroup(dst) ? PacketType.Multicast : PacketType.OtherHost
}

export const hex = (frame: Frame): string => Buffer.from(octets(frame)).toString('hex')
