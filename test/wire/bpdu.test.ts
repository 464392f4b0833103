import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as bpdu from '../../src/wire/bpdu.ts'
import type { Mac } from '../../src/wire/mac.ts'

const mac = (n: number): Mac => (0x0200_0000_0000 + n) as Mac
const hex = (b: Uint8Array): string => Buffer.from(b).toString('hex')

/** Case stp-port-states: what Linux sends on p0, with the masked message age 0. */
const LINUX_CONFIG =
  '0180c20000000200000000f100264242030000000000' + '80000200000000f00000000080000200000000f0800100001400020002' + '00'

const CONFIG: bpdu.Config = {
  topologyChange: false,
  topologyChangeAck: false,
  root: { priority: 0x8000, mac: mac(0xf0) },
  rootPathCost: 0,
  bridge: { priority: 0x8000, mac: mac(0xf0) },
  portId: 0x8001,
  messageAge: 0,
  maxAge: 20 * 256,
  helloTime: 2 * 256,
  forwardDelay: 2 * 256,
}

test('a configuration has the octets that Linux sends', () => {
  const b = new Uint8Array(3 + bpdu.CONFIG_FRAME_BYTES).fill(0xa5)
  bpdu.putConfig(b, 3, bpdu.GROUP, mac(0xf1), CONFIG)
  expect(hex(b)).toBe(`a5a5a5${LINUX_CONFIG}`)
})

test('a topology change notification is four octets behind LLC', () => {
  const b = new Uint8Array(bpdu.TOPOLOGY_CHANGE_FRAME_BYTES).fill(0xa5)
  bpdu.putTopologyChange(b, 0, bpdu.GROUP, mac(1))
  expect(hex(b)).toBe(`0180c2000000${'020000000001'}0007${'424203'}00000080`)
  expect(bpdu.isBpdu(b, 0, b.length)).toBe(true)
  expect(bpdu.type(b, 0)).toBe(bpdu.Type.TopologyChange)
})

const word = fc.nat(0xffff)
const id = fc.record({ priority: word, mac: fc.nat({ max: 2 ** 48 - 1 }).map(n => n as Mac) })
const config = fc.record({
  topologyChange: fc.boolean(),
  topologyChangeAck: fc.boolean(),
  root: id,
  rootPathCost: fc.nat(0xffff_ffff),
  bridge: id,
  portId: word,
  messageAge: word,
  maxAge: word,
  helloTime: word,
  forwardDelay: word,
})

test('a configuration reads as it was written', () => {
  fc.assert(
    fc.property(config, fc.nat(5), (c, at) => {
      const b = new Uint8Array(at + bpdu.CONFIG_FRAME_BYTES).fill(0xa5)
      bpdu.putConfig(b, at, bpdu.GROUP, mac(1), c)
      expect(bpdu.isBpdu(b, at, b.length - at)).toBe(true)
      expect(bpdu.type(b, at)).toBe(bpdu.Type.Config)
      expect(bpdu.config(b, at, b.length - at)).toEqual(c)
    }),
  )
})

test.for([
  ['cut short', 51, 0, undefined],
  ['an Ethernet II type', 52, 12, 0x88],
  ['another service access point', 52, 14, 0x43],
  ['another source access point', 52, 15, 0x43],
  ['not unnumbered information', 52, 16, 0x13],
  ['another protocol', 52, 18, 1],
  ['rapid spanning tree', 52, 19, 2],
] as const)('%s is no BPDU, or no configuration', ([, length, at, octet]) => {
  const b = new Uint8Array(bpdu.CONFIG_FRAME_BYTES)
  bpdu.putConfig(b, 0, bpdu.GROUP, mac(1), CONFIG)
  if (octet !== undefined) b[at] = octet
  if (length < bpdu.CONFIG_FRAME_BYTES) expect(bpdu.config(b, 0, length)).toBeUndefined()
  else expect(bpdu.isBpdu(b, 0, length)).toBe(false)
  expect(bpdu.isBpdu(b, 0, 20)).toBe(false)
})
