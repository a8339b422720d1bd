import { InvalidInputError } from '#protocols/errors.ts'
import type { CameraId } from '#protocols/ids.ts'
import { isSpaceId, type SpaceId } from '../space.ts'
import type { Subject } from '../subject.ts'
import { unit } from '../vectors.ts'
import type { Level, MomentQuery, Sense } from './moments.ts'

/** Subjects that are answered when nobody says. @default 30 */
export const DEFAULT_FOUND = 30
/** Most subjects that are answered. @default 200 */
export const MAX_FOUND = 200
/** Longest sentence, in characters. @default 500 */
export const MAX_SENTENCE_CHARACTERS = 500
/** Longest filter, in characters. @default 1000 */
export const MAX_FILTER_CHARACTERS = 1_000
/** Albums, or cameras, that one question may name. @default 500 */
export const MAX_NAMED = 500

export const LEVELS: readonly Level[] = [0, 1, 2]
export const SENSES: readonly Sense[] = ['picture', 'words', 'speech', 'object', 'tag', 'caption', 'name', 'meaning']

/** A vector that pictures, or texts, are compared with. */
export interface Near { readonly space: SpaceId; readonly vector: Float32Array }

/** What is asked of the owners: a query as it travels. */
export interface Question {
  readonly text: string
  readonly near?: Near | undefined
  /** The text as a vector that texts are compared with. */
  readonly meaning?: Near | undefined
  readonly levels?: readonly Level[] | undefined
  readonly senses?: readonly Sense[] | undefined
  readonly filter?: string | undefined
  readonly albums?: readonly string[] | undefined
  readonly within?: Subject | undefined
  readonly cameras?: readonly CameraId[] | undefined
  readonly fromMs?: number | undefined
  readonly toMs?: number | undefined
  readonly limit: number
}

/** Whether a question is about a level, or a sense, at all. */
export const asksLevel = ({ levels }: Pick<Question, 'levels'>, level: Level): boolean => levels?.includes(level) ?? true
export const asksSense = ({ senses }: Pick<Question, 'senses'>, sense: Sense): boolean => senses?.includes(sense) ?? true

/** Names are the catalog's: no index is asked. */
export const asksNamesOnly = (question: Pick<Question, 'levels' | 'senses'>): boolean => asksLevel(question, 0) && question.senses?.every((sense) => sense === 'name') === true

/** Wherever it came from. @throws InvalidInputError saying what to change */
export function checkQuestion(question: Pick<MomentQuery, 'text' | 'levels' | 'senses' | 'filter' | 'albums' | 'cameras' | 'fromMs' | 'toMs' | 'limit'>): void {
  const { text = '', levels = [], senses = [], filter = '', albums = [], cameras = [], fromMs = 0, toMs = 0, limit = DEFAULT_FOUND } = question
  if (text.length > MAX_SENTENCE_CHARACTERS) throw new InvalidInputError(`a sentence has at most ${MAX_SENTENCE_CHARACTERS} characters`)
  if (filter.length > MAX_FILTER_CHARACTERS) throw new InvalidInputError(`a filter has at most ${MAX_FILTER_CHARACTERS} characters`)
  if (levels.some((level) => !LEVELS.includes(level))) throw new InvalidInputError('levels are 0, 1 and 2')
  const odd = senses.find((sense) => !SENSES.includes(sense))
  if (odd !== undefined) throw new InvalidInputError(`there is no sense ${JSON.stringify(String(odd).slice(0, 40))}: they are ${SENSES.join(', ')}`)
  if (albums.length > MAX_NAMED || cameras.length > MAX_NAMED) throw new InvalidInputError(`name at most ${MAX_NAMED} albums or cameras`)
  if (!Number.isFinite(fromMs) || !Number.isFinite(toMs)) throw new InvalidInputError('times are Unix ms')
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_FOUND) throw new InvalidInputError(`limit is 1 to ${MAX_FOUND}`)
}

/** @throws InvalidInputError */
export function checkNear({ space, vector }: Near): Near {
  if (!isSpaceId(space) || vector.length === 0 || vector.length > 4_096 || !vector.every(Number.isFinite)) throw new InvalidInputError('a vector has 1 to 4096 finite numbers, and a space')
  return { space, vector: unit(vector) ?? vector } // what is compared is kept for vectors of length 1
}
