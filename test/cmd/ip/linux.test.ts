/**
 * The files in linux/ are what Linux 6.18 with iproute2 6.1 printed, both outputs on one terminal, in new namespaces with
 * IPv6 disabled and /run empty. In them, ESC is written `\e` and the numbers of queues, which are those of CPUs, are 1.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Session } from './session.ts'

const FOLDER = join(import.meta.dirname, 'linux')

test.for(readdirSync(FOLDER))('%s reads as on Linux', file => {
  const recorded = readFileSync(join(FOLDER, file), 'utf8')
  expect(new Session().replay(recorded).replaceAll('\x1b', '\\e')).toBe(recorded)
})
