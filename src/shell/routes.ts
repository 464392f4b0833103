/**
 * Where output goes, and when.
 *
 * just-bash collects what commands print and hands it up from each construct to the next. A terminal cannot wait for
 * that, nor can the order of standard output and standard error be told afterwards. So every script gets two
 * descriptors of its own, Out and Err, that follow descriptors 1 and 2 through every redirection, pipeline and
 * substitution:
 *
 *     { a; b 2>&1; } > log | c
 *
 * becomes
 *
 *     { a 1>&Out 2>&Err; b Err>&Out 1>&Out 2>&Err; } Out>&1 Out>log | c 1>&Out 2>&Err
 *
 * Out is a file (the terminal is one, see files.ts) or "whatever collects descriptor 1 here". Descriptors are
 * inherited by functions, groups and loops as on Linux, so a command finds its own Out and Err to be right wherever it
 * is called from. Each command also reads a file named after its line just before it runs: that is how messages get
 * `SCRIPT: line N:`.
 */
import { EXIT_MARK, Fd, LINE_DIR, STDERR_PATH, STDOUT_PATH } from './names.ts'
import {
  type CommandNode,
  duplicate,
  group,
  literal,
  open,
  type PipelineNode,
  type Redirection,
  type ScriptNode,
  type SimpleCommandNode,
  type StatementNode,
  simple,
  statement,
  textOf,
  type WordNode,
} from './syntax.ts'

/** Where a script's own Out and Err begin: at the terminal, with whoever collects 1 and 2, or where they are. */
export type Beginning = 'terminal' | 'collected' | 'inherited'

/** A construct that can have redirections. */
export interface Compound {
  readonly type: string
  redirections: Redirection[]
}

/** Opens Out and Err. */
export function prelude(beginning: Beginning): StatementNode[] {
  if (beginning === 'inherited') return []
  const descriptors =
    beginning === 'terminal'
      ? [open(Fd.Out, '>>', STDOUT_PATH), open(Fd.Err, '>>', STDERR_PATH)]
      : [duplicate(Fd.Out, 1), duplicate(Fd.Err, 2)]
  return [statement(simple(literal('exec'), [], descriptors))]
}

/** `a |& b` is `a 2>&1 | b`, with the order of both kept. */
export function withoutPipedErrors(node: PipelineNode): PipelineNode {
  node.pipeStderr?.forEach((piped, i) => {
    const stage = node.commands[i]
    if (piped) stage?.redirections.push(duplicate(2, 1))
  })
  delete node.pipeStderr
  return node
}

/** Redirections of descriptors 1 and 2 become redirections of Out and Err. */
export function follow<T extends Compound>(node: T): T {
  return { ...node, redirections: node.redirections.flatMap(following) }
}

export function following(redirection: Redirection): Redirection[] {
  const { operator } = redirection
  if (redirection.target.type === 'HereDoc') return [redirection]
  const target = textOf(redirection.target)
  const inward = operator === '<' || operator === '<<<' || operator === '<&' || operator === '<>'
  const fd = shadow(redirection.fd ?? (inward ? 0 : 1))
  switch (operator) {
    case '&>':
    case '&>>':
      return both(operator === '&>' ? '>' : '>>', redirection.target)
    case '>&':
    case '<&': {
      if (target === undefined) return [{ ...redirection, fd: redirection.fdVariable === undefined ? fd : null }]
      if (target === '-' && (fd === Fd.Out || fd === Fd.Err)) return [open(fd, '>>', '/dev/null')]
      if (/^\d+-?$/.test(target)) {
        const from = target.replace(/^\d+/, digits => String(shadow(Number(digits))))
        return [{ ...redirection, fd: redirection.fdVariable === undefined ? fd : null, target: literal(from) }]
      }
      if (operator === '>&' && redirection.fd === null && target !== '-') return both('>', redirection.target)
      return [redirection]
    }
    case '>':
    case '>>':
    case '>|':
      if (redirection.fdVariable !== undefined) return [redirection]
      if (target === '/dev/stdout') return [duplicate(fd, Fd.Out)]
      if (target === '/dev/stderr') return [duplicate(fd, Fd.Err)]
      if (target === '/dev/tty') return [open(fd, '>>', STDOUT_PATH)]
      return [{ ...redirection, fd }]
    default:
      return [redirection]
  }
}

const shadow = (fd: number): number => (fd === 1 ? Fd.Out : fd === 2 ? Fd.Err : fd)

const both = (operator: '>' | '>>', target: WordNode): Redirection[] => [
  { type: 'Redirection', fd: Fd.Out, operator, target },
  duplicate(Fd.Err, Fd.Out),
]

/** What a construct prints itself goes where Out and Err are; so does what is wrong with its redirections. */
export function endAtDescriptors<T extends Compound>(node: T): T {
  const own = follow(node).redirections
  const end = [duplicate(1, Fd.Out), duplicate(2, Fd.Err)]
  return { ...node, redirections: own.length === 0 ? end : [...end, ...own, ...end] }
}

/**
 * A construct that runs others: they have written already, except what is collected here, and that passes through as
 * it is. Only its own messages are left.
 */
export function around<T extends Compound>(node: T): T {
  const own = follow(node).redirections
  const end = duplicate(2, Fd.Err)
  return { ...node, redirections: own.length === 0 ? [end] : [end, ...own, end] }
}

/** A command tells its line before it runs, and before its own redirections, for they may fail. */
export function called(node: SimpleCommandNode, runsOthers = false): SimpleCommandNode {
  const command = runsOthers ? around(node) : endAtDescriptors(node)
  const exits = textOf(node.name) === 'exit' ? EXIT_MARK : ''
  const line = open(Fd.Line, '<', `${LINE_DIR}/${node.line ?? 0}${exits}`)
  if (node.redirections.length > 0) command.redirections.unshift(line)
  command.redirections.push(line)
  return command
}

/** The body of a substitution: what it prints is collected. */
export function collect(body: ScriptNode): void {
  if (body.statements.length === 0 || isFileShorthand(body)) return
  body.statements = [statement(group(body.statements, [duplicate(Fd.Out, 1)]))]
}

/** `$(< file)` is not a command but an expansion of its own. */
function isFileShorthand({ statements }: ScriptNode): boolean {
  const command = statements[0]?.pipelines[0]?.commands[0]
  return (
    statements.length === 1 &&
    command?.type === 'SimpleCommand' &&
    command.name === null &&
    command.assignments.length === 0 &&
    command.redirections.length === 1 &&
    command.redirections[0]?.operator === '<'
  )
}

/** An assignment has no descriptors; in a group its line of `set -x` is written when it is made. */
export const traced = (node: CommandNode): CommandNode =>
  node.type === 'Group' ? node : around(group([statement(node)]))
