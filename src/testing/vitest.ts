/** The matchers, made known to vitest: `import 'vethereal/testing/vitest'`. */
import { expect } from 'vitest'
import { type FrameLike, matchers } from './matchers.ts'

expect.extend(matchers)

interface Matchers {
  /** Each frame that was sent since `watch(world)` is delivered, on its way, or dropped with a reason. */
  toConserveFrames(): void
  /** No rule was broken since `watch(world)`. */
  toKeepTheRules(): void
  /** No device or namespace of the world is half there. */
  toBeIntact(): void
  /** A link, NETNS/LINK, was reached by such a frame of the capture. */
  toHaveHeard(link: string, like?: FrameLike): void
  /** Such a frame of the capture left through a link, NETNS/LINK. */
  toHaveSent(link: string, like?: FrameLike): void
  /** So many frames of the world ended with a reason, at least one when no number is given. */
  toHaveDropped(reason: string, times?: number): void
  /** A session takes the same course each time. */
  toTakeTheSameCourse(): void
}

declare module 'vitest' {
  // biome-ignore lint/suspicious/noExplicitAny: as vitest declares it.
  interface Assertion<T = any> extends Matchers {}
  interface AsymmetricMatchersContaining extends Matchers {}
}
