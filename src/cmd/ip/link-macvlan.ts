/**
 * `type macvlan`: its options on the command line and in `ip -d link`.
 *
 * Follows iproute2 6.1 ip/iplink_macvlan.c. `bclim` came with a later iproute2.
 */
import type { MacvlanInfo } from '../../control/info.ts'
import { MacvlanFlag, MacvlanMode } from '../../control/records.ts'
import type { LinkChanges, MacvlanSources } from '../../control/request.ts'
import * as mac48 from '../../wire/mac.ts'
import { type Args, Exit, ethernetAddress, exit, linkAddress, matches, unsigned } from './args.ts'
import { complain, type Ip } from './object.ts'
import type { Printer } from './print.ts'

/** What `ip link help macvlan` prints, for macvtap with that name. */
export const macvlanHelp = (
  kind: string,
): string => `Usage: ... ${kind} mode MODE [flag MODE_FLAG] MODE_OPTS [bcqueuelen BC_QUEUE_LEN]

MODE: private | vepa | bridge | passthru | source
MODE_FLAG: null | nopromisc | nodst
MODE_OPTS: for mode "source":
\tmacaddr { { add | del } <macaddr> | set [ <macaddr> [ <macaddr>  ... ] ] | flush }
BC_QUEUE_LEN: Length of the rx queue for broadcast/multicast: [0-4294967295]
`

const MODES: Readonly<Record<string, MacvlanMode>> = {
  private: MacvlanMode.Private,
  vepa: MacvlanMode.Vepa,
  bridge: MacvlanMode.Bridge,
  passthru: MacvlanMode.Passthru,
  source: MacvlanMode.Source,
}

const FLAGS: Readonly<Record<string, number>> = {
  nopromisc: MacvlanFlag.NoPromisc,
  nodst: MacvlanFlag.NoDst,
  null: 0,
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }
type Options = Mutable<NonNullable<LinkChanges['macvlan']>>

/** Takes what follows one word. */
type Reader = (ip: Ip, args: Args, into: Options, kind: string) => void

const addFlag = (into: Options, flag: number): void => {
  into.flags = (into.flags ?? 0) | flag
}

/** In iproute2's order, in which abbreviations are resolved. */
const OPTIONS: readonly (readonly [string, Reader])[] = [
  ['mode', readMode],
  ['flag', readFlag],
  ['macaddr', readSources],
  ['nopromisc', (_ip, _args, into) => addFlag(into, MacvlanFlag.NoPromisc)],
  ['nodst', (_ip, _args, into) => addFlag(into, MacvlanFlag.NoDst)],
  ['bcqueuelen', readQueueLength],
]

/** The words after `type macvlan`, of which there is one at least. */
export function parseMacvlan(ip: Ip, args: Args, kind: string): { readonly macvlan: LinkChanges['macvlan'] } {
  const into: Options = {}
  while (args.more) {
    const word = args.take()
    const option = OPTIONS.find(([full]) => matches(word, full))
    if (option !== undefined) option[1](ip, args, into, kind)
    else if (matches(word, 'help')) exit(1, macvlanHelp(kind))
    // Who looked whether it is an address has cut it at the colon.
    else exit(1, `${kind}: unknown option "${afterSet(into) ? word.split(':')[0] : word}"?\n${macvlanHelp(kind)}`)
  }
  if (((into.flags ?? 0) & MacvlanFlag.NoPromisc) !== 0 && into.mode !== MacvlanMode.Passthru) {
    exit(1, `${kind}: nopromisc flag only valid in passthru mode\n${macvlanHelp(kind)}`)
  }
  return { macvlan: into }
}

const afterSet = (into: Options): boolean => into.sources?.action === 'set'

function readMode(_ip: Ip, args: Args, into: Options): void {
  const word = args.take()
  into.mode = Object.hasOwn(MODES, word)
    ? MODES[word]!
    : exit(1, `Error: argument of "mode" must be ${MODE_WORDS}, not "${word}"\n`)
}

const MODE_WORDS = '"private", "vepa", "bridge", "passthru" or "source"'

function readFlag(_ip: Ip, args: Args, into: Options): void {
  const word = args.take()
  if (!Object.hasOwn(FLAGS, word)) {
    exit(1, `Error: argument of "flag" must be "nopromisc", "nodst" or "null", not "${word}"\n`)
  }
  addFlag(into, FLAGS[word]!)
}

function readQueueLength(_ip: Ip, args: Args, into: Options): void {
  const word = args.take()
  into.broadcastQueueLength =
    unsigned(word) ??
    exit(1, `Error: argument of "bcqueuelen" must be a positive integer [0-4294967295], not "${word}"\n`)
}

/** `macaddr add|del|set|flush`; the last one counts. */
function readSources(ip: Ip, args: Args, into: Options, kind: string): void {
  const action = args.take()
  if (action === 'flush') into.sources = { action, macs: [] }
  else if (action === 'set') into.sources = { action, macs: readSet(ip, args) }
  else if (action === 'add' || action === 'del') into.sources = readOne(action, args)
  else exit(1, macvlanHelp(kind))
}

function readOne(action: 'add' | 'del', args: Args): MacvlanSources {
  const mac = ethernetAddress(linkAddress(args.take()))
  return { action, macs: [mac ?? exit(1, '')] }
}

/** As many addresses as there are; of the first word that is none iproute2 complains, and reads on. */
function readSet(ip: Ip, args: Args): mac48.Mac[] {
  const macs: mac48.Mac[] = []
  for (let word = args.peek(); word !== undefined; word = args.peek()) {
    const mac = ethernetAddress(tryAddress(ip, word))
    if (mac === undefined) break
    macs.push(mac)
    args.take()
  }
  return macs
}

function tryAddress(ip: Ip, word: string): readonly number[] {
  try {
    return linkAddress(word)
  } catch (error) {
    if (!(error instanceof Exit)) throw error
    complain(ip, 1, error.message)
    return []
  }
}

/** IFLA_INFO_DATA, on the line that begins with the kind. */
export function printMacvlan(print: Printer, macvlan: MacvlanInfo): void {
  const mode = Object.keys(MODES).find(word => MODES[word] === macvlan.mode)!
  print.field('mode', mode, `mode ${mode} `)
  for (const word of ['nopromisc', 'nodst']) {
    if ((macvlan.flags & FLAGS[word]!) !== 0) print.field(word, true, `${word} `)
  }
  const length = macvlan.broadcastQueueLength
  print.field('bcqueuelen', length, `bcqueuelen ${length} `)
  const used = macvlan.broadcastQueueLengthUsed
  print.field('usedbcqueuelen', used, `usedbcqueuelen ${used} `)
  if (macvlan.mode !== MacvlanMode.Source) return
  const { sources } = macvlan
  print.field('macaddr_count', sources.length, `remotes (${sources.length}) `)
  if (sources.length === 0) return
  print.openArray('macaddr_data')
  for (const source of sources) print.field(undefined, mac48.format(source), `${mac48.format(source)} `)
  print.closeArray()
}
