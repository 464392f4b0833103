/**
 * `bridge link`: the ports of bridges, and what each of them does with frames.
 *
 * Follows iproute2 6.1 bridge/link.c, net/core/rtnetlink.c (rtnl_bridge_setlink: first the master, then the device
 * itself). Left out and refused: backup ports, multicast routers, VLAN tunnels, and what the bridge itself refuses.
 */
import type { BridgePortInfo, LinkInfo } from '../../control/info.ts'
import type { BridgePortOptions } from '../../control/records.ts'
import { type Answer, DONE, fail } from '../../core/errno.ts'
import { notSupported } from '../command.ts'
import { type Args, atoi, duplicate, Exit, matches, parseOnOff, strtol, usage } from '../ip/args.ts'
import { printFlags, printName } from '../ip/link-print.ts'
import { complain, type Ip, kernelWords, linkIndex, linkName } from '../ip/object.ts'

const FAILED = 255
/** -EINVAL as an exit status. */
const BAD_SWITCH = 234
const STATES = ['disabled', 'listening', 'learning', 'forwarding', 'blocking']

const HELP = `Usage: bridge link set dev DEV [ cost COST ] [ priority PRIO ] [ state STATE ]
                               [ guard {on | off} ]
                               [ hairpin {on | off} ]
                               [ fastleave {on | off} ]
                               [ root_block {on | off} ]
                               [ learning {on | off} ]
                               [ learning_sync {on | off} ]
                               [ flood {on | off} ]
                               [ mcast_router MULTICAST_ROUTER ]
                               [ mcast_flood {on | off} ]
                               [ bcast_flood {on | off} ]
                               [ mcast_to_unicast {on | off} ]
                               [ neigh_suppress {on | off} ]
                               [ vlan_tunnel {on | off} ]
                               [ isolated {on | off} ]
                               [ locked {on | off} ]
                               [ hwmode {vepa | veb} ]
                               [ backup_port DEVICE ] [ nobackup_port ]
                               [ self ] [ master ]
       bridge link show [dev DEV]
`

/** The switches of `set`, by their words. */
const SWITCHES = {
  guard: 'guard',
  hairpin: 'hairpin',
  fastleave: 'fastLeave',
  root_block: 'rootBlock',
  learning: 'learning',
  flood: 'flood',
  mcast_flood: 'mcastFlood',
  bcast_flood: 'bcastFlood',
  mcast_to_unicast: 'mcastToUnicast',
  neigh_suppress: 'neighSuppress',
  isolated: 'isolated',
  locked: 'locked',
} as const satisfies Record<string, keyof BridgePortOptions>

export function link(ip: Ip, args: Args): number {
  const word = args.peek()
  if (word === undefined) return show(ip, args)
  args.take()
  if (matches(word, 'set') || matches(word, 'change')) return set(ip, args)
  if (matches(word, 'show') || matches(word, 'lst') || matches(word, 'list')) return show(ip, args)
  if (matches(word, 'help')) return usage(HELP)
  return complain(ip, FAILED, `Command "${word}" is unknown, try "bridge link help".\n`)
}

// -- show ------------------------------------------------------------------------------------------------------------

function show(ip: Ip, args: Args): number {
  let name: string | undefined
  while (args.more) {
    if (args.take() !== 'dev') continue
    const value = args.take()
    if (name !== undefined) return duplicate('dev', value)
    name = value
  }
  const only = name === undefined ? 0 : linkIndex(ip, name)
  if (name !== undefined && only === 0) return complain(ip, FAILED, `Cannot find device "${name}"\n`)
  ip.print.begin()
  const links = new Map(ip.world.links(ip.netns).map(info => [info.ifindex, info]))
  // rtnl_bridge_getlink goes by age, not by index as other dumps do.
  for (const ifindex of ip.world.netns(ip.netns).devices.keys()) {
    const info = links.get(ifindex)!
    if (info.port !== undefined && (only === 0 || only === info.ifindex)) printPort(ip, info, info.port)
  }
  ip.print.end()
  return 0
}

function printPort(ip: Ip, info: LinkInfo, port: BridgePortInfo): void {
  const { print } = ip
  print.openObject()
  print.field('ifindex', info.ifindex, `${info.ifindex}: `)
  // The dump of bridge ports does not say in which namespace the peer is, so its ifindex is looked up in this one.
  const peerDown = printName(ip, { ...info, linkNetnsId: undefined, linkNetns: undefined }, name => `${name}: `)
  printFlags(ip, info.flags, peerDown)
  print.field('mtu', info.mtu, `mtu ${info.mtu} `)
  const master = linkName(ip, info.master)
  print.field('master', master, `master ${master} `)
  const state = STATES[port.state]!
  print.field('state', state, `state ${state} `)
  print.field('priority', port.priority, `priority ${port.priority} `)
  print.field('cost', port.cost, `cost ${port.cost} `)
  if (ip.options.details > 0) printDetails(ip, port)
  print.text('\n')
  print.closeObject()
}

function printDetails(ip: Ip, port: BridgePortInfo): void {
  const { print } = ip
  const onOff = (key: string, on: boolean): void => print.field(key, on, `${key} ${on ? 'on' : 'off'} `)
  print.text(`${print.separator}    `)
  onOff('hairpin', port.hairpin)
  onOff('guard', port.guard)
  onOff('root_block', port.rootBlock)
  onOff('fastleave', port.fastLeave)
  onOff('learning', port.learning)
  onOff('flood', port.flood)
  onOff('mcast_flood', port.mcastFlood)
  onOff('bcast_flood', port.bcastFlood)
  print.field('mcast_router', 1, 'mcast_router 1 ')
  onOff('mcast_to_unicast', port.mcastToUnicast)
  onOff('neigh_suppress', port.neighSuppress)
  onOff('vlan_tunnel', false)
  onOff('isolated', port.isolated)
  onOff('locked', port.locked)
}

// -- set -------------------------------------------------------------------------------------------------------------

type Changes = { -readonly [Key in keyof BridgePortOptions]?: BridgePortOptions[Key] }

interface Wanted {
  name: string | undefined
  readonly changes: Changes
  self: boolean
  master: boolean
}

function set(ip: Ip, args: Args): number {
  const wanted: Wanted = { name: undefined, changes: {}, self: false, master: false }
  while (args.more) readWord(ip, args, wanted)
  if (wanted.name === undefined) return complain(ip, FAILED, 'Device is a required argument.\n')
  const ifindex = linkIndex(ip, wanted.name)
  const info = ip.world.links(ip.netns).find(each => each.ifindex === ifindex)
  if (ifindex === 0) return complain(ip, FAILED, `Cannot find bridge device "${wanted.name}"\n`)
  const answer = info === undefined ? fail('ENODEV') : change(ip, info, wanted)
  return answer.ok ? 0 : complain(ip, FAILED, kernelWords(answer))
}

/** rtnl_bridge_setlink */
function change(ip: Ip, info: LinkInfo, { changes, self, master }: Wanted): Answer<unknown> {
  if (master || !self) {
    if (info.port === undefined) return fail('EOPNOTSUPP')
    const request = {
      type: 'setlink',
      netns: ip.netns,
      link: info.ifindex,
      changes: { port: changes },
      family: 'bridge',
    } as const
    const answer = Object.keys(changes).length === 0 ? DONE : ip.world.apply(request)
    if (!answer.ok) return answer
  }
  // Of the devices here only a bridge can be asked itself, and what is said of ports does not concern it.
  return self && info.bridge === undefined ? fail('EOPNOTSUPP') : DONE
}

function readWord(ip: Ip, args: Args, wanted: Wanted): void {
  const { changes } = wanted
  const word = args.take()
  if (Object.hasOwn(SWITCHES, word)) {
    changes[SWITCHES[word as keyof typeof SWITCHES]] = parseOnOff(word, args.take(), BAD_SWITCH)
    return
  }
  switch (word) {
    case 'dev':
      wanted.name = args.take()
      break
    case 'cost': {
      // An int that is handed on as unsigned; 0 is as if it had not been said.
      const cost = atoi(args.take()) >>> 0
      if (cost > 0) changes.cost = cost
      break
    }
    case 'priority': {
      const priority = (atoi(args.take()) << 16) >> 16
      if (priority >= 0) changes.priority = priority
      break
    }
    case 'state':
      readState(ip, args.take(), changes)
      break
    case 'hwmode':
      wanted.self = true
      if (!/^ve(b|pa)$/.test(args.take())) fatal(ip, 'Mode argument must be "vepa" or "veb".\n')
      break
    case 'self':
      wanted.self = true
      break
    case 'master':
      wanted.master = true
      break
    case 'learning_sync':
      parseOnOff(word, args.take(), BAD_SWITCH) // The kernel knows the word and has no such switch.
      break
    case 'vlan_tunnel':
      if (parseOnOff(word, args.take(), BAD_SWITCH)) refuse(ip, 'vlan_tunnel on')
      break
    case 'mcast_router':
      if (atoi(args.take()) !== 1) refuse(ip, 'mcast_router')
      break
    case 'backup_port': {
      const name = args.take()
      if (linkIndex(ip, name) === 0) fatal(ip, `Error: device ${name} does not exist\n`)
      refuse(ip, 'backup_port')
      break
    }
    case 'nobackup_port':
      break
    default:
      usage(HELP)
  }
}

/** A number from 0 to 4 or its word; the kernel judges numbers. An 8-bit one below 0 is as if it had not been said. */
function readState(ip: Ip, text: string, changes: Changes): void {
  const number = strtol(text, 10)
  const whole = text !== '' && (number === undefined ? text : number.rest) === ''
  const state = whole ? ((number?.value ?? 0) << 24) >> 24 : STATES.indexOf(text)
  if (!whole && state < 0) fatal(ip, 'Error: invalid STP port state\n')
  if (state >= 0) changes.state = state
}

function fatal(ip: Ip, message: string): never {
  throw new Exit(complain(ip, FAILED, message), '')
}

function refuse(ip: Ip, what: string): never {
  ip.print.flush()
  throw new Exit(notSupported(ip.process, `bridge link set ${what}`), '')
}
