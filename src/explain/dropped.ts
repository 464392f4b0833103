/** The cause behind the drop of a frame: what Linux's reason for it means in the world as it stands at that moment. */
import { type Device, Iff, isUp, type NetnsId } from '../core/device.ts'
import { Drop, dropName } from '../core/drop.ts'
import { peerOf } from '../device/veth.ts'
import * as eth from '../wire/ethernet.ts'
import type { Ip } from '../wire/ip.ts'
import * as ip4 from '../wire/ip.ts'
import * as ipv4 from '../wire/ipv4.ts'
import type { World } from '../world/world.ts'
import { at, type Cause, linkDown, netnsName, noCarrier, place, portState, refused, setSysctl, typed } from './cause.ts'
import { ipHeader } from './departure.ts'
import { noRoute } from './noroute.ts'
import type { Life, Moment } from './record.ts'
import { decide, routeText } from './routing.ts'
import { type Owner, ownersOf } from './segment.ts'

/** The cause behind the drop of a frame; undefined where the reason alone says nothing (NEIGH_FAILED, OTHERHOST). */
export function dropped(world: World, life: Life, moment: Moment): Cause | undefined {
  const { dev, netns, why } = moment
  const name = netnsName(world, netns)
  const { frame } = life
  const start = ipHeader(dev, frame)
  const dst = start === undefined ? undefined : ipv4.dst(frame.bytes, start)
  const src = start === undefined ? undefined : ipv4.src(frame.bytes, start)
  const peer = dev.kind === 'veth' ? peerOf(dev) : undefined
  switch (why) {
    case Drop.DevReady:
      if (!isUp(dev)) return linkDown(world, dev)
      return peer !== undefined && !isUp(peer) ? linkDown(world, peer) : generic(world, moment)
    case Drop.QdiscDrop:
      return noCarrier(world, dev)
    case Drop.PktTooBig:
      return tooBig(world, life, moment)
    case Drop.BridgeIngressStpState:
      return portState(world, dev, moment.port ?? 'does not forward')
    case Drop.NoTxTarget:
    case Drop.BridgeNoEgressPort: {
      const came = life.moments.findLast(each => each.event === 'in' && each.dev.master === dev)
      const refusal = came?.refusals?.find(each => each.why !== 'fdb')
      if (came === undefined || refusal === undefined) return generic(world, moment)
      return refused(world, refusal.port, refusal, life)
    }
    case Drop.IpInAddrErrors:
      return dst === undefined || world.netns(netns).stack.inet.inDevice(dev)?.conf.forwarding === true
        ? martian(world, moment, src)
        : forwardingOff(world, dev, dst)
    case Drop.IpInNoRoutes:
    case Drop.Blackhole:
      return dst === undefined ? undefined : noRoute(world, netns, { dst, src: src!, iif: dev.ifindex })
    case Drop.IpRpFilter:
      return reversePath(world, dev, src!, dst!)
    case Drop.NoSocket:
      return {
        netns: name,
        fault: 'no-socket',
        words: `It arrived in ${name}, where no program listens on that port.`,
      }
    case Drop.InvalidProto:
      return sysctlFault(
        world,
        netns,
        'icmp_echo_ignore_broadcasts',
        'net.ipv4.icmp_echo_ignore_broadcasts',
        1,
        0,
        `${name} does not answer pings to a broadcast address.`,
      )
    case Drop.HopLimit:
    case Drop.CpuBacklog:
      return {
        ...at(world, dev),
        fault: 'storm',
        setting: 'a loop of bridges',
        words:
          `Frames go round and round at ${place(world, dev)}: the bridges form a loop, and no spanning tree ` +
          `cuts it.`,
        ...(dev.master !== undefined && {
          remedy: typed(world, netns, 'ip', `link set dev ${dev.master.name} type bridge stp_state 1`),
        }),
      }
    case Drop.OtherHost:
    case Drop.NeighFailed:
    case Drop.NeighDead:
    case Drop.TtlExpired:
      return undefined
    default:
      return generic(world, moment)
  }
}

export function generic(world: World, { dev, why }: Moment): Cause {
  const reason = why === undefined ? 'nothing that is known' : dropName(why)
  return {
    ...at(world, dev),
    fault: reason,
    words: `${place(world, dev)} dropped it, with the reason that Linux calls ${reason}.`,
  }
}

export function sysctlFault(
  world: World,
  netns: NetnsId,
  fault: string,
  key: string,
  value: number,
  right: number,
  words: string,
  dev?: Device,
): Cause {
  return {
    netns: netnsName(world, netns),
    ...(dev !== undefined && { device: dev.name }),
    fault,
    setting: `${key} = ${value}`,
    words: `${words} There ${key} is ${value}.`,
    remedy: setSysctl(world, netns, `${key}=${right}`),
  }
}

function forwardingOff(world: World, dev: Device, dst: Ip): Cause {
  const { netns } = dev
  const isAll = world.netns(netns).stack.inet.forwarding
  const key = isAll ? `net.ipv4.conf.${dev.name}.forwarding` : 'net.ipv4.ip_forward'
  const words =
    `${netnsName(world, netns)} got the packet on ${dev.name}, but ${ip4.format(dst)} is not its own ` +
    `address and it does not forward packets of others.`
  return sysctlFault(world, netns, 'forwarding-off', key, 0, 1, words, dev)
}

function martian(world: World, moment: Moment, src: Ip | undefined): Cause {
  const { netns } = moment
  const [own] = src === undefined ? [] : ownersOf(world, src).filter(owner => owner.dev.netns === netns)
  if (own === undefined) return generic(world, moment)
  return duplicate(world, src!, own)
}

/** An address that two machines have; `one` of them is not where it should be, and `misled` has learned of it. */
export function duplicate(world: World, ip: Ip, one: Owner, misled?: Device): Cause {
  const { dev, address } = one
  const places = ownersOf(world, ip).map(owner => place(world, owner.dev))
  const forget =
    misled === undefined
      ? ''
      : ` && ${typed(world, misled.netns, 'ip', `neigh del ${ip4.format(ip)} dev ${misled.name}`)}`
  return {
    ...at(world, dev),
    fault: 'duplicate-address',
    setting: `${ip4.format(ip)}/${address.prefixLength}`,
    words:
      `Two machines have the address ${ip4.format(ip)}: ${places.join(' and ')}. Who wants to answer it ` +
      `finds now the one, now the other; here it was ${place(world, dev)}.`,
    remedy:
      typed(world, dev.netns, 'ip', `address del ${ip4.format(ip)}/${address.prefixLength} dev ${dev.name}`) + forget,
  }
}

function reversePath(world: World, dev: Device, src: Ip, dst: Ip): Cause {
  const { netns } = dev
  const name = netnsName(world, netns)
  const { sysctls } = world.netns(netns)
  const keys = ['all', dev.name].filter(each => sysctls.number(`net/ipv4/conf/${each}/rp_filter`) !== 0)
  const { route, hop } = decide(world, netns, { dst: src, src: dst })
  const out = hop === undefined ? undefined : world.netns(netns).devices.get(hop.ifindex)
  const back =
    route === undefined || out === undefined
      ? `${name} has no route to the sender, ${ip4.format(src)}`
      : `${name} itself would send to ${ip4.format(src)} by another device, ${out.name} (route ` +
        `"${routeText(world, netns, route)}")`
  const setting = keys.map(key => `net.ipv4.conf.${key}.rp_filter`)
  return {
    ...at(world, dev),
    fault: 'rp-filter',
    setting: setting.map(key => `${key} = 1`).join(', '),
    words:
      `${place(world, dev)} threw the packet away on arrival, by its reverse path filter ` +
      `(${setting.join(' and ')}): ${back}, so it takes the sender's address for forged.`,
    remedy: setSysctl(world, netns, ...setting.map(key => `${key}=0`)),
  }
}

function tooBig(world: World, life: Life, moment: Moment): Cause {
  const { dev, netns } = moment
  const { frame } = life
  const peer = dev.kind === 'veth' ? peerOf(dev) : undefined
  const start = ipHeader(dev, frame)
  const length = frame.length - eth.HEADER_BYTES
  const isStacks = life.moments.some(each => each.event === 'stack' && each.dev === dev)
  if (isStacks && start !== undefined) {
    const { hop } = decide(world, netns, {
      dst: ipv4.dst(frame.bytes, start),
      src: ipv4.src(frame.bytes, start),
      iif: dev.ifindex,
    })
    const out = hop === undefined ? undefined : world.netns(netns).devices.get(hop.ifindex)
    const words = `has ${ipv4.totalLength(frame.bytes, start)} octets and may not be cut up (DF), but the way on`
    return mtu(
      world,
      out ?? dev,
      `The packet ${words}, out of ${place(world, out ?? dev)}, takes no more than ${(out ?? dev).mtu}.`,
      length,
    )
  }
  const small = dev.master !== undefined && frame.length > dev.mtu + eth.HEADER_BYTES ? dev : (peer ?? dev)
  const what = small.master === undefined ? 'takes' : 'is a port of a bridge, which tells nobody, and takes'
  return mtu(
    world,
    small,
    `The frame carries ${length} octets, but ${place(world, small)} ${what} no more than ${small.mtu}.`,
    length,
  )
}

export function mtu(world: World, dev: Device, words: string, wanted: number): Cause {
  return {
    ...at(world, dev),
    fault: 'mtu',
    setting: `mtu ${dev.mtu}`,
    words,
    remedy: typed(world, dev.netns, 'ip', `link set dev ${dev.name} mtu ${Math.max(wanted, dev.mtu)}`),
  }
}

/** ARP was switched off at a device. */
export function arpOff(world: World, dev: Device): Cause {
  return {
    ...at(world, dev),
    fault: 'arp-off',
    setting: 'NOARP',
    words:
      `ARP is off at ${place(world, dev)} (the flag NOARP): it neither asks for the MAC addresses of others ` +
      `nor tells its own.`,
    remedy: typed(world, dev.netns, 'ip', `link set dev ${dev.name} arp on`),
  }
}

export const hasNoArp = (dev: Device): boolean => (dev.flags & Iff.NoArp) !== 0
