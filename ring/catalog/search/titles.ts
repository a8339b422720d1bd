import type { RingRecord } from '../records.ts'

/** What people call the values of these fields, by id. */
export interface Titles {
  readonly album: ReadonlyMap<string, string>
  readonly batch: ReadonlyMap<string, string>
}

export const NO_TITLES: Titles = { album: new Map(), batch: new Map() }

/** Names of a field's values; undefined where the values are names themselves. */
export const titlesFor = (titles: Titles, field: string): ReadonlyMap<string, string> | undefined => Object.hasOwn(titles, field) ? titles[field as keyof Titles] : undefined

/** What the ring's records say now: the same object until one of them changes. */
export function titlesOf(records: (kind: 'albums' | 'batches') => readonly RingRecord[]): () => Titles {
  let known: { albums: readonly RingRecord[]; batches: readonly RingRecord[]; titles: Titles } | undefined
  return () => {
    const [albums, batches] = [records('albums'), records('batches')]
    if (known?.albums !== albums || known.batches !== batches) known = { albums, batches, titles: { album: namesIn(albums), batch: namesIn(batches) } }
    return known.titles
  }
}

function namesIn(records: readonly RingRecord[]): Map<string, string> {
  return new Map(records.flatMap(({ id, fields: { name, title } }) => {
    const called = name ?? title
    return typeof called === 'string' ? [[id, called.slice(0, 500)] as const] : []
  }))
}
