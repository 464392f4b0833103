/**
 * The life of every frame of a world: where it came and went, what was decided, which frame or command caused it.
 *
 * A recorder stands between the event loop and the devices, as testing/watch.ts does, from the moment it is made. It
 * changes nothing that can be seen in the world. What depends on the moment is written down at that moment: the route
 * and neighbour of a packet that leaves, and which ports of a bridge would not have a frame. Left out: what becomes of
 * packets between a datagram and its pieces, which have the sender in common and nothing else.
 */
import type { Command, Process } from '../cmd/command.ts'
import { type Device, type NetnsId, PacketType } from '../core/device.ts'
import { type Drop, dropName } from '../core/drop.ts'
import { type Frame, octets } from '../core/frame.ts'
import { portOf } from '../device/bridgestate.ts'
import * as eth from '../wire/ethernet.ts'
import * as mac from '../wire/mac.ts'
import { summary } from '../wire/summary.ts'
import type { Program, Wake } from '../world/task.ts'
import type { World } from '../world/world.ts'
import { arrival, type Departure, departure, hasNoHeader } from './departure.ts'
import { type Refusal, refusals, stateWords } from './refusal.ts'

/** Something that happened to a frame. */
export interface Moment {
  /** Nanoseconds of simulated time. */
  readonly at: number
  readonly dev: Device
  readonly netns: NetnsId
  /** NETNS/LINK, as they were called then. */
  readonly device: string
  /**
   * `in` and `out`: it crossed the device. `stack`: the device's machine has it. `sent`: a machine sends it that way.
   * `note`: a decision. `drop`: its end.
   */
  readonly event: 'in' | 'out' | 'stack' | 'sent' | 'note' | 'drop'
  /** The decision in words, or the reason of the drop as Linux names it. */
  readonly what?: string
  readonly why?: Drop
  /** Of `stack`: for whom the frame was. */
  readonly type?: PacketType
  /** Of `sent`: by what route and to which neighbour. */
  readonly departure?: Departure | undefined
  /** Of `drop` at the port of a bridge: how that stood, in words. */
  readonly port?: string
  /** Of `drop`: the setting that made it so, where there is one. */
  rule?: string | undefined
  /** Of `in` at the port of a bridge: the ports that would not have the frame. */
  refusals?: readonly Refusal[]
}

/** One frame, with all that happened to it. */
export interface Life {
  readonly number: number
  readonly frame: Frame
  /** The frame that was in hand when this one was made: what it forwards, answers or complains about. */
  readonly parent: Life | undefined
  /** The command that sent it, if none of its ancestors. */
  readonly run: Run | undefined
  readonly children: Life[]
  readonly moments: Moment[]
}

/** One command that was carried out. */
export interface Run {
  readonly number: number
  readonly argv: readonly string[]
  readonly netns: NetnsId
  readonly begin: number
  end: number
  /** Exit status; undefined while it runs. */
  status: number | undefined
  stdout: string
  stderr: string
  /** The frames that it sent itself. */
  readonly sent: Life[]
}

/** More is not kept. */
const MOMENTS_MAX = 1_000_000

export class Recorder {
  readonly lives: Life[] = []
  readonly runs: Run[] = []
  /** Called with each command as it ends, while all is as it left it. */
  ended: ((run: Run) => void) | undefined
  /** Asked for the setting behind a drop, at that moment. */
  ruleOf: ((life: Life, drop: Moment) => string | undefined) | undefined
  readonly core: World
  readonly #byFrame = new WeakMap<Frame, Life>()
  #hand: Life | undefined
  #running: Run | undefined
  #moments = 0

  constructor(core: World) {
    this.core = core
    core.events
      .on('frame', (_at, dev, direction, frame) => this.#frame(dev, direction, frame))
      .on('note', (_at, dev, frame, what) => this.#add(this.lifeOf(frame), dev, { event: 'note', what }))
      .on('drop', (_at, dev, why, frame) => this.#drop(dev, why, frame))
    core.observe()
    this.#standBetween()
  }

  /** Were there so many frames that the later ones are not known? */
  get isFull(): boolean {
    return this.#moments >= MOMENTS_MAX
  }

  /** The life of a frame; it begins now if the frame was not known. */
  lifeOf(frame: Frame): Life {
    const known = this.#byFrame.get(frame)
    if (known !== undefined) return known
    const parent = this.#hand
    const run = parent === undefined ? this.#running : undefined
    const life: Life = { number: this.lives.length + 1, frame, parent, run, children: [], moments: [] }
    this.#byFrame.set(frame, life)
    if (this.isFull) return life
    this.lives.push(life)
    parent?.children.push(life)
    run?.sent.push(life)
    return life
  }

  placeOf(dev: Device): string {
    return `${this.core.engine.netnses[dev.netns]?.name ?? '(gone)'}/${dev.name}`
  }

  #add(life: Life, dev: Device, what: Omit<Moment, 'at' | 'dev' | 'netns' | 'device'>): Moment | undefined {
    if (this.isFull) return undefined
    this.#moments++
    const moment = { at: this.core.now, dev, netns: dev.netns, device: this.placeOf(dev), ...what }
    life.moments.push(moment)
    return moment
  }

  #drop(dev: Device, why: Drop, frame: Frame): void {
    const port = dev.master?.kind === 'bridge' ? portOf(dev) : undefined
    const words = port === undefined ? {} : { port: stateWords(port) }
    const life = this.lifeOf(frame)
    const moment = this.#add(life, dev, { event: 'drop', why, what: dropName(why), ...words })
    if (moment !== undefined) moment.rule = this.ruleOf?.(life, moment)
  }

  #frame(dev: Device, direction: 'in' | 'out', frame: Frame): void {
    const found = direction === 'in' ? refusals(dev, frame) : []
    this.#add(this.lifeOf(frame), dev, { event: direction, ...(found.length > 0 && { refusals: found }) })
  }

  // -- Between the event loop and the devices -----------------------------------------------------

  #standBetween(): void {
    const { engine } = this.core
    const { tx, rx, transmit, receive, newNetns } = engine
    engine.tx = (dev, frame) => {
      const isNew = !this.#byFrame.has(frame)
      const life = this.lifeOf(frame)
      const isStacks = isNew || !life.moments.some(({ event }) => event === 'sent' || event === 'out')
      if (isStacks) this.#add(life, dev, { event: 'sent', departure: this.#departure(dev, frame) })
      tx.call(engine, dev, frame)
    }
    engine.rx = (dev, frame, type) => {
      this.lifeOf(frame)
      rx.call(engine, dev, frame, type)
    }
    engine.transmit = (dev, frame) => this.#holding(frame, () => transmit.call(engine, dev, frame))
    engine.receive = (dev, frame, judged) => this.#holding(frame, () => receive.call(engine, dev, frame, judged))
    engine.newNetns = name => {
      const netns = newNetns.call(engine, name)
      this.#beforeStack(netns.id)
      return netns
    }
    for (const { id } of this.core.namespaces()) this.#beforeStack(id)
  }

  #beforeStack(id: NetnsId): void {
    const { stack } = this.core.netns(id)
    const { receive } = stack
    stack.receive = (dev, frame, type) => {
      const what = type === PacketType.Host ? arrival(this.core, dev, frame) : undefined
      this.#add(this.lifeOf(frame), dev, { event: 'stack', type, ...(what !== undefined && { what }) })
      receive.call(stack, dev, frame, type)
    }
  }

  /** What is forwarded came in by the device that has the frame in hand. */
  #departure(dev: Device, frame: Frame): Departure | undefined {
    const came = this.#hand?.moments.findLast(({ event, netns }) => event === 'stack' && netns === dev.netns)
    return departure(this.core, dev, frame, came?.dev.ifindex)
  }

  #holding(frame: Frame, act: () => void): void {
    const before = this.#hand
    this.#hand = this.lifeOf(frame)
    act()
    this.#hand = before
  }

  // -- Commands -----------------------------------------------------------------------------------

  /** The same commands, each of whose runs is written down. */
  watched(commands: ReadonlyMap<string, Command>): ReadonlyMap<string, Command> {
    return new Map([...commands].map(([name, command]) => [name, (process: Process) => this.#run(command, process)]))
  }

  *#run(command: Command, process: Process): Program {
    const { argv, netns } = process
    const begin = this.core.now
    const number = this.runs.length + 1
    const run: Run = { number, argv, netns, begin, end: begin, status: undefined, stdout: '', stderr: '', sent: [] }
    this.runs.push(run)
    const program = command({
      ...process,
      stdout(text) {
        run.stdout += text
        process.stdout(text)
      },
      stderr(text) {
        run.stderr += text
        process.stderr(text)
      },
    })
    let wake: Wake = { by: 'instant' }
    try {
      for (;;) {
        const before = this.#running
        this.#running = run
        const step = program.next(wake)
        this.#running = before
        if (step.done === true) {
          run.status = step.value
          return step.value
        }
        wake = yield step.value
      }
    } finally {
      program.return(0)
      run.end = this.core.now
      this.ended?.(run)
    }
  }
}

/** The octets of a frame; one that never got its Ethernet header has the EtherType that it would have had. */
export function octetsOf({ frame }: Life): Uint8Array {
  const bytes = octets(frame)
  if (!hasNoHeader(frame)) return bytes
  const copy = bytes.slice()
  eth.put(copy, 0, mac.ZERO, mac.ZERO, eth.EtherType.Ipv4)
  return copy
}

/** What the frame is, in one line. */
export function summaryOf(life: Life): string {
  const bytes = octetsOf(life)
  return summary(bytes, 0, bytes.length)
}
