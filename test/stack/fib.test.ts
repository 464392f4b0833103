/** The routing tables against a list searched from end to end, and what devices that come and go do to them. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Scope } from '../../src/control/records.ts'
import { type RouteMode, RouteType, Table } from '../../src/control/request.ts'
import { type DevId, Device, HardwareType, Iff, type NetnsId } from '../../src/core/device.ts'
import { DeviceConf, NeighbourConf } from '../../src/stack/conf.ts'
import { Fib, type RouteConfig } from '../../src/stack/fib.ts'
import { InDevice } from '../../src/stack/indevice.ts'
import { NeighbourParms } from '../../src/stack/neighbour.ts'
import { Flow } from '../../src/stack/rules.ts'
import type { Ip } from '../../src/wire/ip.ts'
import * as ip4 from '../../src/wire/ip.ts'
import { ip, mac } from './lab.ts'

function inDeviceOf(dev: Device, sysctl = (_path: string): number => 0): InDevice {
  return new InDevice(dev, new NeighbourParms(dev, new NeighbourConf(sysctl)), new DeviceConf(dev.name, sysctl))
}

function tables(devices = 3) {
  const made = Array.from({ length: devices }, (_, i) => {
    const address = mac(`02:00:00:00:00:0${i}`)
    const dev = new Device(i as DevId, 'veth', HardwareType.Ether, 0 as NetnsId, i + 1, `eth${i}`, address)
    dev.flags = Iff.Up | Iff.Broadcast
    return dev
  })
  const inDevices = new Map(made.map(dev => [dev, inDeviceOf(dev)]))
  let changes = 0
  const fib = new Fib({
    device: ifindex => made[ifindex - 1],
    inDevice: dev => inDevices.get(dev),
    selectAddress: () => 0 as Ip,
    changed: () => void changes++,
    told: () => {},
    ruleTold: () => {},
    deviceNamed: name => made.find(dev => dev.name === name),
    group: () => 0,
    ways: () => undefined,
    multipathSeed: () => 12_345,
  })
  return { fib, devices: made, inDevices, changes: () => changes }
}

const flowTo = (dst: Ip, tos = 0, oif = 0): Flow => new Flow().set(dst, 0 as Ip, tos, 1, oif, 0)

function config(text: string, options: Partial<RouteConfig> = {}): RouteConfig {
  const [dst = '', length = '32'] = text.split('/')
  return {
    table: Table.Main,
    dst: ip(dst),
    length: Number(length),
    tos: 0,
    type: RouteType.Unicast,
    scope: Scope.Link,
    protocol: 3,
    priority: 0,
    prefsrc: 0 as Ip,
    ifindex: 1,
    gateway: 0 as Ip,
    onlink: false,
    metrics: {},
    ...options,
  }
}

interface Entry {
  readonly config: RouteConfig
  readonly order: number
}

/** fib_table_lookup, written from scratch: sort all routes, take the first that fits. */
function oracle(all: readonly Entry[], dst: Ip, tos: number, oif: number): RouteConfig | undefined {
  return all
    .filter(({ config }) => ip4.contains(config.dst, config.length, dst))
    .filter(({ config }) => config.tos === 0 || config.tos === tos)
    .filter(({ config }) => oif === 0 || config.ifindex === oif)
    .sort(
      (a, b) =>
        b.config.length - a.config.length ||
        b.config.table - a.config.table ||
        b.config.tos - a.config.tos ||
        a.config.priority - b.config.priority ||
        a.order - b.order,
    )[0]?.config
}

const bits = fc.constantFrom(0, 0x0a00_0000, 0x0a01_0000, 0x0a01_0100, 0x0a01_0180, 0xc0a8_0000)
const route = fc
  .record({
    base: bits,
    length: fc.constantFrom(0, 8, 15, 16, 24, 25, 32),
    local: fc.boolean(),
    tos: fc.constantFrom(0, 0, 0, 0x10, 0x20),
    priority: fc.constantFrom(0, 5, 9),
    ifindex: fc.integer({ min: 1, max: 3 }),
  })
  .map(({ base, length, local, tos, priority, ifindex }) => {
    const dst = ip4.format(((base & ip4.mask(length)) >>> 0) as Ip)
    const table = local ? Table.Local : Table.Main
    return config(`${dst}/${length}`, { table, tos, priority, ifindex })
  })

const sameKey = (a: RouteConfig, b: RouteConfig): boolean =>
  a.dst === b.dst && a.length === b.length && a.table === b.table && a.tos === b.tos && a.priority === b.priority

test('a lookup finds what a linear scan finds', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.boolean(), route), { maxLength: 60 }),
      fc.array(fc.tuple(bits, fc.nat(255), fc.constantFrom(0, 0x10, 0x20, 0x40), fc.integer({ min: 0, max: 3 }))),
      (changes, questions) => {
        const { fib } = tables()
        let all: Entry[] = []
        changes.forEach(([adds, wanted], order) => {
          const there = all.find(each => sameKey(each.config, wanted))
          if (adds) {
            const answer = fib.insert(wanted, 'add')
            expect(answer.ok ? undefined : answer.errno).toBe(there === undefined ? undefined : 'EEXIST')
            if (there === undefined) all.push({ config: wanted, order })
            return
          }
          const meant = all
            .filter(({ config: { dst, length, table, tos } }) => {
              return dst === wanted.dst && length === wanted.length && table === wanted.table && tos === wanted.tos
            })
            .filter(({ config }) => config.ifindex === wanted.ifindex)
            .filter(({ config }) => wanted.priority === 0 || config.priority === wanted.priority)
            .sort((a, b) => a.config.priority - b.config.priority)[0]
          const answer = fib.delete(wanted)
          expect(answer.ok).toBe(meant !== undefined)
          all = all.filter(each => each !== meant)
        })
        for (const [base, low, tos, oif] of questions) {
          const dst = ((base | low) >>> 0) as Ip
          const expected = oracle(all, dst, tos, oif)
          expect(fib.lookup(flowTo(dst, tos, oif), Scope.Universe, false)).toBe(expected !== undefined)
          if (expected === undefined) expect(fib.error).toBe('ENETUNREACH')
          else {
            expect(fib.alias).toMatchObject({ prefix: expected.dst, length: expected.length, table: expected.table })
            expect([fib.alias!.tos, fib.alias!.info.priority]).toEqual([expected.tos, expected.priority])
            expect(fib.nexthop!.ifindex).toBe(expected.ifindex)
          }
        }
        expect(fib.dump().length).toBe(all.length)
      },
    ),
  )
})

test.for([
  ['add', 'EEXIST', 'ok', [2]],
  ['append', 'ok', 'ok', [1, 2, 3]],
  ['prepend', 'ok', 'ok', [3, 1, 2]],
  ['replace', 'ok', 'ok', [3, 2]],
  ['change', 'ok', 'ENOENT', [3, 2]],
  ['test', 'EEXIST', 'ENOENT', [1, 2]],
] as const)('ip route %s where there is a route: %s, where there is none: %s', ([mode, there, absent, order]) => {
  const { fib } = tables()
  fib.insert(config('10.0.0.0/8', { ifindex: 1 }), 'add')
  fib.insert(config('10.0.0.0/8', { ifindex: 2 }), 'append')
  const said = (answer: ReturnType<Fib['insert']>): string => (answer.ok ? 'ok' : answer.errno)
  expect(said(fib.insert(config('10.0.0.0/8', { ifindex: 3 }), mode as RouteMode))).toBe(there)
  const after = fib.dump().map(each => each.ifindex)
  expect(after).toEqual(mode === 'add' ? [1, 2] : order)
  expect(said(fib.insert(config('10.9.0.0/16'), mode as RouteMode))).toBe(absent)
})

test('an equal route is there already, even for append and replace of another', () => {
  const { fib } = tables()
  fib.insert(config('10.0.0.0/8', { ifindex: 1 }), 'add')
  fib.insert(config('10.0.0.0/8', { ifindex: 2 }), 'append')
  expect(fib.insert(config('10.0.0.0/8', { ifindex: 2 }), 'append')).toEqual({ ok: false, errno: 'EEXIST' })
  expect(fib.insert(config('10.0.0.0/8', { ifindex: 2 }), 'replace')).toEqual({ ok: false, errno: 'EEXIST' })
  expect(fib.insert(config('10.0.0.0/8', { ifindex: 1 }), 'replace').ok).toBe(true)
})

test('a request that is refused leaves no table entry and no change behind', () => {
  const { fib, changes } = tables()
  const before = changes()
  expect(fib.insert(config('10.0.0.1/8'), 'add')).toEqual({
    ok: false,
    errno: 'EINVAL',
    extack: 'Invalid prefix for given prefix length',
  })
  expect(fib.insert(config('10.0.0.0/8', { gateway: ip('10.9.9.9'), scope: 0 }), 'add')).toEqual({
    ok: false,
    errno: 'ENETUNREACH',
    extack: 'Nexthop has invalid gateway',
  })
  expect(fib.insert(config('10.0.0.0/8', { ifindex: 9 }), 'add')).toEqual({ ok: false, errno: 'ENODEV' })
  expect([fib.dump(), changes()]).toEqual([[], before])
})

test('a device without carrier keeps its routes, one that is down loses all but local ones, one that goes loses all', () => {
  const { fib, devices, inDevices } = tables()
  const [eth0] = devices
  const types = (): number[] => fib.dump().map(each => each.type)
  fib.insert(config('10.0.0.0/8'), 'add')
  fib.insert(config('10.0.0.1/32', { table: Table.Local, type: RouteType.Local, scope: Scope.Host }), 'add')
  fib.insert(config('10.1.0.0/16', { ifindex: 2 }), 'add')
  eth0!.carrier = false
  expect(fib.syncDown(eth0!, false, false)).toBe(true)
  expect(fib.dump().map(each => each.flags)).toEqual([16, 0, 0])
  expect(fib.lookup(flowTo(ip('10.2.0.1')), 0, false)).toBe(true)
  const ignores = (path: string): number => Number(path === 'eth0/ignore_routes_with_linkdown')
  inDevices.get(eth0!)!.conf = inDeviceOf(eth0!, ignores).conf
  expect(fib.lookup(flowTo(ip('10.2.0.1')), 0, false)).toBe(false)
  expect(fib.lookup(flowTo(ip('10.2.0.1')), 0, true)).toBe(true)
  expect(fib.dump().map(each => each.flags)).toEqual([17, 0, 0])
  eth0!.carrier = true
  fib.syncUp(eth0!, 16, true)
  expect(fib.dump().map(each => each.flags)).toEqual([0, 0, 0])
  if (fib.syncDown(eth0!, true, false)) fib.flush()
  expect(types()).toEqual([RouteType.Unicast, RouteType.Local])
  if (fib.syncDown(eth0!, true, true)) fib.flush()
  expect(fib.dump().map(each => each.ifindex)).toEqual([2])
})

test('a million prefixes: a lookup does not walk them', () => {
  const { fib } = tables()
  const n = 1_000_000
  for (let i = 0; i < n; i++) fib.insert(config('0.0.0.0/24', { dst: ((0x0100_0000 + i * 256) >>> 0) as Ip }), 'add')
  const began = performance.now()
  for (let i = 0; i < n; i++) {
    const dst = ((0x0100_0000 + ((i * 7919) % n) * 256 + 9) >>> 0) as Ip
    if (!fib.lookup(flowTo(dst), 0, false) || fib.alias!.prefix !== dst - 9) throw new Error(`${dst} is not found`)
  }
  // A walk would take hours; this machine needs half a second.
  expect(performance.now() - began).toBeLessThan(20_000)
}, 60_000)
