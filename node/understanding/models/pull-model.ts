import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ModelMissingError, StorageFullError } from '#protocols/errors.ts'
import type { Ring } from '#ring'
import { fetchFile, type FetchOrder, type Source } from './fetch-file.ts'
import type { Expected } from './model-files.ts'
import type { SettledFile } from './model-record.ts'
import type { ModelFile, ModelManifest } from './models.ts'
import type { SeenFiles } from './seen-files.ts'

/** Times a source is asked again for a file when more of it came each time. @default 5 */
export const FETCH_TRIES = 5
/** Between two of those, in ms. @default 1000 */
export const FETCH_PAUSE_MS = 1_000

export type OnProgress = (bytesDone: number, bytesTotal: number | undefined, from: string) => void

export interface PullOrder {
  readonly manifest: ModelManifest
  /** Where its files go. */
  readonly folder: string
  readonly expected: Expected
  /** The first that has a file gives it. */
  readonly sources: readonly Source[]
  readonly seen: SeenFiles
  readonly signal: AbortSignal
  readonly onProgress: OnProgress
  /** @default FETCH_PAUSE_MS */
  readonly pauseMs?: number
}

/** Every file that is missing or wrong, one after the other. Answers by path from which source each came. @throws ModelMissingError with every source and why it had nothing, StorageFullError, the signal's reason */
export async function pullModel(order: PullOrder): Promise<Map<string, Source>> {
  const { manifest: { files }, seen, folder, expected, signal } = order
  const came = new Map<string, Source>()
  let before = 0
  for (const file of files) {
    if (file.package !== undefined) continue
    const there = await seen.look(join(folder, file.path), { signal })
    const right = expected.get(file.path)
    if (there !== undefined && (right === undefined || right === there.sha256)) before += there.size
    else {
      const { source, size } = await fetchOne(order, file, before)
      came.set(file.path, source)
      before += size
    }
  }
  return came
}

async function fetchOne(order: PullOrder, { path, size }: ModelFile, before: number): Promise<{ source: Source; size: number }> {
  const { manifest, folder, expected, sources, onProgress } = order
  const total = totalOf(manifest)
  const failures: string[] = []
  for (const source of sources) {
    try {
      const fetched = await persist(order, source, { path, target: join(folder, path), sha256: expected.get(path), size }, (done, ofFile) => onProgress(before + done, total ?? (ofFile === undefined ? undefined : before + ofFile), source.name))
      return { source, size: fetched.size }
    } catch (err) {
      order.signal.throwIfAborted()
      if (err instanceof StorageFullError) throw err
      failures.push(`${source.name}: ${err instanceof Error ? err.message : String(err)}`)
    }
  }
  throw new ModelMissingError(`${manifest.title} could not be fetched. ${failures.join('. ')}`)
}

const totalOf = ({ files }: ModelManifest): number | undefined => (files.every(({ size }) => size !== undefined) ? files.reduce((sum, { size = 0 }) => sum + size, 0) : undefined)

/** A source that is cut off is asked for the rest as long as that brings more. */
async function persist({ signal, pauseMs = FETCH_PAUSE_MS }: PullOrder, source: Source, order: FetchOrder, onProgress: (done: number, total: number | undefined) => void): Promise<{ size: number }> {
  for (let [tries, had] = [1, -1]; ; tries++) {
    let [first, last] = [-1, -1]
    try {
      return await fetchFile(source, order, { signal, onProgress: (done, total) => { [first, last] = [first < 0 ? done : first, done]; onProgress(done, total) } })
    } catch (err) {
      signal.throwIfAborted()
      if (err instanceof StorageFullError || tries >= FETCH_TRIES || last <= first || last <= had) throw err
      had = last
      await sleep(pauseMs, undefined, { signal })
    }
  }
}

/** Its files as blobs of the ring, so that nobody else has to go further for them. `there`: those that lie in it, as was just seen; all others are put, for a blob that is named may be gone. */
export async function intoRing(blobs: Pick<Ring['blobs'], 'put'>, { manifest: { files }, folder, seen, signal, onProgress }: PullOrder, there: readonly SettledFile[]): Promise<SettledFile[]> {
  const settled: SettledFile[] = []
  let done = 0
  for (const { path } of files.filter((file) => file.package === undefined)) {
    const found = await seen.look(join(folder, path), { signal })
    if (found === undefined) throw new ModelMissingError(`${path} is gone again`)
    const before = there.find((each) => each.path === path && each.sha256 === found.sha256)
    const blob = before?.blob ?? (await blobs.put(createReadStream(join(folder, path), { highWaterMark: 1024 ** 2 }), { signal, onProgress: (bytes) => onProgress(done + bytes, undefined, 'this node, into the ring') })).id
    done += found.size
    settled.push({ path, size: found.size, sha256: found.sha256, blob })
  }
  return settled
}
