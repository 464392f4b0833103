/** Bridges joined by wires, for tests of the spanning tree: a recorder in which frames arrive at the other end. */
import type { BridgeOptions } from '../../src/control/records.ts'
import { type Device, Iff, OperState } from '../../src/core/device.ts'
import type { Frame } from '../../src/core/frame.ts'
import { bridge, bridgeInfo, portInfo } from '../../src/device/bridge.ts'
import { NS_PER_S } from '../../src/time/instant.ts'
import * as bpdu from '../../src/wire/bpdu.ts'
import * as ethernet from '../../src/wire/ethernet.ts'
import { format, type Mac } from '../../src/wire/mac.ts'
import { type Asked, device, packetType, Recorder } from './recorder.ts'

const HOP_NS = 10_000
/** Not a code of any kind: a frame arrives. */
const ARRIVES = -1
const STATES = ['disabled', 'listening', 'learning', 'forwarding', 'blocking']

export class Net extends Recorder {
  readonly devices = new Map<string, Device>()
  /** BPDUs, as they left: `1.23 p1 CONF [TC] root ... cost 2 bridge ... port 8001 age 1/256`. */
  readonly bpdus: string[] = []
  readonly #peers = new Map<Device, Device>()

  constructor() {
    super()
    this.kinds.set('bridge', bridge)
  }

  /** A bridge that is down. */
  bridge(name: string, mac: Mac, options: Partial<BridgeOptions> = {}): Device {
    const dev = device(name, mac, 'bridge')
    dev.flags &= ~Iff.Up
    this.records.set(dev, { macOrigin: 3 })
    this.devices.set(name, dev)
    const answer = bridge.created(dev, { kind: 'bridge', mac, bridge: { stpState: 1, ...options } }, this)
    if (!answer.ok) throw new Error(answer.errno)
    return dev
  }

  /** A device that is up and under a bridge, if one is named. */
  port(name: string, mac: Mac, master?: string): Device {
    const dev = device(name, mac)
    this.devices.set(name, dev)
    if (master !== undefined) {
      dev.master = this.devices.get(master)!
      bridge.addSlave!(dev.master, dev, this)
    }
    return dev
  }

  wire(a: string, b: string): void {
    this.#peers.set(this.device(a), this.device(b))
    this.#peers.set(this.device(b), this.device(a))
  }

  device(name: string): Device {
    return this.devices.get(name)!
  }

  up(...bridges: string[]): void {
    for (const name of bridges) {
      const dev = this.device(name)
      dev.flags |= Iff.Up
      bridge.opened!(dev, this)
    }
  }

  /** The wire at this port is cut, or mended: both ends notice at once. */
  carrier(port: string, on: boolean): void {
    const dev = this.device(port)
    for (const end of [dev, this.#peers.get(dev)]) {
      if (end === undefined) continue
      end.operState = on ? OperState.Up : OperState.Down
      if (end.master !== undefined) bridge.slaveChanged!(end, 'change', this)
    }
  }

  state(...ports: string[]): string {
    return ports.map(name => STATES[portInfo(this.device(name), this.now)!.state]).join(' ')
  }

  info(name: string) {
    return bridgeInfo(this.device(name), this.now)
  }

  /** The machine of this port sends; answers nothing, look at the log. */
  send(port: string, frame: Frame): void {
    this.tx(this.device(port), frame)
  }

  run(seconds: number): void {
    this.runUntil(this.now + seconds * NS_PER_S)
  }

  override tx(dev: Device, frame: Frame): void {
    super.tx(dev, frame)
    if (bpdu.isBpdu(frame.bytes, frame.at, frame.length)) this.bpdus.push(this.#text(dev, frame))
    const peer = this.#peers.get(dev)
    if (peer !== undefined && dev.operState === OperState.Up) this.timer(this.now + HOP_NS, peer, ARRIVES, frame)
  }

  override fire(asked: Asked): void {
    if (asked.code !== ARRIVES) return super.fire(asked)
    const frame = asked.ref as Frame
    this.log.push(`in ${asked.dev.name}`)
    if (asked.dev.master !== undefined) bridge.fromSlave!(asked.dev, frame, packetType(asked.dev, frame), this)
  }

  #text(dev: Device, { bytes, at, length }: Frame): string {
    const begin = `${(this.now / NS_PER_S).toFixed(2)} ${dev.name}`
    if (ethernet.src(bytes, at) !== dev.mac) throw new Error('a BPDU is sent from the MAC of its port')
    const config = bpdu.config(bytes, at, length)
    if (bpdu.type(bytes, at) === bpdu.Type.TopologyChange || config === undefined) return `${begin} TCN`
    const flags = [config.topologyChange && 'TC', config.topologyChangeAck && 'TCA'].filter(Boolean).join(' ')
    const [root, self] = [config.root, config.bridge].map(id => `${id.priority.toString(16)}.${format(id.mac)}`)
    const port = config.portId.toString(16)
    return `${begin} CONF [${flags}] root ${root} cost ${config.rootPathCost} bridge ${self} port ${port}`
  }
}
