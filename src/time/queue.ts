/**
 * The event queue: events come out ordered by (at, seq), where seq is the order in which they went in. What an event
 * sets off as a part of itself (`follow`) comes out before all others, and what that sets off before the rest of it:
 * the order of functions that call each other, as in one softirq of Linux.
 *
 * An event is four payload fields in columns, not an object: a kind for the dispatcher's switch, two 32-bit integers
 * and one reference. Events for the current instant go to a first-in-first-out ring, the lane; later ones to a binary
 * heap, or, where each is due no sooner than the one before it, as frames on wires of one latency are (pushInTurn), to
 * another ring, the row.
 *
 * Why the lane needs no comparison of sequence numbers: an event in the heap or in the row went in when its instant was
 * still to come, one in the lane when that instant had begun. So of equal instants those of the lane are the youngest:
 * pop takes from heap and row, whichever head is first, while one is due, then from the lane, and time moves on only
 * when the lane is empty. What follows lies on a stack: the parts of one event are pushed in their order, and turned
 * round when the first of them is wanted.
 *
 * Left out: cancelling (whoever may cancel puts a generation number into the event and ignores the old ones) and a
 * limit on events per instant (the loop that pops counts them).
 */
import type { Ns } from './instant.ts'

const CAPACITY_FIRST = 64 // A power of two, as the ring's index mask needs; both structures double when full.

export class EventQueue {
  /** The current instant. pop moves it to the popped event; advance moves it where nothing is due before. */
  now: Ns = 0

  /** The event last popped. */
  kind = 0
  a = 0
  b = 0
  ref: object | undefined = undefined
  /** Its number in the order in which events went in; of what followed another event that one's. */
  seq = 0

  // The ring: laneCount events from index laneHead on.
  #laneHead = 0
  #laneCount = 0
  #laneKind = new Int32Array(CAPACITY_FIRST)
  #laneA = new Int32Array(CAPACITY_FIRST)
  #laneB = new Int32Array(CAPACITY_FIRST)
  #laneSeq = new Float64Array(CAPACITY_FIRST)
  #laneRef = vacant(CAPACITY_FIRST)

  // A part (openPart): the events of the lane from partFirst to partNext have come out of it, those behind may yet.
  #partFirst = 0
  #partNext = 0
  #partStack = 0
  #freshBefore = 0

  // The row: rowCount events from index rowHead on, ordered by instant and by age.
  #rowHead = 0
  #rowCount = 0
  #rowLast: Ns = 0
  #rowAt = new Float64Array(CAPACITY_FIRST)
  #rowSeq = new Float64Array(CAPACITY_FIRST)
  #rowKind = new Int32Array(CAPACITY_FIRST)
  #rowA = new Int32Array(CAPACITY_FIRST)
  #rowB = new Int32Array(CAPACITY_FIRST)
  #rowRef = vacant(CAPACITY_FIRST)

  // The stack: the events from stackFresh on were set off by the event in hand, the first of them lowest.
  #stackCount = 0
  #stackFresh = 0
  #stackKind = new Int32Array(CAPACITY_FIRST)
  #stackA = new Int32Array(CAPACITY_FIRST)
  #stackB = new Int32Array(CAPACITY_FIRST)
  #stackRef = vacant(CAPACITY_FIRST)

  // The heap moves three columns; a payload stays in its slot. Slots from index heapCount on are the free ones.
  #heapCount = 0
  #seqNext = 0
  #heapAt = new Float64Array(CAPACITY_FIRST)
  #heapSeq = new Float64Array(CAPACITY_FIRST)
  #heapSlot = new Int32Array(CAPACITY_FIRST).map((_, i) => i)
  #slotKind = new Int32Array(CAPACITY_FIRST)
  #slotA = new Int32Array(CAPACITY_FIRST)
  #slotB = new Int32Array(CAPACITY_FIRST)
  #slotRef = vacant(CAPACITY_FIRST)

  /** Has all that followed the last event come out? */
  get settled(): boolean {
    return this.#stackCount === this.#partStack
  }

  /** Has the event in hand set off parts that are still to come? */
  get hasFollowers(): boolean {
    return this.#stackCount > this.#stackFresh
  }

  get size(): number {
    return this.#stackCount + this.#laneCount + this.#rowCount + this.#heapCount
  }

  /** Queues an event for `at`, or for now if that has passed. kind, a and b are 32-bit integers. */
  push(at: Ns, kind: number, a: number, b: number, ref: object | undefined): void {
    if (at > this.now) this.#pushHeap(at, kind, a, b, ref)
    else this.#pushLane(kind, a, b, ref, -1)
  }

  /** The same, cheaper for events whose `at` is hardly ever before that of the one queued so before. */
  pushInTurn(at: Ns, kind: number, a: number, b: number, ref: object | undefined): void {
    if (at <= this.now) this.#pushLane(kind, a, b, ref, -1)
    else if (this.#rowCount > 0 && at < this.#rowLast) this.#pushHeap(at, kind, a, b, ref)
    else this.#pushRow(at, kind, a, b, ref)
  }

  /** Queues an event for now. It has the number `seq`, unless that is negative: then the next one. */
  pushNow(kind: number, a: number, b: number, ref: object | undefined, seq: number): void {
    this.#pushLane(kind, a, b, ref, seq)
  }

  /** A number of the same order for what happens now and is no event. */
  ticket(): number {
    return this.#seqNext++
  }

  /** Queues a part of the event in hand: behind the parts it has so far, before everything else. */
  follow(kind: number, a: number, b: number, ref: object | undefined): void {
    if (this.#stackCount === this.#stackRef.length) this.#growStack()
    const i = this.#stackCount++
    this.#stackKind[i] = kind
    this.#stackA[i] = a
    this.#stackB[i] = b
    this.#stackRef[i] = ref
  }

  /** Moves the first event into seq, kind, a, b, ref and its instant into now; false when there is none. */
  pop(): boolean {
    if (this.#stackCount > 0) {
      this.#popStack()
      return true
    }
    if (this.#laneCount > 0 && this.#laterAt() > this.now) {
      this.#popLane()
      return true
    }
    if (this.#isRowFirst()) {
      this.#popRow()
      return true
    }
    if (this.#heapCount > 0) {
      this.#popHeap()
      return true
    }
    this.ref = undefined
    return false
  }

  /**
   * Opens a part: what is queued for this instant from now on may come out before what was there (popOfPart), until
   * closePart. Parts do not nest.
   */
  openPart(): void {
    this.#partFirst = this.#laneCount
    this.#partNext = this.#laneCount
    this.#partStack = this.#stackCount
    this.#freshBefore = this.#stackFresh
    this.#stackFresh = this.#stackCount
  }

  /** As pop, of the open part; events of a kind above `kindMax` are left to pop. */
  popOfPart(kindMax: number): boolean {
    if (this.#stackCount > this.#partStack) {
      this.#popStack()
      return true
    }
    while (this.#partNext < this.#laneCount) {
      const i = this.#laneIndex(this.#partNext++)
      if (this.#laneKind[i]! <= kindMax) {
        this.#takeLane(i)
        return true
      }
      this.#moveLane(i, this.#laneIndex(this.#partFirst++))
    }
    return false
  }

  /** Whatever has not come out of the part waits behind what was there before. */
  closePart(): void {
    while (this.#partNext < this.#laneCount) {
      this.#moveLane(this.#laneIndex(this.#partNext++), this.#laneIndex(this.#partFirst++))
    }
    this.#laneCount = this.#partFirst
    this.#partStack = 0
    this.#stackFresh = this.#freshBefore
  }

  /** The instant of the event that pop would take; Infinity when there is none. */
  peekAt(): Ns {
    return this.#stackCount > 0 || this.#laneCount > 0 ? this.now : this.#laterAt()
  }

  /** The first instant of heap and row. */
  #laterAt(): Ns {
    const heapAt = this.#heapCount > 0 ? this.#heapAt[0]! : Number.POSITIVE_INFINITY
    if (this.#rowCount === 0) return heapAt
    const rowAt = this.#rowAt[this.#rowHead]!
    return Math.min(rowAt, heapAt)
  }

  /** Is the head of the row before that of the heap? */
  #isRowFirst(): boolean {
    if (this.#rowCount === 0) return false
    if (this.#heapCount === 0) return true
    const rowAt = this.#rowAt[this.#rowHead]!
    const heapAt = this.#heapAt[0]!
    return rowAt < heapAt || (rowAt === heapAt && this.#rowSeq[this.#rowHead]! < this.#heapSeq[0]!)
  }

  /** Lets time pass without an event. Throws when an event is due before `to`, or when `to` has passed. */
  advance(to: Ns): void {
    if (to < this.now || this.peekAt() < to) throw new Error(`queue: cannot advance from ${this.now} to ${to}`)
    this.now = to
  }

  /** Forgets all events. The instant stays. */
  clear(): void {
    this.#stackCount = 0
    this.#stackFresh = 0
    this.#laneCount = 0
    this.#rowCount = 0
    this.#heapCount = 0
    this.#rowRef.fill(undefined)
    this.#stackRef.fill(undefined)
    this.#laneRef.fill(undefined)
    this.#slotRef.fill(undefined)
    this.ref = undefined
  }

  #popStack(): void {
    if (this.#stackCount - this.#stackFresh > 1) this.#turnRound(this.#stackFresh, this.#stackCount - 1)
    const i = --this.#stackCount
    this.#stackFresh = i
    this.kind = this.#stackKind[i]!
    this.a = this.#stackA[i]!
    this.b = this.#stackB[i]!
    this.ref = this.#stackRef[i]
    this.#stackRef[i] = undefined
  }

  #turnRound(first: number, last: number): void {
    for (let i = first, j = last; i < j; i++, j--) {
      swap(this.#stackKind, i, j)
      swap(this.#stackA, i, j)
      swap(this.#stackB, i, j)
      swap(this.#stackRef, i, j)
    }
  }

  #pushLane(kind: number, a: number, b: number, ref: object | undefined, seq: number): void {
    if (this.#laneCount === this.#laneRef.length) this.#growLane()
    const i = this.#laneIndex(this.#laneCount++)
    this.#laneKind[i] = kind
    this.#laneA[i] = a
    this.#laneB[i] = b
    this.#laneSeq[i] = seq < 0 ? this.#seqNext++ : seq
    this.#laneRef[i] = ref
  }

  #popLane(): void {
    this.#takeLane(this.#laneHead)
    this.#laneHead = this.#laneIndex(1)
    this.#laneCount--
  }

  #laneIndex(nth: number): number {
    return (this.#laneHead + nth) & (this.#laneRef.length - 1)
  }

  #takeLane(i: number): void {
    this.kind = this.#laneKind[i]!
    this.a = this.#laneA[i]!
    this.b = this.#laneB[i]!
    this.seq = this.#laneSeq[i]!
    this.ref = this.#laneRef[i]
    this.#laneRef[i] = undefined
  }

  #moveLane(from: number, to: number): void {
    if (from === to) return
    this.#laneKind[to] = this.#laneKind[from]!
    this.#laneA[to] = this.#laneA[from]!
    this.#laneB[to] = this.#laneB[from]!
    this.#laneSeq[to] = this.#laneSeq[from]!
    this.#laneRef[to] = this.#laneRef[from]
    this.#laneRef[from] = undefined
  }

  #pushRow(at: Ns, kind: number, a: number, b: number, ref: object | undefined): void {
    if (this.#rowCount === this.#rowRef.length) this.#growRow()
    const i = (this.#rowHead + this.#rowCount++) & (this.#rowRef.length - 1)
    this.#rowLast = at
    this.#rowAt[i] = at
    this.#rowSeq[i] = this.#seqNext++
    this.#rowKind[i] = kind
    this.#rowA[i] = a
    this.#rowB[i] = b
    this.#rowRef[i] = ref
  }

  #popRow(): void {
    const i = this.#rowHead
    this.#rowHead = (i + 1) & (this.#rowRef.length - 1)
    this.#rowCount--
    this.now = this.#rowAt[i]!
    this.seq = this.#rowSeq[i]!
    this.kind = this.#rowKind[i]!
    this.a = this.#rowA[i]!
    this.b = this.#rowB[i]!
    this.ref = this.#rowRef[i]
    this.#rowRef[i] = undefined
  }

  #pushHeap(at: Ns, kind: number, a: number, b: number, ref: object | undefined): void {
    if (this.#heapCount === this.#slotRef.length) this.#growHeap()
    const ats = this.#heapAt
    const seqs = this.#heapSeq
    const slots = this.#heapSlot
    let i = this.#heapCount++
    const slot = slots[i]!
    this.#slotKind[slot] = kind
    this.#slotA[slot] = a
    this.#slotB[slot] = b
    this.#slotRef[slot] = ref
    while (i > 0) {
      const parent = (i - 1) >>> 1
      if (ats[parent]! <= at) break // Of equal instants the parent is older: the newcomer has the highest seq of all.
      ats[i] = ats[parent]!
      seqs[i] = seqs[parent]!
      slots[i] = slots[parent]!
      i = parent
    }
    ats[i] = at
    seqs[i] = this.#seqNext++
    slots[i] = slot
  }

  #popHeap(): void {
    const ats = this.#heapAt
    const seqs = this.#heapSeq
    const slots = this.#heapSlot
    const slot = slots[0]!
    this.now = ats[0]!
    this.seq = seqs[0]!
    this.kind = this.#slotKind[slot]!
    this.a = this.#slotA[slot]!
    this.b = this.#slotB[slot]!
    this.ref = this.#slotRef[slot]
    this.#slotRef[slot] = undefined

    const last = --this.#heapCount
    const at = ats[last]!
    const seq = seqs[last]!
    const moved = slots[last]!
    slots[last] = slot
    if (last === 0) return
    let i = 0
    for (;;) {
      let child = 2 * i + 1
      if (child >= last) break
      let first = ats[child]!
      const right = child + 1
      if (right < last) {
        const other = ats[right]!
        if (other < first || (other === first && seqs[right]! < seqs[child]!)) {
          child = right
          first = other
        }
      }
      if (first > at || (first === at && seqs[child]! > seq)) break
      ats[i] = first
      seqs[i] = seqs[child]!
      slots[i] = slots[child]!
      i = child
    }
    ats[i] = at
    seqs[i] = seq
    slots[i] = moved
  }

  #growLane(): void {
    const n = this.#laneRef.length
    const head = this.#laneHead
    // The ring begins anew at index 0: what lay behind the head, then what had gone round.
    this.#laneKind = unrolled(this.#laneKind, head, new Int32Array(2 * n))
    this.#laneA = unrolled(this.#laneA, head, new Int32Array(2 * n))
    this.#laneB = unrolled(this.#laneB, head, new Int32Array(2 * n))
    this.#laneSeq = unrolled(this.#laneSeq, head, new Float64Array(2 * n))
    this.#laneRef = [...this.#laneRef.slice(head), ...this.#laneRef.slice(0, head), ...vacant(n)]
    this.#laneHead = 0
  }

  #growRow(): void {
    const n = this.#rowRef.length
    const head = this.#rowHead
    this.#rowAt = unrolled(this.#rowAt, head, new Float64Array(2 * n))
    this.#rowSeq = unrolled(this.#rowSeq, head, new Float64Array(2 * n))
    this.#rowKind = unrolled(this.#rowKind, head, new Int32Array(2 * n))
    this.#rowA = unrolled(this.#rowA, head, new Int32Array(2 * n))
    this.#rowB = unrolled(this.#rowB, head, new Int32Array(2 * n))
    this.#rowRef = [...this.#rowRef.slice(head), ...this.#rowRef.slice(0, head), ...vacant(n)]
    this.#rowHead = 0
  }

  #growStack(): void {
    const n = this.#stackRef.length
    this.#stackKind = doubled(this.#stackKind, new Int32Array(2 * n))
    this.#stackA = doubled(this.#stackA, new Int32Array(2 * n))
    this.#stackB = doubled(this.#stackB, new Int32Array(2 * n))
    this.#stackRef = [...this.#stackRef, ...vacant(n)]
  }

  #growHeap(): void {
    const n = this.#slotRef.length
    this.#heapAt = doubled(this.#heapAt, new Float64Array(2 * n))
    this.#heapSeq = doubled(this.#heapSeq, new Float64Array(2 * n))
    this.#heapSlot = doubled(
      this.#heapSlot,
      new Int32Array(2 * n).map((_, i) => i),
    )
    this.#slotKind = doubled(this.#slotKind, new Int32Array(2 * n))
    this.#slotA = doubled(this.#slotA, new Int32Array(2 * n))
    this.#slotB = doubled(this.#slotB, new Int32Array(2 * n))
    this.#slotRef = [...this.#slotRef, ...vacant(n)]
  }
}

function swap<T>(column: { [index: number]: T }, i: number, j: number): void {
  const value = column[i]!
  column[i] = column[j]!
  column[j] = value
}

function doubled<T extends Float64Array | Int32Array>(column: T, larger: T): T {
  larger.set(column)
  return larger
}

function unrolled<T extends Float64Array | Int32Array>(column: T, head: number, larger: T): T {
  larger.set(column.subarray(head))
  larger.set(column.subarray(0, head), column.length - head)
  return larger
}

function vacant(n: number): (object | undefined)[] {
  return new Array<object | undefined>(n).fill(undefined)
}
