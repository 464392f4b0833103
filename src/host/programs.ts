/**
 * Programs in files of the host, for `--program NAME=FILE` and for lines `#: program NAME=FILE` of a script: modules
 * whose default export is a program (cmd/os). They are code of the user's own, not of the sandbox: what Node may do,
 * they may do.
 *
 * TypeScript is read by Node itself from 22.18 on; an older one needs esbuild, from where the program is or from where
 * we are.
 */
import { existsSync } from 'node:fs'
import { createRequire, register } from 'node:module'
import { dirname, resolve, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Command } from '../cmd/command.ts'
import { type ProgramFunction, programCommand } from '../cmd/os/program.ts'
import { Failure, Status } from './failure.ts'

/** A file, and the name that scripts call it by. */
export interface ProgramFile {
  readonly name: string
  readonly path: string
}

const SPECIFIED = /^([^=]+)=(.+)$/
const LINE = /^#: program\b(.*)$/
/** Node's words for a file that it does not know how to read. */
const UNKNOWN_KIND = ['ERR_UNKNOWN_FILE_EXTENSION', 'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING']

/** `NAME=FILE`; undefined for other text. */
export function parseProgram(text: string): ProgramFile | undefined {
  const [, name, path] = SPECIFIED.exec(text) ?? []
  return name === undefined || path === undefined ? undefined : { name, path }
}

/**
 * What a script asks for itself, in lines `#: program NAME=FILE...`: files in its own folder or below. Throws a Failure
 * for a line that cannot be read, or that leads elsewhere.
 */
export function programsOf(text: string, scriptPath: string): ProgramFile[] {
  const folder = dirname(resolve(scriptPath))
  return text.split('\n').flatMap((line, index) => {
    const words = LINE.exec(line)?.[1]?.trim().split(/\s+/)
    return (words ?? []).map(word => {
      const wrong = (what: string): Failure => new Failure(`${scriptPath}: line ${index + 1}: ${what}`, Status.Usage)
      const parsed = parseProgram(word)
      if (parsed === undefined) throw wrong(`'${word}' is not NAME=FILE`)
      const path = resolve(folder, parsed.path)
      if (!path.startsWith(folder + sep)) {
        throw wrong(`${parsed.path} is not below the script's folder: name it with --program`)
      }
      return { name: parsed.name, path }
    })
  })
}

/** Loads them; of two with one name the last one counts. Throws a Failure for what is no program. */
export async function loadPrograms(files: readonly ProgramFile[]): Promise<Map<string, Command>> {
  const programs = new Map<string, Command>()
  for (const { name, path } of files) programs.set(name, programCommand(await load(path)))
  return programs
}

async function load(path: string): Promise<ProgramFunction> {
  if (!existsSync(path)) throw new Failure(`${path}: No such file or directory`, Status.Usage)
  const { default: program } = await importModule(path)
  if (typeof program === 'function') return program as ProgramFunction
  throw new Failure(`${path}: its default export is not a function`, Status.Usage)
}

async function importModule(path: string): Promise<{ readonly default?: unknown }> {
  const { href } = pathToFileURL(resolve(path))
  try {
    return await import(href)
  } catch (error) {
    if (!UNKNOWN_KIND.includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    readWithEsbuild(path)
    return import(`${href}?typescript`) // Node remembers that it could not read the other.
  }
}

let reads = false

/** From now on modules in TypeScript are read with esbuild. */
function readWithEsbuild(path: string): void {
  if (reads) return
  const esbuild = [resolve(path), import.meta.url].map(resolveFrom).find(found => found !== undefined)
  if (esbuild === undefined) {
    const words = `Node ${process.versions.node} reads TypeScript only with esbuild (npm install esbuild)`
    throw new Failure(`${path}: ${words}; Node 22.18 and later do without`, Status.Usage)
  }
  register(`data:text/javascript,${encodeURIComponent(HOOKS)}`, { data: { esbuild: pathToFileURL(esbuild).href } })
  process.setSourceMapsEnabled(true)
  reads = true
}

function resolveFrom(place: string): string | undefined {
  try {
    return createRequire(place).resolve('esbuild')
  } catch {
    return undefined
  }
}

/** https://nodejs.org/api/module.html#customization-hooks */
const HOOKS = `
import { readFile } from 'node:fs/promises'
let transform
export const initialize = async ({ esbuild }) => { ({ transform } = (await import(esbuild)).default) }
export async function load(url, context, next) {
  if (!/\\.[cm]?ts$/.test(new URL(url).pathname)) return next(url, context)
  const text = await readFile(new URL(url), 'utf8')
  const { code } = await transform(text, { loader: 'ts', format: 'esm', sourcefile: url, sourcemap: 'inline' })
  return { format: 'module', source: code, shortCircuit: true }
}`
