/** What was seen of a session, on either side: answers, frames, and tables at the end. */
import type { Answered as Answer } from '../../src/testing/player.ts'

export interface Answered extends Answer {
  /** Nanoseconds since the session began. */
  readonly at: number
}

/** Namespace, ifindex, direction, octets in hexadecimal digits. */
export type Seen = readonly [netns: number, ifindex: number, direction: 'in' | 'out', bytes: string]

export interface Tables {
  /** JSON lines: links, addresses, routes of all tables, neighbours, proxies. */
  readonly ip: string
  /** JSON lines: links, forwarding databases. */
  readonly bridge: string
  /** /proc/net/dev */
  readonly dev: string
  /** /proc/net/snmp */
  readonly snmp: string
}

export interface Transcript {
  readonly steps: readonly Answered[]
  /** When the reading of tables began. */
  readonly end: number
  /** When it was over: a busy machine takes its time, and timers go on. */
  readonly read?: number
  readonly frames: readonly Seen[]
  /** By number of the namespace; null when it is gone. */
  readonly spaces: readonly (Tables | null)[]
  /** Tables as they are by `read`: either is right. */
  readonly later?: () => readonly (Tables | null)[]
}
