import type { BatchView } from '#protocols/http.ts'
import { formatBytes, formatMoment, plural } from '../design/format.ts'

const SOURCES: Readonly<Record<string, string>> = { upload: 'Upload', scan: 'Folder scan', offload: 'Card', backup: 'Backup' }

/** Where an import's files came from, in a word. */
export const sourceOf = ({ source }: BatchView): string => SOURCES[source] ?? (source.charAt(0).toUpperCase() + source.slice(1))

/** What it brought in: `12 clips, 3.4 GB · 2 were there already · 1 refused`. */
export function broughtBy({ imported, known, refused, bytes }: BatchView): string {
  const parts = [imported > 0 ? `${plural(imported, 'clip')}, ${formatBytes(bytes)}` : 'nothing new', known > 0 ? `${known.toLocaleString('en')} there already` : '', refused > 0 ? `${refused.toLocaleString('en')} refused` : '']
  return parts.filter((part) => part !== '').join(' · ')
}

/** By whom, when and on which node. */
export const madeBy = ({ by, node, startedMs }: BatchView): string => [by === '' ? '' : `by ${by}`, node === '' ? '' : `on ${node}`, formatMoment(startedMs)].filter((part) => part !== '').join(', ')

/** What is to be said of its state; empty for one that is over. */
export function stateOf({ endedMs, undoneMs }: BatchView): string {
  if (undoneMs !== null) return 'taken back'
  return endedMs === null ? 'not closed yet' : ''
}
