/** The program as users have it: bundled once for a test file, run as a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { bundle, ROOT } from '../../.ci/bundle.ts'

export { ROOT }

/** A folder that goes when the tests of the file are over. */
export const scratch = mkdtempSync(join(tmpdir(), 'vethereal-test-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const dist = join(scratch, 'dist')
await bundle(dist)

export interface Finished {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  /** What standard input holds; it is empty when absent. */
  readonly input?: string
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** The node that runs it. */
  readonly node?: string
}

/** Starts the program; its standard input stays open. */
export const start = (args: readonly string[], { cwd = ROOT, env = {}, node }: RunOptions = {}): ChildProcess =>
  spawn(node ?? process.execPath, [join(dist, 'vethereal.js'), ...args], { cwd, env: { ...process.env, ...env } })

export function vethereal(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const child = start(args, options)
  child.stdin!.on('error', () => {}) // It may end without having read.
  child.stdin!.end(options.input ?? '')
  return finished(child)
}

export function finished(child: ChildProcess): Promise<Finished> {
  let stdout = ''
  let stderr = ''
  child.stdout!.setEncoding('utf8').on('data', text => {
    stdout += text
  })
  child.stderr!.setEncoding('utf8').on('data', text => {
    stderr += text
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject).on('close', status => resolve({ status, stdout, stderr }))
  })
}
