/**
 * ping of iputils 20221126 over IPv4.
 *
 * Follows ping/ping.c (ping4_run, ping4_send_probe, ping4_receive_error_msg, ping4_parse_reply) and main_loop() of
 * ping/ping_common.c with its three ways of waiting: a blocking read whose timeout is a timer of the kernel (so it
 * comes up to an eighth late), poll(2), which is exact, and spinning, which here is sleeping until something is to do.
 *
 * Left out, and refused where they are given: IPv6; record route, time stamps and source routes (IP options).
 * SO_DEBUG (-d) is taken: nothing could be seen of it.
 */
import { strerror } from '../core/errno.ts'
import type { Received } from '../stack/socket.ts'
import { msToJiffies, NS_PER_MS, NS_PER_S, NS_PER_US, timerFires } from '../time/instant.ts'
import * as icmp from '../wire/icmp.ts'
import * as ip from '../wire/ip.ts'
import * as ipv4 from '../wire/ipv4.ts'
import { EPOCH_S } from '../world/clock.ts'
import type { Program, Wait, Wake } from '../world/task.ts'
import type { Command, Process } from './command.ts'
import { type Host, hostsNamed, nameOf, parseHosts } from './hosts.ts'
import { Exit, error, inetAton } from './libc.ts'
import { type Options, parseOptions, refuse } from './ping/options.ts'
import { atLeastMinimal, INTERVAL_MIN_MS, Session, tripText } from './ping/session.ts'
import { type EchoSocket, type Network, networkOf } from './ping/socket.ts'
import { describe } from './ping/words.ts'

const TIMEVAL_BYTES = 16
const IP_HEADER_BYTES = 20
/** No message longer than this fits an IP packet: the rest of a larger one need not exist to be refused. */
const MESSAGE_BYTES_MAX = 0x10000
const PATTERN_BYTES_MAX = 16
const RECEIVE_BYTES_MIN = 65_536
const SIGNALS = { INT: 2, QUIT: 3, KILL: 9, TERM: 15, HUP: 1 } as const
/**
 * On a real machine a probe takes a few microseconds to send. Here it takes none, so a flood that is answered at the
 * same instant (over lo) would never end: it is held to one probe in this time.
 */
const FLOOD_GAP_NS = 10 * NS_PER_US
/** A program runs again a moment after the timer interrupt: what else the kernel does in that tick is seen first. */
const WAKE_NS = NS_PER_US

const { EchoReply, Unreachable, SourceQuench, Redirect, EchoRequest, TimeExceeded, ParameterProblem } = icmp.Type
const EVERY_TYPE = [EchoReply, Unreachable, SourceQuench, Redirect, TimeExceeded, ParameterProblem]
/** Once an error has come through the error queue, the message itself is no longer wanted. */
const WITHOUT_ERRORS = [EchoReply, SourceQuench, Redirect]

interface Target {
  readonly address: ip.Ip
  /** As printed: what was typed, or the canonical name. */
  readonly name: string
}

export const ping: Command = process => pingOver(networkOf(process.world, process.netns), process)

/** `ping` over a network: the stack of the process's namespace, or a test's. */
export function* pingOver(network: Network, process: Process): Program {
  try {
    const options = parseOptions(process)
    return yield* new Ping(process, network, options).run()
  } catch (end) {
    if (end instanceof Exit) return end.status
    throw end
  }
}

class Ping {
  private readonly process: Process
  private readonly network: Network
  private readonly options: Options
  private readonly message: Uint8Array
  private hosts: readonly Host[] = []
  private socket!: EchoSocket
  private session!: Session
  private target!: Target
  private source: ip.Ip
  private ident: number
  private multicast = false
  private exiting = false
  private statusAsked = false
  /** Instant (ns) of SIGALRM. */
  private alarmNs = Number.POSITIVE_INFINITY
  private lingering = false
  private oomCount = 0
  /** The payload's own times are used: -U, or the clock went backwards. */
  private latency: boolean

  constructor(process: Process, network: Network, options: Options) {
    this.process = process
    this.network = network
    this.options = options
    this.source = options.source ?? ip.ANY
    this.ident = options.ident ?? process.pid & 0xffff
    this.latency = options.latency
    this.message = new Uint8Array(Math.min(options.size + icmp.HEADER_BYTES, MESSAGE_BYTES_MAX))
  }

  private get now(): number {
    return this.process.world.now
  }

  *run(): Program {
    const { options } = this
    if (options.pattern !== undefined) this.fill(options.pattern)
    else for (let i = icmp.HEADER_BYTES; i < this.message.length; i++) this.message[i] = i - icmp.HEADER_BYTES
    if (options.verbose) this.describeSockets()
    const targets = yield* this.resolve(options.operands[options.operands.length - 1]!)
    if (options.operands.length > 1) refuse(this.process, 'a source route')
    if (options.recordRoute) refuse(this.process, '-R')
    if (options.timestamp !== undefined) refuse(this.process, '-T')
    this.socket = this.network.socket()
    try {
      this.prepare(targets)
      this.start()
      yield* this.loop()
    } finally {
      this.socket.close()
    }
    this.process.stdout(this.session.report(this.target.name))
    return this.session.status
  }

  /** fill(): the pattern over the whole payload, the time stamp included. */
  private fill(pattern: string): void {
    const wrong = /[^\da-fA-F]/.exec(pattern)
    if (wrong !== null) {
      error(this.process, 2, `patterns must be specified as hex digits: ${pattern.slice(wrong.index)}`)
    }
    const octets = (pattern.match(/..?/g) ?? []).slice(0, PATTERN_BYTES_MAX).map(pair => Number.parseInt(pair, 16))
    const { message } = this
    const payload = message.length - icmp.HEADER_BYTES
    if (octets.length > 0) {
      // A payload shorter than the pattern and a header has it once.
      const end = payload < octets.length + icmp.HEADER_BYTES ? octets.length : payload
      for (let i = 0; i < Math.min(end, payload); i++) message[icmp.HEADER_BYTES + i] = octets[i % octets.length]!
    }
    if (this.options.quiet) return
    const hex = octets.map(octet => octet.toString(16).padStart(2, '0')).join('')
    this.process.stdout(`PATTERN: 0x${hex}\n`)
  }

  /** What -v says before anything else. The numbers are those of the descriptors that a fresh program gets. */
  private describeSockets(): void {
    if (this.options.ident === 0) error(this.process, 0, 'WARNING: ident 0 => forcing raw socket')
    const sock6 = this.options.ipv4 ? 'sock6.fd: -1 (socktype: 0)' : 'sock6.fd: 4 (socktype: SOCK_RAW)'
    const family = this.options.ipv4 ? 'AF_INET' : 'AF_UNSPEC'
    error(this.process, 0, `sock4.fd: 3 (socktype: SOCK_RAW), ${sock6}, hints.ai_family: ${family}\n`)
  }

  /** getaddrinfo(3): a number, or every address that the hosts file has for the name. */
  private *resolve(text: string): Generator<Wait, Target[], Wake> {
    const { options, process } = this
    const number = inetAton(text)
    let targets: Target[] = []
    if (number !== undefined) {
      targets = [{ address: number, name: text }]
    } else if (text.includes(':')) {
      refuse(process, `${text} (IPv6)`)
    } else {
      const wake = yield { for: 'file', path: '/etc/hosts' }
      if (wake.by === 'signal') this.obey(wake.signal)
      this.hosts = wake.by === 'file' ? parseHosts(wake.text) : []
      targets = hostsNamed(this.hosts, text).map(({ address, name }) => ({ address, name }))
      for (const target of targets) (target as { name: string }).name = targets[0]!.name
    }
    if (targets.length === 0) error(process, 2, `${text}: Name or service not known`)
    if (options.verbose) process.stdout(`ai->ai_family: AF_INET, ai->ai_canonname: '${targets[0]!.name}'\n`)
    if (number !== undefined) options.numeric = true
    return targets
  }

  /** ping4_run() up to the first line of output: where from, where to, and the socket's options. */
  private prepare(targets: readonly Target[]): void {
    const { options, socket, process } = this
    if (options.source === undefined) this.chooseSource(targets)
    else {
      this.target = targets[0]!
      if (options.device !== undefined) this.bindToDevice(options.device)
    }
    if (this.target.address === ip.ANY) this.target = { ...this.target, address: this.source }
    this.multicast = options.broadcast || ip.isMulticast(this.target.address)
    const discovery = options.pmtuDiscovery ?? (this.multicast ? 'do' : undefined)
    if (options.tos !== 0) socket.setTos(options.tos)
    if (discovery !== undefined) socket.setPmtuDiscovery(discovery)
    if (options.strictSource) {
      const bound = socket.bind(this.source)
      if (!bound.ok) error(process, 2, 'bind', bound.errno)
    }
    socket.setFilter(EVERY_TYPE)
    socket.setErrorQueue(true)
    this.setBuffers()
    if (options.broadcast) socket.setBroadcast(true)
    if (!options.multicastLoop) socket.setMulticastLoop(false)
    if (options.ttl !== undefined) {
      const set = socket.setTtl(options.ttl)
      if (!set.ok) error(process, 2, 'cannot set unicast time-to-live', set.errno)
    }
    if (options.dontRoute) socket.setDontRoute(true)
    if (options.mark !== undefined) socket.setMark(options.mark)
  }

  /** The first address that can be reached; the source that the kernel would give a packet to it. */
  private chooseSource(targets: readonly Target[]): void {
    const { options, process } = this
    const { device, tos } = options
    for (const [i, target] of targets.entries()) {
      this.target = target
      if (device !== undefined) this.bindToDevice(device)
      const probe = { to: target.address, device, tos, broadcast: false }
      let answer = this.network.sourceFor(probe)
      if (!answer.ok && answer.errno === 'EACCES') {
        if (!options.broadcast) {
          const advice = 'Then -b. If not, check your local firewall rules'
          error(process, 2, `Do you want to ping broadcast? ${advice}`)
        }
        process.stderr('WARNING: pinging broadcast address\n')
        answer = this.network.sourceFor({ ...probe, broadcast: true })
      } else if (!answer.ok && i + 1 < targets.length && /^E(HOST|NET)UNREACH$/.test(answer.errno)) {
        continue
      }
      if (!answer.ok) error(process, 2, 'connect', answer.errno)
      this.source = answer.value
      break
    }
    if (device !== undefined && !this.hasAddress(device, this.source)) {
      error(process, 0, `Warning: source address might be selected on device other than: ${device}`)
    }
  }

  private hasAddress(device: string, address: ip.Ip): boolean {
    const { world, netns } = this.process
    // getifaddrs(3) names an address by its label.
    return world.addresses(netns).some(a => a.family === 4 && a.label === device && a.local === address)
  }

  private bindToDevice(device: string): void {
    const bound = this.socket.bindToDevice(device)
    if (bound.ok) return
    if (ip.isMulticast(this.target.address)) error(this.process, 2, `unknown iface: ${device}`)
    error(this.process, 2, `SO_BINDTODEVICE ${device}`, bound.errno)
  }

  /** sock_setbufs(): an estimate of what a packet takes in the kernel. */
  private setBuffers(): void {
    const { size, sendBuffer, preload } = this.options
    const message = size + icmp.HEADER_BYTES
    const packet = message + Math.floor((message + 511) / 512) * (20 + 16 + 64 + 160)
    this.socket.setBuffers(sendBuffer ?? packet, Math.max(packet * preload, RECEIVE_BYTES_MIN))
  }

  private start(): void {
    const { options, process, target } = this
    const device = options.device ?? ''
    const named = options.device !== undefined || options.strictSource
    const from = named ? `from ${ip.format(this.source)} ${device}: ` : ''
    const total = options.size + icmp.HEADER_BYTES + IP_HEADER_BYTES
    const bytes = `${options.size}(${total}) bytes of data.`
    process.stdout(`PING ${target.name} (${ip.format(target.address)}) ${from}${bytes}\n`)
    this.session = new Session(options, this.now)
    const { interval } = this.session
    if (interval >= Math.trunc(0x7fff_ffff / options.preload)) {
      error(process, 2, `illegal preload and/or interval: ${interval}`)
    }
    if (options.deadline > 0) this.alarmNs = this.now + options.deadline * NS_PER_S
    if (options.connect) {
      const connected = this.socket.connect(target.address)
      if (!connected.ok) error(process, 2, 'connect failed', connected.errno)
    }
  }

  /** main_loop(). */
  private *loop(): Generator<Wait, void, Wake> {
    const { session, options, socket } = this
    // SO_RCVTIMEO is set once, whatever adaptive mode makes of the interval later.
    const timeoutMs = atLeastMinimal(session.interval)
    for (;;) {
      if (this.now >= this.alarmNs) this.exiting = true
      if (this.exiting) return
      if (options.count > 0 && session.received + session.errors >= options.count) return
      if (options.deadline > 0 && session.errors > 0) return
      if (this.statusAsked) this.printStatus()

      let next: number
      do {
        yield* this.holdFlood()
        next = this.scheduleExit(this.pinger())
      } while (next <= 0)

      let blockUntil: number | undefined
      let errorSeen = false
      if (!options.adaptive && next >= atLeastMinimal(session.interval)) {
        blockUntil = this.readTimeout(timeoutMs)
      } else {
        const short = next <= INTERVAL_MIN_MS
        const spinning = short && session.inFlight === 0
        if (!spinning && session.interval === 0 && !options.adaptive) {
          blockUntil = this.readTimeout(timeoutMs)
        } else {
          const pollMs = short ? INTERVAL_MIN_MS : next
          const until = spinning ? Math.min(session.dueNs, this.now + next * NS_PER_MS) : this.now + pollMs * NS_PER_MS
          if (!(yield* this.wait(until))) continue
          errorSeen = !spinning && socket.hasError
        }
      }
      yield* this.drain(blockUntil, errorSeen)
    }
  }

  /** Reads until nothing is left, or nothing is in flight any more. Only the first read may wait. */
  private *drain(blockUntil: number | undefined, errorSeen: boolean): Generator<Wait, void, Wake> {
    const { socket, session } = this
    for (;;) {
      let got = socket.receive()
      if (got === undefined && blockUntil !== undefined) {
        if (!(yield* this.wait(blockUntil))) return
        got = socket.receive()
        errorSeen ||= got === undefined && socket.hasError
      }
      blockUntil = undefined
      if (got === undefined || 'ok' in got) {
        if (got === undefined && !errorSeen) return
        errorSeen = false
        this.receiveError()
      } else {
        this.parseReply(got)
      }
      if (session.inFlight === 0) return
    }
  }

  /** Waits for the socket until an instant or the alarm; answers whether the socket is ready. */
  private *wait(until: number): Generator<Wait, boolean, Wake> {
    const { socket } = this
    if (socket.ready) return true
    const at = Math.min(until, this.alarmNs)
    if (at <= this.now) {
      if (this.now >= this.alarmNs) this.exiting = true
      return false
    }
    const wake = yield Number.isFinite(at) ? { for: 'socket', socket, at } : { for: 'socket', socket }
    if (wake.by === 'signal') this.obey(wake.signal)
    else if (wake.by === 'socket') return true
    if (this.now >= this.alarmNs) this.exiting = true
    return false
  }

  /** When a blocking read gives up: SO_RCVTIMEO. */
  private readTimeout(ms: number): number {
    return timerFires(this.now, msToJiffies(ms)) + WAKE_NS
  }

  private obey(signal: keyof typeof SIGNALS): void {
    if (signal === 'INT' && this.session !== undefined) this.exiting = true
    else if (signal === 'QUIT' && this.session !== undefined) this.statusAsked = true
    else throw new Exit(128 + SIGNALS[signal])
  }

  private printStatus(): void {
    this.statusAsked = false
    this.process.stderr(this.session.snapshot())
  }

  private *holdFlood(): Generator<Wait, void, Wake> {
    const { session } = this
    if (session.interval > 0 || this.sentEnough) return
    const until = (session.lastSentNs ?? Number.NEGATIVE_INFINITY) + FLOOD_GAP_NS
    while (this.now < until && !this.exiting) {
      const wake = yield { for: 'instant', at: until }
      if (wake.by === 'signal') this.obey(wake.signal)
      if (this.now >= this.alarmNs) this.exiting = true
    }
  }

  private get sentEnough(): boolean {
    const { count, deadline } = this.options
    return count > 0 && this.session.transmitted >= count && deadline === 0
  }

  /** schedule_exit(): after the last probe the alarm is set for as long as replies are waited for. */
  private scheduleExit(next: number): number {
    const { session } = this
    if (!this.sentEnough || this.lingering) return next
    // A reply that took no time at all exists only here; on a real machine the shortest takes a microsecond.
    const rttUs = Math.max(session.rttMaxUs, 1)
    const us = session.received > 0 ? Math.max(2 * rttUs, 1000 * session.interval) : this.options.linger * 1000
    // -W 0 sets no alarm: it waits for ever.
    if (us > 0) {
      this.lingering = true
      this.alarmNs = this.now + us * NS_PER_US
    }
    return Math.max(next, Math.trunc(us / 1000))
  }

  /** pinger(): sends a probe if one is due. Answers the milliseconds until the next one; 0 or less: at once. */
  private pinger(): number {
    const { session, options, process } = this
    if (this.exiting || this.sentEnough) return 1000
    const delay = session.delay(this.now)
    if (delay !== undefined) return delay
    if (options.outstanding && session.transmitted > 0 && !session.hasHeard(session.transmitted)) {
      process.stdout(`${this.timestamp()}no answer yet for icmp_seq=${session.transmitted & 0xffff}\n`)
    }
    for (;;) {
      const sent = this.sendProbe()
      if (sent.ok) {
        this.oomCount = 0
        session.advance()
        if (!options.quiet && options.flood) process.stdout('.')
        return session.interval - session.tokens
      }
      let said = true
      if (sent.errno === 'ENOBUFS' || sent.errno === 'ENOMEM') {
        session.tokens = 0
        session.slowDown()
        const ms = Math.min(atLeastMinimal(Math.trunc(session.interval / 2)), 500)
        this.oomCount++
        if (this.oomCount * ms < options.linger) return ms
      } else if (sent.errno === 'EAGAIN') {
        session.tokens += session.interval
        return INTERVAL_MIN_MS
      } else {
        const kind = this.receiveError()
        if (kind === 'foreign') continue
        said = kind === 'icmp'
      }
      session.advance()
      if (said && !options.quiet) {
        if (options.flood) process.stdout('E')
        else error(process, 0, `sendmsg: ${strerror(sent.errno)}`)
      }
      session.tokens = 0
      return atLeastMinimal(session.interval)
    }
  }

  /** ping4_send_probe(): header and time stamp; the checksum is over both. */
  private sendProbe() {
    const { session, message } = this
    const sequence = (session.transmitted + 1) & 0xffff
    session.forget(sequence)
    if (session.timing) putTimeval(message, icmp.HEADER_BYTES, this.clockUs(this.now))
    icmp.putEcho(message, 0, EchoRequest, this.ident, sequence, message.length - icmp.HEADER_BYTES)
    return this.socket.send(message, this.target.address)
  }

  /** gettimeofday(2), in microseconds. */
  private clockUs(instant: number): number {
    return EPOCH_S * 1_000_000 + Math.floor(instant / NS_PER_US)
  }

  private timestamp(): string {
    if (!this.options.timestamps) return ''
    const us = this.clockUs(this.now)
    return `[${Math.floor(us / 1_000_000)}.${String(us % 1_000_000).padStart(6, '0')}] `
  }

  /** ping4_receive_error_msg(). `foreign`: somebody else's, to be forgotten; `local`: from this machine, or none. */
  private receiveError(): 'icmp' | 'local' | 'foreign' {
    const { session, options, process } = this
    const queued = this.socket.receiveError()
    if (queued === undefined) return 'local'
    if (queued.origin === 'local') {
      if (options.quiet) return 'local'
      const { errno } = queued.failure
      if (options.flood) process.stdout('E')
      else if (errno === 'EMSGSIZE') error(process, 0, `local error: message too long, mtu=${queued.info}`)
      else error(process, 0, `local error: ${strerror(errno)}`)
      session.errors++
      return 'local'
    }
    const { header } = queued
    const ours =
      header.length >= icmp.HEADER_BYTES &&
      queued.destination === this.target.address &&
      icmp.type(header, 0) === EchoRequest &&
      icmp.id(header, 0) === this.ident
    if (!ours) return 'foreign'
    const sequence = icmp.sequence(header, 0)
    session.acknowledge(sequence)
    this.socket.setFilter(WITHOUT_ERRORS)
    session.errors++
    if (options.quiet) return 'icmp'
    if (options.flood) {
      process.stdout('\bE')
    } else {
      const what = describe(queued.type, queued.code, queued.info)
      process.stdout(`${this.timestamp()}From ${this.nameOf(queued.offender)} icmp_seq=${sequence} ${what}\n`)
    }
    return 'icmp'
  }

  /** pr_addr(). */
  private nameOf(address: ip.Ip): string {
    const text = ip.format(address)
    return this.options.numeric ? text : `${nameOf(this.hosts, address) ?? text} (${text})`
  }

  /** ping4_parse_reply(). */
  private parseReply(packet: Received): void {
    const { bytes, at, length } = packet
    const { options, process } = this
    const header = ipv4.headerBytes(bytes, at)
    const from = ipv4.src(bytes, at)
    if (length < header + icmp.HEADER_BYTES || header < IP_HEADER_BYTES) {
      if (options.verbose) error(process, 0, `packet too short (${length} bytes) from ${this.nameOf(from)}`)
      return
    }
    const message = at + header
    if (icmp.type(bytes, message) === EchoReply) this.parseEcho(packet, message, length - header, from)
    else this.parseError(bytes, message, length - header, from)
  }

  private parseEcho(packet: Received, at: number, length: number, from: ip.Ip): void {
    const { bytes, instant } = packet
    const { options, session, process } = this
    if (icmp.id(bytes, at) !== this.ident) return
    const sequence = icmp.sequence(bytes, at)
    const payload = at + icmp.HEADER_BYTES
    const timed = session.timing && length >= icmp.HEADER_BYTES + TIMEVAL_BYTES
    const tripUs = timed ? this.tripUs(bytes, payload, instant) : undefined
    const duplicate = session.reply(sequence, tripUs)
    if (options.quiet) return
    if (options.flood) {
      process.stdout('\b \b')
      if (options.audible) process.stdout('\x07')
      return
    }
    let line = `${this.timestamp()}${length} bytes from ${this.nameOf(from)}: icmp_seq=${sequence}`
    if (options.verbose) line += ` ident=${this.ident}`
    line += ` ttl=${ipv4.ttl(bytes, packet.at)}`
    if (length < options.size + icmp.HEADER_BYTES) {
      process.stdout(`${line} (truncated)\n`)
      return
    }
    if (tripUs !== undefined) line += ` time=${tripText(tripUs)} ms`
    if (duplicate && (!this.multicast || options.verbose)) line += ' (DUP!)'
    if (!this.multicast && from !== this.target.address) line += ' (DIFFERENT ADDRESS!)'
    line += this.difference(bytes, payload)
    process.stdout(`${line}${options.audible ? '\x07' : ''}\n`)
  }

  /** Microseconds between the stamp in the payload and now, or the kernel's stamp of the packet. */
  private tripUs(bytes: Uint8Array, at: number, instant: number): number {
    const sentUs = timevalUs(bytes, at)
    const us = this.clockUs(this.latency ? this.now : instant) - sentUs
    if (us >= 0) return us
    const words = 'Warning: time of day goes back'
    error(this.process, 0, `${words} (${us}us), taking countermeasures`)
    if (this.latency) return 0
    this.latency = true
    return this.tripUs(bytes, at, this.now)
  }

  /** The first octet of the payload that did not come back, and then all of them. */
  private difference(bytes: Uint8Array, at: number): string {
    const { message, options } = this
    const size = Math.min(options.size, message.length - icmp.HEADER_BYTES)
    for (let i = TIMEVAL_BYTES; i < size; i++) {
      const wanted = message[icmp.HEADER_BYTES + i]!
      const got = bytes[at + i]!
      if (got === wanted) continue
      let dump = `\nwrong data byte #${i} should be 0x${wanted.toString(16)} but was 0x${got.toString(16)}`
      for (let j = TIMEVAL_BYTES; j < size; j++) {
        if (j % 32 === TIMEVAL_BYTES) dump += `\n#${j}\t`
        dump += `${bytes[at + j]!.toString(16)} `
      }
      return dump
    }
    return ''
  }

  /** An ICMP error that came as a packet: the error queue tells of it, except for redirects and source quenches. */
  private parseError(bytes: Uint8Array, at: number, length: number, from: ip.Ip): void {
    const { session, options, process } = this
    const type = icmp.type(bytes, at)
    const quoted = at + icmp.HEADER_BYTES
    if (length < icmp.HEADER_BYTES + IP_HEADER_BYTES + icmp.HEADER_BYTES) return
    const inner = quoted + ipv4.headerBytes(bytes, quoted)
    if (length < inner - at + icmp.HEADER_BYTES) return
    const ours =
      icmp.type(bytes, inner) === EchoRequest &&
      ipv4.dst(bytes, quoted) === this.target.address &&
      icmp.id(bytes, inner) === this.ident
    if (!ours) return
    const sequence = icmp.sequence(bytes, inner)
    if (type !== Redirect && type !== SourceQuench) {
      session.acknowledge(sequence)
      return
    }
    if (options.quiet || options.flood) return
    const gateway = this.nameOf(icmp.rest(bytes, at) as ip.Ip)
    const what = describe(type, icmp.code(bytes, at), 0, gateway)
    process.stdout(`${this.timestamp()}From ${this.nameOf(from)}: icmp_seq=${sequence} ${what}\n`)
  }
}

/** struct timeval of a 64-bit little-endian machine: seconds(8) microseconds(8). */
function putTimeval(b: Uint8Array, at: number, us: number): void {
  putLittle64(b, at, Math.floor(us / 1_000_000))
  putLittle64(b, at + 8, us % 1_000_000)
}

const timevalUs = (b: Uint8Array, at: number): number => little64(b, at) * 1_000_000 + little64(b, at + 8)

function putLittle64(b: Uint8Array, at: number, value: number): void {
  for (let i = 0; i < 8; i++) {
    b[at + i] = value % 256
    value = Math.floor(value / 256)
  }
}

function little64(b: Uint8Array, at: number): number {
  let value = 0
  for (let i = 7; i >= 0; i--) value = value * 256 + b[at + i]!
  return value
}
