/**
 * Who listens on which UDP port of a namespace, and whom a datagram is for.
 *
 * Follows Linux net/ipv4/udp.c: udp_lib_lport_inuse, udp_lib_get_port, compute_score with udp4_lib_lookup2 (`find`) and
 * __udp_is_mcast_sock (`each`). Left out: SO_REUSEPORT groups, L3 master devices, IPv6 sockets.
 */
import type { Frame } from '../core/frame.ts'
import type { Stream } from '../time/random.ts'
import type { Ip } from '../wire/ip.ts'

/** A bound UDP socket, as far as finding it goes. */
export interface UdpEndpoint {
  readonly localPort: number
  /** inet_rcv_saddr: the only destination that is heard; 0: every one. */
  readonly boundTo: Ip
  /** inet_daddr and inet_dport: the only sender that is heard; 0: not connected. */
  readonly peer: Ip
  readonly peerPort: number
  readonly boundDevice: number
  /** SO_REUSEADDR */
  readonly reusesAddress: boolean
  /** What its queue of datagrams weighs. */
  readonly receiveQueueBytes: number
  /** A datagram has arrived; `at` is where its IP header begins. */
  deliver(frame: Frame, at: number, ifindex: number): void
  /** An ICMP error about a datagram of ours has arrived; `quotedAt` is where the quoted IP header begins. */
  icmpError(frame: Frame, at: number, quotedAt: number, type: number, code: number, info: number): void
}

export class UdpPorts {
  /** By port, the newest first: among equals Linux finds that one first. */
  #byPort: Map<number, UdpEndpoint[]> | undefined

  add(endpoint: UdpEndpoint): void {
    this.#byPort ??= new Map()
    const here = this.#byPort.get(endpoint.localPort)
    if (here === undefined) this.#byPort.set(endpoint.localPort, [endpoint])
    else here.unshift(endpoint)
  }

  remove(endpoint: UdpEndpoint): void {
    const here = this.#byPort?.get(endpoint.localPort)
    const index = here?.indexOf(endpoint) ?? -1
    if (index < 0) return
    here!.splice(index, 1)
    if (here!.length === 0) this.#byPort!.delete(endpoint.localPort)
  }

  /** Every socket, ascending by port. */
  *[Symbol.iterator](): IterableIterator<UdpEndpoint> {
    for (const port of [...(this.#byPort?.keys() ?? [])].sort((a, b) => a - b)) yield* this.#byPort!.get(port)!
  }

  /** udp_lib_lport_inuse: may this socket not have the port, because another one has it? */
  isTaken(port: number, wanted: Pick<UdpEndpoint, 'boundTo' | 'boundDevice' | 'reusesAddress'>): boolean {
    const here = this.#byPort?.get(port)
    if (here === undefined) return false
    return here.some(other => {
      if (other.reusesAddress && wanted.reusesAddress) return false
      const apart = other.boundDevice !== 0 && wanted.boundDevice !== 0 && other.boundDevice !== wanted.boundDevice
      return !apart && (other.boundTo === 0 || wanted.boundTo === 0 || other.boundTo === wanted.boundTo)
    })
  }

  /** A free port for a socket that named none; undefined when there is none. */
  ephemeral(
    stream: Stream,
    wanted: Pick<UdpEndpoint, 'boundTo' | 'boundDevice' | 'reusesAddress'>,
    first: number,
    last: number,
    isReserved: (port: number) => boolean,
  ): number | undefined {
    const count = last - first + 1
    const start = stream.below(count)
    for (let i = 0; i < count; i++) {
      const port = first + ((start + i) % count)
      if (!isReserved(port) && !this.isTaken(port, wanted)) return port
    }
    return undefined
  }

  /** The socket that suits a datagram best: one bound to its very destination, then one that is connected. */
  find(src: Ip, srcPort: number, dst: Ip, dstPort: number, ifindex: number): UdpEndpoint | undefined {
    const here = this.#byPort?.get(dstPort)
    if (here === undefined) return undefined
    return best(here, dst, src, srcPort, ifindex) ?? best(here, 0 as Ip, src, srcPort, ifindex)
  }

  /** Every socket that wants a datagram to a group or broadcast. */
  each(src: Ip, srcPort: number, dst: Ip, dstPort: number, ifindex: number): UdpEndpoint[] {
    const here = this.#byPort?.get(dstPort)
    if (here === undefined) return []
    return here.filter(
      each => (each.boundTo === 0 || each.boundTo === dst) && score(each, each.boundTo, src, srcPort, ifindex) >= 0,
    )
  }
}

function best(
  here: readonly UdpEndpoint[],
  boundTo: Ip,
  src: Ip,
  srcPort: number,
  ifindex: number,
): UdpEndpoint | undefined {
  let found: UdpEndpoint | undefined
  let most = -1
  for (const each of here) {
    const points = score(each, boundTo, src, srcPort, ifindex)
    if (points <= most) continue
    most = points
    found = each
  }
  return found
}

/** compute_score: -1 when the datagram is not for this socket. */
function score(each: UdpEndpoint, boundTo: Ip, src: Ip, srcPort: number, ifindex: number): number {
  if (each.boundTo !== boundTo) return -1
  let points = 0
  if (each.peer !== 0) {
    if (each.peer !== src) return -1
    points++
  }
  if (each.peerPort !== 0) {
    if (each.peerPort !== srcPort) return -1
    points++
  }
  if (each.boundDevice !== 0) {
    if (each.boundDevice !== ifindex) return -1
    points++
  }
  return points
}
