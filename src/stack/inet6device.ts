/** What IPv6 knows about a device: Linux struct inet6_dev and struct inet6_ifaddr, as far as addresses need it. */
import { Ifaf, Scope } from '../control/records.ts'
import { type Device, HardwareType, Iff } from '../core/device.ts'
import type { Stream } from '../time/random.ts'
import type { StackEnv } from './env.ts'
import { Mld, type MldTimers } from './mld.ts'

/** Duplicate address detection: not begun, going on, over. INET6_IFADDR_STATE_*. */
export const Dad = { Before: 0, During: 1, Over: 2 } as const
export type Dad = (typeof Dad)[keyof typeof Dad]

export interface Inet6Address {
  readonly idev: Inet6Device
  /** Sixteen. */
  readonly bytes: Uint8Array
  readonly prefixLength: number
  /** Scope.* */
  readonly scope: number
  readonly protocol: number
  /** Ifaf.* */
  flags: number
  dad: Dad
  /** Solicitations still to be sent. */
  probes: number
  /** Six octets that tell our own solicitation, when it comes back, from somebody else's. */
  nonce: number
  /** Instant of the only timer that counts, NaN for none. */
  dueAt: number
}

export class Inet6Device {
  readonly device: Device
  readonly mld: Mld
  readonly isLoopback: boolean
  readonly isEthernet: boolean
  addresses: Inet6Address[] = []
  /** IF_READY: the link has been up since IPv6 was set up on it. A lost carrier does not clear this. */
  ready = false
  /** disable_ipv6 */
  disabled = false
  /** Bytes 8 to 15 of the address of a device that has no hardware address. */
  interfaceId: Uint8Array | undefined

  /** Router solicitations sent so far, the jiffies until the next one, and its instant (NaN for none). */
  solicitations = 0
  solicitationInterval = 0
  solicitationDueAt = Number.NaN

  readonly #env: StackEnv
  #stream: Stream | undefined

  constructor(device: Device, env: StackEnv, timers: MldTimers) {
    this.device = device
    this.#env = env
    this.isLoopback = (device.flags & Iff.Loopback) !== 0
    this.isEthernet = device.hardwareType === HardwareType.Ether
    this.mld = new Mld(device, env, timers, this)
  }

  /** The device's own chance, made when it is first asked for. */
  get stream(): Stream {
    this.#stream ??= this.#env.stream(`ipv6 ${this.device.name}`)
    return this.#stream
  }

  /** ipv6_get_lladdr: the link-local address, unless it is still tentative. */
  get linkLocal(): Uint8Array | undefined {
    return this.addresses.find(each => each.scope === Scope.Link && (each.flags & Ifaf.Tentative) === 0)?.bytes
  }
}
