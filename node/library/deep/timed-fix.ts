/** Where a film was while it ran, as cameras note it beside picture and sound (GoPro, Sony, Insta360, dash cams): the first place that is known. */
import { open } from 'node:fs/promises'
import type { AbortOptions } from '#ring/base/lifecycle.ts'
import type { Position } from '../facts.ts'
import { positionOfExif } from './camera-facts.ts'
import type { Exif, ExifTags } from './exif.ts'

interface Fix extends Position {
  /** When the film began by that receiver's clock, Unix ms. */
  readonly startMs: number | undefined
}

/** With what an Insta360 ends its files. */
const INSTA360 = '8db42d694ccc418790edff439fe026bf'
/** Tracks that hold such notes have a format of their own, or are text that goes along. */
const isNote = ([name, value]: readonly [string, unknown]): boolean => /^Track\d+:MetaFormat$/.test(name) || (/^Track\d+:HandlerType$/.test(name) && ['Text', 'Subtitle'].includes(String(value)))

/** Whether there may be such notes in the file, and no place is known without them. */
export async function lacksTimedFix(path: string, tags: ExifTags): Promise<boolean> {
  return positionOfExif(tags) === undefined && (Object.entries(tags).some(isNote) || await endOf(path, INSTA360.length) === INSTA360)
}

async function endOf(path: string, length: number): Promise<string> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, Math.max(0, size - length))
    return buffer.toString('latin1', 0, bytesRead)
  } finally {
    await file.close()
  }
}

/** All that ExifTool reads, and where that has no place, the first of the film's notes, under `Timed:…`. Slower by far than `Exif.read`. */
export async function readWithFix(exif: Pick<Exif, 'read' | 'readTimed'>, path: string, options: AbortOptions): Promise<ExifTags | undefined> {
  const tags = await exif.read(path, options)
  if (tags === undefined || !await lacksTimedFix(path, tags)) return tags
  const fix = firstFix(await exif.readTimed(path, options) ?? {})
  return fix === undefined ? tags : { ...await exif.read(path, { ...options, at: fix }) ?? tags, ...tagsOf(fix) }
}

/** Of what `Exif.readTimed` answers. Until a receiver knows where it is, it writes zeros or where it was last. */
export function firstFix(tags: ExifTags): Fix | undefined {
  for (const note of notesIn(tags)) {
    const { GPSMeasureMode: mode = 3, GPSStatus: status = 'A' } = note
    const [latitude, longitude] = [signed(note['GPSLatitude'], note['GPSLatitudeRef'], 'S'), signed(note['GPSLongitude'], note['GPSLongitudeRef'], 'W')]
    if (![2, 3].includes(Number(mode)) || status !== 'A' || !isPlace(latitude, longitude)) continue
    const altitude = Number(note['GPSAltitude'] ?? Number.NaN)
    return { latitude, longitude, ...(Number.isFinite(altitude) && { altitude }), startMs: startOf(note) }
  }
  return undefined
}

/** One after the other; what was computed of several tags goes before what they are. */
function notesIn(tags: ExifTags): Array<Record<string, unknown>> {
  const notes: Array<Record<string, unknown>> = []
  for (const [key, value] of Object.entries(tags)) {
    const [, number, group, name = ''] = /^Doc(\d{1,7}):([^:]+):(\w+)$/.exec(key) ?? []
    if (number === undefined) continue
    const note = notes[Number(number)] ??= {}
    if (group === 'Composite' || note[name] === undefined) note[name] = value
  }
  return notes.filter((note) => note !== undefined)
}

const signed = (degrees: unknown, reference: unknown, negative: string): number => {
  const value = typeof degrees === 'number' ? degrees : Number.NaN
  return String(reference ?? '').toUpperCase().startsWith(negative) ? -Math.abs(value) : value
}

const isPlace = (latitude: number, longitude: number): boolean => Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 && (latitude !== 0 || longitude !== 0)

function startOf(note: Record<string, unknown>): number | undefined {
  const clockMs = Date.parse(`${String(note['GPSDateTime'] ?? '').replace(/^(\d{4}):(\d\d):(\d\d) /, '$1-$2-$3T').replace(/Z?$/, 'Z')}`)
  const seconds = Number(note['SampleTime'] ?? 0)
  return Number.isFinite(clockMs) && Number.isFinite(seconds) ? clockMs - seconds * 1_000 : undefined
}

function tagsOf({ latitude, longitude, altitude, startMs }: Fix): ExifTags {
  return {
    'Timed:GPSPosition': `${Math.abs(latitude)} deg ${latitude < 0 ? 'S' : 'N'}, ${Math.abs(longitude)} deg ${longitude < 0 ? 'W' : 'E'}`,
    ...(altitude !== undefined && { 'Timed:GPSAltitude': `${altitude} m` }), ...(startMs !== undefined && { 'Timed:GPSDateTime': new Date(startMs).toISOString() })
  }
}
