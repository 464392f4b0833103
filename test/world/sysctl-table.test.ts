/**
 * Every sysctl of Linux below net against the table that sysctl-table.py recorded: each is there with its default and its
 * mode, and what is written to it is taken, refused in Linux's own way, or refused because Vethereal does not obey it.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Sysctls } from '../../src/world/sysctls.ts'

interface Group {
  readonly mode: string
  readonly results: readonly string[]
  readonly values: Readonly<Record<string, string>>
}
const TABLE: {
  readonly writes: readonly string[]
  readonly new: readonly Group[]
  readonly initial: Readonly<Record<string, string>>
} = JSON.parse(readFileSync(join(import.meta.dirname, 'sysctl-table.json'), 'utf8'))

function namespace(isInitial: boolean): Sysctls {
  const sysctls = new Sysctls(isInitial)
  sysctls.deviceAdded('lo', 'loopback')
  return sysctls
}

function read(sysctls: Sysctls, path: string): string {
  const answer = sysctls.text(path)
  return answer.ok ? answer.value : answer.errno
}

/** What is read after `text` was written into a file that had its first value, or the errno. */
function written(path: string, text: string): string {
  const sysctls = namespace(false)
  const answer = sysctls.set(path, `${text}\n`)
  return answer.ok ? read(sysctls, path) : answer.errno
}

const modeOf = (sysctls: Sysctls, path: string): string | undefined => sysctls.mode(path)?.toString(8)

/** Every file, and what there is besides: those that cannot be read, and those that `sysctl -a` hides. */
const HIDDEN = ['base_reachable_time', 'retrans_time', 'flush']
function everyPath(sysctls: Sysctls): string[] {
  const siblings = sysctls.paths().flatMap(path => HIDDEN.map(name => path.replace(/[^/]*$/, name)))
  return [...new Set([...sysctls.paths(), ...siblings])].filter(path => sysctls.mode(path) !== undefined)
}

const OTHERS = /^kernel|^net\/(mptcp|netfilter|nf_conntrack_max)/
const below = (paths: readonly string[]): string[] => paths.filter(path => !OTHERS.test(path)).sort()

test('a new namespace has the files of the table and no others', () => {
  const recorded = TABLE.new.flatMap(group => Object.keys(group.values))
  expect(below(everyPath(namespace(false)))).toEqual(below(recorded))
})

test('the initial namespace has some more, and may write what others may not', () => {
  const [initial, other] = [namespace(true), namespace(false)]
  const differ = below(everyPath(initial)).filter(path => modeOf(initial, path) !== modeOf(other, path))
  expect(Object.fromEntries(differ.map(path => [path, modeOf(initial, path)]))).toEqual(TABLE.initial)
})

describe.for(
  TABLE.new.flatMap(({ mode, results, values }) =>
    Object.entries(values).map(([path, value]) => ({ path, value, mode, results })),
  ),
)('$path', ({ path, value, mode, results }) => {
  test('default and mode', () => {
    const sysctls = namespace(false)
    expect(read(sysctls, path)).toBe(value)
    expect(modeOf(sysctls, path)).toBe(mode)
  })

  test('writes', () => {
    for (const [i, text] of TABLE.writes.entries()) {
      const result = written(path, text)
      if (result !== 'EOPNOTSUPP') expect([text, result]).toEqual([text, results[i] ?? 'EACCES'])
    }
  })
})
