/** The examples in the comments of src/testing run as they are written. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { transformSync } from 'esbuild'
import fc from 'fast-check'
import * as vitest from 'vitest'
import { describe, expect, test } from 'vitest'
import * as library from '../../src/index.ts'
import * as testing from '../../src/testing/index.ts'
import * as registered from '../../src/testing/vitest.ts'
import { ROOT } from '../support/program.ts'

const MODULES: Readonly<Record<string, object>> = {
  vitest,
  'fast-check': { default: fc },
  vethereal: library,
  'vethereal/testing': testing,
  'vethereal/testing/vitest': registered,
}

/** Functions and matchers that a program calls: each has an example. */
const DOCUMENTED = [
  ...Object.keys(testing.matchers),
  ...['check', 'play', 'watch', 'macs', 'frames', 'damaged', 'topologies', 'macvlans', 'traffic', 'conversations'],
]

interface Example {
  readonly name: string
  readonly code: string
}

function examples(): Example[] {
  const folder = join(ROOT, 'src/testing')
  return readdirSync(folder).flatMap(file =>
    [
      ...readFileSync(join(folder, file), 'utf8').matchAll(
        /@example\n +\* ```ts\n([\s\S]*?)\n +\* ```\n +\*\/\n(?:export )?(?:const |function )?(?:\s*)(\w+)/g,
      ),
    ].map(([, text, name]) => ({ name: name!, code: text!.replace(/^ +\* ?/gm, '') })),
  )
}

/** Imports become variables, for a function has none. */
function run(code: string): void {
  const body = code.replace(/^import (.*?) ?(?:from )?'(.+)'$/gm, (_, names: string, module: string) => {
    expect(Object.keys(MODULES)).toContain(module)
    if (names === '' || names.startsWith('type ')) return ''
    const found = `modules[${JSON.stringify(module)}]`
    return names.startsWith('{') ? `const ${names} = ${found}` : `const { default: ${names} } = ${found}`
  })
  new Function('modules', transformSync(body, { loader: 'ts' }).code)(MODULES)
}

for (const { name, code } of examples()) describe(name, () => run(code))

test('there is one for each', () => {
  expect(examples().map(({ name }) => name)).toEqual(expect.arrayContaining(DOCUMENTED))
})
