/**
 * Each planted fault (mutants.ts) dies by the property that is named beside it, and without a fault all of those hold
 * (properties.test.ts). The table in README.md says the same.
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build, type Plugin } from 'esbuild'
import { afterAll, expect, test } from 'vitest'
import { ROOT } from '../../.ci/bundle.ts'
import { MUTANTS, type Mutant } from './mutants.ts'
import { PROPERTIES } from './properties.ts'

const scratch = mkdtempSync(join(tmpdir(), 'vethereal-mutants-'))
afterAll(() => rmSync(scratch, { recursive: true }))
const sourceOf = ({ file }: Mutant): string => readFileSync(join(ROOT, 'src', file), 'utf8')

/** Vethereal with the fault, and the properties on it, as one program. */
async function program(mutant: Mutant): Promise<string> {
  const path = join(ROOT, 'src', mutant.file)
  const planted: Plugin = {
    name: 'mutant',
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, ({ path: loaded }) =>
        loaded === path
          ? { contents: sourceOf(mutant).replace(mutant.from, () => mutant.to), loader: 'ts' }
          : undefined,
      )
    },
  }
  const outfile = join(scratch, `${MUTANTS.indexOf(mutant)}.mjs`)
  await build({
    absWorkingDir: ROOT,
    entryPoints: ['test/testing/mutant.ts'],
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    outfile,
    plugins: [planted],
    logLevel: 'error',
  })
  return outfile
}

/** Half a minute on a machine that has nothing else to do: CI=1 npm test -- test/testing/mutants.test.ts */
const isThorough = process.env.CI !== undefined

const eachMutant = isThorough ? test : test.skip

eachMutant.for(MUTANTS.map(mutant => [mutant.name, mutant] as const))('%s', async ([, mutant]) => {
  const run = promisify(execFile)(process.execPath, [await program(mutant), mutant.property], { cwd: ROOT })
  const outcome = await run.then(
    ({ stdout }) => stdout,
    ({ code, stdout, stderr }) => `${code}: ${stdout || stderr}`,
  )
  expect(outcome).toMatch(/^1: it dies: /)
})

test.for(MUTANTS.map(mutant => [mutant.name, mutant] as const))('there is a place for: %s', ([, mutant]) => {
  expect(sourceOf(mutant).split(mutant.from)).toHaveLength(2)
  expect(PROPERTIES.map(({ name }) => name)).toContain(mutant.property)
})

test('the table is that of the README, and their number that of the other one', () => {
  expect(readFileSync(join(ROOT, 'README.md'), 'utf8')).toContain(` lists ${MUTANTS.length} faults `)
  const rows = MUTANTS.map(({ name, file, property }) => `| ${name} | ${file} | ${property} |`)
  expect(readFileSync(join(ROOT, 'test/testing/README.md'), 'utf8')).toContain(`\n${rows.join('\n')}\n`)
})
