/** A bridge with ports, between a recorder and the tests of the kind `bridge`. */
import type { BridgeOptions, BridgePortOptions } from '../../src/control/records.ts'
import { Nud } from '../../src/control/request.ts'
import { type Device, Iff } from '../../src/core/device.ts'
import type { Answer } from '../../src/core/errno.ts'
import type { Frame } from '../../src/core/frame.ts'
import { bridge, fdbEntries } from '../../src/device/bridge.ts'
import type { Mac } from '../../src/wire/mac.ts'
import * as mac48 from '../../src/wire/mac.ts'
import { device, packetType, Recorder } from './recorder.ts'

export const mac = (n: number): Mac => (0x0200_0000_0000 + n) as Mac
/** The MAC of port number n: above those of hosts, below the bridge's own. */
export const portMac = (n: number): Mac => mac(0xff00 + n)
export const BRIDGE_MAC = mac(0xf0_0000)

export class Lab {
  readonly out = new Recorder()
  readonly br: Device
  readonly ports: Device[] = []

  /** br0, up, with ports p1, p2 ..., up and with carrier. Its MAC is chosen by hand, or by chance and then its ports. */
  constructor(ports: number, options: Partial<BridgeOptions> = {}, chosen = true) {
    this.out.kinds.set('bridge', bridge)
    this.br = device('br0', BRIDGE_MAC, 'bridge')
    this.br.flags &= ~Iff.Up
    this.out.records.set(this.br, { macOrigin: chosen ? 3 : 1 })
    const mac = chosen ? { mac: BRIDGE_MAC } : {}
    bridge.created(this.br, { kind: 'bridge', ...mac, bridge: options }, this.out)
    this.up(this.br)
    for (let n = 1; n <= ports; n++) this.add(device(`p${n}`, portMac(n)))
    this.out.take()
  }

  add(dev: Device): Answer {
    dev.master = this.br
    const answer = bridge.addSlave!(this.br, dev, this.out)
    if (answer.ok) this.ports.push(dev)
    else dev.master = undefined
    return answer
  }

  remove(dev: Device): void {
    bridge.removeSlave!(this.br, dev, this.out)
    dev.master = undefined
    this.ports.splice(this.ports.indexOf(dev), 1)
  }

  up(dev: Device): void {
    dev.flags |= Iff.Up
    if (dev === this.br) bridge.opened!(dev, this.out)
    else bridge.slaveChanged!(dev, 'up', this.out)
  }

  down(dev: Device): void {
    dev.flags &= ~Iff.Up
    if (dev === this.br) bridge.stopped!(dev, this.out)
    else bridge.slaveChanged!(dev, 'down', this.out)
  }

  /** As `ip link set DEV address MAC` does it. */
  setMac(dev: Device, mac: Mac): void {
    if (dev === this.br) this.out.records.set(dev, { macOrigin: 3 })
    this.out.setMac(dev, mac)
    if (dev !== this.br) bridge.slaveChanged!(dev, 'changeaddr', this.out)
  }

  setMtu(dev: Device, mtu: number): void {
    this.out.setMtu(dev, mtu)
    if (dev !== this.br) bridge.slaveChanged!(dev, 'changemtu', this.out)
  }

  /** What `bridge fdb show` prints of the bridge's table: `MAC dev DEV FLAGS STATE`, per device by ifindex. */
  fdb(): string[] {
    const devices = [this.br, ...this.ports].sort((a, b) => a.ifindex - b.ifindex)
    return devices.flatMap(dev =>
      fdbEntries(dev, this.out.now).map(entry => {
        const flags = [entry.externLearn && 'extern_learn', entry.sticky && 'sticky'].filter(Boolean)
        const state = STATES[entry.state]
        return [mac48.format(entry.mac), dev.name, ...flags, ...(state === '' ? [] : [state])].join(' ')
      }),
    )
  }

  set(options: Partial<BridgeOptions>): Answer {
    return bridge.change!(this.br, { bridge: options }, this.out)
  }

  setPort(n: number, options: Partial<BridgePortOptions>, flush = false): Answer {
    return bridge.changeSlave!(this.ports[n - 1]!, options, this.out, flush)
  }

  /** A frame arrives on port n. Answers what the bridge asked of the world, `pass` when it left the frame alone. */
  receive(n: number, frame: Frame): string[] {
    const dev = this.ports[n - 1]!
    this.out.take()
    const left = bridge.fromSlave!(dev, frame, packetType(dev, frame), this.out)
    return left === frame ? [...this.out.take(), 'pass'] : this.out.take()
  }

  /** The machine itself sends through the bridge. */
  send(frame: Frame): string[] {
    this.out.take()
    bridge.xmit(this.br, frame, this.out)
    return this.out.take()
  }
}

const STATES: Record<number, string> = {
  [Nud.Permanent]: 'permanent',
  [Nud.NoArp]: 'static',
  [Nud.Stale]: 'stale',
  [Nud.Reachable]: '',
}
