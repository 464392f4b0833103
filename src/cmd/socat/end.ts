/** One of the two things that socat connects: something to read blocks from and to write blocks to. */

import { octets } from '../../core/frame.ts'
import type { Waitable } from '../../core/waitable.ts'
import { EVERY_PROTOCOL } from '../../stack/packet.ts'
import type { UdpSocket } from '../../stack/udp.ts'
import type * as ip from '../../wire/ip.ts'
import { format } from '../../wire/ip.ts'
import type { PacketFile } from '../../world/packetfile.ts'
import type { Process } from '../command.ts'
import { type Address, die, failed, obey, type Steps } from './address.ts'

/** A block; nothing at the moment; nothing ever again. */
export type Block = Uint8Array | undefined | 'end'

export interface End {
  /** What to wait for while there is nothing to read; without it there is always something, or its end. */
  readonly waitable?: Waitable
  read(): Block
  write(block: Uint8Array): Steps<void>
  close(): void
}

export const BLOCK_BYTES = 8192
/** Where its buffer happens to be. */
const BUFFER = '0x55d0c0de6000'

const nothing = (): void => undefined

/** What is there from the beginning, block by block. */
function blocks(bytes: Uint8Array): () => Block {
  let at = 0
  return () => {
    if (at >= bytes.length) return 'end'
    const block = bytes.subarray(at, at + BLOCK_BYTES)
    at += block.length
    return block
  }
}

// -- Standard input and output, files, programs -------------------------------------------------------

export function stdio(process: Process): End {
  const decoder = new TextDecoder()
  return {
    read: blocks(new TextEncoder().encode(process.stdin)),
    // biome-ignore lint/correctness/useYield: this one never waits.
    *write(block) {
      process.stdout(decoder.decode(block, { stream: true }))
    },
    close: nothing,
  }
}

/** OPEN, GOPEN and CREATE. A file is read as it was when it was opened; `writes`: it is opened for writing. */
export function* file(process: Process, { type, words, options }: Address, writes: boolean): Steps<End> {
  const [path = ''] = words
  const before = obey(yield { for: 'file', path, as: 'octets' })
  const old = before.by === 'file' ? (before.octets ?? new Uint8Array()) : undefined
  const mayCreate = type !== 'OPEN' || options.has('creat')
  const mode = `open("${path}", 0${writes ? 1 : 0}, 0666)`
  if (old === undefined && !(writes && mayCreate))
    failed(process, mode, before.by === 'nofile' ? before.failure.errno : 'EIO')
  let content = type === 'CREATE' || options.has('trunc') ? new Uint8Array() : (old ?? new Uint8Array())
  let at = type === 'GOPEN' || options.has('append') ? content.length : 0
  function* save(): Steps<void> {
    const wake = obey(yield { for: 'file', path, write: content, append: false })
    if (wake.by === 'nofile') failed(process, mode, wake.failure.errno)
  }
  if (writes) yield* save()
  return {
    read: blocks(old ?? new Uint8Array()),
    *write(block) {
      const whole = new Uint8Array(Math.max(content.length, at + block.length))
      whole.set(content)
      whole.set(block, at)
      at += block.length
      content = whole
      yield* save()
    },
    close: nothing,
  }
}

/** EXEC and SYSTEM: run once for each block, which it reads; what it prints can be read. `isSource`: run at once. */
export function* program(process: Process, { type, words }: Address, isSource: boolean): Steps<End> {
  const [line = ''] = words
  const argv = type === 'EXEC' ? line.split(/ +/) : ['sh', '-c', line]
  const printed: Uint8Array[] = []
  const waitable: Waitable = {
    get ready() {
      return printed.length > 0
    },
    waiter: undefined,
  }
  function* run(stdin: string): Steps<void> {
    let text = ''
    const stdout = (more: string): void => {
      text += more
    }
    obey(yield { for: 'command', argv, netns: process.netns, stdin, stdout })
    if (text === '') return
    printed.push(new TextEncoder().encode(text))
    waitable.waiter?.()
  }
  if (isSource) yield* run('')
  return {
    waitable,
    read: () => printed.shift() ?? (isSource ? 'end' : undefined),
    write: block => run(new TextDecoder().decode(block)),
    close: nothing,
  }
}

// -- Devices -------------------------------------------------------------------------------------------

export function packets(process: Process, device: PacketFile): End {
  return {
    waitable: device,
    read() {
      const packet = device.read(BLOCK_BYTES)
      return packet !== undefined && 'ok' in packet ? failed(process, readCall(5), packet.errno) : packet
    },
    // biome-ignore lint/correctness/useYield: this one never waits.
    *write(block) {
      const written = device.write(block)
      if (typeof written !== 'number') failed(process, `write(5, ${BUFFER}, ${block.length})`, written.errno)
    },
    close: () => device.close(),
  }
}

/** INTERFACE: every frame of a link, and frames to be sent there. */
export function frames(process: Process, { words }: Address): End {
  const { world, netns } = process
  const [name = ''] = words
  const device = world.device(netns, name)
  if (device === undefined) return die(process, `ioctl(5, SIOCGIFINDEX, {"${name}"}): No such device`)
  const socket = world.netns(netns).stack.packetSocket(EVERY_PROTOCOL)
  socket.bind(device.ifindex)
  return {
    waitable: socket,
    read() {
      const got = socket.receive()
      if (got === undefined) return undefined
      return 'ok' in got ? failed(process, `recvfrom(5, ${BUFFER}, ${BLOCK_BYTES})`, got.errno) : octets(got.frame)
    },
    // biome-ignore lint/correctness/useYield: this one never waits.
    *write(block) {
      const sent = socket.send(block)
      if (!sent.ok) failed(process, `write(5, ${BUFFER}, ${block.length})`, sent.errno)
    },
    close: () => socket.close(),
  }
}

// -- UDP -----------------------------------------------------------------------------------------------

const readCall = (fd: number): string => `read(${fd}, ${BUFFER}, ${BLOCK_BYTES})`

/** Whom a socket hears, and to whom it speaks. */
export interface Peering {
  /** It is connected; an empty datagram is its end. */
  readonly connected: boolean
  readonly peer?: { readonly address: ip.Ip; readonly port: number }
  /** Only what comes from this address counts. */
  readonly hears?: ip.Ip
  /** What has been received already. */
  readonly first?: Uint8Array
  /** Nothing comes after the first. */
  readonly once?: boolean
  /** Another one reads from the socket, and closes it. */
  readonly shared?: boolean
}

export function udp(process: Process, socket: UdpSocket, peering: Peering): End {
  const { connected, peer, hears, once = false, shared = false } = peering
  let { first } = peering
  function receive(): Block {
    if (first !== undefined) {
      const block = first
      first = undefined
      return block
    }
    if (once) return 'end'
    for (;;) {
      const got = socket.receive()
      if (got === undefined) return undefined
      if ('ok' in got) return failed(process, readCall(5), got.errno)
      if (hears !== undefined && got.from !== hears) continue
      return connected && got.payload.length === 0 ? 'end' : got.payload
    }
  }
  return {
    ...(!once && { waitable: socket }),
    read: receive,
    *write(block) {
      if (socket.isFull) obey(yield { for: 'socket', socket: socket.room })
      if (connected) {
        const sent = socket.send(block)
        if (!sent.ok) failed(process, `write(5, ${BUFFER}, ${block.length})`, sent.errno)
      } else if (peer !== undefined) {
        const sent = socket.sendTo(block, peer.address, peer.port)
        const call = `sendto(5, ${BUFFER}, ${block.length}, 0, AF=2 ${format(peer.address)}:${peer.port}, 16)`
        if (!sent.ok) failed(process, call, sent.errno)
      }
    },
    close: () => {
      if (!shared) socket.close()
    },
  }
}
