/** The queue of devices against a list. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type DevId, Device, HardwareType, type NetnsId } from '../../src/core/device.ts'
import type { Mac } from '../../src/wire/mac.ts'
import { DeviceQueue } from '../../src/world/devicequeue.ts'

const device = (i: number): Device =>
  new Device(i as DevId, 'veth', HardwareType.Ether, 0 as NetnsId, i, `eth${i}`, 0 as Mac)

test('devices leave in the order in which they came, also those that left from the middle and came again', () => {
  const devices = Array.from({ length: 20 }, (_, i) => device(i))
  const act = fc.tuple(fc.constantFrom('push', 'push', 'delete', 'shift'), fc.nat(devices.length - 1))
  fc.assert(
    fc.property(fc.array(act, { maxLength: 100 }), acts => {
      const queue = new DeviceQueue()
      const list: Device[] = []
      for (const [what, i] of acts) {
        const dev = devices[i]!
        if (what === 'shift') expect(queue.shift()).toBe(list.shift())
        else if (what === 'delete') {
          expect(queue.delete(dev)).toBe(list.includes(dev))
          if (list.includes(dev)) list.splice(list.indexOf(dev), 1)
        } else if (!queue.has(dev)) {
          queue.push(dev)
          list.push(dev)
        }
        expect(queue.size).toBe(list.length)
        expect(queue.someOfFirst(acts.length, each => each === list.at(-1))).toBe(list.length > 0)
      }
    }),
  )
})

test('thousands that left leave no gap behind', () => {
  const devices = Array.from({ length: 5000 }, (_, i) => device(i))
  const queue = new DeviceQueue()
  for (const dev of devices) queue.push(dev)
  for (const dev of devices) if (dev.ifindex % 7 !== 0) queue.delete(dev)
  for (const dev of devices.slice(0, 3000)) if (dev.ifindex % 7 === 0) expect(queue.shift()).toBe(dev)
  for (const dev of devices.slice(0, 3000)) queue.push(dev)
  const rest = devices.slice(3000).filter(dev => dev.ifindex % 7 === 0)
  for (const dev of [...rest, ...devices.slice(0, 3000)]) expect(queue.shift()).toBe(dev)
  expect([queue.size, queue.shift()]).toEqual([0, undefined])
})
