import { randomBytes, randomInt } from 'node:crypto'
import type { Readable } from 'node:stream'
import { ChecksumMismatchError, InvalidInputError, NotAuthorizedError, NotFoundError, RefusedError, TooLargeError, UnsupportedMediaError, UploadGoneError, UploadLockedError, UploadOffsetError } from '#protocols/errors.ts'
import { digestOf, type Partition } from '#protocols/ids.ts'
import type { UploadRecord } from '#protocols/upload.ts'
import { CHUNK_BYTES, isUploadId, type Ring, uploadExpiresMs } from '#ring'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import { repeating } from '#ring/base/tasks.ts'
import { MAX_UPLOAD_BYTES } from '../library/spool.ts'
import type { Checksum } from './checksum.ts'
import { chunksOf, withChunk } from './chunk-list.ts'
import { createFinisher, type FinisherComponents } from './finisher.ts'
import { Intake } from './intake.ts'
import { readMetadata } from './metadata.ts'
import { UploadSessions } from './sessions.ts'

/** Partial uploads one file may be put together from. @default 64 */
export const MAX_UPLOAD_PARTS = 64
/** How far an upload is, is written this often while bytes come, in ms. @default 250 */
export const REMEMBER_EVERY_MS = 250
/** A whole upload that nobody looked at this long after its last byte is looked at by one of its keepers, in ms. @default 60000 */
export const UNFINISHED_MS = 60_000
/** How often it is looked for those, in ms. @default 30000 */
export const UNFINISHED_CHECK_MS = 30_000

export interface UploadsComponents extends Pick<FinisherComponents, 'spool' | 'importer'> {
  readonly ring: Pick<Ring, 'self' | 'chunks' | 'blobs' | 'uploads' | 'placement' | 'writing'>
  readonly log: Logger
}

export interface UploadsInit {
  /** @default UNFINISHED_MS */
  readonly unfinishedMs?: number
  /** @default UNFINISHED_CHECK_MS */
  readonly unfinishedCheckMs?: number
}

export interface NewUpload {
  readonly length: number
  /** `Upload-Metadata` as it came. */
  readonly metadata: string
  readonly isPartial: boolean
  /** Who sends it, as people are named. */
  readonly by: string
}

export interface Arrival {
  /** Where its bytes begin. */
  readonly offset: number
  readonly source: Readable
  /** How many they are, when that was said. */
  readonly size: number | undefined
  readonly checksum: Checksum | undefined
}

/** Files on their way into the ring, a piece at a time, by way of any node. */
export interface Uploads extends Startable {
  /** @throws InvalidInputError, TooLargeError, OverloadedError */
  create(upload: NewUpload): Promise<UploadRecord>
  /** One made of whole partial ones. @throws as `create`, RefusedError when one is not whole */
  join(parts: readonly string[], metadata: string, by: string): Promise<UploadRecord>
  /** How far it is; nobody works on it here when this resolves. @throws NotFoundError, UploadGoneError, UploadLockedError */
  head(id: string): Promise<UploadRecord>
  /** How it is, whoever works on it. @throws NotFoundError */
  look(id: string): Promise<UploadRecord>
  /** Resolves when what came is acknowledged. @throws UploadOffsetError, UploadLockedError, TooLargeError, ChecksumMismatchError… */
  append(id: string, arrival: Arrival): Promise<UploadRecord>
  /** Make an asset of a whole one. @throws ChecksumMismatchError, UnsupportedMediaError for what is refused */
  finish(record: UploadRecord): Promise<UploadRecord>
  /** @throws NotFoundError, UploadGoneError, UploadLockedError while it is looked at */
  terminate(id: string): Promise<void>
  /** Open ones of these very bytes. */
  find(sha256: string, length: number): Promise<UploadRecord[]>
}

export const isWhole = ({ state, offset, length }: UploadRecord): boolean => state === 'open' && offset === length

export function createUploads(components: UploadsComponents, { unfinishedMs = UNFINISHED_MS, unfinishedCheckMs = UNFINISHED_CHECK_MS }: UploadsInit = {}): Uploads {
  const { ring, log } = components
  const makeAsset = createFinisher(components)
  const sessions = new UploadSessions()
  const finishing = new Map<string, Promise<UploadRecord>>()
  const stopping = new AbortController()
  const writer = randomInt(1, 2 ** 32 - 1)

  /** The next record of it, which fences off whoever wrote the last one elsewhere. */
  const next = (record: UploadRecord, change: Partial<UploadRecord> = {}): UploadRecord =>
    record.writer === writer ? { ...record, ...change, seq: record.seq + 1 } : { ...record, ...change, epoch: record.epoch + 1, seq: 0, writer }

  async function save(record: UploadRecord): Promise<UploadRecord> {
    await ring.uploads.write(record)
    return record
  }

  async function look(id: string): Promise<UploadRecord> {
    const record = isUploadId(id) ? await ring.uploads.read(id) : undefined
    if (record === undefined) throw new NotFoundError('there is no such upload: it ended a while ago, or never was')
    return record
  }

  async function head(id: string): Promise<UploadRecord> {
    if (!finishing.has(id)) await sessions.free(id)
    const record = await look(id)
    if (record.state === 'gone') throw new UploadGoneError(`this upload is over: ${record.reason}`)
    if (record.state === 'open' && uploadExpiresMs(record) < Date.now()) throw new UploadGoneError('this upload is over: nobody went on with it in time')
    return record
  }

  async function create({ length, metadata, isPartial, by }: NewUpload, change: Partial<UploadRecord> = {}): Promise<UploadRecord> {
    if (!Number.isSafeInteger(length) || length < 0) throw new InvalidInputError('Upload-Length is not a number of bytes')
    if (length > MAX_UPLOAD_BYTES) throw new TooLargeError(`the file is larger than ${MAX_UPLOAD_BYTES} bytes: scan it from the node's own disk instead`)
    const nowMs = Date.now()
    const { path, sha256 } = readMetadata(metadata)
    return save({
      id: randomBytes(16).toString('hex'), epoch: 1, seq: 0, writer, state: 'open', length, offset: 0, metadata, path, sha256, concat: isPartial ? 'partial' : '', parts: [],
      createdMs: nowMs, touchedMs: nowMs, pages: [], chunks: [], tail: [], copies: 0, assetId: '', outcome: '', reason: '', code: '', by: by.slice(0, 200), ...change
    })
  }

  async function join(ids: readonly string[], metadata: string, by: string): Promise<UploadRecord> {
    if (ids.length === 0 || ids.length > MAX_UPLOAD_PARTS) throw new InvalidInputError(`a file is put together from 1 to ${MAX_UPLOAD_PARTS} partial uploads`)
    const parts: UploadRecord[] = []
    for (const id of ids) parts.push(await head(id))
    const odd = parts.find((part) => part.concat !== 'partial' || !isWhole(part))
    if (odd !== undefined) throw new RefusedError(`upload ${odd.id} is ${odd.concat === 'partial' ? 'not whole yet' : 'no partial one'}: a file is put together from whole partial uploads`)
    const length = parts.reduce((sum, part) => sum + part.length, 0)
    const record = await create({ length, metadata, isPartial: false, by }, { concat: 'final', parts: ids })
    const joined = parts.slice(0, -1).every((part) => part.length % CHUNK_BYTES === 0) ? await listed(record, parts) : await recut(record, parts)
    return save(next(record, joined))
  }

  /** Their chunks are the file's. */
  async function listed(record: UploadRecord, parts: readonly UploadRecord[]): Promise<UploadRecord> {
    let whole = record
    for (const part of parts) {
      let left = part.length
      for await (const id of chunksOf(part, ring.chunks)) {
        if (left >= CHUNK_BYTES) whole = { ...whole, ...await withChunk(whole, digestOf(id), part.copies, ring.chunks) }
        else whole = { ...whole, tail: [{ digest: digestOf(id), length: left }], offset: whole.offset + left, copies: Math.min(whole.copies || part.copies, part.copies) }
        left -= CHUNK_BYTES
      }
    }
    return whole
  }

  /** Parts that end within a chunk: their bytes are cut anew. */
  async function recut(record: UploadRecord, parts: readonly UploadRecord[]): Promise<UploadRecord> {
    const intake = new Intake({ chunks: ring.chunks, record, signal: stopping.signal })
    for (const part of parts) for await (const id of chunksOf(part, ring.chunks)) await intake.add(await ring.chunks.get(id))
    return intake.close()
  }

  async function append(id: string, arrival: Arrival): Promise<UploadRecord> {
    const found = await head(id)
    checkArrival(found, arrival)
    if (found.state === 'done' || found.offset === found.length) return found
    return sessions.run(id, async (letGo) => {
      const record = await look(id) // it may have moved on while this request waited for its turn
      checkArrival(record, arrival)
      return receive(record.writer === writer ? record : await save(next(record)), arrival, letGo)
    })
  }

  async function receive(record: UploadRecord, { source, checksum }: Arrival, letGo: AbortSignal): Promise<UploadRecord> {
    let latest = record
    const remember = async (progress: UploadRecord): Promise<void> => { latest = await save(next(latest, progressOf(progress))) }
    const intake = new Intake({ chunks: ring.chunks, record, signal: stopping.signal })
    const hangUp = (): void => { source.destroy(letGo.reason as Error) }
    const remembering = checksum === undefined ? rememberOften(async () => { if (intake.record.offset > latest.offset) await remember(intake.record) }, (err) => source.destroy(err)) : undefined
    letGo.addEventListener('abort', hangUp, { once: true })
    const written = ring.writing()
    try {
      await intake.open()
      const cut = await pour(source, intake, checksum)
      if (cut !== undefined && checksum !== undefined) throw cut // nothing of it can be checked
      checksum?.verify()
      await intake.close()
      await remembering?.end()
      if (intake.record.offset !== latest.offset || intake.record.tail !== latest.tail) await remember(intake.record)
      if (cut !== undefined) throw cut
      return latest
    } catch (err) {
      await remembering?.end()
      if (checksum === undefined && !(err instanceof UploadLockedError) && intake.record.offset > latest.offset) await remember(intake.record)
      throw err
    } finally {
      written()
      letGo.removeEventListener('abort', hangUp)
    }
  }

  async function finish(record: UploadRecord): Promise<UploadRecord> {
    if (!isWhole(record) || record.concat === 'partial') return checked(record)
    const running = finishing.get(record.id) ?? finishNow(record).finally(() => finishing.delete(record.id))
    finishing.set(record.id, running)
    return checked(await running)
  }

  async function finishNow(record: UploadRecord): Promise<UploadRecord> {
    const written = ring.writing()
    try {
      const end = await makeAsset(record, stopping.signal)
      const ended = next(record, { ...end, pages: [], chunks: [], tail: [], touchedMs: Date.now() })
      return await save(ended).catch(async (err) => {
        const latest = await look(record.id)
        if (latest.state === 'open') throw err // nobody else came to an end with it
        return latest
      })
    } finally {
      written()
      for (const part of record.parts) await terminate(part).catch((err) => log('partial upload %s is left to expire - %s', part, err))
    }
  }

  async function terminate(id: string): Promise<void> {
    if (finishing.has(id)) throw new UploadLockedError('this upload has arrived and is being looked at: it can not be ended now')
    const record = await head(id)
    await save(next(record, { state: 'gone', reason: 'it was ended', pages: [], chunks: [], tail: [], touchedMs: Date.now() }))
  }

  /** Whoever was to look at a whole one is gone: its first keeper does. */
  async function finishLeft(): Promise<void> {
    for (const { id, state, concat, offset, length, touchedMs } of ring.uploads.kept()) {
      if (state !== 'open' || concat === 'partial' || offset !== length || touchedMs + unfinishedMs > Date.now() || finishing.has(id)) continue
      if (ring.placement.targets(Number.parseInt(id.slice(0, 2), 16) as Partition)[0] !== ring.self) continue
      await finish(await look(id)).catch((err) => log('upload %s was not brought to its end - %s', id, err))
    }
  }

  const finishingLeft = repeating(finishLeft, unfinishedCheckMs, log)
  return {
    create, join, head, look, append, finish, terminate,
    async find(sha256, length) {
      const found = await Promise.all((await ring.uploads.find(sha256, length)).map((id) => ring.uploads.read(id)))
      return found.filter((record) => record !== undefined).filter(({ state }) => state === 'open').sort((a, b) => b.offset - a.offset)
    },
    start: () => finishingLeft.start(),
    async stop() {
      stopping.abort(new Error('the node is stopping'))
      await finishingLeft.stop()
      await sessions.stop()
      await Promise.allSettled(finishing.values())
    }
  }
}

/** While bytes come, how far they are is written every now and then: whoever goes on elsewhere begins there. */
function rememberOften(remember: () => Promise<void>, onFailure: (err: Error) => void): { end(): Promise<void> } {
  let running: Promise<void> | undefined
  const timer = setInterval(() => { running ??= remember().catch(onFailure).finally(() => { running = undefined }) }, REMEMBER_EVERY_MS)
  return {
    async end() {
      clearInterval(timer)
      await running
    }
  }
}

/** Pours until the source ends; answers why, when that was before its end. */
async function pour(source: Readable, intake: Intake, checksum: Checksum | undefined): Promise<Error | undefined> {
  const parts = source.iterator({ destroyOnReturn: false })
  for (;;) {
    let part: IteratorResult<Uint8Array>
    try {
      part = await parts.next()
    } catch (err) {
      return err instanceof Error ? err : new Error(String(err))
    }
    if (part.done === true) return undefined
    checksum?.update(part.value)
    await intake.add(part.value)
  }
}

const progressOf = ({ offset, pages, chunks, tail, copies, touchedMs }: UploadRecord): Partial<UploadRecord> => ({ offset, pages, chunks, tail, copies, touchedMs })

/** @throws UploadOffsetError, NotAuthorizedError, TooLargeError; for what was refused why it was */
function checkArrival(record: UploadRecord, { offset, size }: Arrival): void {
  if (record.state === 'refused') checked(record)
  if (record.concat === 'final') throw new NotAuthorizedError('this upload was put together from others: nothing can be added to it')
  const end = record.state === 'done' ? record.length : record.offset
  if (offset !== end) throw new UploadOffsetError(`this upload stands at byte ${end}, not ${offset}: go on from there`)
  if (size !== undefined && offset + size > record.length) throw new TooLargeError(`${size} bytes from ${offset} on are more than the ${record.length} that were announced`)
}

/** @throws ChecksumMismatchError, UnsupportedMediaError for what was refused */
function checked(record: UploadRecord): UploadRecord {
  if (record.state !== 'refused') return record
  if (record.code === 'ERR_CHECKSUM_MISMATCH') throw new ChecksumMismatchError(record.reason)
  throw new UnsupportedMediaError(record.reason)
}
