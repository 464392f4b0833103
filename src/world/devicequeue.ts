/**
 * Devices in a queue, each at most once, that may leave it from the middle: the list that Linux threads through struct
 * net_device (link_watch_list). Whatever is done costs the same however long the queue is.
 */
import type { Device } from '../core/device.ts'

/** Places that were left at the front are given up by so many at a time. */
const LEFT_MIN = 1024

export class DeviceQueue {
  /** Places that were left are undefined. */
  private order: (Device | undefined)[] = []
  /** Before this one all places have been left. */
  private head = 0
  /** The number of the place that `order` begins with; numbers only go up. */
  private first = 0
  private readonly places = new Map<Device, number>()

  get size(): number {
    return this.places.size
  }

  has(dev: Device): boolean {
    return this.places.has(dev)
  }

  /** At the end. The device is not in the queue. */
  push(dev: Device): void {
    this.places.set(dev, this.first + this.order.length)
    this.order.push(dev)
  }

  /** Answers whether it was there. */
  delete(dev: Device): boolean {
    const place = this.places.get(dev)
    if (place === undefined) return false
    this.places.delete(dev)
    this.order[place - this.first] = undefined
    return true
  }

  /** Takes the first one out. */
  shift(): Device | undefined {
    let dev: Device | undefined
    while (dev === undefined && this.head < this.order.length) dev = this.order[this.head++]
    if (dev !== undefined) this.delete(dev)
    if (this.head >= LEFT_MIN && this.head * 2 >= this.order.length) this.trim()
    return dev
  }

  /** Does this hold for one of the first `n` places? */
  someOfFirst(n: number, holds: (dev: Device) => boolean): boolean {
    const end = Math.min(this.order.length, this.head + n)
    for (let i = this.head; i < end; i++) {
      const dev = this.order[i]
      if (dev !== undefined && holds(dev)) return true
    }
    return false
  }

  private trim(): void {
    this.order = this.order.slice(this.head)
    this.first += this.head
    this.head = 0
  }
}
