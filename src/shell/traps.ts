/**
 * Traps for EXIT and ERR, which the library does not have.
 *
 * A script that sets traps runs as the last part of a pipeline with `lastpipe`: that is a place which catches `exit`
 * and `set -e` and still is the shell itself, so that the trap sees every variable. A command whose failure would run
 * an ERR trap becomes `{ cmd || { vethereal-err ...; eval "$TEXT"; vethereal-status "$STATUS"; }; }`.
 *
 * Left out: DEBUG and RETURN, traps of subshells, ERR traps set by a sourced file.
 */
import { Fd, Internal, Variable } from './names.ts'
import {
  duplicate,
  type Group,
  group,
  literal,
  type PipelineNode,
  parameter,
  pipeline,
  quoted,
  type SimpleCommandNode,
  type StatementNode,
  simple,
  statement,
  textOf,
  variable,
  type WordNode,
} from './syntax.ts'

export interface Traps {
  /** The text sets a trap of any kind. */
  readonly any: boolean
  /** It sets one for ERR. */
  readonly err: boolean
  /** ERR traps hold in functions and subshells: `set -E`. */
  readonly inherited: boolean
}

/** What traps a text sets, looked for before it is rewritten. */
export function trapsOf(value: unknown, found = { any: false, err: false, inherited: false }): Traps {
  if (Array.isArray(value)) for (const each of value) trapsOf(each, found)
  else if (typeof value === 'object' && value !== null) {
    const node = value as { type?: string }
    if (node.type === 'SimpleCommand') look(node as SimpleCommandNode, found)
    for (const each of Object.values(value)) if (typeof each === 'object') trapsOf(each, found)
  }
  return found
}

function look(node: SimpleCommandNode, found: { any: boolean; err: boolean; inherited: boolean }): void {
  const name = textOf(node.name)
  const words = node.args.map(arg => textOf(arg) ?? '')
  if (name === 'trap') {
    found.any = true
    if (words.some(word => /^(SIG)?ERR$/i.test(word))) found.err = true
  }
  if (name === 'set' && words.some(word => /^-\w*E/.test(word) || word === 'errtrace')) found.inherited = true
}

/** The whole script, with its EXIT trap after it. */
export function withExitTrap(prelude: readonly StatementNode[], body: readonly StatementNode[]): StatementNode[] {
  const script: PipelineNode = {
    type: 'Pipeline',
    commands: [
      internal(Internal.Stdin, [], [duplicate(1, 1)]),
      leaf(group([command('shopt', '-u', 'lastpipe'), ...body])),
    ],
    negated: false,
  }
  const ended = (status: WordNode): PipelineNode => pipeline(internal(Internal.Exit, [status]))
  return [
    ...prelude,
    command('shopt', '-s', 'lastpipe'),
    {
      type: 'Statement',
      pipelines: [script, ended(literal('0')), ended(parameter('?'))],
      operators: ['&&', '||'],
      background: false,
    },
    command('set', '+e'),
    ...handler(),
    statement(simple(literal('exit'), [variable(Variable.Status)])),
  ]
}

/** `P` with an ERR trap after its failure. */
export function withErrTrap(node: PipelineNode, line: number | undefined, text: string | undefined): PipelineNode {
  const tell = internal(Internal.Err, [
    parameter('?'),
    literal(String(line ?? 0)),
    quoted((text ?? '').replaceAll("'", '"')),
  ])
  const told: StatementNode = {
    type: 'Statement',
    pipelines: [pipeline(tell), pipeline(simple(literal(':'), []))],
    operators: ['&&'],
    background: false,
  }
  const either: StatementNode = {
    type: 'Statement',
    pipelines: [node, pipeline(group([told, ...handler()]))],
    operators: ['||'],
    background: false,
  }
  return pipeline(group([either]))
}

/** Runs the text of the trap with `$?` as it was, and puts `$?` back. */
const handler = (): StatementNode[] => [
  safely(internal(Internal.Status, [variable(Variable.Status)])),
  statement(leaf(simple(literal('eval'), [variable(Variable.Text)]))),
  statement(internal(Internal.Status, [variable(Variable.Status)])),
]

const safely = (node: SimpleCommandNode): StatementNode => ({
  type: 'Statement',
  pipelines: [pipeline(node), pipeline(simple(literal(':'), []))],
  operators: ['&&'],
  background: false,
})

/** Ends at the descriptors of the shell, as every rewritten command does. */
const leaf = <T extends SimpleCommandNode | Group>(node: T): T => ({
  ...node,
  redirections: [duplicate(1, Fd.Out), duplicate(2, Fd.Err)],
})

const internal = (
  name: string,
  args: WordNode[],
  redirections: SimpleCommandNode['redirections'] = [],
): SimpleCommandNode => simple(literal(name), args, redirections)

const command = (name: string, ...args: string[]): StatementNode => statement(simple(literal(name), args.map(literal)))
