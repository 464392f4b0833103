/**
 * socat for UDP: `socat [-u|-U] [-t SECONDS] ADDRESS ADDRESS` with -, STDIO, STDIN, STDOUT, EXEC, SYSTEM,
 * UDP4-LISTEN, UDP4-RECVFROM, UDP4-RECV, UDP4-CONNECT, UDP4-SENDTO and UDP4-DATAGRAM.
 *
 * A program behind EXEC or SYSTEM is run once for each datagram, which is its standard input, and what it prints goes
 * back as one datagram; on Linux it runs as long as its peer is served. Left out, and refused: every other address
 * and option, IPv6, TCP.
 */
import { type Errno, strerror } from '../core/errno.ts'
import type { Datagram, UdpSocket } from '../stack/udp.ts'
import { NS_PER_S } from '../time/instant.ts'
import * as ip from '../wire/ip.ts'
import { EPOCH_S } from '../world/clock.ts'
import type { Program, Wait, Wake } from '../world/task.ts'
import { type Command, notSupported, type Process } from './command.ts'
import { hostsNamed, parseHosts } from './hosts.ts'
import { Exit, inetAton } from './libc.ts'
import { signalStatus } from './signals.ts'

/** Seconds that the other direction still has once one has ended. */
const LINGER_S = 0.5
const BLOCK_BYTES = 8192

interface Address {
  readonly type: string
  readonly words: readonly string[]
  readonly options: ReadonlyMap<string, string>
}

export const socat: Command = function* (process) {
  const sockets: UdpSocket[] = []
  try {
    return yield* run(process, sockets)
  } catch (end) {
    if (end instanceof Exit) return end.status
    throw end
  } finally {
    for (const socket of sockets) socket.close()
  }
}

function* run(process: Process, sockets: UdpSocket[]): Program {
  const args = process.argv.slice(1)
  let isOneWay = false
  let isReversed = false
  let lingerS = LINGER_S
  while (/^-./.test(args[0] ?? '')) {
    const word = args.shift()!
    if (word === '-u') isOneWay = true
    else if (word === '-U') isReversed = true
    else if (word.startsWith('-t')) lingerS = Number(word === '-t' ? args.shift() : word.slice(2))
    else if (!/^-d+$/.test(word)) return notSupported(process, `socat ${word}`)
  }
  if (args.length !== 2) {
    complain(process, `exactly 2 addresses required (there are ${args.length}); use option "-h" for help`)
    return 1
  }
  const [first, second] = args.map(parseAddress) as [Address, Address]
  const [from, to] = isReversed ? [second, first] : [first, second]
  const talk = new Conversation(process, sockets, isOneWay || isReversed || from.type === 'STDIN', lingerS)
  if (LISTENERS.has(from.type)) return yield* talk.serve(from, to)
  if (LISTENERS.has(to.type) && !isOneWay && !isReversed) return yield* talk.serve(to, from)
  if (isStdio(from) && SENDERS.has(to.type)) return yield* talk.send(to)
  if (isStdio(to) && SENDERS.has(from.type) && !isOneWay) return yield* talk.send(from)
  return notSupported(process, `socat ${args.join(' ')}`)
}

const LISTENERS = new Set(['UDP4-LISTEN', 'UDP4-RECVFROM', 'UDP4-RECV'])
const SENDERS = new Set(['UDP4-CONNECT', 'UDP4-SENDTO', 'UDP4-DATAGRAM'])
const ALIASES: Readonly<Record<string, string>> = {
  UDP: 'UDP4-CONNECT',
  UDP4: 'UDP4-CONNECT',
  'UDP-CONNECT': 'UDP4-CONNECT',
  'UDP-L': 'UDP4-LISTEN',
  'UDP4-L': 'UDP4-LISTEN',
  'UDP-LISTEN': 'UDP4-LISTEN',
  'UDP-RECVFROM': 'UDP4-RECVFROM',
  'UDP-RECV': 'UDP4-RECV',
  'UDP-SENDTO': 'UDP4-SENDTO',
  'UDP-DATAGRAM': 'UDP4-DATAGRAM',
}
const KNOWN_OPTIONS = ['fork', 'reuseaddr', 'broadcast', 'bind', 'sourceport', 'sp', 'ttl', 'tos', 'so-bindtodevice']

const isStdio = ({ type }: Address): boolean => ['-', 'STDIO', 'STDIN', 'STDOUT'].includes(type)

function parseAddress(text: string): Address {
  const [, name = '', rest = ''] = /^([^:,]*):?(.*)$/s.exec(text)!
  const type = name.toUpperCase()
  const [head = '', ...options] = rest.split(',')
  const pairs = options.map(option => [option.split('=')[0]!.toLowerCase(), option.split('=')[1] ?? ''] as const)
  const words = type === 'EXEC' || type === 'SYSTEM' ? [head] : head.split(':')
  return { type: ALIASES[type] ?? type, words, options: new Map(pairs) }
}

/** `2026/11/22 22:15:30 socat[176] E WORDS`, in the time of the simulation. */
function complain(process: Process, words: string): void {
  const stamp = new Date((EPOCH_S + Math.floor(process.world.now / NS_PER_S)) * 1000).toISOString()
  process.stderr(`${stamp.slice(0, 10).replaceAll('-', '/')} ${stamp.slice(11, 19)} socat[${process.pid}] E ${words}\n`)
}

class Conversation {
  private readonly process: Process
  private readonly sockets: UdpSocket[]
  private readonly isOneWay: boolean
  private readonly lingerS: number

  constructor(process: Process, sockets: UdpSocket[], isOneWay: boolean, lingerS: number) {
    this.process = process
    this.sockets = sockets
    this.isOneWay = isOneWay
    this.lingerS = lingerS
  }

  private fail(call: string, errno: Errno): never {
    complain(this.process, `${call}: ${strerror(errno)}`)
    throw new Exit(1)
  }

  private open({ options, type, words }: Address): UdpSocket {
    const unknown = [...options.keys()].find(option => !KNOWN_OPTIONS.includes(option))
    if (unknown !== undefined) {
      throw new Exit(notSupported(this.process, `socat ${type}:${words.join(':')}: option ${unknown}`))
    }
    const socket = this.process.world.netns(this.process.netns).stack.udpSocket()
    this.sockets.push(socket)
    if (options.has('reuseaddr')) socket.setReuseAddress(options.get('reuseaddr') !== '0')
    if (options.has('broadcast')) socket.setBroadcast(true)
    if (options.has('ttl')) socket.setTtl(Number(options.get('ttl')))
    if (options.has('tos')) socket.setTos(Number(options.get('tos')))
    const device = options.get('so-bindtodevice')
    if (device !== undefined) {
      const bound = socket.bindToDevice(device)
      if (!bound.ok) this.fail(`setsockopt(5, 1, 25, "${device}", ${device.length})`, bound.errno)
    }
    const port = Number(options.get('sourceport') ?? options.get('sp') ?? 0)
    const address = inetAton(options.get('bind') ?? '0.0.0.0') ?? ip.ANY
    if (port !== 0 || address !== 0) this.bind(socket, address, port)
    return socket
  }

  private bind(socket: UdpSocket, address: ip.Ip, port: number): void {
    const bound = socket.bind(address, port)
    if (!bound.ok) this.fail(`bind(5, {AF=2 ${ip.format(address)}:${port}}, 16)`, bound.errno)
  }

  private *resolve(text: string): Generator<Wait, ip.Ip, Wake> {
    const number = inetAton(text)
    if (number !== undefined) return number
    const wake = yield { for: 'file', path: '/etc/hosts' }
    const [host] = wake.by === 'file' ? hostsNamed(parseHosts(wake.text), text) : []
    if (host !== undefined) return host.address
    complain(this.process, `getaddrinfo("${text}", "NULL", {1,2,2,17}, {}): Name or service not known`)
    throw new Exit(1)
  }

  private port(text: string | undefined): number {
    if (/^\d+$/.test(text ?? '') && Number(text) <= 0xffff) return Number(text)
    complain(this.process, `service "${text ?? ''}" not found`)
    throw new Exit(1)
  }

  // -- Waiting for others -------------------------------------------------------------------------

  *serve(from: Address, to: Address): Program {
    const { process } = this
    const socket = this.open({ ...from, options: new Map([...from.options].filter(([name]) => name !== 'bind')) })
    const address = inetAton(from.options.get('bind') ?? '0.0.0.0') ?? ip.ANY
    this.bind(socket, address, this.port(from.words[0]))
    if (isStdio(to)) return yield* this.toStdout(from, socket)
    if (to.type !== 'EXEC' && to.type !== 'SYSTEM') return notSupported(process, `socat ${to.type}`)
    const [line = ''] = to.words
    const argv = to.type === 'EXEC' ? line.split(/ +/) : ['sh', '-c', line]
    for (;;) {
      const datagram = yield* this.next(socket)
      let answer = ''
      const stdout = (text: string): void => {
        answer += text
      }
      const stdin = new TextDecoder().decode(datagram.payload)
      obey(yield { for: 'command', argv, netns: process.netns, stdin, stdout })
      if (answer !== '' && !this.isOneWay && from.type !== 'UDP4-RECV') {
        socket.sendTo(new TextEncoder().encode(answer), datagram.from, datagram.fromPort)
      }
      if (!from.options.has('fork') && from.type === 'UDP4-RECVFROM') return 0
    }
  }

  private *toStdout({ type, options }: Address, socket: UdpSocket): Program {
    const { process } = this
    const decoder = new TextDecoder()
    for (let isFirst = true; ; isFirst = false) {
      const datagram = yield* this.next(socket)
      if (isFirst && type !== 'UDP4-RECV' && !this.isOneWay) {
        for (const block of blocks(process.stdin)) socket.sendTo(block, datagram.from, datagram.fromPort)
      }
      if (isFirst && type === 'UDP4-LISTEN' && !options.has('fork')) socket.connect(datagram.from, datagram.fromPort)
      process.stdout(decoder.decode(datagram.payload))
      if (type === 'UDP4-RECVFROM' && !options.has('fork')) return 0
    }
  }

  private *next(socket: UdpSocket): Generator<Wait, Datagram, Wake> {
    for (;;) {
      const got = socket.receive()
      if (got !== undefined && !('ok' in got)) return got
      if (got === undefined) obey(yield { for: 'socket', socket })
    }
  }

  // -- Speaking first -----------------------------------------------------------------------------

  /** Standard input to a peer, and what he answers to standard output until he has been silent for a while. */
  *send(to: Address): Program {
    const { process } = this
    const address = yield* this.resolve(to.words[0] ?? '')
    const port = this.port(to.words[1])
    const socket = this.open(to)
    const isConnected = to.type === 'UDP4-CONNECT'
    if (isConnected) {
      const connected = socket.connect(address, port)
      if (!connected.ok) this.fail(`connect(5, AF=2 ${ip.format(address)}:${port}, 16)`, connected.errno)
    }
    for (const block of blocks(process.stdin)) {
      const sent = isConnected ? socket.send(block) : socket.sendTo(block, address, port)
      if (sent.ok) continue
      const whither = isConnected ? '' : `, 0, AF=2 ${ip.format(address)}:${port}, 16`
      this.fail(`${isConnected ? 'write' : 'sendto'}(5, ${BUFFER}, ${block.length}${whither})`, sent.errno)
    }
    if (this.isOneWay) return 0
    const decoder = new TextDecoder()
    const until = process.world.now + this.lingerS * NS_PER_S
    for (;;) {
      const got = socket.receive()
      if (got === undefined) {
        const wake = obey(yield { for: 'socket', socket, at: until })
        if (wake.by === 'instant') return 0
      } else if ('ok' in got) this.fail(`read(5, ${BUFFER}, ${BLOCK_BYTES})`, got.errno)
      else if (to.type !== 'UDP4-SENDTO' || got.from === address) process.stdout(decoder.decode(got.payload))
    }
  }
}

/** Where its buffer happens to be. */
const BUFFER = '0x55d0c0de6000'

function* blocks(text: string): Generator<Uint8Array> {
  const bytes = new TextEncoder().encode(text)
  for (let at = 0; at < bytes.length; at += BLOCK_BYTES) yield bytes.subarray(at, at + BLOCK_BYTES)
}

function obey(wake: Wake): Wake {
  if (wake.by === 'signal') throw new Exit(signalStatus(wake.signal))
  return wake
}
