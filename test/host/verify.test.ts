import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseCommandLine } from '../../src/host/options.ts'
import type { Script } from '../../src/host/run.ts'
import { verify } from '../../src/host/verify.ts'
import { ROOT, vethereal } from '../support/program.ts'

const sims = readdirSync(`${ROOT}/sims`).filter(name => name.endsWith('.sh'))

test.for(sims)('sims/%s is the same twice', async name => {
  const { status, stderr } = await vethereal(['run', '--verify-determinism', `sims/${name}`])
  expect(stderr).toMatch(/^vethereal: deterministic: two runs with the trace hash [0-9a-f]{16}\n$/)
  expect(status).toBe(0)
})

// The same on every machine and version of Node. Another hash means that another frame, instant, request or word came out:
// pin it only when Linux does what the program does now.
test.for([
  ['two-namespaces', 'e4be9cac3d0734a4'],
  ['bridge', 'e85dc1f43e745850'],
])('the trace hash of sims/%s.sh', async ([name, hash]) => {
  const { stderr } = await vethereal(['run', '--verify-determinism', `sims/${name}.sh`])
  expect(stderr).toBe(`vethereal: deterministic: two runs with the trace hash ${hash}\n`)
})

test('the script runs for all to see, and its exit status stays', async () => {
  const { status, stdout, stderr } = await vethereal(['--verify-determinism', '-c', 'echo once; echo $RANDOM; exit 3'])
  expect(stdout).toMatch(/^once\n\d+\n$/)
  expect(stderr).toContain('vethereal: deterministic')
  expect(status).toBe(3)
})

test('the hash tells apart what was printed, seeds and frames', async () => {
  const hash = async (commands: string, ...options: string[]) =>
    (await vethereal([...options, '--verify-determinism', '-c', commands])).stderr.match(/[0-9a-f]{16}/)![0]
  const ping = 'ip link set lo up; ping -q -c 1 127.0.0.1 > /dev/null'
  const all = [
    await hash(ping),
    await hash(`${ping}; echo`),
    await hash(ping.replace('-q', '-q -s 57')),
    await hash('ip link add type veth'),
    await hash('ip link add type veth; exit 1'),
  ]
  expect(new Set(all).size).toBe(all.length)
  expect(await hash('ip link add type veth; ip link', '--seed', '1')).not.toBe(
    await hash('ip link add type veth; ip link', '--seed', '2'),
  )
})

const settingsOf = (...words: string[]) => {
  const line = parseCommandLine([...words, '-c', ':'])
  if (line.show !== undefined) throw new Error(line.show)
  return line.settings
}

/** A script that has another standard input in each run. */
function fickle(text: string, inputs: readonly string[]): Script {
  let runs = 0
  return {
    text,
    argv0: 'bash',
    args: [],
    files: {},
    cwd: undefined,
    programs: [],
    get stdin() {
      return inputs[runs++]!
    },
  }
}

async function verified(text: string, ...inputs: string[]): Promise<[number, string]> {
  let stderr = ''
  const streams = {
    stdout() {},
    stderr(words: string) {
      stderr += words
    },
    isTerminal: false,
  }
  const status = await verify(fickle(text, inputs), settingsOf(), streams)
  return [status, stderr.replace(/\b[0-9a-f]{16}\b/g, 'HASH')]
}

const HEAD = 'vethereal: not deterministic: trace hashes HASH and HASH\n'

test('the first difference is said', async () => {
  expect(await verified('echo same; cat', 'one\n', 'two\n')).toEqual([
    125,
    `${HEAD}event 2:\n  first run:  stdout: "one\\n"\n  second run: stdout: "two\\n"\n`,
  ])
  expect(await verified('echo same; cat', 'one\n', '')).toEqual([
    125,
    `${HEAD}event 2:\n  first run:  stdout: "one\\n"\n  second run: nothing more\n`,
  ])
  expect(await verified('read n; exit $n', '3\n', '4\n')).toEqual([
    125,
    `${HEAD}exit status: first run 3, second run 4\n`,
  ])
})

test('frames that differ in a byte only', async () => {
  const [status, words] = await verified('read n; ip link set lo up; ping -q -c 1 -p $n$n 127.0.0.1 >&-', '1', '2')
  expect(status).toBe(125)
  expect(words).toMatch(/first run: {2}\d\.\d{9} lo out: octets 000000000000.*111111 \(hash of all HASH\)\n/)
  expect(words).toMatch(/second run: \d\.\d{9} lo out: octets 000000000000.*222222 \(hash of all HASH\)\n/)
})
