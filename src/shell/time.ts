/** How the shell counts and writes simulated time. */

export const NS_PER_MS = 1_000_000
export const NS_PER_S = 1_000_000_000

/** `86400 s`, `1.5 s`. */
export const formatSeconds = (ns: number): string => `${ns / NS_PER_S} s`

const UNITS_S: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 }

/** A span as timeout(1) and sleep(1) take it (`1.5`, `2m`), in nanoseconds; undefined for other text. */
export function parseSpan(text: string): number | undefined {
  const [, number, unit = ''] = /^(\d+\.?\d*|\.\d+)([smhd]?)$/.exec(text) ?? []
  return number === undefined ? undefined : Math.round(Number(number) * UNITS_S[unit]! * NS_PER_S)
}
