/** Pure readings of what cameras write beside the pictures. */

export interface Position {
  readonly latitude: number
  readonly longitude: number
  readonly altitude?: number
}

export type Tags = Readonly<Record<string, string>>

/** ISO 6709 as MP4's `©xyz` and QuickTime's `location.ISO6709` hold it: `+47.3769+008.5417+408.000/`. WGS 84 degrees, metres. */
export function parseIso6709(text: string): Position | undefined {
  const match = /^([+-]\d{1,2}(?:\.\d+)?)([+-]\d{1,3}(?:\.\d+)?)([+-]\d+(?:\.\d+)?)?/.exec(text.trim())
  if (match?.[1] === undefined || match[2] === undefined) return undefined
  return position(Number(match[1]), Number(match[2]), match[3] === undefined ? undefined : Number(match[3]))
}

/** Where a file says it was taken: its container's tags, or a picture's EXIF. */
export function positionOf(tags: Tags): Position | undefined {
  const text = tags['com.apple.quicktime.location.ISO6709'] ?? tags['location']
  return (text === undefined ? undefined : parseIso6709(text)) ?? exifPosition(tags)
}

function exifPosition(tags: Tags): Position | undefined {
  const latitude = degrees(tags['GPSInfo/GPSLatitude'])
  const longitude = degrees(tags['GPSInfo/GPSLongitude'])
  if (latitude === undefined || longitude === undefined) return undefined
  const altitude = rationals(tags['GPSInfo/GPSAltitude'])[0]
  return position(
    tags['GPSInfo/GPSLatitudeRef']?.startsWith('S') ? -latitude : latitude,
    tags['GPSInfo/GPSLongitudeRef']?.startsWith('W') ? -longitude : longitude,
    altitude === undefined ? undefined : isBelowSea(tags) ? -altitude : altitude
  )
}

const isBelowSea = (tags: Tags): boolean => tags['GPSInfo/GPSAltitudeRef']?.trim() === '1'

function position(latitude: number, longitude: number, altitude: number | undefined): Position | undefined {
  if (!(Math.abs(latitude) <= 90) || !(Math.abs(longitude) <= 180)) return undefined
  return altitude === undefined || !Number.isFinite(altitude) ? { latitude, longitude } : { latitude, longitude, altitude }
}

/** Degrees, minutes and seconds as three rationals. */
function degrees(text: string | undefined): number | undefined {
  const [whole, minutes = 0, seconds = 0] = rationals(text)
  return whole === undefined ? undefined : whole + minutes / 60 + seconds / 3600
}

function rationals(text = ''): number[] {
  return [...text.matchAll(/(-?\d+)\s*:\s*(\d+)/g)].map(([, over, under]) => Number(over) / Number(under)).filter(Number.isFinite)
}

/** Unix ms of the moment of capture, from the container or EXIF; undefined when unset or before 1980 (cameras with an empty clock). */
export function createdAtOf(tags: Tags): number | undefined {
  const text = tags['com.apple.quicktime.creationdate'] ?? tags['creation_time'] ?? tags['date'] ?? exifTime(tags)
  const ms = text === undefined ? Number.NaN : Date.parse(text)
  return Number.isFinite(ms) && ms > EARLIEST_MS && ms < LATEST_MS ? ms : undefined
}

const EARLIEST_MS = Date.UTC(1980, 0, 2)
const LATEST_MS = Date.UTC(2200, 0, 1)

/** `2023:02:03 04:05:06` and its zone; EXIF without a zone is read as UTC, so that every node reads the same. */
function exifTime(tags: Tags): string | undefined {
  const time = tags['ExifIFD/DateTimeOriginal'] ?? tags['DateTimeOriginal'] ?? tags['DateTime']
  const match = /^(\d{4}):(\d\d):(\d\d) (\d\d:\d\d:\d\d)/.exec(time ?? '')
  if (match === null) return undefined
  const zone = /^[+-]\d\d:\d\d$/.exec((tags['ExifIFD/0x9011'] ?? tags['ExifIFD/OffsetTimeOriginal'] ?? '').trim())?.[0] ?? 'Z'
  return `${match[1]}-${match[2]}-${match[3]}T${match[4]}${zone}`
}

/** Clockwise degrees a player turns the picture (0, 90, 180, 270) by its display matrix of nine little-endian 16.16 numbers. */
export function rotationOf(matrix: Uint8Array | null | undefined): number {
  if (matrix === null || matrix === undefined || matrix.byteLength < 36) return 0
  const view = new DataView(matrix.buffer, matrix.byteOffset, matrix.byteLength)
  const turn = Math.atan2(view.getInt32(4, true), view.getInt32(0, true)) * (180 / Math.PI)
  return (Math.round(turn / 90) * 90 + 360) % 360
}

/** FFmpeg's demuxer names cover families (`mov,mp4,m4a,…`); a person wants the one that fits the type found. */
export function containerOf(demuxer: string, extension: string): string {
  return demuxer.includes('pipe') || demuxer.includes(',') || demuxer === 'mov' || demuxer === 'matroska' ? extension : demuxer
}
