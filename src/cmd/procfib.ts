/**
 * /proc/net/fib_trie and /proc/net/fib_triestat: the tries that the kernel keeps routes in.
 *
 * Follows Linux net/ipv4/fib_trie.c: fib_trie_seq_show, trie_collect_stats, trie_show_stats, with sizes as on a machine
 * of 64 bits.
 */
import { Table } from '../control/request.ts'
import type { NetnsId } from '../core/device.ts'
import type { LcTrie, TrieNode } from '../stack/lctrie.ts'
import type { FibAlias } from '../stack/prefixes.ts'
import * as ip from '../wire/ip.ts'
import type { World } from '../world/world.ts'

const SCOPES: Readonly<Record<number, string>> = {
  0: 'universe',
  200: 'site',
  253: 'link',
  254: 'host',
  255: 'nowhere',
}
const TYPES = [
  'UNSPEC',
  'UNICAST',
  'LOCAL',
  'BROADCAST',
  'ANYCAST',
  'MULTICAST',
  'BLACKHOLE',
  'UNREACHABLE',
  'PROHIBIT',
  'THROW',
  'NAT',
]
const LEAF_BYTES = 48
const NODE_BYTES = 40
const ALIAS_BYTES = 56
const POINTER_BYTES = 8
const INDENT = '   '

const titleOf = (table: number): string =>
  table === Table.Local ? 'Local:\n' : table === Table.Main ? 'Main:\n' : `Id ${table}:\n`

export function fibTrie(world: World, netns: NetnsId): string {
  let text = ''
  for (const { table, trie, entries } of world.netns(netns).stack.inet.fib.tries()) {
    const byKey = new Map<number, FibAlias[]>()
    for (const entry of entries) {
      const those = byKey.get(entry.prefix)
      if (those === undefined) byKey.set(entry.prefix, [entry])
      else those.push(entry)
    }
    for (const [node, depth] of walk(trie)) {
      if (depth === 0) text += titleOf(table)
      text += node.isLeaf ? leafText(node, depth, byKey.get(node.key) ?? []) : nodeText(node, depth)
    }
  }
  return text
}

/** Depth first, from the first child on. */
function* walk(trie: LcTrie): Generator<readonly [TrieNode, number]> {
  const visit = function* (node: TrieNode, depth: number): Generator<readonly [TrieNode, number]> {
    yield [node, depth]
    for (const child of node.children) if (child !== undefined) yield* visit(child, depth + 1)
  }
  const [first] = trie.top.children
  if (first !== undefined) yield* visit(first, 0)
}

const nodeText = ({ key, pos, bits, full, empty }: TrieNode, depth: number): string =>
  `${INDENT.repeat(depth)}  +-- ${ip.format(key as ip.Ip)}/${32 - pos - bits} ${bits} ${full} ${empty}\n`

function leafText({ key }: TrieNode, depth: number, entries: readonly FibAlias[]): string {
  const lines = entries.map(({ length, info, type, tos }) => {
    const what = `${SCOPES[info.scope] ?? `scope=${info.scope}`} ${TYPES[type] ?? `type ${type}`}`
    return `${INDENT.repeat(depth + 1)}  /${length} ${what}${tos === 0 ? '' : ` tos=${tos}`}\n`
  })
  return `${INDENT.repeat(depth)}  |-- ${ip.format(key as ip.Ip)}\n${lines.join('')}`
}

export function fibTriestat(world: World, netns: NetnsId): string {
  const parts = world
    .netns(netns)
    .stack.inet.fib.tries()
    .map(({ table, trie, entries }) => titleOf(table) + statText(trie, entries.length))
  return `Basic info: size of leaf: ${LEAF_BYTES} bytes, size of tnode: ${NODE_BYTES} bytes.\n${parts.join('')}`
}

function statText(trie: LcTrie, prefixes: number): string {
  let leaves = 0
  let nodes = 0
  let depths = 0
  let deepest = 0
  let empty = 0
  /** How many nodes choose by so many bits. */
  const sizes = new Map<number, number>()
  for (const [node, depth] of walk(trie)) {
    if (node.isLeaf) {
      leaves++
      depths += depth
      deepest = Math.max(deepest, depth)
    } else {
      nodes++
      empty += node.empty
      sizes.set(node.bits, (sizes.get(node.bits) ?? 0) + 1)
    }
  }
  const average = leaves === 0 ? 0 : Math.floor((depths * 100) / leaves)
  const sorted = [...sizes].sort(([a], [b]) => a - b)
  const pointers = sorted.reduce((sum, [bits, count]) => sum + count * 2 ** bits, 0)
  const bytes = LEAF_BYTES * leaves + ALIAS_BYTES * prefixes + NODE_BYTES * nodes + POINTER_BYTES * pointers
  return [
    `\tAver depth:     ${Math.floor(average / 100)}.${String(average % 100).padStart(2, '0')}`,
    `\tMax depth:      ${deepest}`,
    `\tLeaves:         ${leaves}`,
    `\tPrefixes:       ${prefixes}`,
    `\tInternal nodes: ${nodes}`,
    `\t${sorted.map(([bits, count]) => `  ${bits}: ${count}`).join('')}`,
    `\tPointers: ${pointers}`,
    `Null ptrs: ${empty}`,
    `Total size: ${Math.ceil(bytes / 1024)}  kB`,
    '',
  ].join('\n')
}
