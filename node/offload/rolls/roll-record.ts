/** What the ring's records say of a roll: small; its files are in a list of their own. */
import type { RollView } from '#protocols/http.ts'
import { type ChunkId, parseChunkId } from '#protocols/ids.ts'
import type { RecordFields, RingRecord } from '#ring'

/** Kind of record of the ring's settings for rolls. */
export const ROLL_SETTINGS = 'roll-settings'
/** When a card is safe to format. @default two nodes in two zones */
export const DEFAULT_SAFE_RULE = Object.freeze({ nodes: 2, zones: 2 })
/** Failures kept with a roll: the field of a record has a limit. @default 30 */
export const MAX_FAILURES = 30

export interface Roll extends Omit<RollView, 'jobId' | 'node'> {
  /** Peer id of the node that read the card. */
  readonly peerId: string
  readonly node: string
  /** Blob that lists its files; undefined until the first is in the ring. */
  readonly manifest: ChunkId | undefined
  /** Blob that says which copies were read back. */
  readonly receipt: ChunkId | undefined
}

export const albumOf = (id: string): string => `roll-${id}`

/** Any member may have written anything: what is wrong reads as nothing. */
export function rollOf({ id, fields }: RingRecord): Roll {
  const text = (field: string): string => typeof fields[field] === 'string' ? fields[field] as string : ''
  const count = (field: string): number => typeof fields[field] === 'number' && Number.isFinite(fields[field]) ? fields[field] as number : 0
  const texts = (field: string): string[] => Array.isArray(fields[field]) ? (fields[field] as unknown[]).filter((each) => typeof each === 'string') as string[] : []
  const reads = (fields['sourceReads'] ?? {}) as Record<string, unknown>
  const failures = Array.isArray(fields['failures']) ? (fields['failures'] as Array<{ path?: unknown; reason?: unknown } | null>) : []
  const state = text('state')
  return {
    id, name: text('name') || id, peerId: text('peerId'), node: text('node'), zone: text('zone'), card: text('card'), state: state === 'copying' || state === 'done' ? state : 'incomplete',
    startedMs: count('startedMs'), endedMs: count('endedMs'), files: count('files'), bytes: count('bytes'), clips: count('clips'), failed: count('failed'), leftOnCard: count('leftOnCard'),
    failures: failures.map((each) => ({ path: String(each?.path ?? ''), reason: String(each?.reason ?? '') })), verify: text('verify'),
    sourceReads: { direct: Number(reads['direct']) || 0, cached: Number(reads['cached']) || 0 }, hashes: texts('hashes'), to: texts('to'),
    operator: text('operator'), location: text('location'), comment: text('comment'), generations: count('generations'), album: albumOf(id), manifest: chunkOf(fields['manifest']), receipt: chunkOf(fields['receipt'])
  }
}

/** What the first record of a roll says, or what changed. */
export type RollFields = Partial<Omit<Roll, 'id' | 'album' | 'receipt'> & { receipt: ChunkId | null }>

export const fieldsOfRoll = (roll: RollFields): RecordFields =>
  ({ ...roll, ...(roll.failures && { failures: roll.failures.slice(0, MAX_FAILURES).map(({ path, reason }) => ({ path: path.slice(0, 200), reason: reason.slice(0, 160) })) }) })

function chunkOf(id: unknown): ChunkId | undefined {
  try {
    return parseChunkId(id as string)
  } catch {
    return undefined
  }
}
