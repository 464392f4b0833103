/**
 * Bridge protocol data units of the spanning tree protocol, IEEE 802.1D-1998 clause 9, in their LLC frame:
 * dst(6) src(6) length(2) DSAP 0x42 SSAP 0x42 control 3, then the unit. Two kinds: configuration and topology change.
 *
 * Times are in units of 1/256 second, as on the wire. Left out: rapid and multiple spanning trees (version 2 and 3),
 * padding to 60 octets, which a virtual device does not do.
 */
import { get16, get32, put16, put32 } from './bytes.ts'
import * as ethernet from './ethernet.ts'
import * as mac48 from './mac.ts'

export interface BridgeId {
  readonly priority: number
  readonly mac: mac48.Mac
}

export interface Config {
  readonly topologyChange: boolean
  readonly topologyChangeAck: boolean
  readonly root: BridgeId
  readonly rootPathCost: number
  readonly bridge: BridgeId
  readonly portId: number
  readonly messageAge: number
  readonly maxAge: number
  readonly helloTime: number
  readonly forwardDelay: number
}

export const Type = { Config: 0x00, TopologyChange: 0x80 } as const

/** 01:80:c2:00:00:00, the group of all bridges. */
export const GROUP = 0x0180_c200_0000 as mac48.Mac
/** The service access point of the spanning tree in LLC. */
export const SAP = 0x42
const UNNUMBERED_INFORMATION = 0x03

const LLC_BYTES = 3
const CONFIG_BYTES = 35
const TOPOLOGY_CHANGE_BYTES = 4
const HEAD_BYTES = ethernet.HEADER_BYTES + LLC_BYTES

export const CONFIG_FRAME_BYTES = HEAD_BYTES + CONFIG_BYTES
export const TOPOLOGY_CHANGE_FRAME_BYTES = HEAD_BYTES + TOPOLOGY_CHANGE_BYTES

const Flag = { TopologyChange: 0x01, TopologyChangeAck: 0x80 } as const

/** Is this a spanning tree unit of version 0? By LLC header, protocol and version; its type is for type(). */
export function isBpdu(b: Uint8Array, at: number, length: number): boolean {
  if (length < TOPOLOGY_CHANGE_FRAME_BYTES || ethernet.type(b, at) >= ethernet.TYPE_MIN) return false
  const llc = at + ethernet.HEADER_BYTES
  if (b[llc] !== SAP || b[llc + 1] !== SAP || b[llc + 2] !== UNNUMBERED_INFORMATION) return false
  const unit = at + HEAD_BYTES
  return get16(b, unit) === 0 && b[unit + 2] === 0
}

/** Type.Config, Type.TopologyChange, or something else. */
export const type = (b: Uint8Array, at: number): number => b[at + HEAD_BYTES + 3]!

/** The configuration in a frame at b[at]; undefined when it is cut short. */
export function config(b: Uint8Array, at: number, length: number): Config | undefined {
  if (length < CONFIG_FRAME_BYTES) return undefined
  const unit = at + HEAD_BYTES
  const flags = b[unit + 4]!
  return {
    topologyChange: (flags & Flag.TopologyChange) !== 0,
    topologyChangeAck: (flags & Flag.TopologyChangeAck) !== 0,
    root: bridgeId(b, unit + 5),
    rootPathCost: get32(b, unit + 13),
    bridge: bridgeId(b, unit + 17),
    portId: get16(b, unit + 25),
    messageAge: get16(b, unit + 27),
    maxAge: get16(b, unit + 29),
    helloTime: get16(b, unit + 31),
    forwardDelay: get16(b, unit + 33),
  }
}

/** Writes a frame of CONFIG_FRAME_BYTES. */
export function putConfig(b: Uint8Array, at: number, dst: mac48.Mac, src: mac48.Mac, config: Config): void {
  putHead(b, at, dst, src, CONFIG_BYTES, Type.Config)
  const unit = at + HEAD_BYTES
  const ack = config.topologyChangeAck ? Flag.TopologyChangeAck : 0
  b[unit + 4] = ack | (config.topologyChange ? Flag.TopologyChange : 0)
  putBridgeId(b, unit + 5, config.root)
  put32(b, unit + 13, config.rootPathCost)
  putBridgeId(b, unit + 17, config.bridge)
  put16(b, unit + 25, config.portId)
  put16(b, unit + 27, config.messageAge)
  put16(b, unit + 29, config.maxAge)
  put16(b, unit + 31, config.helloTime)
  put16(b, unit + 33, config.forwardDelay)
}

/** Writes a frame of TOPOLOGY_CHANGE_FRAME_BYTES. */
export function putTopologyChange(b: Uint8Array, at: number, dst: mac48.Mac, src: mac48.Mac): void {
  putHead(b, at, dst, src, TOPOLOGY_CHANGE_BYTES, Type.TopologyChange)
}

function putHead(b: Uint8Array, at: number, dst: mac48.Mac, src: mac48.Mac, bytes: number, type: number): void {
  ethernet.put(b, at, dst, src, LLC_BYTES + bytes)
  const llc = at + ethernet.HEADER_BYTES
  b[llc] = SAP
  b[llc + 1] = SAP
  b[llc + 2] = UNNUMBERED_INFORMATION
  const unit = at + HEAD_BYTES
  put16(b, unit, 0)
  b[unit + 2] = 0
  b[unit + 3] = type
}

const bridgeId = (b: Uint8Array, at: number): BridgeId => ({ priority: get16(b, at), mac: mac48.get(b, at + 2) })

function putBridgeId(b: Uint8Array, at: number, id: BridgeId): void {
  put16(b, at, id.priority)
  mac48.put(b, at + 2, id.mac)
}
