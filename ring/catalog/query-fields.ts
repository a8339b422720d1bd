/** The fields of the search box: what each takes. Somebody who adds a field adds a line here, and says in `asset-words.ts` where its values come from. */
import { FLAGS, LABELS } from './asset-marks.ts'

export const TEXT_COLUMNS = ['name', 'path', 'title', 'notes'] as const
export type TextColumn = (typeof TEXT_COLUMNS)[number]

export type Unit = 'count' | 'bytes' | 'milliseconds' | 'pixels' | 'rate' | 'date'

export type FieldKind = ({ readonly example?: string }) & (
  | { readonly kind: 'text' }
  | { readonly kind: 'near' }
  | { readonly kind: 'own'; readonly name: string }
  /** `of`: the number it is about; `as`: what a bare value means. */
  | { readonly kind: 'range'; readonly of: string; readonly unit: Unit; readonly as?: 'before' | 'after' | 'equal' }
  /** `only`: the values there are; `of`: another field's values; `begins`: words of the value are found by their beginnings. */
  | { readonly kind: 'word'; readonly only?: readonly string[]; readonly aliases?: Readonly<Record<string, string>>; readonly of?: string; readonly begins?: boolean }
)

/** Values of `has:` and `is:` that this program knows; `has:` also takes names of what was made of an asset. */
export const FLAGS_OF = {
  has: ['gps', 'title', 'notes', 'tags', 'album', 'poster', 'audio', 'rating', 'label', 'flag', 'date', 'fields', 'licence', 'releases'],
  is: ['video', 'audio', 'image', 'pick', 'reject', 'rated', 'unrated', 'tagged', 'untagged', 'vertical', 'horizontal', 'square', 'stacked', 'copied']
} as const

/** Where a value is `none`, assets without any are meant. */
export const NONE = 'none'

const TYPES: Readonly<Record<string, string>> = { photo: 'image', picture: 'image', still: 'image', images: 'image', photos: 'image', clip: 'video', movie: 'video', videos: 'video', sound: 'audio' }
const CODECS: Readonly<Record<string, string>> = { h265: 'hevc', 'h.265': 'hevc', avc: 'h264', 'h.264': 'h264', jpeg: 'mjpeg', jpg: 'mjpeg', dnxhr: 'dnxhd' }

export const FIELDS: Readonly<Record<string, FieldKind>> = Object.assign(Object.create(null) as Record<string, FieldKind>, {
  type: { kind: 'word', only: ['video', 'audio', 'image'], aliases: TYPES, example: 'video' },
  kind: { kind: 'word', only: ['video', 'audio', 'image'], aliases: TYPES, of: 'type', example: 'video' },
  camera: { kind: 'word', begins: true, example: 'sony' },
  tag: { kind: 'word', example: 'interview' },
  album: { kind: 'word', begins: true, example: 'harbour' },
  label: { kind: 'word', only: [...LABELS, NONE], example: 'red' },
  flag: { kind: 'word', only: [...FLAGS, NONE], example: 'pick' },
  state: { kind: 'word', example: 'approved' },
  codec: { kind: 'word', aliases: CODECS, example: 'h264' },
  ext: { kind: 'word', example: 'mov' },
  batch: { kind: 'word', begins: true, example: 'A001' },
  licence: { kind: 'word', begins: true, example: 'cc-by' },
  license: { kind: 'word', begins: true, of: 'licence', example: 'cc-by' },
  stack: { kind: 'word' },
  has: { kind: 'word', example: 'gps' },
  is: { kind: 'word', only: FLAGS_OF.is, example: 'pick' },
  name: { kind: 'text', example: 'A001' },
  path: { kind: 'text', example: '"day 1"' },
  title: { kind: 'text', example: 'harbour' },
  notes: { kind: 'text', example: 'wind' },
  rating: { kind: 'range', of: 'rating', unit: 'count', example: '>=3' },
  size: { kind: 'range', of: 'size', unit: 'bytes', example: '>100MB' },
  duration: { kind: 'range', of: 'duration', unit: 'milliseconds', example: '<10s' },
  width: { kind: 'range', of: 'width', unit: 'pixels', example: '>=1920' },
  height: { kind: 'range', of: 'height', unit: 'pixels', example: '1080' },
  fps: { kind: 'range', of: 'fps', unit: 'rate', example: '25' },
  taken: { kind: 'range', of: 'taken', unit: 'date', example: '2026-03..2026-05' },
  on: { kind: 'range', of: 'taken', unit: 'date', example: '2026-03-21' },
  before: { kind: 'range', of: 'taken', unit: 'date', as: 'before', example: '2026-03' },
  after: { kind: 'range', of: 'taken', unit: 'date', as: 'after', example: '2026-03-21' },
  imported: { kind: 'range', of: 'imported', unit: 'date', example: 'today' },
  edited: { kind: 'range', of: 'edited', unit: 'date', example: 'today' },
  near: { kind: 'near', example: '"59.91,10.75,20km"' }
} satisfies Record<string, FieldKind>)

/** Whether a value can be meant at all. */
export function isKnownWord(field: Extract<FieldKind, { kind: 'word' }>, value: string): boolean {
  return field.only === undefined || field.only.includes(value.toLowerCase())
}
