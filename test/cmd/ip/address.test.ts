import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { glob } from '../../../src/cmd/ip/glob.ts'
import type { AddressInfo } from '../../../src/control/info.ts'
import { Ifaf, Scope } from '../../../src/control/records.ts'
import type { Request } from '../../../src/control/request.ts'
import { Iff, OperState } from '../../../src/core/device.ts'
import { fail } from '../../../src/core/errno.ts'
import { parse as parse6 } from '../../../src/wire/ip6.ts'
import { address4, fakeWorld, ip4, LO, link, mac, run, type State, transcript } from './kernel.ts'

const LOOPBACK: readonly AddressInfo[] = [
  address4(1, '127.0.0.1/8', 'lo', { scope: Scope.Host }),
  {
    family: 6,
    ifindex: 1,
    bytes: parse6('::1')!,
    prefixLength: 128,
    scope: Scope.Host,
    flags: Ifaf.Permanent,
    protocol: 1,
    validLifetime: Number.POSITIVE_INFINITY,
    preferredLifetime: Number.POSITIVE_INFINITY,
  },
]

const V1 = link({ ifindex: 2, name: 'v1', kind: 'veth', mac: mac('02:00:00:00:00:02'), iflink: 3 })
const V0 = link({ ifindex: 3, name: 'v0', kind: 'veth', mac: mac('02:00:00:00:00:01'), iflink: 2 })

/** The state that the section `setup` of address.txt made. */
const STILL: State = {
  links: [
    LO,
    { ...V1, master: 4, port: {} as never },
    {
      ...V0,
      flags: V0.flags | Iff.Up,
      operState: OperState.LowerLayerDown,
      qdisc: 'noqueue',
    },
    link({ ifindex: 4, name: 'br0', kind: 'bridge', mac: mac('02:00:00:00:00:0b') }),
  ],
  addresses: [
    ...LOOPBACK,
    address4(3, '10.0.3.1/32', 'v0', { address: ip4('10.0.3.2'), scope: Scope.Link }),
    address4(3, '10.0.0.1/24', 'v0', { broadcast: ip4('10.0.0.255') }),
    address4(3, '10.0.7.1/24', 'v0', { flags: 0, validLifetime: 1000, preferredLifetime: 500, sinceNs: 2e9 }),
    address4(3, '10.0.0.2/24', 'v0:x', { flags: Ifaf.Permanent | Ifaf.Secondary }),
    address4(4, '10.0.8.1/24', 'br0', { metric: 5, flags: Ifaf.Permanent | Ifaf.NoPrefixRoute, scope: 13 }),
  ],
  routes: [],
  neighbours: [],
  now: 2.9e9,
}

describe('Linux says', () => {
  test.for(transcript('address', 'show'))('$line', ({ line, ...told }) => {
    expect(run(fakeWorld(STILL).world, line)).toEqual(told)
  })

  test.for(transcript('address', 'errors'))('$line', ({ line, ...told }) => {
    const { world, applied } = fakeWorld(STILL)
    expect(run(world, line)).toEqual(told)
    expect(applied).toEqual([])
  })
})

test('a flush deletes in rounds, and says what Linux says', () => {
  const addresses = [
    LOOPBACK[0]!,
    address4(2, '10.0.8.1/24', 'v1', { metric: 5 }),
    address4(3, '10.0.3.1/32', 'v0', { address: ip4('10.0.3.2'), scope: Scope.Link }),
    address4(3, '10.0.0.1/24', 'v0', { broadcast: ip4('10.0.0.255') }),
    address4(3, '10.0.0.2/24', 'v0:x', { flags: Ifaf.Permanent | Ifaf.Secondary }),
  ]
  const { world } = fakeWorld({
    ...STILL,
    links: [LO, V1, V0],
    addresses,
    apply(request) {
      if (request.type !== 'deladdr') throw new Error(request.type)
      const { local, label, peer } = request.address
      const at = addresses.findIndex(
        a =>
          a.family === 4 &&
          a.ifindex === request.link &&
          a.local === local &&
          a.label === label &&
          a.address === (peer ?? local),
      )
      expect(at).toBeGreaterThanOrEqual(0)
      addresses.splice(at, 1)
      return { ok: true, value: undefined }
    },
  })
  for (const { line, ...told } of transcript('address-flush', 'show'))
    expect({ line, ...run(world, line) }).toEqual({ line, ...told })
})

/** The one request that a command made of a world that answers nothing but yes. */
function requestOf(line: string): Request {
  const { world, applied } = fakeWorld(STILL)
  expect(run(world, line)).toEqual({ stdout: '', stderr: '', status: 0 })
  expect(applied).toHaveLength(1)
  return applied[0]!
}

const added = (address: object, exclusive = true): object => ({
  type: 'newaddr',
  netns: 0,
  link: 3,
  address: { scope: Scope.Universe, ...address, exclusive },
})

const IP = ip4('10.20.0.1')

test.for<[string, object]>([
  ['ip addr add 10.20.0.1/24 dev v0', added({ local: IP, prefixLength: 24 })],
  ['ip a a 10.20.0.1 dev v0', added({ local: IP, prefixLength: 32 })],
  ['ip addr add dev v0 local 10.20.0.1/255.255.0.0', added({ local: IP, prefixLength: 16 })],
  ['ip addr add 10.20/16 dev v0', added({ local: ip4('10.20.0.0'), prefixLength: 16 })],
  ['ip addr add 10.20.0.1/24 brd + dev v0', added({ local: IP, prefixLength: 24, broadcast: ip4('10.20.0.255') })],
  ['ip addr add 10.20.0.1/24 b - dev v0', added({ local: IP, prefixLength: 24, broadcast: ip4('10.20.0.0') })],
  ['ip addr add 10.20.0.1/31 brd + dev v0', added({ local: IP, prefixLength: 31 })],
  [
    'ip addr add 10.20.0.1/31 broadcast 10.9.9.9 dev v0',
    added({ local: IP, prefixLength: 31, broadcast: ip4('10.9.9.9') }),
  ],
  [
    'ip addr add 10.20.0.1/24 peer 10.30.0.1/30 brd + dev v0',
    added({ local: IP, prefixLength: 30, peer: ip4('10.30.0.1'), broadcast: ip4('10.30.0.3') }),
  ],
  ['ip addr add 10.20.0.1 remote 10.30.0.1 dev v0', added({ local: IP, prefixLength: 32, peer: ip4('10.30.0.1') })],
  ['ip addr add 10.20.0.1/24 peer 10.30.0.1/0 dev v0', added({ local: IP, prefixLength: 24, peer: ip4('10.30.0.1') })],
  ['ip addr add 10.20.0.1/24 label v0:1 dev v0', added({ local: IP, prefixLength: 24, label: 'v0:1' })],
  ['ip addr add 10.20.0.1/24 scope link dev v0', added({ local: IP, prefixLength: 24, scope: Scope.Link })],
  ['ip addr add 10.20.0.1/24 scope 0x0d dev v0', added({ local: IP, prefixLength: 24, scope: 13 })],
  ['ip addr add 127.0.0.2/8 dev v0', added({ local: ip4('127.0.0.2'), prefixLength: 8, scope: Scope.Host })],
  ['ip addr add 10.20.0.1/24 metric 0x10 dev v0', added({ local: IP, prefixLength: 24, metric: 16 })],
  ['ip addr add 10.20.0.1/24 pref 7 dev v0', added({ local: IP, prefixLength: 24, metric: 7 })],
  ['ip addr add 10.20.0.1/24 noprefixroute dev v0', added({ local: IP, prefixLength: 24, flags: Ifaf.NoPrefixRoute })],
  [
    'ip addr add 10.20.0.1/24 valid_lft 10 preferred_lft 5 dev v0',
    added({ local: IP, prefixLength: 24, validLifetime: 10, preferredLifetime: 5 }),
  ],
  [
    'ip addr add 10.20.0.1/24 preferred_lft 5 dev v0',
    added({ local: IP, prefixLength: 24, validLifetime: Number.POSITIVE_INFINITY, preferredLifetime: 5 }),
  ],
  [
    'ip addr add 10.20.0.1/24 valid_lft forever dev v0',
    added({
      local: IP,
      prefixLength: 24,
      validLifetime: Number.POSITIVE_INFINITY,
      preferredLifetime: Number.POSITIVE_INFINITY,
    }),
  ],
  ['ip addr change 10.20.0.1/24 dev v0', added({ local: IP, prefixLength: 24 }, false)],
  ['ip addr replace 10.20.0.1/24 dev v0', added({ local: IP, prefixLength: 24 }, false)],
  ['ip addr add 10.20.0.1/24 dev if3', added({ local: IP, prefixLength: 24 })],
])('%s', ([line, request]) => {
  expect(requestOf(line)).toEqual(request)
})

test.for<[string, object]>([
  ['ip addr del 10.20.0.1/24 dev v0', { local: IP, prefixLength: 24 }],
  ['ip addr d 10.20.0.1/32 dev v0 label v0:1', { local: IP, prefixLength: 32, label: 'v0:1' }],
  ['ip addr delete 10.20.0.1 peer 10.30.0.1/30 dev v0', { local: IP, prefixLength: 30, peer: ip4('10.30.0.1') }],
])('%s', ([line, address]) => {
  expect(requestOf(line)).toEqual({ type: 'deladdr', netns: 0, link: 3, address })
})

test('an address without a length is deleted whatever its length, with a warning', () => {
  const { world, applied } = fakeWorld(STILL)
  // As Linux 6.18 with iproute2 6.1 printed it.
  expect(run(world, 'ip addr del 10.0.0.1 dev v0')).toEqual({
    stdout: '',
    stderr: `Warning: Executing wildcard deletion to stay compatible with old scripts.
         Explicitly specify the prefix length (10.0.0.1/32) to avoid this warning.
         This special behaviour is likely to disappear in further releases,
         fix your scripts!
`,
    status: 0,
  })
  expect(applied).toEqual([{ type: 'deladdr', netns: 0, link: 3, address: { local: ip4('10.0.0.1') } }])
})

test("the kernel's refusal is told with its own words", () => {
  const { world } = fakeWorld({ ...STILL, apply: () => fail('EEXIST', 'ipv4: Address already assigned') })
  expect(run(world, 'ip addr add 10.0.0.1/24 dev v0')).toEqual({
    stdout: '',
    stderr: 'Error: ipv4: Address already assigned.\n',
    status: 2,
  })
})

test.for([
  ['ip addr add fe80::1/64 dev v0', 'ip address of IPv6'],
  ['ip addr del fe80::1/64 dev v0', 'ip address of IPv6'],
  ['ip -6 addr flush dev v0', 'ip address flush of IPv6'],
] as const)('%s is refused', ([line, what]) => {
  const { world, applied } = fakeWorld(STILL)
  expect(run(world, line)).toEqual({ stdout: '', stderr: `vethereal: ${what} is not supported yet\n`, status: 2 })
  expect(applied).toEqual([])
})

test('lifetimes run out by whole seconds of simulated time, those of an address preferred for ever do not', () => {
  const at = (more: object): string => {
    const addresses = [address4(3, '10.0.7.1/24', 'v0', { flags: 0, sinceNs: 1e9, ...more })]
    return run(fakeWorld({ ...STILL, addresses, now: 101.5e9 }).world, 'ip -o addr').stdout.split('\\')[1]!
  }
  const forever = Number.POSITIVE_INFINITY
  expect(at({ validLifetime: 1000, preferredLifetime: 500 })).toBe('       valid_lft 900sec preferred_lft 400sec\n')
  expect(at({ validLifetime: 1000, preferredLifetime: 50 })).toBe('       valid_lft 900sec preferred_lft 0sec\n')
  expect(at({ validLifetime: 1000, preferredLifetime: forever })).toBe(
    '       valid_lft 1000sec preferred_lft forever\n',
  )
})

test('a pattern without special characters matches itself only, and a star everything', () => {
  const plain = fc.string().map(text => text.replace(/[*?[\]\\]/g, ''))
  fc.assert(fc.property(plain, plain, (a, b) => glob(a, b) === (a === b) && glob('*', b) && glob(`${a}*`, a + b)))
})
