/**
 * `type bridge` and `type bridge_slave`: their options on the command line and in `ip -d link`.
 *
 * Follows iproute2 6.1 ip/iplink_bridge.c and ip/iplink_bridge_slave.c. Options of what Vethereal does not do (VLANs,
 * multicast timers, tunnels, backup ports) are shown with Linux's defaults and refused with any other value.
 */
import type { BridgeId, BridgeInfo, BridgePortInfo } from '../../control/info.ts'
import type { BridgeOptions, BridgePortOptions } from '../../control/records.ts'
import { type Failure, fail } from '../../core/errno.ts'
import * as mac48 from '../../wire/mac.ts'
import { type Args, ethernetAddress, exit, invalid, linkAddress, matches, parseOnOff, unsigned } from './args.ts'
import { BRIDGE_HELP, BRIDGE_SLAVE_HELP } from './help.ts'
import { type Ip, refuseNow } from './object.ts'
import type { Printer } from './print.ts'

const U8_MAX = 0xff
const U16_MAX = 0xffff
const U32_MAX = 0xffff_ffff
const U64_MAX = 2 ** 64

type Mutable<T> = { -readonly [K in keyof T]: T[K] }
type KeysOf<T, V> = { [K in keyof T]: T[K] extends V ? K : never }[keyof T]

/** What the words after a type ask for. */
export interface TypeOptions {
  bridge?: Partial<Mutable<BridgeOptions>>
  port?: Partial<Mutable<BridgePortOptions>>
  fdbFlush?: boolean
  /** What the kernel answers to a request that ours cannot express. */
  failure?: Failure
}

/** Takes the value of one option, whose full word is given. */
type Reader = (ip: Ip, args: Args, word: string, into: TypeOptions) => void

/** Linux's defaults of what is not done, by word. */
const FIXED: Readonly<Record<string, number>> = {
  vlan_filtering: 0,
  no_linklocal_learn: 0,
  vlan_default_pvid: 1,
  vlan_stats_enabled: 0,
  vlan_stats_per_port: 0,
  mcast_router: 1,
  mcast_vlan_snooping: 0,
  mcast_query_use_ifaddr: 0,
  mcast_hash_elasticity: 16,
  mcast_hash_max: 4096,
  mcast_last_member_count: 2,
  mcast_startup_query_count: 2,
  mcast_last_member_interval: 100,
  mcast_membership_interval: 26000,
  mcast_querier_interval: 25500,
  mcast_query_interval: 12500,
  mcast_query_response_interval: 1000,
  mcast_startup_query_interval: 3124,
  mcast_stats_enabled: 0,
  mcast_igmp_version: 2,
  mcast_mld_version: 1,
}

const number = (args: Args, max: number, why: string): number => {
  const text = args.take()
  return unsigned(text, max) ?? invalid(why, text)
}

const sets =
  (key: Exclude<KeysOf<BridgeOptions, number>, 'groupAddress'>, max: number): Reader =>
  (_ip, args, word, into) => {
    into.bridge = { ...into.bridge, [key]: number(args, max, `invalid ${word}`) }
  }

const fixed =
  (max: number, value?: number): Reader =>
  (ip, args, word) => {
    const asked = number(args, max, `invalid ${word}`)
    if (asked !== (value ?? FIXED[word])) refuseNow(ip, `link: ${word} ${asked}`)
  }

const refused: Reader = (ip, args, word) => refuseNow(ip, `link: ${word} ${args.take()}`)

const flush: Reader = (_ip, _args, _word, into) => {
  into.fdbFlush = true
}

const groupAddress: Reader = (_ip, args, _word, into) => {
  const mac = ethernetAddress(linkAddress(args.take()))
  if (mac === undefined) into.failure = fail('EINVAL')
  else into.bridge = { ...into.bridge, groupAddress: mac }
}

/** In iproute2's order, in which abbreviations are resolved. */
const OPTIONS: readonly (readonly [string, Reader])[] = [
  ['forward_delay', sets('forwardDelay', U32_MAX)],
  ['hello_time', sets('helloTime', U32_MAX)],
  ['max_age', sets('maxAge', U32_MAX)],
  ['ageing_time', sets('ageingTime', U32_MAX)],
  ['stp_state', sets('stpState', U32_MAX)],
  ['priority', sets('priority', U16_MAX)],
  ['vlan_filtering', fixed(U8_MAX)],
  ['vlan_protocol', refused],
  ['group_fwd_mask', sets('groupFwdMask', U16_MAX)],
  ['group_address', groupAddress],
  ['no_linklocal_learn', fixed(U8_MAX)],
  ['fdb_flush', flush],
  ['vlan_default_pvid', fixed(U16_MAX)],
  ['vlan_stats_enabled', fixed(U8_MAX)],
  ['vlan_stats_per_port', fixed(U8_MAX)],
  ['mcast_router', fixed(U8_MAX)],
  ['mcast_snooping', sets('mcastSnooping', U8_MAX)],
  ['mcast_vlan_snooping', fixed(U8_MAX)],
  ['mcast_query_use_ifaddr', fixed(U8_MAX)],
  ['mcast_querier', sets('mcastQuerier', U8_MAX)],
  ['mcast_hash_elasticity', fixed(U32_MAX)],
  ['mcast_hash_max', fixed(U32_MAX)],
  ['mcast_last_member_count', fixed(U32_MAX)],
  ['mcast_startup_query_count', fixed(U32_MAX)],
  ['mcast_last_member_interval', fixed(U64_MAX)],
  ['mcast_membership_interval', fixed(U64_MAX)],
  ['mcast_querier_interval', fixed(U64_MAX)],
  ['mcast_query_interval', fixed(U64_MAX)],
  ['mcast_query_response_interval', fixed(U64_MAX)],
  ['mcast_startup_query_interval', fixed(U64_MAX)],
  ['mcast_stats_enabled', fixed(U8_MAX)],
  ['mcast_igmp_version', fixed(U8_MAX)],
  ['mcast_mld_version', fixed(U8_MAX)],
  ['nf_call_iptables', sets('nfCallIptables', U8_MAX)],
  ['nf_call_ip6tables', sets('nfCallIp6tables', U8_MAX)],
  ['nf_call_arptables', sets('nfCallArptables', U8_MAX)],
]

/** Words that iproute2 does not let one abbreviate. */
const WHOLE: readonly string[] = ['no_linklocal_learn', 'mcast_vlan_snooping']

/** The words after `type bridge`, of which there is one at least. */
export function parseBridge(ip: Ip, args: Args): TypeOptions {
  const into: TypeOptions = { bridge: {} }
  while (args.more) {
    const word = args.take()
    const option = OPTIONS.find(([full]) => (WHOLE.includes(full) ? word === full : matches(word, full)))
    if (option !== undefined) option[1](ip, args, option[0], into)
    else if (matches(word, 'help')) exit(1, BRIDGE_HELP)
    else exit(1, `bridge: unknown command "${word}"?\n${BRIDGE_HELP}`)
  }
  return into
}

const portNumber =
  (key: 'state' | 'priority' | 'cost', max: number): Reader =>
  (_ip, args, word, into) => {
    into.port = { ...into.port, [key]: number(args, max, `${word} is invalid`) }
  }

const portFlag =
  (key: KeysOf<BridgePortOptions, boolean>): Reader =>
  (_ip, args, word, into) => {
    into.port = { ...into.port, [key]: parseOnOff(word, args.take(), 1) }
  }

const vlanTunnel: Reader = (ip, args, word) => {
  if (parseOnOff(word, args.take(), 1)) refuseNow(ip, `link: ${word} on`)
}

const PORT_OPTIONS: readonly (readonly [string, Reader])[] = [
  ['fdb_flush', flush],
  ['state', portNumber('state', U8_MAX)],
  ['priority', portNumber('priority', U16_MAX)],
  ['cost', portNumber('cost', U32_MAX)],
  ['hairpin', portFlag('hairpin')],
  ['guard', portFlag('guard')],
  ['root_block', portFlag('rootBlock')],
  ['fastleave', portFlag('fastLeave')],
  ['learning', portFlag('learning')],
  ['flood', portFlag('flood')],
  ['mcast_flood', portFlag('mcastFlood')],
  ['bcast_flood', portFlag('bcastFlood')],
  ['mcast_to_unicast', portFlag('mcastToUnicast')],
  ['proxy_arp', portFlag('proxyArp')],
  ['proxy_arp_wifi', portFlag('proxyArpWifi')],
  ['mcast_router', fixed(U8_MAX)],
  ['mcast_fast_leave', portFlag('fastLeave')],
  ['neigh_suppress', portFlag('neighSuppress')],
  ['group_fwd_mask', fixed(U16_MAX, 0)],
  ['vlan_tunnel', vlanTunnel],
  ['isolated', portFlag('isolated')],
  ['locked', portFlag('locked')],
  ['backup_port', refused],
  ['nobackup_port', () => {}],
]

/** The words after `type bridge_slave`, of which there is one at least. */
export function parseBridgePort(ip: Ip, args: Args): TypeOptions {
  const into: TypeOptions = { port: {} }
  while (args.more) {
    const word = args.take()
    const option = PORT_OPTIONS.find(([full]) => matches(word, full))
    if (option !== undefined) option[1](ip, args, option[0], into)
    else if (matches(word, 'help')) exit(1, BRIDGE_SLAVE_HELP)
    else exit(1, `bridge_slave: unknown option "${word}"?\n${BRIDGE_SLAVE_HELP}`)
  }
  return into
}

/** IFLA_INFO_DATA of a bridge, on the line that begins with its kind. */
export function printBridge(print: Printer, bridge: BridgeInfo): void {
  const value = (key: string, n: number, word = key): void => print.field(key, n, `${word} ${n} `)
  const constant = (word: string, key = word): void => {
    value(key, FIXED[word]!, word)
  }
  value('forward_delay', bridge.forwardDelay)
  value('hello_time', bridge.helloTime)
  value('max_age', bridge.maxAge)
  value('ageing_time', bridge.ageingTime)
  value('stp_state', bridge.stpState)
  value('priority', bridge.priority)
  constant('vlan_filtering')
  const id = bridgeId(bridge.bridgeId)
  print.field('bridge_id', id, `bridge_id ${id} `)
  // iproute2 6.1 prints the bridge's own id here, whoever the root is.
  print.field('root_id', id, `designated_root ${id} `)
  value('root_port', bridge.rootPort)
  value('root_path_cost', bridge.rootPathCost)
  value('topology_change', bridge.topologyChange)
  value('topology_change_detected', bridge.topologyChangeDetected)
  timer(print, 'hello_timer', bridge.helloTimer)
  timer(print, 'tcn_timer', bridge.tcnTimer)
  timer(print, 'topology_change_timer', bridge.topologyChangeTimer)
  timer(print, 'gc_timer', bridge.gcTimer)
  print.field('group_fwd_mask', hex(bridge.groupFwdMask), `group_fwd_mask ${hex(bridge.groupFwdMask)} `)
  const group = mac48.format(bridge.groupAddress)
  print.field('group_addr', group, `group_address ${group} `)
  value('mcast_snooping', bridge.mcastSnooping)
  constant('no_linklocal_learn')
  constant('mcast_vlan_snooping')
  constant('mcast_router')
  constant('mcast_query_use_ifaddr')
  value('mcast_querier', bridge.mcastQuerier)
  constant('mcast_hash_elasticity')
  constant('mcast_hash_max')
  constant('mcast_last_member_count', 'mcast_last_member_cnt')
  constant('mcast_startup_query_count', 'mcast_startup_query_cnt')
  constant('mcast_last_member_interval', 'mcast_last_member_intvl')
  constant('mcast_membership_interval', 'mcast_membership_intvl')
  constant('mcast_querier_interval', 'mcast_querier_intvl')
  constant('mcast_query_interval', 'mcast_query_intvl')
  constant('mcast_query_response_interval', 'mcast_query_response_intvl')
  constant('mcast_startup_query_interval', 'mcast_startup_query_intvl')
  constant('mcast_stats_enabled')
  constant('mcast_igmp_version')
  constant('mcast_mld_version')
  value('nf_call_iptables', bridge.nfCallIptables)
  value('nf_call_ip6tables', bridge.nfCallIp6tables)
  value('nf_call_arptables', bridge.nfCallArptables)
}

/** linux/if_bridge.h BR_STATE_*. */
const PORT_STATES = ['disabled', 'listening', 'learning', 'forwarding', 'blocking'] as const

/** IFLA_INFO_SLAVE_DATA of a bridge port. */
export function printBridgePort(print: Printer, port: BridgePortInfo): void {
  const value = (key: string, n: number, word = key): void => print.field(key, n, `${word} ${n} `)
  const flag = (key: string, value: boolean): void => print.field(key, value, `${key} ${value ? 'on' : 'off'} `)
  const text = (key: string, value: string, word = key): void => print.field(key, value, `${word} ${value} `)

  text('state', PORT_STATES[port.state]!)
  value('priority', port.priority)
  value('cost', port.cost)
  flag('hairpin', port.hairpin)
  flag('guard', port.guard)
  flag('root_block', port.rootBlock)
  flag('fastleave', port.fastLeave)
  flag('learning', port.learning)
  flag('flood', port.flood)
  text('id', hex(port.portId), 'port_id')
  text('no', hex(port.portNumber), 'port_no')
  value('designated_port', port.designatedPort)
  value('designated_cost', port.designatedCost)
  text('bridge_id', bridgeId(port.designatedBridge), 'designated_bridge')
  text('root_id', bridgeId(port.designatedRoot), 'designated_root')
  timer(print, 'hold_timer', port.holdTimer)
  timer(print, 'message_age_timer', port.messageAgeTimer)
  timer(print, 'forward_delay_timer', port.forwardDelayTimer)
  value('topology_change_ack', port.topologyChangeAck)
  value('config_pending', port.configPending)
  flag('proxy_arp', port.proxyArp)
  flag('proxy_arp_wifi', port.proxyArpWifi)
  value('multicast_router', 1, 'mcast_router')
  print.text(`mcast_fast_leave ${port.fastLeave ? 'on' : 'off'} `)
  flag('mcast_flood', port.mcastFlood)
  flag('bcast_flood', port.bcastFlood)
  flag('mcast_to_unicast', port.mcastToUnicast)
  flag('neigh_suppress', port.neighSuppress)
  text('group_fwd_mask', '0')
  text('group_fwd_mask_str', '0x0')
  flag('vlan_tunnel', false)
  flag('isolated', port.isolated)
  flag('locked', port.locked)
}

/** printf's `%#x`: zero has no 0x. */
const hex = (n: number): string => (n === 0 ? '0' : `0x${n.toString(16)}`)

/** `8000.2:0:0:0:0:1`: the octets of a bridge id are without leading zeros (ether_ntoa). */
const bridgeId = (id: BridgeId): string =>
  `${id.priority.toString(16).padStart(4, '0')}.${mac48.format(id.mac).replace(/\b0/g, '')}`

/** Hundredths of a second. */
function timer(print: Printer, key: string, hundredths: number): void {
  const seconds = Math.floor(hundredths / 100)
  const rest = String(Math.floor(hundredths % 100)).padStart(2, '0')
  print.literal(key, `${seconds}.${rest}`, `${key} ${String(seconds).padStart(4)}.${rest} `)
}
