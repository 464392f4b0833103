/**
 * mtr 0.95 (Debian 12's mtr-tiny) over IPv4, without its screen: --report, --json, --xml, --csv, --raw.
 *
 * Follows ui/mtr.c (main), ui/net.c (net_send_batch, net_max, net_find_local_address), ui/select.c (select_loop) and
 * ui/raw.c. Options that are refused: see mtr/options.ts.
 */
import type { Errno } from '../core/errno.ts'
import { NS_PER_US } from '../time/instant.ts'
import * as ip from '../wire/ip.ts'
import { EPOCH_S } from '../world/clock.ts'
import type { Wait, Wake } from '../world/task.ts'
import { type Command, notSupported, type Process } from './command.ts'
import { type Host, hostsNamed, nameOf, parseHosts } from './hosts.ts'
import { Exit, error, inetAton } from './libc.ts'
import { Hop } from './mtr/hop.ts'
import { type Options, parseOptions } from './mtr/options.ts'
import { Probes, type Reply } from './mtr/probes.ts'
import { csvText, jsonText, type Report, reportText, xmlText } from './mtr/report.ts'
import { signalStatus } from './signals.ts'
import { strftime } from './strftime.ts'

const FAILURE = 1
const INT_MAX = 2_147_483_647
const FIRST_SEQUENCE = 33_000
const LAST_SEQUENCE = 65_535
/** How many hops a round is planned for before anybody has answered. */
const HOPS_FIRST = 10
const US_PER_S = 1_000_000
const NS_PER_S = 1_000_000_000
/** What a program on Linux oversleeps; it adds up from probe to probe, and the end comes with one of them. */
const OVERSLEEP_NS = 100 * NS_PER_US
/** The port of the socket that only finds out which source address to use. */
const PROBE_PORT = 1

/** What ends it, of what a probe can meet; the rest is only no answer. */
const SEND_ERRORS: Partial<Record<Errno, string>> = {
  EINVAL: 'mtr-packet reported invalid argument',
  EPERM: 'Permission denied',
  EADDRINUSE: 'Address in use',
  EADDRNOTAVAIL: 'Address not available',
}
const NO_ANSWER: readonly Errno[] = ['ENETDOWN', 'ENETUNREACH', 'EHOSTUNREACH']

export const mtr: Command = function* (process) {
  try {
    const options = yield* parseOptions(process)
    const wake = yield { for: 'file', path: '/etc/hosts' }
    const hosts = wake.by === 'file' ? parseHosts(wake.text) : []
    let sequence = FIRST_SEQUENCE
    for (const name of options.names) {
      const target = inetAton(name) ?? hostsNamed(hosts, name)[0]?.address
      if (target === undefined) {
        if (name.includes(':')) return notSupported(process, `mtr to ${name} (IPv6)`)
        error(process, 0, `Failed to resolve host: ${name}: Name or service not known`)
        continue
      }
      const run = new Mtr(process, options, hosts, name, target, sequence)
      try {
        yield* run.run()
      } finally {
        run.probes.close()
      }
      sequence = run.sequence
    }
    return 0
  } catch (end) {
    if (end instanceof Exit) return end.status
    throw end
  }
}

class Mtr {
  readonly probes: Probes
  /** Of the next probe. */
  sequence: number
  private readonly process: Process
  private readonly options: Options
  private readonly hosts: readonly Host[]
  private readonly name: string
  private readonly target: ip.Ip
  /** By TTL, from 1 on. */
  private readonly hops: Hop[] = Array.from({ length: 256 }, () => new Hop())
  /** Which hop each probe is about, by sequence. */
  private readonly about = new Map<number, number>()
  /** --raw: when each address was first asked for its name, and which hops have one. */
  private readonly asked = new Map<ip.Ip, number>()
  private readonly named = new Set<number>()
  private at: number
  private hopsOfRound = HOPS_FIRST

  constructor(
    process: Process,
    options: Options,
    hosts: readonly Host[],
    name: string,
    target: ip.Ip,
    sequence: number,
  ) {
    this.process = process
    this.options = options
    this.hosts = hosts
    this.name = name
    this.target = target
    this.sequence = sequence
    this.at = options.firstTtl
    this.probes = new Probes(process, options, this.source(), target)
  }

  private get now(): number {
    return this.process.world.now
  }

  /** net_reopen: in whose name packets are sent; 0 where no way is known, for one may yet come. */
  private source(): ip.Ip {
    const { process, options, target } = this
    const { world, netns } = process
    if (options.address !== undefined) {
      return ip.parse(options.address) ?? error(process, FAILURE, 'invalid local address')
    }
    if (options.interface !== undefined) {
      // getifaddrs(3) names an address by its label.
      for (const each of world.addresses(netns)) {
        if (each.family === 4 && each.label === options.interface) return each.local
      }
      const isThere = world.links(netns).some(link => link.name === options.interface)
      return error(process, FAILURE, isThere ? 'interface missing IPv4 address' : 'no such interface')
    }
    const socket = world.netns(netns).stack.udpSocket()
    try {
      const connected = socket.connect(target, PROBE_PORT)
      if (connected.ok) return socket.localAddress
      if (connected.errno === 'EHOSTUNREACH') return ip.ANY
      return error(process, FAILURE, 'udp socket connect failed', connected.errno)
    } finally {
      socket.close()
    }
  }

  /** select_loop */
  *run(): Generator<Wait, void, Wake> {
    const { options, process, probes } = this
    if (options.mode === 'report') {
      process.stdout(`Start: ${strftime('%Y-%m-%dT%H:%M:%S%z', { seconds: this.seconds, ns: 0 })}\n`)
    }
    let last = this.now
    let rounds = 0
    let graceFrom: number | undefined
    for (;;) {
      const intervalUs = this.intervalUs()
      // Too long for an int, which becomes a time that is over.
      const overflows = intervalUs > INT_MAX
      if (overflows || this.now >= last + intervalUs * NS_PER_US) {
        last = this.now
        if (graceFrom === undefined && rounds >= options.rounds) graceFrom = last
        if (graceFrom === undefined && this.sendNext()) rounds++
      }
      if (graceFrom !== undefined && this.now - graceFrom > options.graceTime * NS_PER_S) break
      if (overflows) error(process, FAILURE, 'Select failed', 'EINVAL')
      if (!probes.socket.ready) {
        const at = last + this.intervalUs() * NS_PER_US + OVERSLEEP_NS
        const wake = yield { for: 'socket', socket: probes.socket, at }
        if (wake.by === 'signal') throw new Exit(signalStatus(wake.signal))
      }
      for (const reply of probes.receive()) this.hear(reply)
    }
    // net_end_transit
    for (const hop of this.hops) hop.transit = false
    this.tell()
  }

  private get seconds(): number {
    return EPOCH_S + Math.floor(this.now / NS_PER_S)
  }

  /** calc_deltatime: microseconds from probe to probe, in the arithmetic of floats. */
  private intervalUs(): number {
    const share = Math.fround(this.options.interval / this.hopsOfRound)
    return Math.trunc(Math.fround(US_PER_S * share))
  }

  /** net_send_batch, which sends one probe; true with the last of a round. */
  private sendNext(): boolean {
    const { options, hops, target, at } = this
    this.sendTo(at)
    let unknown = 0
    for (let ttl = options.firstTtl; ttl < at; ttl++) {
      const { address } = hops[ttl]!
      if (address === 0) unknown++
      if (address === target) return this.endRound(ttl)
    }
    if (hops[at]!.address === target || unknown > options.maxUnknown || at >= options.maxTtl) return this.endRound(at)
    this.at++
    return false
  }

  private endRound(hops: number): true {
    this.hopsOfRound = hops
    this.at = this.options.firstTtl
    return true
  }

  private sendTo(ttl: number): void {
    const { process, options, hops, sequence } = this
    this.sequence = sequence === LAST_SEQUENCE ? FIRST_SEQUENCE : sequence + 1
    if (options.mode === 'raw') process.stdout(`x ${ttl - 1} ${sequence}\n`)
    const hop = hops[ttl]!
    hop.sent++
    hop.transit = true
    this.about.set(sequence, ttl)
    const sent = this.probes.send(sequence, ttl)
    if (sent.ok || NO_ANSWER.includes(sent.errno)) return
    this.tell()
    error(process, FAILURE, SEND_ERRORS[sent.errno] ?? 'Unexpected mtr-packet error')
  }

  /** net_process_ping */
  private hear({ token, from, us, isUnreachable }: Reply): void {
    const ttl = this.about.get(token)
    if (ttl === undefined) return
    this.about.delete(token)
    const hop = this.hops[ttl]!
    const isRaw = this.options.mode === 'raw'
    const line = `h ${ttl - 1} ${ip.format(from)}\n`
    if (hop.address !== from && hop.remember(from) && isRaw) this.process.stdout(line)
    if (hop.answered(from, us, isUnreachable) && isRaw) this.process.stdout(line)
    if (!isRaw) return
    this.tellName(ttl)
    this.process.stdout(`p ${ttl - 1} ${us} ${token}\n`)
  }

  /** raw_rawping: a name is told once it is known, which is not at once. */
  private tellName(ttl: number): void {
    if (!this.options.resolves || this.named.has(ttl)) return
    const { address } = this.hops[ttl]!
    const since = this.asked.get(address)
    if (since === undefined) this.asked.set(address, this.now)
    else if (since < this.now) {
      this.named.add(ttl)
      this.process.stdout(`d ${ttl - 1} ${nameOf(this.hosts, address) ?? ip.format(address)}\n`)
    }
  }

  /** net_max: up to the target, or to one that says there is no way, or one behind the last that answered. */
  private lastTtl(): number {
    const { hops, options, target } = this
    let last = 0
    for (let ttl = 1; ttl <= options.maxTtl; ttl++) {
      const hop = hops[ttl]!
      if (hop.address === target || hop.isEnd) return ttl
      if (hop.address !== 0) last = ttl + 1
    }
    return Math.min(last, options.maxTtl)
  }

  /** display_close */
  private tell(): void {
    const { process, options, hops, hosts, name, seconds } = this
    const shown: [number, Hop][] = []
    for (let ttl = options.firstTtl; ttl <= this.lastTtl(); ttl++) shown.push([ttl, hops[ttl]!])
    const hostname = process.world.sysctl(process.netns, 'kernel/hostname')
    const report: Report = {
      options,
      from: hostname.ok ? hostname.value : '',
      to: name,
      seconds,
      hops: shown,
      nameOf: address => nameOf(hosts, address),
    }
    if (options.mode === 'report') process.stdout(reportText(report))
    else if (options.mode === 'xml') process.stdout(xmlText(report))
    else if (options.mode === 'csv') process.stdout(csvText(report))
    else if (options.mode === 'json') process.stdout(jsonText(report))
  }
}
