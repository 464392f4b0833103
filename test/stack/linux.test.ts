/**
 * The scripts in linux/ were run on Linux 6.18 in private namespaces: NAME.frames are the frames of every device, with
 * masks where two runs differ. Here they run in a world and must send the same. What they print is in the recordings
 * of test/kernel.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createWorld } from '../../src/index.ts'

const FOLDER = join(import.meta.dirname, 'linux')
const recorded = (file: string): string => readFileSync(join(FOLDER, file), 'utf8')
const scripts = readdirSync(FOLDER)
  .filter(file => file.endsWith('.frames'))
  .map(file => file.slice(0, -'.frames'.length))

test.for(scripts)('%s: the same frames as on Linux', async name => {
  const world = createWorld()
  const capture = world.capture()
  await world.sh(recorded(`${name}.sh`))
  const sent = new Map<string, string[]>()
  for (const { netns, link, direction, bytes } of capture.frames) {
    if (link === 'lo' && direction === 'in') continue
    const device = `${netns}/${link}`
    if (!sent.has(device)) sent.set(device, [])
    sent.get(device)!.push(Buffer.from(bytes).toString('hex'))
  }
  for (const [device, golden] of goldenFrames(`${name}.frames`)) {
    // Frames after the last golden one do not count: the recording ended there.
    const ours = (sent.get(device) ?? []).slice(0, golden.length)
    expect(
      ours.map((hex, i) => like(hex, golden[i]!)),
      device,
    ).toEqual(golden)
  }
})

/** The masked octets of each device's frames. */
function goldenFrames(file: string): Map<string, string[]> {
  const frames = new Map<string, string[]>()
  for (const line of recorded(file).split('\n')) {
    const fields = line.split(' | ')
    if (fields.length < 3) continue
    const [device = '', ...rest] = fields
    if (!frames.has(device)) frames.set(device, [])
    frames.get(device)!.push(rest.at(-1)!)
  }
  return frames
}

/** The octets with the mask of the golden frame over them. */
const like = (hex: string, golden: string): string =>
  hex.length === golden.length ? [...hex].map((nibble, i) => (golden[i] === '*' ? '*' : nibble)).join('') : hex
