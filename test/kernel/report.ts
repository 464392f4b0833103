/** What was compared, in numbers, so that an empty comparison cannot look like a success. */
import { isRequest, type Step } from '../../src/testing/session.ts'
import { IP_TABLES } from './compare.ts'
import type { MaskCounts } from './masks.ts'
import type { Transcript } from './transcript.ts'

interface Tally {
  count: number
  refused: number
}

export class Report {
  sessions = 0
  /** Generated, but not run: they would make a storm, or show a random MAC. */
  unsafe = 0
  /** Linux did not do the same thing twice. */
  unsteady = 0
  /** The helper failed. */
  failures = 0
  frames = 0
  bytes = 0
  tables = 0
  tableBytes = 0
  readonly requests = new Map<string, Tally>()
  readonly framesByKind = new Map<string, { frames: number; bytes: number }>()
  readonly masks: MaskCounts = {}

  /** One session that was run on both sides. */
  add(script: readonly Step[], linux: Transcript, masks: MaskCounts): void {
    this.sessions++
    for (const [i, step] of script.entries()) {
      const kind = kindOf(step)
      const tally = this.requests.get(kind) ?? { count: 0, refused: 0 }
      tally.count++
      if ((linux.steps[i]!.errno ?? linux.steps[i]!.status ?? 0) !== 0) tally.refused++
      this.requests.set(kind, tally)
    }
    const kinds = deviceKinds(linux)
    for (const [netns, ifindex, , hex] of linux.frames) {
      const kind = kinds.get(`${netns}/${ifindex}`) ?? 'gone'
      const tally = this.framesByKind.get(kind) ?? { frames: 0, bytes: 0 }
      tally.frames++
      tally.bytes += hex.length / 2
      this.framesByKind.set(kind, tally)
      this.frames++
      this.bytes += hex.length / 2
    }
    for (const space of linux.spaces) {
      if (space === null) continue
      this.tables += 9
      this.tableBytes += space.ip.length + space.bridge.length + space.dev.length + space.snmp.length
    }
    for (const [mask, n] of Object.entries(masks)) {
      this.masks[mask as keyof MaskCounts] = (this.masks[mask as keyof MaskCounts] ?? 0) + n
    }
  }

  text(seconds: number): string {
    const rows = [...this.requests].sort(([a], [b]) => (a < b ? -1 : 1))
    const lines = [
      `${this.sessions} sessions in ${seconds.toFixed(1)} s: ${(this.sessions / seconds).toFixed(1)} a second`,
      `${this.unsafe} not run (storm or random MAC), ${this.unsteady} unsteady on Linux, ${this.failures} failed to run`,
      `${this.frames} frames of ${this.bytes} octets, ${this.tables} tables of ${this.tableBytes} octets compared`,
      '',
      'step                        compared   refused by Linux',
      ...rows.map(([kind, { count, refused }]) => `${kind.padEnd(26)} ${pad(count, 9)} ${pad(refused, 18)}`),
      '',
      'device                        frames        octets',
      ...[...this.framesByKind]
        .sort()
        .map(([kind, { frames, bytes }]) => `${kind.padEnd(26)} ${pad(frames, 9)} ${pad(bytes, 13)}`),
      '',
      'mask                            used',
      ...Object.entries(this.masks).map(([mask, n]) => `${mask.padEnd(26)} ${pad(n, 9)}`),
    ]
    return `${lines.join('\n')}\n`
  }
}

const pad = (n: number, width: number): string => String(n).padStart(width)

/** `setlink mtu`, `newlink veth`, `newroute`, `ping` ... */
export function kindOf(step: Step): string {
  if (!isRequest(step)) return step.type
  if (step.type === 'newlink') return `newlink ${step.link.kind}`
  if (step.type === 'setlink' && step.family === 'bridge') return 'setlink AF_BRIDGE'
  if (step.type === 'setlink') return `setlink ${Object.keys(step.changes).sort().join('+')}`.slice(0, 26)
  return step.type
}

function deviceKinds(linux: Transcript): Map<string, string> {
  const kinds = new Map<string, string>()
  for (const [i, space] of linux.spaces.entries()) {
    const links = space?.ip.split('\n')[IP_TABLES.indexOf('link')]
    if (links === undefined || !links.startsWith('[')) continue
    for (const link of JSON.parse(links)) {
      kinds.set(`${i}/${link.ifindex}`, link.linkinfo?.info_kind ?? 'loopback')
      if (link.linkinfo?.info_slave_kind !== undefined)
        kinds.set(`${i}/${link.ifindex}`, `${link.linkinfo.info_kind} (${link.linkinfo.info_slave_kind} port)`)
    }
  }
  return kinds
}
