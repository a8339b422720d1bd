import { isSaid, saidOf } from '../analysis/analysis.ts'
import { MAX_TEXTS, type Texts } from '../analysis/sentences/texts.ts'
import { passagesOf } from './passages.ts'
import type { SpeechSourceComponents } from './speech-source.ts'
import { shownOnes } from './transcript.ts'

/** What is said in an asset, passage by passage, for what it means: of the transcript that people are shown. */
export function createSaidTexts({ store, model }: SpeechSourceComponents): Texts {
  return {
    nameIn: saidOf, reads: isSaid,
    stateOf: (asset) => shownOnes(asset).map(({ blob }) => blob).join(),
    // of several that models heard any may have been read: a node that does not know the model in use would else have it made anew for ever
    of: (asset) => Promise.all(shownOnes(asset, model()).map(async ({ blob }) => passagesOf(await store.lines(blob)).slice(0, MAX_TEXTS)))
  }
}
