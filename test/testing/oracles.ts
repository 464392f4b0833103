/** Bridges and macvlans in as few lines as it takes to be obviously right. They answer who hears a frame. */
import type { SharedMode, Topology } from '../../src/testing/index.ts'

/** As clause 7.7 of IEEE 802.1D has it, with what Linux adds: hairpins, isolated ports, entries that stay. */
export class Bridges {
  readonly #hairpin = new Set<number>()
  readonly #isolated = new Set<number>()
  readonly #unplugged = new Set<number>()
  readonly #topology: Topology
  readonly #known = new Map<string, { to: Port; at: number; stays: boolean }>()

  constructor(topology: Topology) {
    this.#topology = topology
  }

  set(what: 'hairpin' | 'isolated', host: number, on: boolean): void {
    const hosts = what === 'hairpin' ? this.#hairpin : this.#isolated
    if (on) hosts.add(host)
    else hosts.delete(host)
  }

  /** A port that is gone is forgotten with all that led to it, and begins anew. */
  plug(host: number, isIn: boolean): void {
    if (isIn) this.#unplugged.delete(host)
    else {
      this.#unplugged.add(host)
      for (const [key, { to }] of this.#known) if (to.host === host) this.#known.delete(key)
      for (const what of ['hairpin', 'isolated'] as const) this.set(what, host, false)
    }
  }

  /** An entry that neither moves nor ages: `bridge fdb replace MAC dev PORT master static sticky`. */
  pin(bridge: number, mac: number, host: number): void {
    this.#known.set(`${bridge} ${mac}`, { to: { host }, at: 0, stays: true })
  }

  /** The hosts that a frame reaches, each as often as it does. `from` is where it enters a bridge. */
  hears(bridge: number, from: Port, dst: number, src: number, at: number): number[] {
    if (this.#unplugged.has(from.host!)) return []
    const sender = `${bridge} ${src}`
    if (!this.#known.get(sender)?.stays) this.#known.set(sender, { to: from, at, stays: false })
    if (dst === LLDP) return []
    const known = this.#known.get(`${bridge} ${dst}`)
    const isFresh = known !== undefined && (known.stays || at - known.at < AGEING_S)
    const ports = isFresh && !isGroup(dst) ? [known.to] : this.#ports(bridge)
    return ports
      .filter(port => this.#may(from, port))
      .flatMap(port => (port.host !== undefined ? [port.host] : this.hears(port.bridge!, { bridge }, dst, src, at)))
  }

  #may(from: Port, to: Port): boolean {
    const isSame = from.host === to.host && from.bridge === to.bridge
    if (isSame && !this.#hairpin.has(to.host!)) return false
    return !(this.#isolated.has(from.host!) && this.#isolated.has(to.host!))
  }

  #ports(bridge: number): Port[] {
    const { hosts, trunks } = this.#topology
    const own = [...hosts.keys()]
      .filter(host => hosts[host]!.bridge === bridge && !this.#unplugged.has(host))
      .map(host => ({ host }))
    const [down, up] = [trunks.filter(([a]) => a === bridge), trunks.filter(([, b]) => b === bridge)]
    return [...own, ...down.map(([, b]) => ({ bridge: b })), ...up.map(([a]) => ({ bridge: a }))]
  }
}

/** A port leads to a host or to another bridge. */
interface Port {
  readonly host?: number
  readonly bridge?: number
}

const AGEING_S = 300
/** 01:80:c2:00:00:0e, which no bridge passes on. */
const LLDP = 0x0180_c200_000e
const isGroup = (mac: number): boolean => (Math.floor(mac / 2 ** 40) & 1) === 1

/** Hosts 0 (far end) and 1 (lower device), then children: those that hear a frame, but for the lower device. */
export function hearsMacvlan(modes: readonly SharedMode[], from: number, to: number | 'all' | undefined): number[] {
  const children = modes.map((_, i) => i + 2)
  const isBridge = (host: number): boolean => modes[host - 2] === 'bridge'
  if (from === 1) return [0]
  if (from === 0) return to === 'all' ? children : children.filter(child => child === to)
  const together = isBridge(from) ? children.filter(isBridge) : []
  if (to === 'all') return [0, ...together.filter(child => child !== from)]
  return together.includes(to!) ? [to!] : [0]
}
