import { textEdit } from './text-edit.ts'

/**
 * What `base` became on one side, with what it became on the other: each side counts as one replacement. Nothing either side wrote is lost,
 * also where one deleted around what the other wrote.
 */
export function mergeText(base: string, mine: string, theirs: string): string {
  const my = textEdit(base, mine)
  const their = textEdit(base, theirs)
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
