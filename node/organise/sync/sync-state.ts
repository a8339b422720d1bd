import { randomUUID } from 'node:crypto'
import { access, open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { AssetId } from '#protocols/ids.ts'

/** A file that was put into the folder, as it was then: what differs now was changed by somebody else. */
export interface PlacedFile {
  readonly asset: AssetId
  /** What the template asks for; the file is called otherwise where that was taken. */
  readonly wanted: string
  readonly size: number
  readonly mtimeMs: number
  readonly mode: string
}

/** Files of one album's folder, by path below it. */
export type SyncState = Map<string, PlacedFile>

const fileOf = (folder: string, id: string): string => join(folder, `.thatdam-${id}.json`)

/** Whether an album was ever brought here. */
export const wasHere = (folder: string, id: string): Promise<boolean> => access(fileOf(folder, id)).then(() => true, () => false)

/** An empty one where nothing is noted; a note that can not be read is an error: without it files of others are not told from ours. @throws Error */
export async function readState(folder: string, id: string): Promise<SyncState> {
  const text = await readFile(fileOf(folder, id), 'utf8').catch((err: { code?: string }) => { if (err.code === 'ENOENT') return '{"files":{}}'; throw err })
  const { files } = JSON.parse(text) as { files: Record<string, PlacedFile> }
  return new Map(Object.entries(files).filter(([path]) => !path.split('/').some((segment) => segment === '..' || segment === '' || segment === '.')))
}

export async function writeState(folder: string, id: string, state: SyncState): Promise<void> {
  const draft = join(folder, `.thatdam-${randomUUID()}.tmp`)
  try {
    const file = await open(draft, 'wx', 0o644)
    try {
      await file.writeFile(JSON.stringify({ files: Object.fromEntries(state) }))
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, fileOf(folder, id))
  } catch (err) {
    await rm(draft, { force: true })
    throw err
  }
}
