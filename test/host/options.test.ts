import { expect, test } from 'vitest'
import { Failure } from '../../src/host/failure.ts'
import { parseCommandLine, type Settings } from '../../src/host/options.ts'

const read = (...words: string[]) => {
  const line = parseCommandLine(words)
  if (line.show !== undefined) throw new Error(line.show)
  return line
}

function refused(...words: string[]): readonly [number, string] {
  try {
    parseCommandLine(words)
  } catch (error) {
    if (error instanceof Failure) return [error.status, error.message]
    throw error
  }
  throw new Error('nothing was refused')
}

const DEFAULTS: Settings = {
  seed: 1,
  hopNs: undefined,
  maxTimeNs: undefined,
  pace: undefined,
  pcap: undefined,
  trace: false,
  traceJson: undefined,
  verify: false,
  mount: undefined,
  stdin: false,
  programs: [],
}

test.for([
  [[], { from: 'nothing' }],
  [['run', 'lab.sh'], { from: 'file', path: 'lab.sh', args: [] }],
  [['run', 'lab.sh', '--seed', '2', '-c'], { from: 'file', path: 'lab.sh', args: ['--seed', '2', '-c'] }],
  [['run', '-', 'a'], { from: 'stdin', args: ['a'] }],
  [['run', '--', '--odd.sh'], { from: 'file', path: '--odd.sh', args: [] }],
  [['-c', 'ip link'], { from: 'text', text: 'ip link', argv0: 'bash', args: [] }],
  [['-c', 'echo $0 $1', 'run', 'x'], { from: 'text', text: 'echo $0 $1', argv0: 'run', args: ['x'] }],
] as const)('%j', ([words, source]) => {
  expect(read(...words).source).toEqual(source)
})

test('without options everything has its default', () => {
  expect(read('run', 'x').settings).toEqual(DEFAULTS)
})

test('options stand before run and behind it', () => {
  const settings = { ...DEFAULTS, seed: 7, pcap: 'a.pcapng', trace: true }
  expect(read('--seed', '7', 'run', '--pcap', 'a.pcapng', '--trace', 'x').settings).toEqual(settings)
  expect(read('run', '--trace', '--pcap=a.pcapng', '--seed', '7', 'x').settings).toEqual(settings)
  expect(read('--seed', '6', '--trace', '--pcap', 'a.pcapng', 'run', '--seed', '7', 'x').settings).toEqual(settings)
})

test('spans become nanoseconds', () => {
  const { settings } = read('--max-time', '1.5', '--hop', '0', '--pace', '0.5', '-c', ':')
  expect(settings).toEqual({ ...DEFAULTS, maxTimeNs: 1_500_000_000, hopNs: 0, pace: 0.5 })
})

test.for([
  [['--nosuch'], "unknown option '--nosuch'"],
  [['run'], 'run: a script is missing'],
  [['run', '--trace'], 'run: a script is missing'],
  [['-c'], "option '-c, --command <COMMANDS>' argument missing"],
  [['walk', 'lab.sh'], "'walk' is not a command"],
  [['package.json'], "'package.json' is not a command (to run a script: vethereal run package.json)"],
  [
    ['--seed', '-1', '-c', ':'],
    "option '--seed <N>' argument '-1' is invalid. It must be a whole number from 0 to 4294967295.",
  ],
  [
    ['--seed', '0x10', '-c', ':'],
    "option '--seed <N>' argument '0x10' is invalid. It must be a whole number from 0 to 4294967295.",
  ],
  [
    ['run', '--max-time', '0', 'x'],
    "option '--max-time <SECONDS>' argument '0' is invalid. It must be a number above 0 to 9000000.",
  ],
  [
    ['run', '--hop', '-3', 'x'],
    "option '--hop <MICROSECONDS>' argument '-3' is invalid. It must be a number from 0 to 60000000.",
  ],
  [
    ['--pace', 'fast', '-c', ':'],
    "option '--pace <N>' argument 'fast' is invalid. It must be a number above 0 to 1000000.",
  ],
  [['--mount', '/nosuch', '-c', ':'], "option '--mount <DIR>' argument '/nosuch' is invalid. It must be a directory."],
] as const)('%j is refused', ([words, message]) => {
  expect(refused(...words)).toEqual([2, message])
})

test('help and version are shown', () => {
  const { show } = parseCommandLine(['--help'])
  expect(show).toMatch(/^Usage: vethereal \[OPTIONS\] run SCRIPT \[ARGS\.\.\.\]\n/)
  for (const option of ['--seed <N>', '--pcap <FILE>', '--trace', '--trace-json <FILE>', '--max-time <SECONDS>']) {
    expect(show).toContain(`  ${option} `)
  }
  expect(parseCommandLine(['run', '--help']).show).toBe(show)
  expect(parseCommandLine(['--version']).show).toMatch(/^\d+\.\d+\.\d+\n$/)
})
