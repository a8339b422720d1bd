import type { AssetList, JobView } from '#protocols/http.ts'
import type { AbortOptions } from '#ring/base/lifecycle.ts'
import type { Person } from '../organise/person.ts'

/** Progress of an action, in words. */
export interface ActionOptions extends AbortOptions {
  readonly onStep?: (words: string) => void
}

export interface LibraryStatistics {
  readonly total_files: number
  readonly total_size_bytes: number
  readonly by_mime: ReadonlyArray<{ mime: string; count: number; size: number }>
  readonly by_batch: ReadonlyArray<{ batch: string; count: number }>
}

export interface BackedUp {
  readonly generation: string
  readonly copied: number
  readonly skipped: number
  readonly bytes: number
  /** What no node that answered has. */
  readonly missing: number
  readonly dest: string
}

/** Edits of many assets. */
export interface BulkEdit {
  readonly add_tags?: string[]
  readonly remove_tags?: string[]
  readonly rating?: number
  readonly title?: string
  readonly notes?: string
}

/** What the seed knows as album sync: the files of a named album, brought into a folder. `category`: a folder between. */
export interface AlbumSync { readonly root: string; readonly album: string; readonly category?: string; readonly copy?: boolean }

/**
 * What a node can be told to do, whoever tells: a workflow, an old client, a person. One that is absent is a feature this node does not
 * have, and is answered so. Each rejects with a sentence that says what to do.
 */
export interface Actions {
  /** Resolves when the folder is in. */
  scan?(path: string, options: ActionOptions): Promise<JobView>
  /** Nothing is done. @throws what `scan` would, as far as a look tells */
  checkScan?(path: string): Promise<void>
  /** Begins it, and answers at once. */
  beginScan?(path: string): Promise<JobView>
  backup?(place: string, options: ActionOptions & { keep?: number }): Promise<BackedUp>
  /** Nothing is written. @throws what `backup` would, as far as a look tells */
  checkBackup?(place: string): Promise<void>
  stats?(options: AbortOptions): Promise<LibraryStatistics>
  recent?(limit: number): AssetList
  search?(query: { text: string; kind?: 'video' | 'audio' | 'image' | undefined; limit: number }): AssetList
  verify?(options: ActionOptions): Promise<JobView>
  retention?(options: AbortOptions & { dryRun: boolean }): Promise<{ hours: number; bytes: number; waiting: string | null }>
  garbage?(options: AbortOptions & { dryRun: boolean }): Promise<{ chunks: number; bytes: number; waiting: string | null }>
  /** Writes a range of a camera to a file of the node's machine; it must not be there yet. */
  exportRange?(range: { camera: string; fromMs: number; toMs: number; file: string; cut: 'exact' | 'keyframe' | 'parts' }, options: AbortOptions): Promise<{ bytes: number; startMs: number; durationMs: number }>
  /** Assets by id, or all that a search finds; answers how many changed. */
  edit?(which: { ids?: readonly string[]; query?: string }, edit: BulkEdit, options: AbortOptions & { dryRun: boolean }): Promise<number>
  /** One POST, neither signed nor tried again: who calls is told what became of it. A webhook that is kept is both. */
  webhook?(url: string, body: unknown, options: AbortOptions & { allowPrivate?: boolean }): Promise<{ status: number }>
  syncAlbum?(album: AlbumSync, options: ActionOptions & { dryRun: boolean }): Promise<{ album: string; category: string; synced: number; skipped: number; dest: string }>
  batches?: {
    list(): Promise<ReadonlyArray<{ batch: string; count: number }>>
    show(name: string): Promise<unknown>
    add(batch: { name?: string; folder?: string; paths?: readonly string[] }): Promise<unknown>
    /** What it brought in and nobody edited since goes to the trash; undefined: there was none. */
    remove(name: string, who?: Person): Promise<{ removed: number; left: number } | undefined>
    /** Names by ids. */
    names(): ReadonlyMap<string, string>
  }
  paths?: {
    list(): Promise<readonly string[]>
    add(path: string, name?: string): Promise<unknown>
    remove(name: string): Promise<boolean>
  }
  offload?(card: { source: string; to?: readonly string[] }, options: ActionOptions & { dryRun: boolean }): Promise<{ files: number; bytes: number }>
}
