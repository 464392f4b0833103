#!/usr/bin/env node
/** The program `vethereal`: reads the command line and does what it says. */
import { isatty } from 'node:tty'
import { NS_PER_S } from '../time/instant.ts'
import { Failure, Status } from './failure.ts'
import { parseCommandLine } from './options.ts'
import { Fd, OwnStreams, writeText } from './terminal.ts'

async function main(words: readonly string[]): Promise<number> {
  const line = parseCommandLine(words)
  if (line.show !== undefined) {
    writeText(Fd.Out, line.show)
    return 0
  }
  const { settings } = line
  if (line.source.from === 'nothing' && isatty(Fd.In)) {
    if (settings.verify) throw new Failure('--verify-determinism needs a script', Status.Usage)
    const { prompt } = await import('./prompt.ts')
    return prompt(settings)
  }
  const source = line.source.from === 'nothing' ? ({ from: 'stdin', args: [] } as const) : line.source
  const { readScript, runScript } = await import('./run.ts')
  const script = readScript(source, settings)
  const streams = new OwnStreams()
  try {
    if (line.asked !== undefined) {
      const { explain } = await import('./explain.ts')
      return await explain(script, settings, line.asked, streams)
    }
    if (settings.verify) {
      const { verify } = await import('./verify.ts')
      return await verify(script, settings, streams)
    }
    return await runScript(script, settings, streams, world => {
      streams.progress = () => `${Math.floor(world.now / NS_PER_S)} s simulated`
    })
  } finally {
    streams.end()
  }
}

// Nothing is left to do, yet the run is not over.
const stuck = (): void => {
  writeText(Fd.Err, 'vethereal: an async program waits for something outside the simulation that never comes\n')
  process.exitCode = Status.Stopped
}
process.once('beforeExit', stuck)

const ended = main(process.argv.slice(2)).finally(() => process.off('beforeExit', stuck))
ended.then(
  status => {
    process.exitCode = status
  },
  (error: unknown) => {
    if (!(error instanceof Failure)) throw error
    writeText(Fd.Err, `vethereal: ${error.message}\n`)
    process.exitCode = error.status
  },
)
