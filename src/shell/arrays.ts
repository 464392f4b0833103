/**
 * `declare -A map=([a]="b c")`: the library cuts values with subscripts at blanks when they are assigned in the
 * declaration. An assignment of its own is right, so the declaration becomes `{ declare -A map; map=([a]="b c"); }`.
 */
import {
  type CommandNode,
  group,
  type SimpleCommandNode,
  statement,
  textOf,
  type WordNode,
  type WordPart,
} from './syntax.ts'

const DECLARATIONS: ReadonlySet<string> = new Set(['declare', 'local', 'typeset'])
const NAME = /^(\w+)=\(/

export function arrayDeclaration(node: SimpleCommandNode): CommandNode {
  if (!DECLARATIONS.has(textOf(node.name) ?? '')) return node
  if (node.args.some(arg => /^-\w*r/.test(textOf(arg) ?? ''))) return node
  const found = node.args.map(assigned)
  if (found.every(each => each === undefined)) return node
  const args = node.args.map((arg, i) => found[i]?.declared ?? arg)
  const assignments = found.flatMap(each =>
    each === undefined
      ? []
      : [{ type: 'Assignment' as const, name: each.name, value: null, append: false, array: each.values }],
  )
  const assign: SimpleCommandNode = { ...node, name: null, args: [], assignments, redirections: [] }
  return group([statement({ ...node, args }), statement(assign)])
}

/** `NAME=(...)`: the name, and the words within. */
function assigned(word: WordNode): { name: string; declared: WordNode; values: WordNode[] } | undefined {
  const [first, ...rest] = word.parts
  const last = word.parts.at(-1)
  if (first?.type !== 'Literal' || last?.type !== 'Literal' || !last.value.endsWith(')')) return undefined
  const name = NAME.exec(first.value)?.[1]
  if (name === undefined) return undefined
  const inside: WordPart[] = [{ ...first, value: first.value.slice(name.length + 2) }, ...rest]
  const end = inside.at(-1) as { value: string } & WordPart
  inside[inside.length - 1] = { ...end, value: end.value.slice(0, -1) } as WordPart
  return { name, declared: { type: 'Word', parts: [{ type: 'Literal', value: name }] }, values: words(inside) }
}

/** Parts between blanks that nothing quotes. */
function words(parts: readonly WordPart[]): WordNode[] {
  const all: WordPart[][] = [[]]
  for (const part of parts) {
    if (part.type !== 'Literal') {
      all.at(-1)!.push(part)
      continue
    }
    part.value.split(/[ \t\n]+/).forEach((value, i) => {
      if (i > 0) all.push([])
      if (value !== '') all.at(-1)!.push({ ...part, value })
    })
  }
  return all.filter(each => each.length > 0).map(each => ({ type: 'Word', parts: each }))
}
