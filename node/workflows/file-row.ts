import type { AssetView } from '#protocols/http.ts'

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
