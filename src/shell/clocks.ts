/**
 * Variables that tell time, chance and the last job. The library takes them from the real clock, from Math.random, or
 * does not have them; in a rewritten script `vethereal-clock` answers (internals.ts).
 */
import { hasBits } from './bits.ts'
import { Internal, Variable } from './names.ts'
import { called, collect } from './routes.ts'
import {
  type CommandNode,
  group,
  literal,
  quoted,
  type ScriptNode,
  type SimpleCommandNode,
  simple,
  statement,
} from './syntax.ts'

/** Variables that the library takes from the real clock or from Math.random, by what `vethereal-clock` calls them. */
const CLOCKS: Readonly<Record<string, string>> = {
  EPOCHREALTIME: 'realtime',
  EPOCHSECONDS: 'epoch',
  RANDOM: 'random',
  SECONDS: 'seconds',
}

interface Node {
  readonly type: string
}
export type Parameter = Node & { parameter: string; operation: unknown }

/** `SECONDS=0` sets the shell's clock. */
export function assignments(node: SimpleCommandNode): CommandNode {
  const clock = node.assignments.find(assignment => assignment.name === 'SECONDS')
  if (clock === undefined || clock.array !== null) return node
  const set = called(simple(literal(Internal.Seconds), [clock.value ?? quoted('')], [], node.line))
  const rest = node.assignments.filter(assignment => assignment !== clock)
  if (rest.length === 0) return set
  return group([statement({ ...node, assignments: rest }), statement(set)])
}

export function clockOr(node: Parameter): Node {
  if (node.operation !== null) return node
  if (node.parameter === '!') return { ...node, parameter: Variable.Job } as Node
  const clock = CLOCKS[node.parameter]
  if (clock === undefined) return node
  if (clock === 'realtime') {
    const body: ScriptNode = {
      type: 'Script',
      statements: [statement(called(simple(literal(Internal.Clock), [literal(clock)])))],
    }
    collect(body)
    return { type: 'CommandSubstitution', body, legacy: false } as Node
  }
  return {
    type: 'ArithmeticExpansion',
    expression: { type: 'ArithmeticExpression', expression: askClock(clock) },
  } as Node
}

export function arithmeticVariable(node: Node & { name: string }): Node {
  const clock = CLOCKS[node.name]
  return clock === undefined || clock === 'realtime' ? node : askClock(clock)
}

/**
 * The library parses the text of an expression once more when there is a `$name` in it. That would undo what was
 * rewritten, so the text goes where something was.
 */
export function withoutText(node: Node & { originalText?: string }): Node {
  const json = JSON.stringify(node)
  if (!json.includes('"ArithCommandSubst"') && !hasBits(json)) return node
  const { originalText: _, ...rest } = node
  return rest
}

/** Of all ways to run a command in an expansion, this one leaves `$?` alone. */
const askClock = (clock: string): Node => ({ type: 'ArithCommandSubst', command: `${Internal.Clock} ${clock}` }) as Node

export const arithVariable = (name: string): Node => ({ type: 'ArithVariable', name }) as Node
