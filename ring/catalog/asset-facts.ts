import { InvalidInputError } from '#protocols/errors.ts'
import { checkMarks } from './asset-marks.ts'
import type { AssetFacts, AssetPatch } from './catalog.ts'

/** Longest title, in UTF-16 units. @default 500 */
export const MAX_TITLE_LENGTH = 500
/** Longest notes, in UTF-16 units. @default 20000 */
export const MAX_NOTES_LENGTH = 20_000
/** Longest tag, in UTF-16 units. @default 200 */
export const MAX_TAG_LENGTH = 200

/** Tags of one asset that are shown, in alphabetical order; also the most one edit may name. @default 500 */
export const MAX_TAGS = 500
/** Places of one asset that are shown. @default 1000 */
export const MAX_LOCATIONS = 1000
/** Longest JSON of an asset's facts, in UTF-16 units. @default 32768 */
export const MAX_FACTS_LENGTH = 32 * 1024

/** Whether a value another member wrote can be shown as an asset's facts. */
export function isAssetFacts(value: unknown): value is AssetFacts {
  if (typeof value !== 'object' || value === null) return false
  const facts = value as Record<string, unknown>
  const texts = [facts.id, facts.name, facts.mime, facts.blob ?? '']
  const numbers = [facts.size, facts.importedAtMs, facts.modifiedAtMs ?? 0]
  return texts.every((text) => typeof text === 'string') && numbers.every(Number.isFinite)
    && ['video', 'audio', 'image'].includes(facts.kind as string) && typeof facts.probe === 'object' && facts.probe !== null
    && JSON.stringify(facts).length <= MAX_FACTS_LENGTH
}

/** The patch with its tags trimmed. @throws InvalidInputError */
export function checkedPatch(patch: AssetPatch): AssetPatch {
  const { title, rating, notes, notesBase } = patch
  if (title !== undefined && title.length > MAX_TITLE_LENGTH) throw new InvalidInputError(`the title has ${title.length} characters; at most ${MAX_TITLE_LENGTH} fit`)
  if (notesBase !== undefined && notesBase.length > 4 * MAX_NOTES_LENGTH) throw new InvalidInputError(`notesBase has ${notesBase.length} characters: more than notes ever have`)
  if (notes !== undefined && notes.length > MAX_NOTES_LENGTH) throw new InvalidInputError(`the notes have ${notes.length} characters; at most ${MAX_NOTES_LENGTH} fit`)
  if (rating !== undefined && !(Number.isInteger(rating) && rating >= 0 && rating <= 5)) throw new InvalidInputError(`a rating is a whole number from 0 to 5, not ${rating}`)
  for (const tags of [patch.addTags, patch.removeTags]) if (tags !== undefined && tags.length > MAX_TAGS) throw new InvalidInputError(`${tags.length} tags are named at once; at most ${MAX_TAGS} may be`)
  checkMarks(patch)
  return { ...patch, addTags: patch.addTags?.map(checkedTag), removeTags: patch.removeTags?.map(checkedTag) }
}

function checkedTag(tag: string): string {
  const trimmed = tag.trim().normalize('NFC')
  if (trimmed === '' || trimmed.length > MAX_TAG_LENGTH) throw new InvalidInputError(`a tag has 1 to ${MAX_TAG_LENGTH} characters: ${JSON.stringify(tag.slice(0, 40))}`)
  return trimmed
}
