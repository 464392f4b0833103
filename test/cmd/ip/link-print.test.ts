/** Texts that Linux 6.18 and iproute2 6.1 printed for links with these values; numbers of queues are those of one CPU. */
import { expect, test } from 'vitest'
import type { Process } from '../../../src/cmd/command.ts'
import { ip } from '../../../src/cmd/ip/main.ts'
import type { BridgeInfo, BridgePortInfo, LinkInfo } from '../../../src/control/info.ts'
import { HardwareType, Iff, type NetnsId, OperState } from '../../../src/core/device.ts'
import * as mac48 from '../../../src/wire/mac.ts'
import { HOST, type World } from '../../../src/world/world.ts'

const mac = (text: string): mac48.Mac => mac48.parse(text)!
const UP = Iff.Up | Iff.Running | Iff.LowerUp
const RED = 1 as NetnsId
const BLUE = 2 as NetnsId

const NOTHING_COUNTED = {
  rxPackets: 0,
  rxBytes: 0,
  rxErrors: 0,
  rxDropped: 0,
  multicast: 0,
  txPackets: 0,
  txBytes: 0,
  txErrors: 0,
  txDropped: 0,
}

const LO: LinkInfo = {
  ifindex: 1,
  name: 'lo',
  kind: 'loopback',
  hardwareType: HardwareType.Loopback,
  mac: mac48.ZERO,
  broadcast: mac48.ZERO,
  mtu: 65536,
  mtuMin: 0,
  mtuMax: 0,
  txQueueLength: 1000,
  flags: Iff.Loopback | UP,
  operState: OperState.Unknown,
  carrier: true,
  carrierUpCount: 0,
  carrierDownCount: 0,
  qdisc: 'noqueue',
  group: 0,
  promiscuity: 0,
  tsoMaxSize: 524280,
  allMultiCount: 0,
  master: 0,
  iflink: 1,
  alias: '',
  altNames: [],
  macOrigin: 0,
  stats: NOTHING_COUNTED,
  ip6: { addrGenMode: 'eui64', enabled: true },
}

/** A device on an Ethernet, up, with nothing below it. */
const ether = (values: Partial<LinkInfo> & Pick<LinkInfo, 'ifindex' | 'name' | 'mac'>): LinkInfo => ({
  ...LO,
  kind: 'veth',
  hardwareType: HardwareType.Ether,
  broadcast: mac48.BROADCAST,
  mtu: 1500,
  mtuMin: 68,
  mtuMax: 65535,
  flags: Iff.Broadcast | Iff.Multicast | UP,
  operState: OperState.Up,
  iflink: values.ifindex,
  ...values,
})

/** A world that only has links. */
function print(line: string, links: readonly LinkInfo[]): string {
  const named = (link: number | string): LinkInfo | undefined =>
    links.find(each => each.ifindex === link || each.name === link)
  const world = {
    links: () => links,
    link: (_netns: NetnsId, link: number | string) => named(link),
    device: (_netns: NetnsId, link: number | string) => named(link),
    netns: () => ({ record: { links: {} } }),
    netnsNames: () => ['red'],
    netnsNamed: (name: string) => (name === 'red' ? { id: RED } : undefined),
  } as unknown as World
  let out = ''
  const write = (text: string): void => {
    out += text
  }
  const argv = line.split(' ')
  const process: Process = {
    world,
    pid: 1,
    netns: HOST,
    argv,
    env: new Map([['COLORFGBG', '15;0']]),
    stdin: '',
    isTerminal: true,
    stdout: write,
    stderr: write,
  }
  expect(ip(process).next()).toEqual({ done: true, value: 0 })
  return out
}

const COUNTED: LinkInfo = {
  ...LO,
  carrierUpCount: 2,
  carrierDownCount: 1,
  stats: { ...NOTHING_COUNTED, rxBytes: 240118168, rxPackets: 4006, txBytes: 240118168, txPackets: 4006 },
}

const LO_LINES = `\
1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN mode DEFAULT group default qlen 1000
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
`

test.for([
  [
    'ip -s link',
    `\
    RX:  bytes packets errors dropped  missed   mcast           
     240118168    4006      0       0       0       0 
    TX:  bytes packets errors dropped carrier collsns           
     240118168    4006      0       0       0       0 
`,
  ],
  [
    'ip -s -s link',
    `\
    RX:  bytes packets errors dropped  missed   mcast           
     240118168    4006      0       0       0       0 
    RX errors:  length    crc   frame    fifo overrun
                     0      0       0       0       0 
    TX:  bytes packets errors dropped carrier collsns           
     240118168    4006      0       0       0       0 
    TX errors: aborted   fifo  window heartbt transns
                     0      0       0       0       3 
`,
  ],
  [
    'ip -s -h link',
    `\
    RX:  bytes packets errors dropped  missed   mcast           
          240M   4.01k      0       0       0       0 
    TX:  bytes packets errors dropped carrier collsns           
          240M   4.01k      0       0       0       0 
`,
  ],
  [
    'ip -s -human -iec link',
    `\
    RX:  bytes packets errors dropped  missed   mcast           
         229Mi  3.91ki      0       0       0       0 
    TX:  bytes packets errors dropped carrier collsns           
         229Mi  3.91ki      0       0       0       0 
`,
  ],
] as const)('counters: %s', ([line, lines]) => {
  expect(print(line, [COUNTED])).toBe(LO_LINES + lines)
})

test('a counter that is wider than its heading widens the column', () => {
  const stats = { ...NOTHING_COUNTED, rxPackets: 12345678, txBytes: 12345678901 }
  expect(print('ip -s link', [{ ...LO, stats }])).toBe(`${LO_LINES}\
    RX:   bytes  packets errors dropped  missed   mcast           
              0 12345678      0       0       0       0 
    TX:   bytes  packets errors dropped carrier collsns           
    12345678901        0      0       0       0       0 
`)
})

test('counters in one line and in JSON', () => {
  expect(print('ip -s -o link', [COUNTED])).toBe(
    '1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN mode DEFAULT group default qlen 1000\\' +
      '    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\\' +
      '    RX:  bytes packets errors dropped  missed   mcast           \\' +
      '     240118168    4006      0       0       0       0 \\' +
      '    TX:  bytes packets errors dropped carrier collsns           \\' +
      '     240118168    4006      0       0       0       0 \n',
  )
  const [link] = JSON.parse(print('ip -j -s -s link', [COUNTED]))
  expect(link.stats64).toEqual({
    rx: {
      bytes: 240118168,
      packets: 4006,
      errors: 0,
      dropped: 0,
      over_errors: 0,
      multicast: 0,
      length_errors: 0,
      crc_errors: 0,
      frame_errors: 0,
      fifo_errors: 0,
      missed_errors: 0,
    },
    tx: {
      bytes: 240118168,
      packets: 4006,
      errors: 0,
      dropped: 0,
      carrier_errors: 0,
      collisions: 0,
      aborted_errors: 0,
      fifo_errors: 0,
      window_errors: 0,
      heartbeat_errors: 0,
      carrier_changes: 3,
    },
  })
})

/** Two bridges with STP on one cable: `two` has found its root, `one`, behind v1. */
const BRIDGE: BridgeInfo = {
  forwardDelay: 400,
  helloTime: 200,
  maxAge: 2000,
  ageingTime: 30000,
  stpState: 1,
  priority: 32768,
  groupFwdMask: 0xfff8,
  groupAddress: mac('01:80:c2:00:00:00'),
  mcastSnooping: 1,
  mcastQuerier: 0,
  nfCallIptables: 0,
  nfCallIp6tables: 0,
  nfCallArptables: 0,
  bridgeId: { priority: 0x8000, mac: mac('02:00:00:00:00:bb') },
  rootId: { priority: 0x1000, mac: mac('02:00:00:00:00:aa') },
  rootPort: 1,
  rootPathCost: 2,
  topologyChange: 0,
  topologyChangeDetected: 0,
  helloTimer: 79,
  tcnTimer: 0,
  topologyChangeTimer: 0,
  gcTimer: 29709,
  rootMaxAge: 2000,
  rootHelloTime: 200,
  rootForwardDelay: 400,
}

const PORT: BridgePortInfo = {
  master: 5,
  state: 1,
  priority: 32,
  cost: 2,
  hairpin: false,
  guard: false,
  rootBlock: false,
  fastLeave: false,
  learning: true,
  flood: true,
  mcastFlood: true,
  bcastFlood: true,
  mcastToUnicast: false,
  neighSuppress: false,
  proxyArp: false,
  proxyArpWifi: false,
  isolated: false,
  locked: false,
  mab: false,
  portNumber: 1,
  portId: 0x8001,
  designatedRoot: { priority: 0x1000, mac: mac('02:00:00:00:00:aa') },
  designatedBridge: { priority: 0x1000, mac: mac('02:00:00:00:00:aa') },
  designatedPort: 32769,
  designatedCost: 0,
  topologyChangeAck: 0,
  configPending: 0,
  messageAgeTimer: 1983,
  forwardDelayTimer: 1199,
  holdTimer: 0,
}

const V0 = ether({ ifindex: 3, name: 'v0', mac: mac('02:00:00:00:00:01'), iflink: 2 })
const V1 = ether({
  ifindex: 2,
  name: 'v1',
  mac: mac('02:00:00:00:00:02'),
  iflink: 3,
  master: 5,
  port: PORT,
  promiscuity: 1,
  allMultiCount: 1,
  alias: 'to the root',
})
const TWO = ether({
  ifindex: 5,
  name: 'two',
  kind: 'bridge',
  mac: mac('02:00:00:00:00:bb'),
  flags: Iff.Broadcast | Iff.Multicast | Iff.Up,
  operState: OperState.Down,
  bridge: BRIDGE,
})
const BRIDGES = [LO, V1, V0, TWO]

test('-details of a bridge: its timers, and as root always its own id', () => {
  expect(print('ip -d link show dev two', BRIDGES)).toBe(
    '5: two: <NO-CARRIER,BROADCAST,MULTICAST,UP> mtu 1500 qdisc noqueue state DOWN mode DEFAULT group default qlen 1000\n' +
      '    link/ether 02:00:00:00:00:bb brd ff:ff:ff:ff:ff:ff promiscuity 0  allmulti 0 minmtu 68 maxmtu 65535 \n' +
      '    bridge forward_delay 400 hello_time 200 max_age 2000 ageing_time 30000 stp_state 1 priority 32768 ' +
      'vlan_filtering 0 bridge_id 8000.2:0:0:0:0:bb designated_root 8000.2:0:0:0:0:bb root_port 1 root_path_cost 2 ' +
      'topology_change 0 topology_change_detected 0 hello_timer    0.79 tcn_timer    0.00 ' +
      'topology_change_timer    0.00 gc_timer  297.09 group_fwd_mask 0xfff8 group_address 01:80:c2:00:00:00 ' +
      'mcast_snooping 1 no_linklocal_learn 0 mcast_vlan_snooping 0 mcast_router 1 mcast_query_use_ifaddr 0 ' +
      'mcast_querier 0 mcast_hash_elasticity 16 mcast_hash_max 4096 mcast_last_member_count 2 ' +
      'mcast_startup_query_count 2 mcast_last_member_interval 100 mcast_membership_interval 26000 ' +
      'mcast_querier_interval 25500 mcast_query_interval 12500 mcast_query_response_interval 1000 ' +
      'mcast_startup_query_interval 3124 mcast_stats_enabled 0 mcast_igmp_version 2 mcast_mld_version 1 ' +
      'nf_call_iptables 0 nf_call_ip6tables 0 nf_call_arptables 0 addrgenmode eui64 numtxqueues 1 numrxqueues 1 ' +
      'gso_max_size 65536 gso_max_segs 65535 tso_max_size 524280 tso_max_segs 65535 gro_max_size 65536 \n',
  )
})

test('-details of a bridge in JSON', () => {
  const json = print('ip -j -d link show dev two', BRIDGES)
  expect(json).toContain(
    '"linkinfo":{"info_kind":"bridge","info_data":{"forward_delay":400,"hello_time":200,"max_age":2000,' +
      '"ageing_time":30000,"stp_state":1,"priority":32768,"vlan_filtering":0,"bridge_id":"8000.2:0:0:0:0:bb",' +
      '"root_id":"8000.2:0:0:0:0:bb","root_port":1,"root_path_cost":2,"topology_change":0,' +
      '"topology_change_detected":0,"hello_timer":0.79,"tcn_timer":0.00,"topology_change_timer":0.00,' +
      '"gc_timer":297.09,"group_fwd_mask":"0xfff8","group_addr":"01:80:c2:00:00:00","mcast_snooping":1,' +
      '"no_linklocal_learn":0,"mcast_vlan_snooping":0,"mcast_router":1,"mcast_query_use_ifaddr":0,' +
      '"mcast_querier":0,"mcast_hash_elasticity":16,"mcast_hash_max":4096,"mcast_last_member_cnt":2,' +
      '"mcast_startup_query_cnt":2,"mcast_last_member_intvl":100,"mcast_membership_intvl":26000,' +
      '"mcast_querier_intvl":25500,"mcast_query_intvl":12500,"mcast_query_response_intvl":1000,' +
      '"mcast_startup_query_intvl":3124,"mcast_stats_enabled":0,"mcast_igmp_version":2,"mcast_mld_version":1,' +
      '"nf_call_iptables":0,"nf_call_ip6tables":0,"nf_call_arptables":0}},"inet6_addr_gen_mode":"eui64",',
  )
})

test('-details of a bridge port', () => {
  expect(print('ip -d link show v1', BRIDGES)).toBe(
    '2: v1@v0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue master two state UP mode DEFAULT ' +
      'group default qlen 1000\n' +
      '    link/ether 02:00:00:00:00:02 brd ff:ff:ff:ff:ff:ff promiscuity 1  allmulti 1 minmtu 68 maxmtu 65535 \n' +
      '    veth \n' +
      '    bridge_slave state listening priority 32 cost 2 hairpin off guard off root_block off fastleave off ' +
      'learning on flood on port_id 0x8001 port_no 0x1 designated_port 32769 designated_cost 0 ' +
      'designated_bridge 1000.2:0:0:0:0:aa designated_root 1000.2:0:0:0:0:aa hold_timer    0.00 ' +
      'message_age_timer   19.83 forward_delay_timer   11.99 topology_change_ack 0 config_pending 0 proxy_arp off ' +
      'proxy_arp_wifi off mcast_router 1 mcast_fast_leave off mcast_flood on bcast_flood on mcast_to_unicast off ' +
      'neigh_suppress off group_fwd_mask 0 group_fwd_mask_str 0x0 vlan_tunnel off isolated off locked off ' +
      'addrgenmode eui64 numtxqueues 1 numrxqueues 1 gso_max_size 65536 gso_max_segs 65535 tso_max_size 524280 ' +
      'tso_max_segs 65535 gro_max_size 65536 \n' +
      '    alias to the root\n',
  )
})

test('-details of a bridge port in JSON', () => {
  expect(print('ip -j -d link show v1', BRIDGES)).toBe(
    '[{"ifindex":2,"link":"v0","ifname":"v1","flags":["BROADCAST","MULTICAST","UP","LOWER_UP"],"mtu":1500,' +
      '"qdisc":"noqueue","master":"two","operstate":"UP","linkmode":"DEFAULT","group":"default","txqlen":1000,' +
      '"link_type":"ether","address":"02:00:00:00:00:02","broadcast":"ff:ff:ff:ff:ff:ff","promiscuity":1,' +
      '"allmulti":1,"min_mtu":68,"max_mtu":65535,"linkinfo":{"info_kind":"veth","info_slave_kind":"bridge",' +
      '"info_slave_data":{"state":"listening","priority":32,"cost":2,"hairpin":false,"guard":false,' +
      '"root_block":false,"fastleave":false,"learning":true,"flood":true,"id":"0x8001","no":"0x1",' +
      '"designated_port":32769,"designated_cost":0,"bridge_id":"1000.2:0:0:0:0:aa","root_id":"1000.2:0:0:0:0:aa",' +
      '"hold_timer":0.00,"message_age_timer":19.83,"forward_delay_timer":11.99,"topology_change_ack":0,' +
      '"config_pending":0,"proxy_arp":false,"proxy_arp_wifi":false,"multicast_router":1,"mcast_flood":true,' +
      '"bcast_flood":true,"mcast_to_unicast":false,"neigh_suppress":false,"group_fwd_mask":"0",' +
      '"group_fwd_mask_str":"0x0","vlan_tunnel":false,"isolated":false,"locked":false}},' +
      '"inet6_addr_gen_mode":"eui64","num_tx_queues":1,"num_rx_queues":1,"gso_max_size":65536,' +
      '"gso_max_segs":65535,"tso_max_size":524280,"tso_max_segs":65535,"gro_max_size":65536,' +
      '"ifalias":"to the root"}]\n',
  )
})

test.for([
  ['a namespace with a name', { linkNetnsId: 0, linkNetns: RED }, 'w0@if2', ' link-netns red'],
  ['a namespace without', { linkNetnsId: 3, linkNetns: BLUE }, 'w0@if2', ' link-netnsid 3'],
  ['this namespace, without a device', { iflink: 0 }, 'w0@NONE', ''],
  ['this namespace, by an ifindex that is gone', { iflink: 9 }, 'w0@if9', ''],
] as const)('a lower device in %s', ([, below, name, netns]) => {
  const link = ether({ ifindex: 5, name: 'w0', mac: mac('02:00:00:00:00:03'), iflink: 2, ...below })
  expect(print('ip link', [link])).toBe(
    `5: ${name}: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP mode DEFAULT group default qlen 1000\n` +
      `    link/ether 02:00:00:00:00:03 brd ff:ff:ff:ff:ff:ff${netns}\n`,
  )
})

test('a device without link-layer addresses, point to point', () => {
  const flags = Iff.PointToPoint | Iff.Multicast | Iff.NoArp
  const values = { hardwareType: HardwareType.None, flags, operState: OperState.Down, txQueueLength: 0, qdisc: 'noop' }
  const tun = ether({ ifindex: 7, name: 'tun0', mac: mac48.ZERO, kind: 'tun', ...values })
  expect(print('ip link', [tun])).toBe(
    '7: tun0: <POINTOPOINT,MULTICAST,NOARP> mtu 1500 qdisc noop state DOWN mode DEFAULT group default \n' +
      '    link/none \n',
  )
})

test('alternative names follow everything else', () => {
  const link = { ...LO, altNames: ['loop', 'self'] }
  expect(print('ip link', [link])).toBe(`${LO_LINES}    altname loop\n    altname self\n`)
  expect(print('ip -j -br link', [link])).toBe(
    '[{"ifname":"lo","operstate":"UNKNOWN","address":"00:00:00:00:00:00","flags":["LOOPBACK","UP","LOWER_UP"]}]\n',
  )
  expect(print('ip -j link', [link])).toContain('"broadcast":"00:00:00:00:00:00","altnames":["loop","self"]}]\n')
})

test('colours for a dark background, on a terminal', () => {
  expect(print('ip -c=auto -br link', [V0, V1])).toContain(
    '\x1b[1;36mv0@v1            \x1b[0m\x1b[1;32mUP             \x1b[0m\x1b[1;33m02:00:00:00:00:01 \x1b[0m<BROADCAST,',
  )
})
