import { createReadStream } from 'node:fs'
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { extname, join } from 'node:path'
import { RefusedError } from '#protocols/errors.ts'
import type { ChunkId } from '#protocols/ids.ts'
import { type Asset, type AssetPatch, laterProbe, LATER_PROBE, PICTURE_HASH, type Ring, smallBlob } from '#ring'
import { bytesOf, once } from '#ring/base/bytes.ts'
import type { Originals } from '../folders/originals.ts'
import { cameraFacts } from '../library/deep/camera-facts.ts'
import { captureOf } from '../library/deep/capture.ts'
import type { Exif } from '../library/deep/exif.ts'
import { encodeMetadata, FIRST_METADATA, MAX_METADATA_BYTES, type Metadata, METADATA } from '../library/deep/metadata.ts'
import { readWithFix } from '../library/deep/timed-fix.ts'
import { type ByteRange, timedRanges } from '../library/deep/timed-ranges.ts'
import { demuxerOf } from '../library/sniff.ts'
import type { BlobDoor } from './blob-door.ts'
import type { Derived, DeriveOrder, RenditionFile } from './derive-orders.ts'
import type { DeriveProcesses } from './derive-process.ts'
import { type LentOriginal, lendOriginal } from './lend-original.ts'
import type { ProxyPlan } from './proxy-playlist.ts'
import { renditionHeights } from './proxy-plan.ts'
import { PREVIEW, PROXY, rendition, SOUND, SPRITE, STILL, WAVEFORM, type Want } from './wanted.ts'

/** Of an original that is larger than two of these only parts are laid out for ExifTool: so many bytes of its beginning, as many of its end, and what notes of a film lie between. @default 33554432 */
export const EXIF_PART_BYTES = 32 * 1024 * 1024
/** Largest picture that a preview is made of, in bytes: it is laid out on the disk. @default 536870912 */
export const MAX_PREVIEWED_BYTES = 512 * 1024 * 1024
/** Cores one proxy may take, at the lowest priority. @default half of them */
export const PROXY_THREADS = Math.max(1, Math.floor(availableParallelism() / 2))

export interface MakerComponents {
  readonly blobs: Pick<Ring['blobs'], 'put' | 'read' | 'stat'>
  readonly originals: Pick<Originals, 'read'>
  readonly door: Pick<BlobDoor, 'lend'>
  readonly exif: Pick<Exif, 'read' | 'readTimed' | 'missing' | 'preview'>
  /** Folder of this node's own for what is being made. */
  readonly folder: string
  readonly processes: Pick<DeriveProcesses, 'run'>
}

export interface MakeOptions {
  readonly signal: AbortSignal
  readonly onProgress: (share: number) => void
}

/** Makes one thing of one asset; answers what the catalog is to be told. Rejects with a sentence for people. */
export type Make = (want: Want, asset: Asset, options: MakeOptions) => Promise<AssetPatch>

export function createMaker({ blobs, originals, door, exif, folder, processes }: MakerComponents): Make {
  const put = async (bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<ChunkId> => (await blobs.put(bytes, { signal })).id
  const run = (order: DeriveOrder, { signal, onProgress }: MakeOptions): Promise<Derived> => processes.run(order, { signal, onProgress })

  const ofOriginal = (asset: Asset, order: (source: LentOriginal) => DeriveOrder, how: MakeOptions): Promise<Derived> => lendOriginal({ door, originals }, asset, (source) => run(order(source), how))

  async function look(asset: Asset, how: MakeOptions): Promise<AssetPatch> {
    const { poster } = asset
    if (poster === undefined) throw new RefusedError('it has no poster')
    const { size } = await blobs.stat(poster, { signal: how.signal })
    const { hashes = '-' } = await door.lend((range, options) => blobs.read(poster, range, options), size, (url) => run({ make: 'look', url, demuxer: 'jpeg_pipe', turn: 0 }, how))
    return { found: { [PICTURE_HASH]: hashes } }
  }

  /** What FFmpeg does not decode, as raw pictures, has a picture inside that cameras put there. */
  async function preview(asset: Asset, how: MakeOptions): Promise<AssetPatch> {
    const { size, mime, probe } = asset.facts
    if (size > MAX_PREVIEWED_BYTES) throw new RefusedError(`it has more than ${MAX_PREVIEWED_BYTES} bytes`)
    const turn = probe.rotation ?? 0
    const demuxer = demuxerOf(mime)
    const { picture = new Uint8Array() } = await laidOut(asset, async (path) => {
      if (demuxer !== undefined) return run({ make: 'preview', path, demuxer, turn }, how)
      const inside = await exif.preview(path)
      if (inside === undefined) throw new RefusedError(await exif.missing() ?? 'there is no picture inside that can be shown')
      await writeFile(`${path}.jpg`, inside, { flag: 'wx', mode: 0o600 })
      return run({ make: 'preview', path: `${path}.jpg`, demuxer: 'jpeg_pipe', turn }, how)
    }, how.signal, [[0, size]])
    return { made: { [PREVIEW]: await put(once(picture), how.signal) } }
  }

  async function still(asset: Asset, how: MakeOptions): Promise<AssetPatch> {
    const { picture = new Uint8Array() } = await ofOriginal(asset, (source) => ({ make: 'still', ...source, seconds: asset.facts.kind === 'image' ? 0 : source.seconds }), how)
    return { made: { [STILL]: await put(once(picture), how.signal) } }
  }

  async function sprite(asset: Asset, how: MakeOptions): Promise<AssetPatch> {
    const { picture = new Uint8Array(), hashes = '-' } = await ofOriginal(asset, (source) => ({ make: 'sprite', ...source }), how)
    return { made: { [SPRITE]: await put(once(picture), how.signal) }, found: { [PICTURE_HASH]: hashes } }
  }

  async function waveform(asset: Asset, how: MakeOptions): Promise<AssetPatch> {
    const { peaks = new Uint8Array() } = await ofOriginal(asset, (source) => ({ make: 'waveform', ...source }), how)
    const seconds = (asset.facts.probe.durationMs ?? 0) / 1000
    return { made: { [WAVEFORM]: await put(once(Buffer.from(JSON.stringify({ seconds, peaks: [...peaks] }))), how.signal) } }
  }

  async function sound(asset: Asset, how: MakeOptions): Promise<AssetPatch> {
    const { print = new Uint8Array() } = await ofOriginal(asset, (source) => ({ make: 'sound', ...source }), how)
    return { made: { [SOUND]: await put(once(print), how.signal) } }
  }

  async function proxy(asset: Asset, how: MakeOptions): Promise<AssetPatch> {
    const heights = renditionHeights(asset.facts.probe)
    const place = await mkdtemp(join(folder, 'proxy-'))
    try {
      const { renditions = [] } = await ofOriginal(asset, (source) => ({ make: 'proxy', ...source, folder: place, heights, threads: PROXY_THREADS }), how)
      return { made: await kept(renditions, heights, how.signal) }
    } finally {
      await rm(place, { recursive: true, force: true })
    }
  }

  /** Every rendition, and what says how they are played: all or nothing. */
  async function kept(files: readonly RenditionFile[], heights: readonly number[], signal: AbortSignal): Promise<Record<string, ChunkId>> {
    const made: Record<string, ChunkId> = {}
    for (const [i, file] of files.entries()) made[rendition(heights[i] ?? 0)] = await put(createReadStream(file.path), signal)
    const plan: ProxyPlan = { renditions: files.map(({ path: _path, ...rest }, i) => ({ name: String(heights[i] ?? 0), ...rest })) }
    return { ...made, [PROXY]: await put(once(Buffer.from(JSON.stringify(plan))), signal) }
  }

  /** For what was imported without ExifTool, by an older program or on a machine without perl, and for films that note where they are. */
  async function metadata(asset: Asset, { signal }: MakeOptions): Promise<AssetPatch> {
    const why = await exif.missing()
    if (why !== undefined) throw new RefusedError(why)
    const tags = await laidOut(asset, (path) => readWithFix(exif, path, { signal }), signal, await partsForExif(asset, signal))
    if (tags === undefined) throw new RefusedError('ExifTool makes nothing of it')
    const { probe, name } = asset.facts
    const later = { ...cameraFacts(tags), ...captureOf(tags, name, probe) }
    const blob = await put(once(encodeMetadata({ ...await firstMetadata(asset, signal), exif: tags })), signal)
    return { made: { [METADATA]: blob, ...(asset.made[FIRST_METADATA] !== undefined && { [FIRST_METADATA]: '' }) }, found: { [LATER_PROBE]: laterProbe(later) } }
  }

  /** Of what is large: its beginning, its end, and of a film its tables and where it notes what is neither picture nor sound. */
  async function partsForExif(asset: Asset, signal: AbortSignal): Promise<ReadonlyArray<ByteRange>> {
    const { size, kind } = asset.facts
    if (size <= 2 * EXIF_PART_BYTES) return [[0, size]]
    const read = ([start, end]: ByteRange): Promise<Buffer> => bytesOf(originals.read(asset, { start, end }, { signal }))
    return [[0, EXIF_PART_BYTES], ...kind === 'video' ? await timedRanges(read, size) : [], [size - EXIF_PART_BYTES, size]]
  }

  /** What was read at the import; nothing when that can not be read any more. */
  async function firstMetadata({ made }: Asset, signal: AbortSignal): Promise<Metadata> {
    const first = made[FIRST_METADATA]
    const text = first === undefined ? undefined : await smallBlob(blobs, first, MAX_METADATA_BYTES, { signal })
    if (text === undefined) return {}
    try {
      return JSON.parse(text.toString('utf8')) as Metadata
    } catch {
      return {}
    }
  }

  /** `parts` of it, from where to where, in a file of their size; the rest are zeros. */
  async function laidOut<T>(asset: Asset, use: (path: string) => Promise<T>, signal: AbortSignal, parts: ReadonlyArray<ByteRange>): Promise<T> {
    const { name } = asset.facts
    const place = await mkdtemp(join(folder, 'original-'))
    const path = join(place, `file${/^\.\w{1,8}$/.exec(extname(name))?.[0] ?? ''}`)
    try {
      const file = await open(path, 'wx', 0o600)
      try {
        for (const [start, end] of parts) {
          let at: number = start
          for await (const bytes of originals.read(asset, { start, end }, { signal })) {
            await file.write(bytes, 0, bytes.byteLength, at)
            at += bytes.byteLength
          }
        }
      } finally {
        await file.close()
      }
      return await use(path)
    } finally {
      await rm(place, { recursive: true, force: true })
    }
  }

  const makers: Readonly<Record<Want, (asset: Asset, how: MakeOptions) => Promise<AssetPatch>>> = { metadata, look, preview, still, sprite, waveform, sound, proxy }
  return (want, asset, how) => makers[want](asset, how)
}
