interface Edit { readonly at: number; readonly remove: number; readonly insert: string }

/** The one replacement that makes `after` of `before`; undefined when they are equal. */
function editOf(before: string, after: string): Edit | undefined {
  if (before === after) return undefined
  const shorter = Math.min(before.length, after.length)
  let start = 0
  while (start < shorter && before[start] === after[start]) start++
  let end = 0
  while (end < shorter - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end++
  return { at: start, remove: before.length - end - start, insert: after.slice(start, after.length - end) }
}

/** What `base` became here, with what it became elsewhere; nothing either side wrote is lost. The node does the same with what this page sends. */
export function mergeText(base: string, mine: string, theirs: string): string {
  const my = editOf(base, mine)
  const their = editOf(base, theirs)
  if (my === undefined) return theirs
  if (their === undefined) return mine
  const [theirEnd, written] = [their.at + their.remove, their.at + their.insert.length]
  const shift = their.insert.length - their.remove
  const to = my.at + my.remove
  const isAround = my.at <= their.at && to >= theirEnd && to > their.at
  const start = my.at <= their.at ? my.at : my.at >= theirEnd ? my.at + shift : written
  const end = to <= their.at ? to : to >= theirEnd ? to + shift : their.at
  return theirs.slice(0, start) + my.insert + (isAround ? their.insert : '') + theirs.slice(Math.max(start, end))
}

/** Where a caret at `caret` of `before` stands in `after`. */
export function movedCaret(before: string, after: string, caret: number): number {
  const edit = editOf(before, after)
  if (edit === undefined || caret <= edit.at) return caret
  return caret >= edit.at + edit.remove ? caret + edit.insert.length - edit.remove : edit.at + edit.insert.length
}
