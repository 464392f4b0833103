/** nc, socat and ss. Their words on Linux, and those of arping and traceroute, are recordings of test/scripts. */
import { expect, test } from 'vitest'
import { COMMANDS } from '../../src/cmd/registry.ts'
import { Shell } from '../../src/shell/shell.ts'
import { World } from '../../src/world/world.ts'

async function output(script: string): Promise<string> {
  let text = ''
  const add = (more: string): void => {
    text += more
  }
  await new Shell(new World(), { commands: COMMANDS, stdout: add, stderr: add }).run(script)
  return text
}

const PAIR = `ip netns add x; ip netns add y
ip link add ex netns x type veth peer name ey netns y
ip -n x addr add 10.1.1.1/24 dev ex; ip -n y addr add 10.1.1.2/24 dev ey
ip -n x link set ex up; ip -n y link set ey up; sleep 1.2
`

test('nc talks to nc, and notices that nobody is there', async () => {
  const script = `${PAIR}ip netns exec y nc -ul 5000 > heard & server=$!
sleep .2; printf 'one\\ntwo\\n' | ip netns exec x nc -u -w1 10.1.1.2 5000; echo "client $?"
kill $server; wait $server 2>/dev/null; cat heard
ip netns exec x nc -uvz 10.1.1.2 7; echo "closed $?"
ip netns exec x nc -uv 8.8.8.8 7; echo "far $?"`
  expect(await output(script)).toBe(
    'client 0\none\ntwo\nclosed 1\nnc: connect to 8.8.8.8 port 7 (udp) failed: Network is unreachable\nfar 1\n',
  )
})

test('socat answers with what a program prints', async () => {
  const script = `${PAIR}ip netns exec y socat UDP4-RECVFROM:5004,fork EXEC:cat & server=$!
sleep .2; echo hi | ip netns exec x nc -u -w1 10.1.1.2 5004
echo hi2 | ip netns exec x socat -t1 - UDP4:10.1.1.2:5004; echo $?
ip netns exec y ss -uan; kill $server`
  expect(await output(script)).toBe(
    'hi\nhi2\n0\n' +
      'State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess\n' +
      'UNCONN 0      0            0.0.0.0:5004      0.0.0.0:*          \n',
  )
})
