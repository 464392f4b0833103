/**
 * npm run record:kernel [-- PART...]: runs scripts of ours on the kernel of this machine, in private namespaces, and writes
 * down what they print, with the versions of the kernel and of the tools: those whose path contains a PART, or all.
 * Vethereal never writes a recording.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { whyNot } from './linux.ts'
import { onLinux, versions } from './machine.ts'
import { RECORDINGS, type Recording, scripts, scriptText } from './recording.ts'

const TIMEOUT_MS = 180_000

const reason = whyNot()
const parts = process.argv.slice(2)
if (reason !== undefined) process.stdout.write(`skipped: nothing is recorded, because ${reason}\n`)
else {
  for (const path of scripts().filter(each => parts.length === 0 || parts.some(part => each.includes(part)))) {
    const script = scriptText(path)
    const { stdout, stderr, status, signal } = onLinux(script, TIMEOUT_MS)
    if (status === null) {
      process.stderr.write(`${path}: ended by ${signal}, not recorded\n`)
      process.exitCode = 1
      continue
    }
    const recording: Recording = { versions: versions(), script, stdout, stderr, status }
    const file = join(RECORDINGS, `${path}.json`)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, `${JSON.stringify(recording, undefined, 1)}\n`)
    process.stdout.write(`${path}: status ${status}, ${stdout.length} characters\n`)
  }
}
