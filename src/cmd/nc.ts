/**
 * nc of netcat-openbsd 1.219 (Debian 12) over UDP: `nc -u` to send, `nc -ul` to listen, `nc -uz` to scan.
 *
 * Follows netcat.c: main, local_listen, remote_connect, udptest, and readwrite as far as datagrams need it. Text goes
 * over the wire as UTF-8. Left out, and refused: TCP, UNIX sockets, proxies, telnet, passing descriptors, IPv6.
 */
import { type Failure, strerror } from '../core/errno.ts'
import type { Datagram, UdpSocket } from '../stack/udp.ts'
import { NS_PER_S } from '../time/instant.ts'
import * as ip from '../wire/ip.ts'
import type { Program, Wait, Wake } from '../world/task.ts'
import { type Command, notSupported, type Process } from './command.ts'
import { hostsNamed, nameOf, parseHosts } from './hosts.ts'
import { Exit, getopt, inetAton } from './libc.ts'
import { signalStatus } from './signals.ts'

const USAGE = `usage: nc [-46CDdFhklNnrStUuvZz] [-I length] [-i interval] [-M ttl]
	  [-m minttl] [-O length] [-P proxy_username] [-p source_port]
	  [-q seconds] [-s sourceaddr] [-T keyword] [-V rtable] [-W recvlimit]
	  [-w timeout] [-X proxy_protocol] [-x proxy_address[:port]]
	  [destination] [port]
`
/** BUFSIZE: the most that one write takes from standard input. */
const CHUNK_BYTES = 16_384
const SCAN_SECONDS = 3
const PORT_MAX = 65_535
const REFUSED = '6CDFiIMmOPrSTtUVXxZ'

interface Options {
  udp: boolean
  listen: boolean
  keep: boolean
  scan: boolean
  verbose: boolean
  numeric: boolean
  broadcast: boolean
  ignoresStdin: boolean
  /** Nanoseconds; Infinity: none. */
  timeoutNs: number
  /** -q: nanoseconds after the end of standard input. */
  quitNs: number | undefined
  receiveLimit: number
  sourcePort: string | undefined
  source: string | undefined
  host: string | undefined
  port: string
}

export const nc: Command = function* (process) {
  try {
    return yield* new Netcat(process, parse(process)).run()
  } catch (end) {
    if (end instanceof Exit) return end.status
    throw end
  }
}

function die(process: Process, words: string): never {
  process.stderr(`nc: ${words}\n`)
  throw new Exit(1)
}

function usage(process: Process): never {
  process.stderr(USAGE)
  throw new Exit(1)
}

function parse(process: Process): Options {
  const options: Options = {
    udp: false,
    listen: false,
    keep: false,
    scan: false,
    verbose: false,
    numeric: false,
    broadcast: false,
    ignoresStdin: false,
    timeoutNs: Number.POSITIVE_INFINITY,
    quitNs: undefined,
    receiveLimit: 0,
    sourcePort: undefined,
    source: undefined,
    host: undefined,
    port: '',
  }
  const seconds = (text: string, what: string): number => {
    if (!/^-?\d+$/.test(text)) die(process, `${what} invalid: ${text}`)
    return Number(text) * NS_PER_S
  }
  const operands: string[] = []
  const letters = '46bCDdFhI:i:klM:m:NnO:P:p:q:rSs:T:tUuV:vW:w:X:x:Zz'
  for (const got of getopt(process.argv, letters, operands)) {
    if ('words' in got) {
      process.stderr(`${got.words}\n`)
      return usage(process)
    }
    const { option, argument } = got
    if (REFUSED.includes(option)) throw new Exit(notSupported(process, `nc -${option}`))
    if (option === 'u') options.udp = true
    else if (option === 'l') options.listen = true
    else if (option === 'k') options.keep = true
    else if (option === 'z') options.scan = true
    else if (option === 'v') options.verbose = true
    else if (option === 'n') options.numeric = true
    else if (option === 'b') options.broadcast = true
    else if (option === 'd') options.ignoresStdin = true
    else if (option === 'p') options.sourcePort = argument
    else if (option === 's') options.source = argument
    else if (option === 'w') options.timeoutNs = seconds(argument, 'timeout')
    else if (option === 'W') options.receiveLimit = seconds(argument, 'receive limit') / NS_PER_S
    else if (option === 'q') {
      const ns = seconds(argument, 'quit timer')
      options.quitNs = ns < 0 ? undefined : ns
    } else if (option === 'h') usage(process)
  }
  return withOperands(process, options, operands)
}

function withOperands(process: Process, options: Options, operands: readonly string[]): Options {
  const [first, second] = operands
  if (operands.length > 2) usage(process)
  if (first !== undefined && second !== undefined) {
    options.host = first
    options.port = second
  } else if (options.listen && (first !== undefined || options.sourcePort !== undefined)) {
    if (options.sourcePort === undefined) options.port = first!
    else {
      options.port = options.sourcePort
      options.host = first
    }
  } else if (first !== undefined || options.listen) die(process, 'missing port number')
  else usage(process)
  if (options.listen && options.scan) die(process, 'cannot use -z and -l')
  if (!options.listen && options.keep) die(process, 'must use -l with -k')
  if (!options.udp) throw new Exit(notSupported(process, 'nc over TCP (without -u)'))
  return options
}

class Netcat {
  private readonly process: Process
  private readonly options: Options
  private socket!: UdpSocket

  constructor(process: Process, options: Options) {
    this.process = process
    this.options = options
  }

  private open(): UdpSocket {
    const socket = this.process.world.netns(this.process.netns).stack.udpSocket()
    socket.setBroadcast(this.options.broadcast)
    this.socket = socket
    return socket
  }

  *run(): Program {
    const { options } = this
    try {
      if (options.listen) return yield* this.listen()
      const host = options.host ?? ''
      let status = 1
      for (const port of this.ports(options.port)) {
        const address = yield* this.resolve(host, String(port))
        if (!this.connect(host, address, port)) continue
        status = 0
        if (options.verbose) {
          if (!(yield* this.test())) {
            status = 1
            continue
          }
          const shown = inetAton(host) === undefined && !options.numeric ? ` (${ip.format(address)})` : ''
          this.process.stderr(`Connection to ${host}${shown} ${port} port [udp/*] succeeded!\n`)
        }
        if (!options.scan) yield* this.readWrite()
        this.socket.close()
      }
      return status
    } finally {
      this.socket?.close()
    }
  }

  private ports(text: string): number[] {
    const [, first, last] = /^(\d+)-(\d+)$/.exec(text) ?? []
    if (first === undefined || last === undefined) return [this.port(text)]
    const [low, high] = [this.port(first), this.port(last)].sort((a, b) => a - b) as [number, number]
    return Array.from({ length: high - low + 1 }, (_, i) => low + i)
  }

  private port(text: string): number {
    if (!/^\d+$/.test(text)) return die(this.process, `port number invalid: ${text}`)
    const port = Number(text)
    if (port < 1) die(this.process, `port number too small: ${text}`)
    if (port > PORT_MAX) die(this.process, `port number too large: ${text}`)
    return port
  }

  private *resolve(host: string, port: string): Generator<Wait, ip.Ip, Wake> {
    const number = inetAton(host)
    if (number !== undefined) return number
    const wake = yield { for: 'file', path: '/etc/hosts' }
    const [found] = wake.by === 'file' && !this.options.numeric ? hostsNamed(parseHosts(wake.text), host) : []
    return found?.address ?? die(this.process, `getaddrinfo for host "${host}" port ${port}: Name or service not known`)
  }

  /** remote_connect */
  private connect(host: string, address: ip.Ip, port: number): boolean {
    const { options, process } = this
    const socket = this.open()
    if (options.source !== undefined || options.sourcePort !== undefined) {
      const source = options.source === undefined ? ip.ANY : inetAton(options.source)
      if (source === undefined) die(process, 'getaddrinfo: Name or service not known')
      const bound = socket.bind(source, options.sourcePort === undefined ? 0 : this.port(options.sourcePort))
      if (!bound.ok) die(process, `bind failed: ${strerror(bound.errno)}`)
    }
    const connected = socket.connect(address, port)
    if (connected.ok) return true
    if (options.verbose) {
      const shown = inetAton(host) === undefined && !options.numeric ? ` (${ip.format(address)})` : ''
      process.stderr(`nc: connect to ${host}${shown} port ${port} (udp) failed: ${strerror(connected.errno)}\n`)
    }
    socket.close()
    return false
  }

  /** udptest: is anybody there? Whoever answers nothing may be. */
  private *test(): Generator<Wait, boolean, Wake> {
    const { timeoutNs } = this.options
    const x = new TextEncoder().encode('X')
    if (!this.socket.send(x).ok || refused(this.socket.send(x))) return false
    const seconds = Number.isFinite(timeoutNs) ? Math.floor(timeoutNs / NS_PER_S) : SCAN_SECONDS
    for (let i = 0; i < seconds; i++) {
      obey(yield { for: 'instant', at: this.process.world.now + NS_PER_S })
      if (refused(this.socket.send(x))) return false
    }
    return true
  }

  // -- Listening ----------------------------------------------------------------------------------

  private *listen(): Program {
    const { options, process } = this
    const socket = this.open()
    socket.setReuseAddress(true)
    const address = options.host === undefined ? ip.ANY : yield* this.resolve(options.host, options.port)
    const bound = socket.bind(address, this.port(options.port))
    if (!bound.ok) die(process, strerror(bound.errno))
    if (options.verbose) yield* this.report('Bound on', address, socket.localPort)
    if (options.keep) {
      // With -k Debian's nc hears everybody and answers nobody.
      yield* this.readWrite()
      return 0
    }
    const first = yield* this.first()
    if ('ok' in first) return die(process, `recvfrom: ${strerror(first.errno)}`)
    if (options.verbose) yield* this.report('Connection received on', first.from, first.fromPort)
    socket.connect(first.from, first.fromPort)
    yield* this.readWrite()
    return 0
  }

  /** recvfrom(2) with MSG_PEEK, for as long as it takes. */
  private *first(): Generator<Wait, Datagram | Failure, Wake> {
    for (;;) {
      const first = this.socket.peek()
      if (first !== undefined) return first
      obey(yield { for: 'socket', socket: this.socket })
    }
  }

  /** report_sock: names if there are any, unless -n. */
  private *report(words: string, address: ip.Ip, port: number): Generator<Wait, void, Wake> {
    let name: string | undefined
    if (!this.options.numeric && address !== 0) {
      const wake = yield { for: 'file', path: '/etc/hosts' }
      if (wake.by === 'file') name = nameOf(parseHosts(wake.text), address)
    }
    this.process.stderr(`${words} ${name ?? ip.format(address)} ${port}\n`)
  }

  // -- Talking ------------------------------------------------------------------------------------

  /** readwrite: standard input to the network, the network to standard output, until one of them is over. */
  private *readWrite(): Generator<Wait, void, Wake> {
    const { options, process, socket } = this
    const input = options.ignoresStdin ? new Uint8Array(0) : new TextEncoder().encode(process.stdin)
    let isOpen = true
    for (let at = 0; at < input.length && isOpen; at += CHUNK_BYTES) {
      if (socket.isFull) obey(yield { for: 'socket', socket: socket.room })
      isOpen = socket.send(input.subarray(at, at + CHUNK_BYTES)).ok
    }
    if (options.quitNs === 0 && !options.ignoresStdin) throw new Exit(0)
    const quitAt = options.quitNs === undefined ? Number.POSITIVE_INFINITY : process.world.now + options.quitNs
    const decoder = new TextDecoder()
    for (let count = 0; ; ) {
      if (socket.hasError) return
      const got = socket.receive()
      if (got !== undefined) {
        if ('ok' in got) return
        process.stdout(decoder.decode(got.payload))
        // An empty datagram looks like the end of a connection.
        if (got.payload.length === 0) return
        if (++count === options.receiveLimit) return
        continue
      }
      const at = Math.min(process.world.now + options.timeoutNs, quitAt)
      const wake = obey(yield { for: 'socket', socket, ...(Number.isFinite(at) && { at }) })
      if (wake.by === 'instant') return
    }
  }
}

const refused = (answer: { ok: boolean; errno?: string }): boolean => answer.errno === 'ECONNREFUSED'

function obey(wake: Wake): Wake {
  if (wake.by === 'signal') throw new Exit(signalStatus(wake.signal))
  return wake
}
