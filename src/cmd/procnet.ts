/**
 * The tables of /proc/net: arp, dev, dev_mcast, fib_trie, fib_triestat, igmp, netstat, route, snmp.
 *
 * Follows Linux net/ipv4/arp.c (arp_seq_show), net/core/net-procfs.c (dev_seq_printf_stats), net/ipv4/fib_trie.c
 * (fib_route_seq_show), net/ipv4/proc.c (snmp_seq_show), net/ipv4/igmp.c. Left out: the
 * counters of TCP, which nobody speaks here.
 */
import type { GroupsInfo, LinkInfo, RouteInfo } from '../control/info.ts'
import { Nud, RouteType, Table } from '../control/request.ts'
import type { NetnsId } from '../core/device.ts'
import * as ip from '../wire/ip.ts'
import * as mac48 from '../wire/mac.ts'
import type { World } from '../world/world.ts'
import { fibTrie, fibTriestat } from './procfib.ts'
import { netstat } from './procnetstat.ts'

type Show = (world: World, netns: NetnsId) => string

export const PROC_NET: Readonly<Record<string, Show>> = {
  arp,
  dev,
  dev_mcast: deviceGroups,
  fib_trie: fibTrie,
  fib_triestat: fibTriestat,
  igmp,
  netstat,
  route,
  snmp,
}

export const procNet = (world: World, netns: NetnsId, name: string): string => PROC_NET[name]?.(world, netns) ?? ''

/** linux/if_arp.h ATF_*. */
export const Atf = { Complete: 0x02, Permanent: 0x04, Published: 0x08 } as const
const NUD_VALID = Nud.Permanent | Nud.NoArp | Nud.Reachable | Nud.Probe | Nud.Stale | Nud.Delay
const ETHER = 1

function arp(world: World, netns: NetnsId): string {
  const names = namesOf(world, netns)
  const lines = world
    .neighbours(netns)
    .filter(({ state, proxy }) => proxy || (state & ~Nud.NoArp) !== 0)
    .map(({ dst, mac, state, proxy, ifindex }) => {
      const flags = proxy ? Atf.Published | Atf.Permanent : flagsOf(state)
      const type = `0x${ETHER.toString(16).padEnd(10)}`
      const address = mac48.format(mac ?? mac48.ZERO)
      const left = `${ip.format(dst).padEnd(16)} ${type}0x${flags.toString(16).padEnd(10)}${address.padEnd(17)}`
      return `${left}     *        ${names.get(ifindex)}\n`
    })
  return `IP address       HW type     Flags       HW address            Mask     Device\n${lines.join('')}`
}

const flagsOf = (state: number): number =>
  (state & Nud.Permanent) !== 0 ? Atf.Permanent | Atf.Complete : (state & NUD_VALID) !== 0 ? Atf.Complete : 0

function dev(world: World, netns: NetnsId): string {
  const right = (value: number, columns: number): string => String(value).padStart(columns)
  const line = ({ name, stats }: LinkInfo): string =>
    `${name.padStart(6)}: ${right(stats.rxBytes, 7)} ${right(stats.rxPackets, 7)} ${right(stats.rxErrors, 4)} ` +
    `${right(stats.rxDropped, 4)} ${right(0, 4)} ${right(0, 5)} ${right(0, 10)} ${right(stats.multicast, 9)} ` +
    `${right(stats.txBytes, 8)} ${right(stats.txPackets, 7)} ${right(stats.txErrors, 4)} ` +
    `${right(stats.txDropped, 4)} ` +
    `${right(0, 4)} ${right(0, 5)} ${right(0, 7)} ${right(0, 10)}\n`
  return (
    'Inter-|   Receive                                                |  Transmit\n' +
    ' face |bytes    packets errs drop fifo frame compressed multicast|' +
    'bytes    packets errs drop fifo colls carrier compressed\n' +
    world.links(netns).map(line).join('')
  )
}

/** dev_mc_seq_show */
function deviceGroups(world: World, netns: NetnsId): string {
  const line = (ifindex: number, name: string, { mac, users, isStatic }: GroupsInfo['link'][number]): string => {
    const numbers = `${String(users).padEnd(5)} ${(isStatic ? '1' : '0').padEnd(5)}`
    return `${String(ifindex).padEnd(4)} ${name.padEnd(15)} ${numbers} ${mac48.format(mac).replaceAll(':', '')}\n`
  }
  const devices = world.groups(netns)
  return devices.flatMap(({ ifindex, name, link }) => link.map(each => line(ifindex, name, each))).join('')
}

/** igmp_mc_seq_show. The timer of a group runs only after a query. */
function igmp(world: World, netns: NetnsId): string {
  const devices = world.groups(netns).filter(({ inet }) => inet.length > 0)
  const text = devices.map(({ ifindex, name, inet }) => {
    const groups = inet.map(
      ({ group, users }) => `\t\t\t\t${hostOrder(group)} ${String(users).padStart(5)} 0:00000000\t\t0\n`,
    )
    return `${ifindex}\t${name.padEnd(10)}: ${String(inet.length).padStart(5)}      V3\n${groups.join('')}`
  })
  return `Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter\n${text.join('')}`
}

/** linux/route.h RTF_*. */
const Rtf = { Up: 0x1, Gateway: 0x2, Host: 0x4, Reject: 0x200 } as const
const ROUTE_COLUMNS = 127
const HEADERS_BYTES = 40

function route(world: World, netns: NetnsId): string {
  const names = namesOf(world, netns)
  const lines = world
    .routes(netns)
    .filter(({ table, type }) => table === Table.Main && type !== RouteType.Broadcast && type !== RouteType.Multicast)
    .map(each => routeLine(each, names.get(each.ifindex) ?? '*').padEnd(ROUTE_COLUMNS))
  const title = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT'
  return [title.padEnd(ROUTE_COLUMNS), ...lines].map(text => `${text}\n`).join('')
}

function routeLine({ dst, prefixLength, type, via, metric, metrics }: RouteInfo, name: string): string {
  const reject = type === RouteType.Unreachable || type === RouteType.Prohibit ? Rtf.Reject : 0
  const flags =
    Rtf.Up | reject | (via === undefined ? 0 : Rtf.Gateway) | (prefixLength === ip.PREFIX_BITS ? Rtf.Host : 0)
  const mtu = metrics.advmss === undefined ? 0 : metrics.advmss + HEADERS_BYTES
  return [
    name,
    hostOrder(dst),
    hostOrder(via ?? ip.ANY),
    flags.toString(16).toUpperCase().padStart(4, '0'),
    0,
    0,
    metric,
    hostOrder(ip.mask(prefixLength)),
    mtu,
    metrics.window ?? 0,
    0,
  ].join('\t')
}

/** An address as a number in the order of a little-endian machine. */
const hostOrder = (address: ip.Ip): string =>
  [0, 8, 16, 24]
    .map(shift => ((address >>> shift) & 0xff).toString(16).padStart(2, '0'))
    .join('')
    .toUpperCase()

const TCP =
  'Tcp: RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens PassiveOpens AttemptFails EstabResets CurrEstab InSegs ' +
  'OutSegs RetransSegs InErrs OutRsts InCsumErrors\n' +
  'Tcp: 1 200 120000 -1 0 0 0 0 0 0 0 0 0 0 0\n'

function snmp(world: World, netns: NetnsId): string {
  const { stack, sysctls } = world.netns(netns)
  const text = stack.inet.snmp.format(
    sysctls.number('net/ipv4/ip_forward') !== 0,
    sysctls.number('net/ipv4/ip_default_ttl'),
  )
  return text.replace(/^Udp: /m, `${TCP}Udp: `)
}

const namesOf = (world: World, netns: NetnsId): Map<number, string> =>
  new Map(world.links(netns).map(link => [link.ifindex, link.name]))
