/**
 * What ping needs of a raw ICMP socket: socket(AF_INET, SOCK_RAW, IPPROTO_ICMP) with IP_RECVERR on.
 */
import type { Answer, Failure } from '../../core/errno.ts'
import type { Ip } from '../../wire/ip.ts'
import type { Waitable } from '../../world/task.ts'
import type { PmtuDiscovery } from './options.ts'

/** A packet as a raw socket reads it: from the IP header on. */
export interface Packet {
  readonly bytes: Uint8Array
  readonly at: number
  readonly length: number
  /** When the kernel got it (SO_TIMESTAMP), in nanoseconds. */
  readonly instant: number
}

/** struct sock_extended_err and the packet that it is about. */
export interface QueuedError {
  readonly origin: 'icmp' | 'local'
  readonly failure: Failure
  readonly type: number
  readonly code: number
  /** MTU of a packet that was too big. */
  readonly info: number
  /** Who said so. */
  readonly offender: Ip
  /** Where the packet was going. */
  readonly destination: Ip
  /** The packet's ICMP header, 8 octets; fewer if it was not quoted. */
  readonly header: Uint8Array
}

export interface EchoSocket extends Waitable {
  bindToDevice(name: string): Answer
  bind(source: Ip): Answer
  setTtl(ttl: number): Answer
  setTos(tos: number): void
  setMark(mark: number): void
  setBroadcast(on: boolean): void
  setDontRoute(on: boolean): void
  setMulticastLoop(on: boolean): void
  setPmtuDiscovery(mode: PmtuDiscovery): void
  /** SO_SNDBUF and SO_RCVBUF, in octets. */
  setBuffers(send: number, receive: number): void
  /** ICMP_FILTER: only these types are received. */
  setFilter(types: readonly number[]): void
  connect(to: Ip): Answer
  /** sendto(2). */
  send(message: Uint8Array, to: Ip): Answer
  /** recvmsg(2) without waiting: a packet, a pending error (once), or undefined for EAGAIN. */
  receive(): Packet | Failure | undefined
  /** recvmsg(2) with MSG_ERRQUEUE. */
  receiveError(): QueuedError | undefined
  /** POLLERR. */
  readonly hasError: boolean
  close(): void
}

/** How a packet would leave: connect(2) of a UDP socket, then getsockname(2). */
export interface Probe {
  readonly to: Ip
  readonly device: string | undefined
  readonly tos: number
  readonly mark: number | undefined
  readonly broadcast: boolean
}

export interface Network {
  socket(): EchoSocket
  /** The source that the kernel chooses; EACCES for a broadcast without permission. */
  sourceFor(probe: Probe): Answer<Ip>
}
