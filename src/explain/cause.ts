/**
 * Causes: what is wrong, where, and the command that puts it right, in words for somebody who learns. Here are those of
 * links and bridges.
 *
 * Each is read from the world as it stands while the command that failed ends. Nothing is read from a script.
 */
import { type Device, isUp, type NetnsId } from '../core/device.ts'
import { bridgeOf, portOf } from '../device/bridgestate.ts'
import { peerOf } from '../device/veth.ts'
import * as eth from '../wire/ethernet.ts'
import * as mac from '../wire/mac.ts'
import type { World } from '../world/world.ts'
import type { Life } from './record.ts'
import type { Refusal } from './refusal.ts'

export interface Cause {
  /** What kind of fault it is, for programs: `forwarding-off`, `no-route` ... */
  readonly fault: string
  readonly netns: string
  readonly device?: string
  /** The sysctl, route, address or state that made it so, as commands write it. */
  readonly setting?: string
  /** Whole sentences. */
  readonly words: string
  /** A command that puts it right; undefined where there is none that could be known. */
  readonly remedy?: string
}

export const netnsName = (world: World, id: NetnsId): string => world.engine.netnses[id]?.name ?? '(gone)'
export const place = (world: World, dev: Device): string => `${netnsName(world, dev.netns)}/${dev.name}`

/** `ip -n NETNS ...`, `bridge -n NETNS ...`; the initial namespace needs no name. */
export const typed = (world: World, netns: NetnsId, program: string, rest: string): string =>
  netns === 0 ? `${program} ${rest}` : `${program} -n ${netnsName(world, netns)} ${rest}`

export function setSysctl(world: World, netns: NetnsId, ...settings: string[]): string {
  const command = `sysctl -w ${settings.join(' ')}`
  return netns === 0 ? command : `ip netns exec ${netnsName(world, netns)} ${command}`
}

/** Where a cause is, for one of its device. */
export const at = (world: World, dev: Device): { netns: string; device: string } => ({
  netns: netnsName(world, dev.netns),
  device: dev.name,
})

// -- Links ----------------------------------------------------------------------------------------

export function linkDown(world: World, dev: Device): Cause {
  return {
    ...at(world, dev),
    fault: 'link-down',
    setting: 'state DOWN',
    words: `${place(world, dev)} is down: it was never set up, or was set down.`,
    remedy: typed(world, dev.netns, 'ip', `link set dev ${dev.name} up`),
  }
}

/** A device that is up, but there is nobody at the other end. */
export function noCarrier(world: World, dev: Device): Cause {
  const { lower } = dev
  if (lower !== undefined) return isUp(lower) ? noCarrier(world, lower) : linkDown(world, lower)
  const peer = dev.kind === 'veth' ? peerOf(dev) : undefined
  if (peer !== undefined && !isUp(peer)) {
    return {
      ...linkDown(world, peer),
      fault: 'no-carrier',
      words:
        `${place(world, dev)} is up but has no carrier (NO-CARRIER), for the other end of its cable, ` +
        `${place(world, peer)}, is down.`,
    }
  }
  const words =
    dev.kind === 'bridge'
      ? `The bridge ${place(world, dev)} has no carrier, for none of its ports forwards.`
      : `${place(world, dev)} has no carrier.`
  const port = dev.kind === 'bridge' ? bridgeOf(dev).ports.find(each => !isUp(each.dev)) : undefined
  return {
    ...at(world, dev),
    fault: 'no-carrier',
    setting: 'NO-CARRIER',
    words,
    ...(port !== undefined && { remedy: typed(world, port.dev.netns, 'ip', `link set dev ${port.dev.name} up`) }),
  }
}

// -- Bridges --------------------------------------------------------------------------------------

/** A port of a bridge that would not have a frame. */
export function refused(world: World, dev: Device, { why, what, known }: Refusal, life: Life): Cause {
  const words = `The bridge ${place(world, dev.master!)} did not send it out of its port ${dev.name}, for that ${what}.`
  const link = (rest: string): string => typed(world, dev.netns, 'bridge', `link set dev ${dev.name} ${rest}`)
  const base = { ...at(world, dev), words }
  switch (why) {
    case 'state':
      return portState(world, dev, what)
    case 'isolated':
      return { ...base, fault: 'port-isolated', setting: 'isolated on', remedy: link('isolated off') }
    case 'hairpin':
      return { ...base, fault: 'no-hairpin', setting: 'hairpin off', remedy: link('hairpin on') }
    case 'flood': {
      const flag = eth.isGroup(life.frame.bytes, life.frame.at) ? 'bcast_flood' : 'flood'
      return { ...base, fault: 'port-flood', setting: `${flag} off`, remedy: link(`${flag} on`) }
    }
    default:
      return misplaced(world, dev, known, life)
  }
}

/** The forwarding database has the destination on another port, `known`, than on the one that leads there. */
function misplaced(world: World, port: Device, known: Device | undefined, { frame }: Life): Cause {
  const bridge = port.master!
  const address = mac.format(mac.get(frame.bytes, frame.at))
  const dev = known ?? bridge
  return {
    ...at(world, dev),
    fault: 'wrong-fdb-entry',
    setting: `${address} dev ${dev.name}`,
    words:
      `The forwarding database of the bridge ${place(world, bridge)} has the MAC address ${address} on ${dev.name}, ` +
      `but it is behind the port ${port.name}.`,
    remedy: typed(world, dev.netns, 'bridge', `fdb del ${address} dev ${dev.name} master`),
  }
}

/** A port that does not forward. `what`: how it stood when a frame came. */
export function portState(world: World, dev: Device, what: string): Cause {
  if (!isUp(dev)) return { ...linkDown(world, dev), fault: 'port-down' }
  const port = portOf(dev)
  if (!dev.carrier) return { ...noCarrier(world, dev), fault: 'port-down' }
  const bridge = dev.master!
  if (!isUp(bridge)) return linkDown(world, bridge)
  const base = { ...at(world, dev), fault: 'port-state', setting: what.replace(/^is (\w+).*/, 'state $1') }
  const words = `Port ${dev.name} of the bridge ${place(world, bridge)} ${what}, so no frame passes it.`
  if (port?.bridge.stp === true) {
    const isWaiting = /listening|learning/.test(what)
    const seconds = (port.bridge.forwardDelay * 2) / 250
    const wait = ` A new port listens and learns for twice the forward delay, ${seconds} s, before it forwards.`
    return {
      ...base,
      words: isWaiting ? words + wait : words,
      remedy: isWaiting
        ? `sleep ${seconds}`
        : typed(world, dev.netns, 'ip', `link set dev ${bridge.name} type bridge stp_state 0`),
    }
  }
  return { ...base, words, remedy: typed(world, dev.netns, 'bridge', `link set dev ${dev.name} state 3`) }
}
