/**
 * Addresses for which we answer in others' stead (`ip neigh add proxy`), and the answers that are held back a while so
 * that the owner is heard first.
 *
 * Follows Linux net/core/neighbour.c: pneigh_lookup, pneigh_enqueue.
 */
import type { Device } from '../core/device.ts'
import type { Frame } from '../core/frame.ts'
import { jiffiesAt, jiffyStart, timerJiffy } from '../time/instant.ts'
import type { Ip } from '../wire/ip.ts'
import type { StackEnv } from './env.ts'
import type { InDevice } from './indevice.ts'

export interface Proxy {
  readonly address: Ip
  readonly device: Device
  readonly protocol: number
  readonly router: boolean
  readonly externLearn: boolean
  /** Stays when the carrier is lost. */
  readonly permanent: boolean
}

export class Proxies {
  /** In the order in which they were made. */
  readonly entries: Proxy[] = []
  readonly #env: StackEnv
  readonly #timerCode: number

  constructor(env: StackEnv, timerCode: number) {
    this.#env = env
    this.#timerCode = timerCode
  }

  has(address: Ip, device: Device): boolean {
    return this.entries.some(each => each.address === address && each.device === device)
  }

  add(proxy: Proxy): void {
    this.delete(proxy.address, proxy.device)
    this.entries.push(proxy)
  }

  /** Answers whether there was one. */
  delete(address: Ip, device: Device): boolean {
    const at = this.entries.findIndex(each => each.address === address && each.device === device)
    if (at >= 0) this.entries.splice(at, 1)
    return at >= 0
  }

  /** pneigh_ifdown */
  flush(device: Device, keepPermanent = false): void {
    for (const each of this.entries.filter(each => each.device === device)) {
      if (!keepPermanent || !each.permanent) this.delete(each.address, device)
    }
  }

  /** Sends the answer after a random part of proxy_delay, unless too many wait already. */
  answerLater(inDevice: InDevice, answer: Frame): void {
    const now = jiffiesAt(this.#env.now)
    const parms = inDevice.neighbours
    const delay = this.#env.stream('proxy arp').below(parms.conf.proxyDelay)
    if (parms.proxyQueue > parms.conf.proxyQueueMax) return
    parms.proxyQueue++
    const at = jiffyStart(timerJiffy(now + delay, now))
    this.#env.stackTimer(at, this.#timerCode, { parms, frame: answer })
  }
}
