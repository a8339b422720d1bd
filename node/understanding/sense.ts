/** What has to be read of a subject before a sense can find anything in it. */
import { vectorsOf } from './analysis/analysis.ts'
import { HEARD, LIVE } from './index/entries.ts'
import type { Task } from './inference/inference.ts'
import type { Sense } from './moments/moments.ts'
import type { SpaceId } from './space.ts'

/** Senses that models give by what is in a clip: a name is the catalog's, and what texts mean is of two readings. */
export type ReadSense = Exclude<Sense, 'name' | 'meaning'>

/** How the names of readings begin, by what is read. */
export const READING_KINDS = ['vectors@', 'text@', 'objects@', 'captions@', 'transcript', 'sentences@', 'said@'] as const
export type ReadingKind = (typeof READING_KINDS)[number]

/** The readings of each sense, and who makes them. */
export const READ_FOR: Readonly<Record<ReadSense, { readonly kind: ReadingKind; readonly task: Task }>> = {
  picture: { kind: 'vectors@', task: 'embed-pictures' }, tag: { kind: 'vectors@', task: 'embed-pictures' }, words: { kind: 'text@', task: 'read-text' }, object: { kind: 'objects@', task: 'find-objects' },
  caption: { kind: 'captions@', task: 'describe-pictures' }, speech: { kind: 'transcript', task: 'transcribe' }
}

/** Undefined: nothing is found by it alone. What is seen of a camera is things, and vectors by a name of their own; what is heard of it is said. */
export const kindOf = (reading: string): ReadingKind | undefined => reading === LIVE || reading.startsWith('seen@') ? 'objects@' : reading.startsWith(HEARD) ? 'transcript' : READING_KINDS.find((kind) => reading.startsWith(kind))

/** What has to be read of a subject for a question to be about it: kinds, and vectors of the very space that is compared. Without named senses it is about what has vectors, or about anything that was read. */
export function neededFor(senses: readonly Sense[] | undefined, space: SpaceId | undefined): readonly string[] {
  if (senses === undefined) return space === undefined ? [] : [vectorsOf(space)]
  return [...new Set(senses.flatMap((sense) => sense === 'name' ? [] : sense === 'meaning' ? ['sentences@', 'said@'] : sense === 'picture' && space !== undefined ? vectorsOf(space) : READ_FOR[sense].kind))]
}

/** Whether these readings are all that is needed. */
export const isReadFor = (readings: readonly string[], needed: readonly string[]): boolean => needed.every((need) => readings.some((reading) => reading === need || kindOf(reading) === need))
