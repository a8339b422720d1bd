import { InvalidInputError } from '#protocols/errors.ts'
import type { MomentSearch } from '#protocols/http.ts'
import { parseAssetId, parseCameraId } from '#protocols/ids.ts'
import type { Level, MomentQuery, Sense } from '../understanding/moments/moments.ts'
import type { Subject } from '../understanding/subject.ts'
import { timeOf } from './routes/footage.ts'

/** What a request asks for. @throws InvalidInputError, InvalidIdError */
export function momentQueryOf({ q, like, level, sense, filter, within, from, to, limit }: MomentSearch): MomentQuery {
  return {
    ...(q !== undefined && { text: q }), ...(like !== undefined && { like: likeOf(like) }), ...(level !== undefined && { levels: listOf(level).map(levelOf) }), ...(sense !== undefined && { senses: listOf(sense) as Sense[] }),
    ...(filter !== undefined && filter.trim() !== '' && { filter }), ...(within !== undefined && { within: subjectOf(within) }),
    ...(from !== undefined && { fromMs: timeOf('from', from) }), ...(to !== undefined && { toMs: timeOf('to', to) }), ...(limit !== undefined && { limit })
  }
}

const listOf = (text: string): string[] => text.split(',').map((part) => part.trim()).filter((part) => part !== '')

function levelOf(text: string): Level {
  if (!/^[012]$/.test(text)) throw new InvalidInputError(`there is no level ${text.slice(0, 20)}: they are 0, 1 and 2`)
  return Number(text) as Level
}

/** `ASSET` or `camera:CAMERA`. */
const subjectOf = (text: string): Subject => text.startsWith('camera:') ? { kind: 'camera', id: parseCameraId(text.slice('camera:'.length)) } : { kind: 'asset', id: parseAssetId(text) }

function likeOf(text: string): { subject: Subject; atMs: number } {
  const at = text.lastIndexOf('@')
  if (at === -1) throw new InvalidInputError('say which picture: like=ASSET@MS, or like=camera:CAMERA@UNIXMS')
  return { subject: subjectOf(text.slice(0, at)), atMs: timeOf('like', text.slice(at + 1)) }
}
