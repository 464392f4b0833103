/** npm run profile -- WORKLOAD [--out FILE]: where its CPU time goes; FILE is for a browser's tools. */
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { Processes } from './processes.ts'
import { chosen } from './workloads.ts'

/** What V8 writes: who was at work at each sample, and how long it took until the next. */
interface Profile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

const FUNCTIONS = 20
/** By URL, the lines of what was profiled. */
const sources = new Map<string, readonly string[]>()

try {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { out: { type: 'string' } } })
  const [workload] = chosen(positionals)
  if (positionals.length !== 1) throw new TypeError('one workload, please')
  const file = resolve(values.out ?? join(tmpdir(), `${workload!.name}.cpuprofile`))
  await Processes.within(processes => {
    record(processes, workload!.name, file)
    for (const [name, percent] of selfTimes(file).slice(0, FUNCTIONS)) {
      console.log(`${percent.toFixed(1).padStart(5)} %  ${name}`)
    }
  })
  console.log(file)
} catch (error) {
  console.error(`profile: ${(error as Error).message}`)
  process.exitCode = 2
}

function record(processes: Processes, name: string, file: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'vethereal-'))
  try {
    processes.run('alone', name, ['--cpu-prof', `--cpu-prof-dir=${folder}`])
    // Threads of Node's own may write one as well, a small one.
    const files = readdirSync(folder).map(each => join(folder, each))
    const [largest] = files.sort((a, b) => statSync(b).size - statSync(a).size)
    copyFileSync(largest!, file)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Functions by the share of time that they had themselves, in percent; waiting is left out. */
function selfTimes(file: string): [name: string, percent: number][] {
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(file, 'utf8')) as Profile
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]))
  const times = new Map<string, number>()
  let total = 0
  samples.forEach((id, i) => {
    const name = names.get(id)!
    if (name === '(idle)') return
    total += timeDeltas[i]!
    times.set(name, (times.get(name) ?? 0) + timeDeltas[i]!)
  })
  return [...times].map(([name, us]): [string, number] => [name, (100 * us) / total]).sort((a, b) => b[1] - a[1])
}

/** With the source file: the bundler writes its name above what comes from it. */
function nameOf({ functionName, lineNumber, url }: Profile['nodes'][number]['callFrame']): string {
  if (!url.startsWith('file:')) return functionName
  const lines = linesOf(url)
  for (let i = lineNumber; i >= 0; i--) {
    const [, source] = /^\/\/! (\S+\.[mc]?[jt]s)$/.exec(lines[i] ?? '') ?? []
    if (source !== undefined) return `${functionName || '(anonymous)'} ${source}`
  }
  return functionName
}

function linesOf(url: string): readonly string[] {
  const lines = sources.get(url) ?? readFileSync(new URL(url), 'utf8').split('\n')
  sources.set(url, lines)
  return lines
}
