/** Runs one script in one world, its output streamed, with whatever is to be written beside it. */
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import type { Command } from '../cmd/command.ts'
import { COMMANDS } from '../cmd/registry.ts'
import { elapse } from '../shell/elapse.ts'
import { HOME } from '../shell/initial.ts'
import { NS_PER_S } from '../time/instant.ts'
import { capture } from '../world/capture.ts'
import { EPOCH_S } from '../world/clock.ts'
import { type TraceRecord, trace, traceLine } from '../world/trace.ts'
import { World } from '../world/world.ts'
import { Failure, Status, wordsOf } from './failure.ts'
import { readMount } from './mount.ts'
import type { Settings, Source } from './options.ts'
import { loadPrograms, type ProgramFile, programsOf } from './programs.ts'
import { limitReport } from './report.ts'
import { type FileSink, openSinks } from './sinks.ts'
import { clock, Fd, type Streams } from './terminal.ts'

const STUB = '# A program of Vethereal stands in for this file.\n'

/** A script that has been read and is ready to run, as often as wanted. */
export interface Script {
  readonly text: string
  /** $0 */
  readonly argv0: string
  readonly args: readonly string[]
  readonly stdin: string
  readonly files: Readonly<Record<string, Uint8Array>>
  /** Programs that the script asks for, and those of the command line. */
  readonly programs: readonly ProgramFile[]
  /** Working directory in the sandbox; its own default when absent. */
  readonly cwd: string | undefined
}

/** Reads what the command line names. Throws a Failure as bash would refuse it: 127 not there, 126 not readable. */
export function readScript(source: Exclude<Source, { from: 'nothing' }>, settings: Settings): Script {
  const { mount, programs } = settings
  const rest = {
    args: source.args,
    files: mount === undefined ? {} : readMount(mount),
    cwd: mount === undefined ? undefined : process.cwd(),
    programs,
  }
  switch (source.from) {
    case 'text':
      return { ...rest, text: source.text, argv0: source.argv0, stdin: ownInput(settings) }
    case 'stdin':
      return { ...rest, text: readFileSync(Fd.In, 'utf8'), argv0: 'bash', stdin: '' }
    case 'file': {
      const text = readScriptFile(source.path)
      const all = [...programsOf(text, source.path), ...programs]
      return { ...rest, text, argv0: source.path, stdin: ownInput(settings), programs: all }
    }
  }
}

function readScriptFile(path: string): string {
  try {
    const fd = openSync(path, 'r')
    try {
      return readFileSync(fd, 'utf8')
    } finally {
      closeSync(fd)
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const status = code === 'ENOENT' || code === 'ENOTDIR' ? Status.NotFound : Status.NotExecutable
    throw new Failure(`${path}: ${wordsOf(error)}`, status)
  }
}

/** Who looks for the file that a program stands in for finds one. */
const stubs = ({ programs, cwd = HOME }: Script): Record<string, string> =>
  Object.fromEntries(programs.map(({ name }) => [name.startsWith('/') ? name : `${cwd}/${name}`, STUB]))

/** A pipe may never end, so it is read only when that was asked for; a file is read when it was given. */
const ownInput = ({ stdin }: Settings): string => (stdin || isFile(Fd.In) ? readFileSync(Fd.In, 'utf8') : '')

function isFile(fd: number): boolean {
  try {
    return fstatSync(fd).isFile()
  } catch {
    return false // Standard input is closed.
  }
}

/** A capture goes on for a while after the script, and has the retries of what the script began. */
const CAPTURE_AFTER_NS = NS_PER_S / 2

/**
 * Runs a script in a new world. `watch` is told of the world before anything happens in it, `commandsOf` says which
 * commands there are. Answers the exit status.
 */
export async function runScript(
  script: Script,
  settings: Settings,
  streams: Streams,
  watch: (world: World) => void = () => {},
  commandsOf: (world: World) => ReadonlyMap<string, Command> = () => COMMANDS,
): Promise<number> {
  const programs = await loadPrograms(script.programs)
  const [pcap, json] = openSinks(settings.pcap, settings.traceJson)
  const world = newWorld(settings)
  const stopWatching = attach(world, settings, pcap, json, streams)
  watch(world)
  const { Shell } = await import('../shell/shell.ts')
  const shell = new Shell(world, {
    commands: commandsOf(world),
    programs,
    stdout: text => streams.stdout(text),
    stderr: text => streams.stderr(text),
    isTerminal: streams.isTerminal,
    files: { ...stubs(script), ...script.files },
    clock,
    pace: settings.pace,
    maxTimeNs: settings.maxTimeNs,
  })
  const release = onInterrupt(() => shell.interrupt())
  try {
    const { argv0, args, stdin, cwd } = script
    const status = await shell.run(script.text, { argv0, args, stdin, ...(cwd === undefined ? {} : { cwd }) })
    if (pcap !== undefined) await elapse(world, world.now + CAPTURE_AFTER_NS)
    for (const sentence of limitReport(world)) streams.stderr(`vethereal: ${sentence}\n`)
    return status
  } finally {
    release()
    stopWatching()
  }
}

export const newWorld = ({ seed, hopNs }: Settings): World =>
  new World({ seed, ...(hopNs === undefined ? {} : { hopNs }) })

/** Captures and traces of a world, until the answered function is called. */
export function attach(
  world: World,
  settings: Settings,
  pcap: FileSink | undefined,
  json: FileSink | undefined,
  streams: Streams,
): () => void {
  const ends: (() => void)[] = []
  if (pcap !== undefined) {
    const running = capture(world, EPOCH_S, bytes => pcap.write(bytes))
    ends.push(() => {
      running.close()
      pcap.close()
    })
  }
  if (json !== undefined) {
    const encoder = new TextEncoder()
    const stop = trace(world, (record: TraceRecord) => json.write(encoder.encode(`${JSON.stringify(record)}\n`)))
    ends.push(() => {
      stop()
      json.close()
    })
  }
  if (settings.trace) ends.push(trace(world, record => streams.stderr(`${traceLine(record)}\n`)))
  return () => {
    for (const end of ends) end()
  }
}

/** The first Ctrl-C calls `interrupt`, the second ends the process. Answers how to stop listening. */
export function onInterrupt(interrupt: () => void): () => void {
  let interrupts = 0
  const listener = (): void => {
    interrupts++
    if (interrupts === 1) interrupt()
    else process.exit(Status.Interrupted)
  }
  process.on('SIGINT', listener)
  return () => {
    process.off('SIGINT', listener)
  }
}
