/** What the panel says of a transcript. Pure. */
import type { TranscriptState, TranscriptView } from '#protocols/http.ts'

/** `English`; the code itself where the browser does not know it. */
export function languageName(code: string): string {
  try {
    return new Intl.DisplayNames(['en'], { type: 'language' }).of(code) ?? code
  } catch {
    return code
  }
}

const percent = (share: number): string => `${Math.round(share * 100)} %`

/** `English`, `English 80 %, German 20 %`; empty when nobody knows. */
export function languageWords({ language, languages }: Pick<TranscriptView, 'language' | 'languages'>): string {
  if (languages.length > 1) return languages.map((one) => `${languageName(one.language)} ${percent(one.share)}`).join(', ')
  return language === '' ? '' : languageName(language)
}

/** Where a version comes from. */
export function originWords({ origin }: Pick<TranscriptView, 'origin'>): string {
  if (origin.kind === 'person') return `Written by ${origin.from}`
  return origin.kind === 'captions' ? `Captions of ${origin.from.startsWith('stream ') ? `the file, ${origin.from}` : origin.from}` : `Heard by ${origin.from}`
}

export const versionName = (version: string): string => version === 'edited' ? 'Edited' : version === 'original' ? 'Captions of the original' : version

/** Why there is nothing, and what to do. */
export function emptyWords({ state, reason }: Pick<TranscriptState, 'state' | 'reason'>): { readonly title: string; readonly text: string } {
  if (state === 'needless') return { title: 'No sound', text: 'There is nothing to listen to in this clip. You can still write captions for it.' }
  if (state === 'off') return { title: 'Nobody has listened to this clip', text: `${sentence(reason ?? 'no model for speech is there')} It came without captions.` }
  if (state === 'failed') return { title: 'It could not be listened to', text: sentence(reason ?? 'the job says why') }
  if (state === 'elsewhere') return { title: 'Being listened to', text: `${sentence(reason ?? 'another node makes it')} It appears here by itself.` }
  return { title: 'Its turn has not come', text: `${sentence(reason ?? 'it is being made')} It appears here by itself.` }
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`
