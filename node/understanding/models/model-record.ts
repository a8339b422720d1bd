/** What the nodes of a ring tell each other of a model: records of kind `model`. Its files are blobs of the ring, so that one node's download is enough for all. */
import { type ChunkId, parseChunkId } from '#protocols/ids.ts'
import type { RecordFields, Records, RingRecord } from '#ring'
import { checkManifest } from './manifest.ts'
import type { ModelManifest } from './models.ts'

/** Kind of the records. */
export const MODEL_RECORDS = 'model'
/** A field per node that has all of its files: `node_PEERID`. */
const NODE = 'node_'

/** A file as the first node that fetched it found it. */
export interface SettledFile {
  readonly path: string
  readonly size: number
  readonly sha256: string
  readonly blob: ChunkId
}

export interface ModelRecord {
  readonly id: string
  /** Of a model that somebody's own file describes. */
  readonly manifest: ModelManifest | undefined
  readonly files: readonly SettledFile[]
  /** Peer ids. */
  readonly nodes: readonly string[]
}

/** Ids of records have no dots, those of models no underscores. */
const keyOf = (id: string): string => id.replaceAll('.', '_')

export function readModelRecords(records: Pick<Records, 'list'>): Map<string, ModelRecord> {
  return new Map(records.list(MODEL_RECORDS).map((record) => modelOf(record)).map((model) => [model.id, model]))
}

export async function writeModelRecord(records: Pick<Records, 'put'>, id: string, { manifest, files, node }: { readonly manifest?: ModelManifest | undefined; readonly files?: readonly SettledFile[]; readonly node?: readonly [peerId: string, has: boolean] }): Promise<void> {
  const fields: RecordFields = { ...(manifest && { manifest: { ...manifest, golden: undefined } }), ...(files && { files }), ...(node && { [NODE + node[0]]: node[1] ? true : null }) }
  await records.put(MODEL_RECORDS, keyOf(id), fields)
}

function modelOf({ id, fields }: RingRecord): ModelRecord {
  const own = id.replaceAll('_', '.')
  const manifest = manifestOf(fields['manifest'])
  return {
    id: own, manifest: manifest?.id === own ? manifest : undefined,
    files: Array.isArray(fields['files']) ? fields['files'].flatMap((file) => settled(file) ?? []) : [],
    nodes: Object.keys(fields).flatMap((name) => (name.startsWith(NODE) && fields[name] === true ? [name.slice(NODE.length)] : []))
  }
}

/** Any member may have written anything. */
function manifestOf(value: unknown): ModelManifest | undefined {
  try {
    return value === undefined ? undefined : checkManifest(value)
  } catch {
    return undefined
  }
}

function settled(value: unknown): SettledFile | undefined {
  const { path, size, sha256, blob } = (value ?? {}) as Record<string, unknown>
  try {
    if (typeof path !== 'string' || !Number.isSafeInteger(size) || typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256)) return undefined
    return { path, size: size as number, sha256, blob: parseChunkId(blob as string) }
  } catch {
    return undefined
  }
}
