/**
 * Requests that a generated session may make: one small table for each, with how often it is chosen, how it is made
 * from what there is, and how it is made wrong. A new kind of device, route or sysctl is a few lines here.
 */
import { type BridgeOptions, type BridgePortOptions, MacvlanFlag, MacvlanMode, TunFlag } from '../control/records.ts'
import {
  type LinkChanges,
  type MacvlanSources,
  type NewLink,
  type NexthopSpec,
  Nud,
  type Request,
  RouteType,
  RuleAction,
  type RulePrefix,
  type RuleSpec,
} from '../control/request.ts'
import type { Device, NetnsId } from '../core/device.ts'
import type { Ip } from '../wire/ip.ts'
import type { Mac } from '../wire/mac.ts'
import type { Dice, Scene } from './scene.ts'

export interface Maker {
  readonly name: string
  readonly weight: number
  /** undefined when there is nothing to make it from. */
  make(scene: Scene, dice: Dice): Request | undefined
  /** A request that Linux refuses, or should. */
  wrong?(scene: Scene, dice: Dice): Request | undefined
}

const NAMES = [
  'v0',
  'v1',
  'v2',
  'v3',
  'v4',
  'v5',
  'v6',
  'v7',
  'eth0',
  'eth1',
  'a.b',
  'with-dash',
  'x@y',
  'fifteen-letters',
  '0',
]
const PATTERNS = ['veth%d', 'p%d', 'e%dx']
const WRONG_NAMES = ['', '.', '..', 'a/b', 'a b', 'a:b', 'sixteen-letters!', '%d%d', '%s', 'lo', 'all%', 'x%dy%d']
const NOBODY = 'nobody'
const NO_INDEX = 9999
const IS_UP = 1

const isVeth = (dev: Device): boolean => dev.kind === 'veth'
const isBridge = (dev: Device): boolean => dev.kind === 'bridge'
const isMacvlan = (dev: Device): boolean => ON_LOWER.includes(dev.kind)
const isPort = (dev: Device): boolean => dev.master !== undefined

function freeName(dice: Dice): string {
  return dice.oneIn(6) ? dice.pick(PATTERNS) : dice.pick(NAMES)
}

const set = (dev: Device, changes: LinkChanges): Extract<Request, { type: 'setlink' }> => ({
  type: 'setlink',
  netns: dev.netns,
  link: dev.name,
  changes,
})

/** Changes of any device. */
function setAny(make: (dice: Dice, scene: Scene, dev: Device) => LinkChanges | undefined): Maker['make'] {
  return (scene, dice) => {
    const dev = scene.device()
    const changes = dev === undefined ? undefined : make(dice, scene, dev)
    return changes === undefined ? undefined : set(dev!, changes)
  }
}

const setNobody: Maker['wrong'] = (scene, dice) => ({
  type: 'setlink',
  netns: scene.netns(),
  link: dice.oneIn(2) ? NOBODY : NO_INDEX,
  changes: { up: true },
})

// -- Links ----------------------------------------------------------------------------------------

function end(scene: Scene, dice: Dice): Omit<NewLink, 'kind' | 'peer'> {
  return {
    ...(dice.oneIn(6) ? {} : { name: freeName(dice) }),
    mac: scene.mac(),
    ...(dice.oneIn(8) ? { mtu: dice.pick([68, 576, 1280, 1400, 9000, 65535]) } : {}),
    ...(dice.oneIn(8) ? { up: true } : {}),
    ...(dice.oneIn(16) ? { txQueueLength: dice.between(0, 2000) } : {}),
    ...(dice.oneIn(16) ? { arp: false } : {}),
    ...(dice.oneIn(16) ? { group: dice.between(1, 9) } : {}),
    ...(dice.oneIn(16) ? { alias: 'a wire' } : {}),
  }
}

const newVeth: Maker = {
  name: 'newlink veth',
  weight: 4,
  make(scene, dice) {
    const netns = scene.netns()
    const there = dice.oneIn(3) ? {} : { netns: scene.netns() }
    const index = dice.oneIn(20) ? { ifindex: dice.between(20, 40) } : {}
    return {
      type: 'newlink',
      netns,
      link: { kind: 'veth', ...end(scene, dice), ...index, peer: { ...end(scene, dice), ...there } },
    }
  },
  wrong(scene, dice) {
    const netns = scene.netns()
    const good = { kind: 'veth', ...end(scene, dice) }
    const peer = end(scene, dice)
    const link: NewLink = dice.pick<NewLink>([
      { ...good, name: dice.pick(WRONG_NAMES), peer },
      { ...good, peer: { ...peer, name: dice.pick(WRONG_NAMES) } },
      { ...good, name: 'same', peer: { ...peer, name: 'same' } },
      { ...good, mtu: dice.pick([0, 67, 65536, 4_000_000_000]), peer },
      { ...good, peer: { ...peer, mtu: dice.pick([0, 67, 65536]) } },
      { ...good, mac: dice.pick([0, 0x0100_0000_0001, 0xffff_ffff_ffff]) as Mac, peer },
      { ...good, peer: { ...peer, mac: dice.pick([0, 0x0100_5e00_0001]) as Mac } },
      { ...good, kind: 'nosuchkind' },
      { ...good, ifindex: 1, peer },
      { ...good, peer: { ...peer, ifindex: 1 } },
    ])
    return { type: 'newlink', netns, link }
  },
}

/** Each with some values that are allowed and some at or beyond the limits. */
const BRIDGE_VALUES: { readonly [K in keyof BridgeOptions]?: readonly BridgeOptions[K][] } = {
  stpState: [0, 1, 1, 2],
  forwardDelay: [0, 200, 1500, 3000, 199, 3001],
  helloTime: [100, 200, 1000, 99, 1001],
  maxAge: [600, 2000, 4000, 599, 4001],
  ageingTime: [0, 30, 100, 30000, 1_000_000],
  priority: [0, 1, 4096, 32768, 65535],
  groupFwdMask: [0, 8, 0x4000, 0xfff8, 1, 2, 4],
  groupAddress: [0x0180_c200_0000, 0x0180_c200_0004, 0x0180_c200_000f, 0x0180_c200_0001, 0x0180_c200_0010].map(
    m => m as Mac,
  ),
  mcastSnooping: [0, 1],
  nfCallIptables: [0, 1],
  nfCallArptables: [0, 1],
}

function bridgeOptions(dice: Dice): Partial<BridgeOptions> {
  const name = dice.pick(Object.keys(BRIDGE_VALUES) as (keyof BridgeOptions)[])
  return { [name]: dice.pick(BRIDGE_VALUES[name] as readonly number[]) }
}

const newBridge: Maker = {
  name: 'newlink bridge',
  weight: 3,
  make(scene, dice) {
    const link: NewLink = {
      kind: 'bridge',
      name: dice.oneIn(8) ? 'bridge%d' : dice.pick(['br0', 'br1', 'br2', 'br']),
      mac: scene.mac(),
      ...(dice.oneIn(6) ? { up: true } : {}),
      ...(dice.oneIn(8) ? { mtu: dice.pick([68, 1000, 1500, 9000]) } : {}),
      ...(dice.oneIn(4) ? { bridge: bridgeOptions(dice) } : {}),
    }
    return { type: 'newlink', netns: scene.netns(), link }
  },
  wrong(scene, dice) {
    const link: NewLink = dice.pick<NewLink>([
      { kind: 'bridge', name: dice.pick(WRONG_NAMES), mac: scene.mac() },
      { kind: 'bridge', name: 'br9', mac: 0x0100_0000_0000 as Mac },
      { kind: 'bridge', name: 'br9', mac: scene.mac(), mtu: dice.pick([1, 67, 65536]) },
    ])
    return { type: 'newlink', netns: scene.netns(), link }
  },
}

const TUNTAP_NAMES = ['tun0', 'tun1', 'tap0', 'tap1', 'tap1', 'x%d', '']
const TUNTAP_FLAGS = [TunFlag.VnetHdr, TunFlag.OneQueue, TunFlag.MultiQueue]

/** What `ip tuntap` may ask for. */
export function tuntapFlags(dice: Dice): number {
  const mode = dice.oneIn(2) ? TunFlag.Tun : TunFlag.Tap
  const pi = dice.oneIn(4) ? 0 : TunFlag.NoPi
  return mode | pi | (dice.oneIn(6) ? dice.pick(TUNTAP_FLAGS) : 0)
}

export const tuntapName = (dice: Dice): string => dice.pick(TUNTAP_NAMES)

/** The MAC of a new TAP is random, so it gets another one at once. */
const newTuntap: Maker = {
  name: 'tuntap',
  weight: 2,
  make(scene, dice) {
    const netns = scene.netns()
    const flags = tuntapFlags(dice)
    const name = tuntapName(dice)
    const before = new Set(scene.devices())
    const tuntap = { name, flags: flags | (dice.oneIn(2) ? TunFlag.Exclusive : 0), persist: !dice.oneIn(6) }
    scene.add({ type: 'tuntap', netns, tuntap: { ...tuntap, ...(dice.oneIn(6) ? { owner: dice.below(3) } : {}) } })
    const made = scene.device(dev => !before.has(dev))
    return made && set(made, { mac: scene.mac() })
  },
  wrong(scene, dice) {
    const dev = scene.device()
    const netns = dev?.netns ?? scene.netns()
    const name = dev === undefined || dice.oneIn(2) ? dice.pick(WRONG_NAMES) : dev.name
    return { type: 'tuntap', netns, tuntap: { name, flags: dice.pick([TunFlag.Tun, 0]), persist: false } }
  },
}

/** Kinds that stand on another device, with the options of macvlan. */
const ON_LOWER = ['macvlan', 'macvlan', 'macvtap']

const MODES = Object.values(MacvlanMode)

function macvlanOptions(scene: Scene, dice: Dice): NonNullable<LinkChanges['macvlan']> {
  const mode = dice.oneIn(8) ? undefined : dice.pick([...MODES, MacvlanMode.Bridge, MacvlanMode.Bridge])
  const sources = mode === MacvlanMode.Source || dice.oneIn(20) ? { sources: sourcesOf(scene, dice) } : {}
  return {
    ...(mode === undefined ? {} : { mode }),
    ...(dice.oneIn(6) ? { flags: dice.pick([0, MacvlanFlag.NoPromisc, MacvlanFlag.NoDst]) } : {}),
    ...(dice.oneIn(3) ? {} : sources),
    ...(dice.oneIn(12) ? { broadcastQueueLength: dice.pick([0, 1, 2, 500, 5000]) } : {}),
    ...cutoff(scene, dice),
  }
}

/** -1: no group waits in the work queue. */
function cutoff(scene: Scene, dice: Dice): { readonly broadcastCutoff?: number } {
  if (!scene.workQueues) return { broadcastCutoff: -1 }
  return dice.oneIn(8) ? { broadcastCutoff: dice.pick([-1, 0, 1, 2, 10]) } : {}
}

function sourcesOf(scene: Scene, dice: Dice): MacvlanSources {
  const action = dice.pick(['add', 'add', 'del', 'set', 'flush'] as const)
  const count = action === 'flush' ? 0 : action === 'set' ? dice.below(4) : 1
  return { action, macs: Array.from({ length: count }, () => scene.someMac()) }
}

const newOnLower: Maker = {
  name: 'newlink on lower',
  weight: 4,
  make(scene, dice) {
    const lower = scene.device(each => !isPort(each) || dice.oneIn(8))
    if (lower === undefined) return undefined
    const { mtu: _, ...common } = end(scene, dice)
    const link: NewLink = {
      kind: dice.pick(ON_LOWER),
      lower: lower.name,
      ...common,
      ...(dice.oneIn(10) ? { mtu: dice.pick([68, 576, 1280, lower.mtu, lower.mtu + 1]) } : {}),
      ...(dice.oneIn(4) ? { netns: scene.netns() } : {}),
      ...(dice.oneIn(20) ? { ifindex: dice.between(20, 40) } : {}),
      macvlan: macvlanOptions(scene, dice),
    }
    return { type: 'newlink', netns: lower.netns, link }
  },
  wrong(scene, dice) {
    const lower = scene.device()
    if (lower === undefined) return undefined
    const macvlan = cutoff(scene, dice)
    const good = { kind: dice.pick(ON_LOWER), name: 'mv9', mac: scene.mac(), lower: lower.name, macvlan }
    const link = dice.pick<NewLink>([
      { ...good, lower: dice.pick(['lo', NOBODY, NO_INDEX]) },
      { kind: good.kind, name: good.name, mac: good.mac },
      { ...good, mtu: dice.pick([67, lower.mtu + 1, 65536]) },
      { ...good, mac: dice.pick([0, 0x0100_5e00_0001, lower.mac]) as Mac, up: true },
      { ...good, macvlan: { mode: dice.pick([0, 3, 32]) as MacvlanMode } },
      { ...good, macvlan: { ...macvlan, mode: MacvlanMode.Bridge, flags: dice.pick([3, 4, 0x8000]) } },
      { ...good, macvlan: { mode: MacvlanMode.Vepa, sources: { action: 'add', macs: [scene.mac()] } } },
      { ...good, macvlan: { mode: MacvlanMode.Source, sources: { action: 'add', macs: [] } } },
      { ...good, macvlan: { mode: MacvlanMode.Source, sources: { action: 'set', macs: [0 as Mac] } } },
      { ...good, name: dice.pick(WRONG_NAMES) },
    ])
    return { type: 'newlink', netns: lower.netns, link }
  },
}

const setMacvlan: Maker = {
  name: 'setlink macvlan',
  weight: 3,
  make(scene, dice) {
    const dev = scene.device(isMacvlan)
    return dev && set(dev, { kind: dev.kind, macvlan: macvlanOptions(scene, dice) })
  },
  wrong(scene, dice) {
    const dev = scene.device(each => dice.oneIn(2) || !isMacvlan(each))
    return (
      dev &&
      set(dev, { kind: dice.pick(ON_LOWER), macvlan: { mode: dice.pick([MacvlanMode.Passthru, 3 as MacvlanMode]) } })
    )
  },
}

const delLink: Maker = {
  name: 'dellink',
  weight: 1,
  make(scene) {
    const dev = scene.device()
    return dev && { type: 'dellink', netns: dev.netns, link: dev.name }
  },
  wrong: (scene, dice) => ({ type: 'dellink', netns: scene.netns(), link: dice.pick([NOBODY, 'lo', NO_INDEX]) }),
}

const setUp: Maker = {
  name: 'setlink up',
  weight: 10,
  make: (scene, dice) => {
    const dev = scene.device(each => (each.flags & IS_UP) === 0 || dice.oneIn(8))
    return dev && set(dev, { up: true })
  },
  wrong: setNobody,
}

const setDown: Maker = {
  name: 'setlink down',
  weight: 2,
  make: setAny(() => ({ up: false })),
}

const setMaster: Maker = {
  name: 'setlink master',
  weight: 8,
  make(scene, dice) {
    const bridge = scene.device(isBridge)
    const dev =
      bridge &&
      scene.device(
        each => each.netns === bridge.netns && (isVeth(each) || dice.oneIn(2)) && (!isPort(each) || dice.oneIn(6)),
      )
    return dev && set(dev, { master: bridge!.name })
  },
  wrong(scene, dice) {
    const dev = scene.device()
    const other = dev && scene.device(each => each.netns === dev.netns && (!isBridge(each) || isBridge(dev)))
    return other && set(dev!, { master: dice.oneIn(3) ? 'lo' : other.name })
  },
}

const loMaster: Maker = {
  name: 'setlink master of lo',
  weight: 0,
  make: () => undefined,
  wrong(scene) {
    const bridge = scene.device(isBridge)
    return bridge && { type: 'setlink', netns: bridge.netns, link: 'lo', changes: { master: bridge.name } }
  },
}

const noMaster: Maker = {
  name: 'setlink nomaster',
  weight: 1,
  make(scene, dice) {
    const dev = scene.device(each => isPort(each) || dice.oneIn(8))
    return dev && set(dev, { master: 0 })
  },
}

const setMac: Maker = {
  name: 'setlink address',
  weight: 2,
  make: setAny((_, scene) => ({ mac: scene.mac() })),
  wrong: setAny(dice => ({ mac: dice.pick([0, 0x0100_0000_0001, 0xffff_ffff_ffff]) as Mac })),
}

const setMtu: Maker = {
  name: 'setlink mtu',
  weight: 2,
  make: setAny(dice => ({ mtu: dice.pick([68, 100, 576, 1280, 1400, 1499, 1500, 9000, 65535]) })),
  wrong: setAny(dice => ({ mtu: dice.pick([0, 67, 65536, 1_000_000]) })),
}

const setName: Maker = {
  name: 'setlink name',
  weight: 2,
  make: setAny(dice => ({ name: freeName(dice) })),
  wrong: setAny(dice => ({ name: dice.pick(WRONG_NAMES) })),
}

const setNetns: Maker = {
  name: 'setlink netns',
  weight: 3,
  make: setAny((dice, scene) => ({
    netns: scene.netns(),
    ...(dice.oneIn(3) ? { name: freeName(dice) } : {}),
    ...(dice.oneIn(6) ? { up: true } : {}),
  })),
  wrong: setAny((dice, scene) => ({ netns: scene.netns(), name: dice.pick(WRONG_NAMES) })),
}

const setFlags: Maker = {
  name: 'setlink flags',
  weight: 2,
  make: setAny(dice =>
    dice.pick<LinkChanges>([
      { arp: false },
      { arp: true },
      { multicast: false },
      { multicast: true },
      { promisc: true },
      { promisc: false },
      { allMulticast: true },
      { allMulticast: false },
      { dynamic: true },
      { up: true, arp: false, promisc: true },
    ]),
  ),
}

const setOther: Maker = {
  name: 'setlink other',
  weight: 1,
  make: setAny((dice, scene) =>
    dice.pick<LinkChanges>([
      { txQueueLength: dice.between(0, 5000) },
      { group: dice.between(0, 9) },
      { alias: dice.pick(['', 'one', 'two words', 'a'.repeat(255)]) },
      { mtu: 1300, mac: scene.mac(), up: true },
    ]),
  ),
  wrong: setAny(dice => dice.pick<LinkChanges>([{ alias: 'a'.repeat(256) }, { carrier: true }, { carrier: false }])),
}

const setBridge: Maker = {
  name: 'setlink bridge',
  weight: 4,
  make(scene, dice) {
    const bridge = scene.device(isBridge)
    if (bridge === undefined) return undefined
    if (dice.oneIn(12)) return set(bridge, { fdbFlush: true })
    return set(bridge, { bridge: { ...bridgeOptions(dice), ...(dice.oneIn(3) ? bridgeOptions(dice) : {}) } })
  },
  wrong(scene, dice) {
    const dev = scene.device(each => !isBridge(each))
    return dev && set(dev, { bridge: bridgeOptions(dice) })
  },
}

const PORT_SWITCHES: readonly (keyof BridgePortOptions)[] = [
  'hairpin',
  'guard',
  'rootBlock',
  'fastLeave',
  'learning',
  'flood',
  'mcastFlood',
  'bcastFlood',
  'isolated',
]

function portOptions(dice: Dice): Partial<BridgePortOptions> {
  if (dice.oneIn(8)) return { state: dice.between(0, 5) }
  if (dice.oneIn(8)) return { cost: dice.pick([1, 2, 100, 65535, 0, 65536]) }
  if (dice.oneIn(8)) return { priority: dice.pick([0, 1, 32, 63, 64, 255]) }
  return { [dice.pick(PORT_SWITCHES)]: dice.oneIn(2) }
}

const setPortQuietly: Maker = {
  name: 'bridge link set',
  weight: 3,
  make(scene, dice) {
    const port = scene.device(isPort)
    return port && { ...set(port, { port: portOptions(dice) }), family: 'bridge' }
  },
  wrong(scene, dice) {
    const dev = scene.device(each => !isPort(each))
    return dev && { ...set(dev, { port: portOptions(dice) }), family: 'bridge' }
  },
}

const setPort: Maker = {
  name: 'setlink bridge_slave',
  weight: 5,
  make(scene, dice) {
    const port = scene.device(isPort)
    if (port === undefined) return undefined
    if (dice.oneIn(16)) return set(port, { port: {}, fdbFlush: true })
    return set(port, { port: { ...portOptions(dice), ...(dice.oneIn(4) ? portOptions(dice) : {}) } })
  },
  wrong(scene, dice) {
    const dev = scene.device(each => !isPort(each))
    return dev && set(dev, { port: portOptions(dice) })
  },
}

// -- Forwarding databases -------------------------------------------------------------------------

const newFdb: Maker = {
  name: 'newfdb',
  weight: 3,
  make(scene, dice) {
    const dev = scene.device(each => isPort(each) || isBridge(each))
    if (dev === undefined) return undefined
    const self = isBridge(dev)
    const entry = {
      link: dev.name,
      mac: scene.someMac(),
      self,
      master: !self,
      state: self ? Nud.Permanent : dice.pick([Nud.Permanent, Nud.NoArp, Nud.Reachable]),
      ...(dice.oneIn(8) ? { sticky: true } : {}),
      ...(dice.oneIn(12) ? { externLearn: true } : {}),
      ...(dice.oneIn(12) ? { use: true } : {}),
    }
    return { type: 'newfdb', netns: dev.netns, entry, mode: dice.pick(['add', 'add', 'append', 'replace', 'change']) }
  },
  wrong(scene, dice) {
    const dev = scene.device(each => isPort(each) || isBridge(each))
    if (dev === undefined) return undefined
    const good = { link: dev.name, mac: scene.someMac(), self: false, master: true, state: Nud.Permanent }
    const entry = dice.pick([
      { ...good, mac: 0 as Mac },
      { ...good, state: Nud.Stale },
      { ...good, state: 0 },
      { ...good, vlan: dice.pick([5, 4095]) },
      { ...good, self: true, master: false, state: Nud.Reachable },
      { ...good, link: NOBODY },
    ])
    return { type: 'newfdb', netns: dev.netns, entry, mode: 'add' }
  },
}

const delFdb: Maker = {
  name: 'delfdb',
  weight: 1,
  make(scene, dice) {
    const netns = scene.netns()
    const known = dice.maybe(scene.world.fdb(netns).filter(each => each.master !== undefined))
    if (known === undefined) return undefined
    const self = known.ifindex === known.master
    const entry = { link: known.ifindex, mac: known.mac, self, master: !self, state: Nud.Permanent }
    return { type: 'delfdb', netns, entry }
  },
  wrong(scene) {
    const dev = scene.device(isPort)
    if (dev === undefined) return undefined
    const entry = { link: dev.name, mac: 0x0200_0000_ffff as Mac, self: false, master: true, state: Nud.Permanent }
    return { type: 'delfdb', netns: dev.netns, entry }
  },
}

// -- Namespaces -----------------------------------------------------------------------------------

const NETNS_MAX = 6

const newNetns: Maker = {
  name: 'newnetns',
  weight: 1,
  make: scene =>
    scene.netnses().length > NETNS_MAX
      ? undefined
      : { type: 'newnetns', name: `n${scene.world.engine.netnses.length}` },
  wrong: scene => ({ type: 'newnetns', name: scene.world.netnsNames()[0] ?? '..' }),
}

const delNetns: Maker = {
  name: 'delnetns',
  weight: 1,
  make(scene, dice) {
    const name = dice.oneIn(3) ? dice.maybe(scene.world.netnsNames()) : undefined
    return name === undefined ? undefined : { type: 'delnetns', name }
  },
  wrong: () => ({ type: 'delnetns', name: NOBODY }),
}

export const LINK_REQUESTS: readonly Maker[] = [
  newVeth,
  newBridge,
  newTuntap,
  newOnLower,
  setMacvlan,
  delLink,
  setUp,
  setDown,
  setMaster,
  loMaster,
  noMaster,
  setMac,
  setMtu,
  setName,
  setNetns,
  setFlags,
  setOther,
  setBridge,
  setPort,
  setPortQuietly,
  newFdb,
  delFdb,
  newNetns,
  delNetns,
]

// -- IPv4 -----------------------------------------------------------------------------------------

const lengthOf = (dice: Dice): number => (dice.oneIn(3) ? dice.pick([8, 16, 22, 23, 25, 30, 31, 32, 0]) : 24)

const newAddr: Maker = {
  name: 'newaddr',
  weight: 8,
  make(scene, dice) {
    const dev = scene.device(each => !isPort(each) || dice.oneIn(4))
    if (dev === undefined) return undefined
    const first = dice.oneIn(3) ? dice.maybe(scene.addresses().filter(each => each.dev === dev)) : undefined
    const prefixLength = first?.prefixLength ?? lengthOf(dice)
    const local = first !== undefined ? neighbourOf(first.local, dice) : dice.oneIn(10) ? scene.someIp() : scene.ip()
    const address = {
      local,
      prefixLength,
      ...(dice.oneIn(2) ? { broadcast: broadcastOf(local, prefixLength) } : {}),
      ...(dice.oneIn(10) ? { peer: scene.ip() } : {}),
      ...(dice.oneIn(10) ? { scope: dice.pick([0, 200, 253, 254]) } : {}),
      ...(dice.oneIn(12) ? { label: `${dev.name}:x`.slice(0, 15) } : {}),
      ...(dice.oneIn(12) ? { metric: dice.between(1, 500) } : {}),
      ...(dice.oneIn(12) ? { flags: 0x200 } : {}),
      ...(dice.oneIn(12) ? { exclusive: false } : {}),
    }
    return { type: 'newaddr', netns: dev.netns, link: dev.name, address }
  },
  wrong(scene, dice) {
    const known = dice.maybe(scene.addresses())
    const dev = scene.device()
    if (known !== undefined && dice.oneIn(2)) {
      const { netns, local, prefixLength } = known
      return { type: 'newaddr', netns, link: known.dev.name, address: { local, prefixLength } }
    }
    if (dev === undefined) return undefined
    const address = dice.pick([
      { local: scene.ip(), prefixLength: 33 },
      { local: scene.ip(), prefixLength: 24, validLifetime: 0 },
      { local: scene.ip(), prefixLength: 24, label: 'other-label' },
      { local: 0 as Ip, prefixLength: 24 },
    ])
    return { type: 'newaddr', netns: dev.netns, link: dev.name, address }
  },
}

/** Mostly of the same network. */
const neighbourOf = (local: Ip, dice: Dice): Ip => (((local & ~7) >>> 0) + dice.below(8)) as Ip

const broadcastOf = (local: Ip, prefixLength: number): Ip =>
  (prefixLength === 0 ? 0xffff_ffff : (local | (2 ** (32 - prefixLength) - 1)) >>> 0) as Ip

const delAddr: Maker = {
  name: 'deladdr',
  weight: 2,
  make(scene, dice) {
    const known = dice.maybe(scene.addresses().filter(each => each.dev.kind !== 'loopback'))
    if (known === undefined) return undefined
    const { netns, local, prefixLength, dev } = known
    const address = dice.oneIn(3) ? { local } : { local, prefixLength }
    return { type: 'deladdr', netns, link: dev.name, address }
  },
  wrong(scene) {
    const dev = scene.device()
    return (
      dev && {
        type: 'deladdr',
        netns: dev.netns,
        link: dev.name,
        address: { local: 0x0a63_6363 as Ip, prefixLength: 24 },
      }
    )
  },
}

const ROUTE_TYPES = [RouteType.Blackhole, RouteType.Unreachable, RouteType.Prohibit, RouteType.Throw]

function destination(scene: Scene, dice: Dice): { dst: Ip; prefixLength: number } {
  const prefixLength = dice.pick([0, 16, 22, 24, 24, 24, 28, 32, 32])
  const mask = prefixLength === 0 ? 0 : (0xffff_ffff << (32 - prefixLength)) >>> 0
  return { dst: ((scene.ip() & mask) >>> 0) as Ip, prefixLength }
}

function nexthop(scene: Scene, dice: Dice): NexthopSpec {
  const link = scene.device()?.name ?? NOBODY
  return {
    ...(dice.oneIn(3) ? { link } : { via: scene.someIp(), ...(dice.oneIn(4) ? { link, onlink: true } : {}) }),
    ...(dice.oneIn(2) ? { weight: dice.pick([1, 2, 3, 256]) } : {}),
  }
}

const newRoute: Maker = {
  name: 'newroute',
  weight: 6,
  make(scene, dice) {
    const from = dice.maybe(scene.addresses().filter(each => each.dev.kind !== 'loopback'))
    const dev = from?.dev ?? scene.device()
    if (dev === undefined) return undefined
    const to = destination(scene, dice)
    const common = {
      ...to,
      ...(dice.oneIn(6) ? { metric: dice.pick([1, 10, 100, 1024]) } : {}),
      ...(dice.oneIn(12) ? { table: dice.pick([100, 255, 1000]) } : {}),
      ...(dice.oneIn(16) ? { tos: dice.pick([4, 8, 16]) } : {}),
      ...(dice.oneIn(16) ? { protocol: dice.pick([2, 4, 42]) } : {}),
      ...(dice.oneIn(10) && from !== undefined ? { src: from.local } : {}),
      ...(dice.oneIn(10)
        ? { metrics: dice.pick([{ mtu: 1000 }, { hoplimit: 3 }, { advmss: 500, window: 9000 }]) }
        : {}),
    }
    if (dice.oneIn(7)) {
      const nexthops = Array.from({ length: dice.between(1, 4) }, () => nexthop(scene, dice))
      return { type: 'newroute', netns: dev.netns, route: { ...common, nexthops }, mode: 'add' }
    }
    const mode = dice.oneIn(3) ? dice.pick(['append', 'prepend', 'change', 'replace'] as const) : 'add'
    const route = dice.oneIn(7)
      ? { ...common, type: dice.pick(ROUTE_TYPES) }
      : dice.oneIn(3)
        ? { ...common, link: dev.name }
        : {
            ...common,
            via: scene.someIp(),
            ...(dice.oneIn(3) ? { link: dev.name } : {}),
            ...(dice.oneIn(8) ? { onlink: true } : {}),
          }
    return { type: 'newroute', netns: dev.netns, route, mode }
  },
  wrong(scene, dice) {
    const dev = scene.device()
    if (dev === undefined) return undefined
    const to = { dst: 0x0a00_0100 as Ip, prefixLength: 24 }
    const route = dice.pick([
      { dst: 0x0a00_0101 as Ip, prefixLength: 24, link: dev.name },
      { ...to, via: 0x0808_0808 as Ip },
      { ...to, via: 0x0808_0808 as Ip, link: dev.name },
      { ...to, link: dev.name, src: 0x0909_0909 as Ip },
      { ...to, link: NOBODY },
      { ...to, prefixLength: 33, link: dev.name },
      { ...to, tos: 1, link: dev.name },
      { ...to },
      { ...to, type: RouteType.Unreachable, via: scene.ip() },
      { ...to, via: scene.someIp(), scope: 253 },
      { ...to, link: dev.name, onlink: true },
    ])
    return { type: 'newroute', netns: dev.netns, route, mode: 'add' }
  },
}

const delRoute: Maker = {
  name: 'delroute',
  weight: 2,
  make(scene, dice) {
    const netns = scene.netns()
    const known = dice.maybe(scene.world.routes(netns))
    if (known === undefined) return undefined
    const route = {
      dst: known.dst,
      prefixLength: known.prefixLength,
      ...(known.table === 254 ? {} : { table: known.table }),
      ...(dice.oneIn(3) ? { metric: known.metric } : {}),
      ...(dice.oneIn(4) ? { type: known.type } : {}),
      ...(dice.oneIn(4) && known.via !== undefined ? { via: known.via } : {}),
      ...(dice.oneIn(4) && known.ifindex !== 0 ? { link: known.ifindex } : {}),
      ...(known.nexthops !== undefined && dice.oneIn(2)
        ? { nexthops: known.nexthops.map(({ via }) => ({ via })) }
        : {}),
    }
    return { type: 'delroute', netns, route }
  },
  wrong: scene => ({ type: 'delroute', netns: scene.netns(), route: { dst: 0x0a77_0000 as Ip, prefixLength: 16 } }),
}

const PRIORITIES = [1, 5, 5, 100, 200, 32766, 32766, 40000]
const RULE_TABLES = [100, 1000, 254, 254, 255, 253]

function selectors(scene: Scene, dice: Dice): RuleSpec {
  const some = (): RulePrefix => ({ ip: scene.someIp(), length: dice.pick([32, 32, 24, 16, 8, 0]) })
  const dev = scene.device()
  return {
    ...(dice.oneIn(3) ? { from: some() } : {}),
    ...(dice.oneIn(3) ? { to: some() } : {}),
    ...(dice.oneIn(6) && dev !== undefined ? { iif: dice.oneIn(3) ? 'lo' : dev.name } : {}),
    ...(dice.oneIn(8) ? { oif: dev?.name ?? NOBODY } : {}),
    ...(dice.oneIn(8) ? { tos: dice.pick([4, 8, 16, 3, 0x20]) } : {}),
    ...(dice.oneIn(8) ? { mark: dice.pick([0, 1, 5]) } : {}),
    ...(dice.oneIn(12) ? { markMask: dice.pick([0, 1, 0xff]) } : {}),
    ...(dice.oneIn(10) ? { not: true } : {}),
    ...(dice.oneIn(12) ? { protocol: dice.pick([2, 4]) } : {}),
    ...(dice.oneIn(10) ? { suppressPrefixLength: dice.pick([0, 8, 24]) } : {}),
    ...(dice.oneIn(14) ? { suppressGroup: dice.pick([0, 1, 5]) } : {}),
  }
}

const newRule: Maker = {
  name: 'newrule',
  weight: 2,
  make(scene, dice) {
    const { ToTable, Goto, Nop, Blackhole, Unreachable, Prohibit } = RuleAction
    const action = dice.oneIn(4) ? dice.pick([Goto, Nop, Blackhole, Unreachable, Prohibit]) : ToTable
    const rule: RuleSpec = {
      ...selectors(scene, dice),
      ...(dice.oneIn(3) ? {} : { priority: dice.pick(PRIORITIES) }),
      action,
      ...(action === ToTable ? { table: dice.pick(RULE_TABLES) } : {}),
      ...(action === Goto ? { target: dice.pick(PRIORITIES) } : {}),
    }
    return { type: 'newrule', netns: scene.netns(), rule }
  },
  wrong(scene, dice) {
    const rule = dice.pick<RuleSpec>([
      { action: RuleAction.Goto, priority: 7 },
      { action: RuleAction.ToTable, table: 254, target: 9, priority: 7 },
      { action: RuleAction.ToTable, table: 0, priority: 7 },
      { action: RuleAction.ToTable, table: 254, from: { ip: 0x0a00_0001 as Ip, length: 33 } },
    ])
    return { type: 'newrule', netns: scene.netns(), rule }
  },
}

const delRule: Maker = {
  name: 'delrule',
  weight: 1,
  make(scene, dice) {
    const netns = scene.netns()
    const known = dice.maybe(scene.world.rules(netns))
    if (known === undefined || (known.priority === 0 && !dice.oneIn(8))) return undefined
    const rule = dice.oneIn(2) ? { priority: known.priority } : selectors(scene, dice)
    return { type: 'delrule', netns, rule: dice.oneIn(3) ? { ...rule, table: known.table } : rule }
  },
}

const newNeigh: Maker = {
  name: 'newneigh',
  weight: 4,
  make(scene, dice) {
    const dev = scene.device()
    if (dev === undefined) return undefined
    const neighbour = {
      link: dev.name,
      dst: scene.someIp(),
      ...(dice.oneIn(10) ? { proxy: true } : { mac: scene.someMac() }),
      ...(dice.oneIn(2)
        ? {
            state: dice.pick([
              Nud.Permanent,
              Nud.NoArp,
              Nud.Reachable,
              Nud.Stale,
              Nud.Delay,
              Nud.Probe,
              Nud.Failed,
              Nud.None,
            ]),
          }
        : {}),
      ...(dice.oneIn(12) ? { router: true } : {}),
      ...(dice.oneIn(12) ? { externLearn: true } : {}),
      ...(dice.oneIn(16) ? { protocol: 4 } : {}),
    }
    return {
      type: 'newneigh',
      netns: dev.netns,
      neighbour,
      mode: dice.pick(['add', 'add', 'replace', 'change', 'append']),
    }
  },
  wrong(scene, dice) {
    const dev = scene.device()
    if (dev === undefined) return undefined
    const neighbour = dice.pick([
      { link: dev.name, dst: scene.ip() },
      { link: dev.name, dst: scene.ip(), state: Nud.Reachable },
      { link: NOBODY, dst: scene.ip(), mac: scene.someMac() },
      { link: 'lo', dst: scene.ip(), mac: scene.someMac() },
      { link: dev.name, dst: scene.ip(), mac: scene.someMac(), state: 0x100 },
      { link: dev.name, dst: 0xe000_0005 as Ip, mac: scene.someMac() },
    ])
    return { type: 'newneigh', netns: dev.netns, neighbour, mode: 'add' }
  },
}

const delNeigh: Maker = {
  name: 'delneigh',
  weight: 1,
  make(scene, dice) {
    const netns = scene.netns()
    const known = dice.maybe(scene.world.neighbours(netns))
    if (known === undefined) return undefined
    const { ifindex, dst, proxy } = known
    return { type: 'delneigh', netns, neighbour: { link: ifindex, dst, ...(proxy ? { proxy } : {}) } }
  },
  wrong(scene) {
    const dev = scene.device()
    return dev && { type: 'delneigh', netns: dev.netns, neighbour: { link: dev.name, dst: 0x0a63_0001 as Ip } }
  },
}

/** Of a namespace. */
const SYSCTLS: Readonly<Record<string, readonly string[]>> = {
  'net/ipv4/ip_forward': ['0', '1', '1', '1', '2', 'x', ''],
  'net/ipv4/ip_default_ttl': ['64', '1', '255', '2', '0', '256'],
  'net/ipv4/icmp_echo_ignore_all': ['0', '1', '2'],
  'net/ipv4/icmp_echo_ignore_broadcasts': ['0', '1'],
  'net/ipv4/icmp_ratelimit': ['0', '1000', '100', '-1'],
  'net/ipv4/icmp_ratemask': ['0', '6168', '7'],
  'net/ipv4/icmp_errors_use_inbound_ifaddr': ['0', '1'],
  'net/ipv4/route/min_pmtu': ['552', '1000', '68'],
  'net/ipv4/ip_no_pmtu_disc': ['0', '1', '2', '3', '256'],
  'net/ipv4/ip_forward_use_pmtu': ['0', '1'],
  'net/ipv4/ip_nonlocal_bind': ['0', '1'],
  'net/ipv4/ipfrag_high_thresh': ['0', '800', '5000', '4194304'],
  'net/ipv4/ipfrag_low_thresh': ['0', '900', '4194305'],
  'net/ipv4/ipfrag_time': ['0', '1', '30'],
  'net/ipv4/ipfrag_max_dist': ['0', '1', '64', '-1'],
  'net/ipv4/ip_local_port_range': ['1024 65535', '40000', '5 1'],
  'net/ipv4/ip_local_reserved_ports': ['', '40000', '5-3'],
}

/** Of a device, `all` or `default`. */
const DEVICE_SYSCTLS: Readonly<Record<string, readonly string[]>> = {
  forwarding: ['0', '1'],
  rp_filter: ['0', '1', '2', '3'],
  arp_ignore: ['0', '1', '2', '3', '8'],
  arp_announce: ['0', '1', '2'],
  arp_filter: ['0', '1'],
  arp_accept: ['0', '1', '2'],
  arp_notify: ['0', '1'],
  proxy_arp: ['0', '1'],
  accept_local: ['0', '1'],
  route_localnet: ['0', '1'],
  drop_gratuitous_arp: ['0', '1'],
  promote_secondaries: ['0', '1'],
  ignore_routes_with_linkdown: ['0', '1'],
  send_redirects: ['0', '1'],
  accept_redirects: ['0', '1'],
  shared_media: ['0', '1'],
  secure_redirects: ['0', '1'],
  src_valid_mark: ['0', '1'],
  medium_id: ['-1', '0', '1', '2'],
  bc_forwarding: ['0', '1'],
  arp_evict_nocarrier: ['0', '1'],
  drop_unicast_in_l2_multicast: ['0', '1'],
  proxy_arp_pvlan: ['0', '1'],
}

const NEIGHBOUR_SYSCTLS: Readonly<Record<string, readonly string[]>> = {
  retrans_time_ms: ['100', '20', '1000'],
  ucast_solicit: ['0', '1', '3'],
  mcast_solicit: ['0', '1', '2', '3'],
  base_reachable_time_ms: ['30000', '1000000'],
  unres_qlen: ['1', '3', '101'],
  locktime: ['0', '100'],
  proxy_delay: ['0'],
  proxy_qlen: ['0', '64'],
  gc_stale_time: ['0', '60'],
  unres_qlen_bytes: ['0', '2000', '212992'],
  app_solicit: ['0', '1'],
  mcast_resolicit: ['0', '1'],
  delay_first_probe_time: ['0', '1'],
}

const sysctl: Maker = {
  name: 'sysctl',
  weight: 5,
  make(scene, dice) {
    if (dice.oneIn(3)) return sysctlOf(scene.netns(), dice, 'net/ipv4', SYSCTLS)
    const dev = dice.maybe(scene.addresses())?.dev ?? scene.device()
    if (dev === undefined) return undefined
    if (dice.oneIn(4)) return sysctlOf(dev.netns, dice, `net/ipv4/neigh/${dev.name}`, NEIGHBOUR_SYSCTLS)
    const owner = dice.oneIn(4) ? dice.pick(['all', 'default']) : dev.name
    return sysctlOf(dev.netns, dice, `net/ipv4/conf/${owner}`, DEVICE_SYSCTLS)
  },
  wrong: (scene, dice) => ({
    type: 'sysctl',
    netns: scene.netns(),
    path: dice.pick([
      'net/ipv4/nosuchkey',
      'net/ipv4/conf/nobody/forwarding',
      'net/ipv4/conf',
      'net/ipv4/conf/all/mc_forwarding',
    ]),
    value: '1',
  }),
}

function sysctlOf(
  netns: NetnsId,
  dice: Dice,
  directory: string,
  table: Readonly<Record<string, readonly string[]>>,
): Request {
  const name = dice.pick(Object.keys(table))
  const path = name.includes('/') ? name : `${directory}/${name}`
  return { type: 'sysctl', netns, path, value: dice.pick(table[name]!) }
}

/** An address goes, and one of the same network takes its place, or goes with it. */
const heirs: Maker = {
  name: 'deladdr with heirs',
  weight: 1,
  make(scene, dice) {
    const first = dice.maybe(scene.addresses().filter(({ dev }) => dev.kind !== 'loopback'))
    if (first === undefined) return undefined
    const { netns, dev, local, prefixLength } = first
    const path = `net/ipv4/conf/${dev.name}/promote_secondaries`
    if (!dice.oneIn(3)) scene.add({ type: 'sysctl', netns, path, value: '1' })
    for (let i = dice.between(1, 3); i > 0; i--) {
      const address = { local: neighbourOf(local, dice), prefixLength }
      scene.add({ type: 'newaddr', netns, link: dev.name, address })
    }
    return { type: 'deladdr', netns, link: dev.name, address: { local, prefixLength } }
  },
}

export const IPV4_REQUESTS: readonly Maker[] = [
  heirs,
  newAddr,
  delAddr,
  newRoute,
  delRoute,
  newRule,
  delRule,
  newNeigh,
  delNeigh,
  sysctl,
]
