/**
 * The scripts in linux/ were run on Linux 6.18 in private namespaces: NAME.out and NAME.err are what they printed, NAME.frames
 * every frame per device, with masks where two runs differ. Here they run in a world and must say and send the same.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createWorld } from '../../src/index.ts'

const FOLDER = join(import.meta.dirname, 'linux')
const scripts = readdirSync(FOLDER)
  .filter(file => file.endsWith('.sh'))
  .map(file => file.slice(0, -3))

const recorded = (file: string): string => {
  const path = join(FOLDER, file)
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}

/** What two runs on Linux may differ in: times, and blanks at the ends of lines. */
const masked = (text: string): string =>
  text
    .replace(/time=[\d.]+ ms/g, 'time=T ms')
    .replace(/time \d+ms/g, 'time Tms')
    .replace(/= [\d.]+\/[\d.]+\/[\d.]+\/[\d.]+ ms/g, '= T/T/T/T ms')
    .replace(/ +[\d.]+ ?ms/g, ' T ms')
    .replace(/ +$/gm, '')

test.for(scripts)('%s: the same words and the same frames as on Linux', async name => {
  const world = createWorld()
  const { host } = world
  host.up('lo')
  const capture = world.capture()
  const { stdout, stderr } = await world.sh(recorded(`${name}.sh`))
  expect(masked(stdout)).toBe(masked(recorded(`${name}.out`)))
  expect(masked(stderr)).toBe(masked(recorded(`${name}.err`)))
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
