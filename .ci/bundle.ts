/** How the program and the library are bundled: for dist/ and for the tests. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { build, type Plugin, transform } from 'esbuild'
import { withConstants } from './constants.ts'

export const ROOT = resolve(import.meta.dirname, '..')

/** What the shell library brings for commands that the sandbox leaves out. */
const UNUSED: Readonly<Record<string, string>> = {
  turndown: 'export default class {}',
  'node:zlib': `const refuse = () => { throw new Error('compression is not supported') }
    export const constants = {}, gzipSync = refuse, gunzipSync = refuse`,
}

/** Those, and `require('node:...')` of CommonJS packages, as modules. */
export const modules: Plugin = {
  name: 'modules',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^(turndown|node:zlib)$/ }, ({ path }) => ({ path, namespace: 'unused' }))
    onLoad({ filter: /.*/, namespace: 'unused' }, ({ path }) => ({ contents: UNUSED[path]! }))
    onResolve({ filter: /^node:/ }, ({ path, kind }) =>
      kind === 'require-call' ? { path, namespace: 'builtin' } : undefined,
    )
    onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `export * from '${path}'; export { default } from '${path}'`,
    }))
  },
}

/** Where a module begins, as esbuild says it. */
const MODULE_LINES = /^\/\/ (\S+\.[mc]?[jt]s)$/gm

const PACKAGE: Readonly<Record<string, string>> = {
  index: 'src/index.ts',
  vethereal: 'src/host/main.ts',
  testing: 'src/testing/index.ts',
  'testing-vitest': 'src/testing/vitest.ts',
}

/**
 * Writes vethereal.js, index.js, testing.js, testing-vitest.js and their chunks, or what else is to become a file of its
 * own; answers the files that went in. What is readable says which file each part comes from.
 */
export async function bundle(outdir: string, entryPoints = PACKAGE, readable = false): Promise<string[]> {
  const { metafile, outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints,
    bundle: true,
    external: ['fast-check', 'vitest'],
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    outdir,
    chunkNames: 'chunks/[name]-[hash]',
    legalComments: 'none',
    plugins: [modules],
    metafile: true,
    write: false,
    logLevel: 'warning',
  })
  for (const { path, text } of outputFiles) {
    const code = await withConstants(text)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, await smaller(code, readable))
  }
  if ('vethereal' in entryPoints) chmodSync(join(outdir, 'vethereal.js'), 0o755)
  return Object.keys(metafile.inputs)
}

/** Names stay, so that a report of a bug can be read; if it is to be readable, lines and the names of modules as well. */
async function smaller(bundled: string, readable: boolean): Promise<string> {
  const { code } = await transform(readable ? bundled.replace(MODULE_LINES, '//! $1') : bundled, {
    format: 'esm',
    target: 'node20',
    minifySyntax: true,
    minifyWhitespace: !readable,
    legalComments: readable ? 'inline' : 'none',
  })
  return code
}
