/**
 * arping of iputils 20221126: who has an address on this link, asked with ARP packets of its own making.
 *
 * Follows arping.c: check_device, send_pack, recv_pack, event_loop with its two timers, finish. Left out, and refused:
 * names that are not in the hosts file do not exist; link types other than Ethernet.
 */
import { type Device, HardwareType, Iff, PacketType } from '../core/device.ts'
import type { PacketReceived, PacketSocket } from '../stack/packet.ts'
import { NS_PER_S, NS_PER_US } from '../time/instant.ts'
import * as arp from '../wire/arp.ts'
import * as eth from '../wire/ethernet.ts'
import * as ip from '../wire/ip.ts'
import * as mac48 from '../wire/mac.ts'
import type { Program, Wait, Wake } from '../world/task.ts'
import type { Command, Process } from './command.ts'
import { hostsNamed, parseHosts } from './hosts.ts'
import { Exit, error, getopt, inetAton, strtol } from './libc.ts'

const USAGE = `
Usage:
  arping [options] <destination>

Options:
  -f            quit on first reply
  -q            be quiet
  -b            keep on broadcasting, do not unicast
  -D            duplicate address detection mode
  -U            unsolicited ARP mode, update your neighbours
  -A            ARP answer mode, update your neighbours
  -V            print version and exit
  -c <count>    how many packets to send
  -w <timeout>  how long to wait for a reply
  -i <interval> set interval between packets (default: 1 second)
  -I <device>   which ethernet device to use
  -s <source>   source ip address
  <destination> dns name or ip address

For more details see arping(8).
`
const VERSION = `arping from iputils 20221126
libcap: yes, IDN: yes, NLS: no, error.h: yes, getrandom(): yes, __fpending(): yes
`
const INT_MAX = 2_147_483_647
/** The port of the socket that only finds out which source address to use. */
const PROBE_PORT = 1025

interface Options {
  broadcastOnly: boolean
  /** Duplicate address detection. */
  dad: boolean
  unsolicited: boolean
  /** Unsolicited, as a reply. */
  advert: boolean
  quiet: boolean
  quitOnReply: boolean
  /** -1: without end. */
  count: number
  /** Seconds; 0: none. */
  timeout: number
  /** Seconds between two packets; 0: only the first. */
  interval: number
  device: string
  source: string | undefined
  target: string
}

export const arping: Command = function* (process) {
  try {
    const options = parse(process)
    return yield* new Arping(process, options).run()
  } catch (end) {
    if (end instanceof Exit) return end.status
    throw end
  }
}

function parse(process: Process): Options {
  const options: Options = {
    broadcastOnly: false,
    dad: false,
    unsolicited: false,
    advert: false,
    quiet: false,
    quitOnReply: false,
    count: -1,
    timeout: 0,
    interval: 1,
    device: '',
    source: undefined,
    target: '',
  }
  const usage = (): never => {
    process.stderr(USAGE)
    throw new Exit(2)
  }
  const operands: string[] = []
  for (const got of getopt(process.argv, 'h?bfDUAqc:w:i:s:I:V', operands)) {
    if ('words' in got) {
      process.stderr(`${got.words}\n`)
      return usage()
    }
    switch (got.option) {
      case 'b':
        options.broadcastOnly = true
        break
      case 'D':
        options.dad = true
        options.quitOnReply = true
        break
      case 'A':
        options.advert = true
        options.unsolicited = true
        break
      case 'U':
        options.unsolicited = true
        break
      case 'q':
        options.quiet = true
        break
      case 'f':
        options.quitOnReply = true
        break
      case 'c':
        options.count = integer(process, got.argument, 1)
        break
      case 'w':
        options.timeout = integer(process, got.argument, 0)
        break
      case 'i':
        options.interval = integer(process, got.argument, 0)
        break
      case 'I':
        options.device = got.argument
        break
      case 's':
        options.source = got.argument
        break
      case 'V':
        process.stdout(VERSION)
        throw new Exit(0)
      default:
        return usage()
    }
  }
  if (operands.length !== 1) return usage()
  options.target = operands[0]!
  return options
}

/** strtol_or_err */
function integer(process: Process, text: string, min: number): number {
  const { value, rest, none } = strtol(text)
  if (none || rest !== '') error(process, 1, `invalid argument: '${text}'`)
  if (value < BigInt(min) || value > BigInt(INT_MAX)) {
    error(process, 1, `invalid argument: '${text}': out of range: ${min} <= value <= ${INT_MAX}`)
  }
  return Number(value)
}

class Arping {
  private readonly process: Process
  private readonly options: Options
  private readonly socket: PacketSocket
  private target = ip.ANY
  private source = ip.ANY
  private device!: Device
  /** Whom the next packet is for. */
  private to = mac48.BROADCAST
  private isUnicasting = false
  /** Instant (ns) of the last packet. */
  private lastNs = 0
  private sent = 0
  private sentBroadcast = 0
  private received = 0
  private receivedBroadcasts = 0
  private receivedRequests = 0

  constructor(process: Process, options: Options) {
    this.process = process
    this.options = options
    this.socket = this.stack.packetSocket(0)
  }

  private get stack() {
    return this.process.world.netns(this.process.netns).stack
  }

  *run(): Program {
    const { options, process, socket } = this
    try {
      this.target = yield* this.resolve(options.target)
      this.device = this.findDevice()
      if (options.source !== undefined) {
        this.source = inetAton(options.source) ?? error(process, 2, `invalid source ${options.source}`)
      } else if (!options.dad && options.unsolicited) this.source = this.target
      if (!options.dad || options.source !== undefined) this.chooseSource()
      socket.bind(this.device.ifindex, eth.EtherType.Arp)
      if (!options.quiet) {
        process.stdout(`ARPING ${ip.format(this.target)} from ${ip.format(this.source)} ${this.device.name}\n`)
      }
      if (options.source === undefined && this.source === 0 && !options.dad) {
        error(process, 2, 'no source address in not-DAD mode')
      }
      return yield* this.loop()
    } finally {
      socket.close()
    }
  }

  private *resolve(text: string): Generator<Wait, ip.Ip, Wake> {
    const number = inetAton(text)
    if (number !== undefined) return number
    const wake = yield { for: 'file', path: '/etc/hosts' }
    const [host] = wake.by === 'file' ? hostsNamed(parseHosts(wake.text), text) : []
    return host?.address ?? error(this.process, 2, `${text}: Name or service not known`)
  }

  /** guess_device and check_device */
  private findDevice(): Device {
    const { process, options } = this
    const { world, netns } = process
    let name = options.device
    if (name === '') {
      const answer = world.routeGet(netns, { dst: this.target })
      if (!answer.ok) error(process, 1, 'NETLINK_ROUTE unexpected iov element')
      name = world.device(netns, answer.value.ifindex)!.name
    }
    const device = world.device(netns, name)
    if (device === undefined) error(process, 2, `Device ${name} not available.`)
    if ((device.flags & Iff.Up) === 0) this.leave(`Interface "${name}" is down`, 2)
    if ((device.flags & (Iff.NoArp | Iff.Loopback)) !== 0) {
      this.leave(`Interface "${name}" is not ARPable`, options.dad ? 0 : 2)
    }
    if (device.hardwareType !== HardwareType.Ether) error(process, 2, `Device ${name} not available.`)
    return device
  }

  private leave(words: string, status: number): never {
    if (!this.options.quiet) this.process.stdout(`${words}\n`)
    throw new Exit(status)
  }

  /** In whose name to ask: an address of ours, as a datagram to the target would have it. */
  private chooseSource(): void {
    const { process, options } = this
    const probe = this.stack.udpSocket()
    try {
      probe.bindToDevice(this.device.name)
      if (options.source !== undefined || this.source !== 0) {
        const bound = probe.bind(this.source, 0)
        if (!bound.ok) error(process, 2, 'bind', bound.errno)
      } else {
        probe.setDontRoute(true)
        const connected = probe.connect(this.target, PROBE_PORT)
        if (!connected.ok) error(process, 2, 'connect', connected.errno)
        this.source = probe.localAddress
      }
    } finally {
      probe.close()
    }
  }

  private *loop(): Program {
    const { options, process, socket } = this
    const { world } = process
    const begun = world.now
    const timeoutNs = options.timeout === 0 ? Number.POSITIVE_INFINITY : begun + options.timeout * NS_PER_S
    let tickNs = options.interval === 0 ? Number.POSITIVE_INFINITY : begun + options.interval * NS_PER_S
    let expirations = 1
    this.send()
    while (!(this.sent === options.count && options.unsolicited)) {
      const at = Math.min(tickNs, timeoutNs)
      const wake = yield { for: 'socket', socket, ...(Number.isFinite(at) && { at }) }
      if (wake.by === 'signal') {
        if (wake.signal === 'HUP') return 129
        break
      }
      if (world.now >= tickNs) {
        tickNs += options.interval * NS_PER_S
        expirations++
        if (options.count > 0 && options.count < expirations) break
        this.send()
      } else if (world.now >= timeoutNs) {
        break
      } else if (socket.ready) {
        const got = socket.receive()!
        if ('ok' in got) {
          error(process, 0, 'recvfrom', got.errno)
          if (got.errno === 'ENETDOWN') return 2
        } else if (this.hear(got)) break
      }
    }
    return this.finish()
  }

  private send(): void {
    const { options, device } = this
    const packet = new Uint8Array(arp.BYTES)
    const op = options.advert ? arp.Op.Reply : arp.Op.Request
    const tha = options.advert ? device.mac : this.to
    arp.put(packet, 0, op, device.mac, this.source, tha, this.target)
    if (!this.socket.sendTo(packet, this.to, eth.EtherType.Arp).ok) return
    this.lastNs = this.process.world.now
    this.sent++
    if (!this.isUnicasting) this.sentBroadcast++
  }

  /** recv_pack; true when that was all. */
  private hear({ frame, type }: PacketReceived): boolean {
    const { options, device } = this
    const { bytes } = frame
    const at = frame.at + eth.HEADER_BYTES
    if (type === PacketType.OtherHost || type === PacketType.Outgoing) return false
    if (!arp.isValid(bytes, at, frame.length - eth.HEADER_BYTES)) return false
    const op = arp.op(bytes, at)
    if (op !== arp.Op.Request && op !== arp.Op.Reply) return false
    const sha = arp.sha(bytes, at)
    const tha = arp.tha(bytes, at)
    const tpa = arp.tpa(bytes, at)
    if (arp.spa(bytes, at) !== this.target) return false
    if (!options.dad) {
      if (tpa !== this.source || tha !== device.mac) return false
    } else if (sha === device.mac || (this.source !== 0 && this.source !== tpa)) return false
    if (!options.quiet) this.tell(op, type, sha, tha, tpa)
    this.received++
    if (options.timeout !== 0 && this.received === options.count) return true
    if (type !== PacketType.Host) this.receivedBroadcasts++
    if (op === arp.Op.Request) this.receivedRequests++
    if (options.quitOnReply || (options.count === 0 && this.received === this.sent)) return true
    if (!options.broadcastOnly) {
      this.to = sha
      this.isUnicasting = true
    }
    return false
  }

  private tell(op: number, type: PacketType, sha: mac48.Mac, tha: mac48.Mac, tpa: ip.Ip): void {
    const how = `${type === PacketType.Host ? 'Unicast' : 'Broadcast'} ${op === arp.Op.Reply ? 'reply' : 'request'}`
    const isForOther = tpa !== this.source
    let whom = isForOther ? `for ${ip.format(tpa)} ` : ''
    if (tha !== this.device.mac) whom += `${isForOther ? '' : 'for '}[${upper(tha)}]`
    // The arithmetic is arping's own: half a millisecond is added and stays.
    const microseconds = Math.floor((this.process.world.now - this.lastNs + 500) / NS_PER_US)
    const milliseconds = Math.floor((microseconds + 500) / 1000)
    const rest = microseconds - milliseconds * 1000 + 500
    const time = ` ${milliseconds}.${String(rest).padStart(3, '0')}ms`
    this.process.stdout(`${how} from ${ip.format(this.target)} [${upper(sha)}] ${whom}${time}\n`)
  }

  private finish(): number {
    const { options } = this
    if (!options.quiet) {
      const parts: string[] = []
      if (this.receivedRequests > 0) parts.push(`${this.receivedRequests} request(s)`)
      if (this.receivedBroadcasts > 0) parts.push(`${this.receivedBroadcasts} broadcast(s)`)
      const detail = parts.length > 0 ? ` (${parts.join(', ')})` : ''
      this.process.stdout(`Sent ${this.sent} probes (${this.sentBroadcast} broadcast(s))\n`)
      this.process.stdout(`Received ${this.received} response(s)${detail}\n`)
    }
    if (options.dad) return this.received > 0 ? 1 : 0
    if (options.unsolicited) return 0
    if (options.timeout !== 0 && options.count > 0 && !options.quitOnReply) {
      return options.count <= this.received ? 0 : 1
    }
    return this.received > 0 ? 0 : 1
  }
}

const upper = (mac: mac48.Mac): string => mac48.format(mac).toUpperCase()
