import { InvalidMessageError, NotFoundError } from '#protocols/errors.ts'
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
  readonly store: Pick<TranscriptStore, 'get'>
  /** The model in use, whose transcript is shown before those of others. */
  readonly model: () => string | undefined
}

export function createSpeechSource({ store, model }: SpeechSourceComponents): SpeechSource {
  const shownOf = (asset: Asset): Version | undefined => versionsOf(asset, model())[0]

  /** What can not be read says nothing; what can not be reached is asked for again. */
  async function wordsOf({ blob }: Version): Promise<WordsEntry[]> {
    try {
      return entriesOf(await store.get(blob))
    } catch (err) {
      if (err instanceof InvalidMessageError || err instanceof NotFoundError) return []
      throw err
    }
  }

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
