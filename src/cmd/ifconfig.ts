/**
 * ifconfig of net-tools 2.10: interfaces shown, brought up and down, and given addresses.
 *
 *     ifconfig [-a] [-v] [-s] [INTERFACE [inet] [ADDRESS[/BITS]] [WORDS...]]
 *
 * Follows net-tools ifconfig.c. Left out, and refused: other families than inet, IPv6 addresses, other hardware than
 * Ethernet, -trailers, SLIP. No device here has a map of its hardware: mem_start, io_addr and irq fail as on a veth.
 */
import type { LinkChanges } from '../control/request.ts'
import { Iff } from '../core/device.ts'
import { type Errno, strerror } from '../core/errno.ts'
import type { Ip } from '../wire/ip.ts'
import * as ip4 from '../wire/ip.ts'
import type { Program } from '../world/task.ts'
import { type Command, notSupported, type Process } from './command.ts'
import type { Host } from './hosts.ts'
import { Exit, strtol, strtoul } from './libc.ts'
import { maskOf, parseEther, readHosts, resolve, unknownHost } from './nettools/inet.ts'
import { type Interface, interfaceNamed, interfaces, isUp, longText, shortText } from './nettools/interface.ts'
import * as ioctl from './nettools/ioctl.ts'
import { E_OPTERR, FAMILIES, HARDWARE, isListed, RELEASE } from './nettools/words.ts'

const USAGE_BEGINNING = `Usage:
  ifconfig [-a] [-v] [-s] <interface> [[<AF>] <address>]
  [add <address>[/<prefixlen>]]
  [del <address>[/<prefixlen>]]
  [[-]broadcast [<address>]]  [[-]pointopoint [<address>]]
  [netmask <address>]  [dstaddr <address>]  [tunnel <address>]
  [outfill <NN>] [keepalive <NN>]
  [hw <HW> <address>]  [mtu <NN>]
  [[-]trailers]  [[-]arp]  [[-]allmulti]
  [multicast]  [[-]promisc]
  [mem_start <NN>]  [io_addr <NN>]  [irq <NN>]  [media <type>]
  [txqueuelen <NN>]
  [name <newname>]
  [[-]dynamic]
  [up|down] ...

  <HW>=Hardware Type.
  List of possible hardware types:
`
const USAGE_END = `  <AF>=Address family. Default: inet
  List of possible address families:
`
const SHORT_TITLE = 'Iface      MTU    RX-OK RX-ERR RX-DRP RX-OVR    TX-OK TX-ERR TX-DRP TX-OVR Flg\n'
/** What the programs answer when a flag could not be set: -1. */
const FLAG_FAILED = 255
const ALIASES_MAX = 256

/** What is wrong with the command line goes to standard error as a whole; of the help only the lists do. */
function usage(process: Process): never {
  process.stderr(USAGE_BEGINNING + HARDWARE + USAGE_END + FAMILIES)
  throw new Exit(E_OPTERR)
}

function help(process: Process): never {
  process.stderr(HARDWARE + FAMILIES)
  process.stdout(USAGE_BEGINNING + USAGE_END)
  throw new Exit(0)
}

export const ifconfig: Command = function* (process): Program {
  try {
    const [, ...words] = process.argv
    let all = false
    let short = false
    let verbose = false
    while (words[0]?.startsWith('-')) {
      const option = words.shift()!
      if (option === '-a') all = true
      else if (option === '-s') short = true
      else if (option === '-v') verbose = true
      else if (['-V', '-version', '--version'].includes(option)) {
        process.stdout(RELEASE)
        return 0
      } else if (['-?', '-h', '-help', '--help'].includes(option)) return help(process)
      else {
        process.stderr(`ifconfig: option \`${option}' not recognised.\n${SEE_HELP}`)
        return 1
      }
    }
    const [given, ...changes] = words
    if (given === undefined) {
      show(
        process,
        short,
        interfaces(process).filter(each => all || isUp(each)),
      )
      return 0
    }
    const name = given.slice(0, ioctl.NAME_OCTETS_MAX)
    if (changes.length === 0) return showOne(process, short, name)
    const status = new Changes(process, name, yield* readHosts(), changes).carryOut()
    if (verbose && status !== 0) {
      process.stderr(`WARNING: at least one error occured. (${status === FLAG_FAILED ? -1 : status})\n`)
    }
    return status
  } catch (end) {
    if (end instanceof Exit) return end.status
    throw end
  }
}

const SEE_HELP = "ifconfig: `--help' gives usage information.\n"

function show(process: Process, short: boolean, list: readonly Interface[]): void {
  if (short) process.stdout(SHORT_TITLE)
  for (const each of list) process.stdout(short ? shortText(each) : longText(each))
}

function showOne(process: Process, short: boolean, name: string): number {
  const found = interfaceNamed(process, name)
  show(process, short, found === undefined ? [] : [found])
  return found === undefined ? notFound(process, name) : 0
}

function notFound(process: Process, name: string): 1 {
  process.stderr(`${name}: error fetching interface information: Device not found\n`)
  return 1
}

/** Words that set or clear a flag. Of those with `warns` a look afterwards tells whether it is there still. */
const FLAGS: Readonly<Record<string, { readonly changes: LinkChanges; readonly warns?: [mask: number, as: string] }>> =
  {
    arp: { changes: { arp: true } },
    '-arp': { changes: { arp: false } },
    trailers: { changes: {} },
    promisc: { changes: { promisc: true } },
    '-promisc': { changes: { promisc: false }, warns: [Iff.Promisc, 'promisc'] },
    multicast: { changes: { multicast: true } },
    '-multicast': { changes: { multicast: false }, warns: [Iff.Multicast, 'MULTICAST'] },
    allmulti: { changes: { allMulticast: true } },
    '-allmulti': { changes: { allMulticast: false }, warns: [Iff.AllMulti, 'ALLMULTI'] },
    up: { changes: { up: true } },
    down: { changes: { up: false } },
    dynamic: { changes: { dynamic: true } },
    '-dynamic': { changes: { dynamic: false }, warns: [Iff.Dynamic, 'DYNAMIC'] },
    // Nobody can change these two: a look afterwards is all that happens.
    '-broadcast': { changes: {}, warns: [Iff.Broadcast, 'BROADCAST'] },
    '-pointopoint': { changes: {}, warns: [Iff.PointToPoint, 'POINTOPOINT'] },
    '-pointtopoint': { changes: {}, warns: [Iff.PointToPoint, 'POINTOPOINT'] },
  }

/** Words about the map of the hardware, each with a number. */
const MAP_WORDS = ['mem_start', 'io_addr', 'irq']
/** Words of IPv6 tunnels, SLIP and ports of old cards. */
const REFUSED = ['-trailers', 'keepalive', 'media', 'outfill', 'tunnel']

/** The words behind the name of the interface, one by one. */
class Changes {
  readonly process: Process
  readonly name: string
  readonly hosts: readonly Host[]
  readonly words: string[]
  status = 0
  /** A mask was given in words. */
  hasMask = false
  /** One that came with an address, to be set at the end. */
  mask: number | undefined

  constructor(process: Process, name: string, hosts: readonly Host[], words: readonly string[]) {
    this.process = process
    this.name = name
    this.hosts = hosts
    this.words = [...words]
  }

  carryOut(): number {
    const [family] = this.words
    if (family === 'inet') this.words.shift()
    else if (isListed(FAMILIES, family!)) return notSupported(this.process, `ifconfig ${family}`)
    while (this.words.length > 0) this.change(this.words.shift()!)
    if (this.mask !== undefined) this.tell('SIOCSIFNETMASK', ioctl.setNetmask(this.process, this.name, this.mask))
    return this.status & 0xff
  }

  change(word: string): void {
    const flag = Object.hasOwn(FLAGS, word) ? FLAGS[word] : undefined
    const { process, name } = this
    if (flag !== undefined) {
      this.setFlags(flag.changes)
      if (flag.warns !== undefined) this.testFlag(...flag.warns)
    } else if (word === 'mtu') {
      const mtu = Number(strtol(this.argument()).value) | 0
      this.tell('SIOCSIFMTU', ioctl.setLink(process, name, { mtu: mtu >>> 0 }))
    } else if (word === 'broadcast') {
      if (this.words.length > 0) this.withAddress('SIOCSIFBRDADDR', ioctl.setBroadcast)
      else this.setFlags({})
    } else if (word === 'pointopoint' || word === 'pointtopoint') {
      if (this.words.length > 0) this.withAddress('SIOCSIFDSTADDR', ioctl.setDestination)
      else this.setFlags({})
    } else if (word === 'dstaddr') {
      const address = this.address(this.argument())
      if (address !== undefined) this.tell('SIOCSIFDSTADDR', ioctl.setDestination(process, name, address))
    } else if (word === 'netmask') {
      if (this.hasMask) usage(process)
      const mask = this.address(this.argument())
      if (mask === undefined) return
      this.hasMask = true
      this.tell('SIOCSIFNETMASK', ioctl.setNetmask(process, name, mask))
    } else if (word === 'txqueuelen') {
      const txQueueLength = Number(strtoul(this.argument()).value) >>> 0
      this.tell('SIOCSIFTXQLEN', ioctl.setLink(process, name, { txQueueLength }))
    } else if (word === 'name') {
      const newName = this.argument().slice(0, ioctl.NAME_OCTETS_MAX)
      this.tell('SIOCSIFNAME', ioctl.setLink(process, name, { name: newName }))
    } else if (word === 'hw') {
      this.setHardwareAddress()
    } else if (word === 'add' || word === 'del') {
      this.changeAlias(this.argument(), word === 'add')
    } else if (MAP_WORDS.includes(word)) {
      this.argument()
      const exists = ioctl.linkOf(process, name) !== undefined
      if (exists) this.tell(`${word}: SIOCSIFMAP`, 'EOPNOTSUPP')
      else this.tell(`${word}: SIOCGIFMAP`, 'ENODEV')
    } else if (REFUSED.includes(word)) {
      throw new Exit(notSupported(process, `ifconfig ${word}`))
    } else {
      this.setAddress(word)
    }
  }

  /** The word behind the one that needs it. */
  argument(): string {
    return this.words.shift() ?? usage(this.process)
  }

  tell(what: string, errno: Errno | undefined): void {
    if (errno === undefined) return
    this.process.stderr(`${what}: ${strerror(errno)}\n`)
    this.status |= 1
  }

  setFlags(changes: LinkChanges): void {
    const errno = ioctl.setFlags(this.process, this.name, changes)
    if (errno === undefined) return
    const exists = ioctl.linkOf(this.process, this.name) !== undefined
    const what = exists ? 'SIOCSIFFLAGS' : `${this.name}: ERROR while getting interface flags`
    this.process.stderr(`${what}: ${strerror(errno)}\n`)
    this.status |= FLAG_FAILED
  }

  testFlag(mask: number, as: string): void {
    const link = ioctl.linkOf(this.process, this.name)
    if (link === undefined) {
      this.process.stderr(`${this.name}: ERROR while testing interface flags: ${strerror('ENODEV')}\n`)
    } else if ((link.flags & mask) !== 0) {
      const mode = mask === Iff.Promisc ? 'promisc mode... maybe other application is running?' : `${as} mode.`
      this.process.stderr(`Warning: Interface ${this.name} still in ${mode}\n`)
    }
  }

  /** An address, or what is wrong with it. */
  address(text: string): Ip | undefined {
    const found = resolve(this.hosts, text)
    if (found !== undefined) return found.address
    this.process.stderr(unknownHost(text))
    this.status |= 1
    return undefined
  }

  /** `broadcast` and `pointopoint` with an address, which claim the flag as well. */
  withAddress(what: string, set: (process: Process, name: string, address: Ip) => Errno | undefined): void {
    const address = this.address(this.argument())
    if (address === undefined) return
    this.tell(what, set(this.process, this.name, address))
    this.setFlags({})
  }

  setHardwareAddress(): void {
    const kind = this.argument()
    if (!isListed(HARDWARE, kind)) usage(this.process)
    if (kind === 'loop') {
      this.words.shift()
      this.process.stderr("hw address type `loop' has no handler to set address. failed.\n")
      this.status |= 1
      return
    }
    if (kind !== 'ether') throw new Exit(notSupported(this.process, `ifconfig hw ${kind}`))
    const text = this.argument()
    const mac = parseEther(text)
    if (mac === undefined) {
      this.process.stderr(`${text}: invalid ether address.\n`)
      this.status |= 1
      return
    }
    this.tell('SIOCSIFHWADDR', ioctl.setLink(this.process, this.name, { mac }))
  }

  /** The address of the interface; one with a length has its mask set when all else is done. */
  setAddress(word: string): void {
    const { process, name } = this
    const mask = maskOf(word)
    if (mask !== undefined && (Number.isNaN(mask) || this.hasMask)) usage(process)
    if (mask !== undefined) this.mask = mask
    const found = resolve(this.hosts, word.split('/', 1)[0]!)
    if (found === undefined) {
      process.stderr(unknownHost(word.split('/', 1)[0]!) + SEE_HELP)
      throw new Exit(1)
    }
    this.tell('SIOCSIFADDR', ioctl.setAddress(process, name, found.address))
    const isGone = name.includes(':') && (name.endsWith('-') || found.address === ip4.ANY)
    if (!isGone) this.setFlags({ up: true })
  }

  /**
   * set_ifstate: an alias with that address is put up or down; if there is none, one is made, for `del` as well. What
   * fails on the way is not told.
   */
  changeAlias(text: string, up: boolean): void {
    if (text.includes(':')) throw new Exit(notSupported(this.process, 'ifconfig add and del of IPv6'))
    const { process, name } = this
    const address = this.address(text)
    if (address === undefined) return
    const parent = interfaceNamed(process, name)
    if (parent === undefined) {
      notFound(process, name)
      notFound(process, name)
      return
    }
    const taken = new Set<number>()
    for (const each of interfaces(process)) {
      const colon = each.name.indexOf(':')
      if (!each.name.startsWith(name) || colon < 0 || each.name.includes('-', colon)) continue
      taken.add(Number.parseInt(each.name.slice(colon + 1), 10) || 0)
      if (each.address?.address !== address) continue
      ioctl.setFlags(process, each.name, { up })
      return
    }
    let number = 0
    while (taken.has(number)) number++
    if (number < ALIASES_MAX) this.makeAlias(`${name}:${number}`.slice(0, ioctl.NAME_OCTETS_MAX), address, parent)
  }

  makeAlias(label: string, address: Ip, { address: model }: Interface): void {
    const { process } = this
    const mask = model === undefined ? 0 : ip4.mask(model.prefixLength)
    const failed =
      ioctl.setAddress(process, label, address) ??
      ioctl.setNetmask(process, label, mask) ??
      ioctl.setBroadcast(process, label, model?.broadcast ?? ip4.ANY)
    if (failed === undefined) ioctl.setFlags(process, label, {})
  }
}
