/**
 * A folder of the host as files for the sandbox, under the same absolute path. It is read once, before the script
 * begins: what the script writes there stays in the sandbox, and links that lead out of the folder are not followed.
 */
import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { join, resolve, sep } from 'node:path'
import { Failure, Status, wordsOf } from './failure.ts'

const FILES_MAX = 10_000
const BYTES_MAX = 64 << 20

export function readMount(directory: string): Record<string, Uint8Array> {
  const at = resolve(directory)
  const files: Record<string, Uint8Array> = {}
  let count = 0
  let bytes = 0
  try {
    const inside = realpathSync(at) + sep
    for (const name of readdirSync(at, { recursive: true, encoding: 'utf8' })) {
      const path = join(at, name)
      const real = realpathOrNothing(path)
      if (real === undefined || !real.startsWith(inside) || !statSync(real).isFile()) continue
      bytes += statSync(real).size
      if (++count > FILES_MAX || bytes > BYTES_MAX) throw new Failure(tooMuch(directory), Status.Usage)
      files[path] = readFileSync(real)
    }
  } catch (error) {
    if (error instanceof Failure) throw error
    throw new Failure(`--mount ${directory}: ${wordsOf(error)}`, Status.Usage)
  }
  return files
}

/** Undefined for a link that leads nowhere. */
function realpathOrNothing(path: string): string | undefined {
  try {
    return realpathSync(path)
  } catch {
    return undefined
  }
}

const tooMuch = (directory: string): string =>
  `--mount ${directory}: more than ${FILES_MAX} files or ${BYTES_MAX >> 20} MiB; choose a smaller folder`
