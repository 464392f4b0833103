/**
 * A script on the kernel of this machine, in private namespaces of every kind: the machine that it sees has only lo,
 * which is up, is called host, and knows names from /etc/hosts alone.
 */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { PRIVATE } from './linux.ts'

const PREPARE = `
  mount --make-rprivate / && mount -t tmpfs tmpfs /run && mount -t sysfs sysfs /sys
  mkdir /run/netns && hostname host && ip link set lo up
  printf 'hosts: files\\nnetworks: files\\n' > /run/nsswitch.conf && mount --bind /run/nsswitch.conf /etc/nsswitch.conf
`
const ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', TZ: 'UTC', HOME: '/root' }

/**
 * What bash does with a script that has no standard input, in a folder of this machine, or in a /tmp of its own where
 * none is given. Needs root; see whyNot() in linux.ts.
 */
export function onLinux(script: string, timeoutMs: number, folder?: string): SpawnSyncReturns<string> {
  const place = folder === undefined ? 'mount -t tmpfs tmpfs /tmp && cd /tmp' : ''
  const words = [...PRIVATE, 'bash', '--norc', '-c', `${PREPARE} ${place}\nexec bash --norc -c "$0" bash`, script]
  return spawnSync('unshare', words, {
    input: '',
    cwd: folder ?? '/',
    encoding: 'utf8',
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
    maxBuffer: 64 << 20,
    env: ENVIRONMENT,
  })
}

/** The versions of the kernel and of the tools that a recording depends on. */
export const versions = (): Readonly<Record<string, string>> => ({
  kernel: firstLine('uname -r'),
  iproute2: firstLine('ip -V'),
  ping: firstLine('ping -V'),
  arping: firstLine('arping -V'),
  bridgeUtils: firstLine('brctl --version'),
  netcat: firstLine('nc -h 2>&1'),
  socat: firstLine('socat -V | sed -n 2p'),
})

const firstLine = (command: string): string =>
  spawnSync('sh', ['-c', command], { encoding: 'utf8' }).stdout.split('\n', 1)[0]!.trim()
