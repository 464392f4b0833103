/** Sessions that once differed, against what the kernel said of them then: checked everywhere, without root. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { expanded, type Session } from '../../src/testing/session.ts'
import { differences } from './compare.ts'
import { FAULTS } from './faults.ts'
import { Masks } from './masks.ts'
import type { Transcript } from './transcript.ts'
import { runInWorld } from './vethereal.ts'

const FOUND = join(import.meta.dirname, 'found')
const names = existsSync(FOUND) ? readdirSync(FOUND).sort() : []

function read<T>(name: string, file: string): T {
  return JSON.parse(readFileSync(join(FOUND, name, file), 'utf8'))
}

const compared = (name: string): number => {
  const script = expanded(read<Session>(name, 'session.json'))
  const linux = read<Transcript>(name, 'linux.json')
  return differences(script, linux, runInWorld(script, linux), new Masks()).length
}

test.for(names)('%s', name => {
  const script = expanded(read<Session>(name, 'session.json'))
  const linux = read<Transcript>(name, 'linux.json')
  expect(differences(script, linux, runInWorld(script, linux), new Masks())).toEqual([])
})

test('every planted fault shows in one of them', () => {
  const missed = FAULTS.filter(fault => {
    const repair = fault.plant()
    try {
      return names.every(name => compared(name) === 0)
    } finally {
      repair()
    }
  })
  expect(missed.map(fault => fault.name)).toEqual([])
})
