/**
 * ping's socket and route lookup on the stack of a namespace.
 *
 * Left out: SO_MARK, as no rule looks at marks, and SO_DEBUG; both change nothing that could be seen.
 */
import type { NetnsId } from '../../core/device.ts'
import { type Answer, DONE, done, type Errno, type Failure, fail } from '../../core/errno.ts'
import type { RawSocket, SocketError } from '../../stack/socket.ts'
import type { Ip } from '../../wire/ip.ts'
import * as ipv4 from '../../wire/ipv4.ts'
import type { World } from '../../world/world.ts'
import type { PmtuDiscovery } from './options.ts'
import type { EchoSocket, Network, Packet, Probe } from './socket.ts'

const EVERY_TYPE = 0xffff_ffff
const TTL_MAX = 255

export function networkOf(world: World, netns: NetnsId): Network {
  const { stack } = world.netns(netns)
  const ifindexOf = (name: string): number | undefined => world.device(netns, name)?.ifindex
  return {
    socket: () => new KernelSocket(stack.rawSocket(ipv4.Protocol.Icmp), ifindexOf),

    sourceFor({ to, device, tos, broadcast }: Probe): Answer<Ip> {
      const boundDevice = device === undefined ? 0 : (ifindexOf(device) ?? 0)
      const answer = stack.connect(to, { boundDevice, tos, mayBroadcast: broadcast })
      return answer.ok ? done(answer.value.source) : answer
    },
  }
}

class KernelSocket implements EchoSocket {
  readonly #raw: RawSocket
  readonly #ifindexOf: (name: string) => number | undefined

  constructor(raw: RawSocket, ifindexOf: (name: string) => number | undefined) {
    this.#raw = raw
    this.#ifindexOf = ifindexOf
    raw.queuesErrors = true
  }

  get ready(): boolean {
    return this.#raw.ready
  }

  get waiter(): (() => void) | undefined {
    return this.#raw.waiter
  }

  set waiter(waiter: (() => void) | undefined) {
    this.#raw.waiter = waiter
  }

  get hasError(): boolean {
    return this.#raw.error !== undefined
  }

  bindToDevice(name: string): Answer {
    const ifindex = this.#ifindexOf(name)
    if (ifindex === undefined) return fail('ENODEV')
    this.#raw.boundDevice = ifindex
    return DONE
  }

  bind(source: Ip): Answer {
    return answered(this.#raw.bind(source))
  }

  /** IP_MULTICAST_TTL and IP_TTL; the second has no 0. */
  setTtl(ttl: number): Answer {
    if (ttl < 1 || ttl > TTL_MAX) return fail('EINVAL')
    this.#raw.ttl = ttl
    this.#raw.multicastTtl = ttl
    return DONE
  }

  setTos(tos: number): void {
    this.#raw.tos = tos
  }

  setBroadcast(on: boolean): void {
    this.#raw.mayBroadcast = on
  }

  setPmtuDiscovery(mode: PmtuDiscovery): void {
    this.#raw.mtuDiscovery = mode
  }

  setReceiveBuffer(bytes: number): void {
    this.#raw.receiveBytesMax = bytes
  }

  setFilter(types: readonly number[]): void {
    this.#raw.filter = types.reduce((mask, type) => mask & ~(1 << type), EVERY_TYPE)
  }

  connect(to: Ip): Answer {
    this.#raw.peer = to
    return DONE
  }

  send(message: Uint8Array, to: Ip): Answer {
    return answered(this.#raw.send(to, message, message.length, false))
  }

  receive(): Packet | Failure | undefined {
    const pending = this.#raw.error
    if (pending !== undefined) {
      this.#raw.error = undefined
      return fail(pending)
    }
    const received = this.#raw.receive()
    if (received === undefined) return undefined
    const { frame, at, length, arrivedAt } = received
    return { bytes: frame.bytes, at, length, instant: arrivedAt }
  }

  receiveError(): SocketError | undefined {
    return this.#raw.receiveError()
  }

  close(): void {
    this.#raw.close()
  }
}

const answered = (errno: Errno | undefined): Answer => (errno === undefined ? DONE : fail(errno))
