/** Takes the steps of a session in a world, and keeps what each was answered. */
import { HardwareType, isUp, type NetnsId, Xmit } from '../core/device.ts'
import { errnoNumber } from '../core/errno.ts'
import { frameOf, tellProtocol } from '../core/frame.ts'
import type { UdpSocket } from '../stack/udp.ts'
import * as ethernet from '../wire/ethernet.ts'
import type { Task } from '../world/tasks.ts'
import type { World } from '../world/world.ts'
import { command } from './command.ts'
import { PacketFiles } from './files.ts'
import { isRequest, type Step, type Traffic } from './session.ts'
import { udpCall } from './udpcall.ts'

export interface Answered {
  /** Of requests, frames and sockets; 0: done. */
  readonly errno?: number
  readonly extack?: string
  /** Of commands; `stdout` also what a UDP socket received, or what was read from a file. */
  readonly status?: number
  readonly stdout?: string
  readonly stderr?: string
}

const ROUTE_GET = ['ip', '-j', '-d', 'route', 'get']

/** What a packet socket lets pass beyond the MTU: an Ethernet header. */
const MTU_SLACK = 14

export class Player {
  /** Answers of commands, by number of their step. */
  readonly answers = new Map<number, Answered>()
  readonly #world: World
  readonly #sockets = new Map<number, UdpSocket>()
  readonly #files: PacketFiles
  #running: Task[] = []
  #taken = 0

  constructor(world: World) {
    this.#world = world
    this.#files = new PacketFiles(world)
  }

  /** Takes the next step; a frame has left when it answers, and a ping in the foreground has ended. */
  take(step: Step): Answered {
    const number = this.#taken++
    const world = this.#world
    if (isRequest(step)) {
      const answer = world.apply(step)
      if (answer.ok) return { errno: 0 }
      return { errno: errnoNumber(answer.errno), ...(answer.extack === undefined ? {} : { extack: answer.extack }) }
    }
    switch (step.type) {
      case 'frame':
        return { errno: this.#send(step.netns, step.link, step.bytes) }
      case 'ping':
        return this.#run(number, step.netns, ['ping', ...step.arguments], step.background === true)
      case 'routeget':
        return this.#run(number, step.netns, [...ROUTE_GET, ...step.arguments], false)
      case 'udp':
        return this.#udp(step)
      case 'open':
      case 'close':
      case 'write':
      case 'read': {
        const answer = this.#files.take(step)
        world.runUntil(world.now)
        return answer
      }
      case 'join':
        this.join()
        return {}
      case 'wait':
        world.runUntil(world.now + step.ns)
        return {}
      case 'settle':
        for (let round = 0; round < 2; round++) {
          for (const netns of world.namespaces()) {
            for (const { ifindex } of world.links(netns.id)) world.link(netns.id, ifindex)
          }
        }
        return {}
    }
  }

  /** packet_snd (Linux net/packet/af_packet.c). */
  #send(netns: NetnsId, link: string, hex: string): number {
    const world = this.#world
    if (world.engine.netnses[netns] === undefined) return errnoNumber('EINVAL')
    const dev = world.device(netns, link)
    if (dev === undefined) return errnoNumber('ENODEV')
    if (!isUp(dev)) return errnoNumber('ENETDOWN')
    const bytes = octetsOf(hex)
    if (bytes.length > dev.mtu + (dev.hardwareType === HardwareType.None ? 0 : MTU_SLACK))
      return errnoNumber('EMSGSIZE')
    const frame = frameOf(bytes)
    const type = ethernet.type(bytes, 0)
    if (type < ethernet.TYPE_MIN) tellProtocol(frame, dev, type)
    const outcome = world.engine.outcome(dev, frame)
    world.engine.tx(dev, frame)
    world.runUntil(world.now)
    return outcome === Xmit.Drop ? errnoNumber('ENOBUFS') : 0
  }

  #run(number: number, netns: NetnsId, line: readonly string[], background: boolean): Answered {
    if (this.#world.engine.netnses[netns] === undefined) return { errno: errnoNumber('EINVAL') }
    const { program, result } = command(this.#world, netns, line)
    const answer: { status?: number; stdout?: string; stderr?: string } = {}
    const task = this.#world.spawn(program, status => Object.assign(answer, { status, ...result() }))
    this.#running.push(task)
    this.answers.set(number, answer)
    if (!background) this.join()
    return answer
  }

  #udp(step: Extract<Traffic, { type: 'udp' }>): Answered {
    const netns = this.#world.engine.netnses[step.netns]
    if (netns === undefined) return { errno: errnoNumber('EINVAL') }
    let socket = this.#sockets.get(step.socket)
    if (socket === undefined) {
      socket = netns.stack.udpSocket()
      this.#sockets.set(step.socket, socket)
    }
    if (step.call === 'close') this.#sockets.delete(step.socket)
    const answer = udpCall(socket, step)
    this.#world.runUntil(this.#world.now)
    return answer
  }

  /** Lets time pass until every ping has ended. */
  join(): void {
    this.#world.run(() => this.#running.every(task => task.done))
    this.#running = []
  }
}

/** The octets of hexadecimal digits. */
export function octetsOf(hex: string): Uint8Array {
  const octets = new Uint8Array(hex.length / 2)
  for (let i = 0; i < octets.length; i++) octets[i] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16)
  return octets
}
