/**
 * The world: every namespace, every device, one event queue. (Skeleton while the rooms are being built: the signatures
 * stand, the bodies follow.)
 */
import type { AddressInfo, FdbInfo, LinkInfo, NeighbourInfo, RouteAnswer, RouteInfo } from '../control/info.ts'
import type { Request } from '../control/request.ts'
import type { Device, NetnsId } from '../core/device.ts'
import type { Answer } from '../core/errno.ts'
import type { Ip } from '../wire/ip.ts'
import type { Netns } from './netns.ts'
import type { Program, Signal } from './task.ts'

/** The initial namespace. */
export const HOST = 0 as NetnsId

export interface WorldOptions {
  /** Seed of all chance: MACs, delays, ids. Default 1. */
  readonly seed?: number
  /** Latency of a veth hop in nanoseconds. Default 10,000; zero is allowed. */
  readonly hopNs?: number
}

/** A running program. */
export interface Task {
  readonly done: boolean
  /** Exit status once done. */
  readonly status: number
  signal(signal: Signal): void
}

/** What `ip route get` asks. */
export interface RouteQuery {
  readonly dst: Ip
  readonly from?: Ip
  readonly iif?: number
  readonly oif?: number
  readonly mark?: number
  readonly tos?: number
}

export interface World {
  /** Nanoseconds of simulated time since the world began. */
  readonly now: number
  readonly seed: number

  /** Carries out one request in no time at all; answers as the kernel answers. */
  apply(request: Request): Answer<unknown>

  /** Namespaces that still live, the initial one first, by id. */
  netns(id: NetnsId): Netns
  /** By name, for `ip netns`; undefined if there is none. `ip netns list` shows the newest first. */
  netnsNamed(name: string): Netns | undefined
  netnsNames(): readonly string[]

  /** RTM_GETLINK and the others: dumps in the order in which Linux sends them. */
  links(netns: NetnsId): LinkInfo[]
  addresses(netns: NetnsId): AddressInfo[]
  /** Every table, main after local, by prefix as fib_trie walks. */
  routes(netns: NetnsId): RouteInfo[]
  routeGet(netns: NetnsId, query: RouteQuery): Answer<RouteAnswer>
  neighbours(netns: NetnsId): NeighbourInfo[]
  fdb(netns: NetnsId): FdbInfo[]
  /** A sysctl's text below /proc/sys (`net/ipv4/ip_forward`), or ENOENT; the keys that exist, sorted. */
  sysctl(netns: NetnsId, path: string): Answer<string>
  sysctlPaths(netns: NetnsId): readonly string[]
  device(netns: NetnsId, link: number | string): Device | undefined

  /** Starts a program; its first step is taken at once. `exited` is called when it is done. */
  spawn(program: Program, exited?: (status: number) => void): Task
  /** Carries out the next event; false when there is none. */
  step(): boolean
  /** Runs every event up to and including this instant; then it is `at`. */
  runUntil(at: number): void
  /** Runs until `finished()` holds or nothing is left to happen. Answers whether it holds. */
  run(finished: () => boolean): boolean
  /** The instant of the next event; Infinity when there is none. */
  readonly nextAt: number

  /**
   * Who carries out `{for: 'command'}` and `{for: 'file'}` waits of tasks: the shell sets this, and calls `resume`
   * later. Without one a task that waits so gets status 127, or ENOENT.
   */
  onRequest: ((task: Task, wait: CommandWait | FileWait, resume: (wake: Wake) => void) => void) | undefined
}

import type { Wait, Wake } from './task.ts'
export type CommandWait = Extract<Wait, { for: 'command' }>
export type FileWait = Extract<Wait, { for: 'file' }>
