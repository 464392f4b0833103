/**
 * Packet sockets: programs that see and send whole frames (AF_PACKET).
 *
 * Follows Linux net/packet/af_packet.c (packet_rcv, packet_snd, packet_bind, packet_notifier) and the taps of
 * net/core/dev.c: a socket of ETH_P_ALL sees every frame of its device before anybody else, in both directions; one of
 * a single EtherType sees what arrives for the stack. Nobody sees what he sends himself. A device without sockets
 * pays nothing. Left out: rings, fanout, checksum offload, and the limit in octets (a queue is bounded by the weight of
 * its packets).
 */
import { type Device, HardwareType, isAbove, isUp, PacketType, type Tap } from '../core/device.ts'
import { type Answer, DONE, done, type Failure, fail } from '../core/errno.ts'
import { allocate, type Frame, tellProtocol, toldProtocol } from '../core/frame.ts'
import type { Waitable } from '../core/waitable.ts'
import * as eth from '../wire/ethernet.ts'
import type { Mac } from '../wire/mac.ts'
import type { StackEnv } from './env.ts'
import { frameWeight } from './truesize.ts'

/** ETH_P_ALL */
export const EVERY_PROTOCOL = 3
/** net.core.rmem_default */
const RECEIVE_BYTES = 212_992
const VLAN_BYTES = 4
/** ETH_P_802_2 */
const LLC_PROTOCOL = 4

/** One frame as a program gets it, with what struct sockaddr_ll says of it. */
export interface PacketReceived {
  readonly frame: Frame
  readonly device: Device
  readonly type: PacketType
  /** Of the frame, in host order; of a TUN the EtherType that its IP version stands for. */
  readonly protocol: number
  readonly instant: number
}

/** What a socket lets in; false keeps the frame out, uncounted. */
export type PacketFilter = (frame: Frame, type: PacketType, device: Device) => boolean

/** Who sent a frame, so that he need not see it himself: skb_loop_sk. */
const sentBy = new WeakMap<Frame, PacketSocket>()

/** skb->protocol */
export function protocolOf(device: Device, frame: Frame): number {
  const { bytes, at, length } = frame
  if (device.hardwareType === HardwareType.None) {
    const told = toldProtocol(frame)
    if (told?.on === device) return told.type
    return length > 0 && bytes[at]! >>> 4 === 6 ? eth.EtherType.Ipv6 : eth.EtherType.Ipv4
  }
  if (length < eth.HEADER_BYTES) return 0
  const type = eth.type(bytes, at)
  if (type >= eth.TYPE_MIN) return type
  // Down to a lower device, and through a bridge, nobody looks at it again (eth_type_trans).
  const told = toldProtocol(frame)
  return told !== undefined && (told.on === device || isAbove(told.on as Device, device)) ? told.type : LLC_PROTOCOL
}

const isTagged = (b: Uint8Array, header: number): boolean =>
  header > 0 && (eth.type(b, 0) === eth.EtherType.Vlan || eth.type(b, 0) === eth.EtherType.Qinq)

/** The packet sockets of one namespace. */
export class Packets {
  readonly #env: StackEnv
  readonly #sockets: PacketSocket[] = []

  constructor(env: StackEnv) {
    this.#env = env
  }

  open(protocol: number): PacketSocket {
    const socket = new PacketSocket(this.#env, this, protocol)
    this.#sockets.push(socket)
    if (protocol !== 0) for (const device of this.#env.devices()) this.attach(socket, device)
    return socket
  }

  close(socket: PacketSocket): void {
    const index = this.#sockets.indexOf(socket)
    if (index < 0) return
    this.#sockets.splice(index, 1)
    this.detach(socket)
  }

  /** The socket hears this device from now on, and with 0 every one. */
  bind(socket: PacketSocket): void {
    this.detach(socket)
    if (socket.protocol === 0) return
    for (const device of this.#env.devices()) this.attach(socket, device)
  }

  attach(socket: PacketSocket, device: Device): void {
    if (socket.ifindex !== 0 && socket.ifindex !== device.ifindex) return
    device.taps = [...(device.taps ?? []), socket]
    this.#env.retap?.(device)
  }

  detach(socket: PacketSocket): void {
    for (const device of this.#env.devices()) this.#take(socket, device)
  }

  #take(socket: PacketSocket, device: Device): void {
    const left = device.taps?.filter(tap => tap !== socket) ?? []
    device.taps = left.length > 0 ? left : undefined
    this.#env.retap?.(device)
  }

  deviceAdded(device: Device): void {
    for (const socket of this.#sockets) {
      if (socket.ifindex === 0 && socket.protocol !== 0) this.attach(socket, device)
    }
  }

  deviceDown(device: Device): void {
    for (const socket of this.#sockets) if (socket.ifindex === device.ifindex) socket.lostDevice(false)
  }

  deviceRemoved(device: Device): void {
    for (const socket of this.#sockets) {
      this.#take(socket, device)
      if (socket.ifindex === device.ifindex) socket.lostDevice(true)
    }
  }
}

export class PacketSocket implements Tap, Waitable {
  waiter: (() => void) | undefined = undefined
  /** In host order; EVERY_PROTOCOL; 0 hears nothing. */
  protocol: number
  /** 0: every device. -1: the device that it was bound to is gone. */
  ifindex = 0
  /** PACKET_STATISTICS: frames that passed the filter, those for which there was no room among them. */
  packets = 0
  drops = 0

  readonly #env: StackEnv
  readonly #all: Packets
  #filter: PacketFilter | undefined
  #received: PacketReceived[] = []
  #receivedBytes = 0
  #receiveBytesMax = RECEIVE_BYTES
  #pending: Failure | undefined
  #promiscuous: Device | undefined

  constructor(env: StackEnv, all: Packets, protocol: number) {
    this.#env = env
    this.#all = all
    this.protocol = protocol
  }

  close(): void {
    this.setPromiscuous(undefined)
    this.#all.close(this)
  }

  /** bind(2) to a device and an EtherType (0 keeps what the socket has): ENODEV. */
  bind(ifindex: number, protocol = 0): Answer {
    const device = ifindex === 0 ? undefined : this.#env.device(ifindex)
    if (ifindex !== 0 && device === undefined) return fail('ENODEV')
    this.#all.detach(this)
    this.ifindex = ifindex
    if (protocol !== 0) this.protocol = protocol
    this.#all.bind(this)
    if (device !== undefined && !isUp(device)) this.#fail('ENETDOWN')
    return DONE
  }

  setFilter(filter: PacketFilter | undefined): void {
    this.#filter = filter
  }

  /** SO_RCVBUF as the kernel keeps it, or the size of a ring: octets. */
  setReceiveBytes(bytes: number): void {
    this.#receiveBytesMax = bytes
  }

  /** PACKET_ADD_MEMBERSHIP of PACKET_MR_PROMISC, until the socket is closed; undefined takes it back. */
  setPromiscuous(device: Device | undefined): void {
    if (this.#promiscuous !== undefined && !this.#promiscuous.dead) this.#env.promiscuity?.(this.#promiscuous, -1)
    this.#promiscuous = device
    if (device !== undefined) this.#env.promiscuity?.(device, 1)
  }

  // -- Receiving ----------------------------------------------------------------------------------

  get ready(): boolean {
    return this.#received.length > 0 || this.#pending !== undefined
  }

  /** packet_rcv */
  see(device: Device, frame: Frame, type: PacketType): void {
    if (type === PacketType.Outgoing && sentBy.get(frame) === this) return
    if (this.#filter !== undefined && !this.#filter(frame, type, device)) return
    this.packets++
    const weight = frameWeight(frame)
    if (this.#receivedBytes + weight > this.#receiveBytesMax) {
      this.drops++
      return
    }
    this.#receivedBytes += weight
    this.#received.push({ frame, device, type, protocol: protocolOf(device, frame), instant: this.#env.now })
    this.waiter?.()
  }

  get seesAll(): boolean {
    return this.protocol === EVERY_PROTOCOL
  }

  wants(device: Device, frame: Frame): boolean {
    return this.protocol === protocolOf(device, frame)
  }

  /** recvfrom(2) without waiting: a pending error (once), the oldest frame, or undefined (EAGAIN). */
  receive(): PacketReceived | Failure | undefined {
    if (this.#pending !== undefined) {
      const pending = this.#pending
      this.#pending = undefined
      return pending
    }
    const oldest = this.#received.shift()
    if (oldest !== undefined) this.#receivedBytes -= frameWeight(oldest.frame)
    return oldest
  }

  /** packet_notifier: the device went down, or away. */
  lostDevice(isGone: boolean): void {
    if (isGone) this.ifindex = -1
    this.#fail('ENETDOWN')
  }

  #fail(errno: 'ENETDOWN'): void {
    this.#pending = fail(errno)
    this.waiter?.()
  }

  // -- Sending ------------------------------------------------------------------------------------

  /** Of SOCK_RAW: a whole frame. ENXIO no device, ENETDOWN, EMSGSIZE, EINVAL shorter than a header. */
  send(bytes: Uint8Array): Answer<number> {
    const found = this.#outDevice()
    if (!found.ok) return found
    const device = found.value
    const header = device.hardwareType === HardwareType.None ? 0 : eth.HEADER_BYTES
    if (bytes.length < header) return fail('EINVAL')
    if (bytes.length > device.mtu + header + (isTagged(bytes, header) ? VLAN_BYTES : 0)) return fail('EMSGSIZE')
    const frame = allocate(bytes.length)
    frame.bytes.set(bytes, frame.at)
    return this.#transmit(device, frame, bytes.length)
  }

  /** Of SOCK_DGRAM: a payload, in a frame to this address. */
  sendTo(payload: Uint8Array, to: Mac, protocol = this.protocol): Answer<number> {
    const found = this.#outDevice()
    if (!found.ok) return found
    const device = found.value
    if (payload.length > device.mtu) return fail('EMSGSIZE')
    const header = device.hardwareType === HardwareType.None ? 0 : eth.HEADER_BYTES
    const frame = allocate(header + payload.length)
    if (header > 0) eth.put(frame.bytes, frame.at, to, device.mac, protocol)
    frame.bytes.set(payload, frame.at + header)
    return this.#transmit(device, frame, payload.length)
  }

  #outDevice(): Answer<Device> {
    const device = this.ifindex > 0 ? this.#env.device(this.ifindex) : undefined
    if (device === undefined) return fail('ENXIO')
    return isUp(device) ? done(device) : fail('ENETDOWN')
  }

  #transmit(device: Device, frame: Frame, length: number): Answer<number> {
    if (device.hardwareType !== HardwareType.None) {
      const type = eth.type(frame.bytes, frame.at)
      if (type < eth.TYPE_MIN) tellProtocol(frame, device, type)
    }
    if (this.#env.tracing) this.#env.note(device, frame, 'sent by a packet socket')
    sentBy.set(frame, this)
    this.#env.disableSoftirqs?.()
    this.#env.tx(device, frame)
    this.#env.enableSoftirqs?.()
    return done(length)
  }
}
