/**
 * npm run bench:peers [-- --peers DIR] [NAME ...]: the same workloads on other programs, in the same session, and our
 * ratio to each. DIR (or VETHEREAL_PEERS) holds their sources, which are copied and built elsewhere.
 *
 * What is not equal: ns-3 computes no checksums and its fastest link carries no Ethernet header; the kernel has no
 * latency to simulate, gets frames in batches of 64, and does 1,000 hosts where others do 50,000.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { machine } from './harness.ts'
import { Processes } from './processes.ts'
import { chosen } from './workloads.ts'

/** What a peer prints about one run: numbers by name. */
type Told = Readonly<Record<string, number>>

interface Peer {
  readonly name: string
  /** Its folder. */
  readonly folder: string
  /** Why it cannot run here. */
  missing(): string | undefined
  /** Commands that build it. */
  readonly build: readonly (readonly string[])[]
  /** By workload, what to run in the folder: it prints a JSON object in the last lines. */
  readonly runs: Readonly<Record<string, readonly string[]>>
}

const RUNS = 3
const SECONDS_MAX = 180
const CPU = String(cpus().length - 1)
const MEASURED = ['ping-bridge', 'bridge-flood', 'bridge-unicast', 'router-chain', 'scale']

/** The same rate by the name that the programs have for it. */
const RATE: Readonly<Record<string, (told: Told) => number | undefined>> = {
  'ping-bridge': told => told.roundtrips_per_cpu_s,
  'bridge-flood': told => told.deliveries_per_cpu_s,
  'bridge-unicast': told => told.frames_per_cpu_s,
  'router-chain': told => told.hops_per_cpu_s,
  scale: told => (told.hosts ?? 0) / ((told.build_cpu ?? 0) + (told.run_cpu ?? 0)),
}

const has = (...command: readonly string[]): boolean =>
  spawnSync(command[0]!, command.slice(1), { stdio: 'ignore' }).status === 0
const tool = (name: string): string | undefined => (has('which', name) ? undefined : `${name} is not installed`)
const node = (...args: readonly string[]): readonly string[] => [
  process.execPath,
  '--expose-gc',
  'h_strawman.mjs',
  ...args,
]
/** In namespaces of its own, once the network of net.sh is there. */
const kernel = (network: string, command: string): readonly string[] => [
  ...['unshare', '-n', '-m', '-p', '--fork', '--mount-proc', 'sh', '-c'],
  `. ./net.sh; ${network}; ${command} ${CPU}`,
]

const PEERS: readonly Peer[] = [
  {
    name: 'Linux',
    folder: 'kernel',
    missing: () =>
      tool('make') ??
      tool('gcc') ??
      tool('ip') ??
      (has('unshare', '-n', '-m', 'true') ? undefined : 'it needs root on Linux'),
    build: [['make', '-s']],
    runs: {
      'ping-bridge': kernel('bridge_net 2', './bin/k1 icmp 200000'),
      'bridge-flood': kernel('bridge_net 64', './bin/k23 flood 50000 64 64 64'),
      'bridge-unicast': kernel('bridge_net 64', './bin/k23 unicast 1000000 64 64 64'),
      'router-chain': kernel('chain_net 16', './bin/k4 200000 64 16'),
      scale: kernel('quiet_ns', `./bin/k5build 1000 ${CPU}; ./bin/k5ping 1000`),
    },
  },
  {
    name: 'ns-3',
    folder: 'ns3',
    missing: () =>
      tool('make') ?? tool('g++') ?? (existsSync('/usr/include/ns3') ? undefined : 'libns3-dev is not installed'),
    build: [['make', '-s', 'distro']],
    runs: {
      'ping-bridge': ['bin/distro-w1', '--n=100000', '--link=simple'],
      'bridge-flood': ['bin/distro-w23', '--mode=flood', '--n=50000', '--link=simple', '--sched=PriorityQueue'],
      'bridge-unicast': ['bin/distro-w23', '--mode=unicast', '--n=1000000', '--link=simple', '--sched=PriorityQueue'],
      'router-chain': ['bin/distro-w4', '--n=50000', '--link=simple', '--sched=PriorityQueue'],
      scale: ['bin/distro-w5', '--n=50000', '--link=simple'],
    },
  },
  {
    name: 'SimPy',
    folder: 'simpy',
    missing: () => (has('/usr/bin/python3', '-c', 'import simpy') ? undefined : 'python3-simpy3 is not installed'),
    build: [],
    runs: { 'ping-bridge': ['/usr/bin/python3', 'w1.py', 'devices', '20000'] },
  },
  {
    name: 'V8 alone',
    folder: 'v8',
    missing: () => undefined,
    build: [],
    runs: {
      'ping-bridge': node('--w=1', '--n=1000000'),
      'bridge-flood': node('--w=2', '--n=200000'),
      'bridge-unicast': node('--w=3', '--n=5000000'),
      'router-chain': node('--w=4', '--n=500000'),
      scale: node('--w=5', '--n=50000'),
    },
  },
]

const { values, positionals } = parseArgs({ allowPositionals: true, options: { peers: { type: 'string' } } })
const beside = resolve(import.meta.dirname, '../../../shared/perf')
const sources = resolve(values.peers ?? process.env.VETHEREAL_PEERS ?? beside)
if (!existsSync(sources)) console.log(`skipped: there is no ${sources} (--peers DIR or VETHEREAL_PEERS says where)`)
else await Processes.within(compare)

function compare(processes: Processes): void {
  const place = mkdtempSync(join(tmpdir(), 'vethereal-peers-'))
  try {
    cpSync(sources, place, { recursive: true })
    for (const each of ['.', ...readdirSync(place)]) chmodSync(join(place, each), 0o755)
    const here = PEERS.filter(peer => ready(peer, join(place, peer.folder)))
    for (const workload of chosen(positionals.length === 0 ? MEASURED : positionals)) {
      const ours = processes.measure(workload).perCpuSecond
      console.log(`${workload.name}: ${ours.toLocaleString('en-US')} ${workload.unit} per CPU second`)
      for (const peer of here) {
        const command = peer.runs[workload.name]
        if (command === undefined) continue
        const rate = median(command, join(place, peer.folder), RATE[workload.name]!)
        const figure = rate === undefined ? 'failed' : `${Math.round(rate).toLocaleString('en-US')}`
        console.log(`  ${peer.name.padEnd(10)}${figure.padStart(12)}  ${rate ? `${(ours / rate).toFixed(2)} x` : ''}`)
      }
    }
    console.log(`machine: ${machine()}, medians of ${RUNS} runs of each`)
  } finally {
    rmSync(place, { recursive: true })
  }
}

/** Builds it; where that cannot be, says why. */
function ready({ name, missing, build }: Peer, cwd: string): boolean {
  let why = missing()
  for (const [program, ...args] of why === undefined ? build : []) {
    const { status, stderr } = spawnSync(program!, args, { cwd, encoding: 'utf8' })
    if (status !== 0) why = `it could not be built: ${stderr.trim().split('\n')[0]}`
  }
  if (why !== undefined) console.log(`${name} is left out: ${why}`)
  return why === undefined
}

function median(command: readonly string[], cwd: string, rate: (told: Told) => number | undefined): number | undefined {
  const rates: number[] = []
  for (let i = 0; i < RUNS; i++) {
    const [program, ...args] = command
    const { stdout, stderr } = spawnSync(program!, args, { cwd, encoding: 'utf8', timeout: SECONDS_MAX * 1000 })
    const found = rate(told(stdout ?? ''))
    if (found === undefined || !Number.isFinite(found)) {
      console.log(`  ${command.join(' ')}: ${stderr?.trim().split('\n')[0]}`)
      return undefined
    }
    rates.push(found)
  }
  return rates.sort((a, b) => a - b)[RUNS >> 1]
}

/** All the objects that were printed, as one. */
function told(stdout: string): Told {
  const objects = stdout.split('\n').filter(each => each.startsWith('{'))
  return Object.assign({}, ...objects.map(each => JSON.parse(each) as Told)) as Told
}
