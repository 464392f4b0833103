/** Remembered routing decisions: who holds one keeps it. */
import { expect, test } from 'vitest'
import { PathCache } from '../../src/stack/path.ts'
import { ip } from './lab.ts'

const GENERATION = 1
const src = ip('10.0.0.254')

test('a path stays what it was when another flow takes its place', () => {
  const cache = new PathCache()
  const first = cache.claim(ip('10.0.0.3'), src, 0, 0, 0, GENERATION)
  first.destination = ip('10.0.0.3')
  expect(cache.find(ip('10.0.0.3'), src, 0, 0, 0, GENERATION)).toBe(first)
  for (let i = 0; i < 1000; i++) cache.claim(ip(`10.0.${i >>> 8}.${i & 255}`), src, 0, 0, 0, GENERATION + 1)
  expect(cache.find(ip('10.0.0.3'), src, 0, 0, 0, GENERATION)).toBeUndefined()
  expect(first).toMatchObject({ dst: ip('10.0.0.3'), generation: GENERATION, destination: ip('10.0.0.3') })
})
