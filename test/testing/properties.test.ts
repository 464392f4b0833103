/** What properties.ts says holds. */
import { expect, test } from 'vitest'
import { fuzz } from './fuzz.ts'
import { PROPERTIES } from './properties.ts'

test.for(PROPERTIES.map(property => [property.name, property] as const))('%s', ([, property]) => property.holds())

/** FUZZ=100000: so many octet strings at random, and as many damaged frames, into each kind of device. */
const FUZZ = Number(process.env.FUZZ ?? 0)

test.runIf(FUZZ > 0)(`${FUZZ} random octet strings and ${FUZZ} damaged frames into each kind of device`, () => {
  const { account, broken, kinds, refused, sent, ended } = fuzz({ random: FUZZ, damaged: FUZZ, seed: 2 })
  expect(broken).toEqual([])
  expect(ended).toBe(sent)
  expect(sent).toBeGreaterThanOrEqual(2 * FUZZ * kinds.length - refused)
  console.log(`${kinds.join('; ')}: ${JSON.stringify({ refused, ...account })}`)
})
