/**
 * brctl of bridge-utils 1.7.
 *
 * Follows brctl/brctl.c, brctl_cmd.c, brctl_disp.c and libbridge on a machine whose sysfs is mounted: bridges and ports
 * in the order of their names; times in hundredths of a second. What the tool reads from sysfs is in the dump of links,
 * what it writes there or asks by ioctl is a request. Left out: the numbers that the older ioctls give for a bridge
 * whose name was typed too long.
 */
import type { BridgeId, BridgeInfo, BridgePortInfo, LinkInfo } from '../control/info.ts'
import type { BridgeOptions, BridgePortOptions } from '../control/records.ts'
import { type LinkChanges, Nud, type Request } from '../control/request.ts'
import { type Errno, strerror } from '../core/errno.ts'
import { jiffiesToClock, nsToJiffies } from '../time/instant.ts'
import * as mac48 from '../wire/mac.ts'
import { atOnce, type Command, type Process } from './command.ts'
import { getopt, scanInteger, strtod } from './libc.ts'

const NAME_OCTETS_MAX = 15
const USER_HZ = 100
/** BR_STATE_*, as kernel and brctl number them. */
const STATES = ['disabled', 'listening', 'learning', 'forwarding', 'blocking']

interface Subcommand {
  readonly argumentCount: number
  readonly run: (brctl: Brctl, words: readonly string[]) => number
  readonly help: string
}

const SUBCOMMANDS: Readonly<Record<string, Subcommand>> = {
  addbr: { argumentCount: 1, run: addbr, help: '<bridge>\t\tadd bridge' },
  delbr: { argumentCount: 1, run: delbr, help: '<bridge>\t\tdelete bridge' },
  addif: { argumentCount: 2, run: addif, help: '<bridge> <device>\tadd interface to bridge' },
  delif: { argumentCount: 2, run: delif, help: '<bridge> <device>\tdelete interface from bridge' },
  hairpin: { argumentCount: 3, run: hairpin, help: '<bridge> <port> {on|off}\tturn hairpin on/off' },
  setageing: {
    argumentCount: 2,
    run: setTime('ageingTime', 'ageing time'),
    help: '<bridge> <time>\t\tset ageing time',
  },
  setbridgeprio: { argumentCount: 2, run: setbridgeprio, help: '<bridge> <prio>\t\tset bridge priority' },
  setfd: {
    argumentCount: 2,
    run: setTime('forwardDelay', 'forward delay'),
    help: '<bridge> <time>\t\tset bridge forward delay',
  },
  sethello: { argumentCount: 2, run: setTime('helloTime', 'hello timer'), help: '<bridge> <time>\t\tset hello time' },
  setmaxage: { argumentCount: 2, run: setTime('maxAge', 'max age'), help: '<bridge> <time>\t\tset max message age' },
  setpathcost: { argumentCount: 3, run: setpathcost, help: '<bridge> <port> <cost>\tset path cost' },
  setportprio: { argumentCount: 3, run: setportprio, help: '<bridge> <port> <prio>\tset port priority' },
  show: { argumentCount: 0, run: show, help: '[ <bridge> ]\t\tshow a list of bridges' },
  showmacs: { argumentCount: 1, run: showmacs, help: '<bridge>\t\tshow a list of mac addrs' },
  showstp: { argumentCount: 1, run: showstp, help: '<bridge>\t\tshow bridge stp info' },
  stp: { argumentCount: 2, run: stp, help: '<bridge> {on|off}\tturn stp on/off' },
}

/** What every subcommand needs: the namespace's links, and where to write. */
class Brctl {
  readonly process: Process

  constructor(process: Process) {
    this.process = process
  }

  print(text: string): void {
    this.process.stdout(text)
  }

  /** Complains and answers the exit status of every failure. */
  fail(text: string): 1 {
    this.process.stderr(`${text}\n`)
    return 1
  }

  links(): LinkInfo[] {
    return this.process.world.links(this.process.netns)
  }

  /** if_nametoindex(3) */
  link(name: string): LinkInfo | undefined {
    return this.links().find(link => link.name === name)
  }

  /** A link by the name that a struct ifreq holds: libbridge cuts the names of bridges without a word. */
  bridge(name: string): LinkInfo | undefined {
    return this.link(cut(name))
  }

  /** undefined when it was done, else what went wrong. */
  apply(request: Request): Errno | undefined {
    const answer = this.process.world.apply(request)
    return answer.ok ? undefined : answer.errno
  }

  set(link: LinkInfo, changes: LinkChanges): Errno | undefined {
    return this.apply({ type: 'setlink', netns: this.process.netns, link: link.ifindex, changes })
  }
}

export const brctl: Command = atOnce(process => {
  const operands: string[] = []
  for (const given of getopt(process.argv, 'Vh', operands, { help: 'h', version: 'V' })) {
    if ('words' in given) {
      process.stderr(`${given.words}\nUnknown option '?'\n`)
      process.stdout(usage())
      return 1
    }
    process.stdout(given.option === 'h' ? usage() : 'bridge-utils, 1.7\n')
    return 0
  }
  const [name, ...words] = operands
  const known = name !== undefined && Object.hasOwn(SUBCOMMANDS, name) ? SUBCOMMANDS[name] : undefined
  if (known === undefined) {
    if (name !== undefined) process.stderr(`never heard of command [${name}]\n`)
    process.stdout(usage())
    return 1
  }
  if (words.length < known.argumentCount) {
    process.stdout(`Incorrect number of arguments for command\nUsage: brctl ${name} ${known.help}\n`)
    return 1
  }
  return known.run(new Brctl(process), words)
})

function usage(): string {
  const lines = Object.entries(SUBCOMMANDS).map(([name, { help }]) => `\t${name.padEnd(10)}\t${help}\n`)
  return `Usage: brctl [commands]\ncommands:\n${lines.join('')}`
}

// -- Bridges and their ports -----------------------------------------------------------------------------------------

function addbr(brctl: Brctl, [name]: readonly string[]): number {
  const link = { kind: 'bridge', name: cut(name!) }
  const errno = name === '' ? 'EINVAL' : brctl.apply({ type: 'newlink', netns: brctl.process.netns, link })
  if (errno === undefined) return 0
  if (errno === 'EEXIST') return brctl.fail(`device ${name} already exists; can't create bridge with the same name`)
  return brctl.fail(`add bridge failed: ${strerror(errno)}`)
}

function delbr(brctl: Brctl, [name]: readonly string[]): number {
  const link = brctl.bridge(name!)
  if (link === undefined) return brctl.fail(`bridge ${name} doesn't exist; can't delete it`)
  if (link.bridge !== undefined && (link.flags & 1) !== 0) {
    return brctl.fail(`bridge ${name} is still up; can't delete it`)
  }
  const errno: Errno | undefined =
    link.bridge === undefined
      ? 'EPERM'
      : brctl.apply({ type: 'dellink', netns: brctl.process.netns, link: link.ifindex })
  return errno === undefined ? 0 : brctl.fail(`can't delete bridge ${name}: ${strerror(errno)}`)
}

/** The ports are added one by one; the first that fails ends it. */
function addif(brctl: Brctl, [name, ...ports]: readonly string[]): number {
  for (const port of ports) {
    const errno = addPort(brctl, name!, port)
    if (errno === undefined) continue
    if (errno === 'ENODEV') return noSuchDevice(brctl, name!, port)
    if (errno === 'EBUSY') {
      return brctl.fail(`device ${port} is already a member of a bridge; can't add it to bridge ${name}.`)
    }
    if (errno === 'ELOOP') {
      return brctl.fail(`device ${port} is a bridge device itself; can't add a bridge device to a bridge device.`)
    }
    return brctl.fail(`can't add ${port} to bridge ${name}: ${strerror(errno)}`)
  }
  return 0
}

/** SIOCBRADDIF. Unlike `ip link set master` it does not take a port away from another bridge. */
function addPort(brctl: Brctl, name: string, port: string): Errno | undefined {
  const link = brctl.link(port)
  const bridge = brctl.bridge(name)
  if (link === undefined || bridge === undefined) return 'ENODEV'
  if (bridge.bridge === undefined) return 'EOPNOTSUPP'
  if (link.master !== 0) return 'EBUSY'
  return brctl.set(link, { master: bridge.ifindex })
}

function delif(brctl: Brctl, [name, ...ports]: readonly string[]): number {
  for (const port of ports) {
    const errno = removePort(brctl, name!, port)
    if (errno === undefined) continue
    if (errno === 'ENODEV') return noSuchDevice(brctl, name!, port)
    if (errno === 'EINVAL') return brctl.fail(`device ${port} is not a port of ${name}`)
    return brctl.fail(`can't delete ${port} from ${name}: ${strerror(errno)}`)
  }
  return 0
}

function removePort(brctl: Brctl, name: string, port: string): Errno | undefined {
  const link = brctl.link(port)
  const bridge = brctl.bridge(name)
  if (link === undefined || bridge === undefined) return 'ENODEV'
  if (bridge.bridge === undefined) return 'EOPNOTSUPP'
  if (link.master !== bridge.ifindex) return 'EINVAL'
  return brctl.set(link, { master: 0 })
}

const noSuchDevice = (brctl: Brctl, bridge: string, port: string): 1 =>
  brctl.fail(brctl.link(port) === undefined ? `interface ${port} does not exist!` : `bridge ${bridge} does not exist!`)

// -- Settings of a bridge --------------------------------------------------------------------------------------------

function setTime(option: 'ageingTime' | 'forwardDelay' | 'helloTime' | 'maxAge', words: string): Subcommand['run'] {
  return (brctl, [name, text]) => {
    const seconds = strtod(text!)
    if (seconds.none) return brctl.fail(`bad ${words} value`)
    const ticks = Number.isFinite(seconds.value) ? Math.max(0, Math.trunc(seconds.value * USER_HZ)) : 0
    return setBridge(brctl, name!, { [option]: ticks }, words)
  }
}

function setbridgeprio(brctl: Brctl, [name, text]: readonly string[]): number {
  const priority = scanInteger(text!)
  if (priority === undefined) return brctl.fail('bad priority')
  return setBridge(brctl, name!, { priority: priority & 0xffff }, 'bridge priority')
}

function stp(brctl: Brctl, [name, text]: readonly string[]): number {
  const on = onOff(text!)
  if (on === undefined) return brctl.fail('expect on/off for argument')
  return setBridge(brctl, name!, { stpState: on ? 1 : 0 }, 'stp status')
}

function setBridge(brctl: Brctl, name: string, bridge: Partial<BridgeOptions>, words: string): number {
  const link = brctl.bridge(name)
  const errno = notABridge(link) ?? brctl.set(link!, { bridge })
  return errno === undefined ? 0 : brctl.fail(`set ${words} failed: ${strerror(errno)}`)
}

// -- Settings of a port ----------------------------------------------------------------------------------------------

function setpathcost(brctl: Brctl, [name, port, text]: readonly string[]): number {
  const cost = scanInteger(text!)
  if (cost === undefined) return brctl.fail('bad path cost value')
  const errno = setPort(brctl, name!, port!, { cost })
  return errno === undefined ? 0 : brctl.fail(`set path cost failed: ${strerror(errno)}`)
}

function setportprio(brctl: Brctl, [name, port, text]: readonly string[]): number {
  const priority = scanInteger(text!)
  if (priority === undefined) return brctl.fail('bad path priority value')
  const errno = setPort(brctl, name!, port!, { priority })
  return errno === undefined ? 0 : brctl.fail(`set port priority failed: ${strerror(errno)}`)
}

function hairpin(brctl: Brctl, [name, port, text]: readonly string[]): number {
  const on = onOff(text!)
  if (on === undefined) return brctl.fail('expect on/off for argument')
  if (brctl.link(port!) === undefined) return brctl.fail(`interface ${port} does not exist!`)
  if (brctl.link(name!) === undefined) return brctl.fail(`bridge ${name} does not exist!`)
  const errno = setPort(brctl, name!, port!, { hairpin: on })
  if (errno === undefined) return 0
  return brctl.fail(`can't set ${port} to hairpin on bridge ${name}: ${strerror(errno)}`)
}

/**
 * port_set(): writes below the port's own brport directory, so the name of the bridge counts only when that fails: then
 * an ioctl of the bridge is tried, and its error, if it gets as far as one, is the one shown.
 */
function setPort(brctl: Brctl, name: string, port: string, options: Partial<BridgePortOptions>): Errno | undefined {
  const link = brctl.link(port)
  const errno = link?.port === undefined ? 'ENOENT' : brctl.set(link, { port: options })
  if (errno === undefined) return undefined
  return (link === undefined ? 'ENODEV' : undefined) ?? notABridge(brctl.bridge(name)) ?? errno
}

// -- Showing ---------------------------------------------------------------------------------------------------------

function show(brctl: Brctl, names: readonly string[]): number {
  const wanted = names.length > 0 ? names : bridgesByName(brctl)
  let status = 0
  let header = 'bridge name\tbridge id\t\tSTP enabled\tinterfaces\n'
  for (const name of wanted) {
    const link = brctl.bridge(name)
    if (link?.bridge === undefined) {
      status = brctl.fail(link === undefined ? `bridge ${name} does not exist!` : `device ${name} is not a bridge!`)
      continue
    }
    const ports = portsOf(brctl, link).map(port => port.name)
    const on = link.bridge.stpState !== 0 ? 'yes' : 'no'
    brctl.print(`${header}${name}\t\t${bridgeId(link.bridge.bridgeId)}\t${on}\t\t${ports.join('\n\t\t\t\t\t\t\t')}\n`)
    header = ''
  }
  return status
}

function showmacs(brctl: Brctl, [name]: readonly string[]): number {
  const link = brctl.bridge(name!)
  const errno = notABridge(link)
  if (errno !== undefined) return brctl.fail(`read of forward table failed: ${strerror(errno)}`)
  const { world, netns } = brctl.process
  const entries = world
    .fdb(netns)
    // What leads to the bridge itself, and what the collector has not yet taken away, the kernel does not tell.
    .filter(entry => entry.master === link!.ifindex && entry.portNumber !== 0 && entry.state !== Nud.Stale)
    .sort((a, b) => a.mac - b.mac)
  brctl.print('port no\tmac addr\t\tis local?\tageing timer\n')
  for (const entry of entries) {
    const age = entry.isStatic || entry.isLocal ? 0 : jiffiesToClock(nsToJiffies(entry.updatedNs))
    const local = entry.isLocal ? 'yes' : 'no'
    const number = String(entry.portNumber).padStart(3)
    brctl.print(`${number}\t${mac48.format(entry.mac)}\t${local}\t\t${timer(age)}\n`)
  }
  return 0
}

function showstp(brctl: Brctl, [name]: readonly string[]): number {
  const link = brctl.bridge(name!)
  if (link === undefined) return brctl.fail(`bridge ${name} does not exist!`)
  if (link.bridge === undefined) return brctl.fail(`device ${name} is not a bridge!`)
  const ports = portsOf(brctl, link).map(port => portText(port.name, port.port!))
  brctl.print(bridgeText(name!, link.bridge) + ports.join(''))
  return 0
}

/** br_dump_info(). The times of the left column are shown twice: sysfs has only those in force. */
function bridgeText(name: string, b: BridgeInfo): string {
  const changes = `${b.topologyChange !== 0 ? 'TOPOLOGY_CHANGE ' : ''}${
    b.topologyChangeDetected !== 0 ? 'TOPOLOGY_CHANGE_DETECTED ' : ''
  }`
  const [maxAge, hello, delay] = [b.rootMaxAge, b.rootHelloTime, b.rootForwardDelay].map(timer)
  return [
    name,
    ` bridge id\t\t${bridgeId(b.bridgeId)}`,
    ` designated root\t${bridgeId(b.rootId)}`,
    ` root port\t\t${number4(b.rootPort)}\t\t\tpath cost\t\t${number4(b.rootPathCost)}`,
    ` max age\t\t${maxAge}\t\t\tbridge max age\t\t${maxAge}`,
    ` hello time\t\t${hello}\t\t\tbridge hello time\t${hello}`,
    ` forward delay\t\t${delay}\t\t\tbridge forward delay\t${delay}`,
    ` ageing time\t\t${timer(b.ageingTime)}`,
    ` hello timer\t\t${timer(b.helloTimer)}\t\t\ttcn timer\t\t${timer(b.tcnTimer)}`,
    ` topology change timer\t${timer(b.topologyChangeTimer)}\t\t\tgc timer\t\t${timer(b.gcTimer)}`,
    ` flags\t\t\t${changes}`,
    '\n\n',
  ].join('\n')
}

/** dump_port_info() */
function portText(name: string, p: BridgePortInfo): string {
  const flags = `${p.configPending !== 0 ? 'CONFIG_PENDING ' : ''}${
    p.topologyChangeAck !== 0 ? 'TOPOLOGY_CHANGE_ACK ' : ''
  }`
  const state = (STATES[p.state] ?? '').padStart(15)
  return [
    `${name} (${p.portNumber})`,
    ` port id\t\t${hex4(p.portId)}\t\t\tstate\t\t${state}`,
    ` designated root\t${bridgeId(p.designatedRoot)}\tpath cost\t\t${number4(p.cost)}`,
    ` designated bridge\t${bridgeId(p.designatedBridge)}\tmessage age timer\t${timer(p.messageAgeTimer)}`,
    ` designated port\t${hex4(p.designatedPort)}\t\t\tforward delay timer\t${timer(p.forwardDelayTimer)}`,
    ` designated cost\t${number4(p.designatedCost)}\t\t\thold timer\t\t${timer(p.holdTimer)}`,
    ` flags\t\t\t${flags}${p.hairpin ? '\n hairpin mode\t\t   1' : ''}`,
    '\n',
  ].join('\n')
}

// -- Words and numbers -----------------------------------------------------------------------------------------------

/** What an ioctl or a sysfs file of a bridge answers for this link. */
function notABridge(link: LinkInfo | undefined): Errno | undefined {
  if (link === undefined) return 'ENODEV'
  return link.bridge === undefined ? 'EOPNOTSUPP' : undefined
}

/** scandir(3) with alphasort in the C locale. */
const byName = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const bridgesByName = (brctl: Brctl): string[] =>
  brctl
    .links()
    .filter(link => link.bridge !== undefined)
    .map(link => link.name)
    .sort(byName)

const portsOf = (brctl: Brctl, bridge: LinkInfo): LinkInfo[] =>
  brctl
    .links()
    .filter(link => link.master === bridge.ifindex && link.port !== undefined)
    .sort((a, b) => byName(a.name, b.name))

const cut = (name: string): string => name.slice(0, NAME_OCTETS_MAX)

const onOff = (text: string): boolean | undefined =>
  ['on', 'yes', '1'].includes(text) ? true : ['off', 'no', '0'].includes(text) ? false : undefined

const hex4 = (value: number): string => value.toString(16).padStart(4, '0')

const number4 = (value: number): string => String(value).padStart(4)

const bridgeId = ({ priority, mac }: BridgeId): string => `${hex4(priority)}.${mac48.format(mac).replaceAll(':', '')}`

/** br_show_timer(): hundredths of a second as seconds. */
const timer = (ticks: number): string =>
  `${number4(Math.trunc(ticks / USER_HZ))}.${String(ticks % USER_HZ).padStart(2, '0')}`
