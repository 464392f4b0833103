/**
 * ss of iproute2 6.1, for UDP sockets: `ss -u`, with -l, -a, -n, -H. Nobody speaks TCP here: the list of `ss -t` is
 * empty.
 *
 * Follows misc/ss.c as far as its table of UDP sockets goes. Left out, and refused: all other kinds, processes (-p),
 * details, filters, IPv6.
 */
import * as ip from '../wire/ip.ts'
import { atOnce, notSupported } from './command.ts'
import { getoptLong, type LongOption } from './getopt-long.ts'
import { USAGE } from './sshelp.ts'
import { PORT_NAMES } from './tcpdump/names.ts'

const FAILED = 255
const QUEUE_COLUMNS = 6

/** The options with the letters, or the words, that they are known by here. */
const LONG: readonly LongOption[] = [
  { name: 'numeric', as: 'n' },
  { name: 'resolve', as: 'r' },
  { name: 'options', as: 'o' },
  { name: 'extended', as: 'e' },
  { name: 'memory', as: 'm' },
  { name: 'info', as: 'i' },
  { name: 'processes', as: 'p' },
  { name: 'threads', as: 'T' },
  { name: 'bpf', as: 'b' },
  { name: 'events', as: 'E' },
  { name: 'dccp', as: 'd' },
  { name: 'tcp', as: 't' },
  { name: 'sctp', as: 'S' },
  { name: 'udp', as: 'u' },
  { name: 'raw', as: 'w' },
  { name: 'unix', as: 'x' },
  { name: 'tipc', as: '-tipc' },
  { name: 'vsock', as: '-vsock' },
  { name: 'all', as: 'a' },
  { name: 'listening', as: 'l' },
  { name: 'ipv4', as: '4' },
  { name: 'ipv6', as: '6' },
  { name: 'packet', as: '0' },
  { name: 'family', as: 'f', argument: 'required' },
  { name: 'socket', as: 'A', argument: 'required' },
  { name: 'query', as: 'A', argument: 'required' },
  { name: 'summary', as: 's' },
  { name: 'diag', as: 'D', argument: 'required' },
  { name: 'filter', as: 'F', argument: 'required' },
  { name: 'version', as: 'V' },
  { name: 'help', as: 'h' },
  { name: 'context', as: 'Z' },
  { name: 'contexts', as: 'z' },
  { name: 'net', as: 'N', argument: 'required' },
  { name: 'tipcinfo', as: '-tipcinfo' },
  { name: 'tos', as: '-tos' },
  { name: 'cgroup', as: '-cgroup' },
  { name: 'kill', as: 'K' },
  { name: 'no-header', as: 'H' },
  { name: 'xdp', as: '-xdp' },
  { name: 'mptcp', as: 'M' },
  { name: 'oneline', as: 'O' },
  { name: 'inet-sockopt', as: '-inet-sockopt' },
]
const LETTERS = 'halBetuwxnro460spTbEf:mMiA:D:F:vVzZN:KHSOd'
const DONE_HERE = 'tulanH4O'

export const ss = atOnce(process => {
  const { options, operands } = getoptLong(process.argv, LETTERS, LONG)
  const has = (letter: string): boolean => options.some(each => each.option === letter)
  for (const each of options) {
    if ('complaint' in each || each.option === 'h') {
      if ('complaint' in each) process.stderr(`${each.complaint}\n${USAGE}`)
      else process.stdout(USAGE)
      return 'complaint' in each ? FAILED : 0
    }
    if (each.option === 'V' || each.option === 'v') {
      process.stdout('ss utility, iproute2-6.1.0\n')
      return 0
    }
    if (!DONE_HERE.includes(each.option)) return notSupported(process, `ss -${each.option}`)
  }
  if (operands.length > 0) return notSupported(process, `ss: filter ${operands.join(' ')}`)
  if (!has('u') && !has('t')) return notSupported(process, 'ss without -u or -t')
  const { udp } = process.world.netns(process.netns).stack.inet
  const rows: string[][] = []
  const portName = (port: number): string => (has('n') ? undefined : PORT_NAMES.get(port)) ?? String(port)
  for (const socket of has('u') ? udp : []) {
    const isConnected = socket.peer !== 0
    if (!has('a') && isConnected === has('l')) continue
    const device = socket.boundDevice === 0 ? undefined : process.world.device(process.netns, socket.boundDevice)
    rows.push([
      'udp',
      isConnected ? 'ESTAB' : 'UNCONN',
      String(socket.receiveQueueBytes).padEnd(QUEUE_COLUMNS),
      '0'.padEnd(QUEUE_COLUMNS),
      `${ip.format(socket.boundTo)}${device === undefined ? '' : `%${device.name}`}`,
      portName(socket.localPort),
      ip.format(socket.peer),
      isConnected ? portName(socket.peerPort) : '*',
    ])
  }
  const showsKind = has('u') && has('t')
  // Of UDP alone those are asked for that have one state.
  const showsState = has('l') || has('a') || has('t')
  const header = ['Netid', 'State', 'Recv-Q', 'Send-Q', 'Local Address', 'Port', 'Peer Address', 'Port']
  const table = has('H') ? rows : [header, ...rows]
  const widths = header.map((_, i) => Math.max(...table.map(row => row[i]!.length)))
  for (const row of table) process.stdout(line(row, widths, showsKind, showsState, row === header, !has('H')))
  return 0
})

/** Kind, state, queues, `address:port` with the address to the right and the port to the left. */
function line(
  row: readonly string[],
  widths: readonly number[],
  showsKind: boolean,
  showsState: boolean,
  isHeader: boolean,
  hasHeader: boolean,
): string {
  const left = (i: number): string => row[i]!.padEnd(widths[i]!)
  const right = (i: number): string => row[i]!.padStart(widths[i]!)
  const start = (showsKind ? `${left(0)} ` : '') + (showsState ? `${left(1)} ` : '')
  const end = isHeader ? 'Process' : hasHeader ? ' '.repeat('Process'.length) : ''
  return `${start}${left(2)} ${left(3)} ${right(4)}:${left(5)} ${right(6)}:${isHeader ? row[7]! : left(7)}${end}\n`
}
