/** What a node is that has no models: every question is answered by why not. */
import { ModelMissingError } from '#protocols/errors.ts'
import { emitter } from '#ring/base/emitter.ts'
import type { Inference } from '../inference/inference.ts'
import type { Models } from '../models/models.ts'

const WHY = 'no model is on this node'
const refuse = async (): Promise<never> => { throw new ModelMissingError(WHY) }

export const WITHOUT_INFERENCE: Inference = {
  start() {}, stop() {}, model: () => undefined, whyNot: () => WHY,
  embedPictures: refuse, embedQueries: refuse, embedSentences: refuse, readText: refuse, findObjects: refuse, findFaces: refuse, describePictures: refuse, findSpeech: refuse, transcribe: refuse
}

export const WITHOUT_MODELS: Pick<Models, 'changed' | 'spaces'> = { changed: emitter<void>(), spaces: () => ({ searched: undefined, filling: undefined }) }
