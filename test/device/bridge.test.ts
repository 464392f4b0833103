import { expect, test } from 'vitest'
import { BROADCAST } from '../../src/wire/mac.ts'
import { BRIDGE_MAC, Lab, mac } from '../support/bridge.ts'
import { frame } from '../support/recorder.ts'

const H1 = mac(1)
const H2 = mac(2)

test('a broadcast goes to every other port, the newest first, and up', () => {
  const lab = new Lab(3)
  expect(lab.receive(1, frame(BROADCAST, H1))).toEqual(['tx p3', 'tx p2', 'rx br0 broadcast'])
})

test('an unknown unicast is flooded; a learned one goes to its port alone', () => {
  const lab = new Lab(3)
  expect(lab.receive(1, frame(H2, H1))).toEqual(['tx p3', 'tx p2'])
  expect(lab.receive(2, frame(H1, H2))).toEqual(['tx p1'])
  expect(lab.receive(1, frame(H2, H1))).toEqual(['tx p2'])
})

test('the bridge hears what is for its own MAC', () => {
  const lab = new Lab(2)
  expect(lab.receive(1, frame(BRIDGE_MAC, H1))).toEqual(['rx br0 host'])
  expect(lab.send(frame(H1, BRIDGE_MAC))).toEqual(['tx p1'])
  expect(lab.send(frame(H2, BRIDGE_MAC))).toEqual(['tx p2', 'tx p1'])
})
