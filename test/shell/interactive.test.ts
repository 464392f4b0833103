// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are lines of bash
/** Sessions at a prompt. */
import { expect, test } from 'vitest'
import type { Prompt } from '../../src/shell/interactive.ts'
import { Shell } from '../../src/shell/shell.ts'
import { commands, Transcript, world } from './support.ts'

/** Types lines; `^C` is Ctrl-C while a line is typed. Answers what was printed, the prompts, the status. */
async function type(...lines: string[]): Promise<{ out: string; err: string; prompts: Prompt[]; status: number }> {
  const made = world()
  const transcript = new Transcript(made)
  const prompts: Prompt[] = []
  const shell = new Shell(made, {
    commands,
    isTerminal: true,
    idle: 'wait',
    clock: {
      now: () => 0,
      sleep: async () => {
        if (interrupts) shell.interrupt()
      },
    },
    stdout: transcript.writer('stdout'),
    stderr: transcript.writer('stderr'),
    readLine: async prompt => {
      prompts.push(prompt)
      const line = lines.shift()
      interrupts = line?.startsWith('INT ') === true
      if (line === '^C') return 'interrupted'
      return line === undefined ? 'end' : { line: line.replace('INT ', '') }
    },
  })
  let interrupts = false
  const status = await shell.interact()
  return { out: transcript.streams.stdout, err: transcript.streams.stderr, prompts, status }
}

test('a session keeps variables, arrays, functions, the directory and the status', async () => {
  const { out, prompts, status } = await type(
    'x=5; a=(1 "2 3")',
    'f() { echo "f $x ${a[1]}"; }',
    'cd /tmp; false',
    'echo $?',
    'f',
    'exit 7',
  )
  expect(out).toBe('1\nf 5 2 3\n')
  expect(prompts.map(({ cwd, status }) => `${cwd} ${status}`)).toEqual([
    '/root 0',
    '/root 0',
    '/root 0',
    '/tmp 1',
    '/tmp 0',
    '/tmp 0',
  ])
  expect(status).toBe(7)
})

test.for<readonly [readonly string[]]>([
  [['if true', 'then echo yes', 'fi']],
  [['f() {', 'echo yes; }; f']],
  [['for i in 1', 'do echo yes', 'done']],
  [['echo ye\\', 's']],
  [['true &&', 'echo yes']],
  [['echo yes |', 'cat']],
  [['cat <<E', 'yes', 'E']],
  [['case x in', 'x) echo yes;;', 'esac']],
  [['x="yes', '"; echo ${x%?}']],
])('a text that is not whole goes on: %s', async ([lines]) => {
  const { out, err, prompts } = await type(...lines)
  expect(out + err).toBe('yes\n')
  expect(prompts.map(prompt => prompt.continued)).toEqual([false, ...lines.slice(1).map(() => true), false])
})

test('mistakes do not end it', async () => {
  const { out, err, status } = await type('fi', 'echo $?', 'nosuch', 'if true', '^C', 'set -u; echo $nope', 'echo on')
  expect(out).toBe('2\non\n')
  expect(err).toBe(
    "bash: syntax error: near unexpected token `fi'\nbash: nosuch: command not found\nbash: nope: unbound variable\n",
  )
  expect(status).toBe(0)
})

test('Ctrl-C ends a line, not the session', async () => {
  const { out, prompts } = await type('x=(1 2); cd /tmp', 'INT while :; do :; done', 'echo "$? ${x[1]} $PWD"')
  expect(out).toBe('130 2 /tmp\n')
  expect(prompts.at(-1)?.status).toBe(0)
})

test('a shell within the shell asks as well, and its prompt knows its namespace', async () => {
  const { out, prompts, status } = await type('netns red bash', 'netns', 'exit 3', 'echo $?', 'netns')
  expect(out).toBe('red\n3\nhost\n')
  expect(prompts.map(prompt => prompt.netns)).toEqual(['', 'red', 'red', '', '', ''])
  expect(status).toBe(0)
})

test('jobs are announced', async () => {
  const { err } = await type('sleep 1 &', 'sleep 2', 'echo')
  expect(err).toMatch(/^\[1\] \d+\n\[1\]\+ {2}Done {20}sleep 1\n$/)
})

test('time stands still at the prompt', async () => {
  const { out } = await type('ticks 3 &', 'echo a', 'sleep 1.5', 'echo b')
  expect(out).toBe('a\ntick 1\ntick 2\nb\n')
})

test('words are completed', async () => {
  const made = world()
  let shell: Shell | undefined
  const found: unknown[] = []
  shell = new Shell(made, {
    commands,
    files: { '/lab/one.sh': '', '/lab/only/x': '' },
    stdout: () => undefined,
    stderr: () => undefined,
    readLine: async () => {
      for (const line of [
        'tic',
        'cat /lab/on',
        'ls o',
        'sudo unam',
        'ip netns exec r',
        'ip link set dev l',
        'echo a; exp',
      ]) {
        found.push((await shell?.complete(line))?.candidates)
      }
      return 'end'
    },
  })
  await shell.interact({ cwd: '/lab' })
  expect(found).toEqual([
    ['ticks'],
    ['/lab/one.sh', '/lab/only/'],
    ['one.sh', 'only/'],
    ['uname'],
    ['red'],
    ['lo'],
    ['expand', 'export', 'expr'],
  ])
})
