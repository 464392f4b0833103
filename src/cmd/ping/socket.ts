/** What ping asks of the kernel: a raw ICMP socket, and how a packet would leave. */
import type { NetnsId } from '../../core/device.ts'
import { type Answer, done } from '../../core/errno.ts'
import type { RawSocket } from '../../stack/socket.ts'
import type { Ip } from '../../wire/ip.ts'
import * as ipv4 from '../../wire/ipv4.ts'
import type { World } from '../../world/world.ts'

/** socket(AF_INET, SOCK_RAW, IPPROTO_ICMP) */
export type EchoSocket = Pick<
  RawSocket,
  | 'bind'
  | 'bindToDevice'
  | 'close'
  | 'connect'
  | 'hasError'
  | 'ready'
  | 'receive'
  | 'receiveError'
  | 'send'
  | 'setBroadcast'
  | 'setBuffers'
  | 'setDontRoute'
  | 'setErrorQueue'
  | 'setFilter'
  | 'setMark'
  | 'setMulticastLoop'
  | 'setPmtuDiscovery'
  | 'setTos'
  | 'setTtl'
  | 'waiter'
>

/** connect(2) of a UDP socket, then getsockname(2). */
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

/** The network as the stack of a namespace has it. */
export function networkOf(world: World, netns: NetnsId): Network {
  const { stack } = world.netns(netns)
  return {
    socket: () => stack.rawSocket(ipv4.Protocol.Icmp),

    sourceFor({ to, device, tos, broadcast }: Probe): Answer<Ip> {
      const boundDevice = device === undefined ? 0 : (world.device(netns, device)?.ifindex ?? 0)
      const answer = stack.connect(to, { boundDevice, tos, mayBroadcast: broadcast })
      return answer.ok ? done(answer.value.source) : answer
    },
  }
}
