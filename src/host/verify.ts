/**
 * --verify-determinism: the same script twice, each time in a new world, and everything observable compared: frames
 * with their octets and instants, drops, decisions, requests with their answers, and what was printed.
 */
import { octets } from '../core/frame.ts'
import { NS_PER_S } from '../time/instant.ts'
import { trace, traceLine } from '../world/trace.ts'
import { Hash, traceHash } from '../world/trace-hash.ts'
import type { World } from '../world/world.ts'
import { Status } from './failure.ts'
import type { Settings } from './options.ts'
import { runScript, type Script } from './run.ts'
import type { Streams } from './terminal.ts'

/** Lines of the first run that are kept to name the first difference. Later ones are told apart by the hash alone. */
const LINES_MAX = 200_000

interface Run {
  readonly status: number
  readonly digest: string
}

/** Runs the script for all to see, then again unseen. Answers the script's exit status, or that the runs differ. */
export async function verify(script: Script, settings: Settings, streams: Streams): Promise<number> {
  const lines: string[] = []
  const first = await observed(script, settings, streams, line => {
    if (lines.length < LINES_MAX) lines.push(line)
  })
  let seen = 0
  let difference: string | undefined
  const unseen = { ...settings, pcap: undefined, traceJson: undefined }
  const silent: Streams = { stdout() {}, stderr() {}, isTerminal: streams.isTerminal }
  const second = await observed(script, unseen, silent, line => {
    const expected = seen < LINES_MAX ? (lines[seen] ?? 'nothing more') : line
    if (line !== expected) difference ??= told(seen, expected, line)
    seen++
  })
  if (seen < lines.length) difference ??= told(seen, lines[seen]!, 'nothing more')
  if (first.status !== second.status) {
    difference ??= `exit status: first run ${first.status}, second run ${second.status}`
  }
  if (difference === undefined && first.digest === second.digest) {
    streams.stderr(`vethereal: deterministic: two runs with the trace hash ${first.digest}\n`)
    return first.status
  }
  const place = difference ?? `after ${LINES_MAX} events`
  streams.stderr(`vethereal: not deterministic: trace hashes ${first.digest} and ${second.digest}\n${place}\n`)
  return Status.Different
}

const told = (index: number, first: string, second: string): string =>
  `event ${index + 1}:\n  first run:  ${first}\n  second run: ${second}`

async function observed(
  script: Script,
  settings: Settings,
  streams: Streams,
  tell: (line: string) => void,
): Promise<Run> {
  let hash = new Hash()
  const printed = (stream: 'stdout' | 'stderr', text: string): void => {
    hash.text(stream)
    hash.text(text)
    tell(`${stream}: ${JSON.stringify(text)}`)
  }
  const both: Streams = {
    stdout(text) {
      printed('stdout', text)
      streams.stdout(text)
    },
    stderr(text) {
      printed('stderr', text)
      streams.stderr(text)
    },
    isTerminal: streams.isTerminal,
  }
  const status = await runScript(script, settings, both, world => {
    hash = traceHash(world)
    tellAll(world, tell)
  })
  hash.number(status)
  return { status, digest: hash.digest() }
}

const SHOWN_OCTETS_MAX = 128

/** One line for each event, and one with its octets for each frame. */
function tellAll(world: World, tell: (line: string) => void): void {
  trace(world, record => tell(traceLine(record)))
  world.events.on('frame', (at, dev, direction, frame) => {
    const bytes = octets(frame)
    const hash = new Hash()
    hash.bytes(bytes, 0, bytes.length)
    const hex = Array.from(bytes.subarray(0, SHOWN_OCTETS_MAX), octet => octet.toString(16).padStart(2, '0')).join('')
    tell(`${seconds(at)} ${dev.name} ${direction}: octets ${hex} (hash of all ${hash.digest()})`)
  })
  world.events.on('request', (at, request, answer) => {
    tell(`${seconds(at)} ${JSON.stringify(request)}: ${answer.ok ? 'ok' : `${answer.errno} ${answer.extack ?? ''}`}`)
  })
  world.observe()
}

const seconds = (at: number): string => (at / NS_PER_S).toFixed(9)
