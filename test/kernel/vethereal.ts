/**
 * A session in a world. Steps are taken at the instants at which Linux took them, so that what takes time by itself
 * (ageing, timers of neighbours) comes between the same steps.
 */
import { execute } from '../../src/api/exec.ts'
import type { NetnsId } from '../../src/core/device.ts'
import { octets } from '../../src/core/frame.ts'
import { Player } from '../../src/testing/player.ts'
import type { Step } from '../../src/testing/session.ts'
import { HOST, World } from '../../src/world/world.ts'
import type { Answered, Seen, Tables, Transcript } from './transcript.ts'

/** A frame has all its effects before the call that sent it returns, as on one processor. */
const HOP_NS = 0
/** When nobody says when: between two steps. */
const STEP_NS = 1_000_000
const QUIET_NS = 20_000_000

export interface Timing {
  readonly steps: readonly { readonly at: number }[]
  readonly end: number
  readonly read?: number
}

export function runInWorld(script: readonly Step[], timing: Timing | undefined, world = newWorld()): Transcript {
  const stamped: { readonly stamp: number; readonly seen: Seen }[] = []
  world.events.on('frame', (_at, dev, direction, frame, stamp) => {
    // On Linux the packet socket inside goes with the name.
    if (!world.engine.netnses[dev.netns]?.name) return
    stamped.push({ stamp, seen: [dev.netns, dev.ifindex, direction, Buffer.from(octets(frame)).toString('hex')] })
  })
  world.events.on('device', (_at, dev) => {
    dev.sniffed = true
  })
  for (const netns of world.namespaces()) for (const dev of netns.devices.values()) dev.sniffed = true
  world.observe()
  const player = new Player(world)
  const steps: Answered[] = script.map((step, i) => {
    world.runUntil(Math.max(world.now, timing === undefined ? world.now + STEP_NS : timing.steps[i]!.at))
    const at = world.now
    return { at, ...player.take(step) }
  })
  player.join()
  world.runUntil(Math.max(world.now, timing?.end ?? world.now + QUIET_NS))
  // A ping in the background has its answer only now.
  for (const [i, answer] of player.answers.entries()) Object.assign(steps[i]!, answer)
  const end = world.now
  const frames = stamped.sort((a, b) => a.stamp - b.stamp).map(({ seen }) => seen)
  const later = (): (Tables | null)[] => {
    world.runUntil(Math.max(world.now, timing?.read ?? end))
    return tablesOf(world)
  }
  return { steps, end, frames, spaces: tablesOf(world), later }
}

/** As linux.py begins: lo comes up to tell of its groups once. */
export function newWorld(): World {
  const world = new World({ hopNs: HOP_NS, loUp: false })
  const path = 'net/ipv4/igmp_qrv'
  world.apply({ type: 'sysctl', netns: HOST, path, value: '1' })
  world.apply({ type: 'setlink', netns: HOST, link: 'lo', changes: { up: true } })
  world.apply({ type: 'sysctl', netns: HOST, path, value: '2' })
  return world
}

/** Links late: with `-d` they would leave words of theirs in the lines of addresses. */
const IP_TABLES = ['addr show', 'route show table all', 'neigh show', 'neigh show proxy', 'link show', 'rule show']
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
