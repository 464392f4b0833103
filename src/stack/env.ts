/** All that one namespace's stack may ask of the world. */
import type { Tell } from '../control/notice.ts'
import type { AddressRecord } from '../control/records.ts'
import type { Device, NetnsId, Out } from '../core/device.ts'
import type { Frame } from '../core/frame.ts'
import type { Stream } from '../time/random.ts'
import type { Machine } from './machine.ts'

export interface StackEnv extends Out {
  readonly netns: NetnsId
  /** What all namespaces share; without one a stack is a machine of its own. */
  readonly machine?: Machine
  /** Those who listen to what becomes of the namespace; absent while nobody does. */
  readonly tell?: Tell | undefined
  device(ifindex: number): Device | undefined
  /** Ascending by ifindex. */
  devices(): Iterable<Device>
  /** IFLA_GROUP of a device. */
  group?(dev: Device): number
  /** As the namespace's record has them. */
  addresses(): readonly AddressRecord[]
  /** Value of a sysctl below /proc/sys/, e.g. `net/ipv4/ip_forward`; slow: hot paths keep what sysctlChanged told. */
  sysctl(path: string): number
  /** Nobody has ever written a sysctl of IPv4 here: all devices of a kind have the same values. */
  readonly hasInitialSysctls?: boolean
  /** The same of one that is no single number: `net/ipv4/ip_local_port_range`. */
  sysctlText(path: string): string
  /** Calls Stack.timer(code, ref) at the instant `at` (ns), unless the namespace is gone by then. */
  stackTimer(at: number, code: number, ref?: object): void
  /** Around what a process sends (local_bh_disable): its effects come as they are enabled, before the call returns. */
  disableSoftirqs?(): void
  enableSoftirqs?(): void
  /** dev_loopback_xmit: does the device keep from its stack what it sent to a group? */
  takesOwn?(dev: Device, frame: Frame): boolean
  /** No packet of a socket waits for a neighbour any longer. */
  released?(): void
  /** Packet sockets of the device have come or gone. */
  retap?(dev: Device): void
  /** dev_set_promiscuity */
  promiscuity?(dev: Device, by: number): void
  /** The namespace's own stream of chance for one purpose, made when first asked for. */
  stream(purpose: string): Stream
}
