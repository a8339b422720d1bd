import type { Asset } from '#ring'
import type { EntrySource } from '../analysis/index-keeper.ts'
import type { SpeechLine } from '../analysis/scene-views.ts'
import type { WordsEntry } from '../index/entries.ts'
import { entriesOf } from './entries.ts'
import { isTranscript, type Version, versionsOf } from './transcript.ts'
import type { TranscriptStore } from './transcript-store.ts'

/** What is said, for the index and for scenes: of several transcripts the one that people are shown. */
export interface SpeechSource extends EntrySource {
  lines(asset: Asset): Promise<readonly SpeechLine[]>
}

export interface SpeechSourceComponents {
  readonly store: Pick<TranscriptStore, 'lines'>
  /** The model in use, whose transcript is shown before those of others. */
  readonly model: () => string | undefined
}

export function createSpeechSource({ store, model }: SpeechSourceComponents): SpeechSource {
  const shownOf = (asset: Asset): Version | undefined => versionsOf(asset, model())[0]
  const wordsOf = async ({ blob }: Version): Promise<WordsEntry[]> => entriesOf(await store.lines(blob))

  return {
    reads: isTranscript,
    async entriesOf(asset) {
      const shown = shownOf(asset)
      return shown === undefined ? undefined : { words: await wordsOf(shown), readings: [shown.name] }
    },
    async lines(asset) {
      const shown = shownOf(asset)
      return shown === undefined ? [] : wordsOf(shown)
    }
  }
}
