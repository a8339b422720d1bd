/** The language of a whole, of what was heard in its stretches. Pure. */
import type { Transcript } from './transcript.ts'
import { MAX_LANGUAGES, isLanguage } from './transcript-codec.ts'

/** A language with less of the speech than this is taken for a mistake, unless it has the most. @default 0.05 */
export const LEAST_SHARE = 0.05

export interface HeardLanguage {
  readonly language: string
  readonly confidence: number
  readonly speechMs: number
}

/** The language with most of the speech, how sure that is, and all that have a share. */
export function languageOf(heard: readonly HeardLanguage[]): Pick<Transcript, 'language' | 'languageConfidence' | 'languages'> {
  const known = heard.filter(({ language }) => isLanguage(language))
  const all = known.reduce((sum, { speechMs }) => sum + speechMs, 0)
  const byName = Map.groupBy(known, ({ language }) => language)
  const ranked = [...byName].map(([language, parts]) => {
    const speechMs = parts.reduce((sum, part) => sum + part.speechMs, 0)
    const sure = parts.reduce((sum, part) => sum + part.speechMs * part.confidence, 0) / Math.max(1, speechMs)
    return { language, share: all === 0 ? 0 : speechMs / all, confidence: Math.min(1, Math.max(0, sure)) }
  }).sort((a, b) => b.share - a.share)
  const [most] = ranked
  if (most === undefined) return { language: '', languageConfidence: 0, languages: [] }
  const languages = ranked.filter(({ share }, i) => i === 0 || share >= LEAST_SHARE).slice(0, MAX_LANGUAGES).map(({ language, share }) => ({ language, share }))
  return { language: most.language, languageConfidence: most.confidence, languages }
}
