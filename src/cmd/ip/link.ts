import { usage } from './args.ts'
import { LINK_HELP } from './help.ts'
import type { IpObject } from './object.ts'

export const link: IpObject = () => usage(LINK_HELP)
