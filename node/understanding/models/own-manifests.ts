import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from '#ring/base/log.ts'
import { parseManifest } from './manifest.ts'
import type { ModelManifest } from './models.ts'

/** Manifests that are read, at most. @default 100 */
export const MAX_OWN_MANIFESTS = 100
/** Longest manifest, in bytes. @default 262144 */
export const MAX_MANIFEST_BYTES = 256 * 1024

const SEEN = 'seen-files.json'

/** People's own: `*.json` in this folder. What is wrong with one is logged. */
export async function readOwnManifests(folder: string, log: Logger): Promise<ModelManifest[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.json') && name !== SEEN).sort().slice(0, MAX_OWN_MANIFESTS)
  const manifests = await Promise.all(names.map(async (name) => {
    try {
      const path = join(folder, name)
      if ((await stat(path)).size > MAX_MANIFEST_BYTES) throw new Error(`it is longer than ${MAX_MANIFEST_BYTES} bytes`)
      return parseManifest(await readFile(path, 'utf8'))
    } catch (err) {
      log.error('%s is not used - %s', join(folder, name), err instanceof Error ? err.message : err)
      return undefined
    }
  }))
  return manifests.filter((manifest) => manifest !== undefined)
}
