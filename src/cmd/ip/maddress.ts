/**
 * `ip maddress`: the groups that devices listen to and that protocols are in.
 *
 * Follows iproute2 6.1 ip/ipmaddr.c, which reads /proc/net/dev_mcast, igmp and igmp6.
 */
import type { GroupsInfo } from '../../control/info.ts'
import type { Request } from '../../control/request.ts'
import { strerror } from '../../core/errno.ts'
import * as ip4 from '../../wire/ip.ts'
import * as ip6 from '../../wire/ip6.ts'
import * as mac48 from '../../wire/mac.ts'
import { type Args, duplicate, ethernetAddress, exit, garbage, linkAddress, matches, usage } from './args.ts'
import { complain, type Ip, type IpObject } from './object.ts'

const HELP = `Usage: ip maddr [ add | del ] MULTIADDR dev STRING
       ip maddr show [ dev STRING ]
`

export const maddress: IpObject = (ip, args) => {
  if (!args.more) return show(ip, args)
  const word = args.take()
  if (matches(word, 'add')) return change(ip, args, 'newmaddr')
  if (matches(word, 'delete')) return change(ip, args, 'delmaddr')
  if (matches(word, 'list') || matches(word, 'show') || matches(word, 'lst')) return show(ip, args)
  if (matches(word, 'help')) return usage(HELP)
  return usage(`Command "${word}" is unknown, try "ip maddr help".\n`)
}

function change(ip: Ip, args: Args, type: 'newmaddr' | 'delmaddr'): number {
  let mac: mac48.Mac | undefined
  let device: string | undefined
  while (args.more) {
    const word = args.take()
    if (word === 'dev') {
      const name = args.take()
      if (device !== undefined) duplicate('dev', name)
      device = name
    } else {
      const text = matches(word, 'address') ? args.take() : word
      if (matches(text, 'help')) usage(HELP)
      if (mac !== undefined) duplicate('address', text)
      const octets = linkAddress(text)
      mac =
        ethernetAddress(octets) ??
        exit(1, `Error: Invalid address length ${octets.length} - must be ${mac48.BYTES} bytes\n`)
    }
  }
  if (device === undefined) return complain(ip, 255, 'Not enough information: "dev" is required.\n')
  const request: Request = { type, netns: ip.netns, link: device, mac: mac ?? mac48.ZERO }
  const answer = ip.world.apply(request)
  return answer.ok ? 0 : complain(ip, 1, `ioctl: ${strerror(answer.errno)}\n`)
}

function show(ip: Ip, args: Args): number {
  let device: string | undefined
  let { family } = ip.options
  while (args.more) {
    const word = args.take()
    const name = word === 'dev' ? args.take() : word
    if (word !== 'dev' && matches(word, 'help')) usage(HELP)
    if (device !== undefined) garbage('dev', name)
    device = name
  }
  if (family === 'mpls') family = 'unspec'
  ip.print.begin()
  for (const groups of ip.world.groups(ip.netns)) {
    if (device === undefined || groups.name === device) printGroups(ip, only(groups, family))
  }
  ip.print.end()
  return 0
}

const only = (groups: GroupsInfo, family: string): GroupsInfo => ({
  ...groups,
  link: family === 'unspec' || family === 'link' ? groups.link : [],
  inet: family === 'unspec' || family === 'inet' ? groups.inet : [],
  inet6: family === 'unspec' || family === 'inet6' ? groups.inet6 : [],
})

/** print_mlist: the name of a device once, or in each line with -oneline. */
function printGroups(ip: Ip, { ifindex, name, link, inet, inet6 }: GroupsInfo): void {
  const { print } = ip
  const title = `${ifindex}:\t${name}${print.separator}`
  let isFirst = true
  const entry = (body: () => void): void => {
    if (isFirst || print.style.oneline) print.text(title)
    isFirst = false
    print.openObject()
    body()
    print.text('\n')
    print.closeObject()
  }
  const users = (count: number): void => {
    if (count !== 1) print.field('users', count, ` users ${count}`)
  }
  if (link.length + inet.length + inet6.length === 0) return
  print.openObject()
  print.value('ifindex', ifindex)
  print.value('ifname', name)
  print.openArray('maddr')
  for (const each of link) {
    entry(() => {
      print.field('link', mac48.format(each.mac), `\tlink  ${mac48.format(each.mac)}`)
      users(each.users)
      if (each.isStatic) print.field('features', 'static', ' static')
    })
  }
  const addresses = [
    ...inet.map(each => ({ family: 'inet', text: ip4.format(each.group), count: each.users })),
    ...inet6.map(each => ({ family: 'inet6', text: ip6.format(each.group), count: each.users })),
  ]
  for (const { family, text, count } of addresses) {
    entry(() => {
      print.field('family', family, `\t${family.padEnd(5)} `)
      print.field('address', text, text)
      users(count)
    })
  }
  print.closeArray()
  print.closeObject()
}
