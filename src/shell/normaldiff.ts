/** What GNU's `diff` prints without options, from the unified form, which is all that the library has. */

export function normalDiff(unified: string): string {
  let text = ''
  let [gone, come] = ['', '']
  /** Lines of each file that are behind, and how many of them are in the change at hand. */
  let [old, oldChanged, now, nowChanged] = [0, 0, 0, 0]
  const flush = (): void => {
    if (oldChanged + nowChanged === 0) return
    const kind = oldChanged === 0 ? 'a' : nowChanged === 0 ? 'd' : 'c'
    text += `${range(old, oldChanged)}${kind}${range(now, nowChanged)}\n${gone}${kind === 'c' ? '---\n' : ''}${come}`
    gone = come = ''
    oldChanged = nowChanged = 0
  }
  let sign = ''
  let isInHunk = false
  for (const line of unified.split('\n')) {
    const [, oldStart, oldCount, nowStart, nowCount] = HUNK.exec(line) ?? []
    if (oldStart !== undefined) {
      flush()
      // Of no lines the start is the line before them.
      old = Number(oldStart) - (oldCount === '0' ? 0 : 1)
      now = Number(nowStart) - (nowCount === '0' ? 0 : 1)
      isInHunk = true
    } else if (line.startsWith('\\')) {
      if (sign === '-') gone += `${line}\n`
      else come += `${line}\n`
    } else if (isInHunk && line !== '') {
      sign = line.slice(0, 1)
      if (sign === ' ') flush()
      if (sign !== '+') old++
      if (sign !== '-') now++
      if (sign === '-') {
        oldChanged++
        gone += `< ${line.slice(1)}\n`
      } else if (sign === '+') {
        nowChanged++
        come += `> ${line.slice(1)}\n`
      }
    }
  }
  flush()
  return text
}

const HUNK = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/

/** The last `count` lines up to `last`, or the line behind which nothing is. */
const range = (last: number, count: number): string => (count < 2 ? `${last}` : `${last - count + 1},${last}`)
