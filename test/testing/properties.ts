/**
 * Our own property tests, made of the kit that users have: each is tried by properties.test.ts on Vethereal as it is, and
 * by mutants.test.ts on Vethereal with a fault in it, which one of them has to find.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { createWorld, type World } from '../../src/api/world.ts'
import { Nud, type Request } from '../../src/control/request.ts'
import { type NetnsId, PacketType } from '../../src/core/device.ts'
import { addGroup } from '../../src/core/groups.ts'
import {
  type CheckOptions,
  type Conversation,
  check,
  conversations,
  type FixedSession,
  IPV4,
  LINKS,
  macvlans,
  RULES,
  type Rule,
  type Run,
  type Session,
  type Step,
  send,
  sessions,
  type Topology,
  topologies,
  traffic,
  watch,
} from '../../src/testing/index.ts'
import * as ethernet from '../../src/wire/ethernet.ts'
import { format, type Ip } from '../../src/wire/ip.ts'
import { BROADCAST, type Mac, parse } from '../../src/wire/mac.ts'
import { HOST } from '../../src/world/world.ts'
import { FORMATS } from './formats.ts'
import { fuzz } from './fuzz.ts'
import { Bridges, hearsMacvlan } from './oracles.ts'

export interface Property {
  readonly name: string
  /** Throws when it does not hold. */
  holds(options?: CheckOptions): void
}

// -- Bridges --------------------------------------------------------------------------------------

const EXPERIMENT = 0x88b5
const NS_PER_S = 1e9
const numberOf = (bytes: Uint8Array): number => bytes[14]! * 256 + bytes[15]!

interface Sent {
  readonly at: number
  readonly host: number
  readonly src: Mac
  readonly dst: Mac
  readonly heard: number[]
}

/** What hosts said, each with those who heard it, in order. It leaves through lower devices as well. */
function saidIn(capture: Run['capture'], hosts: readonly string[]): Map<number, Sent> {
  const all = new Map<number, Sent>()
  for (const { at, netns, link, direction, bytes } of capture.frames) {
    const host = hosts.indexOf(netns)
    if (ethernet.type(bytes, 0) !== EXPERIMENT || host < 0 || link !== 'eth0') continue
    if (direction === 'in') all.get(numberOf(bytes))!.heard.push(host)
    else if (!all.has(numberOf(bytes))) {
      const [src, dst] = [ethernet.src(bytes, 0), ethernet.dst(bytes, 0)]
      all.set(numberOf(bytes), { at, host, src, dst, heard: [] })
    }
  }
  return all
}

/** Settings of ports between what hosts say. */
function settled(topology: Topology): fc.Arbitrary<Request> {
  const port = fc.nat(topology.hosts.length - 1)
  const link = (host: number): { netns: NetnsId; link: string } => ({
    netns: (topology.hosts[host]!.bridge + 1) as NetnsId,
    link: `p${host}`,
  })
  return fc.oneof(
    fc
      .record({ port, plugged: fc.boolean() })
      .map(
        ({ port, plugged }): Request => ({ type: 'setlink', ...link(port), changes: { master: plugged ? 'br' : 0 } }),
      ),
    fc
      .record({ port, name: fc.constantFrom('hairpin', 'isolated'), on: fc.boolean() })
      .map(({ port, name, on }): Request => ({ type: 'setlink', ...link(port), changes: { port: { [name]: on } } })),
    fc.record({ port, whose: port }).map(({ port, whose }): Request => {
      const { netns, link: name } = link(port)
      const mac = topology.hosts[whose]!.mac
      const entry = { link: name, mac, self: false, master: true, state: Nud.NoArp, sticky: true }
      return { type: 'newfdb', netns, mode: 'replace', entry }
    }),
  )
}

/** What hosts on one bridge say, while the ports of some of them are isolated from the beginning. */
const someIsolated: fc.Arbitrary<Conversation> = topologies({ bridges: 1, hostsMin: 3 }).chain(topology =>
  fc.tuple(traffic(topology), fc.array(fc.boolean(), { minLength: 5, maxLength: 5 })).map(([said, isolated]) => {
    const settings = topology.hosts.flatMap((_, host): Request[] =>
      isolated[host]
        ? [{ type: 'setlink', netns: 1 as NetnsId, link: `p${host}`, changes: { port: { isolated: true } } }]
        : [],
    )
    return { topology, fixed: topology.requests.length, steps: [...topology.requests, ...settings, ...said] }
  }),
)

/** Links of hosts, and the ports that they are on, go down and up, and take less. */
function flapping(topology: Topology): fc.Arbitrary<Request> {
  const host = fc.nat(topology.hosts.length - 1)
  const changes = fc.constantFrom({ up: true }, { up: false }, { up: false }, { mtu: 68 }, { mtu: 576 }, { mtu: 1500 })
  return fc.record({ host, far: fc.boolean(), changes }).map(({ host, far, changes }): Request => {
    const { netns, link, bridge } = topology.hosts[host]!
    const where = far ? { netns: (bridge + 1) as NetnsId, link: `p${host}` } : { netns, link }
    return { type: 'setlink', ...where, changes }
  })
}

/** What hosts say, with requests among it. */
const among = (
  networks: fc.Arbitrary<Topology>,
  requests: (topology: Topology) => fc.Arbitrary<Request>,
): fc.Arbitrary<Conversation> =>
  networks.chain(topology =>
    fc
      .tuple(
        traffic(topology, { spoofed: true }),
        fc.array(fc.tuple(requests(topology), fc.nat()), { maxLength: 8, size: 'max' }),
      )
      .map(([said, asked]) => {
        const steps = [...topology.requests, ...said] as Conversation['steps'][number][]
        for (const [request, at] of asked) steps.splice(topology.requests.length + (at % (said.length + 1)), 0, request)
        return { topology, fixed: topology.requests.length, steps }
      }),
  )

/** Each frame reaches exactly the hosts that the obvious bridges say. */
function asTheOracle({ topology, answers, capture }: Run & Conversation): void {
  const oracle = new Bridges(topology)
  const names = topology.hosts.map((_, i) => `h${i}`)
  const said = saidIn(capture, names)
  for (const { step, errno } of answers.filter(({ step }) => !topology.requests.includes(step as Request))) {
    if (step.type === 'setlink' && errno === 0) {
      const host = Number(String(step.link).slice(1))
      const { master, port = {} } = step.changes
      if (master !== undefined) oracle.plug(host, master !== 0)
      if (port.hairpin !== undefined) oracle.set('hairpin', host, port.hairpin)
      if (port.isolated !== undefined) oracle.set('isolated', host, port.isolated)
    } else if (step.type === 'newfdb' && errno === 0) {
      oracle.pin(step.netns - 1, step.entry.mac, Number(String(step.entry.link).slice(1)))
    } else if (step.type === 'frame') {
      const number = Number.parseInt(step.bytes.slice(28, 32), 16)
      const frame = said.get(number)!
      const { bridge } = topology.hosts[frame.host]!
      const expected = oracle.hears(bridge, { host: frame.host }, frame.dst, frame.src, frame.at / NS_PER_S)
      assert.deepEqual(frame.heard.toSorted(), expected.toSorted(), `frame ${number} is heard by others`)
    }
  }
}

const BRIDGES: readonly Property[] = [
  {
    name: 'a frame is delivered exactly once, to exactly the right hosts',
    holds: options => check(conversations(topologies()), asTheOracle, { ...options, numRuns: 40 }),
  },
  {
    name: 'so it is when hosts move, lie about who they are, and share addresses',
    holds: options =>
      check(conversations(topologies({ sameMacs: true }), { spoofed: true }), asTheOracle, { ...options, numRuns: 40 }),
  },
  {
    name: 'a bridge forgets who was silent for 300 seconds, and nobody else',
    holds: options =>
      check(conversations(topologies({ bridges: 1, hostsMin: 3, hosts: 3 }), { length: 40 }), asTheOracle, {
        ...options,
        numRuns: 150,
      }),
  },
  {
    name: 'isolated ports hear all but each other',
    holds: options => check(someIsolated, asTheOracle, { ...options, numRuns: 40 }),
  },
  {
    name: 'hairpins, isolated ports, entries that stay and wires that are pulled do what they say',
    holds: options =>
      check(among(topologies({ bridges: 2, hostsMin: 3 }), settled), asTheOracle, { ...options, numRuns: 80 }),
  },
]

// -- macvlan --------------------------------------------------------------------------------------

interface Table {
  readonly macs: Readonly<Record<string, string>>
  readonly joined: Readonly<Record<string, readonly string[]>>
  readonly setups: readonly {
    readonly name: string
    readonly commands: readonly string[]
    readonly heard: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>
  }[]
}

const TABLE = JSON.parse(readFileSync(join(process.cwd(), 'test/device/macvlan-table.json'), 'utf8')) as Table
const TYPES = Object.fromEntries(Object.entries(PacketType).map(([name, type]) => [type, name.toLowerCase()]))

/** Which devices saw it pass, and which stacks were given it, as what: as macvlan-table.json has it. */
function listener(): { readonly rule: Rule; take(): string } {
  const taps: string[] = []
  const stacks: string[] = []
  const rule: Rule = {
    name: 'a listener',
    begin: () => ({
      hop({ dev, way, frame, fates }) {
        if (ethernet.type(frame.bytes, frame.at) !== EXPERIMENT) return undefined
        taps.push(`${dev.name} ${way}`)
        for (const fate of fates) if (fate.what === 'stack') stacks.push(`${dev.name} ${TYPES[fate.type]}`)
        return undefined
      },
    }),
  }
  return { rule, take: () => `${taps.splice(0).sort().join(', ')} | ${stacks.splice(0).sort().join(', ')}` }
}

function builtAs(setup: Table['setups'][number], world: World): void {
  for (const command of ['sysctl -qw net.ipv6.conf.all.disable_ipv6=1', ...setup.commands]) {
    assert.deepEqual(world.exec(command), { status: 0, stdout: '', stderr: '' })
  }
  world.runFor('3s')
  for (const [name, groups] of Object.entries(TABLE.joined)) {
    const dev = world.core.device(HOST, name)
    if (dev !== undefined) for (const group of groups) addGroup(dev, parse(TABLE.macs[group]!)!)
  }
}

const cells = TABLE.setups.map(({ heard }) =>
  Object.entries(heard).flatMap(([answer, senders]) =>
    Object.entries(senders).flatMap(([sender, targets]) => targets.map(target => ({ answer, sender, target }))),
  ),
)

const MACVLANS: readonly Property[] = [
  {
    name: 'who hears what is as Linux was recorded, whatever was sent before',
    holds() {
      const questions = fc
        .nat(TABLE.setups.length - 1)
        .chain(i => fc.tuple(fc.constant(TABLE.setups[i]!), fc.array(fc.constantFrom(...cells[i]!), { minLength: 5 })))
      fc.assert(
        fc.property(questions, ([setup, asked]) => {
          const world = createWorld()
          const { rule, take } = listener()
          const watched = watch(world, [...RULES, rule])
          builtAs(setup, world)
          for (const { answer, sender, target } of asked) {
            const [via, as = via] = sender.split(' as ') as [string, string?]
            const frame = { dst: parse(TABLE.macs[target]!)!, src: parse(TABLE.macs[as]!)!, type: EXPERIMENT }
            take()
            send(world, `host/${via}`, ethernet.emit({ ...frame, payload: new Uint8Array(46) }))
            world.runFor('1ms')
            assert.equal(take(), answer, `${setup.name}: ${sender} > ${target}`)
          }
          assert.deepEqual(watched.broken(), [])
        }),
        { numRuns: 150 },
      )
    },
  },
  {
    name: 'any number of children hear each other, or not, by their modes',
    holds: options =>
      check(
        conversations(macvlans()),
        run => {
          const { capture, topology } = run
          const { modes, hosts } = topology
          const names = ['outside', 'machine', ...modes.map((_, i) => `h${i}`)]
          for (const [number, { host, dst, heard }] of saidIn(capture, names)) {
            const to = dst === BROADCAST ? 'all' : hosts.findIndex(({ mac }) => mac === dst)
            if (Math.floor(dst / 2 ** 40) % 2 === 1 && to !== 'all') continue
            const expected = hearsMacvlan(modes, host, to)
            assert.deepEqual(heard.filter(each => each !== 1).sort(), expected.sort(), `frame ${number}`)
          }
          goesAway(run)
        },
        { ...options, numRuns: 60 },
      ),
  },
]

// -- Routers --------------------------------------------------------------------------------------

const addressOf = (wire: number, host: number): Ip => (0x0a00_0000 + 256 * wire + host) as Ip

/** Namespaces in a line, each wire a network of its own, with routes; the first pings the last. */
function line(spaces: number, octets: number): FixedSession {
  const steps: Step[] = []
  const ids = Array.from({ length: spaces }, (_, i) => (i + 1) as NetnsId)
  for (const i of ids) steps.push({ type: 'newnetns', name: `n${i}` })
  for (const [wire, netns] of ids.slice(0, -1).entries()) {
    const next = ids[wire + 1]!
    const [mac, peerMac] = [0x0200_0000_0001 + 2 * wire, 0x0200_0000_0002 + 2 * wire] as [Mac, Mac]
    const peer = { name: 'left', mac: peerMac, netns: next }
    steps.push({ type: 'newlink', netns, link: { kind: 'veth', name: 'right', mac, peer } })
    for (const [there, link, host] of [
      [netns, 'right', 1],
      [next, 'left', 2],
    ] as const) {
      steps.push({ type: 'newaddr', netns: there, link, address: { local: addressOf(wire, host), prefixLength: 24 } })
      steps.push({ type: 'setlink', netns: there, link, changes: { up: true } })
    }
  }
  for (const [i, netns] of ids.entries()) {
    steps.push({ type: 'sysctl', netns, path: 'net/ipv4/ip_forward', value: '1' })
    for (let wire = 0; wire + 1 < spaces; wire++) {
      if (wire === i || wire === i - 1) continue
      const via = wire < i ? addressOf(i - 1, 1) : addressOf(i, 2)
      steps.push({ type: 'newroute', netns, mode: 'add', route: { dst: addressOf(wire, 0), prefixLength: 24, via } })
    }
  }
  const target = format(addressOf(spaces - 2, 2))
  const fixed = steps.length
  return {
    fixed,
    steps: [...steps, { type: 'ping', netns: ids[0]!, arguments: ['-c', '1', '-s', String(octets), target] }],
  }
}

const ROUTERS: readonly Property[] = [
  {
    name: 'what crosses routers comes back, one hop less alive for each, and none writes into what it was given',
    holds(options) {
      const lines = fc.tuple(fc.integer({ min: 2, max: 6 }), fc.constantFrom(0, 56, 1472, 1473, 4000))
      check(
        lines.map(([spaces, octets]) => ({ ...line(spaces, octets), hops: spaces - 2 })),
        ({ answers, hops }) => {
          assert.match(answers.at(-1)!.stdout!, new RegExp(` ttl=${64 - hops}.*1 received`, 's'))
        },
        { ...options, numRuns: 20 },
      )
    },
  },
]

// -- Everything -----------------------------------------------------------------------------------

/** As long as a namespace can live on without its name: a datagram of a socket in it waits for a neighbour that never answers. */
const WAITS = '60s'

/** Whatever a session made can be taken away again, the youngest first, and nothing is left but what was there first. */
function goesAway({ world, watched }: Run & Session): void {
  const away = (request: Request): void => {
    world.apply(request)
    world.runFor('10ms')
    assert.deepEqual(watched.broken(), [])
  }
  for (const { name } of world.namespaces().slice(1).reverse()) away({ type: 'delnetns', name })
  for (const { name } of world.host.links().reverse()) away({ type: 'dellink', netns: HOST, link: name })
  world.runFor(WAITS)
  const { devices, netnses } = world.core.engine
  const alive = devices.filter(dev => !dev.dead).map(({ name }) => name)
  const spaces = netnses.filter(netns => netns !== undefined).map(({ name }) => name)
  assert.deepEqual([alive, spaces], [['lo'], ['host']])
}

const EVERYTHING: readonly Property[] = [
  {
    name: 'sessions about links keep every rule, take the same course twice, and leave nothing behind',
    holds: options => check(sessions(LINKS), goesAway, { ...options, numRuns: 40 }),
  },
  {
    name: 'so do sessions in which links go down under the frames',
    holds: options =>
      check(among(topologies({ hostsMin: 2 }), flapping), goesAway, {
        ...options,
        world: { hop: '5ms' },
        numRuns: 100,
      }),
  },
  {
    name: 'so do sessions about IPv4',
    holds: options => check(sessions(IPV4), goesAway, { ...options, numRuns: 40 }),
  },
  {
    name: 'any octets on any device are delivered or dropped',
    holds() {
      const { broken, sent, ended } = fuzz({ random: 2000, damaged: 2000, seed: 1 })
      assert.deepEqual([broken, ended], [[], sent])
    },
  },
  ...FORMATS.map(({ name, holds }) => ({ name: `parse(emit(x)) = x: ${name}`, holds })),
]

export const PROPERTIES: readonly Property[] = [...BRIDGES, ...MACVLANS, ...ROUTERS, ...EVERYTHING]
