/** Replace `remove` UTF-16 units at `at` by `insert`. */
export interface TextEdit {
  readonly at: number
  readonly remove: number
  readonly insert: string
}

/**
 * The smallest single replacement that makes `after` of `before`, never inside a surrogate pair; undefined when they are equal.
 * Where the same text could have been put in at several places, the start of a word is taken, so that two people's words stay whole.
 */
export function textEdit(before: string, after: string): TextEdit | undefined {
  if (before === after) return undefined
  const shorter = Math.min(before.length, after.length)
  let start = 0
  while (start < shorter && before[start] === after[start]) start++
  if (splitsPair(before, start) || splitsPair(after, start)) start--
  let end = 0
  while (end < shorter - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end++
  if (end > 0 && (splitsPair(before, before.length - end) || splitsPair(after, after.length - end))) end--
  return atWordStart(before, { at: start, remove: before.length - end - start, insert: after.slice(start, after.length - end) })
}

// Moving a pure insertion one to the left is the same edit when the unit it passes is also the last one inserted.
function atWordStart(before: string, edit: TextEdit): TextEdit {
  if (edit.remove > 0) return edit
  for (let { at, insert } = edit; ; at--, insert = before[at] + insert.slice(0, -1)) {
    if (at === 0 || /\s/.test(before[at - 1] ?? '')) return { at, remove: 0, insert }
    if (before[at - 1] !== insert.at(-1)) return edit
  }
}

function splitsPair(text: string, at: number): boolean {
  return isBetween(text.charCodeAt(at - 1), 0xd800, 0xdbff) && isBetween(text.charCodeAt(at), 0xdc00, 0xdfff)
}

function isBetween(unit: number, low: number, high: number): boolean {
  return unit >= low && unit <= high
}
