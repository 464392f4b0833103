/**
 * A capture of a world as pcapng: every frame that crosses a device, in either direction, under the name NETNS/IFNAME.
 *
 * An interface is described when its first frame comes, by the name it has then; a device that is renamed or moved gets
 * another description, and one that stays silent gets its own when the capture is closed. On `lo` a frame is taken
 * once, on its way in, as libpcap does. A drop becomes a comment on the packet if that has crossed the device in the
 * same instant; drops without a packet are only counted. Frames of one instant come in the order of Linux's time
 * stamps. Times count from the world's epoch.
 */
import type { Device } from '../core/device.ts'
import { type Drop, dropName } from '../core/drop.ts'
import type { Frame } from '../core/frame.ts'
import { enhancedPacket, interfaceDescription, sectionHeader } from '../wire/pcapng.ts'
import type { Direction } from './observe.ts'
import type { World } from './world.ts'

const RAW_IP = 101

interface Held {
  readonly dev: Device
  readonly frame: Frame
  readonly interface: number
  readonly at: number
  readonly direction: Direction
  readonly stamp: number
  comment: string | undefined
}

export interface Capture {
  /** Writes what is held back and the silent devices; nothing is captured afterwards. */
  close(): void
}

/** Hands the octets of a pcapng file to `write`, block by block. `epochS`: the second since 1970 that instant 0 is. */
export function capture(world: World, epochS: number, write: (bytes: Uint8Array) => void): Capture {
  const interfaces = new Map<string, number>()
  // Blocks of the present instant: a drop may still comment on them.
  let held: Held[] = []

  const describe = (dev: Device): number => {
    const name = `${world.netns(dev.netns).name}/${dev.name}`
    const known = interfaces.get(name)
    if (known !== undefined) return known
    write(interfaceDescription({ name, linktype: dev.hardwareType === 0xfffe ? RAW_IP : 1, offsetS: epochS }))
    interfaces.set(name, interfaces.size)
    return interfaces.size - 1
  }

  const flush = (): void => {
    held.sort((a, b) => a.stamp - b.stamp)
    for (const { interface: i, at, frame, direction, comment } of held) {
      const packet = { interface: i, atNs: at, bytes: frame.bytes, at: frame.at, length: frame.length, direction }
      write(enhancedPacket(comment === undefined ? packet : { ...packet, comment }))
    }
    held = []
  }

  const onFrame = (at: number, dev: Device, direction: Direction, frame: Frame, stamp: number): void => {
    if (dev.kind === 'loopback' && direction === 'out') return
    if (held.length > 0 && held[0]!.at !== at) flush()
    held.push({ dev, frame, interface: describe(dev), at, direction, stamp, comment: undefined })
  }

  const onDrop = (at: number, dev: Device, why: Drop, frame: Frame): void => {
    for (let i = held.length - 1; i >= 0; i--) {
      const packet = held[i]!
      if (packet.at === at && packet.frame === frame && packet.dev === dev) {
        packet.comment ??= `dropped: ${dropName(why)}`
        return
      }
    }
  }

  const onDevice = (_at: number, dev: Device, event: string): void => {
    if (event !== 'gone') return
    flush()
    describe(dev)
  }

  write(sectionHeader({ application: 'vethereal', os: 'Linux' }))
  world.events.on('frame', onFrame).on('drop', onDrop).on('device', onDevice)
  world.observe()
  return {
    close() {
      world.events.off('frame', onFrame).off('drop', onDrop).off('device', onDevice)
      world.observe()
      flush()
      for (const netns of world.namespaces()) for (const dev of netns.devices.values()) describe(dev)
    },
  }
}
