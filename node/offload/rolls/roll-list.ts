/** The list of a roll's files, in the ring. */
import type { ChunkId } from '#protocols/ids.ts'
import { decodeRoll, encodeRoll, type Ring, type RollFile, type RollGeneration, type RollLine } from '#ring'
import type { AbortOptions } from '#ring/base/lifecycle.ts'

export interface RollList {
  /** By path. */
  readonly files: Map<string, RollFile>
  readonly folders: Set<string>
  readonly mhl: RollGeneration[]
}

export const emptyRollList = (): RollList => ({ files: new Map(), folders: new Set(), mhl: [] })

/** @throws InvalidMessageError, ChunkNotFoundError */
export async function readRollList(blobs: Pick<Ring['blobs'], 'read'>, manifest: ChunkId, options: AbortOptions = {}): Promise<RollList> {
  const list = emptyRollList()
  for await (const line of decodeRoll(blobs.read(manifest, {}, options))) {
    if (line.kind === 'file') list.files.set(line.file.path, line.file)
    else if (line.kind === 'folder') list.folders.add(line.folder)
    else list.mhl.push(line.mhl)
  }
  return list
}

export async function writeRollList(blobs: Pick<Ring['blobs'], 'put'>, list: RollList): Promise<ChunkId> {
  return (await blobs.put(bytesOf(list))).id
}

async function* bytesOf(list: RollList): AsyncGenerator<Uint8Array> {
  yield* encodeRoll(linesOf(list))
}

function* linesOf({ files, folders, mhl }: RollList): Generator<RollLine> {
  for (const folder of [...folders].sort()) yield { kind: 'folder', folder }
  for (const [, file] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) yield { kind: 'file', file }
  for (const each of mhl) yield { kind: 'mhl', mhl: each }
}
