/**
 * `ip link`: add, set (change), delete, replace, show (list, lst), help.
 *
 * Follows iproute2 6.1 ip/iplink.c (do_iplink, iplink_modify) and ip/link_veth.c. Left out: xstats, afstats, property.
 */
import type { LinkChanges, NewLink, Request } from '../../control/request.ts'
import { type Answer, DONE, fail } from '../../core/errno.ts'
import { type Args, exit, matches, usage } from './args.ts'
import { BRIDGE_HELP, BRIDGE_SLAVE_HELP, LINK_HELP, VETH_HELP } from './help.ts'
import { parseBridge, parseBridgePort, type TypeOptions } from './link-bridge.ts'
import { macvlanHelp, parseMacvlan } from './link-macvlan.ts'
import { type ParsedLink, parseLink } from './link-parse.ts'
import { showLinks } from './link-show.ts'
import { answered, complain, type Ip, type IpObject, linkIndex, noDevice, refuse, refuseNow } from './object.ts'

/** Of the types that iproute2 knows, those that Vethereal has not. */
const REFUSED_TYPES: readonly string[] = (
  'amt bareudp bond bond_slave dsa dummy erspan geneve gre gretap gtp ifb ip6erspan ip6gre ip6gretap ip6tnl ipip ' +
  'ipoib ipvlan ipvtap macsec netdevsim nlmon rmnet sit team team_slave vcan vlan vrf vti vxcan ' +
  'vxlan wwan xfrm virt_wifi'
).split(' ')

export const link: IpObject = (ip, args) => {
  if (!args.more) return showLinks(ip, args)
  const word = args.take()
  if (matches(word, 'add')) return add(ip, args, false)
  if (matches(word, 'set') || matches(word, 'change')) return set(ip, args)
  if (matches(word, 'replace')) return add(ip, args, true)
  if (matches(word, 'delete')) return remove(ip, args)
  if (matches(word, 'show') || matches(word, 'lst') || matches(word, 'list')) return showLinks(ip, args)
  if (matches(word, 'xstats')) return args.more ? refuse(ip, 'link xstats') : complain(ip, 1, XSTATS_USAGE)
  if (matches(word, 'afstats')) return refuse(ip, 'link afstats')
  if (matches(word, 'property')) return property(ip, args)
  if (matches(word, 'help')) return help(ip, args)
  return usage(`Command "${word}" is unknown, try "ip link help".\n`)
}

const XSTATS_USAGE = 'xstats: missing argument\n'

function property(ip: Ip, args: Args): number {
  const word = args.more ? args.take() : 'help'
  if (matches(word, 'add') || matches(word, 'del')) return refuse(ip, 'link property')
  return usage(matches(word, 'help') ? LINK_HELP : 'Operator required\n')
}

const TYPE_HELP: Readonly<Record<string, string>> = {
  bridge: BRIDGE_HELP,
  bridge_slave: BRIDGE_SLAVE_HELP,
  macvlan: macvlanHelp('macvlan'),
  macvtap: macvlanHelp('macvtap'),
  veth: VETH_HELP,
}

function help(ip: Ip, args: Args): number {
  const type = args.peek()
  const text = type === undefined ? undefined : TYPE_HELP[type]
  if (text === undefined)
    return type !== undefined && REFUSED_TYPES.includes(type) ? refuse(ip, `link: type ${type}`) : usage(LINK_HELP)
  ip.print.text(text)
  return 0
}

/** `ip link add`, and `ip link replace`, which on Linux refuses a link that exists. */
function add(ip: Ip, args: Args, replace: boolean): number {
  const parsed = parseLink(ip, args, true)
  const options = parseType(ip, args, parsed, true)
  if (parsed.device === undefined && parsed.changes.group !== undefined) {
    return usage('group cannot be used when creating devices.\n')
  }
  if (parsed.type === undefined) return complain(ip, 1, 'Not enough information: "type" argument is required\n')
  const failure = parsed.failure ?? options.failure
  if (failure !== undefined) return answered(ip, failure)
  if (isMacvlan(parsed.type) && parsed.linkNetns !== undefined) return refuse(ip, `link: ${parsed.type} link-netns`)
  if (replace && parsed.device !== undefined && linkIndex(ip, parsed.device) !== 0) {
    return answered(ip, fail('EOPNOTSUPP'))
  }
  return request(ip, { type: 'newlink', netns: ip.netns, link: newLink(ip, parsed, options) })
}

function newLink(ip: Ip, parsed: ParsedLink, options: Options): NewLink {
  const peer = options.peer
  return {
    ...options.changes,
    kind: parsed.type!,
    ...links(ip, parsed),
    ...(peer !== undefined && { peer: { ...links(ip, peer), ...linkNetns(parsed, peer.changes) } }),
    ...(peer === undefined &&
      parsed.type === 'veth' &&
      parsed.linkNetns !== undefined && { peer: linkNetns(parsed, {}) }),
  }
}

/** The changes of a new link, with its name, ifindex and lower device. */
function links(ip: Ip, { changes, device, index, lower }: ParsedLink): Omit<NewLink, 'kind' | 'peer'> {
  return {
    ...changes,
    ...(device !== undefined && { name: device }),
    ...(index !== undefined && { ifindex: index }),
    ...(lower !== undefined && { lower: linkIndex(ip, lower) }),
  }
}

/** A veth's peer is made in the namespace of `link-netns`, unless it has one of its own (rtnl_newlink_peer_net). */
const linkNetns = (parsed: ParsedLink, peer: LinkChanges): Pick<LinkChanges, 'netns'> =>
  peer.netns === undefined && parsed.linkNetns !== undefined ? { netns: parsed.linkNetns } : {}

/** `ip link set`: one device, or all of a group. */
function set(ip: Ip, args: Args): number {
  const parsed = parseLink(ip, args, false)
  if (parsed.device === undefined && parsed.changes.group !== undefined) return setGroup(ip, args, parsed)
  const index = existing(ip, parsed)
  if (index === 0) return noDevice(ip, parsed.device!)
  const options = parseType(ip, args, parsed, false)
  const failure = parsed.failure ?? options.failure
  if (failure !== undefined) return answered(ip, failure)
  if (parsed.type === 'tun') return answered(ip, TUN_REFUSED)
  if (options.peer !== undefined) return answered(ip, fail('EOPNOTSUPP'))
  if (parsed.index !== undefined) return refuse(ip, 'link set: index')
  const { name, changes } = parsed
  const renamed = name !== undefined && name !== parsed.device
  return request(ip, {
    type: 'setlink',
    netns: ip.netns,
    link: index,
    changes: { ...changes, ...options.changes, ...(renamed && { name }) },
  })
}

/** tun_validate: nothing about them goes over rtnetlink. */
const TUN_REFUSED = fail('EOPNOTSUPP', 'tun/tap creation via rtnetlink is not supported.')

/** rtnl_group_changelink */
function setGroup(ip: Ip, args: Args, parsed: ParsedLink): number {
  noMore(args)
  const { group, ...changes } = parsed.changes
  if (parsed.failure !== undefined) return answered(ip, parsed.failure)
  let answer: Answer<unknown> = DONE
  for (const member of ip.world.links(ip.netns)) {
    if (member.group !== group || !answer.ok) continue
    answer = ip.world.apply({ type: 'setlink', netns: ip.netns, link: member.ifindex, changes })
  }
  return answered(ip, answer)
}

function remove(ip: Ip, args: Args): number {
  const parsed = parseLink(ip, args, false)
  if (parsed.device === undefined && parsed.changes.group !== undefined) return removeGroup(ip, args, parsed)
  const index = existing(ip, parsed)
  if (index === 0) return noDevice(ip, parsed.device!)
  if (args.more) parseType(ip, args, parsed, false)
  return request(ip, { type: 'dellink', netns: ip.netns, link: index })
}

/** rtnl_group_dellink */
function removeGroup(ip: Ip, args: Args, { changes: { group } }: ParsedLink): number {
  noMore(args)
  if (group === 0) return answered(ip, fail('EPERM'))
  const members = ip.world.links(ip.netns).filter(link => link.group === group)
  if (members.length === 0) return answered(ip, fail('ENODEV'))
  for (const { ifindex } of members) {
    // The other end of a veth may be gone with the first.
    if (ip.world.device(ip.netns, ifindex) === undefined) continue
    const answer = ip.world.apply({ type: 'dellink', netns: ip.netns, link: ifindex })
    if (!answer.ok) return answered(ip, answer)
  }
  return 0
}

function noMore(args: Args): void {
  if (args.more) usage(`Garbage instead of arguments "${args.take()} ...". Try "ip link help".\n`)
}

/** The ifindex of the device to change, 0 when there is none of that name. */
const existing = (ip: Ip, { device }: ParsedLink): number =>
  device === undefined ? usage('Not enough information: "dev" argument is required.\n') : linkIndex(ip, device)

const request = (ip: Ip, request: Request): number => answered(ip, ip.world.apply(request))

/** What follows `type TYPE`. */
interface Options extends Pick<TypeOptions, 'failure'> {
  readonly changes: LinkChanges
  /** veth: the other end. */
  readonly peer?: ParsedLink
}

function parseType(ip: Ip, args: Args, parsed: ParsedLink, create: boolean): Options {
  const { type } = parsed
  if (type === undefined) return { changes: {} }
  if (REFUSED_TYPES.includes(type) && (create || args.more)) return refuseNow(ip, `link: type ${type}`)
  if (!args.more) return { changes: {} }
  if (type === 'veth') return parseVeth(ip, args, create)
  if (type === 'bridge') return typeOptions(parseBridge(ip, args))
  if (type === 'bridge_slave') return typeOptions(parseBridgePort(ip, args))
  if (isMacvlan(type)) return { changes: { ...parseMacvlan(ip, args, type), kind: type } }
  if (type === 'tun') {
    args.rest() // iproute2 has no options for it and does not look: the kernel will refuse.
    return { changes: {} }
  }
  return exit(1, `Garbage instead of arguments "${args.take()} ...". Try "ip link help".\n`)
}

const isMacvlan = (type: string | undefined): type is string => type === 'macvlan' || type === 'macvtap'

const typeOptions = ({ failure, ...changes }: TypeOptions): Options => ({
  changes,
  ...(failure !== undefined && { failure }),
})

function parseVeth(ip: Ip, args: Args, create: boolean): Options {
  if (args.take() !== 'peer') {
    ip.print.text(VETH_HELP)
    return exit(1, '')
  }
  const peer = parseLink(ip, args, create)
  if (peer.type !== undefined) usage(`Error: duplicate "type": "${peer.type}" is the second value.\n`)
  if (!create && existing(ip, peer) === 0) exit(1, `Cannot find device "${peer.device}"\n`)
  return { changes: {}, peer, ...(peer.failure !== undefined && { failure: peer.failure }) }
}
