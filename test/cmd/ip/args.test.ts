/** Notations and messages of iproute2 6.1's lib/utils.c, as its commands gave them on Linux. */
import { expect, test } from 'vitest'
import {
  Args,
  address,
  address4,
  atoi,
  duplicate,
  Exit,
  ethernetAddress,
  garbage,
  integer,
  isAltName,
  isLinkName,
  linkAddress,
  matches,
  missing,
  parseOnOff,
  prefix,
  unsigned,
} from '../../../src/cmd/ip/args.ts'

function exitOf(act: () => unknown): { status: number; message: string } | undefined {
  try {
    act()
    return undefined
  } catch (error) {
    if (!(error instanceof Exit)) throw error
    return { status: error.status, message: error.message }
  }
}

test('an abbreviation is a beginning, but not an empty one', () => {
  expect(matches('add', 'address')).toBe(true)
  expect(matches('address', 'address')).toBe(true)
  expect(matches('addresses', 'address')).toBe(false)
  expect(matches('', 'address')).toBe(false)
})

test('a command line is taken word by word', () => {
  const args = new Args(['dev', 'lo', 'up', 'x'])
  expect([args.take(), args.peek(), args.left]).toEqual(['dev', 'lo', 3])
  expect(args.rest()).toEqual(['lo', 'up', 'x'])
  expect(args.more).toBe(false)
  expect(exitOf(() => args.take())).toEqual({
    status: 255,
    message: 'Command line is not complete. Try option "help"\n',
  })
})

test.for([
  ['0', 0],
  ['4294967295', 4294967295],
  ['4294967296', undefined],
  ['0x10', 16],
  ['0X1f', 31],
  ['010', 8],
  ['08', undefined],
  ['0x', undefined],
  [' 7', 7],
  ['+7', 7],
  ['-7', undefined],
  ['7 ', undefined],
  ['', undefined],
  ['1.5', undefined],
] as const)('an unsigned number %j', ([text, value]) => {
  expect(unsigned(text)).toBe(value)
})

test('bounds and bases of numbers', () => {
  expect([unsigned('255', 255), unsigned('256', 255), unsigned('10', 255, 16)]).toEqual([255, undefined, 16])
  expect([integer('-5'), integer('2147483647'), integer('2147483648')]).toEqual([-5, 2147483647, undefined])
  expect([atoi('12x'), atoi('x'), atoi('-3')]).toEqual([12, 0, -3])
})

test.for([
  ['10.0.0.1/24', 0x0a000001, 24, true],
  ['10.8', 0x0a080000, 32, false],
  ['0x0a.010.1', 0x0a080100, 32, false],
  ['10.0.0.0/255.255.0.0', 0x0a000000, 16, true],
  ['1.2.3.4/0', 0x01020304, 0, true],
  ['default', 0, 0, true],
  ['any', 0, 0, false],
] as const)('the prefix %s', ([text, ip, length, specified]) => {
  expect(prefix(text, 'inet')).toMatchObject({ family: 'inet', ip, length, specified })
})

test('prefixes of IPv6 and of no family', () => {
  const bytes = Uint8Array.from([0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])
  expect(prefix('fe80::1/64', 'unspec')).toMatchObject({ family: 'inet6', bytes, length: 64 })
  expect(prefix('default', 'unspec')).toMatchObject({ family: 'unspec', length: 0, wildcard: true })
  expect(prefix('default', 'inet6')).toMatchObject({ family: 'inet6', bytes: new Uint8Array(16) })
})

test.for([
  [() => prefix('10.0.0.300/24', 'unspec'), 1, 'Error: any valid prefix is expected rather than "10.0.0.300/24".\n'],
  [() => prefix('10.0.0.1/33', 'unspec'), 1, 'Error: any valid prefix is expected rather than "10.0.0.1/33".\n'],
  [
    () => prefix('10.0.0.0/255.0.255.0', 'inet'),
    1,
    'Error: inet prefix is expected rather than "10.0.0.0/255.0.255.0".\n',
  ],
  [() => prefix('default/8', 'inet'), 1, 'Error: inet prefix is expected rather than "default/8".\n'],
  [() => prefix('fe80::1', 'inet'), 1, 'Error: inet prefix is expected rather than "fe80::1".\n'],
  [() => prefix('1.2.3.4.5', 'inet6'), 1, 'Error: inet6 prefix is expected rather than "1.2.3.4.5".\n'],
  [
    () => prefix('10.0.0.1', 'link'),
    1,
    'Error: "10.0.0.1" may be inet prefix, but it is not allowed in this context.\n',
  ],
  [() => address('10.0.0.1/24', 'inet'), 1, 'Error: inet address is expected rather than "10.0.0.1/24".\n'],
  [() => address('x', 'unspec'), 1, 'Error: any valid address is expected rather than "x".\n'],
  [() => address4('x'), 1, 'Error: an IP address is expected rather than "x"\n'],
  [() => duplicate('dev', 'x'), 255, 'Error: duplicate "dev": "x" is the second value.\n'],
  [() => garbage('dev', 'x'), 255, 'Error: either "dev" is duplicate, or "x" is a garbage.\n'],
  [() => missing('dev'), 255, 'Error: argument "dev" is required\n'],
  [() => parseOnOff('hairpin', 'x', 1), 1, 'Error: argument of "hairpin" must be one of "off", "on", not "x"\n'],
  [() => linkAddress('02:zz:00'), 1, '"zz" is invalid lladdr.\n'],
  [() => linkAddress('02:100'), 1, '"100" is invalid lladdr.\n'],
  [() => linkAddress('1.2.3.x'), 1, '"1.2.3.x" is invalid lladdr.\n'],
] as const)('%s', ([act, status, message]) => {
  expect(exitOf(act)).toEqual({ status, message })
})

test('on and off may be abbreviated where iproute2 has a list of them', () => {
  expect([parseOnOff('flood', 'on', 1), parseOnOff('flood', 'of', 1), parseOnOff('flood', 'o', 1)]).toEqual([
    true,
    false,
    false,
  ])
})

test('link-layer addresses of any length, and Ethernet ones', () => {
  expect(linkAddress('2:0:0:0:0:0xaz')).toEqual([2, 0, 0, 0, 0, 10])
  expect(linkAddress('10.0.0.1')).toEqual([10, 0, 0, 1])
  expect(ethernetAddress([2, 0, 0, 0, 0, 10])).toBe(0x0200_0000_000a)
  expect(ethernetAddress([2, 0])).toBeUndefined()
})

test('names of links: 15 characters without slash or blank; alternative names are longer', () => {
  expect(['v0', 'a.b:c', 'a'.repeat(15)].every(isLinkName)).toBe(true)
  expect(['', 'a b', 'a/b', 'a\tb', 'a'.repeat(16)].some(isLinkName)).toBe(false)
  expect(isAltName('a'.repeat(16))).toBe(true)
})
