/**
 * tcpdump 4.99.3 with libpcap 1.10.3.
 *
 * Follows tcpdump.c: its options, what it says on standard error, and when. A capture that is printed to no terminal
 * without -l, and one that is written to a file, is read from the kernel's ring a block at a time: packets show up
 * once a second after the start, and what came after the last block when it is ended is lost, as on Linux. Standard
 * output is buffered likewise. Left out, and refused: rotation of files, other link types, decryption, what UDP and
 * TCP carry.
 */
import { type Device, HardwareType, Iff, isUp, OperState, PacketType } from '../core/device.ts'
import { strerror } from '../core/errno.ts'
import { EVERY_PROTOCOL, type PacketReceived, type PacketSocket } from '../stack/packet.ts'
import { NS_PER_S } from '../time/instant.ts'
import * as eth from '../wire/ethernet.ts'
import * as mac48 from '../wire/mac.ts'
import * as pcap from '../wire/pcap.ts'
import * as pcapng from '../wire/pcapng.ts'
import { EPOCH_S } from '../world/clock.ts'
import type { Program, Wait, Wake } from '../world/task.ts'
import { type Command, notSupported, type Process } from './command.ts'
import { getoptLong } from './getopt-long.ts'
import { type Host, hostsNamed, nameOf, parseHosts } from './hosts.ts'
import { Exit } from './libc.ts'
import { signalStatus } from './signals.ts'
import { compile, FilterError, type Predicate } from './tcpdump/filter.ts'
import { etherType, headerBytes, LINK_NAMES, LinkType, type Packet, SLL2_BYTES, type Style } from './tcpdump/packet.ts'
import { asText, describe, hexDump } from './tcpdump/print.ts'

const VERSION = 'tcpdump version 4.99.3\nlibpcap version 1.10.3 (with TPACKET_V3)\nOpenSSL 3.0.19 27 Jan 2026\n'
const USAGE = `Usage: tcpdump [-AbdDefhHIJKlLnNOpqStuUvxX#] [ -B size ] [ -c count ] [--count]
		[ -C file_size ] [ -E algo:secret ] [ -F file ] [ -G seconds ]
		[ -i interface ] [ --immediate-mode ] [ -j tstamptype ]
		[ -M secret ] [ --number ] [ --print ] [ -Q in|out|inout ]
		[ -r file ] [ -s snaplen ] [ -T type ] [ --version ]
		[ -V file ] [ -w file ] [ -W filecount ] [ -y datalinktype ]
		[ --time-stamp-precision precision ] [ --micro ] [ --nano ]
		[ -z postrotate-command ] [ -Z user ] [ expression ]
`
const SNAPLEN = 262_144
/** The ring of libpcap: two megabytes. */
const RING_BYTES = 2_097_152
/** to_ms: after so long a block of the ring is handed over if there is anything in it. */
const BLOCK_NS = NS_PER_S
/** stdio's buffer. */
const BUFFER_BYTES = 4096
const ANY = 'any'
const LLC_BYTES = 3

const LONG = [
  { name: 'count', as: '--count' },
  { name: 'immediate-mode', as: '--immediate-mode' },
  { name: 'interface', as: 'i', argument: 'required' },
  { name: 'list-interfaces', as: 'D' },
  { name: 'list-data-link-types', as: 'L' },
  { name: 'number', as: '#' },
  { name: 'print', as: '--print' },
  { name: 'no-promiscuous-mode', as: 'p' },
  { name: 'direction', as: 'Q', argument: 'required' },
  { name: 'snapshot-length', as: 's', argument: 'required' },
  { name: 'packet-buffered', as: 'U' },
  { name: 'version', as: '--version' },
  { name: 'help', as: 'h' },
  { name: 'buffer-size', as: 'B', argument: 'required' },
  { name: 'monitor-mode', as: 'I' },
  { name: 'time-stamp-type', as: 'j', argument: 'required' },
  { name: 'list-time-stamp-types', as: 'J' },
  { name: 'time-stamp-precision', as: '--time-stamp-precision', argument: 'required' },
  { name: 'dont-verify-checksums', as: 'K' },
  { name: 'no-optimize', as: 'O' },
  { name: 'absolute-tcp-sequence-numbers', as: 'S' },
  { name: 'linktype', as: 'y', argument: 'required' },
  { name: 'relinquish-privileges', as: 'Z', argument: 'required' },
  { name: 'nano', as: '--nano' },
  { name: 'micro', as: '--micro' },
] as const

interface Options {
  device: string | undefined
  count: number
  read: string | undefined
  write: string | undefined
  direction: string
  snaplen: number
  times: number
  verbose: number
  hex: number
  text: number
  ascii: boolean
  readonly flags: Set<string>
  expression: string
}

export const tcpdump: Command = function* (process) {
  try {
    const options = parse(process)
    return yield* new Tcpdump(process, options).run()
  } catch (end) {
    if (end instanceof Exit) return end.status
    throw end
  }
}

function die(process: Process, words: string): never {
  process.stderr(`tcpdump: ${words}\n`)
  throw new Exit(1)
}

function parse(process: Process): Options {
  const options: Options = {
    device: undefined,
    count: -1,
    read: undefined,
    write: undefined,
    direction: '',
    snaplen: SNAPLEN,
    times: 0,
    verbose: 0,
    hex: 0,
    text: 0,
    ascii: false,
    flags: new Set(),
    expression: '',
  }
  const { options: given, operands } = getoptLong(
    process.argv,
    'AbB:c:C:dDeE:fF:G:hHi:IJj:KlLm:M:nNOpqQ:r:s:StT:uUvV:w:W:xXy:Yz:Z:#',
    LONG,
  )
  for (const each of given) {
    if (each.option === '?' && 'complaint' in each) {
      process.stderr(`${each.complaint}\n${VERSION}${USAGE}`)
      throw new Exit(1)
    }
    takeOption(process, options, each.option, ('argument' in each ? each.argument : undefined) ?? '')
  }
  options.expression = operands.join(' ')
  return options
}

function takeOption(process: Process, options: Options, option: string, argument: string): void {
  switch (option) {
    case 'i':
      options.device = argument
      break
    case 'c': {
      const count = Number(argument)
      if (!/^\d+$/.test(argument) || count <= 0) die(process, `invalid packet count ${argument}`)
      options.count = count
      break
    }
    case 'r':
      options.read = argument
      break
    case 'w':
      options.write = argument
      break
    case 'Q':
      if (!/^(in|out|inout)$/.test(argument)) die(process, `unknown capture direction \`${argument}'`)
      options.direction = argument
      break
    case 's':
      if (!/^\d+$/.test(argument) || Number(argument) > SNAPLEN)
        die(process, `invalid snaplen ${argument} (must be >= 0 and <= ${SNAPLEN})`)
      options.snaplen = Number(argument) || SNAPLEN
      break
    case 't':
      options.times++
      break
    case 'v':
      options.verbose++
      break
    case 'x':
      options.hex++
      break
    case 'X':
      options.text++
      break
    case 'A':
      options.ascii = true
      break
    case '--version':
    case 'h':
      if (option === 'h') process.stdout(VERSION + USAGE)
      else process.stdout(VERSION)
      throw new Exit(0)
    default: {
      const known = [
        'n',
        'e',
        'q',
        'l',
        'p',
        'U',
        'D',
        'L',
        'K',
        'N',
        'O',
        'S',
        'f',
        'b',
        'u',
        '#',
        '--count',
        '--immediate-mode',
        '--print',
        '--micro',
        'Z',
      ]
      if (!known.includes(option))
        throw new Exit(notSupported(process, `tcpdump ${option.length > 1 ? option : `-${option}`}`))
      options.flags.add(option)
    }
  }
}

class Tcpdump {
  private readonly process: Process
  private readonly options: Options
  private hosts: readonly Host[] = []
  private style!: Style
  private filter!: Predicate
  private link: number = LinkType.Ethernet
  /** Packets that were shown or written. */
  private captured = 0
  private first: Packet | undefined
  private previous: Packet | undefined
  /** What stdio has not handed on yet. */
  private buffer = ''
  private fileBuffer: Uint8Array[] = []
  private fileBytes = 0
  private isFileOpen = false

  constructor(process: Process, options: Options) {
    this.process = process
    this.options = options
  }

  private has(flag: string): boolean {
    return this.options.flags.has(flag)
  }

  *run(): Program {
    const { options, process } = this
    if (this.has('D')) return this.listInterfaces()
    const wake = yield { for: 'file', path: '/etc/hosts' }
    if (wake.by === 'file') this.hosts = parseHosts(wake.text)
    this.style = {
      numeric: this.has('n'),
      link: this.has('e'),
      quiet: this.has('q'),
      verbose: options.verbose,
      nameOf: address => nameOf(this.hosts, address),
      interfaceName: index => process.world.device(process.netns, index)?.name ?? String(index),
    }
    return yield* options.read === undefined ? this.live() : this.offline(options.read)
  }

  private compile(): void {
    try {
      this.filter = compile(this.options.expression, name => hostsNamed(this.hosts, name)[0]?.address)
    } catch (error) {
      if (!(error instanceof FilterError)) throw error
      if (error.isRefused) throw new Exit(notSupported(this.process, error.message))
      die(this.process, error.message)
    }
  }

  // -- From a file --------------------------------------------------------------------------------

  private *offline(path: string): Program {
    const { options, process } = this
    const wake = yield { for: 'file', path, as: 'octets' }
    if (wake.by === 'signal') return signalStatus(wake.signal)
    if (wake.by !== 'file')
      return die(process, `${path}: ${strerror(wake.by === 'nofile' ? wake.failure.errno : 'EIO')}`)
    const { packets, snaplen, damage } = this.readFile(wake.octets!)
    const name = LINK_NAMES[this.link] ?? `${this.link}`
    process.stderr(`reading from file ${path}, link-type ${name}, snapshot length ${snaplen}\n`)
    this.compile()
    if (LINK_NAMES[this.link] === undefined) throw new Exit(notSupported(process, `tcpdump: link type ${this.link}`))
    if (options.write !== undefined) yield* this.openFile(options.write)
    let count = 0
    for (const packet of packets) {
      if (!this.filter(packet)) continue
      count++
      if (!this.has('--count')) yield* this.take(packet)
      if (count === options.count) break
    }
    const isWhole = count === options.count
    this.flush()
    yield* this.flushFile()
    if (this.has('--count')) process.stdout(`${count} packet${count === 1 ? '' : 's'}\n`)
    if (damage !== undefined && !isWhole) die(process, `pcap_loop: ${damage}`)
    return 0
  }

  private readFile(octets: Uint8Array): { packets: Packet[]; snaplen: number; damage: string | undefined } {
    const { process } = this
    if (octets.length < 4) {
      die(process, `truncated dump file; tried to read 4 file header bytes, only got ${octets.length}`)
    }
    const classic = pcap.read(octets)
    if (classic !== undefined) {
      this.link = classic.linktype
      const packets = classic.records.map(each => ({ ...each, link: classic.linktype }))
      return { packets, snaplen: classic.snaplen, damage: classic.damage }
    }
    const magic = [0xa1b2c3d4, 0xa1b23c4d, 0xd4c3b2a1, 0x4d3cb2a1]
    const begins = new DataView(octets.buffer, octets.byteOffset).getUint32(0)
    if (magic.includes(begins)) {
      die(process, `truncated dump file; tried to read 24 file header bytes, only got ${octets.length - 4}`)
    }
    if (begins !== 0x0a0d0d0a) die(process, 'unknown file format')
    try {
      const { packets, interfaces } = pcapng.read(octets)
      this.link = interfaces[0]?.linktype ?? LinkType.Ethernet
      const all = packets.map(({ seconds, nanoseconds, bytes, originalLength: length, interface: i }) => ({
        link: interfaces[i]!.linktype,
        seconds,
        nanoseconds,
        bytes,
        length,
      }))
      return { packets: all, snaplen: interfaces[0]?.snaplen || SNAPLEN, damage: undefined }
    } catch (error) {
      return die(process, (error as Error).message)
    }
  }

  // -- From devices -------------------------------------------------------------------------------

  private listInterfaces(): number {
    const { world, netns } = this.process
    const lines: string[] = []
    const devices = world.links(netns).map(({ ifindex }) => world.device(netns, ifindex)!)
    const isConnected = (dev: Device): boolean => isUp(dev) && dev.carrier
    const rank = (dev: Device): number => (dev.kind === 'loopback' ? 2 : isConnected(dev) ? 0 : 3)
    const sorted = [...devices].sort((a, b) => rank(a) - rank(b))
    const [before, after] = [sorted.filter(dev => rank(dev) === 0), sorted.filter(dev => rank(dev) > 0)]
    for (const dev of before) lines.push(`${dev.name} [${stateOf(dev)}]`)
    lines.push('any (Pseudo-device that captures on all interfaces) [Up, Running]')
    for (const dev of after) lines.push(`${dev.name} [${stateOf(dev)}]`)
    this.process.stdout(lines.map((line, i) => `${i + 1}.${line}\n`).join(''))
    return 0
  }

  /** The device to capture on; undefined for every one. */
  private chooseDevice(): Device | undefined {
    const { process, options } = this
    const { world, netns } = process
    let name = options.device
    if (name === undefined) {
      const up = world.links(netns).map(link => world.device(netns, link.ifindex)!)
      name = (up.find(dev => dev.kind !== 'loopback' && isUp(dev) && dev.carrier) ?? { name: ANY }).name
    }
    if (name === ANY) return undefined
    const device = world.device(netns, /^\d+$/.test(name) ? Number(name) : name)
    if (device === undefined) {
      process.stderr(`tcpdump: ${name}: No such device exists\n(No such device exists)\n`)
      throw new Exit(1)
    }
    if (!isUp(device)) die(process, `${name}: That device is not up`)
    return device
  }

  private *live(): Program {
    const { process, options } = this
    const device = this.chooseDevice()
    this.link = device === undefined ? LinkType.LinuxSll2 : linkOf(device)
    const name = device?.name ?? ANY
    if (this.has('L')) return this.listLinkTypes(name)
    if (device === undefined) process.stderr('tcpdump: data link type LINUX_SLL2\n')
    this.compile()
    if (options.write !== undefined) yield* this.openFile(options.write)
    const socket = this.process.world.netns(process.netns).stack.packetSocket(EVERY_PROTOCOL)
    try {
      if (device !== undefined) {
        socket.bind(device.ifindex)
        if (!this.has('p')) socket.setPromiscuous(device)
      }
      socket.setReceiveBytes(RING_BYTES)
      socket.setFilter((frame, type, dev) => {
        const octets = frame.bytes.subarray(frame.at, frame.at + frame.length)
        return this.filter(this.packetOf(octets, type, dev, 0))
      })
      this.begin(name)
      return yield* this.loop(socket, device)
    } finally {
      socket.close()
    }
  }

  private listLinkTypes(name: string): number {
    const types =
      this.link === LinkType.Ethernet
        ? ['EN10MB (Ethernet)', 'DOCSIS (DOCSIS) (printing not supported)']
        : [LINK_NAMES[this.link]!]
    this.process.stdout(
      `Data link types for ${name} (use option -y to set):\n${types.map(type => `  ${type}\n`).join('')}`,
    )
    return 0
  }

  private begin(name: string): void {
    const { options, process } = this
    const prints = options.write === undefined
    const advice = prints && options.verbose === 0
    if (advice) process.stderr('tcpdump: verbose output suppressed, use -v[v]... for full protocol decode\n')
    const what = `listening on ${name}, link-type ${LINK_NAMES[this.link]}, snapshot length ${options.snaplen} bytes`
    process.stderr(`${advice ? '' : 'tcpdump: '}${what}\n`)
  }

  private *loop(socket: PacketSocket, device: Device | undefined): Program {
    const { process, options } = this
    const { world } = process
    const isImmediate =
      this.has('--immediate-mode') || (options.write === undefined && (process.isTerminal || this.has('l')))
    const begun = world.now
    let ending: string | undefined
    let isInterrupted = false
    const isFull = (): boolean => options.count > 0 && this.captured >= options.count
    while (!isFull()) {
      let wake: Wake
      if (isImmediate) wake = yield { for: 'socket', socket }
      else {
        // Blocks are handed over at the end of each second from the start on.
        const tick = begun + (Math.floor((world.now - begun) / BLOCK_NS) + 1) * BLOCK_NS
        wake = yield socket.ready ? { for: 'instant', at: tick } : { for: 'socket', socket }
        if (wake.by === 'socket' && device?.dead !== true) continue
      }
      if (wake.by === 'signal') {
        isInterrupted = true
        break
      }
      ending = yield* this.drain(socket, device)
      if (ending !== undefined) break
    }
    if (isInterrupted && options.write === undefined) this.print('\n')
    this.flush()
    yield* this.flushFile()
    if (ending !== undefined) process.stderr(`tcpdump: pcap_loop: ${ending}\n`)
    const packets = (n: number, what: string): string => `${n} packet${n === 1 ? '' : 's'} ${what}\n`
    process.stderr(packets(this.captured, 'captured'))
    process.stderr(packets(socket.packets, 'received by filter'))
    process.stderr(packets(socket.drops, 'dropped by kernel'))
    return ending === undefined ? 0 : 1
  }

  /** Everything that the kernel has for us. Answers why there can be no more. */
  private *drain(socket: PacketSocket, device: Device | undefined): Generator<Wait, string | undefined, Wake> {
    const { options } = this
    while (!(options.count > 0 && this.captured >= options.count)) {
      const got = socket.receive()
      if (got === undefined) return undefined
      if ('ok' in got) {
        if (device?.dead === true || (device !== undefined && device.netns !== this.process.netns)) {
          return 'The interface disappeared'
        }
        continue // It went down and may come up again.
      }
      const packet = this.accept(got)
      if (packet !== undefined) yield* this.take(packet)
    }
    return undefined
  }

  /** linux_check_direction: on lo every frame is seen twice and wanted once. */
  private accept({ frame, type, device, instant }: PacketReceived): Packet | undefined {
    const { direction } = this.options
    if (type === PacketType.Outgoing && (direction === 'in' || device.kind === 'loopback')) return undefined
    if (type !== PacketType.Outgoing && direction === 'out') return undefined
    const octets = frame.bytes.slice(frame.at, frame.at + frame.length)
    return this.packetOf(octets, type, device, instant)
  }

  private packetOf(octets: Uint8Array, type: PacketType, device: Device, instant: number): Packet {
    const isCooked = this.link === LinkType.LinuxSll2
    const whole = isCooked ? cooked(octets, type, device) : octets
    return {
      link: this.link,
      bytes: whole.subarray(0, this.options.snaplen),
      length: whole.length,
      seconds: EPOCH_S + Math.floor(instant / NS_PER_S),
      nanoseconds: instant % NS_PER_S,
    }
  }

  // -- Where packets go ---------------------------------------------------------------------------

  private *take(packet: Packet): Generator<Wait, void, Wake> {
    this.captured++
    if (this.options.write === undefined || this.has('--print')) this.show(packet)
    if (this.options.write === undefined) return
    const octets = pcap.record(packet)
    this.fileBuffer.push(octets)
    this.fileBytes += octets.length
    if (this.has('U') || this.fileBytes >= BUFFER_BYTES) yield* this.flushFile()
  }

  private show(packet: Packet): void {
    const { options } = this
    this.first ??= packet
    const number = this.has('#') ? `${String(this.captured).padStart(5)}  ` : ''
    let text = number + this.timeText(packet) + describe(packet, this.style)
    const { bytes } = packet
    const payload = bytes.subarray(payloadAt(packet))
    if (options.text > 0) text += hexDump(options.text > 1 ? bytes : payload, true)
    else if (options.hex > 0) text += hexDump(options.hex > 1 ? bytes : payload, false)
    else if (options.ascii) text += asText(payload)
    this.previous = packet
    this.print(`${text}\n`)
  }

  private timeText(packet: Packet): string {
    const { times } = this.options
    const micros = (ns: number): string => String(Math.floor(ns / 1000)).padStart(6, '0')
    const iso = (seconds: number): string => new Date(seconds * 1000).toISOString()
    const { seconds, nanoseconds } = packet
    switch (times) {
      case 0:
        return `${iso(seconds).slice(11, 19)}.${micros(nanoseconds)} `
      case 1:
        return ''
      case 2:
        return `${seconds}.${micros(nanoseconds)} `
      case 4:
        return `${iso(seconds).slice(0, 10)} ${iso(seconds).slice(11, 19)}.${micros(nanoseconds)} `
      default: {
        const since = (times === 3 ? this.previous : this.first) ?? packet
        const micro = (of: Packet): number => Math.floor(of.nanoseconds / 1000)
        const difference = (seconds - since.seconds) * 1_000_000 + micro(packet) - micro(since)
        const whole = Math.abs(difference)
        const sign = difference < 0 ? '-' : ' '
        const fraction = String(whole % 1_000_000).padStart(6, '0')
        return `${sign}${iso(Math.floor(whole / 1_000_000)).slice(11, 19)}.${fraction} `
      }
    }
  }

  private print(text: string): void {
    const { process } = this
    if (process.isTerminal || this.has('l')) return process.stdout(text)
    this.buffer += text
    const whole = this.buffer.length - (this.buffer.length % BUFFER_BYTES)
    if (whole === 0) return
    process.stdout(this.buffer.slice(0, whole))
    this.buffer = this.buffer.slice(whole)
  }

  private flush(): void {
    if (this.buffer !== '') this.process.stdout(this.buffer)
    this.buffer = ''
  }

  private *openFile(path: string): Generator<Wait, void, Wake> {
    this.fileBuffer = [pcap.fileHeader(this.link, this.options.snaplen)]
    if (path === '-') throw new Exit(notSupported(this.process, 'tcpdump -w - (octets cannot go to standard output)'))
    yield* this.flushFile()
  }

  private *flushFile(): Generator<Wait, void, Wake> {
    const { write: path } = this.options
    if (path === undefined || this.fileBuffer.length === 0) return
    const octets = new Uint8Array(this.fileBuffer.reduce((sum, each) => sum + each.length, 0))
    let at = 0
    for (const each of this.fileBuffer) {
      octets.set(each, at)
      at += each.length
    }
    this.fileBuffer = []
    this.fileBytes = 0
    const append = this.isFileOpen
    this.isFileOpen = true
    const wake = yield { for: 'file', path, write: octets, append }
    if (wake.by === 'nofile') die(this.process, `${path}: ${strerror(wake.failure.errno)}`)
  }
}

/** Where the hexadecimal octets of -x begin: behind the link header, LLC's with it. */
function payloadAt(packet: Packet): number {
  const isLlc = packet.link === LinkType.Ethernet && etherType(packet) < eth.TYPE_MIN
  return headerBytes(packet.link) + (isLlc ? LLC_BYTES : 0)
}

const linkOf = (device: Device): number =>
  device.hardwareType === HardwareType.None ? LinkType.Raw : LinkType.Ethernet

/** LINKTYPE_LINUX_SLL2: protocol(2) 0(2) ifindex(4) hardware(2) type(1) address length(1) address(8). */
function cooked(octets: Uint8Array, type: PacketType, device: Device): Uint8Array {
  const isEthernet = device.hardwareType !== HardwareType.None
  const payload = isEthernet ? octets.subarray(14) : octets
  const b = new Uint8Array(SLL2_BYTES + payload.length)
  const view = new DataView(b.buffer)
  if (isEthernet) b.set(octets.subarray(12, 14), 0)
  else view.setUint16(0, octets[0]! >>> 4 === 6 ? 0x86dd : 0x0800)
  view.setUint32(4, device.ifindex)
  view.setUint16(8, device.hardwareType)
  b[10] = type
  b[11] = isEthernet ? 6 : 0
  if (isEthernet) mac48.put(b, 12, mac48.get(octets, 6))
  b.set(payload, SLL2_BYTES)
  return b
}

/** What -D shows between brackets. */
function stateOf(dev: Device): string {
  const words: string[] = []
  if (isUp(dev)) words.push('Up')
  if (isUp(dev) && (dev.operState === OperState.Up || dev.operState === OperState.Unknown)) words.push('Running')
  if ((dev.flags & Iff.Loopback) !== 0) words.push('Loopback')
  else words.push(isUp(dev) && dev.carrier ? 'Connected' : 'Disconnected')
  return (isUp(dev) ? words : ['none', ...words]).join(', ')
}
