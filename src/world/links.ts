/**
 * RTM_NEWLINK, RTM_SETLINK and RTM_DELLINK: devices come, change and go.
 *
 * Follows Linux net/core/rtnetlink.c (rtnl_newlink_create, do_setlink, rtnl_dellink) and net/core/dev.c
 * (dev_get_valid_name, __dev_open, __dev_close, __dev_change_net_namespace), in their order: what was changed before a
 * later step fails stays changed, as on Linux. Left out: VF, XDP, offloads, link modes.
 */
import type { LinkRecord } from '../control/records.ts'
import type { LinkChanges, LinkRef, NewLink } from '../control/request.ts'
import { type Device, Iff, isUp, type NetnsId } from '../core/device.ts'
import { type Answer, DONE, done, type Failure, fail } from '../core/errno.ts'
import type { Kind, Prepared } from '../device/kind.ts'
import { BROADCAST, ZERO } from '../wire/mac.ts'
import { addressesOf, linkRenamed, linkShrunk, linkUp } from './addresses.ts'
import { type Callable, type Engine, MacOrigin } from './engine.ts'
import { kindNamed } from './kinds.ts'
import type { Netns } from './netns.ts'

/** IFNAMSIZ less the terminating zero. */
const NAME_OCTETS_MAX = 15
const ALIAS_OCTETS_MAX = 255
const NO_NAMES: readonly string[] = []
const POLICY = fail('ERANGE', 'Attribute failed policy validation')

export function deviceOf(netns: Netns, link: LinkRef): Device | undefined {
  return typeof link === 'number' ? netns.devices.get(link) : netns.byName.get(link)
}

// -- Making ---------------------------------------------------------------------------------------

/** The loopback device that every namespace is born with. */
export function addLoopback(engine: Engine, netns: Netns): void {
  create(engine, kindNamed('loopback')!, netns, { kind: 'loopback', name: 'lo' })
}

/** Answers the ifindex. */
export function newlink(engine: Engine, requester: Netns, link: NewLink): Answer<number> {
  const target = link.netns === undefined ? requester : engine.netnses[link.netns]
  if (target === undefined) return fail('EINVAL')
  if (tooLong(link.name) || tooLong(link.peer?.name) || aliasTooLong(link)) return POLICY
  const kind = kindNamed(link.kind)
  const refused = kind?.validate?.(link)
  if (refused !== undefined && !refused.ok) return refused
  const peerRefused = link.peer === undefined ? undefined : kind?.validate?.({ ...link.peer, kind: link.kind })
  if (peerRefused !== undefined && !peerRefused.ok) return peerRefused
  if (exists(target, link)) return fail('EEXIST')
  if (kind === undefined) return fail('EOPNOTSUPP', 'Unknown device type')

  const prepared = prepare(kind, requester, link)
  if (!prepared.ok) return prepared
  const { lower } = prepared.value
  const peer = kind.name === 'veth' ? createPeer(engine, kind, requester, link) : undefined
  if (peer !== undefined && !peer.ok) return peer
  const made = create(engine, kind, target, prepared.value.link)
  const answer = made.ok ? finish(engine, kind, made.value, link, peer?.value ?? lower) : made
  if (!answer.ok && peer !== undefined) unregister(engine, [peer.value])
  return answer
}

/** __rtnl_newlink looks for the device where the new one is to be, and by index if there is one. */
const exists = (target: Netns, { ifindex, name }: NewLink): boolean =>
  ifindex === undefined ? name !== undefined && target.byName.has(name) : target.devices.has(ifindex)

/** What newlink does with the device below (IFLA_LINK), which is looked for in the namespace of whoever asks. */
function prepare(kind: Kind, requester: Netns, link: NewLink): Answer<Pick<Prepared, 'link'> & Partial<Prepared>> {
  if (kind.prepare === undefined) return done({ link })
  const bad = link.mtu === undefined ? undefined : badMtu(kind, link.mtu)
  return bad ?? kind.prepare(link, link.lower === undefined ? undefined : deviceOf(requester, link.lower))
}

/** veth_newlink makes the other end first, so that has the lower ifindex. */
function createPeer(engine: Engine, kind: Kind, requester: Netns, link: NewLink): Answer<Device> {
  const { ifindex, ...rest } = link.peer ?? {}
  // The peer may choose its index only when the first does.
  const index = link.ifindex === undefined || ifindex === undefined ? {} : { ifindex }
  const spec: NewLink = { ...rest, ...index, kind: link.kind }
  const netns = spec.netns === undefined ? requester : engine.netnses[spec.netns]
  if (netns === undefined) return fail('EINVAL')
  const made = create(engine, kind, netns, spec)
  if (!made.ok) return made
  const peer = made.value
  kind.peerCreated?.(peer, engine)
  const configured = changeFlags(engine, peer, spec, true)
  if (configured.ok) return made
  unregister(engine, [peer])
  return configured
}

/** A device that no request of rtnetlink makes (register_netdevice by the driver itself): TUN and TAP. */
export function newDriverLink(engine: Engine, kind: Kind, netns: Netns, link: NewLink): Answer<Device> {
  const made = create(engine, kind, netns, link)
  if (!made.ok) return made
  const finished = finish(engine, kind, made.value, link, undefined)
  return finished.ok ? made : finished
}

/** What follows once the device is registered: its kind's state, its master, its flags (rtnl_configure_link). */
function finish(engine: Engine, kind: Kind, dev: Device, link: NewLink, other: Device | undefined): Answer<number> {
  const created = kind.created(dev, link, engine, other)
  if (!created.ok) {
    unregister(engine, [dev])
    return created
  }
  announce(engine, dev)
  const configured = changeFlags(engine, dev, link, true)
  if (!configured.ok) {
    dellink(engine, dev)
    return configured
  }
  if (link.master !== undefined) {
    const enslaved = setMaster(engine, dev, link.master)
    if (!enslaved.ok) {
      dellink(engine, dev)
      return enslaved
    }
  }
  return done(dev.ifindex)
}

/** rtnl_create_link and register_netdevice */
function create(engine: Engine, kind: Kind, netns: Netns, link: NewLink): Answer<Device> {
  const { defaults } = kind
  const mtu = link.mtu ?? defaults.mtu
  const bad = badMtu(kind, mtu)
  if (bad !== undefined) return bad
  const name = validName(netns, link.name ?? defaults.namePattern)
  if (!name.ok) return name
  if (link.ifindex !== undefined && netns.devices.has(link.ifindex)) return fail('EBUSY')

  const mac = link.mac ?? (defaults.randomMac ? engine.randomMac() : ZERO)
  const ifindex = link.ifindex ?? netns.newIfindex()
  const dev = engine.newDevice(kind, netns.id, {
    ifindex,
    name: name.value,
    kind: kind.name,
    mac,
    broadcast: link.broadcast ?? (defaults.randomMac ? BROADCAST : ZERO),
    mtu,
    txQueueLength: link.txQueueLength ?? defaults.txQueueLength,
    flags: defaults.flags,
    master: 0,
    group: link.group ?? 0,
    alias: '', // IFLA_IFALIAS is for links that exist.
    altNames: NO_NAMES,
    macOrigin: link.mac !== undefined ? MacOrigin.Set : defaults.randomMac ? MacOrigin.Random : MacOrigin.Permanent,
  })
  register(netns, dev)
  engine.events.emit('device', engine.now, dev, 'new')
  return done(dev)
}

function register(netns: Netns, dev: Device): void {
  netns.addDevice(dev)
  netns.sysctls.deviceAdded(dev.name, dev.kind)
  netns.sysctls.mtuChanged(dev.name, dev.mtu)
  netns.stack.deviceAdded(dev)
}

// -- Changing -------------------------------------------------------------------------------------

/** `quietly`: from AF_BRIDGE (br_setlink), after which nobody else is told. */
export function setlink(engine: Engine, dev: Device, changes: LinkChanges, quietly = false): Answer {
  if (tooLong(changes.name) || aliasTooLong(changes)) return POLICY
  const valid = validOptions(changes)
  if (!valid.ok) return valid
  let isTold = false
  let answer: Answer = DONE
  for (const [step, tells] of STEPS) {
    answer = step(engine, dev, changes)
    if (!answer.ok) break
    isTold ||= tells(changes)
  }
  if (isTold && quietly) engine.tellPort(dev)
  else if (isTold && isUp(dev) && !dev.dead) {
    notifyChange(engine, dev)
    engine.tellLink(dev)
  }
  return answer
}

/** netdev_state_change: NETDEV_CHANGE, for do_setlink's DO_SETLINK_NOTIFY. */
export function notifyChange(engine: Engine, dev: Device, flagsChanged = 0): void {
  if (!isUp(dev) || dev.dead) return
  engine.tellUppers(dev, 'change')
  engine.stackOf(dev).deviceChanged(dev, flagsChanged)
}

type Step = (engine: Engine, dev: Device, changes: LinkChanges) => Answer
/** Does the step, when it was successful, tell others of a change? */
type Tells = (changes: LinkChanges) => boolean

const silent: Tells = () => false

/** rtnl_changelink and do_setlink, in their order. */
const STEPS: readonly (readonly [step: Step, tells: Tells])[] = [
  [changeKind, c => [c.port, c.bridge, c.macvlan].some(each => each !== undefined) || c.fdbFlush === true],
  [
    (engine, dev, { netns, name }) => (netns === undefined ? DONE : move(engine, dev, netns, name || undefined)),
    silent,
  ],
  [(engine, dev, { mac }) => (mac === undefined ? DONE : engine.changeMac(dev, mac)), silent],
  [(engine, dev, { mtu }) => (mtu === undefined ? DONE : changeMtu(engine, dev, mtu)), silent],
  [
    (engine, dev, { group }) => update(engine, dev, group === undefined ? undefined : { group }),
    c => c.group !== undefined,
  ],
  [(engine, dev, { name }) => (!name || name === dev.name ? DONE : rename(engine, dev, name)), silent],
  [
    (engine, dev, { alias }) => update(engine, dev, alias === undefined ? undefined : { alias }),
    c => c.alias !== undefined,
  ],
  [(engine, dev, { broadcast }) => update(engine, dev, broadcast === undefined ? undefined : { broadcast }), silent],
  [(engine, dev, changes) => changeFlags(engine, dev, changes), silent],
  [(engine, dev, { master }) => (master === undefined ? DONE : setMaster(engine, dev, master)), silent],
  [(engine, dev, { carrier }) => (carrier === undefined ? DONE : changeCarrier(engine, dev, carrier)), silent],
  [
    (engine, dev, { txQueueLength }) =>
      txQueueLength === undefined ? DONE : changeTxQueueLength(engine, dev, txQueueLength),
    silent,
  ],
]

function update(engine: Engine, dev: Device, changes: Partial<LinkRecord> | undefined): Answer {
  if (changes !== undefined) engine.updateLink(dev, changes)
  return DONE
}

/** dev_change_carrier */
const changeCarrier = (engine: Engine, dev: Device, on: boolean): Answer =>
  engine.kindOf(dev).changeCarrier?.(dev, on, engine) ?? fail('EOPNOTSUPP')

function changeTxQueueLength(engine: Engine, dev: Device, txQueueLength: number): Answer {
  if (engine.record(dev).txQueueLength === txQueueLength) return DONE
  engine.updateLink(dev, { txQueueLength })
  engine.tellLink(dev)
  engine.kindOf(dev).txQueueLengthChanged?.(dev, txQueueLength, engine)
  return DONE
}

/** rtnl_link_ops.validate of the kind that the options are for, whatever the device is. */
function validOptions(changes: LinkChanges): Answer {
  const kind = changes.macvlan === undefined ? undefined : kindNamed('macvlan')
  return kind?.validate?.({ ...changes, kind: kind.name }) ?? DONE
}

/** IFLA_INFO_DATA for the device's own kind, IFLA_INFO_SLAVE_DATA for its master's. */
function changeKind(engine: Engine, dev: Device, changes: LinkChanges): Answer {
  const flushesPort = changes.fdbFlush === true && dev.kind !== 'bridge'
  if (changes.port !== undefined || flushesPort) {
    const { master } = dev
    if (master === undefined) return fail('EOPNOTSUPP')
    const answer = engine.kindOf(master).changeSlave!(dev, changes.port ?? {}, engine, flushesPort)
    if (!answer.ok) return answer
  }
  const flushes = changes.fdbFlush === true && !flushesPort
  if (changes.bridge === undefined && changes.macvlan === undefined && !flushes) return DONE
  if (changes.kind !== undefined && changes.kind !== dev.kind) return fail('EOPNOTSUPP')
  return engine.kindOf(dev).change?.(dev, changes, engine) ?? fail('EOPNOTSUPP')
}

function changeMtu(engine: Engine, dev: Device, mtu: number): Answer {
  const kind = engine.kindOf(dev)
  const bad = badMtu(kind, mtu, engine.mtuMaxOf(dev))
  if (bad !== undefined) return bad
  const refused = kind.mayChangeMtu?.(dev, mtu)
  if (refused?.ok === false) return refused
  engine.setMtu(dev, mtu)
  linkShrunk(engine.netnsOf(dev), dev)
  return DONE
}

/** dev_validate_mtu */
function badMtu({ defaults }: Kind, mtu: number, max = defaults.mtuMax): Failure | undefined {
  if (mtu < defaults.mtuMin) return fail('EINVAL', 'mtu less than device minimum')
  if (max > 0 && mtu > max) return fail('EINVAL', 'mtu greater than device maximum')
  return undefined
}

function rename(engine: Engine, dev: Device, wanted: string): Answer {
  const netns = engine.netnsOf(dev)
  const name = validName(netns, wanted)
  if (!name.ok) return name
  const old = dev.name
  netns.byName.delete(old)
  dev.name = name.value
  netns.byName.set(dev.name, dev)
  engine.updateLink(dev, { name: dev.name })
  netns.sysctls.deviceRenamed(old, dev.name)
  engine.tellLink(dev)
  engine.tellUppers(dev, 'changename')
  linkRenamed(netns, dev)
  netns.stack.nameChanged(dev, old)
  engine.events.emit('device', engine.now, dev, 'renamed')
  return DONE
}

/** do_set_master */
function setMaster(engine: Engine, dev: Device, link: LinkRef): Answer {
  const netns = engine.netnsOf(dev)
  const master = link === 0 ? undefined : deviceOf(netns, link)
  if (dev.master !== undefined) {
    if (dev.master === master) return DONE
    release(engine, dev)
  }
  if (link === 0) return DONE
  if (master === undefined) return fail('EINVAL')
  const { addSlave } = engine.kindOf(master)
  if (addSlave === undefined) return fail('EOPNOTSUPP')
  dev.master = master
  const answer = addSlave(master, dev, engine)
  if (!answer.ok) {
    dev.master = undefined
    return answer
  }
  dev.rxHandler = engine.kindOf(master).fromSlave
  engine.updateLink(dev, { master: master.ifindex })
  return DONE
}

/** ndo_del_slave: the device leaves its master. */
function release(engine: Engine, dev: Device): void {
  const master = dev.master!
  engine.kindOf(master).removeSlave!(master, dev, engine)
  dev.master = undefined
  dev.rxHandler = undefined
  dev.port = undefined
  engine.updateLink(dev, { master: 0 })
}

const FLAGS = ['up', 'arp', 'multicast', 'dynamic', 'allMulticast', 'promisc'] as const

/** dev_change_flags; of a device that `isNew` (rtnl_configure_link) all are told in any case. */
function changeFlags(engine: Engine, dev: Device, changes: LinkChanges, isNew = false): Answer {
  const before = dev.flags
  const wasUp = isUp(dev)
  dev.flags = withFlag(dev.flags, Iff.NoArp, changes.arp === undefined ? undefined : !changes.arp)
  dev.flags = withFlag(dev.flags, Iff.Multicast, changes.multicast)
  dev.flags = withFlag(dev.flags, Iff.Dynamic, changes.dynamic)
  dev.flags = withFlag(dev.flags, Iff.AllMulti, changes.allMulticast)
  dev.flags = withFlag(dev.flags, Iff.Promisc, changes.promisc)
  if ((before ^ dev.flags) & Iff.AllMulti) engine.addAllMulticast(dev, dev.flags & Iff.AllMulti ? 1 : -1)
  if ((before ^ dev.flags) & Iff.Promisc) engine.addPromiscuity(dev, dev.flags & Iff.Promisc ? 1 : -1, false)
  const changed = before ^ dev.flags
  if (changed !== 0) engine.updateLink(dev, { flags: dev.flags })
  if (FLAGS.some(flag => changes[flag] !== undefined)) engine.setRxMode(dev)
  if (changes.up === false) close(engine, dev)
  const opened = changes.up === true ? open(engine, dev) : DONE
  // __dev_notify_flags: who only listens to more tells no protocol. Up and down were told on the way.
  if (opened.ok && isUp(dev) === wasUp && (isNew || changed !== 0)) engine.tellLink(dev)
  if (opened.ok && (changed & ~(Iff.Promisc | Iff.AllMulti)) !== 0) notifyChange(engine, dev, changed)
  return opened
}

const withFlag = (flags: number, flag: number, on: boolean | undefined): number =>
  on === undefined ? flags : on ? flags | flag : flags & ~flag

/** __dev_open */
function open(engine: Engine, dev: Device): Answer {
  if (isUp(dev)) return DONE
  dev.flags |= Iff.Up
  const opened = engine.kindOf(dev).opened?.(dev, engine)
  if (opened?.ok === false) {
    dev.flags &= ~Iff.Up
    return opened
  }
  engine.updateLink(dev, { flags: dev.flags })
  engine.setRxMode(dev)
  if (dev.qdisc === 'noop') dev.qdisc = defaultQdisc(engine, dev)
  dev.active = dev.carrier
  engine.tellLink(dev)
  linkUp(engine.netnsOf(dev), dev)
  engine.stackOf(dev).deviceUp(dev)
  engine.tellUppers(dev, 'up')
  return DONE
}

/** attach_default_qdiscs: pfifo_fast refuses to be a queue for no packet. */
function defaultQdisc(engine: Engine, dev: Device): string {
  const kind = engine.kindOf(dev)
  const qdisc = kind.qdisc?.(dev) ?? kind.defaults.qdisc
  return qdisc === 'pfifo_fast' && engine.record(dev).txQueueLength === 0 ? 'noqueue' : qdisc
}

/** __dev_close */
function close(engine: Engine, dev: Device): void {
  if (!isUp(dev)) return
  engine.tellUppers(dev, 'goingdown')
  dev.active = false
  dev.flags &= ~Iff.Up
  engine.updateLink(dev, { flags: dev.flags })
  engine.kindOf(dev).stopped?.(dev, engine)
  engine.tellLink(dev)
  engine.stackOf(dev).deviceDown(dev)
  engine.tellUppers(dev, 'down')
}

/** __dev_change_net_namespace: everything that the old namespace knew of the device goes. */
function move(engine: Engine, dev: Device, to: NetnsId, pattern: string | undefined): Answer {
  const from = engine.netnsOf(dev)
  const target = engine.netnses[to]
  if (target === undefined) return fail('EINVAL')
  const kind = engine.kindOf(dev)
  if (target === from) return DONE
  if (dev.kind === 'loopback' || kind.defaults.immutableNetns === true) {
    return fail('EINVAL', 'The interface netns is immutable')
  }
  let { name } = dev
  if (target.byName.has(name)) {
    if (pattern === undefined) return fail('EEXIST', 'An interface with the same name exists in the target netns')
    const valid = validName(target, pattern)
    if (!valid.ok) {
      return fail(valid.errno, `Unable to use '${pattern}' for the new interface name in the target netns`)
    }
    name = valid.value
  }
  close(engine, dev)
  if (dev.master !== undefined) release(engine, dev)
  dev.qdisc = 'noop'
  const taken = target.devices.has(dev.ifindex)
  const ifindex = taken ? target.newIfindex() : dev.ifindex
  withdraw(from, dev, () => {
    const newNetnsId = from.peerId(to) // The farewell names where it went.
    from.tell?.({ about: 'link', gone: true, device: dev, newNetnsId, newNetns: to, newIfindex: ifindex })
  })
  dev.unicast = undefined // dev_uc_flush: what stands on it has to be set up anew to be let in.
  dev.groups = undefined // dev_mc_flush
  dev.netns = to
  dev.name = name
  if (taken) {
    dev.ifindex = ifindex
    kind.indexChanged?.(dev)
    for (const upper of dev.uppers) upper.iflink = dev.ifindex
  }
  if (kind.linkedTo?.(dev) === undefined) dev.iflink = dev.ifindex
  engine.updateLink(dev, { ifindex: dev.ifindex, name, master: 0, flags: dev.flags })
  register(target, dev)
  engine.events.emit('device', engine.now, dev, 'moved')
  announce(engine, dev)
  engine.tellLink(dev)
  return DONE
}

/** rtmsg_ifinfo: to tell where a link's other end is, a namespace gives that namespace an id. */
function announce(engine: Engine, dev: Device): void {
  const linked = engine.kindOf(dev).linkedTo?.(dev)
  if (linked !== undefined && linked.netns !== dev.netns) engine.netnsOf(dev).peerId(linked.netns)
}

// -- Names ----------------------------------------------------------------------------------------

const tooLong = (name: string | undefined): boolean => name !== undefined && octets(name) > NAME_OCTETS_MAX

/** IFALIASZ less the terminating zero. */
const aliasTooLong = ({ alias }: LinkChanges): boolean => alias !== undefined && octets(alias) > ALIAS_OCTETS_MAX

/** As UTF-8. */
function octets(text: string): number {
  let sum = 0
  for (const character of text) {
    const code = character.codePointAt(0)!
    sum += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x1_0000 ? 3 : 4
  }
  return sum
}

/** dev_get_valid_name: the name itself, or the first free one of a pattern (`veth%d`). */
function validName(netns: Netns, name: string): Answer<string> {
  if (name === '' || name === '.' || name === '..' || /[/:\s]/.test(name) || tooLong(name)) return fail('EINVAL')
  const percent = name.indexOf('%')
  if (percent < 0) return netns.byName.has(name) ? fail('EEXIST') : done(name)
  if (name.slice(percent, percent + 2) !== '%d' || name.indexOf('%', percent + 1) >= 0) return fail('EINVAL')
  for (let i = 0; ; i++) {
    const numbered = name.replace('%d', String(i))
    if (tooLong(numbered)) return fail('ENFILE')
    if (!netns.byName.has(numbered)) return done(numbered)
  }
}

// -- Unmaking -------------------------------------------------------------------------------------

export function dellink(engine: Engine, dev: Device): Answer {
  if (dev.kind === 'loopback') return fail('EOPNOTSUPP')
  if (dev.lower !== undefined) engine.tellLink(dev.lower) // NETDEV_CHANGEUPPER
  unregister(engine, withUppers(engine, [dev, ...engine.kindOf(dev).removed(dev, engine)]))
  return DONE
}

/** NETDEV_UNREGISTER: what stands on a device goes with it, wherever it is. */
function withUppers(engine: Engine, devices: readonly Device[]): readonly Device[] {
  const all = [...devices]
  for (const dev of all) {
    for (const upper of dev.uppers) all.push(upper, ...engine.kindOf(upper).removed(upper, engine))
  }
  return all
}

/** unregister_netdevice_many: all are closed before the first is taken out of its namespace. */
function unregister(engine: Engine, devices: readonly Device[]): void {
  for (const dev of devices) {
    for (const slave of engine.netnsOf(dev).devices.values()) if (slave.master === dev) release(engine, slave)
    close(engine, dev)
  }
  for (const dev of devices) {
    engine.events.emit('device', engine.now, dev, 'gone')
    dev.dead = true
    engine.linkwatch.forget(dev)
    withdraw(engine.netnsOf(dev), dev, () => {
      if (dev.master !== undefined) release(engine, dev)
      dev.qdisc = 'noop' // dev_shutdown
      engine.tell(dev)?.({ about: 'link', gone: true, device: dev })
    })
  }
}

/** NETDEV_UNREGISTER: the namespace forgets the device with its addresses, routes and neighbours. */
function withdraw(netns: Netns, dev: Device, farewell: () => void): void {
  netns.stack.deviceRemoved(dev)
  farewell()
  netns.removeDevice(dev)
  netns.sysctls.deviceRemoved(dev.name)
  if (addressesOf(netns, dev).length === 0) return
  netns.change(draft => {
    draft.addresses = draft.addresses.filter(address => address.ifindex !== dev.ifindex)
  })
}

/** The name of a namespace goes, and the namespace once no packet of a socket waits in it. */
export function unname(engine: Engine, netns: Netns): void {
  if (!netns.stack.inet.neighbours.holdsPackets) return destroyNetns(engine, netns)
  netns.name = ''
  const cleanup = new Cleanup(engine, netns)
  netns.released = () => engine.callAt(engine.now, cleanup, 0)
}

/** What __put_net queues, to be carried out after all that is happening. */
class Cleanup implements Callable {
  private readonly engine: Engine
  private readonly netns: Netns

  constructor(engine: Engine, netns: Netns) {
    this.engine = engine
    this.netns = netns
  }

  call(): void {
    const { engine, netns } = this
    if (engine.netnses[netns.id] === undefined || netns.stack.inet.neighbours.holdsPackets) return
    netns.released = undefined
    destroyNetns(engine, netns)
  }
}

/** cleanup_net: everything in a namespace whose last user has gone. */
function destroyNetns(engine: Engine, netns: Netns): void {
  for (const other of engine.netnses) other?.forgetPeer(netns.id)
  for (const dev of [...netns.devices.values()]) if (!dev.dead) dellink(engine, dev)
  for (const dev of [...netns.devices.values()]) unregister(engine, [dev])
  engine.netnses[netns.id] = undefined
}
