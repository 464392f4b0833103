/**
 * npm run record:kernel: runs the scripts of sims/ on the kernel of this machine, in private namespaces, and writes down
 * what they print, with the versions of the kernel and of the tools. Vethereal never writes a recording.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PRIVATE, whyNot } from './linux.ts'
import type { Recording } from './recording.ts'

const ROOT = join(import.meta.dirname, '../..')
const OUT = join(import.meta.dirname, 'recordings')
/** A machine whose first namespace is as a case of the oracle sees it. */
const PREPARE = `
  mount --make-rprivate / && mount -t tmpfs tmpfs /run && mount -t sysfs sysfs /sys
  mkdir /run/netns && hostname host && ip link set lo up
  exec bash --norc -s
`
const TIMEOUT_MS = 60_000

const output = (command: string): string =>
  spawnSync('sh', ['-c', command], { encoding: 'utf8' }).stdout.split('\n', 1)[0]!.trim()

const reason = whyNot()
if (reason !== undefined) process.stdout.write(`skipped: nothing is recorded, because ${reason}\n`)
else {
  const versions = {
    kernel: output('uname -r'),
    iproute2: output('ip -V'),
    ping: output('ping -V'),
    bridgeUtils: output('brctl --version'),
  }
  mkdirSync(OUT, { recursive: true })
  for (const file of readdirSync(join(ROOT, 'sims')).filter(name => name.endsWith('.sh'))) {
    const script = readFileSync(join(ROOT, 'sims', file), 'utf8')
    const { stdout, stderr, status } = spawnSync('unshare', [...PRIVATE, 'bash', '--norc', '-c', PREPARE], {
      input: script,
      encoding: 'utf8',
      timeout: TIMEOUT_MS,
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', TZ: 'UTC' },
    })
    const recording: Recording = { versions, script, stdout, stderr, status: status ?? -1 }
    writeFileSync(join(OUT, `${file.slice(0, -'.sh'.length)}.json`), `${JSON.stringify(recording, undefined, 1)}\n`)
    process.stdout.write(`${file}: status ${status}, ${stdout.length} characters\n`)
  }
}
