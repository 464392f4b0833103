/**
 * `bridge`: global options, the choice of the object, batches.
 *
 * Follows iproute2 6.1 bridge/bridge.c. Its printing, its reading of arguments and its batches are those of `ip`, as
 * both stand on the same library. Left out and refused: mdb, vlan, vni, monitor.
 */
import type { NetnsId } from '../../core/device.ts'
import type { Program } from '../../world/task.ts'
import { atOnce, type Command, notSupported, type Process } from '../command.ts'
import { Args, Exit, invalid, matches, usage } from '../ip/args.ts'
import { batch } from '../ip/batch.ts'
import { background, type ColourChoice, colourChoice } from '../ip/colour.ts'
import { switchNetns } from '../ip/netns.ts'
import { complain, type Ip, type Options } from '../ip/object.ts'
import { Printer, type Style } from '../ip/print.ts'
import { fdb } from './fdb.ts'
import { link } from './link.ts'

const FAILED = 255

const HELP = `Usage: bridge [ OPTIONS ] OBJECT { COMMAND | help }
       bridge [ -force ] -batch filename
where  OBJECT := { link | fdb | mdb | vlan | monitor }
       OPTIONS := { -V[ersion] | -s[tatistics] | -d[etails] |
                    -o[neline] | -t[imestamp] | -n[etns] name |
                    -c[ompressvlans] -color -p[retty] -j[son] }
`

/** One of its objects; answers the exit status. */
export type BridgeObject = (ip: Ip, args: Args) => number

const refused =
  (name: string): BridgeObject =>
  ip =>
    notSupported(ip.process, `bridge ${name}`)

/** In iproute2's order: the first that the word abbreviates is meant. */
const OBJECTS: readonly (readonly [string, BridgeObject])[] = [
  ['link', link],
  ['fdb', fdb],
  ['mdb', refused('mdb')],
  ['vlan', refused('vlan')],
  ['vni', refused('vni')],
  ['monitor', refused('monitor')],
  ['help', () => usage(HELP)],
]

export const bridge: Command = function* (process) {
  let printer: Printer | undefined
  try {
    const given = readOptions(process)
    if (typeof given === 'number') return given
    printer = new Printer(given.style, text => process.stdout(text))
    const { netns, options } = given
    const run: Ip = { process, world: process.world, netns, options, print: printer, hosts: new Map() }
    if (given.batch !== undefined) return yield* batch(run, given.batch, given.force, inBatch)
    if (given.words.length === 0) return usage(HELP)
    return carryOut(run, given.words)
  } catch (error) {
    if (!(error instanceof Exit)) throw error
    printer?.flush()
    process.stderr(error.message)
    return error.status
  } finally {
    printer?.flush()
  }
}

const inBatch = (ip: Ip, words: readonly string[]): Program => atOnce(() => carryOut(ip, words))(ip.process)

function carryOut(ip: Ip, words: readonly string[]): number {
  const [name, ...rest] = words
  const object = OBJECTS.find(([full]) => matches(name!, full))?.[1]
  if (object === undefined) return complain(ip, FAILED, `Object "${name}" is unknown, try "bridge help".\n`)
  return object(ip, new Args(rest))
}

interface Given {
  readonly options: Options
  readonly style: Style
  readonly netns: NetnsId
  readonly batch: string | undefined
  readonly force: boolean
  /** What follows the options. */
  readonly words: readonly string[]
}

/** The global options, or an exit status. -timestamp and -compressvlans have nothing to act on. */
function readOptions(process: Process): Given | number {
  const args = new Args(process.argv.slice(1))
  let netns = process.netns
  let json = false
  let pretty = false
  let oneline = false
  let force = false
  let details = 0
  let statistics = 0
  let colour: ColourChoice = 'never'
  let file: string | undefined
  while (args.peek()?.startsWith('-')) {
    const word = args.take()
    if (word === '--') break
    const option = word.startsWith('--') ? word.slice(1) : word
    const chosen = colourChoice(option)
    if (matches(option, '-help')) return usage(HELP)
    else if (matches(option, '-Version')) {
      process.stdout('bridge utility, 6.1.0\n')
      return 0
    } else if (matches(option, '-stats') || matches(option, '-statistics')) statistics++
    else if (matches(option, '-details')) details++
    else if (matches(option, '-oneline')) oneline = true
    else if (matches(option, '-timestamp')) continue
    else if (matches(option, '-family')) readFamily(args)
    else if (option === '-4' || option === '-6') continue
    else if (matches(option, '-netns')) netns = switchNetns(process, args.take())
    else if (chosen !== undefined) colour = chosen
    else if (matches(option, '-compressvlans')) continue
    else if (matches(option, '-force')) force = true
    else if (matches(option, '-json')) json = true
    else if (matches(option, '-pretty')) pretty = true
    else if (matches(option, '-batch')) file = args.more ? args.take() : usage(HELP)
    else return usage(`Option "${option}" is unknown, try "bridge help".\n`)
  }
  const coloured = !json && (colour === 'always' || (colour === 'auto' && process.isTerminal))
  const style = { json, pretty, oneline, colour: coloured ? background(process) : undefined }
  const options: Options = {
    family: 'bridge',
    brief: false,
    oneline,
    details,
    statistics,
    human: false,
    iec: false,
    numeric: false,
    timestamp: undefined,
    all: false,
    loops: 1,
    batch: file !== undefined,
  }
  return { options, style, netns, batch: file, force, words: args.rest() }
}

/** The family that names of `dst` are looked up in, which is not done here: only checked. */
function readFamily(args: Args): void {
  const name = args.more ? args.take() : usage(HELP)
  if (name === 'help') usage(HELP)
  if (name !== 'inet' && name !== 'inet6') invalid('invalid protocol family', name)
}
