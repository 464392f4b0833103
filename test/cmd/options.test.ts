/**
 * Every option that the help texts of ip, bridge and sysctl name, against the table that options.py recorded on Linux:
 * each says and does what it does there, or is refused with a message of our own; none is ignored.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createWorld } from '../../src/index.ts'

type Row = readonly [command: string, status: number, stdout: string, stderr: string, seen: readonly (string | null)[]]
interface Table {
  readonly look: readonly string[]
  readonly unchanged: readonly string[]
  readonly rows: readonly Row[]
}
const { setup, tables }: { readonly setup: readonly string[]; readonly tables: Readonly<Record<string, Table>> } =
  JSON.parse(readFileSync(join(import.meta.dirname, 'options.json'), 'utf8'))

const REFUSED = /vethereal: .* not supported yet\.?$/m

/** MACs of chance, numbers of queues, times, dates. */
const mask = (text: string): string =>
  text
    .replace(/link\/ether (?!02:)\S+/g, 'link/ether MAC')
    .replace(/num([tr])xqueues \d+/g, 'num$1xqueues N')
    .replace(/(timer|expires) +[\d.]+(sec)?/g, '$1 T')
    .replace(/^\[?[A-Z][a-z]{2} [A-Z][a-z]{2}.*$|^\[?\d{4}-\d\d-\d\d.*$/gm, 'DATE')
    .replace(/(valid_lft|preferred_lft|used|ago) [\d/]+(sec)?/g, '$1 T')

describe.for(Object.entries(tables))('%s', ([, { look, unchanged, rows }]) => {
  test.for(rows)('%s', ([command, status, stdout, stderr, seen]) => {
    const world = createWorld({ seed: 1 })
    for (const line of setup) expect(world.exec(line)).toMatchObject({ status: 0 })
    // Carriers settle.
    world.runFor('2s')
    const seenNow = (): string[] =>
      look.map(line => {
        const { stdout, stderr } = world.exec(line)
        return mask(stdout + stderr)
      })
    const before = seenNow()
    const answer = world.exec(command)
    const after = seenNow()
    if (REFUSED.test(answer.stderr)) {
      expect(answer.status).not.toBe(0)
      expect(after).toEqual(before)
      return
    }
    expect({ status: answer.status, stdout: mask(answer.stdout), stderr: mask(answer.stderr) }).toEqual({
      status,
      stdout,
      stderr,
    })
    expect(after).toEqual(seen.map((text, i) => text ?? unchanged[i]))
  })
})
