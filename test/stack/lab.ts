/** A few machines on a bench: real stacks, cables between their devices, and a record of every frame that was sent. */

import { insertAddress } from '../../src/control/addresses.ts'
import { type AddressRecord, Ifaf } from '../../src/control/records.ts'
import { type DevId, Device, HardwareType, Iff, type NetnsId, OperState, PacketType } from '../../src/core/device.ts'
import { type Drop, dropName } from '../../src/core/drop.ts'
import { type Frame, octets } from '../../src/core/frame.ts'
import type { StackEnv } from '../../src/stack/env.ts'
import { Machine as Shared } from '../../src/stack/machine.ts'
import { Stack } from '../../src/stack/stack.ts'
import { EventQueue } from '../../src/time/queue.ts'
import { type Stream, Streams } from '../../src/time/random.ts'
import type { Ip } from '../../src/wire/ip.ts'
import * as ip4 from '../../src/wire/ip.ts'
import type { Mac } from '../../src/wire/mac.ts'
import * as mac48 from '../../src/wire/mac.ts'
import { Sysctls } from '../../src/world/sysctls.ts'

export const ip = (text: string): Ip => ip4.parse(text)!
export const mac = (text: string): Mac => mac48.parse(text)!
export const MS = 1_000_000
export const S = 1_000_000_000

export interface Sent {
  readonly at: number
  readonly machine: string
  readonly device: string
  readonly bytes: Uint8Array
  readonly hex: string
}

export interface Dropped {
  readonly at: number
  readonly machine: string
  readonly device: string
  readonly why: string
  readonly frame: Frame
}

const Kinds = { Tx: 0, Rx: 1, Timer: 2, Call: 3 } as const

export class Lab {
  readonly queue = new EventQueue()
  readonly streams = new Streams(1)
  readonly shared = new Shared()
  readonly sent: Sent[] = []
  readonly drops: Dropped[] = []
  readonly notes: string[] = []
  readonly hopNs: number
  tracing = false
  recording = true
  readonly devices: Device[] = []
  readonly machines: Host[] = []
  readonly #peers = new Map<Device, Device>()

  constructor(hopNs = 10_000) {
    this.hopNs = hopNs
  }

  machine(name: string): Host {
    const host = new Host(this, name, this.machines.length as NetnsId)
    this.machines.push(host)
    return host
  }

  /** Two devices, one in each machine, and a cable between them. */
  cable(a: Host, nameA: string, macA: string, b: Host, nameB: string, macB: string): [Device, Device] {
    const one = a.add(nameA, mac(macA))
    const other = b.add(nameB, mac(macB))
    this.#peers.set(one, other)
    this.#peers.set(other, one)
    return [one, other]
  }

  run(until: number): void {
    const { queue } = this
    while (queue.peekAt() <= until) this.#step()
    queue.advance(until)
  }

  at(instant: number, what: () => void): void {
    this.queue.push(instant, Kinds.Call, 0, 0, { what })
  }

  #step(): void {
    const { queue } = this
    queue.pop()
    const { kind, a, b, ref } = queue
    if (kind === Kinds.Timer) return this.machines[a]!.stack.timer(b, ref)
    if (kind === Kinds.Call) return (ref as { what: () => void }).what()
    const dev = this.devices[a]!
    const host = this.machines[dev.netns]!
    const frame = ref as Frame
    if ((dev.flags & Iff.Up) === 0) return this.drop(dev, 19, frame)
    if (kind === Kinds.Rx) return host.stack.receive(dev, frame, b as PacketType)
    if (this.recording) {
      const bytes = octets(frame).slice()
      const hex = Buffer.from(bytes).toString('hex')
      this.sent.push({ at: queue.now, machine: host.name, device: dev.name, bytes, hex })
    }
    const peer = dev.kind === 'loopback' ? dev : this.#peers.get(dev)
    if (peer === undefined) return this.drop(dev, 0, frame)
    const at = dev.kind === 'loopback' ? 0 : queue.now + this.hopNs
    queue.push(at, Kinds.Rx, peer.id, packetType(peer, frame), frame)
  }

  push(at: number, kind: number, a: number, b: number, ref?: object): void {
    this.queue.push(at, kind, a, b, ref)
  }

  drop(dev: Device, why: Drop, frame: Frame): void {
    const machine = this.machines[dev.netns]!.name
    this.drops.push({ at: this.queue.now, machine, device: dev.name, why: dropName(why), frame })
  }

  /** Frames that left this device, as hex. */
  hex(machine: Host, device: string): string[] {
    return this.sent.filter(each => each.machine === machine.name && each.device === device).map(each => each.hex)
  }
}

function packetType(dev: Device, frame: Frame): PacketType {
  const dst = mac48.get(frame.bytes, frame.at)
  if (dst === dev.mac) return PacketType.Host
  if (!mac48.isGroup(dst)) return PacketType.OtherHost
  return dst === mac48.BROADCAST ? PacketType.Broadcast : PacketType.Multicast
}

export class Host implements StackEnv {
  readonly lab: Lab
  readonly name: string
  readonly netns: NetnsId
  readonly sysctls = new Sysctls(false)
  readonly stack: Stack
  readonly lo: Device
  readonly #devices = new Map<number, Device>()
  readonly #addresses = new Map<Device, readonly AddressRecord[]>()

  constructor(lab: Lab, name: string, netns: NetnsId) {
    this.lab = lab
    this.name = name
    this.netns = netns
    // IPv6 speaks by itself; these tests are about what IPv4 says.
    this.sysctls.set('net/ipv6/conf/all/disable_ipv6', '1')
    this.sysctls.set('net/ipv6/conf/default/disable_ipv6', '1')
    this.stack = new Stack(this)
    this.lo = this.#register(
      new Device(lab.devices.length as DevId, 'loopback', HardwareType.Loopback, netns, 1, 'lo', mac48.ZERO),
      Iff.Loopback,
    )
    this.lo.mtu = 65536
  }

  #register(dev: Device, flags: number): Device {
    dev.flags = flags
    dev.active = true
    this.lab.devices.push(dev)
    this.#devices.set(dev.ifindex, dev)
    this.sysctls.deviceAdded(dev.name, dev.kind)
    this.stack.deviceAdded(dev)
    return dev
  }

  add(name: string, address: Mac): Device {
    const ifindex = this.#devices.size + 1
    const id = this.lab.devices.length as DevId
    const dev = new Device(id, 'veth', HardwareType.Ether, this.netns, ifindex, name, address)
    return this.#register(dev, Iff.Broadcast | Iff.Multicast)
  }

  up(...devices: Device[]): void {
    for (const dev of devices) {
      dev.flags |= Iff.Up
      dev.operState = OperState.Up
      if (dev === this.lo) this.#store(dev, Stack.loopbackAddress(dev), [Stack.loopbackAddress(dev)])
      this.stack.deviceUp(dev)
    }
  }

  down(dev: Device): void {
    dev.flags &= ~Iff.Up
    this.stack.deviceDown(dev)
  }

  carrier(dev: Device, on: boolean): void {
    dev.carrier = on
    dev.operState = on ? OperState.Up : OperState.Down
    this.stack.deviceChanged(dev, 0)
  }

  /** `10.0.0.1/24` */
  address(dev: Device, text: string): void {
    const [local = '', length = ''] = text.split('/')
    const record: AddressRecord = {
      ifindex: dev.ifindex,
      local: ip(local),
      address: ip(local),
      prefixLength: Number(length),
      broadcast: undefined,
      label: dev.name,
      scope: 0,
      flags: Ifaf.Permanent,
      validLifetime: Number.POSITIVE_INFINITY,
      preferredLifetime: Number.POSITIVE_INFINITY,
      sinceNs: 0,
      metric: 0,
      protocol: 0,
    }
    const steps = insertAddress(this.#addresses.get(dev) ?? [], record)
    if (!steps.ok) throw new Error(steps.extack)
    for (const step of steps.value) if (step.kind === 'added') this.#store(dev, step.address, step.list)
  }

  #store(dev: Device, address: AddressRecord, list: readonly AddressRecord[]): void {
    this.#addresses.set(dev, list)
    this.stack.addressAdded(dev, address, list)
  }

  route(text: string, via: string | undefined, dev?: Device): void {
    const [dst = '', length = '32'] = (text === 'default' ? '0.0.0.0/0' : text).split('/')
    const answer = this.stack.inet.fib.insert(
      {
        table: 254,
        dst: ip(dst),
        length: Number(length),
        tos: 0,
        type: 1,
        scope: via === undefined ? 253 : 0,
        protocol: 3,
        priority: 0,
        prefsrc: 0 as Ip,
        ifindex: dev?.ifindex ?? 0,
        gateway: via === undefined ? (0 as Ip) : ip(via),
        onlink: false,
        metrics: {},
      },
      'add',
    )
    if (!answer.ok) throw new Error(`${answer.errno} ${answer.extack}`)
  }

  set(path: string, value: string): void {
    const changed = this.sysctls.set(path, value)
    if (!changed.ok) throw new Error(changed.errno)
    for (const each of changed.value) this.stack.sysctlChanged(each, value)
  }

  // -- StackEnv -----------------------------------------------------------------------------------

  get machine(): Shared {
    return this.lab.shared
  }
  get now(): number {
    return this.lab.queue.now
  }
  get tracing(): boolean {
    return this.lab.tracing
  }
  device(ifindex: number): Device | undefined {
    return this.#devices.get(ifindex)
  }
  devices(): Iterable<Device> {
    return this.#devices.values()
  }
  addresses(): readonly AddressRecord[] {
    return [...this.#addresses.values()].flat()
  }
  sysctl(path: string): number {
    return this.sysctls.number(path)
  }

  sysctlText(path: string): string {
    return this.sysctls.words(path)
  }
  stackTimer(at: number, code: number, ref?: object): void {
    this.lab.push(at, Kinds.Timer, this.netns, code, ref)
  }
  stream(purpose: string): Stream {
    return this.lab.streams.stream(`${this.name} ${purpose}`)
  }
  tx(dev: Device, frame: Frame): void {
    this.lab.push(0, Kinds.Tx, dev.id, 0, frame)
  }
  rx(dev: Device, frame: Frame, type: PacketType): void {
    this.lab.push(0, Kinds.Rx, dev.id, type, frame)
  }
  enqueue(): void {
    throw new Error('stacks have no backlog')
  }
  cross(): void {
    throw new Error('stacks do not cross wires')
  }
  timer(): void {
    throw new Error('stacks have timers of their own')
  }
  drop(dev: Device, why: Drop, frame: Frame): void {
    this.lab.drop(dev, why, frame)
  }
  note(dev: Device, _frame: Frame, what: string): void {
    this.lab.notes.push(`${this.name}/${dev.name}: ${what}`)
  }
}
