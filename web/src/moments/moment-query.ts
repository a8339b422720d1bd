import type { SenseName } from '#protocols/http.ts'
import { written } from '../library/asset-query.ts'

/** What can be seen of a moment, with what people call it. */
export const SENSES: ReadonlyArray<readonly [SenseName, string]> = [
  ['picture', 'Pictures'], ['words', 'Words in pictures'], ['speech', 'Speech'], ['object', 'Objects'], ['tag', 'Tags'], ['caption', 'Captions'], ['name', 'Names and notes'], ['meaning', 'What names, notes and speech mean']
]
export const LEVELS: ReadonlyArray<readonly [number, string]> = [[0, 'Whole clips'], [2, 'Scenes and passages'], [1, 'Single moments']]
export const KINDS = [['', 'All kinds'], ['video', 'Films'], ['audio', 'Sound'], ['image', 'Pictures']] as const
export type Kind = (typeof KINDS)[number][0]

/** What is looked for; kept in the page's address so that it can be shared and gone back to. */
export interface MomentQuery {
  readonly q: string
  /** `ASSET@MS` or `camera:CAMERA@UNIXMS`; empty for none. */
  readonly like: string
  /** Empty: all of them. */
  readonly levels: readonly number[]
  readonly senses: readonly SenseName[]
  readonly kind: Kind
  /** A camera of the ring, `camera:ID`, or the model of a camera. */
  readonly camera: string
  /** Days of this browser, `2026-11-27`. */
  readonly from: string
  readonly to: string
}

const DAY = /^\d{4}-\d{2}-\d{2}$/

const some = <T>(text: string | null, all: readonly (readonly [T, string])[]): T[] => {
  const named = (text ?? '').split(',')
  return all.map(([value]) => value).filter((value) => named.includes(String(value)))
}
const dayIn = (text: string | null): string => text !== null && DAY.test(text) && !Number.isNaN(Date.parse(text)) ? text : ''

/** Reads the address; anything that is not of ours counts as none. */
export function parseMomentQuery(search: string): MomentQuery {
  const query = new URLSearchParams(search)
  return {
    q: (query.get('q') ?? '').slice(0, 500).trim(), like: (query.get('like') ?? '').slice(0, 200), levels: some(query.get('level'), LEVELS), senses: some(query.get('sense'), SENSES),
    kind: KINDS.find(([kind]) => kind === query.get('kind'))?.[0] ?? '', camera: (query.get('camera') ?? '').slice(0, 150), from: dayIn(query.get('from')), to: dayIn(query.get('to'))
  }
}

/** Writes the address; an empty string when nothing is asked. */
export function printMomentQuery({ q, like, levels, senses, kind, camera, from, to }: MomentQuery): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries({ q: q.trim(), like, level: levels.join(','), sense: senses.join(','), kind, camera, from, to })) if (value !== '') query.set(name, value)
  return query.toString()
}

/** The first ms of a day of this browser. */
const dayMs = (day: string): number => new Date(`${day}T00:00:00`).getTime()

/** The last ms of a day of this browser: days on which clocks change are longer or shorter than others. */
function lastMsOf(day: string): number {
  const midnight = new Date(`${day}T00:00:00`)
  return midnight.setDate(midnight.getDate() + 1) - 1
}

/** The same as the API's parameters. */
export function apiMomentQuery({ q, like, levels, senses, kind, camera, from, to }: MomentQuery): Record<string, string | undefined> {
  const isRingCamera = camera.startsWith('camera:')
  const filter = [kind === '' ? '' : `type:${kind}`, camera === '' || isRingCamera ? '' : `camera:${written(camera)}`].filter((term) => term !== '').join(' ')
  return {
    q: q.trim(), like, level: levels.join(','), sense: senses.join(','), filter, within: isRingCamera ? camera : undefined,
    from: from === '' ? undefined : String(dayMs(from)), to: to === '' ? undefined : String(lastMsOf(to))
  }
}

/** Whether anything is looked for: filters alone find nothing. */
export const asks = ({ q, like }: Pick<MomentQuery, 'q' | 'like'>): boolean => q.trim() !== '' || like !== ''

/** How many filters are set. */
export const filtersOf = ({ levels, senses, kind, camera, from, to }: MomentQuery): number => [levels.length > 0, senses.length > 0, kind !== '', camera !== '', from !== '' || to !== ''].filter(Boolean).length

export const NO_FILTERS = { levels: [], senses: [], kind: '', camera: '', from: '', to: '' } as const satisfies Partial<MomentQuery>

/** The address of a page that finds what looks like this. */
export const likeAddress = (kind: 'asset' | 'camera', id: string, ms: number): string => `/moments?like=${encodeURIComponent(`${kind === 'camera' ? 'camera:' : ''}${id}@${Math.round(ms)}`)}`
