/**
 * A script on the kernel of this machine, in private namespaces of every kind: the machine that it sees has only lo,
 * which is up, and is called host.
 */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { PRIVATE } from './linux.ts'

const PREPARE = `
  mount --make-rprivate / && mount -t tmpfs tmpfs /run && mount -t sysfs sysfs /sys
  mkdir /run/netns && hostname host && ip link set lo up
`
const ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', TZ: 'UTC', HOME: '/root' }

export interface Place {
  readonly timeoutMs: number
  /** Working directory; where this process is when absent. */
  readonly cwd?: string
}

/** bash reads the script from its standard input, as `bash -s` does. Needs root; see whyNot() in linux.ts. */
export const onLinux = (script: string, place: Place): SpawnSyncReturns<string> =>
  spawn([`${PREPARE} exec bash --norc -s`], script, place)

/** Commands as one argument, for scripts that read their own standard input. */
export const commandsOnLinux = (commands: string, place: Place): SpawnSyncReturns<string> =>
  spawn([`${PREPARE} exec bash --norc -c "$0"`, commands], '', place)

const spawn = (words: readonly string[], input: string, { timeoutMs, cwd }: Place): SpawnSyncReturns<string> =>
  spawnSync('unshare', [...PRIVATE, 'bash', '--norc', '-c', ...words], {
    input,
    cwd,
    encoding: 'utf8',
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
    maxBuffer: 64 << 20,
    env: ENVIRONMENT,
  })

/** The versions of the kernel and of the tools that a recording depends on. */
export const versions = (): Readonly<Record<string, string>> => ({
  kernel: firstLine('uname -r'),
  iproute2: firstLine('ip -V'),
  ping: firstLine('ping -V'),
  arping: firstLine('arping -V'),
  bridgeUtils: firstLine('brctl --version'),
})

const firstLine = (command: string): string =>
  spawnSync('sh', ['-c', command], { encoding: 'utf8' }).stdout.split('\n', 1)[0]!.trim()
