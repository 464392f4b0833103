/**
 * Files that a run writes: captures and traces. All are opened before the script begins, so that one that cannot be
 * written is refused at once; then they are written in chunks, synchronously, so that a long run needs little memory
 * and a run that is killed leaves what has happened.
 */
import { closeSync, constants, existsSync, fstatSync, ftruncateSync, openSync, rmSync, writeSync } from 'node:fs'
import { resolve } from 'node:path'
import { Failure, Status, wordsOf } from './failure.ts'

const CHUNK_BYTES = 1 << 16

/** Those that are open: whatever ends the program, they get what has been written. */
const open = new Set<FileSink>()
process.on('exit', () => {
  for (const sink of open) sink.flush()
})

export class FileSink {
  readonly path: string
  private readonly fd: number
  private readonly chunk = new Uint8Array(CHUNK_BYTES)
  private used = 0

  constructor(path: string, fd: number) {
    this.path = path
    this.fd = fd
    open.add(this)
  }

  write(bytes: Uint8Array): void {
    if (this.used + bytes.length > CHUNK_BYTES) this.flush()
    if (bytes.length > CHUNK_BYTES) return this.writeAll(bytes)
    this.chunk.set(bytes, this.used)
    this.used += bytes.length
  }

  flush(): void {
    const { used } = this
    this.used = 0
    this.writeAll(this.chunk.subarray(0, used))
  }

  close(): void {
    open.delete(this)
    this.flush()
    closeSync(this.fd)
  }

  private writeAll(bytes: Uint8Array): void {
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.fd, bytes, at)
    } catch (error) {
      throw new Failure(`${this.path}: ${wordsOf(error)}`, Status.Usage)
    }
  }
}

/**
 * Opens the files for writing, all of them or none: when one cannot be opened, no other one is emptied, nor left behind
 * new. An undefined path gives no sink.
 */
export function openSinks<Paths extends readonly (string | undefined)[]>(
  ...paths: Paths
): { [I in keyof Paths]: FileSink | undefined } {
  const given = paths.filter(path => path !== undefined)
  const twice = given.find((path, i) => given.findIndex(other => resolve(other) === resolve(path)) < i)
  if (twice !== undefined) throw new Failure(`${twice}: named for two files to write`, Status.Usage)
  const made: { fd: number; path: string; isNew: boolean }[] = []
  try {
    for (const path of given) made.push(openWithoutHarm(path))
  } catch (error) {
    for (const { fd, path, isNew } of made) {
      closeSync(fd)
      if (isNew) rmSync(path)
    }
    throw error
  }
  for (const { fd } of made) if (fstatSync(fd).isFile()) ftruncateSync(fd)
  const sinks = new Map(made.map(({ fd, path }) => [path, new FileSink(path, fd)]))
  return paths.map(path => (path === undefined ? undefined : sinks.get(path))) as never
}

function openWithoutHarm(path: string): { fd: number; path: string; isNew: boolean } {
  const isNew = !existsSync(path)
  try {
    return { fd: openSync(path, constants.O_WRONLY | constants.O_CREAT, 0o666), path, isNew }
  } catch (error) {
    throw new Failure(`${path}: ${wordsOf(error)}`, Status.Usage)
  }
}
