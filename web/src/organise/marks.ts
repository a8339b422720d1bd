import type { BulkEditRequest } from '#protocols/http.ts'

/** Labels in the order of their keys: 6 to 9 are the first four. */
export const LABELS = ['red', 'orange', 'yellow', 'green', 'blue', 'purple', 'grey'] as const

/** What a key does to the clips it is pressed for, and how that is said; undefined for other keys. */
export function editOfKey(key: string): { readonly patch: BulkEditRequest['patch']; readonly words: string } | undefined {
  if (/^[0-5]$/.test(key)) return { patch: { rating: Number(key) }, words: key === '0' ? 'not rated' : '★'.repeat(Number(key)) }
  const label = /^[6-9]$/.test(key) ? LABELS[Number(key) - 6] : undefined
  if (label !== undefined) return { patch: { marks: { label } }, words: label }
  const flag = { p: 'pick', r: 'reject', u: '' }[key.toLowerCase()]
  return flag === undefined ? undefined : { patch: { marks: { flag } }, words: { pick: 'picked', reject: 'rejected', '': 'no flag' }[flag] ?? '' }
}

export const MARK_KEYS = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'p', 'P', 'r', 'R', 'u', 'U'] as const
