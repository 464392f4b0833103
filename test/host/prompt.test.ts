/** An interactive session at a terminal that is not there: what is typed, and what appears. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { afterEach, expect, test, vi } from 'vitest'
import { parseCommandLine } from '../../src/host/options.ts'
import { prompt } from '../../src/host/prompt.ts'
import { read } from '../../src/wire/pcapng.ts'

const PATIENCE_MS = 4_000
const CTRL_C = '\x03'
const CTRL_D = '\x04'
const CTRL_BACKSLASH = '\x1c'
const UP = '\x1b[A'
const folder = mkdtempSync(join(tmpdir(), 'vethereal-prompt-'))
afterEach(() => vi.unstubAllEnvs())

class Session {
  private readonly input = new PassThrough()
  private readonly output = Object.assign(new PassThrough(), { isTTY: true, columns: 160 })
  private seen = ''
  private at = 0
  readonly status: Promise<number>

  constructor(...options: string[]) {
    vi.stubEnv('NO_COLOR', '1')
    this.output.setEncoding('utf8').on('data', text => {
      this.seen += stripVTControlCharacters(text).replaceAll('\r', '')
    })
    const line = parseCommandLine(options)
    if (line.show !== undefined) throw new Error(line.show)
    this.status = prompt(line.settings, { input: this.input, output: this.output })
  }

  /** Waits until the text appears behind what was waited for before; answers what came before it. */
  async until(text: string): Promise<string> {
    for (let waited = 0; waited < PATIENCE_MS; waited += 5) {
      const found = this.seen.indexOf(text, this.at)
      if (found >= 0) {
        const before = this.seen.slice(this.at, found)
        this.at = found + text.length
        return before
      }
      await new Promise(resolve => setTimeout(resolve, 5))
    }
    throw new Error(`${JSON.stringify(text)} did not appear after ${JSON.stringify(this.seen.slice(this.at))}`)
  }

  type(text: string): void {
    this.input.write(text)
  }

  /** Types a line at a prompt; answers what is printed until the next one. */
  async command(line: string, next = 'host:/# '): Promise<string> {
    this.type(`${line}\r`)
    await this.until(`${line}\n`)
    return this.until(next)
  }
}

async function session(...options: string[]): Promise<Session> {
  const session = new Session(...options)
  await session.until('host:/# ')
  return session
}

test('a session from the first prompt to exit', async () => {
  const s = await session()
  expect(await s.command('ip netns add net0; ip netns list')).toBe('net0\n')
  expect(await s.command('x=5; f() { echo "f $x"; }')).toBe('')
  expect(await s.command('f; nosuch; echo $?')).toBe('f 5\nbash: nosuch: command not found\n127\n')
  expect(await s.command('cd /etc', 'host:/etc# ')).toBe('')
  s.type('exit 7\r')
  expect(await s.status).toBe(7)
})

test('nested shells name their namespace, and end one by one', async () => {
  const s = await session()
  await s.command('ip netns add net0; ip netns add net1')
  await s.command('ip netns exec net0 bash', 'net0:/# ')
  expect(await s.command('ip netns identify', 'net0:/# ')).toBe('net0\n')
  await s.command('ip netns exec net1 bash', 'net1:/# ')
  s.type(CTRL_D)
  expect(await s.until('net0:/# ')).toBe('exit\n')
  await s.command('exit 3')
  expect(await s.command('echo $?')).toBe('3\n')
  s.type(CTRL_D)
  expect(await s.status).toBe(0)
})

test('a text that goes on in the next line', async () => {
  const s = await session()
  await s.command('for i in 1 2', '> ')
  await s.command('do echo $i', '> ')
  expect(await s.command('done')).toBe('1\n2\n')
  await s.command('echo "open', '> ')
  s.type(CTRL_C)
  expect(await s.until('host:/# ')).toContain('^C\n')
  expect(await s.command('echo still here')).toBe('still here\n')
})

test('what is pasted is run line by line', async () => {
  const s = await session()
  s.type('echo one\recho two\rexit 4\r')
  expect(await s.status).toBe(4)
  expect(await s.until('host:/# echo two\n')).toMatch(/one\n$/)
  expect(await s.until('host:/# exit 4\n')).toBe('two\n')
})

test('ping prints reply by reply and stops on Ctrl-C', async () => {
  const s = await session('--pace', '20')
  await s.command('ip link set lo up')
  s.type('ping 127.0.0.1\r')
  await s.until('icmp_seq=1')
  await s.until('icmp_seq=2')
  s.type(CTRL_BACKSLASH)
  await s.until('packets, 0% loss, min/avg/ewma/max = ')
  s.type(CTRL_C)
  await s.until('^C\n--- 127.0.0.1 ping statistics ---\n')
  expect(await s.until('host:/# ')).toMatch(/^\d+ packets transmitted, \d+ received, 0% packet loss, time \d+ms\nrtt/)
  expect(await s.command('echo $?')).toBe('0\n')
})

test('Ctrl-C ends a command, the rest of its line and a loop, but not the shell', async () => {
  const s = await session()
  for (const line of ['sleep 100; echo after', 'while :; do sleep 1; done; echo after']) {
    s.type(`${line}\r`)
    await s.until(`${line}\n`)
    await new Promise(resolve => setTimeout(resolve, 100))
    s.type(CTRL_C)
    expect(await s.until('host:/# ')).toBe('^C\n')
    expect(await s.command('echo $?')).toBe('130\n')
  }
  expect(s.type('half a line')).toBeUndefined()
  s.type(CTRL_C)
  await s.until('half a line^C\n')
  expect(await s.command('echo whole')).toBe('whole\n')
})

test('time stands still while nobody runs anything, and passes with the pace that was asked for', async () => {
  const s = await session('--pace', '10')
  const now = async () => Number(await s.command('date +%s%N'))
  const before = await now()
  await new Promise(resolve => setTimeout(resolve, 300))
  const after = await now()
  expect(after - before).toBeLessThan(20_000_000)
  const began = performance.now()
  await s.command('sleep 3')
  expect(performance.now() - began).toBeGreaterThan(290)
  expect((await now()) - after).toBeGreaterThan(3_000_000_000)
})

test('completion of commands, namespaces, devices and files', async () => {
  const s = await session()
  await s.command('ip netns add left; ip link add uplink type bridge')
  for (const [typed, whole] of [
    ['brct', 'brctl '],
    ['ip netns exec le', 'ip netns exec left '],
    ['ip -n le', 'ip -n left '],
    ['ip link set dev up', 'ip link set dev uplink '],
    ['cat /etc/iprou', 'cat /etc/iproute2/'],
  ] as const) {
    s.type(`${typed}\t`)
    await s.until(whole)
    s.type(CTRL_C)
    await s.until('^C\n')
    await s.until('host:/# ')
  }
  s.type('cat /etc/host\t')
  await new Promise(resolve => setTimeout(resolve, 50))
  s.type('\t')
  expect(await s.until('/etc/hosts')).toContain('/etc/hostname')
})

test('history, kept in a file where one is named', async () => {
  const file = join(folder, 'history')
  vi.stubEnv('VETHEREAL_HISTORY', file)
  writeFileSync(file, 'echo from before\n')
  const s = await session()
  s.type(UP)
  await s.until('echo from before')
  s.type('\r')
  await s.until('from before\n')
  await s.until('host:/# ')
  await s.command('echo new')
  s.type('exit\r')
  await s.status
  expect(readFileSync(file, 'utf8')).toBe('echo from before\necho from before\necho new\nexit\n')
})

test('output that does not end its line is not written over', async () => {
  const s = await session()
  expect(await s.command('printf abc')).toBe('abc\n')
})

test('a mistake does not end the session', async () => {
  const s = await session()
  expect(await s.command('; then')).toMatch(/^bash: syntax error/)
  expect(await s.command('echo $?')).toBe('2\n')
})

test('a capture of a session', async () => {
  const pcap = join(folder, 'session.pcapng')
  const s = await session('--pcap', pcap)
  await s.command('ping -c 1 127.0.0.1 > /dev/null')
  s.type('exit\r')
  await s.status
  expect(read(readFileSync(pcap)).packets.length).toBe(2)
  rmSync(folder, { recursive: true })
})
