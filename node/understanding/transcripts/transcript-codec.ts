import { encode } from '@ipld/dag-cbor'
import { InvalidMessageError } from '#protocols/errors.ts'
import { parseChunkId } from '#protocols/ids.ts'
import { cborMap } from '#ring/base/cbor-map.ts'
import { checkLines } from './checked-lines.ts'
import { MAX_TRANSCRIPT_BYTES, type Line, type Origin, type Transcript, type Word } from './transcript.ts'

type WordRow = readonly [fromMs: number, toMs: number, text: string, confidence: number | null]
type LineRow = readonly [id: string, fromMs: number, toMs: number, text: string, speaker: string, words: readonly WordRow[]]

const KINDS: ReadonlySet<unknown> = new Set<Origin['kind']>(['model', 'captions', 'person'])
/** Longest name of an origin, in UTF-16 units. @default 500 */
export const MAX_ORIGIN = 500
/** Languages one transcript names. @default 20 */
export const MAX_LANGUAGES = 20
const LANGUAGE = /^[a-z]{2,3}(?:-[A-Za-z0-9-]{1,30})?$/

/** Whether it may stand for a language: `en`, `gsw`, `pt-BR`. */
export const isLanguage = (text: string): boolean => LANGUAGE.test(text)

/** dag-cbor `{v: 1, origin: [kind, from], language, confidence, languages: [[language, share]…], lines: [[id, fromMs, toMs, text, speaker, words]…], dropped}`, of a person's also `edited: [atMs, of]`. */
export function encodeTranscript({ origin, language, languageConfidence, languages, lines, dropped, edited }: Transcript): Uint8Array {
  return encode({
    v: 1, origin: [origin.kind, origin.from], language, confidence: languageConfidence, languages: languages.map(({ language: one, share }) => [one, share]), lines: lines.map(rowOf), dropped,
    ...(edited && { edited: [edited.atMs, edited.of ?? null] })
  })
}

const rowOf = ({ id, fromMs, toMs, text, speaker, words }: Line): LineRow => [id, fromMs, toMs, text, speaker, words.map((word) => [word.fromMs, word.toMs, word.text, word.confidence ?? null])]

/** @throws InvalidMessageError naming what is wrong */
export function decodeTranscript(bytes: Uint8Array): Transcript {
  const { v, origin, language, confidence, languages, lines, dropped, edited, ...unknown } = cborMap(bytes, MAX_TRANSCRIPT_BYTES, refuse)
  if (v !== 1) refuse('version is not 1')
  if (Object.keys(unknown).length > 0) refuse('it has fields of no version 1 transcript')
  if (!Number.isSafeInteger(dropped) || (dropped as number) < 0) refuse('dropped is not a count')
  const transcript: Transcript = {
    origin: originOf(origin), language: languageOf(language), languageConfidence: shareOf(confidence),
    languages: listOf(languages, MAX_LANGUAGES).map((row) => { const [one, share] = listOf(row, 2); return { language: languageOf(one), share: shareOf(share) } }),
    lines: listOf(lines, Infinity).map(lineOf), dropped: dropped as number,
    ...(edited !== undefined && { edited: editOf(edited) })
  }
  checkLines(transcript.lines, refuse)
  return transcript
}

function originOf(value: unknown): Origin {
  const [kind, from] = listOf(value, 2)
  if (!KINDS.has(kind)) refuse('its origin is none that is known')
  return { kind: kind as Origin['kind'], from: textOf(from).slice(0, MAX_ORIGIN) }
}

function lineOf(value: unknown): Line {
  const [id, fromMs, toMs, text, speaker, words] = listOf(value, 6)
  return { id: textOf(id), fromMs: fromMs as number, toMs: toMs as number, text: textOf(text), speaker: textOf(speaker), words: listOf(words, Infinity).map(wordOf) }
}

function wordOf(value: unknown): Word {
  const [fromMs, toMs, text, confidence] = listOf(value, 4)
  return { fromMs: fromMs as number, toMs: toMs as number, text: textOf(text), ...(confidence !== null && { confidence: shareOf(confidence) }) }
}

function editOf(value: unknown): NonNullable<Transcript['edited']> {
  const [atMs, of] = listOf(value, 2)
  if (!Number.isFinite(atMs)) refuse('nobody knows when it was edited')
  return { atMs: atMs as number, of: of === null ? undefined : parseChunkId(textOf(of)) }
}

function listOf(value: unknown, atMost: number): unknown[] {
  if (!Array.isArray(value) || value.length > atMost) refuse(`it has no list where one belongs, or one of more than ${atMost}`)
  return value
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') refuse('it has no text where one belongs')
  return value
}

function languageOf(value: unknown): string {
  const text = textOf(value)
  if (text !== '' && !isLanguage(text)) refuse(`no language: ${JSON.stringify(text.slice(0, 20))}`)
  return text
}

function shareOf(value: unknown): number {
  if (typeof value !== 'number' || !(value >= 0 && value <= 1)) refuse('it has no share from 0 to 1 where one belongs')
  return value
}

function refuse(why: string): never {
  throw new InvalidMessageError(`not a transcript: ${why}`)
}
