/** The process of one workload: prints what it measured, as JSON. */
import { sample } from './harness.ts'
import { chosen } from './workloads.ts'

for (const workload of chosen(process.argv.slice(2))) console.log(JSON.stringify(await sample(workload)))
