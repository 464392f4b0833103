/**
 * Where a frame got lost between a machine and the next one: on the wires and bridges in between, or before it, because
 * nobody told the MAC address of the next one.
 */
import { MacvlanMode } from '../control/records.ts'
import { Nud, RouteProtocol } from '../control/request.ts'
import { type Device, isUp, PacketType } from '../core/device.ts'
import { Drop } from '../core/drop.ts'
import { portOf } from '../device/bridgestate.ts'
import { childOf, isMacvlan } from '../device/macvlanport.ts'
import { peerOf } from '../device/veth.ts'
import * as arp from '../wire/arp.ts'
import * as eth from '../wire/ethernet.ts'
import type { Ip } from '../wire/ip.ts'
import * as ip4 from '../wire/ip.ts'
import * as mac48 from '../wire/mac.ts'
import type { World } from '../world/world.ts'
import { type Cause, linkDown, netnsName, place, portState, refused, setSysctl, typed } from './cause.ts'
import type { Departure } from './departure.ts'
import { nudName } from './departure.ts'
import { arpOff, dropped, duplicate, generic, hasNoArp } from './dropped.ts'
import { gatewayFor, mask, network } from './noroute.ts'
import type { Life, Recorder, Run } from './record.ts'
import { routeText } from './routing.ts'
import { allAddresses, type Owner, ownersOf, path } from './segment.ts'

/** What a leg is about: a frame that `dev` sent to the neighbour `to`. */
export interface Leg {
  readonly recorder: Recorder
  readonly run: Run
  readonly dev: Device
  readonly to: Ip
  /** Where the packet goes in the end. */
  readonly dst: Ip
  readonly departure: Departure | undefined
}

/** Why a packet did not get to its next machine. */
export function lost(leg: Leg, life: Life): Cause {
  const { core } = leg.recorder
  const end = life.moments.find(({ event, why }) => event === 'drop' && why !== Drop.OtherHost)
  const isOut = life.moments.some(({ event }) => event === 'out')
  if (end?.why === Drop.NeighFailed || end?.why === Drop.NeighDead || (!isOut && end === undefined))
    return unresolved(leg)
  if (!isOut && end !== undefined) return dropped(core, life, end) ?? generic(core, end)
  const to = ip4.isMulticast(leg.to) ? undefined : target(leg)
  const { bytes, at } = life.frame
  if (eth.isGroup(bytes, at) || (to !== undefined && to.dev.mac === mac48.get(bytes, at))) {
    return obstacle(core, life, to === undefined ? undefined : path(leg.dev, to.dev)) ?? nowhere(leg, life)
  }
  return wrongMac(leg, mac48.get(bytes, at)) ?? obstacle(core, life, undefined) ?? nowhere(leg, life)
}

function nowhere({ recorder: { core }, dev, to }: Leg, life: Life): Cause {
  const last = life.moments.at(-1)
  if (last !== undefined && (last.dev.kind === 'tun' || last.dev.kind === 'macvtap')) {
    const words = `The program behind ${last.device} has got it, and what that made of it is the program's matter.`
    return { netns: netnsName(core, last.netns), device: last.dev.name, fault: 'program', words }
  }
  return {
    netns: netnsName(core, dev.netns),
    device: dev.name,
    fault: 'lost',
    words:
      `It left ${place(core, dev)} for ${ip4.format(to)} and was last seen at ` +
      `${last?.device ?? place(core, dev)}.`,
  }
}

/** The machine that has the address and can be reached from here, and its device on this side. */
function target({ recorder: { core }, dev, to }: Leg): Owner | undefined {
  for (const owner of ownersOf(core, to)) {
    if (owner.dev.netns === dev.netns) continue
    if (path(dev, owner.dev) !== undefined) return owner
    // An address is its machine's, whichever device it stands on.
    for (const each of core.netns(owner.dev.netns).devices.values()) {
      if (path(dev, each) !== undefined) return { ...owner, dev: each }
    }
  }
  return undefined
}

// -- The neighbour's MAC address ------------------------------------------------------------------

/** The frame has a MAC address that the next machine does not have. */
export function wrongMac(leg: Leg, mac: mac48.Mac): Cause | undefined {
  const { recorder, dev, to, departure } = leg
  const { core } = recorder
  if (hasNoArp(dev)) return arpOff(core, dev)
  const own = target(leg)
  const state = departure?.neighbour?.state ?? Nud.None
  const holder = core.engine.devices.find(each => each.mac === mac && !each.dead)
  const holds = holder === undefined ? 'which nobody has' : `which is that of ${place(core, holder)}`
  const entry = `${ip4.format(to)} lladdr ${mac48.format(mac)}`
  const base = { netns: netnsName(core, dev.netns), device: dev.name, setting: `${entry} ${nudName(state)}` }
  if (own === undefined && ownersOf(core, to).length === 0) return undefined
  const right =
    own === undefined ? '' : `; ${ip4.format(to)} is ${place(core, own.dev)} with ${mac48.format(own.dev.mac)}`
  const isByHand = (state & Nud.Permanent) !== 0
  const words =
    `The neighbour table of ${netnsName(core, dev.netns)} ` +
    `${isByHand ? 'was told by hand' : 'believes'} that ${ip4.format(to)} has the MAC address ` +
    `${mac48.format(mac)} on ${dev.name}, ${holds}${right}.`
  return {
    ...base,
    fault: isByHand ? 'wrong-neighbour' : 'stale-neighbour',
    words: isByHand ? `${words} An entry that is PERMANENT is never asked about.` : words,
    remedy: typed(core, dev.netns, 'ip', `neigh del ${ip4.format(to)} dev ${dev.name}`),
  }
}

/** The neighbour's address could not be found out. */
function unresolved(leg: Leg): Cause {
  const { recorder, run, dev, to } = leg
  const { core } = recorder
  const own = target(leg)
  const asked = recorder.lives.filter(life => isRequest(life, dev, to) && (life.moments[0]?.at ?? 0) <= run.end)
  const request = asked.find(life => life.moments[0]!.at >= run.begin) ?? asked.at(-1)
  const atDev = request?.moments.find(
    ({ event, dev: here }) => event === 'drop' && (here === dev || here === dev.lower),
  )
  if (atDev !== undefined) return dropped(core, request!, atDev) ?? generic(core, atDev)
  if (dev.master?.kind === 'bridge') return onPort(core, dev)
  const kin = relatives(leg)
  if (kin !== undefined) return kin
  if (own === undefined) return absent(leg)
  if (hasNoArp(dev)) return arpOff(core, dev)
  if (request === undefined) {
    return {
      netns: netnsName(core, dev.netns),
      device: dev.name,
      fault: 'not-asked',
      words: `${netnsName(core, dev.netns)} never asked who has ${ip4.format(to)} on ${dev.name}.`,
    }
  }
  const heard = request.moments.some(({ event, dev: here }) => event === 'stack' && here === own.dev)
  if (!heard) return asking(leg, obstacle(core, request, path(dev, own.dev)) ?? nowhere(leg, request))
  const reply = request.children.find(({ frame: { bytes, at } }) => isArp(bytes, at, arp.Op.Reply))
  if (reply === undefined) return silent(leg, own)
  const cause = obstacle(core, reply, path(own.dev, dev)) ?? nowhere({ ...leg, dev: own.dev }, reply)
  return {
    ...cause,
    words: `${place(core, own.dev)} heard the ARP request and answered, but the answer got lost. ${cause.words}`,
  }
}

/** A port of a bridge that was given an address as if it were a device of its own. */
function onPort(core: World, dev: Device): Cause {
  const { name } = dev.master!
  const own = [...allAddresses(core)].find(each => each.dev === dev)
  const address = own === undefined ? 'ADDRESS' : `${ip4.format(own.address.local)}/${own.address.prefixLength}`
  const ip = (rest: string): string => typed(core, dev.netns, 'ip', `address ${rest}`)
  return {
    netns: netnsName(core, dev.netns),
    device: dev.name,
    fault: 'address-on-port',
    setting: address,
    words:
      `${place(core, dev)} is a port of the bridge ${name}, which takes all that arrives there, answers to ARP ` +
      `among it; ` +
      `an address on a port hears nothing, and belongs on the bridge.`,
    remedy: `${ip(`del ${address} dev ${dev.name}`)} && ${ip(`add ${address} dev ${name}`)}`,
  }
}

function asking({ recorder: { core }, dev, to }: Leg, cause: Cause): Cause {
  const asks =
    `${netnsName(core, dev.netns)} asked on ${dev.name} who has ${ip4.format(to)} (ARP), and the ` +
    `question got lost.`
  return { ...cause, words: `${asks} ${cause.words}` }
}

const isArp = (bytes: Uint8Array, at: number, op: number): boolean =>
  eth.type(bytes, at) === eth.EtherType.Arp && arp.op(bytes, at + eth.HEADER_BYTES) === op

function isRequest({ frame, moments }: Life, dev: Device, to: Ip): boolean {
  const { bytes, at } = frame
  return moments[0]?.dev === dev && isArp(bytes, at, arp.Op.Request) && arp.tpa(bytes, at + eth.HEADER_BYTES) === to
}

/** A macvlan, and the device it stands on or another macvlan on that: they talk only as their modes say. */
function relatives({ recorder: { core }, dev, to }: Leg): Cause | undefined {
  for (const owner of ownersOf(core, to)) {
    const child =
      isMacvlan(dev) && dev.lower === owner.dev
        ? dev
        : owner.dev.lower === dev && isMacvlan(owner.dev)
          ? owner.dev
          : undefined
    if (child !== undefined) {
      return {
        netns: netnsName(core, child.netns),
        device: child.name,
        fault: 'macvlan-parent',
        setting: `macvlan on ${child.lower!.name}`,
        words:
          `${place(core, child)} is a macvlan on ${place(core, child.lower!)}, and a macvlan and the device ` +
          `below it never hear each other: what either sends goes straight to the wire. Give the machine below a ` +
          `macvlan of its own, in mode bridge, and put its address there.`,
        remedy: typed(
          core,
          child.lower!.netns,
          'ip',
          `link add link ${child.lower!.name} name mv0 type macvlan mode bridge`,
        ),
      }
    }
    if (isMacvlan(dev) && isMacvlan(owner.dev) && dev.lower === owner.dev.lower) return siblings(core, dev, owner.dev)
  }
  return undefined
}

function siblings(core: World, a: Device, b: Device): Cause | undefined {
  const both = [a, b]
  const modes = both.map(each => childOf(each).mode)
  if (modes.every(mode => mode === MacvlanMode.Bridge)) return undefined
  const name = (mode: number): string =>
    Object.entries(MacvlanMode)
      .find(([, bit]) => bit === mode)![0]
      .toLowerCase()
  const odd =
    both.find(each => childOf(each).mode === MacvlanMode.Private) ??
    both.find(each => childOf(each).mode !== MacvlanMode.Bridge)!
  const mode = name(childOf(odd).mode)
  const remedy = both
    .filter(each => childOf(each).mode !== MacvlanMode.Bridge)
    .map(each => typed(core, each.netns, 'ip', `link set dev ${each.name} type macvlan mode bridge`))
    .join(' && ')
  const base = { netns: netnsName(core, odd.netns), device: odd.name, setting: `macvlan mode ${mode}` }
  const are =
    `${place(core, a)} (mode ${name(modes[0]!)}) and ${place(core, b)} (mode ${name(modes[1]!)}) are ` +
    `macvlans on ${place(core, a.lower!)}.`
  if (mode !== 'vepa') {
    return {
      ...base,
      fault: `macvlan-${mode}`,
      words:
        `${are} In mode private a macvlan talks to no other macvlan on its device, not even by a detour ` +
        `over the switch.`,
      remedy,
    }
  }
  const port = a.lower!.kind === 'veth' ? peerOf(a.lower!) : undefined
  const hairpin =
    port?.master?.kind === 'bridge'
      ? typed(core, port.netns, 'bridge', `link set dev ${port.name} hairpin on`)
      : undefined
  const reflects = port === undefined ? 'the switch' : place(core, port)
  return {
    ...base,
    ...(hairpin !== undefined && { netns: netnsName(core, port!.netns), device: port!.name, setting: 'hairpin off' }),
    fault: 'vepa-without-hairpin',
    words:
      `${are} In mode vepa everything goes out to the switch, which has to send it back by the port it came ` +
      `from, and ${reflects} does not: hairpin is off there.`,
    remedy: hairpin ?? remedy,
  }
}

/** Nobody on this wire has the address. */
function absent(leg: Leg): Cause {
  const { recorder, dev, to, departure } = leg
  const { core } = recorder
  const name = netnsName(core, dev.netns)
  const route = departure?.route
  const text = route === undefined ? undefined : routeText(core, dev.netns, route)
  const owners = ownersOf(core, to).filter(owner => owner.dev.netns !== dev.netns)
  const isElsewhere = owners.length > 0
  const where = isElsewhere
    ? `${ip4.format(to)} is on ${owners.map(owner => place(core, owner.dev)).join(', ')}, which is not on that wire`
    : `no machine has the address ${ip4.format(to)}`
  if (departure?.hop?.isGateway === true) {
    const right = gatewayFor(core, dev.netns, leg.dst)
    const prefix = text!.split(' via ')[0]!
    return {
      netns: name,
      device: dev.name,
      fault: 'wrong-gateway',
      setting: text!,
      words:
        `${name} sends this to the gateway ${ip4.format(to)} (route "${text}"), but nobody on ${dev.name} ` +
        `answers for that: ${where}.`,
      ...(right !== undefined && {
        remedy: typed(core, dev.netns, 'ip', `route replace ${prefix} via ${ip4.format(right)}`),
      }),
    }
  }
  const bound = departure?.route === undefined || departure.text.startsWith('no route')
  if (bound) {
    return {
      netns: name,
      device: dev.name,
      fault: 'bound-to-device',
      setting: `no route by ${dev.name}`,
      words:
        `The command was bound to ${dev.name}, by which ${name} has no route to ${ip4.format(to)}, so it ` +
        `asked there for it by ARP; but ${where}.`,
    }
  }
  if (!isElsewhere) {
    return {
      netns: name,
      device: dev.name,
      fault: 'no-such-address',
      setting: ip4.format(to),
      words: `${name} asked on ${dev.name} who has ${ip4.format(to)} (ARP), and nobody answered, for ${where}.`,
    }
  }
  const own = [...allAddresses(core)].find(
    each => each.dev === dev && ip4.contains(each.address.address, each.address.prefixLength, to),
  )
  const lengths = [...allAddresses(core)]
    .filter(
      each =>
        each.dev !== dev &&
        own !== undefined &&
        ip4.contains(each.address.address, each.address.prefixLength, own.address.local) &&
        path(dev, each.dev) !== undefined,
    )
    .map(each => each.address.prefixLength)
  const length = [...lengths, ...owners.map(owner => owner.address.prefixLength)].find(
    each => own !== undefined && !ip4.contains(network(own.address.local, each), each, to),
  )
  if (own !== undefined && length !== undefined && route?.protocol === RouteProtocol.Kernel) {
    const elsewhere = owners.map(owner => place(core, owner.dev)).join(', ')
    const why = `${ip4.format(to)} for a neighbour on that wire, which it is not (it is on ${elsewhere})`
    return mask(core, own, length, why)
  }
  if (route?.protocol === RouteProtocol.Kernel) {
    const words =
      `${name} asked on ${dev.name} who has ${ip4.format(to)} (ARP), and nobody answered: ${where}. ` +
      'No cables and bridges lead from the one to the other.'
    return { netns: name, device: dev.name, fault: 'not-connected', setting: ip4.format(to), words }
  }
  return {
    netns: name,
    device: dev.name,
    fault: 'wrong-route',
    setting: text!,
    words: `By its route "${text}" ${name} takes ${ip4.format(to)} for a neighbour on ${dev.name}; but ${where}.`,
    remedy: typed(core, dev.netns, 'ip', `route del ${text}`),
  }
}

/** A machine heard the ARP request for its address and said nothing. */
function silent({ recorder: { core }, dev, to, run }: Leg, own: Owner): Cause {
  const machine = netnsName(core, own.dev.netns)
  const { inet } = core.netns(own.dev.netns).stack
  const inDevice = inet.inDevice(own.dev)
  const base = { netns: machine, device: own.dev.name }
  const heard = `${place(core, own.dev)} heard the ARP request for ${ip4.format(to)} and did not answer`
  if (hasNoArp(own.dev)) return arpOff(core, own.dev)
  const keys = (['arp_ignore', 'arp_filter'] as const).flatMap(key =>
    ['all', own.dev.name]
      .map(each => ({ path: `net/ipv4/conf/${each}/${key}`, name: `net.ipv4.conf.${each}.${key}` }))
      .map(each => ({ ...each, value: core.netns(own.dev.netns).sysctls.number(each.path) }))
      .filter(each => each.value !== 0),
  )
  const asker = [...allAddresses(core)].find(each => each.dev === dev && inet.hasAddress(each.address.local))
  if (asker !== undefined) {
    const mine = ownersOf(core, asker.address.local).find(each => each.dev.netns === own.dev.netns)!
    return duplicate(core, asker.address.local, run.netns === mine.dev.netns ? asker : mine)
  }
  if (keys.length > 0) {
    return {
      ...base,
      fault: 'arp-ignore',
      setting: keys.map(key => `${key.name} = ${key.value}`).join(', '),
      words: `${heard}, because of ${keys.map(key => `${key.name} = ${key.value}`).join(' and ')}.`,
      remedy: setSysctl(core, own.dev.netns, ...keys.map(key => `${key.name}=0`)),
    }
  }
  const filter = inDevice?.conf.reversePathFilter ?? 0
  if (filter !== 0) {
    return {
      ...base,
      fault: 'rp-filter',
      setting: `net.ipv4.conf.${own.dev.name}.rp_filter = ${filter}`,
      words:
        `${heard}: by its reverse path filter (rp_filter) it takes the asker's address for forged, since ` +
        `its own way to that is another.`,
      remedy: setSysctl(
        core,
        own.dev.netns,
        'net.ipv4.conf.all.rp_filter=0',
        `net.ipv4.conf.${own.dev.name}.rp_filter=0`,
      ),
    }
  }
  return { ...base, fault: 'arp-silence', words: `${heard}.` }
}

// -- Wires and bridges ----------------------------------------------------------------------------

/** What stopped a frame on its way along these devices; without a way, the first drop that says something. */
export function obstacle(core: World, life: Life, way: readonly Device[] | undefined): Cause | undefined {
  const { moments } = life
  const drops = moments.filter(({ event, why }) => event === 'drop' && why !== Drop.OtherHost)
  if (way !== undefined) {
    const i = way.findIndex(
      dev => !moments.some(each => (each.event === 'in' || each.event === 'out') && each.dev === dev),
    )
    if (i > 0) {
      const [before, next] = [way[i - 1]!, way[i]!]
      const came = moments.findLast(each => each.event === 'in' && each.dev.master === (next.master ?? next))
      const refusal = came?.refusals?.find(({ port }) => port === next)
      if (refusal?.why === 'fdb') return refused(core, next, refusal, life)
      const end = drops.find(({ dev }) => dev === before || dev === next || dev === next.master)
      const cause = end === undefined ? undefined : dropped(core, life, end)
      if (cause !== undefined) return cause
      if (refusal !== undefined) return refused(core, next, refusal, life)
      if (!isUp(next)) return linkDown(core, next)
      if (isMacvlan(next) && next.lower === before) return deafMacvlan(core, next, life)
      if (next.master?.kind === 'bridge' && portOf(next) !== undefined && portOf(next)!.state !== 3)
        return portState(core, next, 'does not forward')
    }
  }
  for (const end of drops) {
    const cause = dropped(core, life, end)
    if (cause !== undefined) return cause
  }
  return undefined
}

/** A macvlan that the device below it did not hand a frame to. */
function deafMacvlan(core: World, dev: Device, { frame: { bytes, at } }: Life): Cause | undefined {
  if (childOf(dev).mode !== MacvlanMode.Source) return undefined
  const sender = mac48.format(mac48.get(bytes, at + 6))
  return {
    netns: netnsName(core, dev.netns),
    device: dev.name,
    fault: 'macvlan-source',
    setting: 'macvlan mode source',
    words:
      `${place(core, dev)} is a macvlan in mode source: it hears only the MAC addresses that it was told of, and ` +
      `${sender} is none of them.`,
    remedy: typed(core, dev.netns, 'ip', `link set dev ${dev.name} type macvlan macaddr add ${sender}`),
  }
}

/** For whom a frame was that arrived at a stack: not somebody else's. */
export const isTaken = (type: number | undefined): boolean => type !== undefined && type !== PacketType.OtherHost
