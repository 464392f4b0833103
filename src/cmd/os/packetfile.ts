/** /dev/net/tun and /dev/tapN as a program has them: whole packets, one for each read and write. */
import { TunFlag } from '../../control/records.ts'
import type { PacketFile as File } from '../../world/packetfile.ts'
import { Descriptor, type Holder, isFailure } from './descriptor.ts'
import { type Operation, OsError, resultOf } from './operation.ts'

/** How TUNSETIFF asks for an interface. */
export interface TunOptions {
  /** Four octets before each packet: flags and protocol (without IFF_NO_PI). Default false. */
  readonly packetInfo?: boolean
  /** A struct virtio_net_hdr before each packet (IFF_VNET_HDR). Default false. */
  readonly vnetHeader?: boolean
  /** One of several queues (IFF_MULTI_QUEUE). Default false. */
  readonly multiQueue?: boolean
  /** The interface stays when the file is closed (TUNSETPERSIST). Default: as it is. */
  readonly persist?: boolean
}

/** TUNSETIFF's flags for an interface of that kind. */
export const tunFlags = (mode: 'tun' | 'tap', { packetInfo, vnetHeader, multiQueue }: TunOptions): number =>
  (mode === 'tun' ? TunFlag.Tun : TunFlag.Tap) |
  (packetInfo === true ? 0 : TunFlag.NoPi) |
  (vnetHeader === true ? TunFlag.VnetHdr : 0) |
  (multiQueue === true ? TunFlag.MultiQueue : 0)

export class PacketFile extends Descriptor {
  /** @internal */
  readonly waitable: File

  /** @internal */
  constructor(holder: Holder, file: File) {
    super(holder)
    this.waitable = file
  }

  /** The name of its interface now. EBADFD: it has none. */
  get interface(): string {
    return resultOf('ioctl(TUNGETIFF)', this.waitable.interface()).name
  }

  /** TUNSETIFF, with IFF_ flags as numbers. Answers the name: the first free one for `tun%d` or ''. */
  setInterface(name: string, flags: number): string {
    this.holder.enter('ioctl')
    return resultOf('ioctl(TUNSETIFF)', this.waitable.setInterface(name, flags))
  }

  /** TUNSETPERSIST: whether the interface stays when the file is closed. */
  setPersist(on: boolean): void {
    this.holder.enter('ioctl')
    resultOf('ioctl(TUNSETPERSIST)', this.waitable.setPersist(on))
  }

  /** TUNSETOWNER */
  setOwner(uid: number): void {
    this.holder.enter('ioctl')
    resultOf('ioctl(TUNSETOWNER)', this.waitable.setOwner(uid))
  }

  /** TUNSETGROUP */
  setGroup(gid: number): void {
    this.holder.enter('ioctl')
    resultOf('ioctl(TUNSETGROUP)', this.waitable.setGroup(gid))
  }

  /** TUNSETCARRIER */
  setCarrier(on: boolean): void {
    this.holder.enter('ioctl')
    resultOf('ioctl(TUNSETCARRIER)', this.waitable.setCarrier(on))
  }

  /** read(2): one packet, cut to `length` octets; waits for it. EBADFD: no interface, or it is gone. */
  read(length?: number): Operation<Uint8Array> {
    return this.reading('read', () => this.waitable.read(length))
  }

  /** The same without waiting; undefined when there is none (EAGAIN). */
  tryRead(length?: number): Uint8Array | undefined {
    return this.now('read', () => this.waitable.read(length))
  }

  /** write(2): one packet, which the machine then receives. EINVAL too short or no IP packet, EIO the link is down. */
  write(packet: Uint8Array): number {
    this.holder.enter('write')
    const written = this.waitable.write(packet)
    if (isFailure(written)) throw new OsError('write', written.errno)
    return written
  }

  protected shut(): void {
    this.waitable.close()
  }
}
