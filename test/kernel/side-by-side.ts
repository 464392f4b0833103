/** A difference for people: the script, both sides, and where they differ. */
import { script as shellScript } from '../../src/testing/script.ts'
import type { Session, Step } from '../../src/testing/session.ts'
import type { Difference } from './compare.ts'
import type { Transcript } from './transcript.ts'

export function sideBySide(
  session: Session,
  script: readonly Step[],
  linux: Transcript,
  vethereal: Transcript,
  found: readonly Difference[],
): string {
  const steps = script.map((step, i) => {
    const a = linux.steps[i]!
    const b = vethereal.steps[i]!
    const both = a.errno === b.errno && a.extack === b.extack
    const answer = both ? said(a) : `Linux ${said(a)} | Vethereal ${said(b)}`
    return `${String(i).padStart(3)} ${(a.at / 1e6).toFixed(3).padStart(9)} ms ${JSON.stringify(step)} -> ${answer}`
  })
  return [
    '# The script',
    shellScript(session),
    '# What happened',
    ...steps,
    '',
    ...found.flatMap(each => [`# ${each.where}`, ...unified(each), '']),
  ].join('\n')
}

const said = ({ errno, extack, status }: { errno?: number; extack?: string; status?: number }): string =>
  `${errno ?? status ?? ''}${extack === undefined ? '' : ` "${extack}"`}`

/** Lines that only one side has, marked; the longest common subsequence in between. */
function unified({ linux, vethereal }: Difference): string[] {
  const a = linux.split('\n')
  const b = vethereal.split('\n')
  const longest = a.map(() => new Array<number>(b.length + 1).fill(0))
  longest.push(new Array<number>(b.length + 1).fill(0))
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      longest[i]![j] = a[i] === b[j] ? longest[i + 1]![j + 1]! + 1 : Math.max(longest[i + 1]![j]!, longest[i]![j + 1]!)
    }
  }
  const lines: string[] = []
  let i = 0
  let j = 0
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push(`            ${a[i++]}`)
      j++
    } else if (i < a.length && (j >= b.length || longest[i + 1]![j]! >= longest[i]![j + 1]!))
      lines.push(`Linux     - ${a[i++]}`)
    else lines.push(`Vethereal + ${b[j++]}`)
  }
  return lines
}
