import type { BackupContents, CameraEntries, RecordEntries } from '#protocols/backup.ts'
import type { RecordDecision } from '#protocols/http.ts'
import type { Ring } from '#ring'

/** Kinds of records that are part of the library. The rest lets somebody in, or belongs to one machine. */
export const LIBRARY_RECORDS: readonly string[] = ['albums', 'projects', 'fields', 'states', 'searches', 'batches', 'workflows', 'tiers', 'roll-settings', 'takes']
/** How long a chunk may take to come from another node, in ms. @default 60000 */
export const CHUNK_WAIT_MS = 60_000

export type ContentsRing = Pick<Ring, 'id' | 'name'> & { readonly catalog: Pick<Ring['catalog'], 'cameras' | 'copy' | 'policy' | 'records'> }

/** What there is of a ring to back up. */
export async function ringContents({ id, name, catalog }: ContentsRing): Promise<BackupContents> {
  return { ringId: id, node: name, cameras: camerasOf(catalog), records: recordsOf(catalog), documents: await catalog.copy.documents() }
}

/** Each camera with what was decided about its footage. */
function camerasOf(catalog: ContentsRing['catalog']): CameraEntries {
  const { policy } = catalog
  return catalog.cameras().map((camera) => {
    const [plan, kept] = [policy.plan(camera.id), policy.kept(camera.id)]
    return { ...camera, retention: { ...policy.retention(camera.id) }, ...(plan && { plan: structuredClone(plan) as RecordDecision }), ...(kept.length > 0 && { kept }) }
  })
}

function recordsOf({ records }: ContentsRing['catalog']): RecordEntries {
  return Object.fromEntries(LIBRARY_RECORDS.map((kind) => [kind, records.list(kind).map(({ id, fields }) => ({ id, fields: { ...fields } }))] as const).filter(([, list]) => list.length > 0))
}
