/** macvlan in a world: counters as Linux counted them, the queue of group frames, who follows whom, and an oracle. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createWorld, type World } from '../../src/api/world.ts'
import { MacvlanMode } from '../../src/control/records.ts'
import { type Device, isUp } from '../../src/core/device.ts'
import { Drop } from '../../src/core/drop.ts'
import { frameOf } from '../../src/core/frame.ts'
import { addGroup } from '../../src/core/groups.ts'
import { bucketOf } from '../../src/device/macvlanport.ts'
import * as ethernet from '../../src/wire/ethernet.ts'
import { BROADCAST, format, isGroup, type Mac, parse } from '../../src/wire/mac.ts'
import { HOST } from '../../src/world/world.ts'

const ETHERTYPE = 0x88b5
const E0 = parse('02:00:00:00:00:01')!
const E1 = parse('02:00:00:00:00:02')!
const STRANGER = parse('02:00:00:00:00:77')!
const mac = (n: number): Mac => (0x0200_0000_0100 + n) as Mac

class Lab {
  readonly world: World = createWorld()
  /** `STACK: DEVICE` in the order in which stacks were given frames. */
  readonly heard: string[] = []

  /** e0 and e1 on one wire, and on e0 what the commands make. */
  constructor(...commands: string[]) {
    this.run('sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1')
    this.run(`ip link add e0 address ${format(E0)} type veth peer name e1 address ${format(E1)}`)
    this.run('ip link set e1 up')
    this.run('ip link set e0 up')
    for (const command of commands) this.run(command)
    this.world.runFor('3s')
    const { stack } = this.world.core.netns(HOST)
    const receive = stack.receive.bind(stack)
    stack.receive = (dev, frame, type) => {
      if (ethernet.type(frame.bytes, frame.at) === ETHERTYPE) this.heard.push(dev.name)
      receive(dev, frame, type)
    }
  }

  run(command: string): void {
    expect({ command, ...this.world.exec(command) }).toEqual({ command, status: 0, stdout: '', stderr: '' })
  }

  says(command: string): string {
    const { stdout, stderr } = this.world.exec(command)
    return stdout + stderr
  }

  dev(name: string): Device {
    return this.world.core.device(HOST, name)!
  }

  /** Sends without letting time pass. */
  put(via: string, src: Mac, dst: Mac, length = 100): void {
    const bytes = new Uint8Array(length).fill(0xa5)
    ethernet.put(bytes, 0, dst, src, ETHERTYPE)
    this.world.core.engine.tx(this.dev(via), frameOf(bytes))
  }

  /** Sends, and answers who was given it, in order. */
  send(via: string, src: Mac, dst: Mac, length = 100): string {
    this.heard.length = 0
    this.put(via, src, dst, length)
    this.world.runFor('1ms')
    return this.heard.join(' ')
  }
}

const child = (name: string, address: Mac, options: string, lower = 'e0'): string[] => [
  `ip link add link ${lower} name ${name} address ${format(address)} type macvlan ${options}`,
  `ip link set dev ${name} up`,
]

describe('counters', () => {
  const lab = new Lab(
    ...child('pa', mac(1), 'mode private'),
    ...child('pb', mac(2), 'mode vepa'),
    ...child('ba', mac(3), 'mode bridge'),
    ...child('bb', mac(4), 'mode bridge'),
    ...child('sm', mac(5), 'mode bridge'),
    'ip link set sm mtu 500',
  )
  const names = ['e0', 'pa', 'pb', 'ba', 'bb', 'sm']
  const count = (name: string): number[] => {
    const d = lab.dev(name)
    return [d.rxBytes, d.rxPackets, d.rxErrors, d.multicast, d.txBytes, d.txPackets]
  }
  const FIELDS = ['rx bytes', 'rx', 'errors', 'multicast', 'tx bytes', 'tx']

  /** Every row was read from `ip -s link` on Linux 6.18 before and after the frame. */
  test.for<[string, string, Mac, Mac, number, Record<string, number[]>]>([
    ['back to its private sender', 'e1', mac(1), BROADCAST, 100, { e0: [100, 1, 0, 0, 0, 0], pa: [0, 1, 0, 0, 0, 0] }],
    [
      'back to its vepa sender',
      'e1',
      mac(2),
      BROADCAST,
      100,
      { e0: [100, 1, 0, 0, 0, 0], ba: [100, 1, 0, 1, 0, 0], bb: [100, 1, 0, 1, 0, 0], sm: [100, 1, 0, 1, 0, 0] },
    ],
    ['to a child', 'e1', E1, mac(3), 100, { e0: [100, 1, 0, 0, 0, 0], ba: [100, 1, 0, 0, 0, 0] }],
    ['from child to child', 'ba', mac(3), mac(4), 100, { ba: [0, 0, 0, 0, 100, 1], bb: [100, 1, 0, 0, 0, 0] }],
    [
      'a group from a bridge child',
      'ba',
      mac(3),
      BROADCAST,
      100,
      { e0: [0, 0, 0, 0, 100, 1], ba: [0, 0, 0, 0, 100, 1], bb: [114, 1, 0, 1, 0, 0], sm: [114, 1, 0, 1, 0, 0] },
    ],
    [
      'a group too big for one',
      'ba',
      mac(3),
      BROADCAST,
      1000,
      { e0: [0, 0, 0, 0, 1000, 1], ba: [0, 0, 0, 0, 1000, 1], bb: [1014, 1, 0, 1, 0, 0], sm: [0, 0, 1, 0, 0, 0] },
    ],
    [
      'too big for the child alone',
      'ba',
      mac(3),
      mac(5),
      1000,
      { ba: [0, 0, 0, 0, 1000, 1], sm: [1000, 1, 0, 0, 0, 0] },
    ],
    ['to the outside', 'ba', mac(3), E1, 100, { e0: [0, 0, 0, 0, 100, 1], ba: [0, 0, 0, 0, 100, 1] }],
  ])('%s', ([, via, src, dst, length, expected]) => {
    const before = Object.fromEntries(names.map(name => [name, count(name)]))
    lab.send(via, src, dst, length)
    const changed = names.map(name => [name, count(name).map((n, i) => n - before[name]![i]!)] as const)
    const named = (row: readonly number[]): object => Object.fromEntries(row.map((n, i) => [FIELDS[i], n]))
    expect(
      Object.fromEntries(changed.filter(([, row]) => row.some(n => n !== 0)).map(([n, r]) => [n, named(r)])),
    ).toEqual(Object.fromEntries(Object.entries(expected).map(([n, r]) => [n, named(r)])))
  })
})

describe('the queue of group frames', () => {
  test('the lower device hears first, then its children in the order of their hashes', () => {
    const lab = new Lab(...[1, 2, 3, 4].flatMap(n => child(`m${n}`, mac(n), 'mode bridge')))
    const order = [1, 2, 3, 4].sort((a, b) => bucketOf(mac(a)) - bucketOf(mac(b))).map(n => `m${n}`)
    expect(order).not.toEqual([...order].sort())
    expect(lab.send('e1', STRANGER, BROADCAST)).toBe(['e0', ...order].join(' '))
  })

  test('holds as many as the most generous child asks for', () => {
    const lab = new Lab(...child('m1', mac(1), 'bcqueuelen 2'), ...child('m2', mac(2), 'bcqueuelen 3'))
    for (let i = 0; i < 5; i++) lab.put('e1', STRANGER, BROADCAST)
    lab.world.runFor('1ms')
    const count = (name: string): number => lab.heard.filter(each => each === name).length
    expect([count('e0'), count('m1'), count('m2')]).toEqual([5, 3, 3])
    expect(lab.world.core.engine.drops[Drop.NotSpecified]).toBe(2)
    lab.run('ip link del m2')
    expect(lab.says('ip -d link show m1')).toContain('bcqueuelen 2 usedbcqueuelen 2 ')
  })

  test('is served though the child that would have served it is deleted', () => {
    const lab = new Lab(...child('m1', mac(1), ''), ...child('m2', mac(2), ''))
    const { engine } = lab.world.core
    lab.put('e1', STRANGER, BROADCAST)
    while (!lab.heard.includes('e0')) engine.step()
    lab.run('ip link del m1')
    lab.world.runFor('1ms')
    expect(lab.heard).toEqual(['e0', 'm2'])
  })

  test('goes with the last child', () => {
    const lab = new Lab(...child('m1', mac(1), ''))
    lab.put('e1', STRANGER, BROADCAST)
    while (!lab.heard.includes('e0')) lab.world.core.engine.step()
    lab.run('ip link del m1')
    expect(lab.send('e1', STRANGER, BROADCAST)).toBe('e0')
    lab.run(child('m1', mac(1), '')[0]!)
    lab.run('ip link set m1 up')
    expect(lab.send('e1', STRANGER, BROADCAST)).toBe('e0 m1')
  })

  test('is not for groups of few listeners, where the lower device is not promiscuous', () => {
    const group = parse('01:00:5e:00:00:05')!
    const lab = new Lab(...child('m1', E0, 'mode passthru nopromisc'))
    expect(lab.dev('e0').promiscuity).toBe(0)
    addGroup(lab.dev('m1'), group)
    expect(lab.send('e1', STRANGER, BROADCAST)).toBe('e0 m1')
    lab.run('ip link set m1 type macvlan bcqueuelen 0')
    expect(lab.send('e1', STRANGER, BROADCAST)).toBe('e0')
    expect(lab.send('e1', STRANGER, group).split(' ').sort()).toEqual(['e0', 'm1'])
    const set = (broadcastCutoff: number) =>
      lab.world.apply({ type: 'setlink', netns: HOST, link: 'm1', changes: { macvlan: { broadcastCutoff } } })
    expect(set(0).ok).toBe(true)
    expect(lab.send('e1', STRANGER, group)).toBe('e0')
    expect(set(-1).ok).toBe(true)
    expect(lab.send('e1', STRANGER, BROADCAST).split(' ').sort()).toEqual(['e0', 'm1'])
  })
})

describe('what stands on what', () => {
  test('a child listens for what stands on its lower device: it is in the list of addresses there', () => {
    const lab = new Lab(...child('m1', mac(1), ''), ...child('m2', mac(2), ''))
    const own = (): string[] =>
      lab
        .says('bridge fdb show dev e0')
        .trim()
        .split('\n')
        .map(line => line.split(' ')[0]!)
    expect(own().slice(0, 2)).toEqual([format(mac(1)), format(mac(2))])
    addGroup(lab.dev('m2'), parse('01:00:5e:00:00:09')!)
    expect(own()).toContain('01:00:5e:00:00:09')
    lab.run('ip link set m2 down')
    expect(own()).not.toContain('01:00:5e:00:00:09')
    expect(own()).not.toContain(format(mac(2)))
    lab.run(`ip link set m1 address ${format(mac(9))}`)
    expect(own()[0]).toBe(format(mac(9)))
  })

  test('children die with either end of the wire below, wherever they are', () => {
    const lab = new Lab('ip netns add n', ...child('m1', mac(1), ''), ...child('m2', mac(2), '', 'm1'))
    lab.run('ip link set m2 netns n')
    lab.run('ip link del e1')
    expect(lab.says('ip -br link')).toMatch(/^lo .*\n$/)
    expect(lab.says('ip -n n -br link')).toMatch(/^lo .*\n$/)
    expect(lab.world.core.engine.devices.filter(dev => !dev.dead).map(dev => dev.name)).toEqual(['lo', 'lo'])
  })

  test('a namespace that goes takes the children in it, and only them', () => {
    const lab = new Lab('ip netns add n', ...child('m1', mac(1), 'mode bridge'), ...child('m2', mac(2), 'mode bridge'))
    lab.run('ip link set m2 netns n')
    lab.run('ip -n n link set m2 up')
    expect(lab.dev('e0').uppers.map(dev => dev.name)).toEqual(['m1', 'm2'])
    lab.run('ip netns del n')
    expect(lab.dev('e0').uppers.map(dev => dev.name)).toEqual(['m1'])
    lab.run('ip link del m1')
    expect([lab.dev('e0').rxHandler, lab.dev('e0').port, lab.dev('e0').promiscuity]).toEqual([undefined, undefined, 0])
  })

  test('two children of one device in one bridge are a storm, and it ends', () => {
    const lab = new Lab(
      'ip link add sw type bridge',
      ...child('m1', mac(1), 'mode bridge'),
      ...child('m2', mac(2), 'mode bridge'),
      'ip link set m1 master sw',
      'ip link set m2 master sw',
      'ip link set sw up',
    )
    lab.put('e1', STRANGER, BROADCAST)
    lab.world.runFor('1s')
    expect(lab.world.core.engine.drops[Drop.HopLimit]).toBeGreaterThan(0)
    const { crossings } = lab.world.core.engine
    lab.world.runFor('1s')
    expect(lab.world.core.engine.crossings - crossings).toBeLessThan(10)
  })

  test('a new link that cannot be set up is not there', () => {
    const lab = new Lab(...child('m1', mac(1), ''))
    const line = `ip link add link e0 name m2 address ${format(mac(1))} up type macvlan`
    expect(lab.says(line)).toBe('RTNETLINK answers: Address already in use\n')
    expect(lab.dev('e0').uppers.map(dev => dev.name)).toEqual(['m1'])
    expect(lab.send('e1', STRANGER, mac(1))).toBe('m1')
  })
})

describe('an oracle', () => {
  interface Model {
    readonly name: string
    readonly mac: Mac
    readonly mode: MacvlanMode
    readonly up: boolean
    readonly groups: readonly Mac[]
    readonly all: boolean
  }

  const GROUPS = [1, 2, 3].map(n => parse(`01:00:5e:00:01:0${n}`)!)
  const WORDS: Record<number, string> = { 1: 'private', 2: 'vepa', 4: 'bridge', 16: 'source' }
  const { Private, Vepa, Bridge, Source } = MacvlanMode

  /** Who is given a frame, said plainly. `inside`: the child that sends; otherwise it comes over the wire. */
  function oracle(children: readonly Model[], inside: Model | undefined, src: Mac, dst: Mac): string[] {
    const up = children.filter(each => each.up)
    const to = up.find(each => each.mac === dst)
    if (!isGroup(dst)) {
      if (inside !== undefined) return inside.mode === Bridge && to?.mode === Bridge ? [to.name] : ['e1']
      return [to !== undefined && to.mode !== Source ? to.name : 'e0']
    }
    const listening = up.filter(each => dst === BROADCAST || each.all || each.groups.includes(dst))
    const inMode = (...modes: MacvlanMode[]): string[] =>
      listening.filter(each => modes.includes(each.mode)).map(each => each.name)
    if (inside !== undefined) {
      return inside.mode === Bridge ? ['e1', ...inMode(Bridge).filter(name => name !== inside.name)] : ['e1']
    }
    const sender = up.find(each => each.mac === src)
    if (sender === undefined) return ['e0', ...inMode(Private, Vepa, Bridge)]
    if (sender.mode === Vepa) return ['e0', ...inMode(Vepa, Bridge).filter(name => name !== sender.name)]
    if (sender.mode === Bridge) return ['e0', ...inMode(Vepa)]
    return [sender.name]
  }

  test('says the same of any children and any frames', () => {
    const model = fc.record({
      mode: fc.constantFrom(Private, Vepa, Bridge, Source),
      up: fc.boolean(),
      groups: fc.subarray(GROUPS),
      all: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
    })
    const send = fc.record({ from: fc.nat(7), src: fc.nat(6), dst: fc.nat(10) })
    fc.assert(
      fc.property(
        fc.array(model, { maxLength: 5 }),
        fc.array(send, { minLength: 1, maxLength: 12 }),
        (models, sends) => {
          const children = models.map((each, i): Model => ({ ...each, name: `m${i}`, mac: mac(i) }))
          const lab = new Lab(
            ...children.map(c => child(c.name, c.mac, `mode ${WORDS[c.mode]}`)[0]!),
            ...children.filter(c => c.up).map(c => `ip link set ${c.name} up`),
            ...children.filter(c => c.all).map(c => `ip link set ${c.name} allmulticast on`),
          )
          for (const c of children) for (const group of c.groups) addGroup(lab.dev(c.name), group)
          const macs = [STRANGER, E1, E0, ...children.map(c => c.mac)]
          const targets = [BROADCAST, ...GROUPS, ...macs]
          for (const { from, src, dst } of sends) {
            const inside = children.filter(c => c.up)[from]
            const source = inside?.mac ?? macs[src % macs.length]!
            const target = targets[dst % targets.length]!
            const heard = lab
              .send(inside?.name ?? 'e1', source, target)
              .split(' ')
              .sort()
            expect(heard).toEqual(oracle(children, inside, source, target).sort())
          }
          expect(lab.world.core.engine.devices.every(dev => !isUp(dev) || dev.backlog === 0)).toBe(true)
        },
      ),
      { numRuns: 150 },
    )
  })
})
