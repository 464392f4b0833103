/**
 * What a program sees of its machine: the system calls, in simulated time, inside one network namespace.
 *
 * Calls that change something act at once and throw an OsError as Linux would refuse them. Calls that wait answer an
 * Operation: `await` it in an async function, `yield*` it in a generator. The same program does the same at the same
 * nanoseconds on every run: time comes from `now` and `sleep`, chance from `random`.
 */
import { type Device, isUp } from '../../core/device.ts'
import { fail } from '../../core/errno.ts'
import { AnyOf } from '../../core/waitable.ts'
import { EVERY_PROTOCOL } from '../../stack/packet.ts'
import * as mac48 from '../../wire/mac.ts'
import { openPacketFile } from '../../world/packetfile.ts'
import type { Signal } from '../../world/task.ts'
import type { Process } from '../command.ts'
import { parseSpan, type Span } from '../text.ts'
import { type Data, type Descriptor, type Holder, isFailure, octetsOf } from './descriptor.ts'
import { type Awaiting, Operation, OsError, type Steps, waitFor } from './operation.ts'
import { PacketFile, type TunOptions, tunFlags } from './packetfile.ts'
import { type LinkStatus, PacketSocket, RawSocket, UdpSocket } from './sockets.ts'

/** Whose turn it is. */
export interface Turn extends Awaiting {
  /** The program may act: it does not wait, and it has not ended. */
  readonly running: boolean
}

/** How another command ended. */
export interface Finished {
  readonly status: number
  /** What it printed to standard output. */
  readonly stdout: string
}

export class Os {
  readonly #process: Process
  readonly #turn: Turn
  readonly #caught = new Set<Signal>()
  readonly #open = new Set<Descriptor>()
  readonly #holder: Holder

  /** @internal */
  constructor(process: Process, turn: Turn) {
    this.#process = process
    this.#turn = turn
    this.#holder = {
      park: (steps, resolve, reject) => turn.park(steps, resolve, reject),
      enter: call => this.#enter(call),
      hold: descriptor => this.#open.add(descriptor),
      release: descriptor => this.#open.delete(descriptor),
    }
  }

  // -- The process --------------------------------------------------------------------------------

  /** The name that it was called by, and its arguments. */
  get argv(): readonly string[] {
    return this.#process.argv
  }

  /** The arguments alone. */
  get args(): readonly string[] {
    return this.#process.argv.slice(1)
  }

  get env(): ReadonlyMap<string, string> {
    return this.#process.env
  }

  get pid(): number {
    return this.#process.pid
  }

  /** All of standard input, as text. */
  get stdin(): string {
    return this.#process.stdin
  }

  /** Prints to standard output; nothing is added. */
  stdout(text: string): void {
    this.#process.stdout(text)
  }

  /** Prints to standard error; nothing is added. */
  stderr(text: string): void {
    this.#process.stderr(text)
  }

  /**
   * These signals interrupt what the program waits for with a SignalError from now on. Any other signal ends it there
   * and then, as the default action does; no code of its own runs any more, not in `finally` either.
   */
  catchSignals(...signals: readonly Exclude<Signal, 'KILL'>[]): void {
    for (const signal of signals) this.#caught.add(signal)
  }

  /** @internal */
  catches(signal: Signal): boolean {
    return this.#caught.has(signal)
  }

  // -- Time and chance ----------------------------------------------------------------------------

  /** Nanoseconds of simulated time since the world began (CLOCK_MONOTONIC). */
  get now(): number {
    return this.#process.world.now
  }

  /** nanosleep(2): `os.sleep('200ms')`. */
  sleep(span: Span): Operation<void> {
    const ns = parseSpan(span)
    const { world } = this.#process
    return this.#operation(function* () {
      yield* waitFor({ for: 'instant', at: world.now + ns })
    })
  }

  /** getrandom(2), the same on every run with one seed. */
  random(length: number): Uint8Array {
    const { world, netns, argv } = this.#process
    const bytes = new Uint8Array(length)
    world.engine.streams.stream(`netns ${netns} program ${argv[0]}`).bytes(bytes)
    return bytes
  }

  /**
   * poll(2): waits until something can be read from one of these, and answers which, in the order given; none when the
   * span is over first.
   */
  select<T extends Descriptor>(files: readonly T[], timeout?: Span): Operation<T[]> {
    const { world } = this.#process
    const span = timeout === undefined ? undefined : parseSpan(timeout)
    return this.#operation(function* () {
      const ready = (): T[] => files.filter(file => file.ready)
      const at = span === undefined ? undefined : world.now + span
      const socket = new AnyOf(files.map(file => file.waitable))
      if (!socket.ready) yield* waitFor({ for: 'socket', socket, ...(at !== undefined && { at }) })
      return ready()
    })
  }

  // -- Packets ------------------------------------------------------------------------------------

  /** open(2) of /dev/net/tun, or of the /dev/tapN of a macvtap with ifindex N. ENOENT, EBUSY. */
  open(path: string): PacketFile {
    this.#enter('open')
    const { world, netns, argv, pid } = this.#process
    const program = { name: nameOf(argv[0]), pid }
    const file = openPacketFile(world, netns, path, { uid: 0, gids: [0], program })
    if (isFailure(file)) throw new OsError(`open(${path})`, file.errno)
    return new PacketFile(this.#holder, file)
  }

  /**
   * Opens /dev/net/tun for a TUN, which carries IP packets: the one of that name, or a new one that goes when the
   * program ends. EBUSY: another program has it. EINVAL: it is a TAP, or no TUN at all.
   */
  tun(name: string, options: TunOptions = {}): PacketFile {
    return this.#attached(name, 'tun', options)
  }

  /** The same for a TAP, which carries Ethernet frames. */
  tap(name: string, options: TunOptions = {}): PacketFile {
    return this.#attached(name, 'tap', options)
  }

  #attached(name: string, mode: 'tun' | 'tap', options: TunOptions): PacketFile {
    const file = this.open('/dev/net/tun')
    try {
      file.setInterface(name, tunFlags(mode, options))
      if (options.persist !== undefined) file.setPersist(options.persist)
    } catch (error) {
      file.close()
      throw error
    }
    return file
  }

  /** Opens /dev/tapN of the macvtap with that name, for frames without a header before them. ENODEV, ENOENT. */
  macvtap(link: string, options: Pick<TunOptions, 'vnetHeader' | 'multiQueue'> = {}): PacketFile {
    const file = this.open(`/dev/tap${this.#device(link).ifindex}`)
    file.setInterface(link, tunFlags('tap', options))
    return file
  }

  /** socket(AF_INET, SOCK_DGRAM) */
  udp(): UdpSocket {
    this.#enter('socket')
    return new UdpSocket(this.#holder, this.#stack.udpSocket())
  }

  /** socket(AF_INET, SOCK_RAW) of an IP protocol: 1 is ICMP. */
  raw(protocol: number): RawSocket {
    this.#enter('socket')
    return new RawSocket(this.#holder, this.#stack.rawSocket(protocol))
  }

  /** socket(AF_PACKET, SOCK_RAW) of an EtherType; every frame, in both directions, when absent (ETH_P_ALL). */
  packet(protocol: number = EVERY_PROTOCOL): PacketSocket {
    this.#enter('socket')
    const socket = this.#stack.packetSocket(protocol)
    const links = { index: (name: string) => this.#device(name).ifindex }
    return new PacketSocket(this.#holder, socket, links, name => socket.setPromiscuous(this.#device(name)))
  }

  /** What the SIOCGIF... calls tell of a link. ENODEV. */
  link(name: string): LinkStatus {
    const device = this.#device(name)
    const { ifindex, mac, mtu } = device
    return { ifindex, mac: mac48.format(mac), mtu, up: isUp(device) }
  }

  // -- Files and commands -------------------------------------------------------------------------

  /** All of a file of the sandbox. ENOENT, EISDIR. */
  readFile(path: string): Operation<Uint8Array> {
    return this.#operation(function* () {
      const wake = yield* waitFor({ for: 'file', path, as: 'octets' })
      if (wake.by === 'file') return wake.octets ?? octetsOf(wake.text)
      throw new OsError(`open(${path})`, (wake.by === 'nofile' ? wake.failure : fail('EIO')).errno)
    })
  }

  /** Writes a file of the sandbox: a new one, or behind what is there. ENOENT, EACCES. */
  writeFile(path: string, data: Data, options: { readonly append?: boolean } = {}): Operation<void> {
    const { append = false } = options
    return this.#operation(function* () {
      const wake = yield* waitFor({ for: 'file', path, write: octetsOf(data), append })
      if (wake.by === 'nofile') throw new OsError(`open(${path})`, wake.failure.errno)
    })
  }

  /** Runs another command in the same namespace to its end: `os.run(['ip', 'link', 'set', 'tun0', 'up'])`. */
  run(argv: readonly string[], options: { readonly stdin?: string } = {}): Operation<Finished> {
    const { netns } = this.#process
    const { stdin = '' } = options
    return this.#operation(function* () {
      let stdout = ''
      const collect = (text: string): void => {
        stdout += text
      }
      const wake = yield* waitFor({ for: 'command', argv, netns, stdin, stdout: collect })
      return { status: wake.by === 'command' ? wake.status : NOT_FOUND, stdout }
    })
  }

  /** The process has ended. @internal */
  closeAll(): void {
    for (const descriptor of [...this.#open]) descriptor.close()
  }

  get #stack() {
    return this.#process.world.netns(this.#process.netns).stack
  }

  #device(name: string): Device {
    this.#enter('ioctl')
    const { world, netns } = this.#process
    const device = world.device(netns, name)
    if (device === undefined) throw new OsError(`if_nametoindex(${name})`, 'ENODEV')
    return device
  }

  #enter(call: string): void {
    if (this.#turn.running) return
    throw new Error(`vethereal: ${call} was called out of turn: while the program waits, or after its end`)
  }

  #operation<T>(steps: () => Steps<T>): Operation<T> {
    return new Operation(this.#turn, steps)
  }
}

/** As a shell answers when it does not find a command. */
const NOT_FOUND = 127

/** comm: the last part of the path that it was called by. */
const nameOf = (path = ''): string => path.slice(path.lastIndexOf('/') + 1)
