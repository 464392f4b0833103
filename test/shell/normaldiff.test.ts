/** The same differences as GNU diff 3.8 printed them, from the unified form. */
import { expect, test } from 'vitest'
import { sh } from './support.ts'

const FILES = `printf 'a\\nb\\nc\\nd\\ne\\nf\\ng\\nh\\ni\\nj\\n' > 1; printf 'a\\nB\\nc\\nd\\ne\\nf\\ng\\ni\\nj\\nk\\nl\\n' > 2; printf a > 3\n`

test.for([
  ['diff 1 2', '2c2\n< b\n---\n> B\n8d7\n< h\n10a10,11\n> k\n> l\n', 1],
  ['diff 2 1', '2c2\n< B\n---\n> b\n7a8\n> h\n10,11d10\n< k\n< l\n', 1],
  ['diff 1 1', '', 0],
  ["diff <(echo a) <(printf 'a\\nb\\n')", '1a2\n> b\n', 1],
  ["diff <(printf 'x\\ny\\n') /dev/null", '1,2d0\n< x\n< y\n', 1],
  ['diff -q 1 2', 'Files 1 and 2 differ\n', 1],
  ['diff <(echo b) 3', '1c1\n< b\n---\n> a\n\\ No newline at end of file\n', 1],
] as const)('%s', async ([command, stdout, status]) => {
  expect(await sh(`${FILES}${command}`)).toMatchObject({ stdout, stderr: '', status })
})
