/** What a shell reports for a command that a signal has ended: 128 and the signal's number. */
import type { Signal } from '../world/task.ts'

const NUMBERS: Readonly<Record<Signal, number>> = { HUP: 1, INT: 2, QUIT: 3, KILL: 9, TERM: 15 }

export const signalStatus = (signal: Signal): number => 128 + NUMBERS[signal]
