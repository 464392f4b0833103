/**
 * ss of iproute2 6.1, for UDP sockets: `ss -u`, with -l, -a, -n, -H.
 *
 * Follows misc/ss.c as far as its table of UDP sockets goes. Left out, and refused: TCP and all other kinds,
 * processes (-p), details, filters, IPv6.
 */
import * as ip from '../wire/ip.ts'
import { atOnce, notSupported } from './command.ts'
import { getoptLong } from './getopt-long.ts'

const LONG = [
  { name: 'udp', as: 'u' },
  { name: 'listening', as: 'l' },
  { name: 'all', as: 'a' },
  { name: 'numeric', as: 'n' },
  { name: 'no-header', as: 'H' },
  { name: 'ipv4', as: '4' },
]

const QUEUE_WIDTH = 6

export const ss = atOnce(process => {
  const { options, operands } = getoptLong(process.argv, 'ulanH4', LONG)
  const has = (letter: string): boolean => options.some(each => each.option === letter)
  for (const each of options) {
    if (each.option === '?' && 'complaint' in each)
      return notSupported(process, each.complaint.replace(/^\S+: /, 'ss: '))
  }
  if (operands.length > 0) return notSupported(process, `ss: filter ${operands.join(' ')}`)
  if (!has('u')) return notSupported(process, 'ss without -u')
  const { udp } = process.world.netns(process.netns).stack.inet
  const rows: string[][] = []
  for (const socket of udp) {
    const isConnected = socket.peer !== 0
    if (!has('a') && isConnected === has('l')) continue
    const port = String(socket.localPort)
    const device = socket.boundDevice === 0 ? undefined : process.world.device(process.netns, socket.boundDevice)
    rows.push([
      isConnected ? 'ESTAB' : 'UNCONN',
      String(socket.receiveQueueBytes).padEnd(QUEUE_WIDTH),
      '0'.padEnd(QUEUE_WIDTH),
      `${ip.format(socket.boundTo)}${device === undefined ? '' : `%${device.name}`}`,
      port,
      ip.format(socket.peer),
      isConnected ? String(socket.peerPort) : '*',
    ])
  }
  const showsState = has('l') || has('a')
  const header = ['State', 'Recv-Q', 'Send-Q', 'Local Address', 'Port', 'Peer Address', 'Port']
  const table = has('H') ? rows : [header, ...rows]
  const widths = header.map((_, i) => Math.max(...table.map(row => row[i]!.length)))
  for (const row of table) {
    const text = line(row, widths, showsState, row === header)
    process.stdout(`${has('H') ? text.trimEnd() : text}\n`)
  }
  return 0
})

/** State, queues, `address:port` with the address to the right and the port to the left. */
function line(row: readonly string[], widths: readonly number[], showsState: boolean, isHeader: boolean): string {
  const left = (i: number): string => row[i]!.padEnd(widths[i]!)
  const right = (i: number): string => row[i]!.padStart(widths[i]!)
  const state = showsState ? `${left(0)} ` : ''
  const end = isHeader ? 'Process' : ' '.repeat('Process'.length)
  return `${state}${left(1)} ${left(2)} ${right(3)}:${left(4)} ${right(5)}:${isHeader ? row[6]! : left(6)}${end}`
}
