import { expect, expectTypeOf, test } from 'vitest'
import { createWorld, type Link, type Namespace, RequestError } from '../../src/index.ts'
import * as pcapng from '../../src/wire/pcapng.ts'

const refused = (call: () => unknown): Pick<RequestError, 'errno' | 'extack' | 'message' | 'code'> => {
  try {
    call()
  } catch (error) {
    if (!(error instanceof RequestError)) throw error
    const { errno, extack, message, code } = error
    return { errno, extack, message, code }
  }
  throw new Error('nothing was refused')
}

test('namespaces by handle', () => {
  const world = createWorld()
  const net0 = world.addNetns('net0')
  expect(net0.name).toBe('net0')
  expect(net0.id).not.toBe(world.host.id)
  expect(world.netns('net0').id).toBe(net0.id)
  expect(world.netns('host').id).toBe(world.host.id)
  expect(world.namespaces().map(({ name }) => name)).toEqual(['host', 'net0'])
  net0.delete()
  expect(() => world.netns('net0')).toThrow(new TypeError('vethereal: there is no namespace "net0"'))
})

// The words are those of Linux 6.18 with iproute2 6.1 and procps.
test('a refused request says what Linux says', () => {
  const world = createWorld()
  const { host } = world
  world.addVeth({ name: 'a' }, { name: 'b' })
  const net0 = world.addNetns('net0')
  expect(refused(() => world.addNetns('net0'))).toMatchObject({
    errno: 'EEXIST',
    message: 'Cannot create namespace file "/run/netns/net0": File exists',
  })
  net0.delete()
  expect(refused(() => net0.delete())).toMatchObject({
    errno: 'ENOENT',
    message: 'Cannot remove namespace file "/run/netns/net0": No such file or directory',
  })
  expect(refused(() => host.up('nosuch'))).toEqual({
    errno: 'ENODEV',
    code: 19,
    extack: undefined,
    message: 'Cannot find device "nosuch"',
  })
  expect(refused(() => host.setLink('a', { master: 'nosuch' })).message).toBe('Cannot find device "nosuch"')
  expect(refused(() => host.rename('a', 'b'))).toMatchObject({
    errno: 'EEXIST',
    message: 'RTNETLINK answers: File exists',
  })
  expect(refused(() => host.setLink('a', { mtu: 1 }))).toMatchObject({
    errno: 'EINVAL',
    extack: 'mtu less than device minimum',
    message: 'Error: mtu less than device minimum.',
  })
  expect(refused(() => host.addLink({ kind: 'nosuch' }))).toMatchObject({ message: 'Error: Unknown device type.' })
  expect(refused(() => host.setSysctl('net.nosuch', 1)).message).toBe(
    'sysctl: cannot stat /proc/sys/net/nosuch: No such file or directory',
  )
  expect(refused(() => host.sysctl('net.nosuch')).errno).toBe('ENOENT')
})

test('a veth pair, each end where it belongs', () => {
  const world = createWorld()
  const [net0, sw] = [world.addNetns('net0'), world.addNetns('sw')]
  sw.addBridge('br', { up: true })
  const names = world.addVeth(
    { netns: net0, name: 'eth0', mac: '02:00:00:00:00:01', mtu: 1400, up: true, alias: 'uplink' },
    { netns: 'sw', name: 'p0', master: 'br', up: true },
  )
  expect(names).toEqual(['eth0', 'p0'])
  world.runFor('3s')
  expect(net0.link('eth0')).toMatchObject({
    kind: 'veth',
    mac: '02:00:00:00:00:01',
    mtu: 1400,
    up: true,
    carrier: true,
    state: 'UP',
    master: undefined,
    alias: 'uplink',
  })
  expect(sw.link('p0')).toMatchObject({ mtu: 1500, state: 'UP', master: 'br' })
  expect(sw.links().map(({ name }) => name)).toEqual(['lo', 'br', 'p0'])
  expect(world.host.links().map(({ name }) => name)).toEqual(['lo'])
})

test('names are numbered where none is given', () => {
  const world = createWorld()
  expect(world.addVeth()).toEqual(['veth1', 'veth0'])
  expect(world.addVeth()).toEqual(['veth3', 'veth2'])
})

test('a veth of which one end is refused leaves nothing behind', () => {
  const world = createWorld()
  const sw = world.addNetns('sw')
  expect(refused(() => world.addVeth({ name: 'a' }, { netns: sw, name: 'b', master: 'nosuch' })).message).toBe(
    'Cannot find device "nosuch"',
  )
  expect(world.host.links().map(({ name }) => name)).toEqual(['lo'])
  expect(sw.links().map(({ name }) => name)).toEqual(['lo'])
})

test('a bridge with its ports and settings', () => {
  const world = createWorld()
  const { host } = world
  world.addVeth({ name: 'a' }, { name: 'b' })
  expect(host.addBridge('br', { ports: ['a', 'b'], ageing: '10s', mac: '02:00:00:00:00:0b', up: true })).toBe('br')
  expect(host.links().map(({ name, master, up }) => [name, master, up])).toEqual([
    ['lo', undefined, true],
    ['b', 'br', false],
    ['a', 'br', false],
    ['br', undefined, true],
  ])
  expect(world.core.link(host.id, 'br')!.bridge!.ageingTime).toBe(1000)
  host.setPort('a', { isolated: true })
  expect(world.core.link(host.id, 'a')!.port!.isolated).toBe(true)
  host.setLink('a', { master: null })
  expect(host.link('a').master).toBeUndefined()
  expect(() => host.addBridge('br2', { ports: ['nosuch'] })).toThrow(RequestError)
  expect(() => host.link('br2')).toThrow('Cannot find device "br2"')
  expect(() => host.addBridge('br3', { ageing: '10m' as '10s' })).toThrow(TypeError)
})

test('links are renamed, moved and deleted', () => {
  const world = createWorld()
  const net0 = world.addNetns('net0')
  world.addVeth({ name: 'a' }, { name: 'b' })
  world.host.rename('a', 'c')
  world.host.move('c', net0, 'eth0')
  expect(net0.link('eth0').name).toBe('eth0')
  world.host.deleteLink('b')
  expect(net0.links().map(({ name }) => name)).toEqual(['lo'])
})

test('entries of a forwarding database', () => {
  const world = createWorld()
  const { host } = world
  world.addVeth({ name: 'a' }, { name: 'b' })
  host.addBridge('br', { mac: '02:00:00:00:00:0b', ports: ['a'], up: true })
  host.addFdb('02:00:00:00:00:11', { dev: 'a' })
  host.addFdb('02:00:00:00:00:12', { dev: 'br', kind: 'local' })
  const entry = { bridge: 'br', ageSeconds: 0, vlan: undefined, static: true }
  const table = host.fdb('br')
  expect(table).toContainEqual({ ...entry, mac: '02:00:00:00:00:11', link: 'a', local: false })
  expect(table).toContainEqual({ ...entry, mac: '02:00:00:00:00:12', link: 'br', local: true })
  host.deleteFdb('02:00:00:00:00:11', 'a')
  expect(host.fdb().map(({ mac }) => mac)).not.toContain('02:00:00:00:00:11')
  expect(refused(() => host.deleteFdb('02:00:00:00:00:11', 'a')).message).toBe(
    'RTNETLINK answers: No such file or directory',
  )
})

test('sysctls with dots or slashes', () => {
  const { host } = createWorld()
  host.setSysctl('net.ipv4.ip_forward', 1)
  expect(host.sysctl('net/ipv4/ip_forward')).toBe('1')
})

test('one command line without a shell', () => {
  const world = createWorld()
  const net0 = world.addNetns('net0')
  expect(world.exec('ip netns list')).toEqual({ status: 0, stdout: 'net0\n', stderr: '' })
  expect(world.exec(['ip', '-o', 'netns', 'add', 'a b'])).toMatchObject({ status: 0 })
  expect(world.exec(`ip netns exec 'a b' ip netns identify`).stdout).toBe('a b\n')
  expect(net0.exec('ip netns identify').stdout).toBe('net0\n')
  expect(world.exec('nosuch -x')).toEqual({ status: 127, stdout: '', stderr: 'vethereal: nosuch: command not found\n' })
  expect(world.exec('ip netns exec net0 nosuch').status).toBe(127)
  expect(world.exec('ip -batch -', { stdin: 'netns add x\nnetns add y\n' }).status).toBe(0)
  expect(world.exec('ip link set nosuch up')).toEqual({
    status: 1,
    stdout: '',
    stderr: 'Cannot find device "nosuch"\n',
  })
})

test('time passes only when it is told to', () => {
  const world = createWorld()
  expect(world.now).toBe(0)
  world.runFor('1.5s')
  world.runUntil('2s')
  expect(world.now).toBe(2_000_000_000)
  expect(world.run(() => world.now >= 1)).toBe(true)
  expect(world.run(() => false, '1s')).toBe(false)
})

test('a session of requests can be heard and carried out again', () => {
  const build = (world: ReturnType<typeof createWorld>): void => {
    const net0 = world.addNetns('net0')
    world.addVeth({ netns: net0, name: 'eth0', up: true }, { name: 'v', up: true })
  }
  const first = createWorld({ seed: 7 })
  const requests: Parameters<typeof first.apply>[0][] = []
  const stop = first.on('request', ({ request }) => requests.push(request))
  build(first)
  stop()
  first.addNetns('unheard')
  const second = createWorld({ seed: 7 })
  for (const request of requests) second.apply(request)
  expect(requests.length).toBeGreaterThan(2)
  expect(second.netns('net0').links()).toEqual(first.netns('net0').links())
})

test('the types say what a user needs', () => {
  expectTypeOf<Namespace['links']>().returns.toEqualTypeOf<Link[]>()
  // @ts-expect-error A span needs a unit that exists.
  expect(() => createWorld().runFor('3min')).toThrow(TypeError)
})

test('an empty capture is a file', () => {
  const world = createWorld()
  const capture = world.capture()
  expect(capture.frames).toEqual([])
  const { interfaces, packets } = pcapng.read(capture.pcapng())
  expect(interfaces.map(({ name }) => name)).toEqual(['host/lo'])
  expect(packets).toEqual([])
})
