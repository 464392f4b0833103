/**
 * Octets of every making, sent into every kind of device: a world with one of each, where whatever comes in is
 * delivered or dropped, and nothing throws.
 */

import fc from 'fast-check'
import { createWorld, type World } from '../../src/api/world.ts'
import { TunFlag } from '../../src/control/records.ts'
import type { Device } from '../../src/core/device.ts'
import { frameOf } from '../../src/core/frame.ts'
import { DAMAGES, frames } from '../../src/testing/frames.ts'
import { type Account, type Broken, watch } from '../../src/testing/index.ts'
import { type Stream, Streams } from '../../src/time/random.ts'
import type { PacketFile } from '../../src/world/packetfile.ts'
import { TapFile } from '../../src/world/tapfile.ts'
import { TunFile } from '../../src/world/tunfile.ts'
import { HOST } from '../../src/world/world.ts'

export interface Fuzzed {
  /** Kinds of devices that every string of octets was sent into. */
  readonly kinds: readonly string[]
  /** Strings that a file refused with an errno, so that no frame came of them. */
  readonly refused: number
  readonly account: Account
  readonly sent: number
  readonly ended: number
  readonly broken: readonly Broken[]
}

const LENGTH_MAX = 120
const FRAMES_AT_ONCE = 64
const SPAN = '1ms'

const MODES = ['private', 'vepa', 'bridge', 'source macaddr add 02:00:00:00:00:01'] as const

/** A machine with a device of each kind, all up, all with an address, all with something behind them. */
const COMMANDS = [
  'sysctl -qw net.ipv4.ip_forward=1',
  'ip link add name v0 address 02:00:00:00:00:01 type veth peer name v1 address 02:00:00:00:00:02',
  'ip link add name br address 02:00:00:00:00:03 type bridge',
  'ip link add name br1 address 02:00:00:00:00:04 type bridge stp_state 1 forward_delay 200',
  ...[1, 2, 3, 4].flatMap(n => [
    `ip link add name p${n} type veth peer name h${n} address 02:00:00:00:00:0${4 + n}`,
    `ip link set dev p${n} master ${n < 3 ? 'br' : 'br1'}`,
  ]),
  'ip link add name e0 type veth peer name e1 address 02:00:00:00:00:09',
  ...MODES.map((mode, n) => `ip link add name m${n} link e0 type macvlan mode ${mode}`),
  'ip link add name t0 link e0 type macvtap mode bridge',
  'ip link add name f0 type veth peer name f1',
  'ip link add name m9 link f0 type macvlan mode passthru',
]

/** False: refused. */
type Way = (octets: Uint8Array) => boolean

/** Ways into devices of one kind, which take turns. */
interface Doors {
  readonly kind: string
  readonly ways: readonly Way[]
}

function house(world: World): { readonly doors: readonly Doors[]; drain(): void } {
  const run = (line: string): void => {
    const { status, stderr } = world.exec(line)
    if (status !== 0) throw new Error(`${line}: ${stderr}`)
  }
  for (const command of COMMANDS) run(command)
  const { core } = world
  const host = core.netns(HOST)
  const [tun, tap] = [TunFlag.Tun, TunFlag.Tap].map(mode => {
    const file = new TunFile(core.engine, host)
    const made = file.setInterface('', mode | TunFlag.NoPi)
    if (!made.ok) throw new Error(made.errno)
    return file
  })
  const device = (name: string): Device => host.byName.get(name)!
  const macvtap = new TapFile(core.engine, device('t0'))
  const files = [tun!, tap!, macvtap]
  for (const { name } of world.host.links()) run(`ip link set dev ${name} up`)
  const [, ...others] = world.host.links()
  for (const [i, { name }] of others.entries()) run(`ip address add 10.0.${i}.1/24 dev ${name}`)
  run('ip address add 10.0.0.2/24 dev lo')
  world.runFor('5s')

  const through = (...names: string[]): Way[] =>
    names.map(device).map(dev => octets => {
      core.engine.tx(dev, frameOf(octets))
      return true
    })
  const from =
    (file: PacketFile): Way =>
    octets =>
      typeof file.write(octets) === 'number'
  const children = MODES.map((_, n) => `m${n}`)
  const doors = [
    { kind: 'loopback', ways: through('lo') },
    { kind: 'veth', ways: through('v0') },
    { kind: 'bridge, its ports, and one with the spanning tree', ways: through('br', 'h1', 'h3', 'br1') },
    { kind: 'macvlan in each mode, and lower devices', ways: through(...children, 'm9', 'e1', 'f1', 'e0') },
    { kind: 'macvtap, and the program behind it', ways: [...through('t0'), from(macvtap)] },
    { kind: 'tun, and the program behind it', ways: [...through('tun0'), from(tun!)] },
    { kind: 'tap, and the program behind it', ways: [...through('tap0'), from(tap!)] },
  ]
  const drain = (): void => {
    for (const file of files) while (file.read() instanceof Uint8Array) {}
  }
  return { doors, drain }
}

export function fuzz({ random, damaged, seed }: { random: number; damaged: number; seed: number }): Fuzzed {
  const chance = new Streams(seed).stream('octets')
  const valid = fc.sample(frames(), { numRuns: 500, seed })
  const world = createWorld({ hop: 0 })
  const watched = watch(world)
  const { doors, drain } = house(world)
  const all = random + damaged
  let refused = 0
  for (let i = 0; i < all; i++) {
    const octets = i < random ? anything(chance) : wrong(valid[chance.below(valid.length)]!, chance)
    for (const { ways } of doors) if (!ways[i % ways.length]!(octets)) refused++
    if (i % FRAMES_AT_ONCE === 0) world.runFor(SPAN)
    drain()
  }
  // What waits for a neighbour or for its other fragments ends now.
  world.runFor('120s')
  drain()
  const account = watched.account()
  const { sent, copied, delivered, dropped } = account
  const kinds = doors.map(({ kind }) => kind)
  return { kinds, refused, account, sent: sent + copied, ended: delivered + dropped, broken: watched.broken() }
}

function anything(chance: Stream): Uint8Array {
  const octets = new Uint8Array(chance.below(LENGTH_MAX))
  chance.bytes(octets)
  return octets
}

/** One to three things wrong. */
function wrong(octets: Uint8Array, chance: Stream): Uint8Array {
  let worse = octets
  for (let times = 1 + chance.below(3); times > 0; times--) {
    worse = DAMAGES[chance.below(DAMAGES.length)]!(worse, chance.u32(), chance.below(256))
  }
  return worse
}
