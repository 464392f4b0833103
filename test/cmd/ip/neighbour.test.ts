import { describe, expect, test } from 'vitest'
import type { NeighbourInfo } from '../../../src/control/info.ts'
import { Nud, type Request } from '../../../src/control/request.ts'
import { Iff, OperState } from '../../../src/core/device.ts'
import { DONE, fail } from '../../../src/core/errno.ts'
import { fakeWorld, ip4, LO, link, mac, run, type State, transcript } from './kernel.ts'

const UP = { flags: Iff.Broadcast | Iff.Multicast | Iff.Up | Iff.Running | Iff.LowerUp, operState: OperState.Up }
const LINKS = [
  LO,
  link({ ifindex: 2, name: 'v1', kind: 'veth', master: 4, iflink: 3, ...UP }),
  link({ ifindex: 3, name: 'v0', kind: 'veth', iflink: 2, ...UP }),
  link({ ifindex: 4, name: 'br0', kind: 'bridge' }),
]
const NAMES = new Map(LINKS.map(({ name, ifindex }) => [name, ifindex]))

function entry(dst: string, device: string, state: number, more: Partial<NeighbourInfo> = {}): NeighbourInfo {
  return {
    ifindex: NAMES.get(device)!,
    dst: ip4(dst),
    state,
    proxy: false,
    router: false,
    externLearn: false,
    protocol: 0,
    confirmedNs: 60e9,
    usedNs: 0,
    updatedNs: 0,
    probes: 0,
    refCount: 0,
    ...more,
  }
}

const lladdr = (octet: string): { mac: ReturnType<typeof mac> } => ({ mac: mac(`02:00:00:00:00:${octet}`) })

/** The state that the section `setup` of neighbour.txt made. */
const MADE: readonly NeighbourInfo[] = [
  entry('10.0.0.2', 'v0', Nud.Permanent, lladdr('22')),
  entry('10.0.0.3', 'v0', Nud.Stale, lladdr('33')),
  entry('10.0.0.5', 'v0', Nud.None),
  entry('10.0.0.6', 'v0', Nud.NoArp, lladdr('66')),
  entry('10.0.0.10', 'v0', Nud.Permanent, { ...lladdr('aa'), router: true, externLearn: true }),
  entry('10.0.0.11', 'br0', Nud.Permanent, { ...lladdr('bb'), protocol: 4 }),
  entry('10.0.0.12', 'v0', Nud.Failed),
  entry('10.0.0.13', 'v1', Nud.Permanent, lladdr('cc')),
  entry('10.0.0.20', 'v0', Nud.None, { proxy: true }),
  entry('10.0.0.22', 'v0', Nud.None, { proxy: true, protocol: 77 }),
]

/** Linux dumps in the order of a hash that differs from run to run: that of this run. */
const ORDER = transcript('neighbour', 'order').flatMap(({ stdout }) =>
  [...stdout.matchAll(/^\S+/gm)].map(([ip]) => ip4(ip)),
)
const STILL: State = {
  links: LINKS,
  addresses: [],
  routes: [],
  neighbours: [...MADE].sort((a, b) => ORDER.indexOf(a.dst) - ORDER.indexOf(b.dst)),
}

describe('Linux says', () => {
  test.for(transcript('neighbour', 'order'))('$line', ({ line, ...told }) => {
    expect(run(fakeWorld(STILL).world, line)).toEqual(told)
  })

  test.for(transcript('neighbour', 'show'))('$line', ({ line, ...told }) => {
    expect(run(fakeWorld(STILL).world, line)).toEqual(told)
  })

  test.for(transcript('neighbour', 'errors'))('$line', ({ line, ...told }) => {
    const { world, applied } = fakeWorld(STILL)
    expect(run(world, line)).toEqual(told)
    expect(applied).toEqual([])
  })
})

test('a flush deletes in rounds, and says what Linux says', () => {
  const neighbours = [...STILL.neighbours]
  const { world } = fakeWorld({
    ...STILL,
    neighbours,
    apply(request) {
      if (request.type !== 'delneigh') throw new Error(request.type)
      const { link, dst, proxy = false } = request.neighbour
      const at = neighbours.findIndex(n => n.ifindex === link && n.dst === dst && n.proxy === proxy)
      expect(at).toBeGreaterThanOrEqual(0)
      neighbours.splice(at, 1)
      return DONE
    },
  })
  for (const { line, ...told } of transcript('neighbour', 'flush')) {
    expect({ line, ...run(world, line) }).toEqual({ line, ...told })
  }
})

test('-s adds the references, the ages in seconds and the probes', () => {
  const neighbours = [
    entry('10.0.0.8', 'v0', Nud.Probe, {
      ...lladdr('88'),
      refCount: 1,
      usedNs: 4.9e9,
      confirmedNs: 60e9,
      updatedNs: 1.2e9,
      probes: 1,
    }),
  ]
  const { world } = fakeWorld({ ...STILL, neighbours })
  // Linux 6.18: `10.0.0.8 lladdr 02:00:00:00:00:88  ref 1 used 0/60/0probes 1 PROBE `, at another moment.
  expect(run(world, 'ip -s neigh show dev v0').stdout).toBe(
    '10.0.0.8 lladdr 02:00:00:00:00:88  ref 1 used 4/60/1probes 1 PROBE \n',
  )
  expect(run(world, 'ip -j -s neigh show dev v0').stdout).toBe(
    '[{"dst":"10.0.0.8","lladdr":"02:00:00:00:00:88","refcnt":1,"used":4,"confirmed":60,"updated":1,"probes":1,"state":["PROBE"]}]\n',
  )
  expect(run(world, 'ip neigh show unused').stdout).toBe('')
})

function requestOf(line: string): Request {
  const { world, applied } = fakeWorld(STILL)
  expect(run(world, line)).toEqual({ stdout: '', stderr: '', status: 0 })
  expect(applied).toHaveLength(1)
  return applied[0]!
}

const DST = ip4('10.0.0.30')
const PERMANENT = { link: 3, dst: DST, state: Nud.Permanent }
const added = (neighbour: object, mode = 'add'): object => ({ type: 'newneigh', netns: 0, neighbour, mode })

test.for<[string, object]>([
  ['ip neigh add 10.0.0.30 lladdr 02:00:00:00:00:05 dev v0', added({ ...PERMANENT, ...lladdr('05') })],
  ['ip n a to 10.0.0.30 ll 2:0:0:0:0:5z dev v0', added({ ...PERMANENT, ...lladdr('05') })],
  ['ip neigh add 10.0.0.30 lladdr 02:00:00:00:00:05:06:07 dev v0', added({ ...PERMANENT, ...lladdr('05') })],
  ['ip neigh add 10.0.0.30 lladdr null dev v0', added(PERMANENT)],
  ['ip neigh add 10.0.0.30 dev v0', added(PERMANENT)],
  ['ip neigh add 10.0.0.30 nud stale dev v0', added({ ...PERMANENT, state: Nud.Stale })],
  ['ip neigh add 10.0.0.30 nud 0x10 dev v0', added({ ...PERMANENT, state: Nud.Probe })],
  ['ip neigh add 10.0.0.30 nud none dev v0', added({ ...PERMANENT, state: Nud.None })],
  [
    'ip neigh add 10.0.0.30 router ext protocol bird dev v0',
    added({ ...PERMANENT, router: true, externLearn: true, protocol: 12 }),
  ],
  ['ip neigh add proxy 10.0.0.30 dev v0', added({ ...PERMANENT, proxy: true })],
  ['ip neigh change 10.0.0.30 dev v0', added(PERMANENT, 'change')],
  ['ip neigh chg 10.0.0.30 dev v0', added(PERMANENT, 'change')],
  ['ip neigh replace 10.0.0.30 dev v0', added(PERMANENT, 'replace')],
  ['ip neigh r 10.0.0.30 dev v0', added(PERMANENT, 'replace')],
  ['ip neigh del 10.0.0.30 dev v0', { type: 'delneigh', netns: 0, neighbour: PERMANENT }],
  ['ip neigh del 10.0.0.30 lladdr foo dev v0', { type: 'delneigh', netns: 0, neighbour: PERMANENT }],
])('%s', ([line, request]) => {
  expect(requestOf(line)).toEqual(request)
})

test("the kernel's refusal is told with its own words", () => {
  const { world } = fakeWorld({ ...STILL, apply: () => fail('EINVAL', 'No link layer address given') })
  expect(run(world, 'ip neigh add 10.0.0.5 dev v0')).toEqual({
    stdout: '',
    stderr: 'Error: No link layer address given.\n',
    status: 2,
  })
})

test.for([
  ['ip neigh add 10.0.0.12 dev v0 use', 'ip neighbour use'],
  ['ip neigh add 10.0.0.12 dev v0 managed', 'ip neighbour managed'],
  ['ip neigh add fe80::1 lladdr 02:00:00:00:00:01 dev v0', 'ip neighbour of IPv6'],
  ['ip neigh add proxy 10.0.0.21', 'ip neighbour proxy without a device'],
] as const)('%s is refused', ([line, what]) => {
  const { world, applied } = fakeWorld(STILL)
  expect(run(world, line)).toEqual({ stdout: '', stderr: `vethereal: ${what} is not supported yet\n`, status: 2 })
  expect(applied).toEqual([])
})
