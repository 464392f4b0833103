/**
 * The package as a user gets it: packed, installed into an empty folder, run, imported, type-checked. Nothing is fetched:
 * it has no dependencies. Also how large it is, and that the licences of what is inside are there.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, expect, test } from 'vitest'

const ROOT = resolve(import.meta.dirname, '..')
const BYTES_MAX = 3_200_000
const folder = mkdtempSync(join(tmpdir(), 'vethereal-package-'))
afterAll(() => rmSync(folder, { recursive: true }))

const npm = (cwd: string, ...args: string[]): string =>
  execFileSync('npm', [...args, '--ignore-scripts', '--offline', '--no-audit', '--no-fund'], { cwd, encoding: 'utf8' })
/** What tsc complains of. */
const tsc = (...args: string[]): string =>
  spawnSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), ...args], {
    cwd: folder,
    encoding: 'utf8',
  }).stdout
const node = (...args: string[]): string => execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8' })

// Built beside dist/, which other tests may be using.
const staged = join(folder, 'staged')
mkdirSync(staged)
for (const name of ['package.json', 'README.md', 'LICENSE']) copyFileSync(join(ROOT, name), join(staged, name))
execFileSync(process.execPath, ['--import', 'tsx', '.ci/build.ts', join(staged, 'dist')], { cwd: ROOT })
const [packed] = JSON.parse(npm(staged, 'pack', '--json', '--pack-destination', folder)) as {
  filename: string
  unpackedSize: number
}[]
writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'empty', private: true, type: 'module' }))
npm(folder, 'install', `./${packed!.filename}`)
const installed = join(folder, 'node_modules')

test('it installs alone, and small', () => {
  expect(readdirSync(installed).filter(name => !name.startsWith('.'))).toEqual(['vethereal'])
  expect(packed!.unpackedSize).toBeLessThan(BYTES_MAX)
  const files = readdirSync(join(installed, 'vethereal'))
  expect(files.sort()).toEqual(['LICENSE', 'README.md', 'dist', 'package.json'])
})

test('the licences of what is inside are with it', () => {
  const notices = readFileSync(join(installed, 'vethereal/dist/THIRD-PARTY-NOTICES.txt'), 'utf8')
  for (const name of ['commander', 'eventemitter3', 'immer', 'just-bash', 'pure-rand']) {
    expect(notices).toMatch(new RegExp(`^${name} \\d`, 'm'))
  }
  expect(notices).toContain('Apache License')
})

test('npx vethereal run lab.sh', () => {
  writeFileSync(
    join(folder, 'lab.sh'),
    'ip netns add net0\nip netns list\nping -c 1 -q 127.0.0.1 | tail -n 2 | head -n 1\n',
  )
  const stdout = npm(folder, 'exec', '--', 'vethereal', 'run', 'lab.sh')
  expect(stdout).toMatch(/^net0\n1 packets transmitted, 1 received, 0% packet loss, time 0ms\n$/)
  const { mode } = statSync(join(installed, 'vethereal/dist/vethereal.js'))
  expect(mode & 0o111).not.toBe(0)
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }
  expect(node(join(installed, '.bin/vethereal'), '--version')).toBe(`${version}\n`)
})

const USER = `import { createWorld, RequestError, type Namespace, type PingResult, type Span } from 'vethereal'

const hop: Span = '10us'
const world = createWorld({ seed: 3, hop })
const net0: Namespace = world.addNetns('net0')
const [name] = world.addVeth({ netns: net0, name: 'eth0', up: true }, { name: 'v0', up: true })
net0.addAddress('eth0', '10.0.0.1/24')
world.host.addAddress('v0', '10.0.0.2/24')
const result: PingResult = net0.ping('10.0.0.2', { count: 2 })
const errno: string = (() => {
  try {
    return String(world.addNetns('net0').id)
  } catch (error) {
    return error instanceof RequestError ? error.errno : 'other'
  }
})()
world.sh('ip netns list').then(({ stdout }) => console.log([name, result.received, errno, stdout.trim()].join(' ')))
`

test.for(['nodenext', 'bundler'] as const)('the library and its types, with module resolution %s', resolution => {
  const own = join(folder, resolution)
  mkdirSync(own)
  writeFileSync(join(own, 'user.ts'), USER)
  const compilerOptions = {
    target: 'es2022',
    lib: ['es2022', 'dom'],
    types: [],
    strict: true,
    skipLibCheck: false,
    exactOptionalPropertyTypes: true,
    module: resolution === 'bundler' ? 'esnext' : 'nodenext',
    moduleResolution: resolution,
    rootDir: '.',
    outDir: 'out',
  }
  writeFileSync(join(own, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['user.ts'] }))
  expect(tsc('--project', own)).toBe('')
  expect(node(join(own, 'out/user.js'))).toBe('eth0 2 EEXIST net0\n')
})

const TESTER = `import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createWorld, type Request } from 'vethereal'
import { check, conversations, frames, play, type Session, topologies, watch } from 'vethereal/testing'
import 'vethereal/testing/vitest'

test('a kit', () => {
  const world = createWorld()
  watch(world)
  const requests: Request[] = [{ type: 'newnetns', name: 'net0' }]
  for (const request of requests) world.apply(request)
  fc.assert(fc.property(frames(), octets => octets.length >= 14))
  const session: Session = { steps: requests }
  expect(play(session).capture).not.toHaveHeard('host/lo')
  expect(world).toConserveFrames()
  expect(world).toBeIntact()
  check(conversations(topologies()), ({ topology }) => expect(topology.hosts.length).toBeGreaterThan(0), { numRuns: 5 })
})
`

test('the kit for property tests, with its types, beside the fast-check and vitest of the user', () => {
  for (const name of ['fast-check', 'vitest']) symlinkSync(join(ROOT, 'node_modules', name), join(installed, name))
  const own = join(folder, 'tester')
  mkdirSync(own)
  writeFileSync(join(own, 'kit.test.ts'), TESTER)
  const options = { strict: true, skipLibCheck: true, noEmit: true, types: [], lib: ['es2023', 'dom'] }
  const compilerOptions = { ...options, target: 'es2023', module: 'nodenext', exactOptionalPropertyTypes: true }
  writeFileSync(join(own, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['kit.test.ts'] }))
  expect(tsc('--project', own)).toBe('')
  const said = node(join(installed, 'vitest/vitest.mjs'), 'run', '--root', own, '--reporter=json')
  expect(JSON.parse(said)).toMatchObject({ numPassedTests: 1, numFailedTests: 0 })
})

test('a mistake is found by the types', () => {
  const own = join(folder, 'mistake')
  mkdirSync(own)
  writeFileSync(join(own, 'user.ts'), `import { createWorld } from 'vethereal'\ncreateWorld({ hop: '10' })\n`)
  const options = ['--noEmit', '--module', 'nodenext', '--target', 'es2022']
  const check = () => node(join(ROOT, 'node_modules/typescript/bin/tsc'), ...options, join(own, 'user.ts'))
  expect(check).toThrow(expect.objectContaining({ stdout: expect.stringContaining('Type \'"10"\' is not assignable') }))
})
