/** `vethereal run` and `vethereal -c` as processes: output, exit statuses, files, signals. */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { read } from '../../src/wire/pcapng.ts'
import { finished, scratch, start, vethereal } from '../support/program.ts'

const c = (commands: string, ...options: string[]) => vethereal([...options, '-c', commands])

function script(name: string, text: string): string {
  const path = join(scratch, name)
  writeFileSync(path, text)
  return path
}

describe('exit statuses', () => {
  test.for([
    ['true', 0],
    ['false', 1],
    ['exit 7', 7],
    ['set -e; false; echo never', 1],
    ['ip link set nosuch up', 1],
    ['nosuch', 127],
  ] as const)('%s', async ([commands, status]) => {
    expect((await c(commands)).status).toBe(status)
  })
})

test('a script gets its name and arguments', async () => {
  const path = script('args.sh', 'echo "$0 $# $2"\nnosuch\n')
  expect(await vethereal(['run', path, 'a', 'b c', '--seed'])).toEqual({
    status: 127,
    stdout: `${path} 3 b c\n`,
    stderr: `${path}: line 2: nosuch: command not found\n`,
  })
  expect(await vethereal(['-c', 'echo "$0 $1"', 'name', 'x'])).toEqual({ status: 0, stdout: 'name x\n', stderr: '' })
})

test('a script from standard input', async () => {
  const input = 'echo "$1"; ip netns add a; ip netns list'
  expect(await vethereal(['run', '-', 'x'], { input })).toEqual({ status: 0, stdout: 'x\na\n', stderr: '' })
  expect(await vethereal([], { input })).toEqual({ status: 0, stdout: '\na\n', stderr: '' })
})

test('standard input is for the script only where that was asked for', async () => {
  expect((await vethereal(['-c', 'cat'], { input: 'data\n' })).stdout).toBe('')
  expect((await vethereal(['--stdin', '-c', 'cat'], { input: 'data\n' })).stdout).toBe('data\n')
})

test('a pipe on standard input that never ends does not hold a script up', async () => {
  const child = start(['-c', 'echo done'])
  expect(await finished(child)).toMatchObject({ status: 0, stdout: 'done\n' })
})

describe('bad input', () => {
  test('a script that cannot be run', async () => {
    const locked = script('locked.sh', 'echo no')
    chmodSync(locked, 0o000)
    const isRoot = process.getuid?.() === 0
    for (const [path, words, status] of [
      ['nosuch.sh', 'nosuch.sh: No such file or directory', 127],
      [`${locked}/x`, `${locked}/x: Not a directory`, 127],
      ['src', 'src: Is a directory', 126],
      ...(isRoot ? [] : [[locked, `${locked}: Permission denied`, 126] as const]),
    ] as const) {
      expect(await vethereal(['run', path])).toEqual({ status, stdout: '', stderr: `vethereal: ${words}\n` })
    }
  })

  test('files that cannot be written are refused before the script begins', async () => {
    const bad = join(scratch, 'nosuch', 'x.pcapng')
    const json = join(scratch, 'not-made.json')
    for (const options of [
      ['--pcap', bad, '--trace-json', json],
      ['--trace-json', bad, '--pcap', json],
    ]) {
      expect(await c('echo ran', ...options)).toEqual({
        status: 2,
        stdout: '',
        stderr: `vethereal: ${bad}: No such file or directory\n`,
      })
    }
    expect(existsSync(json)).toBe(false)
  })

  // What Linux 6.18 with iproute2 6.1, bridge-utils 1.7 and iputils 20221126 says, and its exit status.
  const MISTAKES = [
    ['nosuch -x', 127, 'bash: line 1: nosuch: command not found'],
    ['ip link set nosuch up', 1, 'Cannot find device "nosuch"'],
    ['ip netns exec nosuch true', 255, 'Cannot open network namespace "nosuch": No such file or directory'],
    ['ip -n nosuch link', 255, 'Cannot open network namespace "nosuch": No such file or directory'],
    ['ip netns add net0', 1, 'Cannot create namespace file "/run/netns/net0": File exists'],
    ['ip link add v0 type veth peer name v2', 2, 'RTNETLINK answers: File exists'],
    ['ip link add v3 type veth peer name v0', 2, 'RTNETLINK answers: File exists'],
    ['ip link add v4 type veth peer name v4', 2, 'RTNETLINK answers: File exists'],
    ['ip link add abcdefghijklmnop type bridge', 2, 'Error: Attribute failed policy validation.'],
    [
      'ip link set v0 name abcdefghijklmnop',
      255,
      'Error: argument "abcdefghijklmnop" is wrong: "name" not a valid ifname',
    ],
    ['brctl addbr v0', 1, "device v0 already exists; can't create bridge with the same name"],
    ['ip addr add 10.0.0.300/24 dev v0', 1, 'Error: any valid prefix is expected rather than "10.0.0.300/24".'],
    ['ip addr add 10.0.0.1/33 dev v0', 1, 'Error: any valid prefix is expected rather than "10.0.0.1/33".'],
    ['ip route add 10.0.0.0/33 dev v0', 1, 'Error: any valid prefix is expected rather than "10.0.0.0/33".'],
    ['ip link set v0 address 02:00:00:00:00:zz', 1, '"zz" is invalid lladdr.'],
    ['ip link set v0 address 01:00:00:00:00:01', 2, 'RTNETLINK answers: Cannot assign requested address'],
    ['ip link set v0 address 02:00:00', 1, 'Invalid address length 3 - must be 6 bytes'],
    ['ip link add type veth peer name x peer name y', 255, 'Error: duplicate "name": "y" is the second value.'],
    ['ip link add a type veth peer type veth', 1, '"type" is invalid lladdr.'],
    ['ping -c 1 nosuch', 2, 'ping: nosuch: Name or service not known'],
    ['ping -c 1 192.0.2.1', 2, 'ping: connect: Network is unreachable'],
  ] as const

  test('commands that are wrong say what Linux says and change nothing', async () => {
    const look = 'ip -br link; ip -br addr; ip route; ip netns list'
    const steps = MISTAKES.map(([command]) => `${command} 2>&1\necho "=> $?"\n${look}\necho ---\n`)
    const { stdout } = await c(
      `ip netns add net0; ip link add v0 type veth peer name v1; ${look}\necho ---\n${steps.join('')}`,
    )
    const [before, ...after] = stdout.split('---\n')
    expect(before).toContain('v0@v1')
    const said = MISTAKES.map(([, status, words]) => `${words}\n=> ${status}\n`)
    expect(after.slice(0, -1).map(text => text.replace(/line \d+/, 'line 1'))).toEqual(said.map(text => text + before))
  })

  test('a script that loops for ever without waiting', async () => {
    const { status, stdout, stderr } = await c('while :; do :; done; echo never')
    expect(stderr).toMatch(/too many iterations \(\d+\)/)
    expect(stdout).toBe('')
    expect([124, 126]).toContain(status)
  }, 60_000)

  test('a script that waits for ever', async () => {
    expect(await c('while sleep 1; do :; done; echo never', '--max-time', '100')).toEqual({
      status: 124,
      stdout: '',
      stderr: 'vethereal: the limit of 100 s of simulated time is reached: stopped\n',
    })
    expect(await c('ping -i 60 127.0.0.1 > /dev/null')).toMatchObject({
      status: 124,
      stderr: 'vethereal: the limit of 86400 s of simulated time is reached: stopped\n',
    })
  })

  test('two bridges joined by two cables', async () => {
    const { status, stdout, stderr } = await c(`
      ip link add br0 type bridge; ip link add br1 type bridge
      for i in 0 1; do
        ip link add a$i type veth peer name b$i
        ip link set a$i master br0 up; ip link set b$i master br1 up
      done
      ip netns add host; ip link add hv type veth peer name eth0 netns host
      ip -n host addr add 10.0.0.1/24 dev eth0; ip -n host link set eth0 up
      ip link set hv master br0 up; ip link set br0 up; ip link set br1 up
      sleep 3
      ip netns exec host ping -c 1 -W 1 10.0.0.2 | tail -n 2 | head -n 1`)
    expect(stdout).toMatch(/^1 packets transmitted, 0 received, 100% packet loss, time 0ms\n$/)
    expect(stderr).toMatch(
      /^vethereal: a broadcast storm was cut: [\d,]+ frames ended after 1,024 crossings of devices \(our limit\); do bridges form a loop\?\n/,
    )
    expect(status).toBe(0)
  })
})

test('output comes when it is produced', async () => {
  const child = start(['--pace', '1', '-c', 'echo first; sleep 1; echo second'])
  const seen: [string, number][] = []
  child.stdout!.setEncoding('utf8').on('data', text => seen.push([text, performance.now()]))
  expect((await finished(child)).status).toBe(0)
  expect(seen.map(([text]) => text)).toEqual(['first\n', 'second\n'])
  expect(seen[1]![1] - seen[0]![1]).toBeGreaterThan(500)
})

test('whoever stops reading ends it quietly', async () => {
  const child = start(['-c', 'while :; do echo line; done'])
  child.stdout!.once('data', () => child.stdout!.destroy())
  const { status, stderr } = await finished(child)
  expect([status, stderr]).toEqual([141, ''])
})

describe('Ctrl-C', () => {
  const PING = 'ip link set lo up; ping 127.0.0.1; echo after'

  test('stops the command that runs, which says what it has found', async () => {
    const child = start(['--pace', '1', '-c', PING])
    child.stdout!.once('data', () => setTimeout(() => child.kill('SIGINT'), 300))
    const { stdout, status } = await finished(child)
    expect(stdout).toContain('--- 127.0.0.1 ping statistics ---\n1 packets transmitted, 1 received, 0% packet loss')
    // It has handled the signal, so bash goes on.
    expect(stdout).toMatch(/\nafter\n$/)
    expect(status).toBe(0)
  })

  test('ends the script with a command that does not handle it', async () => {
    const child = start(['--pace', '1', '-c', 'echo ready; sleep 100; echo after'])
    child.stdout!.once('data', () => child.kill('SIGINT'))
    expect(await finished(child)).toMatchObject({ status: 130, stdout: 'ready\n' })
  })

  test('the second time ends the program', async () => {
    const child = start(['--pace', '1', '-c', 'echo ready; ping 127.0.0.1; sleep 100'])
    child.stdout!.once('data', () => {
      child.kill('SIGINT')
      setTimeout(() => child.kill('SIGINT'), 300)
    })
    expect((await finished(child)).status).toBe(130)
  })
})

test('captures and traces', async () => {
  const [pcap, json] = [join(scratch, 'x.pcapng'), join(scratch, 'x.json')]
  const { stderr } = await vethereal(['run', '--pcap', pcap, '--trace-json', json, '--trace', 'sims/two-namespaces.sh'])
  const { interfaces, packets, sections } = read(readFileSync(pcap))
  expect(sections[0]!.application).toBe('vethereal')
  expect(interfaces.map(({ name }) => name).sort()).toEqual([
    'host/lo',
    'net0/lo',
    'net0/veth0',
    'net1/lo',
    'net1/veth1',
  ])
  expect(packets[0]!.seconds).toBe(Date.UTC(2026, 0) / 1000)
  const lines = readFileSync(json, 'utf8').trimEnd().split('\n')
  const records = lines.map(line => JSON.parse(line) as { at: number; device: string; event: string })
  const crossings = records.filter(({ event, device }) => /^(in|out)$/.test(event) && device !== 'x')
  expect(packets.length).toBe(crossings.length)
  expect(stderr.trimEnd().split('\n')).toHaveLength(lines.length)
  expect(stderr).toMatch(/^\d+\.\d{9} net1\/veth1 +in +#\d+ 42 ARP, Request who-has 10\.0\.1\.2 tell 10\.0\.1\.1$/m)
})

test('a folder that was mounted, and none that was not', async () => {
  const folder = join(scratch, 'lab')
  mkdirSync(join(folder, 'lib'), { recursive: true })
  writeFileSync(join(folder, 'lib/names.sh'), 'NAME=from-the-library\n')
  writeFileSync(
    join(folder, 'lab.sh'),
    'source "$(dirname "$0")/lib/names.sh"\necho "$NAME"\necho changed > lib/names.sh\n',
  )
  const mounted = await vethereal(['run', '--mount', '.', 'lab.sh'], { cwd: folder })
  expect(mounted).toEqual({ status: 0, stdout: 'from-the-library\n', stderr: '' })
  expect(readFileSync(join(folder, 'lib/names.sh'), 'utf8')).toBe('NAME=from-the-library\n')
  const alone = await vethereal(['run', 'lab.sh'], { cwd: folder })
  expect(alone.stderr).toContain('lab.sh: line 1: ./lib/names.sh: No such file or directory\n')
  expect((await c(`cat ${folder}/lab.sh`)).status).toBe(1)
})

test('the same seed gives the same MACs, another one others', async () => {
  const macs = async (seed: string) => (await c('ip link add type veth; ip -br link', '--seed', seed)).stdout
  const first = await macs('5')
  expect(await macs('5')).toBe(first)
  expect(await macs('6')).not.toBe(first)
})

test('a hop takes as long as it is told to', async () => {
  const ping = (hop: string) =>
    c(
      `ip netns add a; ip link add v type veth peer name w netns a
       ip addr add 10.0.0.1/24 dev v; ip -n a addr add 10.0.0.2/24 dev w; ip link set v up; ip -n a link set w up
       ping -c 1 -q 10.0.0.2 > /dev/null; ping -c 1 10.0.0.2 | grep -o 'time=.* ms'`,
      '--hop',
      hop,
    )
  expect((await ping('500')).stdout).toBe('time=1.00 ms\n')
  expect((await ping('0')).stdout).toBe('time=0.000 ms\n')
})
