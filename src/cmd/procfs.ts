/** stub */
import type { NetnsId } from '../core/device.ts'
import { type Answer, fail } from '../core/errno.ts'
import type { World } from '../world/world.ts'

export type Entry =
  | { readonly type: 'file'; readonly mode: number }
  | { readonly type: 'directory'; readonly names: readonly string[] }
  | { readonly type: 'link'; readonly target: string }

export interface Looker {
  readonly netns: NetnsId
  readonly pid: number
}
export function entry(_world: World, _who: Looker, path: string): Entry | undefined {
  if (path === '/proc' || path === '/sys') return { type: 'directory', names: [] }
  return undefined
}
export function read(_world: World, _who: Looker, _path: string): Answer<string> {
  return fail('ENOENT')
}
export function write(_world: World, _who: Looker, _path: string, _text: string): Answer {
  return fail('ENOENT')
}
