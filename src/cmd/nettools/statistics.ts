/**
 * The counters as `netstat -s` tells them.
 *
 * Follows net-tools 2.10 statistics.c: each table of /proc/net/snmp and netstat in the words that net-tools has for its
 * columns; what it has no words for is told by its name if it is not zero. The columns are looked for as there, by
 * halving a list that ought to be in order and is not: that is why Forwarding is not found.
 */
import type { Process } from '../command.ts'
import { procNet } from '../procnet.ts'

/** How a counter is told: always, when it is not zero, under the titles of ICMP, or not at all. */
type Kind = 'always' | 'nonzero' | 'input' | 'output' | 'never'
type Column = readonly [name: string, kind: Kind, words?: string]

const IP: readonly Column[] = [
  ['DefaultTTL', 'never'],
  ['Forwarding', 'never'],
  ['ForwDatagrams', 'always', '% forwarded'],
  ['FragCreates', 'nonzero', '% fragments created'],
  ['FragFails', 'nonzero', '% outgoing packets failed fragmentation'],
  ['FragOKs', 'nonzero', '% outgoing packets fragmented ok'],
  ['InAddrErrors', 'nonzero', '% with invalid addresses'],
  ['InDelivers', 'always', '% incoming packets delivered'],
  ['InDiscards', 'always', '% incoming packets discarded'],
  ['InHdrErrors', 'nonzero', '% with invalid headers'],
  ['InReceives', 'always', '% total packets received'],
  ['InUnknownProtos', 'nonzero', '% with unknown protocol'],
  ['OutDiscards', 'nonzero', '% outgoing packets dropped'],
  ['OutNoRoutes', 'nonzero', '% dropped because of missing route'],
  ['OutRequests', 'always', '% requests sent out'],
  ['ReasmFails', 'nonzero', '% packet reassemblies failed'],
  ['ReasmOKs', 'nonzero', '% packets reassembled ok'],
  ['ReasmReqds', 'nonzero', '% reassemblies required'],
  ['ReasmTimeout', 'nonzero', '% fragments dropped after timeout'],
]

const ICMP: readonly Column[] = [
  ['InAddrMaskReps', 'input', 'address mask replies: %'],
  ['InAddrMasks', 'input', 'address mask request: %'],
  ['InDestUnreachs', 'input', 'destination unreachable: %'],
  ['InEchoReps', 'input', 'echo replies: %'],
  ['InEchos', 'input', 'echo requests: %'],
  ['InErrors', 'always', '% input ICMP message failed'],
  ['InMsgs', 'always', '% ICMP messages received'],
  ['InParmProbs', 'input', 'wrong parameters: %'],
  ['InRedirects', 'input', 'redirects: %'],
  ['InSrcQuenchs', 'input', 'source quenches: %'],
  ['InTimeExcds', 'input', 'timeout in transit: %'],
  ['InTimestampReps', 'input', 'timestamp reply: %'],
  ['InTimestamps', 'input', 'timestamp request: %'],
  ['OutAddrMaskReps', 'output', 'address mask replies: %'],
  ['OutAddrMasks', 'output', 'address mask requests: %'],
  ['OutDestUnreachs', 'output', 'destination unreachable: %'],
  ['OutEchoReps', 'output', 'echo replies: %'],
  ['OutEchos', 'output', 'echo requests: %'],
  ['OutErrors', 'always', '% ICMP messages failed'],
  ['OutMsgs', 'always', '% ICMP messages sent'],
  ['OutParmProbs', 'output', 'wrong parameters: %'],
  ['OutRedirects', 'output', 'redirect: %'],
  ['OutSrcQuenchs', 'output', 'source quench: %'],
  ['OutTimeExcds', 'output', 'time exceeded: %'],
  ['OutTimestampReps', 'output', 'timestamp replies: %'],
  ['OutTimestamps', 'output', 'timestamp requests: %'],
]

const TCP: readonly Column[] = [
  ['ActiveOpens', 'always', '% active connection openings'],
  ['AttemptFails', 'always', '% failed connection attempts'],
  ['CurrEstab', 'always', '% connections established'],
  ['EstabResets', 'always', '% connection resets received'],
  ['InErrs', 'always', '% bad segments received'],
  ['InSegs', 'always', '% segments received'],
  ['MaxConn', 'never'],
  ['OutRsts', 'always', '% resets sent'],
  ['OutSegs', 'always', '% segments sent out'],
  ['PassiveOpens', 'always', '% passive connection openings'],
  ['RetransSegs', 'always', '% segments retransmitted'],
  ['RtoAlgorithm', 'never'],
  ['RtoMax', 'never'],
  ['RtoMin', 'never'],
]

const UDP: readonly Column[] = [
  ['InDatagrams', 'always', '% packets received'],
  ['InErrors', 'always', '% packet receive errors'],
  ['NoPorts', 'always', '% packets to unknown port received'],
  ['OutDatagrams', 'always', '% packets sent'],
  ['RcvbufErrors', 'always', '% receive buffer errors'],
  ['SndbufErrors', 'always', '% send buffer errors'],
]

/** Nobody speaks TCP here: of its many columns one is told even if it is zero. */
const TCP_EXTENSION: readonly Column[] = [['TCPHPHits', 'always', '% packet headers predicted']]

/** The tables that net-tools knows, with the option that asks for each. */
const TABLES: Readonly<Record<string, { readonly option: string; readonly columns: readonly Column[] }>> = {
  Ip: { option: 'w', columns: IP },
  Icmp: { option: 'w', columns: ICMP },
  Tcp: { option: 't', columns: TCP },
  Udp: { option: 'u', columns: UDP },
  TcpExt: { option: 't', columns: TCP_EXTENSION },
}
const TITLES = { input: 'ICMP input histogram:', output: 'ICMP output histogram:' } as const

/** `options`: t, u, w for the tables of TCP, UDP, IP with ICMP. What net-tools does not know is told in any case. */
export function statisticsText({ world, netns }: Process, options: readonly string[]): string {
  const lines = (procNet(world, netns, 'snmp') + procNet(world, netns, 'netstat')).trimEnd().split('\n')
  let text = ''
  /** What was told last: it decides how far the next that has no words is moved to the right. */
  let last: Kind = 'always'
  const indent = (kind: Kind): string => (kind === 'input' || kind === 'output' ? '        ' : '    ')
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const [head = '', ...names] = lines[i]!.split(' ')
    const values = lines[i + 1]!.split(' ').slice(1).map(Number)
    const title = head.slice(0, -1)
    const table = Object.hasOwn(TABLES, title) ? TABLES[title] : undefined
    const isWanted = table === undefined || options.includes(table.option)
    if (isWanted) text += `${title}:\n`
    if (table !== undefined) last = 'always'
    if (!isWanted) continue
    for (const [j, name] of names.entries()) {
      const value = values[j]!
      const [, kind, words = ''] = find(table?.columns ?? [], name) ?? []
      if (kind === undefined) {
        if (value !== 0) text += `${indent(last)}${name}: ${value}\n`
        continue
      }
      if (kind === 'never') continue
      if ((kind === 'input' || kind === 'output') && last !== kind) text += `    ${TITLES[kind]}\n`
      if (value !== 0 || kind === 'always') text += `${indent(kind)}${words.replace('%', String(value))}\n`
      last = kind
    }
  }
  return text
}

/** bsearch(3) */
function find(columns: readonly Column[], name: string): Column | undefined {
  let low = 0
  let high = columns.length
  while (low < high) {
    const middle = (low + high) >> 1
    const column = columns[middle]!
    if (column[0] === name) return column
    if (name < column[0]) high = middle
    else low = middle + 1
  }
  return undefined
}
