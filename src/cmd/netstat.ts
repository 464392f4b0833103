/**
 * netstat of net-tools 2.10: sockets, routes (-r), interfaces (-i), counters (-s), groups (-g).
 *
 * Follows net-tools netstat.c. Left out, and refused: whose a socket is (-p, -e), raw sockets that there are, -c, IPv6,
 * other families. Nobody speaks TCP here, and nobody has UNIX sockets: those lists are empty.
 */
import * as ip4 from '../wire/ip.ts'
import * as ip6 from '../wire/ip6.ts'
import type { Program } from '../world/task.ts'
import { type Command, notSupported, type Process } from './command.ts'
import { getoptLong } from './getopt-long.ts'
import type { Host } from './hosts.ts'
import { hostName, readHosts } from './nettools/inet.ts'
import { interfaces, isUp, longText, shortText } from './nettools/interface.ts'
import { routesText } from './nettools/routes.ts'
import { statisticsText } from './nettools/statistics.ts'
import { E_NOTFOUND, E_OPTERR, features, isListed, RELEASE, ROUTED_FAMILIES } from './nettools/words.ts'
import { PORT_NAMES } from './tcpdump/names.ts'

const USAGE = `usage: netstat [-vWeenNcCF] [<Af>] -r         netstat {-V|--version|-h|--help}
       netstat [-vWnNcaeol] [<Socket> ...]
       netstat { [-vWeenNac] -i | [-cnNe] -M | -s [-6tuw] }

        -r, --route              display routing table
        -i, --interfaces         display interface table
        -g, --groups             display multicast group memberships
        -s, --statistics         display networking statistics (like SNMP)
        -M, --masquerade         display masqueraded connections

        -v, --verbose            be verbose
        -W, --wide               don't truncate IP addresses
        -n, --numeric            don't resolve names
        --numeric-hosts          don't resolve host names
        --numeric-ports          don't resolve port names
        --numeric-users          don't resolve user names
        -N, --symbolic           resolve hardware names
        -e, --extend             display other/more information
        -p, --programs           display PID/Program name for sockets
        -o, --timers             display timers
        -c, --continuous         continuous listing

        -l, --listening          display listening server sockets
        -a, --all                display all sockets (default: connected)
        -F, --fib                display Forwarding Information Base (default)
        -C, --cache              display routing cache instead of FIB
        -Z, --context            display SELinux security context for sockets

  <Socket>={-t|--tcp} {-u|--udp} {-U|--udplite} {-S|--sctp} {-w|--raw}
           {-x|--unix} --ax25 --ipx --netrom
  <AF>=Use '-6|-4' or '-A <af>' or '--<af>'; default: inet
  List of possible address families (which support routing):
`
const AUTHORS = 'Fred Baumgarten, Alan Cox, Bernd Eckenfels, Phil Blundell, Tuan Hoang, Brian Micek and others\n'
const LONG = [
  { name: 'inet', as: '4' },
  { name: 'inet6', as: '6' },
  { name: 'unix', as: 'x' },
  { name: 'version', as: 'V' },
  { name: 'interfaces', as: 'i' },
  { name: 'help', as: 'h' },
  { name: 'route', as: 'r' },
  { name: 'masquerade', as: 'M' },
  { name: 'protocol', as: 'A', argument: 'required' },
  { name: 'tcp', as: 't' },
  { name: 'sctp', as: 'S' },
  { name: 'udp', as: 'u' },
  { name: 'udplite', as: 'U' },
  { name: 'raw', as: 'w' },
  { name: 'listening', as: 'l' },
  { name: 'all', as: 'a' },
  { name: 'timers', as: 'o' },
  { name: 'continuous', as: 'c' },
  { name: 'extend', as: 'e' },
  { name: 'programs', as: 'p' },
  { name: 'verbose', as: 'v' },
  { name: 'statistics', as: 's' },
  { name: 'wide', as: 'W' },
  { name: 'numeric', as: 'n' },
  { name: 'numeric-hosts', as: '!' },
  { name: 'numeric-ports', as: '@' },
  { name: 'numeric-users', as: '#' },
  { name: 'symbolic', as: 'N' },
  { name: 'cache', as: 'C' },
  { name: 'fib', as: 'F' },
  { name: 'groups', as: 'g' },
  { name: 'context', as: 'Z' },
] as const
const INTERFACES = 'Kernel Interface table\n'
const SHORT_TITLE = 'Iface             MTU    RX-OK RX-ERR RX-DRP RX-OVR    TX-OK TX-ERR TX-DRP TX-OVR Flg\n'
const ROUTE_CACHE = `Kernel IP routing cache
Source          Destination     Gateway         Flags   MSS Window  irtt Iface
`
const GROUPS_TITLE = `IPv6/IPv4 Group Memberships
Interface       RefCnt Group
--------------- ------ ---------------------
`
const UNIX_TITLE = '\nProto RefCnt Flags       Type       State         I-Node   Path\n'
const ADDRESS_COLUMNS = 23
/** What -e asks for of routes: once is more than twice. */
const DETAILS = [2, 1, 3] as const
/** Options about sockets of one protocol. */
const PROTOCOLS = ['t', 'S', 'u', 'U', 'w']

export const netstat: Command = function* (process): Program {
  const { options } = getoptLong(process.argv, 'A:CFMacdeghilnNoprsStuUvVWw2fx64?Z', LONG)
  const given = new Set<string>()
  let extended = 0
  for (const each of options) {
    const { option } = each
    if ('complaint' in each) process.stderr(`${each.complaint}\n`)
    if (option === '?') return usage(process)
    if (option === 'h') {
      process.stderr(ROUTED_FAMILIES)
      process.stdout(USAGE)
      return 0
    }
    if (option === 'V') {
      const own = '+NEW_ADDRT +RTF_IRTT +RTF_REJECT +FW_MASQUERADE +I18N +SELINUX'
      process.stdout(RELEASE + AUTHORS + features(own))
      return 0
    }
    if (option === 'Z') {
      process.stderr('SELinux is not enabled on this machine.\n')
      return E_NOTFOUND
    }
    if (option === 'A' && 'argument' in each) {
      const family = each.argument!
      if (!isListed(ROUTED_FAMILIES, family) && family !== 'unix') {
        process.stderr(`Unknown address family \`${family}'.\n`)
        return E_NOTFOUND
      }
      if (family !== 'inet' && family !== 'unix') return notSupported(process, `netstat of ${family}`)
      given.add(family === 'inet' ? '4' : 'x')
    } else given.add(option)
    if (option === 'e') extended++
  }
  const modes = ['i', 'r', 'M', 's'].filter(mode => given.has(mode))
  if (modes.length > 1) return usage(process)
  for (const refused of ['6', 'c', '2', 'f', 'S']) {
    if (given.has(refused)) return notSupported(process, `netstat -${refused}`)
  }
  const hosts = yield* readHosts()
  switch (modes[0]) {
    case 'M':
      process.stderr("netstat: no support for `ip_masquerade' on this system.\n")
      return 1
    case 's': {
      const protocols = PROTOCOLS.filter(each => given.has(each))
      process.stdout(statisticsText(process, protocols.length > 0 ? protocols : PROTOCOLS))
      return 0
    }
    case 'r': {
      const names = given.has('n') || given.has('!') ? undefined : hosts
      if (extended > 2) return notSupported(process, 'netstat -reee')
      const shown = given.has('F') || !given.has('C') ? routesText(process, DETAILS[extended]!, names) : ''
      process.stdout(shown + (given.has('C') ? ROUTE_CACHE : ''))
      return 0
    }
    case 'i': {
      const list = interfaces(process).filter(each => given.has('a') || isUp(each))
      const isLong = extended > 0
      process.stdout(INTERFACES + (isLong ? '' : SHORT_TITLE) + list.map(isLong ? longText : shortText).join(''))
      return 0
    }
    default:
      return sockets(process, given, extended, hosts)
  }
}

function usage(process: Process): number {
  process.stderr(USAGE + ROUTED_FAMILIES)
  return E_OPTERR
}

function sockets(process: Process, given: ReadonlySet<string>, extended: number, hosts: readonly Host[]): number {
  const has = (option: string): boolean => given.has(option)
  const protocols = PROTOCOLS.filter(has)
  const wanted = protocols.length > 0 || !has('4') ? protocols : PROTOCOLS
  const isAll = wanted.length === 0 && !has('x') && !has('g')
  if (has('p')) return notSupported(process, 'netstat -p')
  if (extended > 0) return notSupported(process, 'netstat -e of sockets')
  const which = has('a') ? 'servers and established' : has('l') ? 'only servers' : 'w/o servers'
  const { inet } = process.world.netns(process.netns).stack
  if ((isAll || wanted.includes('w')) && inet.raw.length > 0) return notSupported(process, 'netstat of raw sockets')
  if (isAll || wanted.length > 0) {
    const columns = 'Proto Recv-Q Send-Q Local Address           Foreign Address         State      '
    process.stdout(`Active Internet connections (${which})\n${columns}${has('o') ? ' Timer' : ''}\n`)
  }
  if (isAll || wanted.includes('u')) process.stdout(udpText(process, given, hosts))
  if (has('g')) process.stdout(GROUPS_TITLE + groupsText(process, !has('4')))
  if (isAll || has('x')) process.stdout(`Active UNIX domain sockets (${which})${UNIX_TITLE}`)
  return 0
}

/** udp_do_one */
function udpText(process: Process, given: ReadonlySet<string>, hosts: readonly Host[]): string {
  const isNumeric = given.has('n')
  const endpoint = (address: ip4.Ip, port: number): string => {
    const known = isNumeric || given.has('@') ? undefined : PORT_NAMES.get(port)
    const service = port === 0 ? '*' : (known ?? String(port))
    const host = isNumeric || given.has('!') || address === ip4.ANY ? ip4.format(address) : hostName(hosts, address)
    const fitting = given.has('W') ? host : host.slice(0, ADDRESS_COLUMNS - 1 - service.length)
    return `${fitting}:${service}`.padEnd(ADDRESS_COLUMNS)
  }
  let text = ''
  for (const socket of process.world.netns(process.netns).stack.inet.udp) {
    const isConnected = socket.peer !== ip4.ANY
    if (!given.has('a') && isConnected === given.has('l')) continue
    const queues = `${String(socket.receiveQueueBytes).padStart(6)} ${'0'.padStart(6)}`
    const ends = `${endpoint(socket.boundTo, socket.localPort)} ${endpoint(socket.peer, socket.peerPort)}`
    const state = (isConnected ? 'ESTABLISHED' : '').padEnd(11)
    text += `udp   ${queues} ${ends} ${state}${given.has('o') ? ' off (0.00/0/0)' : ''}\n`
  }
  return text
}

/** igmp_info: all of IPv4, then all of IPv6. */
function groupsText({ world, netns }: Process, withInet6: boolean): string {
  const line = (name: string, users: number, group: string): string =>
    `${name.padEnd(15)} ${String(users).padEnd(6)} ${group}\n`
  const devices = world.groups(netns)
  const inet = devices.flatMap(({ name, inet: list }) =>
    list.map(({ users, group }) => line(name, users, ip4.format(group))),
  )
  const inet6 = devices.flatMap(({ name, inet6: list }) =>
    list.map(({ users, group }) => line(name, users, ip6.format(group))),
  )
  return [...inet, ...(withInet6 ? inet6 : [])].join('')
}
