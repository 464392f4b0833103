/** Scripts that a kernel was recorded with say the same here. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createWorld } from '../../src/index.ts'
import { normal, type Recording } from './recording.ts'

const RECORDINGS = join(import.meta.dirname, 'recordings')

test.for(readdirSync(RECORDINGS))('%s', async name => {
  const recording: Recording = JSON.parse(readFileSync(join(RECORDINGS, name), 'utf8'))
  const script = readFileSync(join(import.meta.dirname, '../../sims', name.replace('.json', '.sh')), 'utf8')
  expect(script, 'the script was changed: npm run record:kernel').toBe(recording.script)
  const result = await createWorld().sh(script)
  expect(normal(result.stdout, script)).toBe(normal(recording.stdout, script))
  expect(normal(result.stderr, script)).toBe(normal(recording.stderr, script))
  expect(result.status).toBe(recording.status)
})
