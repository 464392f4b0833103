/** Addresses of socat as they are typed: `TYPE:PARAMETER:...,OPTION=VALUE,...`, and the mistakes in them. */
import { type Errno, strerror } from '../../core/errno.ts'
import { NS_PER_S } from '../../time/instant.ts'
import type * as ip from '../../wire/ip.ts'
import { EPOCH_S } from '../../world/clock.ts'
import type { Wait, Wake } from '../../world/task.ts'
import { notSupported, type Process } from '../command.ts'
import { hostsNamed, parseHosts } from '../hosts.ts'
import { Exit, inetAton } from '../libc.ts'
import { signalStatus } from '../signals.ts'

export type Steps<T> = Generator<Wait, T, Wake>

export interface Address {
  readonly type: string
  readonly words: readonly string[]
  readonly options: ReadonlyMap<string, string>
}

/** The name that we have for each that can be typed. */
const TYPES: Readonly<Record<string, string>> = {
  '-': 'STDIO',
  UDP: 'UDP4-CONNECT',
  UDP4: 'UDP4-CONNECT',
  'UDP-CONNECT': 'UDP4-CONNECT',
  'UDP-L': 'UDP4-LISTEN',
  'UDP4-L': 'UDP4-LISTEN',
  'UDP-LISTEN': 'UDP4-LISTEN',
  'UDP-RECVFROM': 'UDP4-RECVFROM',
  'UDP-RECV': 'UDP4-RECV',
  'UDP-SENDTO': 'UDP4-SENDTO',
  'UDP-DATAGRAM': 'UDP4-DATAGRAM',
  FILE: 'OPEN',
  CREAT: 'CREATE',
  IF: 'INTERFACE',
}
/** How many parameters each has, and the options that it knows; options by one name. */
const UDP_OPTIONS = ['fork', 'reuseaddr', 'broadcast', 'bind', 'sourceport', 'ttl', 'tos', 'so-bindtodevice']
const SHAPES: Readonly<Record<string, { readonly count: readonly number[]; readonly options: readonly string[] }>> = {
  STDIO: { count: [0], options: [] },
  STDIN: { count: [0], options: [] },
  STDOUT: { count: [0], options: [] },
  EXEC: { count: [1], options: [] },
  SYSTEM: { count: [1], options: [] },
  OPEN: { count: [1], options: ['append', 'creat', 'trunc', 'rdonly', 'wronly', 'rdwr'] },
  CREATE: { count: [1], options: [] },
  GOPEN: { count: [1], options: [] },
  TUN: { count: [0, 1], options: ['tun-type', 'tun-name', 'tun-device', 'iff-up', 'iff-no-pi'] },
  INTERFACE: { count: [1], options: [] },
  'UDP4-CONNECT': { count: [2], options: UDP_OPTIONS },
  'UDP4-SENDTO': { count: [2], options: UDP_OPTIONS },
  'UDP4-DATAGRAM': { count: [2], options: UDP_OPTIONS },
  'UDP4-LISTEN': { count: [1], options: UDP_OPTIONS },
  'UDP4-RECVFROM': { count: [1], options: UDP_OPTIONS },
  'UDP4-RECV': { count: [1], options: UDP_OPTIONS },
}
const OPTION_ALIASES: Readonly<Record<string, string>> = {
  up: 'iff-up',
  'no-pi': 'iff-no-pi',
  sp: 'sourceport',
  'so-reuseaddr': 'reuseaddr',
  'so-broadcast': 'broadcast',
  'ip-ttl': 'ttl',
  'ip-tos': 'tos',
  bindtodevice: 'so-bindtodevice',
  if: 'so-bindtodevice',
  interface: 'so-bindtodevice',
  o_append: 'append',
  o_creat: 'creat',
  create: 'creat',
  o_trunc: 'trunc',
}
/** Known to socat, and not here. */
const ELSEWHERE =
  /^(?:TCP|UDP6|UDPLITE|UNIX|ABSTRACT|GOPEN|PIPE|PTY|OPENSSL|SSL|SOCKS|PROXY|SCTP|DCCP|IP|READLINE|SOCKET|VSOCK|FD|\d)/

export function parseAddress(process: Process, text: string): Address {
  const [, name = '', rest = ''] = /^([^:,]*):?(.*)$/s.exec(text)!
  const typed = name.toUpperCase()
  const type = TYPES[typed] ?? typed
  const shape = SHAPES[type]
  if (shape === undefined) {
    if (ELSEWHERE.test(type)) throw new Exit(notSupported(process, `socat ${name}`))
    return die(process, `unknown device/address "${name}"`)
  }
  const [head = '', ...given] = rest.split(',')
  const words =
    head === '' && shape.count[0] === 0 ? [] : shape.count.includes(2) || type === 'TUN' ? head.split(':') : [head]
  if (!shape.count.includes(words.length)) {
    die(process, `${name}: wrong number of parameters (${words.length} instead of ${shape.count.join(' or ')})`)
  }
  const options = new Map(
    given.map(option => {
      const [key = '', value = ''] = option.split(/=(.*)/s)
      return [OPTION_ALIASES[key.toLowerCase()] ?? key.toLowerCase(), value]
    }),
  )
  const unknown = [...options.keys()].find(option => !shape.options.includes(option))
  if (unknown !== undefined) throw new Exit(notSupported(process, `socat ${name}: option ${unknown}`))
  return { type, words, options }
}

/** `2026/11/22 22:15:30 socat[176] E WORDS`, in the time of the simulation. */
export function complain(process: Process, words: string): void {
  const stamp = new Date((EPOCH_S + Math.floor(process.world.now / NS_PER_S)) * 1000).toISOString()
  process.stderr(`${stamp.slice(0, 10).replaceAll('-', '/')} ${stamp.slice(11, 19)} socat[${process.pid}] E ${words}\n`)
}

export function die(process: Process, words: string): never {
  complain(process, words)
  throw new Exit(1)
}

export const failed = (process: Process, call: string, errno: Errno): never =>
  die(process, `${call}: ${strerror(errno)}`)

/** A signal that arrives while socat waits ends it. */
export function obey(wake: Wake): Wake {
  if (wake.by === 'signal') throw new Exit(signalStatus(wake.signal))
  return wake
}

export function* resolve(process: Process, text: string): Steps<ip.Ip> {
  const number = inetAton(text)
  if (number !== undefined) return number
  const wake = obey(yield { for: 'file', path: '/etc/hosts' })
  const [host] = wake.by === 'file' ? hostsNamed(parseHosts(wake.text), text) : []
  return host?.address ?? die(process, `getaddrinfo("${text}", "NULL", {1,2,2,17}, {}): Name or service not known`)
}

/** A port by number; `host` is the one that it was typed with. */
export function portOf(process: Process, text = '', host?: string): number {
  if (/^\d+$/.test(text) && Number(text) <= 0xffff) return Number(text)
  if (host === undefined) return die(process, `cannot resolve service "${text}/17"`)
  return die(process, `getaddrinfo"${host}", "${text}", {1,0,2,0}, {}): Servname not supported for ai_socktype`)
}
