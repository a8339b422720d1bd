/** Names of vector spaces, and which one is searched while the model of pictures is changed. */
import { createHash } from 'node:crypto'
import { isSpaceId, type SpaceId } from '../space.ts'
import type { ModelManifest } from './models.ts'

/** Of what makes the vectors: the model, its number format, and six digits of its files and how input is prepared. `hashes`: by path; undefined: they are not all known. */
export function spaceName({ id, dtype, files, preprocessing, dimensions }: ModelManifest, hashes: ReadonlyMap<string, string>): SpaceId | undefined {
  const known = files.map(({ path }) => [path, hashes.get(path)] as const).sort(([a], [b]) => (a < b ? -1 : 1))
  if (dimensions === undefined || known.some(([, hash]) => hash === undefined)) return undefined
  const digest = createHash('sha256').update(JSON.stringify([known, preprocessing, dimensions])).digest('hex').slice(0, 6)
  const name = `${id}-${dtype}-${digest}`
  return isSpaceId(name) ? name : undefined
}

/** The old one is searched until the new one covers more. */
export function spacesInUse(now: SpaceId | undefined, before: SpaceId | undefined, cover: (space: SpaceId) => number): { searched: SpaceId | undefined; filling: SpaceId | undefined } {
  if (now === undefined) return { searched: before, filling: undefined }
  if (before === undefined || before === now || cover(now) > cover(before) || cover(before) === 0) return { searched: now, filling: undefined }
  return { searched: before, filling: now }
}
