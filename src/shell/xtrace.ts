/** One line of `set -x`: bash quotes words that the shell would not read back as they are. */

const PLAIN = /^[A-Za-z0-9_%+,./:=@^-]+$/

/** `+ ping -c 1 'two words'` */
export const traceOf = (prefix: string, words: readonly string[]): string => `${prefix}${words.map(quote).join(' ')}\n`

/** xtrace_print_word_list: sh_contains_shell_metas, ansic_shouldquote. */
function quote(word: string): string {
  if (word === '') return "''"
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what bash looks for
  if (/[\u0000-\u001f\u007f]/.test(word)) return `$'${[...word].map(ansi).join('')}'`
  return PLAIN.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}

const ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\t': '\\t', '\r': '\\r', '\\': '\\\\', "'": "\\'" }

const ansi = (char: string): string =>
  ESCAPES[char] ?? (char < ' ' || char === '\u007f' ? `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}` : char)
