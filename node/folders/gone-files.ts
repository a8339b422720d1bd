import type { AssetId } from '#protocols/ids.ts'
import type { SeenFile } from './file-cache.ts'

/** Files that are not where they were, each found in one step by what it is: whole folders are renamed, with thousands in them. */
export interface GoneFiles {
  /** What the file's bytes are if it is one of these, by size, time and inode. */
  assetOf(file: Pick<SeenFile, 'size' | 'modifiedMs' | 'inode'>): AssetId | undefined
  /** Takes one of this asset out: it was found elsewhere. Answers its name. */
  take(asset: AssetId): string | undefined
  has(name: string): boolean
  /** Those that were not found. */
  left(): Iterable<[name: string, seen: SeenFile]>
}

export function createGoneFiles(gone: Iterable<readonly [name: string, seen: SeenFile]>): GoneFiles {
  const left = new Map(gone)
  const names = new Map<string, Set<string>>()
  for (const [name, seen] of left) for (const trait of traitsOf(seen)) names.set(trait, (names.get(trait) ?? new Set()).add(name))

  const firstOf = (trait: string): string | undefined => names.get(trait)?.values().next().value

  return {
    assetOf: (file) => left.get(firstOf(fileTrait(file)) ?? '')?.asset,
    take(asset) {
      const name = firstOf(asset)
      const seen = left.get(name ?? '')
      if (name === undefined || seen === undefined) return undefined
      left.delete(name)
      for (const trait of traitsOf(seen)) names.get(trait)?.delete(name)
      return name
    },
    has: (name) => left.has(name),
    left: () => left
  }
}

const fileTrait = ({ size, modifiedMs, inode }: Pick<SeenFile, 'size' | 'modifiedMs' | 'inode'>): string => `${size} ${modifiedMs} ${inode}`

/** What was refused is nobody's twin. */
const traitsOf = (seen: SeenFile): string[] => (seen.asset === undefined ? [] : [seen.asset, fileTrait(seen)])
