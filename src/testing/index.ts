/**
 * `vethereal/testing`, for property tests of bridges, macvlan and whatever stands on them: sessions as data and as
 * arbitraries of fast-check, rules that every world keeps, matchers, and failures that run on Linux.
 */
export { FILES, IPV4, LINKS, NETWORKS, type Subject, session, sessions } from './arbitrary.ts'
export { type CheckOptions, check, told } from './check.ts'
export { damaged, type FrameOptions, frames, macs } from './frames.ts'
export type { Fate, Hop, Keeper, Rule } from './hop.ts'
export type { Account } from './ledger.ts'
export { type FrameLike, matchers, type Verdict } from './matchers.ts'
export { type PlayOptions, play, type Run, send } from './play.ts'
export { type Answered, Player } from './player.ts'
export { IPV4_REQUESTS, LINK_REQUESTS, type Maker } from './requests.ts'
export { intact, isolation, neverBack, neverFlooded, RULES, unchanged } from './rules.ts'
export { hasLoop, unsafe } from './safety.ts'
export { Dice, Scene } from './scene.ts'
export { script } from './script.ts'
export { expanded, isRequest, type Session, type Step, type Traffic } from './session.ts'
export { type FixedSession, smallest } from './smaller.ts'
export {
  type Conversation,
  conversations,
  type Host,
  type MacvlanTopology,
  macvlans,
  type SharedMode,
  type Topology,
  type TopologyOptions,
  type TrafficOptions,
  topologies,
  traffic,
} from './topology.ts'
export { type Broken, type Watch, watch } from './watch.ts'
