/** brctl against what bridge-utils 1.7 said on Linux 6.18. */
import { expect, test } from 'vitest'
import { brctl } from '../../src/cmd/brctl.ts'
import { replay } from './transcript.ts'

/** When the collector of old addresses runs next depends on how fast the recording machine was. */
const maskTimers = (text: string): string => text.replace(/(?<=gc timer\t\t)[ \d]+\.\d\d/g, 'T')

test('every command and every error, one after the other', () => {
  const { linux, ours } = replay('brctl.txt', { brctl })
  expect(maskTimers(ours)).toBe(maskTimers(linux))
})
