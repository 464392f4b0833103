/** The commands that the shell carries out itself. */
import { internals } from './internals.ts'
import { jobControl } from './jobcontrol.ts'
import { paths } from './paths.ts'
import type { Builtin } from './state.ts'
import { tools } from './tools.ts'

export const builtins: ReadonlyMap<string, Builtin> = new Map([...internals, ...jobControl, ...tools, ...paths])
