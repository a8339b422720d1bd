import type { AssetView, DeviceList } from '#protocols/http.ts'
import type { Ring } from '#ring'
import type { Jobs } from '../../../jobs/jobs.ts'
import type { RingJobs } from '../../../jobs/ring-jobs.ts'
import type { Importer } from '../../../library/importer.ts'
import type { Spool } from '../../../library/spool.ts'
import type { CameraSettingsKeeper } from '../../../recording/camera-settings.ts'
import type { Motions } from '../../../understanding/motion/motions.ts'
import type { Actions } from '../../../workflows/actions.ts'

export interface SeedComponents {
  readonly actions: Actions
  readonly jobs: Pick<Jobs, 'submit' | 'ended' | 'find'>
  readonly ringJobs: RingJobs
  readonly importer: Importer
  readonly spool: Pick<Spool, 'with'>
  readonly catalog: Pick<Ring['catalog'], 'asset' | 'index'>
  readonly motions: Pick<Motions, 'submit' | 'read'>
  /** Vectors in the index of this node. */
  readonly vectors: () => Promise<number>
  readonly settings: Pick<CameraSettingsKeeper, 'read' | 'turn'>
  /** This node, in `AssetLocation`. */
  readonly self: string
  readonly devices: () => Promise<DeviceList>
}

/** An asset as a row of the first clients' `files`. Its id is a SHA-256; a SHA-1 is not made. */
export interface FileRow {
  readonly id: string
  readonly path: string
  readonly size_bytes: number
  readonly mtime: string
  readonly mime: string
  readonly width_px: number | null
  readonly height_px: number | null
  readonly duration_s: number | null
  readonly batch: string | null
  readonly sha1: null
  readonly sha256: string
  readonly created_at: string
  readonly preview_path: string | null
  readonly title: string
  readonly tags: readonly string[]
  readonly rating: number
}

/** `batches`: names by ids. */
export function fileRow({ id, name, title, size, mime, importedAtMs, editedAtMs, probe, locations, poster, tags, rating, batch }: AssetView, batches: ReadonlyMap<string, string>): FileRow {
  const path = locations[0]?.path ?? name
  return {
    id, path, size_bytes: size, mtime: new Date(probe.createdAtMs ?? (editedAtMs || importedAtMs)).toISOString(), mime, width_px: probe.width ?? null, height_px: probe.height ?? null,
    duration_s: probe.durationMs === undefined ? null : probe.durationMs / 1_000, batch: batches.get(batch ?? '') ?? null, sha1: null, sha256: id, created_at: new Date(importedAtMs).toISOString(),
    preview_path: poster ? `/api/v1/assets/${id}/poster` : null, title, tags, rating
  }
}

/** Assets as rows. */
export const fileRows = (assets: readonly AssetView[], { batches }: Actions): FileRow[] => {
  const names = batches?.names() ?? new Map<string, string>()
  return assets.map((asset) => fileRow(asset, names))
}
