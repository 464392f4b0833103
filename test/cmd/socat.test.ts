/** A session with socat on Linux 6.18, test/cmd/linux/socat.sh; and how long it waits. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createWorld } from '../../src/index.ts'

const read = (name: string): string => readFileSync(join(import.meta.dirname, 'linux', name), 'utf8')

/** When, and who. */
const mask = (text: string): string[] =>
  text.replace(/^! [\d/]+ [\d:]+ socat\[\d+\]/gm, '! WHEN socat[PID]').split('\n')

test('socat says and does what it does on Linux', async () => {
  const { stdout, stderr } = await createWorld().sh(read('socat.sh'))
  // The words for the TUNs that are not there are the only ones on standard error.
  const linux = mask(read('socat.txt')).filter(line => !line.startsWith('Device '))
  expect(mask(stdout)).toEqual(linux)
  expect(stderr).toBe('Device "tun0" does not exist.\n'.repeat(2))
})

test('standard input is not written to, standard output not read', async () => {
  const { stdout } = await createWorld().sh(`socat UDP4-RECVFROM:7,fork EXEC:cat & sleep 0.1
echo one | socat -t 1 STDIN UDP4-SENDTO:127.0.0.1:7
echo two | socat -t 1 - UDP4-SENDTO:127.0.0.1:7
echo three | socat -t 1 UDP4-SENDTO:127.0.0.1:7 STDOUT & sleep 1`)
  expect(stdout).toBe('two\n')
})

/** With nothing on standard input, as recorded: tenths of a second until it ends. */
test.for([
  ['socat STDIO UDP:127.0.0.1:9', 5],
  ['socat UDP4-DATAGRAM:127.0.0.1:9 STDIO', 5],
  ['socat -t 1 STDIO UDP4-DATAGRAM:127.0.0.1:9', 10],
  ['socat TUN:10.2.0.1/24 STDIO', 5],
  ['socat -u STDIO UDP:127.0.0.1:9', 0],
  ['socat -U UDP:127.0.0.1:9 STDIO', 0],
] as const)('%s ends after %i tenths of a second', ([line, tenths]) => {
  const world = createWorld()
  const { now } = world
  expect(world.exec(line)).toEqual({ status: 0, stdout: '', stderr: '' })
  expect((world.now - now) / 1e8).toBe(tenths)
})

test.for([
  ['socat - TCP:10.0.0.1:80', 'socat TCP is not supported yet'],
  ['socat - TCP-LISTEN:80', 'socat TCP-LISTEN is not supported yet'],
  ['socat TUN:10.0.0.1/24,iff-promisc -', 'socat TUN: option iff-promisc is not supported yet'],
  ['socat -v - -', 'socat -v is not supported yet'],
])('%s is refused', ([line, words]) => {
  expect(createWorld().exec(line!)).toEqual({ status: 2, stdout: '', stderr: `vethereal: ${words}\n` })
})
