/**
 * A session on Linux: a pool of helpers (linux.py), each process 1 of private namespaces of every kind, that run one
 * session at a time. Sessions mostly wait, so many helpers share one processor.
 */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Step } from '../../src/testing/session.ts'
import { encode } from './netlink.ts'
import type { Transcript } from './transcript.ts'

const HELPER = join(import.meta.dirname, 'linux.py')
export const PRIVATE = ['--net', '--mount', '--pid', '--uts', '--ipc', '--fork', '--kill-child', '--mount-proc']
const SESSION_MS_MAX = 60_000

/** Why no session can run here; undefined when one can. */
export function whyNot(): string | undefined {
  if (process.platform !== 'linux') return 'this is not Linux'
  if (process.getuid?.() !== 0) return 'it needs root, for private network namespaces'
  for (const tool of ['unshare', 'python3', 'ip', 'bridge', 'ping']) {
    if (spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0) return `there is no ${tool}`
  }
  const tried = spawnSync('unshare', [...PRIVATE, 'true'])
  return tried.status === 0 ? undefined : `unshare fails: ${tried.stderr.toString().trim()}`
}

/** A session could not be run to its end. */
export class Failure extends Error {}

class Helper {
  private readonly child: ChildProcessWithoutNullStreams
  private readonly lines: AsyncIterator<string>
  private complaints = ''

  constructor(cpu: number) {
    const python = existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3'
    this.child = spawn('unshare', [...PRIVATE, python, HELPER, String(cpu)])
    this.child.stderr.on('data', text => {
      this.complaints += text
    })
    this.child.stdin.on('error', () => {})
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]()
  }

  async run(line: string): Promise<Transcript> {
    const timer = setTimeout(() => this.child.kill('SIGKILL'), SESSION_MS_MAX)
    this.child.stdin.write(`${line}\n`)
    const { value, done } = await this.lines.next()
    clearTimeout(timer)
    if (done) throw new Failure(`the helper ended: ${this.complaints}`)
    const answer = JSON.parse(value)
    if (answer.failure !== undefined) throw new Failure(answer.failure)
    return answer
  }

  async close(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return
    this.child.stdin.end()
    await once(this.child, 'exit')
  }
}

export class Linux {
  readonly jobs: number
  private readonly idle: Helper[] = []
  private readonly waiting: ((helper: Helper) => void)[] = []

  constructor(jobs: number) {
    this.jobs = jobs
    for (let i = 0; i < jobs; i++) this.idle.push(new Helper(i))
  }

  async run(steps: readonly Step[]): Promise<Transcript> {
    let helper = this.idle.pop() ?? (await new Promise<Helper>(resolve => this.waiting.push(resolve)))
    try {
      return await helper.run(JSON.stringify(steps.map(operation)))
    } catch (failure) {
      void helper.close()
      helper = new Helper(0)
      throw failure
    } finally {
      const next = this.waiting.shift()
      if (next === undefined) this.idle.push(helper)
      else next(helper)
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.idle.map(helper => helper.close()))
  }
}

/** A step as linux.py takes it. */
function operation(step: Step): object {
  switch (step.type) {
    case 'newnetns':
    case 'delnetns':
      return { op: step.type, name: step.name }
    case 'sysctl':
    case 'frame':
    case 'ping':
    case 'routeget':
    case 'udp':
    case 'open':
    case 'write':
    case 'read':
    case 'close':
    case 'join':
    case 'wait':
    case 'settle':
      return { ...step, op: step.type }
    case 'tuntap':
      return { op: 'tuntap', netns: step.netns, ...step.tuntap }
    case 'newmaddr':
    case 'delmaddr':
    case 'newnexthop':
    case 'delnexthop':
      throw new Error(`${step.type}: no session has it yet`)
    default:
      return { op: 'netlink', netns: step.netns, ...encode(step) }
  }
}
