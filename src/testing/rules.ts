/**
 * Rules that every world keeps. Those about bridges follow IEEE 802.1D-2004 clause 7.7 as Linux has it, and each looks
 * only at what devices do with frames, not at how they decide it.
 */

import type { Device } from '../core/device.ts'
import { type Frame, octets } from '../core/frame.ts'
import { bridgeInfo, portInfo } from '../device/bridge.ts'
import { NS_PER_S, USER_HZ } from '../time/instant.ts'
import { HEADER_BYTES } from '../wire/ethernet.ts'
import * as mac48 from '../wire/mac.ts'
import { forwards, type Hop, type Rule } from './hop.ts'
import { outOfPlace } from './intact.ts'

/** The ports of its bridge to which a frame went that arrived at a port; undefined when it did not arrive at one. */
function egress(hop: Hop): Device[] | undefined {
  const { dev, way } = hop
  if (way !== 'in' || dev.master?.kind !== 'bridge') return undefined
  return forwards(hop).flatMap(fate => (fate.what === 'tx' && fate.dev.master === dev.master ? [fate.dev] : []))
}

/** A frame never leaves through the port at which it came, unless that is a hairpin. */
export const neverBack: Rule = {
  name: 'a frame never returns to its port',
  begin: ({ engine }) => ({
    hop(hop) {
      const back = egress(hop)?.includes(hop.dev) && portInfo(hop.dev, engine.now)?.hairpin === false
      return back ? `it left through ${hop.dev.name}, where it came from` : undefined
    },
  }),
}

/** What arrives at an isolated port leaves through no isolated port. */
export const isolation: Rule = {
  name: 'isolated ports never talk',
  begin({ engine }) {
    const isIsolated = (dev: Device): boolean => portInfo(dev, engine.now)?.isolated === true
    return {
      hop(hop) {
        const out = egress(hop)
        if (out === undefined || out.length === 0 || !isIsolated(hop.dev)) return undefined
        const other = out.find(isIsolated)
        return other && `both ${hop.dev.name} and ${other.name} are isolated`
      },
    }
  },
}

/** An address may be older by this much without being forgotten: two ticks. */
const TICK_NS = 8_000_000
const RESERVED = 0x0180_c200_0000

/**
 * What was heard from an address on a port, and not forgotten since, is in the bridge's table: a frame for it leaves
 * through one port at most. A request, or the spanning tree, makes it unknown again what the bridge knows.
 */
export const neverFlooded: Rule = {
  name: 'a learned address is never flooded',
  begin({ engine }) {
    const isFresh = (bridge: Device, age: number): boolean => {
      const { ageingTime, stpState } = bridgeInfo(bridge, engine.now)
      return stpState === 0 && age < (ageingTime * NS_PER_S) / USER_HZ - TICK_NS
    }
    const heard = new Map<Device, Map<mac48.Mac, number>>()
    return {
      changed: () => heard.clear(),
      hop(hop) {
        const out = egress(hop)
        const { dev, frame } = hop
        if (out === undefined || frame.length < HEADER_BYTES) return undefined
        const bridge = dev.master!
        const known = heard.get(bridge) ?? new Map<mac48.Mac, number>()
        heard.set(bridge, known)
        const [dst, src] = [mac48.get(frame.bytes, frame.at), mac48.get(frame.bytes, frame.at + mac48.BYTES)]
        const since = known.get(dst)
        const wrong = out.length > 1 && since !== undefined && isFresh(bridge, engine.now - since)
        const isBridged = forwards(hop).length > 0 && dst - (dst % 16) !== RESERVED
        if (isBridged && portInfo(dev, engine.now)?.learning === true) known.set(src, engine.now)
        return wrong
          ? `${mac48.format(dst)} is known, and it left through ${out.map(d => d.name).join(', ')}`
          : undefined
      },
    }
  },
}

/** Older ones have had their time. */
const FRAMES_KEPT = 4096

/** The octets of a frame are the same wherever it is seen: who must change them makes a new frame. */
export const unchanged: Rule = {
  name: 'bytes never change once they are sent',
  begin() {
    const seen = new Map<Frame, Uint8Array>()
    const isSame = (frame: Frame, before: Uint8Array): boolean => {
      const now = octets(frame)
      for (let i = 0; i < now.length; i++) if (now[i] !== before[i]) return false
      return now.length === before.length
    }
    return {
      hop({ frame }) {
        const before = seen.get(frame)
        if (before === undefined) {
          seen.set(frame, octets(frame).slice())
          if (seen.size > FRAMES_KEPT) seen.delete(seen.keys().next().value!)
        } else if (!isSame(frame, before)) return 'its octets are not what they were'
        return undefined
      },
      now() {
        for (const [frame, before] of seen) if (!isSame(frame, before)) return 'octets changed behind its back'
        return undefined
      },
    }
  },
}

/** No device is half there, no namespace half gone. */
export const intact: Rule = {
  name: 'nothing is left behind',
  begin: world => ({ now: () => outOfPlace(world)[0] }),
}

export const RULES: readonly Rule[] = [neverBack, isolation, neverFlooded, unchanged, intact]
