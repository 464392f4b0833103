/** Programs from the library: spawned in a namespace, waited for, killed; and what they and commands do with files. */
import { describe, expect, test } from 'vitest'
import answer from '../../sims/programs/tun-ping-answer.ts'
import {
  createWorld,
  type Namespace,
  type Os,
  OsError,
  type Program,
  RequestError,
  type World,
} from '../../src/index.ts'
import { read } from '../../src/wire/pcapng.ts'

function pair(): { world: World; a: Namespace; b: Namespace } {
  const world = createWorld()
  const [a, b] = [world.addNetns('a'), world.addNetns('b')]
  for (const each of [a, b]) {
    for (const which of ['all', 'default']) each.setSysctl(`net.ipv6.conf.${which}.disable_ipv6`, 1)
  }
  world.addVeth({ netns: a, name: 'eth0', up: true }, { netns: b, name: 'eth0', up: true })
  a.addAddress('eth0', '10.0.0.1/24')
  b.addAddress('eth0', '10.0.0.2/24')
  world.runFor('2s')
  return { world, a, b }
}

const echo: Program = function* (os: Os) {
  const socket = os.udp()
  socket.bind('0.0.0.0', 7)
  for (;;) {
    const { data, address, port } = yield* socket.receive()
    socket.sendTo(data, address, port)
  }
}

const client = async (os: Os) => {
  const socket = os.udp()
  socket.connect('10.0.0.2', 7)
  socket.send(os.args[0]!)
  const [answered] = await os.select([socket], '1s')
  if (answered === undefined) return 1
  os.stdout(new TextDecoder().decode((await socket.receive()).data))
  return 0
}

test('a server in the background, and a client that is run to its end', async () => {
  const { a, b } = pair()
  const server = b.spawn(echo, { name: 'echo' })
  expect(await a.run(client, { args: ['hello'] })).toEqual({ status: 0, stdout: 'hello', stderr: '' })
  server.kill()
  expect([server.done, server.status]).toEqual([true, 143])
  // Now its machine says that nobody is there.
  await expect(a.run(client, { args: ['hello'] })).rejects.toThrow(OsError)
  await expect(a.run(client, { args: ['hello'] })).rejects.toMatchObject({ errno: 'ECONNREFUSED' })
})

test('a generator runs in any call that passes time, an async function where that may wait for it', async () => {
  const { world, a, b } = pair()
  b.spawn(echo)
  expect(b.exec('ss -lun').stdout).not.toContain(':7 ')
  world.runFor('1ms')
  expect(b.exec('ss -lun').stdout).toContain('0.0.0.0:7 ')
  const started = a.spawn(client, { args: ['x'] })
  expect(() => world.runFor('1s')).toThrow('await world.elapse(...)')
  await world.elapse('1s')
  expect(started).toMatchObject({ done: true, status: 0, stdout: 'x' })
  a.spawn(client, { args: ['y'] })
  expect((await world.sh('sleep 1; echo done')).stdout).toBe('done\n')
})

test('a program that does not end is stopped', async () => {
  const { world, b } = pair()
  const { now } = world
  expect(await b.run(echo, { within: '3s' })).toEqual({ status: 124, stdout: '', stderr: '' })
  expect(world.now).toBeLessThanOrEqual(now + 3e9)
})

test('pid, name, arguments, environment, standard input', async () => {
  const { a } = pair()
  const show: Program = os => {
    os.stdout([...os.argv, os.env.get('HOME'), os.stdin].join('|'))
    os.stderr(`${os.pid}`)
    return 7
  }
  const options = { name: 'show', args: ['x', 'y z'], env: { HOME: '/root' }, stdin: 'typed' }
  const started = a.spawn(show, options)
  expect(await started.wait()).toEqual({ status: 7, stdout: 'show|x|y z|/root|typed', stderr: `${started.pid}` })
})

test('what it throws comes to whoever waits', async () => {
  const { a } = pair()
  const failing: Program = async () => {
    throw new RangeError('on purpose')
  }
  const started = a.spawn(failing)
  await expect(started.wait()).rejects.toThrow(RangeError)
  expect(started.status).toBe(1)
})

test('a script runs programs by the names of files', async () => {
  const { world } = pair()
  const script = `
ip -n a tuntap add dev tun0 mode tun
ip -n a addr add 10.50.0.1/24 dev tun0
ip -n a link set tun0 up
ip netns exec a python3 answer.py tun0 &
sleep 0.5
ip netns exec a ping -c 2 -i 0.2 10.50.0.9 | grep transmitted
kill %1`
  const { stdout, stderr, status } = await world.sh(script, { programs: { 'answer.py': answer } })
  expect([stdout.replace(/, time.*/, ''), stderr, status]).toEqual([
    '2 packets transmitted, 2 received, 0% packet loss\n',
    '',
    0,
  ])
})

describe('files', () => {
  test('a capture that tcpdump has written is read by the next tcpdump, and by the caller', () => {
    const { world, a } = pair()
    const tcpdump = a.exec('tcpdump -c 2 -i eth0 -w /tmp/x.pcap', { within: '1s' })
    expect(tcpdump.status).toBe(124)
    a.spawn(function* (os) {
      yield* os.run(['tcpdump', '-c', '2', '-i', 'eth0', '-w', 'x.pcap'])
    })
    world.runFor('10ms')
    expect(a.ping('10.0.0.2').received).toBe(1)
    world.runFor('2s')
    expect(a.exec('tcpdump -n -r /root/x.pcap').stdout.split('\n')[0]).toMatch(/ARP, Request who-has 10\.0\.0\.2/)
    expect(world.readFile('/root/x.pcap').length).toBe(24 + 2 * (16 + 42))
    expect(() => world.readFile('/nosuch')).toThrow('there is no file "/nosuch"')
  })

  test('files of the world, of one call, of /proc', async () => {
    const { world, a } = pair()
    world.writeFile('/etc/hosts', '10.0.0.2 blue\n')
    expect(a.exec('ping -c 1 blue').status).toBe(0)
    expect(a.exec('ping -c 1 green', { files: { '/etc/hosts': '10.0.0.2 green\n' } }).status).toBe(0)
    expect((await world.sh('cat /etc/hosts')).stdout).toBe('10.0.0.2 blue\n')
    const { stdout } = await a.run(async os => {
      const show = async (path: string) => os.stdout(new TextDecoder().decode(await os.readFile(path)))
      await show('/proc/sys/net/ipv4/ip_forward')
      await os.writeFile('/tmp/a', 'one\n')
      await os.writeFile('/tmp/a', 'two\n', { append: true })
      await show('/tmp/a')
    })
    expect(stdout).toBe('0\none\ntwo\n')
  })

  test('what another command prints', async () => {
    const { a } = pair()
    const { stdout } = await a.run(async os => {
      const { stdout, status } = await os.run(['ip', '-br', '-4', 'address', 'show', 'eth0'])
      os.stdout(`${status}:${stdout.split(/ +/)[2]}`)
    })
    expect(stdout).toBe('0:10.0.0.1/24')
    // The command behind ip netns exec prints where ip does.
    expect(a.exec('ip netns exec b ip -br -4 address show eth0').stdout).toContain('10.0.0.2/24')
  })
})

describe('links that programs use', () => {
  test('addTun, addTap', () => {
    const { a } = pair()
    expect(a.addTun('tun%d', { mtu: 1400, up: true })).toBe('tun0')
    expect(a.addTap('tap0', { mac: '02:00:00:00:00:07', owner: 1000, multiQueue: true })).toBe('tap0')
    expect(a.exec('ip tuntap').stdout).toBe('tun0: tun persist\ntap0: tap multi_queue persist user 1000\n')
    expect(a.link('tun0')).toMatchObject({ mtu: 1400, up: true, carrier: false })
    expect(a.link('tap0').mac).toBe('02:00:00:00:00:07')
    expect(() => a.addTun('tun0')).toThrow(RequestError)
    expect(() => a.addTun('tun7', { mtu: 20 })).toThrow('mtu less than device minimum')
    expect(a.links().map(link => link.name)).not.toContain('tun7')
  })

  test('addMacvlan, addMacvtap', () => {
    const { a } = pair()
    expect(a.addMacvlan('mv0', { link: 'eth0', mode: 'bridge', up: true })).toBe('mv0')
    a.addMacvtap('mvt0', { link: 'eth0', mode: 'private', mac: '02:00:00:00:00:09' })
    expect(a.exec('ip -d link show mv0').stdout).toContain('macvlan mode bridge ')
    expect(a.exec('ip -d link show mvt0').stdout).toContain('macvtap mode private ')
    expect(() => a.addMacvlan('mv1', { link: 'eth9' })).toThrow('Cannot find device "eth9"')
    expect(() => a.addMacvlan('mv1', { link: 'eth0', mode: 'passthru' })).toThrow(RequestError)
    a.deleteLink('mv0')
    a.deleteLink('mvt0')
    a.addMacvlan('src0', { link: 'eth0', mode: 'source', sources: ['02:00:00:00:00:01'], nodst: true })
    expect(a.exec('ip -d link show src0').stdout).toContain('mode source')
    expect(a.exec('ip -d link show src0').stdout).toContain('02:00:00:00:00:01')
  })
})

test('the same world with the same programs is the same twice', async () => {
  const digest = async (): Promise<string> => {
    const { world, a, b } = pair()
    const hash = world.traceHash()
    b.spawn(echo)
    const crypt: Program = async os => {
      const key = await crypto.subtle.importKey('raw', os.random(16), 'AES-GCM', false, ['encrypt'])
      const socket = os.udp()
      for (let i = 0; i < 5; i++) {
        const iv = os.random(12)
        const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, new Uint8Array(1000 * i))
        socket.sendTo(new Uint8Array(sealed), '10.0.0.2', 7)
        await os.sleep('1ms')
      }
    }
    const all = [a.spawn(crypt), a.spawn(crypt, { name: 'second' })]
    await world.elapse('1s')
    expect(all.map(each => each.status)).toEqual([0, 0])
    return hash.digest()
  }
  expect(await digest()).toBe(await digest())
})

test('a capture holds what programs sent', async () => {
  const { world, a, b } = pair()
  const capture = world.capture()
  b.spawn(echo)
  await a.run(client, { args: ['x'] })
  const { packets } = read(capture.pcapng())
  expect(packets.length).toBe(8)
})
