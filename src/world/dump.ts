/** RTM_GETLINK: one LinkInfo for a device, as rtnl_fill_ifinfo (Linux net/core/rtnetlink.c) fills the message. */
import type { LinkInfo } from '../control/info.ts'
import { type Device, isUp, OperState } from '../core/device.ts'
import { bridgeInfo, portInfo } from '../device/bridge.ts'
import { macvlanInfo } from '../device/macvlan.ts'
import { isMacvlan } from '../device/macvlanport.ts'
import { tunInfo } from '../device/tun.ts'
import { type Engine, flagsOf } from './engine.ts'
import type { Netns } from './netns.ts'

export function linkInfo(engine: Engine, dev: Device): LinkInfo {
  const netns = engine.netnsOf(dev)
  const record = engine.record(dev)
  const kind = engine.kindOf(dev)
  const linked = kind.linkedTo?.(dev)
  const elsewhere = linked !== undefined && linked.netns !== dev.netns
  return {
    ifindex: dev.ifindex,
    name: dev.name,
    kind: dev.kind,
    hardwareType: dev.hardwareType,
    mac: dev.mac,
    broadcast: record.broadcast,
    mtu: dev.mtu,
    mtuMin: kind.defaults.mtuMin,
    mtuMax: engine.mtuMaxOf(dev),
    txQueueLength: record.txQueueLength,
    flags: flagsOf(dev),
    operState: isUp(dev) ? dev.operState : OperState.Down,
    carrier: dev.carrier,
    carrierUpCount: dev.carrierUpCount,
    carrierDownCount: dev.carrierDownCount,
    qdisc: dev.qdisc,
    group: record.group,
    promiscuity: dev.promiscuity >>> 0,
    tsoMaxSize: dev.tsoMaxSize,
    allMultiCount: dev.allMulticast >>> 0,
    master: dev.master?.ifindex ?? 0,
    // veth_get_iflink: 0 until there is another end, and once it is gone.
    iflink: linked?.ifindex ?? (dev.kind === 'veth' ? 0 : dev.iflink),
    ...(elsewhere ? { linkNetnsId: netns.peerId(linked.netns), linkNetns: linked.netns } : {}),
    alias: record.alias,
    altNames: record.altNames,
    macOrigin: record.macOrigin,
    stats: {
      rxPackets: dev.rxPackets,
      rxBytes: dev.rxBytes,
      rxErrors: dev.rxErrors,
      rxDropped: dev.rxDropped,
      multicast: dev.multicast,
      txPackets: dev.txPackets,
      txBytes: dev.txBytes,
      txErrors: dev.txErrors,
      txDropped: dev.txDropped,
    },
    ...(dev.kind === 'bridge' ? { bridge: bridgeInfo(dev, engine.now) } : {}),
    ...(dev.master?.kind === 'bridge' ? { port: portInfo(dev, engine.now) } : {}),
    ...(isMacvlan(dev) ? { macvlan: macvlanInfo(dev) } : {}),
    ...(dev.kind === 'tun' ? { tun: tunInfo(dev) } : {}),
    ip6: ip6Info(netns, dev),
  }
}

/** inet6_fill_link_af: a link whose MTU is too small for IPv6 says nothing of it. */
function ip6Info(netns: Netns, dev: Device): LinkInfo['ip6'] {
  const mode = netns.sysctls.text(`net/ipv6/conf/${dev.name}/addr_gen_mode`)
  return { addrGenMode: mode.ok && mode.value === '1' ? 'none' : 'eui64', enabled: mode.ok }
}
