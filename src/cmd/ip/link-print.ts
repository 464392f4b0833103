/**
 * One link as `ip link` and, above its addresses, `ip addr` show it.
 *
 * Follows iproute2 6.1 ip/ipaddress.c (print_linkinfo, print_stats64), lib/utils.c (print_name_and_link). Left out,
 * since no link here has it: XDP, virtual functions, permanent addresses, protodown, events, physical ports.
 */
import type { LinkInfo, LinkStats } from '../../control/info.ts'
import { TunFlag } from '../../control/records.ts'
import { HardwareType, Iff, type NetnsId, OperState } from '../../core/device.ts'
import * as mac48 from '../../wire/mac.ts'
import type { Notification } from '../../world/monitor.ts'
import type { Family } from './args.ts'
import { printBridge, printBridgePort } from './link-bridge.ts'
import { printMacvlan } from './link-macvlan.ts'
import { type Ip, linkName, linkSeen } from './object.ts'
import type { Colour } from './print.ts'
import { printTun } from './tuntap.ts'

/** linux/if.h, in the order in which iproute2 names them. */
const FLAG_NAMES: readonly (readonly [number, string])[] = [
  [Iff.Loopback, 'LOOPBACK'],
  [Iff.Broadcast, 'BROADCAST'],
  [Iff.PointToPoint, 'POINTOPOINT'],
  [Iff.Multicast, 'MULTICAST'],
  [Iff.NoArp, 'NOARP'],
  [Iff.AllMulti, 'ALLMULTI'],
  [Iff.Promisc, 'PROMISC'],
  [Iff.Dynamic, 'DYNAMIC'],
  [Iff.Up, 'UP'],
  [Iff.LowerUp, 'LOWER_UP'],
]

export const OPERSTATE_NAMES = ['UNKNOWN', 'NOTPRESENT', 'DOWN', 'LOWERLAYERDOWN', 'TESTING', 'DORMANT', 'UP'] as const

/** What `-d` shows of queues and offload limits, for a machine with one CPU. */
const QUEUES_AND_OFFLOADS: readonly (readonly [
  key: string,
  word: string,
  value: number | ((of: LinkInfo) => number),
])[] = [
  ['num_tx_queues', 'numtxqueues', queuesOf],
  ['num_rx_queues', 'numrxqueues', queuesOf],
  ['gso_max_size', 'gso_max_size', 65536],
  ['gso_max_segs', 'gso_max_segs', 65535],
  ['tso_max_size', 'tso_max_size', link => link.tsoMaxSize],
  ['tso_max_segs', 'tso_max_segs', 65535],
  ['gro_max_size', 'gro_max_size', 65536],
]

/** A TUN or TAP with multi_queue has room for as many files as there may be (MAX_TAP_QUEUES). */
function queuesOf({ tun }: LinkInfo): number {
  return tun !== undefined && (tun.flags & TunFlag.MultiQueue) !== 0 ? 256 : 1
}

/** /etc/iproute2/group as it is shipped. */
export const DEFAULT_GROUP = 'default'

export interface LinkView {
  /** For `ip link` (do_link): with link mode, address generation mode, alias and statistics. */
  readonly link: boolean
  /** The family of the listing: the line of the link-layer address is for `unspec` and `link`, and for -details. */
  readonly family: Family
  /** What a monitor has heard of it: no queue length then. */
  readonly notice?: Extract<Notification, { about: 'link' }>
  /** The kernel's IPv6 dump of links (inet6_fill_ifinfo) tells neither queueing discipline nor group. */
  readonly ofInet6?: boolean
}

/** Prints a link, with the end of its last line; with -brief and another family than `link` without that. */
export function printLink(ip: Ip, link: LinkInfo, view: LinkView): void {
  if (ip.options.brief) {
    printBrief(ip, link, view)
    return
  }
  const { print, options } = ip
  const { notice } = view
  const isOfBridge = notice?.bridge === true
  print.field('ifindex', link.ifindex, `${link.ifindex}: `)
  const peerDown = printName(ip, link, name => `${name}: `)
  printFlags(ip, link.flags, peerDown)
  print.field('mtu', link.mtu, `mtu ${link.mtu} `)
  if (!view.ofInet6 && !isOfBridge) print.field('qdisc', link.qdisc, `qdisc ${link.qdisc} `)
  if (link.master !== 0) {
    const master = linkName(ip, link.master)
    print.field('master', master, `master ${master} `)
  }
  const state = OPERSTATE_NAMES[link.operState]
  print.text('state ')
  print.field('operstate', state, `${state} `, stateColour(link.operState))
  if (view.link) print.field('linkmode', 'DEFAULT', 'mode DEFAULT ')
  const group = groupName(ip, link.group)
  if (!view.ofInet6 && !isOfBridge) print.field('group', group, `group ${group} `)
  const queueLength = link.txQueueLength | 0
  if (queueLength !== 0 && notice === undefined) print.field('txqlen', queueLength, `qlen ${queueLength}`)
  if (notice?.event !== undefined) print.text(`event ${notice.event} `)

  if (view.family === 'unspec' || view.family === 'link' || options.details > 0) printLinkLayer(ip, link, !isOfBridge)
  if (link.linkNetnsId !== undefined) printLinkNetns(ip, link)
  if (notice?.newNetnsId !== undefined) printNewNetns(ip, notice)
  if (options.details > 0) printDetails(ip, link, view)
  if ((view.link || options.details > 0) && link.alias !== '') {
    print.text(`${print.separator}    `)
    print.field('ifalias', link.alias, `alias ${link.alias}`)
  }
  if (view.link && options.statistics > 0) {
    print.newline()
    printStats(ip, link)
  }
  printAltNames(ip, link)
  print.text('\n')
}

function printBrief(ip: Ip, link: LinkInfo, view: LinkView): void {
  const { print } = ip
  const peerDown = printName(ip, link, name => `${name.padEnd(16)} `)
  const state = OPERSTATE_NAMES[link.operState]
  print.field('operstate', state, `${state.padEnd(14)} `, stateColour(link.operState))
  if (view.family !== 'link') return
  if (hasAddress(link)) print.field('address', mac48.format(link.mac), `${mac48.format(link.mac)} `, 'mac')
  printFlags(ip, link.flags, peerDown)
  print.text('\n')
}

/** `name`, `name@lower` or, for a lower device elsewhere, `name@if2`. Answers whether a lower device here is down. */
export function printName(ip: Ip, link: LinkInfo, layout: (name: string) => string): boolean {
  const { print } = ip
  const elsewhere = link.linkNetnsId !== undefined
  let lower: string | undefined
  let lowerDown = false
  if (elsewhere && link.iflink !== 0) {
    print.value('link_index', link.iflink)
    lower = `if${link.iflink}`
  } else if (link.iflink === 0) {
    print.value('link', null)
    lower = 'NONE'
  } else if (link.iflink !== link.ifindex) {
    lower = linkName(ip, link.iflink)
    print.value('link', lower)
    const known = linkSeen(ip, link.iflink)
    lowerDown = known !== undefined && (known.flags & Iff.Up) === 0
  }
  print.field('ifname', link.name, layout(lower === undefined ? link.name : `${link.name}@${lower}`), 'ifname')
  return lowerDown
}

export function printFlags(ip: Ip, flags: number, peerDown: boolean): void {
  const { print } = ip
  const names = FLAG_NAMES.filter(([flag]) => (flags & flag) !== 0).map(([, name]) => name)
  if ((flags & Iff.Up) !== 0 && (flags & Iff.Running) === 0) names.unshift('NO-CARRIER')
  if (peerDown) names.push('M-DOWN')
  print.openArray('flags', '<')
  names.forEach((name, i) => {
    print.field(undefined, name, i === 0 && name !== 'M-DOWN' ? name : `,${name}`)
  })
  print.closeArray('> ')
}

const stateColour = (state: OperState): Colour | undefined =>
  state === OperState.Up ? 'up' : state === OperState.Down ? 'down' : undefined

export const groupName = (ip: Ip, group: number): string =>
  group === 0 && !ip.options.numeric ? DEFAULT_GROUP : String(group)

const LINK_TYPES: Record<HardwareType, string> = {
  [HardwareType.Ether]: 'ether',
  [HardwareType.Loopback]: 'loopback',
  [HardwareType.None]: 'none',
}

const hasAddress = (link: LinkInfo): boolean => link.hardwareType !== HardwareType.None

function printLinkLayer(ip: Ip, link: LinkInfo, withBroadcast: boolean): void {
  const { print } = ip
  const type = ip.options.numeric ? `[${link.hardwareType}]` : LINK_TYPES[link.hardwareType]
  print.newline()
  print.field('link_type', type, `    link/${type} `)
  if (!hasAddress(link)) return
  print.field('address', mac48.format(link.mac), mac48.format(link.mac), 'mac')
  if (!withBroadcast) return
  if ((link.flags & Iff.PointToPoint) !== 0) {
    print.text(' peer ')
    print.value('link_pointtopoint', true)
  } else {
    print.text(' brd ')
  }
  print.field('broadcast', mac48.format(link.broadcast), mac48.format(link.broadcast), 'mac')
}

function printLinkNetns(ip: Ip, link: LinkInfo): void {
  const { print } = ip
  if (print.json) {
    print.value('link_netnsid', link.linkNetnsId!)
    return
  }
  const name = netnsName(ip, link.linkNetnsId!, link.linkNetns!)
  print.text(name === undefined ? ` link-netnsid ${link.linkNetnsId}` : ` link-netns ${name}`)
}

/** Where a link that is gone went. */
function printNewNetns(ip: Ip, { newNetnsId, newNetns, newIfindex }: NonNullable<LinkView['notice']>): void {
  const name = netnsName(ip, newNetnsId!, newNetns!)
  ip.print.text(name === undefined ? ` new-netnsid ${newNetnsId}` : ` new-netns ${name}`)
  ip.print.text(` new-ifindex ${newIfindex}`)
}

/** get_name_from_nsid */
function netnsName({ world, seen }: Ip, id: number, netns: NetnsId): string | undefined {
  return seen === undefined ? world.netnsNames().find(name => world.netnsNamed(name)?.id === netns) : seen.netns.get(id)
}

function printDetails(ip: Ip, link: LinkInfo, view: LinkView): void {
  const { print } = ip
  print.field('promiscuity', link.promiscuity, ` promiscuity ${link.promiscuity} `)
  print.field('allmulti', link.allMultiCount, ` allmulti ${link.allMultiCount} `)
  print.field('min_mtu', link.mtuMin, `minmtu ${link.mtuMin} `)
  print.field('max_mtu', link.mtuMax, `maxmtu ${link.mtuMax} `)
  if (link.kind !== 'loopback') printKind(ip, link)
  if (view.link && link.ip6.enabled) {
    print.field('inet6_addr_gen_mode', link.ip6.addrGenMode, `addrgenmode ${link.ip6.addrGenMode} `)
  }
  for (const [key, word, usual] of QUEUES_AND_OFFLOADS) {
    const value = typeof usual === 'number' ? usual : usual(link)
    print.field(key, value, `${word} ${value} `)
  }
}

function printKind(ip: Ip, link: LinkInfo): void {
  const { print } = ip
  print.openObject('linkinfo')
  print.newline()
  print.field('info_kind', link.kind, `    ${link.kind} `)
  if (link.bridge !== undefined) {
    print.openObject('info_data')
    printBridge(print, link.bridge)
    print.closeObject()
  }
  if (link.macvlan !== undefined) {
    print.openObject('info_data')
    printMacvlan(print, link.macvlan)
    print.closeObject()
  }
  if (link.tun !== undefined) {
    print.openObject('info_data')
    printTun(print, link.tun)
    print.closeObject()
  }
  if (link.port !== undefined) {
    print.newline()
    print.field('info_slave_kind', 'bridge', '    bridge_slave ')
    print.openObject('info_slave_data')
    printBridgePort(print, link.port)
    print.closeObject()
  }
  print.closeObject()
}

function printAltNames(ip: Ip, link: LinkInfo): void {
  const { print } = ip
  if (link.altNames.length === 0) return
  print.openArray('altnames')
  for (const name of link.altNames) {
    print.text(`${print.separator}    altname `)
    print.field(undefined, name, name)
  }
  print.closeArray()
}

/** The counters, without the end of their last line; `ip -s addr` prints them below the addresses. */
export function printStats(ip: Ip, link: LinkInfo): void {
  if (ip.print.json) printStatsJson(ip, link)
  else printStatsText(ip, link)
}

function printStatsJson(ip: Ip, link: LinkInfo): void {
  const { print, options } = ip
  const { stats } = link
  const errors = options.statistics > 1
  const values = (list: readonly (readonly [string, number])[]): void => {
    for (const [key, value] of list) print.value(key, value)
  }
  print.openObject('stats64')
  print.openObject('rx')
  values([
    ['bytes', stats.rxBytes],
    ['packets', stats.rxPackets],
    ['errors', stats.rxErrors],
    ['dropped', stats.rxDropped],
    ['over_errors', 0],
    ['multicast', stats.multicast],
  ])
  if (errors) {
    for (const key of ['length_errors', 'crc_errors', 'frame_errors', 'fifo_errors', 'missed_errors'])
      print.value(key, 0)
  }
  print.closeObject()
  print.openObject('tx')
  values([
    ['bytes', stats.txBytes],
    ['packets', stats.txPackets],
    ['errors', stats.txErrors],
    ['dropped', stats.txDropped],
    ['carrier_errors', 0],
    ['collisions', 0],
  ])
  if (errors) {
    for (const key of ['aborted_errors', 'fifo_errors', 'window_errors', 'heartbeat_errors']) print.value(key, 0)
    print.value('carrier_changes', carrierChanges(link))
  }
  print.closeObject()
  print.closeObject()
}

const carrierChanges = (link: LinkInfo): number => link.carrierUpCount + link.carrierDownCount

/** Columns as wide as their longest heading or number: bytes, packets, errors, dropped, and two that differ. */
const HEADINGS = ['*X errors:', 'packets', 'errors', 'dropped', 'heartbt', 'overrun'] as const
const COMPRESSED_WIDTH = 'compressed'.length

function printStatsText(ip: Ip, link: LinkInfo): void {
  const { print, options } = ip
  const rx = received(link.stats)
  const tx = sent(link.stats)
  const rxErrors = [0, 0, 0, 0, 0]
  const txErrors = [0, 0, 0, 0, carrierChanges(link)]
  const rows =
    options.statistics > 1 ? [rx, tx, [0, 0, ...txErrors.slice(0, 4)], [0, 0, 0, 0, 0, 0, txErrors[4]!]] : [rx, tx]
  const widths = HEADINGS.map((heading, i) =>
    options.human ? heading.length : Math.max(heading.length, ...rows.map(row => String(row[i] ?? 0).length)),
  )
  const numbers = (row: readonly number[], from = 0): string =>
    row.map((n, i) => `${count(ip, n).padStart(widths[from + i]!)} `).join('')
  const words = (list: readonly string[], from = 0): string =>
    list.map((word, i) => word.padStart(widths[from + i]!)).join(' ')
  const heading = (word: string, list: readonly string[]): string =>
    `    ${word}: ${'bytes'.padStart(widths[0]! - 4)} ${words(list, 1)} ${' '.repeat(COMPRESSED_WIDTH)}`
  const errorHeading = (word: string, list: readonly string[]): string =>
    `    ${word} errors:${' '.repeat(widths[0]! - 10)} ${words(list, 1)}`
  const indent = ' '.repeat(widths[0]! + 5)

  const lines = [heading('RX', ['packets', 'errors', 'dropped', 'missed', 'mcast']), `    ${numbers(rx)}`]
  if (options.statistics > 1) {
    lines.push(errorHeading('RX', ['length', 'crc', 'frame', 'fifo', 'overrun']), indent + numbers(rxErrors, 1))
  }
  lines.push(heading('TX', ['packets', 'errors', 'dropped', 'carrier', 'collsns']), `    ${numbers(tx)}`)
  if (options.statistics > 1) {
    lines.push(errorHeading('TX', ['aborted', 'fifo', 'window', 'heartbt', 'transns']), indent + numbers(txErrors, 1))
  }
  print.text(lines.join(print.separator))
}

const received = (s: LinkStats): number[] => [s.rxBytes, s.rxPackets, s.rxErrors, s.rxDropped, 0, s.multicast]
const sent = (s: LinkStats): number[] => [s.txBytes, s.txPackets, s.txErrors, s.txDropped, 0, 0]

/** print_num: a count, with -human in thousands and more: 1.23k, 45.6M; with -iec of 1024: 1.23ki. */
function count(ip: Ip, n: number): string {
  const base = ip.options.iec ? 1024 : 1000
  if (!ip.options.human || n < base) return String(n)
  let prefix = 0
  let unit = base
  while (Math.floor(n / base) >= unit && prefix < 5) {
    unit *= base
    prefix++
  }
  const whole = Math.floor(n / unit)
  const digits = whole < 10 ? 2 : whole < 100 ? 1 : 0
  return `${(n / unit).toFixed(digits)}${'kMGTPE'[prefix]}${ip.options.iec ? 'i' : ''}`
}
