/** What a camera wrote about itself and its settings, out of everything ExifTool knows. */
import type { MediaFacts } from '#ring'
import type { Position } from '../facts.ts'
import type { ExifTags } from './exif.ts'
import { withoutHoles } from './picture-facts.ts'

/** Longest name of a camera, lens or place that is kept in the catalog, in characters. @default 120 */
export const MAX_NAME_CHARS = 120

const MAKE = ['IFD0:Make', 'Keys:Make', 'Apple:Make', 'UserData:Make', 'QuickTime:Make', 'XML:DeviceManufacturer', 'H264:Make', 'RIFF:Make', 'XMP-tiff:Make', 'Canon:Make', 'RED:CameraType']
const MODEL = ['IFD0:Model', 'Keys:Model', 'UserData:Model', 'QuickTime:Model', 'XML:DeviceModelName', 'H264:Model', 'RIFF:Model', 'XMP-tiff:Model', 'GoPro:Model', 'RED:Model', 'Track1:Model']
const LENS = ['ExifIFD:LensModel', 'Composite:LensID', 'XMP-aux:Lens', 'Keys:LensModel', 'XML:LensModelName', 'Track1:LensModel']
const CONTENT = ['Apple:ContentIdentifier', 'Keys:ContentIdentifier']

const text = (tags: ExifTags, names: readonly string[]): string | undefined => {
  const found = names.map((name) => tags[name]).find((value) => (typeof value === 'string' && value.trim() !== '') || typeof value === 'number')
  return found === undefined ? undefined : String(found).replace(/\p{Cc}/gu, ' ').trim().slice(0, MAX_NAME_CHARS) || undefined
}

const number = (tags: ExifTags, ...names: readonly string[]): number | undefined => {
  const found = Number.parseFloat(text(tags, names) ?? '')
  return Number.isFinite(found) && found > 0 ? found : undefined
}

const TURNS: Readonly<Record<string, number>> = { 'Rotate 90 CW': 90, 'Rotate 180': 180, 'Rotate 270 CW': 270 }

/** Clockwise degrees that the picture is to be turned by. */
export const exifTurn = (tags: ExifTags): number => TURNS[text(tags, ['IFD0:Orientation', 'IFD1:Orientation']) ?? ''] ?? 0

export function cameraFacts(tags: ExifTags): Partial<MediaFacts> {
  const gps = positionOfExif(tags)
  const [width, height] = (text(tags, ['Composite:ImageSize']) ?? '').split('x').map(Number)
  return withoutHoles({
    cameraMake: text(tags, MAKE), cameraModel: text(tags, MODEL), lens: text(tags, LENS)?.replace(/^Unknown.*$/, '') || undefined,
    iso: number(tags, 'ExifIFD:ISO', 'XML:ISO', 'Composite:ISO'), shutter: text(tags, ['ExifIFD:ExposureTime', 'Composite:ShutterSpeed']), aperture: number(tags, 'ExifIFD:FNumber', 'Composite:Aperture'), focalLength: number(tags, 'ExifIFD:FocalLength'),
    place: placeOf(tags), country: text(tags, ['ExifTool:GeolocationCountryCode'])?.slice(0, 2), contentId: text(tags, CONTENT), gps,
    ...width !== undefined && height !== undefined && width > 0 && height > 0 ? { width, height } : {}
  })
}

function placeOf(tags: ExifTags): string | undefined {
  const parts = ['City', 'Region', 'Country'].map((part) => text(tags, [`ExifTool:Geolocation${part}`])).filter((part) => part !== undefined)
  return parts.length === 0 ? undefined : [...new Set(parts)].join(', ').slice(0, MAX_NAME_CHARS)
}

/** `47 deg 22' 36.84" N, 8 deg 32' 30.12" E`. */
export function positionOfExif(tags: ExifTags): Position | undefined {
  const [latitude, longitude] = (text(tags, ['Composite:GPSPosition', 'Keys:GPSCoordinates', 'UserData:GPSCoordinates', 'Timed:GPSPosition']) ?? '').split(',').map(degrees)
  if (latitude === undefined || longitude === undefined || (latitude === 0 && longitude === 0)) return undefined
  if (Math.abs(latitude) > 90 || Math.abs(longitude) > 180) return undefined
  const altitude = Number.parseFloat(text(tags, ['Composite:GPSAltitude', 'GPS:GPSAltitude', 'Timed:GPSAltitude']) ?? '')
  return { latitude, longitude, ...(Number.isFinite(altitude) ? { altitude: /Below/.test(String(tags['GPS:GPSAltitudeRef'])) ? -Math.abs(altitude) : altitude } : {}) }
}

function degrees(part: string): number | undefined {
  const match = /(\d+(?:\.\d+)?) deg(?: (\d+(?:\.\d+)?)')?(?: (\d+(?:\.\d+)?)")? ([NSEW])/.exec(part)
  if (match === null) return undefined
  const value = Number(match[1]) + Number(match[2] ?? 0) / 60 + Number(match[3] ?? 0) / 3600
  return Math.round((/[SW]/.test(match[4] ?? '') ? -value : value) * 1e7) / 1e7
}
