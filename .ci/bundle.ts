/** How the program and the library are bundled: for dist/ and for the tests. */
import { chmodSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { build, type Plugin } from 'esbuild'

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
  const { metafile } = await build({
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
    // Names stay, so that a report of a bug can be read.
    minifySyntax: true,
    minifyWhitespace: !readable,
    legalComments: 'none',
    plugins: [modules],
    metafile: true,
    logLevel: 'warning',
  })
  if ('vethereal' in entryPoints) chmodSync(join(outdir, 'vethereal.js'), 0o755)
  return Object.keys(metafile.inputs)
}
