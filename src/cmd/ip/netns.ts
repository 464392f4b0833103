/**
 * `ip netns`: add, delete, list, list-id, exec, identify, pids, help; and `ip -netns NAME`.
 *
 * Follows iproute2 6.1 ip/ipnetns.c, lib/namespace.c (netns_switch) and lib/exec.c. Names are those of files in
 * /run/netns, whatever the sandbox shows there. Left out: attach, monitor; ids in other namespaces (target-nsid).
 */
import type { NetnsId } from '../../core/device.ts'
import { type Failure, strerror } from '../../core/errno.ts'
import type { Program, Signal } from '../../world/task.ts'
import type { World } from '../../world/world.ts'
import type { Process } from '../command.ts'
import { type Args, duplicate, exit, integer, invalid, matches, usage } from './args.ts'
import { NETNS_HELP } from './help.ts'
import { netnsOfProcess } from './link-parse.ts'
import { answered, complain, type Ip, type IpObject, refuse, refuseNow } from './object.ts'

const NAME_OCTETS_MAX = 255
const NOT_OPENED = 'Cannot open network namespace'
const SIGNAL_NUMBERS: Record<Signal, number> = { HUP: 1, INT: 2, QUIT: 3, KILL: 9, TERM: 15 }

/** The namespace of `ip -netns NAME` and `ip netns exec NAME`. */
export function switchNetns(process: Process, name: string): NetnsId {
  const netns = process.world.netnsNamed(name)
  return netns?.id ?? exit(255, `${NOT_OPENED} "${name}": ${strerror('ENOENT')}\n`)
}

export const netns: IpObject = (ip, args) => {
  if (!args.more) return list(ip)
  const word = args.take()
  const name = args.peek()
  if (!ip.options.all && name !== undefined && !isName(name)) return usage(`Invalid netns name "${name}"\n`)
  if (matches(word, 'list') || matches(word, 'show') || matches(word, 'lst')) return list(ip)
  if (matches(word, 'list-id')) return listId(ip, args)
  if (matches(word, 'help')) return usage(NETNS_HELP)
  if (matches(word, 'add')) return add(ip, name)
  if (matches(word, 'set')) return set(ip, args)
  if (matches(word, 'delete')) return remove(ip, name)
  if (matches(word, 'identify')) return identify(ip, args)
  if (matches(word, 'pids')) return pids(ip, args)
  if (matches(word, 'exec')) return execute(ip, args)
  if (matches(word, 'monitor')) return refuse(ip, 'netns monitor')
  if (matches(word, 'attach')) return refuse(ip, 'netns attach')
  return usage(`Command "${word}" is unknown, try "ip netns help".\n`)
}

const isName = (name: string): boolean =>
  name !== '' && name.length <= NAME_OCTETS_MAX && !name.includes('/') && name !== '.' && name !== '..'

const nameOf = (world: World, id: NetnsId | undefined): string | undefined =>
  world.netnsNames().find(name => world.netnsNamed(name)?.id === id)

function list(ip: Ip): number {
  const { print, world } = ip
  print.begin()
  for (const name of world.netnsNames()) {
    print.openObject()
    print.field('name', name, name)
    const id = world.netns(ip.netns).knownPeerId(world.netnsNamed(name)!.id)
    if (id !== undefined) print.field('id', id, ` (id: ${id})`)
    print.text('\n')
    print.closeObject()
  }
  print.end()
  return 0
}

function listId(ip: Ip, args: Args): number {
  let only: number | undefined
  while (args.more) {
    const word = args.take()
    if (word === 'target-nsid') refuseNow(ip, 'netns list-id target-nsid')
    if (word !== 'nsid') usage(NETNS_HELP)
    if (only !== undefined) duplicate('nsid', word)
    const text = args.take()
    only = integer(text) ?? invalid('"nsid" value is invalid', text)
    if (only < 0) invalid('"nsid" value should be >= 0', args.peek() ?? '(null)')
  }
  const { print, world } = ip
  const peers = world.netns(ip.netns).knownPeers()
  if (only !== undefined && peers.every(([id]) => id !== only))
    return complain(ip, 2, 'Error: Peer netns reference is invalid.\n')
  print.begin()
  for (const [id, peer] of peers) {
    if (only !== undefined && id !== only) continue
    const name = nameOf(world, peer)
    print.openObject()
    print.field('nsid', id, `nsid ${id} `)
    if (name !== undefined) print.field('name', name, `(iproute2 netns name: ${name})`)
    print.text('\n')
    print.closeObject()
  }
  print.end()
  return 0
}

function add(ip: Ip, name: string | undefined): number {
  if (name === undefined) return complain(ip, 1, 'No netns name specified\n')
  const answer = ip.world.apply({ type: 'newnetns', name })
  return answer.ok ? 0 : aboutFile(ip, 'create', name, answer)
}

/** Gives a namespace the number by which this one knows it. */
function set(ip: Ip, args: Args): number {
  if (!args.more) return complain(ip, 1, 'No netns name specified\n')
  const name = args.take()
  if (!args.more) return complain(ip, 1, 'No nsid specified\n')
  const text = args.take()
  const nsid = text === 'auto' ? undefined : (integer(text) ?? invalid('Invalid "netnsid" value', text))
  if (nsid !== undefined && nsid < 0) invalid('"netnsid" value should be >= 0', text)
  const peer = ip.world.netnsNamed(name)
  if (peer === undefined) return complain(ip, 1, `${NOT_OPENED} "${name}": ${strerror('ENOENT')}\n`)
  const number = nsid === undefined ? {} : { nsid }
  return answered(ip, ip.world.apply({ type: 'newnsid', netns: ip.netns, peer: peer.id, ...number }))
}

function remove(ip: Ip, name: string | undefined): number {
  if (name === undefined && !ip.options.all) return complain(ip, 1, 'No netns name specified\n')
  for (const each of ip.options.all ? [...ip.world.netnsNames()] : [name!]) {
    const answer = ip.world.apply({ type: 'delnetns', name: each })
    // With -all the failure of one is no failure of the whole (netns_foreach).
    if (!answer.ok) return ip.options.all ? 0 : aboutFile(ip, 'remove', each, answer)
  }
  return 0
}

const aboutFile = (ip: Ip, verb: 'create' | 'remove', name: string, { errno }: Failure): number =>
  complain(ip, 1, `Cannot ${verb} namespace file "/run/netns/${name}": ${strerror(errno)}\n`)

/** Prints the name of a process's namespace: an empty line when it has none. */
function identify(ip: Ip, args: Args): number {
  const pid = args.more ? args.take() : String(ip.process.pid)
  if (args.more) return complain(ip, 1, 'extra arguments specified\n')
  if (!/^\d*$/.test(pid)) return complain(ip, 1, `Specified string '${pid}' is not a pid\n`)
  const own = Number(pid) === ip.process.pid
  const id = own ? ip.netns : netnsOfProcess(ip, Number(pid))
  if (id === undefined) return complain(ip, 1, `${NOT_OPENED}: ${strerror('ENOENT')}\n`)
  ip.print.text(`${nameOf(ip.world, id) ?? ''}\n`)
  return 0
}

function pids(ip: Ip, args: Args): number {
  if (!args.more) return complain(ip, 1, 'No netns name specified\n')
  const name = args.take()
  if (args.more) return complain(ip, 1, 'extra arguments specified\n')
  const netns = ip.world.netnsNamed(name)
  if (netns === undefined) return complain(ip, 1, `${NOT_OPENED}: ${strerror('ENOENT')}\n`)
  const { process } = ip
  const running = process.processes?.() ?? [process]
  for (const { pid } of running.filter(each => each.netns === netns.id).sort((a, b) => a.pid - b.pid)) {
    ip.print.text(`${pid}\n`)
  }
  return 0
}

function* execute(ip: Ip, args: Args): Program {
  const { all } = ip.options
  if (!args.more && !all) return complain(ip, 1, 'No netns name specified\n')
  const name = all ? undefined : args.take()
  const argv = args.rest()
  if (argv.length === 0) return complain(ip, 1, 'No command specified\n')
  if (name !== undefined) return yield* run(ip, name, argv)
  for (const each of ip.world.netnsNames()) {
    ip.print.text(`\nnetns: ${each}\n`)
    yield* run(ip, each, argv)
  }
  return 0
}

/** Runs a command in a namespace and answers its exit status. */
function* run(ip: Ip, name: string, argv: readonly string[]): Program {
  const netns = switchNetns(ip.process, name)
  ip.print.flush()
  const wake = yield { for: 'command', argv, netns }
  if (wake.by === 'command') return wake.status
  if (wake.by === 'signal') return 128 + SIGNAL_NUMBERS[wake.signal]
  const errno = wake.by === 'nofile' ? wake.failure.errno : 'EINTR'
  return complain(ip, 1, `exec of "${argv[0]}" failed: ${strerror(errno)}\n`)
}
