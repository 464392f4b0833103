/** A network of one socket for ping's tests: it writes down what is asked of it and answers as a test tells it to. */

import type { Process } from '../../../src/cmd/command.ts'
import type { EchoSocket, Network, Probe } from '../../../src/cmd/ping/socket.ts'
import { pingOver } from '../../../src/cmd/ping.ts'
import { type Answer, DONE, type Errno, type Failure, fail } from '../../../src/core/errno.ts'
import type { Received, SocketError } from '../../../src/stack/socket.ts'
import * as icmp from '../../../src/wire/icmp.ts'
import * as ip from '../../../src/wire/ip.ts'
import * as ipv4 from '../../../src/wire/ipv4.ts'
import type { Program } from '../../../src/world/task.ts'
import type { Task } from '../../../src/world/tasks.ts'
import { HOST, World } from '../../../src/world/world.ts'

export const addr = (text: string): ip.Ip => ip.parse(text)!
export const ME = addr('10.0.0.1')
export const YOU = addr('10.0.0.2')

export class FakeSocket implements EchoSocket {
  readonly world: World
  waiter: (() => void) | undefined
  readonly log: string[] = []
  readonly sent: Uint8Array[] = []
  /** What to do with the n-th message (from 1); undefined swallows it. */
  onSend: (n: number, message: Uint8Array, to: ip.Ip) => Answer | undefined = () => undefined
  private readonly packets: Received[] = []
  private readonly queue: SocketError[] = []
  private pending: Failure | undefined

  constructor(world: World) {
    this.world = world
  }

  get ready(): boolean {
    return this.packets.length > 0 || this.queue.length > 0 || this.pending !== undefined
  }
  get hasError(): boolean {
    return this.queue.length > 0 || this.pending !== undefined
  }

  bindToDevice(name: string): Answer {
    this.log.push(`device ${name}`)
    return name === 'nosuch' ? fail('ENODEV') : DONE
  }
  bind(source: ip.Ip): Answer {
    this.log.push(`bind ${ip.format(source)}`)
    return source === ME ? DONE : fail('EADDRNOTAVAIL')
  }
  setTtl(ttl: number): Answer {
    this.log.push(`ttl ${ttl}`)
    return ttl === 0 ? fail('EINVAL') : DONE
  }
  setTos(tos: number): void {
    this.log.push(`tos ${tos}`)
  }
  setBroadcast(on: boolean): void {
    this.log.push(`broadcast ${on}`)
  }
  setPmtuDiscovery(mode: string): void {
    this.log.push(`pmtu ${mode}`)
  }
  setBuffers(): void {}
  setErrorQueue(): void {}
  setDontRoute(on: boolean): void {
    this.log.push(`dontroute ${on}`)
  }
  setMulticastLoop(on: boolean): void {
    this.log.push(`loop ${on}`)
  }
  setMark(mark: number): void {
    this.log.push(`mark ${mark}`)
  }
  setFilter(types: readonly number[]): void {
    this.log.push(`filter ${types.join()}`)
  }
  connect(to: ip.Ip): Answer {
    this.log.push(`connect ${ip.format(to)}`)
    return DONE
  }
  send(message: Uint8Array, to: ip.Ip): Answer {
    this.sent.push(message.slice())
    return this.onSend(this.sent.length, message.slice(), to) ?? DONE
  }
  receive(): Received | Failure | undefined {
    const { pending } = this
    this.pending = undefined
    return pending ?? this.packets.shift()
  }
  receiveError(): SocketError | undefined {
    return this.queue.shift()
  }
  close(): void {
    this.log.push('close')
  }

  /** After `us` microseconds the packet is there. */
  deliver(us: number, bytes: Uint8Array): void {
    this.later(us, () => this.packets.push({ bytes, at: 0, length: bytes.length, instant: this.world.now }))
  }

  /** After `us` microseconds an ICMP error about the message is there, as raw_err leaves it. */
  refuse(us: number, message: Uint8Array, type: number, code: number, errno: Errno, offender: ip.Ip, info = 0): void {
    this.later(us, () => {
      const header = message.slice()
      const failure = fail(errno)
      const about = { offender, destination: YOU, port: 0, header, ttl: 64, instant: this.world.now }
      this.queue.push({ origin: 'icmp', failure, type, code, info, ...about })
      this.pending = fail(errno)
    })
  }

  /** A local error is queued at once; nothing is pending. */
  tooBig(mtu: number): Failure {
    const failure = fail('EMSGSIZE')
    const nobody = { type: 0, code: 0, offender: ip.ANY, port: 0, header: new Uint8Array(0), ttl: 0 }
    this.queue.push({ origin: 'local', failure, info: mtu, destination: YOU, ...nobody, instant: this.world.now })
    return failure
  }

  private later(us: number, act: () => void): void {
    const { world } = this
    const wake = (): void => this.waiter?.()
    world.spawn(
      (function* (): Program {
        if (us > 0) yield { for: 'instant', at: world.now + us * 1000 }
        act()
        wake()
        return 0
      })(),
    )
  }
}

/** The reply to a request: its message with type 0, in an IP packet from `from`. */
export function replyTo(message: Uint8Array, from = YOU, ttl = 64): Uint8Array {
  const packet = new Uint8Array(20 + message.length)
  packet.set(message, 20)
  icmp.putEcho(packet, 20, icmp.Type.EchoReply, icmp.id(message, 0), icmp.sequence(message, 0), message.length - 8)
  packet[0] = 0x45
  packet[8] = ttl
  packet[9] = ipv4.Protocol.Icmp
  ip.put(packet, 12, from)
  ip.put(packet, 16, ME)
  return packet
}

export interface Run {
  readonly world: World
  readonly socket: FakeSocket
  readonly task: Task
  out: string
  err: string
  status: number | undefined
}

export const HOSTS = '127.0.0.1 localhost\n10.0.0.2 server.lab server alias # comment\n'

/** Starts `ping WORDS`; `tell` prepares the socket. Nothing but the first step has happened when it answers. */
export function start(words: string, tell: (socket: FakeSocket) => void = echo(50)): Run {
  const world = new World()
  world.onRequest = (_task, wait, resume) => {
    if (wait.for === 'file') resume({ by: 'file', text: HOSTS })
  }
  const socket = new FakeSocket(world)
  tell(socket)
  const network: Network = { socket: () => socket, sourceFor }
  const argv = words.split(' ').map(word => (word === "''" ? '' : word))
  const run = { world, socket, out: '', err: '', status: undefined as number | undefined } as unknown as Run
  const process: Process = {
    world,
    pid: 4660,
    netns: HOST,
    argv,
    env: new Map(),
    stdin: '',
    isTerminal: false,
    stdout: text => {
      run.out += text
    },
    stderr: text => {
      run.err += text
    },
  }
  const task = world.spawn(pingOver(network, process), status => {
    run.status = status
  })
  return Object.assign(run, { task })
}

/** Runs `ping WORDS` to its end, or for 60 simulated seconds. */
export function ping(words: string, tell?: (socket: FakeSocket) => void): Run {
  const run = start(words, tell)
  while (run.status === undefined && run.world.now < 60e9 && run.world.step());
  return run
}

/** Every request is answered after `us` microseconds. */
export const echo =
  (us: number) =>
  (socket: FakeSocket): void => {
    socket.onSend = (_n, message) => {
      socket.deliver(us, replyTo(message))
      return undefined
    }
  }

export const silence = (): void => {}

function sourceFor(probe: Probe): Answer<ip.Ip> {
  if (ip.isLoopback(probe.to) || probe.to === ip.ANY) return { ok: true, value: ip.LOOPBACK }
  if (!ip.contains(ME, 24, probe.to)) return fail('ENETUNREACH')
  if (probe.to === addr('10.0.0.255') && !probe.broadcast) return fail('EACCES')
  return { ok: true, value: ME }
}
