/**
 * The sysctls of one namespace: what stands below its /proc/sys.
 *
 * Follows Linux net/ipv4/devinet.c (devinet_conf_proc, devinet_copy_dflt_conf, inet_forward_change),
 * net/ipv6/addrconf.c (addrconf_sysctl_disable, addrconf_sysctl_addr_gen_mode) and net/core/neighbour.c
 * (neigh_copy_dflt_parms). Only values that somebody wrote, or that a device copied when it was registered, are kept,
 * in one Map made on the first write: a million namespaces cost nothing. The Map is not immer's, because one write can
 * change a value in every device, and because a Map is asked for one value and never for a difference.
 * Left out: net.core.devconf_inherit_init_net other than 0.
 */
import { KEYS, PRIVATE, parseValue, type SysctlKey, WRITTEN_BY_HOST } from '../control/sysctls.ts'
import { type Answer, done, fail } from '../core/errno.ts'

/** What a path names: its key in the table, and for a key of a device (or `all`, `default`) whose it is. */
interface Place {
  readonly path: string
  readonly key: SysctlKey
  /** The path in the table, with `*` for the owner. */
  readonly pattern: string
  readonly owner: string | undefined
  readonly view: View | undefined
}

/** Keys that each device has, by directory (`net/ipv4/conf/`) and name: found without building a pattern. */
const PER_DEVICE = new Map<string, Map<string, { readonly pattern: string; readonly key: SysctlKey }>>()
for (const [pattern, key] of KEYS) {
  const [directory, name] = pattern.split('*/')
  if (name === undefined) continue
  if (!PER_DEVICE.has(directory!)) PER_DEVICE.set(directory!, new Map())
  PER_DEVICE.get(directory!)!.set(name, { pattern, key })
}

/** Shared by all that nothing was written in. */
const NONE: readonly string[] = []

interface DeviceConf {
  kind: string
  mtu: number
  /** An IPv4 address was given: from then on `default` changes nothing any more (ipv4_devconf_setall). */
  pinned: boolean
}

const FORWARDING = 'net/ipv4/conf/*/forwarding'
/** The same variable as net/ipv4/ip_forward. */
const ALL_FORWARDING = 'net/ipv4/conf/all/forwarding'

/** IPV6_MIN_MTU */
/** A device with a smaller MTU has nothing of the protocol, nor its keys: 68 and IPV6_MIN_MTU. */
const MTU_MIN: readonly (readonly [prefix: string, mtu: number])[] = [
  ['net/ipv4/', 68],
  ['net/ipv6/', 1280],
]

/** Keys of net/ipv4/conf that take their default at registration and do not follow it later. */
const NOT_FOLLOWING = new Set([
  'disable_policy',
  'disable_xfrm',
  'drop_unicast_in_l2_multicast',
  'forwarding',
  'mc_forwarding',
  'promote_secondaries',
  'route_localnet',
  'tag',
])

/** Writing `all` writes `default` and every device too. */
const WRITES_ALL = new Set(['disable_ipv6', 'addr_gen_mode'].map(name => `net/ipv6/conf/*/${name}`))

/** Where a new namespace differs from the table. */
const INITIAL: ReadonlyMap<string, string> = new Map([
  ['net/ipv4/conf/all/accept_source_route', '0'],
  ['net/ipv6/conf/all/accept_dad', '0'],
  ['net/ipv6/neigh/*/locktime', '0'],
])

/** Where a device's own value differs, by kind of link: ipv6_add_dev and inetdev_init. */
const INITIAL_OF_KIND: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  loopback: {
    'net/ipv4/conf/*/disable_policy': '1',
    'net/ipv4/conf/*/disable_xfrm': '1',
    'net/ipv6/conf/*/accept_dad': '-1',
    'net/ipv6/conf/*/use_tempaddr': '-1',
  },
  tun: { 'net/ipv6/conf/*/accept_dad': '-1', 'net/ipv6/conf/*/use_tempaddr': '-1' },
}

/** Old names for another key, in other units: [that key, to its unit, from its unit]. */
type View = readonly [key: string, write: (value: number) => number, read: (value: number) => number]
/** SKB_TRUESIZE(ETH_FRAME_LEN), by which the old unres_qlen counts. */
const FRAME_BYTES = 2090
const VIEWS: Readonly<Record<string, View>> = {
  'net/ipv4/neigh/*/base_reachable_time': ['base_reachable_time_ms', s => s * 1000, ms => Math.trunc(ms / 1000)],
  'net/ipv6/neigh/*/base_reachable_time': ['base_reachable_time_ms', s => s * 1000, ms => Math.trunc(ms / 1000)],
  'net/ipv4/neigh/*/retrans_time': ['retrans_time_ms', ticks => ((ticks * 2.5) | 0) * 4, ms => Math.trunc(ms / 10)],
  'net/ipv6/neigh/*/retrans_time': ['retrans_time_ms', jiffies => jiffies * 4, ms => Math.trunc(ms / 4)],
  'net/ipv4/neigh/*/unres_qlen': ['unres_qlen_bytes', n => n * FRAME_BYTES, bytes => Math.trunc(bytes / FRAME_BYTES)],
  'net/ipv6/neigh/*/unres_qlen': ['unres_qlen_bytes', n => n * FRAME_BYTES, bytes => Math.trunc(bytes / FRAME_BYTES)],
}

/** `sysctl -a` leaves out these old names. */
const DEPRECATED = new Set(['base_reachable_time', 'retrans_time'])

export class Sysctls {
  private readonly isInitial: boolean
  private readonly devices = new Map<string, DeviceConf>()
  private values: Map<string, string> | undefined
  /** The paths of those of a `default`, which every new device asks for. */
  private defaults: readonly string[] = NONE
  /** Something is written in a `default` that devices may follow. */
  private hasDefaults = false
  /** Nothing of IPv4 was ever written. */
  isInitialIpv4 = true

  /**
   * `parent` is the initial namespace, if a new one shall inherit from it what it has for net.ipv4.conf.{all,default}
   * and net.ipv4.neigh.default, as Linux does.
   */
  constructor(isInitial: boolean, parent?: Sysctls) {
    this.isInitial = isInitial
    for (const [path, value] of parent?.values ?? []) {
      if (/^net\/ipv4\/conf\/(all|default)\/|^net\/ipv4\/neigh\/default\//.test(path)) this.store(path, value)
    }
  }

  /** The number that a key holds. A path that does not exist, or holds no number, is a bug of the caller. */
  number(path: string): number {
    const place = this.find(path)
    const value = place === undefined ? Number.NaN : Number(this.value(place))
    if (Number.isNaN(value)) throw new Error(`sysctls: ${path} is no number here`)
    return value
  }

  /** The same of a key that is more than a number, as reading it gives it. */
  words(path: string): string {
    const place = this.find(path)
    if (place === undefined) throw new Error(`sysctls: no ${path} here`)
    return this.value(place)
  }

  /** What reading the file gives, without the line's end. ENOENT, EISDIR, EACCES (write only), EIO (a secret unset). */
  text(path: string): Answer<string> {
    const place = this.find(path)
    if (place === undefined) return fail(this.isDirectory(path) ? 'EISDIR' : 'ENOENT')
    if (place.key.kind === 'trigger') return fail('EACCES')
    if (place.key.kind === 'secret') return fail('EIO')
    return done(this.value(place))
  }

  /**
   * Writes `text` into the file at once. Answers the paths whose value is another one now, the written one first.
   * ENOENT, EISDIR, EACCES (read only), EINVAL; EOPNOTSUPP when Linux would take it and Vethereal does not obey it.
   */
  set(path: string, text: string): Answer<readonly string[]> {
    const place = this.find(path)
    if (place === undefined) return fail(this.isDirectory(path) ? 'EISDIR' : 'ENOENT')
    const { key, view } = place
    if (this.mode(path) === 0o444) return fail('EACCES')
    if (text === '') return done([])
    const present = this.value(place)
    if (key.kind === 'readonly') return text.trim() === present ? done([]) : fail('EOPNOTSUPP')
    const parsed = parseValue(key, text, present)
    if (!parsed.ok) return parsed
    const value = parsed.value
    if (!this.agrees(path, value)) return fail('EINVAL')
    // Under an old name a negative time has a sign that the new one does not show.
    if (view !== undefined && value.startsWith('-')) return fail('EOPNOTSUPP')
    const { modelled, obeyedValues } = view === undefined ? key : this.viewed(place, view).key
    const isObeyed = modelled && (obeyedValues?.includes(value) ?? true)
    if (value !== present && !isObeyed) return fail('EOPNOTSUPP')
    return done(key.kind === 'trigger' ? [path] : this.write(place, value, present))
  }

  /** The permission bits of the file; undefined when there is none. */
  mode(path: string): number | undefined {
    const place = this.find(path)
    if (place === undefined) return undefined
    if (place.key.kind === 'trigger') return 0o200
    if (PRIVATE.has(place.pattern)) return 0o600
    const isWritable = place.key.kind !== 'readonly' || (this.isInitial && WRITTEN_BY_HOST.has(path))
    return isWritable ? 0o644 : 0o444
  }

  /** The readable keys in the order of `sysctl -a`, but for the names that it hides. */
  paths(): readonly string[] {
    return this.all().filter(path => {
      const kind = this.find(path)!.key.kind
      return kind !== 'trigger' && !DEPRECATED.has(path.slice(path.lastIndexOf('/') + 1))
    })
  }

  /** What is kept, by path in order: written, or copied by a device as it came. Secrets are not told. */
  kept(): Record<string, string> {
    const entries = [...(this.values?.keys() ?? [])].sort().map(path => [path, this.text(path)] as const)
    return Object.fromEntries(entries.flatMap(([path, told]) => (told.ok ? [[path, told.value]] : [])))
  }

  /** The names in a directory below /proc/sys, sorted as /proc lists them; '' is /proc/sys itself. */
  list(directory: string): Answer<readonly string[]> {
    const prefix = directory === '' ? '' : `${directory}/`
    const names = new Set<string>()
    for (const path of this.all()) {
      if (path.startsWith(prefix)) names.add(path.slice(prefix.length).split('/', 1)[0]!)
    }
    if (names.size > 0) return done([...names])
    return fail(this.find(directory) === undefined ? 'ENOENT' : 'ENOTDIR')
  }

  // -- Devices -------------------------------------------------------------------------------------------------------

  /** NETDEV_REGISTER: a device copies the defaults (inetdev_init, ipv6_add_dev, neigh_parms_alloc). */
  deviceAdded(name: string, kind: string): void {
    this.devices.set(name, { kind, mtu: kind === 'loopback' ? 65536 : 1500, pinned: false })
    this.inherit(name, kind, 'net/')
  }

  private inherit(name: string, kind: string, prefix: string): void {
    for (const [{ pattern }, value] of this.stored('default')) {
      const isOwn = INITIAL_OF_KIND[kind]?.[pattern] !== undefined || !pattern.startsWith(prefix)
      if (!isOwn) this.store(pathOf(pattern, name), value)
    }
  }

  deviceRemoved(name: string): void {
    for (const [{ path }] of this.stored(name)) this.values!.delete(path)
    this.devices.delete(name)
  }

  deviceRenamed(old: string, name: string): void {
    const device = this.devices.get(old)
    if (device === undefined) return
    for (const [{ path, pattern }, value] of this.stored(old)) {
      this.values!.delete(path)
      this.store(pathOf(pattern, name), value)
    }
    this.devices.delete(old)
    this.devices.set(name, device)
  }

  /**
   * The device's MTU is another: net.ipv6.conf.DEV.mtu shows it. Below 1280 the device has no IPv6 keys; when it can
   * have them again they begin anew (addrconf_ifdown, ipv6_add_dev).
   */
  mtuChanged(name: string, mtu: number): void {
    const device = this.devices.get(name)
    if (device === undefined) return
    const old = device.mtu
    device.mtu = mtu
    for (const [prefix, least] of MTU_MIN) {
      if (old >= least && mtu < least) {
        for (const path of [...(this.values?.keys() ?? [])]) {
          if (path.startsWith(prefix) && path.split('/')[3] === name) this.values!.delete(path)
        }
      } else if (old < least && mtu >= least) {
        if (prefix === 'net/ipv4/') device.pinned = false
        this.inherit(name, device.kind, prefix)
      }
    }
  }

  /** The device was given an IPv4 address: its values no longer follow `default`. */
  addressAdded(name: string): void {
    const device = this.devices.get(name)
    if (device === undefined || device.pinned) return
    for (const [{ pattern }, value] of this.stored('default')) {
      const own = pathOf(pattern, name)
      if (!this.values!.has(own) && follows(pattern)) this.store(own, value)
    }
    device.pinned = true
  }

  // -- Values --------------------------------------------------------------------------------------------------------

  private value(place: Place): string {
    const { path, pattern, owner, key, view } = place
    if (view !== undefined) return String(view[2](Number(this.value(this.viewed(place, view)))))
    const stored = this.values?.get(path === 'net/ipv4/ip_forward' ? ALL_FORWARDING : path)
    if (stored !== undefined) return stored
    const device = owner === undefined ? undefined : this.devices.get(owner)
    if (device !== undefined) {
      if (pattern === 'net/ipv6/conf/*/mtu') return String(device.mtu)
      const ofKind = INITIAL_OF_KIND[device.kind]?.[pattern]
      if (ofKind !== undefined) return ofKind
      const isFollowing = this.hasDefaults && !device.pinned && follows(pattern)
      const followed = isFollowing ? this.values?.get(pathOf(pattern, 'default')) : undefined
      if (followed !== undefined) return followed
    }
    return INITIAL.get(owner === 'all' ? path : pattern) ?? key.initial
  }

  private write(place: Place, value: string, present: string): string[] {
    const { path, pattern, owner, view } = place
    if (view !== undefined) {
      const target = this.viewed(place, view)
      const before = this.value(target)
      const after = String(view[1](Number(value)))
      this.store(target.path, after)
      return before === after ? [] : [target.path]
    }
    if (path === 'net/ipv4/ip_forward' || path === ALL_FORWARDING) {
      return value === present ? [] : this.forward(value)
    }
    const isForAll = owner === 'all' && WRITES_ALL.has(pattern)
    const also = isForAll ? [pathOf(pattern, 'default'), ...this.own(pattern)] : []
    const followers = owner === 'default' && follows(pattern) ? this.own(pattern) : []
    const before = followers.map(each => this.valueAt(each))
    const changed = [path, ...also].filter(each => this.valueAt(each) !== value)
    if (value !== present || owner !== undefined) for (const each of [path, ...also]) this.store(each, value)
    return [...changed, ...followers.filter((each, i) => this.valueAt(each) !== before[i])]
  }

  /** inet_forward_change */
  private forward(value: string): string[] {
    const redirects = Number(value) === 0 ? '1' : '0'
    const writes: [string, string][] = [
      ['net/ipv4/ip_forward', value],
      [ALL_FORWARDING, value],
      ['net/ipv4/conf/all/accept_redirects', redirects],
      ['net/ipv4/conf/default/forwarding', value],
      ...this.own(FORWARDING).map((path): [string, string] => [path, value]),
    ]
    const changed = writes.filter(([path, after]) => this.valueAt(path) !== after)
    for (const [path, after] of writes) this.store(path, after)
    return changed.map(([path]) => path)
  }

  /** Some keys bound each other. */
  private agrees(path: string, value: string): boolean {
    const other = (name: string): bigint => BigInt(this.valueAt(`net/ipv4/${name}`).split('\t')[0]!)
    switch (path) {
      case 'net/ipv4/ipfrag_high_thresh':
        return BigInt(value) >= other('ipfrag_low_thresh')
      case 'net/ipv4/ipfrag_low_thresh':
        return BigInt(value) <= other('ipfrag_high_thresh')
      case 'net/ipv4/ip_unprivileged_port_start':
        return BigInt(value) <= other('ip_local_port_range')
      case 'net/ipv4/ip_local_port_range': {
        const [first, last] = value.split('\t').map(BigInt) as [bigint, bigint]
        return first <= last && first >= other('ip_unprivileged_port_start')
      }
      default:
        return true
    }
  }

  private valueAt(path: string): string {
    return this.value(this.find(path)!)
  }

  /** What is kept for a device, or for `default`. A copy, so that the caller may write. */
  private stored(owner: string): [Place, string][] {
    const found: [Place, string][] = []
    for (const path of owner === 'default' ? this.defaults : (this.values?.keys() ?? NONE)) {
      const place = path.includes(`/${owner}/`) ? this.find(path) : undefined
      const value = this.values!.get(path)
      if (place?.owner === owner && value !== undefined) found.push([place, value])
    }
    return found
  }

  private store(path: string, value: string): void {
    this.values ??= new Map()
    const isDefault = path.includes('/default/')
    if (isDefault && !this.values.has(path)) this.defaults = this.defaults.concat(path)
    this.values.set(path, value)
    if (!path.startsWith('net/ipv4/')) return
    this.isInitialIpv4 = false
    if (isDefault) this.hasDefaults = true
  }

  // -- Paths ---------------------------------------------------------------------------------------------------------

  private find(path: string): Place | undefined {
    const end = path.lastIndexOf('/')
    const begin = path.lastIndexOf('/', end - 1) + 1
    const found = PER_DEVICE.get(path.slice(0, begin))?.get(path.slice(end + 1))
    if (found === undefined) {
      const key = KEYS.get(path)
      if (key === undefined || path.includes('*') || (key.hostOnly && !this.isInitial)) return undefined
      return { path, key, pattern: path, owner: undefined, view: undefined }
    }
    const owner = path.slice(begin, end)
    const { key, pattern } = found
    return this.hasDirectory(path, owner) ? { path, key, pattern, owner, view: VIEWS[pattern] } : undefined
  }

  private hasDirectory(path: string, owner: string): boolean {
    const isConf = path.startsWith('conf/', 'net/ipv4/'.length)
    if (owner === 'all') return isConf
    if (owner === 'default') return isConf || this.isInitial
    const device = this.devices.get(owner)
    return device !== undefined && MTU_MIN.every(([prefix, least]) => device.mtu >= least || !path.startsWith(prefix))
  }

  private viewed(place: Place, view: View): Place {
    return this.find(`${place.path.slice(0, place.path.lastIndexOf('/'))}/${view[0]}`)!
  }

  /** The paths of a key in every device. */
  private own(pattern: string): string[] {
    return [...this.devices.keys()].map(name => pathOf(pattern, name)).filter(path => this.find(path) !== undefined)
  }

  private isDirectory(path: string): boolean {
    if (DIRECTORIES.has(path)) return true
    const end = path.lastIndexOf('/') + 1
    return PER_DEVICE.has(path.slice(0, end)) && this.hasDirectory(path, path.slice(end))
  }

  /** Every file, as /proc/sys is walked: the names of each directory sorted by their octets. */
  private all(): readonly string[] {
    const owners = ['all', 'default', ...this.devices.keys()]
    const paths: string[] = []
    for (const pattern of KEYS.keys()) {
      const candidates = pattern.includes('*') ? owners.map(owner => pathOf(pattern, owner)) : [pattern]
      paths.push(...candidates.filter(path => this.find(path) !== undefined))
    }
    return paths.sort(byComponent)
  }
}

/** The directories that every namespace has. */
const DIRECTORIES: ReadonlySet<string> = new Set(
  [...KEYS.keys()].flatMap(pattern => {
    const parts = pattern.split('/')
    return parts.slice(0, -1).map((_, i) => parts.slice(0, i + 1).join('/'))
  }),
)

function pathOf(pattern: string, owner: string): string {
  const star = pattern.indexOf('*')
  return pattern.slice(0, star) + owner + pattern.slice(star + 1)
}

/** Does a device's key without a value of its own show what `default` has? */
function follows(pattern: string): boolean {
  if (pattern.startsWith('net/ipv4/neigh/')) return true
  return pattern.startsWith('net/ipv4/conf/') && !NOT_FOLLOWING.has(pattern.slice('net/ipv4/conf/*/'.length))
}

function byComponent(a: string, b: string): number {
  const left = a.split('/')
  const right = b.split('/')
  for (const [i, part] of left.entries()) {
    const other = right[i]
    if (other === undefined) return 1
    if (part !== other) return part < other ? -1 : 1
  }
  return -1
}
