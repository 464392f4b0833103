/**
 * route of net-tools 2.10: the routing table shown, routes added and deleted.
 *
 *     route [-n] [-e | -ee]        route add|del [-net|-host] TARGET[/BITS] [netmask M] [gw G] [metric N] [[dev] IF]
 *
 * Follows net-tools route.c and lib/inet_sr.c, and what SIOCADDRT makes of it: Linux net/ipv4/fib_frontend.c
 * (rtentry_to_fib_config). Left out, and refused: other families than inet, irtt.
 */
import { Scope } from '../control/records.ts'
import { type RouteMetrics, RouteProtocol, type RouteSpec, RouteType, Table } from '../control/request.ts'
import { type Errno, strerror } from '../core/errno.ts'
import * as ip4 from '../wire/ip.ts'
import type { Program } from '../world/task.ts'
import { type Command, notSupported, type Process } from './command.ts'
import { getoptLong } from './getopt-long.ts'
import type { Host } from './hosts.ts'
import { Exit, strtol } from './libc.ts'
import { maskOf, type Resolved, readHosts, resolve, unknownHost } from './nettools/inet.ts'
import { addressOf, bitsOfMask, linkOf } from './nettools/ioctl.ts'
import { routesText } from './nettools/routes.ts'
import {
  E_LOOKUP,
  E_NOTFOUND,
  E_OPTERR,
  E_SOCK,
  features,
  isListed,
  RELEASE,
  ROUTED_FAMILIES,
} from './nettools/words.ts'

const USAGE = `Usage: route [-nNvee] [-FC] [<AF>]           List kernel routing tables
       route [-v] [-FC] {add|del|flush} ...  Modify routing table for AF.

       route {-h|--help} [<AF>]              Detailed usage syntax for specified AF.
       route {-V|--version}                  Display version/author and exit.

        -v, --verbose            be verbose
        -n, --numeric            don't resolve names
        -e, --extend             display other/more information
        -F, --fib                display Forwarding Information Base (default)
        -C, --cache              display routing cache instead of FIB

  <AF>=Use -4, -6, '-A <af>' or '--<af>'; default: inet
  List of possible address families (which support routing):
`
const INET_USAGE = `Usage: inet_route [-vF] del {-host|-net} Target[/prefix] [gw Gw] [metric M] [[dev] If]
       inet_route [-vF] add {-host|-net} Target[/prefix] [gw Gw] [metric M]
                              [netmask N] [mss Mss] [window W] [irtt I]
                              [mod] [dyn] [reinstate] [[dev] If]
       inet_route [-vF] add {-host|-net} Target[/prefix] [metric M] reject
       inet_route [-FC] flush      NOT supported
`
const CACHE_TITLE = `Kernel IP routing cache
Source          Destination     Gateway         Flags Metric Ref    Use Iface
`
const LONG = [
  { name: 'extend', as: 'e' },
  { name: 'verbose', as: 'v' },
  { name: 'version', as: 'V' },
  { name: 'numeric', as: 'n' },
  { name: 'symbolic', as: 'N' },
  { name: 'protocol', as: 'A', argument: 'required' },
  { name: 'cache', as: 'C' },
  { name: 'fib', as: 'F' },
  { name: 'help', as: 'h' },
  { name: 'inet', as: '4' },
  { name: 'inet6', as: '6' },
] as const
const FULL_MASK = 0xffff_ffff
const MSS_MIN = 64
const MSS_MAX = 65536
const WINDOW_MIN = 128
/** What an MTU has more than the MSS: the headers of IP and TCP. */
const HEADERS_BYTES = 40

export const route: Command = function* (process): Program {
  // -net and -host are words of the command, not options.
  const argv = process.argv.map(word => (word === '-net' || word === '-host' ? `#${word.slice(1)}` : word))
  const { options, operands } = getoptLong(argv, 'A:eCFhnN64Vv?', LONG)
  let detail = 1
  let numeric = false
  let cache = false
  let fib = false
  let help = false
  let family = ''
  for (const each of options) {
    const { option } = each
    if ('complaint' in each) process.stderr(`${each.complaint}\n`)
    if (option === 'n') numeric = true
    else if (option === 'e') detail++
    else if (option === 'C') cache = true
    else if (option === 'F') fib = true
    else if (option === '4') family = 'inet'
    else if (option === '6') family = 'inet6'
    else if (option === 'h' || option === '?') help = true
    else if (option === 'A' && 'argument' in each) {
      family = each.argument!
      if (!isListed(ROUTED_FAMILIES, family)) {
        process.stderr(`Unknown address family \`${family}'.\n`)
        return E_NOTFOUND
      }
    } else if (option === 'V') {
      process.stdout(RELEASE + features('+NEW_ADDRT +RTF_IRTT +RTF_REJECT +I18N +SELINUX'))
      return 0
    }
  }
  if (family !== '' && family !== 'inet') return notSupported(process, `route of ${family}`)
  if (help && family === '') {
    process.stderr(ROUTED_FAMILIES)
    process.stdout(USAGE)
    return 0
  }
  const [action, ...words] = operands
  const hosts = yield* readHosts()
  if (help) return inetUsage(process, 0)
  if (action === undefined) {
    if (fib || !cache) process.stdout(detail > 3 ? NO_TABLE : routesText(process, detail, numeric ? undefined : hosts))
    if (cache) process.stdout(CACHE_TITLE)
    return 0
  }
  if (!['add', 'del', 'delete', 'flush'].includes(action)) {
    process.stderr(USAGE + ROUTED_FAMILIES)
    return E_OPTERR
  }
  if (action === 'flush' || cache) {
    const what = action === 'flush' ? "Flushing `inet' routing table" : "Modifying `inet' routing cache"
    process.stderr(`${what} not supported\n`)
    return inetUsage(process, E_OPTERR)
  }
  if (words.length === 0) return inetUsage(process, 0)
  try {
    return change(process, action === 'add', parse(process, hosts, words))
  } catch (end) {
    if (end instanceof Exit) return end.status
    throw end
  }
}

/** With -eee the mask of options forgets that anything was asked for. */
const NO_TABLE = 'Kernel IP routing table\n'

function inetUsage<Status extends number>(process: Process, status: Status): Status {
  if (status === 0) process.stdout(INET_USAGE)
  else process.stderr(INET_USAGE)
  return status
}

/** struct rtentry */
interface Entry {
  readonly dst: ip4.Ip
  readonly isHost: boolean
  /** 0 when none was given. */
  readonly mask: number
  readonly via: ip4.Ip | undefined
  readonly metric: number
  readonly device: string | undefined
  readonly isReject: boolean
  readonly metrics: RouteMetrics
}

function parse(process: Process, hosts: readonly Host[], given: readonly string[]): Entry {
  const words = [...given]
  const wrong = (message = ''): never => {
    process.stderr(message)
    throw new Exit(inetUsage(process, E_OPTERR))
  }
  const lookup = (text: string): Resolved => {
    const found = resolve(hosts, text)
    if (found !== undefined) return found
    process.stderr(unknownHost(text))
    throw new Exit(E_LOOKUP)
  }
  const argument = (): string => words.shift() ?? wrong()
  const number = (): number => Number(strtol(argument()).value)

  const kind = words[0]?.startsWith('#') ? words.shift() : undefined
  const target = argument()
  let mask = maskOf(target) ?? 0
  let maskText = target.includes('/') ? target.slice(target.indexOf('/')) : 'default'
  if (Number.isNaN(mask)) wrong()
  const found = lookup(target.split('/', 1)[0]!)
  const isHost = kind === undefined ? !found.isNetwork : kind === '#host'
  let via: ip4.Ip | undefined
  let metric = 0
  let device: string | undefined
  let isReject = false
  const metrics: { -readonly [Key in keyof RouteMetrics]: RouteMetrics[Key] } = {}

  while (words.length > 0) {
    const word = words.shift()!
    if (word === 'metric') {
      const text = argument()
      if (!/^\d/.test(text)) wrong()
      metric = Number(strtol(text).value) >>> 0
    } else if (word === 'netmask') {
      if (mask !== 0) wrong()
      maskText = argument()
      mask = lookup(maskText).address
    } else if (word === 'gw' || word === 'gateway') {
      const text = argument()
      if (via !== undefined) wrong()
      const router = lookup(text)
      if (router.isNetwork) wrong(`route: ${text}: cannot use a NETWORK as gateway!\n`)
      via = router.address
    } else if (word === 'mss' || word === 'mtu') {
      const mss = number()
      if (mss < MSS_MIN || mss > MSS_MAX) wrong('route: Invalid MSS/MTU.\n')
      metrics.advmss = mss - HEADERS_BYTES
    } else if (word === 'window') {
      metrics.window = number()
      if (metrics.window < WINDOW_MIN) wrong('route: Invalid window.\n')
    } else if (word === 'irtt') {
      argument()
      throw new Exit(notSupported(process, 'route irtt'))
    } else if (word === 'reject') {
      isReject = true
    } else if (word === 'mod' || word === 'dyn' || word === 'reinstate') {
      // Flags that the kernel does not look at.
    } else if (word === 'dev' || word === 'device') {
      if (device !== undefined) wrong()
      device = argument()
    } else if (device === undefined && words.length === 0) {
      device = word
    } else {
      wrong()
    }
  }
  if (isReject) device ??= 'lo'
  if (mask !== 0) {
    const rest = ~mask >>> 0
    if (isHost) {
      wrong(`route: netmask ${rest.toString(16).padStart(8, '0')} doesn't make sense with host route\n`)
    }
    if ((rest & (rest + 1)) !== 0) wrong(`route: bogus netmask ${maskText}\n`)
    if ((found.address & rest) !== 0) wrong("route: netmask doesn't match route address\n")
  }
  return { dst: found.address, isHost, mask, via, metric, device, isReject, metrics }
}

function change(process: Process, isNew: boolean, entry: Entry): number {
  const { world, netns } = process
  const spec = specOf(process, isNew, entry)
  const failed =
    typeof spec === 'string'
      ? spec
      : errnoOf(
          world.apply(
            isNew
              ? { type: 'newroute', netns, route: spec, mode: 'prepend' }
              : { type: 'delroute', netns, route: spec },
          ),
        )
  if (failed === undefined) return 0
  process.stderr(`${isNew ? 'SIOCADDRT' : 'SIOCDELRT'}: ${strerror(failed)}\n`)
  return E_SOCK
}

const errnoOf = (answer: { readonly ok: true } | { readonly ok: false; readonly errno: Errno }): Errno | undefined =>
  answer.ok ? undefined : answer.errno

/** rtentry_to_fib_config. The name of an alias means its address as the source. */
function specOf(process: Process, isNew: boolean, entry: Entry): RouteSpec | Errno {
  const { dst, isHost, via, metric, device, isReject, metrics } = entry
  const mask = isHost ? FULL_MASK : entry.mask
  const prefixLength = bitsOfMask(mask)
  if (prefixLength === undefined || (dst & ~mask) !== 0) return 'EINVAL'
  const common = { dst, prefixLength, metric, table: Table.Main, ...(isNew && { protocol: RouteProtocol.Boot }) }
  if (isReject) return { ...common, type: RouteType.Unreachable, scope: Scope.Host }

  const link = device === undefined ? undefined : linkOf(process, device)
  const source = device?.includes(':') ? addressOf(process, device) : undefined
  if (device !== undefined && (link === undefined || (device.includes(':') && source === undefined))) return 'ENODEV'
  const isReachable = via !== undefined && via !== ip4.ANY && isUnicast(process, via)
  if (isNew && via === ip4.ANY) return 'EINVAL'
  return {
    ...common,
    type: RouteType.Unicast,
    ...(isReachable ? { scope: Scope.Universe } : isNew && { scope: Scope.Link }),
    ...(via !== undefined && { via }),
    ...(link !== undefined && { link: link.ifindex }),
    ...(source !== undefined && { src: source.local }),
    ...(Object.keys(metrics).length > 0 && { metrics }),
  }
}

/** inet_addr_type: neither an address of this machine nor a broadcast of its networks, nor a group. */
function isUnicast({ world, netns }: Process, address: ip4.Ip): boolean {
  if (ip4.isMulticast(address) || ip4.isLimitedBroadcast(address) || ip4.isZeronet(address)) return false
  return !world
    .routes(netns)
    .some(each => each.table === Table.Local && ip4.contains(each.dst, each.prefixLength, address))
}
