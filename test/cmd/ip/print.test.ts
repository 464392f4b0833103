import fc from 'fast-check'
import { expect, test } from 'vitest'
import { general, Printer } from '../../../src/cmd/ip/print.ts'

type Json = string | number | boolean | null | { [key: string]: Json } | Json[]

function printed(style: { json: boolean; pretty?: boolean; oneline?: boolean }, use: (print: Printer) => void): string {
  let out = ''
  const all = { pretty: false, oneline: false, colour: undefined, ...style }
  const print = new Printer(all, text => {
    out += text
  })
  use(print)
  print.flush()
  return out
}

/** A list with one object in it that has these fields. */
function emit(print: Printer, fields: Record<string, Json>): void {
  const each = (key: string | undefined, value: Json): void => {
    if (Array.isArray(value)) {
      print.openArray(key)
      for (const element of value) each(undefined, element)
      print.closeArray()
    } else if (typeof value === 'object' && value !== null) {
      print.openObject(key)
      for (const [name, field] of Object.entries(value)) each(name, field)
      print.closeObject()
    } else print.field(key, value, '')
  }
  print.begin()
  each(undefined, fields)
  print.end()
}

/** Characters that json_writer.c escapes, and some that it does not. */
const text = fc.string({ unit: fc.constantFrom('a', 'é', '/', '"', '\\', '\n', '\t', '\r', '\f', '\b') })
const json = fc.letrec<{ value: Json; object: Record<string, Json> }>(tie => ({
  value: fc.oneof(
    { maxDepth: 3 },
    text,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value')),
    tie('object'),
  ),
  object: fc.dictionary(text, tie('value'), { noNullPrototype: true }),
}))

test.for([false, true])('what is printed as JSON (pretty: %s) is read again as it was', pretty => {
  fc.assert(
    fc.property(json.object, fields => {
      const out = printed({ json: true, pretty }, print => emit(print, fields))
      expect(JSON.parse(out)).toEqual([fields])
    }),
  )
})

/** iproute2 6.1: `ip -j -p` of such fields. */
test('the pretty layout', () => {
  const fields = { ifname: 'lo', flags: ['UP', 'LOWER_UP'], linkinfo: { info_data: { mtu: 1 } }, none: [], empty: {} }
  expect(printed({ json: true, pretty: true }, print => emit(print, fields))).toBe(`[ {
        "ifname": "lo",
        "flags": [ "UP","LOWER_UP" ],
        "linkinfo": {
            "info_data": {
                "mtu": 1
            }
        },
        "none": [ ],
        "empty": {}
    } ]
`)
})

test('text and JSON of the same calls', () => {
  const use = (print: Printer): void => {
    print.begin()
    print.openObject()
    print.field('ifname', 'lo', 'lo: ')
    print.openArray('flags', '<')
    print.field(undefined, 'UP', 'UP')
    print.closeArray('> ')
    print.text('scope ')
    print.value('scope', 'host')
    print.newline()
    print.literal('timer', '0.50', 'timer    0.50 ')
    print.text('\n')
    print.closeObject()
    print.end()
  }
  expect(printed({ json: false }, use)).toBe('lo: <UP> scope \ntimer    0.50 \n')
  expect(printed({ json: false, oneline: true }, use)).toBe('lo: <UP> scope \\timer    0.50 \n')
  expect(printed({ json: true }, use)).toBe('[{"ifname":"lo","flags":["UP"],"scope":"host","timer":0.50}]\n')
})

test('what is said before the JSON begins is text, with -json as well', () => {
  expect(printed({ json: true }, print => print.field('name', 'red', 'red\n'))).toBe('red\n')
})

/** printf '%g' of the C library. */
test.for([
  [0, '0'],
  [0.5, '0.5'],
  [100, '100'],
  [123456.78, '123457'],
  [999999.5, '1e+06'],
  [1234567, '1.23457e+06'],
  [0.0001, '0.0001'],
  [0.00001, '1e-05'],
  [-2.5, '-2.5'],
] as const)('%d in general notation', ([value, words]) => {
  expect(general(value)).toBe(words)
})
