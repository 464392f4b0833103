import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EventQueue } from '../../src/time/queue.ts'

/** All that is queued, in the order in which it comes out, as [now, kind, a, b, ref]. */
function drain(q: EventQueue): unknown[] {
  const out: unknown[] = []
  while (q.pop()) out.push([q.now, q.kind, q.a, q.b, q.ref])
  return out
}

test('an event comes out with all that went in', () => {
  const q = new EventQueue()
  const ref = { name: 'frame' }
  q.push(5, 1, -2, 0x7fff_ffff, ref)
  q.push(0, 2, -0x8000_0000, 3, undefined)
  expect(q.size).toBe(2)
  expect(drain(q)).toEqual([
    [0, 2, -0x8000_0000, 3, undefined],
    [5, 1, -2, 0x7fff_ffff, ref],
  ])
  expect(q.size).toBe(0)
})

test('of equal instants the first in is the first out, whether it was early or late for them', () => {
  const q = new EventQueue()
  for (const n of [1, 2, 3]) q.push(10, n, 0, 0, undefined)
  q.push(4, 0, 0, 0, undefined)
  expect(q.pop()).toBe(true)
  q.push(10, 4, 0, 0, undefined)
  expect(q.pop()).toBe(true)
  expect([q.now, q.kind]).toEqual([10, 1])
  q.push(10, 5, 0, 0, undefined) // now: into the lane, while 2, 3 and 4 wait in the heap
  q.push(3, 6, 0, 0, undefined) // passed: counts as now
  q.push(11, 7, 0, 0, undefined)
  expect(drain(q).map(event => (event as number[]).slice(0, 2))).toEqual([
    [10, 2],
    [10, 3],
    [10, 4],
    [10, 5],
    [10, 6],
    [11, 7],
  ])
})

test('a ticket stands between the numbers of the events before and after it', () => {
  const q = new EventQueue()
  q.push(0, 0, 0, 0, undefined)
  q.push(9, 0, 0, 0, undefined)
  const ticket = q.ticket()
  q.push(0, 1, 0, 0, undefined)
  const numbers = new Map<number, number>()
  while (q.pop()) if (q.now === 0) numbers.set(q.kind, q.seq)
  expect(numbers.get(0)).toBeLessThan(ticket)
  expect(ticket).toBeLessThan(numbers.get(1)!)
})

/** The kinds that come out of the open part. */
function drainPart(q: EventQueue, kindMax: number): number[] {
  const out: number[] = []
  while (q.popOfPart(kindMax)) out.push(q.kind)
  return out
}

test('a part comes out before what was there; kinds above the limit stay, and keep their place', () => {
  const q = new EventQueue()
  for (const kind of [1, 2]) q.push(0, kind, 0, 0, undefined)
  q.push(7, 3, 0, 0, undefined)
  q.openPart()
  for (const kind of [4, 90, 5, 91]) q.push(0, kind, 0, 0, undefined)
  expect(q.popOfPart(10)).toBe(true)
  expect(q.kind).toBe(4)
  q.follow(6, 0, 0, undefined)
  q.follow(7, 0, 0, undefined)
  q.push(0, 8, 0, 0, undefined)
  expect(q.settled).toBe(false)
  expect(drainPart(q, 10)).toEqual([6, 7, 5, 8])
  expect(q.settled).toBe(true)
  q.closePart()
  q.push(0, 9, 0, 0, undefined)
  expect(drain(q).map(event => (event as number[])[1])).toEqual([1, 2, 90, 91, 9, 3])
})

test('a part may be opened while an event has set off others, and closed before it is empty', () => {
  const q = new EventQueue()
  q.push(0, 1, 0, 0, undefined)
  expect(q.pop()).toBe(true)
  q.follow(2, 0, 0, undefined)
  q.follow(3, 0, 0, undefined)
  q.openPart()
  q.follow(4, 0, 0, undefined)
  q.follow(5, 0, 0, undefined)
  for (let kind = 10; kind < 110; kind++) q.push(0, kind, 0, 0, undefined)
  expect([q.popOfPart(200), q.kind, q.popOfPart(200), q.kind, q.popOfPart(200), q.kind]).toEqual([
    true,
    4,
    true,
    5,
    true,
    10,
  ])
  q.closePart()
  const rest = Array.from({ length: 99 }, (_, i) => 11 + i)
  expect(drain(q).map(event => (event as number[])[1])).toEqual([2, 3, ...rest])
})

test('what follows an event comes before all others, and what follows that before the rest of it', () => {
  const q = new EventQueue()
  q.push(5, 0, 0, 0, undefined)
  q.push(5, 9, 0, 0, undefined)
  const followed = new Map([
    [0, [1, 5, 6]],
    [1, [2, 4]],
    [2, [3]],
    [6, [7, 8]],
  ])
  const order: number[] = []
  const numbers: number[] = []
  while (q.pop()) {
    order.push(q.kind)
    numbers.push(q.seq)
    for (const kind of followed.get(q.kind) ?? []) q.follow(kind, 0, 0, undefined)
  }
  expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  expect(numbers).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 1])
})

test('an empty queue pops nothing, keeps its instant and lets go of the last reference', () => {
  const q = new EventQueue()
  q.push(7, 1, 2, 3, {})
  q.pop()
  expect(q.pop()).toBe(false)
  expect([q.now, q.ref, q.peekAt()]).toEqual([7, undefined, Number.POSITIVE_INFINITY])
})

test('peekAt tells the instant of the next pop', () => {
  const q = new EventQueue()
  q.push(7, 0, 0, 0, undefined)
  expect(q.peekAt()).toBe(7)
  q.push(0, 0, 0, 0, undefined)
  expect(q.peekAt()).toBe(0)
  q.pop()
  expect(q.peekAt()).toBe(7)
})

test('time passes without events, but never past one', () => {
  const q = new EventQueue()
  q.push(10, 1, 0, 0, undefined)
  q.advance(10)
  q.push(10, 2, 0, 0, undefined)
  expect(() => q.advance(11)).toThrow('queue: cannot advance from 10 to 11')
  expect(() => q.advance(9)).toThrow('queue: cannot advance from 10 to 9')
  expect(drain(q).map(event => (event as number[])[1])).toEqual([1, 2])
  q.advance(11)
  expect(q.now).toBe(11)
})

test('clear forgets the events, not the instant', () => {
  const q = new EventQueue()
  q.push(3, 0, 0, 0, undefined)
  q.pop()
  q.push(3, 1, 0, 0, {})
  q.push(9, 2, 0, 0, {})
  q.clear()
  expect([q.size, q.now, q.peekAt(), q.pop()]).toEqual([0, 3, Number.POSITIVE_INFINITY, false])
  q.push(9, 3, 4, 5, undefined)
  expect(drain(q)).toEqual([[9, 3, 4, 5, undefined]])
})

test.for(['pop', 'clear'] as const)('after %s the queue holds no reference', how => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const q = new EventQueue()
  const held: WeakRef<object>[] = []
  // In a function of its own, so that no register keeps an object alive.
  const fill = (): void => {
    for (const at of [0, 0, 5, 6]) {
      const ref = {}
      held.push(new WeakRef(ref))
      q.push(at, 0, 0, 0, ref)
      q.pushInTurn(at, 0, 0, 0, ref)
    }
  }
  fill()
  if (how === 'clear') q.clear()
  else while (q.pop());
  return new Promise<void>(resolve => setTimeout(resolve)).then(() => {
    collect()
    expect(held.map(ref => ref.deref())).toEqual([undefined, undefined, undefined, undefined])
    expect(q.size).toBe(0)
  })
})

test('thousands of events, so that both structures grow while the ring has gone round', () => {
  const q = new EventQueue()
  const wanted: unknown[] = []
  for (let n = 0; n < 40; n++) q.push(0, -1, 0, 0, undefined)
  for (let n = 0; n < 40; n++) q.pop()
  for (let n = 0; n < 3000; n++) {
    const ref = { n }
    q.push(0, n, ~n, 2 * n, ref)
    wanted.push([0, n, ~n, 2 * n, ref])
  }
  for (let n = 0; n < 3000; n++) {
    const ref = { n }
    const at = 1 + ((n * 7919) % 1000)
    q.push(at, n, ~n, 2 * n, ref)
    wanted.push([at, n, ~n, 2 * n, ref])
  }
  // sort is stable: equal instants stay in the order in which they went in.
  expect(drain(q)).toEqual(wanted.sort((x, y) => (x as number[])[0]! - (y as number[])[0]!))
})

interface Event {
  readonly at: number
  readonly seq: number
  readonly ref: object | undefined
}

/** Right at a glance: an array kept sorted by (at, seq). */
class Oracle {
  now = 0
  #seq = 0
  readonly events: Event[] = []

  push(at: number, ref: object | undefined): number {
    this.events.push({ at: Math.max(at, this.now), seq: this.#seq++, ref })
    this.events.sort((x, y) => x.at - y.at || x.seq - y.seq)
    return this.#seq - 1
  }

  pop(): Event | undefined {
    const event = this.events.shift()
    if (event !== undefined) this.now = event.at
    return event
  }
}

type Step = { readonly push: number; readonly inTurn: boolean; readonly holds: boolean } | 'pop' | 'clear' | 'advance'

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 120,
    arbitrary: fc.record({
      // Small spans, so that instants collide; some in the past; some far away.
      push: fc.oneof(fc.integer({ min: -2, max: 4 }), fc.nat(1_000_000)),
      inTurn: fc.boolean(),
      holds: fc.boolean(),
    }),
  },
  { weight: 90, arbitrary: fc.constant('pop' as const) },
  { weight: 10, arbitrary: fc.constant('advance' as const) },
  { weight: 1, arbitrary: fc.constant('clear' as const) },
)

test('any pushes and pops give what a sorted array gives', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400, size: 'max' }), steps => {
      const q = new EventQueue()
      const oracle = new Oracle()
      const popBoth = (): boolean => {
        const wanted = oracle.pop()
        expect(q.pop()).toBe(wanted !== undefined)
        if (wanted !== undefined) {
          expect([q.now, q.seq, q.kind, q.a, q.b]).toEqual([
            wanted.at,
            wanted.seq,
            wanted.seq,
            ~wanted.seq,
            wanted.seq + 1,
          ])
        }
        expect(q.ref).toBe(wanted?.ref)
        return wanted !== undefined
      }
      for (const one of steps) {
        if (one === 'pop') {
          popBoth()
        } else if (one === 'clear') {
          q.clear()
          oracle.events.length = 0
        } else if (one === 'advance') {
          const to = Math.min(oracle.events[0]?.at ?? Number.POSITIVE_INFINITY, oracle.now + 3)
          q.advance(to)
          oracle.now = to
        } else {
          const ref = one.holds ? {} : undefined
          const seq = oracle.push(q.now + one.push, ref)
          if (one.inTurn) q.pushInTurn(q.now + one.push, seq, ~seq, seq + 1, ref)
          else q.push(q.now + one.push, seq, ~seq, seq + 1, ref)
        }
        expect(q.size).toBe(oracle.events.length)
        expect(q.now).toBe(oracle.now)
        expect(q.peekAt()).toBe(oracle.events[0]?.at ?? Number.POSITIVE_INFINITY)
      }
      while (popBoth());
    }),
    { numRuns: 300 },
  )
})
