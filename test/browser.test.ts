/**
 * The library with its commands and its shell in a browser: bundled for one, then run where there is nothing but what every
 * browser has, against what the program prints.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createContext, Script } from 'node:vm'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { expect, test } from 'vitest'
import { modules } from '../.ci/bundle.ts'
import host from '../sims/programs/host.ts'
import switchProgram from '../sims/programs/switch.ts'
import vpn from '../sims/programs/vpn.ts'
import type * as library from '../src/index.ts'
import { ROOT, vethereal } from './support/program.ts'

const BYTES_MAX = 2_100_000

const { outputFiles } = await build({
  absWorkingDir: ROOT,
  entryPoints: ['src/index.ts'],
  bundle: true,
  minify: true,
  platform: 'browser',
  target: 'es2022',
  format: 'iife',
  globalName: 'vethereal',
  plugins: [modules],
  legalComments: 'none',
  write: false,
  logLevel: 'silent',
})
const code = outputFiles[0]!.text

/** Of the globals that browsers and Node share, those that are not part of the language. */
const WEB = {
  AbortController,
  TextDecoder,
  TextEncoder,
  URL,
  clearInterval,
  clearTimeout,
  performance,
  queueMicrotask,
  setInterval,
  setTimeout,
  // What TextEncoder makes has to be an instance of it.
  Uint8Array,
}

function load(): typeof library {
  const context = createContext({ ...WEB })
  new Script(code, { filename: 'vethereal.browser.js' }).runInContext(context)
  return (context as { vethereal: typeof library }).vethereal
}

test('the bundle has a size', () => {
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(2)
  console.log(`browser bundle: ${megabytes(code.length)} MB, ${megabytes(gzipSync(code).length)} MB compressed`)
  expect(code.length).toBeLessThan(BYTES_MAX)
})

test('it asks for nothing that a browser has not', () => {
  expect(code).not.toMatch(/\brequire\(["']|from\s*["']node:|import\(["']node:/)
})

/** What the lines `#: program` of the scripts name. */
const programs = { 'host.py': host, 'switch.py': switchProgram, 'vpn.py': vpn }

test.for(readdirSync(join(ROOT, 'sims')).filter(name => name.endsWith('.sh')))('sims/%s', async name => {
  const path = `sims/${name}`
  const world = load().createWorld()
  const hash = world.traceHash()
  const script = readFileSync(join(ROOT, path), 'utf8')
  const { status, stdout, stderr } = await world.sh(script, { name: path, programs })
  expect(hash.digest()).toMatch(/^[0-9a-f]{16}$/)
  expect({ status, stdout, stderr }).toEqual(await vethereal(['run', path]))
})

test('the library without a shell', () => {
  const world = load().createWorld({ seed: 2 })
  const net0 = world.addNetns('net0')
  world.addVeth({ netns: net0, name: 'eth0', up: true }, { name: 'v0', up: true })
  net0.addAddress('eth0', '10.0.0.1/24')
  world.host.addAddress('v0', '10.0.0.2/24')
  expect(net0.ping('10.0.0.2').received).toBe(1)
})
