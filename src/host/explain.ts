/** `vethereal explain` and `vethereal why`: runs a script without its output, and tells what became of its frames. */

import { COMMANDS } from '../cmd/registry.ts'
import { FilterError } from '../cmd/tcpdump/filter.ts'
import { Explainer } from '../explain/index.ts'
import { type Explanation, lines, type Paint, plain } from '../explain/tell.ts'
import { Failure, Status } from './failure.ts'
import type { Asked, Settings } from './options.ts'
import { runScript, type Script } from './run.ts'
import type { Streams } from './terminal.ts'

const LINE_COLUMNS = 100
const COLOURS = { head: '1', event: '36', drop: '1;31', place: '34' } as const
const colours: Paint = (kind, text) => `\x1b[${COLOURS[kind]}m${text}\x1b[0m`

/** Answers 0, or 1 when there was nothing to tell. */
export async function explain(script: Script, settings: Settings, asked: Asked, streams: Streams): Promise<number> {
  let explainer: Explainer | undefined
  const quiet: Streams = { stdout() {}, stderr() {}, isTerminal: false }
  await runScript(script, settings, quiet, undefined, world => {
    explainer = new Explainer(world)
    return explainer.recorder.watched(COMMANDS)
  })
  const told = asked.what === 'why' ? whyLines(explainer!, asked.which) : lifeLines(explainer!, asked.which, streams)
  if (explainer!.recorder.isFull) streams.stderr('vethereal: so many frames that the later ones were not kept\n')
  for (const line of told) streams.stdout(`${line}\n`)
  return told.length > 0 ? 0 : 1
}

function lifeLines(explainer: Explainer, which: string, { isTerminal }: Streams): string[] {
  const paint = isTerminal && !process.env.NO_COLOR ? colours : plain
  return chosen(explainer, which).flatMap(each => lines(each, paint))
}

function chosen(explainer: Explainer, which: string): Explanation[] {
  if (which === '') return explainer.frames()
  if (/^#?\d+$/.test(which)) {
    const number = Number(which.replace('#', ''))
    const found = explainer.frame(number)
    if (found === undefined) throw new Failure(`explain: there is no frame ${number}`, Status.Usage)
    return [found]
  }
  try {
    return explainer.matching(which)
  } catch (error) {
    if (error instanceof FilterError) throw new Failure(`explain: ${error.message}`, Status.Usage)
    throw error
  }
}

/** One paragraph for each, a blank line between them. */
function whyLines(explainer: Explainer, which: string): string[] {
  const verdicts = explainer.verdicts()
  if (which === '') {
    const failed = verdicts.filter(({ cause }) => cause !== undefined)
    if (failed.length === 0) return [`Nothing failed (commands that send packets: ${verdicts.length}).`]
    return failed.flatMap(({ number, text }, i) => [...(i > 0 ? [''] : []), ...wrapped(`${number}. ${text}`)])
  }
  const found = verdicts[Number(which) - 1]
  if (found === undefined) {
    throw new Failure(`why: there are ${verdicts.length} commands that send packets, not ${which}`, Status.Usage)
  }
  return wrapped(`${found.number}. ${found.text}`)
}

/** Lines of words, no longer than a terminal. A command to copy has a line of its own. */
function wrapped(text: string): string[] {
  const [words, remedy] = text.split(' To put it right: ')
  const found: string[] = []
  let line = ''
  for (const word of words!.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > LINE_COLUMNS) {
      found.push(line)
      line = `   ${word}`
    } else line = line === '' ? word : `${line} ${word}`
  }
  found.push(line)
  if (remedy !== undefined) found.push('   To put it right:', `     ${remedy}`)
  return found
}
