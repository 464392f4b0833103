/** Carries a session out in a world of its own, watched, and keeps what was seen. */
import type { Capture } from '../api/capture.ts'
import type { Namespace } from '../api/namespace.ts'
import { createWorld, type World, type WorldOptions } from '../api/world.ts'
import { isUp } from '../core/device.ts'
import { frameOf } from '../core/frame.ts'
import { NS_PER_MS } from '../time/instant.ts'
import { traceHash } from '../world/trace-hash.ts'
import { type World as Core, HOST } from '../world/world.ts'
import type { Rule } from './hop.ts'
import { type Answered, Player } from './player.ts'
import { expanded, type Session, type Step } from './session.ts'
import { coreOf, type Watch, watch } from './watch.ts'

export interface PlayOptions {
  /** Of the world that is made for it. */
  readonly world?: WorldOptions
  /** What must hold; RULES when absent. */
  readonly rules?: readonly Rule[]
}

/** A session that was carried out. */
export interface Run {
  /** As it is at the end. */
  readonly world: World
  readonly watched: Watch
  readonly capture: Capture
  /** The steps that were really taken (see `expanded`), with their answers. */
  readonly answers: readonly (Answered & { readonly step: Step })[]
  /** Of everything that could be seen: frames, drops, answers, and the tables at the end. */
  readonly traceHash: string
}

/** Between two steps, so that frames have arrived. */
const STEP_NS = NS_PER_MS
const QUIET_NS = 20 * NS_PER_MS

/**
 * Carries a session out.
 *
 * @example
 * ```ts
 * import { expect, test } from 'vitest'
 * import type { Request } from 'vethereal'
 * import { play } from 'vethereal/testing'
 *
 * test('a namespace and a link in it', () => {
 *   const steps: Request[] = [
 *     { type: 'newnetns', name: 'net0' },
 *     { type: 'newlink', netns: 1 as never, link: { kind: 'bridge', name: 'br0' } },
 *     { type: 'newlink', netns: 1 as never, link: { kind: 'bridge', name: 'br0' } },
 *   ]
 *   const run = play({ steps })
 *   expect(run.answers.filter(({ step }) => step.type === 'newlink').map(({ errno }) => errno)).toEqual([0, 17])
 *   expect(run.world.netns('net0').links().map(({ name }) => name)).toEqual(['lo', 'br0'])
 * })
 * ```
 */
export function play(session: Session, options: PlayOptions = {}): Run {
  return begun(session, options, () => {})
}

/** As play, with a say before the first step. */
export function begun(session: Session, options: PlayOptions, begin: (core: Core) => void): Run {
  const world = createWorld(options.world)
  const { core } = world
  begin(core)
  const watched = watch(core, options.rules)
  const capture = world.capture()
  const hash = traceHash(core)
  const player = new Player(core)
  const answers: Answered[] = []
  const steps = expanded(session)
  for (const step of steps) {
    core.runUntil(core.now + STEP_NS)
    answers.push(player.take(step))
  }
  player.join()
  core.runUntil(core.now + QUIET_NS)
  for (const netns of world.namespaces()) hash.text(JSON.stringify(tablesOf(netns)))
  return {
    world,
    watched,
    capture,
    // What a ping in the background printed is there only now.
    answers: steps.map((step, i) => ({ step, ...(player.answers.get(i) ?? answers[i]!) })),
    traceHash: hash.digest(),
  }
}

const tablesOf = (netns: Namespace): unknown => [
  netns.name,
  netns.links(),
  netns.addresses(),
  netns.routes(),
  netns.neighbours(),
  netns.fdb(),
]

/**
 * Sends octets out of a link, named NETNS/LINK, as a packet socket does: from the Ethernet header on. False: the link
 * is down, or they are longer than its MTU allows.
 */
export function send(world: World | Core, link: string, octets: Uint8Array): boolean {
  const core = coreOf(world)
  const [, name = '', of = ''] = /^(.*)\/([^/]+)$/.exec(link) ?? []
  const netns = name === 'host' ? core.netns(HOST) : core.netnsNamed(name)
  const dev = netns && core.device(netns.id, of)
  if (dev === undefined) throw new TypeError(`vethereal: there is no link ${JSON.stringify(link)}`)
  if (!isUp(dev) || octets.length > dev.mtu + 14) return false
  core.engine.tx(dev, frameOf(octets))
  return true
}
