/**
 * npm run coverage:sessions -- [--sessions N] [--seed S] [--subject NAME] [--missing]
 *
 * What generated sessions reach of src/device, src/stack and src/control, in lines: sessions run in worlds only, so it
 * needs neither root nor Linux. Exit status 1 below 90 percent. With --missing it names the lines that nobody reached.
 *
 * V8 counts by ranges of the code that runs (inspector, Profiler.takePreciseCoverage); the source maps that tsx writes
 * into that code say which lines of ours they were. A line counts when any code stands in it, and as reached when any
 * of that has run. What runs once at the start of a module is counted as well.
 */
import { readFileSync } from 'node:fs'
import { Session as Inspector } from 'node:inspector/promises'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const ROOT = join(import.meta.dirname, '../..')
const ROOMS = ['src/control/', 'src/device/', 'src/stack/']
const PERCENT_MIN = 90

const { values: options } = parseArgs({
  options: {
    sessions: { type: 'string', default: '1200' },
    seed: { type: 'string', default: '1' },
    subject: { type: 'string' },
    missing: { type: 'boolean', default: false },
  },
})

interface Reached {
  readonly file: string
  /** Line numbers, from 1. */
  readonly lines: Map<number, boolean>
}

async function main(): Promise<number> {
  const inspector = new Inspector()
  inspector.connect()
  await inspector.post('Profiler.enable')
  await inspector.post('Debugger.enable')
  await inspector.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  // Only what is loaded from now on is counted.
  const { SUBJECTS, sessionOf } = await import('./subjects.ts')
  const { unsafe } = await import('../../src/testing/safety.ts')
  const { expanded } = await import('../../src/testing/session.ts')
  const { newWorld, runInWorld } = await import('./vethereal.ts')
  const names = options.subject === undefined ? ['ipv4', 'ipv4', 'ipv4', ...Object.keys(SUBJECTS)] : [options.subject]
  for (let i = 0; i < Number(options.sessions); i++) {
    const session = sessionOf(SUBJECTS[names[i % names.length]!]!, Number(options.seed), i)
    if (unsafe(session) !== undefined) continue
    const world = newWorld()
    // Somebody reads the trace, so that what is said there is said.
    world.events.on('note', () => {})
    runInWorld(expanded(session), undefined, world)
  }
  const { result } = await inspector.post('Profiler.takePreciseCoverage')
  const files: Reached[] = []
  for (const { scriptId, url, functions } of result) {
    const file = url.startsWith('file://') ? relative(ROOT, fileURLToPath(url.replace(/\?.*/, ''))) : ''
    if (!ROOMS.some(room => file.startsWith(room))) continue
    const { scriptSource } = await inspector.post('Debugger.getScriptSource', { scriptId })
    const ranges = functions.flatMap(each => each.ranges)
    files.push({ file, lines: linesReached(scriptSource, ranges) })
  }
  files.sort((a, b) => (a.file < b.file ? -1 : 1))
  return report(files)
}

// -- From code that ran to lines ------------------------------------------------------------------

interface Range {
  readonly startOffset: number
  readonly endOffset: number
  readonly count: number
}

function linesReached(code: string, ranges: readonly Range[]): Map<number, boolean> {
  const ran = countedAt(code.length, ranges)
  const lines = new Map<number, boolean>()
  for (const { offset, line } of segmentsOf(code)) {
    lines.set(line, lines.get(line) === true || ran[offset] === 1)
  }
  return lines
}

/** For each offset whether it has run: the innermost range around it counts. */
function countedAt(length: number, ranges: readonly Range[]): Uint8Array {
  const ran = new Uint8Array(length + 1)
  const outerFirst = [...ranges].sort((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset)
  for (const { startOffset, endOffset, count } of outerFirst) ran.fill(count > 0 ? 1 : 0, startOffset, endOffset)
  return ran
}

/** Where in the code each piece of a line of ours begins. */
function segmentsOf(code: string): { offset: number; line: number }[] {
  const inline = /\/\/# sourceMappingURL=data:application\/json;[^,]*base64,(\S+)/.exec(code)
  if (inline === null) throw new Error('coverage: code without a source map')
  const { mappings } = JSON.parse(Buffer.from(inline[1]!, 'base64').toString()) as { mappings: string }
  const segments: { offset: number; line: number }[] = []
  let start = 0
  let line = 1
  for (const text of mappings.split(';')) {
    let column = 0
    for (const segment of text.split(',').filter(each => each !== '')) {
      const [columns, , lines] = decoded(segment)
      column += columns!
      if (lines === undefined) continue
      line += lines
      segments.push({ offset: start + column, line })
    }
    start = code.indexOf('\n', start) + 1
  }
  return segments
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** The numbers of one segment of a source map: base 64, five bits a digit, the lowest first, the sign in the last bit. */
function decoded(segment: string): number[] {
  const numbers: number[] = []
  let value = 0
  let shift = 0
  for (const digit of segment) {
    const bits = DIGITS.indexOf(digit)
    value |= (bits & 31) << shift
    shift += 5
    if ((bits & 32) !== 0) continue
    numbers.push((value & 1) === 0 ? value >>> 1 : -(value >>> 1))
    value = 0
    shift = 0
  }
  return numbers
}

// -- The report -----------------------------------------------------------------------------------

function report(files: readonly Reached[]): number {
  let code = 0
  let reached = 0
  for (const { file, lines } of files) {
    const missing = [...lines].flatMap(([line, ran]) => (ran ? [] : [line])).sort((a, b) => a - b)
    code += lines.size
    reached += lines.size - missing.length
    process.stdout.write(`${file.padEnd(34)} ${figures(lines.size - missing.length, lines.size)}\n`)
    if (options.missing) show(file, missing)
  }
  process.stdout.write(`${'all'.padEnd(34)} ${figures(reached, code)}\n`)
  return reached >= (code * PERCENT_MIN) / 100 ? 0 : 1
}

const figures = (reached: number, code: number): string =>
  `${String(reached).padStart(5)} of ${String(code).padStart(5)} lines ${((100 * reached) / code).toFixed(1).padStart(6)} %`

function show(file: string, missing: readonly number[]): void {
  const text = readFileSync(join(ROOT, file), 'utf8').split('\n')
  for (const line of missing) process.stdout.write(`  ${String(line).padStart(4)} ${text[line - 1]}\n`)
}

process.exitCode = await main()
