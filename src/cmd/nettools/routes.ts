/**
 * The routing table as `route` and `netstat -r` print it.
 *
 * Follows net-tools 2.10 lib/inet_gr.c (rprint_fib), which reads /proc/net/route.
 */
import * as ip4 from '../../wire/ip.ts'
import type { Process } from '../command.ts'
import type { Host } from '../hosts.ts'
import { procNet } from '../procnet.ts'
import { hostName, networkName } from './inet.ts'

/** linux/route.h RTF_*. */
export const Rtf = { Up: 0x1, Gateway: 0x2, Host: 0x4, Reject: 0x200 } as const

const TITLES = [
  '',
  'Flags Metric Ref    Use Iface\n',
  'Flags   MSS Window  irtt Iface\n',
  'Flags Metric Ref    Use Iface    MSS   Window irtt\n',
]
const ADDRESS_COLUMNS = 15

/** `detail`: 1 with metrics, 2 with sizes, 3 with both; without hosts everything is numeric. */
export function routesText(process: Process, detail: number, hosts: readonly Host[] | undefined): string {
  const title = TITLES[detail] ?? TITLES[3]!
  const lines = procNet(process.world, process.netns, 'route').trimEnd().split('\n').slice(1)
  const head = 'Kernel IP routing table\nDestination     Gateway         Genmask         '
  return head + title + lines.map(line => lineText(line.trimEnd().split('\t'), detail, hosts)).join('')
}

function lineText(fields: readonly string[], detail: number, hosts: readonly Host[] | undefined): string {
  const [device = '', dst = '', via = '', hex = '', refs = '', use = '', metric = '', mask = '', mss = ''] = fields
  const [window = '', irtt = ''] = fields.slice(9)
  const flags = Number.parseInt(hex, 16)
  const target = addressOf(dst)
  const netmask = addressOf(mask)
  const isHost = (flags & Rtf.Host) !== 0 && target !== ip4.ANY
  const column = (text: string): string => text.slice(0, ADDRESS_COLUMNS).padEnd(ADDRESS_COLUMNS)
  const name =
    hosts === undefined ? ip4.format(target) : isHost ? hostName(hosts, target) : networkName(hosts, target, netmask)
  const gateway = addressOf(via)
  const router = hosts === undefined || gateway === ip4.ANY ? ip4.format(gateway) : hostName(hosts, gateway)
  const isReject = (flags & Rtf.Reject) !== 0
  const letters =
    (isReject ? '!' : `U${(flags & Rtf.Gateway) !== 0 ? 'G' : ''}`) + ((flags & Rtf.Host) !== 0 ? 'H' : '')
  const left = `${column(name)} ${column(isReject ? '-' : router)} ${column(ip4.format(netmask))} ${letters.padEnd(5)} `
  if (detail === 1) {
    const count = isReject ? '- ' : refs.padEnd(2)
    return `${left}${metric.padEnd(6)} ${count} ${use.padStart(7)} ${isReject ? '-' : device}\n`
  }
  if (detail === 2) {
    if (isReject) return `${left}    - -          - -\n`
    return `${left}${mss.padStart(5)} ${window.padEnd(5)} ${irtt.padStart(6)} ${device}\n`
  }
  if (isReject) return `${left}${metric.padEnd(6)} -  ${use.padStart(7)} -        -     -      -\n`
  const counts = `${metric.padEnd(6)} ${refs.padEnd(3)} ${use.padStart(6)}`
  return `${left}${counts} ${device.slice(0, 6).padEnd(6)}   ${mss.padEnd(5)} ${window.padEnd(6)} ${irtt}\n`
}

/** The kernel writes addresses as numbers of a little-endian machine. */
const addressOf = (hex: string): ip4.Ip => Number.parseInt(hex.match(/../g)!.reverse().join(''), 16) as ip4.Ip
