/** When something was taken, by the best of what its file says. */
import type { MediaFacts } from '#ring'
import type { ExifTags } from './exif.ts'

export type CaptureTime = Pick<MediaFacts, 'createdAtMs' | 'createdAtSource' | 'createdAtZone'>

interface Moment {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly clock: readonly [hours: number, minutes: number, seconds: number, ms: number]
  readonly zone: string | undefined
}

/** `2024:05:06 07:08:09.123+02:00` and its like; undefined for an empty clock. */
export function parseMoment(value: unknown): Moment | undefined {
  const match = /^(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?\s*(Z|[+-]\d\d:?\d\d)?$/.exec(String(value ?? '').replace(/ DST$/, '').trim())
  if (match === null) return undefined
  const [year, month, day, hours, minutes, seconds] = match.slice(1, 7).map((digits) => Number(digits ?? 0)) as [number, number, number, number, number, number]
  if (year < 1980 || year > 2200 || month < 1 || month > 12 || day < 1 || day > 31 || (year === 1980 && month === 1 && day === 1)) return undefined
  const zone = match[8] === undefined || match[8] === 'Z' ? match[8] : `${match[8].slice(0, 3)}:${match[8].slice(-2)}`
  return { year, month, day, clock: [hours, minutes, seconds, Math.round(Number(`0.${match[7] ?? 0}`) * 1000)], zone: zone === 'Z' ? 'UTC' : zone }
}

const asUtc = ({ year, month, day, clock }: Moment): number => Date.UTC(year, month - 1, day, ...clock)

/** Minutes east of Greenwich. */
function offsetOf(zone: string): number {
  const [, sign, hours, minutes] = /^([+-])(\d\d):(\d\d)$/.exec(zone) ?? []
  return sign === undefined ? 0 : (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
}

/** What a clock on the wall of an IANA zone means, in Unix ms; undefined when there is no such zone. */
export function inZone(wallMs: number, zone: string): number | undefined {
  try {
    const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' })
    const wallAt = (ms: number): number => {
      const part = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)])) as Record<'year' | 'month' | 'day' | 'hour' | 'minute' | 'second', number>
      return Date.UTC(part.year, part.month - 1, part.day, part.hour, part.minute, part.second)
    }
    const whole = wallMs - (wallMs % 1000)
    const first = wallMs - (wallAt(whole) - whole)
    const firstWhole = first - (first % 1000)
    return wallMs - (wallAt(firstWhole) - firstWhole) // once more: the guess may lie on the other side of a change of clocks
  } catch {
    return undefined
  }
}

const LOCAL: ReadonlyArray<readonly [tag: string, source: string]> = [
  ['Composite:SubSecDateTimeOriginal', 'EXIF DateTimeOriginal'], ['MWG:DateTimeOriginal', 'EXIF DateTimeOriginal'], ['ExifIFD:DateTimeOriginal', 'EXIF DateTimeOriginal'], ['Keys:CreationDate', 'QuickTime CreationDate'], ['ItemList:ContentCreateDate', 'QuickTime ContentCreateDate'], ['UserData:DateTimeOriginal', 'QuickTime DateTimeOriginal'],
  ['XML:CreationDateValue', 'Sony XML'], ['XMP-exif:DateTimeOriginal', 'XMP DateTimeOriginal'], ['RIFF:DateTimeOriginal', 'RIFF DateTimeOriginal'], ['H264:DateTimeOriginal', 'AVCHD DateTimeOriginal'], ['BWF:DateTimeOriginal', 'BWF OriginationDate'], ['ExifIFD:CreateDate', 'EXIF CreateDate'], ['PNG:CreationTime', 'PNG CreationTime']
]
/** QuickTime's own clock is UTC by its specification, which not every camera keeps to; that of a receiver is. */
const UTC: ReadonlyArray<readonly [tag: string, source: string]> = [['Timed:GPSDateTime', 'GPS clock'], ['QuickTime:CreateDate', 'QuickTime CreateDate'], ['Matroska:DateTimeOriginal', 'Matroska DateUTC'], ['Info:DateTimeOriginal', 'Matroska DateUTC'], ['GPS:GPSDateTime', 'GPS clock']]

/** `known`: what FFmpeg read. A clock without a zone is read in the zone of its place, else as UTC and said to be so. */
export function captureOf(tags: ExifTags, name: string, known: CaptureTime = {}): CaptureTime {
  for (const [tag, source] of LOCAL) {
    const moment = parseMoment(tags[tag])
    if (moment !== undefined) return localTime(moment, source, tags)
  }
  for (const [tag, source] of UTC) {
    const moment = parseMoment(tags[tag])
    if (moment !== undefined) return { createdAtMs: asUtc(moment) - offsetOf(moment.zone ?? '') * 60_000, createdAtSource: source, createdAtZone: moment.zone ?? 'UTC' }
  }
  if (known.createdAtMs !== undefined) return { createdAtMs: known.createdAtMs, createdAtSource: known.createdAtSource ?? 'container', createdAtZone: known.createdAtZone ?? 'UTC' }
  const named = momentOfName(name)
  return named === undefined ? {} : localTime(named, 'file name', tags)
}

function localTime(moment: Moment, source: string, tags: ExifTags): CaptureTime {
  const zone = moment.zone ?? writtenZone(tags)
  if (zone !== undefined) return { createdAtMs: asUtc(moment) - offsetOf(zone) * 60_000, createdAtSource: source, createdAtZone: zone }
  const place = tags['ExifTool:GeolocationTimeZone']
  const ms = typeof place === 'string' ? inZone(asUtc(moment), place) : undefined
  return ms === undefined ? { createdAtMs: asUtc(moment), createdAtSource: source, createdAtZone: 'unknown' } : { createdAtMs: ms, createdAtSource: `${source}, zone by place`, createdAtZone: place as string }
}

function writtenZone(tags: ExifTags): string | undefined {
  const zones = ['ExifIFD:OffsetTimeOriginal', 'ExifIFD:OffsetTime', 'ExifIFD:OffsetTimeDigitized'].map((tag) => tags[tag])
  return zones.find((zone): zone is string => typeof zone === 'string' && /^[+-]\d\d:\d\d$/.test(zone))
}

/** `IMG_20240506_070809`, `PXL_20240506_070809123`, `2024-05-06 07.08.09`. */
function momentOfName(name: string): Moment | undefined {
  const [, y, mo, d, h, mi, s] = /(?<!\d)(20\d\d)-?([01]\d)-?([0-3]\d)[ _T-]+([0-2]\d)[.:-]?([0-5]\d)[.:-]?([0-5]\d)/.exec(name.slice(name.lastIndexOf('/') + 1)) ?? []
  return y === undefined ? undefined : parseMoment(`${y}:${mo}:${d} ${h}:${mi}:${s}`)
}
