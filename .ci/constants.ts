/**
 * Constants that a bundle keeps: what our modules declare with const (and class), the bundler declares with var, and for
 * V8 a var is never a constant. So each is made one again, unless something assigns to it.
 */
import { transform } from 'esbuild'

/** A declaration at the top of a module, as the bundler prints it, where each has a line of its own. */
const DECLARATION = /^var (?=[\w$]+ = )/
/** The bundler's name of the module that begins: ours, or somebody else's, whose text may look like anything. */
const MODULE = /^\/\/ (\S+)$/

/** `bundled` is what esbuild printed without minifying. */
export async function withConstants(bundled: string): Promise<string> {
  const lines = bundled.split('\n')
  let isOurs = false
  lines.forEach((line, i) => {
    isOurs = MODULE.exec(line)?.[1]?.startsWith('src/') ?? isOurs
    if (isOurs) lines[i] = line.replace(DECLARATION, 'const ')
  })
  const { warnings } = await transform(lines.join('\n'), { logLevel: 'silent', logOverride: ASSIGNED })
  for (const { id, notes } of warnings) {
    const at = id === 'assign-to-constant' ? notes[0]?.location : undefined
    if (at) lines[at.line - 1] = lines[at.line - 1]!.replace(/^const /, 'var ')
  }
  return lines.join('\n')
}

const ASSIGNED = { 'assign-to-constant': 'warning' } as const
