/** What the text of a job, of a trap or of a session begins with: the state of the shell that it is a copy of. */
import { Fd, Internal, STDERR_PATH, STDOUT_PATH, Variable } from './names.ts'
import { fileOf } from './output.ts'
import { declaredArrays } from './rewrite.ts'
import {
  duplicate,
  literal,
  open,
  parameter,
  pipeline,
  type Redirection,
  type SimpleCommandNode,
  type StatementNode,
  simple,
  statement,
  variable,
  type WordNode,
} from './syntax.ts'

/** Sets `$?`; no status ends the shell here. */
export const statusIs = (status: WordNode): StatementNode => ({
  type: 'Statement',
  pipelines: [pipeline(simple(literal(Internal.Status), [status])), pipeline(simple(literal(':'), []))],
  operators: ['&&'],
  background: false,
})

/** `while vethereal-read "$?" "$(declare -a; declare -A)"; do vethereal-status "$STATUS" && :; eval "$TEXT"; done` */
export function promptLoop(): StatementNode {
  const arrays: WordNode = { type: 'Word', parts: [{ type: 'DoubleQuoted', parts: [declaredArrays()] }] }
  const call = (name: string, ...args: WordNode[]): SimpleCommandNode => simple(literal(name), args)
  const line = { ...call('eval', variable(Variable.Text)), redirections: [duplicate(1, Fd.Out), duplicate(2, Fd.Err)] }
  return statement({
    type: 'While',
    condition: [statement(call(Internal.Read, parameter('?'), arrays))],
    body: [statusIs(variable(Variable.Status)), statement(line)],
    redirections: [],
  })
}

/** Out and Err of a copy of a shell that has these. What a substitution would collect is shown instead. */
export function beginningAt(descriptors: ReadonlyMap<number, string> | undefined): StatementNode[] {
  const route = (fd: number, otherwise: string): Redirection =>
    open(fd, '>>', fileOf(descriptors?.get(fd)) ?? otherwise)
  return [statement(simple(literal('exec'), [], [route(Fd.Out, STDOUT_PATH), route(Fd.Err, STDERR_PATH)]))]
}

/** Declarations of arrays, without those that bash itself keeps. */
export const withoutSpecial = (declarations: string): string =>
  declarations.replace(/^declare -\w+ (?:PIPESTATUS|BASH_\w+|FUNCNAME|DIRSTACK|GROUPS)=.*\n?/gm, '')

/** `set -o NAME` for each option that a script can have set. */
export const optionsOf = (shellopts: string): StatementNode[] =>
  ['errexit', 'nounset', 'pipefail', 'xtrace', 'noglob', 'noclobber']
    .filter(name => shellopts.split(':').includes(name))
    .map(name => statement(simple(literal('set'), [literal('-o'), literal(name)])))
