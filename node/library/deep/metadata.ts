import type { ExifTags } from './exif.ts'
import type { FfmpegReport } from './ffmpeg-report.ts'

/** Name and version of everything that was read from a file, among what is kept beside an asset. */
export const METADATA = 'metadata@2'
/** The same of films that are yet to be looked through for where they were. */
export const FIRST_METADATA = 'metadata@1'
/** Largest metadata that are kept or read, in bytes. @default 4194304 */
export const MAX_METADATA_BYTES = 4 * 1024 * 1024

export interface Metadata {
  readonly ffmpeg?: FfmpegReport | undefined
  readonly exif?: ExifTags | undefined
}

export function encodeMetadata(metadata: Metadata): Uint8Array {
  const whole = Buffer.from(JSON.stringify(metadata))
  return whole.length <= MAX_METADATA_BYTES ? whole : Buffer.from(JSON.stringify({ ffmpeg: metadata.ffmpeg }))
}
