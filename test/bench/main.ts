/**
 * npm run bench [-- NAME ...] [--json] [--compare FILE]: what this machine does on each workload.
 *
 * --json prints records; FILE holds such records of another time, to which the ratios are told.
 */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { line, machine, type Result } from './harness.ts'
import { Processes } from './processes.ts'
import { chosen } from './workloads.ts'

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'boolean', default: false }, compare: { type: 'string' } },
  })
  const { json, compare } = values
  const baseline = compare === undefined ? [] : (JSON.parse(readFileSync(compare, 'utf8')) as Result[])
  const ratio = ({ name, perCpuSecond }: Result): string => {
    const before = baseline.find(each => each.name === name)
    if (before === undefined) return ''
    return `\n${''.padEnd(28)} ${(perCpuSecond / before.perCpuSecond).toFixed(2)} x the baseline`
  }
  const workloads = chosen(positionals)
  await Processes.within(processes => {
    const results = workloads.map(workload => {
      const result = processes.measure(workload)
      if (!json) console.log(`${line(result)}${ratio(result)}`)
      return result
    })
    console.log(json ? JSON.stringify(results, undefined, 2) : `machine: ${machine()}`)
  })
} catch (error) {
  console.error(`bench: ${(error as Error).message}`)
  process.exitCode = 2
}
