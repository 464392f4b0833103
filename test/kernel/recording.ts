/** What a script printed on a kernel, and how it is compared: without times and random MACs. */
export interface Recording {
  readonly versions: Readonly<Record<string, string>>
  readonly script: string
  readonly stdout: string
  readonly stderr: string
  readonly status: number
}

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
    .replace(/time(=| )[\d.]+ ?ms/g, 'time$1*ms')
    .replace(/^rtt .*$/gm, 'rtt *')
    .replace(/^(\s+\d+\t\S+\t(?:yes|no)\t\t).*$/gm, '$1*')
}
