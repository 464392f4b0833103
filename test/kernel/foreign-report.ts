/** How other people's tests ended, read from exit statuses and from the words in which such tests say so. */
import type { SpawnSyncReturns } from 'node:child_process'

export interface Ended {
  /** `hollow`: exit status 0, though checks failed, or something was refused or not there, so little was tested. */
  readonly how: 'pass' | 'hollow' | 'fail' | 'skip' | 'no end'
  /** Checks that the test itself counted. */
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** What it ended by or what was missing, the most frequent first. */
  readonly why: readonly string[]
  readonly text: string
}

/** tools/testing/selftests/kselftest.h */
const SKIP_STATUS = 4
const REASONS_MAX = 3

const PASSED = /\[ *(OK|PASS|SUCCESS) *\]|^(PASS|ok\b)|: PASS\b/
const FAILED = /\[ *(FAIL|FAILED) *\]|^(FAIL|not ok\b)|: FAIL\b/
const SKIPPED = /\[ *SKIP *\]|^SKIP\b|: SKIP\b/

export function ended({ stdout, stderr, status, signal }: SpawnSyncReturns<string>): Ended {
  const text = `${stdout}${stderr}${signal === null ? `exit status ${status}` : `ended by ${signal}`}\n`
  const lines = text.split('\n')
  const count = (pattern: RegExp): number => lines.filter(line => pattern.test(line)).length
  const failed = count(FAILED)
  const isHollow = failed > 0 || MISSING.some(pattern => count(pattern) > 0)
  const ended = isHollow ? 'hollow' : 'pass'
  const how = signal !== null ? 'no end' : status === 0 ? ended : status === SKIP_STATUS ? 'skip' : 'fail'
  const why = how === 'pass' ? [] : reasons(lines, how)
  return { how, passed: count(PASSED), failed, skipped: count(SKIPPED), why, text }
}

/** What was refused; where nothing was, the command that is not there; else the test's own words. */
function reasons(lines: readonly string[], how: Ended['how']): string[] {
  const own = how === 'skip' ? [...SKIPS, ...MISSING] : [...MISSING, ...SKIPS]
  for (const pattern of own) {
    const found = frequent(lines.flatMap(line => pattern.exec(line)?.[1]?.trim() ?? []))
    if (found.length > 0) return found
  }
  return frequent(lines.filter(line => FAILED.test(line)).map(line => line.trim().replace(/\s+/g, ' '))).slice(0, 1)
}

const MISSING = [
  /^vethereal: (.*) is not supported yet$/,
  /(\S+: command not found)$/,
  /(?:^|: |")(\.\/\S+?)"?(?: failed)?: No such file or directory$/,
]
const SKIPS = [/^SKIP(?:PED)?:? +(.*)/, /(.*skipping.*|.*[Mm]issing .*)/]

function frequent(words: readonly string[]): string[] {
  const counts = new Map<string, number>()
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .slice(0, REASONS_MAX)
    .map(([word]) => word)
}

export const TITLE = '| test | Vethereal | Linux | why |\n|---|---|---|---|\n'

export const row = (name: string, ours: Ended, linux: Ended | undefined): string =>
  `| ${name} | ${words(ours)} | ${linux === undefined ? '' : words(linux)} | ${why(ours, linux)} |\n`

function words({ how, passed, failed, skipped }: Ended): string {
  const total = passed + failed
  const checks = total === 0 ? '' : ` ${passed}/${total}`
  return `${how}${checks}${skipped > 0 && how !== 'skip' ? `, ${skipped} skipped` : ''}`
}

/** Reasons that hold on both sides are said once. */
function why(ours: Ended, linux: Ended | undefined): string {
  const mine = ours.why.join('; ')
  const theirs = linux?.why.join('; ') ?? ''
  if (theirs === '' || theirs === mine) return mine.replaceAll('|', '\\|')
  return `${mine}${mine === '' ? '' : '. '}Linux: ${theirs}`.replaceAll('|', '\\|')
}
