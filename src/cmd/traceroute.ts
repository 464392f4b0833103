/**
 * traceroute 2.1.2 (Debian 12) over IPv4: UDP probes and echo requests, sixteen on their way at a time.
 *
 * Follows traceroute.c: do_it, get_timeout, check_expired with its guess where the last hop is, recv_reply,
 * parse_icmp_res, print_probe. Options that are refused: see options.ts.
 */

import type { SocketError } from '../stack/socket.ts'
import { NS_PER_MS, NS_PER_S, NS_PER_US } from '../time/instant.ts'
import * as icmp from '../wire/icmp.ts'
import * as ip from '../wire/ip.ts'
import * as ipv4 from '../wire/ipv4.ts'
import type { Program, Wait, Wake } from '../world/task.ts'
import type { Command, Process } from './command.ts'
import { type Host, nameOf, parseHosts } from './hosts.ts'
import { Exit } from './libc.ts'
import { signalStatus } from './signals.ts'
import { die, type Method, methodOf, newProbe, type Probe, type Reply } from './traceroute/method.ts'
import { type Options, parseOptions } from './traceroute/options.ts'

/**
 * What a probe takes to send: on Linux socket, its options, connect and send are some 80 microseconds, in which the
 * nearest hops have answered. Here programs take no time, and the answers would all come behind the last probe.
 */
const PROBE_NS = 100 * NS_PER_US
/** DEF_WAIT_PREC: added to what others took. */
const PRECISION_NS = NS_PER_MS

export const traceroute: Command = function* (process) {
  try {
    const wake = yield { for: 'file', path: '/etc/hosts' }
    const hosts = wake.by === 'file' ? parseHosts(wake.text) : []
    return yield* new Traceroute(process, hosts, parseOptions(process, hosts)).run()
  } catch (end) {
    if (end instanceof Exit) return end.status
    throw end
  }
}

class Traceroute {
  private readonly process: Process
  private readonly hosts: readonly Host[]
  private readonly options: Options
  private readonly probes: Probe[]
  private readonly method: Method

  constructor(process: Process, hosts: readonly Host[], options: Options) {
    this.process = process
    this.hosts = hosts
    this.options = options
    this.probes = Array.from({ length: options.maxHops * options.perHop }, newProbe)
    this.method = methodOf(process, options, this.probes)
  }

  private get now(): number {
    return this.process.world.now
  }

  private get packetBytes(): number {
    return ipv4.HEADER_BYTES + this.method.headerBytes + this.method.bytes
  }

  /** do_it */
  *run(): Program {
    const { options, method, process } = this
    try {
      method.open()
      const whither = `${options.targetName} (${ip.format(options.target)})`
      process.stdout(`traceroute to ${whither}, ${options.maxHops} hops max, ${this.packetBytes} byte packets`)
      yield* this.trace()
      process.stdout('\n')
      return 0
    } finally {
      method.close()
    }
  }

  private *trace(): Generator<Wait, void, Wake> {
    const { options, probes, method } = this
    const { perHop } = options
    const pauseNs = options.pause * NS_PER_S
    let start = (options.firstHop - 1) * perHop
    let end = probes.length
    let lastNs = Number.NEGATIVE_INFINITY
    while (start < end) {
      const { now } = this
      let next: number | undefined
      let onTheirWay = 0
      for (let n = start; n < end; n++) {
        let probe = probes[n]!
        if (n === start && !probe.done && probe.sentNs !== undefined) {
          const expires = probe.sentNs + this.timeoutNs(n)
          if (expires > now) next = expires
          else {
            this.expire(n)
            probe = probes[n]!
          }
        }
        if (probe.done) {
          if (n === start) {
            this.print(n)
            start++
          }
          if (probe.final) end = (Math.floor(n / perHop) + 1) * perHop
          continue
        }
        if (probe.sentNs === undefined) {
          if (pauseNs > 0 && lastNs + pauseNs > now) {
            next = lastNs + pauseNs
            break
          }
          if (!method.send(probe, Math.floor(n / perHop) + 1)) {
            if (next !== undefined) break
            die(this.process, 'send probe', 'ENOBUFS')
          }
          lastNs = this.now
          yield* this.sleepUntil(lastNs + PROBE_NS)
        }
        next ??= probe.sentNs! + this.timeoutNs(n)
        if (++onTheirWay >= options.simultaneous) break
      }
      if (next !== undefined) yield* this.poll(next)
    }
  }

  private *sleepUntil(at: number): Generator<Wait, void, Wake> {
    while (this.now < at) obey(yield { for: 'instant', at })
  }

  /** do_poll: whole milliseconds. */
  private *poll(next: number): Generator<Wait, void, Wake> {
    const { method, now } = this
    const at = now + Math.ceil(Math.max(next - now, 0) / NS_PER_MS) * NS_PER_MS
    if (!method.ready) obey(yield { for: 'socket', socket: method, at })
    for (const reply of method.receive()) this.hear(reply)
  }

  // -- Replies ------------------------------------------------------------------------------------

  /** recv_reply, of a reply that is ours. */
  private hear({ probe: found, from, ttl, instant, error }: Reply): void {
    const { options, method } = this
    // A local error without a probe: what does not fit the device is told at the first one.
    const probe = found ?? this.probes[(options.firstHop - 1) * options.perHop]!
    if (probe.done) return
    probe.receivedNs = instant
    probe.ttl = ttl
    probe.from = from
    if (error !== undefined) this.judge(probe, error)
    const room = this.packetBytes - method.bytes
    if (error !== undefined && options.discoversMtu && error.info >= room && error.info < this.packetBytes) {
      method.bytes = error.info - room
      method.release(probe)
      // Sent once more, shorter: whoever said so was the hop before.
      Object.assign(probe, newProbe(), { words: `F=${error.info}` })
      return
    }
    this.finish(probe)
  }

  private judge(probe: Probe, { origin, failure, type, code, info }: SocketError): void {
    if (origin === 'icmp') {
      const words = meaning(type, code, info)
      if (words === undefined) return
      probe.words += words
    } else {
      if (failure.errno !== 'EMSGSIZE' || info === 0) die(this.process, 'local recverr', failure.errno)
      probe.words += `!F-${info}`
    }
    probe.final = true
  }

  private finish(probe: Probe): void {
    this.method.release(probe)
    probe.done = true
  }

  // -- Time ---------------------------------------------------------------------------------------

  /** get_timeout: as long as others took, several times over, or the time that -w names. */
  private timeoutNs(n: number): number {
    const { probes, options } = this
    const { perHop, hereFactor, nearFactor } = options
    const waitNs = options.wait * NS_PER_S
    const hop = n - (n % perHop)
    if (hereFactor !== 0) {
      for (let i = hop; i < hop + perHop; i++) {
        const took = tripNs(probes[i]!)
        if (took !== undefined) return Math.min((took + PRECISION_NS) * hereFactor, waitNs)
      }
    }
    if (nearFactor !== 0) {
      for (let i = n + 1; i < probes.length && probes[i]!.sentNs !== undefined; i++) {
        const took = tripNs(probes[i]!)
        if (took !== undefined) return Math.min((took + PRECISION_NS) * nearFactor, waitNs)
      }
    }
    return waitNs
  }

  /** expire_probe, then check_expired: perhaps the last hop answered only the later of our probes. */
  private expire(n: number): void {
    const { probes, options } = this
    const { perHop } = options
    this.finish(probes[n]!)
    const hop = n - (n % perHop)
    const before = probes.slice(hop, n)
    if (before.some(({ done, final }) => !done || !final)) return
    let at = n + 1
    while (probes[at]?.sentNs !== undefined && !probes[at]!.done) at++
    const last = probes[at]
    // Only errors are known to come for the latest probes alone.
    if (last?.sentNs === undefined || !last.final || last.words === '') return
    const isHere =
      before.length > 0 ||
      at < hop + perHop ||
      probes.slice(0, n).some(({ from }) => from === last.from) ||
      this.isLastHop(n, last)
    if (!isHere) return
    probes[n] = last
    // Not to be sent again.
    probes[at] = { ...newProbe(), sentNs: 0 }
  }

  /** By the TTL of its answer, does the last hop belong to the place of probe `n`? */
  private isLastHop(n: number, last: Probe): boolean {
    const { probes, options } = this
    const { perHop } = options
    if (last.ttl === 0) return false
    const here = Math.floor(n / perHop) + 1
    let back = backHops(last.ttl)
    for (let i = n - 1; i >= 0; i--) {
      const before = probes[i]!
      if (!before.done || before.final || before.ttl === 0) continue
      const hops = backHops(before.ttl)
      if (hops < back) {
        back = back - hops + Math.floor(i / perHop) + 1
        break
      }
    }
    return back <= here
  }

  // -- Words --------------------------------------------------------------------------------------

  /** print_probe */
  private print(n: number): void {
    const { probes, options } = this
    const { perHop } = options
    const probe = probes[n]!
    const hop = Math.floor(n / perHop) + 1
    let text = n % perHop === 0 ? `\n${String(hop).padStart(2)} ` : ''
    if (probe.from === 0) text += ' *'
    else if (this.isNew(n)) {
      text += this.nameOf(probe.from)
      const back = backHops(probe.ttl)
      if (options.showsBackward && probe.ttl !== 0 && back !== hop) text += ` '-${back}'`
    }
    if (probe.receivedNs !== undefined) {
      const us = Math.floor(probe.receivedNs / NS_PER_US) - Math.floor(probe.sentNs! / NS_PER_US)
      text += `  ${(us / 1000).toFixed(3)} ms`
    }
    if (probe.words !== '') text += ` ${probe.words}`
    this.process.stdout(text)
  }

  /** Has the hop not just been named? */
  private isNew(n: number): boolean {
    const { probes, options } = this
    const hop = n - (n % options.perHop)
    let before = n - 1
    while (before >= hop && probes[before]!.from === 0) before--
    if (before < hop) return true
    const { from, ttl } = probes[before]!
    return from !== probes[n]!.from || (options.showsBackward && ttl !== probes[n]!.ttl)
  }

  private nameOf(address: ip.Ip): string {
    const text = ip.format(address)
    return this.options.numeric ? ` ${text}` : ` ${nameOf(this.hosts, address) ?? text} (${text})`
  }
}

function obey(wake: Wake): void {
  if (wake.by === 'signal') throw new Exit(signalStatus(wake.signal))
}

const tripNs = ({ done, sentNs, receivedNs }: Probe): number | undefined =>
  done && sentNs !== undefined && receivedNs !== undefined ? receivedNs - sentNs : undefined

/** ttl2hops: hops that an answer has come, if its TTL began at 64, 128 or 255. */
const backHops = (ttl: number): number => (ttl <= 64 ? 65 : ttl <= 128 ? 129 : 256) - ttl

const { Unreachable, TimeExceeded } = icmp.Type

/** By code of an unreachable message; none: the destination itself has answered. */
const UNREACHABLE = ['!N', '!H', '!P', '', '', '!S', '!N', '!H', '!N', '!X', '!X', '!N', '!H', '!X', '!V', '!C']

/** parse_icmp_res; undefined: a hop on the way. */
function meaning(type: number, code: number, info: number): string | undefined {
  if (type === TimeExceeded && code === 0) return undefined
  if (type !== Unreachable) return `!<${type}-${code}>`
  return code === icmp.Unreachable.FragmentationNeeded ? `!F-${info}` : (UNREACHABLE[code] ?? `!<${code}>`)
}
