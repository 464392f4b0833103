/** A bridge in a namespace of its own, and `n` hosts around it, each in its own. */
import type { Device, NetnsId } from '../../src/core/device.ts'
import { allocate } from '../../src/core/frame.ts'
import * as ethernet from '../../src/wire/ethernet.ts'
import type { Mac } from '../../src/wire/mac.ts'
import { hostIp, hostMac, Network } from './network.ts'

export interface Star extends Network {
  readonly hosts: readonly NetnsId[]
}

export function star(n: number): Star {
  const network = new Network()
  const bridge = network.bridge('bridge')
  const hosts = Array.from({ length: n }, (_, i) => {
    const host = network.netns(`h${i}`)
    network.plug(host, hostMac(i), bridge, `p${i}`)
    network.address(host, 'eth0', hostIp(i), 8)
    return host
  })
  network.world.runUntil(5e9)
  return Object.assign(network, { hosts })
}

const FRAME_BYTES = 64
/** For local experiments: the stack that receives it drops it. */
const ETHERTYPE = 0x88b5

/** 64 octets from `dev` to a MAC. */
export function sendFrame({ world }: Network, dev: Device, to: Mac): void {
  const frame = allocate(FRAME_BYTES)
  ethernet.put(frame.bytes, frame.at, to, dev.mac, ETHERTYPE)
  world.engine.tx(dev, frame)
}

export const received = (devices: readonly Device[]): number => devices.reduce((sum, dev) => sum + dev.rxPackets, 0)
