/** What a generated session does with files: /dev/net/tun and /dev/tapN are opened, written, read and closed. */
import { TunFlag } from '../control/records.ts'
import { type Device, HardwareType } from '../core/device.ts'
import * as mac48 from '../wire/mac.ts'
import { tuntapFlags } from './requests.ts'
import type { Dice, Scene } from './scene.ts'
import { arp, ipv4, plain, type Sender } from './traffic.ts'

const isTunOrTap = (dev: Device): boolean => dev.kind === 'tun'
const isReadable = (dev: Device): boolean => isTunOrTap(dev) || dev.kind === 'macvtap'
const FILES_MAX = 8

export const open: Sender = {
  name: 'open',
  weight: 1,
  make(scene, dice) {
    const file = Array.from({ length: FILES_MAX }, (_, i) => i).find(i => !scene.files.open.has(i))
    if (file === undefined) return undefined
    const dev = dice.oneIn(6) ? undefined : scene.device(isReadable)
    const mac = scene.mac()
    if (dev === undefined) {
      const link = dice.pick(['tun0', 'tap0', 'y%d', ''])
      return { type: 'open', netns: scene.netns(), file, link, flags: tuntapFlags(dice), mac }
    }
    const { netns, name: link } = dev
    if (!isTunOrTap(dev)) return { type: 'open', netns, file, link }
    const mode = dev.hardwareType === HardwareType.Ether ? TunFlag.Tap : TunFlag.Tun
    const flags = tuntapFlags(dice)
    return { type: 'open', netns, file, link, flags: dice.oneIn(10) ? flags : (flags & ~TUN_OR_TAP) | mode }
  },
}

const TUN_OR_TAP = TunFlag.Tun | TunFlag.Tap

/** One of the files that are open, or one that is not. */
const someFile = (scene: Scene, dice: Dice): number | undefined =>
  dice.oneIn(20) ? dice.below(FILES_MAX) : dice.maybe([...scene.files.open.keys()])

const write: Sender = {
  name: 'write',
  weight: 4,
  make(scene, dice) {
    const file = someFile(scene, dice)
    const packet = file === undefined ? undefined : dice.weighted([plain, arp, ipv4, ipv4, ipv4]).make(scene, dice)
    if (packet?.type !== 'frame') return undefined
    const { file: opened } = scene.files.open.get(file!) ?? {}
    const answer = opened?.interface()
    const { name = '', flags = 0 } = answer?.ok ? answer.value : {}
    const dev = scene.device(each => isReadable(each) && each.name === name)
    const mac = dev === undefined || dice.oneIn(3) ? '' : mac48.format(dev.mac).replaceAll(':', '')
    const bytes = (flags & TunFlag.Tun) !== 0 ? packet.bytes.slice(28) : mac + packet.bytes.slice(mac.length)
    const whole = headerFor(opened?.headerBytes ?? 0, bytes, dice) + bytes
    return { type: 'write', file: file!, bytes: dice.oneIn(20) ? whole.slice(0, 2 * dice.below(20)) : whole }
  },
}

/** struct tun_pi with the protocol that it should have, mostly; an empty struct virtio_net_hdr. */
function headerFor(length: number, packet: string, dice: Dice): string {
  const type = packet.startsWith('6') ? '86dd' : dice.oneIn(10) ? dice.pick(['0806', '88b5', '86dd', '0000']) : '0800'
  const pi = length === 4 || length === 14 ? `0000${type}` : ''
  return pi + '00'.repeat(length - pi.length / 2)
}

const read: Sender = {
  name: 'read',
  weight: 2,
  make(scene, dice) {
    const file = someFile(scene, dice)
    return file === undefined ? undefined : { type: 'read', file }
  },
}

const close: Sender = {
  name: 'close',
  weight: 1,
  make(scene, dice) {
    const file = dice.oneIn(3) ? someFile(scene, dice) : undefined
    return file === undefined ? undefined : { type: 'close', file }
  },
}

export const PACKET_FILES: readonly Sender[] = [open, write, read, close]
