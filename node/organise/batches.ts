import { randomUUID } from 'node:crypto'
import { NotFoundError } from '#protocols/errors.ts'
import type { BatchUndo, BatchView, ImportResult } from '#protocols/http.ts'
import { type AssetId, parseAssetId } from '#protocols/ids.ts'
import type { Asset, Catalog, Ring, RingRecord } from '#ring'
import type { Startable } from '#ring/base/lifecycle.ts'
import { isSidecarName } from '../library/deep/sidecars.ts'
import type { ImportOptions, ImportTicket, LibraryImporter } from '../library/importer.ts'
import type { Edits } from './edits.ts'
import type { Person } from './person.ts'
import type { Selected } from './selected.ts'

export const BATCHES = 'batches'
/** Files that come one by one, from the same place and person, are one import while no more than this lies between two of them, in ms. @default 60000 */
export const QUIET_MS = 60_000
/** How often the numbers of a running import are written down, in ms: each time is an edit of the ring. @default 10000 */
export const WRITE_EVERY_MS = 10_000
/** Imports remembered; the oldest are forgotten, what they brought in stays. @default 5000 */
export const MAX_BATCHES = 5_000
/** Assets named that an undo left alone. @default 200 */
export const MAX_LEFT = 200
/** Later imports noted of one asset. @default 16 */
export const MAX_ALSO = 16
const ALSO = 'in '

/** Every import, whoever made it: what it brought in, and the way back. */
export interface Batches extends Startable {
  /** The importer, in which every file belongs to an import. */
  counting(importer: LibraryImporter): LibraryImporter
  /** Newest first. */
  list(page: { from?: number; limit?: number }): { batches: BatchView[]; total: number }
  /** @throws NotFoundError */
  find(id: string): BatchView
  /** Puts into the trash what it brought in, nobody edited since and no other import brought, too. @throws NotFoundError */
  undo(who: Person, id: string, dryRun?: boolean): Promise<BatchUndo>
}

interface Open {
  readonly view: { -readonly [K in keyof BatchView]: BatchView[K] }
  readonly key: string
  lastMs: number
  running: number
  isDirty: boolean
}

export interface BatchesComponents {
  ring: Pick<Ring, 'name'> & { readonly catalog: Pick<Catalog, 'records' | 'asset' | 'editAsset'> }
  edits: Pick<Edits, 'series'>
  selected: Pick<Selected, 'assets'>
  /** Unix ms. @default Date.now */
  now?: () => number
}

export function createBatches({ ring, edits, selected, now = Date.now }: BatchesComponents): Batches {
  const { records } = ring.catalog
  const open = new Map<string, Open>()
  let timer: NodeJS.Timeout | undefined

  function joined({ id, source, name = '', by = 'this machine' }: ImportTicket): Open {
    const key = id ?? `${source} ${by}`
    const known = open.get(key)
    if (known !== undefined && (id !== undefined || known.running > 0 || now() - known.lastMs < QUIET_MS)) return known
    if (known !== undefined) void write(known, true)
    const before = id === undefined ? undefined : records.find(BATCHES, id) // a scan that was paused, a card that goes on
    const view = before !== undefined ? { ...viewOf(before), endedMs: null } : { id: id ?? randomUUID(), name: name || `${source} of ${new Date(now()).toISOString().slice(0, 16).replace('T', ' ')}`, by, node: ring.name, source, startedMs: now(), endedMs: null, imported: 0, known: 0, refused: 0, bytes: 0, undoneMs: null }
    const begun: Open = { view, key, lastMs: now(), running: 0, isDirty: false }
    open.set(key, begun)
    return begun
  }

  async function write(batch: Open, isOver = false): Promise<void> {
    if (isOver && open.get(batch.key) === batch) open.delete(batch.key)
    if (isOver) batch.view.endedMs = batch.lastMs
    if (!batch.isDirty && !isOver) return
    batch.isDirty = false
    const { id, imported, known, refused, undoneMs: _ofTheRecord, ...fields } = batch.view
    if (imported + known + refused === 0) return
    await records.put(BATCHES, id, { ...fields, imported, known, refused }).catch(() => { batch.isDirty = true }) // the next turn tries again
  }

  async function writeAll(isOver: boolean): Promise<void> {
    for (const batch of open.values()) await write(batch, isOver || (batch.running === 0 && now() - batch.lastMs > QUIET_MS))
    const old = all().slice(MAX_BATCHES)
    for (const { id } of old) await records.remove(BATCHES, id)
  }

  function count(batch: Open, { outcome }: ImportResult, bytes: number): void {
    batch.view[outcome]++
    if (outcome === 'imported') batch.view.bytes += bytes
    batch.lastMs = now()
    batch.isDirty = true
  }

  /** A file that somebody brought before came with this import, too, which the asset is told: it stays when that one is taken back. */
  async function noteAlso({ view }: Open, { outcome, assetId, path }: ImportResult): Promise<void> {
    if (assetId === null || outcome === 'refused' || isSidecarName(path)) return
    const asset = await ring.catalog.asset(parseAssetId(assetId))
    if (asset?.facts.batch === undefined || asset.deletedAtMs !== undefined || asset.facts.batch === view.id) return
    const also = alsoOf(asset)
    if (also.includes(idOf(view.id)) || also.length >= MAX_ALSO || isAgain(view, records.find(BATCHES, asset.facts.batch))) return
    await ring.catalog.editAsset(asset.facts.id, { found: { [ALSO + idOf(view.id)]: '1' } })
  }

  /** Why an import that is taken back leaves an asset alone. */
  function whyLeft(batches: ReadonlyMap<string, BatchView>, asset: Asset): string | undefined {
    if (asset.editedAtMs > asset.facts.importedAtMs) return 'somebody edited it since'
    const other = alsoOf(asset).find((id) => (batches.get(id)?.undoneMs ?? null) === null)
    return other && `it came with ${batches.get(other)?.name ?? 'another import'}, too`
  }

  async function counted<Options extends ImportOptions>(options: Options, work: (options: Options) => Promise<ImportResult>): Promise<ImportResult> {
    const batch = joined(options.batch ?? { source: options.shownPath === undefined ? 'scan' : 'upload' })
    const isFirst = batch.view.imported + batch.view.known + batch.view.refused === 0
    let bytes = 0
    const { store } = options
    batch.running++
    try {
      const result = await work({ ...options, batch: { ...options.batch, source: batch.view.source, id: batch.view.id }, onProgress: (read) => { bytes = read; options.onProgress?.(read) }, ...(store && { store: () => store().then((stored) => { bytes = stored.size; return stored }) }) })
      count(batch, result, bytes)
      if (isFirst) await write(batch)
      await noteAlso(batch, result)
      return result
    } finally {
      batch.running--
    }
  }

  const all = (): BatchView[] => {
    const running = new Map([...open.values()].map(({ view }) => [view.id, view]))
    const written = records.list(BATCHES).map(viewOf)
    return written.map((view) => ({ ...view, ...running.get(view.id), undoneMs: view.undoneMs })).sort((a, b) => b.startedMs - a.startedMs)
  }

  function find(id: string): BatchView {
    const batch = all().find((one) => one.id === id)
    if (batch === undefined) throw new NotFoundError(`there is no import ${id}: the newest ${MAX_BATCHES} are remembered`)
    return batch
  }

  /** One that is still open is over, unless more of it is coming in right now. */
  async function end(id: string): Promise<void> {
    const running = [...open.values()].find(({ view }) => view.id === id)
    if (running?.running === 0) await write(running, true)
  }

  return {
    counting: (importer) => ({
      importFile: (path, options = {}) => counted(options, (ticketed) => importer.importFile(path, ticketed)),
      importKnown: (id, options) => counted(options, (ticketed) => importer.importKnown(id, ticketed)),
      ...(importer.readBeside && { readBeside: importer.readBeside })
    }),
    list({ from = 0, limit = 100 }) {
      const batches = all()
      return { batches: batches.slice(from, from + limit), total: batches.length }
    },
    find,
    async undo(who, id, dryRun = false) {
      const { name } = find(id)
      const left: BatchUndo['left'] = []
      const takes: AssetId[] = []
      const batches = new Map(all().filter((one) => one.id !== id).map((one) => [idOf(one.id), one]))
      for await (const asset of selected.assets({ query: { batch: id } })) {
        const { facts, title } = asset
        const reason = whyLeft(batches, asset)
        if (reason === undefined) takes.push(facts.id)
        else left.push({ id: facts.id, name: title || facts.name, reason })
      }
      const answer = { left: left.slice(0, MAX_LEFT), leftCount: left.length }
      if (dryRun) return { ...answer, trashed: takes.length, undo: null }
      await end(id)
      const step = edits.series(who, `took back the import ${name}`, { byPerson: false }) // so that it can be taken back again
      const { changed } = await step.assets(takes, (asset) => (asset.deletedAtMs !== undefined || whyLeft(batches, asset) !== undefined ? undefined : { deleted: true }))
      await step.record(BATCHES, id, { undoneMs: now() })
      return { ...answer, trashed: changed.length, undo: step.undo }
    },
    start() {
      timer = setInterval(() => void writeAll(false), WRITE_EVERY_MS).unref()
    },
    async stop() {
      clearInterval(timer)
      await writeAll(true)
    }
  }
}

/** An import, as an asset names it beside the one that brought it first. */
const idOf = (id: string): string => id.slice(0, 60).trim()
const alsoOf = ({ found }: Asset): string[] => Object.keys(found).flatMap((name) => (name.startsWith(ALSO) ? [name.slice(ALSO.length)] : []))

/** The same folder is scanned once more: nobody brought anything. */
const isAgain = ({ source, name }: BatchView, first: RingRecord | undefined): boolean => source === 'scan' && first?.fields['source'] === 'scan' && first.fields['name'] === name

/** What any member may have written, as an import. */
function viewOf({ id, fields }: RingRecord): BatchView {
  const text = (name: string): string => (typeof fields[name] === 'string' ? (fields[name] as string).slice(0, 1_000) : '')
  const number = (name: string): number => (typeof fields[name] === 'number' && Number.isFinite(fields[name]) ? fields[name] as number : 0)
  return {
    id, name: text('name'), by: text('by'), node: text('node'), source: text('source'), startedMs: number('startedMs'), endedMs: number('endedMs') || null,
    imported: number('imported'), known: number('known'), refused: number('refused'), bytes: number('bytes'), undoneMs: number('undoneMs') || null
  }
}
