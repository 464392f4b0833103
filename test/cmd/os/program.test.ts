/** Programs: the same written as an async function and as a generator, what waits, what fails, what ends them. */
import { describe, expect, test } from 'vitest'
import { OsError, type SignalError } from '../../../src/cmd/os/operation.ts'
import type { Os } from '../../../src/cmd/os/os.ts'
import type { ProgramFunction } from '../../../src/cmd/os/program.ts'
import { Lab } from './lab.ts'

const text = (octets: Uint8Array): string => new TextDecoder().decode(octets)

/** Each program twice: what it does may not depend on how it is written. */
function both(name: string, kinds: { readonly async: ProgramFunction; readonly generator: ProgramFunction }) {
  return [
    [`${name}, async`, kinds.async],
    [`${name}, generator`, kinds.generator],
  ] as const
}

describe('what waits', () => {
  test.for(
    both('sleep', {
      async: async os => {
        await os.sleep('1500ms')
        os.stdout(`${os.now} ${os.args.join(' ')} ${os.stdin}`)
        return 3
      },
      generator: function* (os) {
        yield* os.sleep('1500ms')
        os.stdout(`${os.now} ${os.args.join(' ')} ${os.stdin}`)
        return 3
      },
    }),
  )('%s', async ([, run]) => {
    const lab = new Lab()
    const { now } = lab.world
    const started = lab.start(lab.a, run, 'x', 'y')
    await lab.pass(1)
    expect(started.status).toBe(undefined)
    await lab.pass(1)
    expect(started).toMatchObject({ status: 3, stdout: `${now + 1.5e9} x y typed\n` })
  })

  const served = (os: Os) => {
    const socket = os.udp()
    socket.bind('0.0.0.0', 7)
    return socket
  }
  const asked = (os: Os) => {
    const socket = os.udp()
    socket.connect('10.0.0.2', 7)
    socket.send('hello')
    return socket
  }
  test.for([
    ['async', 'async'],
    ['async', 'generator'],
    ['generator', 'async'],
    ['generator', 'generator'],
  ] as const)('a UDP echo: server %s, client %s', async ([server, client]) => {
    const servers = {
      async: async (os: Os) => {
        const socket = served(os)
        const { data, address, port } = await socket.receive()
        socket.sendTo(`${text(data)}!`, address, port)
      },
      *generator(os: Os) {
        const socket = served(os)
        const { data, address, port } = yield* socket.receive()
        socket.sendTo(`${text(data)}!`, address, port)
      },
    }
    const clients = {
      async: async (os: Os) => os.stdout(`${text((await asked(os).receive()).data)} ${os.now}`),
      *generator(os: Os) {
        os.stdout(`${text((yield* asked(os).receive()).data)} ${os.now}`)
      },
    }
    const lab = new Lab()
    lab.start(lab.b, servers[server])
    const { now } = lab.world
    const started = lab.start(lab.a, clients[client])
    await lab.pass(1)
    // Four hops of 10 us: the addresses are asked for first. The same however they are written.
    expect(started).toMatchObject({ status: 0, stdout: `hello! ${now + 40_000}` })
  })

  test('select answers what is ready, in the order asked for, or nothing when time is over', async () => {
    const lab = new Lab()
    const started = lab.start(lab.a, async os => {
      const [one, two] = [os.udp(), os.udp()]
      one.bind('0.0.0.0', 1)
      two.bind('0.0.0.0', 2)
      const say = (files: readonly unknown[]) =>
        os.stdout(`${(os.now - begin) / 1e6}:${files.map(file => (file === one ? 1 : 2)).join()} `)
      const begin = os.now
      say(await os.select([one, two], '10ms'))
      two.sendTo('x', '127.0.0.1', 2)
      say(await os.select([one, two], '10ms'))
      one.sendTo('x', '127.0.0.1', 1)
      await os.sleep('1ms')
      say(await os.select([two, one]))
      expect(two.tryReceive()?.data).toEqual(new TextEncoder().encode('x'))
      expect(two.tryReceive()).toBe(undefined)
    })
    await lab.pass(1)
    expect(started).toMatchObject({ status: 0, stderr: '', stdout: '10: 10:2 11:2,1 ' })
  })
})

describe('promises of others', () => {
  test('time stands still while a program awaits one', async () => {
    const lab = new Lab()
    const digest = async (os: Os) => {
      const before = os.now
      for (let i = 0; i < 3; i++) await globalThis.crypto.subtle.digest('SHA-256', new Uint8Array(1 << 16))
      await new Promise(resolve => setTimeout(resolve, 20))
      os.stdout(`${os.now - before}`)
      await os.sleep('1us')
    }
    const ticks: number[] = []
    const ticking = lab.start(lab.b, async os => {
      for (let i = 0; i < 5; i++) {
        ticks.push(os.now)
        await os.sleep('1us')
      }
    })
    const started = lab.start(lab.a, digest)
    await lab.pass(1)
    expect([started.stdout, started.status, ticking.status]).toEqual(['0', 0, 0])
    expect(ticks).toEqual([0, 1, 2, 3, 4].map(i => ticks[0]! + i * 1000))
  })

  test('a call that cannot wait for them says so', async () => {
    const lab = new Lab()
    lab.start(lab.a, async os => {
      await Promise.resolve()
      await os.sleep('1s')
    })
    expect(() => lab.world.runUntil(lab.world.now + 1e9)).toThrow('an async program is at work')
    await lab.pass(2)
    lab.world.runUntil(lab.world.now + 1e9)
  })

  test.for([
    ['all', (os: Os) => Promise.all([os.sleep('1s'), os.sleep('2s')])],
    ['race', (os: Os) => Promise.race([os.udp().receive(), os.sleep('2s')])],
  ] as const)('two operations at a time are refused: %s', async ([, run]) => {
    const lab = new Lab()
    const started = lab.start(lab.a, async os => {
      await run(os)
    })
    await lab.pass(3)
    expect(started.status).toBe(1)
    expect(started.stderr).toContain('a program waits for one operation at a time; os.select waits for several files')
  })
})

describe('what fails', () => {
  const failing: readonly (readonly [string, (os: Os) => unknown])[] = [
    ['sendto: Network is unreachable', os => os.udp().sendTo('x', '192.0.2.1', 9)],
    ['sendto: Message too long', os => os.udp().sendTo(new Uint8Array(65_508), '10.0.0.2', 9)],
    ['sendto: Permission denied', os => os.udp().sendTo('x', '10.0.0.255', 9)],
    ['bind: Cannot assign requested address', os => os.udp().bind('10.0.0.9', 9)],
    ['setsockopt(SO_BINDTODEVICE): No such device', os => os.udp().bindToDevice('eth9')],
    ['send: Destination address required', os => os.udp().send('x')],
    ['open(/dev/tap9): No such file or directory', os => os.open('/dev/tap9')],
    ['if_nametoindex(mvt0): No such device', os => os.macvtap('mvt0')],
    ['ioctl(TUNSETIFF): Invalid argument', os => os.tun('eth0')],
    ['write: File descriptor in bad state', os => os.open('/dev/net/tun').write(new Uint8Array(20))],
    ['if_nametoindex(eth9): No such device', os => os.packet().bind('eth9')],
    ['send: No such device or address', os => os.packet().send(new Uint8Array(60))],
  ]
  test.for(failing)('%s', async ([words, call]) => {
    const lab = new Lab()
    const started = lab.start(lab.a, os => void call(os))
    await lab.pass(0.1)
    expect(started).toMatchObject({ status: 1, stderr: `prog: ${words}\n` })
  })

  test('ECONNREFUSED comes to a connected socket whose peer is nobody, once', async () => {
    const lab = new Lab()
    const started = lab.start(lab.a, async os => {
      const socket = os.udp()
      socket.connect('10.0.0.2', 9)
      socket.send('x')
      const error = await socket.receive().then(undefined, (thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(OsError)
      expect(error).toMatchObject({ errno: 'ECONNREFUSED', code: 111, message: 'recvfrom: Connection refused' })
      expect(socket.ready).toBe(false)
    })
    await lab.pass(1)
    expect(started).toMatchObject({ status: 0, stderr: '' })
  })

  test('a file that does not exist, a command that is not there', async () => {
    const lab = new Lab()
    const started = lab.start(lab.a, function* (os) {
      try {
        yield* os.readFile('/nosuch')
      } catch (error) {
        os.stdout(`${(error as OsError).errno} `)
      }
      os.stdout(`${(yield* os.run(['nosuch'])).status}`)
    })
    await lab.pass(1)
    expect(started).toMatchObject({ status: 0, stdout: 'ENOENT 127' })
  })
})

describe('the end', () => {
  const forever = (os: Os) => {
    const tun = os.tun('tun0')
    os.stdout('open ')
    return tun
  }
  test.for(
    both('killed', {
      async: async os => {
        const tun = forever(os)
        try {
          await tun.read()
        } finally {
          os.stdout('never')
        }
      },
      generator: function* (os) {
        const tun = forever(os)
        try {
          yield* tun.read()
        } finally {
          os.stdout('never')
        }
      },
    }),
  )('%s: its files are closed', async ([, run]) => {
    const lab = new Lab()
    const started = lab.start(lab.a, run)
    await lab.pass(0.1)
    expect(lab.world.device(lab.a, 'tun0')).toBeDefined()
    started.signal('TERM')
    expect(started).toMatchObject({ status: 143, stdout: 'open ' })
    expect(lab.world.device(lab.a, 'tun0')).toBe(undefined)
    await lab.pass(1)
    expect(started.stdout).toBe('open ')
  })

  test.for(
    both('caught', {
      async: async os => {
        os.catchSignals('INT')
        try {
          await os.sleep('9s')
        } catch (error) {
          os.stdout((error as SignalError).message)
          await os.sleep('1s')
          os.stdout(', done')
          return 5
        }
        return 0
      },
      generator: function* (os) {
        os.catchSignals('INT')
        try {
          yield* os.sleep('9s')
        } catch (error) {
          os.stdout((error as SignalError).message)
          yield* os.sleep('1s')
          os.stdout(', done')
          return 5
        }
        return 0
      },
    }),
  )('%s: the program goes on', async ([, run]) => {
    const lab = new Lab()
    const started = lab.start(lab.a, run)
    await lab.pass(0.1)
    started.signal('INT')
    await lab.pass(2)
    expect(started).toMatchObject({ status: 5, stdout: 'interrupted by SIGINT, done' })
  })

  test.for([
    ['catch', undefined, 0, 'SignalError: interrupted by SIGINT'],
    ['', 130, 130, ''],
  ] as const)('a signal that comes while a promise is awaited: %s', async ([arg, atOnce, status, stdout]) => {
    const lab = new Lab()
    const stuck = async (os: Os) => {
      if (os.args[0] === 'catch') os.catchSignals('INT')
      await new Promise(resolve => setTimeout(resolve, 30))
      await os.sleep('5s').then(undefined, (error: unknown) => os.stdout(String(error)))
    }
    const started = lab.start(lab.a, stuck, arg)
    const passing = lab.pass(1)
    await new Promise(resolve => setTimeout(resolve, 10))
    started.signal('INT')
    expect(started.status).toBe(atOnce)
    await passing
    expect(started).toMatchObject({ status, stdout })
  })

  test('a mistake of the program is told with its place', async () => {
    const lab = new Lab()
    const started = lab.start(lab.a, async os => {
      await os.sleep('1s')
      throw new TypeError('no such thing')
    })
    await lab.pass(2)
    expect(started.status).toBe(1)
    expect(started.stderr).toMatch(/^prog: TypeError: no such thing\n +at .*program\.test\.ts/)
  })

  test('what is called after the end, or out of turn, is refused', async () => {
    const lab = new Lab()
    let kept: Os | undefined
    const started = lab.start(lab.a, async os => {
      kept = os
      await os.sleep('1s')
    })
    await lab.pass(0.5)
    expect(() => kept!.udp()).toThrow('socket was called out of turn')
    await lab.pass(1)
    expect(started.status).toBe(0)
    expect(() => kept!.tun('tun0')).toThrow('open was called out of turn')
  })
})

describe('sockets', () => {
  test('a raw socket hears ICMP; a packet socket sees frames and sends one', async () => {
    const lab = new Lab()
    const raw = lab.start(lab.b, async os => {
      const socket = os.raw(1)
      const { packet, headerBytes, address } = await socket.receive()
      os.stdout(`${address} type ${packet[headerBytes]} of ${packet.length}`)
    })
    const seen = lab.start(lab.b, async os => {
      const socket = os.packet()
      socket.bind('eth0')
      for (let i = 0; i < 4; i++) {
        const { frame, type, protocol, link } = await socket.receive()
        os.stdout(`${link} ${type} ${protocol.toString(16)} ${frame.length}\n`)
      }
    })
    lab.command(lab.a, 'ping -c 1 10.0.0.2')
    await lab.pass(1)
    expect(raw.stdout).toBe('10.0.0.1 type 8 of 84')
    expect(seen.stdout.split('\n')).toEqual([
      'eth0 broadcast 806 42',
      'eth0 outgoing 806 42',
      'eth0 host 800 98',
      'eth0 outgoing 800 98',
      '',
    ])
  })

  test('a large datagram arrives in fragments, and is whole again', async () => {
    const lab = new Lab()
    const large = Uint8Array.from({ length: 20_000 }, (_, i) => i * 7)
    const started = lab.start(lab.b, async os => {
      const socket = os.udp()
      socket.bind('0.0.0.0', 9)
      const { data, to, ttl } = await socket.receive()
      expect(data).toEqual(large)
      os.stdout(`${to} ${ttl}`)
    })
    lab.start(lab.a, os => {
      const socket = os.udp()
      socket.sendTo(large, '10.0.0.2', 9)
      expect(socket.local.port).toBeGreaterThanOrEqual(32_768)
    })
    await lab.pass(1)
    expect(started).toMatchObject({ status: 0, stdout: '10.0.0.2 64', stderr: '' })
  })

  test('a broadcast, from a socket bound to a device', async () => {
    const lab = new Lab()
    const started = lab.start(lab.b, async os => {
      const socket = os.udp()
      socket.bindToDevice('eth0')
      socket.bind('0.0.0.0', 67)
      os.stdout(text((await socket.receive()).data))
    })
    lab.start(lab.a, os => {
      const socket = os.udp()
      socket.setBroadcast(true)
      socket.bindToDevice('eth0')
      socket.sendTo('discover', '255.255.255.255', 67)
    })
    await lab.pass(1)
    expect(started.stdout).toBe('discover')
  })
})

describe('packets', () => {
  test('a TUN: what the machine sends is read, what is written the machine receives', async () => {
    const lab = new Lab()
    const started = lab.start(lab.a, async os => {
      const tun = os.tun('vpn%d')
      os.stdout(`${tun.interface} ${os.link('vpn0').mtu} ${os.link('vpn0').up}\n`)
      await os.run(['ip', 'address', 'add', '10.9.0.1/24', 'dev', 'vpn0'])
      os.stdout(`${tun.tryRead()}\n`)
      const socket = os.udp()
      socket.sendTo('x', '10.9.0.2', 5)
    })
    await lab.pass(1)
    // No shell is behind this program to run ip.
    expect(started).toMatchObject({ status: 1, stderr: 'prog: sendto: Network is unreachable\n' })
    expect(started.stdout).toBe('vpn0 1500 false\nundefined\n')
  })

  test('a TAP carries frames; one with packet information has four octets more', async () => {
    const lab = new Lab()
    const started = lab.start(lab.a, async os => {
      const tap = os.tap('tap0', { packetInfo: true })
      lab.world.apply({ type: 'setlink', netns: lab.a, link: 'tap0', changes: { up: true } })
      await os.sleep('1s')
      const socket = os.packet(0x88b5)
      socket.bind('tap0')
      socket.sendTo(new Uint8Array(4), 'ff:ff:ff:ff:ff:ff', 0x88b5)
      const packet = await tap.read()
      os.stdout(`${packet.length} ${packet.slice(0, 10)}`)
    })
    await lab.pass(2)
    expect(started).toMatchObject({ status: 0, stderr: '', stdout: '22 0,0,136,181,255,255,255,255,255,255' })
  })
})
