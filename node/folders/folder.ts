/** A folder that a node may read, as the ring's people decided it: a record of kind `paths`. */
import { InvalidInputError } from '#protocols/errors.ts'
import type { PeerId } from '#protocols/ids.ts'
import type { RecordFields, RingRecord } from '#ring'

/** Kind of the records. */
export const FOLDERS = 'paths'
/** Longest path, in UTF-16 units. @default 4096 */
export const MAX_FOLDER_PATH = 4_096
/** Longest name, in UTF-16 units. @default 200 */
export const MAX_FOLDER_NAME = 200
/** Patterns of one kind. @default 100 */
export const MAX_PATTERNS = 100
/** Longest pattern, in UTF-16 units. @default 200 */
export const MAX_PATTERN_LENGTH = 200

/** `import`: bytes are copied into the ring. `reference`: they stay where they are. */
export type FolderMode = 'import' | 'reference'

/** What people may change of a folder. */
export interface FolderSettings {
  readonly name: string
  readonly mode: FolderMode
  /** Only files that one of these fits; all when there are none. */
  readonly include: readonly string[]
  /** Neither files nor folders that one of these fits. */
  readonly exclude: readonly string[]
  /** New and changed files are found without anybody asking. */
  readonly watch: boolean
}

export interface Folder extends FolderSettings {
  readonly id: string
  readonly node: PeerId
  /** Absolute, and without a link in it, on the machine of its node. */
  readonly path: string
  readonly addedAtMs: number
}

/** undefined for what another member wrote wrongly. */
export function folderOf({ id, fields }: RingRecord): Folder | undefined {
  const { node, path, name, mode, addedAtMs } = fields
  if (typeof node !== 'string' || typeof path !== 'string' || !path.startsWith('/') || path.length > MAX_FOLDER_PATH) return undefined
  return {
    id, node: node as PeerId, path, name: typeof name === 'string' ? name.slice(0, MAX_FOLDER_NAME) : path,
    mode: mode === 'reference' ? 'reference' : 'import', include: patternsOf(fields, 'include'), exclude: patternsOf(fields, 'exclude'),
    watch: fields['watch'] === true, addedAtMs: typeof addedAtMs === 'number' && Number.isFinite(addedAtMs) ? addedAtMs : 0
  }
}

function patternsOf(fields: RecordFields, field: 'include' | 'exclude'): string[] {
  const patterns = fields[field]
  return Array.isArray(patterns) ? patterns.filter((pattern): pattern is string => typeof pattern === 'string' && pattern !== '' && pattern.length <= MAX_PATTERN_LENGTH).slice(0, MAX_PATTERNS) : []
}

/** @throws InvalidInputError */
export function checkSettings({ name, include = [], exclude = [] }: Partial<FolderSettings>): void {
  if (name !== undefined && (name.trim() === '' || name.length > MAX_FOLDER_NAME)) throw new InvalidInputError(`a folder's name has 1 to ${MAX_FOLDER_NAME} characters`)
  for (const patterns of [include, exclude]) {
    if (patterns.length > MAX_PATTERNS) throw new InvalidInputError(`at most ${MAX_PATTERNS} patterns can be given`)
    const odd = patterns.find((pattern) => pattern.trim() === '' || pattern.length > MAX_PATTERN_LENGTH)
    if (odd !== undefined) throw new InvalidInputError(`a pattern has 1 to ${MAX_PATTERN_LENGTH} characters: ${JSON.stringify(odd.slice(0, 60))}`)
  }
}
