/**
 * macvlan: several Ethernet addresses on one lower device, in the modes private, vepa, bridge, passthru and source.
 *
 * This file is its table of operations: birth and death, settings, what follows the lower device, what dumps show. The
 * way of a frame is in macvlanpath.ts, what is remembered in macvlanport.ts. Follows Linux drivers/net/macvlan.c. Left
 * out: unicast filters of passthru children (`bridge fdb add ... self`), protodown, features of hardware.
 */
import type { MacvlanInfo } from '../control/info.ts'
import { MacvlanFlag, MacvlanMode } from '../control/records.ts'
import type { LinkChanges, MacvlanSources } from '../control/request.ts'
import { type Device, HardwareType, Iff } from '../core/device.ts'
import { type Answer, DONE, done, fail } from '../core/errno.ts'
import { unsyncGroups } from '../core/groups.ts'
import { isValidEther } from '../wire/mac.ts'
import type { Control, Kind, SlaveEvent } from './kind.ts'
import { fromLower, outcome, schedule, workOff, xmit } from './macvlanpath.ts'
import { Child, childOf, isMacvlan, Port, portOf, QUEUE_LENGTH } from './macvlanport.ts'

const MTU_MIN = 68
const MTU_MAX = 65535
const FLAGS = MacvlanFlag.NoPromisc | MacvlanFlag.NoDst

type Options = NonNullable<LinkChanges['macvlan']>

export const macvlan: Kind = {
  name: 'macvlan',
  defaults: {
    hardwareType: HardwareType.Ether,
    flags: Iff.Broadcast | Iff.Multicast,
    mtu: 1500,
    mtuMin: MTU_MIN,
    mtuMax: MTU_MAX,
    txQueueLength: 1000,
    qdisc: 'noqueue',
    namePattern: 'macvlan%d',
    liveAddressChange: true,
    randomMac: true,
    unicastFilter: true,
  },

  validate(link) {
    if (link.mac !== undefined && !isValidEther(link.mac)) return fail('EADDRNOTAVAIL')
    return validOptions(link.macvlan ?? {})
  },

  /** The checks of macvlan_common_newlink. On another macvlan it stands on what that one stands on. */
  prepare(link, linked) {
    if (link.lower === undefined) return fail('EINVAL')
    if (linked === undefined) return fail('ENODEV')
    const lower = isMacvlan(linked) ? linked.lower! : linked
    if (link.mtu !== undefined && link.mtu > lower.mtu) return fail('EINVAL')
    const port = portOf(lower)
    if (port === undefined) {
      if (lower.hardwareType !== HardwareType.Ether || (lower.flags & Iff.Loopback) !== 0) return fail('EINVAL')
      if (lower.rxHandler !== undefined) return fail('EBUSY')
    } else if (port.passthru) return fail('EINVAL')
    const { mode, sources } = link.macvlan ?? {}
    if (sources !== undefined && (mode !== MacvlanMode.Source || lacksAddress(sources))) return fail('EINVAL')
    const passthru = mode === MacvlanMode.Passthru
    if (passthru && port !== undefined) return fail('EINVAL')
    return done({ link: { ...link, mtu: link.mtu ?? lower.mtu, ...(passthru && { mac: lower.mac }) }, lower })
  },

  created(dev, link, control, lower) {
    const options = link.macvlan ?? {}
    const port = portOf(lower!) ?? createPort(lower!)
    const { mode = MacvlanMode.Vepa, flags = 0, broadcastQueueLength = QUEUE_LENGTH } = options
    const child = new Child(dev, port, mode, flags, broadcastQueueLength)
    dev.tsoMaxSize = lower!.tsoMaxSize // That of a bridge changes with its first port, and stays here.
    dev.state = child
    dev.lower = lower
    dev.iflink = lower!.ifindex
    lower!.uppers = [...lower!.uppers, dev]
    port.passthru = mode === MacvlanMode.Passthru
    if (options.sources !== undefined) changeSources(child, options.sources)
    port.cutoff = options.broadcastCutoff ?? port.cutoff
    port.children.push(child)
    port.updateQueueLength()
    control.tellLink(lower!) // NETDEV_CHANGEUPPER
    dev.carrier = lower!.carrier
    control.fireLinkwatch(dev)
    return DONE
  },

  change(dev, changes, control) {
    if (changes.macvlan === undefined) return fail('EOPNOTSUPP')
    const valid = validOptions(changes.macvlan)
    return valid.ok ? changeOptions(childOf(dev), changes.macvlan, control) : valid
  },

  removed(dev, control) {
    const child = childOf(dev)
    const { port } = child
    leave(child, control)
    port.flushSources(child)
    port.children.splice(port.children.indexOf(child), 1)
    port.lower.uppers = port.lower.uppers.filter(upper => upper !== dev)
    port.updateQueueLength()
    if (port.children.length === 0) destroyPort(port, control)
    else if (port.server === child) schedule(port, control)
    return []
  },

  opened(dev, control) {
    const child = childOf(dev)
    const { port } = child
    const { lower } = port
    if (port.passthru) {
      if (!child.has(MacvlanFlag.NoPromisc)) control.addPromiscuity(lower, 1)
    } else {
      if (port.isBusy(dev.mac)) return fail('EADDRINUSE')
      control.addUnicast(lower, dev.mac)
      if (dev.allMulticast !== 0) control.addAllMulticast(lower, 1)
      if (dev.promiscuity !== 0) control.addPromiscuity(lower, 1)
    }
    port.hash(child)
    return DONE
  },

  stopped(dev, control) {
    leave(childOf(dev), control)
  },

  setMac(dev, mac, control) {
    const { port, mode } = childOf(dev)
    if (mac === dev.mac) {
      control.tellMac(dev)
      return DONE
    }
    // The lower device's own notice brings it here again.
    if (mode === MacvlanMode.Passthru) {
      port.changesMac = true
      const answer = control.changeMac(port.lower, mac)
      if (answer.ok) control.tellMac(dev)
      return answer
    }
    if (port.isBusy(mac)) return fail('EADDRINUSE')
    control.setMac(dev, mac)
    return DONE
  },

  /** macvlan_sync_address */
  macChanged(dev, control) {
    const child = childOf(dev)
    const { port, hashed } = child
    if (hashed === undefined) return
    if (!port.passthru) {
      control.addUnicast(port.lower, dev.mac)
      control.removeUnicast(port.lower, hashed)
    }
    port.unhash(child)
    port.hash(child)
  },

  linkedTo: dev => dev.lower,

  mayChangeMtu: (dev, mtu) => (mtu > dev.lower!.mtu ? fail('EINVAL') : DONE),

  rxFlagsChanged(dev, flag, control) {
    const { port, hashed } = childOf(dev)
    if (hashed === undefined) return
    if (flag === Iff.AllMulti) control.addAllMulticast(port.lower, dev.allMulticast !== 0 ? 1 : -1)
    else if (!port.passthru) control.addPromiscuity(port.lower, dev.promiscuity !== 0 ? 1 : -1)
  },

  lowerChanged,
  outcome,
  xmit,

  timer(_dev, _code, ref, control) {
    workOff(ref as Port, control)
  },
}

/** macvlan_port_create */
function createPort(lower: Device): Port {
  const port = new Port(lower)
  lower.port = port
  lower.rxHandler = fromLower
  return port
}

/** macvlan_port_destroy */
function destroyPort({ lower, passthru, ownMac }: Port, control: Control): void {
  lower.port = undefined
  lower.rxHandler = undefined
  if (passthru && lower.mac !== ownMac) control.changeMac(lower, ownMac)
}

/** macvlan_stop */
function leave(child: Child, control: Control): void {
  const { port, dev, hashed } = child
  const { lower } = port
  if (hashed === undefined) return
  unsyncGroups(dev, lower)
  port.unhash(child)
  if (port.passthru) {
    if (!child.has(MacvlanFlag.NoPromisc)) control.addPromiscuity(lower, -1)
    return
  }
  if (dev.allMulticast !== 0) control.addAllMulticast(lower, -1)
  if (dev.promiscuity !== 0) control.addPromiscuity(lower, -1)
  control.removeUnicast(lower, hashed)
}

/** macvlan_device_event, for one child. */
function lowerChanged(dev: Device, event: SlaveEvent, control: Control): void {
  const lower = dev.lower!
  switch (event) {
    case 'up':
    case 'down':
    case 'change':
      return control.setCarrier(dev, lower.carrier)
    case 'changemtu':
      if (dev.mtu > lower.mtu) control.setMtu(dev, lower.mtu)
      return
    case 'changeaddr':
      if (childOf(dev).port.passthru) followMac(dev, childOf(dev).port, control)
  }
}

/** macvlan_sync_address: in silence. What a person gave the lower device itself is what it gets back in the end. */
function followMac(dev: Device, port: Port, control: Control): void {
  const { mac } = port.lower
  control.takeMac(dev, mac)
  if (!port.changesMac) port.ownMac = mac
  port.changesMac = false
}

// -- Settings -------------------------------------------------------------------------------------

/** macvlan_validate */
function validOptions({ mode, flags, sources }: Options): Answer {
  if (flags !== undefined && (flags & ~FLAGS) !== 0) return fail('EINVAL')
  if (mode !== undefined && !(Object.values(MacvlanMode) as number[]).includes(mode)) return fail('EINVAL')
  if (sources?.macs.some(mac => !isValidEther(mac))) return fail('EADDRNOTAVAIL')
  return DONE
}

const lacksAddress = ({ action, macs }: MacvlanSources): boolean =>
  (action === 'add' || action === 'del') && macs.length === 0

/** macvlan_changelink: what comes before an error stays. Promiscuity is counted even for a child that is down. */
function changeOptions(child: Child, options: Options, control: Control): Answer {
  const { port } = child
  const { mode, flags, sources } = options
  if (mode !== undefined) {
    if ((mode === MacvlanMode.Passthru) !== (child.mode === MacvlanMode.Passthru)) return fail('EINVAL')
    if (child.mode === MacvlanMode.Source && mode !== MacvlanMode.Source) port.flushSources(child)
  }
  if (flags !== undefined) {
    if (port.passthru && ((flags ^ child.flags) & MacvlanFlag.NoPromisc) !== 0) {
      control.addPromiscuity(port.lower, (flags & MacvlanFlag.NoPromisc) !== 0 ? -1 : 1)
    }
    child.flags = flags
  }
  if (options.broadcastQueueLength !== undefined) {
    child.queueLength = options.broadcastQueueLength
    port.updateQueueLength()
  }
  port.cutoff = options.broadcastCutoff ?? port.cutoff
  child.mode = mode ?? child.mode
  if (sources === undefined) return DONE
  if (child.mode !== MacvlanMode.Source || lacksAddress(sources)) return fail('EINVAL')
  changeSources(child, sources)
  return DONE
}

/** macvlan_changelink_sources */
function changeSources(child: Child, { action, macs }: MacvlanSources): void {
  const { port } = child
  if (action === 'set' || action === 'flush') port.flushSources(child)
  if (action === 'flush') return
  for (const mac of macs) {
    if (action === 'del') port.removeSource(child, mac)
    else port.addSource(child, mac)
  }
}

/** macvlan_fill_info */
export function macvlanInfo(dev: Device): MacvlanInfo {
  const { port, mode, flags, queueLength, sources } = childOf(dev)
  return {
    mode,
    flags,
    broadcastQueueLength: queueLength,
    broadcastCutoff: port.cutoff,
    broadcastQueueLengthUsed: port.queueLength,
    sources: sources.map(source => source.mac),
  }
}
