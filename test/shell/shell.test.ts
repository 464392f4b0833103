// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are lines of bash
/** When output is written, where commands run, what they are given. Bash itself is in bash.test.ts. */
import { expect, test } from 'vitest'
import { COMMANDS } from '../../src/cmd/registry.ts'
import { commands, sh } from './support.ts'

test('a command at the terminal prints as time passes, in order with the shell and its errors', async () => {
  const { pieces } = await sh('echo a; echo b >&2; ticks 2; both; nosuch; echo c')
  expect(pieces).toEqual([
    '0 stdout a\\n',
    '0 stderr b\\n',
    '0 stdout tick 1\\n',
    '1 stdout tick 2\\n',
    '2 stdout out 1\\n',
    '2 stderr err\\n',
    '2 stdout out 2\\n',
    '2 stderr lab.sh: line 1: nosuch: command not found\\n',
    '2 stdout c\\n',
  ])
})

test.for<readonly [string, string]>([
  ['in a function', 'f() { ticks 2; }; f'],
  ['in a loop', 'for i in 1; do ticks 2; done'],
  ['in a subshell and a group', '( { ticks 2; } )'],
  ['last in a pipe', 'true | ticks 2'],
  ['in a condition', 'if ticks 2; then :; fi'],
  ['evaluated', "eval 'ticks 2'"],
  ['in another shell', "bash -c 'ticks 2'"],
  ['in a namespace, in another shell', "netns red bash -c 'ticks 2'"],
  ['with sudo and a time limit', 'sudo timeout 5 ticks 2'],
  ['by way of a descriptor', 'exec 3>&1; ticks 2 >&3'],
  ['as an error', 'ticks 2 >&2 2>/dev/null'],
])('%s it prints as time passes, too', async ([, script]) => {
  const { pieces } = await sh(script)
  expect(pieces.map(piece => piece.replace('stderr', 'stdout'))).toEqual(['0 stdout tick 1\\n', '1 stdout tick 2\\n'])
})

test.for([
  ['a pipe', 'ticks 2 | cat', ['2 stdout tick 1\\ntick 2\\n']],
  ['a variable', 'x=$(ticks 2); echo "$x"', ['2 stdout tick 1\\ntick 2\\n']],
  ['a file', 'ticks 2 > f; cat f', ['2 stdout tick 1\\ntick 2\\n']],
  ['both streams in one', 'x=$(both 2>&1); echo "$x"', ['0 stdout out 1\\nerr\\nout 2\\n']],
  [
    'a loop into a file',
    'for i in 1 2; do both; done > f 2>&1; cat f',
    ['0 stdout out 1\\nerr\\nout 2\\nout 1\\nerr\\nout 2\\n'],
  ],
  ['a function in a pipe', 'f() { echo in; both; }; f 2>/dev/null | tail -n 1', ['0 stdout out 2\\n']],
] as const)('%s gets the whole', async ([, script, pieces]) => {
  expect((await sh(script)).pieces).toEqual(pieces)
})

test('a file that a job writes can be read before the job ends', async () => {
  const { stdout } = await sh('ticks 5 > f & sleep 2.5; cat f; kill $!')
  expect(stdout).toBe('tick 1\ntick 2\ntick 3\n')
})

test('a command knows its namespace, its variables, its input and whether it prints to a terminal', async () => {
  const { stdout } = await sh(`
    show; SHOWN=1 show | cat; export SHOWN=2; show <<< word; echo piped | show
    netns; netns red netns; netns red netns blue netns; netns red bash -c 'netns; netns blue netns'
    netns blue bash <<< 'netns; echo "$1"'
    netns blue bash -s a b <<< 'netns; echo "$2"'`)
  expect(stdout.split('\n')).toEqual([
    'terminal, SHOWN=, read ""',
    'no terminal, SHOWN=1, read ""',
    'terminal, SHOWN=2, read "word\\n"',
    'terminal, SHOWN=2, read "piped\\n"',
    'host',
    'red',
    'blue',
    'red',
    'blue',
    'blue',
    '',
    'blue',
    'b',
    '',
  ])
})

test('a loop reads its own input, whatever runs inside', async () => {
  const { stdout } = await sh('printf "1\\n2\\n" | while read n; do ticks 1 "$n:"; bash -c "echo $n"; done')
  expect(stdout).toBe('1: 1\n1\n2: 1\n2\n')
})

test('statuses come through', async () => {
  const { stdout, stderr, status } = await sh(`
    netns red bash -c 'exit 7'; echo $?
    netns red both >/dev/null 2>&1; echo $?
    netns red nosuch; echo $?
    netns red cat /nosuch; echo $?
    both | true; echo "$? \${PIPESTATUS[0]}"
    exit 9`)
  expect(stdout).toBe('7\n3\n255\n1\n0 3\n')
  expect(stderr).toBe(
    `exec of "nosuch" failed: No such file or directory\ncat: /nosuch: No such file or directory\nerr\n`,
  )
  expect(status).toBe(9)
})

test('time is simulated wherever a shell asks for it', async () => {
  const { stdout, stderr } = await sh(`
    echo $SECONDS $EPOCHSECONDS; sleep 3 | cat; echo $SECONDS "\${SECONDS}" $((SECONDS + 1)) $((EPOCHSECONDS - 1767225600))
    SECONDS=10; sleep 1; (( SECONDS == 11 )) && echo set
    false; echo "$SECONDS $?"
    start=$SECONDS; sleep 2; echo $((SECONDS - start)); TIMEFORMAT=x; time sleep 1.5
    timeout 1 sleep 9; echo $?; timeout 9 ticks 1; echo $?; timeout -s INT 1.5 ticks 5; echo $?`)
  expect(stdout).toBe('0 1767225600\n3 3 4 3\nset\n11 1\n2\n124\ntick 1\n0\ntick 1\ntick 2\nstopped after 2\n124\n')
  expect(stderr).toBe('\nreal\t0m1.501s\nuser\t0m0.000s\nsys\t0m0.000s\n')
})

test('chance has a seed', async () => {
  const script = 'echo $RANDOM $RANDOM; mktemp; mktemp -d /tmp/lab.XXXXXX; bash -c "echo $RANDOM"'
  const first = await sh(script)
  expect(first.stdout).toMatch(/^\d+ \d+\n\/tmp\/tmp\.\w{10}\n\/tmp\/lab\.\w{6}\n\d+\n$/)
  expect((await sh(script)).stdout).toBe(first.stdout)
})

test('everybody is root', async () => {
  const { stdout } =
    await sh(`id -u; id -un; echo $UID $EUID; sudo -n -E whoami; sudo -u root id -g; sudo X=1 bash -c 'echo $X'
    modprobe bridge && echo loaded; uname; umask; which ip brctl cat; command -v cat`)
  expect(stdout).toBe('0\nroot\n0 0\nroot\n0\n1\nloaded\nLinux\n0022\n/usr/bin/cat\n/usr/bin/cat\n')
  const real = await sh('which ip brctl ping; type ip', {}, { commands: COMMANDS })
  expect(real.stdout).toBe('/usr/sbin/ip\n/usr/sbin/brctl\n/usr/bin/ping\nip is /usr/bin/ip\n')
})

test('what is not there is refused', async () => {
  const { stdout, stderr } = await sh(`sudo --frob true; echo $?; sudo -u nobody true; echo $?
    modprobe nosuch; echo $?; curl example.org; echo $?; ( trap 'echo x' EXIT ); echo $?`)
  expect(stdout).toBe('2\n1\n1\n127\n2\n')
  expect(stderr).toBe(`vethereal: sudo: option --frob is not supported yet
sudo: unknown user nobody
modprobe: FATAL: Module nosuch not found in directory /lib/modules/6.18.0
lab.sh: line 2: curl: command not found
vethereal: trap in a subshell is not supported yet
`)
})

test('nothing of the host is to be seen', async () => {
  const { stdout } = await sh('echo "$PATH $HOME $PWD"; env | sort; ls /; cat /etc/hosts; hostname')
  expect(stdout).not.toMatch(/node|npm|vethereal/i)
  expect(stdout).toContain('127.0.0.1\tlocalhost')
})

test('the same script is the same run', async () => {
  const script = `for i in 1 2 3; do (sleep 0.$((RANDOM % 9)); echo "$i $SECONDS") & done; wait; ticks 3 | tee f; both`
  const [first, second] = [await sh(script), await sh(script)]
  expect(second.pieces).toEqual(first.pieces)
  expect(second.world.now).toBe(first.world.now)
})

test('files that the host mounts can be run and sourced', async () => {
  const files = { '/lab/lib.sh': 'f() { echo "lib $1"; }\n', '/lab/other.sh': 'echo "other $1 $(netns)"; exit 4\n' }
  const { stdout } = await sh(
    'source ./lib.sh; f 1; bash other.sh a; echo $?; netns red bash ./other.sh b; chmod +x other.sh; ./other.sh c; file lib.sh',
    { cwd: '/lab' },
    { files, commands },
  )
  expect(stdout).toBe('lib 1\nother a host\n4\nother b red\nother c host\nf() { echo "lib $1"; }\n')
})

test('nsenter enters a network namespace by its file or by a process', async () => {
  const { stdout, stderr, status } = await sh(
    `netns red true; nsenter --net=/run/netns/red netns; nsenter -n/var/run/netns/red -- netns; nsenter -t 1 -n netns
    nsenter --net=/run/netns/nope netns; nsenter -n netns; nsenter -m netns`,
  )
  expect(stdout).toBe('red\nred\nhost\n')
  // The first two as nsenter of util-linux 2.38 says them.
  expect(stderr).toBe(
    'nsenter: cannot open /run/netns/nope: No such file or directory\n' +
      'nsenter: neither filename nor target pid supplied for ns/net\n' +
      'vethereal: nsenter: option -m is not supported yet\n',
  )
  expect(status).toBe(1)
})
