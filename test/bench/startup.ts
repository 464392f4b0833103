/** A cold start of the packed program: from nothing to the first reply of a ping between two namespaces. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Once } from './harness.ts'

const STARTS = 5
const SCRIPT = `ip netns add red
ip netns add blue
ip link add eth0 netns red type veth peer name eth0 netns blue
ip -n red address add 10.0.0.1/24 dev eth0
ip -n blue address add 10.0.0.2/24 dev eth0
ip -n red link set eth0 up
ip -n blue link set eth0 up
ip netns exec red ping -c 1 10.0.0.2
`
/** What a process says of itself when it ends. */
const TELL = `process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
  process.stderr.write(JSON.stringify([(userCPUTime + systemCPUTime) / 1e6, maxRSS * 1024]))
})`

export const startup: Once = {
  name: 'startup',
  unit: 'starts',
  once() {
    const folder = mkdtempSync(join(tmpdir(), 'vethereal-'))
    try {
      const script = join(folder, 'ping.sh')
      writeFileSync(script, SCRIPT)
      const program = [join(dirname(process.argv[1]!), 'vethereal.js'), 'run', script]
      start(program) // The files are in the system's cache from now on.
      const starts = Array.from({ length: STARTS }, () => start(program))
      const bare = start(['-e', '0'])
      return {
        done: STARTS,
        cpuSeconds: starts.reduce((sum, { cpu }) => sum + cpu, 0),
        peakMemoryBytes: Math.max(...starts.map(({ memory }) => memory)),
        details: { nodeAloneCpuSeconds: bare.cpu },
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
}

function start(program: readonly string[]): { readonly cpu: number; readonly memory: number } {
  const tell = `data:text/javascript,${encodeURIComponent(TELL)}`
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', tell, ...program], { encoding: 'utf8' })
  if (status !== 0 || (program[0] !== '-e' && !stdout.includes('1 received'))) {
    throw new Error(`bench: startup: ${stdout}${stderr}`)
  }
  const [cpu, memory] = JSON.parse(stderr) as [number, number]
  return { cpu, memory }
}
