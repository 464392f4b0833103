/**
 * The directory of one link: /sys/devices/virtual/net/NAME.
 *
 * Follows Linux net/core/net-sysfs.c, net/bridge/br_sysfs_br.c and br_sysfs_if.c,
 * drivers/net/tun.c and macvtap.c. Writing is the same request that `ip
 * link set` makes. Left out: power, the settings of queues, brforward.
 */
import type { BridgeId, BridgeInfo, BridgePortInfo, LinkInfo, TunInfo } from '../control/info.ts'
import type { LinkChanges } from '../control/request.ts'
import { HardwareType, Iff, type NetnsId, OperState } from '../core/device.ts'
import { type Answer, DONE, done, fail } from '../core/errno.ts'
import * as mac48 from '../wire/mac.ts'
import type { World } from '../world/world.ts'

/** What stands at a path. */
export type Entry =
  | { readonly type: 'file'; readonly mode: number }
  | { readonly type: 'directory'; readonly names: readonly string[] }
  | { readonly type: 'link'; readonly target: string }

const READ_ONLY = 0o444
const READ_WRITE = 0o644
const WRITE_ONLY = 0o200

/** One file: what it says, and the request that a number or a text written into it makes. */
interface Attribute<T> {
  readonly show?: (of: T) => string | number | undefined
  readonly store?: (value: number, of: T) => LinkChanges
  readonly storeText?: (text: string, of: T) => LinkChanges
}

const hex = (value: number): string => `0x${value.toString(16)}`
const bit = (on: boolean): number => (on ? 1 : 0)
const hasAddress = ({ hardwareType }: LinkInfo): boolean => hardwareType !== HardwareType.None
const isUp = ({ flags }: LinkInfo): boolean => (flags & Iff.Up) !== 0

const OPERSTATES: Readonly<Record<number, string>> = {
  [OperState.Unknown]: 'unknown',
  [OperState.NotPresent]: 'notpresent',
  [OperState.Down]: 'down',
  [OperState.LowerLayerDown]: 'lowerlayerdown',
  [OperState.Testing]: 'testing',
  [OperState.Dormant]: 'dormant',
  [OperState.Up]: 'up',
}
/** What ethtool says of a link that is up; undefined: the kind has no such thing. */
const SPEEDS: Readonly<Record<string, readonly [speed: number, duplex: string]>> = {
  veth: [10_000, 'full'],
  bridge: [10_000, 'unknown'],
  tun: [10_000, 'full'],
  macvlan: [10_000, 'full'],
  macvtap: [10_000, 'full'],
}
/** Flags that net_device.flags has and dev_get_flags adds to. */
const flagsOf = ({ flags, promiscuity, allMultiCount }: LinkInfo): number =>
  (flags & ~(Iff.Running | Iff.LowerUp)) | (promiscuity > 0 ? Iff.Promisc : 0) | (allMultiCount > 0 ? Iff.AllMulti : 0)

const LINK: Readonly<Record<string, Attribute<LinkInfo>>> = {
  addr_assign_type: { show: link => link.macOrigin },
  addr_len: { show: link => (hasAddress(link) ? mac48.BYTES : 0) },
  address: { show: link => (hasAddress(link) ? mac48.format(link.mac) : '') },
  broadcast: { show: link => (hasAddress(link) ? mac48.format(link.broadcast) : '') },
  carrier: { show: link => (isUp(link) ? bit(link.carrier) : undefined), store: value => ({ carrier: value !== 0 }) },
  carrier_changes: { show: link => link.carrierUpCount + link.carrierDownCount },
  carrier_down_count: { show: link => link.carrierDownCount },
  carrier_up_count: { show: link => link.carrierUpCount },
  dev_id: { show: () => '0x0' },
  dev_port: { show: () => 0 },
  dormant: { show: link => (isUp(link) ? bit(link.operState === OperState.Dormant) : undefined) },
  duplex: { show: link => (isUp(link) ? SPEEDS[link.kind]?.[1] : undefined) },
  flags: { show: link => hex(flagsOf(link)), store: storeFlags },
  gro_flush_timeout: { show: () => 0 },
  ifalias: { show: link => link.alias, storeText: alias => ({ alias }) },
  ifindex: { show: link => link.ifindex },
  iflink: { show: link => link.iflink },
  link_mode: { show: () => 0 },
  mtu: { show: link => link.mtu, store: mtu => ({ mtu }) },
  name_assign_type: { show: ({ kind }) => (kind === 'loopback' ? 2 : kind === 'tun' ? undefined : 3) },
  napi_defer_hard_irqs: { show: () => 0 },
  netdev_group: { show: link => link.group, store: group => ({ group }) },
  operstate: { show: link => OPERSTATES[link.operState] },
  proto_down: { show: () => 0 },
  speed: { show: link => (isUp(link) ? SPEEDS[link.kind]?.[0] : undefined) },
  testing: { show: link => (isUp(link) ? bit(link.operState === OperState.Testing) : undefined) },
  threaded: { show: () => 0 },
  tx_queue_len: { show: link => link.txQueueLength, store: txQueueLength => ({ txQueueLength }) },
  type: { show: link => link.hardwareType },
  uevent: {
    show: ({ kind, name, ifindex }) =>
      `${kind === 'bridge' ? 'DEVTYPE=bridge\n' : ''}INTERFACE=${name}\nIFINDEX=${ifindex}`,
  },
}

/** What `flags` can change: the flags of `ip link set`. */
function storeFlags(flags: number): LinkChanges {
  const has = (flag: number): boolean => (flags & flag) !== 0
  return {
    up: has(Iff.Up),
    arp: !has(Iff.NoArp),
    multicast: has(Iff.Multicast),
    promisc: has(Iff.Promisc),
    allMulticast: has(Iff.AllMulti),
    dynamic: has(Iff.Dynamic),
  }
}

const ZERO_STATISTICS = [
  'collisions',
  'rx_compressed',
  'rx_crc_errors',
  'rx_fifo_errors',
  'rx_frame_errors',
  'rx_length_errors',
  'rx_missed_errors',
  'rx_nohandler',
  'rx_over_errors',
  'tx_aborted_errors',
  'tx_carrier_errors',
  'tx_compressed',
  'tx_fifo_errors',
  'tx_heartbeat_errors',
  'tx_window_errors',
]

const STATISTICS: Readonly<Record<string, Attribute<LinkInfo>>> = {
  ...Object.fromEntries(ZERO_STATISTICS.map(name => [name, { show: () => 0 }])),
  multicast: { show: ({ stats }) => stats.multicast },
  rx_bytes: { show: ({ stats }) => stats.rxBytes },
  rx_dropped: { show: ({ stats }) => stats.rxDropped },
  rx_errors: { show: ({ stats }) => stats.rxErrors },
  rx_packets: { show: ({ stats }) => stats.rxPackets },
  tx_bytes: { show: ({ stats }) => stats.txBytes },
  tx_dropped: { show: ({ stats }) => stats.txDropped },
  tx_errors: { show: ({ stats }) => stats.txErrors },
  tx_packets: { show: ({ stats }) => stats.txPackets },
}

/** Files beside those of every link. */
const TUN: Readonly<Record<string, Attribute<TunInfo>>> = {
  group: { show: tun => tun.group ?? -1 },
  owner: { show: tun => tun.owner ?? -1 },
  tun_flags: { show: tun => hex(tun.flags) },
}

/** The character device of a macvtap, whose numbers are the kernel's choice on Linux. */
const TAP_MAJOR = 246
const TAP: Readonly<Record<string, Attribute<LinkInfo>>> = {
  dev: { show: ({ ifindex }) => `${TAP_MAJOR}:${ifindex}` },
  uevent: { show: ({ ifindex }) => `MAJOR=${TAP_MAJOR}\nMINOR=${ifindex}\nDEVNAME=tap${ifindex}` },
}
const TAP_LINKS: Readonly<Record<string, (link: LinkInfo) => string>> = {
  device: ({ name }) => `../../../${name}`,
  subsystem: () => '../../../../../../class/macvtap',
}

const bridgeId = ({ priority, mac }: BridgeId): string =>
  `${priority.toString(16).padStart(4, '0')}.${mac48.format(mac).replaceAll(':', '')}`

/** Times in hundredths of a second, as the kernel shows them. */
const BRIDGE: Readonly<Record<string, Attribute<BridgeInfo>>> = {
  ageing_time: { show: br => br.ageingTime, store: ageingTime => ({ bridge: { ageingTime } }) },
  bridge_id: { show: br => bridgeId(br.bridgeId) },
  flush: { store: () => ({ fdbFlush: true }) },
  forward_delay: { show: br => br.forwardDelay, store: forwardDelay => ({ bridge: { forwardDelay } }) },
  gc_timer: { show: br => br.gcTimer },
  group_addr: { show: br => mac48.format(br.groupAddress) },
  group_fwd_mask: { show: br => hex(br.groupFwdMask), store: groupFwdMask => ({ bridge: { groupFwdMask } }) },
  hash_elasticity: { show: () => 16 },
  hash_max: { show: () => 4096 },
  hello_time: { show: br => br.helloTime, store: helloTime => ({ bridge: { helloTime } }) },
  hello_timer: { show: br => br.helloTimer },
  max_age: { show: br => br.maxAge, store: maxAge => ({ bridge: { maxAge } }) },
  multicast_igmp_version: { show: () => 2 },
  multicast_last_member_count: { show: () => 2 },
  multicast_last_member_interval: { show: () => 100 },
  multicast_membership_interval: { show: () => 26_000 },
  multicast_mld_version: { show: () => 1 },
  multicast_querier: { show: br => br.mcastQuerier, store: mcastQuerier => ({ bridge: { mcastQuerier } }) },
  multicast_querier_interval: { show: () => 25_500 },
  multicast_query_interval: { show: () => 12_500 },
  multicast_query_response_interval: { show: () => 1000 },
  multicast_query_use_ifaddr: { show: () => 0 },
  multicast_router: { show: () => 1 },
  multicast_snooping: { show: br => br.mcastSnooping, store: mcastSnooping => ({ bridge: { mcastSnooping } }) },
  multicast_startup_query_count: { show: () => 2 },
  multicast_startup_query_interval: { show: () => 3124 },
  multicast_stats_enabled: { show: () => 0 },
  nf_call_arptables: { show: br => br.nfCallArptables, store: nfCallArptables => ({ bridge: { nfCallArptables } }) },
  nf_call_ip6tables: { show: br => br.nfCallIp6tables, store: nfCallIp6tables => ({ bridge: { nfCallIp6tables } }) },
  nf_call_iptables: { show: br => br.nfCallIptables, store: nfCallIptables => ({ bridge: { nfCallIptables } }) },
  no_linklocal_learn: { show: () => 0 },
  priority: { show: br => br.priority, store: priority => ({ bridge: { priority } }) },
  root_id: { show: br => bridgeId(br.rootId) },
  root_path_cost: { show: br => br.rootPathCost },
  root_port: { show: br => br.rootPort },
  stp_state: { show: br => br.stpState, store: stpState => ({ bridge: { stpState } }) },
  tcn_timer: { show: br => br.tcnTimer },
  topology_change: { show: br => br.topologyChange },
  topology_change_detected: { show: br => br.topologyChangeDetected },
  topology_change_timer: { show: br => br.topologyChangeTimer },
}

type Flag = {
  readonly [K in keyof BridgePortInfo]: BridgePortInfo[K] extends boolean ? K : never
}[keyof BridgePortInfo]

/** A flag of a port: 0 clears it, anything else sets it. */
const flag = (name: Flag): Attribute<BridgePortInfo> => ({
  show: port => bit(port[name]),
  store: value => ({ port: { [name]: value !== 0 } }),
})

const PORT: Readonly<Record<string, Attribute<BridgePortInfo>>> = {
  backup_port: { show: () => '' },
  bpdu_guard: flag('guard'),
  broadcast_flood: flag('bcastFlood'),
  change_ack: { show: port => port.topologyChangeAck },
  config_pending: { show: port => port.configPending },
  designated_bridge: { show: port => bridgeId(port.designatedBridge) },
  designated_cost: { show: port => port.designatedCost },
  designated_port: { show: port => port.designatedPort },
  designated_root: { show: port => bridgeId(port.designatedRoot) },
  flush: { store: () => ({ fdbFlush: true }) },
  forward_delay_timer: { show: port => port.forwardDelayTimer },
  group_fwd_mask: { show: () => '0x0' },
  hairpin_mode: flag('hairpin'),
  hold_timer: { show: port => port.holdTimer },
  isolated: flag('isolated'),
  learning: flag('learning'),
  message_age_timer: { show: port => port.messageAgeTimer },
  multicast_fast_leave: flag('fastLeave'),
  multicast_flood: flag('mcastFlood'),
  multicast_router: { show: () => 1 },
  multicast_to_unicast: flag('mcastToUnicast'),
  neigh_suppress: flag('neighSuppress'),
  path_cost: { show: port => port.cost, store: cost => ({ port: { cost } }) },
  port_id: { show: port => hex(port.portId) },
  port_no: { show: port => hex(port.portNumber) },
  priority: { show: port => port.priority, store: priority => ({ port: { priority } }) },
  proxyarp: flag('proxyArp'),
  proxyarp_wifi: flag('proxyArpWifi'),
  root_block: flag('rootBlock'),
  state: { show: port => port.state },
  unicast_flood: flag('flood'),
}

/** Files that say nothing and their line's end: a name that is not there. */
const BARE: ReadonlySet<string> = new Set(['ifalias', 'backup_port'])

// -- The tree ---------------------------------------------------------------------------------------

/** `parts` is the path below /sys/devices/virtual/net. */
export function entry(world: World, netns: NetnsId, parts: readonly string[]): Entry | undefined {
  const link = linkNamed(world, netns, parts[0])
  if (link === undefined) return undefined
  const others = world.links(netns)
  const [, first, second, third] = parts
  if (first === undefined) return { type: 'directory', names: namesOf(link, others) }
  if (second === undefined) {
    const target = linksOf(link, others).get(first)
    if (target !== undefined) return { type: 'link', target }
    if (first in LINK) return file(LINK[first]!)
    if (first in TUN && link.tun !== undefined) return file(TUN[first]!)
  }
  if (first === 'macvtap' && link.kind === 'macvtap') return tapEntry(link, second, third)
  if (third !== undefined) return undefined
  switch (first) {
    case 'statistics':
      return within(STATISTICS, second)
    case 'queues':
      return second === undefined || second === 'rx-0' || second === 'tx-0'
        ? { type: 'directory', names: second === undefined ? ['rx-0', 'tx-0'] : [] }
        : undefined
    case 'bridge':
      return link.bridge === undefined ? undefined : within(BRIDGE, second)
    case 'brport':
      if (link.port === undefined) return undefined
      if (second === 'bridge') return { type: 'link', target: `../../${nameOf(others, link.master)}` }
      return within(PORT, second, ['bridge'])
    case 'brif': {
      if (link.bridge === undefined) return undefined
      const ports = others.filter(other => other.master === link.ifindex).map(other => other.name)
      if (second === undefined) return { type: 'directory', names: ports }
      return ports.includes(second) ? { type: 'link', target: `../../${second}/brport` } : undefined
    }
  }
  return undefined
}

function tapEntry(link: LinkInfo, name: string | undefined, file: string | undefined): Entry | undefined {
  const own = `tap${link.ifindex}`
  if (name === undefined) return { type: 'directory', names: [own] }
  if (name !== own) return undefined
  if (file !== undefined && file in TAP_LINKS) return { type: 'link', target: TAP_LINKS[file]!(link) }
  return within(TAP, file, Object.keys(TAP_LINKS))
}

/** Text with the line's end. EINVAL where Linux has nothing to say. */
export function read(world: World, netns: NetnsId, parts: readonly string[]): Answer<string> {
  const link = linkNamed(world, netns, parts[0])
  if (link === undefined) return fail('ENOENT')
  const name = parts.at(-1)!
  const value = shown(link, parts)
  if (value === undefined) return fail('EINVAL')
  return done(value === '' && BARE.has(name) ? '' : `${value}\n`)
}

function shown(link: LinkInfo, parts: readonly string[]): string | number | undefined {
  const [, first = '', second = ''] = parts
  if (parts.length === 2 && link.tun !== undefined && first in TUN) return TUN[first]!.show?.(link.tun)
  if (parts.length === 2) return LINK[first]?.show?.(link)
  if (first === 'macvtap') return TAP[parts.at(-1)!]?.show?.(link)
  if (first === 'statistics') return STATISTICS[second]?.show?.(link)
  if (first === 'bridge' && link.bridge !== undefined) return BRIDGE[second]?.show?.(link.bridge)
  if (first === 'brport' && link.port !== undefined) return PORT[second]?.show?.(link.port)
  return undefined
}

/** EINVAL for text that is no number; otherwise what the request answers. */
export function write(world: World, netns: NetnsId, parts: readonly string[], text: string): Answer {
  const link = linkNamed(world, netns, parts[0])
  if (link === undefined) return fail('ENOENT')
  const changes = stored(link, parts, text)
  if (changes === undefined) return fail('EINVAL')
  const answer = world.apply({ type: 'setlink', netns, link: link.ifindex, changes })
  return answer.ok ? DONE : answer
}

function stored(link: LinkInfo, parts: readonly string[], text: string): LinkChanges | undefined {
  const [, first = '', second = ''] = parts
  if (parts.length === 2) return changesOf(LINK[first], link, text)
  if (first === 'bridge' && link.bridge !== undefined) return changesOf(BRIDGE[second], link.bridge, text)
  if (first === 'brport' && link.port !== undefined) return changesOf(PORT[second], link.port, text)
  return undefined
}

function changesOf<T>(attribute: Attribute<T> | undefined, of: T, text: string): LinkChanges | undefined {
  const line = text.replace(/\n$/, '')
  if (attribute?.storeText !== undefined) return attribute.storeText(line, of)
  const value = kernelNumber(line)
  return value === undefined ? undefined : attribute?.store?.(value, of)
}

/** kstrtoul with base 0. */
function kernelNumber(text: string): number | undefined {
  if (/^\+?(?:0x[0-9a-f]+|[1-9]\d*|0)$/i.test(text)) return Number(text.replace('+', ''))
  return /^\+?0[0-7]+$/.test(text) ? Number.parseInt(text, 8) : undefined
}

function within<T>(
  table: Readonly<Record<string, Attribute<T>>>,
  name: string | undefined,
  more: string[] = [],
): Entry | undefined {
  if (name === undefined) return { type: 'directory', names: [...Object.keys(table), ...more].sort() }
  return name in table ? file(table[name]!) : undefined
}

function file<T>({ show, store, storeText }: Attribute<T>): Entry {
  if (show === undefined) return { type: 'file', mode: WRITE_ONLY }
  return { type: 'file', mode: store === undefined && storeText === undefined ? READ_ONLY : READ_WRITE }
}

function namesOf(link: LinkInfo, others: readonly LinkInfo[]): string[] {
  const directories = ['queues', 'statistics']
  if (link.bridge !== undefined) directories.push('bridge', 'brif')
  if (link.port !== undefined) directories.push('brport')
  if (link.tun !== undefined) directories.push(...Object.keys(TUN))
  if (link.kind === 'macvtap') directories.push('macvtap')
  return [...Object.keys(LINK), ...directories, ...linksOf(link, others).keys()].sort()
}

/** Is it on the other one, in the same namespace? */
const standsOn = (link: LinkInfo, other: LinkInfo): boolean =>
  link.macvlan !== undefined && link.linkNetnsId === undefined && link.iflink === other.ifindex

/** Symbolic links to other links: master, upper_*, lower_*; to the character device of a macvtap. */
function linksOf(link: LinkInfo, others: readonly LinkInfo[]): Map<string, string> {
  const found = new Map([['subsystem', '../../../../class/net']])
  const master = nameOf(others, link.master)
  if (master !== undefined) found.set('master', `../${master}`).set(`upper_${master}`, `../${master}`)
  for (const other of others) {
    const to = `../${other.name}`
    if (other.master === link.ifindex || standsOn(link, other)) found.set(`lower_${other.name}`, to)
    if (standsOn(other, link)) found.set(`upper_${other.name}`, to)
  }
  if (link.kind === 'macvtap') found.set(`tap${link.ifindex}`, `macvtap/tap${link.ifindex}`)
  return found
}

const nameOf = (links: readonly LinkInfo[], ifindex: number): string | undefined =>
  ifindex === 0 ? undefined : links.find(link => link.ifindex === ifindex)?.name

const linkNamed = (world: World, netns: NetnsId, name: string | undefined): LinkInfo | undefined =>
  name === undefined ? undefined : world.link(netns, name)
