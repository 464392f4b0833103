/**
 * The front door of the library: a world of Linux machines in this process, driven by calls.
 *
 *     const world = createWorld()
 *     const a = world.addNetns('a')
 *     const b = world.addNetns('b')
 *     world.addVeth({ netns: a, name: 'eth0', up: true }, { netns: b, name: 'eth0', up: true })
 *     a.addAddress('eth0', '10.0.0.1/24')
 *     b.addAddress('eth0', '10.0.0.2/24')
 *     a.ping('10.0.0.2').received // 1
 *
 * Simulated time passes only in calls that say so: run..., step, ping, exec, sh.
 */
import { type ProgramFunction, programCommand } from '../cmd/os/program.ts'
import { COMMANDS } from '../cmd/registry.ts'
import { parseMac, parseSpan, type Span } from '../cmd/text.ts'
import type { NewLink, Request } from '../control/request.ts'
import type { Device, NetnsId } from '../core/device.ts'
import { type Drop, dropName } from '../core/drop.ts'
import type { Answer } from '../core/errno.ts'
import type { Frame } from '../core/frame.ts'
import { Explainer } from '../explain/index.ts'
import type { Explanation } from '../explain/tell.ts'
import type { Verdict } from '../explain/why.ts'
import { elapse } from '../shell/elapse.ts'
import { NS_PER_S } from '../time/instant.ts'
import type { Direction } from '../wire/pcapng.ts'
import { trace } from '../world/trace.ts'
import { traceHash } from '../world/trace-hash.ts'
import { World as Core, HOST } from '../world/world.ts'
import { type Capture, type CapturedFrame, capturedFrame, startCapture } from './capture.ts'
import type { ExecOptions } from './exec.ts'
import { Machine } from './machine.ts'
import { type LinkOptions, Namespace } from './namespace.ts'
import { type CommandResult, commandsOf, encode, filesOf, useCommands } from './processes.ts'
import { type Snapshot, snapshot } from './snapshot.ts'

export interface WorldOptions {
  /** Seed of all chance: MACs, delays, identifiers. Default 1. */
  readonly seed?: number
  /** Latency of a veth in each direction. Default 10 us; zero is allowed. */
  readonly hop?: Span
  /** Keep what happens, so that `explain` and `why` can tell it. Costs time and memory. Default false. */
  readonly explain?: boolean
}

/** One end of a veth pair. */
export interface VethEnd extends LinkOptions {
  /** Where it is; the initial namespace when absent. */
  readonly netns?: Namespace | string
  /** `veth0` and so on when absent. */
  readonly name?: string
}

export interface ScriptOptions {
  /** $0, and the name in messages; `bash` when absent. */
  readonly name?: string
  /** $1 and so on. */
  readonly args?: readonly string[]
  readonly stdin?: string
  readonly env?: Readonly<Record<string, string>>
  /** Where the script runs; the initial namespace when absent. */
  readonly netns?: Namespace | string
  /** Files that it finds, by absolute path. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>
  /** Programs by the names of files that the script runs: `python3 vpn.py` or `./vpn.py` runs the one of `vpn.py`. */
  readonly programs?: Readonly<Record<string, ProgramFunction>>
  /** Simulated time after which it is stopped, with status 124. Default a day. */
  readonly within?: Span
}

/** An event in a frame's life: it crosses a link, something is decided, it ends. */
export interface TraceEvent {
  /** Nanoseconds of simulated time. */
  readonly at: number
  /** NETNS/LINK */
  readonly device: string
  readonly event: 'in' | 'out' | 'note' | 'drop'
  /** The same number for the same octets: a frame keeps it while it is forwarded unchanged. */
  readonly frame: number
  readonly length: number
  /** What the frame is: `ARP, Request who-has 10.0.1.2 tell 10.0.1.1`. */
  readonly summary: string
  /** The decision, or the reason of the drop as Linux names it. */
  readonly what?: string
}

/** What happens in a world, by the name under which `on` tells of it. */
export interface WorldEvents {
  /** A frame crosses a link, in either direction. */
  frame: CapturedFrame
  /** A frame ends: `reason` as Linux names it, NEIGH_FAILED and the like. */
  drop: Omit<CapturedFrame, 'direction'> & { readonly reason: string }
  trace: TraceEvent
  /** A request was carried out or refused. */
  request: { readonly at: number; readonly request: Request; readonly answer: Answer<unknown> }
}

/** A day: what `run` waits at most. */
const RUN_NS_MAX = 86_400 * NS_PER_S

/** A new world: one namespace, `host`, with its loopback device, at instant 0. */
export function createWorld(options: WorldOptions = {}): World {
  const { seed, hop, explain = false } = options
  return new World(
    new Core({ ...(seed === undefined ? {} : { seed }), ...(hop === undefined ? {} : { hopNs: parseSpan(hop) }) }),
    explain,
  )
}

export class World {
  /**
   * The world below.
   * @internal
   */
  readonly core: Core
  /** The initial namespace. */
  readonly host: Namespace
  readonly #machine: Machine
  /** Settled when no script runs any more. */
  #scripts: Promise<unknown> = Promise.resolve()

  readonly #explainer: Explainer | undefined

  /** @internal */
  constructor(core: Core, explain = false) {
    this.core = core
    if (explain) {
      this.#explainer = new Explainer(core)
      useCommands(core, this.#explainer.recorder.watched(COMMANDS))
    }
    this.#machine = new Machine(core)
    this.host = new Namespace(this.#machine, HOST, core.netns(HOST).name)
  }

  // -- Building -----------------------------------------------------------------------------------

  /** `ip netns add NAME` */
  addNetns(name: string): Namespace {
    const id = this.#machine.request({ type: 'newnetns', name }) as NetnsId
    return new Namespace(this.#machine, id, name)
  }

  /** The namespace of that name; throws when there is none. `host` is the initial one. */
  netns(name: string): Namespace {
    const found = name === this.host.name ? this.core.netns(HOST) : this.core.netnsNamed(name)
    if (found === undefined) throw new TypeError(`vethereal: there is no namespace ${JSON.stringify(name)}`)
    return new Namespace(this.#machine, found.id, name)
  }

  /** All namespaces that have a name, `host` first, then as they were made. */
  namespaces(): Namespace[] {
    const named = [...this.core.namespaces()].filter(({ name }) => name !== '')
    return named.map(({ id, name }) => new Namespace(this.#machine, id, name))
  }

  /**
   * `ip link add NAME type veth peer name NAME`, each end where it is wanted, with its options, or nothing at all if
   * one of them is refused. Answers the names of both.
   */
  addVeth(a: VethEnd = {}, b: VethEnd = {}): [string, string] {
    const [here, there] = [this.#namespaceOf(a.netns), this.#namespaceOf(b.netns)]
    const link: NewLink = { kind: 'veth', ...newEnd(a, here), peer: newEnd(b, there) }
    const ifindex = this.#machine.request({ type: 'newlink', netns: HOST, link }) as number
    const first = this.core.device(here.id, ifindex)!
    const second = this.core.device(there.id, this.core.link(here.id, ifindex)!.iflink)!
    const ends = [
      [here, first.name, a],
      [there, second.name, b],
    ] as const
    try {
      for (const [netns, name, { netns: _netns, name: _name, mac: _mac, mtu: _mtu, ...rest }] of ends) {
        if (Object.keys(rest).length > 0) netns.setLink(name, rest)
      }
    } catch (error) {
      here.deleteLink(first.name)
      throw error
    }
    return [first.name, second.name]
  }

  /** One request of the control plane, answered as the kernel answers: for sessions that are generated or replayed. */
  apply(request: Request): Answer<unknown> {
    return this.core.apply(request)
  }

  #namespaceOf(netns: Namespace | string | undefined): Namespace {
    return typeof netns === 'string' ? this.netns(netns) : (netns ?? this.host)
  }

  // -- Commands -----------------------------------------------------------------------------------

  /** One command line in the initial namespace, without a shell: `ip -n net0 address`. */
  exec(line: string | readonly string[], options?: ExecOptions): CommandResult {
    return this.host.exec(line, options)
  }

  /** Runs a script in a sandboxed bash to its end, behind those that run already. Loads the shell when first called. */
  sh(script: string, options: ScriptOptions = {}): Promise<CommandResult> {
    const result = this.#scripts.then(() => this.#run(script, options))
    this.#scripts = result.catch(() => undefined)
    return result
  }

  async #run(script: string, options: ScriptOptions): Promise<CommandResult> {
    const { Shell } = await import('../shell/shell.ts')
    const { name, args, stdin, env, netns, files, programs = {}, within } = options
    let stdout = ''
    let stderr = ''
    const shell = new Shell(this.core, {
      commands: commandsOf(this.core),
      stdout(text) {
        stdout += text
      },
      stderr(text) {
        stderr += text
      },
      files: { ...Object.fromEntries(filesOf(this.core)), ...files },
      programs: new Map(Object.entries(programs).map(([file, program]) => [file, programCommand(program)])),
      maxTimeNs: this.core.now + (within === undefined ? RUN_NS_MAX : parseSpan(within)),
    })
    const status = await shell.run(script, {
      netns: this.#namespaceOf(netns).id,
      ...(name === undefined ? {} : { argv0: name }),
      ...(args === undefined ? {} : { args }),
      ...(stdin === undefined ? {} : { stdin }),
      ...(env === undefined ? {} : { env }),
    })
    return { status, stdout, stderr }
  }

  /** A file that commands and programs have written, such as a capture of tcpdump. Throws when there is none. */
  readFile(path: string): Uint8Array {
    const octets = filesOf(this.core).get(path)
    if (octets === undefined) throw new TypeError(`vethereal: there is no file ${JSON.stringify(path)}`)
    return octets.slice()
  }

  /** A file for commands, programs and scripts, by absolute path. */
  writeFile(path: string, data: string | Uint8Array): void {
    filesOf(this.core).set(path, encode(data).slice())
  }

  // -- Time ---------------------------------------------------------------------------------------

  /** Nanoseconds of simulated time since the world began. */
  get now(): number {
    return this.core.now
  }

  /** Carries out the next event; false when there is none. */
  step(): boolean {
    return this.core.step()
  }

  /** Lets a span of simulated time pass: `runFor('3s')`. */
  runFor(span: Span): void {
    this.core.runUntil(this.core.now + parseSpan(span))
  }

  /** The same when async programs run: what they await meanwhile takes as long as it takes, and no simulated time. */
  elapse(span: Span): Promise<void> {
    return elapse(this.core, this.core.now + parseSpan(span))
  }

  /** Carries out all events up to an instant, counted from the beginning of the world. */
  runUntil(instant: Span): void {
    this.core.runUntil(parseSpan(instant))
  }

  /** Carries out events until the condition holds. False: it does not, and the span (a day when absent) is over. */
  run(condition: () => boolean, within: Span = RUN_NS_MAX): boolean {
    const end = this.core.now + parseSpan(within)
    return this.core.run(() => condition() || this.core.nextAt > end) && condition()
  }

  // -- Looking ------------------------------------------------------------------------------------

  /** Calls the listener with each event of a kind from now on. Answers how to stop. */
  on<Kind extends keyof WorldEvents>(kind: Kind, listener: (event: WorldEvents[Kind]) => void): () => void {
    return (LISTEN[kind] as Listen<Kind>)(this.core, listener)
  }

  /** Keeps every frame that crosses a link from now on. */
  capture(): Capture {
    return startCapture(this.core)
  }

  /**
   * The life of a frame: each hop and decision with the rule that made it, and the frames that it caused in its turn.
   * `frame` is its number, counted from 1 as frames are made, or where a capture saw it. Undefined: there is none.
   * Throws unless the world was made with `explain`.
   */
  explain(
    frame: number | Pick<CapturedFrame, 'at' | 'netns' | 'link' | 'direction' | 'bytes'>,
  ): Explanation | undefined {
    const explainer = this.#explaining()
    if (typeof frame === 'number') return explainer.frame(frame)
    const { at, netns, link, direction, bytes } = frame
    return explainer.seen(at, `${netns}/${link}`, direction, bytes)
  }

  /**
   * Why commands that send packets failed: one verdict for each that did, or the one of the `number`-th such command,
   * counted from 1. Throws unless the world was made with `explain`.
   */
  why(): readonly Verdict[]
  why(number: number): Verdict | undefined
  why(number?: number): readonly Verdict[] | Verdict | undefined {
    const verdicts = this.#explaining().verdicts()
    return number === undefined ? verdicts.filter(({ cause }) => cause !== undefined) : verdicts[number - 1]
  }

  #explaining(): Explainer {
    if (this.#explainer === undefined) throw new TypeError('vethereal: the world was made without { explain: true }')
    return this.#explainer
  }

  /** Links, IPv4 addresses and routes, neighbours, FDBs and sysctls of all namespaces now, as values that stay. */
  snapshot(): Snapshot {
    return snapshot(this.core)
  }

  /** A hash of everything observable from now on: two runs with the same digest showed the same world. */
  traceHash(): { digest(): string } {
    return traceHash(this.core)
  }

  /** Frames that have ended so far, by the reason that Linux has for it: `{ NEIGH_FAILED: 2 }`. */
  drops(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {}
    this.core.engine.drops.forEach((count, reason) => {
      if (count > 0) counts[dropName(reason as Drop)] = count
    })
    return counts
  }
}

/** What the request for a new veth says of one end; the rest is set once both are there. */
function newEnd({ name, mac, mtu }: VethEnd, { id }: Namespace): Omit<NewLink, 'kind' | 'peer'> {
  return {
    netns: id,
    ...(name === undefined ? {} : { name }),
    ...(mac === undefined ? {} : { mac: parseMac(mac) }),
    ...(mtu === undefined ? {} : { mtu }),
  }
}

type Listen<Kind extends keyof WorldEvents> = (core: Core, tell: (event: WorldEvents[Kind]) => void) => () => void

const LISTEN: { readonly [Kind in keyof WorldEvents]: Listen<Kind> } = {
  frame(core, tell) {
    const listener = (at: number, dev: Device, direction: Direction, frame: Frame): void =>
      tell(capturedFrame(core, at, dev, direction, frame))
    core.events.on('frame', listener)
    core.observe()
    return () => {
      core.events.off('frame', listener)
      core.observe()
    }
  },
  drop(core, tell) {
    const listener = (at: number, dev: Device, why: Drop, frame: Frame): void => {
      const { direction: _, ...rest } = capturedFrame(core, at, dev, 'in', frame)
      tell({ ...rest, reason: dropName(why) })
    }
    core.events.on('drop', listener)
    core.observe()
    return () => {
      core.events.off('drop', listener)
      core.observe()
    }
  },
  trace: (core, tell) => trace(core, tell),
  request(core, tell) {
    const listener = (at: number, request: Request, answer: Answer<unknown>): void => tell({ at, request, answer })
    core.events.on('request', listener)
    return () => {
      core.events.off('request', listener)
    }
  },
}
