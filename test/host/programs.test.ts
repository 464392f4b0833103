/** Programs in files: `--program NAME=FILE`, lines `#: program NAME=FILE`, and the ways in which a script runs them. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ROOT, scratch, vethereal } from '../support/program.ts'

mkdirSync(join(scratch, 'programs'))
const file = (name: string, text: string): string => {
  const path = join(scratch, name)
  writeFileSync(path, text)
  return path
}

const HELLO = file(
  'programs/hello.mjs',
  `export default async os => {
  await os.sleep('1s')
  os.stdout([...os.argv, os.stdin.trim()].join('|') + '\\n')
  return 3
}
`,
)

describe('a script runs it', () => {
  test.for([
    ['python3 hello.py a b', 'hello.py|a|b|'],
    ['python3 -u -W ignore ./hello.py a', './hello.py|a|'],
    ['./hello.py a', './hello.py|a|'],
    ['/root/hello.py', '/root/hello.py|'],
    ['hello.py', 'hello.py|'],
    ['chmod +x hello.py && ./hello.py', './hello.py|'],
    ['echo typed | python3 hello.py', 'hello.py|typed'],
    ['ip netns add a; ip netns exec a python3 hello.py x', 'hello.py|x|'],
    ['timeout 5 sudo ./hello.py', './hello.py|'],
    ['python3 hello.py > out; code=$?; cat out; (exit $code)', 'hello.py|'],
    ['python3 hello.py & wait $!', 'hello.py|'],
  ] as const)('%s', async ([commands, stdout]) => {
    const result = await vethereal(['--program', `hello.py=${HELLO}`, '-c', commands])
    expect(result).toEqual({ status: 3, stdout: `${stdout}\n`, stderr: '' })
  })

  test('kill ends it in the background', async () => {
    const commands = 'python3 hello.py & sleep 0.5; kill %1; wait %1; echo $?; sleep 1'
    const result = await vethereal(['--program', `hello.py=${HELLO}`, '-c', commands])
    expect(result).toEqual({ status: 0, stdout: '143\n', stderr: '' })
  })

  test('timeout ends it', async () => {
    const result = await vethereal(['--program', `hello.py=${HELLO}`, '-c', 'timeout 0.5 ./hello.py'])
    expect(result).toEqual({ status: 124, stdout: '', stderr: '' })
  })

  test('it reads and writes files of the script, and runs commands', async () => {
    const files = file(
      'files.mjs',
      `export default function* (os) {
  const text = new TextDecoder().decode(yield* os.readFile('in'))
  yield* os.writeFile('out', text.toUpperCase())
  yield* os.writeFile('out', 'more\\n', { append: true })
  os.stdout((yield* os.run(['ip', '-br', 'link', 'show', 'lo'])).stdout.split(' ')[0])
}
`,
    )
    const commands = 'echo abc > in; files; cat out'
    const result = await vethereal(['--program', `files=${files}`, '-c', commands])
    expect(result).toEqual({ status: 0, stdout: 'loABC\nmore\n', stderr: '' })
  })
})

describe('where it is found', () => {
  test('a line of the script names it, beside the script', async () => {
    const script = file('line.sh', '#: program hello.py=programs/hello.mjs\npython3 hello.py\n')
    expect(await vethereal(['run', script])).toEqual({ status: 3, stdout: 'hello.py|\n', stderr: '' })
  })

  test('the command line comes before the script', async () => {
    const other = file('other.mjs', `export default os => os.stdout('other\\n')\n`)
    const script = file('line.sh', '#: program hello.py=programs/hello.mjs\npython3 hello.py\n')
    const result = await vethereal(['--program', 'x=nosuch.mjs', 'run', '--program', `hello.py=${other}`, script])
    expect(result.stderr).toBe('vethereal: nosuch.mjs: No such file or directory\n')
    expect((await vethereal(['run', '--program', `hello.py=${other}`, script])).stdout).toBe('other\n')
  })

  test('a script cannot reach beyond its folder', async () => {
    const script = file('programs/line.sh', '\n#: program hello.py=../programs/../x.mjs\n')
    const stderr = `vethereal: ${script}: line 2: ../programs/../x.mjs is not below the script's folder: name it with --program\n`
    expect(await vethereal(['run', script])).toEqual({ status: 2, stdout: '', stderr })
  })

  test('what is not there is said', async () => {
    const words = 'a program in TypeScript can stand in for'
    const result = await vethereal(['-c', 'python3 dir/vpn.py tun0; ./vpn.py; python3 -c pass; python3'])
    expect(result.stderr.split('\n')).toEqual([
      `vethereal: python3 is not here; ${words} dir/vpn.py: --program vpn.py=FILE.ts`,
      'bash: line 1: ./vpn.py: No such file or directory',
      'vethereal: python3 -c is not supported yet',
      'vethereal: python3 without a file is not supported yet',
      '',
    ])
  })
})

describe('files', () => {
  test('a module without a program', async () => {
    const path = file('none.mjs', 'export const x = 1\n')
    const stderr = `vethereal: ${path}: its default export is not a function\n`
    expect(await vethereal(['--program', `x=${path}`, '-c', 'x'])).toEqual({ status: 2, stdout: '', stderr })
  })

  test('TypeScript, with its errors at their lines', async () => {
    const program = 'test/host/failing.ts'
    const { status, stderr } = await vethereal(['--program', `x=${program}`, '-c', 'x'], { cwd: ROOT })
    expect(status).toBe(1)
    expect(stderr).toMatch(/^x: Error: on purpose\n +at .*failing\.ts.*:6:/)
  })

  test('a bad option', async () => {
    const { status, stderr } = await vethereal(['--program', 'x', '-c', 'x'])
    expect([status, stderr]).toEqual([
      2,
      "vethereal: option '--program <NAME=FILE>' argument 'x' is invalid. It must be NAME=FILE.\n",
    ])
  })
})

test('a program that waits for what never comes is told', async () => {
  const stuck = file('stuck.mjs', 'export default () => new Promise(() => {})\n')
  const { status, stderr } = await vethereal(['--program', `stuck=${stuck}`, '-c', 'echo before; stuck; echo after'])
  expect([status, stderr]).toEqual([
    124,
    'vethereal: an async program waits for something outside the simulation that never comes\n',
  ])
})
