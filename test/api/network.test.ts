/** The library over a network that works: what is sent, what is learned, what is seen of it. */
import { describe, expect, test } from 'vitest'
import { type CapturedFrame, createWorld, type Namespace, RequestError, type World } from '../../src/index.ts'
import { read } from '../../src/wire/pcapng.ts'

/** red - sw(br: p1, p2) - blue, addressed and settled. */
function network(): { world: World; red: Namespace; blue: Namespace; sw: Namespace } {
  const world = createWorld()
  const [red, blue, sw] = [world.addNetns('red'), world.addNetns('blue'), world.addNetns('sw')]
  sw.addBridge('br', { up: true })
  world.addVeth(
    { netns: red, name: 'eth0', mac: '02:00:00:00:00:01', up: true },
    { netns: sw, name: 'p1', master: 'br', up: true },
  )
  world.addVeth(
    { netns: blue, name: 'eth0', mac: '02:00:00:00:00:02', up: true },
    { netns: sw, name: 'p2', master: 'br', up: true },
  )
  red.addAddress('eth0', '10.0.0.1/24')
  blue.addAddress('eth0', '10.0.0.2/24')
  world.runFor('3s')
  return { world, red, blue, sw }
}

describe('ping', () => {
  test('replies', () => {
    const { red } = network()
    expect(red.ping('10.0.0.2', { count: 2, size: 8, ttl: 9 })).toMatchObject({
      status: 0,
      transmitted: 2,
      received: 2,
      lossPercent: 0,
      replies: [
        { from: '10.0.0.2', seq: 1, ttl: 64, bytes: 16, duplicate: false },
        { from: '10.0.0.2', seq: 2, ttl: 64, bytes: 16, duplicate: false },
      ],
      errors: [],
      rtt: undefined,
      stderr: '',
    })
    const { replies, rtt } = red.ping('10.0.0.2', { count: 3, interval: 0.5 })
    expect(replies.map(({ timeMs }) => timeMs)).toEqual([0.04, 0.04, 0.04])
    expect(rtt).toEqual({ min: 0.04, avg: 0.04, max: 0.04, mdev: 0 })
  })

  test('nobody there', () => {
    const { red, world } = network()
    const before = world.now
    expect(red.ping('10.0.0.9')).toMatchObject({
      status: 1,
      transmitted: 1,
      received: 0,
      lossPercent: 100,
      replies: [],
      errors: [],
    })
    expect(world.now - before).toBeGreaterThan(2_999_000_000)
    red.up('lo')
    expect(red.ping('10.0.0.9', { wait: 5 }).errors).toEqual([
      { from: '10.0.0.1', seq: 1, words: 'Destination Host Unreachable' },
    ])
  })

  test('a failure of another kind', () => {
    const { red } = network()
    expect(red.ping('192.0.2.1')).toMatchObject({
      status: 2,
      transmitted: 0,
      lossPercent: 100,
      stderr: 'ping: connect: Network is unreachable\n',
    })
  })
})

test('addresses', () => {
  const { red } = network()
  const common = { link: 'eth0', peer: undefined, scope: 'global', label: 'eth0' }
  const first = { ...common, address: '10.0.0.1', prefixLength: 24, broadcast: undefined, secondary: false }
  expect(red.addresses('eth0')).toEqual([first])
  red.addAddress('eth0', '10.0.0.5/24', { broadcast: '+' })
  const second = { ...first, address: '10.0.0.5', broadcast: '10.0.0.255', secondary: true }
  expect(red.addresses('eth0')).toEqual([first, second])
  expect(() => red.addAddress('eth0', '10.0.0.5/24')).toThrow(expect.objectContaining({ errno: 'EEXIST' }))
  red.deleteAddress('eth0', '10.0.0.5/24')
  expect(red.addresses('eth0')).toEqual([first])
  red.addAddress('eth0', '10.9.0.1', { peer: '10.9.0.2', scope: 'link' })
  expect(red.addresses()).toContainEqual(
    expect.objectContaining({ address: '10.9.0.1', prefixLength: 32, peer: '10.9.0.2', scope: 'link' }),
  )
})

test('routes', () => {
  const { red, blue, world } = network()
  const route = { type: 'unicast', table: 'main', metric: 0, linkDown: false, dead: false }
  const connected = { to: '10.0.0.0/24', link: 'eth0', src: '10.0.0.1', protocol: 'kernel', scope: 'link' }
  expect(red.routes()).toEqual([{ ...route, ...connected, via: undefined }])
  red.addRoute('default', { via: '10.0.0.2' })
  red.addRoute('192.0.2.0/24', { type: 'blackhole', metric: 5 })
  expect(red.routes()).toContainEqual({
    ...route,
    ...{ to: 'default', via: '10.0.0.2', link: 'eth0', src: undefined, protocol: 'boot', scope: 'global' },
  })
  expect(red.routes()).toContainEqual(expect.objectContaining({ to: '192.0.2.0/24', type: 'blackhole', metric: 5 }))
  expect(red.routes('local').map(({ to }) => to)).toContain('10.0.0.1')
  expect(() => red.addRoute('default', { via: '10.0.0.3' })).toThrow('RTNETLINK answers: File exists')
  red.replaceRoute('default', { via: '10.0.0.3' })
  expect(red.routes()[0]!.via).toBe('10.0.0.3')
  red.deleteRoute('default')
  expect(red.routes().map(({ to }) => to)).not.toContain('default')
  expect(() => red.addRoute('10.8.0.0/16', { via: '10.7.0.1' })).toThrow('Error: Nexthop has invalid gateway.')
  expect(() => red.addRoute('10.8.0.0/16', { dev: 'nosuch' })).toThrow('Cannot find device "nosuch"')

  // A router in between.
  blue.setSysctl('net.ipv4.ip_forward', 1)
  world.addVeth({ netns: blue, name: 'eth1', up: true }, { name: 'far', up: true })
  blue.addAddress('eth1', '10.1.0.1/24')
  world.host.addAddress('far', '10.1.0.2/24')
  world.host.addRoute('10.0.0.0/24', { via: '10.1.0.1' })
  red.addRoute('10.1.0.0/24', { via: '10.0.0.2', dev: 'eth0' })
  expect(red.ping('10.1.0.2').replies).toMatchObject([{ ttl: 63 }])
})

test('neighbours', () => {
  const { red } = network()
  red.ping('10.0.0.2')
  const learned = { address: '10.0.0.2', link: 'eth0', mac: '02:00:00:00:00:02', proxy: false }
  expect(red.neighbours()).toEqual([{ ...learned, state: 'REACHABLE' }])
  red.addNeighbour('10.0.0.7', { dev: 'eth0', mac: '02:00:00:00:00:07' })
  expect(red.neighbours('eth0')).toContainEqual(expect.objectContaining({ address: '10.0.0.7', state: 'PERMANENT' }))
  expect(() => red.addNeighbour('10.0.0.7', { dev: 'eth0', mac: '02:00:00:00:00:08' })).toThrow(RequestError)
  red.replaceNeighbour('10.0.0.7', { dev: 'eth0', mac: '02:00:00:00:00:08', state: 'stale' })
  expect(red.neighbours()).toContainEqual(
    expect.objectContaining({ address: '10.0.0.7', mac: '02:00:00:00:00:08', state: 'STALE' }),
  )
  red.deleteNeighbour('10.0.0.7', 'eth0')
  expect(red.neighbours('lo')).toEqual([])
})

test('what a bridge has learned, and counters', () => {
  const { red, sw, world } = network()
  red.ping('10.0.0.2', { count: 3 })
  world.runFor('10s')
  const hosts = sw.fdb('br').filter(({ local }) => !local)
  expect(hosts.map(({ mac, link }) => [mac, link]).sort()).toEqual([
    ['02:00:00:00:00:01', 'p1'],
    ['02:00:00:00:00:02', 'p2'],
  ])
  for (const { ageSeconds } of hosts) expect(ageSeconds > 0 && ageSeconds <= 12).toBe(true)
  expect(sw.link('p1').stats.rxPackets).toBeGreaterThan(3)
  expect(world.drops()).toEqual(expect.not.objectContaining({ HOP_LIMIT: expect.anything() }))
})

test('captured frames, and the same as a file', () => {
  const { red, world } = network()
  const capture = world.capture()
  red.ping('10.0.0.2')
  const { frames } = capture
  expect(frames.slice(0, 2).map(({ netns, link, direction, summary }) => [netns, link, direction, summary])).toEqual([
    ['red', 'eth0', 'out', 'ARP, Request who-has 10.0.0.2 tell 10.0.0.1'],
    ['sw', 'p1', 'in', 'ARP, Request who-has 10.0.0.2 tell 10.0.0.1'],
  ])
  const { interfaces, packets } = read(capture.pcapng())
  const seen = packets.map(packet => ({ name: interfaces[packet.interface]!.name, bytes: packet.bytes }))
  expect(seen).toEqual(frames.map(({ netns, link, bytes }) => ({ name: `${netns}/${link}`, bytes })))
  const { length } = frames
  red.ping('10.0.0.2')
  expect(frames).toHaveLength(length)
})

test('events, until they are no longer wanted', () => {
  const { red, world } = network()
  const seen: CapturedFrame[] = []
  const traced: string[] = []
  const dropped: string[] = []
  const stops = [
    world.on('frame', frame => seen.push(frame)),
    world.on('trace', ({ event, device }) => traced.push(`${event} ${device}`)),
    world.on('drop', ({ reason, netns, link }) => dropped.push(`${reason} ${netns}/${link}`)),
  ]
  red.ping('10.0.0.9', { wait: 4 })
  for (const stop of stops) stop()
  const asked = seen.filter(({ netns, direction, summary }) => /^red out ARP/.test(`${netns} ${direction} ${summary}`))
  expect(asked).toHaveLength(3)
  expect(traced.slice(0, 3)).toEqual(['note red/eth0', 'note red/eth0', 'note red/eth0'])
  expect(traced).toContain('drop red/eth0')
  expect(dropped).toContain('NEIGH_FAILED red/eth0')
  expect(world.drops()).toMatchObject({ NEIGH_FAILED: 1 })
  const { length } = seen
  red.ping('10.0.0.2')
  expect(seen).toHaveLength(length)
})

test('scripts', async () => {
  const { world, red } = network()
  expect(
    await world.sh(
      'echo "$0 $1"; cat; cat /data; ip netns exec red ping -c 1 -q 10.0.0.2 | grep -c " 0% packet loss"; exit 4',
      {
        name: 'lab.sh',
        args: ['one'],
        stdin: 'in\n',
        files: { '/data': 'data\n' },
      },
    ),
  ).toEqual({ status: 4, stdout: 'lab.sh one\nin\ndata\n1\n', stderr: '' })
  expect((await world.sh('ip netns identify; echo $X', { netns: red, env: { X: 'y' } })).stdout).toBe('red\ny\n')
  expect(await world.sh('sleep 100', { within: '10s' })).toMatchObject({ status: 124 })
  expect((await world.sh('date +%s')).status).toBe(0)
})

test('scripts run one behind the other, commands in between', async () => {
  const { world } = network()
  const order: string[] = []
  const first = world.sh('sleep 5; ip netns add made').then(() => order.push('first'))
  const second = world.sh('ip netns list | grep -c made').then(({ stdout }) => order.push(`second ${stdout}`))
  expect(world.exec('ping -c 1 localhost').status).toBe(0)
  await Promise.all([first, second])
  expect(order).toEqual(['first', 'second 1\n'])
})

test('a command that never ends is stopped', () => {
  const { world } = network()
  expect(world.exec('ping -q localhost', { within: '10s' })).toEqual({
    status: 124,
    stdout: 'PING localhost (127.0.0.1) 56(84) bytes of data.\n',
    stderr: 'vethereal: ping: stopped after its time limit\n',
  })
  expect(world.exec('ping -c 1 router', { files: { '/etc/hosts': '127.0.0.9 router\n' } }).stdout).toContain(
    'PING router (127.0.0.9)',
  )
})

test('a world is the same every time', () => {
  const run = (seed: number): string => {
    const world = createWorld({ seed, hop: '1us' })
    const hash = world.traceHash()
    const net0 = world.addNetns('net0')
    world.addVeth({ netns: net0, name: 'eth0', up: true }, { name: 'v', up: true })
    net0.addAddress('eth0', '10.0.0.1/24')
    world.host.addAddress('v', '10.0.0.2/24')
    net0.ping('10.0.0.2', { count: 3 })
    return hash.digest()
  }
  expect(run(1)).toBe(run(1))
  expect(run(2)).not.toBe(run(1))
})
