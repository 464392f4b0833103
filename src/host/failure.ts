/** What ends the program before or beside the script: a message for a person and an exit status. */
import { getSystemErrorMap } from 'node:util'

export class Failure extends Error {
  readonly status: number

  /** `message` follows `vethereal: ` on standard error. */
  constructor(message: string, status: number) {
    super(message)
    this.status = status
  }
}

/** Exit statuses of our own, beside the script's. */
export const Status = {
  /** A bad option or argument, a file that cannot be written. */
  Usage: 2,
  /** As timeout(1) has it: a limit has stopped everything. */
  Stopped: 124,
  /** --verify-determinism found two runs that differ. */
  Different: 125,
  /** As a shell has it: the script is a directory or cannot be read, is not there. */
  NotExecutable: 126,
  NotFound: 127,
  /** As a shell has it: ended by SIGINT, by SIGPIPE. */
  Interrupted: 130,
  BrokenPipe: 141,
} as const

/** The words of Linux for the error of a system call: `No such file or directory`. */
export function wordsOf(error: unknown): string {
  const { errno, message } = error as NodeJS.ErrnoException
  const known = errno === undefined ? undefined : getSystemErrorMap().get(errno)
  const words = WORDS[known?.[0] ?? ''] ?? known?.[1] ?? message
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** libuv's words differ from those of strerror(3) for some. */
const WORDS: Readonly<Record<string, string>> = {
  EACCES: 'Permission denied',
  EISDIR: 'Is a directory',
  ENOENT: 'No such file or directory',
  ENOSPC: 'No space left on device',
  ENOTDIR: 'Not a directory',
  EROFS: 'Read-only file system',
  ETXTBSY: 'Text file busy',
}
