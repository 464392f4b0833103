/**
 * How mtr sends probes and hears of them: packets of its own making, and one raw socket that hears all ICMP.
 *
 * Follows mtr 0.95 packet/: construct_unix.c (set_udp_ports, udp4_checksum), probe_unix.c (send_probe),
 * deconstruct_unix.c (handle_received_icmp4_packet, handle_inner_udp_packet). Left out: MPLS labels.
 */
import type { Answer } from '../../core/errno.ts'
import { fail } from '../../core/errno.ts'
import type { RawSocket } from '../../stack/socket.ts'
import { NS_PER_S, NS_PER_US } from '../../time/instant.ts'
import * as checksum from '../../wire/checksum.ts'
import * as icmp from '../../wire/icmp.ts'
import type { Ip } from '../../wire/ip.ts'
import * as ipv4 from '../../wire/ipv4.ts'
import * as udp from '../../wire/udp.ts'
import type { Process } from '../command.ts'
import type { Options } from './options.ts'

/** IPPROTO_RAW: a socket that only sends. */
const RAW = 255
const PACKET_BYTES_MAX = 9000
/** Of UDP, for a sequence number may have to stand there. */
const PAYLOAD_BYTES_MIN = 4
const FIRST_SEQUENCE = 33_000
const LAST_SEQUENCE = 65_535

/** What came back: `token` is the probe's. */
export interface Reply {
  readonly token: number
  readonly from: Ip
  readonly us: number
  /** Somebody on the way cannot go on. */
  readonly isUnreachable: boolean
}

interface Sent {
  readonly token: number
  readonly instant: number
  readonly srcPort: number
  readonly dstPort: number
}

export class Probes {
  /** Hears what comes back. */
  readonly socket: RawSocket
  readonly #sender: RawSocket
  readonly #process: Process
  readonly #options: Options
  readonly #source: Ip
  readonly #target: Ip
  /** By sequence number. */
  readonly #sent = new Map<number, Sent>()
  #sequence = FIRST_SEQUENCE

  constructor(process: Process, options: Options, source: Ip, target: Ip) {
    const { stack } = process.world.netns(process.netns)
    this.#process = process
    this.#options = options
    this.#source = source
    this.#target = target
    this.#sender = stack.rawSocket(RAW)
    if (options.mark !== 0) this.#sender.setMark(options.mark)
    this.socket = stack.rawSocket(ipv4.Protocol.Icmp)
  }

  close(): void {
    this.#sender.close()
    this.socket.close()
  }

  send(token: number, ttl: number): Answer {
    const { udp: isUdp, packetBytes, pattern, tos } = this.#options
    const headers = ipv4.HEADER_BYTES + (isUdp ? udp.HEADER_BYTES + PAYLOAD_BYTES_MIN : icmp.HEADER_BYTES)
    const length = Math.max(packetBytes, headers)
    if (length > PACKET_BYTES_MAX) return fail('EINVAL')
    const packet = new Uint8Array(length).fill(pattern)
    const sequence = this.#sequence
    this.#sequence = sequence === LAST_SEQUENCE ? FIRST_SEQUENCE : sequence + 1
    const protocol = isUdp ? ipv4.Protocol.Udp : ipv4.Protocol.Icmp
    ipv4.put(packet, 0, tos, length, 0, 0, ttl, protocol, this.#source, this.#target)
    let ports = { srcPort: 0, dstPort: 0 }
    if (isUdp) ports = this.#putUdp(packet, sequence)
    else {
      const payloadBytes = length - ipv4.HEADER_BYTES - icmp.HEADER_BYTES
      icmp.putEcho(packet, ipv4.HEADER_BYTES, icmp.Type.EchoRequest, this.#ident, sequence, payloadBytes)
    }
    this.#forget()
    const sent = this.#sender.sendPacket(packet, this.#target)
    if (sent.ok) this.#sent.set(sequence, { token, instant: this.#process.world.now, ...ports })
    return sent
  }

  get #ident(): number {
    return this.#process.pid & 0xffff
  }

  /** check_probe_timeouts */
  #forget(): void {
    const { now } = this.#process.world
    for (const [sequence, { instant }] of this.#sent) {
      if (now - instant < this.#options.timeout * NS_PER_S) return
      this.#sent.delete(sequence)
    }
  }

  /** set_udp_ports, construct_udp4_header: where the sequence number stands hangs on which ports are asked for. */
  #putUdp(packet: Uint8Array, sequence: number): { srcPort: number; dstPort: number } {
    const { port, localPort } = this.#options
    const at = ipv4.HEADER_BYTES
    const bytes = packet.length - at
    const dstPort = port !== 0 ? port : sequence
    const srcPort = localPort !== 0 ? localPort : port !== 0 ? sequence : this.#ident
    const view = new DataView(packet.buffer)
    view.setUint16(at, srcPort)
    view.setUint16(at + 2, dstPort)
    view.setUint16(at + 4, bytes)
    const isInChecksum = port !== 0 && localPort !== 0
    const field = at + (isInChecksum ? udp.HEADER_BYTES : 6)
    view.setUint16(at + 6, isInChecksum ? sequence : 0)
    const pseudo = checksum.pseudo(this.#source, this.#target, ipv4.Protocol.Udp, bytes)
    // With the number as checksum it is the payload that makes it right.
    checksum.put(packet, field, at, packet.length, pseudo)
    return { srcPort, dstPort }
  }

  /** What there is to read now, in order. */
  receive(): Reply[] {
    this.#forget()
    const replies: Reply[] = []
    for (let got = this.socket.receive(); got !== undefined; got = this.socket.receive()) {
      if ('ok' in got) continue
      const { bytes, at, length, instant } = got
      const header = ipv4.headerBytes(bytes, at)
      const reply = this.#hear(bytes, at + header, length - header, ipv4.src(bytes, at), instant)
      if (reply !== undefined) replies.push(reply)
    }
    return replies
  }

  #hear(bytes: Uint8Array, at: number, length: number, from: Ip, instant: number): Reply | undefined {
    const type = icmp.type(bytes, at)
    const isEcho = type === icmp.Type.EchoReply
    const isUnreachable = type === icmp.Type.Unreachable && icmp.code(bytes, at) !== icmp.Unreachable.Port
    if (!isEcho && type !== icmp.Type.TimeExceeded && type !== icmp.Type.Unreachable) return undefined
    const inner = at + icmp.HEADER_BYTES
    const sequence = isEcho ? this.#echoed(bytes, at) : this.#quoted(bytes, inner, length - icmp.HEADER_BYTES)
    const sent = sequence === undefined ? undefined : this.#sent.get(sequence)
    if (sent === undefined) return undefined
    this.#sent.delete(sequence!)
    const us = Math.floor(instant / NS_PER_US) - Math.floor(sent.instant / NS_PER_US)
    return { token: sent.token, from, us, isUnreachable }
  }

  #echoed(bytes: Uint8Array, at: number): number | undefined {
    return icmp.id(bytes, at) === this.#ident ? icmp.sequence(bytes, at) : undefined
  }

  /** handle_inner_ip4_packet */
  #quoted(bytes: Uint8Array, at: number, length: number): number | undefined {
    const inner = at + ipv4.HEADER_BYTES
    if (length < ipv4.HEADER_BYTES + icmp.HEADER_BYTES) return undefined
    if (ipv4.protocol(bytes, at) === ipv4.Protocol.Icmp) return this.#echoed(bytes, inner)
    if (ipv4.protocol(bytes, at) !== ipv4.Protocol.Udp) return undefined
    const srcPort = udp.srcPort(bytes, inner)
    const dstPort = udp.dstPort(bytes, inner)
    const sequence = [dstPort, srcPort, udp.datagramChecksum(bytes, inner)].find(each => this.#sent.has(each))
    const sent = sequence === undefined ? undefined : this.#sent.get(sequence)
    if (sent === undefined || sent.dstPort !== dstPort || sent.srcPort !== srcPort) return undefined
    if (ipv4.dst(bytes, at) !== this.#target || ipv4.src(bytes, at) !== this.#source) return undefined
    return sequence
  }
}
