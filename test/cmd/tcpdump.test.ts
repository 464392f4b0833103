/** What tcpdump 4.99.3 says of captures of our own, command by command: test/cmd/linux/tcpdump/commands.sh. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { COMMANDS } from '../../src/cmd/registry.ts'
import { Shell } from '../../src/shell/shell.ts'
import { World } from '../../src/world/world.ts'

const DIR = join(import.meta.dirname, 'linux/tcpdump')

async function output(script: string, files: Record<string, Uint8Array> = {}): Promise<string> {
  let text = ''
  const add = (more: string): void => {
    text += more
  }
  await new Shell(new World(), { commands: COMMANDS, stdout: add, stderr: add, files }).run(script, {
    argv0: 'commands.sh',
  })
  return text
}

test('every capture, style and filter as Linux shows it', async () => {
  const captures = readdirSync(DIR).filter(name => name.endsWith('.pcapng'))
  const files = Object.fromEntries(
    captures.map(name => [`/root/${name}`, new Uint8Array(readFileSync(join(DIR, name)))]),
  )
  const ours = await output(readFileSync(join(DIR, 'commands.sh'), 'utf8'), files)
  expect(ours.split('\n')).toEqual(readFileSync(join(DIR, 'linux.txt'), 'utf8').split('\n'))
}, 60_000)

const LAB = `ip link set lo up
tcpdump -ni lo -w a.pcap icmp & p=$!
sleep 0.5; ping -c2 127.0.0.1 > /dev/null; sleep 1; kill $p; wait
tcpdump -tnr a.pcap`

test('a capture written to a file in the background, and read again', async () => {
  const text = await output(LAB)
  expect(text).toContain('tcpdump: listening on lo, link-type EN10MB (Ethernet), snapshot length 262144 bytes\n')
  expect(text).toContain('4 packets captured\n8 packets received by filter\n0 packets dropped by kernel\n')
  expect(text.match(/IP 127\.0\.0\.1 > 127\.0\.0\.1: ICMP echo request, id \d+, seq 2, length 64/)).not.toBeNull()
})
