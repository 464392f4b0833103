/**
 * A session as a shell script that a person can run as root: `ip`, `bridge`, `sysctl`, `ping`, and `socat` for frames
 * and datagrams. Requests that no command would send as they are become comments. Namespaces have the names that the
 * session gives.
 */
import { MacvlanFlag, MacvlanMode, TunFlag } from '../control/records.ts'
import type { LinkChanges, LinkRef, NewLink, Request, RouteSpec, RuleSpec, Tuntap } from '../control/request.ts'
import { Nud, RouteType, RuleAction } from '../control/request.ts'
import * as ip4 from '../wire/ip.ts'
import * as mac48 from '../wire/mac.ts'
import { expanded, isRequest, type Session, type Step, UDP_PORT_FIRST } from './session.ts'

export function script(session: Session): string {
  const names: string[] = []
  const lines = expanded(session)
    .filter(step => step.type !== 'settle')
    .flatMap(step => {
      if (step.type === 'newnetns') names.push(step.name)
      return lineOf(step, netns => (netns === 0 ? '' : (names[netns - 1] ?? `gone${netns}`)))
    })
  return ['#!/bin/bash', ...lines, ''].join('\n')
}

/** A packet socket, for whatever length. */
const SEND = 'socat -u -b 65536 - INTERFACE'

type NameOf = (netns: number) => string

function lineOf(step: Step, nameOf: NameOf): string {
  if (isRequest(step)) return requestLine(step, nameOf)
  switch (step.type) {
    case 'frame':
      return `printf '${step.bytes.replace(/../g, '\\x$&')}' | ${inside(step.netns, nameOf)}${SEND}:${step.link}`
    case 'ping':
      return `${inside(step.netns, nameOf)}ping ${step.arguments.join(' ')}${step.background ? ' &' : ''}`
    case 'routeget':
      return `ip ${step.netns === 0 ? '' : `-n ${nameOf(step.netns)} `}route get ${step.arguments.join(' ')}`
    case 'udp':
      return udpLine(step, inside(step.netns, nameOf))
    case 'open':
    case 'write':
    case 'read':
    case 'close':
      return `# no command does this: ${JSON.stringify(step)}`
    case 'join':
      return 'wait'
    case 'wait':
      return `sleep ${step.ns / 1e9}`
    case 'settle':
      return 'sleep 2.5'
  }
}

const inside = (netns: number, nameOf: NameOf): string => (netns === 0 ? '' : `ip netns exec ${nameOf(netns)} `)

/** With socat, one process for each thing that a socket does: the port is what they share. */
function udpLine(step: Extract<Step, { type: 'udp' }>, inside: string): string {
  const own = `bind=:${UDP_PORT_FIRST + step.socket},reuseaddr,broadcast`
  switch (step.call) {
    case 'bind':
      return `${inside}socat -u UDP4-RECV:${step.port},bind=${ip4.format(step.address)},reuseaddr - &`
    case 'join': {
      const group = `ip-add-membership=${ip4.format(step.address)}:${step.link ?? '0.0.0.0'}`
      return `${inside}socat -u UDP4-RECV:${UDP_PORT_FIRST},reuseaddr,${group} - &`
    }
    case 'send': {
      if (step.address === undefined) return `# ${inside}socket ${step.socket}: ${step.length} octets to its peer`
      const to = `UDP4-SENDTO:${ip4.format(step.address)}:${step.port},${own}`
      return `seq 20000 | head -c ${step.length} | ${inside}socat -u -b 65536 - ${to}`
    }
    default: {
      const { type: _, netns: __, socket, call, ...rest } = step
      return `# ${inside}socket ${socket}: ${call} ${Object.values(rest).join(' ')}`.trimEnd()
    }
  }
}

function requestLine(request: Request, nameOf: NameOf): string {
  if (request.type === 'newnetns') return `ip netns add ${request.name}`
  if (request.type === 'delnetns') return `ip netns del ${request.name}`
  const n = request.netns === 0 ? '' : `-n ${nameOf(request.netns)} `
  switch (request.type) {
    case 'newnsid':
      return `ip ${n}netns set ${nameOf(request.peer)} ${request.nsid ?? 'auto'}`
    case 'newlink':
      return `ip ${n}link add ${newlink(request.link, nameOf)}`
    case 'setlink':
      if (request.family === 'bridge') {
        const port = changes(request.changes, nameOf).replace('type bridge_slave ', '')
        return `bridge ${n}link set dev ${request.link} ${port}`
      }
      return `ip ${n}link set dev ${request.link} ${changes(request.changes, nameOf)}`
    case 'tuntap':
      return `ip ${n}tuntap ${tuntapWords(request.tuntap)}`
    case 'dellink':
      return `ip ${n}link del dev ${request.link}`
    case 'newaddr': {
      const { local, peer, prefixLength, broadcast, label, scope, metric, flags, exclusive } = request.address
      const where = peer === undefined ? ip4.format(local) : `${ip4.format(local)} peer ${ip4.format(peer)}`
      const extra = words({ broadcast: broadcast && ip4.format(broadcast), label, scope, metric })
      const verb = exclusive === false ? 'replace' : 'add'
      return `ip ${n}addr ${verb} ${where}/${prefixLength} dev ${request.link}${extra}${flags ? ' noprefixroute' : ''}`
    }
    case 'deladdr': {
      const { local, prefixLength } = request.address
      const length = prefixLength === undefined ? '' : `/${prefixLength}`
      return `ip ${n}addr del ${ip4.format(local)}${length} dev ${request.link}`
    }
    case 'newroute':
      return `ip ${n}route ${request.mode} ${route(request.route)}`
    case 'delroute':
      return `ip ${n}route del ${route(request.route)}`
    case 'newnexthop': {
      const { id, via, ifindex, onlink, blackhole, group } = request.nexthop
      const members = group?.map(each => `${each.id},${each.weight}`).join('/')
      const extra = words({ id, via: via === undefined ? undefined : ip4.format(via), dev: ifindex, group: members })
      const flags = `${blackhole ? ' blackhole' : ''}${onlink ? ' onlink' : ''}`
      return `ip ${n}nexthop ${request.replace ? 'replace' : 'add'}${extra}${flags}`
    }
    case 'delnexthop':
      return `ip ${n}nexthop del id ${request.id}`
    case 'newrule':
    case 'delrule':
      return `ip ${n}rule ${request.type === 'newrule' ? 'add' : 'del'}${ruleWords(request.rule)}`
    case 'newneigh':
    case 'delneigh': {
      const { link, dst, mac, state, proxy, router, externLearn } = request.neighbour
      const verb = request.type === 'delneigh' ? 'del' : request.mode
      const extra = words({ lladdr: mac === undefined ? undefined : mac48.format(mac), nud: nameOfNud(state) })
      const flags = `${router ? ' router' : ''}${externLearn ? ' extern_learn' : ''}`
      return `ip ${n}neigh ${verb}${proxy ? ' proxy' : ''} ${ip4.format(dst)} dev ${link}${extra}${flags}`
    }
    case 'newfdb':
    case 'delfdb': {
      const { link, mac, self, master, state, sticky, externLearn, use, vlan } = request.entry
      const verb = request.type === 'delfdb' ? 'del' : request.mode
      const kind = state === Nud.Permanent ? 'permanent' : state === Nud.NoArp ? 'static' : 'dynamic'
      const flags = [
        self ? 'self' : '',
        master ? 'master' : '',
        kind,
        sticky ? 'sticky' : '',
        externLearn ? 'extern_learn' : '',
        use ? 'use' : '',
        vlan ? `vlan ${vlan}` : '',
      ]
      return `bridge ${n}fdb ${verb} ${mac48.format(mac)} dev ${link} ${flags.filter(f => f !== '').join(' ')}`
    }
    case 'newmaddr':
    case 'delmaddr': {
      const verb = request.type === 'newmaddr' ? 'add' : 'del'
      return `ip ${n}maddr ${verb} ${mac48.format(request.mac)} dev ${request.link}`
    }
    case 'sysctl':
      return `${inside(request.netns, nameOf)}sysctl -w ${dotted(request.path)}='${request.value}'`
  }
}

function ruleWords(rule: RuleSpec): string {
  const { action, from, to, mark, markMask, tos, not } = rule
  const prefix = (p: RuleSpec['from']): string | undefined => p && `${ip4.format(p.ip)}/${p.length}`
  const fwmark = mark === undefined || markMask === undefined ? mark : `${mark}/${markMask}`
  const selectors = words({
    from: prefix(from),
    to: prefix(to),
    tos: tos?.toString(16),
    fwmark,
    iif: rule.iif,
    oif: rule.oif,
    pref: rule.priority,
    table: rule.table,
    suppress_prefixlength: rule.suppressPrefixLength,
    suppress_ifgroup: rule.suppressGroup,
    proto: rule.protocol,
    goto: rule.target,
  })
  const hasType = action !== undefined && action !== RuleAction.ToTable && action !== RuleAction.Goto
  const type = hasType ? ` ${action === RuleAction.Nop ? 'nop' : `type ${action}`}` : ''
  return `${not ? ' not' : ''}${selectors}${type}`
}

function tuntapWords({ name, flags, persist, owner, group }: Tuntap): string {
  const has = (flag: number): boolean => (flags & flag) !== 0
  const mode = has(TunFlag.Tun) ? ' mode tun' : has(TunFlag.Tap) ? ' mode tap' : ''
  const pi = has(TunFlag.NoPi) ? '' : ' pi'
  const names = [has(TunFlag.OneQueue) && 'one_queue', has(TunFlag.VnetHdr) && 'vnet_hdr']
  const more = [...names, has(TunFlag.MultiQueue) && 'multi_queue'].map(word => (word ? ` ${word}` : '')).join('')
  const verb = persist ? 'add' : 'del'
  return `${verb}${words({ dev: name || undefined })}${mode}${words({ user: owner, group })}${pi}${more}`
}

/** sysctl(8) takes dots for slashes, and slashes for dots. */
const dotted = (path: string): string => path.replace(/[./]/g, char => (char === '.' ? '/' : '.'))

/** ` name value` for each that has one. */
function words(pairs: Readonly<Record<string, string | number | undefined>>): string {
  return Object.entries(pairs)
    .map(([name, value]) => (value === undefined ? '' : ` ${name} ${value}`))
    .join('')
}

const nameOfNud = (state: number | undefined): string | undefined =>
  state === undefined
    ? undefined
    : Object.keys(Nud)
        .find(name => Nud[name as keyof typeof Nud] === state)
        ?.toLowerCase()

function newlink(link: NewLink, nameOf: NameOf): string {
  const { kind, peer, bridge, macvlan, lower, ...rest } = link
  const below = lower === undefined ? '' : `link ${lower} `
  const index = link.ifindex === undefined ? '' : ` index ${link.ifindex}`
  const options = bridge === undefined ? '' : ` ${changes({ bridge }, nameOf).replace(/^type bridge /, '')}`
  const other = peer === undefined ? '' : ` peer ${changes(peer, nameOf)}`
  return `${below}${changes(rest, nameOf)}${index} type ${kind}${options}${macvlanWords(macvlan)}${other}`
}

/** What follows `type macvlan`. */
function macvlanWords(options: LinkChanges['macvlan'] = {}): string {
  const { mode, flags, broadcastQueueLength, broadcastCutoff, sources } = options
  const name = Object.keys(MacvlanMode).find(key => MacvlanMode[key as keyof typeof MacvlanMode] === mode)
  const nopromisc = mode === MacvlanMode.Passthru && ((flags ?? 0) & MacvlanFlag.NoPromisc) !== 0 ? ' nopromisc' : ''
  const nodst = ((flags ?? 0) & MacvlanFlag.NoDst) !== 0 ? ' nodst' : ''
  const told = words({ mode: name?.toLowerCase(), bcqueuelen: broadcastQueueLength, bclim: broadcastCutoff })
  const macs = sources?.macs.map(mac => ` ${mac48.format(mac)}`).join('') ?? ''
  return `${told}${nopromisc}${nodst}${sources === undefined ? '' : ` macaddr ${sources.action}${macs}`}`
}

const quoted = (text: string): string => (/^[\w@%.+-]+$/.test(text) ? text : `'${text}'`)
const onOff = (on: boolean | undefined): string | undefined => (on === undefined ? undefined : on ? 'on' : 'off')

function changes(c: LinkChanges, nameOf: NameOf): string {
  const link = (ref: LinkRef | undefined): string | undefined => (ref === undefined ? undefined : String(ref))
  const text = words({
    name: c.name === undefined ? undefined : quoted(c.name),
    address: c.mac === undefined ? undefined : mac48.format(c.mac),
    mtu: c.mtu,
    txqueuelen: c.txQueueLength,
    arp: onOff(c.arp),
    multicast: onOff(c.multicast),
    promisc: onOff(c.promisc),
    allmulticast: onOff(c.allMulticast),
    dynamic: onOff(c.dynamic),
    group: c.group,
    alias: c.alias === undefined ? undefined : quoted(c.alias),
    carrier: onOff(c.carrier),
    netns: c.netns === undefined ? undefined : c.netns === 0 ? '1' : nameOf(c.netns),
    master: c.master === 0 ? undefined : link(c.master),
  })
  const up = c.up === undefined ? '' : c.up ? ' up' : ' down'
  const none = c.master === 0 ? ' nomaster' : ''
  const options = (values: object | undefined): string =>
    words(Object.fromEntries(Object.entries(values ?? {}).map(([k, v]) => [snake(k), option(k, v)])))
  const flush = c.fdbFlush ? ' fdb_flush' : ''
  const bridge = c.bridge === undefined ? '' : ` type bridge${options(c.bridge)}`
  const macvlan = c.macvlan === undefined ? '' : ` type ${c.kind ?? 'macvlan'}${macvlanWords(c.macvlan)}`
  const port = c.port === undefined ? '' : ` type bridge_slave${options(c.port)}`
  const alone = c.fdbFlush && c.bridge === undefined && c.port === undefined ? ' type bridge' : ''
  return `${text}${up}${none}${bridge}${macvlan}${port}${alone}${flush}`.trimStart()
}

const OPTION_NAMES: Readonly<Record<string, string>> = {
  forwardDelay: 'forward_delay',
  ageingTime: 'ageing_time',
  groupAddress: 'group_address',
  rootBlock: 'root_block',
  fastLeave: 'fastleave',
}
const snake = (name: string): string =>
  OPTION_NAMES[name] ?? name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
const option = (name: string, value: unknown): string | number =>
  name === 'groupAddress'
    ? mac48.format(value as mac48.Mac)
    : typeof value === 'boolean'
      ? value
        ? 'on'
        : 'off'
      : Number(value)

function route(spec: RouteSpec): string {
  const type =
    spec.type === undefined
      ? ''
      : `${Object.keys(RouteType)
          .find(k => RouteType[k as keyof typeof RouteType] === spec.type)!
          .toLowerCase()} `
  const extra = words({
    via: spec.via === undefined ? undefined : ip4.format(spec.via),
    dev: spec.link,
    src: spec.src === undefined ? undefined : ip4.format(spec.src),
    metric: spec.metric,
    table: spec.table,
    tos: spec.tos,
    proto: spec.protocol,
    scope: spec.scope,
    ...spec.metrics,
  })
  const hops = spec.nexthops?.map(({ via, link, weight, onlink }) => {
    const way = words({ via: via && ip4.format(via), dev: link, weight })
    return ` nexthop${way}${onlink ? ' onlink' : ''}`
  })
  const ways = hops?.join('') ?? ''
  return `${type}${ip4.format(spec.dst)}/${spec.prefixLength}${extra}${spec.onlink ? ' onlink' : ''}${ways}`
}
