/**
 * A program in simulated time: a generator that yields what it waits for and is resumed by the event loop when that
 * has come. Commands, traffic generators of benchmarks and programs behind a TUN are all tasks.
 */

import type { NetnsId } from '../core/device.ts'
import type { Failure } from '../core/errno.ts'
import type { Waitable } from '../core/waitable.ts'
import type { Work } from './outside.ts'

export type { Waitable }

export type Wait =
  /** Until an instant (ns). */
  | { readonly for: 'instant'; readonly at: number }
  /** Until the socket is ready, or the instant has come if one is given. */
  | { readonly for: 'socket'; readonly socket: Waitable; readonly at?: number }
  /** Until another command line has run (`ip netns exec`, xargs): the shell runs it, or World.exec does. */
  | {
      readonly for: 'command'
      readonly argv: readonly string[]
      readonly netns: NetnsId
      readonly stdin?: string
      /** Gets what it prints, which otherwise goes where the asker prints. */
      readonly stdout?: (text: string) => void
    }
  /** Until a file of the sandbox has been read: as text, or octet by octet. */
  | { readonly for: 'file'; readonly path: string; readonly as?: 'octets' }
  /** Until octets are in a file of the sandbox: a new one, or one that gets longer. */
  | { readonly for: 'file'; readonly path: string; readonly write: Uint8Array; readonly append: boolean }
  /** Until work outside the event loop has come to rest; time stands still. */
  | { readonly for: 'outside'; readonly work: Work }

export type Wake =
  | { readonly by: 'instant' }
  | { readonly by: 'socket' }
  | { readonly by: 'signal'; readonly signal: Signal }
  | { readonly by: 'command'; readonly status: number }
  /** `octets` if they were asked for. */
  | { readonly by: 'file'; readonly text: string; readonly octets?: Uint8Array }
  | { readonly by: 'nofile'; readonly failure: Failure }
  | { readonly by: 'outside' }

export type Signal = 'INT' | 'TERM' | 'QUIT' | 'HUP' | 'KILL'

/** Answers the exit status. A signal that it does not handle is its own to obey: `return 128 + n` or finish. */
export type Program = Generator<Wait, number, Wake>
