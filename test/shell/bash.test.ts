/** The sandboxed shell against bash itself: the same script, the same words. */
import { expect, test } from 'vitest'
import { BASH_CASES } from './bash-cases.ts'
import { sh } from './support.ts'

/** Process numbers differ. */
const withoutPids = (text: string): string => text.replace(/(line \d+: )\d+ (Killed|Hangup)/g, '$1PID $2')

test.for(BASH_CASES)('$name', async ({ script, stdout, stderr, status }) => {
  const ran = await sh(`${script}\n`, { argv0: 'case.sh' }, { isTerminal: false })
  expect({ ...ran, stderr: withoutPids(ran.stderr) }).toMatchObject({ stdout, stderr: withoutPids(stderr), status })
})
