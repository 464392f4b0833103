/** The parts of just-bash's syntax tree that the shell builds and looks at, and short ways to make them. */
import type { CommandNode, PipelineNode, ScriptNode, SimpleCommandNode, StatementNode, WordNode } from 'just-bash'

export type { CommandNode, PipelineNode, ScriptNode, SimpleCommandNode, StatementNode, WordNode }
export type Redirection = SimpleCommandNode['redirections'][number]
export type WordPart = WordNode['parts'][number]
export type FunctionDef = Extract<CommandNode, { type: 'FunctionDef' }>
export type Group = Extract<CommandNode, { type: 'Group' }>

export const literal = (value: string): WordNode => ({ type: 'Word', parts: [{ type: 'Literal', value }] })

export const quoted = (value: string): WordNode => ({ type: 'Word', parts: [{ type: 'SingleQuoted', value }] })

/** `"$NAME"` */
export const variable = (name: string): WordNode => ({
  type: 'Word',
  parts: [{ type: 'DoubleQuoted', parts: [{ type: 'ParameterExpansion', parameter: name, operation: null }] }],
})

/** `$NAME` */
export const parameter = (name: string): WordNode => ({
  type: 'Word',
  parts: [{ type: 'ParameterExpansion', parameter: name, operation: null }],
})

/** `FD>&FROM` */
export const duplicate = (fd: number, from: number): Redirection => ({
  type: 'Redirection',
  fd,
  operator: '>&',
  target: literal(String(from)),
})

export const open = (fd: number, operator: '<' | '>>', path: string): Redirection => ({
  type: 'Redirection',
  fd,
  operator,
  target: literal(path),
})

export const simple = (
  name: WordNode,
  args: WordNode[],
  redirections: Redirection[] = [],
  line?: number | undefined,
): SimpleCommandNode => ({
  type: 'SimpleCommand',
  assignments: [],
  name,
  args,
  redirections,
  ...(line === undefined ? {} : { line }),
})

export const pipeline = (command: CommandNode): PipelineNode => ({
  type: 'Pipeline',
  commands: [command],
  negated: false,
})

export const statement = (command: CommandNode): StatementNode => ({
  type: 'Statement',
  pipelines: [pipeline(command)],
  operators: [],
  background: false,
})

/** `{ ...; }` */
export const group = (body: StatementNode[], redirections: Redirection[] = []): Group => ({
  type: 'Group',
  body,
  redirections,
})

/** The text of a word that no expansion can change, or undefined. */
export function textOf(word: WordNode | null): string | undefined {
  let text = ''
  for (const part of word?.parts ?? []) {
    if (part.type === 'Literal' || part.type === 'SingleQuoted' || part.type === 'Escaped') text += part.value
    else if (part.type === 'DoubleQuoted') {
      const inner = textOf({ type: 'Word', parts: part.parts })
      if (inner === undefined) return undefined
      text += inner
    } else return undefined
  }
  return word === null ? undefined : text
}
