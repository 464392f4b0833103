/** A program that fails, for programs.test.ts. */
import type { Os } from '../../src/index.ts'

export default async function fails(os: Os): Promise<number> {
  await os.sleep('1s')
  throw new Error('on purpose')
}
