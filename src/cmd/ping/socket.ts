/**
 * What ping needs of a raw ICMP socket: socket(AF_INET, SOCK_RAW, IPPROTO_ICMP) with IP_RECVERR on.
 */
import type { Answer, Failure } from '../../core/errno.ts'
import type { Waitable } from '../../core/waitable.ts'
import type { SocketError } from '../../stack/socket.ts'
import type { Ip } from '../../wire/ip.ts'
import type { PmtuDiscovery } from './options.ts'

/** A packet as a raw socket reads it: from the IP header on. */
export interface Packet {
  readonly bytes: Uint8Array
  readonly at: number
  readonly length: number
  /** When the kernel got it (SO_TIMESTAMP), in nanoseconds. */
  readonly instant: number
}

export interface EchoSocket extends Waitable {
  bindToDevice(name: string): Answer
  bind(source: Ip): Answer
  setTtl(ttl: number): Answer
  setTos(tos: number): void
  setBroadcast(on: boolean): void
  setPmtuDiscovery(mode: PmtuDiscovery): void
  /** SO_RCVBUF, in octets. */
  setReceiveBuffer(bytes: number): void
  /** ICMP_FILTER: only these types are received. */
  setFilter(types: readonly number[]): void
  connect(to: Ip): Answer
  /** sendto(2). */
  send(message: Uint8Array, to: Ip): Answer
  /** recvmsg(2) without waiting: a packet, a pending error (once), or undefined for EAGAIN. */
  receive(): Packet | Failure | undefined
  /** recvmsg(2) with MSG_ERRQUEUE. */
  receiveError(): SocketError | undefined
  /** POLLERR. */
  readonly hasError: boolean
  close(): void
}

/** How a packet would leave: connect(2) of a UDP socket, then getsockname(2). */
export interface Probe {
  readonly to: Ip
  readonly device: string | undefined
  readonly tos: number
  readonly broadcast: boolean
}

export interface Network {
  socket(): EchoSocket
  /** The source that the kernel chooses; EACCES for a broadcast without permission. */
  sourceFor(probe: Probe): Answer<Ip>
}
