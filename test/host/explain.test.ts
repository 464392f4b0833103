/** `vethereal explain` and `vethereal why` as somebody types them. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { scratch, vethereal } from '../support/program.ts'

const LAB = `
ip netns add red
ip netns add blue
ip link add eth0 netns red type veth peer name eth0 netns blue
ip -n red address add 10.0.0.1/24 dev eth0
ip -n blue address add 10.0.0.2/24 dev eth0
ip -n red link set eth0 up
ip -n blue link set eth0 up
ip netns exec red ping -c 1 10.0.0.2
ip netns exec blue sysctl -qw net.ipv4.icmp_echo_ignore_all=1
ip netns exec red ping -c 1 10.0.0.2
echo not shown
`
writeFileSync(join(scratch, 'explained.sh'), LAB)
const run = (...words: string[]) => vethereal(words, { cwd: scratch })

test('why: each that failed, with its number', async () => {
  const { status, stdout, stderr } = await run('why', 'explained.sh')
  expect([status, stderr]).toEqual([0, ''])
  expect(stdout).toMatch(/^2\. "ping -c 1 10\.0\.0\.2" in red \(at \d+\.\d+ s\) failed\. /)
  expect(stdout).toMatch(
    /\n {3}To put it right:\n {5}ip netns exec blue sysctl -w net\.ipv4\.icmp_echo_ignore_all=0\n$/,
  )
  for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100)
})

test('why: one of them, by number', async () => {
  expect((await run('why', 'explained.sh', '1')).stdout).toMatch(/: nothing went wrong\.\n$/)
  expect(await run('why', 'explained.sh', '3')).toMatchObject({
    status: 2,
    stderr: 'vethereal: why: there are 2 commands that send packets, not 3\n',
  })
  expect(await run('why')).toMatchObject({ status: 2, stderr: 'vethereal: why: a script is missing\n' })
})

test('explain: all frames, those that a filter takes, one', async () => {
  const all = await run('explain', 'explained.sh')
  expect([all.status, all.stderr]).toEqual([0, ''])
  const replies = await run('explain', 'explained.sh', 'icmp[icmptype] = 0')
  expect(replies).toMatchObject({ status: 2 })
  const icmp = await run('explain', 'explained.sh', 'icmp', 'and', 'src', 'host', '10.0.0.2')
  expect(icmp.stdout.match(/^#\d+ .*$/gm)).toEqual([expect.stringContaining('10.0.0.2 > 10.0.0.1: ICMP echo reply')])
  const number = /^#(\d+)/.exec(icmp.stdout)![1]!
  const one = await run('explain', 'explained.sh', number)
  expect(one.stdout.startsWith(icmp.stdout.split('\n')[0]!)).toBe(true)
  expect(all.stdout).toContain('echo requests are not answered (icmp_echo_ignore_all)')
  expect(await run('explain', 'explained.sh', '9999')).toMatchObject({
    status: 2,
    stderr: 'vethereal: explain: there is no frame 9999\n',
  })
  expect(await run('explain', 'nosuch.sh')).toMatchObject({ status: 127 })
})
