/** The list of one link's addresses. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type AddressStep, deleteAddress, insertAddress, relabel } from '../../src/control/addresses.ts'
import { type AddressRecord, Ifaf } from '../../src/control/records.ts'
import * as ip4 from '../../src/wire/ip.ts'

function address(text: string, scope = 0): AddressRecord {
  const [local = '', length = '32'] = text.split('/')
  return {
    ifindex: 2,
    local: ip4.parse(local)!,
    address: ip4.parse(local)!,
    prefixLength: Number(length),
    broadcast: undefined,
    label: 'eth0',
    scope,
    flags: Ifaf.Permanent,
    validLifetime: Number.POSITIVE_INFINITY,
    preferredLifetime: Number.POSITIVE_INFINITY,
    sinceNs: 0,
    metric: 0,
    protocol: 0,
  }
}

const isSecondary = (each: AddressRecord): boolean => (each.flags & Ifaf.Secondary) !== 0
const name = (each: AddressRecord): string =>
  `${ip4.format(each.local)}/${each.prefixLength}${isSecondary(each) ? ' secondary' : ''}`
const names = (list: readonly AddressRecord[]): string[] => list.map(name)

function listOf(...texts: (string | readonly [string, number])[]): readonly AddressRecord[] {
  let list: readonly AddressRecord[] = []
  for (const each of texts) {
    const answer = insertAddress(list, typeof each === 'string' ? address(each) : address(each[0], each[1]))
    if (!answer.ok) throw new Error(answer.extack)
    const [step] = answer.value
    if (step?.kind === 'added') ({ list } = step)
  }
  return list
}

const told = (steps: readonly AddressStep[]): string[] => steps.map(each => `${each.kind} ${name(each.address)}`)

// As `ip addr` on Linux showed them.
test('primaries by scope, the narrowest first, then in the order of coming; secondaries at the end', () => {
  const list = listOf(
    '10.1.0.1/24',
    '10.1.0.1/25',
    '10.1.0.2/24',
    ['10.2.0.1/24', 254],
    ['10.3.0.1/24', 253],
    '10.4.0.1/24',
  )
  expect(names(list)).toEqual([
    '10.2.0.1/24',
    '10.3.0.1/24',
    '10.1.0.1/24',
    '10.1.0.1/25',
    '10.4.0.1/24',
    '10.1.0.2/24 secondary',
  ])
})

test('what is there already, and another scope in one network', () => {
  const list = listOf('10.1.0.1/24')
  expect(insertAddress(list, address('10.1.0.1/24'))).toEqual({
    ok: false,
    errno: 'EEXIST',
    extack: 'ipv4: Address already assigned',
  })
  expect(insertAddress(list, address('10.1.0.2/24', 253))).toEqual({
    ok: false,
    errno: 'EINVAL',
    extack: 'ipv4: Invalid scope value',
  })
})

test('with a primary its secondaries go, before it', () => {
  const list = listOf('10.0.0.1/24', '10.0.1.1/24', '10.0.0.2/24', '10.0.1.2/24', '10.0.0.3/24')
  const steps = deleteAddress(list, list[0]!, false)
  expect(told(steps)).toEqual(['removed 10.0.0.2/24 secondary', 'removed 10.0.0.3/24 secondary', 'removed 10.0.0.1/24'])
  const last = steps.at(-1)
  expect(last?.kind === 'removed' && names(last.list)).toEqual(['10.0.1.1/24', '10.0.1.2/24 secondary'])
})

// As with net.ipv4.conf.eth0.promote_secondaries on Linux.
test('or the first of them takes its place', () => {
  const list = listOf('10.0.0.1/24', '10.0.1.1/24', '10.0.0.2/24', '10.0.1.2/24', '10.0.0.3/24')
  const steps = deleteAddress(list, list[0]!, true)
  expect(told(steps)).toEqual([
    'suspended 10.0.0.2/24 secondary',
    'suspended 10.0.0.3/24 secondary',
    'removed 10.0.0.1/24',
    'added 10.0.0.2/24',
    'restored 10.0.0.3/24 secondary',
  ])
  const added = steps[3]
  expect(added?.kind === 'added' && names(added.list)).toEqual([
    '10.0.1.1/24',
    '10.0.0.2/24',
    '10.0.1.2/24 secondary',
    '10.0.0.3/24 secondary',
  ])
})

test('a new name: the first address has it, others a number, or what they had behind the colon', () => {
  const list = [address('10.0.0.1/24'), { ...address('10.0.1.1/24'), label: 'eth0:x' }, address('10.0.2.1/24')]
  expect(relabel(list, 'lan').map(each => each.label)).toEqual(['lan', 'lan:x', 'lan:3'])
  expect(relabel(list, 'abcdefghijklmno').map(each => each.label)).toEqual([
    'abcdefghijklmno',
    'abcdefghijklm:x',
    'abcdefghijklm:3',
  ])
})

const any = fc
  .record({ network: fc.nat(3), host: fc.integer({ min: 1, max: 5 }), length: fc.constantFrom(24, 25, 32) })
  .map(({ network, host, length }) => address(`10.0.${network}.${host}/${length}`))

test('whatever comes and goes: one primary per network, before all secondaries', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), any)), fc.boolean(), (changes, promotes) => {
      let list: readonly AddressRecord[] = []
      for (const [adds, wanted] of changes) {
        const there = list.find(each => each.local === wanted.local && each.prefixLength === wanted.prefixLength)
        const answer = adds ? insertAddress(list, wanted) : undefined
        if (adds) expect(answer?.ok).toBe(there === undefined)
        const steps = adds ? (answer?.ok ? answer.value : []) : there ? deleteAddress(list, there, promotes) : []
        for (const step of steps) if ('list' in step) ({ list } = step)
        if (!adds && promotes) expect(list).not.toContain(there)
        const firstSecondary = list.findIndex(isSecondary)
        expect(list.findLastIndex(each => !isSecondary(each))).toBeLessThan(
          firstSecondary < 0 ? list.length : firstSecondary,
        )
        for (const each of list.filter(isSecondary)) {
          const primaries = list.filter(
            other =>
              !isSecondary(other) &&
              other.prefixLength === each.prefixLength &&
              ip4.contains(other.local, other.prefixLength, each.local),
          )
          expect(primaries.length).toBe(1)
        }
      }
    }),
  )
})
