import { InvalidMessageError } from '#protocols/errors.ts'
import type { CameraId, ChunkId } from '#protocols/ids.ts'
import { hourOf, type Ring, type SeenNote, smallBlob } from '#ring'
import { once } from '#ring/base/bytes.ts'
import { decodeSeen, encodeSeen, MAX_SEEN_BYTES, MAX_SEEN_PICTURES, type SeenStretch } from './seen-stretch.ts'

export interface SeenBlobsComponents {
  readonly ring: Pick<Ring, 'self' | 'writing'> & {
    readonly blobs: Pick<Ring['blobs'], 'put' | 'read' | 'stat'>
    readonly catalog: { readonly policy: Pick<Ring['catalog']['policy'], 'note'>; readonly index: Pick<Ring['catalog']['index'], 'notes'> }
  }
}

/** What was seen of cameras, in the ring: a blob for each stretch, named by the notes of its hour. */
export interface SeenBlobs {
  /** @throws InvalidMessageError when it is not what a camera saw */
  read(camera: CameraId, blob: ChunkId): Promise<SeenStretch>
  write(stretch: SeenStretch): Promise<SeenNote>
  /** In the place of what this node wrote before. */
  renew(stretch: SeenStretch, old: SeenNote): Promise<SeenNote>
  /** What this node saw in the hour around a moment becomes one blob, where it is of one space: fewer to keep, and fewer to read. */
  join(camera: CameraId, atMs: number): Promise<void>
}

export function createSeenBlobs({ ring }: SeenBlobsComponents): SeenBlobs {
  const { blobs, catalog } = ring

  async function read(camera: CameraId, blob: ChunkId): Promise<SeenStretch> {
    const bytes = await smallBlob(blobs, blob, MAX_SEEN_BYTES)
    if (bytes === undefined) throw new InvalidMessageError(`what was seen of a camera has more than ${MAX_SEEN_BYTES} bytes`)
    const stretch = decodeSeen(bytes)
    if (stretch.camera !== camera) throw new InvalidMessageError('what was seen is of another camera')
    return stretch
  }

  /** In the place of `old`. */
  async function replace(stretch: SeenStretch, old: readonly SeenNote[]): Promise<SeenNote> {
    const { camera, fromMs, toMs } = stretch
    const written = ring.writing()
    try {
      const { id } = await blobs.put(once(encodeSeen(stretch)))
      const gone = new Set(old.map(({ blob }) => blob).filter((blob) => blob !== id))
      const seen = { fromMs, toMs, blob: id, space: stretch.space ?? '' }
      await catalog.policy.note(camera, hourOf(fromMs), (note) => ({ ...note, seen: [...(note.seen ?? []).filter(({ blob }) => !gone.has(blob) && blob !== id), seen].sort((a, b) => a.fromMs - b.fromMs) }))
      return seen
    } finally {
      written()
    }
  }

  return {
    read,
    write: (stretch) => replace(stretch, []),
    renew: (stretch, old) => replace(stretch, [old]),
    async join(camera, atMs) {
      const seen = catalog.index.notes(camera, atMs, atMs).filter(({ node, hour }) => node === ring.self && hour === hourOf(atMs)).flatMap((note) => note.seen ?? []) // nobody can change another one's
      if (seen.length < 2) return
      const all = await Promise.all(seen.map(async (note) => ({ note, stretch: await read(camera, note.blob) })))
      for (const run of runsOf(all)) if (run.length > 1) await replace(joined(run.map(({ stretch }) => stretch)), run.map(({ note }) => note))
    }
  }
}

interface Read { readonly note: SeenNote; readonly stretch: SeenStretch }

/** Stretches that follow each other, of one space, and no more than one blob may hold. */
function runsOf(all: readonly Read[]): Read[][] {
  const runs: Read[][] = []
  let pictures = 0
  for (const one of all.toSorted((a, b) => a.stretch.fromMs - b.stretch.fromMs)) {
    const run = runs.at(-1)
    const last = run?.at(-1)?.stretch
    pictures += one.stretch.pictures.length
    if (run !== undefined && last !== undefined && last.space === one.stretch.space && last.dimensions === one.stretch.dimensions && last.toMs <= one.stretch.fromMs && pictures <= MAX_SEEN_PICTURES) run.push(one)
    else {
      runs.push([one])
      pictures = one.stretch.pictures.length
    }
  }
  return runs
}

function joined(stretches: readonly SeenStretch[]): SeenStretch {
  const [first, last] = [stretches[0]!, stretches.at(-1)!]
  return { ...first, toMs: last.toMs, pictures: stretches.flatMap(({ pictures }) => pictures) }
}
