/**
 * Instants and spans as integer numbers of nanoseconds. A double holds them exactly for 104 days.
 *
 * Ticks follow Linux include/linux/jiffies.h and kernel/time/timer.c for the machine that recorded the oracle's cases,
 * CONFIG_HZ=250 and USER_HZ=100. Instant 0 is the beginning of jiffy 0. Left out: calendars, clocks, leap seconds,
 * jiffies that wrap, deferrable and pinned timer bases.
 */

export type Ns = number

export const NS_PER_S = 1_000_000_000
export const NS_PER_MS = 1_000_000
export const NS_PER_US = 1_000

/** CONFIG_HZ: ticks of the kernel's timers a second. */
export const HZ = 250
export const NS_PER_JIFFY = NS_PER_S / HZ

/** Units of the times that the kernel shows to programs (getconf CLK_TCK): a bridge's ageing time, `ip -s`. */
export const USER_HZ = 100

const MS_PER_JIFFY = 1_000 / HZ
const SECONDS = /^(\d*)(?:\.(\d*))?$/

/** Decimal seconds ("1", "0.2", ".5", "2."), exactly; digits behind the ninth are cut off. undefined for other text. */
export function parseSeconds(text: string): Ns | undefined {
  const [, whole = '', fraction = ''] = SECONDS.exec(text) ?? []
  if (whole === '' && fraction === '') return undefined
  const ns = Number(whole) * NS_PER_S + Number(fraction.slice(0, 9).padEnd(9, '0'))
  return Number.isSafeInteger(ns) ? ns : undefined
}

/** The jiffy that an instant lies in: what the kernel's `jiffies` reads then. */
export const jiffiesAt = (at: Ns): number => Math.floor(at / NS_PER_JIFFY)

/** The tick that begins a jiffy. */
export const jiffyStart = (jiffy: number): Ns => jiffy * NS_PER_JIFFY

/** Linux msecs_to_jiffies: rounds up. */
export const msToJiffies = (ms: number): number => Math.ceil(ms / MS_PER_JIFFY)

/** Linux jiffies_to_msecs. */
export const jiffiesToMs = (jiffies: number): number => jiffies * MS_PER_JIFFY

/** Linux nsecs_to_jiffies: rounds down. */
export const nsToJiffies = (span: Ns): number => Math.floor(span / NS_PER_JIFFY)

/** Linux clock_t_to_jiffies and jiffies_to_clock_t; both round down. */
export const clockToJiffies = (ticks: number): number => Math.floor((ticks * HZ) / USER_HZ)
export const jiffiesToClock = (jiffies: number): number => Math.floor((jiffies * USER_HZ) / HZ)

/** The wheel has nine levels, each eight times as coarse as the one before; 63 buckets of a level are usable. */
const LEVELS = 9
const LEVEL_BUCKETS = 63
const LEVEL_FACTOR = 8

/**
 * The jiffy in which a timer fires that was set for jiffy `expires`, when the wheel stood at jiffy `clk`.
 *
 * Linux calc_wheel_index: a timer is never early, so it goes to the bucket after the one that its jiffy lies in. Up to
 * 62 jiffies ahead that is one jiffy late, beyond that up to an eighth of the span. `clk` is the current jiffy, or the
 * next one when a timer's own function sets another (the wheel has gone on by then).
 */
export function timerJiffy(expires: number, clk: number): number {
  if (expires < clk) return clk
  const delta = expires - clk
  let grain = 1
  for (let level = 1; level < LEVELS && delta >= LEVEL_BUCKETS * grain; level++) grain *= LEVEL_FACTOR
  // Beyond the last level (49 days) the wheel takes the longest time that it can hold.
  const held = delta < LEVEL_BUCKETS * grain ? expires : clk + (LEVEL_BUCKETS - 1) * grain
  return (Math.floor(held / grain) + 1) * grain
}

/** How coarse the part of the wheel is where a timer of this span stands: of one tick the coarsest fire first. */
export function timerLevel(jiffies: number): number {
  let level = 0
  for (let end = LEVEL_BUCKETS; level < LEVELS - 1 && jiffies >= end; end *= LEVEL_FACTOR) level++
  return level
}

/** The instant at which a kernel timer fires that is set at `now` to expire in `jiffies`: mod_timer(jiffies + n). */
export function timerFires(now: Ns, jiffies: number): Ns {
  const jiffy = jiffiesAt(now)
  return jiffyStart(timerJiffy(jiffy + jiffies, jiffy))
}
