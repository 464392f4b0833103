/**
 * linkwatch: the rest of the machine learns of a changed carrier through a queue that is worked off at once for
 * urgent changes and at most once a second for the others. That is why a link's state can lag.
 *
 * Follows Linux net/core/link_watch.c. One for the whole machine, as there. Left out: link modes other than default.
 */
import { type Device, isUp, OperState } from '../core/device.ts'
import { HZ, jiffiesAt, timerFires } from '../time/instant.ts'
import { DeviceQueue } from './devicequeue.ts'

export interface LinkwatchHost {
  readonly now: number
  /** How long a frame is on its way to the next device. */
  readonly hopNs: number
  /** Calls run() at this instant. Several may be asked for; only the newest counts. */
  schedule(at: number): void
  /** __dev_get_by_index in the device's own namespace. */
  sibling(dev: Device, ifindex: number): Device | undefined
  /** dev_activate or dev_deactivate, then NETDEV_CHANGE. */
  changed(dev: Device): void
}

const DEVICES_PER_RUN = 100
const URGENT_PER_RUN = 2 * DEVICES_PER_RUN

export class Linkwatch {
  private readonly host: LinkwatchHost
  private readonly pending = new DeviceQueue()
  private urgent = false
  private nextEvent = 0
  private dueAt = Number.POSITIVE_INFINITY
  private isLocked = false
  private isWanted = false
  private hasWaited = false

  constructor(host: LinkwatchHost) {
    this.host = host
  }

  /** linkwatch_fire_event */
  fire(dev: Device): void {
    const urgent = isUrgent(dev)
    if (!this.pending.has(dev)) this.pending.push(dev)
    else if (!urgent) return
    this.schedule(urgent)
  }

  /** linkwatch_sync_dev: somebody asks for this very device (RTM_GETLINK). */
  sync(dev: Device): void {
    if (this.pending.delete(dev)) this.settle(dev)
  }

  forget(dev: Device): void {
    this.pending.delete(dev)
  }

  /** A request begins: it holds the lock (rtnl) that linkwatch needs too. */
  lock(): void {
    this.isLocked = true
  }

  /** The request is over: what it sent is on its way before linkwatch comes. */
  unlock(): void {
    this.isLocked = false
    if (!this.isWanted) return
    this.isWanted = false
    this.host.schedule(this.dueAt)
  }

  /** linkwatch_event */
  run(): void {
    if (this.host.now < this.dueAt) return // It was put off or brought forward since.
    if (this.waits()) return
    this.dueAt = Number.POSITIVE_INFINITY
    const now = jiffiesAt(this.host.now)
    const urgentOnly = this.nextEvent > now
    if (!urgentOnly) this.nextEvent = now + HZ
    else if (this.nextEvent > now + HZ) this.nextEvent = now
    this.urgent = false

    let left = urgentOnly ? URGENT_PER_RUN : DEVICES_PER_RUN
    for (let unseen = this.pending.size; unseen > 0 && left > 0; unseen--) {
      const dev = this.pending.shift()
      if (dev === undefined) break
      if (urgentOnly && !isUrgent(dev)) this.pending.push(dev)
      else {
        this.settle(dev)
        left--
      }
    }
    if (this.pending.size > 0) this.schedule(false)
  }

  /** linkwatch_schedule_work */
  private schedule(urgent: boolean): void {
    if (this.urgent) return
    const now = jiffiesAt(this.host.now)
    let delay = this.nextEvent - now
    if (urgent) {
      this.urgent = true
      delay = 0
    }
    if (delay < 0 || delay > HZ) delay = 0
    if (!urgent && this.dueAt !== Number.POSITIVE_INFINITY) return // schedule_delayed_work keeps an armed timer.
    this.dueAt = delay === 0 ? this.host.now : timerFires(this.host.now, delay)
    if (this.isLocked) this.isWanted = true
    else this.host.schedule(this.dueAt)
  }

  /**
   * On Linux what a request sends arrives before the request is over: an announcement finds a device at the other end
   * that does not know of its carrier yet.
   */
  private waits(): boolean {
    this.hasWaited = !this.hasWaited && this.pending.someOfFirst(URGENT_PER_RUN, hasArrivals)
    if (!this.hasWaited) return false
    this.dueAt = this.host.now + this.host.hopNs
    this.host.schedule(this.dueAt)
    return true
  }

  /** linkwatch_do_dev */
  private settle(dev: Device): void {
    dev.operState = this.operState(dev)
    if (isUp(dev)) this.host.changed(dev)
  }

  /** rfc2863_policy and default_operstate */
  operState(dev: Device): OperState {
    if (dev.carrier) return OperState.Up
    if (dev.iflink === dev.ifindex) return OperState.Down
    const lower = this.host.sibling(dev, dev.iflink)
    return lower === undefined || lower.carrier ? OperState.Down : OperState.LowerLayerDown
  }
}

const hasArrivals = (dev: Device): boolean => dev.carrier && dev.backlog > 0

/** linkwatch_urgent_event. A device is changing its queue while its carrier is on but nothing was activated yet. */
function isUrgent(dev: Device): boolean {
  if (!isUp(dev)) return false
  return dev.ifindex !== dev.iflink || (dev.carrier && !dev.active)
}
