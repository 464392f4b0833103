/**
 * A session in a world. Steps are taken at the instants at which Linux took them, so that what takes time by itself
 * (ageing, timers of neighbours) comes between the same steps.
 */
import { execute } from '../../src/api/exec.ts'
import { isUp, type NetnsId } from '../../src/core/device.ts'
import { errnoNumber } from '../../src/core/errno.ts'
import { frameOf, octets } from '../../src/core/frame.ts'
import { isRequest, type Step } from '../../src/testing/session.ts'
import type { Task } from '../../src/world/tasks.ts'
import { World } from '../../src/world/world.ts'
import { command } from './command.ts'
import type { Answered, Seen, Tables, Transcript } from './transcript.ts'

/** Frames must have arrived before the next step, however soon Linux took it. */
const HOP_NS = 10
const MTU_SLACK = 14
/** When nobody says when: between two steps. */
const STEP_NS = 1_000_000
const QUIET_NS = 20_000_000

export interface Timing {
  readonly steps: readonly { readonly at: number }[]
  readonly end: number
}

export function runInWorld(script: readonly Step[], timing: Timing | undefined, world = newWorld()): Transcript {
  const frames: Seen[] = []
  world.events.on('frame', (_at, dev, direction, frame) => {
    if (world.engine.netnses[dev.netns] === undefined) return
    frames.push([dev.netns, dev.ifindex, direction, Buffer.from(octets(frame)).toString('hex')])
  })
  world.events.on('device', (_at, dev) => {
    dev.sniffed = true
  })
  for (const netns of world.namespaces()) for (const dev of netns.devices.values()) dev.sniffed = true
  world.observe()
  const runner = new Runner(world)
  const steps: Answered[] = script.map((step, i) => {
    world.runUntil(Math.max(world.now, timing === undefined ? world.now + STEP_NS : timing.steps[i]!.at))
    const at = world.now
    return { at, ...runner.take(step) }
  })
  runner.join()
  world.runUntil(Math.max(world.now, timing?.end ?? world.now + QUIET_NS))
  // A ping in the background has its answer only now.
  for (const [i, answer] of runner.answers.entries()) Object.assign(steps[i]!, answer)
  return { steps, end: world.now, frames, spaces: tablesOf(world) }
}

export const newWorld = (): World => new World({ hopNs: HOP_NS })

class Runner {
  /** Answers of commands, by number of their step. */
  readonly answers = new Map<number, Partial<Answered>>()
  private readonly world: World
  private running: Task[] = []
  private taken = 0

  constructor(world: World) {
    this.world = world
  }

  take(step: Step): Partial<Answered> {
    const number = this.taken++
    const { world } = this
    if (isRequest(step)) {
      const answer = world.apply(step)
      if (answer.ok) return { errno: 0 }
      return { errno: errnoNumber(answer.errno), ...(answer.extack === undefined ? {} : { extack: answer.extack }) }
    }
    switch (step.type) {
      case 'frame':
        return { errno: this.send(step.netns, step.link, step.bytes) }
      case 'ping':
        return this.ping(number, step.netns, step.arguments, step.background === true)
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
  private send(netns: NetnsId, link: string, hex: string): number {
    const { world } = this
    if (world.engine.netnses[netns] === undefined) return errnoNumber('EINVAL')
    const dev = world.device(netns, link)
    if (dev === undefined) return errnoNumber('ENODEV')
    if (!isUp(dev)) return errnoNumber('ENETDOWN')
    const bytes = Buffer.from(hex, 'hex')
    if (bytes.length > dev.mtu + MTU_SLACK) return errnoNumber('EMSGSIZE')
    const lost = dev.txDropped
    world.engine.tx(dev, frameOf(bytes))
    world.runUntil(world.now)
    return dev.txDropped > lost && dev.active ? errnoNumber('ENOBUFS') : 0
  }

  private ping(number: number, netns: NetnsId, args: readonly string[], background: boolean): Partial<Answered> {
    if (this.world.engine.netnses[netns] === undefined) return { errno: errnoNumber('EINVAL') }
    const { program, result } = command(this.world, netns, ['ping', ...args])
    const answer: { status?: number; stdout?: string; stderr?: string } = {}
    const task = this.world.spawn(program, status => Object.assign(answer, { status, ...result() }))
    this.running.push(task)
    this.answers.set(number, answer)
    if (!background) this.join()
    return answer
  }

  join(): void {
    this.world.run(() => this.running.every(task => task.done))
    this.running = []
  }
}

/** Links last: with `-d` they would leave words of theirs in the lines of addresses. */
const IP_TABLES = ['addr show', 'route show table all', 'neigh show', 'neigh show proxy', 'link show']
const BRIDGE_TABLES = ['link show', 'fdb show']

function tablesOf(world: World): (Tables | null)[] {
  return world.engine.netnses.map(netns => {
    if (netns === undefined) return null
    const ip = (words: string): string => output(world, netns.id, `ip -j -d ${words}`)
    const bridge = (words: string): string => output(world, netns.id, `bridge -j -d ${words}`)
    const { inet } = netns.stack
    const forwarding = world.sysctl(netns.id, 'net/ipv4/ip_forward')
    const ttl = world.sysctl(netns.id, 'net/ipv4/ip_default_ttl')
    return {
      ip: IP_TABLES.map(ip).join(''),
      bridge: BRIDGE_TABLES.map(bridge).join(''),
      dev: devText(world, netns.id),
      snmp: inet.snmp.format(forwarding.ok && forwarding.value !== '0', ttl.ok ? Number(ttl.value) : 0),
    }
  })
}

function output(world: World, netns: NetnsId, line: string): string {
  const { stdout, stderr } = execute(world, netns, line.split(' '))
  return stdout + stderr
}

/** /proc/net/dev, dev_seq_printf_stats */
function devText(world: World, netns: NetnsId): string {
  return world
    .links(netns)
    .map(({ name, stats: s }) => {
      const rx = [s.rxBytes, s.rxPackets, s.rxErrors, s.rxDropped, 0, 0, 0, s.multicast]
      const tx = [s.txBytes, s.txPackets, s.txErrors, s.txDropped, 0, 0, 0, 0]
      return `${name}: ${[...rx, ...tx].join(' ')}\n`
    })
    .join('')
}
