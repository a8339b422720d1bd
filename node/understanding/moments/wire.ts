/** Questions and answers as they travel. Whatever comes in is checked: any member may have written it. */
import { InvalidInputError, InvalidMessageError } from '#protocols/errors.ts'
import { parseAssetId, parseCameraId, type Partition, PARTITIONS } from '#protocols/ids.ts'
import type { MomentHitMessage, MomentsQueryMessage, MomentSubjectMessage, MomentVectorMessage, SliceResponseMessage, WholeResponseMessage } from '#protocols/moments.ts'
import type { Hit, SliceAnswer } from '../index/ask.ts'
import { MAX_HITS } from '../index/engine.ts'
import { partitionOfSubject } from '../index/store.ts'
import type { SpaceId } from '../space.ts'
import type { Subject } from '../subject.ts'
import type { Coverage, Found, Level, Sense } from './moments.ts'
import { checkNear, checkQuestion, type Near, type Question, SENSES } from './question.ts'

export const subjectMessage = ({ kind, id }: Subject): MomentSubjectMessage => ({ isCamera: kind === 'camera', id })

/** @throws InvalidIdError, InvalidMessageError */
export function subjectOf(message: MomentSubjectMessage | null | undefined): Subject {
  if (message == null) throw new InvalidMessageError('a subject is missing')
  return message.isCamera ? { kind: 'camera', id: parseCameraId(message.id) } : { kind: 'asset', id: parseAssetId(message.id) }
}

export function vectorMessage({ space, vector }: Near): MomentVectorMessage {
  const values = Buffer.alloc(vector.length * 4)
  for (const [at, value] of vector.entries()) values.writeFloatLE(value, at * 4)
  return { space, values }
}

/** @throws InvalidInputError */
export function nearOf({ space, values }: MomentVectorMessage): Near {
  if (values.byteLength % 4 !== 0) throw new InvalidInputError('a vector is 32-bit floats')
  const view = new DataView(values.buffer, values.byteOffset, values.byteLength)
  return checkNear({ space: space as SpaceId, vector: Float32Array.from({ length: values.byteLength / 4 }, (_, at) => view.getFloat32(at * 4, true)) })
}

export function questionMessage({ text, near, meaning, levels = [], senses = [], filter = '', albums, within, cameras, fromMs, toMs, limit }: Question): MomentsQueryMessage {
  return {
    text, levels: [...levels], senses: [...senses], filter, limit,
    albums: [...albums ?? []], limitedToAlbums: albums !== undefined, cameras: [...cameras ?? []], limitedToCameras: cameras !== undefined,
    ...(near && { near: vectorMessage(near) }), ...(meaning && { meaning: vectorMessage(meaning) }), ...(within && { within: subjectMessage(within) }),
    ...(fromMs !== undefined && { fromMs }), ...(toMs !== undefined && { toMs })
  }
}

/** @throws InvalidMessageError, InvalidInputError, InvalidIdError */
export function questionOf(message: MomentsQueryMessage | null | undefined): Question {
  if (message == null) throw new InvalidMessageError('a query is missing')
  const { text, near, meaning, levels, senses, filter, albums, limitedToAlbums, within, cameras, limitedToCameras, fromMs, toMs, limit } = message
  const question: Question = {
    text, limit: limit === 0 ? 1 : limit, filter: filter === '' ? undefined : filter,
    levels: levels.length === 0 ? undefined : levels as Level[], senses: senses.length === 0 ? undefined : senses as Sense[],
    albums: limitedToAlbums ? albums : undefined, cameras: limitedToCameras ? cameras.map((camera) => parseCameraId(camera)) : undefined,
    near: near == null ? undefined : nearOf(near), meaning: meaning == null ? undefined : nearOf(meaning), within: within == null ? undefined : subjectOf(within),
    fromMs: fromMs ?? undefined, toMs: toMs ?? undefined
  }
  checkQuestion(question as Parameters<typeof checkQuestion>[0])
  return question
}

/** @throws InvalidMessageError */
export function partitionsOf(partitions: readonly number[]): Partition[] {
  const asked = [...new Set(partitions)]
  if (asked.some((partition) => !Number.isInteger(partition) || partition < 0 || partition >= PARTITIONS)) throw new InvalidMessageError(`partitions are 0 to ${PARTITIONS - 1}`)
  return asked as Partition[]
}

const hitMessage = ({ subject, text = '', ...hit }: Hit): MomentHitMessage => ({ ...hit, subject: subjectMessage(subject), text })

export interface Slice extends SliceAnswer {
  readonly notes: readonly string[]
  /** Partitions it is not an answer of. */
  readonly declined: readonly Partition[]
}

export const sliceMessage = ({ pictures, words, meanings, understoodMs, notes, declined }: Slice): SliceResponseMessage => ({ pictures: pictures.map(hitMessage), words: words.map(hitMessage), meanings: meanings.map(hitMessage), understoodMs, notes: [...notes], declined: [...declined] })

/** Of what a node answered all that can be: no other partition's, of what is live only cameras, no more than fits. @throws InvalidMessageError, InvalidIdError */
export function sliceOf(message: SliceResponseMessage | null | undefined, asked: readonly Partition[] | 'live'): Slice {
  if (message == null) throw new InvalidMessageError('an answer is missing')
  const declined = asked === 'live' ? [] : asked.filter((partition) => message.declined.includes(partition))
  const partitions = new Set<number>(asked === 'live' ? [] : asked.filter((partition) => !declined.includes(partition)))
  const isAsked = (subject: Subject): boolean => asked === 'live' ? subject.kind === 'camera' : partitions.has(partitionOfSubject(subject))
  const hits = (all: readonly MomentHitMessage[]): Hit[] => all.slice(0, MAX_HITS).map(hitOf).filter(({ subject }) => isAsked(subject))
  if (!(message.understoodMs >= 0) || !Number.isFinite(message.understoodMs)) throw new InvalidMessageError('how much is understood is a number of ms')
  return { pictures: hits(message.pictures), words: hits(message.words), meanings: hits(message.meanings), understoodMs: message.understoodMs, notes: message.notes.slice(0, 5).map((note) => note.slice(0, 300)), declined }
}

function hitOf({ subject, level, sense, fromMs, toMs, pictureMs, score, text }: MomentHitMessage): Hit {
  const isWhole = [fromMs, toMs, pictureMs, score].every(Number.isFinite) && level >= 0 && level <= 2 && SENSES.includes(sense as Sense) && toMs >= fromMs
  if (!isWhole) throw new InvalidMessageError('a hit is not what it should be')
  return { subject: subjectOf(subject), level: level as Level, sense: sense as Sense, fromMs, toMs, pictureMs, score, ...(text === '' ? {} : { text: text.slice(0, 500) }) }
}

export function wholeMessage(found: readonly Found[], { understoodMs, totalMs, silent, off }: Coverage): WholeResponseMessage {
  return {
    found: found.map(({ subject, score, moments }) => ({ subject: subjectMessage(subject), score, moments: moments.map((moment) => ({ ...moment, why: moment.why.map(({ sense, text = '', score: each }) => ({ sense, text, score: each })) })) })),
    understoodMs, totalMs, silent: [...silent], off: [...off]
  }
}
