/** WebVTT, with who speaks (`<v Name>`) and, when asked for, when each word begins. Pure. */
import { InvalidInputError } from '#protocols/errors.ts'
import { blocksOf, clockOf, type Cue, isTiming, linesOfCues, rowsOf, tidied, timeOf, timingOf, wrong } from './cue.ts'
import { spread } from '../heard-lines.ts'
import { MAX_SPEAKER, type Line, type Word } from '../transcript.ts'
import { isLanguage } from '../transcript-codec.ts'

const escaped = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
/** Longest tag that is taken for one. */
const MAX_TAG = 500
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', nbsp: '\u00A0', lrm: '\u200E', rlm: '\u200F' }
const plain = (text: string): string => text.replace(/&(?:(amp|lt|gt|nbsp|lrm|rlm);)/g, (_all, name: string) => ENTITIES[name] ?? '')

export interface VttOptions {
  readonly language?: string
  /** Say when each word begins. @default false */
  readonly words?: boolean
}

export function writeVtt(lines: readonly Line[], { language = '', words = false }: VttOptions = {}): string {
  const head = language === '' ? 'WEBVTT\n' : `WEBVTT\nLanguage: ${language}\n`
  return head + lines.map((line) => `\n${clockOf(line.fromMs, '.')} --> ${clockOf(line.toMs, '.')}\n${voiceOf(line.speaker)}${words && line.words.length > 0 ? timedText(line) : escaped(line.text)}\n`).join('')
}

const voiceOf = (speaker: string): string => speaker === '' ? '' : `<v ${escaped(speaker)}>`
const timedText = ({ words, fromMs }: Line): string => words.map((word) => `${word.fromMs === fromMs ? '' : `<${clockOf(word.fromMs, '.')}>`}${escaped(word.text)}`).join(' ')

/** @throws InvalidInputError naming the line of the file */
export function readVtt(text: string): { readonly lines: Line[]; readonly language: string } {
  const rows = rowsOf(text)
  if (!/^WEBVTT(?:[ \t].*)?$/.test(rows[0] ?? '')) throw new InvalidInputError('line 1: a WebVTT file begins with WEBVTT')
  const [head, ...blocks] = blocksOf(rows)
  if (head!.rows.slice(1).some(isTiming)) throw wrong(2, 'an empty line belongs between WEBVTT and the first caption')
  const said = head!.rows.map((row) => /^Language:\s*(\S{2,35})\s*$/i.exec(row)?.[1]).find((one) => one !== undefined)
  const cues = blocks.filter(({ rows: [first = ''] }) => !/^(?:NOTE|STYLE|REGION)(?:[ \t]|$)/.test(first)).map(({ row, rows: block }) => cueOf(block, row))
  return { lines: linesOfCues(cues), language: said !== undefined && isLanguage(said) ? said : '' }
}

function cueOf(rows: readonly string[], row: number): Cue {
  const at = isTiming(rows[0]!.trim()) ? 0 : 1
  if (rows[at] === undefined) throw wrong(row, `nothing but ${JSON.stringify(rows[0]!.slice(0, 60))} stands where a caption belongs`)
  const times = timingOf(rows[at].trim(), row + at)
  return { ...times, ...payloadOf(rows.slice(at + 1).join(' '), times) }
}

/** The words, who says them, and when each begins; everything else between angle brackets is looks. */
function payloadOf(payload: string, { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number }): Pick<Cue, 'text' | 'speaker' | 'words'> {
  let speaker = ''
  let atMs = fromMs
  const pieces: Array<{ atMs: number; text: string }> = []
  for (const { text, tag } of partsOf(payload)) {
    if (tag === undefined) pieces.push({ atMs, text: plain(text) })
    else if (/^v[ \t.]/.test(tag)) speaker ||= tidied(plain(tag.replace(/^v(?:\.\S+)?/, ''))).slice(0, MAX_SPEAKER)
    else atMs = Math.min(toMs, Math.max(atMs, timeOf(tag) ?? atMs))
  }
  const isTimed = pieces.some((piece) => piece.atMs > fromMs)
  return { text: tidied(pieces.map((piece) => piece.text).join('')), speaker, words: isTimed ? timedWords(pieces, toMs) : [] }
}

/** Tags, and what stands between them; by steps, because a pattern takes seconds for a file of nothing but brackets. */
function* partsOf(payload: string): Generator<{ readonly text: string; readonly tag?: string }> {
  let [from, close] = [0, -1]
  for (let open = payload.indexOf('<'), next = -1; open >= 0; open = next) {
    if (close < open) close = payload.indexOf('>', open)
    if (close < 0) break
    next = payload.indexOf('<', open + 1)
    if ((next >= 0 && next < close) || close - open > MAX_TAG) continue
    if (open > from) yield { text: payload.slice(from, open) }
    yield { text: '', tag: payload.slice(open + 1, close) }
    from = close + 1
  }
  if (from < payload.length) yield { text: payload.slice(from) }
}

/** Words of a piece share the time to the next one, by their letters. */
function timedWords(pieces: ReadonlyArray<{ readonly atMs: number; readonly text: string }>, toMs: number): Word[] {
  return pieces.flatMap(({ atMs, text }, i) => spread(tidied(text), atMs, Math.max(atMs, pieces[i + 1]?.atMs ?? toMs)))
}
