/**
 * What the objects of `ip` (link, address, route ...) have in common: the global options, the namespace, the printer,
 * the names of links, and how an answer of the kernel is told.
 *
 * Follows iproute2 6.1 ip/ip.c (options), lib/ll_map.c (names of links), lib/libnetlink.c (errors).
 */
import type { NetnsId } from '../../core/device.ts'
import { type Answer, type Failure, strerror } from '../../core/errno.ts'
import { format, type Ip as Ip4 } from '../../wire/ip.ts'
import type { Program } from '../../world/task.ts'
import type { World } from '../../world/world.ts'
import { notSupported, type Process } from '../command.ts'
import { type Args, Exit, type Family } from './args.ts'
import type { Printer } from './print.ts'

export interface Options {
  readonly family: Family
  readonly brief: boolean
  readonly oneline: boolean
  /** How often -d and -s were given. */
  readonly details: number
  readonly statistics: number
  readonly human: boolean
  readonly iec: boolean
  readonly numeric: boolean
  readonly timestamp: 'long' | 'short' | undefined
  /** -all: every namespace (netns exec, netns delete). */
  readonly all: boolean
  /** -loops: rounds of a flush. */
  readonly loops: number
  /** Inside -batch. */
  readonly batch: boolean
}

/** One run of `ip`. */
export interface Ip {
  readonly process: Process
  readonly world: World
  /** Where it works: the process's own namespace, or that of -netns. */
  readonly netns: NetnsId
  readonly options: Options
  readonly print: Printer
  /** What a monitor has seen: links by ifindex, and the names of namespaces by number. */
  readonly seen?: {
    readonly links: Map<number, { readonly name: string; readonly flags: number }>
    readonly netns: Map<number, string>
  }
  /** Names of addresses in /etc/hosts, read when -resolve is given. */
  readonly hosts: ReadonlyMap<string, string>
}

/** Answers the exit status of `ip`; a generator where it has to wait. */
export type IpObject = (ip: Ip, args: Args) => number | Program

/** format_host: an address, or its name with -resolve. */
export const host = (ip: Ip, address: Ip4): string => ip.hosts.get(format(address)) ?? format(address)

/** ll_name_to_index: the ifindex by name, by alternative name or by `ifN`; 0 when there is no such link. */
export function linkIndex(ip: Ip, name: string): number {
  const device = ip.world.device(ip.netns, name)
  if (device !== undefined) return device.ifindex
  const { engine } = ip.world
  const devices = [...ip.world.netns(ip.netns).devices.values()]
  const named = devices.find(each => engine.record(each).altNames.includes(name))
  return named?.ifindex ?? Number(/^if(\d+)/.exec(name)?.[1] ?? 0)
}

/** ll_index_to_name */
export const linkName = (ip: Ip, ifindex: number): string =>
  ifindex === 0 ? '*' : (linkSeen(ip, ifindex)?.name ?? `if${ifindex}`)

/** ll_get_by_index, and where it does not know the link ll_link_get: a monitor remembers what it asked. */
export function linkSeen(ip: Ip, ifindex: number): { readonly name: string; readonly flags: number } | undefined {
  const known = ip.seen?.links.get(ifindex)
  if (known !== undefined) return known
  const device = ip.world.device(ip.netns, ifindex)
  if (device === undefined) return undefined
  const link = { name: device.name, flags: device.flags }
  ip.seen?.links.set(ifindex, link)
  return link
}

/** nodev */
export function noDevice(ip: Ip, name: string): 1 {
  return complain(ip, 1, `Cannot find device "${name}"\n`)
}

/** One message on standard error, and the exit status that goes with it. */
export function complain<Status extends number>(ip: Ip, status: Status, message: string): Status {
  ip.print.flush()
  ip.process.stderr(message)
  return status
}

/** The exit status for the kernel's answer to a request: 0, or 2 with the kernel's words. */
export const answered = (ip: Ip, answer: Answer<unknown>): 0 | 2 =>
  answer.ok ? 0 : complain(ip, 2, kernelWords(answer))

/** rtnl_talk's message: the extended one if the kernel gave one, else that of the errno. */
export function kernelWords(failure: Failure): string {
  if (failure.extack === undefined) return `RTNETLINK answers: ${strerror(failure.errno)}\n`
  return `Error: ${failure.extack}${failure.extack.endsWith('.') ? '' : '.'}\n`
}

/** Something that Linux has and Vethereal has not: `what` continues `ip `. */
export function refuse(ip: Ip, what: string): 2 {
  ip.print.flush()
  return notSupported(ip.process, `ip ${what}`)
}

/** The same from deep inside the reading of a command line, before anything has changed. */
export const refuseNow = (ip: Ip, what: string): never => {
  throw new Exit(refuse(ip, what), '')
}
