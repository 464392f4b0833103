import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { Failure } from '../../src/host/failure.ts'
import { openSinks } from '../../src/host/sinks.ts'

const folder = mkdtempSync(join(tmpdir(), 'vethereal-sinks-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('what is written in pieces of any size arrives in order', () => {
  const path = join(folder, 'pieces')
  const [sink, none] = openSinks(path, undefined)
  expect(none).toBeUndefined()
  const pieces = [1, 0, 65_535, 65_536, 3, 65_537, 200_000, 7].map((length, i) => new Uint8Array(length).fill(i + 1))
  for (const piece of pieces) sink!.write(piece)
  sink!.close()
  expect(readFileSync(path).equals(Buffer.concat(pieces))).toBe(true)
})

test('a file that is there is emptied first', () => {
  const path = join(folder, 'old')
  writeFileSync(path, 'much text from before')
  const [sink] = openSinks(path)
  sink!.write(new TextEncoder().encode('new'))
  sink!.close()
  expect(readFileSync(path, 'utf8')).toBe('new')
})

test.for([
  ['nosuch/x', 'No such file or directory'],
  ['old/x', 'Not a directory'],
  ['.', 'Is a directory'],
] as const)('%s cannot be written, and nothing else is touched', ([name, words]) => {
  writeFileSync(join(folder, 'old'), 'keep me')
  const [old, fresh, bad] = ['old', 'fresh', name].map(each => join(folder, each)) as [string, string, string]
  expect(() => openSinks(old, fresh, bad)).toThrow(new Failure(`${bad}: ${words}`, 2))
  expect(readFileSync(old, 'utf8')).toBe('keep me')
  expect(existsSync(fresh)).toBe(false)
})

test('two files are not one', () => {
  const path = join(folder, 'same')
  expect(() => openSinks(path, join(folder, '.', 'same'))).toThrow(`${path}: named for two files to write`)
  expect(existsSync(path)).toBe(false)
})
