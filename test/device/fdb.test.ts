import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Fdb, FdbFlag, highWord, lowWord } from '../../src/device/fdb.ts'
import type { Mac } from '../../src/wire/mac.ts'

interface Entry {
  port: number
  flags: number
  updated: number
  used: number
}

/** Few addresses, so that they meet; with equal low or high halves, so that both words of the key count. */
const address = fc
  .tuple(fc.constantFrom(0, 1, 0xffff_ffff, 0x8000_0000), fc.constantFrom(0, 0x0200, 0x8000, 0xffff), fc.nat(40))
  .map(([low, high, n]) => (high * 0x1_0000_0000 + ((low + n) % 0x1_0000_0000) || 1) as Mac)
const vlan = fc.constantFrom(0, 1, 4094)
const command = fc.record({
  what: fc.constantFrom('learn', 'learn', 'learn', 'remove', 'expire'),
  mac: address,
  vlan,
  port: fc.integer({ min: 0, max: 1023 }),
  flags: fc.nat(63),
})

test('the table does what a Map does, in the order of insertion, through growth and removal', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 400 }), commands => {
      const fdb = new Fdb()
      const oracle = new Map<string, Entry>()
      commands.forEach(({ what, mac, vlan, port, flags }, now) => {
        const key = `${mac}/${vlan}`
        const slot = fdb.find(highWord(mac, vlan), lowWord(mac))
        const known = oracle.get(key)
        expect(slot >= 0).toBe(known !== undefined)
        if (what === 'expire') {
          for (const [k, entry] of oracle) if (entry.flags & FdbFlag.Static) oracle.delete(k)
          fdb.removeWhere(s => (fdb.flags[s]! & FdbFlag.Static) !== 0)
        } else if (what === 'remove') {
          oracle.delete(key)
          if (slot >= 0) fdb.remove(slot)
        } else if (known === undefined) {
          oracle.set(key, { port, flags, updated: now, used: now })
          fdb.insert(highWord(mac, vlan), lowWord(mac), port, flags, now)
        } else {
          Object.assign(known, { port, flags, updated: now, used: now + 1 })
          fdb.port[slot] = port
          fdb.flags[slot] = flags
          fdb.updated[slot] = now
          fdb.used[slot] = now + 1
        }
      })
      expect(fdb.count).toBe(oracle.size)
      const dump = fdb
        .slots()
        .map(s => [
          `${fdb.mac(s)}/${fdb.vlan(s)}`,
          { port: fdb.port[s], flags: fdb.flags[s], updated: fdb.updated[s], used: fdb.used[s] },
        ])
      expect(dump).toEqual([...oracle].reverse())
      for (const key of oracle.keys()) {
        const [mac, vlan] = key.split('/').map(Number) as [Mac, number]
        const slot = fdb.find(highWord(mac, vlan), lowWord(mac))
        expect([fdb.mac(slot), fdb.vlan(slot)]).toEqual([mac, vlan])
      }
    }),
    { numRuns: 200 },
  )
})

test('a hundred thousand neighbours are all found, and none of their neighbours', () => {
  const fdb = new Fdb()
  const mac = (n: number): Mac => (0x0200_0000_0000 + 2 * n) as Mac
  for (let n = 0; n < 100_000; n++) fdb.insert(highWord(mac(n)), lowWord(mac(n)), n % 1024, 0, n)
  expect(fdb.count).toBe(100_000)
  let found = 0
  let strangers = 0
  for (let n = 0; n < 100_000; n++) {
    const slot = fdb.find(highWord(mac(n)), lowWord(mac(n)))
    if (slot >= 0 && fdb.updated[slot] === n && fdb.port[slot] === n % 1024) found++
    const odd = (mac(n) + 1) as Mac
    if (fdb.find(highWord(odd), lowWord(odd)) >= 0) strangers++
  }
  expect([found, strangers]).toEqual([100_000, 0])
})

test('a walk that removes sees every entry, whatever moves back across the end of the table', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 0xffff }), { minLength: 1, maxLength: 31 }), numbers => {
      const fdb = new Fdb()
      for (const n of numbers) fdb.insert(0x0200, n, 1, n & 1 ? FdbFlag.Static : 0, 0)
      fdb.removeWhere(s => fdb.flags[s] === 0)
      expect(fdb.slots().map(s => fdb.mac(s) % 0x1_0000_0000)).toEqual(numbers.filter(n => n & 1).reverse())
    }),
    { numRuns: 500 },
  )
})

test('nobody has the zero address, whatever is in the table', () => {
  const fdb = new Fdb()
  expect(fdb.find(0, 0)).toBe(-1)
  fdb.insert(0x0200, 1, 1, 0, 0)
  expect(fdb.find(0, 0)).toBe(-1)
})
