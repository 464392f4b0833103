/**
 * Here-documents in text that the library has written out: it puts what follows on the line behind the document, where
 * it would be a part of it. So they become here-strings, which say the same on one line.
 */
import { literal, type Redirection, type WordNode, type WordPart } from './syntax.ts'

type HereDoc = Extract<Redirection['target'], { type: 'HereDoc' }>

/** `<<E` and `<<-E` as `<<<`. Throws when the document has no end. */
export function hereString(redirection: Redirection): Redirection {
  const { target } = redirection
  if (target.type !== 'HereDoc') return redirection
  if (target.terminated === false) throw new Error('unterminated here-document')
  const parts = contents(target)
  // A here-string ends in a line's end of its own; the empty document has none.
  if (parts.length === 0) return { ...redirection, operator: '<', target: literal('/dev/null') }
  const word: WordNode = { type: 'Word', parts: [{ type: 'DoubleQuoted', parts: withoutLastLineEnd(parts) }] }
  return { ...redirection, operator: '<<<', target: word }
}

function contents({ content, stripTabs }: HereDoc): WordPart[] {
  const parts = content.parts.filter(part => part.type !== 'Literal' || part.value !== '')
  if (!stripTabs) return parts
  return parts.map((part, i) => {
    if (part.type !== 'Literal') return part
    return { ...part, value: part.value.replace(i === 0 ? /(^|\n)\t+/g : /(\n)\t+/g, '$1') }
  })
}

function withoutLastLineEnd(parts: readonly WordPart[]): WordPart[] {
  const last = parts.at(-1)
  if (last?.type !== 'Literal') return [...parts]
  return [...parts.slice(0, -1), { ...last, value: last.value.replace(/\n$/, '') }]
}
