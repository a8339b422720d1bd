import { Kept } from '../design/kept.ts'
import type { DroppedFile } from './dropped-files.ts'

/** Unfinished files that are remembered; the oldest are forgotten first. @default 300 */
const REMEMBERED = 300

/** An unfinished file of an earlier visit, or of this one. */
export interface Unfinished {
  /** Name with folders, size and time of change: the same file given again has the same. */
  readonly key: string
  readonly path: string
  readonly sha256: string
  /** Of the upload in the ring; empty before it was begun. */
  readonly id: string
}

const TEXTS = ['key', 'path', 'sha256', 'id'] as const

function parse(kept: unknown): readonly Unfinished[] {
  if (!Array.isArray(kept)) return []
  return (kept as Partial<Unfinished>[]).filter((one) => typeof one === 'object' && one !== null && TEXTS.every((name) => typeof one[name] === 'string')) as Unfinished[]
}

/** What was not finished: recognised when it is given again, also after the page was loaded anew. */
export const unfinished = new Kept<readonly Unfinished[]>('thatdam.uploads', parse)

export const keyOf = ({ file, path }: DroppedFile): string => `${path}|${file.size}|${file.lastModified}`

export const recall = (key: string): Unfinished | undefined => unfinished.get().find((one) => one.key === key)

export function remember(one: Unfinished): void {
  unfinished.set([...unfinished.get().filter(({ key }) => key !== one.key), one].slice(-REMEMBERED))
}

export function forget(key: string): void {
  if (recall(key) !== undefined) unfinished.set(unfinished.get().filter((one) => one.key !== key))
}
