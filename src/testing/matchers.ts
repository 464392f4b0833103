/**
 * Matchers for vitest (and for Jest, which calls them in the same way): `expect.extend(matchers)`, or
 * `import 'vethereal/testing/vitest'`, which knows their types.
 */
import type { Capture, CapturedFrame } from '../api/capture.ts'
import type { World } from '../api/world.ts'
import * as ethernet from '../wire/ethernet.ts'
import * as mac48 from '../wire/mac.ts'
import { outOfPlace } from './intact.ts'
import { play } from './play.ts'
import { isRequest, type Session } from './session.ts'
import { coreOf, type Watch, watchOf } from './watch.ts'

/** What both runners expect of a matcher. */
export interface Verdict {
  readonly pass: boolean
  message(): string
}

/** What a frame is like; whatever is absent may be anything. */
export interface FrameLike {
  /** `02:00:00:00:00:01` */
  readonly src?: string
  readonly dst?: string
  /** EtherType */
  readonly type?: number
  /** A part of `ARP, Request who-has 10.0.1.2 tell 10.0.1.1`, or what matches it. */
  readonly summary?: string | RegExp
  /** All octets. */
  readonly bytes?: Uint8Array
  /** How often; at least once when absent. */
  readonly times?: number
}

function watchedOf(received: World | Watch): Watch {
  const found = 'account' in received ? received : watchOf(received)
  if (found === undefined) throw new TypeError('vethereal: watch(world) must come before what is to be judged')
  return found
}

const verdict = (pass: boolean, claim: string, shown: () => string): Verdict => ({
  pass,
  message: () => `expected ${pass ? claim.replace(' to ', ' not to ') : claim}\n\n${shown()}`,
})

const isSame = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((octet, i) => octet === b[i])

const isLike = ({ bytes, summary }: CapturedFrame, like: FrameLike): boolean =>
  (like.src === undefined || mac48.format(ethernet.src(bytes, 0)) === like.src) &&
  (like.dst === undefined || mac48.format(ethernet.dst(bytes, 0)) === like.dst) &&
  (like.type === undefined || ethernet.type(bytes, 0) === like.type) &&
  (typeof like.summary !== 'string' || summary.includes(like.summary)) &&
  (!(like.summary instanceof RegExp) || like.summary.test(summary)) &&
  (like.bytes === undefined || isSame(like.bytes, bytes))

function crossed(capture: Capture, link: string, direction: 'in' | 'out', like: FrameLike): Verdict {
  const slash = link.lastIndexOf('/')
  const [netns, name] = [link.slice(0, slash), link.slice(slash + 1)]
  const there = capture.frames.filter(
    each => each.direction === direction && each.link === name && each.netns === netns,
  )
  const found = there.filter(each => isLike(each, like)).length
  const { times, ...what } = like
  const pass = times === undefined ? found > 0 : found === times
  const often = times === undefined ? '' : ` ${times} times, and not ${found} times,`
  const did = direction === 'in' ? 'heard' : 'sent'
  return verdict(pass, `${link} to have ${did}${often} ${JSON.stringify(what)}`, () =>
    [`It ${did}:`, ...there.map(each => `${each.at} ns ${each.summary}`)].join('\n'),
  )
}

export const matchers = {
  /**
   * Each frame that was sent since `watch(world)` is delivered, on its way, or dropped with a reason that is counted.
   *
   * @example
   * ```ts
   * import { expect, test } from 'vitest'
   * import { createWorld } from 'vethereal'
   * import { watch } from 'vethereal/testing'
   * import 'vethereal/testing/vitest'
   *
   * test('an ARP request to nobody', () => {
   *   const world = createWorld()
   *   watch(world)
   *   world.addVeth({ name: 'a', up: true }, { name: 'b', up: true })
   *   world.host.addAddress('a', '10.0.0.1/24')
   *   world.host.ping('10.0.0.2', { wait: 1 })
   *   expect(world).toConserveFrames()
   * })
   * ```
   */
  toConserveFrames(received: World | Watch): Verdict {
    const watched = watchedOf(received)
    const broken = watched.broken().filter(({ rule }) => rule === 'every frame has an end')
    return verdict(broken.length === 0, 'the world to conserve frames', () =>
      [
        ...broken.map(({ device, what }) => `${device ?? 'all in all'}: ${what}`),
        JSON.stringify(watched.account()),
      ].join('\n'),
    )
  },

  /**
   * No rule was broken since `watch(world)`: RULES, or those that it was given, and conservation.
   *
   * @example
   * ```ts
   * import { expect, test } from 'vitest'
   * import { createWorld } from 'vethereal'
   * import { send, watch } from 'vethereal/testing'
   * import 'vethereal/testing/vitest'
   *
   * test('isolated ports', () => {
   *   const world = createWorld()
   *   watch(world)
   *   world.host.addBridge('br', { up: true })
   *   for (const n of [1, 2]) {
   *     world.addVeth({ name: `h${n}`, up: true }, { name: `p${n}`, master: 'br', up: true })
   *     world.host.setPort(`p${n}`, { isolated: true })
   *   }
   *   world.runFor('1s')
   *   send(world, 'host/h1', Uint8Array.of(255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 1, 0x88, 0xb5))
   *   world.runFor('1ms')
   *   expect(world).toKeepTheRules()
   * })
   * ```
   */
  toKeepTheRules(received: World | Watch): Verdict {
    const broken = watchedOf(received).broken()
    return verdict(broken.length === 0, 'the world to keep the rules', () =>
      broken.map(({ at, rule, device = 'all in all', what }) => `${at} ns, ${device}: ${rule}: ${what}`).join('\n'),
    )
  },

  /**
   * No device or namespace is half there: whatever was deleted left nothing behind.
   *
   * @example
   * ```ts
   * import { expect, test } from 'vitest'
   * import { createWorld } from 'vethereal'
   * import 'vethereal/testing/vitest'
   *
   * test('a namespace goes with its links', () => {
   *   const world = createWorld()
   *   const net = world.addNetns('net')
   *   world.addVeth({ netns: net, name: 'a', up: true }, { name: 'b', up: true })
   *   net.addAddress('a', '10.0.0.1/24')
   *   world.exec('ip netns del net')
   *   expect(world).toBeIntact()
   *   expect(world.host.links()).toHaveLength(1)
   * })
   * ```
   */
  toBeIntact(received: World): Verdict {
    const faults = outOfPlace(coreOf(received))
    return verdict(faults.length === 0, 'the world to be intact', () => faults.join('\n'))
  },

  /**
   * A link was reached by such a frame. The link is named NETNS/LINK, as in captures.
   *
   * @example
   * ```ts
   * import { expect, test } from 'vitest'
   * import { createWorld } from 'vethereal'
   * import 'vethereal/testing/vitest'
   *
   * test('who has 10.0.0.2?', () => {
   *   const world = createWorld()
   *   world.addVeth({ name: 'a', mac: '02:00:00:00:00:01', up: true }, { name: 'b', up: true })
   *   world.host.addAddress('a', '10.0.0.1/24')
   *   const capture = world.capture()
   *   world.host.ping('10.0.0.2', { wait: 1 })
   *   expect(capture).toHaveHeard('host/b', { src: '02:00:00:00:00:01', summary: 'who-has 10.0.0.2', times: 1 })
   *   expect(capture).not.toHaveHeard('host/a', { type: 0x0806 })
   * })
   * ```
   */
  toHaveHeard: (received: Capture, link: string, like: FrameLike = {}): Verdict => crossed(received, link, 'in', like),

  /**
   * Such a frame left through a link.
   *
   * @example
   * ```ts
   * import { expect, test } from 'vitest'
   * import { createWorld } from 'vethereal'
   * import 'vethereal/testing/vitest'
   *
   * test('an answer', () => {
   *   const world = createWorld()
   *   const capture = world.capture()
   *   world.host.ping('127.0.0.1')
   *   expect(capture).toHaveSent('host/lo', { summary: /echo reply/, times: 1 })
   * })
   * ```
   */
  toHaveSent: (received: Capture, link: string, like: FrameLike = {}): Verdict => crossed(received, link, 'out', like),

  /**
   * So many frames ended with a reason, at least one when no number is given.
   *
   * @example
   * ```ts
   * import { expect, test } from 'vitest'
   * import { createWorld } from 'vethereal'
   * import { send } from 'vethereal/testing'
   * import 'vethereal/testing/vitest'
   *
   * test('a frame for somebody else', () => {
   *   const world = createWorld()
   *   world.addVeth({ name: 'a', up: true }, { name: 'b', up: true })
   *   world.host.addAddress('b', '10.0.0.1/24')
   *   send(world, 'host/a', new Uint8Array(60).fill(8, 12, 13))
   *   world.runFor('1ms')
   *   expect(world).toHaveDropped('OTHER_HOST', 1)
   * })
   * ```
   */
  toHaveDropped(received: World, reason: string, times?: number): Verdict {
    const drops = received.drops()
    const count = drops[reason] ?? 0
    const often = times === undefined ? '' : ` ${times} times`
    const pass = times === undefined ? count > 0 : count === times
    return verdict(pass, `the world to have dropped frames with ${reason}${often}`, () => JSON.stringify(drops))
  },

  /**
   * A session takes the same course each time: the same frames at the same nanoseconds, the same answers.
   *
   * @example
   * ```ts
   * import fc from 'fast-check'
   * import { expect, test } from 'vitest'
   * import { LINKS, sessions } from 'vethereal/testing'
   * import 'vethereal/testing/vitest'
   *
   * test('chance has a seed', () => {
   *   fc.assert(
   *     fc.property(sessions(LINKS), session => {
   *       expect(session).toTakeTheSameCourse()
   *     }),
   *     { numRuns: 10 },
   *   )
   * })
   * ```
   */
  toTakeTheSameCourse(received: Session): Verdict {
    const [first, second] = [play(received), play(received)].map(run => run.traceHash)
    const requests = received.steps.filter(isRequest).length
    return verdict(
      first === second,
      `a session of ${requests} requests to take the same course`,
      () => `${first}\n${second}`,
    )
  },
}
