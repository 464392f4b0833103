/** Sockets as a program has them: addresses are text, errors are exceptions, and what waits is an operation. */
import { PacketType } from '../../core/device.ts'
import { octets } from '../../core/frame.ts'
import type { PacketSocket as Packet, PacketReceived } from '../../stack/packet.ts'
import type { MtuDiscovery, RawSocket as Raw, Received } from '../../stack/socket.ts'
import type { Datagram, UdpSocket as Udp } from '../../stack/udp.ts'
import * as ip from '../../wire/ip.ts'
import * as ipv4 from '../../wire/ipv4.ts'
import { parseIp, parseMac } from '../text.ts'
import { type Data, Descriptor, type Holder, isFailure, octetsOf } from './descriptor.ts'
import { type Operation, resultOf } from './operation.ts'

/** Looks up links by name, as if_nametoindex(3) and SIOCGIFINDEX do. */
export interface Links {
  /** ENODEV */
  index(name: string): number
}

/** An address and a port, as struct sockaddr_in has them. */
export interface Endpoint {
  readonly address: string
  readonly port: number
}

/** A datagram that arrived, and who sent it. */
export interface Message extends Endpoint {
  readonly data: Uint8Array
  /** The address that it was sent to. */
  readonly to: string
  /** The index of the interface that it came in by. */
  readonly ifindex: number
  readonly ttl: number
  /** Nanoseconds of simulated time. */
  readonly at: number
}

const messageOf = ({ payload, from, fromPort, to, ifindex, ttl, instant }: Datagram): Message => ({
  data: payload.slice(),
  address: ip.format(from),
  port: fromPort,
  to: ip.format(to),
  ifindex,
  ttl,
  at: instant,
})

/** socket(AF_INET, SOCK_DGRAM, 0) */
export class UdpSocket extends Descriptor {
  /** @internal */
  readonly waitable: Udp

  /** @internal */
  constructor(holder: Holder, socket: Udp) {
    super(holder)
    this.waitable = socket
  }

  /** getsockname(2): 0.0.0.0 and 0 as long as nothing was bound. */
  get local(): Endpoint {
    return { address: ip.format(this.waitable.localAddress), port: this.waitable.localPort }
  }

  /** bind(2): port 0 asks for an ephemeral one. EADDRINUSE, EADDRNOTAVAIL, EINVAL bound already. */
  bind(address: string, port: number): void {
    this.holder.enter('bind')
    resultOf('bind', this.waitable.bind(parseIp(address), port))
  }

  /** connect(2): only this peer is heard from now on, and `send` goes to him. ENETUNREACH, EACCES a broadcast. */
  connect(address: string, port: number): void {
    this.holder.enter('connect')
    resultOf('connect', this.waitable.connect(parseIp(address), port))
  }

  /** send(2) to the connected peer. EDESTADDRREQ; ECONNREFUSED: his machine said that nobody listens there. */
  send(data: Data): number {
    this.holder.enter('send')
    return resultOf('send', this.waitable.send(octetsOf(data)))
  }

  /**
   * sendto(2) without waiting. ENETUNREACH, EMSGSIZE more than 65,507 octets, EACCES a broadcast without setBroadcast,
   * EAGAIN too much of it waits for a neighbour, ENOBUFS.
   */
  sendTo(data: Data, address: string, port: number): number {
    this.holder.enter('sendto')
    return resultOf('sendto', this.waitable.sendTo(octetsOf(data), parseIp(address), port))
  }

  /** recvfrom(2): waits for a datagram. ECONNREFUSED, once, on a connected socket whose peer nobody is. */
  receive(): Operation<Message> {
    return this.reading('recvfrom', this.#take)
  }

  /** The same without waiting; undefined when there is none (EAGAIN). */
  tryReceive(): Message | undefined {
    return this.now('recvfrom', this.#take)
  }

  readonly #take = () => {
    const got = this.waitable.receive()
    return got === undefined || isFailure(got) ? got : messageOf(got)
  }

  /** SO_BINDTODEVICE; '' for none. ENODEV. */
  bindToDevice(link: string): void {
    this.holder.enter('setsockopt')
    resultOf('setsockopt(SO_BINDTODEVICE)', this.waitable.bindToDevice(link))
  }

  /** SO_REUSEADDR */
  setReuseAddress(on: boolean): void {
    this.waitable.setReuseAddress(on)
  }

  /** SO_BROADCAST */
  setBroadcast(on: boolean): void {
    this.waitable.setBroadcast(on)
  }

  /** IP_TTL, 1 to 255; EINVAL. */
  setTtl(ttl: number): void {
    resultOf('setsockopt(IP_TTL)', this.waitable.setTtl(ttl))
  }

  /** IP_MULTICAST_TTL, 0 to 255; EINVAL. */
  setMulticastTtl(ttl: number): void {
    resultOf('setsockopt(IP_MULTICAST_TTL)', this.waitable.setMulticastTtl(ttl))
  }

  /** IP_TOS */
  setTos(tos: number): void {
    this.waitable.setTos(tos)
  }

  /** IP_MTU_DISCOVER: `do` never cuts a datagram into fragments, `dont` never sets DF. */
  setMtuDiscovery(mode: MtuDiscovery): void {
    this.waitable.setPmtuDiscovery(mode)
  }

  /** SO_SNDBUF and SO_RCVBUF, in octets. */
  setBuffers(send: number, receive: number): void {
    this.waitable.setBuffers(send, receive)
  }

  protected shut(): void {
    this.waitable.close()
  }
}

/** An IPv4 packet that a raw socket heard. */
export interface RawMessage {
  /** From the IPv4 header on. */
  readonly packet: Uint8Array
  /** Where in it the header ends. */
  readonly headerBytes: number
  readonly address: string
  readonly at: number
}

const rawMessageOf = ({ bytes, at, length, instant }: Received): RawMessage => ({
  packet: bytes.slice(at, at + length),
  headerBytes: ipv4.headerBytes(bytes, at),
  address: ip.format(ipv4.src(bytes, at)),
  at: instant,
})

/** socket(AF_INET, SOCK_RAW, PROTOCOL) */
export class RawSocket extends Descriptor {
  /** @internal */
  readonly waitable: Raw

  /** @internal */
  constructor(holder: Holder, socket: Raw) {
    super(holder)
    this.waitable = socket
  }

  /** bind(2): only what is sent to this address is heard. EADDRNOTAVAIL. */
  bind(address: string): void {
    this.holder.enter('bind')
    resultOf('bind', this.waitable.bind(parseIp(address)))
  }

  /** connect(2): only this sender is heard. ENETUNREACH. */
  connect(address: string): void {
    this.holder.enter('connect')
    resultOf('connect', this.waitable.connect(parseIp(address)))
  }

  /** sendto(2) of what stands behind the IPv4 header, with its checksum. ENETUNREACH, EMSGSIZE, EACCES. */
  sendTo(message: Uint8Array, address: string): void {
    this.holder.enter('sendto')
    resultOf('sendto', this.waitable.send(message, parseIp(address)))
  }

  /** recvfrom(2): waits for a packet of the protocol. */
  receive(): Operation<RawMessage> {
    return this.reading('recvfrom', this.#take)
  }

  /** The same without waiting; undefined when there is none (EAGAIN). */
  tryReceive(): RawMessage | undefined {
    return this.now('recvfrom', this.#take)
  }

  readonly #take = () => {
    const got = this.waitable.receive()
    return got === undefined || isFailure(got) ? got : rawMessageOf(got)
  }

  /** SO_BINDTODEVICE. ENODEV. */
  bindToDevice(link: string): void {
    this.holder.enter('setsockopt')
    resultOf('setsockopt(SO_BINDTODEVICE)', this.waitable.bindToDevice(link))
  }

  /** ICMP_FILTER: only these types are heard, by a socket of protocol 1. */
  setIcmpFilter(types: readonly number[]): void {
    this.waitable.setFilter(types)
  }

  /** SO_BROADCAST */
  setBroadcast(on: boolean): void {
    this.waitable.setBroadcast(on)
  }

  /** IP_TTL, 1 to 255; EINVAL. */
  setTtl(ttl: number): void {
    resultOf('setsockopt(IP_TTL)', this.waitable.setTtl(ttl))
  }

  /** IP_TOS */
  setTos(tos: number): void {
    this.waitable.setTos(tos)
  }

  /** IP_MTU_DISCOVER */
  setMtuDiscovery(mode: MtuDiscovery): void {
    this.waitable.setPmtuDiscovery(mode)
  }

  protected shut(): void {
    this.waitable.close()
  }
}

const TYPE_NAMES = {
  [PacketType.Host]: 'host',
  [PacketType.Broadcast]: 'broadcast',
  [PacketType.Multicast]: 'multicast',
  [PacketType.OtherHost]: 'otherhost',
  [PacketType.Outgoing]: 'outgoing',
} as const

/** A frame that a packet socket saw. */
export interface PacketMessage {
  /** From the link header on; of a TUN from the IP header on. */
  readonly frame: Uint8Array
  /** The link that it was seen on. */
  readonly link: string
  /** For whom it is, and whether it leaves (sll_pkttype). */
  readonly type: (typeof TYPE_NAMES)[keyof typeof TYPE_NAMES]
  /** Its EtherType. */
  readonly protocol: number
  readonly at: number
}

const packetMessageOf = ({ frame, device, type, protocol, instant }: PacketReceived): PacketMessage => ({
  frame: octets(frame).slice(),
  link: device.name,
  type: TYPE_NAMES[type],
  protocol,
  at: instant,
})

/** socket(AF_PACKET, SOCK_RAW, PROTOCOL): whole frames. */
export class PacketSocket extends Descriptor {
  /** @internal */
  readonly waitable: Packet
  readonly #links: Links
  readonly #promiscuous: (link: string) => void

  /** @internal */
  constructor(holder: Holder, socket: Packet, links: Links, promiscuous: (link: string) => void) {
    super(holder)
    this.waitable = socket
    this.#links = links
    this.#promiscuous = promiscuous
  }

  /** bind(2) to one link, and to another EtherType if one is given. ENODEV. */
  bind(link: string, protocol = 0): void {
    this.holder.enter('bind')
    resultOf('bind', this.waitable.bind(this.#links.index(link), protocol))
  }

  /** send(2) of a whole frame through the bound link. ENXIO not bound, ENETDOWN, EMSGSIZE, EINVAL no header. */
  send(frame: Uint8Array): number {
    this.holder.enter('send')
    return resultOf('send', this.waitable.send(frame))
  }

  /** The same with a header before the payload: to this MAC, in the link's own name. */
  sendTo(payload: Uint8Array, mac: string, protocol: number): number {
    this.holder.enter('sendto')
    return resultOf('sendto', this.waitable.sendTo(payload, parseMac(mac), protocol))
  }

  /** recvfrom(2): waits for a frame. ENETDOWN, once: the link went down. */
  receive(): Operation<PacketMessage> {
    return this.reading('recvfrom', this.#take)
  }

  /** The same without waiting; undefined when there is none (EAGAIN). */
  tryReceive(): PacketMessage | undefined {
    return this.now('recvfrom', this.#take)
  }

  readonly #take = () => {
    const got = this.waitable.receive()
    return got === undefined || isFailure(got) ? got : packetMessageOf(got)
  }

  /** PACKET_ADD_MEMBERSHIP of PACKET_MR_PROMISC, until the socket is closed. ENODEV. */
  setPromiscuous(link: string): void {
    this.holder.enter('setsockopt')
    this.#promiscuous(link)
  }

  protected shut(): void {
    this.waitable.close()
  }
}

/** What SIOCGIFINDEX, SIOCGIFHWADDR, SIOCGIFMTU and SIOCGIFFLAGS tell of a link. */
export interface LinkStatus {
  readonly ifindex: number
  readonly mac: string
  readonly mtu: number
  readonly up: boolean
}
