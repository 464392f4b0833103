/**
 * `bridge fdb`: what bridges know of who is behind which port.
 *
 * Follows iproute2 6.1 bridge/fdb.c and, for `get` and `flush`, net/core/rtnetlink.c (rtnl_fdb_get, rtnl_fdb_del) and
 * net/bridge/br_fdb.c (br_fdb_delete_bulk): both are answered here from the dump, a flush by deleting entry by entry.
 * Left out and refused: what belongs to VXLAN (dst, port, vni, src_vni, via, nhid), entries with a VLAN.
 */
import type { FdbInfo, LinkInfo } from '../../control/info.ts'
import { type FdbSpec, type NeighbourMode, Nud } from '../../control/request.ts'
import { type Answer, DONE, fail } from '../../core/errno.ts'
import { NS_PER_S } from '../../time/instant.ts'
import * as mac48 from '../../wire/mac.ts'
import { notSupported } from '../command.ts'
import { type Args, atoi, duplicate, Exit, garbage, invalid, matches, unsigned, usage } from '../ip/args.ts'
import { complain, type Ip, kernelWords, linkIndex, linkName } from '../ip/object.ts'

const FAILED = 255
/** -2: the kernel's answer to `get` was an error. */
const GET_FAILED = 254
const VLANS = 4096

const HELP = `Usage: bridge fdb { add | append | del | replace } ADDR dev DEV
              [ self ] [ master ] [ use ] [ router ] [ extern_learn ]
              [ sticky ] [ local | static | dynamic ] [ vlan VID ]
              { [ dst IPADDR ] [ port PORT] [ vni VNI ] | [ nhid NHID ] }
\t       [ via DEV ] [ src_vni VNI ]
       bridge fdb [ show [ br BRDEV ] [ brport DEV ] [ vlan VID ]
              [ state STATE ] [ dynamic ] ]
       bridge fdb get [ to ] LLADDR [ br BRDEV ] { brport | dev } DEV
              [ vlan VID ] [ vni VNI ] [ self ] [ master ] [ dynamic ]
       bridge fdb flush dev DEV [ brport DEV ] [ vlan VID ]
              [ self ] [ master ] [ [no]permanent | [no]static | [no]dynamic ]
              [ [no]added_by_user ] [ [no]extern_learn ] [ [no]sticky ]
              [ [no]offloaded ]
`

export function fdb(ip: Ip, args: Args): number {
  const word = args.peek()
  if (word === undefined) return show(ip, args)
  args.take()
  if (matches(word, 'add')) return modify(ip, args, 'add')
  if (matches(word, 'append')) return modify(ip, args, 'append')
  if (matches(word, 'replace')) return modify(ip, args, 'replace')
  if (matches(word, 'delete')) return modify(ip, args, undefined)
  if (matches(word, 'get')) return get(ip, args)
  if (matches(word, 'show') || matches(word, 'lst') || matches(word, 'list')) return show(ip, args)
  if (word === 'flush') return flush(ip, args)
  if (matches(word, 'help')) return usage(HELP)
  return complain(ip, FAILED, `Command "${word}" is unknown, try "bridge fdb help".\n`)
}

// -- show ------------------------------------------------------------------------------------------------------------

function show(ip: Ip, args: Args): number {
  let portName: string | undefined
  let bridgeName: string | undefined
  let vlan = 0
  let states = 0
  let dynamic = false
  while (args.more) {
    const word = args.take()
    if (word === 'brport' || word === 'dev') portName = args.take()
    else if (word === 'br') bridgeName = args.take()
    else if (word === 'vlan') {
      const value = args.take()
      if (vlan !== 0) return duplicate('vlan', value)
      vlan = atoi(value)
    } else if (word === 'state') states |= readStates(args.take())
    else if (word === 'dynamic') dynamic = true
    else if (matches(word, 'help')) return usage(HELP)
  }
  const bridge = bridgeName === undefined ? 0 : linkIndex(ip, bridgeName)
  if (bridgeName !== undefined && bridge === 0) return noBridge(ip, bridgeName)
  const port = portName === undefined ? 0 : linkIndex(ip, portName)
  if (portName !== undefined && port === 0) return noDevice(ip, portName)

  const listed = devicesOf(ip, bridge)
  ip.print.begin()
  for (const entry of ip.world.fdb(ip.netns)) {
    if (port !== 0 && entry.ifindex !== port) continue
    if (!listed.has(entry.ifindex)) continue
    if (states !== 0 && (entry.state & states) === 0) continue
    if (vlan !== 0 && entry.vlan !== vlan) continue
    if (dynamic && (entry.state & Nud.Permanent) !== 0) continue
    printEntry(ip, entry, port === 0)
  }
  ip.print.end()
  return 0
}

/** rtnl_fdb_dump: every device, or a bridge and its ports. */
function devicesOf(ip: Ip, bridge: number): ReadonlySet<number> {
  const links = ip.world.links(ip.netns)
  const belongs = (link: LinkInfo): boolean =>
    bridge === 0 || (link.ifindex === bridge ? link.bridge !== undefined : link.master === bridge)
  return new Set(links.filter(belongs).map(link => link.ifindex))
}

/** state_a2n */
function readStates(text: string): number {
  if (matches(text, 'permanent')) return Nud.Permanent
  if (matches(text, 'static') || matches(text, 'temp')) return Nud.NoArp
  if (matches(text, 'stale')) return Nud.Stale
  if (matches(text, 'reachable') || matches(text, 'dynamic')) return Nud.Reachable
  if (text === 'all') return -1
  return unsigned(text) ?? invalid('invalid state', text)
}

/** print_fdb. The device is not named when only one was asked for. */
function printEntry(ip: Ip, entry: FdbInfo, named: boolean): void {
  const { print } = ip
  print.openObject()
  const mac = mac48.format(entry.mac)
  print.field('mac', mac, `${mac} `, 'mac')
  if (named) {
    const name = linkName(ip, entry.ifindex)
    print.text('dev ')
    print.field('ifname', name, `${name} `, 'ifname')
  }
  if (entry.vlan !== undefined) print.field('vlan', entry.vlan, `vlan ${entry.vlan} `)
  // A device's own list has no times.
  if (ip.options.statistics > 0 && !entry.self) {
    const used = Math.floor(entry.usedNs / NS_PER_S)
    const updated = Math.floor(entry.updatedNs / NS_PER_S)
    print.text(`used ${used}/${updated} `)
    print.value('used', used)
    print.value('updated', updated)
  }
  print.openArray('flags')
  const flag = (on: boolean, word: string): void => {
    if (on) print.field(undefined, word, `${word} `)
  }
  flag(entry.self, 'self')
  flag(entry.externLearn, 'extern_learn')
  flag(entry.sticky, 'sticky')
  print.closeArray()
  if (entry.master !== undefined) {
    const master = linkName(ip, entry.master)
    print.field('master', master, `master ${master} `)
  }
  const state = stateName(entry.state)
  print.field('state', state, `${state}\n`)
  print.closeObject()
}

/** state_n2a */
function stateName(state: number): string {
  if ((state & Nud.Permanent) !== 0) return 'permanent'
  if ((state & Nud.NoArp) !== 0) return 'static'
  return (state & Nud.Stale) !== 0 ? 'stale' : ''
}

// -- add, append, replace, delete ------------------------------------------------------------------------------------

/** Words of VXLAN's own table, each with a value. */
const VXLAN_WORDS = ['dst', 'nhid', 'port', 'vni', 'src_vni', 'via']

/** Without a mode the entry is deleted. */
function modify(ip: Ip, args: Args, mode: NeighbourMode | undefined): number {
  let name: string | undefined
  let to: string | undefined
  let state: number = Nud.NoArp
  const flags = { self: false, master: false, use: false, externLearn: false, sticky: false }
  while (args.more) {
    const word = args.take()
    if (word === 'dev') name = args.take()
    else if (VXLAN_WORDS.includes(word)) refuse(ip, word)
    else if (word === 'self') flags.self = true
    else if (matches(word, 'master')) flags.master = true
    else if (matches(word, 'router'))
      continue // A bridge does not look at it.
    else if (matches(word, 'local') || matches(word, 'permanent')) state |= Nud.Permanent
    else if (matches(word, 'temp') || matches(word, 'static')) state |= Nud.Reachable
    else if (matches(word, 'dynamic')) state = (state | Nud.Reachable) & ~Nud.NoArp
    else if (matches(word, 'vlan')) refuse(ip, 'vlan')
    else if (matches(word, 'use')) flags.use = true
    else if (matches(word, 'extern_learn')) flags.externLearn = true
    else if (matches(word, 'sticky')) flags.sticky = true
    else to = readTo(word, args, to)
  }
  if (name === undefined || to === undefined) {
    return complain(ip, FAILED, 'Device and address are required arguments.\n')
  }
  if (!flags.self && !flags.master) flags.self = true
  const mac = readMac(to)
  if (mac === undefined) return complain(ip, FAILED, `Invalid mac address ${to}\n`)
  const link = linkIndex(ip, name)
  if (link === 0) return noDevice(ip, name)
  const entry: FdbSpec = { link, mac, state: entryState(state), ...flags }
  const { netns } = ip
  const answer = ip.world.apply(
    mode === undefined ? { type: 'delfdb', netns, entry } : { type: 'newfdb', netns, entry, mode },
  )
  return told(ip, answer, FAILED)
}

/** What the kernel makes of the bits: neither permanent nor reachable is permanent, and permanent comes first. */
function entryState(bits: number): number {
  if ((bits & Nud.Permanent) !== 0 || (bits & Nud.Reachable) === 0) return Nud.Permanent
  return (bits & Nud.NoArp) !== 0 ? Nud.NoArp : Nud.Reachable
}

/** `to ADDR` or ADDR. */
function readTo(word: string, args: Args, before: string | undefined): string {
  const text = word === 'to' ? args.take() : word
  if (matches(text, 'help')) return usage(HELP)
  return before === undefined ? text : garbage('to', text)
}

const SIX_OCTETS = new RegExp(`^${Array(mac48.BYTES).fill('\\s*([+-]?(?:0x)?[\\da-f]+)').join(':')}`, 'i')

/** sscanf("%hhx:%hhx ..."): six hexadecimal numbers, of which the low octet counts; what follows is ignored. */
function readMac(text: string): mac48.Mac | undefined {
  const octets = SIX_OCTETS.exec(text)?.slice(1)
  return octets?.reduce((mac, octet) => mac * 256 + (Number.parseInt(octet, 16) & 255), 0) as mac48.Mac | undefined
}

// -- get -------------------------------------------------------------------------------------------------------------

function get(ip: Ip, args: Args): number {
  let name: string | undefined
  let bridgeName: string | undefined
  let to: string | undefined
  let self = false
  let master = false
  let dynamic = false
  while (args.more) {
    const word = args.take()
    if (word === 'brport' || word === 'dev') name = args.take()
    else if (word === 'br') bridgeName = args.take()
    else if (word === 'vni') refuse(ip, word)
    else if (word === 'self') self = true
    else if (matches(word, 'master')) master = true
    else if (matches(word, 'vlan')) refuse(ip, 'vlan')
    else if (matches(word, 'dynamic')) dynamic = true
    else to = readTo(word, args, to)
  }
  if ((name === undefined && bridgeName === undefined) || to === undefined) {
    return complain(ip, FAILED, 'Device or master and address are required arguments.\n')
  }
  const mac = readMac(to)
  if (mac === undefined) return complain(ip, FAILED, `Invalid mac address ${to}\n`)
  const device = name === undefined ? 0 : linkIndex(ip, name)
  if (name !== undefined && device === 0) return noDevice(ip, name)
  const bridge = bridgeName === undefined ? 0 : linkIndex(ip, bridgeName)
  if (bridgeName !== undefined && bridge === 0) return noBridge(ip, bridgeName)

  const found = find(ip, mac, device, bridge, master || !self)
  if (!found.ok) return told(ip, found, GET_FAILED)
  ip.print.begin()
  if (!dynamic || (found.value.state & Nud.Permanent) === 0) printEntry(ip, found.value, true)
  ip.print.end()
  return 0
}

/** rtnl_fdb_get, br_fdb_get */
function find(ip: Ip, mac: mac48.Mac, device: number, bridge: number, ofMaster: boolean): Answer<FdbInfo> {
  if (device !== 0 && bridge !== 0) return fail('EINVAL', 'Master and device are mutually exclusive')
  const links = ip.world.links(ip.netns)
  let asked = links.find(link => link.ifindex === (device === 0 ? bridge : device))
  if (device !== 0 && ofMaster) {
    if (asked?.port === undefined) return fail('EINVAL', 'Device is not a bridge port')
    const { master } = asked
    asked = links.find(link => link.ifindex === master)
  }
  if (asked?.bridge === undefined) return fail('EOPNOTSUPP', 'Fdb get operation not supported by device')
  const { ifindex } = asked
  const entry = ip.world.fdb(ip.netns).find(each => each.master === ifindex && each.mac === mac)
  return entry === undefined ? fail('ENOENT', 'Fdb entry not found') : { ok: true, value: entry }
}

// -- flush -----------------------------------------------------------------------------------------------------------

/** The words that choose entries: what each asks of them, where the last word about a flag counts. */
const CHOICES: Readonly<Record<string, Partial<Record<Flag, boolean>>>> = {
  permanent: { isLocal: true },
  nopermanent: { isLocal: false },
  static: { isStatic: true, isLocal: false },
  nostatic: { isStatic: false },
  dynamic: { isStatic: false, isLocal: false },
  nodynamic: { isStatic: true },
  added_by_user: { addedByUser: true },
  noadded_by_user: { addedByUser: false },
  extern_learn: { externLearn: true },
  noextern_learn: { externLearn: false },
  sticky: { sticky: true },
  nosticky: { sticky: false },
}
type Flag = 'isLocal' | 'isStatic' | 'addedByUser' | 'externLearn' | 'sticky'

function flush(ip: Ip, args: Args): number {
  let name: string | undefined
  let portName: string | undefined
  let self = false
  let master = false
  let vlan = -1
  const choice: Partial<Record<Flag, boolean>> = {}
  while (args.more) {
    const word = args.take()
    if (word === 'dev') name = args.take()
    else if (word === 'master') master = true
    else if (word === 'self') self = true
    else if (Object.hasOwn(CHOICES, word)) Object.assign(choice, CHOICES[word])
    else if (word === 'offloaded' || word === 'nooffloaded') refuse(ip, `flush ${word}`)
    else if (word === 'brport') {
      const value = args.take()
      if (portName !== undefined) return garbage('brport', value)
      portName = value
    } else if (word === 'vlan') {
      const value = args.take()
      if (vlan >= 0) return garbage('vlan', value)
      vlan = atoi(value)
    }
  }
  if (name === undefined) return complain(ip, FAILED, 'Device is a required argument.\n')
  const device = linkIndex(ip, name)
  if (device === 0) return noBridge(ip, name)
  const port = portName === undefined ? 0 : linkIndex(ip, portName)
  if (portName !== undefined && port === 0) {
    return complain(ip, FAILED, `Cannot find bridge port device "${portName}"\n`)
  }
  if (vlan >= VLANS) return complain(ip, FAILED, `Invalid VLAN ID "${vlan}"\n`)
  if (vlan > 0) refuse(ip, 'flush vlan')

  const link = ip.world.links(ip.netns).find(each => each.ifindex === device)
  const answer = link === undefined ? fail('ENODEV') : flushAs(ip, link, port, choice, self || !master, master)
  return told(ip, answer, FAILED)
}

/** rtnl_fdb_del with NLM_F_BULK: through the bridge above a port, then through the device itself. */
function flushAs(
  ip: Ip,
  link: LinkInfo,
  port: number,
  choice: Partial<Record<Flag, boolean>>,
  self: boolean,
  master: boolean,
): Answer {
  let answer: Answer = fail('EOPNOTSUPP')
  if (master && link.port !== undefined) {
    answer = deleteChosen(ip, link.master, port === 0 ? link.ifindex : port, choice)
    if (!answer.ok) return answer
  }
  if (!self) return answer
  return link.bridge === undefined ? fail('EOPNOTSUPP') : deleteChosen(ip, link.ifindex, port, choice)
}

/** br_fdb_flush. `port` is an ifindex, that of the bridge for entries that lead to itself, 0 for all. */
function deleteChosen(ip: Ip, bridge: number, port: number, choice: Partial<Record<Flag, boolean>>): Answer {
  const { netns } = ip
  for (const entry of ip.world.fdb(netns)) {
    if (entry.master !== bridge || (port !== 0 && entry.ifindex !== port)) continue
    if (Object.entries(choice).some(([flag, on]) => entry[flag as Flag] !== on)) continue
    const self = entry.ifindex === bridge
    const { ifindex, mac, state } = entry
    const answer = ip.world.apply({
      type: 'delfdb',
      netns,
      entry: { link: ifindex, mac, state, self, master: !self },
    }) as Answer
    if (!answer.ok) return answer
  }
  return DONE
}

// -- Answers ---------------------------------------------------------------------------------------------------------

const told = (ip: Ip, answer: Answer<unknown>, status: number): number =>
  answer.ok ? 0 : complain(ip, status, kernelWords(answer))

const noDevice = (ip: Ip, name: string): number => complain(ip, FAILED, `Cannot find device "${name}"\n`)

const noBridge = (ip: Ip, name: string): number => complain(ip, FAILED, `Cannot find bridge device "${name}"\n`)

function refuse(ip: Ip, what: string): never {
  ip.print.flush()
  throw new Exit(notSupported(ip.process, `bridge fdb ${what}`), '')
}
