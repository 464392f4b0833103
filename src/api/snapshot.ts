/**
 * A picture of a whole world at one instant: plain frozen values that compare with toEqual and print as JSON. Made when
 * asked for, out of what the dumps of `ip` and `bridge` answer; nothing is kept for it while nobody asks.
 * Left out: IPv6 addresses and routes, policy rules, groups, what programs hold.
 */
import type { World } from '../world/world.ts'
import type { Address, FdbEntry, Link, Neighbour, Route } from './inspect.ts'
import { Machine } from './machine.ts'
import { Namespace } from './namespace.ts'

export interface NamespaceSnapshot {
  /** `host` is the initial one; '' has lost its name. */
  readonly name: string
  /** With their counters, ascending by index. */
  readonly links: readonly Link[]
  readonly addresses: readonly Address[]
  /** Of every table. */
  readonly routes: readonly Route[]
  readonly neighbours: readonly Neighbour[]
  readonly fdb: readonly FdbEntry[]
  /** Those that were written, or that a device took over as it came, by their paths below /proc/sys. */
  readonly sysctls: Readonly<Record<string, string>>
}

export interface Snapshot {
  /** Nanoseconds of simulated time. */
  readonly at: number
  /** As they were made. */
  readonly namespaces: readonly NamespaceSnapshot[]
}

/** @internal */
export function snapshot(world: World): Snapshot {
  const machine = new Machine(world)
  const namespaces = [...world.namespaces()].map(({ id, name, sysctls }): NamespaceSnapshot => {
    const netns = new Namespace(machine, id, name)
    return {
      name,
      links: netns.links(),
      addresses: netns.addresses(),
      routes: netns.routes('all'),
      neighbours: netns.neighbours(),
      fdb: netns.fdb(),
      sysctls: sysctls.kept(),
    }
  })
  return frozen({ at: world.now, namespaces })
}

function frozen<T extends object>(value: T): T {
  for (const each of Object.values(value)) if (typeof each === 'object' && each !== null) frozen(each)
  return Object.freeze(value)
}
