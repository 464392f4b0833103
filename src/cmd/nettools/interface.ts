/**
 * Interfaces as `ifconfig` and `netstat -i` show them: devices, and the aliases that addresses with a label make.
 *
 * Follows net-tools 2.10 lib/interface.c and lib/nstrcmp.c. Left out: everything that no device here has (media,
 * interrupts, other protocols than IP).
 */
import type { AddressInfo, LinkInfo, LinkStats } from '../../control/info.ts'
import { type AddressRecord, Scope } from '../../control/records.ts'
import { HardwareType, Iff } from '../../core/device.ts'
import * as ip4 from '../../wire/ip.ts'
import * as ip6 from '../../wire/ip6.ts'
import * as mac48 from '../../wire/mac.ts'
import type { Process } from '../command.ts'
import { addressOf, linkOf, NAME_OCTETS_MAX } from './ioctl.ts'

export interface Interface {
  readonly name: string
  readonly link: LinkInfo
  /** IPv4, of this label. */
  readonly address: AddressRecord | undefined
  readonly addresses6: readonly AddressInfo[]
}

/** One by its name, undefined when the device does not exist; an alias need not. */
export function interfaceNamed(process: Process, name: string): Interface | undefined {
  const link = linkOf(process, name)
  if (link === undefined) return undefined
  const { world, netns } = process
  const addresses6 = world
    .addresses(netns)
    .filter(each => each.family === 6 && each.ifindex === link.ifindex && link.name === name)
  return { name, link: asRead(link), address: addressOf(process, name), addresses6 }
}

/** The reader of /proc/net/dev loses the numbers behind a name of full length. */
function asRead(link: LinkInfo): LinkInfo {
  const { name, stats } = link
  if (name.length < NAME_OCTETS_MAX) return link
  return { ...link, stats: Object.fromEntries(Object.keys(stats).map(key => [key, 0])) as unknown as LinkStats }
}

/** Every device and every alias, by name. */
export function interfaces(process: Process): readonly Interface[] {
  const { world, netns } = process
  const names = new Set(world.links(netns).map(({ name }) => name))
  for (const each of world.addresses(netns)) if (each.family === 4) names.add(each.label)
  return [...names]
    .sort(compareNames)
    .map(name => interfaceNamed(process, name))
    .filter(each => each !== undefined)
}

/** nstrcmp: numbers in names count as numbers. */
function compareNames(a: string, b: string): number {
  const left = wordsOf(a)
  const right = wordsOf(b)
  for (const [i, word] of left.entries()) {
    const other = right[i]
    if (other === undefined) return 1
    if (word === other) continue
    const difference = Number(word) - Number(other)
    if (difference > 0 || difference < 0) return difference
    return word < other ? -1 : 1
  }
  return left.length - right.length
}

/** Numbers, and all else letter by letter. */
const wordsOf = (name: string): readonly string[] => name.match(/\d+|\D/g) ?? []

export const isUp = ({ link }: Interface): boolean => (link.flags & Iff.Up) !== 0

/** Sixteen bits are told. */
const flagsOf = ({ flags }: LinkInfo): number => (flags << 16) >> 16

const FLAGS: readonly (readonly [mask: number, name: string])[] = [
  [Iff.Up, 'UP'],
  [Iff.Broadcast, 'BROADCAST'],
  [Iff.Loopback, 'LOOPBACK'],
  [Iff.PointToPoint, 'POINTOPOINT'],
  [Iff.Running, 'RUNNING'],
  [Iff.NoArp, 'NOARP'],
  [Iff.Promisc, 'PROMISC'],
  [Iff.AllMulti, 'ALLMULTI'],
  [Iff.Multicast, 'MULTICAST'],
  [Iff.Dynamic, 'DYNAMIC'],
]

/** ife_print_long */
export function longText(each: Interface): string {
  const { name, link, address, addresses6 } = each
  const flags = flagsOf(link)
  const names = FLAGS.filter(([mask]) => (flags & mask) !== 0).map(([, word]) => word)
  return [
    `${name}: flags=${flags}<${names.join(',')}>  mtu ${link.mtu}\n`,
    address === undefined ? '' : addressText(address, flags),
    ...addresses6.map(address6Text),
    `        ${hardwareText(link)}\n`,
    name === link.name ? statisticsText(link) : '',
    '\n',
  ].join('')
}

function addressText({ local, prefixLength, broadcast = ip4.ANY, address }: AddressRecord, flags: number): string {
  const more =
    ((flags & Iff.Broadcast) !== 0 ? `  broadcast ${ip4.format(broadcast)}` : '') +
    ((flags & Iff.PointToPoint) !== 0 ? `  destination ${ip4.format(address)}` : '')
  return `        inet ${ip4.format(local)}  netmask ${ip4.format(ip4.mask(prefixLength))}${more}\n`
}

/** IPV6_ADDR_LOOPBACK, LINKLOCAL and SITELOCAL, by scope. */
const SCOPES6: ReadonlyMap<number, readonly [bits: number, name: string]> = new Map([
  [Scope.Host, [0x10, 'host']],
  [Scope.Link, [0x20, 'link']],
  [Scope.Site, [0x40, 'site']],
])

function address6Text(address: AddressInfo): string {
  if (address.family !== 6) return ''
  const [bits, name] = SCOPES6.get(address.scope) ?? [0, 'global']
  const scope = `scopeid 0x${bits.toString(16)}<${name}>`
  return `        inet6 ${ip6.format(address.bytes)}  prefixlen ${address.prefixLength}  ${scope}\n`
}

function hardwareText({ hardwareType, mac, txQueueLength }: LinkInfo): string {
  const queue = `  txqueuelen ${txQueueLength}  `
  if (hardwareType === HardwareType.Ether) return `ether ${mac48.format(mac)}${queue}(Ethernet)`
  if (hardwareType === HardwareType.Loopback) return `loop${queue}(Local Loopback)`
  return `unspec ${Array(16).fill('00').join('-')}${queue}(UNSPEC)`
}

function statisticsText({ stats }: LinkInfo): string {
  const way = (name: string, packets: number, bytes: number): string =>
    `        ${name} packets ${packets}  bytes ${bytes} (${bytesText(bytes)})\n`
  return (
    way('RX', stats.rxPackets, stats.rxBytes) +
    `        RX errors ${stats.rxErrors}  dropped ${stats.rxDropped}  overruns 0  frame 0\n` +
    way('TX', stats.txPackets, stats.txBytes) +
    `        TX errors ${stats.txErrors}  dropped ${stats.txDropped} overruns 0  carrier 0  collisions 0\n`
  )
}

const UNITS = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB']

/** ife_unit: one decimal, cut off. */
function bytesText(bytes: number): string {
  let unit = 'B'
  let tenths = bytes * 10
  for (const [i, name] of UNITS.entries()) {
    const size = 1024 ** (i + 1)
    if (bytes <= size) break
    unit = name
    tenths = Math.floor((bytes * 10) / size)
  }
  return `${Math.floor(tenths / 10)}.${tenths % 10} ${unit}`
}

/** The letters of the short form, in their order; P means two things. */
const LETTERS: readonly (readonly [mask: number, letter: string])[] = [
  [Iff.AllMulti, 'A'],
  [Iff.Broadcast, 'B'],
  [Iff.Loopback, 'L'],
  [Iff.Multicast, 'M'],
  [Iff.Dynamic, 'd'],
  [Iff.Promisc, 'P'],
  [Iff.NoArp, 'O'],
  [Iff.PointToPoint, 'P'],
  [Iff.Running, 'R'],
  [Iff.Up, 'U'],
]
const STATISTICS_COLUMNS = 56

/** ife_print_short */
export function shortText({ name, link }: Interface): string {
  const { mtu, stats } = link
  const flags = flagsOf(link)
  const letters = LETTERS.filter(([mask]) => (flags & mask) !== 0).map(([, letter]) => letter)
  const right = (value: number, columns: number): string => String(value).padStart(columns)
  const statistics =
    `${right(stats.rxPackets, 8)} ${right(stats.rxErrors, 6)} ${right(stats.rxDropped, 6)} ${'0'.padEnd(6)} ` +
    `${right(stats.txPackets, 8)} ${right(stats.txErrors, 6)} ${right(stats.txDropped, 6)} ${right(0, 6)} `
  const none = '     - no statistics available -'.padEnd(STATISTICS_COLUMNS)
  const middle = name === link.name ? statistics : none
  return `${name.padEnd(15)} ${right(mtu, 5)} ${middle}${flags === 0 ? '[NO FLAGS]' : letters.join('')}\n`
}
