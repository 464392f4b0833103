/** What scripts find in /proc, /sys, /etc and /run: the words of the kernel. */
import { expect, test } from 'vitest'
import { COMMANDS } from '../../src/cmd/registry.ts'
import { PRINTED, SCRIPT } from './proc-case.ts'
import { sh } from './support.ts'

const real = { commands: COMMANDS, isTerminal: false }

test('/proc and /sys say what they say on Linux', async () => {
  const { stdout, stderr } = await sh(
    SCRIPT.replace(/^/, 'ip link set lo up; ip netns del red; ip netns del blue\n'),
    { argv0: 'case.sh' },
    real,
  )
  const lines = (text: string): string => text.replace(/(?<=case\.sh: line )\d+/g, 'N')
  expect(lines(stdout)).toBe(lines(PRINTED))
  expect(stderr).toBe('')
})

test('names are resolved as the namespace has them', async () => {
  const { stdout } = await sh(`mkdir -p /etc/netns/red; echo '10.0.0.7 seven' > /etc/netns/red/hosts
    cat /etc/hosts; netns red cat /etc/hosts; netns blue cat /etc/hosts; netns red bash -c 'cat /etc/hosts; file /etc/hosts'; netns red file /etc/hosts`)
  expect(stdout.replaceAll('127.0.0.1\tlocalhost', 'host').split('\n')).toEqual([
    'host',
    '10.0.0.7 seven',
    'host',
    '10.0.0.7 seven',
    '10.0.0.7 seven',
    '10.0.0.7 seven',
    '',
  ])
})

test('files of one shell are files of all; times of files are simulated', async () => {
  const { stdout } = await sh(`echo 1 > /tmp/a; netns red bash -c 'cat /tmp/a; echo 2 > /tmp/b'; cat /tmp/b
    sleep 3600; touch /tmp/c; ls -l /tmp/c | cut -d' ' -f1,3,4; [ /tmp/c -nt /tmp/a ] && echo newer`)
  expect(stdout).toBe('1\n2\n-rw-r--r-- root root\nnewer\n')
})

test('processes are in /proc with their namespaces', async () => {
  const { stdout } = await sh(
    `readlink /proc/self/ns/net; readlink /proc/$$/ns/net
    netns red bash -c 'readlink /proc/self/ns/net; ip netns identify $$; ip netns identify; ls /proc/$$/net'
    ip netns pids red | wc -l; ip netns exec red ip netns pids red | wc -l`,
    {},
    { commands: new Map([...COMMANDS, ...(await import('./support.ts')).commands]) },
  )
  expect(stdout).toBe(
    'net:[4026531840]\nnet:[4026531840]\nnet:[4026532181]\nred\nred\narp\ndev\ndev_mcast\nfib_trie\nfib_triestat\nigmp\nnetstat\nroute\nsnmp\n0\n1\n',
  )
})
