/**
 * Topologies as arbitraries of fast-check, and what their hosts say to each other: bridges joined without a loop, each
 * host in a namespace of its own, or macvlans on one wire.
 */
import * as fc from 'fast-check'
import { MacvlanMode } from '../control/records.ts'
import type { NewLink, Request } from '../control/request.ts'
import type { NetnsId } from '../core/device.ts'
import * as ethernet from '../wire/ethernet.ts'
import { BROADCAST, type Mac } from '../wire/mac.ts'
import { GROUPS, poolMac } from './frames.ts'
import type { Step, Traffic } from './session.ts'
import type { FixedSession } from './smaller.ts'

export interface Host {
  readonly netns: NetnsId
  readonly link: string
  readonly mac: Mac
  /** Number of the bridge that it is on. */
  readonly bridge: number
}

export interface Topology {
  /** What makes it. */
  readonly requests: readonly Request[]
  readonly hosts: readonly Host[]
  /** Pairs of bridges that a wire joins: a tree, or several. */
  readonly trunks: readonly (readonly [number, number])[]
}

export interface TopologyOptions {
  /** At most: 3 bridges and 5 hosts when absent. */
  readonly bridges?: number
  readonly hosts?: number
  /** At least: 1 when absent. It takes three to see that a frame is flooded. */
  readonly hostsMin?: number
  /** Hosts may have the MAC of another one. They do not when absent. */
  readonly sameMacs?: boolean
}

/**
 * Bridges that are joined without a loop, and hosts on them: namespaces `h0`, `h1` ... with a link `eth0` each, and
 * `s0`, `s1` ... with a bridge `br` each, whose ports `p0`, `p1` ... lead to hosts, `t0`, `t1` ... to other bridges.
 *
 * @example
 * ```ts
 * import { expect, test } from 'vitest'
 * import { check, conversations, topologies } from 'vethereal/testing'
 *
 * test('a host alone hears nobody', () => {
 *   check(conversations(topologies({ bridges: 2, hosts: 1 })), ({ capture }) => {
 *     const heard = capture.frames.filter(({ netns, direction }) => netns === 'h0' && direction === 'in')
 *     expect(heard).toEqual([])
 *   })
 * })
 * ```
 */
export function topologies(options: TopologyOptions = {}): fc.Arbitrary<Topology> {
  const { bridges: bridgesMax = 3, hosts: hostsMax = 5, hostsMin = 1, sameMacs = false } = options
  const parents = fc.array(fc.nat(), { minLength: 1, maxLength: bridgesMax, size: 'max' })
  const places = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 3 })), {
    minLength: hostsMin,
    maxLength: hostsMax,
    size: 'max',
  })
  return fc.tuple(parents, places).map(([tree, hosts]) =>
    lan(
      tree.map((parent, i) => (i === 0 ? undefined : parent % i)),
      hosts.map(([place, mac], i) => ({ bridge: place % tree.length, mac: poolMac(sameMacs ? mac : i + 1) })),
    ),
  )
}

/** The network of bridges with these parents and of hosts on them. */
function lan(parents: readonly (number | undefined)[], places: readonly { bridge: number; mac: Mac }[]): Topology {
  const requests: Request[] = []
  const hosts: Host[] = []
  const trunks: [number, number][] = []
  let wires = 0
  const spaceOf = (bridge: number): NetnsId => (bridge + 1) as NetnsId
  const port = (bridge: number, name: string): NewLink['peer'] => ({
    name,
    netns: spaceOf(bridge),
    mac: poolMac(0x1000 + wires++),
  })
  const up = (netns: NetnsId, link: string, bridge?: number): void => {
    const changes = bridge === undefined ? { up: true } : { master: 'br', up: true }
    requests.push({ type: 'setlink', netns, link, changes })
  }
  for (const bridge of parents.keys()) {
    const netns = spaceOf(bridge)
    requests.push({ type: 'newnetns', name: `s${bridge}` })
    requests.push({ type: 'newlink', netns, link: { kind: 'bridge', name: 'br', mac: poolMac(0x2000 + bridge) } })
    up(netns, 'br')
  }
  for (const [bridge, parent] of parents.entries()) {
    if (parent === undefined) continue
    const [here, there] = [`t${2 * trunks.length}`, `t${2 * trunks.length + 1}`]
    const link: NewLink = { kind: 'veth', ...port(bridge, here), peer: port(parent, there)! }
    requests.push({ type: 'newlink', netns: spaceOf(bridge), link })
    up(spaceOf(bridge), here, bridge)
    up(spaceOf(parent), there, parent)
    trunks.push([parent, bridge])
  }
  for (const [i, { bridge, mac }] of places.entries()) {
    const netns = (parents.length + i + 1) as NetnsId
    requests.push({ type: 'newnetns', name: `h${i}` })
    const link: NewLink = { kind: 'veth', name: 'eth0', mac, peer: port(bridge, `p${i}`)! }
    requests.push({ type: 'newlink', netns, link })
    up(spaceOf(bridge), `p${i}`, bridge)
    up(netns, 'eth0')
    hosts.push({ netns, link: 'eth0', mac, bridge })
  }
  return { requests, hosts, trunks }
}

const MODES = { private: MacvlanMode.Private, vepa: MacvlanMode.Vepa, bridge: MacvlanMode.Bridge } as const
export type SharedMode = keyof typeof MODES

export interface MacvlanTopology extends Topology {
  /** Of the children, which are the hosts from the third on. */
  readonly modes: readonly SharedMode[]
}

/**
 * A wire from the namespace `outside` to the namespace `machine`, and macvlans on its end there, each in a namespace
 * `h0`, `h1` ... of its own. The first host is the far end of the wire, the second the lower device, the others the
 * children; `bridge` of all is 0.
 *
 * @example
 * ```ts
 * import { expect, test } from 'vitest'
 * import { check, conversations, macvlans } from 'vethereal/testing'
 *
 * test('the far end hears everything that children in mode private say', () => {
 *   check(conversations(macvlans()), ({ capture, topology }) => {
 *     const [child] = topology.modes
 *     if (child !== 'private') return
 *     const said = capture.frames.filter(({ netns, direction }) => netns === 'h0' && direction === 'out')
 *     const heard = capture.frames.filter(({ netns, direction }) => netns === 'outside' && direction === 'in')
 *     const texts = heard.map(({ bytes }) => bytes.join())
 *     for (const { bytes } of said) expect(texts).toContain(bytes.join())
 *   })
 * })
 * ```
 */
export const macvlans = ({ children = 4 }: { readonly children?: number } = {}): fc.Arbitrary<MacvlanTopology> =>
  fc
    .array(fc.constantFrom(...(Object.keys(MODES) as SharedMode[])), { minLength: 1, maxLength: children })
    .map(macvlanOn)

const OUTSIDE = 1 as NetnsId
const MACHINE = 2 as NetnsId

function macvlanOn(modes: readonly SharedMode[]): MacvlanTopology {
  const far = { netns: OUTSIDE, link: 'eth0', mac: poolMac(1), bridge: 0 }
  const lower = { netns: MACHINE, link: 'eth0', mac: poolMac(2), bridge: 0 }
  const hosts: Host[] = [far, lower]
  const peer = { name: lower.link, mac: lower.mac, netns: MACHINE }
  const requests: Request[] = [
    { type: 'newnetns', name: 'outside' },
    { type: 'newnetns', name: 'machine' },
    { type: 'newlink', netns: OUTSIDE, link: { kind: 'veth', name: far.link, mac: far.mac, peer } },
    { type: 'setlink', netns: OUTSIDE, link: far.link, changes: { up: true } },
    { type: 'setlink', netns: MACHINE, link: lower.link, changes: { up: true } },
  ]
  for (const [i, mode] of modes.entries()) {
    const child = { netns: (MACHINE + 1 + i) as NetnsId, link: 'eth0', mac: poolMac(3 + i), bridge: 0 }
    const { netns, mac, link: name } = child
    const link: NewLink = { kind: 'macvlan', name, mac, lower: lower.link, netns, macvlan: { mode: MODES[mode] } }
    requests.push({ type: 'newnetns', name: `h${i}` })
    requests.push({ type: 'newlink', netns: MACHINE, link })
    requests.push({ type: 'setlink', netns, link: name, changes: { up: true } })
    hosts.push(child)
  }
  return { requests, hosts, trunks: [], modes }
}

// -- What hosts say -------------------------------------------------------------------------------

/** What nobody but a test understands: IEEE 802 local experimental EtherType 1. */
export const EXPERIMENT = 0x88b5
const MS = 1_000_000

export interface TrafficOptions {
  /** Frames and pauses at most: 20 when absent. */
  readonly length?: number
  /** Hosts send in the name of others as well. They do not when absent. */
  readonly spoofed?: boolean
}

/** No sum of them is about 300 s, the time after which a bridge forgets: its collector comes a moment later. */
const PAUSES_MS = [0, 0, 0, 0, 0, 1, 140_000, 140_000, 400_000]

interface Said {
  readonly from: number
  readonly as: number
  readonly to: number
  readonly pauseMs: number
  readonly payload: number
}

/**
 * What the hosts of a topology say: frames from one to another, to all, to a group or to nobody, and pauses between
 * them. Their EtherType is 0x88b5, and the two octets behind it are the frame's number, so that each can be told from
 * the others.
 *
 * @example
 * ```ts
 * import fc from 'fast-check'
 * import { expect, test } from 'vitest'
 * import { play, topologies, traffic } from 'vethereal/testing'
 *
 * test('a frame is in the capture of whoever sent it', () => {
 *   const networks = topologies().chain(topology => fc.tuple(fc.constant(topology), traffic(topology, { length: 3 })))
 *   fc.assert(
 *     fc.property(networks, ([{ requests }, said]) => {
 *       const { capture } = play({ steps: [...requests, ...said] })
 *       const sent = capture.frames.filter(({ netns, direction }) => /^h/.test(netns) && direction === 'out')
 *       expect(sent).toHaveLength(said.filter(({ type }) => type === 'frame').length)
 *     }),
 *   )
 * })
 * ```
 */
export function traffic(topology: Topology, options: TrafficOptions = {}): fc.Arbitrary<Traffic[]> {
  const { hosts } = topology
  const said = fc.record<Said>({
    from: fc.nat(hosts.length - 1),
    as: options.spoofed ? fc.nat(hosts.length - 1) : fc.constant(-1),
    to: fc.oneof(
      { weight: 3, arbitrary: fc.nat(hosts.length - 1) },
      { weight: 1, arbitrary: fc.constant(hosts.length + GROUPS.indexOf(BROADCAST)) },
      { weight: 1, arbitrary: fc.integer({ min: hosts.length, max: hosts.length + GROUPS.length }) },
    ),
    pauseMs: fc.constantFrom(...PAUSES_MS),
    payload: fc.constantFrom(46, 46, 46, 100, 600, 1500),
  })
  return fc
    .array(said, { minLength: 1, maxLength: options.length ?? 20, size: 'max' })
    .map(all => all.map((each, number) => wordOf(hosts, each, number)))
}

function wordOf(hosts: readonly Host[], { from, as, to, pauseMs, payload: length }: Said, number: number): Traffic {
  if (pauseMs > 0) return { type: 'wait', ns: pauseMs * MS }
  const { netns, link, mac } = hosts[from]!
  const dst = [...hosts.map(host => host.mac), ...GROUPS, poolMac(0xff)][to]!
  const payload = new Uint8Array(length).fill(0xa5)
  payload.set([number >>> 8, number])
  const octets = ethernet.emit({ dst, src: as < 0 ? mac : hosts[as]!.mac, type: EXPERIMENT, payload })
  return { type: 'frame', netns, link, bytes: hexOf(octets) }
}

/** Hexadecimal digits, two for each octet. */
export const hexOf = (octets: Uint8Array): string =>
  Array.from(octets, octet => octet.toString(16).padStart(2, '0')).join('')

/** A session on a topology, which is not made smaller with it. */
export interface Conversation extends FixedSession {
  readonly topology: Topology
}

/**
 * Sessions in which the hosts of a topology talk.
 *
 * @example
 * ```ts
 * import { test } from 'vitest'
 * import { check, conversations, topologies } from 'vethereal/testing'
 *
 * test('bridges keep their rules, even when hosts lie about who they are', () => {
 *   check(conversations(topologies({ sameMacs: true }), { spoofed: true }))
 * })
 * ```
 */
export const conversations = <T extends Topology>(
  networks: fc.Arbitrary<T>,
  options: TrafficOptions = {},
): fc.Arbitrary<Conversation & { readonly topology: T }> =>
  networks.chain(topology =>
    traffic(topology, options).map(said => ({
      topology,
      fixed: topology.requests.length,
      steps: [...topology.requests, ...said] as Step[],
    })),
  )
