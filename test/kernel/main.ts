/**
 * npm run test:kernel -- [--sessions N] [--seed S] [--jobs J] [--subject links|ipv4|files|networks] [--keep N]
 *                        --only I            one session of the seed
 *                        --from I            begin with that one
 *                        --faults            how many sessions it takes to find each planted fault
 *                        --pin NAME FILE     records a session (session.json) as a case in found/
 *
 * Runs generated sessions on Linux and in Vethereal and compares everything. Exit status 1 when anything differs. A
 * difference is confirmed by two more runs, made as small as it gets, and written to a folder that git ignores.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Subject } from '../../src/testing/arbitrary.ts'
import { unsafe } from '../../src/testing/safety.ts'
import { script as shellScript } from '../../src/testing/script.ts'
import { expanded, type Session, type Step } from '../../src/testing/session.ts'
import { type Difference, differences } from './compare.ts'
import { FAULTS } from './faults.ts'
import { Failure, Linux, whyNot } from './linux.ts'
import { Masks } from './masks.ts'
import { Report } from './report.ts'
import { shrink } from './shrink.ts'
import { sideBySide } from './side-by-side.ts'
import { signature } from './signature.ts'
import { SUBJECTS, sessionOf } from './subjects.ts'
import type { Transcript } from './transcript.ts'
import { runInWorld } from './vethereal.ts'

const OUT = join(import.meta.dirname, 'out')
const FOUND = join(import.meta.dirname, 'found')
const CONFIRMATIONS = 2

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sessions: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '24' },
    subject: { type: 'string', default: 'ipv4' },
    keep: { type: 'string', default: '5' },
    only: { type: 'string' },
    from: { type: 'string', default: '0' },
    faults: { type: 'boolean', default: false },
    pin: { type: 'string' },
  },
})

interface Run {
  readonly script: readonly Step[]
  readonly linux: Transcript
  readonly vethereal: Transcript
  readonly found: readonly Difference[]
}

interface Found {
  readonly name: string
  /** The command that runs it again, as long as the generator is the same. */
  readonly again: string
  readonly session: Session
  readonly run: Run
}

const report = new Report()

async function run(linux: Linux, session: Session): Promise<Run> {
  const script = expanded(session)
  const theirs = await linux.run(script)
  const ours = runInWorld(script, theirs)
  const masks = new Masks()
  const found = differences(script, theirs, ours, masks)
  report.add(script, theirs, masks.used)
  return { script, linux: theirs, vethereal: ours, found }
}

/** Differs, and differs again: one that comes and goes is chance on the machine, and counted. */
async function judged(linux: Linux, session: Session): Promise<Run | undefined> {
  const first = await run(linux, session)
  if (first.found.length === 0) return undefined
  for (let i = 0; i < CONFIRMATIONS; i++) {
    if ((await run(linux, session)).found.length === 0) {
      report.unsteady++
      return undefined
    }
  }
  return first
}

async function explain(linux: Linux, { name, again, session, run: first }: Found): Promise<void> {
  const wanted = signature(first.found[0]!)
  const same = async (candidate: Session): Promise<boolean> => {
    try {
      return (await run(linux, candidate)).found.some(each => signature(each) === wanted)
    } catch {
      return false
    }
  }
  const least = await shrink(session, same)
  const last = await run(linux, least)
  const folder = join(OUT, name)
  mkdirSync(folder, { recursive: true })
  const text = sideBySide(
    least,
    last.script,
    last.linux,
    last.vethereal,
    last.found.length > 0 ? last.found : first.found,
  )
  writeFileSync(join(folder, 'session.json'), `${JSON.stringify(least, undefined, 1)}\n`)
  writeFileSync(join(folder, 'linux.json'), `${JSON.stringify(last.linux)}\n`)
  writeFileSync(join(folder, 'vethereal.json'), `${JSON.stringify(last.vethereal)}\n`)
  writeFileSync(join(folder, 'script.sh'), shellScript(least))
  writeFileSync(join(folder, 'report.txt'), `# Found by\n${again}\n\n${text}`)
  process.stdout.write(`\n== ${name} (${folder}): ${again}\n${text}\n`)
}

/** Keeps a session with what the kernel says of it now. */
async function pin(linux: Linux, name: string, file: string): Promise<number> {
  const session: Session = JSON.parse(readFileSync(file, 'utf8'))
  const why = unsafe(session)
  if (why !== undefined) throw new Error(`not safe: ${why}`)
  const differing = await judged(linux, session)
  const { linux: recording } = differing ?? (await run(linux, session))
  const folder = join(FOUND, name)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'session.json'), `${JSON.stringify(session, undefined, 1)}\n`)
  writeFileSync(join(folder, 'linux.json'), `${JSON.stringify(recording)}\n`)
  await linux.close()
  process.stdout.write(`${folder}: ${differing === undefined ? 'the same' : 'differs'}\n`)
  return 0
}

/** Runs sessions until each fault has shown, and says in which session. */
async function findFaults(linux: Linux, subject: Subject, seed: number, count: number): Promise<number> {
  const missing = new Set(FAULTS)
  const numbers = Array.from({ length: count }, (_, i) => i)
  const worker = async (): Promise<void> => {
    for (let i = numbers.shift(); i !== undefined && missing.size > 0; i = numbers.shift()) {
      const session = sessionOf(subject, seed, i)
      if (unsafe(session) !== undefined) continue
      const { script, linux: theirs, found } = await run(linux, session)
      if (found.length > 0) continue
      for (const fault of missing) {
        const repair = fault.plant()
        try {
          if (differences(script, theirs, runInWorld(script, theirs), new Masks()).length === 0) continue
        } finally {
          repair()
        }
        missing.delete(fault)
        process.stdout.write(`${fault.name}: found in session ${i}\n`)
      }
    }
  }
  await Promise.all(Array.from({ length: linux.jobs }, worker))
  for (const { name } of missing) process.stdout.write(`${name}: not found in ${count} sessions\n`)
  await linux.close()
  return missing.size === 0 ? 0 : 1
}

async function main(): Promise<number> {
  const reason = whyNot()
  if (reason !== undefined) {
    process.stdout.write(`skipped: no comparison with the kernel, because ${reason}\n`)
    return 0
  }
  const seed = Number(options.seed)
  const count = Number(options.sessions)
  const first = Number(options.from)
  const subject = SUBJECTS[options.subject]!
  const linux = new Linux(options.pin === undefined ? Number(options.jobs) : 1)
  if (options.pin !== undefined) return pin(linux, options.pin, positionals[0]!)
  if (options.faults) return findFaults(linux, subject, seed, count)
  const numbers =
    options.only === undefined ? Array.from({ length: count }, (_, i) => first + i) : [Number(options.only)]
  const started = Date.now()
  const found: Found[] = []
  const worker = async (): Promise<void> => {
    for (let i = numbers.shift(); i !== undefined; i = numbers.shift()) {
      const session = sessionOf(subject, seed, i)
      if (unsafe(session) !== undefined) {
        report.unsafe++
        continue
      }
      try {
        const differing = await judged(linux, session)
        const again = `npm run test:kernel -- --subject ${subject.name} --seed ${seed} --only ${i}`
        const name = `${subject.name}-${seed}-${i}`
        if (differing !== undefined) found.push({ name, again, session, run: differing })
      } catch (failure) {
        if (!(failure instanceof Failure)) {
          process.stderr.write(`session ${i} of seed ${seed}:\n`)
          throw failure
        }
        report.failures++
        process.stderr.write(`session ${i} of seed ${seed}: ${failure.message}\n`)
      }
    }
  }
  await Promise.all(Array.from({ length: linux.jobs }, worker))
  const seconds = (Date.now() - started) / 1000
  process.stdout.write(report.text(seconds))
  process.stdout.write(`\nseed ${seed}: ${found.length} sessions differ\n`)
  for (const each of found) {
    process.stdout.write(`  ${each.name}: ${[...new Set(each.run.found.map(d => signature(d)))].join(', ')}\n`)
  }
  for (const each of found.slice(0, Number(options.keep))) await explain(linux, each)
  await linux.close()
  return found.length > 0 || report.failures > 0 ? 1 : 0
}

process.exitCode = await main()
