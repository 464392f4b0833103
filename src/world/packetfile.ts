/**
 * Files through which programs read and write whole packets: /dev/net/tun, and /dev/tapN of a macvtap.
 */
import type { Device, NetnsId } from '../core/device.ts'
import { type Answer, type Failure, fail } from '../core/errno.ts'
import type { Waitable } from '../core/waitable.ts'
import { macvtap, tapOf } from '../device/macvtap.ts'
import type { Mac } from '../wire/mac.ts'
import type { Engine } from './engine.ts'
import { QUEUES_MAX, TapFile } from './tapfile.ts'
import { type Credentials, ROOT, TunFile } from './tunfile.ts'
import type { World } from './world.ts'

/** Errors are those of the system call, with Linux's errno. Ready: a read would answer at once. */
export interface PacketFile extends Waitable {
  /** TUNSETIFF with TunFlag bits: answers the interface's name, the first free one of a pattern such as `tun%d`. */
  setInterface(name: string, flags: number): Answer<string>
  /** TUNGETIFF */
  interface(): Answer<{ readonly name: string; readonly flags: number }>
  /** TUNSETPERSIST: the interface stays when the file is closed. */
  setPersist(on: boolean): Answer
  /** TUNSETOWNER: this user may attach to it besides root. */
  setOwner(uid: number): Answer
  /** TUNSETGROUP */
  setGroup(gid: number): Answer
  /** TUNSETCARRIER */
  setCarrier(on: boolean): Answer
  /** SIOCSIFHWADDR */
  setMac(mac: Mac): Answer
  /** What stands before a packet: four octets of struct tun_pi, ten of struct virtio_net_hdr, both or nothing. */
  readonly headerBytes: number
  /** The oldest packet, cut to `length` octets; undefined when there is none (EAGAIN). */
  read(length?: number): Uint8Array | Failure | undefined
  /** One packet. Answers how many octets were taken. */
  write(bytes: Uint8Array): number | Failure
  close(): void
}

/** open(2) inside a namespace; `path` is /dev/net/tun or /dev/tapN, N the ifindex of a macvtap. ENOENT. */
export function openPacketFile(
  world: World,
  netns: NetnsId,
  path: string,
  credentials: Credentials = ROOT,
): PacketFile | Failure {
  if (path === '/dev/net/tun') return new TunFile(world.engine, world.netns(netns), credentials)
  const ifindex = /^\/dev\/tap(\d+)$/.exec(path)?.[1]
  return ifindex === undefined ? fail('ENOENT') : openTap(world.engine, Number(ifindex))
}

/** Names in /dev: `tapN` of every macvtap. */
export const packetFileNames = (world: World): string[] =>
  world.engine.devices.filter(dev => dev.kind === macvtap.name && !dev.dead).map(dev => `tap${dev.ifindex}`)

/** /dev is the same for all namespaces: of two macvtaps with one ifindex the older has the name. */
function openTap(engine: Engine, ifindex: number): PacketFile | Failure {
  const device = engine.devices.find(dev => dev.kind === macvtap.name && dev.ifindex === ifindex && !dev.dead)
  return device === undefined ? fail('ENOENT') : openTapOf(engine, device)
}

/** By the numbers of the device, which are its own whatever stands in /dev. EBUSY. */
export function openTapOf(engine: Engine, device: Device): PacketFile | Failure {
  return tapOf(device).queues.length === QUEUES_MAX ? fail('EBUSY') : new TapFile(engine, device)
}
