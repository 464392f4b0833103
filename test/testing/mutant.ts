/** Tries one property and says how it ended: mutants.test.ts builds this with a fault inside. */
import fc from 'fast-check'
import { PROPERTIES } from './properties.ts'

fc.configureGlobal({ seed: Number(process.env.FC_SEED ?? 1), endOnFailure: true })

const property = PROPERTIES.find(({ name }) => name === process.argv[2])!
try {
  property.holds({ smaller: false })
  console.log('it holds')
} catch (error) {
  console.log(`it dies: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
}
