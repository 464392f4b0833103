/** The house rules, checked like any other behaviour: floors import downward only, no cycles, no ambient time or chance. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { expect, test } from 'vitest'

const FLOORS: readonly (readonly string[])[] = [
  ['wire', 'time'],
  ['core'],
  ['control'],
  ['device', 'stack'],
  ['world'],
  ['cmd'],
  ['shell', 'explain'],
  ['api'],
  ['index.ts', 'testing'],
  ['host'],
]
const AMBIENT =
  /\b(Math\.(random|sin|cos|tan|exp|log|pow)\b|Date\.now|new Date\(\)|performance\.|set(Timeout|Interval|Immediate)\(|process\.(exit|hrtime|cwd|nextTick|platform)\b|console\.)/
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  eventemitter3: ['world/observe.ts'],
  'pure-rand': ['time/random.ts'],
}
const LINE_COLUMNS_MAX = 120
const ROOT = join(import.meta.dirname, '..')
const SRC = join(ROOT, 'src')

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter(f => f.endsWith('.ts'))
  .sort()
const text = new Map(files.map(f => [f, readFileSync(join(SRC, f), 'utf8')]))
const room = (f: string): string => f.split('/')[0]!
const floor = (f: string): number => FLOORS.findIndex(rooms => rooms.includes(room(f)))
const code = (f: string): string => text.get(f)!.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
const specifiers = (f: string): string[] =>
  [...code(f).matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(match => match[1]!)
const imports = (f: string): string[] =>
  specifiers(f)
    .filter(s => s.startsWith('.'))
    .map(s => relative(SRC, normalize(join(SRC, dirname(f), s))))

test('there is a house to look at', () => {
  expect(files.length).toBeGreaterThan(30)
  for (const f of files) expect(floor(f), `${f} stands on no floor`).toBeGreaterThanOrEqual(0)
})

test.for(files)('%s stands on its floor', f => {
  for (const to of imports(f)) {
    if (to.startsWith('..')) continue
    if (room(to) !== room(f)) expect(floor(to), `${f} imports ${to}`).toBeLessThan(floor(f))
  }
  for (const name of specifiers(f).filter(s => !s.startsWith('.'))) {
    const allowed = PACKAGES[name]
    if (allowed !== undefined) expect(allowed, `${f} imports ${name}`).toContain(f)
    if (floor(f) < floor('host/')) expect(name, `${f} imports ${name}`).not.toMatch(/^node:/)
  }
  if (floor(f) < floor('host/')) expect(code(f)).not.toMatch(AMBIENT)
})

test.for(files)('%s is laid out as everything else', f => {
  const lines = text.get(f)!.split('\n')
  for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(LINE_COLUMNS_MAX)
  expect(lines[0], `${f} opens with what it is`).toMatch(/^(\/\*\*|#!)/)
})

test('no import cycle', () => {
  const done = new Set<string>()
  const visit = (f: string, path: string[]): void => {
    expect(path, 'cycle').not.toContain(f)
    if (done.has(f)) return
    for (const to of imports(f)) if (text.has(to)) visit(to, [...path, f])
    done.add(f)
  }
  for (const f of files) visit(f, [])
})

test('the top level holds what was agreed and nothing else', () => {
  const agreed = ['package.json', 'tsconfig.json', 'src', 'sims', 'test', 'README.md']
  const beside = ['package-lock.json', 'LICENSE', 'CHANGELOG.md', 'node_modules', 'dist', 'coverage']
  const found = readdirSync(ROOT).filter(f => !f.startsWith('.') && !f.endsWith('.tgz'))
  expect(found.filter(f => ![...agreed, ...beside].includes(f))).toEqual([])
})

test('nothing in the tree tells where it was written', () => {
  const machinePath = new RegExp(['/(?:home|root|work|Users)', '[\\w.-]+', ''].join('/'))
  for (const [f, body] of text) expect(body.replaceAll('/home/user', ''), f).not.toMatch(machinePath)
})
