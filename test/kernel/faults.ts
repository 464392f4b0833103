/**
 * Faults that can be planted in Vethereal, to see that the comparison finds them. Each replaces a method of a class while
 * sessions run, and is taken back afterwards; nothing of this is in src/.
 */
import type { Request } from '../../src/control/request.ts'
import { type Device, isUp } from '../../src/core/device.ts'
import { type Answer, fail } from '../../src/core/errno.ts'
import { copyOf, type Frame } from '../../src/core/frame.ts'
import { Fdb } from '../../src/device/fdb.ts'
import { get16 } from '../../src/wire/bytes.ts'
import * as checksum from '../../src/wire/checksum.ts'
import { Engine } from '../../src/world/engine.ts'
import { World } from '../../src/world/world.ts'

export interface Fault {
  readonly name: string
  /** Answers how to take it back. */
  plant(): () => void
}

// biome-ignore lint/suspicious/noExplicitAny: methods of any shape are replaced.
type Method = (...args: any[]) => any

/** Replaces a method by one that is given the old one. */
function replaced(owner: object, name: string, by: (old: Method) => Method): () => void {
  const methods = owner as Record<string, Method>
  const old = methods[name]!
  methods[name] = by(old)
  return () => {
    methods[name] = old
  }
}

/** Requests are carried out as another request. */
const asked = (name: string, change: (request: Request) => Request): Fault => ({
  name,
  plant: () =>
    replaced(
      World.prototype,
      'apply',
      old =>
        function (this: World, request: Request) {
          return old.call(this, change(request))
        },
    ),
})

/** What leaves a device is changed; the bytes are the callee's to write. */
const sent = (
  name: string,
  isMeant: (dev: Device, frame: Frame) => boolean,
  change: (frame: Frame) => void,
): Fault => ({
  name,
  plant: () =>
    replaced(
      Engine.prototype,
      'tx',
      old =>
        function (this: Engine, dev: Device, frame: Frame) {
          if (!isMeant(dev, frame)) return old.call(this, dev, frame)
          const copy = copyOf(frame)
          change(copy)
          return old.call(this, dev, copy)
        },
    ),
})

const ETHERTYPE_AT = 12
const IP_AT = 14
const IP_HEADER_BYTES = 20
const isType = (frame: Frame, type: number): boolean =>
  frame.length > IP_AT && get16(frame.bytes, frame.at + ETHERTYPE_AT) === type
const isIpv4 = (frame: Frame): boolean => isType(frame, 0x0800) && frame.length >= IP_AT + IP_HEADER_BYTES

function sumHeader({ bytes, at }: Frame): void {
  const ip = at + IP_AT
  checksum.put(bytes, ip + 10, ip, ip + IP_HEADER_BYTES)
}

function withoutKey<T extends object>(value: T, key: string): T {
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== key)) as T
}

export const FAULTS: readonly Fault[] = [
  {
    name: 'learning off by one port',
    plant: () =>
      replaced(
        Fdb.prototype,
        'insert',
        old =>
          function (this: Fdb, high: number, low: number, port: number, flags: number, now: number) {
            return old.call(this, high, low, flags === 0 ? port + 1 : port, flags, now)
          },
      ),
  },
  asked('ageing time ignored', request =>
    request.type === 'setlink' && request.changes.bridge?.ageingTime !== undefined
      ? { ...request, changes: { ...request.changes, bridge: withoutKey(request.changes.bridge, 'ageingTime') } }
      : request,
  ),
  asked('a lost flag of the peer', request =>
    request.type === 'newlink' && request.link.peer !== undefined
      ? { ...request, link: { ...request.link, peer: withoutKey(request.link.peer, 'arp') } }
      : request,
  ),
  asked('an isolated port is not', request =>
    request.type === 'setlink' && request.changes.port?.isolated !== undefined
      ? { ...request, changes: { ...request.changes, port: withoutKey(request.changes.port, 'isolated') } }
      : request,
  ),
  {
    name: 'a wrong errno',
    plant: () =>
      replaced(
        World.prototype,
        'apply',
        old =>
          function (this: World, request: Request): Answer<unknown> {
            const answer = old.call(this, request)
            return !answer.ok && answer.errno === 'EEXIST' ? fail('EINVAL', answer.extack) : answer
          },
      ),
  },
  {
    name: 'a lost extended message',
    plant: () =>
      replaced(
        World.prototype,
        'apply',
        old =>
          function (this: World, request: Request): Answer<unknown> {
            const answer = old.call(this, request)
            return answer.ok ? answer : fail(answer.errno)
          },
      ),
  },
  sent(
    'TTL not decremented',
    (_, frame) => isIpv4(frame) && frame.bytes[frame.at + IP_AT + 8] === 63,
    frame => {
      frame.bytes[frame.at + IP_AT + 8] = 64
      sumHeader(frame)
    },
  ),
  sent(
    'a wrong source address of answers',
    (_, frame) => isIpv4(frame) && frame.bytes[frame.at + IP_AT + 9] === 1 && frame.bytes[frame.at + 34] === 0,
    frame => {
      frame.bytes[frame.at + IP_AT + 15]! ^= 1
      sumHeader(frame)
    },
  ),
  sent(
    'a wrong target in ARP',
    (_, frame) => isType(frame, 0x0806) && frame.length >= 42,
    frame => {
      frame.bytes[frame.at + 41]! ^= 1
    },
  ),
  {
    name: 'a carrier that is never lost',
    plant: () =>
      replaced(
        Engine.prototype,
        'setCarrier',
        old =>
          function (this: Engine, dev: Device, on: boolean) {
            if (on || !isUp(dev)) old.call(this, dev, on)
          },
      ),
  },
  {
    name: 'frames counted without their Ethernet header',
    plant: () =>
      replaced(
        Engine.prototype,
        'cross',
        old =>
          function (this: Engine, dev: Device, frame: Frame) {
            dev.rxBytes -= IP_AT
            old.call(this, dev, frame)
          },
      ),
  },
  asked('addresses of one length more', request =>
    request.type === 'newaddr' && request.address.prefixLength < 32
      ? { ...request, address: { ...request.address, prefixLength: request.address.prefixLength + 1 } }
      : request,
  ),
]
