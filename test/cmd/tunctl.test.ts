/** tunctl against what that of uml-utilities 20070815 said on Linux 6.18. */
import { expect, test } from 'vitest'
import { ip } from '../../src/cmd/ip/main.ts'
import { tunctl } from '../../src/cmd/tunctl.ts'
import { replay } from './transcript.ts'

test('every option and every error, one after the other', () => {
  const { linux, ours } = replay('tunctl.txt', { ip, tunctl })
  expect(ours).toBe(linux)
})
