/** The lives of frames: what a world that explains tells of them, and that it does nothing else than other worlds. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createWorld, type Explanation, type World } from '../../src/index.ts'
import { ROOT } from '../support/program.ts'

const scripts = ['sims', 'sims/broken']
  .flatMap(folder => readdirSync(join(ROOT, folder)).map(name => join(ROOT, folder, name)))
  .filter(path => path.endsWith('.sh') && !/^#: program /m.test(readFileSync(path, 'utf8')))

test.for(scripts)('explaining changes nothing that can be seen: %s', async path => {
  const text = readFileSync(path, 'utf8')
  const [plain, explaining] = [createWorld(), createWorld({ explain: true })]
  const hashes = [plain.traceHash(), explaining.traceHash()]
  expect(await explaining.sh(text)).toEqual(await plain.sh(text))
  expect(hashes[1]!.digest()).toBe(hashes[0]!.digest())
})

function lab(): World {
  const world = createWorld({ explain: true })
  const [a, r, b] = ['a', 'r', 'b'].map(name => world.addNetns(name)) as [World['host'], World['host'], World['host']]
  world.addVeth(
    { netns: a, name: 'eth0', mac: '02:00:00:00:00:01', up: true },
    { netns: r, name: 'eth0', mac: '02:00:00:00:00:02', up: true },
  )
  world.addVeth(
    { netns: b, name: 'eth0', mac: '02:00:00:00:00:03', up: true },
    { netns: r, name: 'eth1', mac: '02:00:00:00:00:04', up: true },
  )
  a.addAddress('eth0', '10.0.1.2/24')
  r.addAddress('eth0', '10.0.1.1/24')
  r.addAddress('eth1', '10.0.2.1/24')
  b.addAddress('eth0', '10.0.2.2/24')
  a.addRoute('default', { via: '10.0.1.1' })
  b.addRoute('default', { via: '10.0.2.1' })
  r.setSysctl('net.ipv4.ip_forward', 1)
  return world
}

const all = (told: Explanation): Explanation[] => [told, ...told.caused.flatMap(all)]
const shown = ({ summary, steps }: Explanation): string[] => [
  summary.replace(/id \d+/, 'id *'),
  ...steps.map(({ device, event, what }) => `${device} ${event} ${what}`.trim()),
]

test('an echo request, forwarded and answered, each decision with its rule', () => {
  const world = lab()
  const capture = world.capture()
  world.netns('a').ping('10.0.2.2', { count: 1 })
  const second = capture.frames.length
  world.netns('a').ping('10.0.2.2', { count: 1 })
  const request = capture.frames.slice(second).find(({ summary }) => summary.includes('echo request'))!
  const told = world.explain(request)!
  expect(world.explain(told.number)).toEqual(told)
  expect(all(told).map(shown)).toEqual([
    [
      'IP 10.0.1.2 > 10.0.2.2: ICMP echo request, id *, seq 1',
      'a/eth0 note sent to 10.0.2.2 via 10.0.1.1 through eth0',
      'a/eth0 sent route default via 10.0.1.1 dev eth0; neighbour 10.0.1.1 lladdr 02:00:00:00:00:02 REACHABLE',
      'a/eth0 out',
      'r/eth0 in',
      'r/eth0 stack for others: route 10.0.2.0/24 dev eth1',
      'r/eth0 note forwarded to 10.0.2.2 directly through eth1',
    ],
    [
      'IP 10.0.1.2 > 10.0.2.2: ICMP echo request, id *, seq 1',
      'r/eth1 sent route 10.0.2.0/24 dev eth1; neighbour 10.0.2.2 lladdr 02:00:00:00:00:03 REACHABLE',
      'r/eth1 out',
      'b/eth0 in',
      'b/eth0 stack for this machine (route local 10.0.2.2 dev eth0)',
    ],
    [
      'IP 10.0.2.2 > 10.0.1.2: ICMP echo reply, id *, seq 1',
      'b/eth0 note answers the echo request of 10.0.1.2',
      'b/eth0 sent route default via 10.0.2.1 dev eth0; neighbour 10.0.2.1 lladdr 02:00:00:00:00:04 DELAY',
      'b/eth0 out',
      'r/eth1 in',
      'r/eth1 stack for others: route 10.0.1.0/24 dev eth0',
      'r/eth1 note forwarded to 10.0.1.2 directly through eth0',
    ],
    [
      'IP 10.0.2.2 > 10.0.1.2: ICMP echo reply, id *, seq 1',
      'r/eth0 sent route 10.0.1.0/24 dev eth0; neighbour 10.0.1.2 lladdr 02:00:00:00:00:01 DELAY',
      'r/eth0 out',
      'a/eth0 in',
      'a/eth0 stack for this machine (route local 10.0.1.2 dev eth0)',
    ],
  ])
})

test('a frame that was dropped, with the reason, and what came of it', () => {
  const world = lab()
  world.netns('r').addRoute('10.0.2.2/32', { type: 'unreachable' })
  world.netns('a').ping('10.0.2.2', { count: 1 })
  const [verdict] = world.why()
  expect(verdict!.cause).toMatchObject({ fault: 'route-type', netns: 'r', setting: 'unreachable 10.0.2.2' })
  const told = [...Array(40).keys()]
    .map(i => world.explain(i + 1))
    .find(each => each?.summary.includes('echo request'))!
  expect(told.steps.at(-1)).toMatchObject({ device: 'r/eth0', event: 'drop', what: 'BLACKHOLE (unreachable 10.0.2.2)' })
  expect(told.steps.find(({ device, event }) => device === 'r/eth0' && event === 'stack')?.what).toBe(
    'for others: route unreachable 10.0.2.2',
  )
  expect(all(told).map(({ summary }) => summary)).toContain('IP 10.0.1.1 > 10.0.1.2: ICMP unreachable: host')
})

test('a world that was not asked to explain says so', () => {
  const world = createWorld()
  expect(() => world.why()).toThrow('vethereal: the world was made without { explain: true }')
  expect(() => world.explain(1)).toThrow('vethereal: the world was made without { explain: true }')
  expect(createWorld({ explain: true }).explain(1)).toBeUndefined()
  expect(createWorld({ explain: true }).why(1)).toBeUndefined()
})
