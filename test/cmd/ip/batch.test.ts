/** `ip -batch` and the limits of `ip`: expected texts of Linux are from iproute2 6.1. */
import { expect, test } from 'vitest'
import type { RouteInfo } from '../../../src/control/info.ts'
import { Scope } from '../../../src/control/records.ts'
import { RouteProtocol, RouteType, Table } from '../../../src/control/request.ts'
import * as ip4 from '../../../src/wire/ip.ts'
import { Session } from './session.ts'

const LO = `\
1: lo: <LOOPBACK> mtu 65536 qdisc noop state DOWN mode DEFAULT group default qlen 1000
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
`

const LAB = `netns add b1
# comment

link add x0 address 02:00:00:00:00:01 type bridge # c
link set x0 \\
 up
 link set nosuch up
link show x0
`

const X0 = `\
2: x0: <NO-CARRIER,BROADCAST,MULTICAST,UP> mtu 1500 qdisc noqueue state DOWN mode DEFAULT group default qlen 1000
    link/ether 02:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff
`

test('a batch stops at the first command that fails', () => {
  const session = new Session({ '/tmp/lab': LAB })
  expect(session.run('ip -batch /tmp/lab')).toEqual({
    out: 'Cannot find device "nosuch"\nCommand failed /tmp/lab:7\n',
    status: 1,
  })
  expect(session.run('ip link show x0').out).toBe(X0)
})

test('with -force it goes on, and fails in the end', () => {
  const session = new Session({ '/tmp/lab': LAB })
  session.run('ip -batch /tmp/lab')
  expect(session.run('ip -force -b /tmp/lab')).toEqual({
    out: `Cannot create namespace file "/run/netns/b1": File exists
Command failed /tmp/lab:1
RTNETLINK answers: File exists
Command failed /tmp/lab:4
Cannot find device "nosuch"
Command failed /tmp/lab:7
${X0}`,
    status: 1,
  })
})

test.for([
  ['ip -b -', 'link show lo\n', LO, 0],
  ['ip -b -', 'link set nosuch mtu\n', 'Command line is not complete. Try option "help"\n', 255],
  ['ip -force -b -', 'link set lo mtu x\nlink show lo\n', 'Error: argument "x" is wrong: Invalid "mtu" value\n\n', 255],
  [
    'ip -force -b -',
    'netns exec b1 false\nlink show "lo"\nfrob\nlink\n',
    `Cannot open network namespace "b1": No such file or directory\n`,
    255,
  ],
  [
    'ip -force -b -',
    `link show "lo"\nfrob\n'link' show lo`,
    `${LO}Object "frob" is unknown, try "ip help".\nCommand failed -:2\n${LO}`,
    1,
  ],
  [
    'ip -j -br -b -',
    'link\nlink\n',
    `${'[{"ifname":"lo","operstate":"DOWN","address":"00:00:00:00:00:00","flags":["LOOPBACK"]}]\n'.repeat(2)}`,
    0,
  ],
  ['ip -b -', 'link show lo \\\n', 'Missing continuation line\n', 0],
  ['ip -b -', 'link "show\n', 'Unterminated quoted string\n', 1],
  ['ip -b -', 'link show lo # \\\nlink show lo\n', LO + LO, 0],
  ['ip -b /nosuch', '', 'Cannot open file "/nosuch" for reading: No such file or directory\n', 1],
] as const)('%s with %j', ([line, stdin, out, status]) => {
  expect(new Session().run(line, stdin)).toEqual({ out, status })
})

test('a command of a batch has 511 words at most', () => {
  const run = (count: number) => new Session().run('ip -b -', `link ${'y '.repeat(count - 1)}`)
  expect(run(512)).toEqual({ out: 'Too many arguments to command\n', status: 1 })
  expect(run(511).status).toBe(255)
})

test('what Linux has and Vethereal has not is refused, and nothing has happened', () => {
  const session = new Session()
  session.run('ip link add v0 type veth peer name v1')
  const before = session.run('ip -d link').out
  for (const [line, what] of [
    ['ip rule add ipproto udp', 'rule ipproto'],
    ['ip ru add from all l3mdev', 'rule l3mdev'],
    ['ip monitor file x', 'monitor file'],
    ['ip -echo link', '-echo'],
    ['ip link add x type vlan id 5', 'link: type vlan'],
    ['ip link add x type dummy', 'link: type dummy'],
    ['ip link add x type bridge vlan_filtering 1', 'link: vlan_filtering 1'],
    ['ip link set v0 mtu 1400 type vlan id 5', 'link: type vlan'],
    ['ip link set v0 mtu 1400 vf 0 mac 02:00:00:00:00:01', 'link: vf'],
    ['ip link set v0 down numtxqueues 4', 'link: numtxqueues 4'],
    ['ip link set v0 alias x type bridge_slave vlan_tunnel on', 'link: vlan_tunnel on'],
    ['ip link set v0 mode dormant', 'link: mode dormant'],
    ['ip link property add dev v0 altname x', 'link property'],
    ['ip netns monitor', 'netns monitor'],
    ['ip netns attach red 5', 'netns attach'],
  ] as const) {
    expect(session.run(line)).toEqual({ out: `vethereal: ip ${what} is not supported yet\n`, status: 2 })
  }
  expect(session.run('ip -d link').out).toBe(before)
})

test('-resolve reads the names of addresses in /etc/hosts', () => {
  const session = new Session({ '/etc/hosts': '127.0.0.1 localhost host\n10.0.0.2\tgate # the gate\n10.0.0.2 other\n' })
  const route: RouteInfo = {
    dst: ip4.parse('10.5.0.0')!,
    prefixLength: 16,
    type: RouteType.Unicast,
    table: Table.Main,
    scope: Scope.Universe,
    protocol: RouteProtocol.Boot,
    metric: 0,
    tos: 0,
    via: ip4.parse('10.0.0.2')!,
    ifindex: 1,
    flags: 0,
    metrics: {},
  }
  session.world.routes = () => [route]
  expect(session.run('ip route').out).toBe('10.5.0.0/16 via 10.0.0.2 dev lo \n')
  expect(session.run('ip -r route').out).toBe('10.5.0.0/16 via gate dev lo \n')
})
