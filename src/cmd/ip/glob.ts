/**
 * fnmatch(3) without flags, as `ip addr show label` uses it: `*`, `?`, `[abc]`, `[!a-z]`, and a backslash before each.
 */
export function glob(pattern: string, text: string): boolean {
  let source = ''
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern[i]!
    const set = c === '[' ? /^\[([!^]?)(\]?[^\]]*)\]/.exec(pattern.slice(i)) : null
    if (c === '*') source += '.*'
    else if (c === '?') source += '.'
    else if (set !== null) {
      source += `[${set[1] === '' ? '' : '^'}${set[2]!.replace(/[\\\]^[]/g, '\\$&')}]`
      i += set[0].length - 1
    } else {
      source += (c === '\\' ? (pattern[++i] ?? '\\') : c).replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
    }
  }
  return new RegExp(`^${source}$`, 's').test(text)
}
