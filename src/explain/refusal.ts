/**
 * Which ports of a bridge will not have a frame, and why: what nobody counts as a drop while some other port takes it.
 *
 * Follows Linux net/bridge/br_forward.c should_deliver and br_flood, as device/bridgepath.ts does.
 */
import { type Device, isUp } from '../core/device.ts'
import type { Frame } from '../core/frame.ts'
import { bridgeOf, type Port, PortFlag, PortState, portOf } from '../device/bridgestate.ts'
import { get16, get32 } from '../wire/bytes.ts'
import * as mac from '../wire/mac.ts'

export interface Refusal {
  readonly port: Device
  readonly why: 'state' | 'hairpin' | 'isolated' | 'flood' | 'fdb'
  /** In words: `is blocking (spanning tree)`. */
  readonly what: string
  /** Of `fdb`: the port on which the forwarding database has the destination; undefined: the bridge itself. */
  readonly known?: Device | undefined
}

const STATES = ['disabled', 'listening', 'learning', 'forwarding', 'blocking']
export const stateName = (port: Port): string => STATES[port.state]!

/** For a frame that arrives at a port or that the bridge's own machine sends; none for other devices. */
export function refusals(dev: Device, frame: Frame): readonly Refusal[] {
  const from = portOf(dev)
  if (dev.master?.kind !== 'bridge' || from === undefined) return []
  const { bytes, at } = frame
  const isBroadcast = mac.get(bytes, at) === mac.BROADCAST
  const kind = isBroadcast ? PortFlag.BcastFlood : (bytes[at]! & 1) !== 0 ? PortFlag.McastFlood : PortFlag.Flood
  const { fdb, ports } = bridgeOf(dev.master)
  const slot = kind === PortFlag.Flood ? fdb.find(get16(bytes, at), get32(bytes, at + 2) | 0) : -1
  const known = slot < 0 ? undefined : fdb.port[slot]
  const found: Refusal[] = []
  for (const to of ports) {
    const refused = refusal(to, from, known, kind)
    if (refused === undefined) continue
    const elsewhere = ports.find(each => each.number === known)?.dev
    found.push({ port: to.dev, ...refused, ...(refused.why === 'fdb' && { known: elsewhere }) })
  }
  return found
}

function refusal(
  to: Port,
  from: Port,
  known: number | undefined,
  kind: number,
): Pick<Refusal, 'why' | 'what'> | undefined {
  if (to.state !== PortState.Forwarding) return { why: 'state', what: stateWords(to) }
  if (to === from && (to.flags & PortFlag.Hairpin) === 0) {
    return { why: 'hairpin', what: 'is where the frame came from, and its hairpin is off' }
  }
  if ((to.flags & from.flags & PortFlag.Isolated) !== 0) {
    return { why: 'isolated', what: `is isolated, and so is ${from.dev.name}` }
  }
  if (known !== undefined && known !== to.number) {
    return { why: 'fdb', what: 'is not where the forwarding database knows the destination' }
  }
  if (known === undefined && (to.flags & kind) === 0)
    return { why: 'flood', what: 'takes no flooded frames of this kind' }
  return undefined
}

/** Why a port forwards nothing. */
export function stateWords(port: Port): string {
  if (!isUp(port.dev)) return 'is down'
  if (!isUp(port.bridge.dev)) return 'is disabled, for the bridge is down'
  if (port.state === PortState.Disabled) {
    return port.dev.carrier ? 'is disabled' : 'has no carrier: the other end of its cable is down'
  }
  return `is ${stateName(port)}${port.bridge.stp ? ': the spanning tree does not let it forward' : ''}`
}
