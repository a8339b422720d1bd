import type { DatabaseSync } from 'node:sqlite'
import type { AssetId, CameraId, PeerId } from '#protocols/ids.ts'
import { assetSearch, cursorOf, limitOf, MAX_PAGE, parseCursor } from './asset-search.ts'
import { HOUR_MS, hourOf } from './camera-hour.ts'
import type { HourNote } from './camera-policy.ts'
import type { Asset, ReadModel, RecordingSession } from './catalog.ts'

interface AssetRow {
  place: number
  id: string
  asset: string
}

/** Queries over an index database; `database` answers the one that is open now. */
export function readModel(database: () => DatabaseSync): ReadModel {
  const all = <Row>(sql: string, ...values: Array<string | number>): Row[] => database().prepare(sql).all(...values) as Row[]
  return {
    assets(query) {
      const search = assetSearch(query)
      if (search === undefined) return { assets: [], total: 0, cursor: undefined }
      const rows = all<AssetRow>(search.page, ...search.pageValues)
      const shown = rows.slice(0, search.limit)
      const last = rows.length > search.limit ? shown.at(-1) : undefined
      const [count] = all<{ total: number }>(search.total, ...search.totalValues)
      return { assets: shown.map(assetOf), total: count?.total ?? 0, cursor: last && cursorOf(last.place, last.id) }
    },
    trash({ cursor, limit }) {
      const after = cursor === undefined ? undefined : parseCursor(cursor)
      const most = limitOf(limit)
      const rows = all<AssetRow>(
        `SELECT -deleted_at AS place, id, asset FROM trash ${after ? 'WHERE deleted_at < ? OR (deleted_at = ? AND id > ?)' : ''} ORDER BY deleted_at DESC, id LIMIT ?`,
        ...(after === undefined ? [] : [-after.place, -after.place, after.id]), most + 1
      )
      const shown = rows.slice(0, most)
      const last = rows.length > most ? shown.at(-1) : undefined
      const [sums] = all<{ total: number; bytes: number }>('SELECT count(*) AS total, coalesce(sum(size), 0) AS bytes FROM trash')
      return { assets: shown.map(assetOf), total: sums?.total ?? 0, bytes: sums?.bytes ?? 0, cursor: last && cursorOf(last.place, last.id) }
    },
    asset(id: AssetId) {
      const [row] = all<AssetRow>('SELECT asset FROM assets WHERE id = ?', id)
      return row && assetOf(row)
    },
    named(name, size) {
      return all<AssetRow>("SELECT asset FROM assets WHERE json_extract(asset, '$.facts.name') = ? AND size = ? ORDER BY id LIMIT ?", name, size, MAX_PAGE).map(assetOf)
    },
    awayAsset(blob) {
      const [row] = all<AssetRow>("SELECT asset FROM assets WHERE json_extract(asset, '$.away') AND json_extract(asset, '$.facts.blob') = ?", blob)
      return row && assetOf(row)
    },
    sharing(trait, limit = 1000) {
      return all<AssetRow>('SELECT asset FROM assets WHERE number IN (SELECT asset FROM asset_traits WHERE trait = ?) ORDER BY id LIMIT ?', trait, limit).map(assetOf)
    },
    nearPairs({ offset = 0, limit = 1000 }) {
      const rows = all<{ a: string; b: string; distance: number }>(
        'SELECT one.asset AS a, two.asset AS b, distance FROM near_pairs JOIN assets AS one ON one.number = a JOIN assets AS two ON two.number = b ORDER BY distance, a, b LIMIT ? OFFSET ?', limit, offset
      )
      const [count] = all<{ total: number }>('SELECT count(*) AS total FROM near_pairs')
      const read = (asset: string): Asset => assetOf({ place: 0, id: '', asset })
      return { pairs: rows.map(({ a, b, distance }) => ({ assets: [read(a), read(b)], distance })), total: count?.total ?? 0 }
    },
    recordings(camera: CameraId, fromMs, toMs) {
      // A session lies within one hour, so the index need not be read from the first recording on.
      const rows = all<{ session: string }>(
        'SELECT session FROM recordings WHERE camera = ? AND start_ms >= ? AND start_ms < ? AND end_ms > ? ORDER BY start_ms, key',
        camera, fromMs - 2 * HOUR_MS, toMs, fromMs
      )
      return rows.map(({ session }) => JSON.parse(session) as RecordingSession)
    },
    recordedHours(camera: CameraId) {
      return all<{ hour: string }>('SELECT DISTINCT hour FROM recordings WHERE camera = ? ORDER BY hour', camera).map(({ hour }) => hour)
    },
    stretches(camera, fromMs, toMs) {
      const rows = all<{ key: string; node: string; start_ms: number; end_ms: number; ended: string | null }>(
        'SELECT key, node, start_ms, end_ms, ended FROM recordings WHERE camera = ? AND start_ms >= ? AND start_ms < ? AND end_ms > ? ORDER BY start_ms, key',
        camera, fromMs - 2 * HOUR_MS, toMs, fromMs
      )
      return rows.map(({ key, node, start_ms: startMs, end_ms: endMs, ended }) => ({ session: key.slice(key.lastIndexOf('/') + 1), node: node as PeerId, startMs, endMs, ended: ended ?? undefined }))
    },
    firstRecordedMs(camera) {
      return all<{ first: number | null }>('SELECT min(start_ms) AS first FROM recordings WHERE camera = ?', camera)[0]?.first ?? undefined
    },
    hourSizes(camera) {
      return all<{ hour: string; bytes: number; startMs: number; endMs: number }>(
        'SELECT hour, sum(bytes) AS bytes, min(start_ms) AS startMs, max(end_ms) AS endMs FROM recordings WHERE camera = ? GROUP BY hour ORDER BY hour', camera
      ).map(({ hour, bytes, startMs, endMs }) => ({ hour, bytes, startMs, endMs }))
    },
    notes(camera, fromMs, toMs) {
      const [first, last] = [hourOf(dated(fromMs)), hourOf(dated(toMs))]
      const rows = all<{ note: string }>(
        `SELECT note FROM notes WHERE camera = ? AND hour >= ? AND hour <= ? UNION ALL
         SELECT note FROM notes WHERE camera = ? AND changes > 0 AND hour = (SELECT max(hour) FROM notes WHERE camera = ? AND changes > 0 AND hour < ?) UNION ALL
         SELECT note FROM notes WHERE camera = ? AND changes > 0 AND hour = (SELECT min(hour) FROM notes WHERE camera = ? AND changes > 0 AND hour > ?)`,
        camera, first, last, camera, camera, first, camera, camera, last
      )
      return rows.map(({ note }) => JSON.parse(note) as HourNote)
    },
    counts() {
      const [sums] = all<{ assets: number; bytes: number }>("SELECT assets, bytes FROM totals WHERE name = 'library'")
      const tags = all<{ tag: string; assets: number }>('SELECT tag, count(*) AS assets FROM asset_tags GROUP BY tag ORDER BY assets DESC, tag')
      return { assets: sums?.assets ?? 0, bytes: sums?.bytes ?? 0, tags: tags.map(({ tag, assets }) => ({ tag, assets })) }
    }
  }
}

/** What can be asked for, brought to what has an hour. */
const dated = (ms: number): number => Math.min(Math.max(ms, 0), 8.64e15)

function assetOf({ asset }: AssetRow): Asset {
  const { poster, deletedAtMs, ...rest } = JSON.parse(asset) as Asset
  return { ...rest, poster, deletedAtMs }
}
