/**
 * npm run build: the package's dist/, or the same in the folder that is named.
 *
 *   vethereal.js, index.js, chunks/   the program and the library with everything they need inside, so that the package
 *                                     has no dependency; the shell is a chunk that is loaded when a script first runs
 *   testing.js, testing-vitest.js     the kit for property tests, for people who have fast-check and vitest
 *   types/                            the declarations that these three lead to, and no others
 *   THIRD-PARTY-NOTICES.txt           the licences of what is inside
 *
 * Nothing but vethereal.js and its own chunks needs Node: index.js runs in a browser as it is.
 */

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { bundle, ROOT } from './bundle.ts'

const DIST = resolve(process.argv[2] ?? join(ROOT, 'dist'))
const OPTIONS_OF_TSC = ['--noEmit', 'false', '--emitDeclarationOnly', '--declaration', '--stripInternal', '--noCheck']

function declare(): void {
  const types = join(DIST, 'types')
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
  const places = ['--outDir', types, '--rootDir', join(ROOT, 'src'), '--project', join(ROOT, '.ci/tsconfig.types.json')]
  const { status } = spawnSync(process.execPath, [tsc, ...places, ...OPTIONS_OF_TSC], { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
  const wanted = new Set<string>()
  const visit = (file: string): void => {
    if (wanted.has(file)) return
    wanted.add(file)
    for (const [, to] of readFileSync(file, 'utf8').matchAll(/(?:from |import\()['"](\.[^'"]+)\.ts['"]/g)) {
      visit(join(dirname(file), `${to}.d.ts`))
    }
  }
  for (const door of ['index.d.ts', 'testing/index.d.ts', 'testing/vitest.d.ts']) visit(join(types, door))
  for (const name of readdirSync(types, { recursive: true, encoding: 'utf8' })) {
    const file = join(types, name)
    if (name.endsWith('.d.ts') && !wanted.has(file)) unlinkSync(file)
  }
}

/** The packages whose files went in, and those that the shell library has inside already. */
function notices(inputs: readonly string[]): void {
  const packages = new Set<string>()
  const add = (name: string): void => {
    const folder = join(ROOT, 'node_modules', name)
    if (packages.has(name) || !existsSync(folder)) return
    packages.add(name)
    if (name === 'just-bash' || packages.has('just-bash')) {
      const { dependencies = {} } = manifest(name)
      for (const inner of Object.keys(dependencies)) add(inner)
    }
  }
  for (const input of inputs) {
    const [, name] = /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input) ?? []
    if (name !== undefined && name !== 'just-bash') add(name)
  }
  add('just-bash')
  const texts = [...packages].sort().map(name => {
    const { version, license } = manifest(name)
    const folder = join(ROOT, 'node_modules', name)
    const files = readdirSync(folder).filter(file => /^(licen[cs]e|notice|copying)/i.test(file))
    const text = files.map(file => readFileSync(join(folder, file), 'utf8').trim()).join('\n\n')
    return `${name} ${version} (${license})\n\n${text || `Licence: ${license}`}\n`
  })
  const head = 'Vethereal holds parts of the following packages.\n'
  writeFileSync(join(DIST, 'THIRD-PARTY-NOTICES.txt'), [head, ...texts].join(`\n${'-'.repeat(78)}\n\n`))
}

const manifest = (name: string): { version: string; license: string; dependencies?: Record<string, string> } =>
  JSON.parse(readFileSync(join(ROOT, 'node_modules', name, 'package.json'), 'utf8'))

rmSync(DIST, { recursive: true, force: true })
mkdirSync(DIST, { recursive: true })
const inputs = await bundle(DIST)
declare()
notices(inputs)
const bytes = readdirSync(DIST, { recursive: true, withFileTypes: true })
  .filter(entry => entry.isFile())
  .reduce((sum, entry) => sum + readFileSync(join(entry.parentPath, entry.name)).length, 0)
console.log(`${relative(process.cwd(), DIST)}: ${(bytes / 1e6).toFixed(2)} MB`)
