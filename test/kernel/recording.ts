/** What a script printed on a kernel, which scripts are recorded, and how they are compared: without times and random MACs. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const ROOT = join(import.meta.dirname, '../..')
/** RECORDINGS/FOLDER/NAME.json belongs to FOLDER/NAME.sh. */
export const RECORDINGS = join(import.meta.dirname, 'recordings')
const FOLDERS = ['sims', 'sims/broken', 'test/scripts', 'test/stack/linux']

export interface Recording {
  readonly versions: Readonly<Record<string, string>>
  readonly script: string
  readonly stdout: string
  readonly stderr: string
  readonly status: number
}

/** The scripts that Linux runs as they are: a `#: program` is a file of ours that is not there. Paths without `.sh`. */
export const scripts = (): string[] =>
  FOLDERS.flatMap(folder => readdirSync(join(ROOT, folder)).map(name => `${folder}/${name}`))
    .filter(path => path.endsWith('.sh'))
    .map(path => path.slice(0, -'.sh'.length))
    .filter(path => !/^#: program /m.test(scriptText(path)))

export const scriptText = (path: string): string => readFileSync(join(ROOT, `${path}.sh`), 'utf8')

/** MACs that no script names are chance: the first is m1, the second m2 ... Times of ping and ages of brctl are `*`. */
export function normal(text: string, script: string): string {
  const names = new Map<string, string>()
  const nameOf = (mac: string): string => {
    if (script.includes(mac) || /^(00:00:00|ff:ff:ff|01:|33:33)/.test(mac)) return mac
    const known = names.get(mac) ?? `m${names.size + 1}`
    names.set(mac, known)
    return known
  }
  return text
    .replace(/\b[\da-f]{2}(:[\da-f]{2}){5}\b/g, nameOf)
    .replace(/\b8000\.[\da-f]{12}\b/g, '8000.*')
    .replace(/time (\d+)ms/g, 'time *ms')
    .replace(/\d+\.\d+ ?ms\b/g, '*ms')
    .replace(/time=\d+ ms/g, 'time=*ms')
    .replace(/^\S+ \S+ socat\[\d+\]/gm, 'socat')
    .replace(/\b0x[\da-f]{8,}\b/g, '0x*')
    .replace(/^rtt .*$/gm, 'rtt *')
    .replace(/^(\s+\d+\t\S+\t(?:yes|no)\t\t).*$/gm, '$1*')
    .replace(/(num[tr]xqueues) \d+/g, '$1 *')
}
