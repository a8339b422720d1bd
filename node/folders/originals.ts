import { createHash } from 'node:crypto'
import { InvalidMessageError, OriginalUnavailableError } from '#protocols/errors.ts'
import { parseAssetId, type PeerId } from '#protocols/ids.ts'
import { MAX_ORIGINAL_BYTES, ORIGINAL_PROTOCOL, originalRequestCodec, originalResponseCodec, type OriginalRequest, type OriginalResponse } from '#protocols/original.ts'
import type { Asset, AssetLocation, Ring, RpcProtocol } from '#ring'
import type { AbortOptions, Startable } from '#ring/base/lifecycle.ts'
import { openFile, type OpenedFile } from '../library/opened-file.ts'
import type { Folders } from './folders.ts'

/** Pieces fetched ahead of who reads from another node. @default 2 */
export const PIECES_AHEAD = 2
/** A node that sees the file must have answered by then, in ms. @default 15000 */
export const PIECE_TIMEOUT_MS = 15_000

/** `/thatdam/original/1.0.0`: nodes only. */
export const originalProtocol: RpcProtocol<OriginalRequest, OriginalResponse> = {
  id: ORIGINAL_PROTOCOL, roles: ['node'], request: originalRequestCodec, response: originalResponseCodec, maxInFlight: 8
}

export interface OriginalsComponents {
  readonly ring: Pick<Ring, 'self' | 'network' | 'membership' | 'blobs'> & { readonly catalog: Pick<Ring['catalog'], 'asset'> }
  readonly folders: Pick<Folders, 'allowing'>
}

type Range = { start?: number; end?: number }

/** The bytes of assets, wherever they are: in the ring, in a file of this node, or in one of another node. */
export interface Originals extends Startable {
  /** @throws OriginalUnavailableError, ChunkNotFoundError */
  read(asset: Asset, range?: Range, options?: AbortOptions): AsyncIterable<Uint8Array>
  /** Whether one of its places has its very bytes, read to the end. @throws the signal's reason */
  verify(asset: Asset, location: AssetLocation, options?: AbortOptions): Promise<'good' | 'damaged' | 'unreadable'>
}

export function createOriginals({ ring, folders }: OriginalsComponents): Originals {
  const { self, network, membership } = ring

  /** @throws OriginalUnavailableError when it is not the file that was scanned, or lies where nobody allowed to read */
  async function open({ facts }: Asset, { path, file }: AssetLocation): Promise<OpenedFile> {
    const folder = folders.allowing(path)
    if (folder === undefined || file === undefined) throw new OriginalUnavailableError(`${path} lies in no folder this node may read: add its folder again`)
    const opened = await openFile(path, { within: folder.path }).catch((err: Error) => { throw new OriginalUnavailableError(`${path} can not be read: ${err.message}`) })
    if (opened.size === facts.size && opened.modifiedAtMs === file.modifiedAtMs) return opened
    await opened.close()
    throw new OriginalUnavailableError(`${path} is not the file it was when it was scanned: scan it again`)
  }

  async function answer({ asset: digest, path, start, length }: OriginalRequest): Promise<OriginalResponse> {
    if (digest.byteLength !== 32 || length > MAX_ORIGINAL_BYTES) throw new InvalidMessageError(`${ORIGINAL_PROTOCOL}: an id has 32 bytes, an answer at most ${MAX_ORIGINAL_BYTES}`)
    const asset = await ring.catalog.asset(parseAssetId(Buffer.from(digest).toString('hex')))
    const location = asset?.locations.find((each) => each.node === self && each.path === path)
    if (asset === undefined || location === undefined) throw new OriginalUnavailableError('the catalog of this node knows of no such file here')
    const file = await open(asset, location)
    try {
      const pieces: Uint8Array[] = []
      for await (const piece of file.read({ start, end: Math.min(start + length, file.size) })) pieces.push(piece)
      return { bytes: Buffer.concat(pieces) }
    } finally {
      await file.close()
    }
  }

  async function* readHere(asset: Asset, location: AssetLocation, range: Required<Range>, options: AbortOptions): AsyncGenerator<Uint8Array> {
    const file = await open(asset, location)
    try {
      yield* file.read(range, options)
      if (await file.hasChanged()) throw new OriginalUnavailableError(`${location.path} was written to while it was read: scan it again`)
    } finally {
      await file.close()
    }
  }

  async function piece({ facts }: Asset, { node, path }: AssetLocation, start: number, end: number, signal: AbortSignal): Promise<Uint8Array> {
    const length = Math.min(MAX_ORIGINAL_BYTES, end - start)
    const { bytes } = await network.request(node, originalProtocol, { asset: Buffer.from(facts.id, 'hex'), path, start, length }, { signal: AbortSignal.any([signal, AbortSignal.timeout(PIECE_TIMEOUT_MS)]) })
    if (bytes.byteLength !== length) throw new OriginalUnavailableError(`${path} is shorter than it was when it was scanned`)
    return bytes
  }

  async function* readThere(asset: Asset, location: AssetLocation, { start, end }: Required<Range>, options: AbortOptions): AsyncGenerator<Uint8Array> {
    const left = new AbortController()
    const signal = options.signal === undefined ? left.signal : AbortSignal.any([options.signal, left.signal])
    const ahead: Array<Promise<Uint8Array>> = []
    try {
      for (let at = start, next = start; at < end;) {
        for (; next < end && ahead.length <= PIECES_AHEAD; next += MAX_ORIGINAL_BYTES) {
          const coming = piece(asset, location, next, end, signal)
          coming.catch(() => {}) // its failure is for whoever awaits it
          ahead.push(coming)
        }
        const bytes = await (ahead.shift() as Promise<Uint8Array>)
        yield bytes
        at += bytes.byteLength
      }
    } finally {
      left.abort(new Error('the reader left'))
    }
  }

  const readAt = (asset: Asset, location: AssetLocation, range: Required<Range>, options: AbortOptions): AsyncGenerator<Uint8Array> =>
    location.node === self ? readHere(asset, location, range, options) : readThere(asset, location, range, options)

  /** From the nearest place that answers; when one fails on the way, the next goes on where it stopped. */
  async function* readAnywhere(asset: Asset, { start = 0, end = asset.facts.size }: Range, options: AbortOptions): AsyncGenerator<Uint8Array> {
    let at = start
    const failures: string[] = []
    for (const location of placesOf(asset, self).filter(({ node }) => membership.isAlive(node))) {
      try {
        for await (const bytes of readAt(asset, location, { start: at, end: Math.min(end, asset.facts.size) }, options)) {
          at += bytes.byteLength
          yield bytes
        }
        return
      } catch (err) {
        options.signal?.throwIfAborted()
        failures.push(err instanceof Error ? err.message : String(err))
      }
    }
    throw new OriginalUnavailableError(whyNot(asset, failures))
  }

  return {
    start() { network.serve(originalProtocol, (request) => answer(request)) },
    stop() {},
    read: (asset, range = {}, options = {}) => asset.facts.blob === undefined ? readAnywhere(asset, range, options) : ring.blobs.read(asset.facts.blob, range, options),
    async verify(asset, location, options = {}) {
      const hash = createHash('sha256')
      try {
        for await (const bytes of readAt(asset, location, { start: 0, end: asset.facts.size }, options)) hash.update(bytes)
      } catch {
        options.signal?.throwIfAborted()
        return 'unreadable'
      }
      return hash.digest('hex') === asset.facts.id ? 'good' : 'damaged'
    }
  }
}

/** Where its file is watched over and not missing, this node first. */
export function placesOf({ locations }: Pick<Asset, 'locations'>, self: PeerId): AssetLocation[] {
  const there = locations.filter(({ file }) => file !== undefined && file.missingSinceMs === undefined)
  return there.sort((a, b) => Number(b.node === self) - Number(a.node === self))
}

function whyNot({ facts, locations }: Asset, failures: readonly string[]): string {
  if (failures.length > 0) return failures.join('; ')
  const watched = locations.filter(({ file }) => file !== undefined)
  if (watched.every(({ file }) => file?.missingSinceMs !== undefined)) return `the file of ${facts.name} is not where it was, and its bytes were never copied into the ring: put it back and scan its folder`
  return `the bytes of ${facts.name} are not in the ring, and no node that sees its file answers: start that node`
}
