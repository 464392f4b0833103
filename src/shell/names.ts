/** What rewritten scripts and the shell that runs them call by agreed names. */

/** The descriptors that follow 1 and 2, and the one that tells the line. No script uses numbers like these. */
export const Fd = { Out: 1001, Err: 1002, Line: 1003 } as const

/** Files of the sandbox behind them (files.ts). */
export const SHELL_DIR = '/dev/.shell'
export const STDOUT_PATH = `${SHELL_DIR}/stdout`
export const STDERR_PATH = `${SHELL_DIR}/stderr`
export const LINE_DIR = `${SHELL_DIR}/line`
/** Behind the line: the command is `exit`. */
export const EXIT_MARK = '/exit'

/** Variables that rewritten text uses. */
export const Variable = {
  Job: 'VETHEREAL_JOB',
  Nothing: 'VETHEREAL_NOTHING',
  Status: 'VETHEREAL_STATUS',
  Text: 'VETHEREAL_TEXT',
  File: 'VETHEREAL_FILE',
  /** With a number behind it: the script, and each file that was sourced. */
  Source: 'VETHEREAL_SOURCE',
} as const

/** Commands that rewritten text calls (builtins.ts). */
export const Internal = {
  Clock: 'vethereal-clock',
  Err: 'vethereal-err',
  Eval: 'vethereal-eval',
  Exit: 'vethereal-exit',
  Job: 'vethereal-job',
  Mistake: 'vethereal-mistake',
  Read: 'vethereal-read',
  Run: 'vethereal-run',
  Seconds: 'vethereal-seconds',
  Source: 'vethereal-source',
  Status: 'vethereal-status',
  Stdin: 'vethereal-stdin',
  Time: 'vethereal-time',
  Trap: 'vethereal-trap',
  Wait: 'vethereal-wait',
} as const
