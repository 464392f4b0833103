/** What a bridge learns, forgets and is told by hand. Words and orders are those of Linux 6.18. */
import { expect, test } from 'vitest'
import { type FdbSpec, type NeighbourMode, Nud } from '../../src/control/request.ts'
import { type Failure, fail } from '../../src/core/errno.ts'
import { bridge, bridgeInfo, fdbAdd, fdbDelete, fdbEntries } from '../../src/device/bridge.ts'
import { NS_PER_S } from '../../src/time/instant.ts'
import { BROADCAST, type Mac, parse, ZERO } from '../../src/wire/mac.ts'
import { Lab, mac } from '../support/bridge.ts'
import { device, frame } from '../support/recorder.ts'

const OK = { ok: true, value: undefined }

/** br0 with v1 and v2, as in the session with `bridge fdb`. */
function session(): Lab {
  const lab = new Lab(0, {}, false)
  lab.add(device('v1', mac(0x11)))
  lab.add(device('v2', mac(0x12)))
  return lab
}

const M = (n: number): Mac => (0x02aa_0000_0000 + n) as Mac

type Line = readonly [mac: Mac, dev: string, spec: Partial<FdbSpec>, mode: NeighbourMode, failure?: Failure]

test('a session with bridge fdb add and replace', () => {
  const lab = session()
  const lines: readonly Line[] = [
    [M(1), 'v1', {}, 'add'],
    [M(2), 'v1', { state: Nud.NoArp }, 'add'],
    [M(3), 'v1', { state: Nud.Reachable }, 'add'],
    [M(4), 'v1', { state: Nud.Permanent }, 'add'],
    [M(6), 'v1', { state: Nud.NoArp }, 'add'],
    [M(2), 'v1', { state: Nud.NoArp }, 'add', fail('EEXIST')],
    [M(2), 'v2', { state: Nud.NoArp }, 'add', fail('EEXIST')],
    [M(2), 'v2', { state: Nud.NoArp }, 'replace'],
    [M(2), 'v2', { state: Nud.NoArp }, 'append'],
    [M(0xa), 'v2', { state: Nud.NoArp }, 'change', fail('ENOENT')],
    [M(0xa), 'br0', {}, 'add'],
    [M(0xc), 'br0', { state: Nud.NoArp }, 'add', fail('EINVAL')],
    [M(0xc), 'br0', { state: Nud.Reachable }, 'add', fail('EINVAL')],
    [ZERO, 'v1', {}, 'add', fail('EINVAL')],
    [M(0xc), 'v1', { state: Nud.Stale }, 'add', fail('EINVAL')],
    [parse('01:00:5e:00:00:05')!, 'v1', {}, 'add'],
    [M(0xd), 'v1', { vlan: 5 }, 'add', fail('EINVAL')],
    [M(0xd), 'br0', { vlan: 5 }, 'add', fail('EINVAL')],
    [M(0xd), 'v1', { state: Nud.NoArp, sticky: true }, 'add'],
    [M(0xe), 'v1', { sticky: true }, 'add', fail('EINVAL')],
    [M(0xe), 'v1', { externLearn: true }, 'add'],
    [M(0xf), 'br0', { externLearn: true }, 'add'],
    [
      M(0x10),
      'br0',
      { externLearn: true, state: Nud.NoArp },
      'add',
      fail('EINVAL', 'bridge: FDB entry towards bridge must be permanent'),
    ],
    [M(0x11), 'v1', { use: true }, 'add'],
    [M(0x12), 'br0', { use: true }, 'add', fail('EINVAL')],
    [mac(0x11), 'v1', {}, 'add', fail('EEXIST')],
    [mac(0x11), 'v1', { state: Nud.NoArp }, 'replace'],
    [mac(0x11), 'v2', {}, 'replace'],
  ]
  for (const [mac, name, spec, mode, failure] of lines) {
    const dev = [lab.br, ...lab.ports].find(d => d.name === name)!
    const self = name === 'br0'
    const full = { link: name, mac, self, master: !self, state: Nud.Permanent, ...spec }
    expect(fdbAdd(dev, full, mode, lab.out), JSON.stringify(full)).toEqual(failure ?? OK)
  }
  expect(lab.fdb()).toEqual([
    '02:aa:00:00:00:0f br0 extern_learn permanent',
    '02:aa:00:00:00:0a br0 permanent',
    '02:aa:00:00:00:11 v1',
    '02:aa:00:00:00:0e v1 extern_learn',
    '02:aa:00:00:00:0d v1 sticky static',
    '01:00:5e:00:00:05 v1 permanent',
    '02:aa:00:00:00:06 v1 static',
    '02:aa:00:00:00:04 v1 permanent',
    '02:aa:00:00:00:03 v1',
    '02:aa:00:00:00:01 v1 permanent',
    '02:aa:00:00:00:02 v2 static',
    '02:00:00:00:00:12 v2 permanent',
    '02:00:00:00:00:11 v2 permanent',
  ])
  expect(bridge.change!(lab.br, { fdbFlush: true }, lab.out)).toEqual(OK)
  expect(lab.fdb()).toEqual([
    '02:aa:00:00:00:0a br0 permanent',
    '02:aa:00:00:00:0d v1 sticky static',
    '01:00:5e:00:00:05 v1 permanent',
    '02:aa:00:00:00:06 v1 static',
    '02:aa:00:00:00:04 v1 permanent',
    '02:aa:00:00:00:01 v1 permanent',
    '02:aa:00:00:00:02 v2 static',
    '02:00:00:00:00:12 v2 permanent',
    '02:00:00:00:00:11 v2 permanent',
  ])
})

test('a session with bridge fdb del', () => {
  const lab = session()
  const [v1, v2] = lab.ports
  const spec = (mac: Mac): FdbSpec => ({ link: '', mac, self: false, master: true, state: Nud.Permanent })
  fdbAdd(v1!, spec(M(1)), 'add', lab.out)
  expect(fdbDelete(v2!, spec(M(1)))).toEqual(fail('ENOENT'))
  expect(fdbDelete(v1!, { ...spec(M(1)), vlan: 5 })).toEqual(fail('ENOENT'))
  expect(fdbDelete(v1!, spec(M(1)))).toEqual(OK)
  expect(fdbDelete(v1!, spec(M(1)))).toEqual(fail('ENOENT'))
  expect(fdbDelete(v2!, spec(mac(0x12)))).toEqual(OK)
  expect(lab.fdb()).toEqual(['02:00:00:00:00:11 v1 permanent'])
  fdbAdd(lab.br, spec(M(2)), 'add', lab.out)
  expect(fdbDelete(v1!, spec(M(2)))).toEqual(fail('ENOENT'))
  expect(fdbDelete(lab.br, spec(M(2)))).toEqual(OK)
  const stranger = device('w1', mac(1))
  expect(fdbDelete(stranger, spec(M(1)))).toEqual(fail('EINVAL'))
  expect(fdbAdd(stranger, spec(M(1)), 'add', lab.out)).toEqual(fail('EINVAL'))
  expect(fdbEntries(stranger, 0)).toEqual([])
})

test('behind a port that does not learn only what is static can be added', () => {
  const lab = session()
  const [v1] = lab.ports
  lab.down(v1!)
  const spec = { link: 'v1', mac: M(1), self: false, master: true }
  expect(fdbAdd(v1!, { ...spec, state: Nud.Reachable }, 'add', lab.out)).toEqual(fail('EPERM'))
  expect(fdbAdd(v1!, { ...spec, state: Nud.NoArp }, 'add', lab.out)).toEqual(OK)
  expect(fdbAdd(v1!, { ...spec, mac: M(2), state: Nud.Permanent, use: true }, 'add', lab.out)).toEqual(OK)
  expect(lab.fdb().filter(line => line.includes(':aa:'))).toEqual(['02:aa:00:00:00:01 v1 static'])
})

test('an entry that is in use tells when it was heard and when it was sent to', () => {
  const lab = new Lab(2)
  lab.receive(1, frame(BROADCAST, mac(1)))
  lab.out.runUntil(3 * NS_PER_S)
  lab.receive(2, frame(mac(1), mac(2)))
  lab.out.runUntil(4 * NS_PER_S)
  expect(fdbEntries(lab.ports[0]!, lab.out.now)[0]).toEqual({
    ifindex: lab.ports[0]!.ifindex,
    mac: mac(1),
    master: lab.br.ifindex,
    self: false,
    state: Nud.Reachable,
    isLocal: false,
    isStatic: false,
    sticky: false,
    externLearn: false,
    addedByUser: false,
    usedNs: 1 * NS_PER_S,
    updatedNs: 4 * NS_PER_S,
    portNumber: 1,
  })
})

test('`use` is as if a frame had come: it refreshes and moves, but not what is local or sticky', () => {
  const lab = session()
  const [v1, v2] = lab.ports
  const spec = (mac: Mac): FdbSpec => ({ link: '', mac, self: false, master: true, state: Nud.Permanent })
  fdbAdd(v1!, { ...spec(M(1)), state: Nud.Reachable, externLearn: true }, 'add', lab.out)
  fdbAdd(v1!, { ...spec(M(2)), state: Nud.NoArp, sticky: true }, 'add', lab.out)
  fdbAdd(v1!, spec(M(3)), 'add', lab.out)
  lab.out.runUntil(5 * NS_PER_S)
  for (const n of [1, 2, 3]) expect(fdbAdd(v2!, { ...spec(M(n)), use: true }, 'add', lab.out)).toEqual(OK)
  expect(lab.fdb().filter(line => line.includes(':aa:'))).toEqual([
    '02:aa:00:00:00:03 v1 permanent',
    '02:aa:00:00:00:02 v1 sticky static',
    '02:aa:00:00:00:01 v2',
  ])
  const ages = [...fdbEntries(v1!, lab.out.now), ...fdbEntries(v2!, lab.out.now)]
    .filter(entry => entry.mac >= M(0))
    .map(entry => [entry.mac - M(0), entry.updatedNs / NS_PER_S])
  expect(ages).toEqual([
    [3, 5],
    [2, 0],
    [1, 0],
  ])
})

test('what is added again without a change is used now, but not younger', () => {
  const lab = session()
  const [v1] = lab.ports
  const spec: FdbSpec = { link: '', mac: M(1), self: false, master: true, state: Nud.NoArp }
  const ages = (): number[] => {
    const { usedNs, updatedNs } = fdbEntries(v1!, lab.out.now)[0]!
    return [usedNs / NS_PER_S, updatedNs / NS_PER_S]
  }
  fdbAdd(v1!, spec, 'add', lab.out)
  lab.out.runUntil(5 * NS_PER_S)
  fdbAdd(v1!, spec, 'replace', lab.out)
  expect(ages()).toEqual([0, 5])
  fdbAdd(v1!, { ...spec, sticky: true }, 'replace', lab.out)
  expect(ages()).toEqual([0, 0])
  lab.out.runUntil(7 * NS_PER_S)
  fdbAdd(v1!, { ...spec, sticky: true, state: Nud.Reachable }, 'replace', lab.out)
  expect([...ages(), ...lab.fdb().slice(0, 1)]).toEqual([0, 0, '02:aa:00:00:00:01 v1 sticky'])
})

// -- Ageing ---------------------------------------------------------------------------------------

/** Whether host 1 is still sent to port 1 alone. */
const isKnown = (lab: Lab): boolean => lab.receive(2, frame(mac(1), mac(2))).length === 1

test('what was not heard for 300 seconds is forgotten when the collector comes, by the grain of the timer wheel later', () => {
  const lab = new Lab(3)
  lab.out.runUntil(1 * NS_PER_S)
  lab.receive(1, frame(BROADCAST, mac(1)))
  lab.out.runUntil(301 * NS_PER_S)
  expect(fdbEntries(lab.ports[0]!, lab.out.now)[0]!.state).toBe(Nud.Stale)
  expect(isKnown(lab)).toBe(true)
  lab.out.runUntil(317.5 * NS_PER_S)
  expect(isKnown(lab)).toBe(false)
})

test('a host that is heard again is not forgotten', () => {
  const lab = new Lab(3, { ageingTime: 1000 })
  for (let s = 1; s <= 40; s += 5) {
    lab.out.runUntil(s * NS_PER_S)
    lab.receive(1, frame(BROADCAST, mac(1)))
  }
  expect(isKnown(lab)).toBe(true)
  lab.out.runUntil(47 * NS_PER_S)
  expect(isKnown(lab)).toBe(false)
})

test('static entries and those learned elsewhere do not age', () => {
  const lab = new Lab(3, { ageingTime: 100 })
  const [p1] = lab.ports
  const spec = { link: 'p1', self: false, master: true }
  fdbAdd(p1!, { ...spec, mac: M(1), state: Nud.NoArp }, 'add', lab.out)
  fdbAdd(p1!, { ...spec, mac: M(2), state: Nud.Reachable, externLearn: true }, 'add', lab.out)
  fdbAdd(p1!, { ...spec, mac: M(3), state: Nud.Reachable }, 'add', lab.out)
  lab.out.runUntil(10 * NS_PER_S)
  expect(lab.fdb().filter(line => line.includes(':aa:'))).toEqual([
    '02:aa:00:00:00:02 p1 extern_learn',
    '02:aa:00:00:00:01 p1 static',
  ])
})

test('a shorter ageing time counts at once, and with none at all everything is flooded', () => {
  const lab = new Lab(3)
  lab.receive(1, frame(BROADCAST, mac(1)))
  lab.out.runUntil(5 * NS_PER_S)
  lab.set({ ageingTime: 600 })
  lab.out.runUntil(5 * NS_PER_S)
  expect(isKnown(lab)).toBe(true)
  lab.out.runUntil(6.1 * NS_PER_S)
  expect(isKnown(lab)).toBe(false)
  lab.set({ ageingTime: 0 })
  lab.receive(1, frame(BROADCAST, mac(1)))
  expect(isKnown(lab)).toBe(false)
})

test('the collector comes again when the next entry is due, and not while the bridge is down', () => {
  const lab = new Lab(2, { ageingTime: 500 })
  const gcTimer = (): number => bridgeInfo(lab.br, lab.out.now).gcTimer
  lab.out.runUntil(4 * NS_PER_S)
  lab.receive(1, frame(BROADCAST, mac(1)))
  lab.out.runUntil(5.5 * NS_PER_S)
  expect(gcTimer()).toBe(350) // It has been here since; host 1 is due at 9 s.
  lab.out.runUntil(8.9 * NS_PER_S)
  expect(lab.fdb()).toHaveLength(4)
  lab.out.runUntil(9.3 * NS_PER_S)
  expect(lab.fdb()).toHaveLength(3)
  lab.down(lab.br)
  expect(gcTimer()).toBe(0)
})
