/** Two transcripts of one session, side by side: what differs behind the masks. */
import { isRequest, type Step } from '../../src/testing/session.ts'
import type { Masks } from './masks.ts'
import type { Answered, Seen, Tables, Transcript } from './transcript.ts'

export interface Difference {
  /** `step 3 answer`, `frames 1/2`, `netns 1 neigh` ... */
  readonly where: string
  readonly linux: string
  readonly vethereal: string
}

export function differences(
  script: readonly Step[],
  linux: Transcript,
  vethereal: Transcript,
  masks: Masks,
): Difference[] {
  const shared = sharedFiles(script, linux)
  return [
    ...script.flatMap((step, i) => {
      const isShared = step.type === 'read' && shared.has(step.file)
      return isShared && masks.sharedFile(linux.steps[i]!.errno, vethereal.steps[i]!.errno)
        ? []
        : answers(i, step, linux.steps[i]!, vethereal.steps[i]!, masks)
    }),
    ...frames(linux.frames, vethereal.frames, masks),
    ...tablesAtEnd(linux, vethereal, masks),
  ]
}

/** Files that were ever open while another of the same device was. */
function sharedFiles(script: readonly Step[], linux: Transcript): ReadonlySet<number> {
  const shared = new Set<number>()
  const open = new Map<number, string>()
  for (const [i, step] of script.entries()) {
    if (step.type === 'close') open.delete(step.file)
    if (step.type !== 'open' || linux.steps[i]!.errno !== 0) continue
    const device = `${step.netns}/${step.link}`
    for (const [file, of] of open) if (of === device) shared.add(file).add(step.file)
    open.set(step.file, device)
  }
  return shared
}

/** A timer may come while Linux's tables are read: what is so before or after that is right. */
function tablesAtEnd(linux: Transcript, vethereal: Transcript, masks: Masks): Difference[] {
  const compared = (spaces: Transcript['spaces']): Difference[] =>
    linux.spaces.flatMap((space, i) => tables(i, space, spaces[i] ?? null, masks))
  const before = compared(vethereal.spaces)
  if (before.length === 0 || vethereal.later === undefined) return before
  const after = new Set(compared(vethereal.later()).map(each => each.where))
  return before.filter(each => after.has(each.where))
}

function answers(i: number, step: Step, linux: Answered, vethereal: Answered, masks: Masks): Difference[] {
  const where = `step ${i} ${step.type}`
  if (step.type === 'read')
    return differ(where, readText(linux, vethereal, masks), readText(vethereal, vethereal, masks))
  return differ(where, answerText(step, linux, masks), answerText(step, vethereal, masks))
}

const readText = ({ errno, stdout = '' }: Answered, ours: Answered, masks: Masks): string =>
  `${errno} ${masks.read(stdout, ours.stdout ?? '')}`

function answerText(step: Step, answer: Answered, masks: Masks): string {
  if (isRequest(step)) return `${answer.errno} ${answer.extack ?? ''}`
  if (step.type === 'udp') return `${answer.errno ?? ''}${answer.stdout ?? ''}`
  if (answer.errno !== undefined && step.type !== 'ping') return `${answer.errno}`
  if (step.type !== 'ping' && step.type !== 'routeget') return ''
  return masks.ping(`${answer.errno ?? ''}${answer.stdout ?? ''}${answer.stderr ?? ''}status ${answer.status ?? ''}`)
}

function differ(where: string, linux: string, vethereal: string): Difference[] {
  return linux === vethereal ? [] : [{ where, linux, vethereal }]
}

// -- Frames ---------------------------------------------------------------------------------------

function frames(linux: readonly Seen[], vethereal: readonly Seen[], masks: Masks): Difference[] {
  const ours = byInterface(vethereal, masks)
  const theirs = byInterface(linux, masks)
  const names = [...new Set([...theirs.keys(), ...ours.keys()])].sort()
  return names.flatMap(name =>
    differ(`frames ${name}`, (theirs.get(name) ?? []).join('\n'), (ours.get(name) ?? []).join('\n')),
  )
}

function byInterface(frames: readonly Seen[], masks: Masks): Map<string, string[]> {
  const lists = new Map<string, string[]>()
  for (const [netns, ifindex, direction, hex] of frames) {
    const name = `${netns}/${ifindex}`
    let list = lists.get(name)
    if (list === undefined) {
      list = []
      lists.set(name, list)
    }
    list.push(`${direction} ${masks.frame(hex)}`)
  }
  return lists
}

// -- Tables ---------------------------------------------------------------------------------------

/** A line of `Tables.ip` each. */
export const IP_TABLES = ['addr', 'route', 'neigh', 'neigh proxy', 'link', 'rule']
const BRIDGE_TABLES = ['bridge link', 'bridge fdb']

function tables(i: number, linux: Tables | null, vethereal: Tables | null, masks: Masks): Difference[] {
  if (linux === null || vethereal === null) {
    return differ(`netns ${i}`, linux === null ? 'gone' : 'there', vethereal === null ? 'gone' : 'there')
  }
  return [
    ...jsonTables(i, IP_TABLES, linux.ip, vethereal.ip, masks),
    ...jsonTables(i, BRIDGE_TABLES, linux.bridge, vethereal.bridge, masks),
    ...differ(`netns ${i} counters`, counters(linux.dev), counters(vethereal.dev)),
    ...differ(`netns ${i} snmp`, snmp(linux.snmp), snmp(vethereal.snmp)),
  ]
}

function jsonTables(i: number, names: readonly string[], linux: string, vethereal: string, masks: Masks): Difference[] {
  const theirs = linux.trimEnd().split('\n')
  const ours = vethereal.trimEnd().split('\n')
  // Older recordings end before the last tables.
  return names
    .slice(0, theirs.length)
    .flatMap((name, t) =>
      differ(`netns ${i} ${name}`, jsonText(name, theirs[t] ?? '', masks), jsonText(name, ours[t] ?? '', masks)),
    )
}

/** One record a line. */
function jsonText(name: string, line: string, masks: Masks): string {
  let records: unknown
  try {
    records = JSON.parse(line)
  } catch {
    return line
  }
  if (!Array.isArray(records)) return line
  const lines = records.map(each => JSON.stringify(masks.record(each)))
  return (name.startsWith('neigh') ? masks.neighbours(lines) : lines).join('\n')
}

/** The lines of /proc/net/dev with single blanks; loopback and others in the order of the file. */
const counters = (text: string): string =>
  text
    .split('\n')
    .filter(line => line.includes(':'))
    .map(line => line.trim().replace(/\s+/g, ' '))
    .join('\n')

/** What Vethereal keeps: no TCP, no UDP-Lite, and what nothing changes. One counter a line, those that count. */
function snmp(text: string): string {
  const lines = text.split('\n')
  const found: string[] = []
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const [protocol, ...names] = lines[i]!.split(' ')
    if (protocol === 'Tcp:' || protocol === 'UdpLite:') continue
    const values = lines[i + 1]!.split(' ').slice(1)
    for (const [j, name] of names.entries()) if (values[j] !== '0') found.push(`${protocol}${name} ${values[j]}`)
  }
  return found.join('\n')
}
