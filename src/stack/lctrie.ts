/**
 * The trie that Linux keeps routes in, as far as its shape goes: which nodes there are, how wide each is.
 *
 * Follows Linux net/ipv4/fib_trie.c: fib_find_node, fib_insert_node, trie_rebalance, resize (inflate, halve, collapse,
 * replace) and the walk of fib_table_flush. The shape hangs on everything that was ever inserted and removed, in order.
 * Nothing is looked up in it (see prefixes.ts): it is made when somebody reads /proc/net/fib_trie. Left out: suffix
 * lengths, which only lookups need.
 */

/** Percentages, for the root and for all others. */
const INFLATE = { root: 30, other: 50 }
const HALVE = { root: 15, other: 25 }
/** MAX_WORK: how often one node is doubled or halved at a time. */
const WORK_MAX = 10
const KEY_BITS = 32

export class TrieNode {
  readonly key: number
  /** The lowest bit that chooses a child, and how many bits do; a leaf has none. */
  readonly pos: number
  readonly bits: number
  readonly children: (TrieNode | undefined)[]
  parent: TrieNode | undefined = undefined
  /** Children that skip no bits; those that are not there. */
  full = 0
  empty: number

  constructor(key: number, pos: number, bits: number) {
    const shift = pos + bits
    this.key = shift < KEY_BITS ? ((key >>> shift) << shift) >>> 0 : 0
    this.pos = pos
    this.bits = bits
    this.children = new Array<TrieNode | undefined>(1 << bits).fill(undefined)
    this.empty = this.children.length
  }

  get isLeaf(): boolean {
    return this.bits === 0 && this.pos === 0
  }

  get isRoot(): boolean {
    return this.pos === KEY_BITS
  }

  /** get_index; beyond the children where the key does not belong here. */
  index(key: number): number {
    return this.isRoot ? 0 : ((key ^ this.key) >>> 0) >>> this.pos
  }
}

export class LcTrie {
  /** Above the first node, which is its only child. */
  readonly top = new TrieNode(0, KEY_BITS, 0)

  insert(key: number): void {
    let [parent] = this.#find(key)
    const there = parent.children[parent.index(key)]
    if (there !== undefined) {
      const node = new TrieNode(key, 31 - Math.clz32(key ^ there.key), 1)
      put(node, node.index(key) ^ 1, there)
      node.parent = parent
      put(parent, parent.index(key), node)
      there.parent = node
      parent = node
    }
    const leaf = new TrieNode(key, 0, 0)
    leaf.parent = parent
    put(parent, parent.index(key), leaf)
    rebalance(parent)
  }

  remove(key: number): void {
    const [parent] = this.#find(key)
    put(parent, parent.index(key), undefined)
    rebalance(parent)
  }

  /** fib_table_flush: the whole trie backwards; every node is looked at when it is done. */
  flush(keys: ReadonlySet<number>): void {
    let node = this.top
    for (let at = 1; ; ) {
      if (at === 0) {
        if (node.isRoot) return
        const { key } = node
        node = resize(node)
        at = node.index(key)
        continue
      }
      const child = node.children[--at]
      if (child === undefined) continue
      if (!child.isLeaf) {
        node = child
        at = child.children.length
      } else if (keys.has(child.key)) put(node, at, undefined)
    }
  }

  /** The node whose child has this key, or would have it. */
  #find(key: number): [parent: TrieNode, leaf: TrieNode | undefined] {
    let parent = this.top
    for (;;) {
      const child = parent.children[parent.index(key)]
      if (child === undefined || child.index(key) >= child.children.length) return [parent, undefined]
      if (child.isLeaf) return [parent, child]
      parent = child
    }
  }
}

/** tnode_full: a node that begins with the very next bit. */
const isFull = (node: TrieNode, child: TrieNode | undefined): boolean =>
  child !== undefined && !child.isLeaf && child.pos + child.bits === node.pos

/** put_child */
function put(node: TrieNode, at: number, child: TrieNode | undefined): void {
  const old = node.children[at]
  if (child === undefined && old !== undefined) node.empty++
  else if (child !== undefined && old === undefined) node.empty--
  if (isFull(node, old)) node.full--
  if (isFull(node, child)) node.full++
  node.children[at] = child
}

/** trie_rebalance */
function rebalance(from: TrieNode): void {
  for (let node = from; !node.isRoot; ) node = resize(node)
}

/** Answers its parent, in which another node may now have its place. */
function resize(start: TrieNode): TrieNode {
  let node = start
  let parent = node.parent!
  const at = parent.index(node.key)
  let work = WORK_MAX
  while (shouldInflate(parent, node) && work > 0) {
    parent = inflate(node)
    work--
    node = parent.children[at]!
  }
  if (work !== WORK_MAX) return node.parent!
  while (shouldHalve(parent, node) && work > 0) {
    parent = halve(node)
    work--
    node = parent.children[at]!
  }
  return node.children.length - node.empty < 2 ? collapse(node) : node.parent!
}

function shouldInflate(parent: TrieNode, { children, empty, full, pos }: TrieNode): boolean {
  const used = children.length - empty + full
  const threshold = children.length * (parent.isRoot ? INFLATE.root : INFLATE.other)
  return used > 1 && pos > 0 && 50 * used >= threshold
}

function shouldHalve(parent: TrieNode, { children, empty, bits }: TrieNode): boolean {
  const used = children.length - empty
  const threshold = children.length * (parent.isRoot ? HALVE.root : HALVE.other)
  return used > 1 && bits > 1 && 100 * used < threshold
}

/** Twice as many children: those that were full give two each. */
function inflate(old: TrieNode): TrieNode {
  const node = new TrieNode(old.key, old.pos - 1, old.bits + 1)
  for (let i = old.children.length; i-- > 0; ) {
    const child = old.children[i]
    if (child === undefined) continue
    if (!isFull(old, child)) put(node, node.index(child.key), child)
    else if (child.bits === 1) {
      put(node, 2 * i + 1, child.children[1])
      put(node, 2 * i, child.children[0])
    } else {
      const half = child.children.length / 2
      const upper = new TrieNode((child.key | (1 << node.pos)) >>> 0, child.pos, child.bits - 1)
      const lower = new TrieNode(child.key, child.pos, child.bits - 1)
      for (let j = 0; j < half; j++) {
        put(upper, j, child.children[j + half])
        put(lower, j, child.children[j])
      }
      put(node, 2 * i + 1, upper)
      put(node, 2 * i, lower)
    }
  }
  return replace(old, node)
}

/** Half as many: two that are both there become a node of their own. */
function halve(old: TrieNode): TrieNode {
  const node = new TrieNode(old.key, old.pos + 1, old.bits - 1)
  for (let i = 0; i < old.children.length; i += 2) {
    const low = old.children[i]
    const high = old.children[i + 1]
    if (low === undefined || high === undefined) {
      put(node, i / 2, high ?? low)
      continue
    }
    const pair = new TrieNode(low.key, old.pos, 1)
    put(pair, 1, high)
    put(pair, 0, low)
    put(node, i / 2, pair)
  }
  return replace(old, node)
}

/** Puts a node in the place of another, and looks at its full children, the last one first. */
function replace(old: TrieNode, node: TrieNode): TrieNode {
  const parent = old.parent!
  node.parent = parent
  put(parent, parent.index(node.key), node)
  adopt(node)
  for (let i = node.children.length; i-- > 0; ) {
    const child = node.children[i]
    if (isFull(node, child)) resize(child!)
  }
  return parent
}

/** update_children: also those of the new nodes in between. */
function adopt(node: TrieNode): void {
  for (const child of node.children) {
    if (child === undefined) continue
    const isNew = child.parent === undefined
    child.parent = node
    if (isNew) adopt(child)
  }
}

/** The only child that is left, if any, takes the node's place. */
function collapse(node: TrieNode): TrieNode {
  const parent = node.parent!
  const child = node.children.find(each => each !== undefined)
  put(parent, parent.index(node.key), child)
  if (child !== undefined) child.parent = parent
  return parent
}
