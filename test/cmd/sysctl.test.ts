import { expect, test } from 'vitest'
import { sysctl } from '../../src/cmd/sysctl.ts'
import type { Request } from '../../src/control/request.ts'
import type { NetnsId } from '../../src/core/device.ts'
import { DONE } from '../../src/core/errno.ts'
import { Sysctls } from '../../src/world/sysctls.ts'
import type { World } from '../../src/world/world.ts'
import { say, transcript } from './said.ts'

/** A new namespace with lo. */
function freshWorld(): World {
  const sysctls = new Sysctls(false)
  sysctls.deviceAdded('lo', 'loopback')
  const world = {
    sysctl: (_: NetnsId, path: string) => sysctls.text(path),
    sysctlPaths: () => sysctls.paths(),
    apply(request: Request) {
      if (request.type !== 'sysctl') throw new Error(request.type)
      const answer = sysctls.set(request.path, request.value)
      return answer.ok ? DONE : answer
    },
  }
  return world as unknown as World
}

const SETTINGS = `# comment
; other
net.ipv4.ip_forward = 0

  net.ipv4.ip_default_ttl=63  
bad line
-net.ipv4.nosuch=1
net.ipv4.nosuch=1
net.ipv4.conf.*.rp_filter=2
-net.ipv4.conf.all.rp_filter
net/ipv4/conf/lo/forwarding=1
=3
x
`

test('one command after the other says what Linux says', () => {
  const world = freshWorld()
  for (const { line, ...told } of transcript('linux/sysctl.txt', 'show')) {
    expect({ line, ...say(sysctl, world, line, { files: { '/tmp/s.conf': SETTINGS } }) }).toEqual({ line, ...told })
  }
})

test('standard input is a file called -', () => {
  const world = freshWorld()
  expect(say(sysctl, world, 'sysctl -p -', { stdin: 'net.ipv4.ip_forward=1\nbad\n' })).toEqual({
    stdout: 'net.ipv4.ip_forward = 1\n',
    stderr: 'sysctl: -(2): invalid syntax, continuing...\n',
    status: 0,
  })
})

test('without a file -p reads /etc/sysctl.conf', () => {
  const files = { '/etc/sysctl.conf': 'net.ipv4.ip_forward=1\n' }
  expect(say(sysctl, freshWorld(), 'sysctl -p', { files }).stdout).toBe('net.ipv4.ip_forward = 1\n')
  expect(say(sysctl, freshWorld(), 'sysctl -p')).toEqual({
    stdout: '',
    stderr: 'sysctl: cannot open "/etc/sysctl.conf": No such file or directory\n',
    status: 1,
  })
})

test('a value that Linux would obey and Vethereal does not is refused', () => {
  const world = { ...freshWorld(), apply: () => ({ ok: false, errno: 'EOPNOTSUPP' }) } as unknown as World
  expect(say(sysctl, world, 'sysctl -w net.ipv4.ip_default_ttl=9')).toEqual({
    stdout: '',
    stderr: 'vethereal: sysctl net.ipv4.ip_default_ttl=9 is not supported yet\n',
    status: 1,
  })
})
