/** x */
import type { Settings } from './options.ts'
export async function prompt(_settings: Settings): Promise<number> {
  return 0
}
