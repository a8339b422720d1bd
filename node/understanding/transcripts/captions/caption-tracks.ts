/** Captions as they come with a file, and which of several to take. Pure. */
import type { Cue } from '../formats/cue.ts'

export interface CaptionTrack {
  /** `stream 2 (mov_text)`. */
  readonly name: string
  /** As the file says; empty when it does not. */
  readonly language: string
  /** Shown when nobody chose another one. */
  readonly isDefault: boolean
  /** Only for what is said in another language than the rest: not all that is said. */
  readonly isForced: boolean
  readonly cues: readonly Cue[]
}

/** The track that says the most of what is said: none that is only for foreign words if there is another, then the default, then the one with most captions. */
export function bestTrack(tracks: readonly CaptionTrack[]): CaptionTrack | undefined {
  const full = tracks.filter(({ cues }) => cues.length > 0)
  return full.toSorted((a, b) => Number(a.isForced) - Number(b.isForced) || Number(b.isDefault) - Number(a.isDefault) || b.cues.length - a.cues.length)[0]
}

/** Three letters of ISO 639-2 that have two in ISO 639-1, of the languages that files name most. */
const TWO_LETTERS: Readonly<Record<string, string>> = {
  eng: 'en', ger: 'de', deu: 'de', fre: 'fr', fra: 'fr', spa: 'es', ita: 'it', por: 'pt', dut: 'nl', nld: 'nl', swe: 'sv', nor: 'no', dan: 'da', fin: 'fi', pol: 'pl', cze: 'cs', ces: 'cs', slo: 'sk', slk: 'sk',
  hun: 'hu', rum: 'ro', ron: 'ro', gre: 'el', ell: 'el', rus: 'ru', ukr: 'uk', tur: 'tr', ara: 'ar', heb: 'he', hin: 'hi', jpn: 'ja', kor: 'ko', chi: 'zh', zho: 'zh', vie: 'vi', tha: 'th', ind: 'id', cat: 'ca', hrv: 'hr', srp: 'sr', bul: 'bg'
}

/** As transcripts name languages; empty for what says nothing. */
export function languageNamed(text: string): string {
  const name = text.trim().toLowerCase()
  if (['und', 'mis', 'mul', 'zxx'].includes(name) || !/^[a-z]{2,3}$/.test(name)) return ''
  return TWO_LETTERS[name] ?? name
}

/** What drones write beside their films once a second: where they are and how they expose. Nobody says it. */
const TELEMETRY = /\[(?:iso|shutter|fnum|ev|ct|color_md|focal_len|latitude|longitude|altitude|rel_alt)\s*:|\bFrameCnt\s*:|\bGPS\s?\([-\d]|\bHOME\s?\([-\d]|\bBAROMETER\s*:/i
/** So large a share of it makes a file one of telemetry. @default 0.5 */
export const TELEMETRY_SHARE = 0.5

export const isTelemetry = (cues: ReadonlyArray<{ readonly text: string }>): boolean => cues.length > 0 && cues.filter(({ text }) => TELEMETRY.test(text)).length >= cues.length * TELEMETRY_SHARE
