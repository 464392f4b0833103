import { describe, expect, test } from 'vitest'
import { type RouteAnswer, RouteFlag, type RouteInfo } from '../../../src/control/info.ts'
import { Scope } from '../../../src/control/records.ts'
import { type Request, RouteProtocol, RouteType, Table } from '../../../src/control/request.ts'
import { Iff, OperState } from '../../../src/core/device.ts'
import { type Answer, DONE, done, fail } from '../../../src/core/errno.ts'
import { format } from '../../../src/wire/ip.ts'
import type { RouteQuery } from '../../../src/world/world.ts'
import { fakeWorld, ip4, LO, link, route, run, type State, transcript } from './kernel.ts'

const UP = { flags: Iff.Broadcast | Iff.Multicast | Iff.Up, operState: OperState.Up }
const LINKS = [
  LO,
  link({ ifindex: 2, name: 'v1', kind: 'veth', iflink: 3, ...UP }),
  link({ ifindex: 3, name: 'v0', kind: 'veth', iflink: 2, ...UP }),
  link({ ifindex: 4, name: 'v3', kind: 'veth', iflink: 5 }),
  link({ ifindex: 5, name: 'v2', kind: 'veth', iflink: 4, ...UP }),
]

const V0 = { ifindex: 3 }
const V2_DOWN = { ifindex: 5, flags: RouteFlag.LinkDown }
const SRC = { src: ip4('10.0.0.1') }
const KERNEL = { protocol: RouteProtocol.Kernel, scope: Scope.Link }
const LOCAL = { table: Table.Local, type: RouteType.Local, protocol: RouteProtocol.Kernel, scope: Scope.Host }
const BROADCAST = { table: Table.Local, type: RouteType.Broadcast, protocol: RouteProtocol.Kernel, scope: Scope.Link }
const via = (gateway: string): Partial<RouteInfo> => ({ via: ip4(gateway), ...V0 })

/** The state that the section `setup` of route.txt made, as the kernel dumps it: by table number modulo 256. */
const STILL: State = {
  links: LINKS,
  addresses: [],
  neighbours: [],
  routes: [
    route('10.4.0.0/16', { ...V0, table: 100, protocol: 77, scope: Scope.Host }),
    route('10.9.0.0/16', { table: 100, type: RouteType.Throw }),
    route('10.24.0.0/16', { ...via('10.0.0.2'), table: 1000 }),
    route('0.0.0.0/0', via('10.0.0.254')),
    route('10.0.0.0/24', { ...V0, ...KERNEL, ...SRC }),
    route('10.0.1.0/24', { ...V2_DOWN, ...KERNEL, src: ip4('10.0.1.1') }),
    route('10.2.0.0/16', { ...via('10.0.0.253'), metric: 100 }),
    route('10.2.0.0/16', { ...via('10.0.0.252'), metric: 200, protocol: RouteProtocol.Static, ...SRC }),
    route('10.3.0.0/16', { ...V0, scope: Scope.Link }),
    route('10.5.0.0/16', { ...via('10.9.9.9'), flags: RouteFlag.OnLink }),
    route('10.6.0.0/16', { type: RouteType.Blackhole }),
    route('10.7.0.0/16', { type: RouteType.Unreachable, metric: 5 }),
    route('10.8.0.0/16', { type: RouteType.Prohibit }),
    route('10.10.0.0/16', {
      ...via('10.0.0.2'),
      metrics: { mtu: 1400, advmss: 1300, hoplimit: 9, window: 4000, initcwnd: 10 },
    }),
    route('10.12.0.0/16', { ...via('10.0.0.2'), tos: 0x10 }),
    route('10.14.0.5', via('10.0.0.2')),
    route('10.21.0.0/16', { ...V2_DOWN, via: ip4('10.0.1.2') }),
    route('10.24.0.0/16', { ...via('10.0.0.2'), tos: 0x20 }),
    route('239.0.0.0/8', { ...V0, type: RouteType.Multicast, scope: Scope.Link }),
    route('10.0.0.1', { ...V0, ...LOCAL, ...SRC }),
    route('10.0.0.255', { ...V0, ...BROADCAST, ...SRC }),
    route('10.0.1.1', { ifindex: 5, ...LOCAL, src: ip4('10.0.1.1') }),
    route('10.0.1.255', { ...V2_DOWN, ...BROADCAST, src: ip4('10.0.1.1') }),
    route('10.15.0.255', { ...V0, ...BROADCAST, protocol: RouteProtocol.Boot }),
    route('127.0.0.0/8', { ifindex: 1, ...LOCAL, src: ip4('127.0.0.1') }),
    route('127.0.0.1', { ifindex: 1, ...LOCAL, src: ip4('127.0.0.1') }),
    route('127.255.255.255', { ifindex: 1, ...BROADCAST, src: ip4('127.0.0.1') }),
  ],
}

/** What the kernel of route-get.txt found; the questions are the test's, the words are Linux's. */
function routeGet(query: RouteQuery): Answer<RouteAnswer> {
  const { dst, from, iif, mark } = query
  const asked = {
    dst,
    ...(from !== undefined && { from }),
    ...(iif !== undefined && { iif }),
    ...(mark !== undefined && { mark }),
  }
  const source = from === undefined ? { prefsrc: ip4('10.0.0.1') } : {}
  const found = (more: Partial<RouteAnswer>, cacheFlags: string[] = []): Answer<RouteAnswer> =>
    done({
      ...asked,
      ...source,
      type: RouteType.Unicast,
      table: Table.Main,
      ifindex: 3,
      metrics: {},
      cacheFlags,
      ...more,
    })
  switch (format(dst)) {
    case '10.0.0.1':
      return found(
        { type: RouteType.Local, ifindex: 1, match: route('10.0.0.1', { ...V0, ...LOCAL, ...SRC, table: Table.Main }) },
        ['local'],
      )
    case '0.0.0.0':
      return found({ type: RouteType.Local, ifindex: 1, prefsrc: ip4('127.0.0.1') }, ['local'])
    case '10.0.0.2':
      return found({})
    case '10.0.0.255':
      return found({ type: RouteType.Broadcast }, ['broadcast', 'local'])
    case '224.0.0.1':
      return found({ type: RouteType.Multicast }, ['multicast', 'local'])
    case '239.1.1.1':
      return found({ type: RouteType.Multicast }, ['multicast'])
    case '10.5.0.1':
      return found({ via: ip4('10.0.0.253'), metrics: { mtu: 1400 } })
    case '10.6.0.1':
      return fail('EINVAL')
    case '10.7.0.1':
      return fail('EHOSTUNREACH')
    case '10.8.0.1':
      return fail('EACCES')
    case '10.9.0.1':
      return fail('ENETUNREACH')
    case '10.10.1.1':
      return found({ via: ip4('10.0.0.77'), tos: query.tos! })
    case '10.11.3.4':
      return found({
        via: ip4('10.0.0.77'),
        match: route('10.11.0.0/16', { ...via('10.0.0.77'), metric: 7, protocol: 4, ...SRC }),
      })
    default:
      return found({ via: ip4('10.0.0.254') }, iif === undefined ? [] : ['redirect'])
  }
}

describe('Linux says', () => {
  test.for(transcript('route', 'show'))('$line', ({ line, ...told }) => {
    expect(run(fakeWorld(STILL).world, line)).toEqual(told)
  })

  test.for(transcript('route', 'errors'))('$line', ({ line, ...told }) => {
    const { world, applied } = fakeWorld(STILL)
    const flushes = line.endsWith('route flush cache')
    expect(run(world, line)).toEqual(told)
    expect(applied).toEqual(flushes ? [{ type: 'sysctl', netns: 0, path: 'net/ipv4/route/flush', value: '-1' }] : [])
  })

  test.for(transcript('route-get', 'show'))('$line', ({ line, ...told }) => {
    expect(run(fakeWorld({ ...STILL, routeGet }).world, line)).toEqual(told)
  })
})

test('a question is passed on as it was asked', () => {
  const asked: RouteQuery[] = []
  const { world } = fakeWorld({
    ...STILL,
    routeGet(query) {
      asked.push(query)
      return fail('ENETUNREACH')
    },
  })
  run(world, 'ip route get 10.2.3.4 from 10.0.0.9 iif v0 mark 7 tos 0x10')
  run(world, 'ip route get 10.2.3.4 oif v2')
  expect(asked).toEqual([
    { dst: ip4('10.2.3.4'), from: ip4('10.0.0.9'), iif: 3, mark: 7, tos: 0x10 },
    { dst: ip4('10.2.3.4'), oif: 5 },
  ])
})

test('a flush deletes exactly what it would show, and says what Linux says', () => {
  const routes = [...STILL.routes]
  const { world, applied } = fakeWorld({
    ...STILL,
    routes,
    apply(request) {
      if (request.type !== 'delroute') throw new Error(request.type)
      const { dst, prefixLength, metric, tos, table } = request.route
      const at = routes.findIndex(
        r =>
          r.dst === dst && r.prefixLength === prefixLength && r.metric === metric && r.tos === tos && r.table === table,
      )
      expect(at).toBeGreaterThanOrEqual(0)
      routes.splice(at, 1)
      return DONE
    },
  })
  // Linux 6.18, with as many routes.
  expect(run(world, 'ip -s route flush 10.2.0.0/16')).toEqual({
    stdout: '\n*** Round 1, deleting 2 entries ***\n*** Flush is complete after 1 round ***\n',
    stderr: '',
    status: 0,
  })
  expect(applied[1]).toEqual({
    type: 'delroute',
    netns: 0,
    route: {
      dst: ip4('10.2.0.0'),
      prefixLength: 16,
      type: RouteType.Unicast,
      table: Table.Main,
      scope: Scope.Universe,
      protocol: RouteProtocol.Static,
      metric: 200,
      tos: 0,
      metrics: {},
      via: ip4('10.0.0.252'),
      link: 3,
      src: ip4('10.0.0.1'),
    },
  })
  expect(run(world, 'ip -s route flush 10.2.0.0/16').stdout).toBe('Nothing to flush.\n')
  expect(run(world, 'ip -s -s route flush proto boot dev v2').stdout).toBe(
    '10.21.0.0/16 via 10.0.1.2 linkdown \n\n*** Round 1, deleting 1 entries ***\n*** Flush is complete after 1 round ***\n',
  )
})

test('names of tables come from /etc/iproute2/rt_tables', () => {
  const { world } = fakeWorld({ ...STILL, routes: [route('10.4.0.0/16', { ...V0, table: 100 })] })
  const file = '#\n255\tlocal\n254\tmain\n 100 blue # mine\n'
  expect(run(world, 'ip route show table all', { '/etc/iproute2/rt_tables': file }).stdout).toBe(
    '10.4.0.0/16 dev v0 table blue \n',
  )
  expect(run(world, 'ip route show table blue', { '/etc/iproute2/rt_tables': file }).stdout).toBe(
    '10.4.0.0/16 dev v0 \n',
  )
})

function requestOf(line: string): Request {
  const { world, applied } = fakeWorld(STILL)
  expect(run(world, line)).toEqual({ stdout: '', stderr: '', status: 0 })
  expect(applied).toHaveLength(1)
  return applied[0]!
}

const TO = { dst: ip4('10.30.0.0'), prefixLength: 16, table: Table.Main }
const GATEWAY = { via: ip4('10.0.0.2') }

const added = (spec: object, mode = 'add'): object => ({
  type: 'newroute',
  netns: 0,
  route: { ...TO, type: RouteType.Unicast, protocol: RouteProtocol.Boot, scope: Scope.Universe, ...spec },
  mode,
})
const deleted = (spec: object): object => ({ type: 'delroute', netns: 0, route: { ...TO, ...spec } })

test.for<[string, object]>([
  ['ip route add 10.30.0.0/16 via 10.0.0.2', added(GATEWAY)],
  ['ip r a to 10.30/16 via inet 10.0.0.2 dev v0', added({ ...GATEWAY, link: 3 })],
  ['ip route add 10.30.0.0/16 dev v0', added({ link: 3, scope: Scope.Link })],
  ['ip route add 10.30.0.0/16 oif v0 scope host', added({ link: 3, scope: Scope.Host })],
  ['ip route add default via 10.0.0.2', added({ ...GATEWAY, dst: 0, prefixLength: 0 })],
  ['ip route add 0/0 via 10.0.0.2', added({ ...GATEWAY, dst: 0, prefixLength: 0 })],
  ['ip route add 10.30.0.1/16 via 10.0.0.2', added({ ...GATEWAY, dst: ip4('10.30.0.1') })],
  ['ip route add 10.30.0.0/16 via 10.0.0.2 onlink src 10.0.0.1', added({ ...GATEWAY, onlink: true, ...SRC })],
  ['ip route add 10.30.0.0/16 via 10.0.0.2 metric 0x10 proto static', added({ ...GATEWAY, metric: 16, protocol: 4 })],
  ['ip route add 10.30.0.0/16 via 10.0.0.2 priority 3 table 100', added({ ...GATEWAY, metric: 3, table: 100 })],
  ['ip route add 10.30.0.0/16 via 10.0.0.2 tos CS1', added({ ...GATEWAY, tos: 0x20 })],
  ['ip route add 10.30.0.0/16 via 10.0.0.2 dsfield 10', added({ ...GATEWAY, tos: 0x10 })],
  [
    'ip route add 10.30.0.0/16 via 10.0.0.2 mtu 1400 advmss 1300 hoplimit 9 window 4000 initcwnd 10',
    added({ ...GATEWAY, metrics: { mtu: 1400, advmss: 1300, hoplimit: 9, window: 4000, initcwnd: 10 } }),
  ],
  ['ip route add 10.30.0.0/16 via 10.0.0.2 expires 30 pref high from 10.0.0.1', added(GATEWAY)],
  ['ip route add unicast 10.30.0.0/16 dev v0', added({ link: 3, scope: Scope.Link })],
  ['ip route add blackhole 10.30.0.0/16', added({ type: RouteType.Blackhole })],
  ['ip route add to unreachable 10.30.0.0/16', added({ type: RouteType.Unreachable })],
  ['ip route add prohibit 10.30.0.0/16 metric 9', added({ type: RouteType.Prohibit, metric: 9 })],
  ['ip route add throw 10.30.0.0/16 table 7', added({ type: RouteType.Throw, table: 7 })],
  [
    'ip route add bro 10.30.0.0/16 dev v0',
    added({ type: RouteType.Broadcast, table: Table.Local, scope: Scope.Link, link: 3 }),
  ],
  [
    'ip route add local 10.30.0.0/16 dev v0',
    added({ type: RouteType.Local, table: Table.Local, scope: Scope.Host, link: 3 }),
  ],
  [
    'ip route add local 10.30.0.0/16 dev v0 table 5',
    added({ type: RouteType.Local, table: 5, scope: Scope.Host, link: 3 }),
  ],
  ['ip route add multicast 10.30.0.0/16 dev v0', added({ type: RouteType.Multicast, scope: Scope.Link, link: 3 })],
  ['ip route change 10.30.0.0/16 via 10.0.0.2', added(GATEWAY, 'change')],
  ['ip route chg 10.30.0.0/16 via 10.0.0.2', added(GATEWAY, 'change')],
  ['ip route replace 10.30.0.0/16 via 10.0.0.2', added(GATEWAY, 'replace')],
  ['ip route prepend 10.30.0.0/16 via 10.0.0.2', added(GATEWAY, 'prepend')],
  ['ip route append 10.30.0.0/16 via 10.0.0.2', added(GATEWAY, 'append')],
  ['ip route test 10.30.0.0/16 via 10.0.0.2', added(GATEWAY, 'test')],
  ['ip route del 10.30.0.0/16', deleted({})],
  ['ip route d 10.30.0.0/16 via 10.0.0.2 dev v0 metric 9', deleted({ ...GATEWAY, link: 3, metric: 9 })],
  ['ip route del 10.30.0.0/16 scope link proto boot', deleted({ scope: Scope.Link, protocol: 3 })],
  ['ip route del blackhole 10.30.0.0/16', deleted({ type: RouteType.Blackhole })],
  ['ip route del local 10.30.0.0/16', deleted({ type: RouteType.Local, table: Table.Local, scope: Scope.Host })],
  ['ip route del default', deleted({ dst: 0, prefixLength: 0 })],
])('%s', ([line, request]) => {
  expect(requestOf(line)).toEqual(request)
})

test.for([
  ['ip route add 10.30.0.0/16 nexthop encap mpls 3', 'ip route nexthop encap'],
  ['ip route add 10.30.0.0/16 via 10.0.0.2 mtu lock 1400', 'ip route mtu lock'],
  ['ip route add 10.30.0.0/16 via 10.0.0.2 rtt 10ms', 'ip route rtt'],
  ['ip route add 10.30.0.0/16 via 10.0.0.2 cwnd 3', 'ip route cwnd'],
  ['ip route add 10.30.0.0/16 via 10.0.0.2 realms 3', 'ip route realms'],
  ['ip route add 10.30.0.0/16 encap mpls 100 via 10.0.0.2', 'ip route encap'],
  ['ip route add 10.30.0.0/16 via inet6 fe80::1 dev v0', 'ip route via inet6'],
  ['ip route add 2001:db8::/64 dev v0', 'ip route of IPv6'],
  ['ip -6 route add default dev v0', 'ip route of IPv6'],
  ['ip route get 2001:db8::1', 'ip route get of an IPv6 address'],
  ['ip route get 1.2.3.4 ipproto tcp', 'ip route get ipproto'],
  ['ip route get 1.2.3.4 sport 5', 'ip route get sport'],
] as const)('%s is refused', ([line, what]) => {
  const { world, applied } = fakeWorld(STILL)
  expect(run(world, line)).toEqual({ stdout: '', stderr: `vethereal: ${what} is not supported yet\n`, status: 2 })
  expect(applied).toEqual([])
})
