/**
 * What ping says of an ICMP message that is no echo reply: pr_icmph() of iputils 20221126 ping/ping.c.
 *
 * Left out: the dump of the quoted IP header that -v adds to redirects and source quenches (pr_iph).
 */
import * as icmp from '../../wire/icmp.ts'

const UNREACHABLE: readonly string[] = [
  'Destination Net Unreachable',
  'Destination Host Unreachable',
  'Destination Protocol Unreachable',
  'Destination Port Unreachable',
  'Frag needed and DF set',
  'Source Route Failed',
  'Destination Net Unknown',
  'Destination Host Unknown',
  'Source Host Isolated',
  'Destination Net Prohibited',
  'Destination Host Prohibited',
  'Destination Net Unreachable for Type of Service',
  'Destination Host Unreachable for Type of Service',
  'Packet filtered',
  'Precedence Violation',
  'Precedence Cutoff',
]
const EXCEEDED: readonly string[] = ['Time to live exceeded', 'Frag reassembly time exceeded']
const REDIRECT: readonly string[] = [
  'Redirect Network',
  'Redirect Host',
  'Redirect Type of Service and Network',
  'Redirect Type of Service and Host',
]

/**
 * One line without its end. `info` is the MTU of a FragmentationNeeded or the pointer of a ParameterProblem; `gateway`
 * is the text of a redirect's next hop.
 */
export function describe(type: number, code: number, info: number, gateway = ''): string {
  switch (type) {
    case icmp.Type.Unreachable:
      if (code === icmp.Unreachable.FragmentationNeeded) return `${UNREACHABLE[code]} (mtu = ${info})`
      return UNREACHABLE[code] ?? `Dest Unreachable, Bad Code: ${code}`
    case icmp.Type.SourceQuench:
      return 'Source Quench'
    case icmp.Type.Redirect:
      return `${REDIRECT[code] ?? `Redirect, Bad Code: ${code}`}(New nexthop: ${gateway})`
    case icmp.Type.TimeExceeded:
      return EXCEEDED[code] ?? `Time exceeded, Bad Code: ${code}`
    case icmp.Type.ParameterProblem:
      return `Parameter problem: pointer = ${info}`
    default:
      return `Bad ICMP type: ${type}`
  }
}
