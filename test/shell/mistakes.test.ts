/** Scripts that bash cannot parse, and what bash 5.2 printed for each on Linux. */
import { expect, test } from 'vitest'
import { sh } from './support.ts'

/** What stands between `echo start` and `echo end`; stdout behind `start`; stderr; the exit status. */
const CASES: readonly (readonly [text: string, stdout: string, stderr: readonly string[], status: number])[] = [
  ['if true; then\n  echo yes\n', '', ['line 5: syntax error: unexpected end of file'], 2],
  ['for in\n', '', ["line 3: syntax error near unexpected token `echo'", "line 3: `echo end'"], 2],
  ['echo "abc\n', '', ['line 2: unexpected EOF while looking for matching `"\''], 2],
  ["x=1\necho 'abc\n", '', ["line 3: unexpected EOF while looking for matching `''"], 2],
  ['case x in\n', '', ["line 3: syntax error near unexpected token `end'", "line 3: `echo end'"], 2],
  ['lab() { echo; \n', '', ['line 4: syntax error: unexpected end of file'], 2],
  ['fi\n', '', ["line 2: syntax error near unexpected token `fi'", "line 2: `fi'"], 2],
  ['while true; do echo; break\n', '', ['line 4: syntax error: unexpected end of file'], 2],
  ['echo $(ls\n', '', ["line 4: unexpected EOF while looking for matching `)'"], 2],
  ['trap "echo bye" EXIT\ndone\n', 'bye\n', ["line 3: syntax error near unexpected token `done'", "line 3: `done'"], 2],
  ['exit 3\nfi\n', '', [], 3],
  ['set -e\nfalse\nfi\n', '', [], 1],
  ['foo()\n', '', ["line 3: syntax error near unexpected token `echo'", "line 3: `echo end'"], 2],
  ['for i in 1 2; do\n  echo "$i\ndone\n', '', ['line 3: unexpected EOF while looking for matching `"\''], 2],
]

test.for(CASES)('%j runs up to the mistake', async ([text, stdout, stderr, status]) => {
  const ran = await sh(`echo start\n${text}echo end\n`, { argv0: 'lab.sh' })
  expect(ran).toMatchObject({
    stdout: `start\n${stdout}`,
    stderr: stderr.map(line => `lab.sh: ${line}\n`).join(''),
    status,
  })
})
