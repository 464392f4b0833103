/**
 * Rewrites a parsed script: its output goes where it should when it is produced (routes.ts), and it has what the
 * library lacks: jobs, `$!`, `exec`, `eval` and `source` of rewritten text, traps, simulated time and chance
 * (clocks.ts).
 *
 * Left out: `coproc`, aliases that hold redirections.
 */

import { arrayDeclaration } from './arrays.ts'
import { Bits } from './bits.ts'
import { arithmeticVariable, arithVariable, assignments, clockOr, type Parameter, withoutText } from './clocks.ts'
import { hereString } from './heredoc.ts'
import { functionNames, safeList, safeSubstitution } from './lists.ts'
import { Fd, Internal, Variable } from './names.ts'
import {
  around,
  type Beginning,
  type Compound,
  called,
  collect,
  endAtDescriptors,
  follow,
  prelude,
  traced,
  withoutPipedErrors,
} from './routes.ts'
import {
  type CommandNode,
  duplicate,
  type FunctionDef,
  group,
  literal,
  type PipelineNode,
  pipeline,
  type Redirection,
  type ScriptNode,
  type SimpleCommandNode,
  type StatementNode,
  simple,
  statement,
  textOf,
  variable,
  type WordNode,
} from './syntax.ts'
import { type Traps, trapsOf, withErrTrap, withExitTrap } from './traps.ts'

/** Where text stands that is not a script itself. */
export interface TextPlace {
  /** The line of the script in which its first line is: `eval`. */
  readonly firstLine?: number
  /** What $LINENO is everywhere in it: traps. */
  readonly lineNumber?: number
  /** The variable that has the name of its file; that of the script when absent. */
  readonly source?: string
}

/** What the rewriter needs from the shell that runs the script. */
export interface Surroundings {
  /** Keeps a statement that is to run in the background; answers the number by which `vethereal-job` finds it. */
  job(statement: StatementNode, text: string): number
  readonly place: TextPlace
  /** `set -x` is on. */
  readonly traces: boolean
  /** Names of functions that other texts have defined. */
  functions(): Iterable<string>
  /** A function is defined somewhere in this text. */
  defined(definition: FunctionDef): void
  /** Parses and rewrites text that the library has left unparsed. */
  parse(text: string): ScriptNode
}

export function rewrite(script: ScriptNode, beginning: Beginning, surroundings: Surroundings): ScriptNode {
  const traps = trapsOf(script)
  const { statements } = new Rewriter(surroundings, script, traps, beginning === 'inherited').visit(script)
  const first = prelude(beginning)
  const all = traps.any && beginning === 'terminal' ? withExitTrap(first, statements) : [...first, ...statements]
  return { ...script, statements: all }
}

interface Node {
  readonly type: string
}

const isNode = (value: unknown): value is Node & Record<string, unknown> =>
  typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string'

/** Constructs that do not inherit an ERR trap. */
const SHELTERS: ReadonlySet<string> = new Set(['FunctionDef', 'Subshell', 'CommandSubstitution', 'ProcessSubstitution'])

class Rewriter {
  private readonly around: Surroundings
  private readonly functions: ReadonlySet<string>
  private readonly traps: Traps
  /** The result becomes text again: here-documents are not safe there. */
  private readonly isText: boolean
  /** The text turns `set -x` on. */
  private readonly traces: boolean
  private readonly bits = new Bits()
  /** Around the node in hand: constructs in which a failure runs no ERR trap. */
  private sheltered = 0

  constructor(surroundings: Surroundings, script: ScriptNode, traps: Traps, isText: boolean) {
    this.isText = isText
    this.around = surroundings
    this.traps = traps
    this.traces = surroundings.traces || usesXtrace(script)
    this.functions = functionNames(script, new Set(surroundings.functions()))
  }

  /** A node is visited after its children; arrays and plain objects are walked through. */
  visit<T>(value: T): T {
    if (Array.isArray(value)) {
      for (let i = 0; i < value.length; i++) value[i] = this.visit(value[i])
      return value
    }
    if (typeof value !== 'object' || value === null) return value
    const fields = (isNode(value) ? this.prepared(value) : value) as Record<string, unknown>
    const { firstLine = 1 } = this.around.place
    if (typeof fields.line === 'number') fields.line += firstLine - 1
    const shelter = isNode(fields) && !this.traps.inherited && SHELTERS.has(fields.type) ? 1 : 0
    this.sheltered += shelter
    for (const key of Object.keys(fields)) {
      const asked = key === 'condition' ? 1 : 0
      this.sheltered += asked
      fields[key] = this.visit(fields[key])
      this.sheltered -= asked
    }
    this.sheltered -= shelter
    return (isNode(fields) ? this.node(fields) : fields) as T
  }

  /** What must be done while the node is as the person wrote it. */
  private prepared(node: Node): Node {
    if (node.type === 'ConditionalCommand') return arithmeticAgain(node as Conditional)
    if (node.type === 'Statement') return safeList(node as StatementNode, this.functions)
    if (node.type === 'Pipeline') return withoutPipedErrors(node as PipelineNode)
    if (node.type === 'Redirection' && this.isText) return hereString(node as Redirection)
    if (node.type === 'CommandSubstitution') safeSubstitution((node as Substitution).body, this.functions)
    return node
  }

  private node(node: Node): Node {
    switch (node.type) {
      case 'Statement':
        return this.statement(node as StatementNode)
      case 'Pipeline':
        return this.pipeline(node as PipelineNode)
      case 'SimpleCommand':
        return this.simple(node as SimpleCommandNode)
      case 'ArithmeticCommand':
        return this.arithmeticCommand(node as Compound & ArithmeticExpansion)
      case 'ConditionalCommand':
        return endAtDescriptors(node as Compound)
      case 'If':
      case 'CStyleFor':
        return this.countingFor(node as Compound & { init: unknown })
      case 'For':
      case 'While':
      case 'Until':
      case 'Case':
      case 'Subshell':
      case 'Group':
        return around(node as Compound)
      case 'FunctionDef':
        this.around.defined(node as FunctionDef)
        return follow(node as Compound)
      case 'CommandSubstitution':
        collect((node as Substitution).body)
        return node
      case 'ProcessSubstitution': {
        const { body, direction } = node as unknown as { body: ScriptNode; direction: 'input' | 'output' }
        if (direction === 'input') collect(body)
        return node
      }
      case 'ParameterExpansion':
        return this.parameter(node as Parameter)
      case 'DoubleQuoted':
        return withDefault(node as DoubleQuoted)
      case 'ArithVariable':
        return arithmeticVariable(node as Node & { name: string })
      case 'ArithSpecialVar':
        return (node as Node & { name: string }).name === '!' ? arithVariable(Variable.Job) : node
      case 'ArithBinary':
        return this.bits.binary(node as Parameters<Bits['binary']>[0])
      case 'ArithUnary':
        return this.bits.unary(node as Parameters<Bits['unary']>[0])
      case 'ArithAssignment':
        return this.bits.assignment(node as Parameters<Bits['assignment']>[0])
      case 'ArithmeticExpression':
        return withoutText(node as Node & { originalText?: string })
      case 'ArithmeticExpansion':
        return this.arithmetic(node as ArithmeticExpansion)
      default:
        return node
    }
  }

  /** BASH_SOURCE is where the text stands, for a function too; those behind the first are not known. */
  private parameter(node: Parameter): Node {
    const { lineNumber, source = `${Variable.Source}_0` } = this.around.place
    if (/^BASH_SOURCE(\[0\])?$/.test(node.parameter)) return { ...node, parameter: source } as Node
    if (isNode(node.operation) && node.operation.type === 'ErrorIfUnset') return namingItself(node)
    if (lineNumber === undefined || node.parameter !== 'LINENO') return clockOr(node)
    return { type: 'Literal', value: String(lineNumber) } as Node
  }

  /** `cmd &`: the shell runs it as an activity of its own. */
  private statement(node: StatementNode): StatementNode {
    if (!node.background) return this.traps.err && this.sheltered === 0 ? errTrapped(node) : node
    const text = (node.sourceText ?? '').replace(/\s*&\s*$/, '')
    const job = this.around.job({ ...node, background: false }, text)
    const arrays: WordNode = { type: 'Word', parts: [{ type: 'DoubleQuoted', parts: [declaredArrays()] }] }
    const command = simple(literal(Internal.Job), [literal(String(job)), arrays], [], node.line)
    return { ...statement(this.simple(command)), ...(node.line === undefined ? {} : { line: node.line }) }
  }

  private pipeline(node: PipelineNode): PipelineNode {
    const { commands } = node
    for (let i = 0; i < commands.length - 1; i++) {
      const stage = commands[i]!
      stage.redirections.unshift(duplicate(Fd.Out, 1))
    }
    return node.timed === true ? this.timed(node) : node
  }

  /** `time PIPELINE`: the reserved word of the library reads the real clock. */
  private timed(node: PipelineNode): PipelineNode {
    const { timed: _, timePosix, negated, ...rest } = node
    const inner: StatementNode = {
      type: 'Statement',
      pipelines: [{ ...rest, negated: false }],
      operators: [],
      background: false,
    }
    const mark = (word: string): StatementNode =>
      statement(this.simple(simple(literal(Internal.Time), [literal(word)])))
    const end = timePosix === true ? 'end-posix' : 'end'
    return { ...pipeline(group([mark('begin'), inner, mark(end)])), negated }
  }

  private simple(node: SimpleCommandNode): CommandNode {
    if (node.name === null) {
      const assign = assignments(succeeding(node))
      return this.traces ? traced(assign) : assign
    }
    const name = textOf(node.name)
    switch (name) {
      case 'exec':
        return exec(node)
      case 'eval':
        return this.evaluate(node)
      case 'source':
      case '.':
        return this.source(node)
      case 'let':
        return this.let(node)
      case 'wait':
        return called({ ...node, name: literal(Internal.Wait) })
      case 'trap':
        return called({ ...node, name: literal(Internal.Trap), args: [variable('BASHPID'), ...node.args] })
    }
    if (name === undefined && !namesFile(node.name))
      return called({ ...node, name: nothing(), args: [node.name, ...node.args] })
    const declaration = arrayDeclaration(node)
    if (declaration.type === 'Group') return declaration
    if (namesFile(node.name)) return called({ ...node, name: literal(Internal.Run), args: [node.name, ...node.args] })
    return called(node, name !== undefined && this.functions.has(name))
  }

  private evaluate(node: SimpleCommandNode): CommandNode {
    if (node.args.length === 0) return called(node)
    const { line } = node
    const prepare = called(simple(literal(Internal.Eval), node.args, [], line))
    const run = called(simple(literal('eval'), [variable(Variable.Text)], [], line), true)
    return around(group([statement({ ...prepare, assignments: node.assignments }), statement(run)], node.redirections))
  }

  /** `let n>=3 m=4` */
  private let(node: SimpleCommandNode): CommandNode {
    const expressions = node.args.map(textOf)
    if (expressions.length === 0 || expressions.includes(undefined)) return called(node)
    const { statements } = this.around.parse(expressions.map(each => `((${each}))`).join('; '))
    return around(group(statements, node.redirections))
  }

  private source(node: SimpleCommandNode): CommandNode {
    const [file, ...args] = node.args
    if (file === undefined) return called(node)
    const { line } = node
    const prepare = called(simple(literal(Internal.Source), [file], [], line))
    const run = called(simple(literal('.'), [variable(Variable.File), ...args], [], line), true)
    return around(group([statement(prepare), statement(run)], node.redirections))
  }

  /**
   * `$(( $(cmd) + 1 ))`: the library runs such a command in a shell that has no variables. It becomes
   * `$(v=$(cmd) || :; echo $((v + 1)))`.
   */
  private arithmetic(node: ArithmeticExpansion): Node {
    const commands: StatementNode[] = []
    const expression = this.hoist(node.expression, commands)
    if (commands.length === 0) return node
    const echo = simple(literal('echo'), [{ type: 'Word', parts: [{ ...node, expression } as never] }])
    const body: ScriptNode = { type: 'Script', statements: [...commands, statement(called(echo))] }
    collect(body)
    return { type: 'CommandSubstitution', body, legacy: false } as Node
  }

  /** `(( $(cmd) > 3 ))`, likewise: `{ v=$(cmd) || :; ((v > 3)); }`. */
  private arithmeticCommand(node: Compound & ArithmeticExpansion): Node {
    const commands: StatementNode[] = []
    const expression = this.hoist(node.expression, commands)
    const command = endAtDescriptors({ ...node, expression }) as unknown as CommandNode
    return commands.length === 0 ? command : group([...commands, statement(command)])
  }

  /** `for ((i = $(cmd); ...))`, likewise. What is in its other two parts stays. */
  private countingFor(node: Compound & { init: unknown }): Node {
    const commands: StatementNode[] = []
    const loop = around({ ...node, init: this.hoist(node.init, commands) } as Compound) as unknown as CommandNode
    return commands.length === 0 ? loop : group([...commands, statement(loop)])
  }

  /**
   * Takes the user's own command substitutions out of an arithmetic expression, as assignments before it, and the
   * parameters of which a part is used (`${ip##*.}`), which the library does not expand there.
   */
  private hoist<T>(value: T, commands: StatementNode[]): T {
    if (Array.isArray(value)) return value.map(each => this.hoist(each, commands)) as T
    if (!isNode(value)) return value
    if (value.type === 'ArithCommandSubst' && !String(value.command).startsWith(Internal.Clock)) {
      const name = `${Variable.Text}_${commands.length}`
      commands.push(assignOutput(name, this.around.parse(String(value.command))))
      return arithVariable(name) as T
    }
    if (value.type === 'ArithBracedExpansion' && CUT.test(String(value.content))) {
      const name = `${Variable.Text}_${commands.length}`
      commands.push(...this.around.parse(`${name}="\${${value.content}}"`).statements)
      return arithVariable(name) as T
    }
    // Its text would be parsed once more, with what has just been taken out.
    const before = commands.length
    const { originalText, ...rest } = value
    const parts = Object.entries(rest).map(([key, each]) => [key, this.hoist(each, commands)])
    const isWhole = originalText !== undefined && commands.length === before
    return { ...Object.fromEntries(parts), ...(isWhole && { originalText }) } as T
  }
}

/** `${name:?words}`: bash says `name: words`. */
function namingItself(node: Parameter): Node {
  const operation = node.operation as { word: WordNode; checkEmpty: boolean }
  const isSilent = textOf(operation.word) === ''
  const words = isSilent ? [literal(`parameter ${operation.checkEmpty ? 'null or ' : ''}not set`)] : [operation.word]
  const parts = [literal(`${node.parameter}: `), ...words].flatMap(word => word.parts)
  return { ...node, operation: { ...operation, word: { type: 'Word', parts } } } as Node
}

type Conditional = Compound & {
  line?: number
  expression: Node & { operator?: string; left?: WordNode; right?: WordNode }
}

/** `[[ $((EXPRESSION)) -ne 0 ]]` is `((EXPRESSION))` (parens.ts). */
function arithmeticAgain(node: Conditional): Node {
  const { operator, left, right } = node.expression
  const [only] = left?.parts ?? []
  if (operator !== '-ne' || left?.parts.length !== 1 || only?.type !== 'ArithmeticExpansion') return node
  if (right === undefined || textOf(right) !== '0') return node
  return { ...node, type: 'ArithmeticCommand', expression: only.expression } as Node
}

/** The content of `${...}` with one of the operators `# % / ^ , :N`. */
const CUT = /^\w+(?:\[[^\]]*\])?(?:[#%/^,]|:[^-=?+])/

type Substitution = Node & { body: ScriptNode }
type DoubleQuoted = Node & { parts: Node[] }
type ArithmeticExpansion = Node & { expression: unknown }

/**
 * `name=value` succeeds: the library leaves `$?` as it was unless there is a redirection. With a command substitution
 * it is right, except when that is a default which is not needed.
 */
const succeeding = (node: SimpleCommandNode): SimpleCommandNode =>
  node.redirections.length > 0 || substitutes(node.assignments)
    ? node
    : { ...node, redirections: [duplicate(Fd.Err, Fd.Err)] }

function substitutes(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return (value as { type?: unknown }).type === 'CommandSubstitution' || Object.values(value).some(substitutes)
}

/** The last part of a list is the one whose failure counts. */
function errTrapped(node: StatementNode): StatementNode {
  const last = node.pipelines.at(-1)
  const [command] = last?.commands ?? []
  if (last === undefined || last.negated || command === undefined || command.type === 'FunctionDef') return node
  if (command.type === 'If' || command.type === 'For' || command.type === 'While' || command.type === 'Case')
    return node
  const line = lineOf(node)
  return { ...node, pipelines: [...node.pipelines.slice(0, -1), withErrTrap(last, line, node.sourceText)] }
}

/** The first line in a construct that the parser has noted. */
function lineOf(value: unknown): number | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { line } = value as { line?: unknown }
  if (typeof line === 'number' && line > 0) return line
  for (const each of Object.values(value)) {
    const found = lineOf(each)
    if (found !== undefined) return found
  }
  return undefined
}

/** `exec > file` moves the shell's own descriptors; `exec cmd` runs it and ends the shell with its status. */
function exec(node: SimpleCommandNode): CommandNode {
  const [name, ...args] = node.args
  if (name === undefined) return follow(node)
  const command = called({
    ...node,
    name: namesFile(name) ? literal(Internal.Run) : name,
    args: namesFile(name) ? node.args : args,
  })
  return group([statement(command), statement(simple(literal('exit'), []))])
}

/**
 * `"$@"` and `$cmd` as the name of a command: the library does not split it into words. A name that expands to nothing
 * is replaced by the first argument, and arguments are split.
 */
const nothing = (): WordNode => ({
  type: 'Word',
  parts: [
    {
      type: 'ParameterExpansion',
      parameter: Variable.Nothing,
      operation: { type: 'DefaultValue', word: { type: 'Word', parts: [] }, checkEmpty: true },
    },
  ],
})

/** A path as the name of a command: the library would run its text unrewritten. */
const namesFile = (name: WordNode): boolean =>
  name.parts.some(
    part =>
      ((part.type === 'Literal' || part.type === 'SingleQuoted') && part.value.includes('/')) ||
      (part.type === 'DoubleQuoted' && namesFile({ type: 'Word', parts: part.parts })),
  )

/** `"${x:-}"` alone in a word ends a shell with `set -u` in the library; with an empty neighbour it does not. */
function withDefault(node: DoubleQuoted): Node {
  const [part] = node.parts
  if (node.parts.length !== 1 || part?.type !== 'ParameterExpansion') return node
  const { parameter: name, operation } = part as Parameter
  if (operation === null || !/^\w+$/.test(name)) return node
  return { ...node, parts: [{ type: 'Literal', value: '' } as Node, part] } as Node
}

function usesXtrace(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const node = value as Partial<SimpleCommandNode>
  if (node.type === 'SimpleCommand' && textOf(node.name ?? null) === 'set') {
    return (node.args ?? []).some(arg => /^-\w*x|^xtrace$/.test(textOf(arg) ?? ''))
  }
  return Object.values(value).some(usesXtrace)
}

/** `name=$(script) || :` */
function assignOutput(name: string, script: ScriptNode): StatementNode {
  collect(script)
  const value: WordNode = { type: 'Word', parts: [{ type: 'CommandSubstitution', body: script, legacy: false }] }
  const assign: SimpleCommandNode = {
    type: 'SimpleCommand',
    assignments: [{ type: 'Assignment', name, value, append: false, array: null }],
    name: null,
    args: [],
    redirections: [],
  }
  return {
    type: 'Statement',
    pipelines: [pipeline(assign), pipeline(simple(literal(':'), []))],
    operators: ['||'],
    background: false,
  }
}

/** `$(declare -a; declare -A)`: the arrays, which a command is not shown otherwise. */
export function declaredArrays(): WordNode['parts'][number] {
  const declare = (option: string): StatementNode => statement(called(simple(literal('declare'), [literal(option)])))
  const body: ScriptNode = { type: 'Script', statements: [declare('-a'), declare('-A')] }
  collect(body)
  return { type: 'CommandSubstitution', body, legacy: false }
}
