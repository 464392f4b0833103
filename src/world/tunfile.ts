/**
 * /dev/net/tun: the file by which a program is the other end of a TUN or TAP.
 *
 * Follows Linux drivers/net/tun.c: setInterface is tun_set_iff, read tun_do_read and tun_put_user, write tun_get_user,
 * close __tun_detach. With IFF_NO_PI a packet is itself, without it four octets come first (flags, protocol), and with
 * IFF_VNET_HDR a struct virtio_net_hdr behind those. Left out: segmentation offload (EINVAL, as for unknown kinds of
 * it), TUNSETLINK, TUNSETTXFILTER, TUNSETQUEUE, limits of what may wait to be sent.
 */
import { TunFlag } from '../control/records.ts'
import type { Tuntap } from '../control/request.ts'
import { type Device, isUp, PacketType, packetType } from '../core/device.ts'
import { Drop } from '../core/drop.ts'
import { type Answer, DONE, done, type Failure, fail } from '../core/errno.ts'
import { type Frame, frameOf, octets, tellProtocol } from '../core/frame.ts'
import { discard, type PacketQueue } from '../device/packetqueue.ts'
import { PacketRing } from '../device/packetring.ts'
import { QUEUES_MAX, type Tun, tap, tun, tunOf } from '../device/tun.ts'
import { protocolOf } from '../stack/packet.ts'
import * as ethernet from '../wire/ethernet.ts'
import type { Mac } from '../wire/mac.ts'
import { finishChecksum, parseVnetHeader, VNET_HEADER_BYTES, type VnetHeader } from '../wire/vnet.ts'
import type { Engine } from './engine.ts'
import { dellink, newDriverLink, notifyChange } from './links.ts'
import type { Netns } from './netns.ts'

/** Who calls: root may do everything. A program with a name is shown by `ip -d tuntap`. */
export interface Credentials {
  readonly uid: number
  readonly gids: readonly number[]
  readonly program?: { readonly name: string; readonly pid: number }
}

export const ROOT: Credentials = { uid: 0, gids: [0] }

/** What TUNSETIFF may change on a device that exists. */
const FEATURES = TunFlag.NoPi | TunFlag.OneQueue | TunFlag.VnetHdr | TunFlag.MultiQueue
/** IFNAMSIZ less the terminating zero: what is longer is cut. */
const NAME_OCTETS_MAX = 15
/** struct tun_pi */
const PI_BYTES = 4
/** TUN_PKT_STRIP */
const STRIPPED = 1
/** What a program reads with, unless it says otherwise. */
const READ_BYTES_MAX = 0x1_0000 + PI_BYTES + VNET_HEADER_BYTES

export class TunFile implements PacketQueue {
  readonly ring = new PacketRing(0)
  waiter: (() => void) | undefined = undefined
  #device: Device | undefined
  readonly #engine: Engine
  readonly #netns: Netns
  readonly #credentials: Credentials

  constructor(engine: Engine, netns: Netns, credentials: Credentials = ROOT) {
    this.#engine = engine
    this.#netns = netns
    this.#credentials = credentials
  }

  get opener(): Credentials['program'] {
    return this.#credentials.program
  }

  /** A read would answer at once. */
  get ready(): boolean {
    return !this.ring.isEmpty || this.#device === undefined
  }

  get #tun(): Tun | undefined {
    return this.#device === undefined ? undefined : tunOf(this.#device)
  }

  // -- What a program asks of it ------------------------------------------------------------------

  /** TUNSETIFF: makes the interface, or attaches to one that is there. Answers its name. */
  setInterface(name: string, flags: number): Answer<string> {
    if (this.#device !== undefined) return fail('EEXIST')
    const cut = name.slice(0, NAME_OCTETS_MAX)
    const existing = this.#netns.byName.get(cut)
    const device = existing === undefined ? this.#create(cut, flags) : this.#attachTo(existing, flags)
    if (!device.ok) return device
    this.#engine.setCarrier(device.value, (flags & TunFlag.NoCarrier) === 0)
    return done(device.value.name)
  }

  #create(name: string, flags: number): Answer<Device> {
    if (this.#credentials.uid !== 0) return fail('EPERM')
    const mode = flags & TunFlag.Tun || flags & TunFlag.Tap
    if (mode === 0) return fail('EINVAL')
    const kind = mode === TunFlag.Tun ? tun : tap
    const tunFlags = mode | (flags & FEATURES)
    const made = newDriverLink(this.#engine, kind, this.#netns, {
      kind: kind.name,
      name: name || kind.defaults.namePattern,
      tunFlags,
    })
    if (made.ok) this.#attach(made.value)
    return made
  }

  #attachTo(device: Device, flags: number): Answer<Device> {
    if ((flags & TunFlag.Exclusive) !== 0) return fail('EBUSY')
    if (device.kind !== tun.name) return fail('EINVAL')
    const state = tunOf(device)
    const mode = flags & TunFlag.Tun || flags & TunFlag.Tap
    if (!state.has(mode)) return fail('EINVAL')
    if (((flags ^ state.flags) & TunFlag.MultiQueue) !== 0) return fail('EINVAL')
    if (!this.#mayUse(state)) return fail('EPERM')
    const { length } = state.queues
    if (!state.has(TunFlag.MultiQueue) && length === 1) return fail('EBUSY')
    if (length === QUEUES_MAX) return fail('E2BIG')
    this.#attach(device)
    if (length === 0) {
      state.flags = (state.flags & ~FEATURES) | (flags & FEATURES)
      notifyChange(this.#engine, device)
    }
    return done(device)
  }

  /** tun_not_capable */
  #mayUse({ owner, group }: Tun): boolean {
    const { uid, gids } = this.#credentials
    return uid === 0 || ((owner === undefined || owner === uid) && (group === undefined || gids.includes(group)))
  }

  #attach(device: Device): void {
    this.ring.resize(this.#engine.record(device).txQueueLength)
    this.#device = device
    tunOf(device).queues.push(this)
  }

  /** TUNSETPERSIST: the interface stays when the file is closed. */
  setPersist(on: boolean): Answer {
    return this.#change(state => {
      state.flags = on ? state.flags | TunFlag.Persist : state.flags & ~TunFlag.Persist
    })
  }

  /** TUNSETOWNER: who may use it besides root. */
  setOwner(uid: number): Answer {
    return this.#change(state => {
      state.owner = uid
    })
  }

  /** TUNSETGROUP */
  setGroup(gid: number): Answer {
    return this.#change(state => {
      state.group = gid
    })
  }

  #change(change: (state: Tun) => void): Answer {
    const state = this.#tun
    if (state === undefined) return fail('EBADFD')
    change(state)
    return DONE
  }

  /** TUNSETCARRIER */
  setCarrier(on: boolean): Answer {
    if (this.#device === undefined) return fail('EBADFD')
    this.#engine.setCarrier(this.#device, on)
    return DONE
  }

  /** SIOCSIFHWADDR */
  setMac(mac: Mac): Answer {
    return this.#device === undefined ? fail('EBADFD') : this.#engine.changeMac(this.#device, mac)
  }

  /** TUNGETIFF: name and flags of the interface; IFF_NOFILTER, which has the bit of IFF_NO_PI, is always set. */
  interface(): Answer<{ readonly name: string; readonly flags: number }> {
    const state = this.#tun
    return state === undefined ? fail('EBADFD') : done({ name: this.#device!.name, flags: state.flags | TunFlag.NoPi })
  }

  close(): void {
    const device = this.#device
    if (device === undefined) return
    this.#device = undefined
    const state = tunOf(device)
    // The last one takes the number of the one that goes.
    const last = state.queues.pop()!
    if (last !== this) state.queues[state.queues.indexOf(this)] = last
    state.flows.forget(this)
    discard(device, this.ring.purge(), this.#engine)
    if (state.queues.length > 0) return
    this.#engine.setCarrier(device, false)
    if (!state.has(TunFlag.Persist)) dellink(this.#engine, device)
  }

  // -- Packets ------------------------------------------------------------------------------------

  get headerBytes(): number {
    const state = this.#tun
    return state === undefined ? 0 : headerBytes(state)
  }

  /** The oldest packet, no more than `length` octets of it; undefined when there is none (EAGAIN). EBADFD, EINVAL. */
  read(length = READ_BYTES_MAX): Uint8Array | Failure | undefined {
    const device = this.#device
    if (device === undefined) return fail('EBADFD')
    const frame = this.ring.consume()
    if (frame === undefined) return undefined
    const state = tunOf(device)
    const header = headerBytes(state)
    if (length < header) return fail('EINVAL')
    const taken = Math.min(frame.length, length - header)
    const bytes = new Uint8Array(header + taken)
    if (!state.has(TunFlag.NoPi)) {
      if (length < header + frame.length) bytes[0] = STRIPPED
      const protocol = protocolOf(device, frame)
      bytes[2] = protocol >>> 8
      bytes[3] = protocol
    }
    bytes.set(octets(frame).subarray(0, taken), header)
    device.txPackets++
    device.txBytes += frame.length
    return bytes
  }

  /** Answers how many octets were taken: all. EBADFD, EINVAL too short or no IP version, EIO the interface is down. */
  write(bytes: Uint8Array): number | Failure {
    const device = this.#device
    if (device === undefined) return fail('EBADFD')
    const state = tunOf(device)
    const hasPi = !state.has(TunFlag.NoPi)
    if (hasPi && bytes.length < PI_BYTES) return fail('EINVAL')
    const header = headerBytes(state)
    const packet = bytes.subarray(header)
    let vnet: VnetHeader | undefined
    if (state.has(TunFlag.VnetHdr)) {
      vnet = parseVnetHeader(bytes.subarray(hasPi ? PI_BYTES : 0))
      if (vnet === undefined || vnet.headerBytes > packet.length) return fail('EINVAL')
    }
    const isTap = state.has(TunFlag.Tap)
    if (isTap && packet.length < ethernet.HEADER_BYTES) return fail('EINVAL')
    const frame = frameOf(packet)
    if (vnet !== undefined && !finishChecksum(frame.bytes, frame.at, frame.length, vnet)) return fail('EINVAL')
    if (!isTap && !hasPi && !isIp(packet)) return this.#refuse(device, frame, fail('EINVAL'), Drop.NotSpecified)
    if (!isUp(device)) return this.#refuse(device, frame, fail('EIO'), Drop.DevReady)
    if (hasPi && !isTap) tellOther(device, frame, (bytes[2]! << 8) | bytes[3]!)
    if (state.queues.length > 1) state.flows.written(device, frame, this, this.#engine.now)
    this.#engine.rx(device, frame, isTap ? packetType(device, frame) : PacketType.Host)
    return bytes.length
  }

  #refuse(device: Device, frame: Frame, failure: Failure, why: Drop): Failure {
    device.rxDropped++
    this.#engine.drop(device, why, frame)
    return failure
  }

  // -- What the device says -----------------------------------------------------------------------

  wake(): void {
    this.waiter?.()
  }

  lost(): void {
    this.#device = undefined
    this.waiter?.()
  }
}

const headerBytes = (state: Tun): number =>
  (state.has(TunFlag.NoPi) ? 0 : PI_BYTES) + (state.has(TunFlag.VnetHdr) ? VNET_HEADER_BYTES : 0)

function tellOther(device: Device, frame: Frame, type: number): void {
  if (type !== protocolOf(device, frame)) tellProtocol(frame, device, type)
}

const isIp = (packet: Uint8Array): boolean => {
  const version = (packet[0] ?? 0) >>> 4
  return version === 4 || version === 6
}

/** What `ip tuntap add` and `del` do with the file. Answers the name. */
export function tuntap(engine: Engine, netns: Netns, { name, flags, persist, owner, group }: Tuntap): Answer<string> {
  const file = new TunFile(engine, netns)
  const answer = file.setInterface(name, flags)
  if (answer.ok) {
    if (owner !== undefined) file.setOwner(owner)
    if (group !== undefined) file.setGroup(group)
    file.setPersist(persist)
  }
  file.close()
  return answer
}
