/**
 * socat 1.7.4: `socat [-u|-U] [-t SECONDS] ADDRESS ADDRESS`, where an address is -, STDIO, STDIN, STDOUT, OPEN (FILE),
 * GOPEN, CREATE, EXEC, SYSTEM, TUN, INTERFACE, or UDP4- (UDP-) CONNECT, LISTEN, RECVFROM, RECV, SENDTO, DATAGRAM.
 *
 * Follows socat.c (_socat): blocks go both ways; when one side has ended the other has half a second left after each
 * block. A program behind EXEC or SYSTEM is run once for each block, which is its standard input, and what it prints
 * goes back; on Linux it runs as long as its peer is served. Left out, and refused: every other address and option,
 * IPv6, TCP.
 */
import { AnyOf } from '../../core/waitable.ts'
import type { UdpSocket } from '../../stack/udp.ts'
import { NS_PER_S } from '../../time/instant.ts'
import type { Program } from '../../world/task.ts'
import { type Command, notSupported, type Process } from '../command.ts'
import { Exit } from '../libc.ts'
import { type Address, complain, die, obey, parseAddress, type Steps } from './address.ts'
import type { End } from './end.ts'
import { accept, isListener, listen, open, type Role } from './open.ts'

/** Seconds that the other direction still has once one has ended. */
const LINGER_S = 0.5

export const socat: Command = function* (process) {
  const relay = new Relay(process)
  try {
    return yield* relay.run()
  } catch (end) {
    if (end instanceof Exit) return end.status
    throw end
  } finally {
    relay.close()
  }
}

/** Two ends that are connected, as one process of socat is there for them. */
interface Session {
  /** From where to where blocks go, as long as they do. */
  readonly ways: Set<{ readonly from: End; readonly to: End }>
  readonly ends: readonly End[]
  /** One way has ended: the instant at which all ends. */
  until: number | undefined
}

class Relay {
  private readonly process: Process
  private isForward = true
  private isBackward = true
  private lingerNs = LINGER_S * NS_PER_S
  private readonly sessions = new Set<Session>()
  private readonly ends = new Set<End>()
  /** With `fork`: where further peers are waited for. */
  private listener: UdpSocket | undefined

  constructor(process: Process) {
    this.process = process
  }

  *run(): Program {
    const [first, second] = this.addresses()
    if (isListener(first) && first.options.has('fork')) {
      yield* this.serve(first, second)
      return 0
    }
    const one = yield* this.open(first, { reads: this.isForward, writes: this.isBackward })
    const two = yield* this.open(second, { reads: this.isBackward, writes: this.isForward })
    const session = this.connect(one, two)
    while (this.sessions.size > 0) {
      if (!(yield* this.pass(session))) yield* this.rest([])
    }
    return 0
  }

  close(): void {
    for (const end of this.ends) end.close()
    this.listener?.close()
  }

  private addresses(): [Address, Address] {
    const { process } = this
    const args = process.argv.slice(1)
    let debugs = 0
    while (/^-./.test(args[0] ?? '')) {
      const word = args.shift()!
      if (word === '-u') this.isBackward = false
      else if (word === '-U') this.isForward = false
      else if (word.startsWith('-t')) this.lingerNs = Number(word === '-t' ? args.shift() : word.slice(2)) * NS_PER_S
      // One -d is for warnings, of which there are none.
      else if (word !== '-d' || debugs++ > 0) {
        if (/^-[hV?vxTbsLWdlgDrR46]/.test(word)) throw new Exit(notSupported(process, `socat ${word}`))
        die(process, `unknown option "${word}"; use option "-h" for help`)
      }
    }
    if (args.length !== 2) {
      complain(process, `exactly 2 addresses required (there are ${args.length}); use option "-h" for help`)
      throw new Exit(1)
    }
    const [first, second] = args.map(text => parseAddress(process, text)) as [Address, Address]
    // Nothing is written to standard input, nothing read from standard output.
    if (first.type === 'STDIN' || second.type === 'STDOUT') this.isBackward = false
    if (first.type === 'STDOUT' || second.type === 'STDIN') this.isForward = false
    return [first, second]
  }

  private *open(address: Address, role: Role): Steps<End> {
    const end = yield* open(this.process, address, role)
    this.ends.add(end)
    return end
  }

  /** `fork`: each peer has a process of his own, which opens the other address anew. */
  private *serve(typed: Address, other: Address): Steps<never> {
    const { process } = this
    // Each peer's socket has the same port.
    const options = new Map([['reuseaddr', ''], ...typed.options])
    const address = typed.type === 'UDP4-LISTEN' ? { ...typed, options } : typed
    this.listener = yield* listen(process, address)
    for (;;) {
      while (this.listener.ready) {
        const end = yield* accept(process, address, this.listener)
        this.ends.add(end)
        // The one that was connected is the peer's from now on.
        if (address.type === 'UDP4-LISTEN') this.listener = yield* listen(process, address)
        this.connect(end, yield* this.open(other, { reads: this.isBackward, writes: this.isForward }))
      }
      let moved = false
      for (const session of this.sessions) moved = (yield* this.pass(session)) || moved
      if (!moved) yield* this.rest([this.listener])
    }
  }

  private connect(one: End, two: End): Session {
    const ways = new Set<{ readonly from: End; readonly to: End }>()
    if (this.isForward) ways.add({ from: one, to: two })
    if (this.isBackward) ways.add({ from: two, to: one })
    const session = { ways, ends: [one, two], until: undefined }
    this.sessions.add(session)
    return session
  }

  /** Moves what there is. False: nothing was there. */
  private *pass(session: Session): Steps<boolean> {
    const { world } = this.process
    const { ways, ends } = session
    let moved = false
    for (const way of ways) {
      const block = way.from.read()
      if (block === undefined) continue
      moved = true
      if (block === 'end') ways.delete(way)
      else yield* way.to.write(block)
      if (block === 'end' || session.until !== undefined) session.until = world.now + this.lingerNs
    }
    const isOver = ways.size === 0 || (session.until !== undefined && session.until <= world.now)
    if (!isOver) return moved
    this.sessions.delete(session)
    for (const end of ends) {
      end.close()
      this.ends.delete(end)
    }
    return true
  }

  /** Waits until somebody has something, or the time of one that lingers is over. */
  private *rest(others: readonly UdpSocket[]): Steps<void> {
    const sessions = [...this.sessions]
    const waited = sessions.flatMap(({ ways }) => [...ways].flatMap(({ from }) => from.waitable ?? []))
    const at = Math.min(...sessions.map(({ until = Number.POSITIVE_INFINITY }) => until))
    const socket = new AnyOf([...others, ...waited])
    obey(yield { for: 'socket', socket, ...(Number.isFinite(at) && { at }) })
  }
}
