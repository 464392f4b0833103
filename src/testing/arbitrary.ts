/**
 * Sessions as arbitraries of fast-check: up to six namespaces with wires and loop-free bridges, then changes and
 * traffic in turn, one request in ten wrong.
 */
import * as fc from 'fast-check'
import { BEGINNINGS, type Beginning, TREE } from './beginnings.ts'
import { open, PACKET_FILES } from './filetraffic.ts'
import { IPV4_REQUESTS, LINK_REQUESTS, type Maker } from './requests.ts'
import { Dice, Scene } from './scene.ts'
import type { Session } from './session.ts'
import { FRAMES, PINGS, type Sender } from './traffic.ts'

export interface Subject {
  readonly name: string
  readonly requests: readonly Maker[]
  readonly traffic: readonly Sender[]
  /** Some links have addresses, and stacks answer. */
  readonly addresses: boolean
  /** What sessions may begin with: networks in which hosts can talk. */
  readonly beginnings: readonly Beginning[]
  /** How often they begin with nothing that works by design, beside the weights of those. */
  readonly wild: number
  /** Between one round and the next so many nanoseconds pass. */
  readonly patience?: number
  readonly ipv6?: boolean
}

export const LINKS: Subject = {
  name: 'links',
  requests: LINK_REQUESTS,
  traffic: [...FRAMES, ...PACKET_FILES],
  addresses: false,
  beginnings: [],
  wild: 1,
}
export const IPV4: Subject = {
  name: 'ipv4',
  requests: [...LINK_REQUESTS, ...IPV4_REQUESTS],
  traffic: [...FRAMES, ...PINGS, ...PACKET_FILES],
  addresses: true,
  beginnings: BEGINNINGS,
  wild: 14,
}
/** Networks in which hosts do talk, before they are changed. */
export const NETWORKS: Subject = { ...IPV4, name: 'networks', wild: 2 }

const often = <T extends { readonly name: string; readonly weight: number }>(list: readonly T[], ...names: string[]) =>
  list.map(each => (names.includes(each.name) ? { ...each, weight: 5 * each.weight } : each))

/** Mostly about TUN, TAP and the programs behind them. */
export const FILES: Subject = {
  name: 'files',
  requests: often(IPV4.requests, 'tuntap'),
  traffic: often(IPV4.traffic, 'open', 'write', 'read'),
  addresses: true,
  beginnings: [],
  wild: 1,
}

const SECOND = 1_000_000_000

/** Bridges that look for a tree: they take seconds. */
export const STP: Subject = {
  name: 'stp',
  requests: often(LINK_REQUESTS, 'setlink bridge', 'setlink bridge_slave'),
  traffic: often(FRAMES, 'frame bpdu'),
  addresses: false,
  beginnings: [TREE],
  wild: 2,
  patience: 3 * SECOND,
}

/** Links with IPv6, which speak by themselves, and at random times: what is compared may differ. */
export const IPV6: Subject = { ...LINKS, name: 'ipv6', patience: 4 * SECOND, ipv6: true }

/** With the one that is there. */
const NETNSES_MAX = 6
const STEPS_MAX = 24
const ROUNDS_MAX = 3
const WRONG_ONE_IN = 10

/** fast-check prefers small and large numbers: for dice, which choose from lists, all are alike. */
const fair = (most: number): fc.Arbitrary<number> => fc.noBias(fc.nat(most))

/** Sessions about a subject. */
export const sessions = (subject: Subject): fc.Arbitrary<Session> =>
  fc.gen().map(draw => session(subject, new Dice(n => draw(fair, n - 1))))

/** One session, decided by dice. */
export function session(subject: Subject, dice: Dice): Session {
  const scene = new Scene(dice, !subject.addresses)
  const spaces = dice.between(1, NETNSES_MAX - 1)
  for (let i = 1; i <= spaces; i++) scene.add({ type: 'newnetns', name: `n${i}` })
  const wild: Beginning = { weight: subject.wild, build: () => {} }
  const beginning = dice.weighted([...subject.beginnings, wild])
  beginning.build(scene)
  if (beginning === wild || dice.oneIn(3)) build(scene, subject)
  for (let rounds = dice.between(1, ROUNDS_MAX); rounds > 0; rounds--) {
    for (let i = dice.between(1, STEPS_MAX / 3); i > 0; i--) send(scene, subject)
    for (let i = dice.below(STEPS_MAX / 3); i > 0; i--) request(scene, subject.requests)
    if (subject.patience !== undefined) scene.add({ type: 'wait', ns: subject.patience })
  }
  for (let i = dice.below(4); i > 0; i--) send(scene, subject)
  return { ...(subject.ipv6 ? { ipv6: true } : {}), steps: scene.steps }
}

/** A network to begin with: wires, bridges, most of them up; addresses where the subject has them. */
function build(scene: Scene, subject: Subject): void {
  const { dice } = scene
  const by = (name: string): Maker[] => subject.requests.filter(each => each.name === name)
  const times = (n: number, name: string): void => {
    for (let i = 0; i < n; i++) request(scene, by(name))
  }
  times(dice.between(1, 6), 'newlink veth')
  times(dice.below(4), 'newlink bridge')
  if (subject === FILES || dice.oneIn(3)) times(dice.between(1, 3), 'tuntap')
  if (dice.oneIn(2)) times(dice.between(1, 5), 'newlink on lower')
  times(dice.below(8), 'setlink master')
  times(dice.between(2, 14), 'setlink up')
  times(dice.between(2, 8), 'newaddr')
  times(dice.below(3), 'sysctl')
  times(dice.below(4), 'newroute')
  for (let i = scene.devices(dev => dev.kind === 'tun').length; i > 0; i--) sendOne(scene, [open])
}

function request(scene: Scene, makers: readonly Maker[]): void {
  const { dice } = scene
  if (makers.length === 0) return
  if (dice.oneIn(WRONG_ONE_IN)) {
    const wrong = dice.pick(makers).wrong?.(scene, dice)
    if (wrong !== undefined) scene.add(wrong)
    return
  }
  const step = dice.weighted(makers).make(scene, dice)
  if (step !== undefined) scene.add(step)
}

function send(scene: Scene, subject: Subject): void {
  sendOne(scene, subject.traffic)
}

function sendOne(scene: Scene, senders: readonly Sender[]): void {
  const { dice } = scene
  const step = dice.weighted(senders).make(scene, dice)
  if (step !== undefined) scene.add(step)
}
