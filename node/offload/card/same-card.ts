import type { CardFile } from './card-files.ts'
import { MHL_FOLDER } from '../mhl/manifest.ts'

/** Times of one file on two file systems differ by no more than this, in ms: FAT counts in two seconds. @default 2000 */
export const MTIME_TOLERANCE_MS = 2_000

/** Histories grow where they lie: they say nothing about which card it is. */
export const isHistoryPath = (path: string): boolean => path.split('/').includes(MHL_FOLDER)

export const isSameFile = (a: Pick<CardFile, 'size' | 'mtimeMs'>, b: Pick<CardFile, 'size' | 'mtimeMs'>): boolean =>
  a.size === b.size && Math.abs(a.mtimeMs - b.mtimeMs) <= MTIME_TOLERANCE_MS

/**
 * Whether what is known of a roll is of this card: at least one file is the same, and none of a known path is another. A card that
 * was formatted and filled again uses the same names for other files.
 */
export function isSameCard(known: ReadonlyMap<string, Pick<CardFile, 'size' | 'mtimeMs'>>, files: readonly CardFile[]): boolean {
  const pairs = files.flatMap((file) => {
    const before = isHistoryPath(file.path) ? undefined : known.get(file.path)
    return before === undefined ? [] : [isSameFile(file, before)]
  })
  return pairs.length > 0 && pairs.every(Boolean)
}
