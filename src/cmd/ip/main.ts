/**
 * `ip`: global options and the choice of the object.
 *
 * Follows iproute2 6.1 ip/ip.c. Left out: -echo; being called by another name (`iplink`); the objects that are
 * `refused`. -rcvbuf is read and has nothing to act on.
 */
import type { NetnsId } from '../../core/device.ts'
import type { Program, Wait, Wake } from '../../world/task.ts'
import { type Command, notSupported, type Process } from '../command.ts'
import { address } from './address.ts'
import { Args, atoi, Exit, type Family, invalid, matches, parseFamily, unsigned, usage } from './args.ts'
import { batch } from './batch.ts'
import { background, type ColourChoice, colourChoice } from './colour.ts'
import { GENERAL_HELP } from './help.ts'
import { link } from './link.ts'
import { maddress } from './maddress.ts'
import { monitor } from './monitor.ts'
import { neighbour } from './neighbour.ts'
import { netns, switchNetns } from './netns.ts'
import { nexthop } from './nexthop.ts'
import { complain, type Ip, type IpObject, type Options, refuse } from './object.ts'
import { Printer, type Style } from './print.ts'
import { route } from './route.ts'
import { rule } from './rule.ts'
import { tuntap } from './tuntap.ts'

const VERSION = 'ip utility, iproute2-6.1.0, libbpf 1.1.2\n'
const FLUSH_LOOPS = 10

/** An object of Linux that is not here yet. */
const refused =
  (name: string): IpObject =>
  ip =>
    refuse(ip, name)

/** In iproute2's order: the first that the word abbreviates is meant. */
const OBJECTS: readonly (readonly [string, IpObject])[] = [
  ['address', address],
  ['addrlabel', refused('addrlabel')],
  ['maddress', maddress],
  ['route', route],
  ['rule', rule],
  ['neighbor', neighbour],
  ['neighbour', neighbour],
  ['ntable', refused('ntable')],
  ['ntbl', refused('ntable')],
  ['link', link],
  ['l2tp', refused('l2tp')],
  ['fou', refused('fou')],
  ['ila', refused('ila')],
  ['macsec', refused('macsec')],
  ['tunnel', refused('tunnel')],
  ['tunl', refused('tunnel')],
  ['tuntap', tuntap],
  ['tap', tuntap],
  ['token', refused('token')],
  ['tcpmetrics', refused('tcpmetrics')],
  ['tcp_metrics', refused('tcpmetrics')],
  ['monitor', monitor],
  ['xfrm', refused('xfrm')],
  ['mroute', refused('mroute')],
  ['mrule', refused('mrule')],
  ['netns', netns],
  ['netconf', refused('netconf')],
  ['vrf', refused('vrf')],
  ['sr', refused('sr')],
  ['nexthop', nexthop],
  ['mptcp', refused('mptcp')],
  ['ioam', refused('ioam')],
  ['help', () => usage(GENERAL_HELP)],
  ['stats', refused('stats')],
]

export const ip: Command = function* (process) {
  let printer: Printer | undefined
  try {
    const given = readOptions(process)
    if (typeof given === 'number') return given
    printer = new Printer(given.style, text => process.stdout(text))
    const run: Ip = {
      process,
      world: process.world,
      netns: given.netns,
      options: given.options,
      print: printer,
      hosts: given.resolve ? yield* readHosts() : new Map(),
    }
    if (given.batch !== undefined) return yield* batch(run, given.batch, given.force, command)
    if (given.words.length === 0) return usage(GENERAL_HELP)
    return yield* command(run, given.words)
  } catch (error) {
    if (!(error instanceof Exit)) throw error
    printer?.flush()
    process.stderr(error.message)
    return error.status
  } finally {
    printer?.flush()
  }
}

function* command(ip: Ip, words: readonly string[]): Program {
  const [name, ...rest] = words
  const object = OBJECTS.find(([full]) => matches(name!, full))?.[1]
  if (object === undefined) return complain(ip, 1, `Object "${name}" is unknown, try "ip help".\n`)
  const status = object(ip, new Args(rest))
  return typeof status === 'number' ? status : yield* status
}

interface Given {
  readonly options: Options
  readonly style: Style
  readonly netns: NetnsId
  readonly resolve: boolean
  /** The file of -batch. */
  readonly batch: string | undefined
  readonly force: boolean
  /** What follows the options. */
  readonly words: readonly string[]
}

/** The global options, or an exit status. */
function readOptions(process: Process): Given | number {
  const args = new Args(process.argv.slice(1))
  let netns = process.netns
  let family: Family = 'unspec'
  let json = false
  let pretty = false
  let brief = false
  let oneline = false
  let details = 0
  let statistics = 0
  let human = false
  let iec = false
  let numeric = false
  let resolve = false
  let all = false
  let force = false
  let loops = FLUSH_LOOPS
  let colour: ColourChoice = 'never'
  let timestamp: Options['timestamp']
  let batch: string | undefined
  const value = (): string => (args.more ? args.take() : usage(GENERAL_HELP))

  while (args.peek()?.startsWith('-')) {
    const word = args.take()
    if (word === '--') break
    const option = word.startsWith('--') ? word.slice(1) : word
    const chosen = colourChoice(option)
    if (matches(option, '-loops')) loops = atoi(value())
    else if (matches(option, '-family')) family = readFamily(value())
    else if (option === '-4') family = 'inet'
    else if (option === '-6') family = 'inet6'
    else if (option === '-0') family = 'link'
    else if (option === '-M') family = 'mpls'
    else if (option === '-B') family = 'bridge'
    else if (matches(option, '-human-readable')) human = true
    else if (matches(option, '-iec')) iec = true
    else if (matches(option, '-stats') || matches(option, '-statistics')) statistics++
    else if (matches(option, '-details')) details++
    else if (matches(option, '-resolve')) resolve = true
    else if (matches(option, '-oneline')) oneline = true
    else if (matches(option, '-timestamp')) timestamp = 'long'
    else if (matches(option, '-tshort')) timestamp = 'short'
    else if (matches(option, '-Version')) {
      process.stdout(VERSION)
      return 0
    } else if (matches(option, '-force')) force = true
    else if (matches(option, '-batch')) batch = value()
    else if (matches(option, '-brief')) brief = true
    else if (matches(option, '-json')) json = true
    else if (matches(option, '-pretty')) pretty = true
    else if (matches(option, '-rcvbuf')) readBufferSize(value())
    else if (chosen !== undefined) colour = chosen
    else if (matches(option, '-help')) return usage(GENERAL_HELP)
    else if (matches(option, '-netns')) netns = switchNetns(process, args.more ? args.take() : '(null)')
    else if (matches(option, '-Numeric')) numeric = true
    else if (matches(option, '-all')) all = true
    else if (option === '-echo') return notSupported(process, 'ip -echo')
    else return usage(`Option "${option}" is unknown, try "ip -help".\n`)
  }

  const options = {
    family,
    brief,
    oneline,
    details,
    statistics,
    human,
    iec,
    numeric,
    timestamp,
    all,
    loops,
    batch: batch !== undefined,
  }
  const coloured = !json && (colour === 'always' || (colour === 'auto' && process.isTerminal))
  const style = { json, pretty, oneline, colour: coloured ? background(process) : undefined }
  return { options, style, netns, resolve, batch, force, words: args.rest() }
}

function readFamily(name: string): Family {
  if (name === 'help') return usage(GENERAL_HELP)
  return parseFamily(name) ?? invalid('invalid protocol family', name)
}

function readBufferSize(size: string): void {
  if (unsigned(size) === undefined) usage(`Invalid rcvbuf size '${size}'\n`)
}

/** The first name of each address, as gethostbyaddr finds it. */
function* readHosts(): Generator<Wait, Map<string, string>, Wake> {
  const wake = yield { for: 'file', path: '/etc/hosts' }
  const hosts = new Map<string, string>()
  for (const line of wake.by === 'file' ? wake.text.split('\n') : []) {
    const [address, name] = line.replace(/#.*/, '').trim().split(/\s+/)
    if (name !== undefined && !hosts.has(address!)) hosts.set(address!, name)
  }
  return hosts
}
