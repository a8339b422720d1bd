import type { Asset, MediaFacts } from './catalog.ts'

/** Name in `Asset.found` of what was read from the file after the import: JSON of `MediaFacts`. */
export const LATER_PROBE = 'probe'

/** Of a text of what was found out later, in UTF-16 units: all of it fits what `Asset.found` takes. @default 80 */
export const MAX_LATER_TEXT = 80

/** As it is kept in `Asset.found`. */
export function laterProbe(facts: Partial<MediaFacts>): string {
  return JSON.stringify(facts, (_name, value: unknown) => typeof value === 'string' ? value.replace(/\p{Cc}/gu, ' ').slice(0, MAX_LATER_TEXT) : value)
}

/** What may be found out later, and the type it has. */
const LATER = {
  createdAtMs: 'number', iso: 'number', aperture: 'number', focalLength: 'number', createdAtSource: 'string', createdAtZone: 'string', cameraMake: 'string', cameraModel: 'string', lens: 'string', shutter: 'string', place: 'string', country: 'string', contentId: 'string'
} as const satisfies Partial<Record<keyof MediaFacts, 'number' | 'string'>>

/** What is known of an asset's file: what its import read, and what was found out later. */
export function knownProbe({ facts, found }: Pick<Asset, 'facts' | 'found'>): MediaFacts {
  const text = found[LATER_PROBE]
  return text === undefined ? facts.probe : { ...facts.probe, ...laterFacts(text) }
}

/** Make and model as people say them, the make once; empty when the file does not say. */
export function cameraName({ cameraMake, cameraModel }: MediaFacts): string {
  const [make, model] = [cameraMake, cameraModel].map((part) => typeof part === 'string' ? part.trim() : '')
  return model?.toLowerCase().startsWith(make?.toLowerCase() ?? '') === true && model !== '' ? model : `${make} ${model}`.trim()
}

function laterFacts(text: string): Partial<MediaFacts> {
  try {
    const later = JSON.parse(text) as Record<string, unknown> | null
    const gps = positionOf(later?.['gps'])
    return { ...Object.fromEntries(Object.entries(LATER).flatMap(([name, type]) => typeof later?.[name] === type ? [[name, later?.[name]]] : [])), ...gps && { gps } }
  } catch {
    return {} // another member wrote it
  }
}

function positionOf(value: unknown): MediaFacts['gps'] {
  const { latitude, longitude, altitude } = (value ?? {}) as Record<string, unknown>
  if (!isNumber(latitude) || !isNumber(longitude)) return undefined
  return { latitude, longitude, ...(isNumber(altitude) && { altitude }) }
}

const isNumber = (value: unknown): value is number => Number.isFinite(value)
