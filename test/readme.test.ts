/** What the README shows is true: its script prints what it says, its vitest test is run here, its figures hold. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { transformSync } from 'esbuild'
import { describe, expect, test } from 'vitest'
import { Os } from '../src/cmd/os/os.ts'
import { parseCommandLine } from '../src/host/options.ts'
import * as library from '../src/index.ts'
import * as testing from '../src/testing/index.ts'
import * as registered from '../src/testing/vitest.ts'
import { ROOT, scratch, vethereal } from './support/program.ts'

const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')

/** The text of the code block that is marked so. */
function block(mark: string): string {
  const text = readme.split(`\n\`\`\`${mark}\n`)[1]?.split('\n```\n')[0]
  if (text === undefined) throw new Error(`the README has no block ${mark}`)
  return `${text}\n`
}

test('the first script', async () => {
  writeFileSync(join(scratch, 'lab.sh'), block('sh lab.sh'))
  const [command, ...output] = block('console lab.sh').split('\n')
  expect(command).toBe('$ npx vethereal run lab.sh')
  const { status, stdout, stderr } = await vethereal(['run', 'lab.sh'], { cwd: scratch })
  expect(stdout.replace(/ +$/gm, '')).toBe(output.join('\n'))
  expect([status, stderr]).toEqual([0, ''])
})

test('the first program', async () => {
  const { code } = transformSync(block('ts echo.ts'), { loader: 'ts' })
  writeFileSync(join(scratch, 'echo.mjs'), code)
  writeFileSync(join(scratch, 'echo.sh'), block('sh echo.sh').replace('=echo.ts', '=echo.mjs'))
  const [command, ...output] = block('console echo.sh').split('\n')
  expect(command).toBe('$ npx vethereal run echo.sh')
  const { status, stdout, stderr } = await vethereal(['run', 'echo.sh'], { cwd: scratch })
  expect([status, stdout, stderr]).toEqual([0, output.join('\n'), ''])
})

test.for(['why', 'explain'])('what vethereal %s tells', async mark => {
  const [command, ...output] = block(`console ${mark}`).split('\n')
  const { stdout, stderr } = await vethereal(command!.replace('$ npx vethereal ', '').split(' '), { cwd: ROOT })
  const shown = output.at(-2) === '...' ? output.slice(0, -2) : output
  expect(
    stdout
      .split('\n')
      .slice(0, shown.length)
      .map(line => line.trimEnd()),
  ).toEqual(shown)
  expect(stderr).toBe('')
})

test('every system call that the table of programs names is there', () => {
  const names = [...readme.matchAll(/`(?:await )?os\.(\w+)\(/g)].map(([, name]) => name!)
  expect(names.length).toBeGreaterThan(10)
  for (const name of names) expect(Os.prototype, name).toHaveProperty(name)
})

/** Runs a block as vitest would: imports become variables, for a function has none. */
function runs(mark: string): void {
  const modules: Readonly<Record<string, object>> = {
    vitest: { expect, test },
    vethereal: library,
    'vethereal/testing': testing,
    'vethereal/testing/vitest': registered,
  }
  const body = block(mark).replace(
    /^import (?:(.*) from )?'(.+)'$/gm,
    (_, names: string | undefined, module: string) => {
      if (modules[module] === undefined) throw new Error(`there is no module ${module}`)
      return names === undefined ? '' : `const ${names} = modules[${JSON.stringify(module)}]`
    },
  )
  new Function('modules', transformSync(body, { loader: 'ts' }).code)(modules)
}

describe('the test of a user', () => runs('ts vitest'))
describe('the property of a user', () => runs('ts vitest property'))

test('what a failing property tells', () => {
  const claim = ({ capture }: testing.Run): void => {
    const heard = capture.frames.find(({ netns, direction }) => netns === 'h1' && direction === 'in')
    expect(heard).toBeUndefined()
  }
  const { conversations, topologies } = testing
  let told = ''
  try {
    testing.check(conversations(topologies({ bridges: 1 })), claim, { seed: 7 })
  } catch (error) {
    told = (error as Error).message
  }
  const lines = told.split('\n')
  for (const line of block('text failure').split('\n')) if (line !== '...') expect(lines).toContain(line)
})

test('what the table of property tests names is there, and all that is there', () => {
  const rows = readme.split('\n## Property tests\n')[1]!.split('\n## ')[0]!
  const named = [...rows.matchAll(/^\| (`[^|]*) \|/gm)].flatMap(([, cell]) => cell!.match(/\w+/g)!)
  const own = Object.keys(testing.matchers)
  for (const name of named) expect([...Object.keys(testing), ...own]).toContain(name)
  for (const name of own) expect(named).toContain(name)
})

test('each option that the program has is in the table, and no other', () => {
  const shown = [...readme.matchAll(/^\| `(--[a-z-]+)/gm)].map(([, option]) => option)
  const { show } = parseCommandLine(['--help'])
  const has = [...show!.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(([, option]) => option)
  expect(shown.sort()).toEqual(has.filter(option => !['--command', '--help', '--version'].includes(option!)).sort())
})

test('what the library exports is what the README names', () => {
  expect(Object.keys(library)).toEqual(expect.arrayContaining(['createWorld', 'RequestError']))
  for (const name of ['createWorld', 'RequestError']) expect(readme).toContain(name)
  const world = library.createWorld()
  const [worlds, nets] = [world, world.host].map(handle => handle as unknown as Record<string, unknown>)
  for (const [, call] of readme.matchAll(/`world\.(\w+)\(/g)) expect(worlds, call).toHaveProperty(call!)
  for (const [, call] of readme.matchAll(/`net\.(\w+)\(/g)) expect(nets, call).toHaveProperty(call!)
})

test('every limit that is a number of the program is the one in the table', async () => {
  const { BACKLOG_MAX, CROSSINGS_MAX } = await import('../src/world/engine.ts')
  const { LIMITS } = await import('../src/shell/limits.ts')
  const figure = (value: number): string => value.toLocaleString('en-US')
  expect(readme).toContain(`| devices that a frame and its copies cross | ${figure(CROSSINGS_MAX)}:`)
  expect(readme).toContain(`| frames on their way to one device | ${figure(BACKLOG_MAX)} (`)
  const { maxLoopIterations, maxCommandCount, maxCallDepth } = LIMITS
  const bounds = [maxLoopIterations, maxCommandCount, maxCallDepth].map(value => figure(value!)).join('; ')
  expect(readme).toContain(`| iterations of one loop of a script, commands, nested calls | ${bounds} |`)
})
