/** Assets and records as takes need them, without a ring. */
import type { AssetId } from '#protocols/ids.ts'
import type { Asset, RecordFields, Records } from '#ring'

export const takeAssetId = (number: number): AssetId => number.toString(16).padStart(8, '0').padEnd(64, '0') as AssetId

/** A film of a minute, unless more is said of it. */
export function takeAsset(number: number, probe: Partial<Asset['facts']['probe']> = {}, more: Partial<Asset> = {}): Asset {
  const facts = { id: takeAssetId(number), name: `clip-${number}.mp4`, kind: 'video', mime: 'video/mp4', size: 1_000, probe: { durationMs: 60_000, audioCodec: 'aac', framesPerSecond: 25, ...probe } }
  return { title: '', marks: { stack: '' }, made: {}, found: {}, albums: [], ...more, facts } as unknown as Asset
}

export function recordsInMemory(): Pick<Records, 'list' | 'find' | 'put' | 'remove'> {
  const kept = new Map<string, Record<string, unknown>>()
  return {
    list: () => [...kept].map(([id, fields]) => ({ id, fields })),
    find: (_kind: string, id: string) => kept.has(id) ? { id, fields: kept.get(id)! } : undefined,
    put: async (_kind: string, id: string, fields: RecordFields) => { kept.set(id, { ...kept.get(id), ...fields }) },
    remove: async (_kind: string, id: string) => { kept.delete(id) }
  } as never
}
