/** The bridge against a bridge of twenty lines that is obviously right, with whatever fast-check thinks of. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { BridgePortOptions } from '../../src/control/records.ts'
import { type FdbSpec, Nud } from '../../src/control/request.ts'
import { fdbAdd, fdbDelete } from '../../src/device/bridge.ts'
import { NS_PER_S } from '../../src/time/instant.ts'
import { BROADCAST, type Mac } from '../../src/wire/mac.ts'
import { BRIDGE_MAC, Lab, mac, portMac } from '../support/bridge.ts'
import { frame } from '../support/recorder.ts'

const PORTS = 5
const AGEING_S = 10
/** Never 10 seconds in sum: then the collector is on its way, up to a grain of the timer wheel late. */
const WAIT = fc.constantFrom(4, 8, 32)
const GROUP = 0x0100_5e01_0203 as Mac

type Flags = Pick<BridgePortOptions, 'hairpin' | 'learning' | 'flood' | 'mcastFlood' | 'bcastFlood' | 'isolated'>

interface Entry {
  port: number
  heardS: number
  isStatic: boolean
  sticky: boolean
}

class Oracle {
  nowS = 0
  readonly table = new Map<Mac, Entry>()
  readonly own = new Set([BRIDGE_MAC, ...[1, 2, 3, 4, 5].map(portMac)])
  readonly flags: Flags[] = []
  constructor() {
    for (let n = 0; n <= PORTS; n++) {
      const open = { flood: true, mcastFlood: true, bcastFlood: true }
      this.flags.push({ ...open, hairpin: false, learning: true, isolated: false })
    }
  }

  /** Who hears a frame from port `from` (0: the machine); 0 among the answers is the machine. */
  hears(from: number, dst: Mac, src: Mac): number[] {
    if (from !== 0 && this.flags[from]!.learning && !this.own.has(src)) {
      const known = this.table.get(src)
      if (known === undefined) this.table.set(src, { port: from, heardS: this.nowS, isStatic: false, sticky: false })
      else Object.assign(known, { heardS: this.nowS, port: known.sticky ? known.port : from })
    }
    const may = (to: number): boolean =>
      (to !== from || this.flags[to]!.hairpin) && !(from && this.flags[to]!.isolated && this.flags[from]!.isolated)
    const takes = (to: number): boolean => {
      if (dst === BROADCAST) return from === 0 || this.flags[to]!.bcastFlood
      return dst === GROUP ? from === 0 || this.flags[to]!.mcastFlood : this.flags[to]!.flood
    }
    if (this.own.has(dst)) return from === 0 ? this.portsWith(dst) : [0]
    const known = this.table.get(dst)
    if (known !== undefined) return may(known.port) ? [known.port] : []
    const flooded = [5, 4, 3, 2, 1].filter(to => takes(to) && may(to))
    return from !== 0 && (dst === BROADCAST || dst === GROUP) ? [...flooded, 0] : flooded
  }

  portsWith(dst: Mac): number[] {
    return [1, 2, 3, 4, 5].filter(n => portMac(n) === dst)
  }

  wait(seconds: number): void {
    this.nowS += seconds
    for (const [mac, entry] of this.table) {
      if (!entry.isStatic && entry.heardS + AGEING_S <= this.nowS) this.table.delete(mac)
    }
  }
}

const port = fc.integer({ min: 1, max: PORTS })
const host = fc.integer({ min: 1, max: 6 }).map(mac)
const address = fc.oneof(
  { weight: 6, arbitrary: host },
  { weight: 1, arbitrary: fc.constantFrom(BROADCAST, GROUP, BRIDGE_MAC, portMac(1), portMac(4)) },
)
const source = fc.oneof(
  { weight: 8, arbitrary: host },
  { weight: 1, arbitrary: fc.constantFrom(BRIDGE_MAC, portMac(2)) },
)
const flag = fc.constantFrom<keyof Flags>('hairpin', 'learning', 'flood', 'mcastFlood', 'bcastFlood', 'isolated')

const event = fc.oneof(
  { weight: 20, arbitrary: fc.record({ what: fc.constant('frame'), from: port, dst: address, src: source }) },
  { weight: 3, arbitrary: fc.record({ what: fc.constant('send'), dst: address }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('set'), port, flag, on: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('wait'), seconds: WAIT }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('static'), port, mac: host, sticky: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('delete'), port, mac: host }) },
)

const names = (log: readonly string[]): number[] =>
  log.filter(line => !line.startsWith('drop')).map(line => (line.startsWith('tx p') ? Number(line.slice(4)) : 0))

test('the bridge does what the obvious bridge does, in the same order, and every frame has an end', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), events => {
      const lab = new Lab(PORTS, { ageingTime: AGEING_S * 100 })
      const oracle = new Oracle()
      for (const e of events) {
        switch (e.what) {
          case 'frame':
          case 'send': {
            const { from, dst, src } = { from: 0, src: BRIDGE_MAC, ...e } as { from: number; dst: Mac; src: Mac }
            const log = from === 0 ? lab.send(frame(dst, src)) : lab.receive(from, frame(dst, src))
            const heard = names(log)
            expect(heard).toEqual(oracle.hears(from, dst, src))
            expect(log.some(line => line.startsWith('drop'))).toBe(heard.length === 0)
            break
          }
          case 'set': {
            const { port, flag, on } = e as { port: number; flag: keyof Flags; on: boolean }
            lab.setPort(port, { [flag]: on })
            Object.assign(oracle.flags[port]!, { [flag]: on })
            break
          }
          case 'wait': {
            const { seconds } = e as { seconds: number }
            lab.out.runUntil(lab.out.now + seconds * NS_PER_S)
            oracle.wait(seconds)
            break
          }
          case 'static':
          case 'delete': {
            const { port, mac, sticky = false } = e as { port: number; mac: Mac; sticky?: boolean }
            const spec: FdbSpec = { link: '', mac, self: false, master: true, state: Nud.NoArp, sticky }
            const dev = lab.ports[port - 1]!
            if (e.what === 'static') {
              fdbAdd(dev, spec, 'replace', lab.out)
              oracle.table.set(mac, { port, heardS: oracle.nowS, isStatic: true, sticky })
            } else if (oracle.table.get(mac)?.port === port) {
              expect(fdbDelete(dev, spec).ok).toBe(true)
              oracle.table.delete(mac)
            } else expect(fdbDelete(dev, spec).ok).toBe(false)
          }
        }
      }
    }),
    { numRuns: 300 },
  )
})

test('a learned address is never flooded, and a frame never returns to its port without hairpin', () => {
  fc.assert(
    fc.property(port, port, source, address, (a, b, src, dst) => {
      const lab = new Lab(PORTS)
      lab.receive(a, frame(BROADCAST, mac(9)))
      expect(names(lab.receive(b, frame(mac(9), src)))).toEqual(a === b ? [] : [a])
      expect(names(lab.receive(b, frame(dst, src)))).not.toContain(b)
    }),
  )
})

test('isolated ports never talk', () => {
  fc.assert(
    fc.property(
      fc.subarray([1, 2, 3, 4, 5]),
      fc.array(fc.record({ from: port, dst: address, src: source })),
      (isolated, frames) => {
        const lab = new Lab(PORTS)
        for (const n of isolated) lab.setPort(n, { isolated: true })
        for (const { from, dst, src } of frames) {
          const heard = names(lab.receive(from, frame(dst, src)))
          if (isolated.includes(from)) expect(heard.filter(n => isolated.includes(n))).toEqual([])
        }
      },
    ),
  )
})
