/**
 * The columns that mtr can show of a hop.
 *
 * Follows mtr 0.95 ui/mtr.c, data_fields.
 */
import type { Hop } from './hop.ts'

export interface Field {
  readonly title: string
  readonly columns: number
  /** Digits behind the point of milliseconds; a number of packets has none. */
  readonly digits?: 1
  readonly value: (hop: Hop) => number
}

const ms = (title: string, columns: number, value: (hop: Hop) => number): Field => ({
  title,
  columns,
  digits: 1,
  value,
})

/** By the letter that -o knows them by. */
export const FIELDS: Readonly<Record<string, Field>> = {
  ' ': { title: ' ', columns: 1, value: hop => hop.dropped },
  L: ms('Loss%', 6, hop => hop.loss),
  D: { title: 'Drop', columns: 5, value: hop => hop.dropped },
  R: { title: 'Rcv', columns: 6, value: hop => hop.returned },
  S: { title: 'Snt', columns: 6, value: hop => hop.sent },
  N: ms('Last', 6, hop => hop.last),
  B: ms('Best', 6, hop => hop.best),
  A: ms('Avg', 6, hop => hop.average),
  W: ms('Wrst', 6, hop => hop.worst),
  V: ms('StDev', 6, hop => hop.deviation),
  G: ms('Gmean', 6, hop => hop.geometricMean),
  J: ms('Jttr', 5, hop => hop.jitter),
  M: ms('Javg', 5, hop => hop.jitterAverage),
  X: ms('Jmax', 5, hop => hop.jitterWorst),
  I: ms('Jint', 5, hop => hop.interarrivalJitter),
}
