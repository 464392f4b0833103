/** Scripts that a kernel was recorded with say the same here; there is a recording of each. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createWorld } from '../../src/index.ts'
import { normal, RECORDINGS, type Recording, scripts, scriptText } from './recording.ts'

test.for(scripts())('%s', async path => {
  expect(existsSync(join(RECORDINGS, `${path}.json`)), `npm run record:kernel -- ${path}`).toBe(true)
  const recording: Recording = JSON.parse(readFileSync(join(RECORDINGS, `${path}.json`), 'utf8'))
  const script = scriptText(path)
  expect(script, 'the script was changed: npm run record:kernel').toBe(recording.script)
  const result = await createWorld().sh(script)
  expect(normal(result.stdout, script)).toBe(normal(recording.stdout, script))
  expect(normal(result.stderr, script)).toBe(normal(recording.stderr, script))
  expect(result.status).toBe(recording.status)
})

test('the comparison leaves out times, random MACs and numbers of queues, and nothing else', () => {
  const script = 'ip link set v0 address 02:00:00:00:00:01'
  const text = `64 bytes from 10.0.0.2: icmp_seq=1 ttl=64 time=0.071 ms
1 packets transmitted, 1 received, 0% packet loss, time 12ms
rtt min/avg/max/mdev = 0.058/0.066/0.071/0.005 ms
    link/ether 0a:01:02:03:04:05 brd ff:ff:ff:ff:ff:ff
10.0.0.2 lladdr 02:00:00:00:00:01, 0a:01:02:03:04:05, 0a:01:02:03:04:06 mtu 1500 numtxqueues 2 numrxqueues 2
2026/11/23 01:22:14 socat[179] E sendto(5, 0x559c8521d000, 4, 0, AF=2 10.1.1.255:5005, 16): Permission denied`
  expect(normal(text, script)).toBe(`64 bytes from 10.0.0.2: icmp_seq=1 ttl=64 time=*ms
1 packets transmitted, 1 received, 0% packet loss, time *ms
rtt *
    link/ether m1 brd ff:ff:ff:ff:ff:ff
10.0.0.2 lladdr 02:00:00:00:00:01, m1, m2 mtu 1500 numtxqueues * numrxqueues *
socat E sendto(5, 0x*, 4, 0, AF=2 10.1.1.255:5005, 16): Permission denied`)
})
