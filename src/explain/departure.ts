/** How a machine's own stack sends a frame: by which route, to which neighbour, known how. Read at that very moment. */
import { Nud, RouteType } from '../control/request.ts'
import { type Device, HardwareType } from '../core/device.ts'
import type { Frame } from '../core/frame.ts'
import { LOOPBACK_IFINDEX } from '../stack/rules.ts'
import * as eth from '../wire/ethernet.ts'
import type { Ip } from '../wire/ip.ts'
import * as ip4 from '../wire/ip.ts'
import * as ipv4 from '../wire/ipv4.ts'
import type { Mac } from '../wire/mac.ts'
import * as mac48 from '../wire/mac.ts'
import type { World } from '../world/world.ts'
import { type Decision, decide, routeText, ruleText } from './routing.ts'

export interface Departure extends Decision {
  /** Whom the frame is for, on this wire. */
  readonly to: Ip
  /** What the neighbour table says of him; undefined: nothing. */
  readonly neighbour: { readonly mac: Mac; readonly state: number } | undefined
  /** The decision in words. */
  readonly text: string
}

/** Undefined for what is no IPv4. `iif`: where a packet that is forwarded came in. */
export function departure(world: World, dev: Device, frame: Frame, iif = LOOPBACK_IFINDEX): Departure | undefined {
  const at = ipHeader(dev, frame)
  if (at === undefined) return undefined
  const { bytes } = frame
  const dst = ipv4.dst(bytes, at)
  const src = ipv4.src(bytes, at)
  const asked = decide(world, dev.netns, { dst, src, iif })
  // A socket that is bound to a device leaves by it, whatever the tables say.
  const found =
    asked.hop?.ifindex === dev.ifindex ? asked : decide(world, dev.netns, { dst, src, iif, oif: dev.ifindex })
  const to = found.hop?.address ?? dst
  const entry = world.netns(dev.netns).stack.inet.inDevice(dev)?.neighbours.entries.get(to)
  const neighbour = entry === undefined ? undefined : { mac: entry.mac, state: entry.state }
  return { ...found, to, neighbour, text: textOf(world, dev, found, to, neighbour) }
}

function textOf(world: World, dev: Device, { route, rule }: Decision, to: Ip, known: Departure['neighbour']): string {
  const isOwn = rule === undefined || [0, 0x7ffe, 0x7fff].includes(rule.priority)
  const way =
    route === undefined ? `no route: straight out of ${dev.name}` : `route ${routeText(world, dev.netns, route)}`
  const by = isOwn ? '' : ` (rule ${ruleText(rule)})`
  if (known === undefined || dev.hardwareType !== HardwareType.Ether) return `${way}${by}`
  return `${way}${by}; neighbour ${ip4.format(to)} lladdr ${mac48.format(known.mac)} ${nudName(known.state)}`
}

/** What a machine does with a packet that has come to it, and by which route; undefined for what is no IPv4. */
export function arrival(world: World, dev: Device, frame: Frame): string | undefined {
  const at = ipHeader(dev, frame)
  if (at === undefined) return undefined
  const { bytes } = frame
  const { netns } = dev
  const { route, rule, error } = decide(world, netns, {
    dst: ipv4.dst(bytes, at),
    src: ipv4.src(bytes, at),
    iif: dev.ifindex,
  })
  if (route === undefined) return rule === undefined ? 'no route on' : `rule ${ruleText(rule)}: ${error}`
  const text = routeText(world, netns, route)
  if (route.type === RouteType.Local || route.type === RouteType.Broadcast) return `for this machine (route ${text})`
  if (world.netns(netns).stack.inet.inDevice(dev)?.conf.forwarding !== true)
    return 'not for this machine, which does not forward'
  return `for others: route ${text}`
}

/** As `ip neigh` prints it. */
export const nudName = (state: number): string =>
  Object.entries(Nud)
    .find(([, bit]) => bit === state)?.[0]
    .toUpperCase() ?? 'NONE'

/** Where the IPv4 header of a frame begins; undefined when it carries no IPv4. */
export function ipHeader(dev: Device | undefined, frame: Frame): number | undefined {
  const { bytes, at, length } = frame
  const start = dev?.hardwareType === HardwareType.None ? at : at + eth.HEADER_BYTES
  const isOther = start !== at && (length < eth.HEADER_BYTES || eth.type(bytes, at) !== eth.EtherType.Ipv4)
  if (isOther && !hasNoHeader(frame)) return undefined
  return ipv4.check(bytes, start, at + length - start) === ipv4.Check.Ok ? start : undefined
}

/** A packet that still waits for its neighbour has room for an Ethernet header, and none. */
export const hasNoHeader = ({ bytes, at, length }: Frame): boolean =>
  length >= eth.HEADER_BYTES && eth.type(bytes, at) === 0 && bytes[at + eth.HEADER_BYTES]! >>> 4 === 4
