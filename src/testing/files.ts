/** The files /dev/net/tun and /dev/tapN that a session has open, by the numbers that it gives them. */
import type { NetnsId } from '../core/device.ts'
import { errnoNumber, type Failure, fail } from '../core/errno.ts'
import { openPacketFile, openTapOf, type PacketFile } from '../world/packetfile.ts'
import type { World } from '../world/world.ts'
import type { Traffic } from './session.ts'

export type FileStep = Extract<Traffic, { readonly type: 'open' | 'close' | 'write' | 'read' }>

export const isFileStep = (step: { readonly type: string }): step is FileStep =>
  step.type === 'open' || step.type === 'close' || step.type === 'write' || step.type === 'read'

interface Open {
  readonly file: PacketFile
  /** Where it was opened. */
  readonly netns: NetnsId
}

/** As os.open, ioctl, os.write, os.read and os.close answer. */
export interface FileAnswer {
  readonly errno: number
  /** Of `read`: a packet a line, what stands before it and the packet itself. */
  readonly stdout?: string
}

export class PacketFiles {
  readonly open = new Map<number, Open>()
  readonly #world: World

  constructor(world: World) {
    this.#world = world
  }

  take(step: FileStep): FileAnswer {
    if (step.type === 'open') return { errno: this.#open(step) }
    const file = this.open.get(step.file)?.file
    if (file === undefined) return { errno: errnoNumber('EBADF') }
    switch (step.type) {
      case 'close':
        file.close()
        this.open.delete(step.file)
        return { errno: 0 }
      case 'write': {
        const written = file.write(Uint8Array.from(step.bytes.match(/../g) ?? [], octet => Number.parseInt(octet, 16)))
        return { errno: typeof written === 'number' ? 0 : number(written) }
      }
      case 'read':
        return read(file)
    }
  }

  #open({ file: n, netns, link, flags, mac }: Extract<FileStep, { type: 'open' }>): number {
    const world = this.#world
    if (world.engine.netnses[netns] === undefined) return errnoNumber('EINVAL')
    if (this.open.has(n)) return errnoNumber('EBUSY')
    const file = flags === undefined ? openTap(world, netns, link) : openPacketFile(world, netns, '/dev/net/tun')
    if ('errno' in file) return number(file)
    const given = flags === undefined ? undefined : file.setInterface(link, flags)
    if (given?.ok === false) {
      file.close()
      return number(given)
    }
    this.open.set(n, { file, netns })
    const changed = mac === undefined ? undefined : file.setMac(mac)
    return changed?.ok === false ? number(changed) : 0
  }
}

function openTap(world: World, netns: NetnsId, link: string): PacketFile | Failure {
  const device = world.device(netns, link)
  return device?.kind === 'macvtap' ? openTapOf(world.engine, device) : fail('ENOENT')
}

const number = ({ errno }: Failure): number => errnoNumber(errno)

function read(file: PacketFile): FileAnswer {
  const { headerBytes } = file
  const lines: string[] = []
  for (;;) {
    const packet = file.read()
    if (packet === undefined) return { errno: 0, stdout: lines.join('') }
    if ('errno' in packet) return { errno: number(packet), stdout: lines.join('') }
    lines.push(`${hex(packet.subarray(0, headerBytes))} ${hex(packet.subarray(headerBytes))}\n`)
  }
}

const hex = (bytes: Uint8Array): string => Array.from(bytes, octet => octet.toString(16).padStart(2, '0')).join('')
