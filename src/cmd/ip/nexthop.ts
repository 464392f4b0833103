/**
 * `ip nexthop`: next hop objects shown and changed.
 *
 * Follows iproute2 6.1 ip/ipnexthop.c. Refused: IPv6, encap, fdb, types of groups, buckets; `master` in what is shown.
 * As there, `fdb` chooses nothing, and `protocol` of what is shown is a number.
 */
import type { NexthopObjectInfo } from '../../control/info.ts'
import type { NexthopObjectSpec } from '../../control/request.ts'
import { fail } from '../../core/errno.ts'
import { type Args, address, invalid, matches, parseFamily, unsigned, usage } from './args.ts'
import { NEXTHOP_HELP } from './help-network.ts'
import { nameOf, numberOf, PROTOCOLS, SCOPES } from './names.ts'
import { answered, complain, host, type Ip, type IpObject, kernelWords, linkIndex, linkName, refuse } from './object.ts'

const ON_LINK = 4
const WEIGHT_MAX = 256
const FAILED = 2

const help = (): never => usage(NEXTHOP_HELP)

export const nexthop: IpObject = (ip, args) => {
  if (!args.more) return show(ip, args)
  const word = args.take()
  if (matches(word, 'add')) return add(ip, args, false)
  if (matches(word, 'replace')) return add(ip, args, true)
  if (matches(word, 'delete')) return remove(ip, args)
  if (matches(word, 'list') || matches(word, 'show') || matches(word, 'lst')) return show(ip, args)
  if (matches(word, 'get')) return get(ip, args)
  if (matches(word, 'flush')) return flush(ip, args)
  if (matches(word, 'bucket')) return refuse(ip, 'nexthop bucket')
  if (matches(word, 'help')) return help()
  return usage(`Command "${word}" is unknown, try "ip nexthop help".\n`)
}

// -- Changing --------------------------------------------------------------------------------------------------------

function add(ip: Ip, args: Args, replace: boolean): number {
  const spec: { -readonly [Key in keyof NexthopObjectSpec]: NexthopObjectSpec[Key] } = {}
  while (args.more) {
    const word = args.take()
    if (word === 'id') spec.id = readId(args.take())
    else if (word === 'dev') spec.ifindex = readDevice(ip, args.take())
    else if (word === 'via') {
      const text = args.take()
      const named = parseFamily(text)
      const gateway = address(named === undefined ? text : args.take(), named ?? ip.options.family)
      if (gateway.family === 'inet6') return refuse(ip, 'nexthop via inet6')
      spec.via = gateway.ip
    } else if (word === 'blackhole') spec.blackhole = true
    else if (word === 'onlink') spec.onlink = true
    else if (word === 'group') spec.group = readGroup(args.take())
    else if (word === 'encap' || word === 'fdb' || word === 'type') return refuse(ip, `nexthop ${word}`)
    else if (matches(word, 'protocol')) {
      const text = args.take()
      spec.protocol = numberOf(PROTOCOLS, text) ?? invalid('"protocol" value is invalid\n', text)
    } else if (word === 'help') return help()
    else return invalid('', word)
  }
  return answered(ip, ip.world.apply({ type: 'newnexthop', netns: ip.netns, nexthop: spec, replace }))
}

function remove(ip: Ip, args: Args): number {
  let id: number | undefined
  while (args.more) {
    const word = args.take()
    if (word !== 'id') return invalid('', word)
    id = readId(args.take())
  }
  if (id === undefined) return answered(ip, fail('EINVAL', 'Nexthop id is missing'))
  return answered(ip, ip.world.apply({ type: 'delnexthop', netns: ip.netns, id }))
}

const readId = (text: string): number => unsigned(text) ?? invalid('invalid id value', text)

function readDevice(ip: Ip, name: string): number {
  const index = linkIndex(ip, name)
  return index === 0 ? invalid('Device does not exist\n', name) : index
}

/** parse_nh_group: `1,10/2,20`. */
const readGroup = (text: string): NonNullable<NexthopObjectSpec['group']> =>
  text.split('/').map(member => {
    const comma = member.indexOf(',')
    const idText = comma < 0 ? member : member.slice(0, comma)
    const weightText = comma < 0 ? '1' : member.slice(comma + 1)
    const id = unsigned(idText) ?? invalid('"group" value is invalid\n', idText)
    const weight = unsigned(weightText, WEIGHT_MAX) ?? 0
    if (weight === 0) invalid('"weight" is invalid\n', weightText)
    return { id, weight }
  })

// -- Showing ---------------------------------------------------------------------------------------------------------

interface Filter {
  id?: number
  ifindex?: number
  protocol?: number
  groups: boolean
}

function parseFilter(ip: Ip, args: Args): Filter | number {
  const filter: Filter = { groups: false }
  while (args.more) {
    const word = args.take()
    if (word === 'dev') filter.ifindex = readDevice(ip, args.take())
    else if (word === 'groups') filter.groups = true
    else if (word === 'master') {
      readDevice(ip, args.take())
      return refuse(ip, 'nexthop show master')
    } else if (matches(word, 'vrf')) return invalid('Invalid VRF\n', args.take())
    else if (word === 'id') filter.id = readId(args.take())
    else if (matches(word, 'protocol')) {
      const text = args.take()
      filter.protocol = unsigned(text, 255) ?? invalid('invalid protocol value', text)
    } else if (matches(word, 'help')) return help()
    else if (word !== 'fdb') return invalid('', word)
  }
  return filter
}

const selected = (ip: Ip, { ifindex, protocol, groups }: Filter): NexthopObjectInfo[] =>
  ip.world
    .nexthops(ip.netns)
    .filter(each => ifindex === undefined || each.ifindex === ifindex)
    .filter(each => !groups || each.group !== undefined)
    .filter(each => !protocol || each.protocol === protocol)

function show(ip: Ip, args: Args): number {
  const filter = parseFilter(ip, args)
  if (typeof filter === 'number') return filter
  if (filter.id !== undefined) return showOne(ip, filter.id)
  ip.print.begin()
  for (const each of selected(ip, filter)) printNexthop(ip, each)
  ip.print.end()
  return 0
}

function get(ip: Ip, args: Args): number {
  let id: number | undefined
  while (args.more) {
    const word = args.take()
    if (word !== 'id') return help()
    id = readId(args.take())
  }
  return id === undefined || id === 0 ? help() : showOne(ip, id)
}

function showOne(ip: Ip, id: number): number {
  const found = ip.world.nexthops(ip.netns).find(each => each.id === id)
  if (found === undefined) {
    const failure = id === 0 ? fail('EINVAL', 'Invalid nexthop id') : fail('ENOENT')
    return complain(ip, FAILED, kernelWords(failure))
  }
  ip.print.begin()
  printNexthop(ip, found)
  ip.print.end()
  return 0
}

/** All: groups before what they are made of. */
function flush(ip: Ip, args: Args): number {
  const isAll = !args.more
  const filter = parseFilter(ip, args)
  if (typeof filter === 'number') return filter
  if (filter.id !== undefined) return showOne(ip, filter.id)
  let flushed = 0
  for (const groups of isAll ? [true, false] : [filter.groups]) {
    for (const { id } of selected(ip, { ...filter, groups })) {
      const answer = ip.world.apply({ type: 'delnexthop', netns: ip.netns, id })
      if (answer.ok) flushed++
      else complain(ip, 0, kernelWords(answer))
    }
  }
  ip.print.text(flushed === 0 ? 'Nothing to flush\n' : `Flushed ${flushed} nexthops\n`)
  return 0
}

export function printNexthop(ip: Ip, each: NexthopObjectInfo): void {
  ip.print.openObject()
  printFields(ip, each)
  ip.print.text('\n')
  ip.print.closeObject()
}

/** What `ip -d route` says of the object that a route goes by. */
export function printNexthopInfo(ip: Ip, id: number): void {
  const found = ip.world.nexthops(ip.netns).find(each => each.id === id)
  if (found === undefined) return
  ip.print.openObject('nh_info')
  ip.print.newline()
  ip.print.text('\tnh_info ')
  printFields(ip, found)
  ip.print.closeObject()
}

/** print_nexthop */
function printFields(ip: Ip, { id, group, via, ifindex, scope, blackhole, protocol, flags }: NexthopObjectInfo): void {
  const { print, options } = ip
  const details = options.details > 0
  print.field('id', id, `id ${id} `)
  if (group !== undefined) {
    print.openArray('group', 'group ')
    group.forEach((member, i) => {
      print.openObject()
      print.field('id', member.id, `${i === 0 ? '' : '/'}${member.id}`)
      if (member.weight > 1) print.field('weight', member.weight, `,${member.weight}`)
      print.closeObject()
    })
    print.closeArray(' ')
  }
  if (via !== undefined) {
    print.text('via ')
    print.field('gateway', host(ip, via), `${host(ip, via)} `, 'inet')
  }
  if (ifindex !== 0) {
    print.text('dev ')
    print.field('dev', linkName(ip, ifindex), `${linkName(ip, ifindex)} `, 'ifname')
  }
  if (scope !== 0 || details) {
    const name = nameOf(SCOPES, scope, options.numeric)
    print.field('scope', name, `scope ${name} `)
  }
  if (blackhole) print.field('blackhole', null, 'blackhole ')
  if (protocol !== 0 || details) {
    const name = nameOf(PROTOCOLS, protocol, options.numeric)
    print.field('protocol', name, `proto ${name} `)
  }
  print.openArray('flags')
  if ((flags & ON_LINK) !== 0) print.field(undefined, 'onlink', 'onlink ')
  print.closeArray()
}
