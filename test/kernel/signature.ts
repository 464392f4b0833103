/** What kind of difference it is, in few words: to group what was found, and to keep to one thing while shrinking. */
import type { Difference } from './compare.ts'

const TYPE_AT = 24

export function signature({ where, linux, vethereal }: Difference): string {
  const place = where.replace(/\d+/g, '#')
  const theirs = linux.split('\n')
  const ours = vethereal.split('\n')
  if (where.startsWith('step')) return `${place}: ${brief(linux)} / ${brief(vethereal)}`
  const onlyTheirs = theirs.filter(line => !ours.includes(line))
  const onlyOurs = ours.filter(line => !theirs.includes(line))
  if (where.startsWith('frames')) {
    const kinds = [...onlyTheirs.map(line => `-${frameKind(line)}`), ...onlyOurs.map(line => `+${frameKind(line)}`)]
    return `${place}: ${kinds.length === 0 ? 'order or number' : unique(kinds).join(' ')}`
  }
  if (where.endsWith('snmp')) return `${place}: ${unique([...onlyTheirs, ...onlyOurs].map(firstWord)).join(' ')}`
  if (linux.startsWith('{') && theirs.length === ours.length) {
    const fields = theirs.flatMap((line, i) => fieldsThatDiffer('', parsed(line), parsed(ours[i]!)))
    return `${place}: ${unique(fields).join(' ')}`
  }
  if (where.endsWith('counters') && theirs.length === ours.length) {
    const columns = theirs.flatMap((line, i) => columnsThatDiffer(line, ours[i]!))
    return `${place}: ${unique(columns).join(' ')}`
  }
  return `${place}: ${theirs.length > ours.length ? 'fewer' : 'more'} lines`
}

const brief = (text: string): string => text.replace(/\d+\.\d+\.\d+\.\d+/g, 'A.B.C.D').slice(0, 160)
const unique = (list: readonly string[]): string[] => [...new Set(list)].sort()
const firstWord = (line: string): string => line.split(' ')[0]!

/** Direction, EtherType and for IPv4 the protocol. */
function frameKind(line: string): string {
  const space = line.indexOf(' ')
  const hex = line.slice(space + 1)
  const type = hex.slice(TYPE_AT, TYPE_AT + 4)
  return `${line.slice(0, space)}:${type}${type === '0800' ? `/${Number.parseInt(hex.slice(46, 48), 16)}` : ''}`
}

const COLUMNS = 'bytes packets errs drop fifo frame compressed multicast'.split(' ')

function columnsThatDiffer(a: string, b: string): string[] {
  const theirs = a.split(' ')
  const ours = b.split(' ')
  return theirs.flatMap((value, i) =>
    value === ours[i] ? [] : [i === 0 ? 'name' : `${i > 8 ? 'tx' : 'rx'}-${COLUMNS[(i - 1) % 8]}`],
  )
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return line
  }
}

function fieldsThatDiffer(path: string, a: unknown, b: unknown): string[] {
  if (JSON.stringify(a) === JSON.stringify(b)) return []
  if (!isRecord(a) || !isRecord(b)) return [path]
  const keys = unique([...Object.keys(a), ...Object.keys(b)])
  return keys.flatMap(key => fieldsThatDiffer(path === '' ? key : `${path}.${key}`, a[key], b[key]))
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
