/** Sysctls of a namespace against Linux 6.18: `sysctl -a` of a new namespace, and what writes did to other keys. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { KEYS, MODELLED, parseValue } from '../../src/control/sysctls.ts'
import { Sysctls } from '../../src/world/sysctls.ts'

const KERNEL_SYSCTL_A = readFileSync(`${import.meta.dirname}/golden/sysctl-a.txt`, 'utf8')

function namespace(...devices: string[]): Sysctls {
  const sysctls = new Sysctls(false)
  sysctls.deviceAdded('lo', 'loopback')
  for (const name of devices) sysctls.deviceAdded(name, 'veth')
  return sysctls
}

function read(sysctls: Sysctls, path: string): string {
  const answer = sysctls.text(`net/${path}`)
  return answer.ok ? answer.value : answer.errno
}

/** Answers what was written to `net/PATH=TEXT`: the changed paths without net/, or the errno. */
function write(sysctls: Sysctls, line: string): readonly string[] | string {
  const [path, text] = line.split('=') as [string, string]
  const answer = sysctls.set(`net/${path}`, text)
  return answer.ok ? answer.value.map(each => each.replace('net/', '')) : answer.errno
}

/** Every value that is not as before, as `path: value`. */
function difference(sysctls: Sysctls, change: () => void): string[] {
  const all = () => new Map(sysctls.paths().map(path => [path, sysctls.text(path)]))
  const before = all()
  change()
  const changed: string[] = []
  for (const [path, answer] of all()) {
    const old = before.get(path)
    const same = old !== undefined && JSON.stringify(old) === JSON.stringify(answer)
    if (!same && answer.ok) changed.push(`${path.replace('net/', '')}: ${answer.value}`)
  }
  return changed
}

test('a new namespace reads as `sysctl -a` reads it on Linux, in its order', () => {
  const sysctls = namespace()
  const lines = sysctls
    .paths()
    .filter(path => path.startsWith('net/'))
    .map(path => [path, sysctls.text(path)] as const)
    .flatMap(([path, text]) => (text.ok ? [`${path.replaceAll('/', '.')} = ${text.value}\n`] : []))
  expect(lines.join('')).toBe(KERNEL_SYSCTL_A)
})

test.for([
  [' 1\n', '1'],
  ['\t2', '2'],
  ['010', '8'],
  ['0x10', '16'],
  ['0X1f', '31'],
  ['-0x3', '-3'],
  ['+5', 'EINVAL'],
  ['1 2', '1'],
  ['1 2\n', '1'],
  ['1,2', 'EINVAL'],
  ['1x', 'EINVAL'],
  ['1\x002', 'EINVAL'],
  ['2147483648', 'EINVAL'],
  ['-2147483648', '-2147483648'],
  ['4294967297', 'EINVAL'],
  ['18446744073709551617', 'EINVAL'],
  ['- 1', 'EINVAL'],
  ['--1', 'EINVAL'],
  ['', '0'],
  ['\n', 'EINVAL'],
  ['08', 'EINVAL'],
  ['0x', 'EINVAL'],
  ['0xg', 'EINVAL'],
  ['1\n\n2', '1'],
  ['  3  ', '3'],
  ['00000000000000000000001', 'EINVAL'],
  ['1.5', 'EINVAL'],
  ['1e3', 'EINVAL'],
])('rp_filter written %j', ([text, outcome]) => {
  const sysctls = namespace('v0')
  const answer = sysctls.set('net/ipv4/conf/v0/rp_filter', text!)
  expect(answer.ok ? read(sysctls, 'ipv4/conf/v0/rp_filter') : answer.errno).toBe(outcome)
  if (!answer.ok) expect(read(sysctls, 'ipv4/conf/v0/rp_filter')).toBe('0')
})

test.for([
  ['ipv4/ip_no_pmtu_disc', '256', 'EINVAL'],
  ['ipv4/ip_no_pmtu_disc', '-1', 'EINVAL'],
  ['ipv4/ip_no_pmtu_disc', '4 5', '4'],
  ['ipv4/ip_default_ttl', '0', 'EINVAL'],
  ['ipv4/ip_default_ttl', '255', '255'],
  ['ipv4/ip_default_ttl', '256', 'EINVAL'],
  ['ipv4/icmp_echo_ignore_all', '2', 'EINVAL'],
  ['ipv4/ipfrag_high_thresh', '4194305', '4194305'],
  ['ipv4/ipfrag_high_thresh', '18446744073709551616', 'EINVAL'],
  ['ipv4/ipfrag_time', '8589934', '8589934'],
  ['ipv4/ipfrag_time', '8589935', 'EINVAL'],
  ['ipv4/ping_group_range', '0 10', '0\t10'],
  ['ipv4/ping_group_range', '10 0', '1\t0'],
  ['ipv4/ping_group_range', '0', '0\t0'],
  ['ipv4/ping_group_range', '5', '1\t0'],
  ['ipv4/ping_group_range', '0 4294967294', '0\t4294967294'],
  ['ipv4/ping_group_range', '0 4294967295', 'EINVAL'],
  ['ipv4/ping_group_range', '1 2 3', '1\t2'],
  ['ipv4/neigh/*/retrans_time_ms', '10', '12'],
  ['ipv4/neigh/*/retrans_time_ms', '999', '1000'],
  ['ipv4/neigh/*/retrans_time_ms', '-1', 'EINVAL'],
  ['ipv4/neigh/*/interval_probe_time_ms', '0', 'EINVAL'],
  ['ipv4/neigh/*/interval_probe_time_ms', '1', '4'],
  ['ipv4/neigh/*/locktime', '81', '80'],
  ['ipv4/neigh/*/locktime', '1', '0'],
  ['bridge/bridge-nf-call-iptables', '-1', '1'],
  ['bridge/bridge-nf-call-iptables', '0', '0'],
  ['bridge/bridge-nf-call-iptables', 'x', 'EINVAL'],
])('%s written %j', ([path, text, outcome]) => {
  const key = KEYS.get(`net/${path}`)!
  const answer = parseValue(key, text!, key.initial)
  expect(answer.ok ? answer.value : answer.errno).toBe(outcome)
})

test('some keys bound each other', () => {
  const sysctls = namespace()
  const outcomes = [
    'ip_local_port_range=1023 2000',
    'ip_local_port_range=2000 3000',
    'ip_local_port_range=2500',
    'ip_local_port_range=3001',
    'ip_local_port_range=2000 1999',
    'ip_local_port_range=40000 65536',
    'ip_unprivileged_port_start=2500',
    'ip_unprivileged_port_start=2501',
    'ip_unprivileged_port_start=0',
    'ip_local_port_range=0 200',
    'ip_local_port_range=100 200',
    'ipfrag_low_thresh=100',
    'ipfrag_high_thresh=99',
    'ipfrag_high_thresh=100',
    'ipfrag_low_thresh=101',
  ].map(line => {
    const outcome = write(sysctls, `ipv4/${line}`)
    return typeof outcome === 'string' ? outcome : read(sysctls, `ipv4/${line.split('=')[0]}`)
  })
  expect(outcomes).toEqual([
    'EINVAL',
    '2000\t3000',
    '2500\t3000',
    'EINVAL',
    'EINVAL',
    'EINVAL',
    '2500',
    'EINVAL',
    '0',
    'EINVAL',
    '100\t200',
    '100',
    'EINVAL',
    '100',
    'EINVAL',
  ])
})

test.for([
  ['1,2,3', '1-3'],
  ['5-3', 'EINVAL'],
  ['10-12,11-20,30', '10-20,30'],
  ['1-', 'EINVAL'],
  [',', 'EINVAL'],
  ['1,,2', 'EINVAL'],
  ['65535', '65535'],
  ['65536', 'EINVAL'],
  ['1,', '1'],
  [',5', 'EINVAL'],
  ['5 ', 'EINVAL'],
  ['0-65535', '0-65535'],
  ['1-2-3', 'EINVAL'],
  ['0x10,010', '8,16'],
])('ip_local_reserved_ports written %j', ([text, outcome]) => {
  const sysctls = namespace()
  const answer = sysctls.set('net/ipv4/ip_local_reserved_ports', `${text}\n`)
  expect(answer.ok ? read(sysctls, 'ipv4/ip_local_reserved_ports') : answer.errno).toBe(outcome)
})

test('ip_forward is every device, default and all; it turns accept_redirects of all round', () => {
  const sysctls = namespace('v0')
  expect(difference(sysctls, () => write(sysctls, 'ipv4/ip_forward=1'))).toEqual([
    'ipv4/conf/all/accept_redirects: 0',
    'ipv4/conf/all/forwarding: 1',
    'ipv4/conf/default/forwarding: 1',
    'ipv4/conf/lo/forwarding: 1',
    'ipv4/conf/v0/forwarding: 1',
    'ipv4/ip_forward: 1',
  ])
  expect(write(sysctls, 'ipv4/conf/v0/forwarding=0')).toEqual(['ipv4/conf/v0/forwarding'])
  expect(difference(sysctls, () => write(sysctls, 'ipv4/ip_forward=1'))).toEqual([])
  expect(difference(sysctls, () => write(sysctls, 'ipv4/conf/all/forwarding=0'))).toEqual([
    'ipv4/conf/all/accept_redirects: 1',
    'ipv4/conf/all/forwarding: 0',
    'ipv4/conf/default/forwarding: 0',
    'ipv4/conf/lo/forwarding: 0',
    'ipv4/ip_forward: 0',
  ])
})

test('a device follows default until its own value is written or it has an IPv4 address', () => {
  const sysctls = namespace('v0', 'v1', 'v2')
  expect(write(sysctls, 'ipv4/conf/v0/rp_filter=0')).toEqual([])
  sysctls.addressAdded('v2')
  expect(difference(sysctls, () => write(sysctls, 'ipv4/conf/default/rp_filter=1'))).toEqual([
    'ipv4/conf/default/rp_filter: 1',
    'ipv4/conf/lo/rp_filter: 1',
    'ipv4/conf/v1/rp_filter: 1',
  ])
  sysctls.deviceAdded('v3', 'veth')
  sysctls.addressAdded('v1')
  expect(write(sysctls, 'ipv4/conf/default/rp_filter=2')).toEqual([
    'ipv4/conf/default/rp_filter',
    'ipv4/conf/lo/rp_filter',
  ])
  expect(['v0', 'v1', 'v2', 'v3'].map(name => read(sysctls, `ipv4/conf/${name}/rp_filter`))).toEqual([
    '0',
    '1',
    '0',
    '1',
  ])
})

test('some keys are copied from default at birth only: promote_secondaries, forwarding, everything of IPv6', () => {
  const sysctls = namespace('v0')
  for (const key of ['ipv4/conf/default/promote_secondaries', 'ipv4/conf/default/forwarding']) {
    expect(write(sysctls, `${key}=1`)).toEqual([key])
  }
  expect(write(sysctls, 'ipv6/conf/default/accept_dad=0')).toEqual(['ipv6/conf/default/accept_dad'])
  sysctls.deviceAdded('v1', 'veth')
  sysctls.deviceAdded('tun0', 'tun')
  expect(read(sysctls, 'ipv4/conf/v1/promote_secondaries')).toBe('1')
  expect(read(sysctls, 'ipv4/conf/v1/forwarding')).toBe('1')
  expect(['lo', 'v0', 'v1', 'tun0'].map(name => read(sysctls, `ipv6/conf/${name}/accept_dad`))).toEqual([
    '-1',
    '1',
    '0',
    '-1',
  ])
})

test('disable_ipv6 of all writes default and the devices; of default and of a device itself only', () => {
  const sysctls = namespace('v0')
  expect(write(sysctls, 'ipv6/conf/v0/disable_ipv6=1')).toEqual(['ipv6/conf/v0/disable_ipv6'])
  expect(write(sysctls, 'ipv6/conf/all/disable_ipv6=1')).toEqual([
    'ipv6/conf/all/disable_ipv6',
    'ipv6/conf/default/disable_ipv6',
    'ipv6/conf/lo/disable_ipv6',
  ])
  expect(write(sysctls, 'ipv6/conf/default/disable_ipv6=0')).toEqual(['ipv6/conf/default/disable_ipv6'])
  sysctls.deviceAdded('v1', 'veth')
  expect(['v0', 'v1'].map(name => read(sysctls, `ipv6/conf/${name}/disable_ipv6`))).toEqual(['1', '0'])
})

test('of some keys only some values are obeyed', () => {
  const sysctls = namespace('v0')
  expect(write(sysctls, 'ipv6/conf/all/addr_gen_mode=1')).toHaveLength(4)
  expect(write(sysctls, 'ipv6/conf/v0/addr_gen_mode=3')).toBe('EOPNOTSUPP')
  expect(write(sysctls, 'ipv6/conf/v0/addr_gen_mode=9')).toBe('EINVAL')
  expect(write(sysctls, 'ipv6/conf/v0/accept_dad=2')).toBe('EOPNOTSUPP')
})

test('the old names of neighbour keys are views on the new ones', () => {
  const sysctls = namespace('v0')
  expect(read(sysctls, 'ipv4/neigh/v0/unres_qlen')).toBe('101')
  expect(write(sysctls, 'ipv4/neigh/v0/unres_qlen=10')).toEqual(['ipv4/neigh/v0/unres_qlen_bytes'])
  expect(read(sysctls, 'ipv4/neigh/v0/unres_qlen_bytes')).toBe('20900')
  write(sysctls, 'ipv4/neigh/v0/base_reachable_time=3')
  expect(read(sysctls, 'ipv4/neigh/v0/base_reachable_time_ms')).toBe('3000')
  write(sysctls, 'ipv4/neigh/v0/retrans_time=10')
  expect(read(sysctls, 'ipv4/neigh/v0/retrans_time_ms')).toBe('100')
  expect(sysctls.paths()).not.toContain('net/ipv4/neigh/v0/retrans_time')
})

test('what Vethereal does not obey may only be written as it is', () => {
  const sysctls = namespace('v0')
  expect(write(sysctls, 'ipv4/tcp_sack=1')).toEqual([])
  expect(write(sysctls, 'ipv4/tcp_sack=0')).toBe('EOPNOTSUPP')
  expect(write(sysctls, 'ipv4/tcp_sack=256')).toBe('EINVAL')
  expect(write(sysctls, 'ipv6/conf/all/forwarding=1')).toBe('EOPNOTSUPP')
  expect(write(sysctls, 'ipv4/tcp_congestion_control=bbr\n')).toEqual([])
  expect(write(sysctls, 'ipv4/tcp_congestion_control=cubic')).toBe('EOPNOTSUPP')
  expect(write(sysctls, 'ipv4/tcp_rmem=4096 131072 33554432')).toEqual([])
  expect(write(sysctls, 'ipv4/ip_local_port_range=1 x')).toBe('EINVAL')
})

test('files that cannot be read or written, and names that are none', () => {
  const sysctls = namespace('v0')
  expect(write(sysctls, 'core/rmem_max=1')).toBe('EACCES')
  expect(sysctls.mode('net/core/rmem_max')).toBe(0o444)
  expect(read(sysctls, 'ipv4/route/flush')).toBe('EACCES')
  expect(write(sysctls, 'ipv4/route/flush=1')).toEqual(['ipv4/route/flush'])
  expect(read(sysctls, 'ipv6/conf/v0/stable_secret')).toBe('EIO')
  expect(read(sysctls, 'ipv4/foo')).toBe('ENOENT')
  expect(read(sysctls, 'ipv4/conf')).toBe('EISDIR')
  expect(read(sysctls, 'ipv4/conf/v9/rp_filter')).toBe('ENOENT')
  expect(sysctls.list('net/ipv4/ip_forward')).toEqual({ ok: false, errno: 'ENOTDIR' })
  expect(() => sysctls.number('net/ipv4/foo')).toThrow('net/ipv4/foo')
})

test('directories list what /proc lists', () => {
  const sysctls = namespace('v0', 'eth0.5')
  const list = (directory: string) => {
    const answer = sysctls.list(directory)
    return answer.ok ? answer.value : answer.errno
  }
  expect(list('')).toEqual(['kernel', 'net'])
  expect(list('net')).toEqual(['bridge', 'core', 'ipv4', 'ipv6', 'mptcp', 'netfilter', 'unix'])
  expect(list('net/ipv4/conf')).toEqual(['all', 'default', 'eth0.5', 'lo', 'v0'])
  expect(list('net/ipv4/neigh')).toEqual(['eth0.5', 'lo', 'v0'])
})

test('the initial namespace has keys that no other has', () => {
  const sysctls = new Sysctls(true)
  expect(read(sysctls, 'core/netdev_max_backlog')).toBe('1000')
  expect(read(sysctls, 'ipv4/neigh/default/gc_thresh3')).toBe('1024')
  expect(read(namespace(), 'core/netdev_max_backlog')).toBe('ENOENT')
  sysctls.deviceAdded('v0', 'veth')
  expect(write(sysctls, 'ipv4/neigh/default/ucast_solicit=7')).toEqual([
    'ipv4/neigh/default/ucast_solicit',
    'ipv4/neigh/v0/ucast_solicit',
  ])
})

test('a child inherits IPv4 from its parent and IPv6 from nobody', () => {
  const parent = new Sysctls(true)
  for (const line of [
    'ipv4/ip_forward=1',
    'ipv4/conf/default/rp_filter=2',
    'ipv4/neigh/default/ucast_solicit=7',
    'ipv6/conf/default/accept_dad=0',
  ]) {
    write(parent, line)
  }
  const child = new Sysctls(false, parent)
  child.deviceAdded('v0', 'veth')
  expect(
    [
      'ipv4/ip_forward',
      'ipv4/conf/v0/forwarding',
      'ipv4/conf/v0/rp_filter',
      'ipv4/neigh/v0/ucast_solicit',
      'ipv6/conf/v0/accept_dad',
    ].map(path => read(child, path)),
  ).toEqual(['1', '1', '2', '7', '1'])
})

test('a device takes its values along with its name and leaves none behind', () => {
  const sysctls = namespace('v0')
  write(sysctls, 'ipv4/conf/v0/rp_filter=2')
  sysctls.deviceRenamed('v0', 'w.1')
  expect(read(sysctls, 'ipv4/conf/v0/rp_filter')).toBe('ENOENT')
  expect(read(sysctls, 'ipv4/conf/w.1/rp_filter')).toBe('2')
  sysctls.deviceRemoved('w.1')
  sysctls.deviceAdded('w.1', 'veth')
  expect(read(sysctls, 'ipv4/conf/w.1/rp_filter')).toBe('0')
})

test('below an MTU of 1280 a device has no IPv6', () => {
  const sysctls = namespace('v0')
  expect(read(sysctls, 'ipv6/conf/v0/mtu')).toBe('1500')
  sysctls.mtuChanged('v0', 1200)
  expect(read(sysctls, 'ipv6/conf/v0/accept_dad')).toBe('ENOENT')
  expect(read(sysctls, 'ipv4/conf/v0/rp_filter')).toBe('0')
})

test('with a larger MTU its IPv6 begins anew, with the defaults of that time', () => {
  const sysctls = namespace('v0')
  write(sysctls, 'ipv6/conf/v0/accept_dad=2')
  sysctls.mtuChanged('v0', 1279)
  write(sysctls, 'ipv6/conf/default/disable_ipv6=1')
  sysctls.deviceRenamed('v0', 'w')
  sysctls.mtuChanged('w', 1280)
  expect(read(sysctls, 'ipv6/conf/w/accept_dad')).toBe('1')
  expect(read(sysctls, 'ipv6/conf/w/disable_ipv6')).toBe('1')
})

test('every modelled name is a key of the table', () => {
  expect([...MODELLED].filter(path => !KEYS.has(path))).toEqual([])
})

const modelledInts = [...MODELLED]
  .filter(
    path =>
      !KEYS.get(path)!.hostOnly && KEYS.get(path)!.kind === 'number' && KEYS.get(path)!.obeyedValues === undefined,
  )
  .filter(path => !path.endsWith('unres_qlen_bytes'))
  .flatMap(path => (path.includes('*') ? ['v0', 'lo'].map(name => path.replace('*', name)) : [path]))

test('a written number is read back, and the answer names exactly what changed', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom(...modelledInts), fc.integer({ min: 0, max: 3 }))), writes => {
      const sysctls = namespace('v0')
      for (const [path, value] of writes) {
        const before = new Map(sysctls.paths().map(each => [each, JSON.stringify(sysctls.text(each))]))
        const answer = sysctls.set(path, String(value))
        if (!answer.ok) {
          expect(answer.errno).toBe('EINVAL')
          continue
        }
        expect(sysctls.number(path)).toBe(value)
        const changed = sysctls.paths().filter(each => JSON.stringify(sysctls.text(each)) !== before.get(each))
        expect([...answer.value].sort()).toEqual(changed.sort())
      }
    }),
    { numRuns: 20 },
  )
})
