/**
 * `set -e` in lists. In bash a command whose status is asked for by `&&`, `||` or `!` does not end the shell, nor does
 * anything that runs inside it; the library sees only the command itself. It is right about conditions of `if`, so
 * lists whose left parts may run other commands become conditions:
 *
 *     f || g   becomes   if f; then :; else g; fi
 *     f && g   becomes   if f; then g; else vethereal-status $? && :; fi
 *     ! f      becomes   if f; then vethereal-status 1 && :; else :; fi
 *
 * A command substitution does not inherit `set -e` either, so its statements are a condition as well.
 *
 * The left part of an `&&` whose right part does not run ends no shell: hence the `&& :`.
 */
import { Internal } from './names.ts'
import {
  type CommandNode,
  literal,
  type PipelineNode,
  parameter,
  pipeline,
  type ScriptNode,
  type StatementNode,
  simple,
  statement,
  textOf,
} from './syntax.ts'

/** Builtins that run other commands. */
const RUNNERS: ReadonlySet<string> = new Set(['eval', 'source', '.', 'command', 'builtin'])

/** The list with every left part safe, or the list itself where that makes no difference. */
export function safeList(node: StatementNode, functions: ReadonlySet<string>): StatementNode {
  const { pipelines, operators } = node
  if (!pipelines.some((each, i) => (i < operators.length || each.negated) && runsOthers(each, functions))) return node
  const [first, ...rest] = pipelines
  let list = negation(first!, functions)
  rest.forEach((each, i) => {
    const right = negation(each, functions)
    list = pipeline(operators[i] === '||' ? otherwise(list, right) : both(list, right))
  })
  return { ...node, pipelines: [list], operators: [] }
}

/** `$(f; g)` becomes `$(if f; g; then :; else vethereal-status $? && :; fi)`. */
export function safeSubstitution(body: ScriptNode, functions: ReadonlySet<string>): void {
  const { statements } = body
  if (statements.length < 2 && !statements.some(each => each.pipelines.some(one => runsOthers(one, functions)))) return
  body.statements = [
    statement({
      type: 'If',
      clauses: [{ condition: statements, body: [statement(nothing())] }],
      elseBody: [safely(simple(literal(Internal.Status), [parameter('?')]))],
      redirections: [],
    }),
  ]
}

/** The names of all functions that a script defines anywhere. */
export function functionNames(value: unknown, names = new Set<string>()): Set<string> {
  if (Array.isArray(value)) for (const each of value) functionNames(each, names)
  else if (typeof value === 'object' && value !== null) {
    if ((value as CommandNode).type === 'FunctionDef') names.add((value as { name: string }).name)
    for (const each of Object.values(value)) if (typeof each === 'object') functionNames(each, names)
  }
  return names
}

function runsOthers({ commands }: PipelineNode, functions: ReadonlySet<string>): boolean {
  return commands.some(command => {
    if (command.type === 'ArithmeticCommand' || command.type === 'ConditionalCommand') return false
    if (command.type !== 'SimpleCommand') return command.type !== 'FunctionDef'
    if (command.name === null) return false
    const name = textOf(command.name)
    return name === undefined || functions.has(name) || RUNNERS.has(name)
  })
}

/** `! p` */
function negation(node: PipelineNode, functions: ReadonlySet<string>): PipelineNode {
  if (!node.negated || !runsOthers(node, functions)) return node
  const asked = { ...node, negated: false }
  return pipeline(choice(asked, safely(simple(literal(Internal.Status), [literal('1')])), statement(nothing())))
}

const otherwise = (left: PipelineNode, right: PipelineNode): CommandNode =>
  choice(left, statement(nothing()), alone(right))

const both = (left: PipelineNode, right: PipelineNode): CommandNode =>
  choice(left, alone(right), safely(simple(literal(Internal.Status), [parameter('?')])))

const nothing = (): CommandNode => simple(literal(':'), [])

const alone = (node: PipelineNode): StatementNode => ({
  type: 'Statement',
  pipelines: [node],
  operators: [],
  background: false,
})

/** A command whose status does not end the shell. */
const safely = (command: CommandNode): StatementNode => ({
  type: 'Statement',
  pipelines: [pipeline(command), pipeline(nothing())],
  operators: ['&&'],
  background: false,
})

const choice = (condition: PipelineNode, yes: StatementNode, no: StatementNode): CommandNode => ({
  type: 'If',
  clauses: [{ condition: [alone(condition)], body: [yes] }],
  elseBody: [no],
  redirections: [],
})
