import { rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { RefusedError, StorageFullError } from '#protocols/errors.ts'
import type { MasterList, MasterView } from '#protocols/http.ts'
import { type CameraId, parseAssetId } from '#protocols/ids.ts'
import { type DiskView, HOUR_MS, type HourNote, type MasterNote, readParts, type RecordingPart, type RecordingSession, type Ring } from '#ring'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import { repeating } from '#ring/base/tasks.ts'
import type { Importer } from '../../library/importer.ts'
import type { Spool } from '../../library/spool.ts'
import { planOf } from '../ledgers.ts'
import { mp4Range } from '../mp4-range.ts'
import { makeMaster, type MadeMaster, type MakeOptions, type MasterFormat } from './master-maker.ts'
import { isDue, MASTER_PIECE_MS, type MasterPiece, notesOfPiece, piecesOf, settledUntil } from './master-pieces.ts'

/** How often it is looked for something to make, in ms. @default 5000 */
export const MASTER_LOOK_MS = 5_000
/** Recordings older than this are not made masters of any more, in ms: a machine that is too slow never catches up. @default 604800000 */
export const MASTER_REACH_MS = 7 * 86_400_000
/** A recording without an end to which nothing was added for so long is over, in ms: its node is gone. @default 120000 */
export const RECORDING_OVER_MS = 120_000
/** Masters of one camera-hour that one node makes, at most: a camera that breaks off all the time gets no more. @default 100 */
export const MAX_HOUR_MASTERS = 100
/** Progress is noted for the other nodes at most this often, in ms. @default 15000 */
export const MASTER_PROGRESS_MS = 15_000

/** What the two kinds are called, and how their files end. */
export const MASTER_KINDS: Readonly<Record<MasterFormat, { readonly name: string; readonly extension: string }>> = {
  prores: { name: 'ProRes 422 HQ, PCM 24 bit', extension: 'mov' },
  ffv1: { name: 'FFV1 version 3, FLAC 24 bit', extension: 'mkv' }
}

export interface MastersComponents {
  readonly ring: Pick<Ring, 'self' | 'name'> & {
    readonly chunks: Pick<Ring['chunks'], 'get'>
    readonly placement: Pick<Ring['placement'], 'homeOf'>
    readonly membership: Pick<Ring['membership'], 'isAlive' | 'members'>
    readonly catalog: Pick<Ring['catalog'], 'cameras' | 'policy' | 'index' | 'asset' | 'editAsset' | 'unindexed'>
  }
  readonly spool: Pick<Spool, 'with'>
  readonly importer: Importer
  readonly disk: () => Pick<DiskView, 'state'>
  readonly log: Logger
  /** Unix ms. @default Date.now */
  readonly nowMs?: () => number
}

export interface MastersInit {
  /** @default MASTER_PIECE_MS */
  readonly pieceMs?: number
  readonly program?: MakeOptions['program']
}

/** Makes masters of what cameras sent, where that was asked for: one at a time, and never in the way of the recording. */
export interface Masters extends Startable {
  /** All that was made of a camera's recordings in a window, is being made, or could not be. */
  list(camera: CameraId, fromMs: number, toMs: number): Promise<MasterList>
  /** Make what is due; resolves when nothing is. */
  look(): Promise<void>
}

export function createMasters({ ring, spool, importer, disk, log, nowMs = Date.now }: MastersComponents, { pieceMs = MASTER_PIECE_MS, program }: MastersInit = {}): Masters {
  const { catalog } = ring
  const stopping = new AbortController()
  const get = (id: Parameters<Ring['chunks']['get']>[0]): Promise<Uint8Array> => ring.chunks.get(id, { signal: stopping.signal })

  const isOver = ({ ended, endMs }: RecordingSession): boolean => ended !== undefined || nowMs() - endMs > RECORDING_OVER_MS

  /** Recordings of which it was said that the list of their parts is lost. */
  const unlisted = new Set<string>()

  /** None while the list of them is lost: nothing is made of that recording, and all of the others. */
  async function partsOf(session: RecordingSession): Promise<readonly RecordingPart[]> {
    try {
      const parts = await readParts(session, get)
      unlisted.delete(session.session)
      return parts
    } catch (err) {
      if (!unlisted.has(session.session) && !stopping.signal.aborted) log.error('no master of the recording of %s from %s: the list of its parts can not be read now - %s', session.camera, new Date(session.startMs).toISOString(), err)
      unlisted.add(session.session)
      return []
    }
  }

  /** The oldest piece that this node should make now. */
  async function nextOf(camera: CameraId): Promise<{ piece: MasterPiece; format: MasterFormat; tries: number } | undefined> {
    const { master = 'as-sent', masterSinceMs = 0 } = planOf(catalog, camera)
    if (master === 'as-sent' || ring.placement.homeOf(camera) !== ring.self) return undefined
    const fromMs = Math.max(masterSinceMs, nowMs() - MASTER_REACH_MS)
    const notes = catalog.index.notes(camera, fromMs - HOUR_MS, nowMs())
    for (const session of catalog.index.recordings(camera, fromMs, nowMs())) {
      const leftMs = session.endMs - settledUntil(session, notes, master)
      if (leftMs < (isOver(session) ? 1 : pieceMs) || isCrowded(notes, session)) continue
      for (const piece of piecesOf(session, await partsOf(session), isOver(session), pieceMs)) {
        const told = notesOfPiece(notes, piece, master)
        if (piece.toMs <= fromMs || !isDue(told, { self: ring.self, nowMs: nowMs(), isAlive: (node) => ring.membership.isAlive(node) })) continue
        return { piece, format: master, tries: told.find(({ node }) => node === ring.self)?.tries ?? 0 }
      }
    }
    return undefined
  }

  const isCrowded = (notes: readonly HourNote[], { hour }: RecordingSession): boolean => notes.some((noted) => noted.hour === hour && noted.node === ring.self && (noted.masters?.length ?? 0) >= MAX_HOUR_MASTERS)

  async function note(camera: CameraId, hour: string, master: MasterNote): Promise<void> {
    const isSame = (one: MasterNote): boolean => one.session === master.session && one.fromMs === master.fromMs && one.format === master.format
    await catalog.policy.note(camera, hour, (noted) => ({ ...noted, masters: [...(noted.masters ?? []).filter((one) => !isSame(one)), master] }))
  }

  async function make(camera: CameraId, { piece, format, tries }: { piece: MasterPiece; format: MasterFormat; tries: number }): Promise<void> {
    const { session, fromMs, toMs } = piece
    const told = (more: Partial<MasterNote>): Promise<void> => note(camera, session.hour, { session: session.session, fromMs, toMs, format, state: 'making', asset: '', reason: '', tries, progress: 0, atMs: nowMs(), ...more })
    await told({})
    try {
      const asset = await brought(camera, piece, format, (progress) => { void told({ progress }).catch(() => {}) })
      await told({ state: 'done', asset, progress: 1 })
      log('a master of %s from %s was made', camera, new Date(fromMs).toISOString())
    } catch (err) {
      if (stopping.signal.aborted) return
      log.error('no master of %s from %s - %s', camera, new Date(fromMs).toISOString(), err)
      await told({ state: 'failed', reason: err instanceof Error ? err.message : String(err), tries: tries + 1 })
    }
  }

  /** Through a file of this machine into the library; answers the asset's id. */
  async function brought(camera: CameraId, piece: MasterPiece, format: MasterFormat, onProgress: (share: number) => void): Promise<string> {
    const source = await mp4Range(piece.parts.map((part) => ({ session: piece.session, part })), { get, getInit: get })
    return spool.with(Readable.from(source.read(0, source.size, stopping.signal)), async (input) => {
      const output = `${input}.${MASTER_KINDS[format].extension}`
      try {
        const made = await transcoded({ input, output, format, durationMs: source.durationMs }, onProgress)
        return await imported(camera, piece, format, output, made)
      } finally {
        await rm(output, { force: true })
      }
    }, { size: source.size, signal: stopping.signal })
  }

  /** Ends when the disk gets low: what is recorded needs it more. */
  async function transcoded(order: Parameters<typeof makeMaster>[0], onProgress: (share: number) => void): Promise<MadeMaster> {
    const low = new AbortController()
    let notedMs = performance.now()
    const watch = setInterval(() => {
      if (disk().state !== 'ok') low.abort(new StorageFullError(`the disk of this node is ${disk().state}: what is recorded needs it more. Free some space`))
    }, 1_000).unref()
    try {
      return await makeMaster(order, {
        signal: AbortSignal.any([stopping.signal, low.signal]), program,
        onProgress(share) {
          if (performance.now() - notedMs < MASTER_PROGRESS_MS) return
          notedMs = performance.now()
          onProgress(share)
        }
      })
    } finally {
      clearInterval(watch)
    }
  }

  async function imported(camera: CameraId, piece: MasterPiece, format: MasterFormat, path: string, { pictures, sounds }: MadeMaster): Promise<string> {
    const { name, extension } = MASTER_KINDS[format]
    const cameraName = catalog.cameras().find(({ id }) => id === camera)?.name ?? camera
    const [from, to] = [piece.fromMs, piece.toMs].map((ms) => new Date(ms).toISOString()) as [string, string]
    const { assetId, reason } = await importer.importFile(path, { shownPath: `masters/${camera}/${camera} ${from.slice(0, 19).replaceAll(':', '-')}Z ${format}.${extension}`, signal: stopping.signal })
    if (assetId === null) throw new RefusedError(`the library does not take it: ${reason}`)
    const { session, node, codecs, width, height } = piece.session
    await catalog.editAsset(parseAssetId(assetId), {
      title: `${cameraName}, master from ${from.slice(0, 19).replace('T', ' ')} UTC`, addTags: ['master', format],
      notes: [`Made by ${ring.name} on ${new Date(nowMs()).toISOString()} of what the camera ${cameraName} (${camera}) sent from ${from} to ${to}: ${pictures} pictures, ${sounds === 0 ? 'no sound' : 'with sound'}, as ${name}.`,
        `The recording as sent (${codecs}, ${width}x${height}) is session ${session} of node ${node}: /api/v1/cameras/${camera}/play?from=${piece.fromMs}&to=${piece.toMs}`].join('\n')
    })
    return assetId
  }

  async function look(): Promise<void> {
    for (let found = true; found && !stopping.signal.aborted && catalog.unindexed() === 0 && disk().state === 'ok';) {
      found = false
      for (const { id } of catalog.cameras()) {
        const next = await nextOf(id)
        if (next === undefined || stopping.signal.aborted) continue
        await make(id, next)
        found = true
      }
    }
  }

  async function viewOf({ node, ...master }: MasterNote & { node: string }): Promise<MasterView | undefined> {
    const { fromMs, toMs, format, state, reason, progress, atMs, tries } = master
    const asset = state === 'done' ? await catalog.asset(parseAssetId(master.asset)).catch(() => undefined) : undefined
    if (state === 'done' && (asset === undefined || asset.deletedAtMs !== undefined)) return undefined
    const name = ring.membership.members().find(({ peerId }) => peerId === node)?.name ?? node.slice(-8)
    return { fromMs, toMs, format, state, asset: asset?.facts.id ?? null, name: asset?.facts.name ?? null, bytes: asset?.facts.size ?? 0, reason: reason || null, progress, tries, node: name, atMs }
  }

  const looking = repeating(look, MASTER_LOOK_MS, log)
  return {
    look,
    async list(camera, fromMs, toMs) {
      const notes = catalog.index.notes(camera, fromMs - HOUR_MS, toMs).flatMap(({ node, masters = [] }) => masters.map((master) => ({ ...master, node })))
      const inWindow = notes.filter((master) => master.toMs > fromMs && master.fromMs < toMs).sort((a, b) => a.fromMs - b.fromMs)
      const views = await Promise.all(inWindow.map(viewOf))
      return { camera, fromMs, toMs, masters: views.filter((view) => view !== undefined) }
    },
    start: () => looking.start(),
    async stop() {
      stopping.abort(new Error('the node is stopping'))
      await looking.stop()
    }
  }
}
