/** When iproute2's tools print in colour, and for which background. Follows iproute2 6.1 lib/color.c. */
import type { Process } from '../command.ts'
import { matches } from './args.ts'

export type ColourChoice = 'always' | 'auto' | 'never'

/** matches_color: `-c`, `-color`, `-c=auto` ... */
export function colourChoice(option: string): ColourChoice | undefined {
  const [name, when] = option.split(/=(.*)/s)
  if (!matches(name!, '-color')) return undefined
  if (when === undefined || when === '' || when === 'always') return 'always'
  return when === 'auto' || when === 'never' ? when : undefined
}

/** COLORFGBG ends in the number of the background's colour: 0 to 6 and 8 are dark. */
export const background = (process: Process): 'light' | 'dark' =>
  /;[0-68]$/.test(process.env.get('COLORFGBG') ?? '') ? 'dark' : 'light'
