/**
 * arp of net-tools 2.10: the neighbours of IPv4 shown, set and deleted.
 *
 *     arp [-nv] [-i IF] [-a | -e] [HOST]     arp -s HOST MAC [temp] [pub]     arp -Ds HOST IF pub     arp -d HOST [pub]
 *
 * Follows net-tools arp.c, and what its ioctls do: Linux net/ipv4/arp.c (arp_req_set, arp_req_delete). Left out, and
 * refused: hardware other than Ethernet, entries for whole networks.
 */
import { Nud } from '../control/request.ts'
import { HardwareType } from '../core/device.ts'
import { type Errno, strerror } from '../core/errno.ts'
import type { Ip } from '../wire/ip.ts'
import * as ip4 from '../wire/ip.ts'
import type { Mac } from '../wire/mac.ts'
import type { Program, Wait, Wake } from '../world/task.ts'
import { type Command, notSupported, type Process } from './command.ts'
import { getoptLong } from './getopt-long.ts'
import type { Host } from './hosts.ts'
import { Exit } from './libc.ts'
import { hostName, parseEther, readHosts, resolve, unknownHost } from './nettools/inet.ts'
import { linkOf } from './nettools/ioctl.ts'
import { ARP_HARDWARE, E_OPTERR, FAMILIES, features, HARDWARE, isListed, RELEASE } from './nettools/words.ts'
import { Atf, procNet } from './procnet.ts'

const USAGE = `Usage:
  arp [-vn]  [<HW>] [-i <if>] [-a] [<hostname>]             <-Display ARP cache
  arp [-v]          [-i <if>] -d  <host> [pub]               <-Delete ARP entry
  arp [-vnD] [<HW>] [-i <if>] -f  [<filename>]            <-Add entry from file
  arp [-v]   [<HW>] [-i <if>] -s  <host> <hwaddr> [temp]            <-Add entry
  arp [-v]   [<HW>] [-i <if>] -Ds <host> <if> [netmask <nm>] pub          <-''-

        -a                       display (all) hosts in alternative (BSD) style
        -e                       display (all) hosts in default (Linux) style
        -s, --set                set a new ARP entry
        -d, --delete             delete a specified entry
        -v, --verbose            be verbose
        -n, --numeric            don't resolve names
        -i, --device             specify network interface (e.g. eth0)
        -D, --use-device         read <hwaddr> from given device
        -A, -p, --protocol       specify protocol family
        -f, --file               read new entries from file or from /etc/ethers

  <HW>=Use '-H <hw>' to specify hardware address type. Default: ether
  List of possible hardware types (which support ARP):
`
const LONG = [
  { name: 'verbose', as: 'v' },
  { name: 'version', as: 'V' },
  { name: 'all', as: 'a' },
  { name: 'delete', as: 'd' },
  { name: 'file', as: 'f' },
  { name: 'numeric', as: 'n' },
  { name: 'set', as: 's' },
  { name: 'protocol', as: 'A', argument: 'required' },
  { name: 'hw-type', as: 'H', argument: 'required' },
  { name: 'device', as: 'i', argument: 'required' },
  { name: 'help', as: 'h' },
  { name: 'use-device', as: 'D' },
  { name: 'symbolic', as: 'N' },
] as const
/** return -1 */
const FAILED = 255
const TABLE_TITLE = 'Address                  HWtype  HWaddress           Flags Mask            Iface\n'

interface Options {
  action: 'show' | 'file' | 'delete' | 'set'
  /** -a */
  all: boolean
  /** -e: a table, which is what there is without -a as well. */
  table: boolean
  numeric: boolean
  verbose: boolean
  /** -D */
  usesDevice: boolean
  hardwareGiven: boolean
  device: string
}

export const arp: Command = function* (process): Program {
  try {
    const { options, operands } = parse(process)
    const hosts = yield* readHosts()
    const run = new Arp(process, options, hosts)
    if (options.action === 'show') return run.show(operands[0])
    if (options.action === 'file') return yield* run.file(operands[0] ?? '/etc/ethers')
    return options.action === 'set' ? run.set(operands) : run.delete(operands)
  } catch (end) {
    if (end instanceof Exit) return end.status
    throw end
  }
}

function usage(process: Process): never {
  process.stderr(USAGE + ARP_HARDWARE)
  throw new Exit(E_OPTERR)
}

function parse(process: Process): { options: Options; operands: readonly string[] } {
  const given = getoptLong(process.argv, 'A:H:adfp:nsei:t:vh?DNV', LONG)
  const options: Options = {
    action: 'show',
    all: false,
    table: false,
    numeric: false,
    verbose: false,
    usesDevice: false,
    hardwareGiven: false,
    device: '',
  }
  const fail = (words: string): never => {
    process.stderr(`arp: ${words}\n`)
    throw new Exit(FAILED)
  }
  for (const each of given.options) {
    const { option } = each
    if ('complaint' in each) {
      process.stderr(`${each.complaint}\n`)
      usage(process)
      continue
    }
    const { argument = '' } = each
    if (option === 'a') options.all = true
    else if (option === 'e') options.table = true
    else if (option === 'N') process.stderr('arp: -N not yet supported.\n')
    else if (option === 'f') options.action = 'file'
    else if (option === 'd') options.action = 'delete'
    else if (option === 's') options.action = 'set'
    else if (option === 'n') options.numeric = true
    else if (option === 'v') options.verbose = true
    else if (option === 'D') options.usesDevice = true
    else if (option === 'i') options.device = argument
    else if (option === 'H' || option === 't') {
      if (!isListed(HARDWARE, argument)) fail(`${argument}: unknown hardware type.`)
      if (!isListed(ARP_HARDWARE, argument)) fail(`${argument}: hardware type without ARP support.`)
      if (argument !== 'ether') throw new Exit(notSupported(process, `arp -H ${argument}`))
      options.hardwareGiven = true
    } else if (option === 'A' || option === 'p') {
      if (!isListed(FAMILIES, argument)) fail(`${argument}: unknown address family.`)
      if (argument !== 'inet') fail(`${argument}: kernel only supports 'inet'.`)
    } else if (option === 'h') {
      process.stderr(ARP_HARDWARE)
      process.stdout(USAGE)
      throw new Exit(0)
    } else if (option === 'V') {
      process.stdout(RELEASE + features('+I18N +SELINUX', '(ether)'))
      throw new Exit(0)
    }
  }
  return { options, operands: given.operands }
}

class Arp {
  readonly process: Process
  readonly options: Options
  readonly hosts: readonly Host[]

  constructor(process: Process, options: Options, hosts: readonly Host[]) {
    this.process = process
    this.options = options
    this.hosts = hosts
  }

  /** arp_show: what /proc/net/arp says. */
  show(name: string | undefined): number {
    const { process, options } = this
    const wanted = name === undefined ? undefined : this.resolve(name)
    const lines = procNet(process.world, process.netns, 'arp').trimEnd().split('\n').slice(1)
    let shown = 0
    for (const line of lines) {
      const [ip = '', , flags = '', mac = '', , device = ''] = line.split(/\s+/)
      if (wanted !== undefined && ip !== ip4.format(wanted)) continue
      if (options.device !== '' && options.device !== device) continue
      const host = options.numeric ? ip : hostName(this.hosts, ip4.parse(ip)!)
      const title = shown++ === 0 ? TABLE_TITLE : ''
      const entry = { ip, host, flags: Number.parseInt(flags, 16), mac, device }
      process.stdout(options.all && !options.table ? sentence(entry) : title + row(entry))
    }
    if (options.verbose) {
      process.stdout(`Entries: ${lines.length}\tSkipped: ${lines.length - shown}\tFound: ${shown}\n`)
    }
    if (shown > 0) return 0
    if (wanted !== undefined && !options.all) process.stdout(`${name} (${ip4.format(wanted)}) -- no entry\n`)
    else if (options.hardwareGiven || wanted !== undefined || options.device !== '') {
      process.stdout(`arp: in ${lines.length} entries no match found.\n`)
    }
    return 0
  }

  /** arp_set */
  set(words: readonly string[]): number {
    const { process, options } = this
    const [name, hardware, ...modifiers] = words
    if (name === undefined) return this.fail('arp: need host name')
    const dst = this.resolve(name)
    if (hardware === undefined) return this.fail('arp: need hardware address')
    let mac: Mac | undefined
    if (options.usesDevice) {
      const link = linkOf(process, hardware)
      if (link === undefined) return this.fail(`arp: cant get HW-Address for \`${hardware}': ${strerror('ENODEV')}.`)
      mac = link.mac
    } else mac = parseEther(hardware)
    if (mac === undefined) return this.fail('arp: invalid hardware address')
    const { permanent, published } = this.modifiers(modifiers)
    const failed = published ? this.publish(dst, mac) : this.setNeighbour(dst, mac, permanent)
    return failed === undefined ? 0 : this.fail(`SIOCSARP: ${strerror(failed)}`)
  }

  /** arp_req_set_public: on the device, or on the one that has this address itself. */
  publish(dst: Ip, mac: Mac): Errno | undefined {
    const { world, netns } = this.process
    const own = world.links(netns).find(link => link.hardwareType === HardwareType.Ether && link.mac === mac)
    const link = this.options.device === '' ? own : linkOf(this.process, this.options.device)
    if (link === undefined) return 'ENODEV'
    const neighbour = { link: link.ifindex, dst, proxy: true }
    const answer = world.apply({ type: 'newneigh', netns, neighbour, mode: 'replace' })
    return answer.ok ? undefined : answer.errno
  }

  /** arp_req_set */
  setNeighbour(dst: Ip, mac: Mac, permanent: boolean): Errno | undefined {
    const { world, netns } = this.process
    const link = this.deviceTo(dst)
    if (typeof link === 'string') return link
    if (world.link(netns, link)?.hardwareType !== HardwareType.Ether) return 'EINVAL'
    const neighbour = { link, dst, mac, state: permanent ? Nud.Permanent : Nud.Stale }
    const answer = world.apply({ type: 'newneigh', netns, neighbour, mode: 'replace' })
    return answer.ok ? undefined : answer.errno
  }

  /** arp_del: what is no neighbour may be published. */
  delete(words: readonly string[]): number {
    const [name, ...modifiers] = words
    if (name === undefined) return this.fail('arp: need host name')
    const dst = this.resolve(name)
    const { published, unpublished } = this.modifiers(modifiers)
    const isBoth = published === unpublished
    if (unpublished || isBoth) {
      const failed = this.deleteNeighbour(dst)
      if (failed === undefined) return 0
      if (failed !== 'ENXIO') return this.fail(`SIOCDARP(dontpub): ${strerror(failed)}`)
    }
    if (published || isBoth) {
      const failed = this.unpublish(dst)
      if (failed === undefined) return 0
      if (failed !== 'ENOENT') return this.fail(`SIOCDARP(pub): ${strerror(failed)}`)
    }
    this.process.stdout(`No ARP entry for ${name}\n`)
    return FAILED
  }

  deleteNeighbour(dst: Ip): Errno | undefined {
    const { world, netns } = this.process
    const link = this.deviceTo(dst)
    if (typeof link === 'string') return link
    const answer = world.apply({ type: 'delneigh', netns, neighbour: { link, dst } })
    return answer.ok ? undefined : 'ENXIO'
  }

  /** What is published on a device is found only by its name. */
  unpublish(dst: Ip): Errno | undefined {
    const { device } = this.options
    const { world, netns } = this.process
    if (device === '') return 'ENOENT'
    const link = linkOf(this.process, device)
    if (link === undefined) return 'ENODEV'
    const answer = world.apply({ type: 'delneigh', netns, neighbour: { link: link.ifindex, dst, proxy: true } })
    return answer.ok ? undefined : answer.errno
  }

  /** The device that is named, or the one through which the host is reached without a router. */
  deviceTo(dst: Ip): number | Errno {
    const { process, options } = this
    if (options.device !== '') return linkOf(process, options.device)?.ifindex ?? 'ENODEV'
    const found = process.world.routeGet(process.netns, { dst })
    if (!found.ok) return found.errno
    return found.value.via === undefined ? found.value.ifindex : 'ENETUNREACH'
  }

  modifiers(words: readonly string[]): { permanent: boolean; published: boolean; unpublished: boolean } {
    let permanent = true
    let published = false
    let unpublished = false
    const left = [...words]
    while (left.length > 0) {
      const word = left.shift()!
      if (word === 'temp') permanent = false
      else if (word === 'pub') published = true
      else if (word === 'priv') {
        unpublished = true
        if (this.options.action !== 'delete') published = false
      } else if (word === 'dev') this.options.device = left.shift() ?? usage(this.process)
      else if (word === 'trail' || word === 'auto') {
        // Flags that the kernel does not look at.
      } else if (word === 'dontpub') throw new Exit(notSupported(this.process, 'arp dontpub'))
      else if (word === 'netmask') {
        if ((left.shift() ?? usage(this.process)) !== '255.255.255.255') {
          throw new Exit(notSupported(this.process, 'arp netmask'))
        }
      } else usage(this.process)
    }
    return { permanent, published, unpublished }
  }

  /** arp_file: lines of a host and its address, in either order. */
  *file(path: string): Generator<Wait, number, Wake> {
    const wake = yield { for: 'file', path }
    if (wake.by !== 'file') return this.fail(`arp: cannot open etherfile ${path} !`)
    for (const [i, line] of wake.text.split('\n').entries()) {
      if (line === '' || line.startsWith('#')) continue
      const words = line.trim().split(/\s+/)
      const wrong = (what: string): void =>
        this.process.stderr(`arp: ${what} on line ${i + 1} of etherfile ${path} !\n`)
      if (words.length < 2) wrong('format error')
      else {
        const [first = '', second = '', ...rest] = words
        const isEthers = first.includes(':')
        if (this.set(isEthers ? [second, first, ...rest] : words) !== 0) wrong('cannot set entry')
      }
    }
    return 0
  }

  resolve(name: string): Ip {
    const found = resolve(this.hosts, name)
    if (found !== undefined) return found.address
    this.process.stderr(unknownHost(name))
    throw new Exit(FAILED)
  }

  fail(words: string): number {
    this.process.stderr(`${words}\n`)
    return FAILED
  }
}

interface Entry {
  readonly ip: string
  /** The address again when it has no name. */
  readonly host: string
  /** Atf bits. */
  readonly flags: number
  readonly mac: string
  readonly device: string
}

/** arp_disp_2 */
function row({ host, flags, mac, device }: Entry): string {
  const isPublished = (flags & Atf.Published) !== 0
  const letters =
    ((flags & Atf.Complete) !== 0 ? 'C' : '') + ((flags & Atf.Permanent) !== 0 ? 'M' : '') + (isPublished ? 'P' : '')
  const address = isPublished ? ['*', '<from_interface>'] : ['', '(incomplete)']
  const [kind, hardware] = (flags & Atf.Complete) !== 0 ? ['ether', mac] : address
  const left = `${host.slice(0, 23).padEnd(23)}  ${kind!.padEnd(8)}${hardware!.padEnd(20)}`
  return `${left}${letters.padEnd(6)}${' '.repeat(15)} ${device}\n`
}

/** arp_disp */
function sentence({ ip, host, flags, mac, device }: Entry): string {
  const isPublished = (flags & Atf.Published) !== 0
  const unknown = isPublished ? '<from_interface>' : '<incomplete>'
  const hardware = (flags & Atf.Complete) !== 0 ? `${mac} [ether]` : unknown
  const words = ((flags & Atf.Permanent) !== 0 ? 'PERM ' : '') + (isPublished ? 'PUB ' : '')
  return `${host === ip ? '?' : host} (${ip}) at ${hardware} ${words}on ${device}\n`
}
